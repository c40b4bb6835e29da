/* SPDX-License-Identifier: MIT
 *
 * Small operations on slices of public text.
 */
#include "core/text.h"

hg_str hgi_trim(hg_str str)
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

bool hgi_same_nocase(hg_str str, hg_str lower)
{
    if (str.len != lower.len) {
        return false;
    }
    for (size_t i = 0; i < str.len; i++) {
        char c = str.ptr[i];
        if (c >= 'A' && c <= 'Z') {
            c = (char) (c - 'A' + 'a');
        }
        if (c != lower.ptr[i]) {
            return false;
        }
    }
    return true;
}

static bool is_alnum(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool hgi_is_token(hg_str str)
{
    for (size_t i = 0; i < str.len; i++) {
        char c = str.ptr[i];
        if (c == '\0' || (!is_alnum(c) && strchr("!#$%&'*+-.^_`|~", c) == NULL)) {
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

bool hgi_is_field_value(hg_str str)
{
    unsigned bad = 0;
    for (size_t i = 0; i < str.len; i++) {
        unsigned char c = (unsigned char) str.ptr[i];
        bad |= (unsigned) (c < 0x20 && c != '\t') | (unsigned) (c == 0x7f);
    }
    return bad == 0;
}

bool hgi_is_type_action(hg_str str)
{
    size_t dots = 0;
    for (size_t i = 0; i < str.len; i++) {
        bool dot = str.ptr[i] == '.';
        if (dot ? i == 0 || i == str.len - 1 : !is_alnum(str.ptr[i])) {
            return false;
        }
        dots += dot;
    }
    return dots == 1 && str.len <= HG_VALUE_MAX;
}

bool hgi_around(hg_str text, hg_str word, hg_str *before, hg_str *after)
{
    size_t found = 0;
    size_t at = 0;
    for (size_t i = 0; i + word.len <= text.len; i++) {
        if (hgi_same(hgi_part(text, i, word.len), word)) {
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
