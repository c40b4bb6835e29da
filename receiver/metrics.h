/* SPDX-License-Identifier: MIT
 *
 * What the receiver counts, and its page in the OpenMetrics text format, version 1.0.
 *
 * A label is an endpoint's name, a key's label or one of our own words: nothing of a request ever
 * becomes one, so the number of series is bounded by the configuration. Used by the thread of the
 * loop, but for metrics_committed, which belongs to the thread that commits.
 */
#ifndef RECEIVER_METRICS_H
#define RECEIVER_METRICS_H

#include "base/buf.h"
#include "hookgauge.h"

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"
#define METRICS_TEXT_MAX                                                                           \
    ((size_t) 16 << 20) /* bytes of a page: every series, every label escaped */

struct metrics;

struct metrics *metrics_new(void); /* NULL when memory ran out */
void metrics_free(struct metrics *metrics);

/* Makes an endpoint's series, so that they begin at 0 and not with the first request. */
void metrics_endpoint(struct metrics *metrics, hg_str name);

/* One answered or given up request. */
struct metrics_request {
    hg_str endpoint;    /* empty: the request reached none */
    const char *status; /* static: its address is remembered */
    bool kept;          /* the three below hold */
    bool duplicate;
    hg_str key_label;
};
void metrics_request(struct metrics *metrics, const struct metrics_request *request);

void metrics_verified(struct metrics *metrics, int64_t took_ns);
void metrics_committed(struct metrics *metrics, int64_t took_ns, bool kept);
void metrics_reloaded(struct metrics *metrics, bool done);
void metrics_connection_refused(struct metrics *metrics); /* its address had too many */

#define METRICS_NONE UINT64_MAX /* there is no such figure, so no sample of it */

/* Of one endpoint that hands on. */
struct metrics_queue {
    hg_str endpoint;
    uint64_t waiting;                             /* deliveries */
    uint64_t oldest_s;                            /* age of the oldest; 0: none waits */
    uint64_t in_hand;                             /* attempts under way */
    uint64_t done, later, dead, stopped, unknown; /* attempts since the start, by their outcome */
};

/* What is measured at the moment of asking. */
struct metrics_now {
    size_t connections;
    size_t requests;    /* begun and not answered */
    size_t body_bytes;  /* held */
    int64_t body_limit; /* bytes that may be held */
    bool store_failing;
    bool draining;
    bool has_quarantine;
    uint64_t quarantined, quarantine_dropped;
    const struct metrics_queue *queues;
    size_t queue_count;
};

/* Appends the page of a deliverer, which has fewer figures than a receiver: the state of its store,
 * the drain and the queues; check out->failed. */
void metrics_print_deliverer(const struct metrics_now *now, struct buf *out);

/* Appends the page; check out->failed. */
void metrics_print(const struct metrics *metrics, const struct metrics_now *now, struct buf *out);

#endif
