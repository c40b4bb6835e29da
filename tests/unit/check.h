/* SPDX-License-Identifier: MIT
 *
 * What the unit tests share: cmocka with its own prerequisites, and slices for literals.
 */
#ifndef TESTS_UNIT_CHECK_H
#define TESTS_UNIT_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka needs the four above first */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "hookgauge.h"

/* A slice of a literal, NULs in it included. */
#define S(literal) ((hg_str){(literal), sizeof(literal) - 1})

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fails with the row of a table that did not hold. */
#define HOLDS(condition, row)                                                                      \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fail_msg("row %zu (%s): %s", (size_t) (row), rows[row].what, #condition);              \
        }                                                                                          \
    } while (0)

/* A copy that ends where its memory ends, so that the sanitizer sees a read past it. Never NULL. */
static inline hg_str exact(hg_str str)
{
    char *copy = malloc(str.len > 0 ? str.len : 1);
    assert_non_null(copy);
    if (str.len > 0) {
        memcpy(copy, str.ptr, str.len);
    }
    return (hg_str){copy, str.len};
}

static inline void drop(hg_str str)
{
    free((void *) (uintptr_t) str.ptr);
}

static inline bool same(hg_str a, hg_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

#endif
