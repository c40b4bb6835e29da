/* SPDX-License-Identifier: MIT
 *
 * The world outside a configuration parser, as the fuzzer makes it.
 */
#ifndef TESTS_FUZZ_OUTSIDE_H
#define TESTS_FUZZ_OUTSIDE_H

#include "tests/fuzz/input.h"

/* The content of each file; borrowed. */
extern hg_str outside_file;

#endif
