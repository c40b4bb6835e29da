/* SPDX-License-Identifier: MIT
 *
 * See http_field.h.
 */
#include "base/http_field.h"

#include <string.h>

static bool is_alnum(char byte)
{
    char lower = (char) (byte | 0x20);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9');
}

bool http_is_token(hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (!is_alnum(byte) && byte != '-' && memchr("!#$%&'*+.^_`|~", byte, 14) == NULL) {
            return false;
        }
    }
    return text.len > 0;
}

bool http_is_value(hg_str text)
{
    bool control = false; /* gathered without a branch, so that bytes are looked at in bulk */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char) text.ptr[i];
        control |= (byte < 0x20 && byte != '\t') || byte == 0x7f;
    }
    return !control;
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
