/* SPDX-License-Identifier: MIT
 *
 * The strict scanner under json_parse: checks a whole document, builds nothing.
 */
#ifndef BASE_JSON_SCAN_H
#define BASE_JSON_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "hookgauge.h"

/* Members of one object: bounds the search for duplicates, which compares each with each. Ours
 * have at most 30. */
#define JSON_MEMBERS_MAX 1024

/* Bytes of a number: cJSON reads at most 63 of them and would take the rest for garbage. */
#define JSON_NUMBER_MAX 60

struct json_mistake {
    size_t offset;    /* bytes from the start of the text */
    const char *what; /* static storage */
    bool no_memory;   /* nothing is wrong with the text: the scan could not go on */
};

/* Whether text is one JSON document by RFC 8259, nested at most JSON_DEPTH_MAX deep, in which no
 * object names a member twice. Besides the ceilings above, three things that the RFC allows are
 * refused, because a reader could not carry them: "\u0000", a lone surrogate escape, an integer
 * beyond 2^53. On failure *mistake says what and where. Time is linear in the text, for objects
 * times their number of members. */
bool json_scan(hg_str text, struct json_mistake *mistake);

#endif
