/* SPDX-License-Identifier: MIT
 *
 * See inbox.h. A connection of its own that writes in small transactions: a receiver that is
 * running waits for each a moment at most.
 */

#include "receiver/inbox_filter.h"

#define PART_ROWS ((size_t) 256) /* of a transaction: some milliseconds */

enum query { Q_BEGIN, Q_COMMIT, Q_QUEUE, Q_FORGET, Q_UNQUEUE, Q_DELETE, Q_LAST, QUERIES };

static const char *const queries[QUERIES] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_COMMIT] = "COMMIT",
    [Q_QUEUE] = "INSERT OR REPLACE INTO queue (endpoint, delivery, event, due_ms, attempts, "
                "tried_ms, outcome) SELECT endpoint, id, event, ?2, 0, 0, '' FROM deliveries "
                "WHERE id = ?1",
    [Q_FORGET] = "DELETE FROM handed WHERE delivery = ?1",
    [Q_UNQUEUE] = "DELETE FROM queue WHERE delivery = ?1 AND endpoint = (SELECT endpoint FROM "
                  "deliveries WHERE id = ?1)",
    [Q_DELETE] = "DELETE FROM deliveries WHERE id = ?1",
    [Q_LAST] = "UPDATE last SET delivery = max(delivery, (SELECT coalesce(max(id), 0) FROM "
               "deliveries))",
};

struct edit {
    const char *path;
    sqlite3 *db;
    sqlite3_stmt *choose;
    sqlite3_stmt *statements[QUERIES];
    int64_t now_ms;
    /* what is done to each row */
    bool (*change)(struct edit *edit, int64_t row);
};

static bool run(struct edit *edit, enum query query, int64_t row)
{
    if (sqlite3_bind_parameter_count(edit->statements[query]) > 0) {
        sqlite_bind_number(edit->statements[query], 1, row);
    }
    return sqlite_finish(edit->statements[query]);
}

static bool retry_row(struct edit *edit, int64_t row)
{
    sqlite_bind_number(edit->statements[Q_QUEUE], 2, edit->now_ms);
    return run(edit, Q_QUEUE, row) && run(edit, Q_FORGET, row);
}

static bool purge_row(struct edit *edit, int64_t row)
{
    return run(edit, Q_UNQUEUE, row) && run(edit, Q_FORGET, row) && run(edit, Q_DELETE, row);
}

/* ---- The walk -------------------------------------------------------------------------------- */

/* Somebody else's file, or none, is not made into an inbox. */
static bool open_edit(struct edit *edit, const char *spec, const struct inbox_filter *filter,
                      bool queued_too, struct fail *fail)
{
    struct buf sql;
    edit->path = inbox_path(spec, fail);
    struct inbox *there = edit->path != NULL ? inbox_open(spec, fail) : NULL;
    if (there == NULL) {
        return false;
    }
    inbox_close(there);
    edit->db = sqlite_open(edit->path, fail);
    if (edit->db == NULL) {
        return false;
    }
    buf_init(&sql, FILTER_SQL_MAX);
    (void) buf_add_text(&sql, "SELECT d.id" FILTER_TABLES);
    filter_add(&sql, filter);
    (void) buf_add_text(&sql, queued_too ? "" : " AND q.delivery IS NULL");
    (void) buf_add_text(&sql, " AND d.id > :after ORDER BY d.id LIMIT :limit");
    bool done = !sql.failed &&
                sqlite3_prepare_v2(edit->db, sql.ptr, -1, &edit->choose, NULL) == SQLITE_OK &&
                sqlite_prepare(edit->db, queries, edit->statements, QUERIES);
    buf_free(&sql);
    if (!done) {
        return sqlite_fail(edit->db, edit->path, fail);
    }
    filter_bind(edit->choose, filter);
    sqlite_bind_number(edit->choose, sqlite3_bind_parameter_index(edit->choose, ":limit"),
                       (int64_t) PART_ROWS);
    return true;
}

static void close_edit(struct edit *edit)
{
    (void) sqlite3_finalize(edit->choose);
    sqlite_finalize(edit->statements, QUERIES);
    (void) sqlite3_close(edit->db);
}

/* The next rows behind after. */
static bool choose(struct edit *edit, int64_t after, int64_t *rows, size_t *count)
{
    int state;
    *count = 0;
    sqlite_bind_number(edit->choose, sqlite3_bind_parameter_index(edit->choose, ":after"), after);
    while ((state = sqlite3_step(edit->choose)) == SQLITE_ROW && *count < PART_ROWS) {
        rows[(*count)++] = sqlite3_column_int64(edit->choose, 0);
    }
    (void) sqlite3_reset(edit->choose);
    return state == SQLITE_DONE;
}

/* Chosen and changed in one transaction: nobody hands a row on between the two. */
static bool change_part(struct edit *edit, int64_t after, int64_t *rows, size_t *count)
{
    if (!run(edit, Q_BEGIN, 0) || !choose(edit, after, rows, count) || !run(edit, Q_LAST, 0)) {
        return false;
    }
    for (size_t i = 0; i < *count; i++) {
        if (!edit->change(edit, rows[i])) {
            return false;
        }
    }
    return run(edit, Q_COMMIT, 0);
}

static bool change_all(struct edit *edit, int64_t *count, struct fail *fail)
{
    int64_t rows[PART_ROWS];
    int64_t after = 0;
    size_t part = 0;
    *count = 0;
    do {
        if (!change_part(edit, after, rows, &part)) {
            return sqlite_fail(edit->db, edit->path, fail);
        }
        *count += (int64_t) part;
        after = part > 0 ? rows[part - 1] : after;
    } while (part == PART_ROWS);
    return true;
}

static bool edit_all(struct edit *edit, const char *spec, const struct inbox_filter *filter,
                     bool queued_too, int64_t *count, struct fail *fail)
{
    bool done = open_edit(edit, spec, filter, queued_too, fail) && change_all(edit, count, fail);
    close_edit(edit);
    return done;
}

bool inbox_retry(const char *spec, const struct inbox_filter *filter, int64_t now_ms,
                 int64_t *count, struct fail *fail)
{
    struct edit edit = {.now_ms = now_ms, .change = retry_row};
    return edit_all(&edit, spec, filter, true, count, fail);
}

bool inbox_purge(const char *spec, const struct inbox_filter *filter, bool queued_too,
                 int64_t *count, struct fail *fail)
{
    struct edit edit = {.change = purge_row};
    return edit_all(&edit, spec, filter, queued_too, count, fail);
}
