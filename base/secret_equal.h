/* SPDX-License-Identifier: MIT
 *
 * Comparing what a request brings with a secret.
 */
#ifndef BASE_SECRET_EQUAL_H
#define BASE_SECRET_EQUAL_H

#include "hookgauge.h"

/* Equal, in time that depends on the lengths alone. */
static inline bool secret_equal(hg_str a, hg_str b)
{
    unsigned differs = a.len != b.len ? 1 : 0;
    size_t size = a.len < b.len ? a.len : b.len;
    for (size_t i = 0; i < size; i++) {
        differs |= (unsigned) (unsigned char) (a.ptr[i] ^ b.ptr[i]);
        __asm__("" : "+r"(differs)); /* the compiler may not know it, so it can't stop early */
    }
    return differs == 0;
}

#endif
