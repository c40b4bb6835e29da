/* SPDX-License-Identifier: MIT
 *
 * The SQLite store: one transaction a batch, durable when commit returns.
 *
 * What is to be handed on is queued in the delivery's own transaction, and what became of attempts
 * is written with the next batch. WAL with synchronous=FULL: COMMIT returns after the log has
 * reached the disk, so neither a killed process nor a lost page cache takes an acknowledged
 * delivery away. After any failure the connection is closed and the next batch opens it anew: that
 * also finds a file that was moved.
 */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "receiver/queue.h"
#include "receiver/queue_write.h"
#include "receiver/retention.h"
#include "receiver/seen.h"
#include "receiver/sqlite.h"
#include "receiver/store.h"

#define HEADERS_MAX ((size_t) 1 << 20) /* bytes: far above the receiver's ceiling for a head */

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)

enum query { Q_BEGIN, Q_COMMIT, Q_LAST, Q_ADD, Q_NAME, Q_NAMED, Q_MARK, Q_COUNT };

static const char *const queries[Q_COUNT] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_COMMIT] = "COMMIT",
    [Q_LAST] = ("SELECT max((SELECT coalesce(max(id), 0) FROM deliveries), "
                "(SELECT delivery FROM last))"),
    [Q_ADD] = ("INSERT INTO deliveries (id, endpoint, event, event_id, signed, key_label, "
               "received_ms, stated_s, method, url, headers, body) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
    [Q_NAME] = "INSERT OR IGNORE INTO endpoints (name) VALUES (?1)",
    [Q_NAMED] = "SELECT id FROM endpoints WHERE name = ?1",
    [Q_MARK] = "PRAGMA user_version = " TEXT(SQLITE_INBOX_VERSION), /* what it is already */
};

struct sqlite_store {
    struct store store;
    char *path;
    sqlite3 *db; /* NULL: closed after a failure */
    sqlite3_stmt *statements[Q_COUNT];
    struct seen seen;
    struct queue_write queue;
    struct retention retention;
    atomic_bool failing;        /* the last commit failed, and none would work since */
    int64_t look_ms;            /* steady: whether one would is not looked at before */
    struct settlement *settled; /* what the next commit writes besides its batch */
    struct buf headers;
    int64_t last_row;
    /* the endpoint used last: batches nearly always have one alone */
    char endpoint[HG_VALUE_MAX];
    size_t endpoint_len;
    int64_t endpoint_id; /* 0: none */
};

/* ---- Opening --------------------------------------------------------------------------------- */

static void close_db(struct sqlite_store *sqlite)
{
    sqlite_finalize(sqlite->statements, Q_COUNT);
    seen_close(&sqlite->seen);
    queue_write_end(&sqlite->queue);
    retention_end(&sqlite->retention);
    (void) sqlite3_close(sqlite->db);
    sqlite->db = NULL;
    sqlite->endpoint_id = 0;
}

static bool open_db(struct sqlite_store *sqlite, struct fail *fail)
{
    sqlite->db = sqlite_open(sqlite->path, fail);
    if (sqlite->db == NULL) {
        return false;
    }
    if (sqlite_prepare(sqlite->db, queries, sqlite->statements, Q_COUNT) &&
        seen_open(&sqlite->seen, sqlite->db) && queue_write_begin(&sqlite->queue, sqlite->db) &&
        retention_begin(&sqlite->retention, sqlite->db)) {
        return true;
    }
    (void) sqlite_fail(sqlite->db, sqlite->path, fail);
    close_db(sqlite);
    return false;
}

/* ---- A batch --------------------------------------------------------------------------------- */

static int step(struct sqlite_store *sqlite, enum query query)
{
    return sqlite3_step(sqlite->statements[query]);
}

static bool finish(struct sqlite_store *sqlite, enum query query)
{
    return sqlite_finish(sqlite->statements[query]);
}

static void bind_number(struct sqlite_store *sqlite, enum query query, int at, int64_t value)
{
    sqlite_bind_number(sqlite->statements[query], at, value);
}

static void bind_text(struct sqlite_store *sqlite, enum query query, int at, hg_str text)
{
    sqlite_bind_text(sqlite->statements[query], at, text);
}

static void bind_bytes(struct sqlite_store *sqlite, enum query query, int at, const void *data,
                       size_t size)
{
    sqlite_bind_bytes(sqlite->statements[query], at, data, size);
}

static bool find_endpoint(struct sqlite_store *sqlite, hg_str name)
{
    if (sqlite->endpoint_id != 0 && name.len == sqlite->endpoint_len &&
        strncmp(name.ptr, sqlite->endpoint, name.len) == 0) {
        return true;
    }
    if (name.len > sizeof(sqlite->endpoint)) {
        return false;
    }
    sqlite->endpoint_id = 0;
    bind_text(sqlite, Q_NAME, 1, name);
    bind_text(sqlite, Q_NAMED, 1, name);
    if (!finish(sqlite, Q_NAME) || step(sqlite, Q_NAMED) != SQLITE_ROW) {
        (void) sqlite3_reset(sqlite->statements[Q_NAMED]);
        return false;
    }
    memcpy(sqlite->endpoint, name.ptr, name.len);
    sqlite->endpoint_len = name.len;
    sqlite->endpoint_id = sqlite3_column_int64(sqlite->statements[Q_NAMED], 0);
    (void) sqlite3_reset(sqlite->statements[Q_NAMED]);
    return true;
}

static bool write_headers(struct buf *out, const hg_request *request)
{
    buf_clear(out);
    for (size_t i = 0; i < request->header_count; i++) {
        (void) buf_add_str(out, request->headers[i].name);
        (void) buf_add(out, ": ", 2);
        (void) buf_add_str(out, request->headers[i].value);
        (void) buf_add(out, "\r\n", 2);
    }
    return !out->failed;
}

static bool add_row(struct sqlite_store *sqlite, struct delivery *delivery)
{
    const hg_request *request = delivery->request;
    if (!write_headers(&sqlite->headers, request)) {
        return false;
    }
    bind_number(sqlite, Q_ADD, 1, sqlite->last_row + 1);
    bind_number(sqlite, Q_ADD, 2, sqlite->endpoint_id);
    bind_text(sqlite, Q_ADD, 3, delivery->event);
    bind_text(sqlite, Q_ADD, 4, delivery->id);
    bind_number(sqlite, Q_ADD, 5, (delivery->event_signed ? 1 : 0) + (delivery->id_signed ? 2 : 0));
    bind_text(sqlite, Q_ADD, 6, delivery->key_label);
    bind_number(sqlite, Q_ADD, 7, delivery->received_ms);
    bind_number(sqlite, Q_ADD, 8, delivery->stated_s);
    bind_text(sqlite, Q_ADD, 9, request->method);
    bind_text(sqlite, Q_ADD, 10, request->url);
    bind_bytes(sqlite, Q_ADD, 11, sqlite->headers.ptr, sqlite->headers.len);
    bind_bytes(sqlite, Q_ADD, 12, request->body.ptr, request->body.len);
    if (!finish(sqlite, Q_ADD)) {
        return false;
    }
    delivery->row = ++sqlite->last_row;
    return !delivery->queued || queue_write_add(&sqlite->queue, sqlite->endpoint_id, delivery);
}

static bool add_one(struct sqlite_store *sqlite, struct delivery *delivery)
{
    return find_endpoint(sqlite, delivery->endpoint) &&
           seen_note(&sqlite->seen, sqlite->endpoint_id, delivery, sqlite->last_row + 1) &&
           (delivery->duplicate || add_row(sqlite, delivery));
}

/* ---- The interface --------------------------------------------------------------------------- */

/* A store that is locked or full rarely recovers sooner, and a look may hold up a batch. */
#define LOOK_AGAIN_MS 5000

/* Somebody may have moved or deleted the file: what is written now would be lost with it. */
static bool still_there(struct sqlite_store *sqlite)
{
    int moved = 0;
    (void) sqlite3_file_control(sqlite->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
    return moved == 0;
}

static bool begin(struct sqlite_store *sqlite)
{
    if (!finish(sqlite, Q_BEGIN) || step(sqlite, Q_LAST) != SQLITE_ROW) {
        return false;
    }
    sqlite->last_row = sqlite3_column_int64(sqlite->statements[Q_LAST], 0);
    (void) sqlite3_reset(sqlite->statements[Q_LAST]);
    return seen_begin(&sqlite->seen);
}

static bool write_settled(struct sqlite_store *sqlite)
{
    for (struct settlement *at = sqlite->settled; at != NULL; at = at->next) {
        if (!queue_write_settle(&sqlite->queue, at)) {
            return false;
        }
    }
    return true;
}

static bool write_batch(struct sqlite_store *sqlite, struct delivery *const *batch, size_t count)
{
    if (!begin(sqlite)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_one(sqlite, batch[i])) {
            return false;
        }
    }
    return (count == 0 || (seen_end(&sqlite->seen, count, batch[0]->received_ms / 1000) &&
                           retention_step(&sqlite->retention, count, batch[0]->received_ms))) &&
           write_settled(sqlite) && finish(sqlite, Q_COMMIT);
}

/* Closing rolls back whatever had begun. The next batch opens the file anew. */
static bool ready(struct sqlite_store *sqlite, struct fail *fail)
{
    if (sqlite->db != NULL && !still_there(sqlite)) {
        close_db(sqlite);
    }
    return sqlite->db != NULL || open_db(sqlite, fail);
}

static bool broken(struct sqlite_store *sqlite, struct fail *fail)
{
    (void) sqlite_fail(sqlite->db, sqlite->path, fail);
    close_db(sqlite);
    return false;
}

static void note_state(struct sqlite_store *sqlite, bool works)
{
    atomic_store(&sqlite->failing, !works);
    sqlite->look_ms = clock_steady_ms() + LOOK_AGAIN_MS;
}

static bool sqlite_ready(struct store *store)
{
    return !atomic_load(&((struct sqlite_store *) store)->failing);
}

/* Writes a page as it is: a balancer that asks whether we are ready sends nothing until we
 * say so. Why it still fails has been told. */
static void look_again(struct sqlite_store *sqlite)
{
    struct fail fail = {0};
    bool works = ready(sqlite, &fail);
    if (works &&
        (!finish(sqlite, Q_BEGIN) || !finish(sqlite, Q_MARK) || !finish(sqlite, Q_COMMIT))) {
        works = broken(sqlite, &fail);
    }
    note_state(sqlite, works);
}

static bool sqlite_commit(struct store *store, struct delivery *const *batch, size_t count,
                          struct fail *fail)
{
    struct sqlite_store *sqlite = (struct sqlite_store *) store;
    bool done = ready(sqlite, fail);
    if (done && (count > 0 || sqlite->settled != NULL) && !write_batch(sqlite, batch, count)) {
        done = broken(sqlite, fail);
    }
    sqlite->settled = NULL;
    note_state(sqlite, done);
    return done;
}

static void sqlite_settle(struct store *store, struct settlement *first)
{
    ((struct sqlite_store *) store)->settled = first;
}

static void sqlite_retain(struct store *store, const struct retention_rules *rules)
{
    ((struct sqlite_store *) store)->retention.rules = *rules;
}

static bool sqlite_tidy(struct store *store, int64_t now_ms, struct fail *fail)
{
    struct sqlite_store *sqlite = (struct sqlite_store *) store;
    if (atomic_load(&sqlite->failing)) {
        if (clock_steady_ms() >= sqlite->look_ms) {
            look_again(sqlite);
        }
        return false;
    }
    if (!retention_due(&sqlite->retention, now_ms) || !ready(sqlite, fail)) {
        return false;
    }
    if (!finish(sqlite, Q_BEGIN) ||
        !retention_step(&sqlite->retention, RETENTION_IDLE_ROWS, now_ms) ||
        !finish(sqlite, Q_COMMIT)) {
        note_state(sqlite, false);
        return broken(sqlite, fail);
    }
    return retention_due(&sqlite->retention, now_ms);
}

static struct queue *sqlite_queue(struct store *store, struct fail *fail)
{
    return queue_open(((struct sqlite_store *) store)->path, fail);
}

static void sqlite_close(struct store *store)
{
    struct sqlite_store *sqlite = (struct sqlite_store *) store;
    close_db(sqlite);
    buf_free(&sqlite->headers);
    seen_release(&sqlite->seen);
    free(sqlite->path);
    free(sqlite);
}

static const struct store_ops sqlite_ops = {
    .commit = sqlite_commit,
    .close = sqlite_close,
    .ready = sqlite_ready,
    .settle = sqlite_settle,
    .queue = sqlite_queue,
    .retain = sqlite_retain,
    .tidy = sqlite_tidy,
    .waits = true,
    .notice = NULL,
};

struct store *store_sqlite_open(const char *path, struct fail *fail)
{
    struct sqlite_store *sqlite = calloc(1, sizeof(*sqlite));
    if (sqlite == NULL || (sqlite->path = strdup(path)) == NULL) {
        free(sqlite);
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", path);
        return NULL;
    }
    sqlite->store.ops = &sqlite_ops;
    buf_init(&sqlite->headers, HEADERS_MAX);
    if (!seen_init(&sqlite->seen)) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", path);
    } else if (open_db(sqlite, fail)) {
        return &sqlite->store;
    }
    sqlite_close(&sqlite->store);
    return NULL;
}
