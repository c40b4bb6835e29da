/* SPDX-License-Identifier: MIT
 *
 * A growable byte buffer that is born with a ceiling.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hookgauge.h"

struct buf {
    char *ptr; /* NULL until something is added; otherwise a NUL follows the content */
    size_t len;
    size_t cap;
    size_t max;  /* len never exceeds it */
    bool failed; /* an addition did not fit or memory ran out: sticky until buf_clear */
};

#define NUMBER_TEXT_MAX 20 /* bytes: the digits of 2^63 and a sign */

/* Nothing is allocated. max is in bytes, without the final NUL. */
void buf_init(struct buf *buf, size_t max);

/* All or nothing: false when it would exceed max or memory ran out. */
bool buf_add(struct buf *buf, const void *data, size_t size);
bool buf_add_str(struct buf *buf, hg_str str);
bool buf_add_text(struct buf *buf, const char *text);
bool buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The pieces one after the other. */
bool buf_add_all(struct buf *buf, const hg_str *pieces, size_t count);

/* Room for size more bytes at the returned place; buf_used then says how many were filled. NULL on
 * failure. */
char *buf_reserve(struct buf *buf, size_t size);
void buf_used(struct buf *buf, size_t size);

/* A number in decimal digits, which stand in text. */
hg_str number_text(int64_t number, char text[NUMBER_TEXT_MAX]);

hg_str buf_str(const struct buf *buf);
void buf_clear(struct buf *buf); /* len 0, memory kept */
void buf_wipe(struct buf *buf);  /* overwrites the content, then frees */
void buf_free(struct buf *buf);

#endif
