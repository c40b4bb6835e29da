/* SPDX-License-Identifier: MIT
 *
 * One attempt to hand a delivery on to the user's program, over HTTP or as a process.
 *
 * Both forms get the body byte for byte, the original headers but those that belong to one
 * connection (deliver_parts.h says which), and what the receiver knows about the delivery.
 */
#ifndef RECEIVER_DELIVER_H
#define RECEIVER_DELIVER_H

#include "base/stop_flag.h"
#include "receiver/store.h"
#include "receiver/target.h"

#define OUTCOME_TEXT_MAX ((size_t) 160) /* bytes, NUL included: a sentence */

enum outcome_kind {
    OUTCOME_DONE,
    OUTCOME_LATER,  /* worth another attempt */
    OUTCOME_DEAD,   /* the target says that none will do */
    OUTCOME_STOPPED /* broken off because we end: not the target's fault, does not count */
};

struct outcome {
    enum outcome_kind kind;
    int status;         /* of HTTP, or the exit code; 0: none */
    int signal;         /* that ended the program; 0: none */
    long retry_after_s; /* what the target asks for; -1: nothing */
    int64_t took_ms;
    char text[OUTCOME_TEXT_MAX]; /* for people: "answered 503"; holds nothing of the delivery, the
                                    URL or a secret */
};

/* What one thread needs for its attempts: a client with its connections, and memory. */
struct deliverer;

/* An attempt under way ends within about a second after stop was set. transport_init is due before.
 * NULL: no memory. */
struct deliverer *deliverer_new(const struct stop_flag *stop);
void deliverer_free(struct deliverer *deliverer); /* NULL is allowed */

/* Hands delivery->request on and waits for the outcome. delivery->row is its number, attempt counts
 * from 1; the key of duplicates is not used. */
struct outcome deliver_attempt(struct deliverer *deliverer, const struct target *target,
                               const struct delivery *delivery, int64_t attempt);

#endif
