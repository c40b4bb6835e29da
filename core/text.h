/* SPDX-License-Identifier: MIT
 *
 * Small operations on slices of public text. Not for secrets: they stop at the first difference.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include "hookgauge.h"

static inline bool hgi_same(hg_str a, hg_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool hgi_starts(hg_str str, hg_str prefix)
{
    return str.len >= prefix.len && hgi_same((hg_str){str.ptr, prefix.len}, prefix);
}

static inline bool hgi_ends(hg_str str, hg_str suffix)
{
    return str.len >= suffix.len &&
           hgi_same((hg_str){str.ptr + (str.len - suffix.len), suffix.len}, suffix);
}

/* The part from byte `from` on, length `len`; the caller has checked the bounds. */
static inline hg_str hgi_part(hg_str str, size_t from, size_t len)
{
    return (hg_str){str.len > 0 ? str.ptr + from : str.ptr, len};
}

static inline bool hgi_is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Without the spaces and tabs around it: the optional white space of an HTTP field. */
static inline hg_str hgi_trim(hg_str str)
{
    while (str.len > 0 && hgi_is_blank(str.ptr[0])) {
        str.ptr++;
        str.len--;
    }
    while (str.len > 0 && hgi_is_blank(str.ptr[str.len - 1])) {
        str.len--;
    }
    return str;
}

/* Equal but for ASCII case; `lowered` is in lower case already. Both have len bytes. */
bool hgi_same_nocase(const char *text, const char *lowered, size_t len);

/* Equal but for ASCII case, neither in lower case yet. */
bool hgi_same_name(hg_str a, hg_str b);

/* A text of HTTP token characters (RFC 9110 section 5.6.2), such as a header's name has. */
bool hgi_is_token(hg_str str);

/* Visible ASCII (0x21 to 0x7e), 1 to HG_VALUE_MAX bytes. */
bool hgi_is_visible(hg_str str);

/* No control byte but tab: what an HTTP field value may hold (RFC 9110 section 5.5). */
bool hgi_is_field_value(hg_str str);

/* [A-Za-z0-9]+\.[A-Za-z0-9]+ : one dot, so that a signed text with an event in it has one reading.
 */
bool hgi_is_type_action(hg_str str);

/* What stands around the only occurrence of `word` in `text`; false when it occurs not at all or
 * more than once. */
bool hgi_around(hg_str text, hg_str word, hg_str *before, hg_str *after);

#endif
