/* SPDX-License-Identifier: MIT
 *
 * The store nats://: deliveries in a JetStream stream.
 */
#ifndef RECEIVER_STORE_NATS_H
#define RECEIVER_STORE_NATS_H

#include "receiver/config.h"

/* Connects, makes or checks the stream for the endpoints and limits of a configuration whose store
 * is stream_is_spec. log is borrowed and may be NULL. NULL with *fail filled: EXIT_USAGE for a
 * stream, or a server's message limit, that breaks a promise; EXIT_UNKNOWN when no server answers.
 */
struct store *store_nats_open(const struct config *config, struct log *log, struct fail *fail);

/* Whether a receiver that runs with one configuration can go on with another: what the stream and
 * the servers were asked for at start must not grow. EXIT_USAGE names the member. */
bool store_nats_allows(const struct config *from, const struct config *to, struct fail *fail);

#endif
