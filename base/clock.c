/* SPDX-License-Identifier: MIT
 *
 * See clock.h.
 */
#include "base/clock.h"

#include <errno.h>
#include <time.h>

#define NS_PER_S INT64_C(1000000000)
#define NS_PER_MS 1000000
#define NS_PER_US 1000

static int64_t clock_ns(clockid_t clock)
{
    struct timespec now;
    (void) clock_gettime(clock, &now);
    return (int64_t) now.tv_sec * NS_PER_S + now.tv_nsec;
}

int64_t clock_steady_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

int64_t clock_steady_us(void)
{
    return clock_steady_ns() / NS_PER_US;
}

int64_t clock_steady_ms(void)
{
    return clock_steady_ns() / NS_PER_MS;
}

double clock_steady_s(void)
{
    return (double) clock_steady_ns() / (double) NS_PER_S;
}

int64_t clock_wall_ns(void)
{
    return clock_ns(CLOCK_REALTIME);
}

int64_t clock_wall_ms(void)
{
    return clock_wall_ns() / NS_PER_MS;
}

void clock_condition(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    (void) pthread_condattr_init(&attributes);
    (void) pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    (void) pthread_cond_init(condition, &attributes);
    (void) pthread_condattr_destroy(&attributes);
}

bool clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t until_ms)
{
    const struct timespec until = {until_ms / 1000, until_ms % 1000 * NS_PER_MS};
    return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}
