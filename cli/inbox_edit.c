/* SPDX-License-Identifier: MIT
 *
 * hookgauge inbox retry and purge.
 */
#include <stdio.h>

#include "base/clock.h"
#include "cli/inbox.h"

#define DAY_MS INT64_C(86400000)

/* Nothing to be done is an answer of its own, so that a script notices a slip. */
static bool report(int64_t count, const char *what, struct fail *fail)
{
    (void) printf("%lld %s\n", (long long) count, what);
    return count > 0 || fail_set(fail, EXIT_NO, "no delivery is meant by that");
}

/* A filter means the dead ones unless it says otherwise: nobody wants to repeat by a slip what was
 * handed on well. */
bool inbox_retry_command(const struct inbox_settings *set, struct fail *fail)
{
    struct inbox_filter filter = set->filter;
    int64_t count = 0;
    if (!set->chosen) {
        return fail_set(fail, EXIT_USAGE, "retry needs a row or a filter, such as --state dead");
    }
    if (filter.row == 0 && filter.state == INBOX_ANY) {
        filter.state = INBOX_DEAD;
    }
    return inbox_retry(set->operands[1], &filter, clock_wall_ms(), &count, fail) &&
           report(count, "queued", fail);
}

bool inbox_purge_command(const struct inbox_settings *set, struct fail *fail)
{
    struct inbox_filter filter = set->filter;
    int64_t count = 0;
    if (!set->chosen) {
        return fail_set(fail, EXIT_USAGE, "purge needs a row or a filter, such as --older 30");
    }
    if (set->older > 0) {
        filter.until_ms = clock_wall_ms() - set->older * DAY_MS;
    }
    if (filter.state == INBOX_QUEUED && !set->force) {
        return fail_set(fail, EXIT_USAGE,
                        "what is still to be handed on is purged only with "
                        "--force");
    }
    return inbox_purge(set->operands[1], &filter, set->force, &count, fail) &&
           report(count, "purged", fail);
}
