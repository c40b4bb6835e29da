/* SPDX-License-Identifier: MIT
 *
 * Within pull*.c: what a deliverer tells those who watch it, by an admin listener on a thread of
 * its own. The figures have the names that a receiver gives its own queues.
 */
#ifndef RECEIVER_PULL_ADMIN_H
#define RECEIVER_PULL_ADMIN_H

#include <stdatomic.h>

#include "receiver/admin.h"
#include "receiver/config.h"
#include "receiver/pull_turn.h"

/* Of one endpoint that is handed on from; written by its workers. */
struct pull_lane {
    const struct endpoint *endpoint;
    _Atomic uint64_t in_hand;         /* deliveries */
    _Atomic uint64_t ends[TURN_ENDS]; /* attempts since the start */
};

struct pull_admin {
    struct admin admin;
    struct listeners listeners; /* none: nobody watches */
    struct stream_link *link;
    struct pull_lane *lanes; /* borrowed */
    size_t lane_count;
    atomic_bool ending;
};

/* Binds the address of config, if it has one: while there is one thread, and before privileges are
 * dropped. pull_admin_close is due in any case. */
bool pull_admin_bind(struct pull_admin *admin, const struct config *config, struct fail *fail);

/* Serves there. The link is open and the lanes are complete; neither may go before
 * pull_admin_close. */
bool pull_admin_start(struct pull_admin *admin, struct log *log, struct fail *fail);

void pull_admin_close(struct pull_admin *admin);

#endif
