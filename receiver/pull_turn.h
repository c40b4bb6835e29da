/* SPDX-License-Identifier: MIT
 *
 * Within pull*.c: what became of one delivery of a stream, told to the cluster and to the log.
 */
#ifndef RECEIVER_PULL_TURN_H
#define RECEIVER_PULL_TURN_H

#include "base/log.h"
#include "receiver/deliver.h"
#include "receiver/endpoint.h"
#include "receiver/stream_link.h"

/* A message whose turn it is, for one attempt. */
struct turn {
    struct stream_link *link;
    struct log *log;
    const struct endpoint *endpoint;
    natsMsg *message;
    uint64_t sequence;
    int64_t
        number; /* that the target is told: the sequence, unless a dead letter has kept another */
    int64_t attempt; /* from 1 */
};

/* Sets what the message says of itself. False when it says nothing: it comes again. */
bool turn_read(struct turn *turn);

/* Tells the cluster. What it does not hear comes again. */
void turn_settle(const struct turn *turn, const struct outcome *outcome);

#endif
