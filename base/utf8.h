/* SPDX-License-Identifier: MIT
 *
 * The form of UTF-8, RFC 3629.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The length of the character at the start of text, which has left bytes; 0 when it is not one:
 * overlong, a surrogate, beyond U+10FFFF, cut short, or left is 0. */
static inline size_t utf8_size(const unsigned char *text, size_t left)
{
    if (left == 0) {
        return 0;
    }
    if (text[0] < 0x80) {
        return 1;
    }
    size_t size = text[0] < 0xc2 ? 0 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    if (size == 0 || text[0] > 0xf4 || size > left) {
        return 0;
    }
    /* The second byte's range is what shuts out overlongs, surrogates and > U+10FFFF. */
    unsigned char low = text[0] == 0xe0 ? 0xa0 : text[0] == 0xf0 ? 0x90 : 0x80;
    unsigned char high = text[0] == 0xed ? 0x9f : text[0] == 0xf4 ? 0x8f : 0xbf;
    if (text[1] < low || text[1] > high) {
        return 0;
    }
    for (size_t i = 2; i < size; i++) {
        if ((text[i] & 0xc0) != 0x80) {
            return 0;
        }
    }
    return size;
}

/* The code point of a character that utf8_size has accepted with that size. */
static inline uint32_t utf8_code(const unsigned char *text, size_t size)
{
    if (size == 1) {
        return text[0];
    }
    uint32_t code = text[0] & (0x7fU >> size);
    for (size_t i = 1; i < size; i++) {
        code = (code << 6) | (text[i] & 0x3fU);
    }
    return code;
}

#endif
