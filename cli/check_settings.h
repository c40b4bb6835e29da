/* SPDX-License-Identifier: MIT
 *
 * What `receive --check` says of an endpoint beyond its line, and of the receiver as a whole; and
 * what it warns of.
 */
#ifndef CLI_CHECK_SETTINGS_H
#define CLI_CHECK_SETTINGS_H

#include "cli/check_say.h"
#include "receiver/config.h"

/* The rules of an endpoint and, if it hands on, how. */
void check_say_rules(struct say *say, const struct endpoint *endpoint);
void check_say_deliver(struct say *say, const struct target *target);

/* Where it listens, what it keeps for how long, its limits. */
void check_say_receiver(struct say *say, const struct config *config);

/* Writes a line for each thing to standard error that is allowed and still looks like a mistake.
 * Nothing is connected to and no name is looked up. */
void check_warn(const struct config *config);

#endif
