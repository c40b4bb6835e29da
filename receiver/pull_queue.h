/* SPDX-License-Identifier: MIT
 *
 * Within pull*.c: what the cluster knows of the deliveries that an endpoint has still to hand on.
 */
#ifndef RECEIVER_PULL_QUEUE_H
#define RECEIVER_PULL_QUEUE_H

#include "receiver/endpoint.h"
#include "receiver/stream_link.h"

#define PULL_QUEUE_MS INT64_C(1000) /* for an answer: whoever asks for a page waits ten at most */

/* The consumer of an endpoint. */
struct pull_queue {
    uint64_t waiting; /* those included that are in hand or wait for another attempt */
    uint64_t settled; /* no message of the stream up to this number waits */
};

/* Waits for PULL_QUEUE_MS at most; false: no answer, or there is no such consumer. */
bool pull_queue_read(struct stream_link *link, const struct endpoint *endpoint,
                     struct pull_queue *queue);

/* When the oldest that waits was kept, in Unix seconds. It takes the right to read messages of the
 * stream. false: no answer, or nothing waits any more. */
bool pull_queue_oldest(struct stream_link *link, const struct endpoint *endpoint,
                       const struct pull_queue *queue, int64_t *kept_s);

#endif
