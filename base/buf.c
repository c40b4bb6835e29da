/* SPDX-License-Identifier: MIT
 *
 * A growable byte buffer that is born with a ceiling.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64 /* bytes: a short line fits without growing */

void buf_init(struct buf *buf, size_t max)
{
    *buf = (struct buf){.max = max < SIZE_MAX ? max : SIZE_MAX - 1};
}

/* Doubles from what there is up to need, so that a long series of additions costs linear time. */
static size_t next_cap(const struct buf *buf, size_t need)
{
    size_t cap = buf->cap > 0 ? buf->cap : FIRST_CAP;
    while (cap < need) {
        cap = cap <= SIZE_MAX / 2 ? cap * 2 : need;
    }
    return cap - 1 > buf->max ? buf->max + 1 : cap;
}

char *buf_reserve(struct buf *buf, size_t size)
{
    if (buf->failed || size > buf->max - buf->len) {
        buf->failed = true;
        return NULL;
    }
    size_t need = buf->len + size + 1;
    if (need > buf->cap) {
        size_t cap = next_cap(buf, need);
        char *ptr = realloc(buf->ptr, cap);
        if (ptr == NULL) {
            buf->failed = true;
            return NULL;
        }
        buf->ptr = ptr;
        buf->cap = cap;
        buf->ptr[buf->len] = '\0';
    }
    return buf->ptr + buf->len;
}

void buf_used(struct buf *buf, size_t size)
{
    if (size == 0 || buf->cap == 0 || size > buf->cap - 1 - buf->len) {
        return; /* more than was reserved can't have been filled */
    }
    buf->len += size;
    buf->ptr[buf->len] = '\0';
}

bool buf_add(struct buf *buf, const void *data, size_t size)
{
    char *place = buf_reserve(buf, size);
    if (place == NULL) {
        return false;
    }
    if (size > 0) {
        memcpy(place, data, size);
        buf_used(buf, size);
    }
    return true;
}

bool buf_add_str(struct buf *buf, hg_str str)
{
    return buf_add(buf, str.ptr, str.len);
}

bool buf_add_text(struct buf *buf, const char *text)
{
    return buf_add(buf, text, strlen(text));
}

bool buf_add_all(struct buf *buf, const hg_str *pieces, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].len > SIZE_MAX - size) {
            buf->failed = true;
            return false;
        }
        size += pieces[i].len;
    }
    char *place = buf_reserve(buf, size);
    if (place == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].len > 0) {
            memcpy(place, pieces[i].ptr, pieces[i].len);
            place += pieces[i].len;
        }
    }
    buf_used(buf, size);
    return true;
}

hg_str number_text(int64_t number, char text[NUMBER_TEXT_MAX])
{
    size_t at = NUMBER_TEXT_MAX;
    uint64_t left = number < 0 ? 0 - (uint64_t) number : (uint64_t) number;
    do {
        text[--at] = (char) ('0' + left % 10);
        left /= 10;
    } while (left > 0);
    if (number < 0) {
        text[--at] = '-';
    }
    return (hg_str){text + at, NUMBER_TEXT_MAX - at};
}

bool buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        buf->failed = true;
        return false;
    }
    char *place = buf_reserve(buf, (size_t) length);
    if (place == NULL) {
        return false;
    }
    va_start(args, format);
    (void) vsnprintf(place, (size_t) length + 1, format, args);
    va_end(args);
    buf_used(buf, (size_t) length);
    return true;
}

hg_str buf_str(const struct buf *buf)
{
    return (hg_str){buf->ptr, buf->len};
}

void buf_clear(struct buf *buf)
{
    buf->len = 0;
    buf->failed = false;
    if (buf->ptr != NULL) {
        buf->ptr[0] = '\0';
    }
}

void buf_wipe(struct buf *buf)
{
    if (buf->ptr != NULL) {
        explicit_bzero(buf->ptr, buf->cap);
    }
    buf_free(buf);
}

void buf_free(struct buf *buf)
{
    free(buf->ptr);
    buf_init(buf, buf->max);
}
