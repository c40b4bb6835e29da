/* SPDX-License-Identifier: MIT
 *
 * Names of members as they stand in a JSON text, compared by their characters and not by their
 * spelling: "a" and "\u0061" are one name.
 */
#ifndef BASE_JSON_NAME_H
#define BASE_JSON_NAME_H

#include <stdbool.h>
#include <stdint.h>

/* A name without its quotes; points into the text. */
struct json_name {
    const unsigned char *start;
    const unsigned char *end;
    uint32_t hash; /* of the characters, so that most comparisons end at once */
};

/* The name between start and end, which the scanner has accepted as the inside of a string. */
struct json_name json_name_of(const unsigned char *start, const unsigned char *end);

bool json_same_name(const struct json_name *a, const struct json_name *b);

/* The UTF-16 unit of "\uXXXX", whose backslash is at place; -1 when that is not what stands there
 * before end. */
int32_t json_unit(const unsigned char *place, const unsigned char *end);

/* The two halves of a surrogate pair. */
bool json_is_high(int32_t unit);
bool json_is_low(int32_t unit);

#endif
