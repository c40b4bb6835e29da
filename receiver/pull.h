/* SPDX-License-Identifier: MIT
 *
 * Handing deliveries on from a stream, on any number of machines at once.
 *
 * Each endpoint with a target has one durable consumer in the cluster, which all deliverers share:
 * a delivery goes to one of them, and to another one when that has not been heard of for
 * ack_wait_s. So each is handed on at least once; more than once when a deliverer or a server ends
 * between the target's answer and the cluster's note of it. What no attempt will help is moved to
 * the stream NAME-dead.
 */
#ifndef RECEIVER_PULL_H
#define RECEIVER_PULL_H

#include "receiver/config.h"

#define PULL_DRAIN_S 10 /* seconds that attempts under way have to end, as for a server */

struct puller;

/* Binds the admin address of a configuration, if it has one, becomes its user (privileges.h),
 * connects to its stream, which a receiver has made, and starts a thread for each attempt that may
 * be made at once; none is made before pull_run. SIGTERM and SIGINT are blocked from here on, in
 * all threads: pull_run reads them. config and log are borrowed. NULL with *fail filled: EXIT_USAGE
 * when nothing is to be handed on, an order is not possible or the user can't be become,
 * EXIT_UNKNOWN when the cluster does not answer or the address can't be had. */
struct puller *pull_open(const struct config *config, struct log *log, struct fail *fail);

/* The address that it tells its figures on, "http://127.0.0.1:8081"; NULL: none. */
const char *pull_admin_url(const struct puller *puller);

/* Hands on until SIGTERM or SIGINT, then lets attempts under way end for PULL_DRAIN_S; a second
 * signal ends that. What is broken off is given back to the cluster at once. */
void pull_run(struct puller *puller);

void pull_close(struct puller *puller); /* NULL is allowed */

#endif
