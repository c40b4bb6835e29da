/* SPDX-License-Identifier: MIT
 *
 * Verifying: each status from the one change that alone causes it, the order of checks, edges of
 * the window, several keys and signatures, and that a stream agrees however the body is cut.
 */
#include "check.h"

#define NOW 1767225600
#define SECRET "correct horse battery staple"
#define BODY "{\"Id\":7,\"Name\":\"caf\xc3\xa9\"}"
/* printf '%s' "1767225600.Order.OnCreate.$BODY" | openssl dgst -sha256 -hmac "$SECRET" */
#define GOOD_SIG "590828147587918ac15b2c0654f2efa9503be09a5d937e851f6080fbe482ccdc"

/* One scheme with a ring, and a signed request whose parts a test may change. */
struct world {
    hg_scheme *scheme;
    hg_ring *ring;
    hg_options options;
    hg_request request;
    char text[HG_SIGN_TEXT_MAX];
    hg_header headers[HG_SIGN_HEADERS_MAX + 4];
};

static void sign_into(struct world *w, hg_str event, hg_str timestamp, hg_str id, bool as_given)
{
    hg_signing signing = {.scheme = w->scheme,
                          .ring = w->ring,
                          .now = NOW,
                          .event = event,
                          .id = id,
                          .timestamp_text = timestamp,
                          .as_given = as_given};
    w->request.headers = NULL;
    w->request.header_count = 0;
    assert_int_equal(hg_sign(&signing, &w->request, w->text, w->headers, &w->request.header_count),
                     HG_OK);
    w->request.headers = w->headers;
}

static void open_world(struct world *w, const char *scheme, const hg_key *keys, size_t count)
{
    *w = (struct world){0};
    assert_int_equal(hg_scheme_open(scheme, &w->scheme, NULL), HG_OK);
    assert_int_equal(hg_ring_new(w->scheme, keys, count, &w->ring, NULL), HG_OK);
    w->options = (hg_options){.scheme = w->scheme, .ring = w->ring, .now = NOW};
    w->request = (hg_request){.method = S("POST"), .body = S(BODY)};
    bool typed = hg_scheme_row(w->scheme)->event.grammar != NULL;
    sign_into(w, typed ? S("Order.OnCreate") : S("push"), S(""), S("msg_1"), false);
}

static void open_webinone(struct world *w)
{
    hg_key key = {S("main"), S(SECRET), HG_NEVER};
    open_world(w, "webinone", &key, 1);
}

static void close_world(struct world *w)
{
    hg_ring_free(w->ring);
    hg_scheme_free(w->scheme);
}

/* The status, from hg_verify and from streams that take the body whole and by single bytes; all
 * must agree, and a refusal must leave the rest of the verdict zero. */
static hg_verdict judge(const struct world *w)
{
    static const hg_verdict nothing;
    hg_str body = exact(w->request.body);
    hg_request request = w->request;
    request.body = body;
    hg_verdict verdict = hg_verify(&w->options, &request);
    for (size_t step = 1; step <= body.len + 1; step += body.len > 0 ? body.len : 1) {
        hg_stream stream;
        hg_status begun = hg_stream_begin(&stream, &w->options, &request);
        for (size_t at = 0; at < body.len; at += step) {
            hg_stream_update(&stream, body.ptr + at, body.len - at < step ? body.len - at : step);
        }
        hg_verdict streamed = hg_stream_end(&stream);
        assert_true(begun == HG_OK || begun == streamed.status);
        assert_int_equal(streamed.status, verdict.status);
        assert_memory_equal(streamed.mac, verdict.mac, sizeof verdict.mac);
        assert_int_equal(hg_stream_end(&stream).status, HG_BAD_ARGUMENT);
    }
    if (verdict.status != HG_OK) {
        hg_verdict rest = verdict;
        rest.status = nothing.status;
        assert_memory_equal(rest.mac, nothing.mac, sizeof rest.mac);
        assert_true(rest.event.ptr == NULL && rest.id.ptr == NULL && rest.key_label.ptr == NULL &&
                    rest.timestamp == 0 && rest.age_s == 0 && rest.mac_len == 0 &&
                    !rest.time_signed && !rest.event_signed && !rest.id_signed && !rest.age_judged);
    }
    drop(body);
    return verdict;
}

static hg_header *header(struct world *w, const char *name)
{
    for (size_t i = 0; i < w->request.header_count; i++) {
        if (same(w->headers[i].name, hg_text(name))) {
            return &w->headers[i];
        }
    }
    fail_msg("no header %s", name);
    return NULL;
}

static void drop_header(struct world *w, const char *name)
{
    hg_header *at = header(w, name);
    *at = w->headers[--w->request.header_count];
}

static void add_header(struct world *w, const char *name, hg_str value)
{
    w->headers[w->request.header_count++] = (hg_header){hg_text(name), value};
}

static void a_good_delivery(void **state)
{
    (void) state;
    struct world w;
    open_webinone(&w);
    hg_verdict v = judge(&w);
    assert_int_equal(v.status, HG_OK);
    assert_true(v.time_signed && v.event_signed && !v.id_signed && v.age_judged);
    assert_true(same(v.event, S("Order.OnCreate")));
    assert_true(same(v.key_label, S("main")));
    assert_int_equal(v.timestamp, NOW);
    assert_int_equal(v.age_s, 0);
    assert_int_equal(v.mac_len, 32);
    w.headers[0].name = S("x-WEBHOOK-timestamp"); /* case of names does not count */
    w.headers[1].value = S(" \tOrder.OnCreate\t ");
    assert_int_equal(judge(&w).status, HG_OK);
    close_world(&w);
}

/* The same bytes as another program made them. */
static void agrees_with_openssl(void **state)
{
    (void) state;
    struct world w;
    open_webinone(&w);
    assert_true(same(header(&w, "X-Webhook-Signature")->value, S("sha256=" GOOD_SIG)));
    close_world(&w);
}

/* RFC 4231: key and text as given there, through a scheme that signs the body alone. */
static void rfc4231(void **state)
{
    (void) state;
    static const struct {
        const char *what, *key, *text, *sha256, *sha512;
    } rows[] = {
        {"case 1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
         "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
         "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
        {"case 2", "4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
         "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
         "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
        {"case 3", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
         "dddddddddddddddddddddddddddddddd",
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
         "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
         "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
        {"case 6, a key above the block",
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
         "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
         "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d204861736820"
         "4b6579204669727374",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
         "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
         "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598"},
    };
    static const char *const algorithms[] = {"hmac-sha256", "hmac-sha512"};
    for (size_t i = 0; i < COUNT(rows) * 2; i++) {
        size_t row = i / 2;
        unsigned char body[256];
        size_t len;
        hg_scheme_spec spec = {
            .name = "rfc4231",
            .basis = "documented",
            .algorithm = algorithms[i % 2],
            .key = "hex",
            .signed_text = "{body}",
            .signature = {.header = "X-Sig", .item = "{sig}", .encoding = "hex"}};
        struct world w = {0};
        hg_key key = {S(""), hg_text(rows[row].key), HG_NEVER};
        assert_true(hg_decode(HG_HEX, hg_text(rows[row].text), body, sizeof body, &len));
        assert_int_equal(hg_scheme_new(&spec, &w.scheme, NULL), HG_OK);
        assert_int_equal(hg_ring_new(w.scheme, &key, 1, &w.ring, NULL), HG_OK);
        w.request.body = (hg_str){(const char *) body, len};
        sign_into(&w, S(""), S(""), S(""), false);
        HOLDS(same(w.headers[0].value, hg_text(i % 2 == 0 ? rows[row].sha256 : rows[row].sha512)),
              row);
        close_world(&w);
    }
}

/* One change each to a good delivery; the change alone decides. */
static void every_status(void **state)
{
    (void) state;
    enum change { DROP, SET, REPEAT, ADD };
    static const struct {
        const char *what;
        enum change change;
        const char *header;
        hg_str value;
        hg_status status;
    } rows[] = {
        {"no signature", DROP, "X-Webhook-Signature", {NULL, 0}, HG_NO_SIGNATURE},
        {"empty signature", SET, "X-Webhook-Signature", {NULL, 0}, HG_NO_SIGNATURE},
        {"blank signature", SET, "X-Webhook-Signature", S(" \t"), HG_NO_SIGNATURE},
        {"prefix alone", SET, "X-Webhook-Signature", S("sha256="), HG_BAD_SIGNATURE},
        {"no prefix", SET, "X-Webhook-Signature", S(GOOD_SIG), HG_BAD_SIGNATURE},
        {"prefix in capitals", SET, "X-Webhook-Signature", S("SHA256=" GOOD_SIG), HG_BAD_SIGNATURE},
        {"a digit too few", SET, "X-Webhook-Signature", {"sha256=" GOOD_SIG, 70}, HG_BAD_SIGNATURE},
        {"two too few", SET, "X-Webhook-Signature", {"sha256=" GOOD_SIG, 69}, HG_BAD_SIGNATURE},
        {"two too many", SET, "X-Webhook-Signature", S("sha256=" GOOD_SIG "00"), HG_BAD_SIGNATURE},
        {"another", SET, "X-Webhook-Signature",
         S("sha256=0000000000000000000000000000000000000000000000000000000000000000"), HG_MISMATCH},
        {"signature twice", REPEAT, "X-Webhook-Signature", {NULL, 0}, HG_REPEATED_HEADER},
        {"NUL in the signature", SET, "X-Webhook-Signature", S("sha256=\0"), HG_BAD_REQUEST},
        {"no timestamp", DROP, "X-Webhook-Timestamp", {NULL, 0}, HG_NO_TIMESTAMP},
        {"empty timestamp", SET, "X-Webhook-Timestamp", {NULL, 0}, HG_NO_TIMESTAMP},
        {"timestamp with sign", SET, "X-Webhook-Timestamp", S("+1767225600"), HG_BAD_TIMESTAMP},
        {"timestamp twice", REPEAT, "X-Webhook-Timestamp", {NULL, 0}, HG_REPEATED_HEADER},
        {"another second", SET, "X-Webhook-Timestamp", S("1767225601"), HG_MISMATCH},
        {"line feed in it", SET, "X-Webhook-Timestamp", S("1767225600\n1"), HG_BAD_REQUEST},
        {"no event", DROP, "X-Webhook-Event", {NULL, 0}, HG_NO_EVENT},
        {"event without action", SET, "X-Webhook-Event", S("Order"), HG_BAD_EVENT},
        {"event with two dots", SET, "X-Webhook-Event", S("Order.OnCreate.x"), HG_BAD_EVENT},
        {"event ends in a dot", SET, "X-Webhook-Event", S("Order."), HG_BAD_EVENT},
        {"event begins with one", SET, "X-Webhook-Event", S(".OnCreate"), HG_BAD_EVENT},
        {"event with a dash", SET, "X-Webhook-Event", S("Order.On-Create"), HG_BAD_EVENT},
        {"event in UTF-8", SET, "X-Webhook-Event", S("Ordre.Cr\xc3\xa9\x65"), HG_BAD_EVENT},
        {"event twice", REPEAT, "X-Webhook-Event", {NULL, 0}, HG_REPEATED_HEADER},
        {"another event", SET, "X-Webhook-Event", S("Order.OnDelete"), HG_MISMATCH},
        {"another case of it", SET, "X-Webhook-Event", S("order.OnCreate"), HG_MISMATCH},
        {"a foreign header", ADD, "X-Other", S("\x01 not ours to judge"), HG_OK},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        open_webinone(&w);
        HOLDS(judge(&w).status == HG_OK, i);
        switch (rows[i].change) {
        case DROP: drop_header(&w, rows[i].header); break;
        case SET: header(&w, rows[i].header)->value = rows[i].value; break;
        case REPEAT: add_header(&w, rows[i].header, header(&w, rows[i].header)->value); break;
        case ADD: add_header(&w, rows[i].header, rows[i].value); break;
        }
        HOLDS(judge(&w).status == rows[i].status, i);
        close_world(&w);
    }
}

static void the_body_counts(void **state)
{
    (void) state;
    struct world w;
    open_webinone(&w);
    char body[] = BODY;
    for (size_t i = 0; i < sizeof body - 1; i++) {
        body[i] = (char) (body[i] ^ 1);
        w.request.body = (hg_str){body, sizeof body - 1};
        assert_int_equal(judge(&w).status, HG_MISMATCH);
        body[i] = (char) (body[i] ^ 1);
    }
    assert_int_equal(judge(&w).status, HG_OK);
    w.request.body = (hg_str){body, sizeof body - 2};
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    w.request.body = (hg_str){body, sizeof body}; /* with its NUL */
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    w.request.body = (hg_str){NULL, 0};
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    close_world(&w);
}

static void the_boundary_can_not_move(void **state)
{
    (void) state;
    struct world w;
    open_webinone(&w);
    header(&w, "X-Webhook-Event")->value = S("Order");
    w.request.body = S("OnCreate." BODY);
    assert_int_equal(judge(&w).status, HG_BAD_EVENT);
    close_world(&w);
}

static void the_window_has_two_edges(void **state)
{
    (void) state;
    static const struct {
        int64_t now;
        hg_status status;
    } rows[] = {
        {NOW, HG_OK},
        {NOW + 300, HG_OK},
        {NOW + 301, HG_TOO_OLD},
        {NOW - 300, HG_OK},
        {NOW - 301, HG_TOO_NEW},
        {0, HG_TOO_NEW},
        {HG_TOLERANCE_MAX, HG_TOO_OLD},
        {-1, HG_BAD_ARGUMENT},
        {HG_TOLERANCE_MAX + 1, HG_BAD_ARGUMENT},
    };
    struct world w;
    open_webinone(&w);
    for (size_t i = 0; i < COUNT(rows); i++) {
        w.options.now = rows[i].now;
        hg_verdict v = judge(&w);
        assert_int_equal(v.status, rows[i].status);
        assert_int_equal(v.age_s, v.status == HG_OK ? rows[i].now - NOW : 0);
    }
    close_world(&w);
}

static void the_signature_comes_before_the_window(void **state)
{
    (void) state;
    struct world w;
    open_webinone(&w);
    w.options.now = NOW + 1000;
    w.request.body = S("{}");
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    close_world(&w);
}

/* Each of the malformed parts signed as it is, so that its grammar alone refuses it. */
static void grammar_alone_decides(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        hg_str event, timestamp;
        hg_status status;
    } rows[] = {
        {"the good twin", S("Order.OnCreate"), S("1767225600"), HG_OK},
        {"leading zero", S("Order.OnCreate"), S("01767225600"), HG_BAD_TIMESTAMP},
        {"plus", S("Order.OnCreate"), S("+1767225600"), HG_BAD_TIMESTAMP},
        {"fraction", S("Order.OnCreate"), S("1767225600.0"), HG_BAD_TIMESTAMP},
        {"blank inside", S("Order.OnCreate"), S("1767225600 0"), HG_BAD_TIMESTAMP},
        {"one part", S("Order"), S("1767225600"), HG_BAD_EVENT},
        {"three parts", S("Order.On.Create"), S("1767225600"), HG_BAD_EVENT},
        {"blank", S("Order. OnCreate"), S("1767225600"), HG_BAD_EVENT},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        open_webinone(&w);
        sign_into(&w, rows[i].event, rows[i].timestamp, S(""), true);
        HOLDS(judge(&w).status == rows[i].status, i);
        close_world(&w);
    }
}

static void several_keys(void **state)
{
    (void) state;
    struct world w;
    hg_key keys[] = {{S("new"), S("another secret"), HG_NEVER}, {S("old"), S(SECRET), NOW}};
    hg_key signer = {S(""), S(SECRET), HG_NEVER};
    open_world(&w, "webinone", &signer, 1);
    hg_ring *both, *one;
    assert_int_equal(hg_ring_new(w.scheme, keys, 2, &both, NULL), HG_OK);
    assert_int_equal(hg_ring_new(w.scheme, &keys[1], 1, &one, NULL), HG_OK);
    w.options.ring = both;
    assert_true(same(judge(&w).key_label, S("old")));
    w.options.now = NOW + 1; /* the old one has expired */
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    w.options.ring = one;
    assert_int_equal(judge(&w).status, HG_NO_KEY);
    drop_header(&w, "X-Webhook-Signature");
    assert_int_equal(judge(&w).status, HG_NO_KEY); /* misuse comes first */
    w.options.now = NOW;
    assert_int_equal(judge(&w).status, HG_NO_SIGNATURE);
    hg_ring_free(both);
    hg_ring_free(one);
    close_world(&w);
}

#define ZERO64 "0000000000000000000000000000000000000000000000000000000000000000"

/* Lists: stripe has the time among the signatures. The list is made around the good signature. */
static void lists(void **state)
{
    (void) state;
    static const struct {
        const char *what, *before, *after;
        hg_status status;
    } rows[] = {
        {"plain", "t=1767225600,v1=", "", HG_OK},
        {"blanks", " t=1767225600 ,\t v1=", " ", HG_OK},
        {"time behind", "v1=", ",t=1767225600", HG_OK},
        {"wrong, then right", "t=1767225600,v1=" ZERO64 ",v1=", "", HG_OK},
        {"right, then wrong", "t=1767225600,v1=", ",v1=" ZERO64, HG_OK},
        {"broken, then right", "t=1767225600,v1=zz,v1=", "", HG_OK},
        {"unknown items", "x,,t=1767225600,v0=" ZERO64 ",v1=", ",=", HG_OK},
        {"two times", "t=1767225600,t=1767225600,v1=", "", HG_BAD_TIMESTAMP},
        {"no time", "v1=", "", HG_NO_TIMESTAMP},
        {"empty time", "t=,v1=", "", HG_NO_TIMESTAMP},
        {"another time", "t=1767225601,v1=", "", HG_MISMATCH},
        {"other version alone", "t=1767225600,v0=", "", HG_BAD_SIGNATURE},
        {"another separator", "t=1767225600;v1=", "", HG_BAD_SIGNATURE},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        hg_key key = {S("k"), S("whsec_test"), HG_NEVER};
        char value[1024];
        open_world(&w, "stripe", &key, 1);
        hg_header *sig = header(&w, "Stripe-Signature");
        assert_int_equal(sig->value.len, 2 + 10 + 1 + 3 + 64);
        int len = snprintf(value, sizeof value, "%s%.64s%s", rows[i].before,
                           sig->value.ptr + sig->value.len - 64, rows[i].after);
        HOLDS(judge(&w).status == HG_OK, i);
        sig->value = (hg_str){value, (size_t) len};
        HOLDS(judge(&w).status == rows[i].status, i);
        close_world(&w);
    }
}

static void at_most_sixteen_candidates(void **state)
{
    (void) state;
    struct world w;
    hg_key key = {S("k"), S("s"), HG_NEVER};
    char value[HG_CANDIDATES_MAX * 70 + 200];
    open_world(&w, "stripe", &key, 1);
    hg_header *sig = header(&w, "Stripe-Signature");
    hg_str good = sig->value;
    for (int more = 0; more < 2; more++) {
        size_t len = (size_t) snprintf(value, sizeof value, "%.*s", (int) good.len, good.ptr);
        for (int i = 0; i < HG_CANDIDATES_MAX - 1 + more; i++) {
            len += (size_t) snprintf(value + len, sizeof value - len, ",v1=" ZERO64);
        }
        sig->value = (hg_str){value, len};
        assert_int_equal(judge(&w).status, more ? HG_BAD_SIGNATURE : HG_OK);
    }
    close_world(&w);
}

static void ids(void **state)
{
    (void) state;
    struct world w;
    hg_key key = {S("k"), S("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), HG_NEVER};
    open_world(&w, "standard-webhooks", &key, 1);
    hg_verdict v = judge(&w);
    assert_int_equal(v.status, HG_OK);
    assert_true(v.id_signed && same(v.id, S("msg_1")));
    header(&w, "webhook-id")->value = S("msg_2");
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    header(&w, "webhook-id")->value = S("msg 1");
    assert_int_equal(judge(&w).status, HG_BAD_REQUEST);
    drop_header(&w, "webhook-id");
    assert_int_equal(judge(&w).status, HG_NO_ID);
    sign_into(&w, S(""), S(""), S("msg.1"), true); /* the signed text would have two readings */
    assert_int_equal(judge(&w).status, HG_BAD_REQUEST);
    char big[HG_VALUE_MAX + 1];
    memset(big, 'i', sizeof big);
    sign_into(&w, S(""), S(""), (hg_str){big, HG_VALUE_MAX}, true);
    assert_int_equal(judge(&w).status, HG_OK);
    sign_into(&w, S(""), S(""), (hg_str){big, HG_VALUE_MAX + 1}, true);
    assert_int_equal(judge(&w).status, HG_BAD_REQUEST);
    close_world(&w);
}

/* Whether a scheme's published example verifies; the publishers' own values. */
static void published_examples(void **state)
{
    (void) state;
    hg_key key = {S("k"), S("It's a Secret to Everybody"), HG_NEVER};
    struct world w;
    open_world(&w, "github", &key, 1);
    w.request.body = S("Hello, World!");
    hg_header headers[] = {
        {S("X-Hub-Signature-256"),
         S("sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17")},
        {S("X-GitHub-Event"), S("push")},
        {S("X-GitHub-Delivery"), S("1")}};
    w.request.headers = headers;
    w.request.header_count = 3;
    hg_verdict v = judge(&w);
    assert_int_equal(v.status, HG_OK);
    assert_false(v.event_signed || v.id_signed || v.time_signed || v.age_judged);
    w.request.body = S("Hello, World?");
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    close_world(&w);
}

static void event_rules(void **state)
{
    (void) state;
    static const hg_str orders[] = {S("Tax.*"), S("Order.*")};
    static const hg_str any[] = {S("*")};
    static const hg_str widget[] = {S("Widget.OnCreate")};
    struct world w;
    open_webinone(&w);
    w.options.events = orders;
    w.options.event_count = 2;
    assert_int_equal(judge(&w).status, HG_OK);
    w.options.event_count = 1;
    assert_int_equal(judge(&w).status, HG_EVENT_NOT_ALLOWED);
    w.options.event_count = 0; /* a list without entries wants nothing */
    assert_int_equal(judge(&w).status, HG_EVENT_NOT_ALLOWED);
    w.options.now = NOW + 1000; /* the window comes first */
    assert_int_equal(judge(&w).status, HG_TOO_OLD);
    w.options.now = NOW;
    w.options.events = any;
    w.options.event_count = 1;
    sign_into(&w, S("Widget.OnCreate"), S(""), S(""), false);
    assert_int_equal(judge(&w).status, HG_EVENT_NOT_ALLOWED); /* not in the catalogue */
    w.options.extra_events = widget;
    w.options.extra_event_count = 1;
    assert_int_equal(judge(&w).status, HG_OK);
    w.options.extra_event_count = 0;
    w.options.events = widget; /* or named in full */
    assert_int_equal(judge(&w).status, HG_OK);
    close_world(&w);
}

static void rules_on_an_unsigned_event_need_consent(void **state)
{
    (void) state;
    static const hg_str push[] = {S("push")};
    hg_key key = {S("k"), S("s"), HG_NEVER};
    struct world w;
    open_world(&w, "github", &key, 1);
    w.options.events = push;
    w.options.event_count = 1;
    assert_int_equal(judge(&w).status, HG_BAD_ARGUMENT);
    w.options.event_unsigned = true;
    assert_int_equal(judge(&w).status, HG_OK);
    header(&w, "X-GitHub-Event")->value = S("pull");
    assert_int_equal(judge(&w).status, HG_EVENT_NOT_ALLOWED);
    close_world(&w);
}

static void misuse(void **state)
{
    (void) state;
    struct world w;
    hg_key key = {S("k"), S("00ff"), HG_NEVER};
    hg_scheme_spec other;
    open_webinone(&w);
    other = *hg_scheme_row(w.scheme);
    other.key = "hex";
    hg_scheme *scheme;
    hg_ring *ring;
    assert_int_equal(hg_scheme_new(&other, &scheme, NULL), HG_OK);
    assert_int_equal(hg_ring_new(scheme, &key, 1, &ring, NULL), HG_OK);
    hg_options options = w.options;
    assert_int_equal(hg_verify(NULL, &w.request).status, HG_BAD_ARGUMENT);
    assert_int_equal(hg_verify(&options, NULL).status, HG_BAD_ARGUMENT);
    options.scheme = NULL;
    assert_int_equal(hg_verify(&options, &w.request).status, HG_BAD_ARGUMENT);
    options = w.options;
    options.ring = NULL;
    assert_int_equal(hg_verify(&options, &w.request).status, HG_NO_KEY);
    options.ring = ring;
    assert_int_equal(hg_verify(&options, &w.request).status, HG_BAD_ARGUMENT);
    hg_request request = w.request;
    request.body = (hg_str){NULL, 3};
    assert_int_equal(hg_verify(&w.options, &request).status, HG_BAD_ARGUMENT);
    request = w.request;
    request.headers = NULL;
    assert_int_equal(hg_verify(&w.options, &request).status, HG_BAD_ARGUMENT);
    assert_int_equal(hg_stream_begin(NULL, &w.options, &w.request), HG_BAD_ARGUMENT);
    assert_int_equal(hg_stream_end(NULL).status, HG_BAD_ARGUMENT);
    hg_ring_free(ring);
    hg_scheme_free(scheme);
    close_world(&w);
}

static void too_many_headers(void **state)
{
    (void) state;
    struct world w;
    open_webinone(&w);
    hg_header *many = calloc(HG_HEADERS_MAX + 1, sizeof *many);
    assert_non_null(many);
    for (size_t i = 0; i <= HG_HEADERS_MAX; i++) {
        many[i] = (hg_header){S("X-Filler"), S("1")};
    }
    memcpy(many, w.headers, w.request.header_count * sizeof *many);
    w.request.headers = many;
    w.request.header_count = HG_HEADERS_MAX;
    assert_int_equal(judge(&w).status, HG_OK);
    w.request.header_count = HG_HEADERS_MAX + 1;
    assert_int_equal(judge(&w).status, HG_BAD_REQUEST);
    free(many);
    close_world(&w);
}

/* Every word of a template, and that each is bound. */
static void templates(void **state)
{
    (void) state;
    hg_scheme_spec spec = {
        .name = "every-word",
        .basis = "assumed",
        .algorithm = "hmac-sha384",
        .key = "utf8",
        .signed_text = "{{{method} {url} {host}{path}?{query}\n{header:X-Extra}"
                       "|{body}{timestamp}{event}{id}",
        .signature = {.header = "Sig", .item = "<{sig}>", .encoding = "base64url"},
        .timestamp = {"Time", NULL, "rfc3339", 10},
        .event = {"Event", NULL},
        .id = {"Id"}};
    hg_key key = {S("k"), S("s"), HG_NEVER};
    struct world w = {0};
    assert_int_equal(hg_scheme_new(&spec, &w.scheme, NULL), HG_OK);
    assert_int_equal(hg_ring_new(w.scheme, &key, 1, &w.ring, NULL), HG_OK);
    hg_header extra = {S("X-EXTRA"), S("e")};
    hg_request request = {S("PUT"), S("https://h:1/p/q?a=b"), &extra, 1, S("body")};
    hg_signing signing = {
        .scheme = w.scheme, .ring = w.ring, .now = NOW, .event = S("x y"), .id = S("i")};
    size_t count;
    assert_int_equal(hg_sign(&signing, &request, w.text, w.headers, &count), HG_BAD_EVENT);
    signing.event = S("x");
    request.header_count = 0;
    assert_int_equal(hg_sign(&signing, &request, w.text, w.headers, &count), HG_BAD_REQUEST);
    request.header_count = 1;
    assert_int_equal(hg_sign(&signing, &request, w.text, w.headers, &count), HG_OK);
    assert_int_equal(count, 4);
    w.headers[count] = extra;
    w.request = request;
    w.request.headers = w.headers;
    w.request.header_count = count + 1;
    w.options = (hg_options){.scheme = w.scheme, .ring = w.ring, .now = NOW};
    assert_int_equal(judge(&w).status, HG_OK);
    assert_int_equal(judge(&w).mac_len, 48);
    w.request.method = S("POST");
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    w.request.method = S("PUT");
    w.request.url = S("https://h:2/p/q?a=b");
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    w.request.url = S("/p/q?a=b");
    assert_int_equal(judge(&w).status, HG_BAD_REQUEST);
    w.request.url = S("https://h:1/p/q?a=b");
    w.headers[4].value = S("f");
    assert_int_equal(judge(&w).status, HG_MISMATCH);
    w.headers[4].value = S("");
    assert_int_equal(judge(&w).status, HG_BAD_REQUEST);
    close_world(&w);
}

static void signing_refuses(void **state)
{
    (void) state;
    struct world w;
    size_t count = 9;
    open_webinone(&w);
    hg_signing good = {.scheme = w.scheme, .ring = w.ring, .now = NOW, .event = S("Tax.OnCreate")};
    hg_signing s = good;
    s.event = S("");
    assert_int_equal(hg_sign(&s, &w.request, w.text, w.headers, &count), HG_NO_EVENT);
    s.event = S("Tax");
    assert_int_equal(hg_sign(&s, &w.request, w.text, w.headers, &count), HG_BAD_EVENT);
    s = good;
    s.now = -1;
    assert_int_equal(hg_sign(&s, &w.request, w.text, w.headers, &count), HG_BAD_ARGUMENT);
    s = good;
    s.timestamp_text = S("soon");
    assert_int_equal(hg_sign(&s, &w.request, w.text, w.headers, &count), HG_BAD_TIMESTAMP);
    s = good;
    s.key = 1;
    assert_int_equal(hg_sign(&s, &w.request, w.text, w.headers, &count), HG_NO_KEY);
    s = good;
    s.ring = NULL;
    assert_int_equal(hg_sign(&s, &w.request, w.text, w.headers, &count), HG_NO_KEY);
    s = good;
    s.as_given = true;
    char big[HG_SIGN_TEXT_MAX];
    memset(big, 'e', sizeof big);
    s.event = (hg_str){big, sizeof big};
    assert_int_equal(hg_sign(&s, &w.request, w.text, w.headers, &count), HG_BAD_ARGUMENT);
    assert_int_equal(hg_sign(NULL, &w.request, w.text, w.headers, &count), HG_BAD_ARGUMENT);
    assert_int_equal(count, 9); /* untouched */
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_delivery),
        cmocka_unit_test(agrees_with_openssl),
        cmocka_unit_test(rfc4231),
        cmocka_unit_test(every_status),
        cmocka_unit_test(the_body_counts),
        cmocka_unit_test(the_boundary_can_not_move),
        cmocka_unit_test(the_window_has_two_edges),
        cmocka_unit_test(the_signature_comes_before_the_window),
        cmocka_unit_test(grammar_alone_decides),
        cmocka_unit_test(several_keys),
        cmocka_unit_test(lists),
        cmocka_unit_test(at_most_sixteen_candidates),
        cmocka_unit_test(ids),
        cmocka_unit_test(published_examples),
        cmocka_unit_test(event_rules),
        cmocka_unit_test(rules_on_an_unsigned_event_need_consent),
        cmocka_unit_test(misuse),
        cmocka_unit_test(too_many_headers),
        cmocka_unit_test(templates),
        cmocka_unit_test(signing_refuses),
    };
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
