/* SPDX-License-Identifier: MIT
 *
 * What the writing and the reading side of a SQLite inbox share: the file's marks and its tables.
 */
#ifndef RECEIVER_SQLITE_H
#define RECEIVER_SQLITE_H

#define SQLITE_INBOX_ID 1212893005 /* application_id: "HKGM" */
#define SQLITE_INBOX_VERSION 1     /* user_version: raised when the tables change */

/* headers holds the field lines as "Name: value", CR LF after each, bytes exactly as received.
 * signed: 1 the event is signed, 2 the id. seen is what duplicates are recognised by; its rows
 * outlive their deliveries, until the second `until`. */
#define SQLITE_INBOX_TABLES                                                                        \
    "CREATE TABLE endpoints (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"                  \
    "CREATE TABLE deliveries (id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL REFERENCES "       \
    "endpoints, event TEXT NOT NULL, event_id TEXT NOT NULL, signed INTEGER NOT NULL, key_label "  \
    "TEXT NOT NULL, received_ms INTEGER NOT NULL, stated_s INTEGER NOT NULL, method TEXT NOT "     \
    "NULL, url TEXT NOT NULL, headers BLOB NOT NULL, body BLOB NOT NULL);"                         \
    "CREATE TABLE seen (endpoint INTEGER NOT NULL, key BLOB NOT NULL, until INTEGER NOT NULL, "    \
    "delivery INTEGER NOT NULL, PRIMARY KEY (endpoint, key)) WITHOUT ROWID;"

#endif
