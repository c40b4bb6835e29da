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

/* The time as a loop knows it that serves many requests a turn. A look at a clock costs as much as
 * all checks of a head's names. */
struct moment {
    int64_t steady_ms, wall_ms;
};

/* Looks at both clocks: once a turn. */
void moment_look(struct moment *now);

/* Looks at the steady clock alone: within a turn the wall clock moves along. */
void moment_move(struct moment *now);

/* Makes a condition that is waited for by the steady clock. */
void clock_condition(pthread_cond_t *condition);

/* Waits with the lock until somebody signals, or until that time; false: that time has come. */
bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ms);

#endif
