/* SPDX-License-Identifier: MIT
 *
 * Publishing deliveries to a stream, many at once, each done when the cluster's ack has come.
 */
#ifndef RECEIVER_STREAM_PUBLISH_H
#define RECEIVER_STREAM_PUBLISH_H

#include "receiver/stream_message.h"

struct publisher;

/* kept: the cluster has it, and duplicate and row are set; else fail says why. Called on any
 * thread. */
typedef void publisher_done(void *context, struct delivery *delivery, bool kept,
                            const struct fail *fail);

/* The link is borrowed, and closed only after publisher_close. NULL with EXIT_UNKNOWN. */
struct publisher *publisher_open(struct stream_link *link, publisher_done *done, void *context,
                                 struct fail *fail);

/* Takes deliveries, which must live until they are done. One thread at a time. */
void publisher_submit(struct publisher *publisher, struct delivery *const *batch, size_t count);

/* The connection is lost, and the acks that were on their way with it: what is under way fails. */
void publisher_lost(struct publisher *publisher);

/* Whether a delivery would probably be kept: the connection is up, and the last one was, or the
 * stream has a leader again. Any thread. */
bool publisher_ready(struct publisher *publisher);

/* Returns when all are done: a few seconds at most. */
void publisher_drain(struct publisher *publisher);

/* After publisher_drain. NULL is allowed. */
void publisher_close(struct publisher *publisher);

#endif
