/* SPDX-License-Identifier: MIT
 *
 * See seen.h.
 */
#include "receiver/seen.h"

#include <string.h>

#define UNREAD INT64_MIN
#define PRUNE_EXTRA 16 /* keys looked at in a batch beyond twice its size */

/* A batch may come on top of what is not moved yet. */
#define RECENT_ROOM (SEEN_RECENT_MAX + (uint32_t) STORE_BATCH_MAX)

enum query { Q_VERSION, Q_RECENT, Q_FIND, Q_NOTE, Q_MOVE, Q_CLEAR, Q_NEXT, Q_PRUNE };

static const char *const queries[SEEN_QUERIES] = {
    [Q_VERSION] = "PRAGMA data_version",
    [Q_RECENT] = "SELECT endpoint, key, until, delivery FROM recent",
    [Q_FIND] = "SELECT until, delivery FROM seen WHERE endpoint = ?1 AND key = ?2",
    [Q_NOTE] = "INSERT INTO recent (delivery, endpoint, key, until) VALUES (?1, ?2, ?3, ?4)",
    /* a key that is there already had expired when it came again */
    [Q_MOVE] = ("INSERT OR REPLACE INTO seen (endpoint, key, until, delivery) SELECT endpoint, "
                "key, until, delivery FROM recent ORDER BY endpoint, key, delivery"),
    [Q_CLEAR] = "DELETE FROM recent",
    [Q_NEXT] = ("SELECT endpoint, key, until FROM seen WHERE (endpoint, key) > (?1, ?2) "
                "ORDER BY endpoint, key LIMIT ?3"),
    [Q_PRUNE] = "DELETE FROM seen WHERE endpoint = ?1 AND key = ?2",
};

bool seen_init(struct seen *seen)
{
    *seen = (struct seen){.version = UNREAD};
    return keys_init(&seen->recent, RECENT_ROOM);
}

void seen_release(struct seen *seen)
{
    keys_release(&seen->recent);
}

bool seen_open(struct seen *seen, sqlite3 *db)
{
    seen->version = UNREAD;
    return sqlite_prepare(db, queries, seen->statements, SEEN_QUERIES);
}

void seen_close(struct seen *seen)
{
    sqlite_finalize(seen->statements, SEEN_QUERIES);
}

/* ---- Recent keys ----------------------------------------------------------------------------- */

static bool move(struct seen *seen)
{
    if (!sqlite_finish(seen->statements[Q_MOVE]) || !sqlite_finish(seen->statements[Q_CLEAR])) {
        return false;
    }
    keys_clear(&seen->recent);
    seen->noted = 0;
    return true;
}

/* The current row of Q_RECENT. A key that came again, expired, has two; the later one holds. */
static bool read_key(struct seen *seen)
{
    sqlite3_stmt *row = seen->statements[Q_RECENT];
    struct keys_text text;
    seen->noted++;
    hg_str key = sqlite_column(row, 1);
    if (!keys_text(&text, sqlite3_column_int64(row, 0), key.ptr, key.len)) {
        return false;
    }
    struct keys_entry *known = keys_find(&seen->recent, &text);
    if (known == NULL) {
        return keys_add(&seen->recent, &text, sqlite3_column_int64(row, 2),
                        sqlite3_column_int64(row, 3));
    }
    known->until_s = sqlite3_column_int64(row, 2);
    known->row = sqlite3_column_int64(row, 3);
    return true;
}

/* More than there is room for, which is not our doing, is moved at once. */
static bool read_recent(struct seen *seen)
{
    sqlite3_stmt *rows = seen->statements[Q_RECENT];
    bool held = true;
    int state = SQLITE_DONE;
    keys_clear(&seen->recent);
    seen->noted = 0;
    while (held && seen->noted < SEEN_RECENT_MAX && (state = sqlite3_step(rows)) == SQLITE_ROW) {
        held = read_key(seen);
    }
    (void) sqlite3_reset(rows);
    return held && (state == SQLITE_DONE || (state == SQLITE_ROW && move(seen)));
}

bool seen_begin(struct seen *seen)
{
    sqlite3_stmt *version = seen->statements[Q_VERSION];
    bool held = sqlite3_step(version) == SQLITE_ROW;
    int64_t now = held ? sqlite3_column_int64(version, 0) : UNREAD;
    (void) sqlite3_reset(version);
    if (held && now != seen->version) {
        held = read_recent(seen);
        seen->version = held ? now : UNREAD;
    }
    return held;
}

/* ---- One delivery ---------------------------------------------------------------------------- */

/* Looks among the keys that have been moved. False is a failure; *row 0: unknown. */
static bool find_moved(struct seen *seen, int64_t endpoint, hg_str key, int64_t *until_s,
                       int64_t *row)
{
    sqlite3_stmt *find = seen->statements[Q_FIND];
    sqlite_bind_number(find, 1, endpoint);
    sqlite_bind_bytes(find, 2, key.ptr, key.len);
    int state = sqlite3_step(find);
    *row = 0;
    if (state == SQLITE_ROW) {
        *until_s = sqlite3_column_int64(find, 0);
        *row = sqlite3_column_int64(find, 1);
    }
    (void) sqlite3_reset(find);
    return state == SQLITE_ROW || state == SQLITE_DONE;
}

static bool add_recent(struct seen *seen, int64_t endpoint, const struct delivery *delivery,
                       int64_t row)
{
    sqlite3_stmt *note = seen->statements[Q_NOTE];
    sqlite_bind_number(note, 1, row);
    sqlite_bind_number(note, 2, endpoint);
    sqlite_bind_bytes(note, 3, delivery->key, delivery->key_len);
    sqlite_bind_number(note, 4, delivery->key_until_s);
    seen->noted++;
    return sqlite_finish(note);
}

bool seen_note(struct seen *seen, int64_t endpoint, struct delivery *delivery, int64_t row)
{
    hg_str key = {(const char *) delivery->key, delivery->key_len};
    struct keys_text text;
    int64_t until_s = 0, first = 0;
    if (!keys_text(&text, endpoint, delivery->key, delivery->key_len)) {
        return false;
    }
    struct keys_entry *known = keys_find(&seen->recent, &text);
    if (known != NULL) {
        until_s = known->until_s;
        first = known->row;
    } else if (!find_moved(seen, endpoint, key, &until_s, &first)) {
        return false;
    }
    delivery->duplicate = first != 0 && delivery->received_ms / 1000 <= until_s;
    if (delivery->duplicate) {
        delivery->row = first;
        return true;
    }
    if (known != NULL) { /* expired: the key starts anew */
        known->until_s = delivery->key_until_s;
        known->row = row;
    } else if (!keys_add(&seen->recent, &text, delivery->key_until_s, row)) {
        return false;
    }
    return add_recent(seen, endpoint, delivery, row);
}

/* ---- Expired keys ---------------------------------------------------------------------------- */

static bool prune_key(struct seen *seen)
{
    sqlite_bind_number(seen->statements[Q_PRUNE], 1, seen->cursor_endpoint);
    sqlite_bind_bytes(seen->statements[Q_PRUNE], 2, seen->cursor, seen->cursor_len);
    return sqlite_finish(seen->statements[Q_PRUNE]);
}

/* Copies the key of the current row of Q_NEXT into the cursor. False when its form is not ours. */
static bool read_cursor(struct seen *seen)
{
    sqlite3_stmt *next = seen->statements[Q_NEXT];
    hg_str key = sqlite_column(next, 1);
    if (key.len > sizeof(seen->cursor) || (key.ptr == NULL && key.len > 0)) {
        return false;
    }
    seen->cursor_endpoint = sqlite3_column_int64(next, 0);
    seen->cursor_len = key.len;
    if (key.len > 0) {
        memcpy(seen->cursor, key.ptr, key.len);
    }
    return true;
}

/* Goes on walking over the keys, a few in each batch, and round again at the end: at twice the
 * speed at which keys arrive, expired ones can't pile up, and no second index has to be kept. */
static bool prune(struct seen *seen, size_t count, int64_t now_s)
{
    sqlite3_stmt *next = seen->statements[Q_NEXT];
    int64_t limit = (int64_t) (2 * count + PRUNE_EXTRA);
    int64_t looked_at = 0;
    bool held = true;
    int state;

    sqlite_bind_number(next, 1, seen->cursor_endpoint);
    (void) sqlite3_bind_blob64(next, 2, seen->cursor, seen->cursor_len, SQLITE_TRANSIENT);
    sqlite_bind_number(next, 3, limit);
    while (held && (state = sqlite3_step(next)) == SQLITE_ROW) {
        looked_at++;
        held = read_cursor(seen) && (sqlite3_column_int64(next, 2) >= now_s || prune_key(seen));
    }
    (void) sqlite3_reset(next);
    if (looked_at < limit) {
        seen->cursor_endpoint = 0;
        seen->cursor_len = 0;
    }
    return held && state == SQLITE_DONE;
}

bool seen_end(struct seen *seen, size_t count, int64_t now_s)
{
    return (seen->noted < SEEN_RECENT_MAX || move(seen)) && prune(seen, count, now_s);
}
