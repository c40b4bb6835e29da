/* SPDX-License-Identifier: MIT
 *
 * When to try again and how long to wait. Pure: no clock, no sleep, randomness comes in.
 */
#ifndef SENDER_RETRY_H
#define SENDER_RETRY_H

#include <stdbool.h>

#include "sender/transport.h"

#define RETRY_BASE_S 0.5 /* the first wait's ceiling: about what a restarting service needs */
#define RETRY_CAP_S 60.0 /* no backoff is longer: after a minute a person would look */

/* Whether another attempt may end differently: no answer, 408, 425, 429 or 5xx. */
bool retry_is_useful(const struct transport_answer *answer);

/* Seconds to wait after the attempt of that number (from 1): exponential backoff with full jitter,
 * which is random (0 to 1) times base x 2^(attempt-1), capped. retry_after_s (-1: absent) is a
 * lower bound to it. max_wait_s caps both. */
double retry_wait_s(int attempt, double random, long retry_after_s, double max_wait_s);

#endif
