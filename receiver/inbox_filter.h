/* SPDX-License-Identifier: MIT
 *
 * Within inbox*.c: a filter as SQL.
 */
#ifndef RECEIVER_INBOX_FILTER_H
#define RECEIVER_INBOX_FILTER_H

#include "base/buf.h"
#include "receiver/inbox.h"
#include "receiver/sqlite.h"

#define FILTER_SQL_MAX ((size_t) 4096) /* bytes of a whole statement: about a quarter is used */

/* What a filter's conditions are about. */
#define FILTER_TABLES                                                                              \
    " FROM deliveries d JOIN endpoints e ON e.id = d.endpoint LEFT JOIN queue q ON q.endpoint = "  \
    "d.endpoint AND q.delivery = d.id LEFT JOIN handed h ON h.delivery = d.id WHERE 1"

/* The path in "sqlite:PATH" or in a bare path; NULL with EXIT_USAGE for memory:. */
const char *inbox_path(const char *spec, struct fail *fail);

/* Appends " AND ..." for each member; check sql->failed. */
void filter_add(struct buf *sql, const struct inbox_filter *filter);

/* Binds the values. The pattern is copied, the rest borrowed. */
void filter_bind(sqlite3_stmt *statement, const struct inbox_filter *filter);

#endif
