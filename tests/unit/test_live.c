/* SPDX-License-Identifier: MIT
 *
 * Cases made anew: right by any clock within the slack, distinct, at the user's URL; and the line
 * protocol of programs.
 */
#include "check.h"

#include <strings.h>

#include "harness/cmd_line.h"
#include "harness/live.h"
#include "harness/select.h"

#define NOW 1900000037 /* not a multiple of anything that the code rounds to */
#define SLACK 5
#define URL "http://127.0.0.1:8080/my/hook"

static struct vector_file file;

static int open_file(void **state)
{
    struct fail fail = {0};
    (void) state;
    return vector_parse(vector_builtin("webinone"), "w", &file, &fail) ? 0 : -1;
}

static int close_file(void **state)
{
    (void) state;
    vector_free(&file);
    return 0;
}

static struct live open_live(const char *url, const char *secret, uint64_t mark)
{
    struct live live;
    struct fail fail = {0};
    if (!live_open(&file, url, hg_text(secret), SLACK, mark, &live, &fail)) {
        fail_msg("%s", fail.text);
    }
    return live;
}

static struct made make(const struct live *live, const struct vector_case *one, int64_t now,
                        unsigned round)
{
    const struct live_turn turn = {.now = now, .round = round};
    struct made made;
    struct fail fail = {0};
    if (!live_make(live, one, &turn, &made, &fail)) {
        fail_msg("%s: %s", one->id, fail.text);
    }
    return made;
}

static const struct vector_case *find(const char *id)
{
    for (size_t i = 0; i < file.case_count; i++) {
        if (strcmp(file.cases[i].id, id) == 0) {
            return &file.cases[i];
        }
    }
    fail_msg("no case %s", id);
    return NULL;
}

static hg_str header(const struct made *made, const char *name)
{
    for (size_t i = 0; i < made->request.header_count; i++) {
        hg_str found = made->request.headers[i].name;
        if (found.len == strlen(name) && strncasecmp(found.ptr, name, found.len) == 0) {
            return made->request.headers[i].value;
        }
    }
    return (hg_str){NULL, 0};
}

/* Every case, judged by a clock that differs by up to the slack either way, gives its status. */
static void judged_by_any_clock(void **state)
{
    static const int64_t skews[] = {-SLACK, 0, SLACK};
    struct live live = open_live(URL, "their own secret", 1);
    (void) state;
    for (size_t i = 0; i < file.case_count; i++) {
        const struct vector_case *one = &file.cases[i];
        if (live_skip(one) != NULL || one->raw.ptr != NULL) {
            continue;
        }
        struct made made = make(&live, one, NOW, 0);
        for (size_t j = 0; j < COUNT(skews); j++) {
            hg_options options = {.scheme = file.scheme, .ring = live.ring, .now = NOW + skews[j]};
            hg_verdict verdict = hg_verify(&options, &made.request);
            if (verdict.status != one->status) {
                fail_msg("%s, skew %d: %s", one->id, (int) skews[j],
                         hg_status_name(verdict.status));
            }
        }
        made_free(&made);
    }
    live_free(&live);
}

/* Just beyond the slack the edge cases tip over: they are as sharp as they can be. */
static void edges_are_sharp(void **state)
{
    static const struct {
        const char *what;
        int64_t skew;
        hg_status status;
    } rows[] = {
        {"order-oncreate/edge-old", SLACK, HG_OK},
        {"order-oncreate/edge-old", SLACK + 1, HG_TOO_OLD},
        {"order-oncreate/edge-new", -SLACK, HG_OK},
        {"order-oncreate/edge-new", -SLACK - 1, HG_TOO_NEW},
        {"order-oncreate/past-edge-old", -SLACK, HG_TOO_OLD},
        {"order-oncreate/past-edge-old", -SLACK - 1, HG_OK},
        {"order-oncreate/past-edge-new", SLACK, HG_TOO_NEW},
        {"order-oncreate/past-edge-new", SLACK + 1, HG_OK},
    };
    struct live live = open_live(URL, "", 1);
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct made made = make(&live, find(rows[i].what), NOW, 0);
        hg_options options = {.scheme = file.scheme, .ring = live.ring, .now = NOW + rows[i].skew};
        hg_verdict verdict = hg_verify(&options, &made.request);
        HOLDS(verdict.status == rows[i].status, i);
        made_free(&made);
    }
    live_free(&live);
}

static int by_text(const void *left, const void *right)
{
    return strcmp(*(char *const *) left, *(char *const *) right);
}

/* The signature stands for the time, the event and the body: no two valid deliveries share one,
 * although the clock goes on while they are made. */
static void valid_ones_differ(void **state)
{
    struct live live = open_live(URL, "", 1);
    char **seen = calloc(file.case_count, sizeof *seen);
    size_t count = 0;
    (void) state;
    assert_non_null(seen);
    for (size_t i = 0; i < file.case_count; i++) {
        const struct vector_case *one = &file.cases[i];
        if (one->status != HG_OK || live_skip(one) != NULL) {
            continue;
        }
        struct made made = make(&live, one, NOW + (int64_t) (i % 90), 0);
        hg_str signature = header(&made, "X-Webhook-Signature");
        seen[count++] = strndup(signature.ptr, 7 + 64); /* one case appends blanks */
        made_free(&made);
    }
    assert_true(count > 400);
    qsort(seen, count, sizeof *seen, by_text);
    for (size_t i = 1; i < count; i++) {
        assert_string_not_equal(seen[i - 1], seen[i]);
    }
    for (size_t i = 0; i < count; i++) {
        free(seen[i]);
    }
    free(seen);
    live_free(&live);
}

/* What is delivered twice differs from run to run and round to round; nothing else does. */
static void duplicates_are_fresh(void **state)
{
    struct live first = open_live(URL, "", 1);
    struct live second = open_live(URL, "", 2);
    (void) state;
    struct made a = make(&first, find("order-oncreate/duplicate"), NOW, 0);
    struct made b = make(&second, find("order-oncreate/duplicate"), NOW, 0);
    struct made c = make(&first, find("order-oncreate/duplicate"), NOW, 1);
    struct made d = make(&first, find("order-oncreate/duplicate"), NOW, 0);
    assert_false(same(a.request.body, b.request.body));
    assert_false(same(a.request.body, c.request.body));
    assert_true(same(a.request.body, d.request.body));
    struct made e = make(&first, find("order-oncreate"), NOW, 0);
    struct made f = make(&second, find("order-oncreate"), NOW, 0);
    assert_true(same(e.request.body, f.request.body));
    made_free(&a);
    made_free(&b);
    made_free(&c);
    made_free(&d);
    made_free(&e);
    made_free(&f);
    live_free(&first);
    live_free(&second);
}

static void expect_url(const char *url, const char *id, const char *expected)
{
    struct live live = open_live(url, "", 1);
    struct made made = make(&live, find(id), NOW, 0);
    struct buf out;
    buf_init(&out, LIVE_URL_MAX);
    assert_true(live_url(&live, &made, &out));
    assert_string_equal(out.ptr, expected);
    buf_free(&out);
    made_free(&made);
    live_free(&live);
}

static void urls(void **state)
{
    (void) state;
    expect_url("http://h:1", "order-oncreate", "http://h:1/");
    expect_url("http://h:1/a/b", "order-oncreate", "http://h:1/a/b");
    expect_url("https://h/a?b=c", "order-oncreate", "https://h/a?b=c");
    expect_url("http://h/a", "secret/url-sk-empty", "http://h/a?sk=");
    expect_url("http://h/a?b=c", "secret/url-sk-empty", "http://h/a?b=c&sk=");
}

static void bad_urls(void **state)
{
    static const char *const urls[] = {
        "http://",      "http:///path",   "http://user@h/",     "http://u:p@h/",
        "http://h/a b", "http://h/\x01",  "http://h/\xc3\xa9",  "http://h/#x",
        "http://h?x",   "http://h/?sk=x", "http://h/?a=b&sk=x", "http://h/?a&sk",
        "http://h/?sk",
    };
    (void) state;
    for (size_t i = 0; i < COUNT(urls); i++) {
        struct live live;
        struct fail fail = {0};
        if (live_open(&file, urls[i], hg_text(""), SLACK, 1, &live, &fail)) {
            fail_msg("accepted: %s", urls[i]);
        }
        assert_int_equal(fail.exit_code, EXIT_USAGE);
    }
    struct live live = open_live("http://h/?task=1&ask=2&x=sk", "", 1); /* no parameter sk */
    live_free(&live);
}

static void slack_beyond_the_tolerance(void **state)
{
    struct live live;
    struct fail fail = {0};
    (void) state;
    assert_false(live_open(&file, URL, hg_text(""), 151, 1, &live, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    struct fail none = {0};
    assert_true(live_open(&file, URL, hg_text(""), 150, 1, &live, &none));
    live_free(&live);
}

static void raw_messages(void **state)
{
    struct live live = open_live(URL, "", 1);
    struct vector_case one = {.raw = S("POST /api/webhook HTTP/1.1\r\n\r\n\0x")};
    struct vector_case other = {.raw = S("\r\n\r\n")};
    struct buf out;
    (void) state;
    buf_init(&out, 1024);
    assert_true(live_raw(&live, &one, &out));
    assert_true(same(buf_str(&out), S("POST /my/hook HTTP/1.1\r\n\r\n\0x")));
    buf_clear(&out);
    assert_true(live_raw(&live, &other, &out));
    assert_true(same(buf_str(&out), S("\r\n\r\n")));
    buf_free(&out);
    live_free(&live);
}

/* Ids are signed here and tell deliveries apart, so they are fresh in every run. */
static void fresh_ids(void **state)
{
    struct vector_file standard;
    struct fail fail = {0};
    struct live first;
    struct live second;
    const struct live_turn turn = {.now = NOW};
    struct made a;
    struct made b;
    (void) state;
    assert_true(vector_parse(vector_builtin("standard-webhooks"), "s", &standard, &fail));
    assert_true(live_open(&standard, URL, hg_text(""), SLACK, 1, &first, &fail));
    assert_true(live_open(&standard, URL, hg_text(""), SLACK, 2, &second, &fail));
    assert_true(live_make(&first, &standard.cases[0], &turn, &a, &fail));
    assert_true(live_make(&second, &standard.cases[0], &turn, &b, &fail));
    assert_true(header(&a, "webhook-id").len > 0);
    assert_false(same(header(&a, "webhook-id"), header(&b, "webhook-id")));
    made_free(&a);
    made_free(&b);
    live_free(&first);
    live_free(&second);
    vector_free(&standard);
}

/* ---- The line protocol ----------------------------------------------------------------------- */

static void answers(void **state)
{
    static const struct {
        const char *what;
        bool good, accept;
        hg_status status;
    } rows[] = {
        {"{\"id\":\"a\",\"accept\":true}", true, true, 0},
        {"{\"id\":\"a\",\"accept\":false}", true, false, 0},
        {"{\"id\":\"a\",\"accept\":true,\"status\":\"ok\"}", true, true, HG_OK},
        {"{\"accept\":false,\"status\":\"too_old\",\"id\":\"a\"}\r", true, false, HG_TOO_OLD},
        {"", false, false, 0},
        {"ok", false, false, 0},
        {"[]", false, false, 0},
        {"{\"id\":\"a\"}", false, false, 0},
        {"{\"accept\":true}", false, false, 0},
        {"{\"id\":\"a\",\"accept\":1}", false, false, 0},
        {"{\"id\":\"a\",\"accept\":\"true\"}", false, false, 0},
        {"{\"id\":1,\"accept\":true}", false, false, 0},
        {"{\"id\":\"a\",\"accept\":true,\"Status\":\"ok\"}", false, false, 0},
        {"{\"id\":\"a\",\"accept\":true,\"status\":\"fine\"}", false, false, 0},
        {"{\"id\":\"a\",\"accept\":true,\"status\":\"mismatch\"}", false, false, 0},
        {"{\"id\":\"a\",\"accept\":false,\"status\":\"ok\"}", false, false, 0},
        {"{\"id\":\"a\",\"skip\":\"takes text only\"}", true, false, 0},
        {"{\"id\":\"a\",\"skip\":\"\"}", false, false, 0},
        {"{\"id\":\"a\",\"skip\":true}", false, false, 0},
        {"{\"id\":\"a\",\"skip\":\"why\",\"accept\":false}", false, false, 0},
        {"{\"id\":\"a\",\"skip\":\"why\",\"status\":\"mismatch\"}", false, false, 0},
        {"{\"id\":\"a\",\"accept\":true} {\"id\":\"a\",\"accept\":true}", false, false, 0},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct cmd_answer answer = {0};
        char why[256] = "";
        hg_str line = exact(hg_text(rows[i].what));
        HOLDS(cmd_line_read(line, &answer, why, sizeof why) == rows[i].good, i);
        HOLDS(answer.accept == rows[i].accept && answer.status == rows[i].status, i);
        HOLDS(rows[i].good ? strcmp(answer.id, "a") == 0 : why[0] != '\0', i);
        cmd_answer_free(&answer);
        drop(line);
    }
}

/* What a program reads is the case: one line, and strict JSON. */
static void questions(void **state)
{
    (void) state;
    for (size_t i = 0; i < file.case_count; i += 13) {
        struct buf line;
        cJSON *tree = NULL;
        struct fail fail = {0};
        buf_init(&line, CMD_LINE_MAX);
        assert_true(cmd_line_write(&file, &file.cases[i], &line));
        assert_ptr_equal(memchr(line.ptr, '\n', line.len), line.ptr + line.len - 1);
        assert_true(json_parse(buf_str(&line), "line", &tree, &fail));
        struct json root = json_root(tree, "line");
        struct json member;
        const char *id = NULL;
        assert_true(json_opt_text(&root, "id", &id, &fail));
        assert_string_equal(id, file.cases[i].id);
        assert_true(json_get(&root, "secret", &member) != json_get(&root, "secrets", &member));
        assert_true(json_get(&root, "now", &member) && json_get(&root, "request", &member));
        cJSON_Delete(tree);
        buf_free(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(judged_by_any_clock),
        cmocka_unit_test(edges_are_sharp),
        cmocka_unit_test(valid_ones_differ),
        cmocka_unit_test(duplicates_are_fresh),
        cmocka_unit_test(urls),
        cmocka_unit_test(bad_urls),
        cmocka_unit_test(slack_beyond_the_tolerance),
        cmocka_unit_test(raw_messages),
        cmocka_unit_test(fresh_ids),
        cmocka_unit_test(answers),
        cmocka_unit_test(questions),
    };
    return cmocka_run_group_tests_name("live", tests, open_file, close_file);
}
