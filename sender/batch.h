/* SPDX-License-Identifier: MIT
 *
 * Many deliveries: a list of them, sent once or in rounds, over several threads.
 */
#ifndef SENDER_BATCH_H
#define SENDER_BATCH_H

#include "sender/delivery.h"

#define BATCH_JOBS_MAX 64             /* threads: beyond it two cores only switch between them */
#define BATCH_MAX ((size_t) 10000000) /* deliveries of a run: each keeps 4 bytes for its time */
#define BATCH_BODY_MAX ((size_t) 16 << 20) /* bytes of a body: the ceiling of captures */

struct batch_item {
    struct delivery delivery;
    const char *label; /* what reports call its target; NULL: there is only one */
};

/* Called after each attempt, from any of the threads; number counts deliveries from 1. */
struct batch_hooks {
    void (*attempt)(void *context, const struct batch_item *item, size_t number,
                    const struct delivery_attempt *attempt);
    /* A few times a second, from the calling thread; NULL: never. */
    void (*progress)(void *context, size_t done, size_t total, double seconds);
    void *context;
};

struct batch {
    const struct batch_item *items;
    size_t item_count;
    size_t rounds;
    size_t jobs;
    bool vary; /* "{n}" in a body stands for the delivery's number */
    struct delivery_policy policy;
    struct batch_hooks hooks;
};

/* sent = delivered + refused + failed; fewer than asked for after a stop. */
struct batch_summary {
    size_t sent, delivered, refused, failed;
    double seconds;
    double p50_ms, p99_ms; /* of each delivery's last attempt; 0 when nothing was sent */
};

/* Sends everything, or as much as was under way when a stop (sender/stop.h) was asked for. Fails
 * only when no thread could be started; item_count x rounds is at most BATCH_MAX. */
bool batch_run(const struct batch *batch, struct batch_summary *summary, struct fail *fail);

#endif
