/* SPDX-License-Identifier: MIT
 *
 * Within metrics*.c: the pieces of the page.
 */
#ifndef RECEIVER_METRICS_TEXT_H
#define RECEIVER_METRICS_TEXT_H

#include "receiver/metrics.h"

/* What a family is, before its series. */
void metrics_family(struct buf *out, const char *name, const char *type, const char *help);

/* name="value", escaped. */
void metrics_label(struct buf *out, const char *name, hg_str value);

/* What is handed on; nothing when there are no rows. */
void metrics_handed(struct buf *out, const struct metrics_handed *rows, size_t count);

#endif
