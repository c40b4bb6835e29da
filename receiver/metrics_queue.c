/* SPDX-License-Identifier: MIT
 *
 * The figures of handing on: what waits, and how attempts ended.
 */
#include "receiver/metrics_page.h"

static void add_sample(struct buf *out, const char *name, const struct metrics_queue *queue,
                       const char *outcome, uint64_t value)
{
    if (value == METRICS_NONE) {
        return;
    }
    (void) buf_addf(out, "hookgauge_%s{", name);
    page_label(out, "endpoint", queue->endpoint);
    if (outcome != NULL) {
        (void) buf_add_text(out, ",");
        page_label(out, "outcome", hg_text(outcome));
    }
    (void) buf_addf(out, "} %llu\n", (unsigned long long) value);
}

void metrics_print_queues(const struct metrics_queue *queues, size_t count, struct buf *out)
{
    if (count == 0) {
        return;
    }
    page_family(out, "queue_deliveries", "gauge", "Deliveries that are to be handed on.");
    for (size_t i = 0; i < count; i++) {
        add_sample(out, "queue_deliveries", &queues[i], NULL, queues[i].waiting);
    }
    page_family(out, "queue_oldest_seconds", "gauge", "How long ago the oldest of them came.");
    for (size_t i = 0; i < count; i++) {
        add_sample(out, "queue_oldest_seconds", &queues[i], NULL, queues[i].oldest_s);
    }
    page_family(out, "attempts_in_progress", "gauge", "Attempts under way.");
    for (size_t i = 0; i < count; i++) {
        add_sample(out, "attempts_in_progress", &queues[i], NULL, queues[i].in_hand);
    }
    page_family(out, "attempts", "counter", "Attempts to hand a delivery on, by how they ended.");
    for (size_t i = 0; i < count; i++) {
        add_sample(out, "attempts_total", &queues[i], "done", queues[i].done);
        add_sample(out, "attempts_total", &queues[i], "later", queues[i].later);
        add_sample(out, "attempts_total", &queues[i], "dead", queues[i].dead);
        add_sample(out, "attempts_total", &queues[i], "stopped", queues[i].stopped);
        add_sample(out, "attempts_total", &queues[i], "unknown", queues[i].unknown);
    }
}

void metrics_print_deliverer(const struct metrics_now *now, struct buf *out)
{
    page_begin(out);
    page_state(out, now);
    metrics_print_queues(now->queues, now->queue_count, out);
    page_end(out);
}
