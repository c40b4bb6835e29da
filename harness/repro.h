/* SPDX-License-Identifier: MIT
 *
 * Lines that repeat a case, safe to paste into a shell.
 */
#ifndef HARNESS_REPRO_H
#define HARNESS_REPRO_H

#include "harness/edit.h"
#include "harness/run.h"

#define REPRO_BODY_MAX 4096 /* bytes: a longer body is better made again by hookgauge test */

/* Appends text as one word of a POSIX shell. False also when it holds a byte that a terminal or a
 * shell script should not meet: a control byte, or what is not UTF-8. */
bool repro_quote(struct buf *out, hg_str text);

/* Appends a curl command that repeats the delivery. Unless signed_in_public, the signature is
 * replaced by $SIGNATURE. False, with out as it was, when the delivery can't be written as a short
 * command: a long or binary body, a control byte in a header; or a signature that must not be shown
 * stands elsewhere than in its header. */
bool repro_curl(struct buf *out, const hg_scheme *scheme, const struct made *made, const char *url,
                bool signed_in_public);

/* Appends the `hookgauge test` command that runs this case alone; secrets are named, not shown. */
bool repro_test(const struct run *run, size_t index, struct buf *out);

#endif
