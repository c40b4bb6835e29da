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

static void print_table(void)
{
    const hg_scheme_spec *row;
    printf("%-17s %-11s %-12s %-29s %s\n", "NAME", "BASIS", "ALGORITHM", "SIGNED TEXT",
           "SIGNATURE HEADER");
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        printf("%-17s %-11s %-12s %-29s %s\n", row->name, row->basis, row->algorithm,
               row->signed_text, row->signature.header);
    }
}

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

int cmd_schemes(int argc, char **argv, struct fail *fail)
{
    bool json = false;
    bool lint = false;
    bool help = false;
    const char *name = NULL;
    const struct arg_option options[] = {
        {.name = "json",
         .kind = ARG_FLAG,
         .target = &json,
         .help = "all rows as a JSON array; with NAME that row on one line"},
        {.name = "lint",
         .kind = ARG_FLAG,
         .target = &lint,
         .help = "what a signature proves, and what can still be changed"},
    };
    const struct arg_command command = {
        .synopsis = "schemes [NAME|FILE] [--lint] [--json]",
        .about = about,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = &name,
        .operand_max = 1,
    };
    if (!args_parse(argc, argv, &command, &help, fail) || help) {
        return EXIT_YES;
    }
    if (lint) {
        return schemes_lint(name, json, fail) ? EXIT_YES : fail->exit_code;
    }
    if (name != NULL) {
        return print_one(name, json, fail);
    }
    if (json) {
        return print_all(fail);
    }
    print_table();
    return EXIT_YES;
}
