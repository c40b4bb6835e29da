/* SPDX-License-Identifier: MIT
 *
 * Which reports `hookgauge test` makes: one to standard output, any number into files.
 */
#ifndef CLI_TEST_REPORTS_H
#define CLI_TEST_REPORTS_H

#include "base/fail.h"
#include "harness/run.h"

/* What the user asked for; file names are NULL where no report was. */
struct test_reports {
    bool tap, tap_14, json; /* instead of the one for people, at most one of them */
    bool all;
    const char *junit, *html, *sarif;
};

/* Whether a report was asked for by name. */
bool test_reports_any(const struct test_reports *reports);

/* Refuses what excludes each other, and a file that could not be written: before the run, since a
 * run takes a while and its deliveries can't be taken back. */
bool test_reports_check(const struct test_reports *reports, struct fail *fail);

/* Prints the one, then writes the files, all that can be. EXIT_UNKNOWN for one that can't. */
bool test_reports_write(const struct test_reports *reports, const struct run *run,
                        struct fail *fail);

#endif
