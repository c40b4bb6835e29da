/* SPDX-License-Identifier: MIT
 *
 * The parts of the HTML page. Everything that is not written here goes through markup_add.
 */
#ifndef HARNESS_REPORT_HTML_H
#define HARNESS_REPORT_HTML_H

#include "harness/report.h"
#include "harness/tally.h"

/* The page's style sheet, harness/report.css. */
hg_str html_style(void);

/* A number with a comma every three digits. */
bool html_count(struct buf *out, size_t number);

/* <TAG class="NAME">text</TAG>; name NULL: no class. */
bool html_element(struct buf *out, const char *tag, const char *name, const char *text);

/* <dt>label</dt><dd>text</dd> in a div; nothing where text is NULL or empty. */
bool html_fact(struct buf *out, const char *label, const char *text);

/* A bar of what a tally counts, in proportion. */
bool html_bar(struct buf *out, const struct tally *tally);

/* The section of failures: by group, each with its exchange. Nothing when none failed. */
bool html_failures(const struct run *run, const struct tally_row *rows, size_t count,
                   struct buf *out);

#endif
