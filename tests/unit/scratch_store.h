/* SPDX-License-Identifier: MIT
 *
 * A SQLite store in the scratch folder, and questions to its file.
 */
#ifndef TESTS_UNIT_SCRATCH_STORE_H
#define TESTS_UNIT_SCRATCH_STORE_H

#include "scratch.h"

#include <sqlite3.h>

#include "receiver/store.h"

static char file_path[SCRATCH_PATH_MAX];
static char file_spec[SCRATCH_PATH_MAX + 8]; /* as store_open takes it */

/* Makes the folder, and nothing in it; scratch_empty takes away what a test has made. */
static inline int scratch_store(void **state)
{
    if (scratch_make(state) != 0) {
        return -1;
    }
    scratch_path("inbox.db", file_path);
    (void) snprintf(file_spec, sizeof(file_spec), "sqlite:%s", file_path);
    return 0;
}

static inline struct store *open_store(const char *spec)
{
    struct fail fail = {0};
    struct store *store = store_open(spec, &fail);
    if (store == NULL) {
        fail_msg("%s", fail.text);
    }
    return store;
}

/* The first number of the first row of an answer; 0: there is none. */
static inline int64_t ask(const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement;
    assert_int_equal(sqlite3_open(file_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
    int64_t answer = sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
    assert_int_equal(sqlite3_finalize(statement), SQLITE_OK);
    (void) sqlite3_close(db);
    return answer;
}

#endif
