/* SPDX-License-Identifier: MIT
 *
 * Explaining: for each cause a delivery that it alone explains, and a twin with one bit of its
 * signature flipped that nothing explains; limits, statuses, and that no secret is ever said.
 *
 * What the sender signs is written out here, byte for byte, and hashed by the library's HMAC.
 */
#include "check.h"

#define NOW 1767225600
#define TIME "1767225600"
#define SECRET "Kx8/gTq+2mPz0wYb5uLr7cVnE1hJ4dSa"
#define EVENT "Order.OnCreate"
#define WEBINONE(body) TIME "." EVENT "." body
#define BODY "{\"a\":1.0,\"b\":{\"z\":null,\"c\":\"/\xc3\xa9<\"}}"
#define URL "https://example.com/a%20b?b=2&a=1"

enum { HEX, BASE64, SHORT_BASE64, PERCENT, HEX_IN_BASE64, CUT, PLUS };

/* One seeded cause. What is NULL is as in a good delivery of webinone. */
struct seed {
    const char *what; /* the cause that must be named */
    hg_str theirs;    /* key bytes of the sender */
    const char *ours; /* our secret */
    hg_str signs;     /* the signed text */
    hg_str body;      /* the body that arrives */
    const char *scheme;
    const char *item; /* printf: how the signature is written */
    const char *header;
    int form;         /* of the signature */
    const char *time; /* "" leaves the header out */
    const char *event;
    const char *more[2]; /* another header */
    const char *url;
    int64_t late;
    bool expired;
    bool sha512;
};

#define TEXT(literal) .signs = {literal, sizeof(literal) - 1}
#define ARRIVES(literal) .body = {literal, sizeof(literal) - 1}
#define KEY(literal) .theirs = {literal, sizeof(literal) - 1}
#define SIGNED_BODY(literal) TEXT(WEBINONE(literal))

static const struct seed rows[] = {
    /* bodies */
    {"body-newline-lost", SIGNED_BODY(BODY "\n")},
    {"body-newline-extra", SIGNED_BODY(BODY), ARRIVES(BODY "\n")},
    {"body-crlf-lost", SIGNED_BODY(BODY "\r\n")},
    {"body-crlf-extra", SIGNED_BODY(BODY), ARRIVES(BODY "\r\n")},
    {"body-line-ends-lf", SIGNED_BODY("a\nb"), ARRIVES("a\r\nb")},
    {"body-line-ends-crlf", SIGNED_BODY("a\r\nb"), ARRIVES("a\nb")},
    {"body-trimmed", SIGNED_BODY("a"), ARRIVES(" a\t")},
    {"body-trimmed-end", SIGNED_BODY(" a"), ARRIVES(" a\t")},
    {"body-trimmed-start", SIGNED_BODY("a\t"), ARRIVES(" a\t")},
    {"body-lines-joined", SIGNED_BODY("ab"), ARRIVES("a\nb")},
    {"body-nul-lost", SIGNED_BODY(BODY "\0")},
    {"body-nul-extra", SIGNED_BODY(BODY), ARRIVES(BODY "\0")},
    {"body-cut-at-nul", SIGNED_BODY("a"), ARRIVES("a\0b")},
    {"body-bom-extra", SIGNED_BODY(BODY), ARRIVES("\xef\xbb\xbf" BODY)},
    {"body-bom-lost", SIGNED_BODY("\xef\xbb\xbf" BODY)},
    {"body-latin1", SIGNED_BODY("caf\xe9"), ARRIVES("caf\xc3\xa9")},
    {"body-windows-1252", SIGNED_BODY("5 \x80"), ARRIVES("5 \xe2\x82\xac")},
    {"body-utf8-of-latin1", SIGNED_BODY("caf\xc3\xa9"), ARRIVES("caf\xe9")},
    {"body-utf8-of-windows-1252", SIGNED_BODY("5 \xe2\x82\xac"), ARRIVES("5 \x80")},
    {"body-replacement", SIGNED_BODY("caf\xef\xbf\xbd"), ARRIVES("caf\xe9")},
    {"body-invalid-dropped", SIGNED_BODY("cafs"), ARRIVES("caf\xe9s")},
    {"body-question-marks", SIGNED_BODY("caf?s"), ARRIVES("caf\xc3\xa9s")},
    {"body-ascii-only", SIGNED_BODY("cafs"), ARRIVES("caf\xc3\xa9s")},
    {"body-utf16le", SIGNED_BODY("a\0\xe9\0"), ARRIVES("a\xc3\xa9")},
    {"body-utf16be", SIGNED_BODY("\0a\0\xe9"), ARRIVES("a\xc3\xa9")},
    {"body-utf16le-bom", SIGNED_BODY("\xff\xfe\x3d\xd8\x00\xde"), ARRIVES("\xf0\x9f\x98\x80")},
    {"body-utf16be-bom", SIGNED_BODY("\xfe\xff\xd8\x3d\xde\x00"), ARRIVES("\xf0\x9f\x98\x80")},
    {"body-utf8-of-utf16", SIGNED_BODY("\xf0\x9f\x98\x80"), ARRIVES("\xff\xfe\x3d\xd8\x00\xde")},
    {"body-form-value", SIGNED_BODY("{ }"), ARRIVES("payload=%7B+%7D")},
    {"body-form-decoded", SIGNED_BODY("a=1 2&b=/"), ARRIVES("a=1+2&b=%2f")},
    {"body-percent-decoded", SIGNED_BODY("a=1+2&b=/"), ARRIVES("a=1+2&b=%2F")},
    {"body-form-payload", SIGNED_BODY("payload=%7B+%7D"), ARRIVES("{ }")},
    {"body-form-encoded", SIGNED_BODY("%7B+%7D"), ARRIVES("{ }")},
    {"body-percent-encoded", SIGNED_BODY("%7B%20%7D"), ARRIVES("{ }")},
    {"body-form-blank-percent", SIGNED_BODY("a=1%202"), ARRIVES("a=1+2")},
    {"body-form-blank-plus", SIGNED_BODY("a=1+2"), ARRIVES("a=1%202")},
    {"body-form-sorted", SIGNED_BODY("a=1&b=2"), ARRIVES("b=2&a=1")},
    {"body-base64", SIGNED_BODY("e30="), ARRIVES("{}")},
    {"body-base64-decoded", SIGNED_BODY("{}"), ARRIVES("e30=")},
    {"body-chunked", SIGNED_BODY("abc"), ARRIVES("2\r\nab\r\n1\r\nc\r\n0\r\n\r\n")},
    {"body-quoted", SIGNED_BODY("{}"), ARRIVES("'{}'")},
    {"body-backslashes", SIGNED_BODY("{\"a\":1}"), ARRIVES("{\\\"a\\\":1}")},
    {"body-html-decoded", SIGNED_BODY("<a & b>"), ARRIVES("&lt;a &amp; b&gt;")},
    {"body-html-encoded", SIGNED_BODY("&lt;a &amp; b&gt;"), ARRIVES("<a & b>")},
    {"body-empty", SIGNED_BODY("")},
    {"body-empty-object", SIGNED_BODY("{}")},
    {"body-empty-array", SIGNED_BODY("[]")},
    {"body-null", SIGNED_BODY("null")},
    {"body-undefined", SIGNED_BODY("undefined")},
    {"body-object-object", SIGNED_BODY("[object Object]")},
    {"body-cut", SIGNED_BODY("{\"a\"")},
    {"body-member", SIGNED_BODY("{\"z\":null,\"c\":\"/\xc3\xa9<\"}")},
    {"json-minified", SIGNED_BODY("[1,{\"a\":2}]"), ARRIVES("[ 1,\t{ \"a\" :2 }\n]")},
    {"json-spaced", SIGNED_BODY("[1, {\"a\": 2}]"), ARRIVES("[1,{\"a\":2}]")},
    {"json-indented-2", SIGNED_BODY("{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}"),
     ARRIVES("{\"a\":[1],\"b\":{}}")},
    {"json-indented-4", SIGNED_BODY("{\n    \"a\": [\n        1\n    ]\n}"),
     ARRIVES("{\"a\":[1]}")},
    {"json-indented-tab", SIGNED_BODY("{\n\t\"a\": [\n\t\t1\n\t]\n}"), ARRIVES("{\"a\":[1]}")},
    {"json-slash-escaped", SIGNED_BODY("[\"\\/\"]"), ARRIVES("[\"/\"]")},
    {"json-slash-bare", SIGNED_BODY("[\"/\"]"), ARRIVES("[\"\\/\"]")},
    {"json-unicode-escaped", SIGNED_BODY("[\"\\u00e9\\ud83d\\ude00\"]"),
     ARRIVES("[\"\xc3\xa9\xf0\x9f\x98\x80\"]")},
    {"json-unicode-escaped-upper", SIGNED_BODY("[\"\\u00E9\\uD83D\\uDE00\"]"),
     ARRIVES("[\"\xc3\xa9\xf0\x9f\x98\x80\"]")},
    {"json-unicode-raw", SIGNED_BODY("[\"\xc3\xa9\xf0\x9f\x98\x80\"]"),
     ARRIVES("[\"\\u00e9\\ud83d\\ude00\"]")},
    {"json-html-escaped", SIGNED_BODY("[\"\\u003ca\\u003e\"]"), ARRIVES("[\"<a>\"]")},
    {"json-ascii-bare", SIGNED_BODY("[\"<a>'\"]"), ARRIVES("[\"\\u003ca\\u003e\\u0027\"]")},
    {"json-dotnet-escaped", SIGNED_BODY("[\"\\u0022\\u002B\\u0027\"]"), ARRIVES("[\"\\\"+'\"]")},
    {"json-numbers-short", SIGNED_BODY("[1,-1.5,2]"), ARRIVES("[1.0,-1.50,2e0]")},
    {"json-numbers-decimal", SIGNED_BODY("[1.0,2.5]"), ARRIVES("[1,2.5]")},
    {"json-numbers-exponent", SIGNED_BODY("[1e0,2.5]"), ARRIVES("[1,2.5]")},
    {"json-sorted", SIGNED_BODY("{\"a\":{\"b\":1,\"c\":2},\"d\":3}"),
     ARRIVES("{\"d\":3,\"a\":{\"c\":2,\"b\":1}}")},
    {"json-nulls-dropped", SIGNED_BODY("{\"b\":[null]}"), ARRIVES("{\"a\":null,\"b\":[null]}")},
    {"json-string-value", SIGNED_BODY("{\"a\": \"\\n\xc3\xa9\"}"),
     ARRIVES("\"{\\\"a\\\": \\\"\\\\n\\u00e9\\\"}\"")},
    {"json-string-twice", SIGNED_BODY("\"{\\\"a\\\":1}\\n\""), ARRIVES("{\"a\":1}\n")},
    /* secrets */
    {"secret-newline-extra", .ours = SECRET "\n"},
    {"secret-cr-extra", .ours = SECRET "\r"},
    {"secret-spaces", .ours = " " SECRET "\t"},
    {"secret-quotes", .ours = "'" SECRET "'"},
    {"secret-label", .ours = "export SECRET=" SECRET},
    {"secret-in-url", .ours = "https://x.example/h?sk=Kx8%2FgTq%2B2mPz0wYb5uLr7cVnE1hJ4dSa&z=1"},
    {"secret-percent-encoded", .ours = "Kx8%2FgTq%2B2mPz0wYb5uLr7cVnE1hJ4dSa"},
    {"secret-percent-decoded", KEY("a%2Fb%2Bc"), "a/b+c"},
    {"secret-form-encoded", KEY("a+b%2F"), "a b/"},
    {"secret-plus-lost", .ours = "Kx8/gTq 2mPz0wYb5uLr7cVnE1hJ4dSa"},
    {"secret-plus-extra", KEY("a b"), "a+b"},
    {"secret-whsec-missing", KEY("whsec_abcd"), "abcd"},
    {"secret-whsec-extra", KEY("abc"), "whsec_abc"},
    {"secret-version-prefix", KEY("abc"), "v1,abc"},
    {"secret-bearer", KEY("abc"), "Bearer abc"},
    {"secret-upper-case", KEY("00ff17a5b"), "00FF17a5B"},
    {"secret-lower-case", KEY("00FF17A5B"), "00FF17a5B"},
    {"secret-padding-lost", KEY("c2VjcmV0LQ=="), "c2VjcmV0LQ"},
    {"secret-padding-extra", KEY("c2VjcmV0LQ"), "c2VjcmV0LQ=="},
    {"secret-base64url", .ours = "Kx8_gTq-2mPz0wYb5uLr7cVnE1hJ4dSa"},
    {"secret-base64-standard", KEY("Kx8_gTq-"), "Kx8/gTq+"},
    {"secret-bom", .ours = "\xef\xbb\xbf" SECRET},
    {"secret-invisible", .ours = "\xe2\x80\x8b" SECRET "\xc2\xa0"},
    {"secret-backslash-n", .ours = SECRET "\\n"},
    {"secret-mark-extra", .ours = SECRET ","},
    {"secret-semicolon-extra", .ours = SECRET ";"},
    {"secret-latin1", KEY("caf\xe9"), "caf\xc3\xa9"},
    {"secret-twice-utf8", KEY("caf\xc3\x83\xc2\xa9"), "caf\xc3\xa9"},
    {"secret-newline-lost", KEY(SECRET "\n")},
    {"secret-crlf-lost", KEY(SECRET "\r\n")},
    {"secret-blank-lost", KEY(SECRET " ")},
    {"secret-blank-lost-front", KEY(" " SECRET)},
    {"secret-quotes-lost", KEY("\"" SECRET "\"")},
    {"secret-single-quotes-lost", KEY("'" SECRET "'")},
    {"secret-base64-again", KEY("YS1i"), "a-b"},
    {"secret-hex-again", KEY("612d62"), "a-b"},
    {"secret-empty", .theirs = {"", 0}},
    {"secret-undefined", KEY("undefined")},
    {"secret-null", KEY("null")},
    {"secret-none", KEY("None")},
    {"secret-as-base64", KEY("a-b"), "YS1i"},
    {"secret-as-hex", KEY("a-b"), "612d62"},
    {"secret-as-whsec", KEY("a-b-"), "whsec_YS1iLQ"},
    {"secret-as-text", KEY("YS1i"), "YS1i", TEXT("msg_1." TIME "." BODY),
     .scheme = "standard-webhooks", .item = "v1,%s", .header = "webhook-signature", .form = BASE64},
    {"key-expired", .expired = true},
    /* signatures */
    {"signature-header", .header = "X-Sig"},
    {"signature-prefix-missing", .item = "%s"},
    {"signature-prefix-case", .item = "SHA256=%s"},
    {"signature-prefix-other", .item = "hmac=%s"},
    {"signature-quoted", .item = "sha256=\"%s\""},
    {"signature-list", .item = "t=1,sha256=%s"},
    {"signature-encoding", .form = BASE64},
    {"signature-padding", TEXT("msg_1." TIME "." BODY), .scheme = "standard-webhooks",
     .item = "v1,%s", .header = "webhook-signature", .form = SHORT_BASE64,
     KEY("\x2b\x1f\x3f\x81\x3a\xbe\xda\x63\xf3\xd3\x06\x1b\xe6\xe2\xeb\xed\xc5\x67\x13\x58\x49\xe1"
         "\xd4\x9a")},
    {"signature-hex-in-base64", .form = HEX_IN_BASE64},
    {"signature-cut", .form = CUT},
    {"algorithm", .sha512 = true},
    /* headers and times */
    {"sibling-scheme", TEXT(TIME ":" BODY), .scheme = "grafana", .item = "%s",
     .header = "X-Grafana-Alerting-Signature", .more = {"X-Grafana-Alerting-Timestamp", TIME}},
    {"other-scheme", TEXT("v0:" TIME ":" BODY), .header = "X-Slack-Signature", .item = "v0=%s",
     .more = {"X-Slack-Request-Timestamp", TIME}, .time = "", .event = ""},
    {"header-repeated-first", .more = {"X-Webhook-Event", "Other.OnCreate"}},
    {"time-format", TEXT("2026-01-01T00:00:00Z." EVENT "." BODY), .time = "2026-01-01T00:00:00Z"},
    {"time-header", .time = "", .more = {"X-Sent", TIME}},
    {"time-signed-in-ms", TEXT(TIME "000." EVENT "." BODY)},
    {"time-signed-as-rfc3339", TEXT("2026-01-01T00:00:00.000Z." EVENT "." BODY)},
    {"time-signed-as-http-date", TEXT("Thu, 01 Jan 2026 00:00:00 GMT." EVENT "." BODY)},
    {"time-differs", TEXT("1767225598." EVENT "." BODY)},
    {"time-ms-as-seconds", TEXT(TIME "000." EVENT "." BODY), .time = TIME "000"},
    {"clock-late", .late = 400},
    {"clock-early", .late = -400},
    {"clock-time-zone", .late = -7200},
    {"event-header", .event = "", .more = {"X-Kind", EVENT}},
    {"event-case", TEXT(TIME ".order.oncreate." BODY)},
    {"event-spelling", TEXT(TIME ".order:create." BODY)},
    {"event-grammar", TEXT(TIME ".order/created." BODY), .event = "order/created"},
    {"event-not-signed", TEXT(TIME "." BODY)},
    {"time-not-signed", TEXT(EVENT "." BODY)},
    {"body-not-signed", TEXT(TIME "." EVENT)},
    {"body-only-signed", TEXT(BODY)},
    {"separator-other", TEXT(TIME "\n" EVENT "\n" BODY)},
    {"order-other", TEXT(EVENT "." TIME "." BODY)},
    {"literal-not-signed", TEXT(TIME ":" BODY), .scheme = "slack", .item = "v0=%s",
     .header = "X-Slack-Signature"},
    {"id-not-signed", TEXT(TIME "." BODY), .scheme = "standard-webhooks", .item = "v1,%s",
     .header = "webhook-signature", .form = BASE64, .ours = "YS1i", KEY("a-b")},
    {"event-missing", TEXT(BODY), .scheme = "github", .header = "X-Hub-Signature-256", .event = ""},
    {"url-not-signed", TEXT("POST" BODY), .scheme = "acme"},
    {"method-not-signed", TEXT(URL BODY), .scheme = "acme"},
    {"method-other", TEXT("post" URL BODY), .scheme = "acme"},
    {"url-origin", TEXT("POSThttp://example.com/a%20b?b=2&a=1" BODY), .scheme = "acme"},
    {"url-host", TEXT("POSThttps://front.example/a%20b?b=2&a=1" BODY), .scheme = "acme",
     .more = {"X-Forwarded-Host", "front.example"}},
    {"url-port-extra", TEXT("POSThttps://example.com/x" BODY), .scheme = "acme",
     .url = "https://example.com:8443/x"},
    {"url-port-lost", TEXT("POSThttps://example.com:443/a%20b?b=2&a=1" BODY), .scheme = "acme"},
    {"url-slash", TEXT("POSThttps://example.com/a%20b/?b=2&a=1" BODY), .scheme = "acme"},
    {"url-path-prefix", TEXT("POSThttps://example.com/v1" BODY), .scheme = "acme",
     .url = "https://example.com/hooks/v1"},
    {"url-path-escapes", TEXT("POSThttps://example.com/a b?b=2&a=1" BODY), .scheme = "acme"},
    {"url-query-extra", TEXT("POSThttps://example.com/a%20b" BODY), .scheme = "acme"},
    {"url-query-order", TEXT("POSThttps://example.com/a%20b?a=1&b=2" BODY), .scheme = "acme"},
    {"url-parameter-extra", TEXT("POSThttps://example.com/a%20b?a=1" BODY), .scheme = "acme"},
    {"url-relative", TEXT("POSThttps://example.com/x" BODY), .scheme = "acme", .url = "/x",
     .more = {"Host", "example.com"}},
    {"secret-utf16", KEY("ab"), "a"}, /* built by hand in its own test */
};

/* A scheme that signs method and URL. */
static const hg_scheme_spec acme = {
    .name = "acme",
    .basis = "assumed",
    .algorithm = "hmac-sha256",
    .key = "utf8",
    .signed_text = "{method}{url}{body}",
    .signature = {.header = "X-Webhook-Signature", .item = "sha256={sig}", .encoding = "hex"}};

/* ---- HMAC by way of a scheme that signs the body alone --------------------------------------- */

static void mac_of(hg_str key, hg_str text, bool sha512, unsigned char mac[HG_MAC_MAX])
{
    hg_scheme_spec plain = acme;
    char hex[2 * HG_SECRET_MAX];
    char room[HG_SIGN_TEXT_MAX];
    hg_header header[HG_SIGN_HEADERS_MAX];
    hg_scheme *scheme;
    hg_ring *ring;
    size_t count, len;
    char zeros[] = "00"; /* HMAC fills a short key up with zeros: one of them is an empty key */
    plain.key = "hex";
    plain.algorithm = sha512 ? "hmac-sha512" : "hmac-sha256";
    plain.signed_text = "{body}";
    plain.signature.item = "{sig}";
    hg_str coded = {hex, hg_encode(HG_HEX, key.ptr, key.len, hex, sizeof hex)};
    hg_key own = {S(""), key.len > 0 ? coded : hg_text(zeros), HG_NEVER};
    assert_int_equal(hg_scheme_new(&plain, &scheme, NULL), HG_OK);
    assert_int_equal(hg_ring_new(scheme, &own, 1, &ring, NULL), HG_OK);
    hg_signing signing = {.scheme = scheme, .ring = ring};
    hg_request request = {.body = text};
    assert_int_equal(hg_sign(&signing, &request, room, header, &count), HG_OK);
    assert_true(hg_decode(HG_HEX, header[0].value, mac, HG_MAC_MAX, &len));
    hg_ring_free(ring);
    hg_scheme_free(scheme);
}

static void write_mac(const unsigned char *mac, const struct seed *row, char out[256])
{
    char hex[2 * HG_MAC_MAX];
    size_t size = row->sha512 ? 64 : row->form == CUT ? 16 : 32;
    size_t len = hg_encode(HG_HEX, mac, size, hex, sizeof hex);
    bool coded = row->form != HEX && row->form != CUT;
    if (row->form == HEX_IN_BASE64) {
        len = hg_encode(HG_BASE64, hex, len, out, 256);
    } else if (coded) {
        len = hg_encode(HG_BASE64, mac, size, out, 256) - (row->form == SHORT_BASE64);
    } else {
        memcpy(out, hex, len);
    }
    out[len] = '\0';
}

/* ---- Deliveries ------------------------------------------------------------------------------ */

struct world {
    hg_scheme *scheme;
    hg_scheme *replaced; /* headers still point into it */
    hg_key key;
    hg_header headers[8];
    char value[512];
    hg_request request;
    hg_explaining options;
    hg_finding findings[4];
    hg_explanation said;
};

static void add(struct world *w, const char *name, const char *value)
{
    if (value[0] != '\0') {
        w->headers[w->request.header_count++] = (hg_header){hg_text(name), hg_text(value)};
    }
}

static void add_headers(struct world *w, const struct seed *row)
{
    const hg_scheme_spec *spec = hg_scheme_row(w->scheme);
    if (spec->timestamp.header != NULL) {
        add(w, spec->timestamp.header, row->time != NULL ? row->time : TIME);
    }
    if (spec->event.header != NULL) {
        add(w, spec->event.header, row->event != NULL ? row->event : EVENT);
    }
    if (spec->id.header != NULL) {
        add(w, spec->id.header, "msg_1");
    }
    add(w, row->header != NULL ? row->header : "X-Webhook-Signature", w->value);
    if (row->more[0] != NULL) {
        add(w, row->more[0], row->more[1]);
    }
}

/* A row's delivery; flip changes one bit of its signature. */
static void open_world(struct world *w, const struct seed *row, bool flip)
{
    char coded[256];
    unsigned char mac[HG_MAC_MAX];
    const char *name = row->scheme != NULL ? row->scheme : "webinone";
    const char *ours = row->ours != NULL ? row->ours : SECRET;
    bool unset = strcmp(row->what, "secret-empty") == 0;
    hg_str theirs = row->theirs.len > 0 || unset ? row->theirs : hg_text(ours);
    if (row->ours != NULL && row->theirs.len == 0) {
        theirs = S(SECRET);
    }
    *w = (struct world){0};
    if (strcmp(name, "acme") == 0) {
        assert_int_equal(hg_scheme_new(&acme, &w->scheme, NULL), HG_OK);
    } else {
        assert_int_equal(hg_scheme_open(name, &w->scheme, NULL), HG_OK);
    }
    mac_of(theirs, row->signs.ptr != NULL ? row->signs : S(WEBINONE(BODY)), row->sha512, mac);
    mac[3] ^= flip;
    write_mac(mac, row, coded);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the table's formats */
    snprintf(w->value, sizeof w->value, row->item != NULL ? row->item : "sha256=%s", coded);
#pragma GCC diagnostic pop
    add_headers(w, row);
    w->request.method = S("POST");
    w->request.url = hg_text(row->url != NULL ? row->url : URL);
    w->request.headers = w->headers;
    w->request.body = row->body.ptr != NULL ? row->body : S(BODY);
    w->key = (hg_key){S("main"), hg_text(ours), row->expired ? NOW - 1 : HG_NEVER};
    w->options = (hg_explaining){
        .scheme = w->scheme, .keys = &w->key, .key_count = 1, .now = NOW + row->late};
}

static void run(struct world *w)
{
    hg_str body = exact(w->request.body);
    hg_request request = w->request;
    request.body = body;
    assert_int_equal(hg_explain(&w->options, &request, w->findings, 4, &w->said), HG_OK);
    drop(body);
}

static void close_world(struct world *w)
{
    hg_scheme_free(w->scheme);
    hg_scheme_free(w->replaced);
}

/* Another scheme for the same delivery. */
static void replace_scheme(struct world *w, const hg_scheme_spec *row)
{
    w->replaced = w->scheme;
    assert_int_equal(hg_scheme_new(row, &w->scheme, NULL), HG_OK);
    w->options.scheme = w->scheme;
}

/* Neither the secrets nor the signature in what is said. */
static void check_silence(const struct world *w, const struct seed *row)
{
    for (size_t i = 0; i < w->said.finding_count; i++) {
        for (size_t c = 0; c < w->findings[i].change_count; c++) {
            const char *detail = w->findings[i].changes[c].detail;
            assert_null(strstr(detail, SECRET));
            assert_null(strstr(detail, w->value));
            assert_true(row->ours == NULL || strstr(detail, row->ours) == NULL);
        }
    }
}

static const size_t last_row = COUNT(rows) - 1; /* the one that is built by hand */

static void each_cause_alone_explains(void **state)
{
    (void) state;
    for (size_t i = 0; i < last_row; i++) {
        struct world w;
        open_world(&w, &rows[i], false);
        run(&w);
        HOLDS(w.said.status != HG_OK, i);
        HOLDS(w.said.finding_count >= 1 && w.findings[0].change_count == 1, i);
        if (strcmp(w.findings[0].changes[0].name, rows[i].what) != 0) {
            fail_msg("row %zu (%s): %s (%s) is named", i, rows[i].what,
                     w.findings[0].changes[0].name, w.findings[0].changes[0].detail);
        }
        HOLDS(same(w.findings[0].key_label, S("main")), i);
        HOLDS(!w.said.exhausted && !w.said.budget_ended && w.said.tried > 0, i);
        check_silence(&w, &rows[i]);
        close_world(&w);
    }
}

/* A flipped bit of the MAC: the same delivery, and nothing can explain it. */
static void no_finding_without_a_mac(void **state)
{
    (void) state;
    for (size_t i = 0; i < last_row; i++) {
        struct world w;
        open_world(&w, &rows[i], true);
        run(&w);
        HOLDS(w.said.finding_count == 0, i);
        HOLDS(w.said.status != HG_OK && w.said.exhausted && !w.said.budget_ended, i);
        close_world(&w);
    }
}

/* Every cause of the library has a row here, but for those that only another file can seed. */
static void every_cause_has_a_row(void **state)
{
    static const char *const elsewhere[] = {
        "secret-utf16",   "signature-percent",      "signature-plus",
        "header-family",  "signature-list-header",  "header-repeated-last",
        "time-missing",   "time-signed-in-seconds", "id-header",
        "id-missing",     "time-seconds-as-ms",     "clock-late",
        "signature-query"};
    const char *name;
    size_t count = 0;
    (void) state;
    for (; (name = hg_explain_cause(count)) != NULL; count++) {
        bool known = false;
        for (size_t i = 0; i < COUNT(rows); i++) {
            known = known || strcmp(rows[i].what, name) == 0;
        }
        for (size_t i = 0; i < COUNT(elsewhere); i++) {
            known = known || strcmp(elsewhere[i], name) == 0;
        }
        if (!known) {
            fail_msg("no row for %s", name);
        }
    }
    assert_true(count >= 40);
}

/* ---- What needs more than one row can say ---------------------------------------------------- */

static const struct seed good = {.what = "none"};

static void expect(struct world *w, const char *first, const char *second)
{
    run(w);
    if (w->said.finding_count == 0) {
        fail_msg("nothing found instead of %s", first);
    }
    assert_string_equal(w->findings[0].changes[0].name, first);
    assert_int_equal(w->findings[0].change_count, second != NULL ? 2 : 1);
    if (second != NULL) {
        assert_string_equal(w->findings[0].changes[1].name, second);
    }
    close_world(w);
}

static void a_good_delivery_needs_no_explanation(void **state)
{
    struct world w;
    (void) state;
    open_world(&w, &good, false);
    run(&w);
    assert_int_equal(w.said.status, HG_OK);
    assert_int_equal(w.said.finding_count, 0);
    assert_int_equal(w.said.tried, 0);
    assert_false(w.said.exhausted);
    close_world(&w);
}

static void two_changes(void **state)
{
    static const struct seed both[] = {
        {"json-spaced", SIGNED_BODY("[1, 2]"), ARRIVES("[1,2]"), .ours = SECRET "\n"},
        {"json-indented-2", SIGNED_BODY("[\n  1\n]\n"), ARRIVES("[1]")},
        {"signature-prefix-missing", .item = "%s", .form = BASE64},
        {"event-not-signed",
         TEXT(TIME "."
                   "[]\n"),
         ARRIVES("[]")},
        {"secret-quotes", KEY("abc"), "\"abc\"\n"},
        {"time-header", .time = "", .event = "", .more = {"X-Sent", TIME}},
    };
    static const char *const second[] = {"secret-newline-extra", "body-newline-lost",
                                         "signature-encoding",   "body-newline-lost",
                                         "secret-newline-extra", "event-header"};
    (void) state;
    for (size_t i = 0; i < COUNT(both); i++) {
        struct world w;
        open_world(&w, &both[i], false);
        if (i == 5) {
            add(&w, "X-Kind", EVENT);
        }
        run(&w);
        assert_int_equal(w.said.finding_count, 1);
        assert_int_equal(w.findings[0].change_count, 2);
        const char *a = w.findings[0].changes[0].name;
        const char *b = w.findings[0].changes[1].name;
        bool right = (strcmp(a, both[i].what) == 0 && strcmp(b, second[i]) == 0) ||
                     (strcmp(b, both[i].what) == 0 && strcmp(a, second[i]) == 0);
        if (!right) {
            fail_msg("%s and %s are named instead of %s and %s", a, b, both[i].what, second[i]);
        }
        close_world(&w);
    }
}

static void three_changes_are_too_many(void **state)
{
    static const struct seed three = {"none", SIGNED_BODY("[1, 2]\n"), ARRIVES("[1,2]"),
                                      .ours = SECRET "\n"};
    struct world w;
    (void) state;
    open_world(&w, &three, false);
    run(&w);
    assert_int_equal(w.said.finding_count, 0);
    assert_true(w.said.exhausted);
    close_world(&w);
}

static void a_secret_in_utf16(void **state)
{
    static const char wide[] = "\xff\xfe"
                               "a\0b\0c";
    static const struct seed row = {"secret-utf16", KEY("abc"), "abc"};
    struct world w;
    (void) state;
    open_world(&w, &row, false);
    w.key.secret = (hg_str){wide, sizeof wide}; /* with the literal's own NUL */
    expect(&w, "secret-utf16", NULL);
}

/* Other spellings of the good signature in its header. */
static void spelled_signatures(void **state)
{
    struct world w;
    char spelled[512];
    (void) state;
    static const struct seed shopify = {"none",
                                        TEXT(BODY),
                                        .scheme = "shopify",
                                        .item = "%s",
                                        .header = "X-Shopify-Hmac-Sha256",
                                        .form = BASE64};
    open_world(&w, &shopify, false);
    size_t len = 0;
    for (const char *c = w.value; *c != '\0'; c++) {
        len += (size_t) snprintf(spelled + len, sizeof spelled - len,
                                 strchr("+/=", *c) ? "%%%02X" : "%c", (unsigned) *c);
    }
    w.headers[w.request.header_count - 1].value = hg_text(spelled);
    expect(&w, "signature-percent", NULL);
    /* a body whose MAC has a plus in it */
    for (char i = 'A'; i <= 'z'; i++) {
        char body[] = {i, '\0'};
        struct seed row = shopify;
        row.signs = row.body = hg_text(body);
        open_world(&w, &row, false);
        char *plus = strchr(w.value, '+');
        if (plus != NULL && plus != w.value) {
            for (; plus != NULL; plus = strchr(w.value, '+')) {
                *plus = ' ';
            }
            expect(&w, "signature-plus", NULL);
            return;
        }
        close_world(&w);
    }
    fail_msg("no MAC with a plus");
}

static void renamed_headers(void **state)
{
    static const struct seed row = {"none",
                                    TEXT("msg_1." TIME "." BODY),
                                    .scheme = "standard-webhooks",
                                    .item = "v1,%s",
                                    .header = "webhook-signature",
                                    .form = BASE64,
                                    .ours = "YS1i",
                                    KEY("a-b")};
    static const struct seed stripe = {"none", TEXT(TIME "." BODY), .scheme = "stripe",
                                       .item = "t=" TIME ",v1=%s", .header = "X-Other"};
    struct world w;
    (void) state;
    open_world(&w, &row, false);
    w.headers[0].name = S("X-Acme-Timestamp");
    w.headers[1].name = S("X-Acme-Id");
    w.headers[2].name = S("X-Acme-Signature");
    expect(&w, "header-family", NULL);
    open_world(&w, &row, false);
    w.headers[1].name = S("X-Request-Id");
    expect(&w, "id-header", NULL);
    open_world(&w, &stripe, false);
    expect(&w, "signature-list-header", NULL);
}

/* In a parameter, behind others: one that has no value, one whose escapes are none, one that is too
 * long to be looked into. */
static void in_the_query(void **state)
{
    static const struct seed base64 = {"none", .form = BASE64};
    static char url[4096];
    char longer[1026]; /* by one byte */
    struct world w;
    (void) state;
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    open_world(&w, &good, false);
    snprintf(url, sizeof url, "/x?a&&b=%%zz&=&c=%s&signature=sha256%%3D%s&d=1", longer,
             w.value + strlen("sha256="));
    w.request.url = hg_text(url);
    w.request.header_count--; /* the signature */
    expect(&w, "signature-query", NULL);
    open_world(&w, &base64, false);
    snprintf(url, sizeof url, "https://h/x?s=sha256=%s", w.value + strlen("sha256="));
    w.request.url = hg_text(url);
    w.request.header_count--;
    expect(&w, "signature-query", "signature-encoding");
    open_world(&w, &good, true); /* wrong, it explains nothing there either */
    snprintf(url, sizeof url, "/x?signature=%s", w.value);
    w.request.url = hg_text(url);
    w.request.header_count--;
    run(&w);
    assert_int_equal(w.said.finding_count, 0);
    close_world(&w);
}

static void missing_headers(void **state)
{
    static const struct seed github = {"none", TEXT(BODY), .scheme = "github",
                                       .header = "X-Hub-Signature-256"};
    struct world w;
    (void) state;
    open_world(&w, &github, false);
    w.headers[1] = w.headers[2]; /* X-GitHub-Delivery */
    w.request.header_count--;
    expect(&w, "id-missing", NULL);
    open_world(&w, &good, false);
    w.headers[3] = w.headers[0];
    w.headers[0] = (hg_header){S("x-webhook-timestamp"), S("1")};
    w.request.header_count = 4;
    expect(&w, "header-repeated-last", NULL);
}

/* A scheme with the time in milliseconds. */
static void milliseconds(void **state)
{
    hg_scheme_spec row = *hg_scheme_builtin(0);
    struct world w;
    (void) state;
    for (size_t i = 0; strcmp(row.name, "webinone") != 0; i++) {
        row = *hg_scheme_builtin(i);
    }
    row.timestamp.format = "unix-ms";
    open_world(&w, &good, false);
    replace_scheme(&w, &row);
    expect(&w, "time-seconds-as-ms", NULL);
    open_world(&w, &good, false);
    replace_scheme(&w, &row);
    w.headers[0].value = S(TIME "000");
    expect(&w, "time-signed-in-seconds", NULL);
    row.timestamp.format = "unix";
    row.signed_text = "{event}.{body}";
    open_world(&w, &(struct seed){"none", TEXT(EVENT "." BODY), .time = ""}, false);
    replace_scheme(&w, &row);
    expect(&w, "time-missing", NULL);
}

static void forms_of_the_caller(void **state)
{
    static const struct seed row = {"none", SIGNED_BODY("plain"), ARRIVES("packed")};
    hg_body_form form = {"unpacked", "meaning", "advice", S("plain")};
    struct world w;
    (void) state;
    open_world(&w, &row, false);
    w.options.forms = &form;
    w.options.form_count = 1;
    expect(&w, "unpacked", NULL);
    form.bytes = S("plain ");
    open_world(&w, &row, false);
    w.options.forms = &form;
    w.options.form_count = 1;
    expect(&w, "unpacked", "body-trimmed");
}

static void the_budget_ends_the_search(void **state)
{
    struct world w;
    (void) state;
    open_world(&w, &rows[0], true);
    w.options.budget = 10;
    run(&w);
    assert_int_equal(w.said.tried, 10);
    assert_true(w.said.budget_ended);
    assert_false(w.said.exhausted);
    close_world(&w);
}

static void the_clock_says_how_far(void **state)
{
    struct world w;
    (void) state;
    open_world(&w, &(struct seed){.what = "none", .late = 7200}, false);
    run(&w);
    assert_int_equal(w.said.status, HG_TOO_OLD);
    assert_int_equal(w.said.finding_count, 2);
    assert_string_equal(w.findings[0].changes[0].name, "clock-time-zone");
    assert_string_equal(w.findings[1].changes[0].name, "clock-late");
    assert_string_equal(w.findings[1].changes[0].detail,
                        "7200 s older than now, 300 s are allowed");
    close_world(&w);
}

static void hints_are_not_findings(void **state)
{
    static const struct seed row = {"none", KEY("another"), .header = "X-Sig"};
    struct world w;
    (void) state;
    open_world(&w, &row, false);
    run(&w);
    assert_int_equal(w.said.status, HG_NO_SIGNATURE);
    assert_int_equal(w.said.finding_count, 0);
    assert_string_equal(w.said.hint, "X-Sig looks like a signature");
    close_world(&w);
}

static void arguments(void **state)
{
    struct world w;
    hg_explanation untouched = {.tried = 77};
    (void) state;
    open_world(&w, &good, false);
    hg_explaining bad[8];
    for (size_t i = 0; i < COUNT(bad); i++) {
        bad[i] = w.options;
    }
    hg_key empty = {S("main"), S(""), HG_NEVER};
    bad[0].scheme = NULL;
    bad[1].keys = NULL;
    bad[2].key_count = 0;
    bad[3].key_count = HG_KEYS_MAX + 1;
    bad[4].now = -1;
    bad[5].form_count = 1;
    bad[6].form_count = HG_EXPLAIN_FORMS_MAX + 1;
    bad[7].keys = &empty;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(hg_explain(&bad[i], &w.request, w.findings, 4, &untouched),
                         HG_BAD_ARGUMENT);
    }
    assert_int_equal(hg_explain(NULL, &w.request, w.findings, 4, &untouched), HG_BAD_ARGUMENT);
    assert_int_equal(hg_explain(&w.options, NULL, w.findings, 4, &untouched), HG_BAD_ARGUMENT);
    assert_int_equal(hg_explain(&w.options, &w.request, NULL, 4, &untouched), HG_BAD_ARGUMENT);
    assert_int_equal(hg_explain(&w.options, &w.request, w.findings, 4, NULL), HG_BAD_ARGUMENT);
    assert_int_equal(untouched.tried, 77);
    assert_int_equal(hg_explain(&w.options, &w.request, NULL, 0, &untouched), HG_OK);
    close_world(&w);
}

/* JSON as deep and as odd as it comes must end, and be sound. */
static void deep_json(void **state)
{
    char deep[400];
    struct world w;
    (void) state;
    memset(deep, '[', sizeof deep);
    struct seed row = {.what = "none", .body = {deep, sizeof deep}};
    open_world(&w, &row, true);
    run(&w);
    assert_int_equal(w.said.finding_count, 0);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cause_alone_explains),
        cmocka_unit_test(no_finding_without_a_mac),
        cmocka_unit_test(every_cause_has_a_row),
        cmocka_unit_test(a_good_delivery_needs_no_explanation),
        cmocka_unit_test(two_changes),
        cmocka_unit_test(three_changes_are_too_many),
        cmocka_unit_test(a_secret_in_utf16),
        cmocka_unit_test(spelled_signatures),
        cmocka_unit_test(renamed_headers),
        cmocka_unit_test(in_the_query),
        cmocka_unit_test(missing_headers),
        cmocka_unit_test(milliseconds),
        cmocka_unit_test(forms_of_the_caller),
        cmocka_unit_test(the_budget_ends_the_search),
        cmocka_unit_test(the_clock_says_how_far),
        cmocka_unit_test(hints_are_not_findings),
        cmocka_unit_test(arguments),
        cmocka_unit_test(deep_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
