/* SPDX-License-Identifier: MIT
 *
 * A strict JSON scanner. Each scan_ function starts with s->at on the first byte of what it is
 * for, leaves it behind the last, and returns false once a mistake is noted.
 */
#include "base/json_scan.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_name.h"
#include "base/utf8.h"

struct scanner {
    const unsigned char *start;
    const unsigned char *at;
    const unsigned char *end;
    struct json_name *names; /* of all open objects: an inner object's lie on top of its parent's */
    size_t name_count;
    size_t name_cap;
    struct json_mistake *mistake;
};

static bool wrong_at(struct scanner *s, const unsigned char *place, const char *what)
{
    *s->mistake = (struct json_mistake){.offset = (size_t) (place - s->start), .what = what};
    return false;
}

static bool wrong(struct scanner *s, const char *what)
{
    return wrong_at(s, s->at, s->at == s->end ? "the text ends too early" : what);
}

static void skip_blanks(struct scanner *s)
{
    while (s->at < s->end &&
           (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')) {
        s->at++;
    }
}

static bool next_is(const struct scanner *s, char byte)
{
    return s->at < s->end && *s->at == (unsigned char) byte;
}

static bool is_digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

/* ---- Strings --------------------------------------------------------------------------------- */

static bool scan_unit(struct scanner *s)
{
    int32_t unit = json_unit(s->at, s->end);
    if (unit < 0) {
        return wrong(s, "\\u needs four hex digits");
    }
    if (unit == 0) {
        return wrong(s, "\\u0000 is not allowed");
    }
    if (json_is_low(unit) || (json_is_high(unit) && !json_is_low(json_unit(s->at + 6, s->end)))) {
        return wrong(s, "half of a surrogate pair");
    }
    s->at += json_is_high(unit) ? 12 : 6;
    return true;
}

static bool scan_escape(struct scanner *s)
{
    if (s->end - s->at < 2) {
        return wrong_at(s, s->end, "the text ends too early");
    }
    if (s->at[1] == 'u') {
        return scan_unit(s);
    }
    if (s->at[1] == '\0' || strchr("\"\\/bfnrt", s->at[1]) == NULL) {
        return wrong(s, "unknown escape");
    }
    s->at += 2;
    return true;
}

/* Bytes that need no second look inside a string: nearly all of a document is this loop. */
static const bool plain[256] = {
    [0x20 ... 0x21] = true, [0x23 ... 0x5b] = true, [0x5d ... 0x7f] = true};

static bool scan_string(struct scanner *s)
{
    s->at++;
    for (;;) {
        while (s->at < s->end && plain[*s->at]) {
            s->at++;
        }
        if (s->at == s->end) {
            return wrong(s, "");
        }
        if (*s->at == '"') {
            s->at++;
            return true;
        }
        if (*s->at == '\\') {
            if (!scan_escape(s)) {
                return false;
            }
        } else if (*s->at < 0x20) {
            return wrong(s, "a control byte in a string: it must be escaped");
        } else {
            size_t size = utf8_size(s->at, (size_t) (s->end - s->at));
            if (size == 0) {
                return wrong(s, "not UTF-8");
            }
            s->at += size;
        }
    }
}

/* ---- Names: duplicates are told by their characters, not by their spelling ------------------- */

static bool push_name(struct scanner *s, struct json_name name)
{
    if (s->name_count == s->name_cap) {
        size_t cap = s->name_cap > 0 ? s->name_cap * 2 : 64;
        struct json_name *names = realloc(s->names, cap * sizeof *names);
        if (names == NULL) {
            (void) wrong(s, "out of memory");
            s->mistake->no_memory = true;
            return false;
        }
        s->names = names;
        s->name_cap = cap;
    }
    s->names[s->name_count++] = name;
    return true;
}

/* A member's name; first is where those of its object begin. */
static bool scan_name(struct scanner *s, size_t first)
{
    const unsigned char *quote = s->at;
    if (!next_is(s, '"')) {
        return wrong(s, "a member's name in quotes must stand here");
    }
    if (!scan_string(s)) {
        return false;
    }
    struct json_name name = json_name_of(quote + 1, s->at - 1);
    for (size_t i = first; i < s->name_count; i++) {
        if (json_same_name(&s->names[i], &name)) {
            return wrong_at(s, quote, "a second member of that name");
        }
    }
    if (s->name_count - first >= JSON_MEMBERS_MAX) {
        return wrong_at(s, quote, "too many members in one object");
    }
    return push_name(s, name);
}

/* ---- Numbers and words ----------------------------------------------------------------------- */

static bool scan_digits(struct scanner *s)
{
    if (s->at == s->end || !is_digit(*s->at)) {
        return wrong(s, "a digit must stand here");
    }
    while (s->at < s->end && is_digit(*s->at)) {
        s->at++;
    }
    return true;
}

/* Beyond 2^53 a double has no place for every integer: the reader would see another number. */
static bool integer_fits(const unsigned char *digits, size_t count)
{
    static const char largest[] = "9007199254740992";
    size_t limit = sizeof largest - 1;
    return count < limit || (count == limit && memcmp(digits, largest, limit) <= 0);
}

static bool scan_number(struct scanner *s)
{
    const unsigned char *first = s->at;
    if (next_is(s, '-')) {
        s->at++;
    }
    const unsigned char *digits = s->at;
    if (!scan_digits(s)) {
        return false;
    }
    size_t count = (size_t) (s->at - digits);
    if (count > 1 && *digits == '0') {
        return wrong_at(s, digits, "a leading zero");
    }
    bool integer = true;
    if (next_is(s, '.')) {
        integer = false;
        s->at++;
        if (!scan_digits(s)) {
            return false;
        }
    }
    if (next_is(s, 'e') || next_is(s, 'E')) {
        integer = false;
        s->at++;
        s->at += next_is(s, '+') || next_is(s, '-');
        if (!scan_digits(s)) {
            return false;
        }
    }
    if (s->at - first > JSON_NUMBER_MAX) {
        return wrong_at(s, first, "the number has too many digits");
    }
    return !integer || integer_fits(digits, count) ||
           wrong_at(s, first, "the integer is beyond 2^53");
}

static bool scan_word(struct scanner *s, const char *word)
{
    size_t size = strlen(word);
    if ((size_t) (s->end - s->at) < size || memcmp(s->at, word, size) != 0) {
        return wrong(s, "not a JSON value");
    }
    s->at += size;
    return true;
}

/* ---- Values ---------------------------------------------------------------------------------- */

static bool scan_value(struct scanner *s, int depth);

/* Behind an element: true with *more set for a comma, cleared for the closing bracket. */
static bool scan_next(struct scanner *s, char closing, bool *more)
{
    skip_blanks(s);
    *more = next_is(s, ',');
    if (!*more && !next_is(s, closing)) {
        return wrong(s,
                     closing == '}' ? "',' or '}' must stand here" : "',' or ']' must stand here");
    }
    s->at++;
    skip_blanks(s);
    return true;
}

static bool scan_array(struct scanner *s, int depth)
{
    bool more = true;
    s->at++;
    skip_blanks(s);
    if (next_is(s, ']')) {
        s->at++;
        return true;
    }
    while (more) {
        if (!scan_value(s, depth) || !scan_next(s, ']', &more)) {
            return false;
        }
    }
    return true;
}

static bool scan_member(struct scanner *s, size_t first, int depth)
{
    if (!scan_name(s, first)) {
        return false;
    }
    skip_blanks(s);
    if (!next_is(s, ':')) {
        return wrong(s, "':' must stand here");
    }
    s->at++;
    skip_blanks(s);
    return scan_value(s, depth);
}

static bool scan_object(struct scanner *s, int depth)
{
    bool more = true;
    size_t first = s->name_count;
    s->at++;
    skip_blanks(s);
    if (next_is(s, '}')) {
        s->at++;
        return true;
    }
    while (more) {
        if (!scan_member(s, first, depth) || !scan_next(s, '}', &more)) {
            return false;
        }
    }
    s->name_count = first;
    return true;
}

/* depth is the number of arrays and objects open around the value. */
static bool scan_value(struct scanner *s, int depth)
{
    if (s->at == s->end) {
        return wrong(s, "");
    }
    if (depth == JSON_DEPTH_MAX && (*s->at == '{' || *s->at == '[')) {
        return wrong(s, "nested too deep");
    }
    switch (*s->at) {
    case '{': return scan_object(s, depth + 1);
    case '[': return scan_array(s, depth + 1);
    case '"': return scan_string(s);
    case 't': return scan_word(s, "true");
    case 'f': return scan_word(s, "false");
    case 'n': return scan_word(s, "null");
    default:
        if (*s->at == '-' || is_digit(*s->at)) {
            return scan_number(s);
        }
        return wrong(s, "a JSON value must stand here");
    }
}

static bool scan_document(struct scanner *s)
{
    skip_blanks(s);
    if (!scan_value(s, 0)) {
        return false;
    }
    skip_blanks(s);
    return s->at == s->end || wrong(s, "text after the end of the document");
}

bool json_scan(hg_str text, struct json_mistake *mistake)
{
    const unsigned char *start = (const unsigned char *) (text.ptr != NULL ? text.ptr : "");
    struct scanner s = {.start = start, .at = start, .end = start + text.len, .mistake = mistake};
    bool good = scan_document(&s);
    free(s.names);
    return good;
}
