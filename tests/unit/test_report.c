/* SPDX-License-Identifier: MIT
 *
 * Reports of a made-up run: TAP, JSON, the page for people, and commands to paste.
 */
#include "check.h"

#include "base/json.h"
#include "harness/report.h"
#include "harness/repro.h"

#define PASSED 0 /* indices of the made-up outcomes */
#define ACCEPTED 1
#define SKIPPED 2
#define ERRED 3
#define NAMED 4

static struct vector_file file;
static struct run run;

static void note(size_t index, enum outcome_result result, enum outcome_answer answer, int http)
{
    run.outcomes[index].result = result;
    run.outcomes[index].answer = answer;
    run.outcomes[index].http = http;
}

static int open_run(void **state)
{
    struct fail fail = {0};
    const struct run_settings set = {.target = "http://127.0.0.1:1/it's?a=1&b=2",
                                     .kind = TARGET_HTTP,
                                     .secret_src = "env:SECRET",
                                     .slack_s = 7};
    (void) state;
    if (!vector_parse(vector_builtin("webinone"), "webinone.json", &file, &fail) ||
        !run_open(&set, &file, &run, &fail)) {
        return -1;
    }
    for (size_t i = 0; i < run.count; i++) {
        note(i, OUTCOME_PASSED, ANSWER_REFUSED, 401);
    }
    note(ACCEPTED, OUTCOME_FAILED, ANSWER_ACCEPTED, 200);
    run.outcomes[ACCEPTED].curl = strdup("curl 'x'");
    note(SKIPPED, OUTCOME_SKIPPED, 0, 0);
    run.outcomes[SKIPPED].skip = "needs HTTP";
    note(ERRED, OUTCOME_FAILED, 0, 500);
    run.outcomes[ERRED].why = strdup("the receiver \"erred\"");
    note(NAMED, OUTCOME_FAILED, ANSWER_REFUSED, 0);
    run.outcomes[NAMED].status = HG_TOO_OLD;
    run.seconds = 1.5;
    return 0;
}

static int close_run(void **state)
{
    (void) state;
    run_free(&run);
    vector_free(&file);
    return 0;
}

static bool has(const struct buf *out, const char *text)
{
    return strstr(out->ptr, text) != NULL;
}

static void words(void **state)
{
    static const struct {
        size_t index;
        const char *what;
    } rows[] = {
        {PASSED, "refused (HTTP 401)"},
        {ACCEPTED, "accepted (HTTP 200)"},
        {ERRED, "HTTP 500: the receiver \"erred\""},
        {NAMED, "refused (too_old)"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 256);
        HOLDS(report_got(&run, rows[i].index, &out) && strcmp(out.ptr, rows[i].what) == 0, i);
        buf_free(&out);
    }
}

static void counts(void **state)
{
    struct run_counts sum = run_count(&run);
    (void) state;
    assert_int_equal(sum.failed, 3);
    assert_int_equal(sum.skipped, 1);
    assert_int_equal(sum.passed, run.count - 4);
    assert_int_equal(run_exit(&run), EXIT_NO);
}

/* Nothing must failed, but nothing was shown either, or not all of it. */
static void exit_codes(void **state)
{
    struct vector_case must = {.id = "must"};
    struct vector_case should = {.id = "should", .should = true};
    const struct vector_case *cases[] = {&must, &should};
    static const struct {
        const char *what;
        enum outcome_result must, should;
        enum exit_code code;
    } rows[] = {
        {"both held", OUTCOME_PASSED, OUTCOME_PASSED, EXIT_YES},
        {"should failed", OUTCOME_PASSED, OUTCOME_FAILED, EXIT_YES},
        {"must failed", OUTCOME_FAILED, OUTCOME_PASSED, EXIT_NO},
        {"must skipped", OUTCOME_SKIPPED, OUTCOME_PASSED, EXIT_YES},
        {"all skipped", OUTCOME_SKIPPED, OUTCOME_SKIPPED, EXIT_UNKNOWN},
        {"interrupted", OUTCOME_PASSED, OUTCOME_NONE, EXIT_UNKNOWN},
        {"interrupted after a failure", OUTCOME_FAILED, OUTCOME_NONE, EXIT_NO},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcome outcomes[] = {{.result = rows[i].must}, {.result = rows[i].should}};
        struct run small = {.cases = cases, .outcomes = outcomes, .count = 2};
        HOLDS(run_exit(&small) == rows[i].code, i);
    }
}

static bool tap_13(const struct run *one, struct buf *out)
{
    return report_tap(one, REPORT_TAP_13, out);
}

static void tap(void **state)
{
    struct buf out;
    char plan[64];
    size_t points = 0;
    (void) state;
    buf_init(&out, REPORT_MAX);
    assert_true(report_tap(&run, REPORT_TAP_13, &out));
    (void) snprintf(plan, sizeof plan, "TAP version 13\n1..%zu\nok 1 - ", run.count);
    assert_int_equal(strncmp(out.ptr, plan, strlen(plan)), 0);
    assert_true(has(&out, "\nnot ok 2 - "));
    assert_true(has(&out, "\n  got: \"accepted (HTTP 200)\"\n"));
    assert_true(has(&out, "\n  got: \"HTTP 500: the receiver \\\"erred\\\"\"\n"));
    assert_true(has(&out, "\n  curl: \"curl 'x'\"\n  ...\n"));
    assert_true(has(&out, " # SKIP needs HTTP\n"));
    assert_false(has(&out, "Bail out!"));
    for (const char *line = out.ptr; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n' ? 1 : 0;
        points += strncmp(line, "ok ", 3) == 0 || strncmp(line, "not ok ", 7) == 0 ? 1 : 0;
    }
    assert_int_equal(points, run.count);
    buf_free(&out);
}

/* Line by line: the first, one of a case, the last. */
static void json(void **state)
{
    static const char *const starts[] = {"{\"type\": \"run\", ", "{\"type\": \"flag\", ",
                                         "{\"type\": \"case\", ",
                                         "{\"type\": \"summary\", \"passed\": "};
    size_t found[COUNT(starts)] = {0};
    struct buf out;
    (void) state;
    buf_init(&out, REPORT_MAX);
    assert_true(report_json(&run, &out));
    for (const char *line = out.ptr; *line != '\0'; line += strcspn(line, "\n") + 1) {
        struct fail fail = {0};
        cJSON *tree = NULL;
        if (!json_parse((hg_str){line, strcspn(line, "\n")}, "line", &tree, &fail)) {
            fail_msg("%s", fail.text);
        }
        cJSON_Delete(tree);
        for (size_t i = 0; i < COUNT(starts); i++) {
            found[i] += strncmp(line, starts[i], strlen(starts[i])) == 0 ? 1 : 0;
        }
    }
    assert_int_equal(found[0], 1);
    assert_int_equal(found[1], run.file->note_count + 1);
    assert_int_equal(found[2], run.count);
    assert_int_equal(found[3], 1);
    assert_true(
        has(&out, "\"got\": \"accepted (HTTP 200)\", \"answer\": \"accepted\", \"ok\": false, "));
    assert_true(has(&out, "\"ok\": null, \"skipped\": \"needs HTTP\"}\n"));
    assert_true(has(&out, "\"failed\": 3, \"warned\": 0, \"known\": 0, \"outdated\": 0, "
                          "\"skipped\": 1, \"not_run\": 0, "));
    buf_free(&out);
}

static void human(void **state)
{
    struct report_style style = {0};
    struct buf out;
    static const char last[] = ", 3 failed, 1 skipped in 1.500 s\n";
    (void) state;
    buf_init(&out, REPORT_MAX);
    assert_true(report_human(&run, &style, &out));
    assert_string_equal(out.ptr + out.len - strlen(last), last);
    assert_true(has(&out, "basis: assumed"));
    assert_true(has(&out, "not checked: how often "));
    assert_true(strstr(out.ptr, "\nfailed  ") < strstr(out.ptr, "\nflag  "));
    assert_true(strstr(out.ptr, "\nflag  ") < strstr(out.ptr, "\nitem type  "));
    assert_true(has(&out, "\n  sent       bookingsubscription-oncreate, but bit "));
    assert_null(memchr(out.ptr, '\033', out.len));
    for (const char *line = out.ptr; *line != '\0'; line += strcspn(line, "\n") + 1) {
        bool command = strncmp(line, "  reproduce", 11) == 0;
        assert_true(command || strcspn(line, "\n") <= 100);
    }
    buf_clear(&out);
    style.colour = true;
    assert_true(report_human(&run, &style, &out));
    assert_non_null(memchr(out.ptr, '\033', out.len));
    buf_free(&out);
}

/* Many failures are cut short, and --all shows them. */
static void many_failures(void **state)
{
    struct outcome *kept = run.outcomes;
    struct report_style style = {0};
    struct buf out;
    (void) state;
    run.outcomes = calloc(run.count, sizeof *run.outcomes);
    assert_non_null(run.outcomes);
    for (size_t i = 0; i < run.count; i++) {
        note(i, OUTCOME_FAILED, ANSWER_ACCEPTED, 200);
    }
    buf_init(&out, REPORT_MAX);
    assert_true(report_human(&run, &style, &out));
    assert_true(has(&out, " more: --all shows every one\n"));
    assert_true(out.len < 20000);
    buf_clear(&out);
    style.all = true;
    assert_true(report_human(&run, &style, &out));
    assert_false(has(&out, " more: --all"));
    for (size_t i = 0; i < run.count; i += 97) {
        assert_true(has(&out, run.cases[i]->id));
    }
    buf_free(&out);
    free(run.outcomes);
    run.outcomes = kept;
}

static void interrupted(void **state)
{
    struct report_style style = {0};
    struct buf out;
    (void) state;
    run.outcomes[PASSED].result = OUTCOME_NONE;
    buf_init(&out, REPORT_MAX);
    assert_true(report_human(&run, &style, &out));
    assert_true(has(&out, "interrupted: 1 cases were not run\n"));
    buf_clear(&out);
    assert_true(report_tap(&run, REPORT_TAP_13, &out));
    assert_true(has(&out, "Bail out! Interrupted with 1 cases to go\n"));
    buf_free(&out);
    run.outcomes[PASSED].result = OUTCOME_PASSED;
}

static bool report(const struct run *one, bool (*form)(const struct run *, struct buf *),
                   const char *says)
{
    struct buf out;
    buf_init(&out, REPORT_MAX);
    bool good = form(one, &out) && has(&out, says);
    buf_free(&out);
    return good;
}

static bool page(const struct run *one, struct buf *out)
{
    struct report_style style = {0};
    return report_human(one, &style, out);
}

/* What decides a failed case is shown; where that is not known, nothing stands for it. */
static void reasons(void **state)
{
    struct vector_case cited = run.file->cases[1];
    cited.note = NULL;
    const struct vector_case *cases[] = {&cited};
    struct outcome outcome = {.result = OUTCOME_FAILED, .answer = ANSWER_ACCEPTED, .http = 200};
    struct run small = run;
    (void) state;
    small.cases = cases;
    small.outcomes = &outcome;
    small.count = 1;
    assert_false(report(&small, page, "\n  spec "));
    assert_false(report(&small, tap_13, "\n  spec: "));
    assert_false(report(&small, report_json, "\"spec\": "));
    assert_false(report(&small, page, "\n  note "));
    cited.spec = "Section 4";
    assert_true(report(&small, page, "\n  spec       Section 4\n"));
    assert_false(report(&small, page, "\n  note "));
    cited.note = "It says \"so\".";
    assert_true(report(&small, page, "\n  note       It says \"so\".\n"));
    assert_true(report(&small, tap_13, "\n  spec: \"Section 4\"\n"));
    assert_true(report(&small, tap_13, "\n  note: \"It says \\\"so\\\".\"\n"));
    assert_true(report(&small, report_json, "\"spec\": \"Section 4\", \"note\": \"It says"));
}

/* A scheme without catalogue events has a table of flags in place of the matrix. */
static void table_of_flags(void **state)
{
    struct vector_file github;
    struct run plain;
    struct fail fail = {0};
    struct report_style style = {0};
    const struct run_settings set = {.target = "lib", .kind = TARGET_LIB};
    struct buf out;
    (void) state;
    assert_true(vector_parse(vector_builtin("github"), "github.json", &github, &fail));
    assert_true(run_open(&set, &github, &plain, &fail));
    assert_true(run_go(&plain, &fail));
    buf_init(&out, REPORT_MAX);
    assert_true(report_human(&plain, &style, &out));
    assert_true(has(&out, "\nTamperedBody "));
    assert_true(has(&out, "\n(valid) "));
    assert_false(has(&out, "OnCreate"));
    assert_true(has(&out, " passed, 0 failed, "));
    buf_free(&out);
    run_free(&plain);
    vector_free(&github);
}

/* ---- Commands -------------------------------------------------------------------------------- */

static void shell_says(const char *command, hg_str expected)
{
    char got[512];
    FILE *shell = popen(command, "r"); /* the words of this test alone */
    assert_non_null(shell);
    size_t length = fread(got, 1, sizeof got, shell);
    assert_int_equal(pclose(shell), 0);
    if (!same((hg_str){got, length}, expected)) {
        fail_msg("%s printed: %.*s", command, (int) length, got);
    }
}

static void quoting(void **state)
{
    static const char *const texts[] = {
        "plain",  "",      "two words", "it's",    "'",     "''",  "$HOME", "`id`", "$(id)",
        "\\",     "a\\'b", "\"",        "a;b",     "a&b",   "~",   "*",     "#x",   "!x",
        "--only", "-x",    "é — ü",     "a|b>c<d", "{a,b}", "[x]", "a=b",   "%s",
    };
    (void) state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct buf command;
        buf_init(&command, 1024);
        assert_true(buf_add_text(&command, "printf %s "));
        assert_true(repro_quote(&command, hg_text(texts[i])));
        shell_says(command.ptr, hg_text(texts[i]));
        buf_free(&command);
    }
    static const char *const never[] = {"a\nb", "a\x1b[31m", "\x7f", "\xff", "a\tb"};
    for (size_t i = 0; i < COUNT(never); i++) {
        struct buf out;
        buf_init(&out, 64);
        assert_false(repro_quote(&out, hg_text(never[i])));
        buf_free(&out);
    }
}

/* curl as a shell function that prints its words: they are the request. */
static void curl_words(void **state)
{
    hg_header headers[] = {{S("Content-Type"), S("text/plain")},
                           {S("X-Webhook-Signature"), S("sha256=it's")},
                           {S("X-Empty"), S("")}};
    struct made made = {.request = {.method = S("POST"),
                                    .headers = headers,
                                    .header_count = COUNT(headers),
                                    .body = S("@{\"a\": \"$x\",\n'b'}")}};
    struct buf out;
    (void) state;
    buf_init(&out, 4096);
    static const char function[] = "curl() { shift 4; printf '<%s>' \"$@\"; }; SIGNATURE=mine; ";
    assert_true(buf_add_text(&out, function));
    assert_true(repro_curl(&out, file.scheme, &made, "http://h/?a=1&b=2", true));
    shell_says(out.ptr, S("<-X><POST><-H><Content-Type: text/plain><-H>"
                          "<X-Webhook-Signature: sha256=it's><-H><X-Empty;>"
                          "<--data-raw><@{\"a\": \"$x\",\n'b'}><http://h/?a=1&b=2>"));
    buf_clear(&out);
    assert_true(buf_add_text(&out, function));
    assert_true(repro_curl(&out, file.scheme, &made, "http://h/?a=1&b=2", false));
    assert_null(strstr(out.ptr, "it's"));
    shell_says(out.ptr, S("<-X><POST><-H><Content-Type: text/plain><-H>"
                          "<X-Webhook-Signature: mine><-H><X-Empty;>"
                          "<--data-raw><@{\"a\": \"$x\",\n'b'}><http://h/?a=1&b=2>"));
    buf_free(&out);
}

static void no_curl(void **state)
{
    hg_header header = {S("X-A"), S("a\x1b[2J")};
    struct made control = {.request = {.method = S("POST"), .headers = &header, .header_count = 1}};
    struct made binary = {.request = {.method = S("POST"), .body = S("a\0b")}};
    struct buf out;
    (void) state;
    buf_init(&out, 4096);
    assert_true(buf_add_text(&out, "before"));
    assert_false(repro_curl(&out, file.scheme, &control, "http://h/", true));
    assert_false(repro_curl(&out, file.scheme, &binary, "http://h/", true));
    assert_int_equal(out.len, strlen("before"));
    struct made moved = {.request = {.method = S("POST")}, .misplaced = true};
    assert_false(repro_curl(&out, file.scheme, &moved, "http://h/?s=it", false));
    assert_int_equal(out.len, strlen("before"));
    assert_true(repro_curl(&out, file.scheme, &moved, "http://h/?s=it", true));
    buf_free(&out);
}

static void test_command(void **state)
{
    struct buf out;
    (void) state;
    buf_init(&out, 4096);
    assert_true(repro_test(&run, ACCEPTED, &out));
    assert_true(has(&out, "hookgauge test 'http://127.0.0.1:1/it'\\''s?a=1&b=2' "
                          "--secret env:SECRET --slack 7 --only "));
    assert_true(has(&out, run.cases[ACCEPTED]->id));
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),          cmocka_unit_test(counts),
        cmocka_unit_test(exit_codes),     cmocka_unit_test(tap),
        cmocka_unit_test(json),           cmocka_unit_test(human),
        cmocka_unit_test(many_failures),  cmocka_unit_test(interrupted),
        cmocka_unit_test(table_of_flags), cmocka_unit_test(quoting),
        cmocka_unit_test(curl_words),     cmocka_unit_test(no_curl),
        cmocka_unit_test(test_command),   cmocka_unit_test(reasons),
    };
    return cmocka_run_group_tests_name("report", tests, open_run, close_run);
}
