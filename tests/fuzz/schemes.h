/* SPDX-License-Identifier: MIT
 *
 * All built-in rows, with a ring for each. The rows that the seeds name by their number come first.
 */
#ifndef TESTS_FUZZ_SCHEMES_H
#define TESTS_FUZZ_SCHEMES_H

#include "tests/fuzz/input.h"
#include "tests/rows.h"

#define SCHEMES_MAX 256 /* what one byte of input can choose from */

static hg_scheme *schemes[SCHEMES_MAX];
static hg_ring *rings[SCHEMES_MAX];
static char secrets[SCHEMES_MAX][ROW_SECRET_MAX + 1];
static size_t scheme_count;

static inline void open_scheme(const hg_scheme_spec *row)
{
    char text[ROW_SECRET_MAX];
    MUST(scheme_count < SCHEMES_MAX);
    hg_str secret = row_secret(row, ROW_PAIR, text);
    hg_key key = {hg_text("secret"), secret, HG_NEVER};
    memcpy(secrets[scheme_count], secret.ptr, secret.len);
    MUST(hg_scheme_new(row, &schemes[scheme_count], NULL) == HG_OK);
    MUST(hg_ring_new(schemes[scheme_count], &key, 1, &rings[scheme_count], NULL) == HG_OK);
    scheme_count++;
}

static inline bool is_first(const char *name)
{
    static const char *const first[] = {"github", "shopify", "slack", "standard-webhooks",
                                        "stripe", "webinone"};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++) {
        if (strcmp(first[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static inline void open_schemes(void)
{
    const hg_scheme_spec *row;
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
            if (is_first(row->name) == (round == 0)) {
                open_scheme(row);
            }
        }
    }
}

#endif
