/* SPDX-License-Identifier: MIT
 *
 * See moment.h.
 */
#include "receiver/moment.h"

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
