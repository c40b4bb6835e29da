/* SPDX-License-Identifier: MIT
 *
 * Small operations on slices of public text.
 */
#include "core/text.h"

/* Eight bytes at a time: every header of every request passes here. */
enum { WORD = sizeof(uint64_t) };

#define EACH(byte) (UINT64_MAX / 255 * (byte)) /* the byte in all eight places */

static uint64_t load(const char *from)
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

/* The top bit of each byte from first to last, both ASCII. Seven-bit sums can't carry into the next
 * byte. */
static uint64_t between(uint64_t word, unsigned first, unsigned last)
{
    uint64_t seven = word & EACH(0x7f);
    uint64_t from_first = seven + EACH(0x80u - first);
    uint64_t above_last = seven + EACH(0x7fu - last);
    return (from_first ^ above_last) & ~word & EACH(0x80);
}

/* A to Z in lower case, all other bytes as they are. */
static uint64_t lower(uint64_t word)
{
    return word | between(word, 'A', 'Z') >> 2;
}

/* The top bit of each byte that is a letter or a digit. */
static uint64_t alphanumeric(uint64_t word)
{
    return between(word | EACH(0x20), 'a', 'z') | between(word, '0', '9');
}

/* Not zero if a byte is below 0x20 or is 0x7f. */
static uint64_t controls(uint64_t word)
{
    uint64_t low = (word - EACH(0x20)) & ~word;
    uint64_t del = word ^ EACH(0x7f);
    return (low | ((del - EACH(1)) & ~del)) & EACH(0x80);
}

static char lower_char(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

bool hgi_same_nocase(const char *text, const char *lowered, size_t len)
{
    uint64_t differs = 0;
    if (len < WORD) {
        for (size_t i = 0; i < len; i++) {
            differs |= (uint64_t) (lower_char(text[i]) != lowered[i]);
        }
        return differs == 0;
    }
    /* The end first: names of a family differ there. It may overlap what the loop takes. */
    if (lower(load(text + len - WORD)) != load(lowered + len - WORD)) {
        return false;
    }
    for (size_t i = 0; i < len - WORD; i += WORD) {
        differs |= lower(load(text + i)) ^ load(lowered + i);
    }
    return differs == 0;
}

bool hgi_same_name(hg_str a, hg_str b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && lower_char(a.ptr[i]) == lower_char(b.ptr[i])) {
        i++;
    }
    return i == a.len && i == b.len;
}

static bool is_control(char c)
{
    return ((unsigned char) c < 0x20 && c != '\t') || c == 0x7f;
}

/* The same byte by byte, to tell a tab from the other control bytes. */
static bool is_field_value_slow(hg_str str)
{
    for (size_t i = 0; i < str.len; i++) {
        if (is_control(str.ptr[i])) {
            return false;
        }
    }
    return true;
}

bool hgi_is_field_value(hg_str str)
{
    uint64_t suspect = 0;
    if (str.len < WORD) {
        return is_field_value_slow(str);
    }
    for (size_t i = 0; i < str.len - WORD; i += WORD) {
        suspect |= controls(load(str.ptr + i));
    }
    suspect |= controls(load(str.ptr + str.len - WORD));
    return suspect == 0 || is_field_value_slow(str);
}

/* What a byte may stand in: the letters and digits, and the marks of HTTP tokens. */
enum { ALNUM = 1, MARK = 2 };

#define ROW16(x) x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x
static const unsigned char kinds[256] = {
    ['0'] = 1, 1,         1,         1, 1, 1,         1, 1,         1, 1,         ['A'] = ROW16(1),
    1,         1,         1,         1, 1, 1,         1, 1,         1, 1,         ['a'] = ROW16(1),
    1,         1,         1,         1, 1, 1,         1, 1,         1, 1,         ['!'] = 2,
    ['#'] = 2, 2,         2,         2, 2, ['*'] = 2, 2, ['-'] = 2, 2, ['^'] = 2, 2,
    2,         ['|'] = 2, ['~'] = 2,
};

bool hgi_is_token(hg_str str)
{
    for (size_t i = 0; i < str.len; i++) {
        if (kinds[(unsigned char) str.ptr[i]] == 0) {
            return false;
        }
    }
    return str.len > 0;
}

bool hgi_is_visible(hg_str str)
{
    for (size_t i = 0; i < str.len; i++) {
        if (str.ptr[i] < 0x21 || str.ptr[i] > 0x7e) {
            return false;
        }
    }
    return str.len > 0 && str.len <= HG_VALUE_MAX;
}

/* One or more letters and digits. */
static bool is_name(const char *text, size_t len)
{
    uint64_t all = UINT64_MAX;
    if (len < WORD) {
        unsigned kind = ALNUM;
        for (size_t i = 0; i < len; i++) {
            kind &= kinds[(unsigned char) text[i]];
        }
        return len > 0 && kind == ALNUM;
    }
    for (size_t i = 0; i < len - WORD; i += WORD) {
        all &= alphanumeric(load(text + i));
    }
    return (all & alphanumeric(load(text + len - WORD))) == EACH(0x80);
}

bool hgi_is_type_action(hg_str str)
{
    const char *dot = str.len > 0 ? memchr(str.ptr, '.', str.len) : NULL;
    if (dot == NULL || str.len > HG_VALUE_MAX) {
        return false;
    }
    size_t left = (size_t) (dot - str.ptr);
    return is_name(str.ptr, left) && is_name(dot + 1, str.len - left - 1);
}

bool hgi_around(hg_str text, hg_str word, hg_str *before, hg_str *after)
{
    size_t found = 0;
    size_t at = 0;
    for (size_t i = 0; i + word.len <= text.len; i++) {
        if (text.ptr[i] == word.ptr[0] && hgi_same(hgi_part(text, i, word.len), word)) {
            found++;
            at = i;
        }
    }
    if (found != 1) {
        return false;
    }
    *before = hgi_part(text, 0, at);
    *after = hgi_part(text, at + word.len, text.len - at - word.len);
    return true;
}
