/* SPDX-License-Identifier: MIT
 *
 * See retention.h.
 */
#include "receiver/retention.h"

#define LOOK_MS 1000              /* between two walks that begin at the oldest row */
#define ROWS_EXTRA ((size_t) 16)  /* rows of a step beyond twice what has come */
#define ROWS_MAX ((size_t) 256)   /* rows of a step: bounds how long it holds up a batch */
#define ROW_OVERHEAD INT64_C(200) /* bytes of a row beside its body and head */

enum query { Q_WALK, Q_DELETE, Q_FORGET, Q_LAST, Q_PAGES, Q_FREE };

static const char *const queries[RETENTION_READS] = {
    [Q_WALK] = "SELECT d.id, d.received_ms, length(d.headers) + length(d.body), EXISTS (SELECT 1 "
               "FROM queue q WHERE q.endpoint = d.endpoint AND q.delivery = d.id) FROM deliveries "
               "d WHERE d.id > ?1 ORDER BY d.id LIMIT ?2",
    [Q_DELETE] = "DELETE FROM deliveries WHERE id = ?1",
    [Q_FORGET] = "DELETE FROM handed WHERE delivery = ?1",
    [Q_LAST] = "UPDATE last SET delivery = max(delivery, (SELECT max(id) FROM deliveries))",
    [Q_PAGES] = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size",
    [Q_FREE] = "SELECT freelist_count * page_size FROM pragma_freelist_count, pragma_page_size",
};

bool retention_begin(struct retention *retention, sqlite3 *db)
{
    return sqlite_prepare(db, queries, retention->statements, RETENTION_READS);
}

void retention_end(struct retention *retention)
{
    sqlite_finalize(retention->statements, RETENTION_READS);
}

bool retention_due(const struct retention *retention, int64_t now_ms)
{
    return (retention->rules.max_age_s > 0 || retention->rules.max_bytes > 0) &&
           (now_ms >= retention->next_ms || now_ms < retention->walked_ms); /* set back */
}

static bool ask(sqlite3_stmt *statement, int64_t *answer)
{
    bool done = sqlite3_step(statement) == SQLITE_ROW;
    if (done) {
        *answer = sqlite3_column_int64(statement, 0);
    }
    (void) sqlite3_reset(statement);
    return done;
}

/* The bytes in use beyond the rule. */
static bool find_excess(const struct retention *retention, int64_t *excess)
{
    int64_t all = 0, unused = 0;
    *excess = 0;
    if (retention->rules.max_bytes == 0) {
        return true;
    }
    if (!ask(retention->statements[Q_PAGES], &all) ||
        !ask(retention->statements[Q_FREE], &unused)) {
        return false;
    }
    *excess = all - unused - retention->rules.max_bytes;
    return true;
}

/* The rows that are to go. The walk ends, and begins anew after a while, at the first row that may
 * stay: those behind it are younger. */
static bool choose(struct retention *retention, size_t limit, int64_t now_ms, int64_t excess,
                   int64_t *rows, size_t *count)
{
    sqlite3_stmt *walk = retention->statements[Q_WALK];
    int64_t age_ms = retention->rules.max_age_s * 1000;
    size_t looked_at = 0;
    bool ended = false;
    int state = SQLITE_DONE;
    sqlite_bind_number(walk, 1, retention->cursor);
    sqlite_bind_number(walk, 2, (int64_t) limit);
    while (!ended && (state = sqlite3_step(walk)) == SQLITE_ROW) {
        bool old = age_ms > 0 && sqlite3_column_int64(walk, 1) < now_ms - age_ms;
        looked_at++;
        if (!old && excess <= 0) {
            ended = true;
            break;
        }
        retention->cursor = sqlite3_column_int64(walk, 0);
        if (sqlite3_column_int(walk, 3) != 0) {
            retention->skipped++;
            continue;
        }
        excess -= sqlite3_column_int64(walk, 2) + ROW_OVERHEAD;
        rows[(*count)++] = retention->cursor;
    }
    (void) sqlite3_reset(walk);
    if (ended || looked_at < limit) { /* a walk over many queued rows is not begun anew so soon */
        retention->walked_ms = now_ms;
        retention->next_ms = now_ms + LOOK_MS + retention->skipped;
        retention->cursor = retention->skipped = 0;
    }
    return ended || state == SQLITE_DONE;
}

static bool delete_row(struct retention *retention, int64_t row)
{
    sqlite_bind_number(retention->statements[Q_DELETE], 1, row);
    sqlite_bind_number(retention->statements[Q_FORGET], 1, row);
    return sqlite_finish(retention->statements[Q_DELETE]) &&
           sqlite_finish(retention->statements[Q_FORGET]);
}

bool retention_step(struct retention *retention, size_t rows, int64_t now_ms)
{
    int64_t chosen[ROWS_MAX];
    size_t count = 0, limit = 2 * rows + ROWS_EXTRA;
    int64_t excess;
    if (!retention_due(retention, now_ms)) {
        return true;
    }
    if (!find_excess(retention, &excess) ||
        !choose(retention, limit < ROWS_MAX ? limit : ROWS_MAX, now_ms, excess, chosen, &count) ||
        (count > 0 && !sqlite_finish(retention->statements[Q_LAST]))) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!delete_row(retention, chosen[i])) {
            return false;
        }
    }
    return true;
}
