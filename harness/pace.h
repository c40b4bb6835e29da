/* SPDX-License-Identifier: MIT
 *
 * At most so many deliveries a second, over all threads.
 */
#ifndef HARNESS_PACE_H
#define HARNESS_PACE_H

#include <stdatomic.h>

#include "base/stop_flag.h"

#define PACE_MAX 100000 /* a second: beyond what a receiver takes over loopback */

struct pace {
    long per_second; /* 0: as fast as it goes */
    _Atomic double next_ms;
};

/* Waits for this delivery's turn; at once when stop (may be NULL) is set. Turns are evenly
 * spaced, and those that were not taken are not made up for. */
void pace_wait(struct pace *pace, const struct stop_flag *stop);

#endif
