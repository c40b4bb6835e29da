/* SPDX-License-Identifier: MIT
 *
 * What hookgauge discover prints.
 */
#ifndef CLI_DISCOVER_H
#define CLI_DISCOVER_H

#include "base/fail.h"
#include "hookgauge.h"

/* What the shares of one search found. */
struct discovered {
    hg_discovered **found;
    size_t count;
    size_t requests; /* how many were given */
    bool all;        /* more than the likeliest is wanted */
    bool with_url;   /* a request had a whole URL, so that it was tried too */
};

/* Prints the schemes (or one JSON object) to standard output and what there is to know about them
 * to standard error. Returns the exit code; fills *fail when nothing could be printed. */
int discovered_print(const struct discovered *all, bool json, struct fail *fail);

#endif
