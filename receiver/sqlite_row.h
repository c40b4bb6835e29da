/* SPDX-License-Identifier: MIT
 *
 * A kept delivery out of a row of a SQLite inbox.
 */
#ifndef RECEIVER_SQLITE_ROW_H
#define RECEIVER_SQLITE_ROW_H

#include "receiver/sqlite.h"
#include "receiver/store.h"

/* What a statement selects first, FROM deliveries d JOIN endpoints e ON e.id = d.endpoint. */
#define ROW_COLUMNS                                                                                \
    "d.id, e.name, d.event, d.event_id, d.signed, d.key_label, d.received_ms, d.stated_s, "        \
    "d.method, d.url, length(d.body)"
#define ROW_COLUMNS_COUNT 11

/* Fills all but key, headers and body; the slices live as sqlite_column's. */
void row_read(sqlite3_stmt *statement, struct delivery *delivery, hg_request *request);

/* Cuts the text of a headers column. False when it is damaged or has more than max lines. */
bool row_headers(hg_str lines, hg_header *headers, size_t max, size_t *count);

#endif
