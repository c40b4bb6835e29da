/* SPDX-License-Identifier: MIT
 *
 * See inbox.h. A read-only connection: a reader never holds up the receiver, nor it a reader.
 */
#include "receiver/inbox.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "receiver/sqlite.h"
#include "receiver/sqlite_row.h"

struct inbox {
    sqlite3 *db;
    sqlite3_stmt *walk;
    const char *path;
};

#define COLUMNS "SELECT " ROW_COLUMNS
#define TABLES " FROM deliveries d JOIN endpoints e ON e.id = d.endpoint"
#define WHOLE ", d.headers, d.body"

static bool inbox_fail(struct inbox *inbox, struct fail *fail)
{
    return fail_set(fail, EXIT_UNKNOWN, "%s: %s", inbox->path,
                    inbox->db != NULL ? sqlite3_errmsg(inbox->db) : "out of memory");
}

static bool begin_walk(struct inbox *inbox, const char *sql, int64_t value, struct fail *fail)
{
    (void) sqlite3_finalize(inbox->walk);
    inbox->walk = NULL;
    return (sqlite3_prepare_v2(inbox->db, sql, -1, &inbox->walk, NULL) == SQLITE_OK &&
            (sqlite3_bind_parameter_count(inbox->walk) == 0 ||
             sqlite3_bind_int64(inbox->walk, 1, value) == SQLITE_OK)) ||
           inbox_fail(inbox, fail);
}

static bool ask(struct inbox *inbox, const char *sql, int64_t *answer, struct fail *fail)
{
    if (!begin_walk(inbox, sql, 0, fail)) {
        return false;
    }
    if (sqlite3_step(inbox->walk) != SQLITE_ROW) {
        return inbox_fail(inbox, fail);
    }
    *answer = sqlite3_column_int64(inbox->walk, 0);
    (void) sqlite3_reset(inbox->walk);
    return true;
}

struct inbox *inbox_open(const char *spec, struct fail *fail)
{
    if (strcmp(spec, "memory:") == 0) {
        (void) fail_set(fail, EXIT_USAGE,
                        "the store memory: lives in its receiver alone and can't be read");
        return NULL;
    }
    struct inbox *inbox = calloc(1, sizeof(*inbox));
    if (inbox == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", spec);
        return NULL;
    }
    inbox->path = strncmp(spec, "sqlite:", 7) == 0 ? spec + 7 : spec;
    inbox->db = sqlite_open_to_read(inbox->path, fail);
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

bool inbox_count(struct inbox *inbox, int64_t *count, struct fail *fail)
{
    return ask(inbox, "SELECT count(*) FROM deliveries", count, fail);
}

bool inbox_walk(struct inbox *inbox, enum inbox_order order, int64_t limit, bool whole,
                struct fail *fail)
{
    char sql[512];
    (void) snprintf(sql, sizeof(sql), "%s%s%s ORDER BY d.id%s LIMIT ?1", COLUMNS,
                    whole ? WHOLE : "", TABLES, order == INBOX_NEWEST_FIRST ? " DESC" : "");
    return begin_walk(inbox, sql, limit, fail);
}

bool inbox_walk_row(struct inbox *inbox, int64_t number, struct fail *fail)
{
    return begin_walk(inbox, COLUMNS WHOLE TABLES " WHERE d.id = ?1", number, fail);
}

static bool read_row(sqlite3_stmt *walk, struct inbox_row *row)
{
    row_read(walk, &row->delivery, &row->request);
    row->body_len = sqlite3_column_int64(walk, ROW_COLUMNS_COUNT - 1);
    if (sqlite3_column_count(walk) == ROW_COLUMNS_COUNT) {
        return true;
    }
    row->request.headers = row->headers;
    row->request.body = sqlite_column(walk, ROW_COLUMNS_COUNT + 1);
    return row_headers(sqlite_column(walk, ROW_COLUMNS_COUNT), row->headers, INBOX_HEADERS_MAX,
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
        (void) inbox_fail(inbox, fail);
    }
    return false;
}
