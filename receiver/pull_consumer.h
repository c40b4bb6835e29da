/* SPDX-License-Identifier: MIT
 *
 * What a deliverer asks of the cluster: its consumers, and the stream of dead letters.
 */
#ifndef RECEIVER_PULL_CONSUMER_H
#define RECEIVER_PULL_CONSUMER_H

#include "receiver/config.h"
#include "receiver/stream_link.h"

/* Makes the durable consumer of an endpoint, or brings the one that is there up to date. EXIT_USAGE
 * for an order that a stream can't keep; EXIT_UNKNOWN. */
bool consumer_ensure(struct stream_link *link, const struct endpoint *endpoint, int64_t ack_wait_s,
                     struct fail *fail);

/* A subscription of one thread to it. NULL with EXIT_UNKNOWN. */
natsSubscription *consumer_subscribe(struct stream_link *link, const struct endpoint *endpoint,
                                     struct fail *fail);

/* Makes "STREAM-dead", or checks it. */
bool dead_ensure(struct stream_link *link, const struct stream_options *options, struct fail *fail);

/* Copies a message there, with why, and waits for the ack. The copy's id is the message's number,
 * so that a repeated burial leaves one. */
natsStatus dead_bury(struct stream_link *link, natsMsg *message, uint64_t sequence,
                     const char *why);

#endif
