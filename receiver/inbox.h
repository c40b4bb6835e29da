/* SPDX-License-Identifier: MIT
 *
 * Reading what a receiver has kept, also while it is running.
 */
#ifndef RECEIVER_INBOX_H
#define RECEIVER_INBOX_H

#include "receiver/store.h"

#define INBOX_HEADERS_MAX ((size_t) HG_HEADERS_MAX)

struct inbox;

/* One kept delivery. The slices live until the next call on the inbox. */
struct inbox_row {
    struct delivery delivery; /* without key; request points to the member below */
    hg_request request;
    hg_header headers[INBOX_HEADERS_MAX];
    int64_t body_len; /* also when the body itself was not asked for */
};

/* Opens "sqlite:PATH" or a path for reading; NULL with EXIT_USAGE when it is not there or not an
 * inbox, or is the store memory:, which keeps nothing. */
struct inbox *inbox_open(const char *spec, struct fail *fail);
void inbox_close(struct inbox *inbox); /* NULL is allowed */

bool inbox_count(struct inbox *inbox, int64_t *count, struct fail *fail);

enum inbox_order { INBOX_NEWEST_FIRST, INBOX_OLDEST_FIRST };

/* Begins a walk over at most limit rows (-1: all); whole: with headers and bodies. */
bool inbox_walk(struct inbox *inbox, enum inbox_order order, int64_t limit, bool whole,
                struct fail *fail);

/* Begins a walk over that row alone, whole. */
bool inbox_walk_row(struct inbox *inbox, int64_t number, struct fail *fail);

/* The next row; false at the end, or with *fail filled. */
bool inbox_next(struct inbox *inbox, struct inbox_row *row, struct fail *fail);

#endif
