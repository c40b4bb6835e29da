/* SPDX-License-Identifier: MIT
 *
 * Writing the queue of a SQLite inbox, within transactions that others begin and commit.
 */
#ifndef RECEIVER_QUEUE_WRITE_H
#define RECEIVER_QUEUE_WRITE_H

#include "receiver/sqlite.h"
#include "receiver/store.h"

#define QUEUE_WRITES 5

struct queue_write {
    sqlite3 *db;
    sqlite3_stmt *statements[QUEUE_WRITES];
};

/* Prepares; false: the connection says why, and queue_write_end is due. */
bool queue_write_begin(struct queue_write *queue, sqlite3 *db);
void queue_write_end(struct queue_write *queue);

/* A delivery that has just got its row, due at once. */
bool queue_write_add(struct queue_write *queue, int64_t endpoint, const struct delivery *delivery);

/* A row that is queued no longer, because somebody has purged it meanwhile, is passed over. */
bool queue_write_settle(struct queue_write *queue, const struct settlement *settlement);

#endif
