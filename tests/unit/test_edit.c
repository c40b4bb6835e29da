/* SPDX-License-Identifier: MIT
 *
 * Edits: what each operation does to a delivery, and their JSON form.
 */
#include "check.h"

#include "harness/edit_part.h"
#include "harness/plan.h"
#include "harness/vector.h"

#define NOW INT64_C(1767225600)

/* ---- Bytes ----------------------------------------------------------------------------------- */

static void bytes(void **state)
{
    static const struct {
        const char *what;
        struct edit edit;
        const char *before, *after; /* after NULL: can't be made */
    } rows[] = {
        {"lowest bit of the first", {.op = EDIT_FLIP_BIT}, "abc", "`bc"},
        {"a bit of the last", {.op = EDIT_FLIP_BIT, .at = -1, .bit = 5}, "abc", "abC"},
        {"a bit behind the end", {.op = EDIT_FLIP_BIT, .at = 3}, "abc", NULL},
        {"a bit before the start", {.op = EDIT_FLIP_BIT, .at = -4}, "abc", NULL},
        {"a bit of nothing", {.op = EDIT_FLIP_BIT}, "", NULL},
        {"truncate", {.op = EDIT_TRUNCATE, .count = 2}, "abc", "a"},
        {"truncate all", {.op = EDIT_TRUNCATE, .count = 3}, "abc", ""},
        {"truncate more", {.op = EDIT_TRUNCATE, .count = 4}, "abc", NULL},
        {"truncate nothing", {.op = EDIT_TRUNCATE, .count = 0}, "abc", NULL},
        {"append", {.op = EDIT_APPEND, .text = {"de", 2}}, "abc", "abcde"},
        {"append to nothing", {.op = EDIT_APPEND, .text = {"de", 2}}, "", "de"},
        {"prepend", {.op = EDIT_PREPEND, .text = {"de", 2}}, "abc", "deabc"},
        {"prepend to nothing", {.op = EDIT_PREPEND, .text = {"de", 2}}, "", "de"},
        {"set", {.op = EDIT_SET, .text = {"de", 2}}, "abc", "de"},
        {"set to nothing", {.op = EDIT_SET, .text = {"", 0}}, "abc", ""},
        {"cut in the middle", {.op = EDIT_CUT, .at = 1, .count = 1}, "abc", "ac"},
        {"cut at the end", {.op = EDIT_CUT, .at = -2, .count = 2}, "abc", "a"},
        {"cut beyond", {.op = EDIT_CUT, .at = 1, .count = 3}, "abc", NULL},
        {"bump", {.op = EDIT_BUMP, .at = -1, .count = 2}, "abc", "abe"},
        {"upper from 1", {.op = EDIT_UPPER, .at = 1}, "ab9_z", "aB9_Z"},
        {"base64url", {.op = EDIT_BASE64URL}, "a+b/c==", "a-b_c"},
        {"insert in front", {.op = EDIT_INSERT, .text = {"de", 2}}, "abc", "deabc"},
        {"insert within", {.op = EDIT_INSERT, .at = 2, .text = {"de", 2}}, "abc", "abdec"},
        {"insert before the last", {.op = EDIT_INSERT, .at = -1, .text = {"d", 1}}, "abc", "abdc"},
        {"insert at the end", {.op = EDIT_INSERT, .at = 3, .text = {"d", 1}}, "abc", NULL},
        {"set byte", {.op = EDIT_SET_BYTE, .at = 1, .byte = 'x'}, "abc", "axc"},
        {"set last byte", {.op = EDIT_SET_BYTE, .at = -1, .byte = 0xff}, "abc", "ab\xff"},
        {"set byte behind the end", {.op = EDIT_SET_BYTE, .at = 3}, "abc", NULL},
        {"set byte of nothing", {.op = EDIT_SET_BYTE}, "", NULL},
        {"wide digits",
         {.op = EDIT_WIDE_DIGITS},
         "/09:",
         "/\xef\xbc\x90\xef\xbc\x99:"}, /* and their neighbours stay */
        {"wide digits of nothing", {.op = EDIT_WIDE_DIGITS}, "", ""},
        {"hex", {.op = EDIT_HEX_NUMBER}, "1767225600", "0x6955b900"},
        {"hex of 0", {.op = EDIT_HEX_NUMBER}, "0", "0x0"},
        {"hex of the last", {.op = EDIT_HEX_NUMBER}, "18446744073709551609", "0xfffffffffffffff9"},
        {"hex beyond", {.op = EDIT_HEX_NUMBER}, "184467440737095516160", NULL},
        {"hex of a word", {.op = EDIT_HEX_NUMBER}, "1a", NULL},
        {"hex of nothing", {.op = EDIT_HEX_NUMBER}, "", NULL},
        {"no edit of bytes", {.op = EDIT_CHUNK}, "abc", NULL},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf part;
        buf_init(&part, PART_BYTES_MAX);
        HOLDS(part_set(&part, hg_text(rows[i].before)), i);
        HOLDS(part_edit(&part, &rows[i].edit) == (rows[i].after != NULL), i);
        if (rows[i].after != NULL) {
            HOLDS(same(buf_str(&part), hg_text(rows[i].after)), i);
        }
        buf_free(&part);
    }
}

/* ---- Deliveries ------------------------------------------------------------------------------ */

/* A parent as it stands in a file: its own signature is never used. */
struct bench {
    hg_scheme *scheme;
    hg_ring *ring, *wrong;
    struct vector_case parent, twin;
    struct edit edits[EDITS_MAX];
    hg_header headers[5];
};

static hg_ring *open_ring(const hg_scheme *scheme, const char *secret)
{
    hg_key key = {.label = hg_text("k"), .secret = hg_text(secret), .not_after = HG_NEVER};
    hg_ring *ring = NULL;
    assert_int_equal(hg_ring_new(scheme, &key, 1, &ring, NULL), HG_OK);
    return ring;
}

static void bench_open(struct bench *bench, const char *scheme)
{
    *bench = (struct bench){.scheme = NULL};
    assert_int_equal(hg_scheme_open(scheme, &bench->scheme, NULL), HG_OK);
    bench->ring = open_ring(bench->scheme, "c2VjcmV0IHNlY3JldCE=");
    bench->wrong = open_ring(bench->scheme, EDIT_WRONG_SECRET_TEXT);
    const hg_scheme_spec *row = hg_scheme_row(bench->scheme);
    bool timed = row->timestamp.header != NULL;
    size_t count = 0;
    /* The signature comes before the event: the order is the parent's, not hg_sign's. */
    bench->headers[count++] = (hg_header){S("Accept"), S("*/*")};
    bench->headers[count++] = (hg_header){hg_text(row->signature.header), S("old")};
    if (timed) {
        bench->headers[count++] = (hg_header){hg_text(row->timestamp.header), S("1")};
    }
    if (row->event.header != NULL) {
        bench->headers[count++] = (hg_header){hg_text(row->event.header), S("Order.OnCreate")};
    }
    if (row->id.header != NULL) {
        bench->headers[count++] = (hg_header){hg_text(row->id.header), S("msg_1")};
    }
    bench->parent = (struct vector_case){
        .id = "p",
        .status = HG_OK,
        .capture.request = {S("POST"), S("/x"), bench->headers, count, S("{\"Id\":1}")}};
    bench->twin = (struct vector_case){.id = "p/t", .of = &bench->parent, .edits = bench->edits};
}

static void bench_close(struct bench *bench)
{
    hg_ring_free(bench->ring);
    hg_ring_free(bench->wrong);
    hg_scheme_free(bench->scheme);
}

static bool bench_make(struct bench *bench, struct made *made, struct fail *fail)
{
    struct edit_context context = {
        .scheme = bench->scheme, .ring = bench->ring, .wrong = bench->wrong, .now = NOW};
    return edit_make(&bench->twin, &context, made, fail);
}

static hg_status bench_judge(struct bench *bench, const hg_request *request)
{
    hg_options options = {.scheme = bench->scheme, .ring = bench->ring, .now = NOW};
    return hg_verify(&options, request).status;
}

/* The value of a header, the first or the second of its name; empty when there is none. */
static hg_str value_of(const hg_request *request, const char *name, int which)
{
    for (size_t i = 0; i < request->header_count; i++) {
        if (same(request->headers[i].name, hg_text(name)) && which-- == 0) {
            return request->headers[i].value;
        }
    }
    return (hg_str){NULL, 0};
}

static void order_of_headers(void **state)
{
    static const char *const names[] = {"Accept", "X-Webhook-Signature", "X-Webhook-Timestamp",
                                        "X-Webhook-Event", "X-Own"};
    struct bench bench;
    struct made made;
    struct fail fail = {0};
    (void) state;
    bench_open(&bench, "webinone");
    bench.edits[0] = (struct edit){.op = EDIT_ADD_HEADER, .name = "X-Own", .text = S("v")};
    bench.twin.edit_count = 1;
    assert_true(bench_make(&bench, &made, &fail));
    assert_int_equal(made.request.header_count, COUNT(names));
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_true(same(made.request.headers[i].name, hg_text(names[i])));
    }
    assert_true(same(value_of(&made.request, "X-Webhook-Timestamp", 0), S("1767225600")));
    assert_int_equal(bench_judge(&bench, &made.request), HG_OK);
    made_free(&made);
    bench_close(&bench);
}

/* A parent that lacks the scheme's headers gets them. */
static void headers_that_lack(void **state)
{
    struct bench bench;
    struct made made;
    struct fail fail = {0};
    (void) state;
    bench_open(&bench, "slack");
    bench.parent.capture.request.header_count = 1;
    assert_true(bench_make(&bench, &made, &fail));
    assert_int_equal(made.request.header_count, 3);
    assert_int_equal(bench_judge(&bench, &made.request), HG_OK);
    made_free(&made);
    bench_close(&bench);
}

/* What the delivery looks like is checked by the verdict, and where that is not enough, by text. */
static void deliveries(void **state)
{
    static const struct {
        const char *what, *scheme;
        struct edit edits[3];
        hg_status status;
        const char *header; /* the value of this header, */
        int which;
        const char *value; /* in full; NULL: is not looked at; "" may mean absent */
    } rows[] = {
        {.what = "none", .scheme = "webinone", .status = HG_OK},
        {.what = "url before",
         .scheme = "webinone",
         .edits = {{EDIT_APPEND, PART_URL, true, .text = {"?a", 2}}},
         .status = HG_OK},
        {.what = "body before",
         .scheme = "webinone",
         .edits = {{EDIT_APPEND, PART_BODY, true, .text = {"x", 1}}},
         .status = HG_OK},
        {.what = "body after",
         .scheme = "webinone",
         .edits = {{EDIT_APPEND, PART_BODY, false, .text = {"x", 1}}},
         .status = HG_MISMATCH},
        {.what = "body pretended",
         .scheme = "webinone",
         .edits = {{EDIT_SIGN_AS, PART_BODY, true, .text = {"x", 1}}},
         .status = HG_MISMATCH},
        {.what = "pretended, then so",
         .scheme = "webinone",
         .edits = {{EDIT_SIGN_AS, PART_BODY, true, .text = {"x", 1}},
                   {EDIT_SET, PART_BODY, false, .text = {"x", 1}}},
         .status = HG_OK},
        {.what = "event before",
         .scheme = "webinone",
         .edits = {{EDIT_SET, PART_EVENT, true, .text = {"Tax.OnDelete", 12}}},
         .status = HG_OK,
         .header = "X-Webhook-Event",
         .value = "Tax.OnDelete"},
        {.what = "event pretended",
         .scheme = "webinone",
         .edits = {{EDIT_SIGN_AS, PART_EVENT, true, .text = {"Tax.OnDelete", 12}}},
         .status = HG_MISMATCH,
         .header = "X-Webhook-Event",
         .value = "Order.OnCreate"},
        {.what = "time pretended",
         .scheme = "webinone",
         .edits = {{EDIT_SIGN_AS, PART_TIMESTAMP, true, .text = {"5", 1}}},
         .status = HG_MISMATCH,
         .header = "X-Webhook-Timestamp",
         .value = "1767225600"},
        {.what = "shifted",
         .scheme = "webinone",
         .edits = {{EDIT_SHIFT_TIME, 0, true, .seconds = -300}},
         .status = HG_OK,
         .header = "X-Webhook-Timestamp",
         .value = "1767225300"},
        {.what = "shifted twice",
         .scheme = "webinone",
         .edits = {{EDIT_SHIFT_TIME, 0, true, .seconds = -300},
                   {EDIT_SHIFT_TIME, 0, true, .seconds = -1}},
         .status = HG_TOO_OLD,
         .header = "X-Webhook-Timestamp",
         .value = "1767225299"},
        {.what = "dropped",
         .scheme = "webinone",
         .edits = {{EDIT_DROP, PART_EVENT, false, .at = 0}},
         .status = HG_NO_EVENT,
         .header = "X-Webhook-Event",
         .value = ""},
        {.what = "repeated",
         .scheme = "webinone",
         .edits = {{EDIT_REPEAT, PART_EVENT, false, .at = 0}},
         .status = HG_REPEATED_HEADER,
         .header = "X-Webhook-Event",
         .which = 1,
         .value = "Order.OnCreate"},
        {.what = "repeated, first changed",
         .scheme = "webinone",
         .edits = {{EDIT_REPEAT, PART_EVENT, false, .at = 0},
                   {EDIT_SET, PART_EVENT, false, .text = {"A.b", 3}}},
         .status = HG_REPEATED_HEADER,
         .header = "X-Webhook-Event",
         .value = "A.b"},
        {.what = "repeated as empty",
         .scheme = "webinone",
         .edits = {{EDIT_REPEAT, PART_EVENT, false, .text = {"", 0}}},
         .status = HG_REPEATED_HEADER,
         .header = "X-Webhook-Event",
         .which = 1,
         .value = ""},
        {.what = "renamed to another case",
         .scheme = "webinone",
         .edits = {{EDIT_RENAME, PART_EVENT, false, .name = "x-WEBHOOK-event"}},
         .status = HG_OK,
         .header = "x-WEBHOOK-event",
         .value = "Order.OnCreate"},
        {.what = "renamed",
         .scheme = "webinone",
         .edits = {{EDIT_RENAME, PART_SIGNATURE, false,
                    .name = "A-Longer-Name-Than-It-Had-Before"}},
         .status = HG_NO_SIGNATURE,
         .header = "X-Webhook-Signature",
         .value = ""},
        {.what = "in the URL",
         .scheme = "webinone",
         .edits = {{EDIT_TO_QUERY, PART_SIGNATURE, false, .name = "s"}},
         .status = HG_NO_SIGNATURE,
         .header = "X-Webhook-Signature",
         .value = ""},
        {.what = "event in the URL",
         .scheme = "webinone",
         .edits = {{EDIT_TO_QUERY, PART_EVENT, false, .name = "e"}},
         .status = HG_NO_EVENT},
        {.what = "renamed, and one of the old name",
         .scheme = "webinone",
         .edits = {{EDIT_RENAME, PART_EVENT, false, .name = "X-Old"},
                   {EDIT_ADD_HEADER, 0, false, .name = "X-Webhook-Event", .text = {"Tax.On", 6}}},
         .status = HG_MISMATCH,
         .header = "X-Old",
         .value = "Order.OnCreate"},
        {.what = "wrong secret",
         .scheme = "webinone",
         .edits = {{EDIT_WRONG_SECRET, 0, true, .at = 0}},
         .status = HG_MISMATCH},
        {.what = "empty secret",
         .scheme = "webinone",
         .edits = {{EDIT_EMPTY_SECRET, 0, true, .at = 0}},
         .status = HG_MISMATCH},
        {.what = "empty secret in base64",
         .scheme = "standard-webhooks",
         .edits = {{EDIT_EMPTY_SECRET, 0, true, .at = 0}},
         .status = HG_MISMATCH},
        {.what = "bit of a MAC in hex",
         .scheme = "webinone",
         .edits = {{.op = EDIT_FLIP_MAC, .at = 31, .bit = 7}},
         .status = HG_MISMATCH},
        {.what = "bit of a MAC in base64",
         .scheme = "shopify",
         .edits = {{.op = EDIT_FLIP_MAC, .at = 0}},
         .status = HG_MISMATCH},
        {.what = "bit of a MAC and back",
         .scheme = "stripe",
         .edits = {{.op = EDIT_FLIP_MAC, .at = 9, .bit = 3},
                   {.op = EDIT_FLIP_MAC, .at = 9, .bit = 3}},
         .status = HG_OK},
        {.what = "MAC in another encoding",
         .scheme = "webinone",
         .edits = {{.op = EDIT_RECODE, .text = {"base64", 6}}},
         .status = HG_BAD_SIGNATURE},
        {.what = "MAC in its own encoding",
         .scheme = "webinone",
         .edits = {{.op = EDIT_RECODE, .text = {"hex", 3}}},
         .status = HG_OK},
        {.what = "as many headers as may be",
         .scheme = "webinone",
         .edits = {{.op = EDIT_FILL_HEADERS, .count = 252}},
         .status = HG_OK},
        {.what = "a header too many",
         .scheme = "webinone",
         .edits = {{.op = EDIT_FILL_HEADERS, .count = 253}},
         .status = HG_BAD_REQUEST},
        {.what = "id before",
         .scheme = "standard-webhooks",
         .edits = {{EDIT_SET, PART_ID, true, .text = {"m", 1}}},
         .status = HG_OK,
         .header = "webhook-id",
         .value = "m"},
        {.what = "id after",
         .scheme = "standard-webhooks",
         .edits = {{EDIT_SET, PART_ID, false, .text = {"m", 1}}},
         .status = HG_MISMATCH},
        {.what = "item changed",
         .scheme = "stripe",
         .edits = {{EDIT_FLIP_BIT, PART_TIMESTAMP, false, .at = -1}},
         .status = HG_MISMATCH},
        {.what = "item changed and back",
         .scheme = "stripe",
         .edits = {{EDIT_APPEND, PART_TIMESTAMP, false, .text = {"7", 1}},
                   {EDIT_TRUNCATE, PART_TIMESTAMP, false, .count = 1}},
         .status = HG_OK},
        {.what = "item behind another",
         .scheme = "stripe",
         .edits = {{EDIT_PREPEND, PART_SIGNATURE, false, .text = {"a=1, ", 5}},
                   {EDIT_SET, PART_TIMESTAMP, false, .text = {"x", 1}}},
         .status = HG_BAD_TIMESTAMP},
        {.what = "item before",
         .scheme = "stripe",
         .edits = {{EDIT_PREPEND, PART_TIMESTAMP, true, .text = {"0", 1}}},
         .status = HG_BAD_TIMESTAMP},
        {.what = "item pretended",
         .scheme = "stripe",
         .edits = {{EDIT_SIGN_AS, PART_TIMESTAMP, true, .text = {"1767225601", 10}}},
         .status = HG_MISMATCH},
        {.what = "item pretended, then so",
         .scheme = "stripe",
         .edits = {{EDIT_SIGN_AS, PART_TIMESTAMP, true, .text = {"1767225601", 10}},
                   {EDIT_SET, PART_TIMESTAMP, false, .text = {"1767225601", 10}}},
         .status = HG_OK},
        {.what = "item dropped",
         .scheme = "stripe",
         .edits = {{EDIT_DROP, PART_TIMESTAMP, false, .at = 0}},
         .status = HG_NO_TIMESTAMP},
        {.what = "item repeated",
         .scheme = "stripe",
         .edits = {{EDIT_REPEAT, PART_TIMESTAMP, false, .at = 0}},
         .status = HG_BAD_TIMESTAMP},
        {.what = "item shifted",
         .scheme = "stripe",
         .edits = {{EDIT_SHIFT_TIME, 0, true, .seconds = 301}},
         .status = HG_TOO_NEW},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct made made;
        struct fail fail = {0};
        bench_open(&bench, rows[i].scheme);
        memcpy(bench.edits, rows[i].edits, sizeof rows[i].edits);
        while (bench.twin.edit_count < 3 && bench.edits[bench.twin.edit_count].op != 0) {
            bench.twin.edit_count++;
        }
        HOLDS(bench_make(&bench, &made, &fail), i);
        HOLDS(bench_judge(&bench, &made.request) == rows[i].status, i);
        if (rows[i].header != NULL) {
            HOLDS(same(value_of(&made.request, rows[i].header, rows[i].which),
                       hg_text(rows[i].value)),
                  i);
        }
        made_free(&made);
        bench_close(&bench);
    }
}

/* What stands in the URL is the value as it is by then, in a query that may be there already. */
static void in_the_url(void **state)
{
    static const struct {
        const char *what;
        struct edit edits[3];
        const char *url;
    } rows[] = {
        {"first",
         {{EDIT_SET, PART_SIGNATURE, false, .text = {"v1,a+/=", 7}},
          {EDIT_TO_QUERY, PART_SIGNATURE, false, .name = "s"}},
         "/x?s=v1%2Ca%2B%2F%3D"},
        {"second",
         {{EDIT_APPEND, PART_URL, false, .text = {"?a", 2}},
          {EDIT_SET, PART_SIGNATURE, false, .text = {"-._~\xff\0 Z9", 9}},
          {EDIT_TO_QUERY, PART_SIGNATURE, false, .name = "s"}},
         "/x?a&s=-._~%FF%00%20Z9"},
        {"a later edit comes too late",
         {{EDIT_SET, PART_SIGNATURE, false, .text = {"a", 1}},
          {EDIT_TO_QUERY, PART_SIGNATURE, false, .name = "s"},
          {EDIT_SET, PART_SIGNATURE, false, .text = {"b", 1}}},
         "/x?s=a"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct made made;
        struct fail fail = {0};
        bench_open(&bench, "standard-webhooks");
        memcpy(bench.edits, rows[i].edits, sizeof rows[i].edits);
        bench.twin.edit_count = rows[i].edits[2].op != 0 ? 3 : 2;
        HOLDS(bench_make(&bench, &made, &fail), i);
        HOLDS(same(made.request.url, hg_text(rows[i].url)), i);
        HOLDS(made.misplaced && made.request.header_count == 3, i); /* one less than it had */
        made_free(&made);
        bench_close(&bench);
    }
}

static void signed_queries(void **state)
{
    static const struct {
        const char *what;
        bool is_signed;
    } rows[] = {{"{url}{body}", true},
                {"{path}{query}{body}", true},
                {"{method}{host}{path}{body}", false},
                {"{body}", false}};
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const hg_scheme_spec row = {.signed_text = rows[i].what};
        HOLDS(part_query_is_signed(&row) == rows[i].is_signed, i);
    }
}

/* The plan leaves out what such a scheme can't have. */
static void planned_queries(void **state)
{
    static const struct {
        const char *what;
        bool is_free;
    } rows[] = {{"slack", true}, {"square", false}};
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        hg_scheme *scheme = NULL;
        struct plan_shape shape;
        assert_int_equal(hg_scheme_open(rows[i].what, &scheme, NULL), HG_OK);
        plan_shape_of(scheme, &plan_slack, &shape);
        HOLDS(((shape.features & FREE_QUERY) != 0) == rows[i].is_free, i);
        hg_scheme_free(scheme);
    }
}

/* A parameter that is added behind the signing would make the signature wrong, not misplaced. */
static void in_a_signed_url(void **state)
{
    struct bench bench;
    struct made made;
    struct fail fail = {0};
    (void) state;
    bench_open(&bench, "square");
    bench.parent.capture.request.url = S("https://h.example/x");
    assert_true(bench_make(&bench, &made, &fail));
    made_free(&made);
    bench.edits[0] = (struct edit){.op = EDIT_TO_QUERY, .part = PART_SIGNATURE, .name = "s"};
    bench.twin.edit_count = 1;
    assert_false(bench_make(&bench, &made, &fail));
    assert_non_null(strstr(fail.text, "the scheme signs the URL"));
    bench_close(&bench);
}

/* Behind the last chunk, and among the headers no more; the signature is right all the same. */
static void in_a_trailer(void **state)
{
    struct bench bench;
    struct made made;
    struct fail fail = {0};
    (void) state;
    bench_open(&bench, "github");
    bench.edits[0] = (struct edit){.op = EDIT_TO_TRAILER, .part = PART_SIGNATURE};
    bench.edits[1] = (struct edit){.op = EDIT_FRAME_CHUNKS, .count = 99};
    bench.twin.edit_count = 2;
    assert_true(bench_make(&bench, &made, &fail) && made.misplaced);
    assert_int_equal(bench_judge(&bench, &made.request), HG_NO_SIGNATURE);
    assert_int_equal(made.trailer_count, 1);
    const char *end = strstr(made.frame.bytes.ptr, "\r\n0\r\n");
    assert_non_null(end);
    assert_ptr_equal(strstr(made.frame.bytes.ptr, "X-Hub-Signature-256: "), end + 5);
    hg_header headers[5];
    memcpy(headers, made.headers, made.request.header_count * sizeof *headers);
    headers[made.request.header_count] = made.trailers[0];
    hg_request whole = made.request;
    whole.headers = headers;
    whole.header_count++;
    assert_int_equal(bench_judge(&bench, &whole), HG_OK);
    made_free(&made);
    bench_close(&bench);
}

/* What a report must not show is elsewhere than where it is hidden. */
static void misplaced(void **state)
{
    static const struct {
        const char *what;
        struct edit edit;
        bool misplaced;
    } rows[] = {
        {"another name", {EDIT_RENAME, PART_SIGNATURE, false, .name = "Cookie"}, true},
        {"the same name", {EDIT_RENAME, PART_SIGNATURE, false, .name = "x-slack-SIGNATURE"}, false},
        {"of the time", {EDIT_RENAME, PART_TIMESTAMP, false, .name = "X"}, false},
        {"time in the URL", {EDIT_TO_QUERY, PART_TIMESTAMP, false, .name = "t"}, false},
        {"dropped", {EDIT_DROP, PART_SIGNATURE, false, .at = 0}, false},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct made made;
        struct fail fail = {0};
        bench_open(&bench, "slack");
        bench.edits[0] = rows[i].edit;
        bench.twin.edit_count = 1;
        HOLDS(bench_make(&bench, &made, &fail) && made.misplaced == rows[i].misplaced, i);
        made_free(&made);
        bench_close(&bench);
    }
}

static void chunked(void **state)
{
    struct bench bench;
    struct made made;
    struct fail fail = {0};
    (void) state;
    bench_open(&bench, "github");
    assert_true(bench_make(&bench, &made, &fail) && !made.chunked);
    made_free(&made);
    bench.edits[0] = (struct edit){.op = EDIT_CHUNK};
    bench.twin.edit_count = 1;
    assert_true(bench_make(&bench, &made, &fail) && made.chunked);
    made_free(&made);
    bench_close(&bench);
}

/* A later delivery has the same signature, and its own edits. */
static void again(void **state)
{
    struct bench bench;
    struct fail fail = {0};
    struct edit more = {.op = EDIT_ADD_HEADER, .name = "X-More", .text = {"1", 1}};
    (void) state;
    bench_open(&bench, "webinone");
    bench.twin.again = &more;
    bench.twin.again_count = 1;
    struct edit_context context = {
        .scheme = bench.scheme, .ring = bench.ring, .wrong = bench.wrong, .now = NOW};
    for (int round = 0; round < 2; round++) {
        struct made made;
        context.again = round == 1;
        assert_true(edit_make(&bench.twin, &context, &made, &fail));
        assert_int_equal(bench_judge(&bench, &made.request), HG_OK);
        assert_int_equal(value_of(&made.request, "X-More", 0).len, round);
        made_free(&made);
    }
    bench_close(&bench);
}

static void impossible(void **state)
{
    static const struct {
        const char *what, *scheme;
        struct edit edit;
        const char *says;
    } rows[] = {
        {"no such part", "slack", {EDIT_DROP, PART_EVENT, false, .at = 0}, "does not have"},
        {"no time at all", "github", {EDIT_DROP, PART_TIMESTAMP, false, .at = 0}, "does not have"},
        {"a body is no header", "slack", {EDIT_REPEAT, PART_BODY, false, .at = 0}, "does not have"},
        {"a body has no name", "slack", {EDIT_RENAME, PART_BODY, .name = "X"}, "does not have"},
        {"an item has no name", "stripe", {EDIT_RENAME, PART_TIMESTAMP, .name = "X"}, "to rename"},
        {"an item is no header", "stripe", {EDIT_TO_QUERY, PART_TIMESTAMP, .name = "t"}, "to move"},
        {"an item is no trailer", "stripe", {EDIT_TO_TRAILER, PART_TIMESTAMP, .at = 0}, "to move"},
        {"a trailer, no frame", "slack", {EDIT_TO_TRAILER, PART_SIGNATURE, .at = 0}, "in chunks"},
        {"byte 32 of a MAC", "slack", {EDIT_FLIP_MAC, 0, .at = 32}, "not there"},
        {"no such encoding", "slack", {EDIT_RECODE, 0, .text = {"octal", 5}}, "not there"},
        {"thousands of headers", "slack", {EDIT_FILL_HEADERS, 0, .count = 1001}, "too many"},
        {"no frame", "slack", {EDIT_CLOSE, 0, .at = 0}, "nothing that frames"},
        {"too short", "slack", {EDIT_TRUNCATE, PART_BODY, false, .count = 99}, "beyond the end"},
        {"can't be signed", "slack", {EDIT_SHIFT_TIME, 0, true, .seconds = -NOW - 1}, "can't be"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct bench bench;
        struct made made = {.chunked = true};
        struct fail fail = {0};
        bench_open(&bench, rows[i].scheme);
        bench.edits[0] = rows[i].edit;
        bench.twin.edit_count = 1;
        HOLDS(!bench_make(&bench, &made, &fail), i);
        HOLDS(strstr(fail.text, rows[i].says) != NULL && strstr(fail.text, "p/t") != NULL, i);
        HOLDS(made.chunked && made.headers == NULL, i); /* untouched */
        bench_close(&bench);
    }
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void there_and_back(void **state)
{
    static const char *const texts[] = {
        "{\"op\":\"flip-bit\",\"part\":\"body\",\"at\":-3,\"bit\":7,\"when\":\"after\"}",
        "{\"op\":\"truncate\",\"part\":\"signature\",\"count\":2,\"when\":\"after\"}",
        "{\"op\":\"append\",\"part\":\"body\",\"text\":\"\\n\\\"\",\"when\":\"before\"}",
        "{\"op\":\"prepend\",\"part\":\"timestamp\",\"text\":\"+\",\"when\":\"before\"}",
        "{\"op\":\"set\",\"part\":\"event\",\"text\":\"\",\"when\":\"after\"}",
        "{\"op\":\"drop\",\"part\":\"id\",\"when\":\"after\"}",
        "{\"op\":\"repeat\",\"part\":\"signature\",\"when\":\"after\"}",
        "{\"op\":\"repeat\",\"part\":\"signature\",\"text\":\"\",\"when\":\"after\"}",
        "{\"op\":\"add-header\",\"name\":\"X-A\",\"text\":\"v\",\"when\":\"after\"}",
        "{\"op\":\"shift-time\",\"seconds\":-301,\"when\":\"before\"}",
        "{\"op\":\"wrong-secret\",\"when\":\"before\"}",
        "{\"op\":\"sign-as\",\"part\":\"body\",\"text\":\"\",\"when\":\"before\"}",
        "{\"op\":\"chunk\",\"when\":\"after\"}",
        "{\"op\":\"cut\",\"part\":\"url\",\"at\":0,\"count\":7,\"when\":\"after\"}",
        "{\"op\":\"bump\",\"part\":\"signature\",\"at\":-2,\"count\":1,\"when\":\"after\"}",
        "{\"op\":\"upper\",\"part\":\"signature\",\"at\":7,\"when\":\"after\"}",
        "{\"op\":\"base64url\",\"part\":\"signature\",\"when\":\"after\"}",
        "{\"op\":\"insert\",\"part\":\"id\",\"at\":-1,\"text\":\".\",\"when\":\"before\"}",
        "{\"op\":\"set-byte\",\"part\":\"body\",\"at\":2,\"byte\":255,\"when\":\"before\"}",
        "{\"op\":\"wide-digits\",\"part\":\"timestamp\",\"when\":\"after\"}",
        "{\"op\":\"hex-number\",\"part\":\"timestamp\",\"when\":\"before\"}",
        "{\"op\":\"rename\",\"part\":\"id\",\"name\":\"X-Id\",\"when\":\"after\"}",
        "{\"op\":\"move-to-query\",\"part\":\"signature\",\"name\":\"s\",\"when\":\"after\"}",
        "{\"op\":\"move-to-trailer\",\"part\":\"signature\",\"when\":\"after\"}",
    };
    (void) state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        cJSON *tree = NULL;
        struct fail fail = {0};
        struct edit edit;
        struct buf out;
        buf_init(&out, 1024);
        assert_true(json_parse(hg_text(texts[i]), "t", &tree, &fail));
        struct json root = json_root(tree, "t");
        if (!edit_from_json(&root, &edit, &fail)) {
            fail_msg("%s: %s", texts[i], fail.text);
        }
        assert_true(edit_to_json(&edit, &out));
        assert_string_equal(out.ptr, texts[i]);
        buf_free(&out);
        cJSON_Delete(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes),          cmocka_unit_test(order_of_headers),
        cmocka_unit_test(deliveries),     cmocka_unit_test(headers_that_lack),
        cmocka_unit_test(in_the_url),     cmocka_unit_test(in_a_signed_url),
        cmocka_unit_test(signed_queries), cmocka_unit_test(planned_queries),
        cmocka_unit_test(in_a_trailer),   cmocka_unit_test(misplaced),
        cmocka_unit_test(chunked),        cmocka_unit_test(again),
        cmocka_unit_test(impossible),     cmocka_unit_test(there_and_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
