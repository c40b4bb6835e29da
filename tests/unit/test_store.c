/* SPDX-License-Identifier: MIT
 *
 * One suite run against every store, then what only the SQLite file can show: that it outlives its
 * store, that foreign files are refused, that keys expire and are pruned.
 */
#include "scratch_store.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "receiver/inbox.h"
#include "receiver/store_nats.h"
#include "receiver/writer.h"

#define NOW_MS INT64_C(1767225600000)

static const struct inbox_filter all;

static const hg_header headers[] = {{{"Host", 4}, {"b", 1}}, {{"X-Odd", 5}, {"a: b\t\xff", 6}}};

/* A delivery with one key byte and its request. */
struct made {
    struct delivery delivery;
    hg_request request;
};

static struct delivery *make(struct made *made, const char *endpoint, char key, hg_str body)
{
    *made = (struct made){.request = {.method = S("POST"),
                                      .url = S("/a?b"),
                                      .headers = headers,
                                      .header_count = 2,
                                      .body = body},
                          .delivery = {.endpoint = hg_text(endpoint),
                                       .event = S("Order.OnCreate"),
                                       .id = S("msg_1"),
                                       .event_signed = true,
                                       .key_label = S("main"),
                                       .received_ms = NOW_MS,
                                       .stated_s = NOW_MS / 1000 - 5,
                                       .key_len = 40,
                                       .key_until_s = NOW_MS / 1000 + 660}};
    memset(made->delivery.key, 7, 40);
    made->delivery.key[39] = (unsigned char) key;
    made->delivery.request = &made->request;
    return &made->delivery;
}

/* A store with many under way at once tells of each when it comes back. */
struct returned {
    atomic_size_t kept;
    struct fail fail;
};

static void note_returned(void *context, struct delivery *delivery, bool kept,
                          const struct fail *fail)
{
    (void) delivery;
    struct returned *returned = context;
    if (!kept) {
        returned->fail = *fail;
    }
    atomic_fetch_add(&returned->kept, kept ? 1 : 0);
}

static bool submit(struct store *store, struct delivery *const *batch, size_t count,
                   struct fail *fail)
{
    struct returned returned = {0};
    store->done = note_returned;
    store->context = &returned;
    store->ops->submit(store, batch, count);
    store->ops->drain(store);
    *fail = returned.fail;
    return atomic_load(&returned.kept) == count;
}

static void commit(struct store *store, struct delivery *const *batch, size_t count)
{
    struct fail fail = {0};
    if (store->ops->submit != NULL ? !submit(store, batch, count, &fail)
                                   : !store->ops->commit(store, batch, count, &fail)) {
        fail_msg("%s", fail.text);
    }
}

static bool commit_one(struct store *store, struct made *made, const char *endpoint, char key)
{
    struct delivery *one = make(made, endpoint, key, S("{}"));
    commit(store, &one, 1);
    return one->duplicate;
}

static struct inbox *open_inbox(void)
{
    struct fail fail = {0};
    struct inbox *inbox = inbox_open(file_path, &fail);
    if (inbox == NULL) {
        fail_msg("%s", fail.text);
    }
    return inbox;
}

/* ---- Every store ----------------------------------------------------------------------------- */

static void repeats_are_duplicates(struct store *store)
{
    struct made made;
    assert_false(commit_one(store, &made, "site", 'a'));
    assert_int_equal(made.delivery.row, 1);
    assert_false(commit_one(store, &made, "site", 'b'));
    assert_int_equal(made.delivery.row, 2);
    assert_true(commit_one(store, &made, "site", 'a'));
    assert_int_equal(made.delivery.row, 1);
    /* the next one tells that the duplicate took no row */
    assert_false(commit_one(store, &made, "site", 'c'));
    assert_int_equal(made.delivery.row, 3);
}

static void endpoints_are_apart(struct store *store)
{
    struct made made;
    assert_false(commit_one(store, &made, "one", 'a'));
    assert_false(commit_one(store, &made, "two", 'a'));
    assert_true(commit_one(store, &made, "one", 'a'));
    assert_int_equal(made.delivery.row, 1);
    assert_true(commit_one(store, &made, "two", 'a'));
    assert_int_equal(made.delivery.row, 2);
}

static void key_lengths_are_apart(struct store *store)
{
    struct made made;
    struct delivery *one = make(&made, "site", 7, S(""));
    commit(store, &one, 1);
    one = make(&made, "site", 7, S(""));
    one->key_len = 39;
    commit(store, &one, 1);
    assert_false(one->duplicate);
    one = make(&made, "site", 7, S(""));
    one->key_len = STORE_KEY_MAX;
    commit(store, &one, 1);
    assert_false(one->duplicate);
    commit(store, &one, 1);
    assert_true(one->duplicate);
}

static void repeats_within_a_batch(struct store *store)
{
    struct made made[4];
    struct delivery *batch[4];
    const char keys[] = {'a', 'b', 'a', 'c'};
    for (size_t i = 0; i < 4; i++) {
        batch[i] = make(&made[i], "site", keys[i], S("{}"));
    }
    commit(store, batch, 4);
    assert_false(batch[0]->duplicate || batch[1]->duplicate || batch[3]->duplicate);
    assert_true(batch[2]->duplicate);
    assert_int_equal(batch[2]->row, batch[0]->row);
    assert_int_equal(batch[3]->row, 3);
}

/* The last second counts, the next one does not. */
static void keys_expire(struct store *store)
{
    struct made made;
    struct delivery *one;
    assert_false(commit_one(store, &made, "site", 'a'));
    one = make(&made, "site", 'a', S(""));
    one->received_ms = NOW_MS + 660999;
    commit(store, &one, 1);
    assert_true(one->duplicate);
    one = make(&made, "site", 'a', S(""));
    one->received_ms = NOW_MS + 661000;
    one->key_until_s = NOW_MS / 1000 + 2000;
    commit(store, &one, 1);
    assert_false(one->duplicate);
    assert_int_equal(one->row, 2);
    one->received_ms = NOW_MS + 2000000;
    commit(store, &one, 1);
    assert_true(one->duplicate);
    assert_int_equal(one->row, 2);
}

static void many_in_a_batch(struct store *store)
{
    static struct made made[STORE_BATCH_MAX];
    static struct delivery *batch[STORE_BATCH_MAX];
    for (size_t i = 0; i < STORE_BATCH_MAX; i++) {
        batch[i] = make(&made[i], "site", 'a', S("{}"));
        batch[i]->key[0] = (unsigned char) (i >> 8);
        batch[i]->key[1] = (unsigned char) i;
    }
    commit(store, batch, STORE_BATCH_MAX);
    assert_int_equal(batch[STORE_BATCH_MAX - 1]->row, STORE_BATCH_MAX);
    commit(store, batch, STORE_BATCH_MAX);
    for (size_t i = 0; i < STORE_BATCH_MAX; i++) {
        assert_true(batch[i]->duplicate);
        assert_int_equal(batch[i]->row, i + 1);
    }
}

static const struct {
    void (*run)(struct store *);
    bool own_clock; /* not for a store whose keys expire by the clock of a server */
} suite[] = {
    {repeats_are_duplicates, false}, {endpoints_are_apart, false}, {key_lengths_are_apart, false},
    {repeats_within_a_batch, false}, {keys_expire, true},          {many_in_a_batch, false},
};

static void run_suite(const char *spec)
{
    for (size_t i = 0; i < COUNT(suite); i++) {
        (void) scratch_empty(NULL);
        struct store *store = open_store(spec);
        suite[i].run(store);
        store_close(store);
    }
}

static void memory_holds_the_suite(void **state)
{
    (void) state;
    run_suite("memory:");
}

static void sqlite_holds_the_suite(void **state)
{
    (void) state;
    run_suite(file_spec);
}

/* HOOKGAUGE_NATS is "nats://HOST:PORT" of a server with JetStream, which tests/cli/test_nats.py
 * starts. Each part of the suite has a stream of its own. */
static void nats_holds_the_suite(void **state)
{
    (void) state;
    const char *server = getenv("HOOKGAUGE_NATS");
    static struct config config;
    struct fail fail = {0};
    char spec[128];
    if (server == NULL) {
        skip();
    }
    config_init(&config);
    config.nats.replicas = 1;
    config.limits.max_body = 4096; /* a message of the server must hold it */
    for (size_t i = 0; i < COUNT(suite); i++) {
        (void) snprintf(spec, sizeof(spec), "%s/SUITE%zu", server, i);
        config.store = spec;
        struct store *store = suite[i].own_clock ? NULL : store_nats_open(&config, NULL, &fail);
        if (fail.exit_code != 0) {
            fail_msg("%s", fail.text);
        }
        if (store != NULL) {
            suite[i].run(store);
            store_close(store);
        }
    }
    config_release(&config);
}

/* ---- What is kept ---------------------------------------------------------------------------- */

static void check_delivery(const struct delivery *delivery)
{
    assert_true(same(delivery->endpoint, S("site")));
    assert_true(same(delivery->event, S("Order.OnCreate")));
    assert_true(same(delivery->id, S("msg_1")));
    assert_true(same(delivery->key_label, S("main")));
    assert_true(delivery->event_signed);
    assert_false(delivery->id_signed);
    assert_int_equal(delivery->received_ms, NOW_MS);
    assert_int_equal(delivery->stated_s, NOW_MS / 1000 - 5);
}

/* Names of endpoints that reloads bring: one more than there is room for, and the store starts
 * anew. */
static void memory_forgets_with_names(void **state)
{
    (void) state;
    enum { NAMES = 256 };
    struct store *store = open_store("memory:");
    struct made made;
    char name[HG_VALUE_MAX + 2];
    struct delivery *one;
    for (int i = 0; i < NAMES; i++) {
        (void) snprintf(name, sizeof(name), "site-%d", i);
        one = make(&made, name, 'a', S(""));
        commit(store, &one, 1);
        assert_false(one->duplicate);
    }
    one = make(&made, "site-0", 'a', S(""));
    commit(store, &one, 1);
    assert_true(one->duplicate);
    assert_int_equal(one->row, 1);
    one = make(&made, "another", 'a', S(""));
    commit(store, &one, 1);
    assert_false(one->duplicate);
    one = make(&made, "site-0", 'a', S(""));
    commit(store, &one, 1);
    assert_false(one->duplicate);
    assert_int_equal(one->row, NAMES + 2);

    struct fail fail = {0};
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    one = make(&made, name, 'a', S(""));
    assert_false(store_commit(store, &one, 1, &fail));
    assert_true(strstr(fail.text, "too long") != NULL);
    store_close(store);
}

/* More keys than it holds: the first are forgotten in their order, all others are still known. */
static void memory_forgets_the_oldest_keys(void **state)
{
    (void) state;
    enum { HELD = 1 << 20, MORE = 5000 };
    struct store *store = open_store("memory:");
    struct made made;
    struct delivery *one = make(&made, "site", 'a', S(""));
    for (uint32_t i = 0; i < HELD + MORE; i++) {
        memcpy(one->key, &i, sizeof i);
        commit(store, &one, 1);
        assert_false(one->duplicate);
    }
    for (uint32_t i = MORE; i < HELD + MORE; i++) {
        memcpy(one->key, &i, sizeof i);
        commit(store, &one, 1);
        assert_true(one->duplicate);
        assert_int_equal(one->row, i + 1);
    }
    for (uint32_t i = 0; i < MORE; i++) { /* each of them drops the then oldest */
        memcpy(one->key, &i, sizeof i);
        commit(store, &one, 1);
        assert_false(one->duplicate);
    }
    store_close(store);
}

static void sqlite_keeps_every_byte(void **state)
{
    (void) state;
    static struct inbox_row row;
    struct fail fail = {0};
    struct made made;
    int64_t count;
    struct store *store = open_store(file_spec);
    struct delivery *one = make(&made, "site", 'a', S("a\0b\xff"));
    commit(store, &one, 1);
    (void) commit_one(store, &made, "site", 'b');
    struct inbox *inbox = open_inbox(); /* while the store is open */
    assert_true(inbox_count(inbox, &all, &count, &fail));
    assert_int_equal(count, 2);
    assert_true(inbox_walk_row(inbox, 1, &fail));
    assert_true(inbox_next(inbox, &row, &fail));
    check_delivery(&row.delivery);
    assert_true(same(row.request.method, S("POST")));
    assert_true(same(row.request.url, S("/a?b")));
    assert_true(same(row.request.body, S("a\0b\xff")));
    assert_int_equal(row.request.header_count, 2);
    assert_true(same(row.request.headers[1].name, S("X-Odd")));
    assert_true(same(row.request.headers[1].value, S("a: b\t\xff")));
    assert_false(inbox_next(inbox, &row, &fail));
    assert_int_equal(fail.exit_code, 0);
    assert_true(inbox_walk(inbox, &all, INBOX_NEWEST_FIRST, 1, false, &fail));
    assert_true(inbox_next(inbox, &row, &fail));
    assert_int_equal(row.delivery.row, 2);
    assert_int_equal(row.body_len, 2);
    assert_false(inbox_next(inbox, &row, &fail));
    inbox_close(inbox);
    store_close(store);
}

static void sqlite_outlives_its_store(void **state)
{
    (void) state;
    struct made made;
    struct store *store = open_store(file_spec);
    assert_false(commit_one(store, &made, "site", 'a'));
    store_close(store);
    store = open_store(file_spec);
    assert_true(commit_one(store, &made, "site", 'a'));
    assert_false(commit_one(store, &made, "site", 'b'));
    assert_int_equal(made.delivery.row, 2);
    store_close(store);
}

/* ---- What only a file can show --------------------------------------------------------------- */

/* Opening must fail with that exit code and words. */
static void refused(const char *spec, int code, const char *words)
{
    struct fail fail = {0};
    struct store *store = store_open(spec, &fail);
    assert_null(store);
    assert_int_equal(fail.exit_code, code);
    if (strstr(fail.text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, fail.text);
    }
}

/* The byte of a SQLite file that says how it is written: 1 with a rollback journal, 2 with WAL. */
static int write_version(void)
{
    FILE *in = fopen(file_path, "r");
    assert_non_null(in);
    assert_int_equal(fseek(in, 18, SEEK_SET), 0);
    int byte = fgetc(in);
    (void) fclose(in);
    return byte;
}

static void other_files_are_refused(void **state)
{
    (void) state;
    char path[SCRATCH_PATH_MAX], spec[SCRATCH_PATH_MAX + 8];
    refused("inbox.db", EXIT_USAGE, "is none of sqlite:PATH, memory:");
    refused("sqlite:", EXIT_USAGE, "is none of");
    refused("memory:x", EXIT_USAGE, "is none of");
    scratch_path("none/inbox.db", path);
    (void) snprintf(spec, sizeof(spec), "sqlite:%s", path);
    refused(spec, EXIT_UNKNOWN, "none/inbox.db");

    FILE *out = fopen(file_path, "w");
    assert_non_null(out);
    for (int i = 0; i < 2000; i++) {
        (void) fputs("this is not a database\n", out);
    }
    (void) fclose(out);
    refused(file_spec, EXIT_USAGE, "not a database");

    (void) scratch_empty(NULL);
    (void) ask("CREATE TABLE mine (a)");
    refused(file_spec, EXIT_USAGE, "not an inbox");
    assert_int_equal(ask("SELECT count(*) FROM sqlite_schema"), 1);
    assert_int_equal(write_version(), 1); /* nothing of it was changed */

    (void) scratch_empty(NULL);
    store_close(open_store(file_spec));
    assert_int_equal(write_version(), 2);
    (void) ask("PRAGMA user_version = 99");
    refused(file_spec, EXIT_USAGE, "version 99");
}

static void *write_a_while(void *context)
{
    (void) usleep(100000); /* by then the store is being opened; if not, the test sees nothing */
    assert_int_equal(sqlite3_exec(context, "COMMIT", NULL, NULL, NULL), SQLITE_OK);
    return NULL;
}

/* Another receiver that starts on the same new file has its write lock for a moment. */
static void a_new_file_may_be_busy(void **state)
{
    (void) state;
    sqlite3 *db;
    pthread_t other;
    assert_int_equal(sqlite3_open(file_path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(pthread_create(&other, NULL, write_a_while, db), 0);
    struct store *store = open_store(file_spec);
    (void) pthread_join(other, NULL);
    (void) sqlite3_close(db);
    assert_int_equal(write_version(), 2);
    store_close(store);
}

/* The file goes away under the store: the next batch must be in a file that can be found. */
static void a_moved_file_is_noticed(void **state)
{
    (void) state;
    struct made made;
    struct store *store = open_store(file_spec);
    assert_false(commit_one(store, &made, "site", 'a'));
    (void) scratch_empty(NULL);
    assert_false(commit_one(store, &made, "site", 'b'));
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), 1);
    store_close(store);
}

/* A batch that fails as a whole is kept in no part, and the store recovers. */
static void a_failed_batch_leaves_nothing(void **state)
{
    (void) state;
    struct made made[2];
    struct fail fail = {0};
    struct delivery *batch[2];
    struct store *store = open_store(file_spec);
    batch[0] = make(&made[0], "site", 'a', S("{}"));
    batch[1] = make(&made[1], "site", 'b', S("{}"));
    (void) ask("CREATE TRIGGER full BEFORE INSERT ON deliveries WHEN new.id = 2 BEGIN SELECT "
               "raise(ABORT, 'database or disk is full'); END");
    assert_false(store->ops->commit(store, batch, 2, &fail));
    assert_int_equal(fail.exit_code, EXIT_UNKNOWN);
    assert_non_null(strstr(fail.text, "full"));
    assert_int_equal(ask("SELECT (SELECT count(*) FROM deliveries) + (SELECT count(*) FROM seen) + "
                         "(SELECT count(*) FROM recent)"),
                     0);
    (void) ask("DROP TRIGGER full");
    commit(store, batch, 2);
    assert_false(batch[0]->duplicate || batch[1]->duplicate);
    store_close(store);
}

static void inboxes_are_checked(void **state)
{
    (void) state;
    struct fail fail = {0};
    assert_null(inbox_open("memory:", &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    fail = (struct fail){0};
    assert_null(inbox_open(file_spec, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    assert_non_null(strstr(fail.text, "No such file"));
    fail = (struct fail){0};
    (void) ask("CREATE TABLE mine (a)");
    assert_null(inbox_open(file_spec, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
}

/* ---- The writer ------------------------------------------------------------------------------ */

static bool slow_commit(struct store *store, struct delivery *const *batch, size_t count,
                        struct fail *fail)
{
    (void) store;
    for (size_t i = 0; i < count; i++) {
        if (batch[i]->key[39] == 'x') {
            return fail_set(fail, EXIT_UNKNOWN, "no");
        }
        batch[i]->row = (int64_t) count;
    }
    return true;
}

/* Everything handed over comes back once, in order, at the latest when the writer stops. */
static void the_writer_returns_every_job(void **state)
{
    (void) state;
    static const struct store_ops ops = {.commit = slow_commit, .waits = true};
    static struct job jobs[3 * STORE_BATCH_MAX];
    static struct made made;
    struct store store = {.ops = &ops};
    struct fail fail = {0};
    struct writer *writer = writer_start(&store, &fail);
    size_t back = 0;
    assert_non_null(writer);
    for (size_t i = 0; i < COUNT(jobs); i++) {
        struct job_list list = {NULL, NULL};
        (void) make(&made, "site", i == COUNT(jobs) - 1 ? 'x' : 'a', S(""));
        jobs[i].delivery = made.delivery;
        job_list_add(&list, &jobs[i]);
        writer_add(writer, &list);
        assert_null(list.first);
    }
    while (back < COUNT(jobs)) {
        struct job_list done = writer_take(writer, &fail);
        for (struct job *job = done.first; job != NULL; job = job->next) {
            assert_ptr_equal(job, &jobs[back++]);
        }
    }
    assert_true(jobs[0].kept);
    assert_false(jobs[COUNT(jobs) - 1].kept);
    assert_string_equal(fail.text, "no");
    writer_stop(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_holds_the_suite),
        cmocka_unit_test(sqlite_holds_the_suite),
        cmocka_unit_test(nats_holds_the_suite),
        cmocka_unit_test(memory_forgets_with_names),
        cmocka_unit_test(memory_forgets_the_oldest_keys),
        cmocka_unit_test_setup(sqlite_keeps_every_byte, scratch_empty),
        cmocka_unit_test_setup(sqlite_outlives_its_store, scratch_empty),
        cmocka_unit_test_setup(other_files_are_refused, scratch_empty),
        cmocka_unit_test_setup(a_new_file_may_be_busy, scratch_empty),
        cmocka_unit_test_setup(a_moved_file_is_noticed, scratch_empty),
        cmocka_unit_test_setup(a_failed_batch_leaves_nothing, scratch_empty),
        cmocka_unit_test_setup(inboxes_are_checked, scratch_empty),
        cmocka_unit_test(the_writer_returns_every_job),
    };
    return cmocka_run_group_tests(tests, scratch_store, scratch_remove);
}
