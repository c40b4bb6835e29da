/* SPDX-License-Identifier: MIT
 *
 * What a run found, for people and for programs.
 */
#ifndef HARNESS_REPORT_H
#define HARNESS_REPORT_H

#include "base/buf.h"
#include "harness/run.h"

#define REPORT_MAX ((size_t) 256 << 20) /* bytes: every case of the largest file, each failed */
#define REPORT_FAILURES 10              /* failures shown in full unless all are asked for */

struct report_style {
    bool colour;
    bool all; /* show every failure */
};

/* For people: what was run; a matrix of item type and action, or a table of flags for a scheme
 * without catalogue events; what the failed flags mean; the failures; last a line
 * "N passed, N failed, N skipped in S s". At most 100 columns but for commands to be copied. */
bool report_human(const struct run *run, const struct report_style *style, struct buf *out);

/* Test Anything Protocol, version 13, the newest that the prove of Debian 12 reads; a failed case
 * of level "should" is a TODO. */
bool report_tap(const struct run *run, struct buf *out);

/* One JSON document. */
bool report_json(const struct run *run, struct buf *out);

/* Words for what was expected and what came: "refused (mismatch)", "accepted (HTTP 200)". Appended
 * to out. */
bool report_expected(const struct run *run, size_t index, struct buf *out);
bool report_got(const struct run *run, size_t index, struct buf *out);

#endif
