/* SPDX-License-Identifier: MIT
 *
 * Within metrics*.c: the pieces of a page in the OpenMetrics text format. Names are without
 * "hookgauge_", and a failure is seen in out->failed.
 */
#ifndef RECEIVER_METRICS_PAGE_H
#define RECEIVER_METRICS_PAGE_H

#include "receiver/metrics.h"

/* The lines above the samples of a family; type is "counter", "gauge", "info" or "histogram". */
void page_family(struct buf *out, const char *name, const char *type, const char *help);

/* NAME="VALUE", its value escaped. */
void page_label(struct buf *out, const char *name, hg_str value);

/* A sample without labels. */
void page_number(struct buf *out, const char *name, uint64_t value);

/* A counter or gauge of one sample without labels. */
void page_single(struct buf *out, const char *name, const char *type, const char *help,
                 uint64_t value);

/* What every page begins with, and ends with. */
void page_begin(struct buf *out);
void page_end(struct buf *out);

/* Whether the store works and the program is about to end. */
void page_state(struct buf *out, const struct metrics_now *now);

/* The families of metrics_queue.c; none when there are no queues. */
void metrics_print_queues(const struct metrics_queue *queues, size_t count, struct buf *out);

#endif
