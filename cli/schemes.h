/* SPDX-License-Identifier: MIT
 *
 * The parts of hookgauge schemes.
 */
#ifndef CLI_SCHEMES_H
#define CLI_SCHEMES_H

#include <stdbool.h>

#include "base/fail.h"

/* Prints the grade of one scheme (name or file) with the reasons, or a table of all built-in ones
 * (name is NULL). */
bool schemes_lint(const char *name, bool json, struct fail *fail);

/* Each prints to standard output: the built-in rows, a line each; what has no row, and why; and
 * both as docs/schemes.md. */
bool schemes_table(struct fail *fail);
bool schemes_absent(struct fail *fail);
bool schemes_markdown(struct fail *fail);

#endif
