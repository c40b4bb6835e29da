/* SPDX-License-Identifier: MIT
 *
 * What the SQLite store recognises duplicates by.
 *
 * A key goes into two places, one after the other. In the transaction of its delivery it is
 * appended to the table `recent`; once SEEN_RECENT_MAX have gathered, all of them are moved into
 * the table `seen`, which is sorted by key. Keys of one second have no order, so that each on its
 * own would change a page of `seen` that no other key of its batch does: to write that page cost
 * more than the delivery. The keys of `recent` are also held in memory, where they are looked for.
 *
 * Another process may write to the same file; then what is held in memory is read anew.
 */
#ifndef RECEIVER_SEEN_H
#define RECEIVER_SEEN_H

#include "receiver/keys.h"
#include "receiver/sqlite.h"

#define SEEN_RECENT_MAX ((uint32_t) 4096) /* keys: 10 ms to move them, and 300 kB to hold them */
#define SEEN_QUERIES 8

struct seen {
    sqlite3_stmt *statements[SEEN_QUERIES];
    struct keys recent;
    uint32_t noted; /* rows of the table `recent`: a key that had expired and came again has more */
    int64_t version; /* of the data that recent agrees with */
    /* where the walk for expired keys goes on */
    int64_t cursor_endpoint;
    unsigned char cursor[STORE_KEY_MAX];
    size_t cursor_len;
};

/* Once, before anything else. False when memory ran out; release in any case. */
bool seen_init(struct seen *seen);
void seen_release(struct seen *seen);

/* With each connection to the file, and before it is closed. */
bool seen_open(struct seen *seen, sqlite3 *db);
void seen_close(struct seen *seen);

/* In a transaction: first begin, then note for each delivery, then end. After false the transaction
 * must be rolled back and the connection closed. */
bool seen_begin(struct seen *seen);

/* Whether the delivery is a duplicate, and the row of the first one; a new key is noted with `row`,
 * which is what the delivery is about to become. */
bool seen_note(struct seen *seen, int64_t endpoint, struct delivery *delivery, int64_t row);

/* Moves what has gathered, and forgets some of the keys that had expired by now; count is the
 * number of deliveries noted. */
bool seen_end(struct seen *seen, size_t count, int64_t now_s);

#endif
