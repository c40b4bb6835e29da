/* SPDX-License-Identifier: MIT
 *
 * Hands deliveries on from the store, in threads of their own: never from memory, so what was
 * acknowledged is handed on also after a crash, and at least once.
 *
 * Each endpoint with a target has its lane: as many threads as it may make attempts at once. A
 * thread reads what is due from the queue, makes an attempt and hands what became of it to the
 * writer. A delivery stays in hand until that is durable, so that it is not begun twice. What a
 * crash finds in hand is still in the queue. Of several receivers on one store, one alone hands on
 * the deliveries of an endpoint.
 */
#ifndef RECEIVER_DISPATCH_H
#define RECEIVER_DISPATCH_H

#include "receiver/config.h"
#include "receiver/writer.h"

struct dispatch;

/* For those who watch. */
struct deliver_counts {
    int64_t waiting;   /* deliveries that are to be handed on, those in hand included */
    int64_t oldest_ms; /* when the oldest of them was received; 0: none waits */
    int64_t in_hand;   /* attempts under way */
    uint64_t done, later, dead, stopped; /* attempts since the start, by their outcome */
};

/* Whether an endpoint of it has a target. */
bool dispatch_wanted(const struct config *config);

/* Starts. store, writer and log are borrowed; of config nothing is kept. EXIT_UNKNOWN. */
struct dispatch *dispatch_open(const struct config *config, struct store *store,
                               struct writer *writer, struct log *log, struct fail *fail);

/* Hands on as config says from now on. An endpoint whose target is another one than before ends the
 * attempts under way first; the others are not touched. EXIT_UNKNOWN: memory or threads ran out,
 * and every endpoint hands on as before. */
bool dispatch_renew(struct dispatch *dispatch, const struct config *config, struct fail *fail);

/* From now on no attempt is begun. dispatch NULL is allowed in all that follows. */
void dispatch_drain(struct dispatch *dispatch);

/* Whether no attempt is under way and the outcome of each is durable. */
bool dispatch_idle(struct dispatch *dispatch);

/* Breaks off what is under way, which takes some seconds at most, and ends the threads. */
void dispatch_stop(struct dispatch *dispatch);

/* After writer_stop. */
void dispatch_free(struct dispatch *dispatch);

/* False when the endpoint has no target. */
bool dispatch_counts(struct dispatch *dispatch, hg_str endpoint, struct deliver_counts *counts);

#endif
