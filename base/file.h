/* SPDX-License-Identifier: MIT
 *
 * Whole files in and out.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/buf.h"
#include "base/fail.h"

/* Appends the file (or standard input for "-") to out, whose max is the ceiling. EXIT_USAGE when
 * it is not there, not readable or a directory; EXIT_UNKNOWN on a read error; a file above the
 * ceiling is EXIT_USAGE and says the ceiling. */
bool file_read(const char *path, struct buf *out, struct fail *fail);

/* Writes a whole file through a temporary one beside it and rename, so that a reader never sees
 * half of it. */
bool file_write(const char *path, hg_str content, struct fail *fail);

/* Whether file_write could write the file now, without touching it: asked before long work. */
bool file_writable(const char *path, struct fail *fail);

/* Reads from fd until end of file, as file_read. */
bool file_read_fd(int fd, const char *name, struct buf *out, struct fail *fail);

#endif
