/* SPDX-License-Identifier: MIT
 *
 * At most so many deliveries a second.
 */
#include "harness/pace.h"

#include <poll.h>
#include <stddef.h>
#include <time.h>

#include "harness/run.h"

#define STEP_MS 200.0 /* so that an interrupt is noticed soon */

static double take_turn(struct pace *pace)
{
    double turn;
    double free_at = atomic_load(&pace->next_ms);
    do {
        double now = run_clock_ms();
        turn = free_at > now ? free_at : now;
    } while (!atomic_compare_exchange_weak(&pace->next_ms, &free_at,
                                           turn + 1000.0 / (double) pace->per_second));
    return turn;
}

void pace_wait(struct pace *pace, const struct stop_flag *stop)
{
    if (pace->per_second <= 0) {
        return;
    }
    double turn = take_turn(pace);
    for (;;) {
        double left = turn - run_clock_ms();
        if (left <= 0 || stop_flag_is_set(stop)) {
            return;
        }
        double step = left < STEP_MS ? left : STEP_MS;
        struct timespec wait = {.tv_nsec = (long) (step * 1e6)};
        (void) nanosleep(&wait, NULL);
    }
}
