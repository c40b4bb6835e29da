/* SPDX-License-Identifier: MIT
 *
 * What a run found, for people and for programs.
 *
 * All reports are functions of the run alone: the cases stand in file order, and two runs with the
 * same outcomes differ in times only. False when out is full or memory ran out.
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

/* For people: what was run; the failures; what the failed flags mean; a matrix of item type and
 * action, or a table of flags for a scheme without catalogue events; last a line
 * "N passed, N failed, N skipped in S s". At most 100 columns but for commands to be copied. */
bool report_human(const struct run *run, const struct report_style *style, struct buf *out);

/* Test Anything Protocol; a failed case of level "should" is a TODO. What is written keeps the
 * rules of version 14; version is only what its first line says, since the prove of Debian 12
 * refuses a document that says 14. */
enum report_tap_version { REPORT_TAP_13 = 13, REPORT_TAP_14 = 14 };
bool report_tap(const struct run *run, enum report_tap_version version, struct buf *out);

/* JSON lines, each an object with a "type": run, then flag, case and last summary. */
bool report_json(const struct run *run, struct buf *out);

/* JUnit XML, as Jenkins and GitLab read it: a suite a flag. */
bool report_junit(const struct run *run, struct buf *out);

/* SARIF 2.1.0: a rule a flag, a result a failure, for code scanning. */
bool report_sarif(const struct run *run, struct buf *out);

/* One HTML page without scripts or anything from elsewhere: a summary, every failure with its
 * exchange, a bar a fault, the matrix. */
bool report_html(const struct run *run, struct buf *out);

/* ---- Words that all reports share, appended to out ------------------------------------------- */

/* What was delivered: "order-oncreate, but the body becomes \"\", after signing". */
bool report_sent(const struct run *run, size_t index, struct buf *out);

/* What was expected and what came: "refused (mismatch)", "accepted (HTTP 200)". */
bool report_expected(const struct run *run, size_t index, struct buf *out);
bool report_got(const struct run *run, size_t index, struct buf *out);

/* The command that repeats the case; nothing where it can't be typed into a shell (a control byte
 * in the target's name). */
bool report_again(const struct run *run, size_t index, struct buf *out);

/* What a target does that fails the case so. Empty when the target gave no answer: the flag's note
 * tells what an answer means, and without one it would mislead. */
const char *report_meaning(const struct run *run, size_t index);

/* What else a reader has to know, a line each: what was skipped and why, what was not checked. */
bool report_remarks(const struct run *run, struct buf *out);

/* The words of one of the functions above as a JSON string. */
typedef bool report_words(const struct run *run, size_t index, struct buf *out);
bool report_quoted(const struct run *run, size_t index, report_words *words, struct buf *out);

/* The flags of a case as a JSON array. */
bool report_flags(const struct vector_case *one, struct buf *out);

#endif
