/* SPDX-License-Identifier: MIT
 *
 * See sqlite.h.
 */
#include "receiver/sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BUSY_MS 5000          /* how long another process's write lock may hold up a batch */
#define READ_BUSY_MS 2000     /* how long a recovery after a crash may hold up a reader */
#define WAL_AGAIN_MS 10       /* between two tries to switch a new file to WAL */
#define PAGE_BYTES 8192       /* of a new file: measured, 5 % faster than 4096 and than 16384 */
#define FILE_MODE 0600        /* of a new file: it holds what senders sent */
#define CHECKPOINT_PAGES 2000 /* 16 MB of log: fewer, longer moves into the main file */

/* headers holds the field lines as "Name: value", CR LF after each, bytes exactly as received.
 * signed: 1 the event is signed, 2 the id. seen is what duplicates are recognised by; its rows
 * outlive their deliveries, until the second `until`. */
static const char tables_1[] =
    "CREATE TABLE endpoints (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
    "CREATE TABLE deliveries (id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL REFERENCES "
    "endpoints, event TEXT NOT NULL, event_id TEXT NOT NULL, signed INTEGER NOT NULL, key_label "
    "TEXT NOT NULL, received_ms INTEGER NOT NULL, stated_s INTEGER NOT NULL, method TEXT NOT "
    "NULL, url TEXT NOT NULL, headers BLOB NOT NULL, body BLOB NOT NULL);"
    "CREATE TABLE seen (endpoint INTEGER NOT NULL, key BLOB NOT NULL, until INTEGER NOT NULL, "
    "delivery INTEGER NOT NULL, PRIMARY KEY (endpoint, key)) WITHOUT ROWID;";

/* queue holds what is still to be handed on: its key is the order of arrival, queue_due that of the
 * next attempts, queue_event that of arrival within an event; each is followed by the key, so that
 * what comes next is always found by one descent. handed holds what has ended: state 1 done, 2
 * dead. last holds the highest row that was ever given, once rows have been deleted: a number is
 * never given twice. recent holds keys that are on their way into seen. */
static const char tables_2[] =
    "CREATE TABLE queue (endpoint INTEGER NOT NULL, delivery INTEGER NOT NULL, event TEXT NOT "
    "NULL, due_ms INTEGER NOT NULL, attempts INTEGER NOT NULL, tried_ms INTEGER NOT NULL, outcome "
    "TEXT NOT NULL, PRIMARY KEY (endpoint, delivery)) WITHOUT ROWID;"
    "CREATE INDEX queue_due ON queue (endpoint, due_ms);"
    "CREATE INDEX queue_event ON queue (endpoint, event);"
    "CREATE TABLE handed (delivery INTEGER PRIMARY KEY, state INTEGER NOT NULL, attempts INTEGER "
    "NOT NULL, tried_ms INTEGER NOT NULL, outcome TEXT NOT NULL);"
    "CREATE INDEX handed_dead ON handed (delivery) WHERE state = 2;"
    "CREATE TABLE last (id INTEGER PRIMARY KEY CHECK (id = 1), delivery INTEGER NOT NULL);"
    "INSERT INTO last VALUES (1, 0);"
    "CREATE TABLE recent (delivery INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL, key BLOB NOT "
    "NULL, until INTEGER NOT NULL);";

/* The same for a reader of a version 1 file, beside it. */
static const char tables_2_read[] =
    "CREATE TEMP TABLE queue (endpoint, delivery, event, due_ms, attempts, tried_ms, outcome);"
    "CREATE TEMP TABLE handed (delivery, state, attempts, tried_ms, outcome);";

bool sqlite_fail(sqlite3 *db, const char *path, struct fail *fail)
{
    return fail_set(fail, EXIT_UNKNOWN, "%s: %s", path,
                    db != NULL ? sqlite3_errmsg(db) : "out of memory");
}

bool sqlite_run(sqlite3 *db, const char *path, const char *sql, struct fail *fail)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK || sqlite_fail(db, path, fail);
}

/* ---- Marks ----------------------------------------------------------------------------------- */

/* One integer out of a query without parameters. */
static bool ask(sqlite3 *db, const char *path, const char *sql, int64_t *answer, struct fail *fail)
{
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(db, sql, -1, &statement, NULL) == SQLITE_OK &&
                sqlite3_step(statement) == SQLITE_ROW;
    if (done) {
        *answer = sqlite3_column_int64(statement, 0);
    } else {
        (void) sqlite_fail(db, path, fail);
    }
    (void) sqlite3_finalize(statement);
    return done;
}

/* Whether the file may be ours: it is empty (version 0), or has our marks. Changes nothing. */
static bool check_marks(sqlite3 *db, const char *path, int64_t *version, struct fail *fail)
{
    int64_t id, tables;
    if (!ask(db, path, "PRAGMA application_id", &id, fail) ||
        !ask(db, path, "PRAGMA user_version", version, fail) ||
        !ask(db, path, "SELECT count(*) FROM sqlite_schema", &tables, fail)) {
        return false;
    }
    if (id == 0 && *version == 0 && tables == 0) {
        return true;
    }
    if (id != SQLITE_INBOX_ID || *version < 1) {
        return fail_set(fail, EXIT_USAGE, "%s: is a SQLite file, but not an inbox of hookgauge",
                        path);
    }
    return *version <= SQLITE_INBOX_VERSION ||
           fail_set(fail, EXIT_USAGE,
                    "%s: is an inbox of version %d, this program knows only up to %d", path,
                    (int) *version, SQLITE_INBOX_VERSION);
}

/* A new file gets our marks and tables, an older one what it lacks. */
static bool make_tables(sqlite3 *db, const char *path, struct fail *fail)
{
    char marks[128];
    int64_t version;
    if (!check_marks(db, path, &version, fail)) {
        return false;
    }
    (void) sqlite3_snprintf(sizeof(marks), marks,
                            "PRAGMA application_id = %d; PRAGMA user_version = %d;",
                            SQLITE_INBOX_ID, SQLITE_INBOX_VERSION);
    return (version >= 1 || sqlite_run(db, path, tables_1, fail)) &&
           (version >= 2 ||
            (sqlite_run(db, path, tables_2, fail) && sqlite_run(db, path, marks, fail)));
}

/* ---- Opening --------------------------------------------------------------------------------- */

/* The switch gives up at once, without the busy timeout, when another process is writing: so a
 * receiver that starts beside others on a new file tries again. */
static bool set_wal(sqlite3 *db, const char *path, struct fail *fail)
{
    for (int waited = 0; waited < BUSY_MS; waited += WAL_AGAIN_MS) {
        if (sqlite3_exec(db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL) != SQLITE_BUSY) {
            break;
        }
        (void) sqlite3_sleep(WAL_AGAIN_MS);
    }
    return sqlite_run(db, path, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", fail);
}

/* The marks are looked at before anything is set: WAL is kept in the file, and somebody else's must
 * stay as it is. Tables are made in one transaction with their marks, so that a file cut short is
 * empty or whole; by then another receiver may have made them. A file that only looks writable
 * (read-only medium, full disk) fails here as well: BEGIN IMMEDIATE takes the write lock. */
static bool set_up(sqlite3 *db, const char *path, struct fail *fail)
{
    char tuning[80];
    int64_t version;
    (void) sqlite3_snprintf(sizeof(tuning), tuning,
                            "PRAGMA page_size = %d; PRAGMA wal_autocheckpoint = %d", PAGE_BYTES,
                            CHECKPOINT_PAGES);
    return check_marks(db, path, &version, fail) && sqlite_run(db, path, tuning, fail) &&
           set_wal(db, path, fail) && sqlite_run(db, path, "BEGIN IMMEDIATE", fail) &&
           make_tables(db, path, fail) && sqlite_run(db, path, "COMMIT", fail);
}

/* SQLite would let every user read a new file. One that is there keeps its mode, and SQLite gives
 * it to those beside it. What goes wrong here SQLite will say. */
static void make_private(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd >= 0) {
        (void) close(fd);
    }
}

sqlite3 *sqlite_open(const char *path, struct fail *fail)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    make_private(path);
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
        (void) sqlite_fail(db, path, fail);
        (void) sqlite3_close(db);
        return NULL;
    }
    (void) sqlite3_busy_timeout(db, BUSY_MS);
    if (sqlite3_db_readonly(db, "main") == 1) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: is not writable", path);
    } else if (set_up(db, path, fail)) {
        return db;
    } else if (sqlite3_errcode(db) == SQLITE_NOTADB) {
        fail->exit_code = EXIT_USAGE; /* the wrong file was named */
    }
    (void) sqlite3_close(db);
    return NULL;
}

static bool check_file(const char *path, struct fail *fail)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        return fail_set(fail, errno == ENOENT ? EXIT_USAGE : EXIT_UNKNOWN, "%s: %s", path,
                        strerror(errno));
    }
    return S_ISREG(status.st_mode) || fail_set(fail, EXIT_USAGE, "%s: is not a file", path);
}

static bool check_to_read(sqlite3 *db, const char *path, struct fail *fail)
{
    int64_t version;
    if (!check_marks(db, path, &version, fail)) {
        if (sqlite3_errcode(db) == SQLITE_NOTADB) {
            fail->exit_code = EXIT_USAGE;
        }
        return false;
    }
    if (version == 0) {
        return fail_set(fail, EXIT_USAGE, "%s: is empty, not an inbox of hookgauge", path);
    }
    return version > 1 || sqlite_run(db, path, tables_2_read, fail);
}

sqlite3 *sqlite_open_to_read(const char *path, struct fail *fail)
{
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    if (!check_file(path, fail)) {
        return NULL;
    }
    if (sqlite3_open_v2(path, &db, flags, NULL) != SQLITE_OK) {
        (void) sqlite_fail(db, path, fail);
    } else {
        (void) sqlite3_busy_timeout(db, READ_BUSY_MS);
        if (check_to_read(db, path, fail)) {
            return db;
        }
    }
    (void) sqlite3_close(db);
    return NULL;
}

/* ---- Statements ------------------------------------------------------------------------------ */

bool sqlite_prepare(sqlite3 *db, const char *const *queries, sqlite3_stmt **statements,
                    size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (sqlite3_prepare_v3(db, queries[i], -1, SQLITE_PREPARE_PERSISTENT, &statements[i],
                               NULL) != SQLITE_OK) {
            return false;
        }
    }
    return true;
}

void sqlite_finalize(sqlite3_stmt **statements, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void) sqlite3_finalize(statements[i]);
        statements[i] = NULL;
    }
}

void sqlite_bind_number(sqlite3_stmt *statement, int at, int64_t value)
{
    (void) sqlite3_bind_int64(statement, at, value);
}

void sqlite_bind_text(sqlite3_stmt *statement, int at, hg_str text)
{
    (void) sqlite3_bind_text64(statement, at, text.len > 0 ? text.ptr : "", text.len, SQLITE_STATIC,
                               SQLITE_UTF8);
}

void sqlite_bind_bytes(sqlite3_stmt *statement, int at, const void *data, size_t size)
{
    (void) sqlite3_bind_blob64(statement, at, size > 0 ? data : "", size, SQLITE_STATIC);
}

bool sqlite_finish(sqlite3_stmt *statement)
{
    bool done = sqlite3_step(statement) == SQLITE_DONE;
    (void) sqlite3_reset(statement);
    return done;
}

hg_str sqlite_column(sqlite3_stmt *statement, int at)
{
    hg_str text = {sqlite3_column_blob(statement, at), 0};
    text.len = (size_t) sqlite3_column_bytes(statement, at);
    return text;
}
