/* SPDX-License-Identifier: MIT
 *
 * hookgauge schemes: the built-in wire formats, and how each is known.
 */
#include <stdio.h>

#include "base/args.h"
#include "base/scheme_json.h"
#include "cli/cli.h"
#include "cli/schemes.h"

static const char about[] =
    "Prints the built-in schemes, or one (or a scheme FILE, which checks it) as JSON that\n"
    "--scheme reads back. The basis says how a format is known: \"assumed\" is a reading that\n"
    "nobody has confirmed, \"documented\" is the platform's own text, \"observed\" and\n"
    "\"discovered\" come from real deliveries. --lint grades what a valid signature proves: A\n"
    "(body, time, event and id), B (event or id can be changed), C (replays), D (two readings),\n"
    "F (the body is not signed).";

static int print_text(const struct buf *text, bool done, struct fail *fail)
{
    if (!done) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return EXIT_UNKNOWN;
    }
    (void) fwrite(text->ptr, 1, text->len, stdout); /* main looks at stdout's state */
    return EXIT_YES;
}

static int print_all(struct fail *fail)
{
    struct buf text;
    const hg_scheme_spec *row;
    buf_init(&text, SCHEME_FILE_MAX);
    bool done = buf_add_text(&text, "[");
    for (size_t i = 0; done && (row = hg_scheme_builtin(i)) != NULL; i++) {
        done = buf_add_text(&text, i > 0 ? ",\n " : "") && scheme_to_json(row, false, &text);
    }
    int code = print_text(&text, done && buf_add_text(&text, "]\n"), fail);
    buf_free(&text);
    return code;
}

static int print_one(const char *name, bool one_line, struct fail *fail)
{
    struct buf text;
    hg_scheme *scheme = NULL;
    if (!scheme_open(name, &scheme, fail)) {
        return fail->exit_code;
    }
    buf_init(&text, 2 * SCHEME_FILE_MAX); /* indenting and escaping may make a file longer */
    bool done = scheme_to_json(hg_scheme_row(scheme), !one_line, &text);
    int code = print_text(&text, done && buf_add_text(&text, "\n"), fail);
    buf_free(&text);
    hg_scheme_free(scheme);
    return code;
}

struct options {
    const char *name;
    bool json, lint, absent, markdown;
};

/* What would be passed over in silence is refused. */
static bool check(const struct options *set, struct fail *fail)
{
    int modes = set->lint + set->absent + set->markdown;
    if (modes > 1 || (set->json && (set->absent || set->markdown))) {
        return fail_set(fail, EXIT_USAGE,
                        "--lint, --absent and --markdown exclude each other; --json goes with "
                        "--lint alone");
    }
    return set->name == NULL || !(set->absent || set->markdown) ||
           fail_set(fail, EXIT_USAGE, "--absent and --markdown are about all schemes, not one");
}

static bool parse(int argc, char **argv, struct options *set, bool *help, struct fail *fail)
{
    const struct arg_option options[] = {
        {.name = "json",
         .kind = ARG_FLAG,
         .target = &set->json,
         .help = "all rows as a JSON array; with NAME that row on one line"},
        {.name = "lint",
         .kind = ARG_FLAG,
         .target = &set->lint,
         .help = "what a signature proves, and what can still be changed"},
        {.name = "absent",
         .kind = ARG_FLAG,
         .target = &set->absent,
         .help = "the providers that have no row, and why"},
        {.name = "markdown",
         .kind = ARG_FLAG,
         .target = &set->markdown,
         .help = "all of it as docs/schemes.md, with providers and sources"},
    };
    const struct arg_command command = {
        .synopsis = "schemes [NAME|FILE] [--lint] [--json] | --absent | --markdown",
        .about = about,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = &set->name,
        .operand_max = 1,
    };
    return args_parse(argc, argv, &command, help, fail);
}

int cmd_schemes(int argc, char **argv, struct fail *fail)
{
    struct options set = {0};
    bool help = false;
    if (!parse(argc, argv, &set, &help, fail) || help || !check(&set, fail)) {
        return EXIT_YES; /* or what *fail says */
    }
    if (set.name != NULL && !set.lint) {
        return print_one(set.name, set.json, fail);
    }
    if (set.json && !set.lint) {
        return print_all(fail);
    }
    bool done = set.lint       ? schemes_lint(set.name, set.json, fail)
                : set.absent   ? schemes_absent(fail)
                : set.markdown ? schemes_markdown(fail)
                               : schemes_table(fail);
    return done ? EXIT_YES : fail->exit_code;
}
