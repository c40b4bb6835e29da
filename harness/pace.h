/* SPDX-License-Identifier: MIT
 *
 * At most so many deliveries a second, over all threads.
 */
#ifndef HARNESS_PACE_H
#define HARNESS_PACE_H

#include <signal.h>
#include <stdatomic.h>

#define PACE_MAX 100000 /* a second: beyond what a receiver takes over loopback */

struct pace {
    long per_second; /* 0: as fast as it goes */
    _Atomic double next_ms;
};

/* Waits for this delivery's turn; at once where *stop (may be NULL) has become non-zero. Turns are
 * evenly spaced, and those that were not taken are not made up for. */
void pace_wait(struct pace *pace, const volatile sig_atomic_t *stop);

#endif
