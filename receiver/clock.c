/* SPDX-License-Identifier: MIT
 *
 * See clock.h.
 */
#include "receiver/clock.h"

#include <errno.h>
#include <time.h>

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    (void) clock_gettime(clock, &now);
    return (int64_t) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_steady_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

void moment_look(struct moment *now)
{
    now->steady_ms = clock_steady_ms();
    now->wall_ms = clock_wall_ms();
}

void moment_move(struct moment *now)
{
    int64_t steady_ms = clock_steady_ms();
    now->wall_ms += steady_ms - now->steady_ms;
    now->steady_ms = steady_ms;
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
    const struct timespec until = {until_ms / 1000, until_ms % 1000 * 1000000};
    return pthread_cond_timedwait(condition, lock, &until) != ETIMEDOUT;
}
