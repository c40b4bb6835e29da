/* SPDX-License-Identifier: MIT
 *
 * Text in HTML and XML.
 */
#include "harness/markup.h"

#include "base/utf8.h"

static const char *entity(unsigned char byte)
{
    switch (byte) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return NULL;
    }
}

/* Marks of direction, joiners, line and paragraph separators, tags, noncharacters: with them a text
 * from a target could be read as another one. */
static bool is_deceptive(uint32_t code)
{
    return (code >= 0x80 && code < 0xa0) || code == 0xad || code == 0x61c ||
           (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
           (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xfdd0 && code <= 0xfdef) ||
           (code & 0xfffe) == 0xfffe || (code >= 0xe0000 && code <= 0xe0fff);
}

/* Appends the character at the start of text; returns its size, 0 when out is full. */
static size_t add_one(struct buf *out, const unsigned char *text, size_t left)
{
    const char *escaped = entity(*text);
    size_t size = utf8_size(text, left);
    bool control = (*text < ' ' && *text != '\t' && *text != '\n') || *text == 0x7f;
    bool done;
    if (escaped != NULL) {
        done = buf_add_text(out, escaped);
    } else if (size == 0 || control) {
        size = 1;
        done = buf_addf(out, "\\x%02x", *text);
    } else if (is_deceptive(utf8_code(text, size))) {
        done = buf_addf(out, "\\u{%x}", utf8_code(text, size));
    } else {
        done = buf_add(out, text, size);
    }
    return done ? size : 0;
}

bool markup_add(struct buf *out, hg_str text)
{
    const unsigned char *at = (const unsigned char *) text.ptr;
    size_t left = text.len;
    size_t from = out->len;
    while (left > 0) {
        size_t size = add_one(out, at, left);
        if (size == 0) {
            out->len = from;
            return false;
        }
        at += size;
        left -= size;
    }
    return true;
}

bool markup_add_text(struct buf *out, const char *text)
{
    return markup_add(out, hg_text(text));
}
