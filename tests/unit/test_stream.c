/* SPDX-License-Identifier: MIT
 *
 * The names under which a stream holds deliveries, and the message that a delivery is there: no
 * server is needed.
 */
#include "check.h"

#include "receiver/head.h"
#include "receiver/stream_message.h"

static struct buf text_of(bool (*add)(struct buf *, hg_str), hg_str from)
{
    struct buf out;
    buf_init(&out, 4096);
    assert_true(add(&out, from));
    return out;
}

/* ---- The STORE argument ---------------------------------------------------------------------- */

static void addresses(void **state)
{
    static const struct {
        const char *what, *spec, *first, *last, *name;
        size_t count;
        bool tls;
    } rows[] = {{"one", "nats://a:1/S", "nats://a:1", "nats://a:1", "S", 1, false},
                {"default port", "nats://a.example/S", "nats://a.example:4222",
                 "nats://a.example:4222", "S", 1, false},
                {"three", "nats://a,b:2,127.0.0.1:65535/HOOKS_1-x", "nats://a:4222",
                 "nats://127.0.0.1:65535", "HOOKS_1-x", 3, false},
                {"IPv6", "tls://[::1]:9,[fe80::1]/S", "tls://[::1]:9", "tls://[fe80::1]:4222", "S",
                 2, true}};
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stream_address address;
        struct fail fail = {0};
        HOLDS(stream_is_spec(rows[i].spec), i);
        HOLDS(stream_address_parse(rows[i].spec, &address, &fail), i);
        HOLDS(address.server_count == rows[i].count && address.tls == rows[i].tls, i);
        HOLDS(strcmp(address.servers[0], rows[i].first) == 0, i);
        HOLDS(strcmp(address.servers[address.server_count - 1], rows[i].last) == 0, i);
        HOLDS(strcmp(address.name, rows[i].name) == 0, i);
    }
}

static void addresses_refused(void **state)
{
    static const struct {
        const char *what, *spec;
    } rows[] = {{"another scheme", "http://a/S"}, {"no stream", "nats://a"},
                {"empty stream", "nats://a/"},    {"a dot in it", "nats://a/S.T"},
                {"a star", "nats://a/*"},         {"a path", "nats://a/S/T"},
                {"no host", "nats:///S"},         {"empty host", "nats://a,,b/S"},
                {"port 0", "nats://a:0/S"},       {"port too large", "nats://a:65536/S"},
                {"port signed", "nats://a:+1/S"}, {"port empty", "nats://a:/S"},
                {"blank", "nats://a b/S"},        {"open bracket", "nats://[::1/S"},
                {"empty bracket", "nats://[]/S"}, {"user", "nats://u@a/S"},
                {"password", "nats://u:p@a:1/S"}, {"nine servers", "nats://a,a,a,a,a,a,a,a,a/S"},
                {"percent", "nats://a%2e/S"},     {"query", "nats://a?x/S"}};
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct stream_address address;
        struct fail fail = {0};
        HOLDS(!stream_address_parse(rows[i].spec, &address, &fail), i);
        HOLDS(fail.exit_code == EXIT_USAGE, i);
        HOLDS(strchr(fail.text, '@') == NULL, i);
    }
}

static void stream_names_have_a_length(void **state)
{
    char spec[16 + STREAM_NAME_MAX + 2] = "nats://a/";
    struct stream_address address;
    struct fail fail = {0};
    (void) state;
    memset(spec + 9, 'S', STREAM_NAME_MAX);
    assert_true(stream_address_parse(spec, &address, &fail));
    spec[9 + STREAM_NAME_MAX] = 'S';
    assert_false(stream_address_parse(spec, &address, &fail));
}

/* ---- Tokens and values ----------------------------------------------------------------------- */

static void tokens(void **state)
{
    static const struct {
        const char *what;
        hg_str text;
        const char *token;
    } rows[] = {{"plain", {"Order-1_x", 9}, "Order-1_x"},
                {"empty", {"", 0}, "%"},
                {"a percent sign", {"%", 1}, "%25"},
                {"dot", {"Order.OnCreate", 14}, "Order%2EOnCreate"},
                {"wildcards", {"*.>", 3}, "%2A%2E%3E"},
                {"blanks", {" \t", 2}, "%20%09"},
                {"NUL", {"a\0b", 3}, "a%00b"},
                {"not ASCII", {"\xc3\xa9", 2}, "%C3%A9"},
                {"escaped already", {"%2E", 3}, "%252E"}};
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf back;
        struct buf token = text_of(stream_add_token, rows[i].text);
        HOLDS(strcmp(token.ptr, rows[i].token) == 0, i);
        buf_init(&back, 64);
        HOLDS(stream_decode(&back, buf_str(&token)), i);
        HOLDS(same(buf_str(&back), rows[i].text), i);
        buf_free(&back);
        buf_free(&token);
    }
}

/* Each byte alone and each pair has a token of its own, made of what one token of a subject may
 * have, and is read back. */
static void tokens_are_injective(void **state)
{
    char pair[2];
    (void) state;
    for (unsigned first = 0; first < 256; first++) {
        for (unsigned second = 0; second <= 256; second++) {
            struct buf back;
            pair[0] = (char) first;
            pair[1] = (char) second;
            hg_str text = {pair, second == 256 ? 1 : 2};
            struct buf token = text_of(stream_add_token, text);
            assert_int_equal(strspn(token.ptr,
                                    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                    "0123456789-_%"),
                             token.len);
            buf_init(&back, 64);
            assert_true(stream_decode(&back, buf_str(&token)));
            assert_true(same(buf_str(&back), text));
            buf_free(&back);
            buf_free(&token);
        }
    }
}

static void names_of_consumers(void **state)
{
    struct buf name = text_of(stream_add_durable, S("/api/a.b=%"));
    (void) state;
    assert_string_equal(name.ptr, "=2Fapi=2Fa=2Eb=3D=25");
    buf_free(&name);
}

static void subjects(void **state)
{
    struct buf out;
    const hg_str event = S("Order.OnCreate"), none = S("");
    (void) state;
    buf_init(&out, 256);
    assert_true(stream_add_subject(&out, "HOOKS", S("/a"), &event));
    assert_string_equal(out.ptr, "HOOKS.%2Fa.Order%2EOnCreate");
    buf_clear(&out);
    assert_true(stream_add_subject(&out, "HOOKS", S("shop"), &none));
    assert_string_equal(out.ptr, "HOOKS.shop.%");
    buf_clear(&out);
    assert_true(stream_add_subject(&out, "HOOKS", S("shop"), NULL));
    assert_string_equal(out.ptr, "HOOKS.shop.*");
    buf_free(&out);
}

static void values(void **state)
{
    static const struct {
        const char *what;
        hg_str text;
        const char *value;
    } rows[] = {{"plain", {"a: b, c=\"d\"", 11}, "a: b, c=\"d\""},
                {"blanks at the ends", {" a b ", 5}, "%20a b%20"},
                {"one blank", {" ", 1}, "%20"},
                {"a line's end", {"a\r\nB: c", 7}, "a%0D%0AB: c"},
                {"NUL and 8 bits", {"\0\xff", 2}, "%00%FF"},
                {"a percent sign", {"100%", 4}, "100%25"}};
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf back;
        struct buf value = text_of(stream_add_value, rows[i].text);
        HOLDS(strcmp(value.ptr, rows[i].value) == 0, i);
        buf_init(&back, 64);
        HOLDS(stream_decode(&back, buf_str(&value)), i);
        HOLDS(same(buf_str(&back), rows[i].text), i);
        buf_free(&back);
        buf_free(&value);
    }
}

static void what_is_not_encoded(void **state)
{
    static const char *const bad[] = {"a%", "a%2", "%2", "%2g", "%g2", "%2e", "%%"};
    (void) state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct buf out;
        hg_str text = exact(hg_text(bad[i]));
        buf_init(&out, 64);
        if (stream_decode(&out, text)) {
            fail_msg("'%s' was taken", bad[i]);
        }
        buf_free(&out);
        drop(text);
    }
}

/* ---- Ids ------------------------------------------------------------------------------------- */

static struct buf id_of(const char *endpoint, const char *key, size_t len)
{
    struct buf out;
    struct delivery delivery = {.endpoint = hg_text(endpoint), .key_len = len};
    memcpy(delivery.key, key, len);
    buf_init(&out, 4096);
    assert_true(stream_add_id(&out, &delivery));
    return out;
}

/* RFC 4648's test vectors, and what an endpoint's name adds. */
static void ids(void **state)
{
    static const struct {
        const char *what, *endpoint, *key, *id;
        size_t len;
    } rows[] = {{"no key", "a", "", "a:", 0},
                {"one byte", "a", "f", "a:Zg", 1},
                {"two", "a", "fo", "a:Zm8", 2},
                {"three", "a", "foo", "a:Zm9v", 3},
                {"six", "a", "foobar", "a:Zm9vYmFy", 6},
                {"the last digits", "a", "\xff\xff\xfe", "a:___-", 3},
                {"a colon in the name", "a:b", "f", "a:b:Zg", 1}};
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf id = id_of(rows[i].endpoint, rows[i].key, rows[i].len);
        HOLDS(strcmp(id.ptr, rows[i].id) == 0, i);
        buf_free(&id);
    }
}

/* ---- Messages -------------------------------------------------------------------------------- */

static const hg_header headers[] = {{{"Host", 4}, {"a", 1}},
                                    {{"X-Odd", 5}, {"a: b\t\xff%", 7}},
                                    {{"x-odd", 5}, {"", 0}},
                                    {{"X-Odd", 5}, {" again ", 7}}};

static const hg_request request = {.method = {"POST", 4},
                                   .url = {"/a?b=%20", 8},
                                   .headers = headers,
                                   .header_count = 4,
                                   .body = {"\0\r\n\xff", 4}};

static natsMsg *make(const struct delivery *delivery)
{
    struct buf scratch;
    buf_init(&scratch, 1 << 16);
    natsMsg *message = stream_message_new("HOOKS", delivery, &scratch);
    buf_free(&scratch);
    assert_non_null(message);
    return message;
}

static struct delivery sample(void)
{
    return (struct delivery){.endpoint = S("/shop"),
                             .event = S("Order.OnCreate"),
                             .id = S("msg 1"),
                             .event_signed = true,
                             .key_label = S("2026 key"),
                             .received_ms = INT64_C(1767225600123),
                             .stated_s = 1767225599,
                             .key = "k",
                             .key_len = 1,
                             .request = &request};
}

static void a_message_is_read_back(void **state)
{
    (void) state;
    for (unsigned covered = 0; covered < 4; covered++) {
        struct delivery delivery = sample();
        struct stream_delivery back;
        delivery.event_signed = (covered & 1) != 0;
        delivery.id_signed = (covered & 2) != 0;
        natsMsg *message = make(&delivery);
        assert_string_equal(natsMsg_GetSubject(message), "HOOKS.%2Fshop.Order%2EOnCreate");
        assert_true(stream_message_read(message, &back));
        assert_true(same(back.delivery.endpoint, delivery.endpoint));
        assert_true(same(back.delivery.event, delivery.event));
        assert_true(same(back.delivery.id, delivery.id));
        assert_true(same(back.delivery.key_label, delivery.key_label));
        assert_int_equal(back.delivery.event_signed, delivery.event_signed);
        assert_int_equal(back.delivery.id_signed, delivery.id_signed);
        assert_int_equal(back.delivery.received_ms, delivery.received_ms);
        assert_int_equal(back.delivery.stated_s, delivery.stated_s);
        assert_true(same(back.request.method, request.method));
        assert_true(same(back.request.url, request.url));
        assert_true(same(back.request.body, request.body));
        assert_int_equal(back.request.header_count, COUNT(headers));
        for (size_t i = 0; i < COUNT(headers); i++) {
            assert_true(same(back.request.headers[i].name, headers[i].name));
            assert_true(same(back.request.headers[i].value, headers[i].value));
        }
        stream_delivery_release(&back);
        natsMsg_Destroy(message);
    }
}

static void an_empty_delivery_is_read_back(void **state)
{
    static const hg_request empty;
    const struct delivery delivery = {.endpoint = S("a"), .request = &empty};
    struct stream_delivery back;
    natsMsg *message = make(&delivery);
    (void) state;
    assert_string_equal(natsMsg_GetSubject(message), "HOOKS.a.%");
    assert_true(stream_message_read(message, &back));
    assert_int_equal(back.request.header_count, 0);
    assert_int_equal(back.request.body.len, 0);
    assert_int_equal(back.delivery.event.len, 0);
    assert_int_equal(back.delivery.stated_s, 0);
    stream_delivery_release(&back);
    natsMsg_Destroy(message);
}

/* Each alone makes a sound message one that is not. */
static void foreign_messages(void **state)
{
    static const struct {
        const char *what, *name, *value;
    } rows[] = {{"another format", "Hookgauge-Format", "2"},
                {"an empty format", "Hookgauge-Format", ""},
                {"no endpoint", "Hookgauge-Endpoint", ""},
                {"a broken escape", "Hookgauge-Event", "a%2"},
                {"a time with letters", "Hookgauge-Received", "1x"},
                {"a negative time", "Hookgauge-Stated", "-1"},
                {"a number with letters", "Hookgauge-Delivery", "x1"},
                {"a line without a name", "Hookgauge-Header", ": a"},
                {"a line without a colon", "Hookgauge-Header", "a"},
                {"a line without a blank", "Hookgauge-Header", "a:b"},
                {"a broken line", "Hookgauge-Header",
                 "a: %"
                 "x"}};
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct delivery delivery = sample();
        struct stream_delivery back;
        natsMsg *message = make(&delivery);
        HOLDS(natsMsgHeader_Set(message, rows[i].name, rows[i].value) == NATS_OK, i);
        HOLDS(!stream_message_read(message, &back), i);
        natsMsg_Destroy(message);
    }
}

static void too_many_field_lines(void **state)
{
    struct delivery delivery = sample();
    struct stream_delivery back;
    natsMsg *message = make(&delivery);
    (void) state;
    for (size_t i = COUNT(headers); i < HG_HEADERS_MAX; i++) {
        assert_int_equal(natsMsgHeader_Add(message, "Hookgauge-Header", "A: b"), NATS_OK);
    }
    assert_true(stream_message_read(message, &back));
    stream_delivery_release(&back);
    assert_int_equal(natsMsgHeader_Add(message, "Hookgauge-Header", "A: b"), NATS_OK);
    assert_false(stream_message_read(message, &back));
    natsMsg_Destroy(message);
}

/* The largest head that is let in, each byte escaped, stays below what is reckoned with. */
static void the_largest_message(void **state)
{
    static char bytes[HEAD_MAX];
    static hg_header all[HEAD_HEADERS_MAX];
    struct delivery delivery = sample();
    hg_request largest = request;
    size_t each = HEAD_MAX / HEAD_HEADERS_MAX;
    (void) state;
    memset(bytes, 0xff, sizeof(bytes));
    for (size_t i = 0; i < HEAD_HEADERS_MAX; i++) {
        all[i] = (hg_header){{"A", 1}, {bytes, each - 5}}; /* name, colon, blank, CR, LF */
    }
    largest.headers = all;
    largest.header_count = HEAD_HEADERS_MAX;
    delivery.request = &largest;
    delivery.event = (hg_str){bytes, HG_VALUE_MAX};
    delivery.id = (hg_str){bytes, HG_VALUE_MAX};
    delivery.key_label = (hg_str){bytes, HG_NAME_MAX};
    delivery.endpoint = (hg_str){bytes, HG_NAME_MAX};
    delivery.key_len = STORE_KEY_MAX;
    natsMsg *message = make(&delivery);
    const char **names = NULL;
    int count = 0;
    size_t total = strlen(natsMsg_GetSubject(message)) + 64;
    assert_int_equal(natsMsgHeader_Keys(message, &names, &count), NATS_OK);
    for (int i = 0; i < count; i++) {
        const char **lines = NULL;
        int lines_count = 0;
        assert_int_equal(natsMsgHeader_Values(message, names[i], &lines, &lines_count), NATS_OK);
        for (int j = 0; j < lines_count; j++) {
            total += strlen(names[i]) + strlen(lines[j]) + 4;
        }
        free((void *) lines);
    }
    free((void *) names);
    natsMsg_Destroy(message);
    assert_true((int64_t) total < stream_message_max(0));
}

/* Messages are freed by a thread of the library's. */
static int open_library(void **state)
{
    (void) state;
    return nats_Open(-1) == NATS_OK ? 0 : -1;
}

static int close_library(void **state)
{
    (void) state;
    return nats_CloseAndWait(10000) == NATS_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(addresses),
                                       cmocka_unit_test(addresses_refused),
                                       cmocka_unit_test(stream_names_have_a_length),
                                       cmocka_unit_test(tokens),
                                       cmocka_unit_test(tokens_are_injective),
                                       cmocka_unit_test(names_of_consumers),
                                       cmocka_unit_test(subjects),
                                       cmocka_unit_test(values),
                                       cmocka_unit_test(what_is_not_encoded),
                                       cmocka_unit_test(ids),
                                       cmocka_unit_test(a_message_is_read_back),
                                       cmocka_unit_test(an_empty_delivery_is_read_back),
                                       cmocka_unit_test(foreign_messages),
                                       cmocka_unit_test(too_many_field_lines),
                                       cmocka_unit_test(the_largest_message)};
    return cmocka_run_group_tests(tests, open_library, close_library);
}
