/* SPDX-License-Identifier: MIT
 *
 * Command-line options as a table.
 *
 * Long options only ("--name value" or "--name=value"), in any place; "--" ends them. A repeated
 * option, an unknown one, a missing or unwanted value, a number out of range and a superfluous
 * operand are refused with EXIT_USAGE. "--help" prints the table.
 */
#ifndef BASE_ARGS_H
#define BASE_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/fail.h"

enum arg_kind {
    ARG_FLAG,  /* bool *target */
    ARG_TEXT,  /* const char **target */
    ARG_NUMBER /* long *target, within min and max */
};

struct arg_option {
    const char *name; /* without the dashes */
    enum arg_kind kind;
    void *target;
    const char *value; /* what help calls the value; NULL for a flag */
    const char *help;
    long min, max;
};

struct arg_command {
    const char *synopsis; /* "send EXTERNAL_URL EVENT [BODY_FILE]" */
    const char *about;    /* one or more sentences */
    const struct arg_option *options;
    size_t option_count;
    const char **operands; /* filled in order; untouched beyond those given */
    size_t operand_min, operand_max;
};

/* argv[0] is the command's name and is skipped. *help is set (and true returned) when --help was
 * given: the text has then been printed to standard output. */
bool args_parse(int argc, char **argv, const struct arg_command *command, bool *help,
                struct fail *fail);

#endif
