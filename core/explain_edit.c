/* SPDX-License-Identifier: MIT
 *
 * Edits of bytes that the tables of bodies and of secrets share.
 */
#include "core/explain.h"
#include "core/text.h"

static const hg_str none = {NULL, 0};

static hg_str written(const struct hgi_out *out)
{
    return (hg_str){out->ptr, out->len};
}

/* ---- Ends ------------------------------------------------------------------------------------ */

/* Text behind, or in front of, the body. */
hg_str hgi_make_added(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hgi_put(out, body);
    hgi_put(out, (hg_str){self->words, self->number});
    return written(out);
}

hg_str hgi_make_fronted(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hgi_put(out, hg_text(self->words));
    hgi_put(out, body);
    return written(out);
}

hg_str hgi_make_end_dropped(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hg_str end = {self->words, self->number};
    (void) out;
    return hgi_ends(body, end) ? hgi_part(body, 0, body.len - end.len) : none;
}

hg_str hgi_make_front_dropped(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hg_str front = hg_text(self->words);
    (void) out;
    return hgi_starts(body, front) ? hgi_part(body, front.len, body.len - front.len) : none;
}

hg_str hgi_make_trimmed(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hg_str text = body;
    (void) out;
    while (self->number & HGI_AT_START && text.len > 0 &&
           strchr(" \t\r\n\v\f", text.ptr[0]) != NULL && text.ptr[0] != '\0') {
        text = hgi_part(text, 1, text.len - 1);
    }
    while (self->number & HGI_AT_END && text.len > 0 &&
           strchr(" \t\r\n\v\f", text.ptr[text.len - 1]) != NULL &&
           text.ptr[text.len - 1] != '\0') {
        text.len--;
    }
    return text.len < body.len ? text : none;
}

hg_str hgi_make_unquoted(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    (void) out;
    bool quoted = body.len >= 2 && strchr(self->words, body.ptr[0]) != NULL &&
                  body.ptr[0] != '\0' && body.ptr[body.len - 1] == body.ptr[0];
    return quoted ? hgi_part(body, 1, body.len - 2) : none;
}

hg_str hgi_make_nul_cut(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    const char *nul = body.len > 0 ? memchr(body.ptr, '\0', body.len) : NULL;
    (void) self;
    (void) out;
    return nul != NULL ? hgi_part(body, 0, (size_t) (nul - body.ptr)) : none;
}

/* Something else altogether. */
hg_str hgi_make_fixed(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    (void) body;
    (void) out;
    return hg_text(self->words);
}

/* ---- Lines ----------------------------------------------------------------------------------- */

/* Line ends of any kind as self->words. */
hg_str hgi_make_lines(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    for (size_t i = 0; i < body.len; i++) {
        char c = body.ptr[i];
        if (c != '\r' && c != '\n') {
            hgi_put_byte(out, (unsigned char) c);
            continue;
        }
        i += c == '\r' && i + 1 < body.len && body.ptr[i + 1] == '\n';
        hgi_put(out, hg_text(self->words));
    }
    return written(out);
}

/* ---- Character sets -------------------------------------------------------------------------- */

/* What Windows-1252 has from 0x80 to 0x9f; 0: nothing. */
static const uint16_t windows[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178};

/* The byte of a character; -1 when the set lacks it. */
static int byte_of(uint32_t code, unsigned set)
{
    for (unsigned i = 0; set == HGI_WINDOWS_1252 && i < 32; i++) {
        if (windows[i] != 0 && windows[i] == code) {
            return (int) (0x80 + i);
        }
    }
    return code < 0x100 && !(set == HGI_WINDOWS_1252 && code >= 0x80 && code < 0xa0) ? (int) code
                                                                                     : -1;
}

hg_str hgi_make_single_bytes(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    for (size_t i = 0; i < body.len;) {
        uint32_t code = hgi_next_utf8(body, &i);
        int byte = code == HGI_NOT_UTF8 ? -1 : byte_of(code, self->number);
        if (byte < 0) {
            return none;
        }
        hgi_put_byte(out, (unsigned) byte);
    }
    return written(out);
}

/* Each byte taken for a character of the set and written as UTF-8. */
hg_str hgi_make_doubled(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    for (size_t i = 0; i < body.len; i++) {
        uint32_t code = (unsigned char) body.ptr[i];
        if (self->number == HGI_WINDOWS_1252 && code >= 0x80 && code < 0xa0) {
            code = windows[code - 0x80] != 0 ? windows[code - 0x80] : code;
        }
        hgi_put_utf8(out, code);
    }
    return written(out);
}

/* Bytes that are not UTF-8 (number 0), or all characters beyond ASCII (1), as self->words. */
hg_str hgi_make_replaced(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    for (size_t i = 0; i < body.len;) {
        size_t from = i;
        uint32_t code = hgi_next_utf8(body, &i);
        bool kept = self->number == 0 ? code != HGI_NOT_UTF8 : code < 0x80;
        hgi_put(out, kept ? hgi_part(body, from, i - from) : hg_text(self->words));
    }
    return written(out);
}

static void put_16(struct hgi_out *out, uint32_t unit, bool big)
{
    hgi_put_byte(out, big ? unit >> 8 : unit & 0xff);
    hgi_put_byte(out, big ? unit & 0xff : unit >> 8);
}

hg_str hgi_make_utf16(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    bool big = (self->number & HGI_BIG) != 0;
    if (self->number & HGI_MARKED) {
        put_16(out, 0xfeff, big);
    }
    for (size_t i = 0; i < body.len;) {
        uint32_t code = hgi_next_utf8(body, &i);
        if (code == HGI_NOT_UTF8) {
            return none;
        }
        if (code > 0xffff) {
            put_16(out, 0xd800 + ((code - 0x10000) >> 10), big);
            code = 0xdc00 + ((code - 0x10000) & 0x3ff);
        }
        put_16(out, code, big);
    }
    return written(out);
}

/* UTF-16 with a mark, or without one and little-endian ASCII to begin with, as UTF-8. */
hg_str hgi_make_utf8(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    const unsigned char *c = (const unsigned char *) body.ptr;
    (void) self;
    if (body.len < 2 || body.len % 2 != 0) {
        return none;
    }
    bool big = c[0] == 0xfe && c[1] == 0xff;
    bool marked = big || (c[0] == 0xff && c[1] == 0xfe);
    if (!marked && c[1] != 0 && c[0] != 0) {
        return none;
    }
    big = marked ? big : c[0] == 0;
    uint32_t high = 0;
    for (size_t i = marked ? 2 : 0; i < body.len; i += 2) {
        uint32_t unit = (uint32_t) (c[i + !big] << 8 | c[i + big]);
        if (unit >= 0xd800 && unit < 0xdc00) {
            high = unit;
        } else if (unit >= 0xdc00 && unit < 0xe000 && high != 0) {
            hgi_put_utf8(out, 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00));
            high = 0;
        } else {
            hgi_put_utf8(out, unit);
        }
    }
    return written(out);
}
