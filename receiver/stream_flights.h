/* SPDX-License-Identifier: MIT
 *
 * Within stream_publish.c: the deliveries that are under way to a stream, found by the message
 * whose ack they await, and in the order of their deadlines. Whoever calls holds one lock for all
 * of it.
 */
#ifndef RECEIVER_STREAM_FLIGHTS_H
#define RECEIVER_STREAM_FLIGHTS_H

#include "receiver/stream_message.h"

#define FLIGHTS_BUCKETS ((size_t) 4096) /* a power of two; more under way share them */

/* One delivery under way; in two lists. */
struct flight {
    struct flight *chain;  /* in its bucket, while an ack is awaited */
    struct flight *before; /* in the order of the deadlines, */
    struct flight *after;
    struct delivery *delivery;
    natsMsg *message; /* the library's; what the ack comes back with. NULL: to be published again */
    int64_t deadline_ms;
    int64_t again_ms;
};

struct flights {
    struct flight *buckets[FLIGHTS_BUCKETS];
    struct flight *oldest, *newest; /* both NULL: nothing is under way */
};

/* Adds the one with the latest deadline, which awaits nothing yet; and takes one out, which awaits
 * nothing any more. */
void flights_add(struct flights *flights, struct flight *flight);
void flights_remove(struct flights *flights, struct flight *flight);

/* It awaits the ack of a message from now on. */
void flights_await(struct flights *flights, struct flight *flight, natsMsg *message);

/* The flight that awaits the ack of a message, which it no longer does then. NULL: it has been
 * given up. */
struct flight *flights_answered(struct flights *flights, const natsMsg *message);

/* Takes all of them out; returns the oldest, the others follow it by `after`. */
struct flight *flights_take(struct flights *flights);

#endif
