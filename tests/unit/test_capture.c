/* SPDX-License-Identifier: MIT
 *
 * Recorded requests: read, refused, written.
 */
#include "check.h"

#include "base/capture.h"

/* Parses text, which is JSON in these tests, and reads it as a capture. */
static bool read_text(const char *text, cJSON **tree, struct capture *capture, struct fail *fail)
{
    struct fail none = {0};
    if (!json_parse(hg_text(text), "c", tree, &none)) {
        fail_msg("%s", none.text);
    }
    struct json root = json_root(*tree, "c");
    return capture_from_json(&root, capture, fail);
}

static void reads_everything(void **state)
{
    (void) state;
    cJSON *tree = NULL;
    struct capture capture;
    struct fail fail = {0};
    assert_true(
        read_text("{\"method\":\"POST\",\"url\":\"/a?b\",\"headers\":[[\"A\",\"1\"],"
                  "[\"B\",{\"base64\":\"AP8=\"}],[\"A\",\"\"],[\"C\",{\"base64\":\"YWJj\"}]],"
                  "\"body_base64\":\"eAB5\",\"received_at\":1767225600}",
                  &tree, &capture, &fail));
    const hg_request *request = &capture.request;
    assert_true(same(request->method, S("POST")) && same(request->url, S("/a?b")));
    assert_int_equal(request->header_count, 4);
    assert_true(same(request->headers[0].name, S("A")) && same(request->headers[0].value, S("1")));
    assert_true(same(request->headers[1].value, S("\0\xff")));
    assert_true(same(request->headers[2].name, S("A")) && same(request->headers[2].value, S("")));
    assert_true(same(request->headers[3].value, S("abc")));
    assert_true(same(request->body, S("x\0y")));
    assert_int_equal(capture.received_at, 1767225600);
    capture_free(&capture);
    capture_free(&capture); /* is empty by now */
    cJSON_Delete(tree);
}

static void reads_bodies(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        hg_str body;
    } rows[] = {
        {"{\"method\":\"POST\"}", {"", 0}},
        {"{\"method\":\"POST\",\"body\":\"\"}", {"", 0}},
        {"{\"method\":\"POST\",\"body\":\"\\t\\r\\n\xc3\xa9\"}", {"\t\r\n\xc3\xa9", 5}},
        {"{\"method\":\"POST\",\"body_base64\":\"\"}", {"", 0}},
        {"{\"method\":\"POST\",\"body_base64\":\"AA==\"}", {"\0", 1}},
        {"{\"method\":\"POST\",\"body_repeat\":{\"text\":\"ab\",\"count\":3}}", {"ababab", 6}},
        {"{\"method\":\"POST\",\"body_repeat\":{\"text\":\"ab\",\"count\":0}}", {"", 0}},
        {"{\"method\":\"POST\",\"body_repeat\":{\"text\":\"\",\"count\":9}}", {"", 0}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *tree = NULL;
        struct capture capture;
        struct fail fail = {0};
        assert_true(read_text(rows[i].text, &tree, &capture, &fail));
        assert_true(same(capture.request.body, rows[i].body));
        assert_int_equal(capture.request.header_count, 0);
        assert_int_equal(capture.request.url.len, 0);
        assert_int_equal(capture.received_at, 0);
        capture_free(&capture);
        cJSON_Delete(tree);
    }
}

static void refused(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        const char *says;
    } rows[] = {
        {"[]", "c: $: must be an object"},
        {"{}", "c: $: member \"method\" is missing"},
        {"{\"method\":1}", "c: $.method: must be text"},
        {"{\"method\":\"\"}", "c: $.method: is empty"},
        {"{\"method\":\"POST\",\"uri\":\"/\"}", "c: $.uri: unknown member"},
        {"{\"method\":\"POST\",\"url\":null}", "c: $.url: must be text"},
        {"{\"method\":\"POST\",\"received_at\":\"1\"}", "c: $.received_at: must be an integer"},
        {"{\"method\":\"POST\",\"received_at\":-1}",
         "c: $.received_at: must be from 0 to 9007199254740992"},
        {"{\"method\":\"POST\",\"headers\":{}}", "c: $.headers: must be an array"},
        {"{\"method\":\"POST\",\"headers\":[\"A\"]}", "c: $.headers[0]: must be an array"},
        {"{\"method\":\"POST\",\"headers\":[[\"A\"]]}",
         "c: $.headers[0]: must be a name and a value"},
        {"{\"method\":\"POST\",\"headers\":[[\"A\",\"b\"],[\"A\",\"b\",\"c\"]]}",
         "c: $.headers[1]: must be a name and a value"},
        {"{\"method\":\"POST\",\"headers\":[[1,\"b\"]]}", "c: $.headers[0][0]: must be text"},
        {"{\"method\":\"POST\",\"headers\":[[\"A\",7]]}",
         "c: $.headers[0][1]: must be text or {\"base64\": text}"},
        {"{\"method\":\"POST\",\"headers\":[[\"A\",{}]]}",
         "c: $.headers[0][1]: member \"base64\" is missing"},
        {"{\"method\":\"POST\",\"headers\":[[\"A\",{\"hex\":\"00\"}]]}",
         "c: $.headers[0][1].hex: unknown member"},
        {"{\"method\":\"POST\",\"headers\":[[\"A\",{\"base64\":\"AP9=\"}]]}",
         "c: $.headers[0][1].base64: is not canonical base64"},
        {"{\"method\":\"POST\",\"body\":7}", "c: $.body: must be text"},
        {"{\"method\":\"POST\",\"body\":\"\\u0001\"}",
         "c: $.body: holds a control byte: use body_base64"},
        {"{\"method\":\"POST\",\"body_base64\":\"AP8\"}",
         "c: $.body_base64: is not canonical base64"},
        {"{\"method\":\"POST\",\"body_base64\":\"AP8=\\n\"}",
         "c: $.body_base64: is not canonical base64"},
        {"{\"method\":\"POST\",\"body\":\"\",\"body_base64\":\"\"}",
         "c: $: has more than one body"},
        {"{\"method\":\"POST\",\"body\":\"\",\"body_repeat\":{}}", "c: $: has more than one body"},
        {"{\"method\":\"POST\",\"body_repeat\":{\"text\":\"a\"}}",
         "c: $.body_repeat: member \"count\" is missing"},
        {"{\"method\":\"POST\",\"body_repeat\":{\"count\":1}}",
         "c: $.body_repeat: member \"text\" is missing"},
        {"{\"method\":\"POST\",\"body_repeat\":{\"text\":\"a\",\"count\":16777217}}",
         "c: $.body_repeat.count: must be from 0 to 16777216"},
        {"{\"method\":\"POST\",\"body_repeat\":{\"text\":\"ab\",\"count\":8388609}}",
         "c: $.body_repeat: is larger than 16777216 bytes"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *tree = NULL;
        struct capture capture = {.received_at = 7};
        struct fail fail = {0};
        assert_false(read_text(rows[i].text, &tree, &capture, &fail));
        assert_string_equal(fail.text, rows[i].says);
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        assert_int_equal(capture.received_at, 7);
        assert_null(capture.headers);
        cJSON_Delete(tree);
    }
}

static void the_largest_body_is_read(void **state)
{
    (void) state;
    cJSON *tree = NULL;
    struct capture capture;
    struct fail fail = {0};
    assert_true(
        read_text("{\"method\":\"POST\",\"body_repeat\":{\"text\":\"ab\",\"count\":8388608}}",
                  &tree, &capture, &fail));
    assert_int_equal(capture.request.body.len, CAPTURE_BODY_MAX);
    assert_int_equal(capture.request.body.ptr[CAPTURE_BODY_MAX - 1], 'b');
    capture_free(&capture);
    cJSON_Delete(tree);
}

static void a_larger_body_is_refused(void **state)
{
    (void) state;
    for (size_t more = 0; more < 2; more++) {
        cJSON *tree = NULL;
        struct capture capture;
        struct fail fail = {0};
        struct buf text;
        size_t size = CAPTURE_BODY_MAX + more;
        buf_init(&text, size + 100);
        assert_true(buf_add_text(&text, "{\"method\":\"POST\",\"body\":\""));
        char *place = buf_reserve(&text, size);
        assert_non_null(place);
        memset(place, 'x', size);
        buf_used(&text, size);
        assert_true(buf_add_text(&text, "\"}"));
        bool done = read_text(text.ptr, &tree, &capture, &fail);
        assert_int_equal(done, more == 0);
        if (done) {
            capture_free(&capture);
        } else {
            assert_string_equal(fail.text, "c: $: the body is larger than 16777216 bytes");
        }
        cJSON_Delete(tree);
        buf_free(&text);
    }
}

static void headers_have_a_ceiling(void **state)
{
    (void) state;
    for (int more = 0; more < 2; more++) {
        cJSON *tree = NULL;
        struct capture capture;
        struct fail fail = {0};
        struct buf text;
        buf_init(&text, 65536);
        assert_true(buf_add_text(&text, "{\"method\":\"POST\",\"headers\":[[\"A\",\"\"]"));
        for (int i = 1; i < 1024 + more; i++) {
            assert_true(buf_add_text(&text, ",[\"A\",\"\"]"));
        }
        assert_true(buf_add_text(&text, "]}"));
        bool done = read_text(text.ptr, &tree, &capture, &fail);
        assert_int_equal(done, !more);
        if (done) {
            capture_free(&capture);
        } else {
            assert_string_equal(fail.text, "c: $.headers: has more than 1024 headers");
        }
        cJSON_Delete(tree);
        buf_free(&text);
    }
}

/* What is written reads back to the same request. */
static void writes(void **state)
{
    (void) state;
    static const hg_header headers[] = {
        {{"A", 1}, {"1\xc3\xa9", 3}}, {{"B", 1}, {"\0\xff", 2}}, {{"C", 1}, {NULL, 0}}};
    static const struct {
        hg_request request;
        int64_t received_at;
        const char *json;
    } rows[] = {
        {{{"POST", 4}, {"/a", 2}, headers, 3, {"{\"a\":\"\\\"\"}\n", 11}},
         1767225600,
         "{\"method\":\"POST\",\"url\":\"/a\",\"headers\":[[\"A\",\"1\xc3\xa9\"],"
         "[\"B\",{\"base64\":"
         "\"AP8=\"}],[\"C\",\"\"]],\"body\":\"{\\\"a\\\":\\\"\\\\\\\"\\\"}\\n\",\"received_at\":"
         "1767225600}"},
        {{{"PUT", 3}, {NULL, 0}, NULL, 0, {"a\0b", 3}},
         0,
         "{\"method\":\"PUT\",\"url\":\"\",\"headers\":[],\"body_base64\":\"YQBi\"}"},
        {{{"PUT", 3}, {NULL, 0}, NULL, 0, {"\x80", 1}},
         0,
         "{\"method\":\"PUT\",\"url\":\"\",\"headers\":[],\"body_base64\":\"gA==\"}"},
        {{{"PUT", 3}, {"/\xff", 2}, NULL, 0, {NULL, 0}},
         0,
         "{\"method\":\"PUT\",\"url\":\"/\xef\xbf\xbd\",\"headers\":[]}"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        struct capture capture;
        struct fail fail = {0};
        cJSON *tree = NULL;
        buf_init(&out, 1000);
        assert_true(capture_to_json(&rows[i].request, rows[i].received_at, &out));
        assert_string_equal(out.ptr, rows[i].json);
        assert_true(read_text(out.ptr, &tree, &capture, &fail));
        assert_true(same(capture.request.body, rows[i].request.body));
        assert_int_equal(capture.request.header_count, rows[i].request.header_count);
        for (size_t j = 0; j < capture.request.header_count; j++) {
            assert_true(same(capture.request.headers[j].value, headers[j].value));
        }
        assert_int_equal(capture.received_at, rows[i].received_at);
        capture_free(&capture);
        cJSON_Delete(tree);
        for (size_t max = 0; max < strlen(rows[i].json); max++) { /* no room at any point */
            struct buf small;
            buf_init(&small, max);
            assert_false(capture_to_json(&rows[i].request, rows[i].received_at, &small));
            buf_free(&small);
        }
        buf_free(&out);
    }
}

/* An exported line has three members more, which are no part of the request; no form has others. */
static void reads_exported_lines(void **state)
{
    (void) state;
    static const char *const rows[] = {
        "{\"row\":1,\"endpoint\":\"e\",\"event\":\"E\",\"method\":\"POST\",\"body\":\"b\"}",
        "{\"method\":\"POST\",\"body\":\"b\"}",
        "{\"row\":1,\"method\":\"POST\",\"body\":\"b\",\"mac\":\"\"}",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct capture capture = {0};
        struct fail none = {0}, fail = {0};
        cJSON *tree = NULL;
        assert_true(json_parse(hg_text(rows[i]), "c", &tree, &none));
        struct json root = json_root(tree, "c");
        assert_int_equal(capture_from_export(&root, &capture, &fail), i < 2);
        assert_string_equal(fail.text, i < 2 ? "" : "c: $.mac: unknown member");
        assert_true(same(capture.request.body, i < 2 ? S("b") : S("")));
        capture_free(&capture);
        assert_int_equal(capture_from_json(&root, &capture, &none), i == 1);
        capture_free(&capture);
        cJSON_Delete(tree);
    }
}

static void a_copy_outlives_the_original(void **state)
{
    (void) state;
    hg_str parts[] = {exact(S("POST")), exact(S("/a")), exact(S("A")), exact(S("\0v")),
                      exact(S("body"))};
    hg_header headers[] = {{parts[2], parts[3]}, {parts[2], {NULL, 0}}};
    hg_request request = {parts[0], parts[1], headers, 2, parts[4]};
    struct capture capture;
    assert_true(capture_copy(&request, 7, &capture));
    for (size_t i = 0; i < COUNT(parts); i++) {
        drop(parts[i]);
    }
    memset(headers, 0, sizeof headers);
    assert_true(same(capture.request.method, S("POST")) && same(capture.request.url, S("/a")));
    assert_int_equal(capture.request.header_count, 2);
    assert_true(same(capture.request.headers[0].name, S("A")));
    assert_true(same(capture.request.headers[0].value, S("\0v")));
    assert_true(same(capture.request.headers[1].name, S("A")));
    assert_int_equal(capture.request.headers[1].value.len, 0);
    assert_true(same(capture.request.body, S("body")));
    assert_int_equal(capture.received_at, 7);
    capture_free(&capture);
    request = (hg_request){0};
    assert_true(capture_copy(&request, 0, &capture));
    assert_int_equal(capture.request.header_count + capture.request.body.len, 0);
    capture_free(&capture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_everything),
        cmocka_unit_test(reads_bodies),
        cmocka_unit_test(refused),
        cmocka_unit_test(the_largest_body_is_read),
        cmocka_unit_test(a_larger_body_is_refused),
        cmocka_unit_test(headers_have_a_ceiling),
        cmocka_unit_test(writes),
        cmocka_unit_test(reads_exported_lines),
        cmocka_unit_test(a_copy_outlives_the_original),
    };
    return cmocka_run_group_tests_name("capture", tests, NULL, NULL);
}
