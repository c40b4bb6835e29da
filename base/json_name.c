/* SPDX-License-Identifier: MIT
 *
 * Names of members, compared by their characters.
 */
#include "base/json_name.h"

#include <string.h>

#include "base/utf8.h"

static int hex_value(unsigned char byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    unsigned char lower = byte | 0x20;
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

int32_t json_unit(const unsigned char *place, const unsigned char *end)
{
    int32_t unit = 0;
    if (end - place < 6 || place[0] != '\\' || place[1] != 'u') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        int value = hex_value(place[i]);
        if (value < 0) {
            return -1;
        }
        unit = unit * 16 + value;
    }
    return unit;
}

bool json_is_high(int32_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

bool json_is_low(int32_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

/* Takes the next character off a name that scan_string has accepted. */
static uint32_t take_char(const unsigned char **at, const unsigned char *end)
{
    static const char spelled[] = "bfnrt";
    static const char meant[] = "\b\f\n\r\t";
    const unsigned char *place = *at;
    if (*place != '\\') {
        size_t size = utf8_size(place, (size_t) (end - place));
        *at += size;
        return utf8_code(place, size);
    }
    if (place[1] != 'u') {
        const char *found = strchr(spelled, place[1]);
        *at += 2;
        return found != NULL ? (uint32_t) meant[found - spelled] : place[1];
    }
    uint32_t unit = (uint32_t) json_unit(place, end);
    *at += 6;
    if (json_is_high((int32_t) unit)) {
        uint32_t low = (uint32_t) json_unit(*at, end);
        *at += 6;
        return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    return unit;
}

/* FNV-1a over the characters: only spares comparisons, so collisions cost time, nothing else. */
static uint32_t hash_name(const unsigned char *at, const unsigned char *end)
{
    uint32_t hash = 2166136261U;
    while (at < end) {
        hash = (hash ^ take_char(&at, end)) * 16777619U;
    }
    return hash;
}

struct json_name json_name_of(const unsigned char *start, const unsigned char *end)
{
    return (struct json_name){start, end, hash_name(start, end)};
}

bool json_same_name(const struct json_name *a, const struct json_name *b)
{
    if (a->hash != b->hash) {
        return false;
    }
    const unsigned char *at_a = a->start;
    const unsigned char *at_b = b->start;
    while (at_a < a->end && at_b < b->end) {
        if (take_char(&at_a, a->end) != take_char(&at_b, b->end)) {
            return false;
        }
    }
    return at_a == a->end && at_b == b->end;
}
