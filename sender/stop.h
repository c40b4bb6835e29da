/* SPDX-License-Identifier: MIT
 *
 * A wish to stop, from SIGINT or SIGTERM. One for the process, since signals are.
 */
#ifndef SENDER_STOP_H
#define SENDER_STOP_H

#include <stdbool.h>

#include "base/stop_flag.h"

/* Installs the handlers; a second signal ends the process at once. False: the system refused. */
bool stop_init(void);

/* Set once a stop was asked for. */
const struct stop_flag *stop_flag(void);

/* Sleeps, in any number of threads; returns early, and true, when a stop is asked for. */
bool stop_wait(double seconds);

#endif
