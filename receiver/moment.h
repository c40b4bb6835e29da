/* SPDX-License-Identifier: MIT
 *
 * The time as a loop knows it that serves many requests a turn. A look at a clock costs as much as
 * all checks of a head's names.
 */
#ifndef RECEIVER_MOMENT_H
#define RECEIVER_MOMENT_H

#include "base/clock.h"

struct moment {
    int64_t steady_ms, wall_ms;
};

/* Looks at both clocks: once a turn. */
void moment_look(struct moment *now);

/* Looks at the steady clock alone: within a turn the wall clock moves along. */
void moment_move(struct moment *now);

#endif
