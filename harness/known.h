/* SPDX-License-Identifier: MIT
 *
 * Failures that are known: a team that can't mend them yet still wants to see new ones.
 *
 * A file with a pattern a line, as --only takes it; blank lines and what follows a '#' at the
 * beginning of a line or behind a blank are passed over.
 */
#ifndef HARNESS_KNOWN_H
#define HARNESS_KNOWN_H

#include "base/buf.h"
#include "base/fail.h"
#include "harness/vector.h"

#define KNOWN_FILE_MAX ((size_t) 1 << 20) /* bytes: every id of our largest file, twice */

struct known_line {
    const char *pattern; /* lives in the text */
    size_t number;       /* of the line, from 1 */
};

struct known {
    const char *path; /* borrowed; NULL: there is no such file */
    struct known_line *lines;
    size_t count;
    struct buf text;
};

/* EXIT_USAGE when the file is not there, too long, holds a NUL or no pattern at all. */
bool known_read(const char *path, struct known *known, struct fail *fail);
void known_free(struct known *known);

/* The first line that fits the case, from 1; 0 when none does. */
size_t known_line(const struct known *known, const struct vector_case *one);

#endif
