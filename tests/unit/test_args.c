/* SPDX-License-Identifier: MIT
 *
 * Command lines, right and wrong.
 */
#include "check.h"

#include "base/args.h"

#define WORDS_MAX 10

struct settings {
    bool loud;
    const char *name;
    long count;
    const char *operands[2];
};

static bool parse(const char *const *words, struct settings *set, bool *help, struct fail *fail)
{
    char *argv[WORDS_MAX + 2];
    char name[] = "try";
    int argc = 0;
    const struct arg_option options[] = {
        {"loud", ARG_FLAG, &set->loud, NULL, "be loud", 0, 0},
        {"name", ARG_TEXT, &set->name, "NAME", "a name", 0, 0},
        {"count", ARG_NUMBER, &set->count, "N", "a number", -5, 20},
    };
    const struct arg_command command = {.synopsis = "try A [B]",
                                        .about = "Tries.",
                                        .options = options,
                                        .option_count = COUNT(options),
                                        .operands = set->operands,
                                        .operand_min = 1,
                                        .operand_max = 2};
    argv[argc++] = name;
    for (; *words != NULL; words++) {
        argv[argc++] = (char *) (uintptr_t) *words;
    }
    argv[argc] = NULL;
    return args_parse(argc, argv, &command, help, fail);
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static void accepted(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        const char *words[WORDS_MAX];
        struct settings set;
    } rows[] = {
        {"operand", {"a"}, {false, NULL, 0, {"a", NULL}}},
        {"two", {"a", "b"}, {false, NULL, 0, {"a", "b"}}},
        {"flag", {"--loud", "a"}, {true, NULL, 0, {"a", NULL}}},
        {"any place", {"a", "--loud", "b", "--name", "x"}, {true, "x", 0, {"a", "b"}}},
        {"equals", {"--name=x", "a"}, {false, "x", 0, {"a", NULL}}},
        {"equals twice", {"--name=x=y", "a"}, {false, "x=y", 0, {"a", NULL}}},
        {"empty value", {"--name=", "a"}, {false, "", 0, {"a", NULL}}},
        {"empty word", {"--name", "", "a"}, {false, "", 0, {"a", NULL}}},
        {"dashes meant", {"--name=--loud", "a"}, {false, "--loud", 0, {"a", NULL}}},
        {"standard input", {"-", "a"}, {false, NULL, 0, {"-", "a"}}},
        {"dash value", {"--name", "-", "a"}, {false, "-", 0, {"a", NULL}}},
        {"end", {"--", "--loud", "-x"}, {false, NULL, 0, {"--loud", "-x"}}},
        {"end twice", {"--", "--"}, {false, NULL, 0, {"--", NULL}}},
        {"lowest", {"--count", "-5", "a"}, {false, NULL, -5, {"a", NULL}}},
        {"highest", {"--count=20", "a"}, {false, NULL, 20, {"a", NULL}}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct settings got = {0};
        struct fail fail = {0};
        bool help = true;
        HOLDS(parse(rows[i].words, &got, &help, &fail), i);
        HOLDS(!help && fail.exit_code == 0, i);
        HOLDS(got.loud == rows[i].set.loud && got.count == rows[i].set.count, i);
        HOLDS(same_text(got.name, rows[i].set.name), i);
        HOLDS(same_text(got.operands[0], rows[i].set.operands[0]), i);
        HOLDS(same_text(got.operands[1], rows[i].set.operands[1]), i);
    }
}

static void refused(void **state)
{
    (void) state;
    static const struct {
        const char *words[WORDS_MAX];
        const char *says;
    } rows[] = {
        {{NULL}, "too few arguments (usage: try A [B])"},
        {{"--loud"}, "too few arguments (usage: try A [B])"},
        {{"a", "b", "hunter2"}, "argument 3 is one too many (usage: try A [B])"},
        {{"a", "--", "b", "hunter2"}, "argument 4 is one too many (usage: try A [B])"},
        {{"a", "--loudly"}, "unknown option --loudly (see --help)"},
        {{"a", "--lou"}, "unknown option --lou (see --help)"},
        {{"a", "--secret=hunter2"}, "unknown option --secret (see --help)"},
        {{"a", "--="}, "unknown option -- (see --help)"},
        {{"a", "-hunter2"}, "unknown option -h (see --help)"},
        {{"a", "--loud", "--loud"}, "--loud: given twice"},
        {{"a", "--name", "x", "--name=x"}, "--name: given twice"},
        {{"a", "--loud=yes"}, "--loud: takes no value"},
        {{"a", "--loud="}, "--loud: takes no value"},
        {{"a", "--name"}, "--name: NAME is missing"},
        {{"a", "--name", "--loud"}, "--name: NAME is missing"},
        {{"a", "--name", "--"}, "--name: NAME is missing"},
        {{"a", "--count", "21"}, "--count: must be a whole number from -5 to 20"},
        {{"a", "--count", "-6"}, "--count: must be a whole number from -5 to 20"},
        {{"a", "--count", ""}, "--count: must be a whole number from -5 to 20"},
        {{"a", "--count", " 1"}, "--count: must be a whole number from -5 to 20"},
        {{"a", "--count", "+1"}, "--count: must be a whole number from -5 to 20"},
        {{"a", "--count", "1x"}, "--count: must be a whole number from -5 to 20"},
        {{"a", "--count", "-"}, "--count: must be a whole number from -5 to 20"},
        {{"a", "--count", "0x1"}, "--count: must be a whole number from -5 to 20"},
        {{"a", "--count", "99999999999999999999"}, "--count: must be a whole number from -5 to 20"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct settings got = {0};
        struct fail fail = {0};
        bool help = true;
        assert_false(parse(rows[i].words, &got, &help, &fail));
        assert_string_equal(fail.text, rows[i].says);
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        assert_false(help);
    }
}

/* Help is printed without what a command otherwise needs; behind "--" it is an operand. */
static void helps(void **state)
{
    (void) state;
    static const char *const asked[] = {"--help", NULL};
    static const char *const meant[] = {"--", "--help", NULL};
    struct settings got = {0};
    struct fail fail = {0};
    bool help = false;
    assert_true(parse(asked, &got, &help, &fail));
    assert_true(help);
    assert_true(parse(meant, &got, &help, &fail));
    assert_false(help);
    assert_string_equal(got.operands[0], "--help");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted),
        cmocka_unit_test(refused),
        cmocka_unit_test(helps),
    };
    return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
