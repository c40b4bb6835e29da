/* SPDX-License-Identifier: MIT
 *
 * Causes that are other spellings of a JSON body: what parsing and serializing again does.
 */
#include "core/explain.h"
#include "core/json_text.h"
#include "core/text.h"

static const hg_str none = {NULL, 0};

static hg_str written(bool done, const struct hgi_out *out)
{
    return done ? (hg_str){out->ptr, out->len} : none;
}

static bool may_be_json(hg_str body)
{
    hg_str text = hgi_trim(body);
    return text.len > 0 && strchr("{[\"\r\n", text.ptr[0]) != NULL && text.ptr[0] != '\0';
}

static hg_str write(hg_str body, const struct hgi_json_style *style, struct hgi_out *out)
{
    return written(may_be_json(body) && hgi_json_write(body, style, out), out);
}

static hg_str make_layout(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    struct hgi_json_style style = {.layout = (enum hgi_json_layout) self->number};
    return write(body, &style, out);
}

static hg_str make_strings(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    struct hgi_json_style style = {.strings = self->number};
    return write(body, &style, out);
}

static hg_str make_numbers(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    struct hgi_json_style style = {.numbers = (enum hgi_json_numbers) self->number};
    return write(body, &style, out);
}

/* The layout that the body has already; minified when it is none of ours. */
static enum hgi_json_layout layout_of(hg_str body, struct hgi_out *out)
{
    for (unsigned layout = HGI_JSON_MINIFIED; layout <= HGI_JSON_TAB; layout++) {
        struct hgi_json_style style = {.layout = (enum hgi_json_layout) layout};
        out->len = 0;
        if (hgi_json_write(body, &style, out) && !out->full &&
            hgi_same((hg_str){out->ptr, out->len}, body)) {
            return style.layout;
        }
        out->full = false;
    }
    return HGI_JSON_MINIFIED;
}

enum { SORTED = 1, NO_NULLS = 2 };

static hg_str make_members(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    struct hgi_json_style style = {.sorted = self->number == SORTED,
                                   .no_nulls = self->number == NO_NULLS};
    if (!may_be_json(body) || !hgi_has(body, '{')) {
        return none;
    }
    style.layout = layout_of(body, out);
    out->len = 0;
    return write(body, &style, out);
}

static hg_str make_value(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    (void) self;
    return written(hgi_json_string_value(body, out), out);
}

/* The body as a JSON string. */
static hg_str make_string(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    static const char escaped[] = "\"\\\n\r\t\b\f";
    static const char marks[] = "\"\\nrtbf";
    (void) self;
    hgi_put_byte(out, '"');
    for (size_t i = 0; i < body.len; i++) {
        const char *at = body.ptr[i] != '\0' ? strchr(escaped, body.ptr[i]) : NULL;
        if (at != NULL) {
            hgi_put_byte(out, '\\');
            hgi_put_byte(out, (unsigned char) marks[at - escaped]);
        } else if ((unsigned char) body.ptr[i] < 0x20) {
            return none;
        } else {
            hgi_put_byte(out, (unsigned char) body.ptr[i]);
        }
    }
    hgi_put_byte(out, '"');
    return written(true, out);
}

#define SERIALIZED                                                                                 \
    "verify the bytes that arrived, before anything parses them; or sign what is sent"

#define STRINGS(name, rank, meaning, what)                                                         \
    {                                                                                              \
        {name, rank, meaning, SERIALIZED}, HGI_STAGE_STRINGS, true, false, make_strings, NULL,     \
            what                                                                                   \
    }
#define LAYOUT(name, rank, meaning, what)                                                          \
    {                                                                                              \
        {name, rank, meaning, SERIALIZED}, HGI_STAGE_LAYOUT, true, false, make_layout, NULL, what  \
    }

const struct hgi_edit hgi_json_causes[] = {
    LAYOUT("json-minified", 1, "the JSON is signed without white space and arrived with some",
           HGI_JSON_MINIFIED),
    LAYOUT("json-spaced", 2,
           "the JSON is signed on one line with a blank after each comma and colon, as Python's "
           "json.dumps writes it",
           HGI_JSON_SPACED),
    LAYOUT("json-indented-2", 2, "the JSON is signed indented by two blanks", HGI_JSON_TWO),
    LAYOUT("json-indented-4", 2, "the JSON is signed indented by four blanks", HGI_JSON_FOUR),
    LAYOUT("json-indented-tab", 3, "the JSON is signed indented by tabs", HGI_JSON_TAB),
    STRINGS("json-slash-escaped", 2,
            "each / is signed as \\/ and arrived bare, as PHP's json_encode makes of it",
            HGI_JSON_SLASH),
    STRINGS("json-slash-bare", 2, "each / is signed bare and arrived as \\/", HGI_JSON_NO_SLASH),
    STRINGS("json-unicode-escaped", 2,
            "characters beyond ASCII are signed as \\u escapes in lower case and arrived otherwise",
            HGI_JSON_LOWER),
    STRINGS("json-unicode-escaped-upper", 3,
            "characters beyond ASCII are signed as \\u escapes in upper case and arrived otherwise",
            HGI_JSON_UPPER),
    STRINGS("json-unicode-raw", 2,
            "characters beyond ASCII are signed as UTF-8 and arrived as \\u escapes", HGI_JSON_RAW),
    STRINGS("json-html-escaped", 3,
            "<, > and & are signed as \\u003c and the like, as Go's encoding/json writes them",
            HGI_JSON_HTML),
    STRINGS(
        "json-ascii-bare", 3,
        "ASCII characters are signed bare and arrived as \\u escapes, as Go and .NET write them",
        HGI_JSON_NO_HTML),
    STRINGS("json-dotnet-escaped", 3,
            "quotes, <, >, &, ' and + are signed as \\u0022 and the like, as .NET's "
            "System.Text.Json writes them",
            HGI_JSON_STRICT | HGI_JSON_UPPER),
    {{"json-numbers-short", 3,
      "numbers are signed in their shortest spelling (1, 1.5) and arrived as 1.0, 1.50 or 1e0",
      SERIALIZED},
     HGI_STAGE_NUMBERS,
     true,
     false,
     make_numbers,
     NULL,
     HGI_JSON_INTEGERS},
    {{"json-numbers-decimal", 4, "whole numbers are signed as 1.0 and arrived as 1", SERIALIZED},
     HGI_STAGE_NUMBERS,
     true,
     false,
     make_numbers,
     NULL,
     HGI_JSON_DECIMALS},
    {{"json-numbers-exponent", 6, "whole numbers are signed as 1e0 and arrived as 1", SERIALIZED},
     HGI_STAGE_NUMBERS,
     true,
     false,
     make_numbers,
     NULL,
     HGI_JSON_EXPONENTS},
    {{"json-sorted", 2, "the JSON is signed with its members sorted by name", SERIALIZED},
     HGI_STAGE_MEMBERS,
     true,
     false,
     make_members,
     NULL,
     SORTED},
    {{"json-nulls-dropped", 4, "the JSON is signed without its members that are null", SERIALIZED},
     HGI_STAGE_MEMBERS,
     true,
     false,
     make_members,
     NULL,
     NO_NULLS},
    {{"json-string-value", 4,
      "the body is a JSON string, and what is signed is the text it stands for",
      "serialize once: the sender (or your capture) turned the body into a string again"},
     HGI_STAGE_DECODE,
     true,
     false,
     make_value,
     NULL,
     0},
    {{"json-string-twice", 4, "the body is signed as a JSON string of itself",
      "have the sender serialize once before it signs"},
     HGI_STAGE_ENCODE,
     true,
     false,
     make_string,
     NULL,
     0},
    {.cause = {.name = NULL}},
};
