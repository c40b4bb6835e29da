/* SPDX-License-Identifier: MIT
 *
 * See http_field.h.
 */
#include "base/http_field.h"

#include <stdint.h>
#include <string.h>

/* What a byte may stand in. Every byte of every head is looked up here. */
enum { VALUE = 1, TOKEN = 2, TARGET = 4 };

/* clang-format off */
#define EACH16(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
#define V VALUE
#define T (VALUE | TARGET)
#define B (VALUE | TARGET | TOKEN)
#define N (VALUE | TOKEN) /* the number sign begins a fragment, which no target has */
static const unsigned char kinds[256] = {
    /* 00 */ 0, 0, 0, 0, 0, 0, 0, 0, 0, V, 0, 0, 0, 0, 0, 0, /* only tab */
    /* 10 */ EACH16(0),
    /* 20 */ V, B, T, N, B, B, B, B, T, T, B, B, T, B, B, T, /* !  # $ % & '  * +  - . */
    /* 30 */ B, B, B, B, B, B, B, B, B, B, T, T, T, T, T, T, /* 0 to 9 */
    /* 40 */ T, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, /* A */
    /* 50 */ B, B, B, B, B, B, B, B, B, B, B, T, T, T, B, B, /* to Z, ^ _ */
    /* 60 */ B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, B, /* `, a */
    /* 70 */ B, B, B, B, B, B, B, B, B, B, B, T, B, T, B, 0, /* to z, |  ~; not DEL */
    EACH16(V), EACH16(V), EACH16(V), EACH16(V), EACH16(V), EACH16(V), EACH16(V), EACH16(V),
};
#undef V
#undef T
#undef B
#undef N
/* clang-format on */

/* Gathered without a branch, and four at a time, which halves the work. */
static bool all_are(unsigned kind, hg_str text)
{
    const unsigned char *at = (const unsigned char *) text.ptr;
    unsigned all = kind;
    size_t left = text.len;
    for (; left >= 4; left -= 4, at += 4) {
        all &= (unsigned) (kinds[at[0]] & kinds[at[1]] & kinds[at[2]] & kinds[at[3]]);
    }
    for (; left > 0; left--, at++) {
        all &= kinds[*at];
    }
    return all != 0;
}

bool http_is_token(hg_str text)
{
    return text.len > 0 && all_are(TOKEN, text);
}

bool http_is_target(hg_str text)
{
    return text.len > 0 && all_are(TARGET, text);
}

/* Whether one of eight bytes is below 0x20 or is 0x7f. */
static bool has_control(uint64_t bytes)
{
    const uint64_t ones = UINT64_MAX / 255;
    uint64_t del = bytes ^ 0x7f * ones;
    return ((((bytes - 0x20 * ones) & ~bytes) | ((del - ones) & ~del)) & 0x80 * ones) != 0;
}

/* Eight bytes at a time, the last eight again from their end; a tab is rare enough to be looked for
 * only then. */
bool http_is_value(hg_str text)
{
    uint64_t bytes;
    if (text.len < sizeof(bytes)) {
        return all_are(VALUE, text);
    }
    const char *last = text.ptr + text.len - sizeof(bytes);
    memcpy(&bytes, last, sizeof(bytes));
    bool suspect = has_control(bytes);
    for (const char *at = text.ptr; at < last; at += sizeof(bytes)) {
        memcpy(&bytes, at, sizeof(bytes));
        suspect |= has_control(bytes);
    }
    return !suspect || all_are(VALUE, text);
}

bool http_is_blank(hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != ' ' && text.ptr[i] != '\t') {
            return false;
        }
    }
    return true;
}
