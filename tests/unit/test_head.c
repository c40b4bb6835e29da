/* SPDX-License-Identifier: MIT
 *
 * What the receiver demands of a head: for each check a sound head with one change that it alone
 * refuses; the layout check over buffers cut up as the HTTP library cuts them; scrubbed URLs;
 * listening addresses.
 */
#include "check.h"

#include "receiver/address.h"
#include "receiver/head.h"
#include "receiver/url.h"

#define HEADERS_ROOM 128

/* A head made of texts; the layout is not checked. */
struct made {
    struct head head;
    hg_header headers[HEADERS_ROOM];
};

static void make(struct made *made)
{
    memset(made, 0, sizeof(*made));
    made->headers[0] = (hg_header){S("Host"), S("example.com:8080")};
    made->headers[1] = (hg_header){S("Content-Length"), S("5")};
    made->headers[2] = (hg_header){S("X-Text"), S("a\tb \xc3\xa9")};
    made->headers[3] = (hg_header){S("X-Empty"), S("")};
    made->head = (struct head){.method = S("POST"),
                               .target = S("/api/webhook?a=%20b"),
                               .version = S("HTTP/1.1"),
                               .headers = made->headers,
                               .header_count = 4,
                               .size = 200};
}

static const char *fault_of(struct made *made)
{
    head_read(&made->head);
    const struct head_fault *fault = head_check(&made->head);
    return fault != NULL ? fault->name : "none";
}

static void sound_heads_pass(void **state)
{
    (void) state;
    struct made made;
    make(&made);
    assert_string_equal(fault_of(&made), "none");
    made.head.size = HEAD_MAX;
    assert_string_equal(fault_of(&made), "none");
    made.head.version = S("HTTP/1.0");
    assert_string_equal(fault_of(&made), "none");
    made.headers[0].value = S("[::1]:80");
    assert_string_equal(fault_of(&made), "none");
    made.headers[1] = (hg_header){S("transfer-encoding"), S("Chunked")};
    made.head.version = S("HTTP/1.1");
    assert_string_equal(fault_of(&made), "none");
    for (size_t i = 4; i < HEAD_HEADERS_MAX; i++) {
        made.headers[i] = made.headers[2];
    }
    made.head.header_count = HEAD_HEADERS_MAX;
    assert_string_equal(fault_of(&made), "none");
}

/* One change of a sound head: what is given here replaces it. */
static const struct {
    const char *fault;
    const char *method, *target, *version;
    hg_header third; /* replaces X-Text */
    hg_header first; /* replaces Host */
    size_t size, count;
} changes[] = {
    {.fault = "too_many_headers", .count = HEAD_HEADERS_MAX + 1},
    {.fault = "head_too_large", .size = HEAD_MAX + 1},
    {.fault = "bad_method", .method = "PO(ST"},
    {.fault = "bad_method", .method = ""},
    {.fault = "bad_target", .target = "*"},
    {.fault = "bad_target", .target = "ftp://example.com/api/webhook"},
    {.fault = "bad_target", .target = "http:/api/webhook"},
    {.fault = "bad_target", .target = "http:///api/webhook"},
    {.fault = "bad_target", .target = "http://"},
    {.fault = "bad_target", .target = "http://me@example.com/api/webhook"},
    {.fault = "bad_target", .target = "http://example.com?a"},
    {.fault = "bad_target", .target = "http://example.com/%61"},
    {.fault = "bad_target", .target = "http://example.com/a#b"},
    {.fault = "bad_target", .target = "api/webhook"},
    {.fault = "bad_target", .target = ""},
    {.fault = "bad_target", .target = "?a"},
    {.fault = "bad_target", .target = "/api/webhook#x"},
    {.fault = "bad_target", .target = "/api/webhook?x#y"},
    {.fault = "bad_target", .target = "/api/web hook"},
    {.fault = "bad_target", .target = "/api/web\x7fhook"},
    {.fault = "bad_target", .target = "/api/web\xc3\xa9"},
    {.fault = "bad_target", .target = "/api/webhook?\x01"},
    {.fault = "bad_target", .target = "/api/%77ebhook"},
    {.fault = "bad_target", .target = "/api%00/webhook"},
    {.fault = "bad_version", .version = "HTTP/2.0"},
    {.fault = "bad_version", .version = "http/1.1"},
    {.fault = "bad_version", .version = "HTTP/1.x"},
    {.fault = "bad_version", .version = "HTTP/1.10"},
    {.fault = "bad_header_name", .third = {{"X A", 3}, {"1", 1}}},
    {.fault = "bad_header_name", .third = {{"X-A ", 4}, {"1", 1}}},
    {.fault = "bad_header_name", .third = {{"", 0}, {"1", 1}}},
    {.fault = "bad_header_name", .third = {{"X\xc3\xa9", 3}, {"1", 1}}},
    {.fault = "bad_header_name", .third = {{"Content: 5,-Length", 18}, {"1", 1}}},
    {.fault = "bad_header_value", .third = {{"X-A", 3}, {"a\rb", 3}}},
    {.fault = "bad_header_value", .third = {{"X-A", 3}, {"a\x01", 2}}},
    {.fault = "bad_header_value", .third = {{"X-A", 3}, {"a\x7f", 2}}},
    {.fault = "bad_header_value", .third = {{"X-A", 3}, {"a\0b", 3}}},
    {.fault = "host_not_single", .third = {{"HOST", 4}, {"example.com", 11}}},
    {.fault = "host_not_single", .first = {{"X-B", 3}, {"1", 1}}},
    {.fault = "bad_host", .first = {{"Host", 4}, {"", 0}}},
    {.fault = "bad_host", .first = {{"Host", 4}, {"a b", 3}}},
    {.fault = "bad_host", .first = {{"Host", 4}, {"a/b", 3}}},
    {.fault = "bad_host", .first = {{"Host", 4}, {"a,b", 3}}},
    {.fault = "bad_host", .first = {{"Host", 4}, {"u@b", 3}}},
    {.fault = "repeated_length", .third = {{"content-length", 14}, {"5", 1}}},
    {.fault = "repeated_length", .third = {{"Content-Length", 14}, {"6", 1}}},
    {.fault = "length_and_coding", .third = {{"Transfer-Encoding", 17}, {"chunked", 7}}},
};

static void each_change_is_refused(void **state)
{
    (void) state;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        struct made made;
        make(&made);
        made.head.method =
            changes[i].method != NULL ? hg_text(changes[i].method) : made.head.method;
        made.head.target =
            changes[i].target != NULL ? hg_text(changes[i].target) : made.head.target;
        made.head.version =
            changes[i].version != NULL ? hg_text(changes[i].version) : made.head.version;
        made.headers[2] = changes[i].third.name.ptr != NULL ? changes[i].third : made.headers[2];
        made.headers[0] = changes[i].first.name.ptr != NULL ? changes[i].first : made.headers[0];
        made.head.size = changes[i].size > 0 ? changes[i].size : made.head.size;
        made.head.header_count = changes[i].count > 0 ? changes[i].count : made.head.header_count;
        assert_string_equal(fault_of(&made), changes[i].fault);
    }
}

/* The length header alone, and codings without one. */
static void lengths_and_codings_are_strict(void **state)
{
    (void) state;
    static const char *const lengths[] = {"", "-5", "+5", "0x5", "5, 5", "5 ", "5a"};
    static const char *const codings[] = {
        "gzip", "identity", "chunked, chunked", "gzip, chunked", "chunked ", "", "xchunked"};
    struct made made;
    make(&made);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        made.headers[1].value = hg_text(lengths[i]);
        assert_string_equal(fault_of(&made), "bad_length");
    }
    made.headers[1].name = S("Transfer-Encoding");
    for (size_t i = 0; i < sizeof(codings) / sizeof(codings[0]); i++) {
        made.headers[1].value = hg_text(codings[i]);
        assert_string_equal(fault_of(&made), "unknown_coding");
    }
    made.headers[1].value = S("chunked");
    made.head.version = S("HTTP/1.0");
    assert_string_equal(fault_of(&made), "coding_in_http_1_0");
    made.head.version = S("HTTP/1.1");
    made.headers[2] = made.headers[1];
    assert_string_equal(fault_of(&made), "repeated_coding");
}

static void absolute_targets_are_cut(void **state)
{
    (void) state;
    static const struct {
        const char *target, *origin;
    } cases[] = {
        {"/a?b", "/a?b"},
        {"http://example.com/a?b", "/a?b"},
        {"HTTPS://[::1]:8443/a/b", "/a/b"},
        {"http://example.com", "/"},
        {"/http://example.com/a", "/http://example.com/a"},
    };
    struct made made;
    for (size_t i = 0; i < COUNT(cases); i++) {
        make(&made);
        made.head.target = hg_text(cases[i].target);
        assert_string_equal(fault_of(&made), "none");
        assert_int_equal(made.head.origin.len, strlen(cases[i].origin));
        assert_memory_equal(made.head.origin.ptr, cases[i].origin, made.head.origin.len);
    }
}

static void lengths_are_read(void **state)
{
    (void) state;
    struct made made;
    make(&made);
    head_read(&made.head);
    assert_int_equal(head_length(&made.head), 5);
    made.headers[1].value = S("0");
    assert_int_equal(head_length(&made.head), 0);
    made.headers[1].value = S("18446744073709551614");
    assert_true(head_length(&made.head) == UINT64_MAX - 1);
    made.headers[1].value = S("99999999999999999999999999");
    assert_true(head_length(&made.head) == UINT64_MAX - 1);
    made.headers[1].name = S("X-Length");
    head_read(&made.head);
    assert_true(head_length(&made.head) == HEAD_NO_LENGTH);
}

/* ---- The layout ------------------------------------------------------------------------------ */

/* Cuts a head as libmicrohttpd 0.9.75 does: lines at CR LF (or LF), values at NUL, names at the
 * colon, which becomes a NUL. */
static const char *layout_of(const char *text, size_t size)
{
    static char buffer[512];
    struct made made;
    memset(&made, 0, sizeof(made));
    assert_true(size < sizeof(buffer));
    memcpy(buffer, text, size);
    buffer[size] = '\0';
    char *at = buffer;
    char *space = strchr(at, ' ');
    *space = '\0';
    made.head.method = hg_text(at);
    at = space + 1;
    space = memchr(at, ' ', size - (size_t) (at - buffer));
    *space = '\0';
    made.head.target = hg_text(at);
    made.head.target_at = at;
    at = space + 1;
    for (bool first = true;; first = false) {
        char *end = memchr(at, '\n', size - (size_t) (at - buffer));
        char *line = at;
        at = end + 1;
        *end = '\0';
        if (end > line && end[-1] == '\r') {
            end[-1] = '\0';
        }
        if (first) {
            made.head.version = hg_text(line);
            continue;
        }
        if (line[0] == '\0') {
            break;
        }
        char *colon = strchr(line, ':');
        *colon++ = '\0';
        colon += strspn(colon, " \t");
        made.headers[made.head.header_count++] = (hg_header){hg_text(line), hg_text(colon)};
    }
    made.head.headers = made.headers;
    made.head.size = size;
    return fault_of(&made);
}

#define LAYOUT(text) layout_of(text, sizeof(text) - 1)

static void layout_finds_what_is_hidden(void **state)
{
    (void) state;
    assert_string_equal(LAYOUT("POST /a HTTP/1.1\r\nHost: b\r\n\r\n"), "none");
    assert_string_equal(LAYOUT("POST /a?b HTTP/1.1\r\nHost:b\r\nE:\r\nX: \t c \r\n\r\n"), "none");
    assert_string_equal(LAYOUT("POST /a HTTP/1.1\r\nHost: b\0c\r\n\r\n"), "hidden_bytes");
    assert_string_equal(LAYOUT("POST /a HTTP/1.1\r\nX: \0\r\nHost: b\r\n\r\n"), "hidden_bytes");
    assert_string_equal(LAYOUT("POST /a\0b HTTP/1.1\r\nHost: b\r\n\r\n"), "hidden_bytes");
    assert_string_equal(LAYOUT("POST /a HTTP/1.1\nHost: b\r\n\r\n"), "hidden_bytes");
    assert_string_equal(LAYOUT("POST /a HTTP/1.1\r\nHost: b\nX: c\r\n\r\n"), "hidden_bytes");
    assert_string_equal(LAYOUT("POST /a HTTP/1.1\r\nHost: b\r\n\n"), "hidden_bytes");
    assert_string_equal(LAYOUT("POST /a HTTP/1.1\r\nHost: b\r\n\0ext: 1\r\n\r\n"), "hidden_bytes");
}

static void every_check_is_provoked(void **state)
{
    (void) state;
    static const char *const elsewhere[] = {"hidden_bytes", "bad_length", "unknown_coding",
                                            "coding_in_http_1_0", "repeated_coding"};
    const struct head_fault *fault;
    for (size_t i = 0; (fault = head_fault_at(i)) != NULL; i++) {
        bool found = false;
        for (size_t j = 0; j < sizeof(changes) / sizeof(changes[0]); j++) {
            found = found || strcmp(changes[j].fault, fault->name) == 0;
        }
        for (size_t j = 0; j < sizeof(elsewhere) / sizeof(elsewhere[0]); j++) {
            found = found || strcmp(elsewhere[j], fault->name) == 0;
        }
        assert_true(found);
    }
}

/* ---- URLs and addresses ---------------------------------------------------------------------- */

static void secrets_in_urls_are_hidden(void **state)
{
    (void) state;
    static const char *const pairs[][2] = {
        {"/a?sk=secret", "/a?sk=***"},
        {"/a?sk=", "/a?sk=***"},
        {"/a?b=1&sk=sec/re?t;x&c=2", "/a?b=1&sk=***&c=2"},
        {"/a?sk=one&sk=two", "/a?sk=***&sk=***"},
        {"/a?SK=secret", "/a?SK=***"},
        {"/a?s%6B=secret", "/a?s%6B=***"},
        {"/a?sk%3dsecret", "/a?sk%3d***"},
        {"/a?b=1;sk=secret", "/a?b=1;sk=***"},
        {"/a&sk=secret", "/a&sk=***"},
        {"/sk=secret/b", "/sk=***"},
        {"/a%3Fsk=secret", "/a%3Fsk=***"},
        {"/a?ask=1", NULL},
        {"/a?sk", NULL},
        {"/a?skin=1", NULL},
        {"/a?b=sk", NULL},
        {"/a?s%6", NULL},
        {"/a?%", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        struct buf out;
        buf_init(&out, 256);
        assert_int_equal(url_scrub(hg_text(pairs[i][0]), &out), pairs[i][1] != NULL);
        assert_false(out.failed);
        assert_string_equal(out.len > 0 ? out.ptr : "", pairs[i][1] != NULL ? pairs[i][1] : "");
        buf_free(&out);
    }
}

static void addresses_are_strict(void **state)
{
    (void) state;
    static const char *const good[] = {"127.0.0.1:0", "0.0.0.0:65535", "[::1]:8080", "[::]:0",
                                       "localhost:1"};
    static const char *const bad[] = {"",
                                      "127.0.0.1",
                                      ":80",
                                      "127.0.0.1:",
                                      "1.2.3:80",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "::1:80",
                                      "[::1:80",
                                      "[]:80",
                                      "[:80",
                                      "host:80",
                                      "127.0.0.1:080000",
                                      "127.0.0.1: 80"};
    struct address address;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct fail fail = {0};
        assert_true(address_parse(good[i], &address, &fail));
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct fail fail = {0};
        assert_false(address_parse(bad[i], &address, &fail));
        assert_int_equal(fail.exit_code, EXIT_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sound_heads_pass),
        cmocka_unit_test(each_change_is_refused),
        cmocka_unit_test(lengths_and_codings_are_strict),
        cmocka_unit_test(absolute_targets_are_cut),
        cmocka_unit_test(lengths_are_read),
        cmocka_unit_test(layout_finds_what_is_hidden),
        cmocka_unit_test(every_check_is_provoked),
        cmocka_unit_test(secrets_in_urls_are_hidden),
        cmocka_unit_test(addresses_are_strict),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
