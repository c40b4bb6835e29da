/* SPDX-License-Identifier: MIT
 *
 * See inbox.h. A read-only connection: a reader never holds up the receiver, nor it a reader.
 */
#include "receiver/inbox.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "receiver/sqlite.h"

#define READ_BUSY_MS 2000 /* how long a recovery after a crash may hold up a reader */

struct inbox {
    sqlite3 *db;
    sqlite3_stmt *walk;
    const char *path;
};

#define COLUMNS                                                                                    \
    "SELECT d.id, e.name, d.event, d.event_id, d.signed, d.key_label, d.received_ms, d.stated_s, " \
    "d.method, d.url, length(d.body)"
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

static bool check_marks(struct inbox *inbox, struct fail *fail)
{
    int64_t id, version;
    if (!ask(inbox, "PRAGMA application_id", &id, fail) ||
        !ask(inbox, "PRAGMA user_version", &version, fail)) {
        fail->exit_code = sqlite3_errcode(inbox->db) == SQLITE_NOTADB ? EXIT_USAGE : EXIT_UNKNOWN;
        return false;
    }
    if (id != SQLITE_INBOX_ID || version != SQLITE_INBOX_VERSION) {
        return fail_set(fail, EXIT_USAGE, "%s: is not an inbox this program can read", inbox->path);
    }
    return true;
}

static bool open_file(struct inbox *inbox, struct fail *fail)
{
    struct stat status;
    if (stat(inbox->path, &status) != 0) {
        return fail_set(fail, errno == ENOENT ? EXIT_USAGE : EXIT_UNKNOWN, "%s: %s", inbox->path,
                        strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) {
        return fail_set(fail, EXIT_USAGE, "%s: is not a file", inbox->path);
    }
    if (sqlite3_open_v2(inbox->path, &inbox->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        return inbox_fail(inbox, fail);
    }
    (void) sqlite3_busy_timeout(inbox->db, READ_BUSY_MS);
    return check_marks(inbox, fail);
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
    if (!open_file(inbox, fail)) {
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

static hg_str column(sqlite3_stmt *walk, int at)
{
    hg_str text = {sqlite3_column_blob(walk, at), 0};
    text.len = (size_t) sqlite3_column_bytes(walk, at);
    return text;
}

/* Cuts "Name: value CR LF" lines; names and values hold neither colon-blank nor CR. */
static bool read_headers(hg_str lines, struct inbox_row *row)
{
    size_t count = 0;
    while (lines.len > 0) {
        const char *colon = memchr(lines.ptr, ':', lines.len);
        const char *end = memchr(lines.ptr, '\r', lines.len);
        if (colon == NULL || end == NULL || end < colon + 2 || count == INBOX_HEADERS_MAX) {
            return false;
        }
        row->headers[count].name = (hg_str){lines.ptr, (size_t) (colon - lines.ptr)};
        row->headers[count].value = (hg_str){colon + 2, (size_t) (end - colon - 2)};
        count++;
        size_t used = (size_t) (end - lines.ptr) + 2;
        lines.ptr += used < lines.len ? used : lines.len;
        lines.len -= used < lines.len ? used : lines.len;
    }
    row->request.headers = row->headers;
    row->request.header_count = count;
    return true;
}

static bool read_row(sqlite3_stmt *walk, struct inbox_row *row)
{
    struct delivery *delivery = &row->delivery;
    memset(delivery, 0, sizeof(*delivery));
    memset(&row->request, 0, sizeof(row->request));
    delivery->request = &row->request;
    delivery->row = sqlite3_column_int64(walk, 0);
    delivery->endpoint = column(walk, 1);
    delivery->event = column(walk, 2);
    delivery->id = column(walk, 3);
    delivery->event_signed = (sqlite3_column_int(walk, 4) & 1) != 0;
    delivery->id_signed = (sqlite3_column_int(walk, 4) & 2) != 0;
    delivery->key_label = column(walk, 5);
    delivery->received_ms = sqlite3_column_int64(walk, 6);
    delivery->stated_s = sqlite3_column_int64(walk, 7);
    row->request.method = column(walk, 8);
    row->request.url = column(walk, 9);
    row->body_len = sqlite3_column_int64(walk, 10);
    if (sqlite3_column_count(walk) == 11) {
        return true;
    }
    row->request.body = column(walk, 12);
    return read_headers(column(walk, 11), row);
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
