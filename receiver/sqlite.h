/* SPDX-License-Identifier: MIT
 *
 * What all that use a SQLite inbox share: the file's marks, its tables, and how it is opened. The
 * library is named here alone.
 *
 * Version 2 added what hands on: version 1 files are brought up when a receiver opens them to
 * write, in one transaction, and can be read as they are.
 */
#ifndef RECEIVER_SQLITE_H
#define RECEIVER_SQLITE_H

#include <sqlite3.h>

#include "base/fail.h"
#include "hookgauge.h"

#define SQLITE_INBOX_ID 1212893005 /* application_id: "HKGM" */
#define SQLITE_INBOX_VERSION 2     /* user_version: raised when the tables change */

/* Opens the file for writing, makes it when it is missing, in WAL with synchronous=FULL. NULL with
 * EXIT_USAGE for a file that is not ours, EXIT_UNKNOWN for one that can't be written. */
sqlite3 *sqlite_open(const char *path, struct fail *fail);

/* Opens a file that is there for reading. A version 1 file reads as one in which nothing was ever
 * handed on. */
sqlite3 *sqlite_open_to_read(const char *path, struct fail *fail);

/* Fails with "PATH: what the library says", EXIT_UNKNOWN. db NULL: out of memory. */
bool sqlite_fail(sqlite3 *db, const char *path, struct fail *fail);

/* Runs statements that return nothing. */
bool sqlite_run(sqlite3 *db, const char *path, const char *sql, struct fail *fail);

/* Prepares a list of statements, all or, with the rest left NULL, not all: finalize in any case. */
bool sqlite_prepare(sqlite3 *db, const char *const *queries, sqlite3_stmt **statements,
                    size_t count);
void sqlite_finalize(sqlite3_stmt **statements, size_t count);

/* A failed bind (out of memory, too big) leaves NULL, which the columns refuse. */
void sqlite_bind_text(sqlite3_stmt *statement, int at, hg_str text);
void sqlite_bind_bytes(sqlite3_stmt *statement, int at, const void *data, size_t size);
void sqlite_bind_number(sqlite3_stmt *statement, int at, int64_t value);

/* Steps a statement that returns no row, and resets it. */
bool sqlite_finish(sqlite3_stmt *statement);

/* A column's bytes; they live until the statement is stepped or reset. */
hg_str sqlite_column(sqlite3_stmt *statement, int at);

#endif
