/* SPDX-License-Identifier: MIT
 *
 * What the parts of hg_explain share: steps, memory, and writing a variant's bytes.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/explain.h"
#include "core/text.h"

/* ---- Steps ----------------------------------------------------------------------------------- */

bool hgi_step(struct hgi_steps *steps, const struct hgi_cause *cause, const char *detail)
{
    for (size_t i = 0; i < steps->count; i++) {
        if (steps->at[i].cause == cause) {
            return true;
        }
    }
    if (steps->count == HG_CHANGES_MAX) {
        return false;
    }
    struct hgi_step *step = &steps->at[steps->count++];
    step->cause = cause;
    snprintf(step->detail, sizeof step->detail, "%s", detail != NULL ? detail : "");
    return true;
}

bool hgi_steps_add(struct hgi_steps *steps, const struct hgi_steps *more)
{
    for (size_t i = 0; i < more->count; i++) {
        if (!hgi_step(steps, more->at[i].cause, more->at[i].detail)) {
            return false;
        }
    }
    return true;
}

enum { WORD_MAX = 96 }; /* bytes of a request's word in a detail */

void hgi_detail_word(char detail[HG_DETAIL_MAX], const char *format, hg_str word)
{
    char clean[2 * WORD_MAX + 1];
    size_t len = 0;
    for (size_t i = 0; i < word.len && i < WORD_MAX; i++) {
        bool plain = word.ptr[i] >= 0x20 && word.ptr[i] < 0x7f && word.ptr[i] != '"';
        if (word.ptr[i] == '\n') {
            clean[len++] = '\\';
        }
        clean[len++] = plain ? word.ptr[i] : word.ptr[i] == '\n' ? 'n' : '?';
    }
    clean[len] = '\0';
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the callers' formats are literals with %s  \
                                                      */
    snprintf(detail, HG_DETAIL_MAX, format, clean);
#pragma GCC diagnostic pop
}

/* ---- Memory ---------------------------------------------------------------------------------- */

enum { BLOCK = 256 << 10, ALIGN = 16 };

struct hgi_block {
    struct hgi_block *next;
    size_t size;
    _Alignas(ALIGN) unsigned char bytes[];
};

static bool new_block(struct hgi_arena *arena, size_t need)
{
    size_t size = need > BLOCK ? need : BLOCK;
    if (size > HGI_ARENA_MAX - arena->total) {
        return false;
    }
    struct hgi_block *block = calloc(1, sizeof *block + size);
    if (block == NULL) {
        return false;
    }
    *block = (struct hgi_block){arena->blocks, size};
    arena->blocks = block;
    arena->used = 0;
    arena->size = size;
    arena->total += size;
    return true;
}

void *hgi_arena_take(struct hgi_arena *arena, size_t size)
{
    if (size > HGI_ARENA_MAX) {
        arena->failed = true;
        return NULL;
    }
    size = (size + ALIGN - 1) / ALIGN * ALIGN;
    if ((arena->blocks == NULL || size > arena->size - arena->used) && !new_block(arena, size)) {
        arena->failed = true;
        return NULL;
    }
    void *place = arena->blocks->bytes + arena->used;
    arena->used += size;
    return place;
}

hg_str hgi_arena_keep(struct hgi_arena *arena, hg_str bytes)
{
    char *copy = hgi_arena_take(arena, bytes.len + 1); /* a NUL follows, for those that want one */
    if (copy == NULL) {
        return (hg_str){NULL, 0};
    }
    if (bytes.len > 0) {
        memcpy(copy, bytes.ptr, bytes.len);
    }
    return (hg_str){copy, bytes.len};
}

const char *hgi_arena_text(struct hgi_arena *arena, hg_str text)
{
    return hgi_arena_keep(arena, text).ptr;
}

void hgi_arena_free(struct hgi_arena *arena)
{
    while (arena->blocks != NULL) {
        struct hgi_block *block = arena->blocks;
        arena->blocks = block->next;
        hgi_wipe(block->bytes, block->size);
        free(block);
    }
}

bool hgi_grow(struct hgi_arena *arena, void *list, size_t count, size_t *room, size_t size)
{
    void *old;
    if (count < *room) {
        return true;
    }
    size_t more = *room > 0 ? 2 * *room : 32;
    void *made = hgi_arena_take(arena, more * size);
    if (made == NULL) {
        return false;
    }
    memcpy(&old, list, sizeof old); /* any pointer to an object has this form here */
    if (count > 0) {
        memcpy(made, old, count * size);
    }
    memcpy(list, &made, sizeof made);
    *room = more;
    return true;
}

/* ---- Writing --------------------------------------------------------------------------------- */

void hgi_put(struct hgi_out *out, hg_str bytes)
{
    if (bytes.len > out->room - out->len) {
        out->full = true;
        return;
    }
    if (bytes.len > 0) {
        memcpy(out->ptr + out->len, bytes.ptr, bytes.len);
    }
    out->len += bytes.len;
}

void hgi_put_byte(struct hgi_out *out, unsigned byte)
{
    if (out->len == out->room) {
        out->full = true;
        return;
    }
    out->ptr[out->len++] = (char) (unsigned char) byte;
}

void hgi_put_utf8(struct hgi_out *out, uint32_t code)
{
    if (code < 0x80) {
        hgi_put_byte(out, code);
        return;
    }
    unsigned tail = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned lead[] = {0, 0xc0, 0xe0, 0xf0};
    hgi_put_byte(out, lead[tail] | code >> 6 * tail);
    while (tail-- > 0) {
        hgi_put_byte(out, 0x80 | (code >> 6 * tail & 0x3f));
    }
}

uint32_t hgi_next_utf8(hg_str text, size_t *at)
{
    const unsigned char *c = (const unsigned char *) text.ptr + *at;
    size_t left = text.len - *at;
    unsigned tail = c[0] < 0x80 ? 0 : c[0] < 0xe0 ? 1 : c[0] < 0xf0 ? 2 : 3;
    static const uint32_t least[] = {0, 0x80, 0x800, 0x10000}; /* below it the form is too long */
    uint32_t code = tail == 0 ? c[0] : c[0] & (0x3fu >> tail);
    *at += 1;
    if (tail == 0) {
        return code;
    }
    if (c[0] < 0xc2 || c[0] > 0xf4 || tail >= left) {
        return HGI_NOT_UTF8;
    }
    for (unsigned i = 1; i <= tail; i++) {
        if ((c[i] & 0xc0) != 0x80) {
            return HGI_NOT_UTF8;
        }
        code = code << 6 | (c[i] & 0x3fu);
    }
    if (code < least[tail] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        return HGI_NOT_UTF8;
    }
    *at += tail;
    return code;
}

/* ---- Percent escapes ------------------------------------------------------------------------- */

static int hex_value(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

bool hgi_percent_decode(hg_str text, bool plus, struct hgi_out *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '+' && plus) {
            hgi_put_byte(out, ' ');
        } else if (text.ptr[i] != '%') {
            hgi_put_byte(out, (unsigned char) text.ptr[i]);
        } else {
            int high = text.len - i > 2 ? hex_value(text.ptr[i + 1]) : -1;
            int low = text.len - i > 2 ? hex_value(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0) {
                return false;
            }
            hgi_put_byte(out, (unsigned) (high * 16 + low));
            i += 2;
        }
    }
    return true;
}

void hgi_percent_encode(hg_str text, bool plus, struct hgi_out *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        unsigned c = (unsigned char) text.ptr[i];
        bool kept = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
                    (c > 0 && strchr("-._~", (int) c) != NULL);
        if (kept) {
            hgi_put_byte(out, c);
        } else if (c == ' ' && plus) {
            hgi_put_byte(out, '+');
        } else {
            hgi_put_byte(out, '%');
            hgi_put_byte(out, (unsigned char) digits[c >> 4]);
            hgi_put_byte(out, (unsigned char) digits[c & 15]);
        }
    }
}
