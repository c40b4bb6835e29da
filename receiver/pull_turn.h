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

/* How an attempt ended, in the cluster's eyes. */
enum turn_end {
    TURN_DONE,
    TURN_LATER,   /* it comes again */
    TURN_DEAD,    /* it is among the dead letters */
    TURN_STOPPED, /* broken off, and given back */
    TURN_UNKNOWN, /* the cluster did not confirm that it was told: it may come again */
    TURN_ENDS
};

/* Tells the cluster and the log. What the cluster does not hear comes again. */
enum turn_end turn_settle(const struct turn *turn, const struct outcome *outcome);

#endif
