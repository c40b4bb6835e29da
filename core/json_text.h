/* SPDX-License-Identifier: MIT
 *
 * JSON written again as another serializer would write it. Works on the text; no tree is built.
 */
#ifndef CORE_JSON_TEXT_H
#define CORE_JSON_TEXT_H

#include "core/explain.h"

#define HGI_JSON_DEPTH_MAX 64     /* nesting: bounds the recursion */
#define HGI_JSON_MEMBERS_MAX 4096 /* of one object that is sorted: bounds the memory */

enum hgi_json_layout {
    HGI_JSON_KEEP = 0, /* white space as it is */
    HGI_JSON_MINIFIED,
    HGI_JSON_SPACED, /* one line, ", " and ": ": Python */
    HGI_JSON_TWO,    /* a line each, indented by two, by four, by a tab */
    HGI_JSON_FOUR,
    HGI_JSON_TAB
};

/* How strings are written; 0 keeps each spelling. */
enum {
    HGI_JSON_SLASH = 1,    /* "/" as "\/" */
    HGI_JSON_NO_SLASH = 2, /* "\/" as "/" */
    HGI_JSON_LOWER = 4,    /* not ASCII as \u00e9 */
    HGI_JSON_UPPER = 8,    /* as \u00E9 */
    HGI_JSON_RAW = 16,     /* \u escapes of what is not ASCII as UTF-8 */
    HGI_JSON_HTML = 32,    /* < > & as \u003c …: Go */
    HGI_JSON_NO_HTML = 64, /* those, and all other \u escapes of visible ASCII, undone */
    HGI_JSON_STRICT = 128  /* < > & ' + ` and quotes as \u003C …: .NET */
};

enum hgi_json_numbers {
    HGI_JSON_NUMBERS_KEEP = 0,
    HGI_JSON_INTEGERS, /* 1.0 and 1e0 as 1, 1.50 as 1.5: JavaScript */
    HGI_JSON_DECIMALS, /* 1 as 1.0 */
    HGI_JSON_EXPONENTS /* 1 as 1e0 */
};

struct hgi_json_style {
    enum hgi_json_layout layout;
    unsigned strings;
    enum hgi_json_numbers numbers;
    bool sorted;   /* members in order of their names' bytes; needs a layout */
    bool no_nulls; /* members that are null left out; needs a layout */
};

/* Writes text again. False when it is not JSON (or nests too deep); out may then hold a part. */
bool hgi_json_write(hg_str text, const struct hgi_json_style *style, struct hgi_out *out);

/* A string's value, without its quotes. False when text is not one JSON string. */
bool hgi_json_string_value(hg_str text, struct hgi_out *out);

/* The next member of the object that text is: name (escaped as it is) and value as they stand in
 * text. Start with *at = 0. */
bool hgi_json_member(hg_str text, size_t *at, hg_str *name, hg_str *value);

#endif
