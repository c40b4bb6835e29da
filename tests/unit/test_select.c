/* SPDX-License-Identifier: MIT
 *
 * Which cases --only takes, and to which event a case belongs.
 */
#include "check.h"

#include "harness/run.h"
#include "harness/select.h"

static const struct vector_case tampered = {.id = "order-oncreate/body-bit",
                                            .flags = {"TamperedBody", "Reencoded"},
                                            .flag_count = 2,
                                            .family = "body"};

static void fits(void **state)
{
    static const struct {
        const char *what;
        const char *pattern;
        bool fits;
    } rows[] = {
        {"none", NULL, true},
        {"exact", "order-oncreate/body-bit", true},
        {"exact, shorter", "order-oncreate/body-bi", false},
        {"star", "*", true},
        {"star over a slash", "order*bit", true},
        {"star, other", "order*bits", false},
        {"question mark", "order-oncreate?body-bit", true},
        {"range", "[m-p]rder-*", true},
        {"range, other", "[a-n]rder-*", false},
        {"case matters", "Order-*", false},
        {"empty", "", false},
        {"flag", "flag:TamperedBody", true},
        {"second flag", "flag:Reencoded", true},
        {"flag glob", "flag:Tamper*", true},
        {"flag, shorter", "flag:Tamper", false},
        {"flag, another", "flag:TamperedEvent", false},
        {"no flag", "flag:", false},
        {"family", "family:body", true},
        {"family glob", "family:b*", true},
        {"another family", "family:time", false},
        {"no family", "family:", false},
        {"family as flag", "flag:body", false},
        {"flag as family", "family:TamperedBody", false},
        {"id as flag", "flag:order-oncreate/body-bit", false},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        HOLDS(select_fits(&tampered, rows[i].pattern) == rows[i].fits, i);
    }
}

/* The exact pattern of an id fits it and nothing that its special characters would also mean. */
static void exact_patterns(void **state)
{
    static const struct {
        const char *id, *other;
    } rows[] = {
        {"plain/id-1", "plain/id-2"},
        {"a*b", "axb"},
        {"a?b", "axb"},
        {"a[bc]d", "abd"},
        {"a\\*b", "a*b"},
        {"flagged:x", "flagged:y"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf pattern;
        struct vector_case one = {.id = rows[i].id};
        struct vector_case other = {.id = rows[i].other};
        buf_init(&pattern, 256);
        assert_true(select_exact(&pattern, rows[i].id));
        assert_true(select_fits(&one, pattern.ptr));
        assert_false(select_fits(&other, pattern.ptr));
        buf_free(&pattern);
    }
}

static const struct vector_case *find(const struct vector_file *file, const char *id)
{
    for (size_t i = 0; i < file->case_count; i++) {
        if (strcmp(file->cases[i].id, id) == 0) {
            return &file->cases[i];
        }
    }
    fail_msg("no case %s", id);
    return NULL;
}

/* A twin whose own event was changed or dropped belongs where its parent does. */
static void events(void **state)
{
    struct vector_file file;
    struct fail fail = {0};
    const hg_item_type *type = NULL;
    const char *action = NULL;
    (void) state;
    assert_true(vector_parse(vector_builtin("webinone"), "w", &file, &fail));
    static const char *const ids[] = {"order-ondelete", "order-ondelete/no-event",
                                      "order-ondelete/event-other-type"};
    for (size_t i = 0; i < COUNT(ids); i++) {
        assert_true(select_event(&file, find(&file, ids[i]), &type, &action));
        assert_string_equal(type->id, "Order");
        assert_string_equal(action, "OnDelete");
    }
    vector_free(&file);
    assert_true(vector_parse(vector_builtin("github"), "g", &file, &fail));
    for (size_t i = 0; i < file.case_count; i++) {
        assert_false(select_event(&file, &file.cases[i], &type, &action));
    }
    vector_free(&file);
}

static void targets(void **state)
{
    static const struct {
        const char *what;
        enum target_kind kind; /* 0: refused */
    } rows[] = {
        {"lib", TARGET_LIB},
        {"cmd:./verify -x", TARGET_CMD},
        {"http://h/p", TARGET_HTTP},
        {"https://h", TARGET_HTTP},
        {"", 0},
        {"cmd:", 0},
        {"LIB", 0},
        {"lib ", 0},
        {"ftp://h/", 0},
        {"./verify", 0},
        {"http:/h", 0},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        enum target_kind kind = 0;
        struct fail fail = {0};
        HOLDS(run_target(rows[i].what, &kind, &fail) == (rows[i].kind != 0), i);
        HOLDS(rows[i].kind != 0 ? kind == rows[i].kind : fail.exit_code == EXIT_USAGE, i);
    }
}

static void nothing_selected(void **state)
{
    struct vector_file file;
    struct run run;
    struct fail fail = {0};
    struct run_settings set = {.target = "lib", .kind = TARGET_LIB, .only = "no-such-*"};
    (void) state;
    assert_true(vector_parse(vector_builtin("github"), "g", &file, &fail));
    assert_false(run_open(&set, &file, &run, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    vector_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits),    cmocka_unit_test(exact_patterns),   cmocka_unit_test(events),
        cmocka_unit_test(targets), cmocka_unit_test(nothing_selected),
    };
    return cmocka_run_group_tests_name("select", tests, NULL, NULL);
}
