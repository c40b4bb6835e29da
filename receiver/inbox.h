/* SPDX-License-Identifier: MIT
 *
 * Reading what a receiver has kept, and what may be changed of it by hand; also while it is
 * running.
 */
#ifndef RECEIVER_INBOX_H
#define RECEIVER_INBOX_H

#include "receiver/store.h"

#define INBOX_HEADERS_MAX ((size_t) HG_HEADERS_MAX)

struct inbox;

/* Where a delivery stands on its way to the user's program. */
enum inbox_state {
    INBOX_ANY,    /* in a filter */
    INBOX_NONE,   /* it was never to be handed on */
    INBOX_QUEUED, /* it is to be handed on */
    INBOX_DONE,
    INBOX_DEAD /* all attempts have failed, or the target wants no more */
};

/* "none", "queued", "done", "dead"; INBOX_ANY for any other name. */
enum inbox_state inbox_state_find(const char *name);
const char *inbox_state_name(enum inbox_state state);

/* Which deliveries are meant: all for which every member holds; {0}: all. */
struct inbox_filter {
    int64_t row;          /* its number; 0: not asked for */
    const char *endpoint; /* NULL: any */
    const char *event;    /* a pattern in which '*' stands for any text; NULL: any */
    int64_t since_ms;     /* received at or after that time; 0: not asked for */
    int64_t until_ms;     /* received before it; 0: not asked for */
    enum inbox_state state;
};

/* One kept delivery. The slices live until the next call on the inbox. */
struct inbox_row {
    struct delivery delivery; /* without key; request points to the member below */
    hg_request request;
    hg_header headers[INBOX_HEADERS_MAX];
    int64_t body_len; /* also when the body itself was not asked for */
    enum inbox_state state;
    int64_t attempts;
    int64_t tried_ms; /* when the last attempt began; 0: none has */
    int64_t due_ms;   /* INBOX_QUEUED: when the next one is due */
    hg_str outcome;   /* of the last one, for people */
};

/* Opens "sqlite:PATH" or a path for reading; NULL with EXIT_USAGE when it is not there or not an
 * inbox, or is the store memory:, which keeps nothing. */
struct inbox *inbox_open(const char *spec, struct fail *fail);
void inbox_close(struct inbox *inbox); /* NULL is allowed */

bool inbox_count(struct inbox *inbox, const struct inbox_filter *filter, int64_t *count,
                 struct fail *fail);

enum inbox_order { INBOX_NEWEST_FIRST, INBOX_OLDEST_FIRST };

/* Begins a walk over at most limit rows (-1: all); whole: with headers and bodies. */
bool inbox_walk(struct inbox *inbox, const struct inbox_filter *filter, enum inbox_order order,
                int64_t limit, bool whole, struct fail *fail);

/* Begins a walk over that row alone, whole. */
bool inbox_walk_row(struct inbox *inbox, int64_t number, struct fail *fail);

/* The next row; false at the end, or with *fail filled. */
bool inbox_next(struct inbox *inbox, struct inbox_row *row, struct fail *fail);

/* ---- Changing it (inbox_edit.c) -------------------------------------------------------------- */

/* Puts deliveries in the queue, due at now_ms, as if no attempt had been made. A running receiver
 * sees them within about a second. *count: how many. Done in parts, so that it holds up nobody;
 * what was done before a failure stays. */
bool inbox_retry(const char *spec, const struct inbox_filter *filter, int64_t now_ms,
                 int64_t *count, struct fail *fail);

/* Deletes deliveries; those in the queue only when queued_too. What recognises their duplicates
 * stays, and their numbers are not given again. */
bool inbox_purge(const char *spec, const struct inbox_filter *filter, bool queued_too,
                 int64_t *count, struct fail *fail);

#endif
