/* SPDX-License-Identifier: MIT
 *
 * Deleting old deliveries from a SQLite inbox, a few in each transaction that others begin and
 * commit, oldest first. Nothing that is still to be handed on is deleted, and the keys of
 * duplicates stay.
 */
#ifndef RECEIVER_RETENTION_H
#define RECEIVER_RETENTION_H

#include "receiver/sqlite.h"
#include "receiver/store.h"

#define RETENTION_READS 6
#define RETENTION_IDLE_ROWS ((size_t) 128) /* of a step when there is nothing else to do */

struct retention {
    struct retention_rules rules;
    sqlite3_stmt *statements[RETENTION_READS];
    int64_t cursor;    /* the last row that was looked at */
    int64_t skipped;   /* queued ones since the walk began */
    int64_t walked_ms; /* when the last walk ended */
    int64_t next_ms;   /* not looked at before: nothing was to be deleted */
};

/* Prepares; false: the connection says why, and retention_end is due. */
bool retention_begin(struct retention *retention, sqlite3 *db);
void retention_end(struct retention *retention);

/* Whether a step may find something. */
bool retention_due(const struct retention *retention, int64_t now_ms);

/* Looks at somewhat more than twice that many rows: so old ones go faster than new ones come. Does
 * nothing when none is due. */
bool retention_step(struct retention *retention, size_t rows, int64_t now_ms);

#endif
