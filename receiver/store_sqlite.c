/* SPDX-License-Identifier: MIT
 *
 * The SQLite store: one transaction a batch, durable when commit returns.
 *
 * WAL with synchronous=FULL: COMMIT returns after the log has reached the disk, so neither a killed
 * process nor a lost page cache takes an acknowledged delivery away. After any failure the
 * connection is closed and the next batch opens it anew: that also finds a file that was moved.
 */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "receiver/sqlite.h"
#include "receiver/store.h"

#define BUSY_MS 5000          /* how long another process's write lock may hold up a batch */
#define WAL_AGAIN_MS 10       /* between two tries to switch a new file to WAL */
#define PAGE_BYTES 8192       /* of a new file: measured, 5 % faster than 4096 and than 16384 */
#define CHECKPOINT_PAGES 2000 /* 16 MB of log: fewer, longer moves into the main file */
#define PRUNE_EXTRA 16        /* keys looked at in a batch beyond twice its size */
#define HEADERS_MAX ((size_t) 1 << 20) /* bytes: far above the receiver's ceiling for a head */

enum query {
    Q_BEGIN,
    Q_COMMIT,
    Q_LAST,
    Q_NOTE,
    Q_SEEN,
    Q_ADD,
    Q_NAME,
    Q_NAMED,
    Q_NEXT,
    Q_PRUNE,
    Q_COUNT
};

static const char *const queries[Q_COUNT] = {
    [Q_BEGIN] = "BEGIN IMMEDIATE",
    [Q_COMMIT] = "COMMIT",
    [Q_LAST] = "SELECT coalesce(max(id), 0) FROM deliveries",
    /* an expired key starts anew; a live one is left alone, and changes() says 0 */
    [Q_NOTE] = ("INSERT INTO seen (endpoint, key, until, delivery) VALUES (?1, ?2, ?3, ?4) "
                "ON CONFLICT (endpoint, key) DO UPDATE SET until = excluded.until, "
                "delivery = excluded.delivery WHERE seen.until < ?5"),
    [Q_SEEN] = "SELECT delivery FROM seen WHERE endpoint = ?1 AND key = ?2",
    [Q_ADD] = ("INSERT INTO deliveries (id, endpoint, event, event_id, signed, key_label, "
               "received_ms, stated_s, method, url, headers, body) "
               "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"),
    [Q_NAME] = "INSERT OR IGNORE INTO endpoints (name) VALUES (?1)",
    [Q_NAMED] = "SELECT id FROM endpoints WHERE name = ?1",
    [Q_NEXT] = ("SELECT endpoint, key, until FROM seen WHERE (endpoint, key) > (?1, ?2) "
                "ORDER BY endpoint, key LIMIT ?3"),
    [Q_PRUNE] = "DELETE FROM seen WHERE endpoint = ?1 AND key = ?2",
};

struct sqlite_store {
    struct store store;
    char *path;
    sqlite3 *db; /* NULL: closed after a failure */
    sqlite3_stmt *statements[Q_COUNT];
    struct buf headers;
    int64_t last_row;
    /* the endpoint used last: batches nearly always have one alone */
    char endpoint[HG_VALUE_MAX];
    size_t endpoint_len;
    int64_t endpoint_id; /* 0: none */
    /* where the walk for expired keys goes on */
    int64_t cursor_endpoint;
    unsigned char cursor[STORE_KEY_MAX];
    size_t cursor_len;
};

static bool sqlite_fail(struct sqlite_store *sqlite, struct fail *fail)
{
    return fail_set(fail, EXIT_UNKNOWN, "%s: %s", sqlite->path,
                    sqlite->db != NULL ? sqlite3_errmsg(sqlite->db) : "out of memory");
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void close_db(struct sqlite_store *sqlite)
{
    for (size_t i = 0; i < Q_COUNT; i++) {
        (void) sqlite3_finalize(sqlite->statements[i]);
        sqlite->statements[i] = NULL;
    }
    (void) sqlite3_close(sqlite->db);
    sqlite->db = NULL;
    sqlite->endpoint_id = 0;
}

static bool run(struct sqlite_store *sqlite, const char *sql, struct fail *fail)
{
    return sqlite3_exec(sqlite->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
           sqlite_fail(sqlite, fail);
}

/* One integer out of a query without parameters. */
static bool ask(struct sqlite_store *sqlite, const char *sql, int64_t *answer, struct fail *fail)
{
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(sqlite->db, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;
    if (done) {
        *answer = sqlite3_column_int64(statement, 0);
    } else {
        (void) sqlite_fail(sqlite, fail);
    }
    (void) sqlite3_finalize(statement);
    return done;
}

/* Whether the file may be ours: it is empty, or has our marks. Changes nothing. */
static bool check_marks(struct sqlite_store *sqlite, bool *empty, struct fail *fail)
{
    int64_t id, version, tables;
    if (!ask(sqlite, "PRAGMA application_id", &id, fail) ||
        !ask(sqlite, "PRAGMA user_version", &version, fail) ||
        !ask(sqlite, "SELECT count(*) FROM sqlite_schema", &tables, fail)) {
        return false;
    }
    *empty = id == 0 && version == 0 && tables == 0;
    if (*empty) {
        return true;
    }
    if (id != SQLITE_INBOX_ID) {
        return fail_set(fail, EXIT_USAGE, "%s: is a SQLite file, but not an inbox of hookgauge",
                        sqlite->path);
    }
    if (version != SQLITE_INBOX_VERSION) {
        return fail_set(fail, EXIT_USAGE, "%s: is an inbox of version %d, this program knows %d",
                        sqlite->path, (int) version, SQLITE_INBOX_VERSION);
    }
    return true;
}

/* A new file gets our marks and tables; any other must have them already. */
static bool make_tables(struct sqlite_store *sqlite, struct fail *fail)
{
    char marks[128];
    bool empty;
    if (!check_marks(sqlite, &empty, fail)) {
        return false;
    }
    (void) sqlite3_snprintf(sizeof(marks), marks,
                            "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                            SQLITE_INBOX_ID, SQLITE_INBOX_VERSION);
    return !empty || (run(sqlite, marks, fail) && run(sqlite, SQLITE_INBOX_TABLES, fail));
}

static bool prepare_all(struct sqlite_store *sqlite, struct fail *fail)
{
    for (size_t i = 0; i < Q_COUNT; i++) {
        if (sqlite3_prepare_v3(sqlite->db, queries[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &sqlite->statements[i], NULL) != SQLITE_OK) {
            return sqlite_fail(sqlite, fail);
        }
    }
    return true;
}

/* The switch gives up at once, without the busy timeout, when another process is writing: so a
 * receiver that starts beside others on a new file tries again. */
static bool set_wal(struct sqlite_store *sqlite, struct fail *fail)
{
    for (int waited = 0; waited < BUSY_MS; waited += WAL_AGAIN_MS) {
        if (sqlite3_exec(sqlite->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) !=
            SQLITE_BUSY) {
            break;
        }
        (void) sqlite3_sleep(WAL_AGAIN_MS);
    }
    return run(sqlite, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", fail);
}

/* The marks are looked at before anything is set: WAL is kept in the file, and somebody else's must
 * stay as it is. Tables are made in one transaction with their marks, so that a file cut short is
 * empty or whole; by then another receiver may have made them. A file that only looks writable
 * (read-only medium, full disk) fails here as well: BEGIN IMMEDIATE takes the write lock. */
static bool set_up(struct sqlite_store *sqlite, struct fail *fail)
{
    char tuning[80];
    bool empty;
    (void) sqlite3_snprintf(sizeof(tuning), tuning,
                            "PRAGMA page_size = %d; PRAGMA wal_autocheckpoint = %d", PAGE_BYTES,
                            CHECKPOINT_PAGES);
    return check_marks(sqlite, &empty, fail) && run(sqlite, tuning, fail) &&
           set_wal(sqlite, fail) && run(sqlite, "BEGIN IMMEDIATE", fail) &&
           make_tables(sqlite, fail) && run(sqlite, "COMMIT", fail) && prepare_all(sqlite, fail);
}

static bool open_db(struct sqlite_store *sqlite, struct fail *fail)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (sqlite3_open_v2(sqlite->path, &sqlite->db, flags, NULL) != SQLITE_OK) {
        (void) sqlite_fail(sqlite, fail);
        close_db(sqlite);
        return false;
    }
    (void) sqlite3_busy_timeout(sqlite->db, BUSY_MS);
    if (sqlite3_db_readonly(sqlite->db, "main") == 1) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: is not writable", sqlite->path);
    } else if (set_up(sqlite, fail)) {
        return true;
    } else if (sqlite3_errcode(sqlite->db) == SQLITE_NOTADB) {
        fail->exit_code = EXIT_USAGE; /* the wrong file was named */
    }
    close_db(sqlite);
    return false;
}

/* ---- A batch --------------------------------------------------------------------------------- */

static int step(struct sqlite_store *sqlite, enum query query)
{
    return sqlite3_step(sqlite->statements[query]);
}

/* Steps a statement that returns no row. */
static bool finish(struct sqlite_store *sqlite, enum query query)
{
    bool done = step(sqlite, query) == SQLITE_DONE;
    (void) sqlite3_reset(sqlite->statements[query]);
    return done;
}

static void bind_number(struct sqlite_store *sqlite, enum query query, int at, int64_t value)
{
    (void) sqlite3_bind_int64(sqlite->statements[query], at, value);
}

/* A failed bind (out of memory, too big) leaves NULL, which the columns refuse. */
static void bind_text(struct sqlite_store *sqlite, enum query query, int at, hg_str text)
{
    (void) sqlite3_bind_text64(sqlite->statements[query], at, text.len > 0 ? text.ptr : "",
                               text.len, SQLITE_STATIC, SQLITE_UTF8);
}

static void bind_bytes(struct sqlite_store *sqlite, enum query query, int at, const void *data,
                       size_t size)
{
    (void) sqlite3_bind_blob64(sqlite->statements[query], at, size > 0 ? data : "", size,
                               SQLITE_STATIC);
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

static bool note_key(struct sqlite_store *sqlite, struct delivery *delivery)
{
    bind_number(sqlite, Q_NOTE, 1, sqlite->endpoint_id);
    bind_bytes(sqlite, Q_NOTE, 2, delivery->key, delivery->key_len);
    bind_number(sqlite, Q_NOTE, 3, delivery->key_until_s);
    bind_number(sqlite, Q_NOTE, 4, sqlite->last_row + 1);
    bind_number(sqlite, Q_NOTE, 5, delivery->received_ms / 1000);
    if (!finish(sqlite, Q_NOTE)) {
        return false;
    }
    delivery->duplicate = sqlite3_changes(sqlite->db) == 0;
    return true;
}

static bool find_first(struct sqlite_store *sqlite, struct delivery *delivery)
{
    bind_number(sqlite, Q_SEEN, 1, sqlite->endpoint_id);
    bind_bytes(sqlite, Q_SEEN, 2, delivery->key, delivery->key_len);
    bool found = step(sqlite, Q_SEEN) == SQLITE_ROW;
    if (found) {
        delivery->row = sqlite3_column_int64(sqlite->statements[Q_SEEN], 0);
    }
    (void) sqlite3_reset(sqlite->statements[Q_SEEN]);
    return found;
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
    return true;
}

static bool add_one(struct sqlite_store *sqlite, struct delivery *delivery)
{
    if (!find_endpoint(sqlite, delivery->endpoint) || !note_key(sqlite, delivery)) {
        return false;
    }
    return delivery->duplicate ? find_first(sqlite, delivery) : add_row(sqlite, delivery);
}

/* ---- Expired keys ---------------------------------------------------------------------------- */

static bool prune_key(struct sqlite_store *sqlite)
{
    bind_number(sqlite, Q_PRUNE, 1, sqlite->cursor_endpoint);
    bind_bytes(sqlite, Q_PRUNE, 2, sqlite->cursor, sqlite->cursor_len);
    return finish(sqlite, Q_PRUNE);
}

/* Copies the key of the current row of Q_NEXT into the cursor. False when its form is not ours. */
static bool read_cursor(struct sqlite_store *sqlite)
{
    sqlite3_stmt *next = sqlite->statements[Q_NEXT];
    const void *key = sqlite3_column_blob(next, 1);
    size_t len = (size_t) sqlite3_column_bytes(next, 1);
    if (len > sizeof(sqlite->cursor) || (key == NULL && len > 0)) {
        return false;
    }
    sqlite->cursor_endpoint = sqlite3_column_int64(next, 0);
    sqlite->cursor_len = len;
    if (len > 0) {
        memcpy(sqlite->cursor, key, len);
    }
    return true;
}

/* Goes on walking over the keys, a few in each batch, and round again at the end: at twice the
 * speed at which keys arrive, expired ones can't pile up, and no second index has to be kept. */
static bool prune(struct sqlite_store *sqlite, size_t count, int64_t now_s)
{
    sqlite3_stmt *next = sqlite->statements[Q_NEXT];
    int64_t limit = (int64_t) (2 * count + PRUNE_EXTRA);
    int64_t looked_at = 0;
    bool held = true;
    int state;

    bind_number(sqlite, Q_NEXT, 1, sqlite->cursor_endpoint);
    (void) sqlite3_bind_blob64(next, 2, sqlite->cursor, sqlite->cursor_len, SQLITE_TRANSIENT);
    bind_number(sqlite, Q_NEXT, 3, limit);
    while (held && (state = step(sqlite, Q_NEXT)) == SQLITE_ROW) {
        looked_at++;
        held = read_cursor(sqlite) && (sqlite3_column_int64(next, 2) >= now_s || prune_key(sqlite));
    }
    (void) sqlite3_reset(next);
    if (looked_at < limit) {
        sqlite->cursor_endpoint = 0;
        sqlite->cursor_len = 0;
    }
    return held && state == SQLITE_DONE;
}

/* ---- The interface --------------------------------------------------------------------------- */

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
    return prune(sqlite, count, batch[0]->received_ms / 1000) && finish(sqlite, Q_COMMIT);
}

/* Closing rolls back whatever had begun. The next batch opens the file anew. */
static bool sqlite_commit(struct store *store, struct delivery *const *batch, size_t count,
                          struct fail *fail)
{
    struct sqlite_store *sqlite = (struct sqlite_store *) store;
    if (sqlite->db != NULL && !still_there(sqlite)) {
        close_db(sqlite);
    }
    if (sqlite->db == NULL && !open_db(sqlite, fail)) {
        return false;
    }
    if (count > 0 && !write_batch(sqlite, batch, count)) {
        (void) sqlite_fail(sqlite, fail);
        close_db(sqlite);
        return false;
    }
    return true;
}

static void sqlite_close(struct store *store)
{
    struct sqlite_store *sqlite = (struct sqlite_store *) store;
    close_db(sqlite);
    buf_free(&sqlite->headers);
    free(sqlite->path);
    free(sqlite);
}

static const struct store_ops sqlite_ops = {
    .commit = sqlite_commit, .close = sqlite_close, .waits = true, .notice = NULL};

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
    if (!open_db(sqlite, fail)) {
        sqlite_close(&sqlite->store);
        return NULL;
    }
    return &sqlite->store;
}
