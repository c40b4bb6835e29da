/* SPDX-License-Identifier: MIT
 *
 * The line protocol between the harness and a user's program.
 */
#ifndef HARNESS_CMD_LINE_H
#define HARNESS_CMD_LINE_H

#include "base/buf.h"
#include "harness/vector.h"

/* Bytes of a case: escapes at most double a body that can stand as text, base64 adds a third. */
#define CMD_LINE_MAX (2 * CAPTURE_BODY_MAX + ((size_t) 1 << 20))
#define CMD_ANSWER_MAX 65536 /* bytes of an answer: ours have about 100 */
#define CMD_SKIP_MAX 200     /* bytes of a reason: it has to fit in a line of the report */

struct cmd_answer {
    const char *id; /* lives in tree */
    bool accept;
    hg_status status; /* 0: not given */
    const char *skip; /* why the program can't be asked this; NULL: it has answered */
    cJSON *tree;
};

/* Appends the line of a case with its line feed. */
bool cmd_line_write(const struct vector_file *file, const struct vector_case *one, struct buf *out);

/* Reads an answer without its line feed. On failure why tells what the program did, NUL-ended, as
 * in "answered what is not JSON". On success call cmd_answer_free. */
bool cmd_line_read(hg_str line, struct cmd_answer *answer, char *why, size_t size);
void cmd_answer_free(struct cmd_answer *answer);

#endif
