/* SPDX-License-Identifier: MIT
 *
 * The receiver's clocks, in milliseconds, and waiting by the one that is never set.
 */
#ifndef RECEIVER_CLOCK_H
#define RECEIVER_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Of a clock that is never set back, and of the wall clock. */
int64_t clock_steady_ms(void);
int64_t clock_wall_ms(void);

/* The same as of the last tick, up to ten milliseconds ago, for a quarter of the time: for what
 * counts in seconds. */
int64_t clock_steady_tick_ms(void);
int64_t clock_wall_tick_ms(void);

/* Makes a condition that is waited for by the steady clock. */
void clock_condition(pthread_cond_t *condition);

/* Waits with the lock until somebody signals, or until that time; false: that time has come. */
bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ms);

#endif
