/* SPDX-License-Identifier: MIT
 *
 * A wish to stop, which one thread or a signal handler has and all threads see.
 *
 * volatile sig_atomic_t would not do: C11 promises it to a handler and the thread that it
 * interrupts, and two threads that share it race.
 */
#ifndef BASE_STOP_FLAG_H
#define BASE_STOP_FLAG_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* Of an atomic object a handler may touch only one that needs no lock. */
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "a signal handler could not set a flag");

/* Begins as {0}, not set; never unset. */
struct stop_flag {
    atomic_int set;
};

/* A signal handler may call it. */
static inline void stop_flag_set(struct stop_flag *flag)
{
    atomic_store(&flag->set, 1);
}

/* flag NULL: nobody will ever want to stop. */
static inline bool stop_flag_is_set(const struct stop_flag *flag)
{
    return flag != NULL && atomic_load(&flag->set) != 0;
}

#endif
