/* SPDX-License-Identifier: MIT
 *
 * Whether one set of times is longer than another, with numbers and how sure they are. It informs
 * and never judges: over a network, noise hides what an attacker with patience would still find.
 */
#ifndef HARNESS_TIMING_H
#define HARNESS_TIMING_H

#include <stdbool.h>
#include <stddef.h>

#define TIMING_SAMPLES 200 /* of each kind: pairs of them fit in 320 kB */
#define TIMING_KINDS 4     /* beside the one with nothing right */

/* What a prefix of right characters did to the time of an answer. */
struct timing_row {
    size_t right, of;       /* characters of the signature */
    double us;              /* how much longer than with none right; below 0: shorter */
    double low_us, high_us; /* within which that is at 99 % */
};

/* The middle of all differences between one of other and one of base (Hodges and Lehmann), and the
 * interval that the rank test of Mann, Whitney and Wilcoxon gives around it. Both have
 * TIMING_SAMPLES times in seconds. False: no memory. */
bool timing_compare(const double *base, const double *other, struct timing_row *row);

/* Whether chance explains the difference badly. */
bool timing_differs(const struct timing_row *row);

#endif
