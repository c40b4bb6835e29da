/* SPDX-License-Identifier: MIT
 *
 * Whether one set of times is longer than another.
 */
#include "harness/timing.h"

#include <stdlib.h>

#define Z 2.576 /* of the normal distribution: 99 % lie within so many deviations */
#define PAIRS ((size_t) TIMING_SAMPLES * TIMING_SAMPLES)

static int by_size(const void *left, const void *right)
{
    double a = *(const double *) left;
    double b = *(const double *) right;
    return a < b ? -1 : a > b;
}

/* By Newton: this is no reason for a library. */
static double root(double number)
{
    double guess = number > 1 ? number : 1;
    for (int i = 0; i < 64; i++) {
        guess = (guess + number / guess) / 2;
    }
    return guess;
}

bool timing_compare(const double *base, const double *other, struct timing_row *row)
{
    double *pairs = calloc(PAIRS, sizeof *pairs);
    if (pairs == NULL) {
        return false;
    }
    for (size_t i = 0; i < PAIRS; i++) {
        pairs[i] = (other[i / TIMING_SAMPLES] - base[i % TIMING_SAMPLES]) * 1e6;
    }
    qsort(pairs, PAIRS, sizeof *pairs, by_size);
    double deviation = root((double) PAIRS * (2 * TIMING_SAMPLES + 1) / 12);
    size_t low = (size_t) ((double) PAIRS / 2 - Z * deviation);
    row->us = (pairs[PAIRS / 2 - 1] + pairs[PAIRS / 2]) / 2;
    row->low_us = pairs[low];
    row->high_us = pairs[PAIRS - 1 - low];
    free(pairs);
    return true;
}

bool timing_differs(const struct timing_row *row)
{
    return row->low_us > 0 || row->high_us < 0;
}
