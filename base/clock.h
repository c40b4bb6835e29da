/* SPDX-License-Identifier: MIT
 *
 * The clocks of all programs, and waiting by the one that is never set.
 *
 * The wall clock says when something happened; how long it took, and how long to wait, is a matter
 * of the steady one.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Of a clock that is never set back. */
int64_t clock_steady_ns(void);
int64_t clock_steady_us(void);
int64_t clock_steady_ms(void);
double clock_steady_s(void); /* with its fraction */

/* Since 1970. */
int64_t clock_wall_ns(void);
int64_t clock_wall_ms(void);

/* Makes a condition that is waited for by the steady clock. */
void clock_condition(pthread_cond_t *condition);

/* Waits with the lock until somebody signals, or until that time; false: that time has come. The
 * condition is one of clock_condition: to any other one that time is long past. */
bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ms);

#endif
