/* SPDX-License-Identifier: MIT
 *
 * Options of `hookgauge test` that say how a target is run and judged.
 */
#ifndef CLI_TEST_LIVE_H
#define CLI_TEST_LIVE_H

#include "base/args.h"
#include "harness/known.h"
#include "harness/run.h"

#define TEST_LIVE_ROWS 12

struct test_live {
    const char *accept, *reject, *profile;
    const char *allow_host, *observe, *restart;
    const char *known_failures, *fail_on;
    long rate; /* 0: not given */
    bool keep_going, strict_known, timing;
    struct known known; /* read by test_live_check; released by test_live_free */
    struct expectations expected;
};

/* Fills the rows of the option table that lead to *live. */
void test_live_rows(struct test_live *live, struct arg_option rows[TEST_LIVE_ROWS]);

/* Refuses what is for URLs on another target, and reads what the options name. EXIT_USAGE. */
bool test_live_check(struct test_live *live, enum target_kind kind, struct fail *fail);

/* What the options come to; *live must outlive the run. */
void test_live_apply(const struct test_live *live, struct run_settings *set);

void test_live_free(struct test_live *live);

#endif
