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

#endif
