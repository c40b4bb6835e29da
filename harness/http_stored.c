/* SPDX-License-Identifier: MIT
 *
 * How many deliveries the receiver has stored, as a command of the user counts them.
 */
#include <stdlib.h>

#include "harness/child.h"
#include "harness/http.h"

static bool count_stored(const struct http *http, int64_t *count, struct fail *fail)
{
    return child_number(http->run->set.stored, "--stored", NULL, http_timeout_ms(http), count,
                        fail);
}

static bool counts_stored(const struct http *http, size_t index)
{
    return http->run->cases[index]->expect_stored >= 0 &&
           http->run->outcomes[index].result == OUTCOME_NONE;
}

/* Delivers them all, then counts once: the usual, quick way. *off: the total is not as it must be,
 * or an answer was wrong, so that each has to be looked at. */
static bool store_together(struct http *http, struct transport *transport, bool *off,
                           struct fail *fail)
{
    struct run *run = http->run;
    int64_t before = 0;
    int64_t after = 0;
    int64_t expected = 0;
    bool *good = calloc(run->count, sizeof *good);
    if (good == NULL || !count_stored(http, &before, fail)) {
        free(good);
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    *off = false;
    for (size_t i = 0; i < run->count && !run_stopped(run) && !http_is_gone(http); i++) {
        if (counts_stored(http, i)) {
            good[i] = http_deliver(http, transport, i);
            *off = *off || (!good[i] && run->outcomes[i].result == OUTCOME_FAILED);
            expected += good[i] ? run->cases[i]->expect_stored : 0;
        }
    }
    bool counted = !run_stopped(run) && count_stored(http, &after, fail);
    *off = *off || after - before != expected;
    for (size_t i = 0; i < run->count && counted && !*off; i++) {
        if (good[i]) {
            run_note(run, i, true);
        }
    }
    free(good);
    return counted || run_stopped(run);
}

/* One by one with a count after each, made anew: names those that were stored too often. */
static bool store_singly(struct http *http, struct transport *transport, struct fail *fail)
{
    struct run *run = http->run;
    int64_t before = 0;
    int64_t after = 0;
    http->round++;
    bool held = count_stored(http, &before, fail);
    for (size_t i = 0; held && i < run->count && !run_stopped(run) && !http_is_gone(http); i++) {
        if (!counts_stored(http, i)) {
            continue;
        }
        run->outcomes[i].ms = 0;
        bool good = http_deliver(http, transport, i);
        held = run_stopped(run) || count_stored(http, &after, fail);
        int64_t stored = after - before;
        if (held && good && stored == run->cases[i]->expect_stored) {
            run_note(run, i, true);
        } else if (held && good) {
            run_note_failed(run, i, "stored %lld of %d deliveries, not %d", (long long) stored,
                            run->cases[i]->times, run->cases[i]->expect_stored);
        }
        before = after;
    }
    return held;
}

bool http_check_stored(struct http *http, struct transport *transport, struct fail *fail)
{
    bool off = false;
    bool held = store_together(http, transport, &off, fail) &&
                (!off || run_stopped(http->run) || store_singly(http, transport, fail));
    http->run->stored_checked = held && !run_stopped(http->run);
    return held;
}
