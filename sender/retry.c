/* SPDX-License-Identifier: MIT
 *
 * The arithmetic of retrying.
 */
#include "sender/retry.h"

bool retry_is_useful(const struct transport_answer *answer)
{
    if (answer->result != TRANSPORT_ANSWERED) {
        return true;
    }
    return answer->status == 408 || answer->status == 425 || answer->status == 429 ||
           (answer->status >= 500 && answer->status <= 599);
}

double retry_wait_s(int attempt, double random, long retry_after_s, double max_wait_s)
{
    double ceiling = RETRY_BASE_S;
    for (int i = 1; i < attempt && ceiling < RETRY_CAP_S; i++) {
        ceiling *= 2;
    }
    if (ceiling > RETRY_CAP_S) {
        ceiling = RETRY_CAP_S;
    }
    double wait = ceiling * random;
    if (retry_after_s >= 0 && wait < (double) retry_after_s) {
        wait = (double) retry_after_s;
    }
    return wait < max_wait_s ? wait : max_wait_s;
}
