/* SPDX-License-Identifier: MIT
 *
 * Options of `hookgauge test` that say how a target is run and judged.
 */
#include "cli/test_live.h"

#include <string.h>

#include "harness/pace.h"

void test_live_rows(struct test_live *live, struct arg_option rows[TEST_LIVE_ROWS])
{
    const struct arg_option all[TEST_LIVE_ROWS] = {
        {"accept", ARG_TEXT, &live->accept, "STATUSES",
         "that mean accepted (" STATUSES_ACCEPT "); http only", 0, 0},
        {"reject", ARG_TEXT, &live->reject, "STATUSES",
         "that mean refused (" STATUSES_REJECT "); http only", 0, 0},
        {"profile", ARG_TEXT, &live->profile, "NAME",
         "a platform that demands certain statuses; http only", 0, 0},
        {"rate", ARG_NUMBER, &live->rate, "N", "at most N deliveries a second; http only", 1,
         PACE_MAX},
        {"keep-going", ARG_FLAG, &live->keep_going, NULL,
         "also when the receiver has stopped answering; http only", 0, 0},
        {"allow-host", ARG_TEXT, &live->allow_host, "HOST",
         "the target's host, where that is not this machine", 0, 0},
        {"observe", ARG_TEXT, &live->observe, "CMD",
         "prints how often a delivery took effect; http only", 0, 0},
        {"restart", ARG_TEXT, &live->restart, "CMD", "starts the receiver anew; http only", 0, 0},
        {"timing", ARG_FLAG, &live->timing, NULL,
         "measure whether a nearly right signature takes longer; http only", 0, 0},
        {"known-failures", ARG_TEXT, &live->known_failures, "FILE",
         "ids or patterns, a line each, of cases that may fail", 0, 0},
        {"strict-known", ARG_FLAG, &live->strict_known, NULL,
         "a known failure that passes fails the run", 0, 0},
        {"fail-on", ARG_TEXT, &live->fail_on, "LEVEL", "must, or should as well (must)", 0, 0},
    };
    memcpy(rows, all, sizeof all);
}

static bool only_urls(bool given, const char *option, struct fail *fail)
{
    return !given || fail_set(fail, EXIT_USAGE, "--%s: is for URLs", option);
}

static bool check_local(const struct test_live *live, struct fail *fail)
{
    return only_urls(live->accept != NULL, "accept", fail) &&
           only_urls(live->reject != NULL, "reject", fail) &&
           only_urls(live->profile != NULL, "profile", fail) &&
           only_urls(live->rate > 0, "rate", fail) &&
           only_urls(live->keep_going, "keep-going", fail) &&
           only_urls(live->observe != NULL, "observe", fail) &&
           only_urls(live->restart != NULL, "restart", fail) &&
           only_urls(live->timing, "timing", fail) &&
           only_urls(live->allow_host != NULL, "allow-host", fail);
}

static bool check_level(const struct test_live *live, struct fail *fail)
{
    return live->fail_on == NULL || strcmp(live->fail_on, "must") == 0 ||
           strcmp(live->fail_on, "should") == 0 ||
           fail_set(fail, EXIT_USAGE, "--fail-on: must be 'must' or 'should'");
}

bool test_live_check(struct test_live *live, enum target_kind kind, struct fail *fail)
{
    if ((kind != TARGET_HTTP && !check_local(live, fail)) || !check_level(live, fail)) {
        return false;
    }
    if (live->strict_known && live->known_failures == NULL) {
        return fail_set(fail, EXIT_USAGE, "--strict-known: needs --known-failures");
    }
    return expectations_make(live->profile, live->accept, live->reject, &live->expected, fail) &&
           (live->known_failures == NULL || known_read(live->known_failures, &live->known, fail));
}

void test_live_apply(const struct test_live *live, struct run_settings *set)
{
    set->rate = live->rate;
    set->expected = live->expected;
    set->observe = live->observe;
    set->restart = live->restart;
    set->timing = live->timing;
    set->allow_host = live->allow_host;
    set->known = live->known_failures != NULL ? &live->known : NULL;
    set->strict_known = live->strict_known;
    set->fail_on_should = live->fail_on != NULL && strcmp(live->fail_on, "should") == 0;
    set->keep_going = live->keep_going;
}

void test_live_free(struct test_live *live)
{
    known_free(&live->known);
}
