/* SPDX-License-Identifier: MIT
 *
 * See inbox.h. A read-only connection: a reader never holds up the receiver, nor it a reader.
 */
#include "receiver/inbox.h"

#include <stdlib.h>

#include "receiver/inbox_filter.h"
#include "receiver/sqlite_row.h"

struct inbox {
    sqlite3 *db;
    sqlite3_stmt *walk;
    const char *path;
};

/* What follows ROW_COLUMNS, and then headers and body. */
#define HANDED_COLUMNS                                                                             \
    ", CASE WHEN q.delivery IS NOT NULL THEN 0 ELSE h.state END, coalesce(q.attempts, "            \
    "h.attempts, 0), coalesce(q.tried_ms, h.tried_ms, 0), coalesce(q.due_ms, 0), "                 \
    "coalesce(q.outcome, h.outcome, '')"
#define HANDED_AT ROW_COLUMNS_COUNT
#define WHOLE_AT (ROW_COLUMNS_COUNT + 5)

struct inbox *inbox_open(const char *spec, struct fail *fail)
{
    const char *path = inbox_path(spec, fail);
    if (path == NULL) {
        return NULL;
    }
    struct inbox *inbox = calloc(1, sizeof(*inbox));
    if (inbox == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", spec);
        return NULL;
    }
    inbox->path = path;
    inbox->db = sqlite_open_to_read(path, fail);
    if (inbox->db == NULL) {
        inbox_close(inbox);
        return NULL;
    }
    return inbox;
}

void inbox_close(struct inbox *inbox)
{
    if (inbox != NULL) {
        (void) sqlite3_finalize(inbox->walk);
        (void) sqlite3_close(inbox->db);
        free(inbox);
    }
}

/* Prepares "SELECT what FROM ... WHERE filter end". */
static bool begin(struct inbox *inbox, const char *what, const struct inbox_filter *filter,
                  const char *end, struct fail *fail)
{
    struct buf sql;
    buf_init(&sql, FILTER_SQL_MAX);
    (void) buf_addf(&sql, "SELECT %s" FILTER_TABLES, what);
    filter_add(&sql, filter);
    (void) buf_add_text(&sql, end);
    (void) sqlite3_finalize(inbox->walk);
    inbox->walk = NULL;
    bool done =
        !sql.failed && sqlite3_prepare_v2(inbox->db, sql.ptr, -1, &inbox->walk, NULL) == SQLITE_OK;
    buf_free(&sql);
    if (!done) {
        return sqlite_fail(inbox->db, inbox->path, fail);
    }
    filter_bind(inbox->walk, filter);
    return true;
}

bool inbox_count(struct inbox *inbox, const struct inbox_filter *filter, int64_t *count,
                 struct fail *fail)
{
    if (!begin(inbox, "count(*)", filter, "", fail)) {
        return false;
    }
    if (sqlite3_step(inbox->walk) != SQLITE_ROW) {
        return sqlite_fail(inbox->db, inbox->path, fail);
    }
    *count = sqlite3_column_int64(inbox->walk, 0);
    (void) sqlite3_reset(inbox->walk);
    return true;
}

bool inbox_walk(struct inbox *inbox, const struct inbox_filter *filter, enum inbox_order order,
                int64_t limit, bool whole, struct fail *fail)
{
    const char *what =
        whole ? ROW_COLUMNS HANDED_COLUMNS ", d.headers, d.body" : ROW_COLUMNS HANDED_COLUMNS;
    const char *end = order == INBOX_NEWEST_FIRST ? " ORDER BY d.id DESC LIMIT :limit"
                                                  : " ORDER BY d.id LIMIT :limit";
    if (!begin(inbox, what, filter, end, fail)) {
        return false;
    }
    sqlite_bind_number(inbox->walk, sqlite3_bind_parameter_index(inbox->walk, ":limit"), limit);
    return true;
}

bool inbox_walk_row(struct inbox *inbox, int64_t number, struct fail *fail)
{
    const struct inbox_filter filter = {.row = number > 0 ? number : -1};
    return inbox_walk(inbox, &filter, INBOX_OLDEST_FIRST, 1, true, fail);
}

static void read_handed(sqlite3_stmt *walk, struct inbox_row *row)
{
    static const enum inbox_state states[] = {INBOX_QUEUED, INBOX_DONE, INBOX_DEAD};
    int state = sqlite3_column_int(walk, HANDED_AT);
    bool none = sqlite3_column_type(walk, HANDED_AT) == SQLITE_NULL || state < 0 || state > 2;
    row->state = none ? INBOX_NONE : states[state];
    row->attempts = sqlite3_column_int64(walk, HANDED_AT + 1);
    row->tried_ms = sqlite3_column_int64(walk, HANDED_AT + 2);
    row->due_ms = sqlite3_column_int64(walk, HANDED_AT + 3);
    row->outcome = sqlite_column(walk, HANDED_AT + 4);
}

static bool read_row(sqlite3_stmt *walk, struct inbox_row *row)
{
    row_read(walk, &row->delivery, &row->request);
    row->body_len = sqlite3_column_int64(walk, ROW_COLUMNS_COUNT - 1);
    read_handed(walk, row);
    if (sqlite3_column_count(walk) == WHOLE_AT) {
        return true;
    }
    row->request.headers = row->headers;
    row->request.body = sqlite_column(walk, WHOLE_AT + 1);
    return row_headers(sqlite_column(walk, WHOLE_AT), row->headers, INBOX_HEADERS_MAX,
                       &row->request.header_count);
}

bool inbox_next(struct inbox *inbox, struct inbox_row *row, struct fail *fail)
{
    int state = sqlite3_step(inbox->walk);
    if (state == SQLITE_ROW) {
        return read_row(inbox->walk, row) ||
               fail_set(fail, EXIT_UNKNOWN, "%s: row %lld is damaged", inbox->path,
                        (long long) sqlite3_column_int64(inbox->walk, 0));
    }
    if (state != SQLITE_DONE) {
        (void) sqlite_fail(inbox->db, inbox->path, fail);
    }
    return false;
}
