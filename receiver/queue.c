/* SPDX-License-Identifier: MIT
 *
 * See queue.h.
 */
#include "receiver/queue.h"

#include <stdlib.h>
#include <string.h>

#include "receiver/sqlite.h"
#include "receiver/sqlite_row.h"

enum query {
    Q_ENDPOINT,
    Q_NAMES,
    Q_DUE,
    Q_OLDEST,
    Q_FIRST_HEAD,
    Q_HEAD,
    Q_COUNT_ALL,
    Q_RECEIVED,
    Q_LOAD,
    QUERIES
};

static const char *const queries[QUERIES] = {
    [Q_ENDPOINT] = "SELECT id FROM endpoints WHERE name = ?1",
    [Q_NAMES] = "SELECT name FROM endpoints e WHERE EXISTS (SELECT 1 FROM queue WHERE endpoint = "
                "e.id) ORDER BY name",
    [Q_DUE] = "SELECT delivery, due_ms, attempts, tried_ms FROM queue WHERE endpoint = ?1 "
              "ORDER BY due_ms, delivery LIMIT ?2",
    [Q_OLDEST] = "SELECT delivery, due_ms, attempts, tried_ms FROM queue WHERE endpoint = ?1 "
                 "ORDER BY delivery LIMIT 1",
    [Q_FIRST_HEAD] =
        "SELECT delivery, due_ms, attempts, tried_ms, event FROM queue WHERE endpoint = ?1 "
        "ORDER BY event, delivery LIMIT 1",
    [Q_HEAD] = "SELECT delivery, due_ms, attempts, tried_ms, event FROM queue WHERE endpoint = ?1 "
               "AND event > ?2 ORDER BY event, delivery LIMIT 1",
    [Q_COUNT_ALL] = "SELECT count(*) FROM queue WHERE endpoint = ?1",
    [Q_RECEIVED] = "SELECT received_ms FROM deliveries WHERE id = (SELECT min(delivery) FROM queue "
                   "WHERE endpoint = ?1)",
    [Q_LOAD] = "SELECT " ROW_COLUMNS ", d.headers, d.body FROM queue q JOIN deliveries d ON d.id = "
               "q.delivery JOIN endpoints e ON e.id = d.endpoint WHERE q.endpoint = ?1 AND "
               "q.delivery = ?2",
};

struct queue {
    sqlite3 *db;
    const char *path;
    unsigned opened;
    sqlite3_stmt *statements[QUERIES];
};

static void close_db(struct queue *queue)
{
    sqlite_finalize(queue->statements, QUERIES);
    (void) sqlite3_close(queue->db);
    queue->db = NULL;
}

static bool open_db(struct queue *queue, struct fail *fail)
{
    queue->db = sqlite_open_to_read(queue->path, fail);
    if (queue->db == NULL) {
        return false;
    }
    queue->opened++;
    if (sqlite_prepare(queue->db, queries, queue->statements, QUERIES)) {
        return true;
    }
    (void) sqlite_fail(queue->db, queue->path, fail);
    close_db(queue);
    return false;
}

struct queue *queue_open(const char *path, struct fail *fail)
{
    struct queue *queue = calloc(1, sizeof(*queue));
    if (queue == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", path);
        return NULL;
    }
    queue->path = path;
    if (!open_db(queue, fail)) {
        queue_close(queue);
        return NULL;
    }
    return queue;
}

void queue_close(struct queue *queue)
{
    if (queue != NULL) {
        close_db(queue);
        free(queue);
    }
}

bool queue_check(struct queue *queue, struct fail *fail)
{
    int moved = 0;
    if (queue->db != NULL) {
        (void) sqlite3_file_control(queue->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
        if (moved == 0) {
            return true;
        }
        close_db(queue);
    }
    return open_db(queue, fail);
}

unsigned queue_opened(const struct queue *queue)
{
    return queue->opened;
}

/* Resets the statement, which ends the transaction of the read. */
static bool ended(struct queue *queue, sqlite3_stmt *statement, int state, struct fail *fail)
{
    bool held = state == SQLITE_DONE || state == SQLITE_ROW;
    if (!held) {
        (void) sqlite_fail(queue->db, queue->path, fail);
    }
    (void) sqlite3_reset(statement);
    return held;
}

/* One number, or 0 when there is no row. */
static bool ask(struct queue *queue, enum query query, int64_t *number, struct fail *fail)
{
    sqlite3_stmt *statement = queue->statements[query];
    int state = sqlite3_step(statement);
    *number = state == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    return ended(queue, statement, state, fail);
}

bool queue_endpoint(struct queue *queue, hg_str name, int64_t *number, struct fail *fail)
{
    sqlite_bind_text(queue->statements[Q_ENDPOINT], 1, name);
    return ask(queue, Q_ENDPOINT, number, fail);
}

bool queue_names(struct queue *queue, void (*each)(void *context, hg_str name), void *context,
                 struct fail *fail)
{
    sqlite3_stmt *statement = queue->statements[Q_NAMES];
    int state;
    while ((state = sqlite3_step(statement)) == SQLITE_ROW) {
        each(context, sqlite_column(statement, 0));
    }
    return ended(queue, statement, state, fail);
}

bool queue_count(struct queue *queue, int64_t endpoint, int64_t *waiting, int64_t *oldest_ms,
                 struct fail *fail)
{
    sqlite_bind_number(queue->statements[Q_COUNT_ALL], 1, endpoint);
    sqlite_bind_number(queue->statements[Q_RECEIVED], 1, endpoint);
    return ask(queue, Q_COUNT_ALL, waiting, fail) && ask(queue, Q_RECEIVED, oldest_ms, fail);
}

/* ---- What comes next ------------------------------------------------------------------------- */

static void read_item(sqlite3_stmt *statement, struct queue_item *item)
{
    item->row = sqlite3_column_int64(statement, 0);
    item->due_ms = sqlite3_column_int64(statement, 1);
    item->attempts = sqlite3_column_int64(statement, 2);
    item->tried_ms = sqlite3_column_int64(statement, 3);
}

static bool next_rows(struct queue *queue, enum query query, struct queue_item *items, size_t max,
                      size_t *count, struct fail *fail)
{
    sqlite3_stmt *statement = queue->statements[query];
    int state = SQLITE_DONE;
    while (*count < max && (state = sqlite3_step(statement)) == SQLITE_ROW) {
        read_item(statement, &items[(*count)++]);
    }
    return ended(queue, statement, state, fail);
}

/* The oldest row of the event behind the cursor, which moves there. */
static int step_head(struct queue *queue, int64_t endpoint, struct queue_cursor *cursor,
                     struct queue_item *item)
{
    sqlite3_stmt *head = queue->statements[cursor->begun ? Q_HEAD : Q_FIRST_HEAD];
    sqlite_bind_number(head, 1, endpoint);
    if (cursor->begun) {
        sqlite_bind_text(head, 2, (hg_str){cursor->event, cursor->len});
    }
    int state = sqlite3_step(head);
    cursor->begun = state == SQLITE_ROW;
    if (state == SQLITE_ROW) {
        hg_str event = sqlite_column(head, 4);
        cursor->len = event.len < sizeof(cursor->event) ? event.len : sizeof(cursor->event);
        if (event.len > 0) {
            memcpy(cursor->event, event.ptr, cursor->len);
        }
        read_item(head, item);
    }
    (void) sqlite3_reset(head);
    return state;
}

/* From event to event: one descent of the index for each, however many rows wait behind it. A walk
 * that began in the middle goes on from the beginning, once. */
static bool next_heads(struct queue *queue, int64_t endpoint, struct queue_cursor *cursor,
                       struct queue_item *items, size_t max, size_t *count, struct fail *fail)
{
    bool again = cursor->begun;
    max = max < QUEUE_HEADS_MAX ? max : QUEUE_HEADS_MAX;
    while (*count < max) {
        int state = step_head(queue, endpoint, cursor, &items[*count]);
        if (state == SQLITE_ROW) {
            if (*count > 0 && items[*count].row == items[0].row) {
                return true; /* round */
            }
            (*count)++;
        } else if (state != SQLITE_DONE) {
            return sqlite_fail(queue->db, queue->path, fail);
        } else if (!again) {
            return true;
        } else {
            again = false;
        }
    }
    return true;
}

bool queue_next(struct queue *queue, int64_t endpoint, enum target_order order,
                struct queue_cursor *cursor, struct queue_item *items, size_t max, size_t *count,
                struct fail *fail)
{
    *count = 0;
    if (order == TARGET_BY_EVENT) {
        return next_heads(queue, endpoint, cursor, items, max, count, fail);
    }
    if (order == TARGET_BY_ARRIVAL) {
        sqlite_bind_number(queue->statements[Q_OLDEST], 1, endpoint);
        return next_rows(queue, Q_OLDEST, items, max, count, fail);
    }
    sqlite_bind_number(queue->statements[Q_DUE], 1, endpoint);
    sqlite_bind_number(queue->statements[Q_DUE], 2, (int64_t) max);
    return next_rows(queue, Q_DUE, items, max, count, fail);
}

/* ---- A delivery ------------------------------------------------------------------------------ */

void parcel_free(struct parcel *parcel)
{
    free(parcel->text);
    parcel->text = NULL;
    parcel->room = 0;
}

void parcel_trim(struct parcel *parcel)
{
    if (parcel->room > PARCEL_KEPT_MAX) {
        parcel_free(parcel);
    }
}

static bool make_room(struct parcel *parcel, size_t size)
{
    if (size <= parcel->room) {
        return true;
    }
    char *text = realloc(parcel->text, size);
    if (text == NULL) {
        return false;
    }
    parcel->text = text;
    parcel->room = size;
    return true;
}

/* Copies what the slices point to behind each other, and points them there. */
static bool take_over(struct parcel *parcel, hg_str *const *slices, size_t count)
{
    size_t size = 1, at = 0;
    for (size_t i = 0; i < count; i++) {
        size += slices[i]->len;
    }
    if (!make_room(parcel, size)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (slices[i]->len > 0) {
            memcpy(parcel->text + at, slices[i]->ptr, slices[i]->len);
        }
        slices[i]->ptr = parcel->text + at;
        at += slices[i]->len;
    }
    return true;
}

static bool read_parcel(struct queue *queue, struct parcel *parcel, struct fail *fail)
{
    sqlite3_stmt *load = queue->statements[Q_LOAD];
    struct delivery *delivery = &parcel->delivery;
    hg_request *request = &parcel->request;
    row_read(load, delivery, request);
    hg_str lines = sqlite_column(load, ROW_COLUMNS_COUNT);
    request->body = sqlite_column(load, ROW_COLUMNS_COUNT + 1);
    request->headers = parcel->headers;
    hg_str *const slices[] = {
        &delivery->endpoint, &delivery->event, &delivery->id, &delivery->key_label,
        &request->method,    &request->url,    &lines,        &request->body};
    if (!take_over(parcel, slices, sizeof(slices) / sizeof(slices[0]))) {
        return fail_set(fail, EXIT_UNKNOWN, "row %lld: out of memory", (long long) delivery->row);
    }
    return row_headers(lines, parcel->headers, HG_HEADERS_MAX, &request->header_count) ||
           fail_set(fail, EXIT_UNKNOWN, "%s: row %lld is damaged", queue->path,
                    (long long) delivery->row);
}

bool queue_load(struct queue *queue, int64_t endpoint, int64_t row, struct parcel *parcel,
                bool *found, struct fail *fail)
{
    sqlite3_stmt *load = queue->statements[Q_LOAD];
    *found = false;
    if (queue->db == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: is not there", queue->path);
    }
    sqlite_bind_number(load, 1, endpoint);
    sqlite_bind_number(load, 2, row);
    int state = sqlite3_step(load);
    *found = state == SQLITE_ROW;
    bool done = !*found || read_parcel(queue, parcel, fail);
    return ended(queue, load, state, fail) && done;
}
