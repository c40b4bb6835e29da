/* SPDX-License-Identifier: MIT
 *
 * Command-line options as a table.
 *
 * Messages name options and places, never values: a misplaced one may be a secret.
 */
#include "base/args.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 64    /* rows of a table: the bits of the word that notes what was given */
#define HELP_COLUMN 26    /* where descriptions begin: the usual option and value fit before it */
#define NAME_SHOWN_MAX 32 /* bytes of an unknown option that a message repeats */

struct parser {
    int argc;
    char **argv;
    int next; /* index of the argument after the current one */
    const struct arg_command *command;
    uint64_t given; /* a bit for each option of the table */
    size_t operands;
    struct fail *fail;
};

/* ---- Help ------------------------------------------------------------------------------------ */

static void print_option(const struct arg_option *option)
{
    int width = printf("  --%s%s%s", option->name, option->value != NULL ? " " : "",
                       option->value != NULL ? option->value : "");
    if (width >= HELP_COLUMN) {
        printf("\n");
        width = 0;
    }
    printf("%*s%s\n", HELP_COLUMN - width, "", option->help);
}

static void print_help(const struct arg_command *command)
{
    static const struct arg_option help = {.name = "help", .help = "print this and exit"};
    printf("usage: hookgauge %s\n\n%s\n\noptions:\n", command->synopsis, command->about);
    for (size_t i = 0; i < command->option_count; i++) {
        print_option(&command->options[i]);
    }
    print_option(&help);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static bool set_number(const struct arg_option *option, const char *value, struct fail *fail)
{
    char *end = NULL;
    size_t sign = value[0] == '-';
    errno = 0;
    long number = strtol(value, &end, 10);
    bool digits = value[sign] >= '0' && value[sign] <= '9' && *end == '\0' && errno == 0;
    if (!digits || number < option->min || number > option->max) {
        return fail_set(fail, EXIT_USAGE, "--%s: must be a whole number from %ld to %ld",
                        option->name, option->min, option->max);
    }
    *(long *) option->target = number;
    return true;
}

static bool set_value(const struct arg_option *option, const char *value, struct fail *fail)
{
    if (option->kind == ARG_NUMBER) {
        return set_number(option, value, fail);
    }
    *(const char **) option->target = value;
    return true;
}

/* The value that follows as an argument of its own. One that looks like an option is more likely a
 * forgotten value; "--name=--value" says that it is meant. */
static const char *next_value(struct parser *parser)
{
    if (parser->next == parser->argc || strncmp(parser->argv[parser->next], "--", 2) == 0) {
        return NULL;
    }
    return parser->argv[parser->next++];
}

/* value is what stands behind '=', or NULL. */
static bool take_value(struct parser *parser, const struct arg_option *option, const char *value)
{
    if (option->kind == ARG_FLAG) {
        if (value != NULL) {
            return fail_set(parser->fail, EXIT_USAGE, "--%s: takes no value", option->name);
        }
        *(bool *) option->target = true;
        return true;
    }
    if (value == NULL) {
        value = next_value(parser);
    }
    if (value == NULL) {
        return fail_set(parser->fail, EXIT_USAGE, "--%s: %s is missing", option->name,
                        option->value != NULL ? option->value : "its value");
    }
    return set_value(option, value, parser->fail);
}

/* ---- Arguments ------------------------------------------------------------------------------- */

static bool unknown_option(const char *argument, struct fail *fail)
{
    int shown = argument[1] == '-' ? (int) strcspn(argument, "=") : 2;
    return fail_set(fail, EXIT_USAGE, "unknown option %.*s (see --help)",
                    shown < NAME_SHOWN_MAX ? shown : NAME_SHOWN_MAX, argument);
}

static bool take_option(struct parser *parser, const char *argument)
{
    const struct arg_command *command = parser->command;
    size_t length = strcspn(argument + 2, "=");
    const char *value = argument[2 + length] == '=' ? argument + 2 + length + 1 : NULL;
    for (size_t i = 0; i < command->option_count; i++) {
        const struct arg_option *option = &command->options[i];
        if (strlen(option->name) != length || strncmp(option->name, argument + 2, length) != 0) {
            continue;
        }
        if ((parser->given >> i & 1) != 0) {
            return fail_set(parser->fail, EXIT_USAGE, "--%s: given twice", option->name);
        }
        parser->given |= (uint64_t) 1 << i;
        return take_value(parser, option, value);
    }
    return unknown_option(argument, parser->fail);
}

static bool take_operand(struct parser *parser, const char *argument)
{
    const struct arg_command *command = parser->command;
    if (parser->operands == command->operand_max) {
        return fail_set(parser->fail, EXIT_USAGE, "argument %d is one too many (usage: %s)",
                        parser->next - 1, command->synopsis);
    }
    command->operands[parser->operands++] = argument;
    return true;
}

static bool take_argument(struct parser *parser, bool *options_end, bool *help)
{
    const char *argument = parser->argv[parser->next++];
    if (*options_end || argument[0] != '-' || argument[1] == '\0') {
        return take_operand(parser, argument);
    }
    if (strcmp(argument, "--") == 0) {
        *options_end = true;
        return true;
    }
    if (strcmp(argument, "--help") == 0) {
        *help = true;
        return true;
    }
    return argument[1] == '-' ? take_option(parser, argument)
                              : unknown_option(argument, parser->fail);
}

bool args_parse(int argc, char **argv, const struct arg_command *command, bool *help,
                struct fail *fail)
{
    struct parser parser = {
        .argc = argc, .argv = argv, .next = 1, .command = command, .fail = fail};
    bool options_end = false;
    *help = false;
    if (command->option_count > OPTIONS_MAX) {
        return fail_set(fail, EXIT_UNKNOWN, "the option table is too long");
    }
    while (parser.next < argc && !*help) {
        if (!take_argument(&parser, &options_end, help)) {
            return false;
        }
    }
    if (*help) {
        print_help(command);
        return true;
    }
    if (parser.operands < command->operand_min) {
        return fail_set(fail, EXIT_USAGE, "too few arguments (usage: %s)", command->synopsis);
    }
    return true;
}
