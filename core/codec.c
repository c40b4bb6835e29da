/* SPDX-License-Identifier: MIT
 *
 * Strict hex and base64 without tables or branches on the data, since keys pass through here.
 */
#include "core/codec.h"
#include "core/crypto.h"

/* All ones when low <= c <= high, else 0. Arguments are byte values, so the differences fit. */
static unsigned in_range(unsigned c, unsigned low, unsigned high)
{
    return 0u - (((low - 1u - c) & (c - high - 1u)) >> 31);
}

/* Sixteen hex digits at a time, in vectors that gcc and clang provide on every machine. */
enum { LANES = 16 };

typedef uint8_t bytes16 __attribute__((vector_size(LANES)));
typedef uint16_t pairs8 __attribute__((vector_size(LANES)));
typedef uint8_t bytes8 __attribute__((vector_size(LANES / 2)));

/* Decodes sixteen digits to eight bytes; not zero is returned if one of them is no hex digit. */
static uint64_t hex_bytes(const unsigned char in[LANES], unsigned char out[LANES / 2])
{
    bytes16 text;
    memcpy(&text, in, sizeof text);
    bytes16 digit = text - '0';
    bytes16 letter = (text | 0x20) - 'a';
    bytes16 is_digit = (bytes16) (digit < 10);
    bytes16 is_letter = (bytes16) (letter < 6);
    bytes16 values = (is_digit & digit) | (is_letter & (letter + 10));
    bytes16 bad = ~(is_digit | is_letter);
    pairs8 pairs = (pairs8) values;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    pairs = pairs << 4 | pairs >> 8; /* the first digit is the low byte of its pair */
#else
    pairs = pairs >> 4 | pairs;
#endif
    bytes8 joined = __builtin_convertvector(pairs, bytes8);
    memcpy(out, &joined, sizeof joined);
    uint64_t halves[2];
    memcpy(halves, &bad, sizeof halves);
    return halves[0] | halves[1];
}

/* 0 to 63; *bad becomes not zero for a byte outside the alphabet; c62 and c63 are the alphabet's
 * last two characters. */
static unsigned base64_value(unsigned c, unsigned c62, unsigned c63, unsigned *bad)
{
    unsigned upper = in_range(c, 'A', 'Z');
    unsigned lower = in_range(c, 'a', 'z');
    unsigned digit = in_range(c, '0', '9');
    unsigned is62 = in_range(c, c62, c62);
    unsigned is63 = in_range(c, c63, c63);
    *bad |= ~(upper | lower | digit | is62 | is63);
    return (upper & (c - 'A')) | (lower & (c - 'a' + 26u)) | (digit & (c - '0' + 52u)) |
           (is62 & 62u) | (is63 & 63u);
}

/* Whether bad is still zero; the answer is public, how the bytes were is not. */
static bool held(uint64_t bad)
{
    HGI_PUBLIC(&bad, sizeof bad);
    return bad == 0;
}

static bool decode_hex(hg_str text, unsigned char *out, size_t capacity, size_t *length)
{
    const unsigned char *in = (const unsigned char *) text.ptr;
    uint64_t bad = 0;
    size_t at = 0;
    if (text.len % 2 != 0 || text.len / 2 > capacity) {
        return false;
    }
    for (; at + LANES <= text.len; at += LANES) {
        bad |= hex_bytes(in + at, out + at / 2);
    }
    if (at < text.len) {
        unsigned char last[LANES];
        unsigned char bytes[LANES / 2];
        memset(last, '0', sizeof last);
        memcpy(last, in + at, text.len - at);
        bad |= hex_bytes(last, bytes);
        memcpy(out + at / 2, bytes, (text.len - at) / 2);
    }
    if (!held(bad)) {
        return false;
    }
    *length = text.len / 2;
    return true;
}

/* Base64 without its padding, canonical: the bits of the last character beyond the last byte must
 * be zero. */
static bool decode_base64(hg_str text, bool url, unsigned char *out, size_t capacity,
                          size_t *length)
{
    size_t size = text.len / 4 * 3 + (text.len % 4 > 0 ? text.len % 4 - 1 : 0);
    if (text.len % 4 == 1 || size > capacity) {
        return false;
    }
    unsigned bad = 0;
    unsigned bits = 0; /* those not yet written, in the low `have` places */
    unsigned have = 0;
    size_t at = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned value =
            base64_value((unsigned char) text.ptr[i], url ? '-' : '+', url ? '_' : '/', &bad);
        bits = bits << 6 | value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[at++] = (unsigned char) (bits >> have);
            bits &= (1u << have) - 1u;
        }
    }
    if (!held(bad | bits)) {
        return false;
    }
    *length = size;
    return true;
}

size_t hgi_base64_padding(hg_str text)
{
    size_t padding = 0;
    while (padding < 2 && padding < text.len) {
        bool pad = text.ptr[text.len - 1 - padding] == '=';
        HGI_PUBLIC(&pad, sizeof pad); /* the length of a key is no secret */
        if (!pad) {
            break;
        }
        padding++;
    }
    return padding;
}

bool hgi_decode_unpadded(hg_str text, void *out, size_t capacity, size_t *length)
{
    return decode_base64(text, false, out, capacity, length);
}

bool hg_decode(hg_encoding encoding, hg_str text, void *out, size_t capacity, size_t *length)
{
    switch (encoding) {
    case HG_HEX: return decode_hex(text, out, capacity, length);
    case HG_BASE64:
        if (text.len % 4 != 0) {
            return false;
        }
        text.len -= hgi_base64_padding(text);
        return decode_base64(text, false, out, capacity, length);
    case HG_BASE64URL: return decode_base64(text, true, out, capacity, length);
    }
    return false;
}

/* The character of a value below 16, and below 64. */
static char hex_char(unsigned value)
{
    return (char) (value + '0' + (in_range(value, 10, 15) & ('a' - '0' - 10u)));
}

static char base64_char(unsigned value, unsigned c62, unsigned c63)
{
    unsigned c = (in_range(value, 0, 25) & (value + 'A')) |
                 (in_range(value, 26, 51) & (value - 26u + 'a')) |
                 (in_range(value, 52, 61) & (value - 52u + '0')) | (in_range(value, 62, 62) & c62) |
                 (in_range(value, 63, 63) & c63);
    return (char) c;
}

static size_t encode_hex(const unsigned char *data, size_t size, char *out)
{
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = hex_char(data[i] >> 4);
        out[2 * i + 1] = hex_char(data[i] & 15u);
    }
    return 2 * size;
}

static size_t encode_base64(const unsigned char *data, size_t size, bool url, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i < 3 ? size - i : 3;
        unsigned group = (unsigned) data[i] << 16;
        group |= left > 1 ? (unsigned) data[i + 1] << 8 : 0;
        group |= left > 2 ? (unsigned) data[i + 2] : 0;
        for (size_t j = 0; j <= left; j++) {
            out[at++] = base64_char(group >> (18 - 6 * j) & 63u, url ? '-' : '+', url ? '_' : '/');
        }
        for (size_t j = left; j < 3 && !url; j++) {
            out[at++] = '=';
        }
    }
    return at;
}

size_t hg_encode(hg_encoding encoding, const void *data, size_t size, char *out, size_t capacity)
{
    if (size > SIZE_MAX / 4) {
        return 0;
    }
    size_t unpadded = size / 3 * 4 + (size % 3 > 0 ? size % 3 + 1 : 0);
    size_t need = encoding == HG_HEX      ? 2 * size
                  : encoding == HG_BASE64 ? (size + 2) / 3 * 4
                                          : unpadded;
    if (need > capacity) {
        return 0;
    }
    switch (encoding) {
    case HG_HEX: return encode_hex(data, size, out);
    case HG_BASE64: return encode_base64(data, size, false, out);
    case HG_BASE64URL: return encode_base64(data, size, true, out);
    }
    return 0;
}
