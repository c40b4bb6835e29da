/* SPDX-License-Identifier: MIT
 *
 * The queue in the SQLite store: written with the delivery, read in every order without a scan,
 * settled, repeated, purged; what retention takes; how a version 1 file is brought up.
 */
#include "scratch_store.h"

#include <pthread.h>
#include <time.h>

#include "receiver/inbox.h"
#include "receiver/queue.h"
#include "receiver/writer.h"

#define NOW_MS INT64_C(1767225600000)

static const hg_header headers[] = {{{"Host", 4}, {"b", 1}}};

static struct queue *open_queue(struct store *store)
{
    struct fail fail = {0};
    struct queue *queue = store->ops->queue(store, &fail);
    if (queue == NULL) {
        fail_msg("%s", fail.text);
    }
    return queue;
}

static const hg_request request = {.method = {"POST", 4},
                                   .url = {"/a?b", 4},
                                   .headers = headers,
                                   .header_count = 1,
                                   .body = {"{\"n\":1}", 7}};

static struct delivery make(const char *event, int key, bool queued, int64_t at_ms)
{
    struct delivery delivery = {.endpoint = S("site"),
                                .event = hg_text(event),
                                .event_signed = true,
                                .key_label = S("main"),
                                .received_ms = at_ms,
                                .key_len = sizeof(key),
                                .key_until_s = at_ms / 1000 + 660,
                                .queued = queued,
                                .request = &request};
    memcpy(delivery.key, &key, sizeof(key));
    return delivery;
}

static void commit(struct store *store, struct delivery *const *batch, size_t count)
{
    struct fail fail = {0};
    if (!store->ops->commit(store, batch, count, &fail)) {
        fail_msg("%s", fail.text);
    }
}

/* Commits one delivery; returns its row. */
static int64_t add(struct store *store, const char *event, int key, bool queued, int64_t at_ms)
{
    struct delivery delivery = make(event, key, queued, at_ms);
    struct delivery *batch[] = {&delivery};
    commit(store, batch, 1);
    return delivery.row;
}

/* Commits the keys from first to last at once; those of the two given are queued. */
static void add_many(struct store *store, const char *event, int first, int last, int queued,
                     int queued_too, int64_t at_ms)
{
    static struct delivery made[STORE_BATCH_MAX];
    static struct delivery *batch[STORE_BATCH_MAX];
    size_t count = 0;
    for (int key = first; key <= last; key++) {
        made[count] = make(event, key, key == queued || key == queued_too, at_ms);
        batch[count] = &made[count];
        count++;
    }
    commit(store, batch, count);
}

/* received_ms is that of the delivery that was tried. */
static void settle_one(struct store *store, int64_t row, int64_t received_ms, enum settled state,
                       int64_t due_ms)
{
    struct fail fail = {0};
    struct settlement settlement = {.endpoint = 1,
                                    .row = row,
                                    .received_ms = received_ms,
                                    .state = state,
                                    .attempts = 3,
                                    .tried_ms = NOW_MS + 5,
                                    .due_ms = due_ms,
                                    .text = "answered 503"};
    store->ops->settle(store, &settlement);
    if (!store->ops->commit(store, NULL, 0, &fail)) {
        fail_msg("%s", fail.text);
    }
}

static void settle(struct store *store, int64_t row, enum settled state, int64_t due_ms)
{
    char sql[80];
    (void) snprintf(sql, sizeof(sql), "SELECT received_ms FROM deliveries WHERE id = %d",
                    (int) row);
    settle_one(store, row, ask(sql), state, due_ms);
}

static struct queue_item items[QUEUE_HEADS_MAX];

static size_t next(struct queue *queue, enum target_order order, struct queue_cursor *cursor,
                   size_t max)
{
    struct fail fail = {0};
    size_t count = 0;
    if (!queue_next(queue, 1, order, cursor, items, max, &count, &fail)) {
        fail_msg("%s", fail.text);
    }
    return count;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void a_delivery_is_queued_in_its_own_commit(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    assert_int_equal(add(store, "A.B", 1, true, NOW_MS), 1);
    assert_int_equal(add(store, "A.B", 2, false, NOW_MS), 2); /* an endpoint without a target */
    assert_int_equal(add(store, "A.B", 1, true, NOW_MS), 1);  /* a duplicate */
    assert_int_equal(ask("SELECT count(*) FROM queue"), 1);
    assert_int_equal(ask("SELECT count(*) FROM queue WHERE delivery = 1 AND attempts = 0"), 1);
    store_close(store);
}

/* What fails is neither kept nor queued, as one. */
static void a_queue_that_fails_keeps_nothing(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    struct fail fail = {0};
    (void) add(store, "A.B", 1, true, NOW_MS);
    (void) ask("CREATE TRIGGER full BEFORE INSERT ON queue BEGIN SELECT raise(ABORT, 'full'); END");
    struct delivery delivery = make("A.B", 2, true, NOW_MS);
    struct delivery *batch[] = {&delivery};
    assert_false(store->ops->commit(store, batch, 1, &fail));
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), 1);
    assert_int_equal(ask("SELECT count(*) FROM recent"), 1);
    store_close(store);
}

static void outcomes_are_written(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    for (int i = 1; i <= 3; i++) {
        (void) add(store, "A.B", i, true, NOW_MS);
    }
    settle(store, 1, SETTLED_LATER, NOW_MS + 7000);
    settle(store, 2, SETTLED_DONE, 0);
    settle(store, 3, SETTLED_DEAD, 0);
    settle(store, 9, SETTLED_DONE, 0); /* purged meanwhile */
    assert_int_equal(ask("SELECT due_ms FROM queue WHERE delivery = 1 AND attempts = 3 AND "
                         "tried_ms = 1767225600005 AND outcome = 'answered 503'"),
                     NOW_MS + 7000);
    assert_int_equal(ask("SELECT count(*) FROM queue"), 1);
    assert_int_equal(ask("SELECT state FROM handed WHERE delivery = 2 AND attempts = 3"), 1);
    assert_int_equal(ask("SELECT state FROM handed WHERE delivery = 3"), 2);
    assert_int_equal(ask("SELECT count(*) FROM handed"), 2);
    store_close(store);
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void the_order_of_due_times(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    struct queue *queue = open_queue(store);
    struct queue_cursor cursor = {0};
    for (int i = 1; i <= 5; i++) {
        (void) add(store, "A.B", i, true, NOW_MS + i);
    }
    settle(store, 1, SETTLED_LATER, NOW_MS + 9000);
    settle(store, 3, SETTLED_DONE, 0);
    assert_int_equal(next(queue, TARGET_ANY_ORDER, &cursor, 10), 4);
    const int64_t rows[] = {2, 4, 5, 1};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(items[i].row, rows[i]);
    }
    assert_int_equal(items[3].due_ms, NOW_MS + 9000);
    assert_int_equal(items[3].attempts, 3);
    assert_int_equal(next(queue, TARGET_ANY_ORDER, &cursor, 2), 2);
    queue_close(queue);
    store_close(store);
}

/* Another file may have been put in the place of the one that a delivery was read from. */
static void an_outcome_is_that_of_its_delivery(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    struct queue *queue = open_queue(store);
    struct queue_cursor cursor = {0};
    (void) add(store, "A.B", 1, true, NOW_MS);
    settle_one(store, 1, NOW_MS - 1, SETTLED_LATER, NOW_MS + 9000);
    settle_one(store, 1, NOW_MS - 1, SETTLED_DONE, 0);
    assert_int_equal(next(queue, TARGET_BY_ARRIVAL, &cursor, 10), 1);
    assert_int_equal(items[0].due_ms, NOW_MS);
    settle_one(store, 1, 0, SETTLED_LATER, NOW_MS + 9000); /* could not be read */
    assert_int_equal(next(queue, TARGET_BY_ARRIVAL, &cursor, 10), 1);
    assert_int_equal(items[0].due_ms, NOW_MS + 9000);
    settle_one(store, 1, NOW_MS, SETTLED_DONE, 0);
    assert_int_equal(next(queue, TARGET_BY_ARRIVAL, &cursor, 10), 0);
    queue_close(queue);
    store_close(store);
}

/* We never leave a row both queued and ended, but a file that somebody has edited may hold one: it
 * must not make every commit fail from then on. */
static void an_outcome_replaces_one_that_is_there(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    (void) add(store, "A.B", 1, true, NOW_MS);
    (void) ask("INSERT INTO handed VALUES (1, 2, 9, 9, 'a stray row')");
    settle(store, 1, SETTLED_DONE, 0);
    assert_int_equal(ask("SELECT count(*) FROM queue"), 0);
    assert_int_equal(ask("SELECT state FROM handed WHERE delivery = 1"), 1);
    assert_int_equal(ask("SELECT attempts FROM handed WHERE delivery = 1"), 3);
    store_close(store);
}

/* A failing one holds up all that came after it. */
static void the_order_of_arrival(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    struct queue *queue = open_queue(store);
    struct queue_cursor cursor = {0};
    (void) add(store, "A.B", 1, true, NOW_MS);
    (void) add(store, "A.B", 2, true, NOW_MS);
    settle(store, 1, SETTLED_LATER, NOW_MS + 9000);
    assert_int_equal(next(queue, TARGET_BY_ARRIVAL, &cursor, 10), 1);
    assert_int_equal(items[0].row, 1);
    settle(store, 1, SETTLED_DEAD, 0);
    assert_int_equal(next(queue, TARGET_BY_ARRIVAL, &cursor, 10), 1);
    assert_int_equal(items[0].row, 2);
    queue_close(queue);
    store_close(store);
}

static void the_order_within_events(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    struct queue *queue = open_queue(store);
    struct queue_cursor cursor = {0};
    const char *const events[] = {"B", "A", "B", "", "C", "A"};
    for (int i = 0; i < 6; i++) {
        (void) add(store, events[i], i, true, NOW_MS);
    }
    /* the oldest of each: of "" 4, of A 2, of B 1, of C 5 */
    assert_int_equal(next(queue, TARGET_BY_EVENT, &cursor, 10), 4);
    const int64_t rows[] = {4, 2, 1, 5};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(items[i].row, rows[i]);
    }
    /* a walk in parts gives each its turn, round and round */
    cursor = (struct queue_cursor){0};
    assert_int_equal(next(queue, TARGET_BY_EVENT, &cursor, 3), 3);
    assert_int_equal(next(queue, TARGET_BY_EVENT, &cursor, 3), 3);
    assert_int_equal(items[0].row, 5);
    assert_int_equal(items[1].row, 4);
    assert_int_equal(next(queue, TARGET_BY_EVENT, &cursor, 10), 4);
    assert_int_equal(items[0].row, 1);
    assert_int_equal(items[3].row, 2);
    settle(store, 1, SETTLED_DONE, 0);
    cursor = (struct queue_cursor){0};
    assert_int_equal(next(queue, TARGET_BY_EVENT, &cursor, 10), 4);
    assert_int_equal(items[2].row, 3);
    queue_close(queue);
    store_close(store);
}

/* None of the questions walks over rows that are not wanted, nor sorts. */
static void nothing_is_scanned(void **state)
{
    (void) state;
    static const char *const questions[] = {
        "SELECT delivery, due_ms, attempts FROM queue WHERE endpoint = 1 ORDER BY due_ms, delivery "
        "LIMIT 9",
        "SELECT delivery, due_ms, attempts FROM queue WHERE endpoint = 1 ORDER BY delivery LIMIT 1",
        "SELECT delivery, due_ms, attempts, event FROM queue WHERE endpoint = 1 AND event > 'a' "
        "ORDER BY event, delivery LIMIT 1",
    };
    store_close(open_store(file_spec));
    for (size_t i = 0; i < COUNT(questions); i++) {
        char sql[512];
        sqlite3 *db;
        sqlite3_stmt *statement;
        (void) snprintf(sql, sizeof(sql), "EXPLAIN QUERY PLAN %s", questions[i]);
        assert_int_equal(sqlite3_open(file_path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
        while (sqlite3_step(statement) == SQLITE_ROW) {
            const char *plan = (const char *) sqlite3_column_text(statement, 3);
            if (strstr(plan, "SEARCH queue USING") == NULL) {
                fail_msg("%s: %s", questions[i], plan);
            }
        }
        (void) sqlite3_finalize(statement);
        (void) sqlite3_close(db);
    }
}

static void a_parcel_is_whole(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    struct queue *queue = open_queue(store);
    static struct parcel parcel;
    struct fail fail = {0};
    bool found = false;
    (void) add(store, "A.B", 1, true, NOW_MS);
    (void) add(store, "A.B", 2, false, NOW_MS);
    assert_true(queue_load(queue, 1, 1, &parcel, &found, &fail) && found);
    assert_true(same(parcel.delivery.endpoint, S("site")));
    assert_true(same(parcel.delivery.event, S("A.B")));
    assert_true(parcel.delivery.event_signed && !parcel.delivery.id_signed);
    assert_int_equal(parcel.delivery.row, 1);
    assert_ptr_equal(parcel.delivery.request, &parcel.request);
    assert_true(same(parcel.request.url, S("/a?b")));
    assert_true(same(parcel.request.body, S("{\"n\":1}")));
    assert_int_equal(parcel.request.header_count, 1);
    assert_true(same(parcel.request.headers[0].value, S("b")));
    assert_true(queue_load(queue, 1, 2, &parcel, &found, &fail) && !found);
    (void) ask("UPDATE deliveries SET headers = 'no colon' || char(13, 10) WHERE id = 1");
    assert_false(queue_load(queue, 1, 1, &parcel, &found, &fail));
    assert_non_null(strstr(fail.text, "damaged"));
    parcel_free(&parcel);
    queue_close(queue);
    store_close(store);
}

static void what_waits_is_counted(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    struct queue *queue = open_queue(store);
    struct fail fail = {0};
    int64_t number = 7, waiting = 7, oldest = 7;
    assert_true(queue_endpoint(queue, S("site"), &number, &fail));
    assert_int_equal(number, 0);
    (void) add(store, "A.B", 1, true, NOW_MS);
    (void) add(store, "A.B", 2, true, NOW_MS + 4);
    settle(store, 1, SETTLED_DONE, 0);
    assert_true(queue_endpoint(queue, S("site"), &number, &fail));
    assert_int_equal(number, 1);
    assert_true(queue_count(queue, 1, &waiting, &oldest, &fail));
    assert_int_equal(waiting, 1);
    assert_int_equal(oldest, NOW_MS + 4);
    queue_close(queue);
    store_close(store);
}

static void a_moved_file_is_opened_anew(void **state)
{
    struct store *store = open_store(file_spec);
    struct queue *queue = open_queue(store);
    struct fail fail = {0};
    unsigned opened = queue_opened(queue);
    (void) add(store, "A.B", 1, true, NOW_MS);
    assert_true(queue_check(queue, &fail));
    assert_int_equal(queue_opened(queue), opened);
    (void) scratch_empty(state);
    assert_false(queue_check(queue, &fail));
    fail = (struct fail){0};
    (void) add(store, "A.B", 2, true, NOW_MS);
    assert_true(queue_check(queue, &fail));
    assert_int_not_equal(queue_opened(queue), opened);
    struct queue_cursor cursor = {0};
    assert_int_equal(next(queue, TARGET_ANY_ORDER, &cursor, 10), 1);
    queue_close(queue);
    store_close(store);
}

/* ---- By hand --------------------------------------------------------------------------------- */

static int64_t retry(const struct inbox_filter *filter)
{
    struct fail fail = {0};
    int64_t count = -1;
    if (!inbox_retry(file_spec, filter, NOW_MS + 50000, &count, &fail)) {
        fail_msg("%s", fail.text);
    }
    return count;
}

static int64_t purge(const struct inbox_filter *filter, bool queued_too)
{
    struct fail fail = {0};
    int64_t count = -1;
    if (!inbox_purge(file_path, filter, queued_too, &count, &fail)) {
        fail_msg("%s", fail.text);
    }
    return count;
}

static void rows_are_queued_again(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec); /* as a receiver that is running */
    for (int i = 1; i <= 3; i++) {
        (void) add(store, "A.B", i, i < 3, NOW_MS);
    }
    settle(store, 1, SETTLED_DEAD, 0);
    settle(store, 2, SETTLED_LATER, NOW_MS + 90000);
    assert_int_equal(retry(&(struct inbox_filter){.state = INBOX_DEAD}), 1);
    assert_int_equal(ask("SELECT due_ms FROM queue WHERE delivery = 1 AND attempts = 0 AND "
                         "event = 'A.B'"),
                     NOW_MS + 50000);
    assert_int_equal(ask("SELECT count(*) FROM handed"), 0);
    assert_int_equal(retry(&(struct inbox_filter){.row = 2}), 1);
    assert_int_equal(ask("SELECT due_ms FROM queue WHERE delivery = 2"), NOW_MS + 50000);
    assert_int_equal(retry(&(struct inbox_filter){.row = 3}), 1);
    assert_int_equal(ask("SELECT count(*) FROM queue"), 3);
    assert_int_equal(retry(&(struct inbox_filter){.row = 4}), 0);
    store_close(store);
}

static void filters_choose(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        struct inbox_filter filter;
        int64_t count;
    } rows[] = {
        {"all", {.row = 0}, 6},
        {"row", {.row = 2}, 1},
        {"endpoint", {.endpoint = "site"}, 6},
        {"other endpoint", {.endpoint = "sit"}, 0},
        {"event", {.event = "Order.*"}, 3},
        {"suffix", {.event = "*.OnDelete"}, 2},
        {"exact", {.event = "Tax.OnDelete"}, 1},
        {"a mark is itself", {.event = "Order.?nCreate"}, 0},
        {"a bracket is itself", {.event = "[x].OnCreate"}, 1},
        {"since", {.since_ms = NOW_MS + 3}, 3},
        {"until", {.until_ms = NOW_MS + 3}, 3},
        {"both", {.since_ms = NOW_MS + 1, .until_ms = NOW_MS + 3}, 2},
        {"queued", {.state = INBOX_QUEUED}, 2},
        {"done", {.state = INBOX_DONE}, 1},
        {"dead", {.state = INBOX_DEAD}, 1},
        {"none", {.state = INBOX_NONE}, 2},
        {"dead order", {.state = INBOX_DEAD, .event = "Order.*"}, 1},
        {"dead tax", {.state = INBOX_DEAD, .event = "Tax.*"}, 0},
    };
    const char *const events[] = {"Order.OnCreate", "Order.OnDelete", "Order.OnCreate",
                                  "Tax.OnDelete",   "[x].OnCreate",   "x.OnCreate"};
    struct store *store = open_store(file_spec);
    for (int i = 0; i < 6; i++) {
        (void) add(store, events[i], i, i < 4, NOW_MS + i);
    }
    settle(store, 1, SETTLED_DEAD, 0);
    settle(store, 2, SETTLED_DONE, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        struct inbox *inbox = inbox_open(file_spec, &fail);
        int64_t count = -1;
        HOLDS(inbox != NULL, i);
        HOLDS(inbox_count(inbox, &rows[i].filter, &count, &fail), i);
        if (count != rows[i].count) {
            fail_msg("%s: %lld", rows[i].what, (long long) count);
        }
        inbox_close(inbox);
    }
    store_close(store);
}

static void purging_spares_the_queue(void **state)
{
    (void) state;
    const struct inbox_filter all = {.row = 0};
    struct store *store = open_store(file_spec);
    add_many(store, "A.B", 1, 600, 2, 3, NOW_MS); /* several parts */
    settle(store, 3, SETTLED_DONE, 0);
    assert_int_equal(purge(&all, false), 599);
    assert_int_equal(ask("SELECT id FROM deliveries"), 2);
    assert_int_equal(ask("SELECT count(*) FROM handed"), 0);
    assert_int_equal(ask("SELECT count(*) FROM recent"), 600);
    /* still a duplicate, and no number is given twice */
    assert_int_equal(add(store, "A.B", 600, true, NOW_MS), 600);
    assert_int_equal(add(store, "A.B", 601, true, NOW_MS), 601);
    assert_int_equal(purge(&all, true), 2);
    assert_int_equal(ask("SELECT count(*) FROM queue"), 0);
    assert_int_equal(add(store, "A.B", 602, true, NOW_MS), 602);
    store_close(store);
}

/* ---- Retention ------------------------------------------------------------------------------- */

static void tidy(struct store *store, int64_t now_ms)
{
    struct fail fail = {0};
    for (int i = 0; i < 1000 && store->ops->tidy(store, now_ms, &fail); i++) {
    }
    if (fail.exit_code != 0) {
        fail_msg("%s", fail.text);
    }
}

static void old_rows_go(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    const struct retention_rules rules = {.max_age_s = 100};
    add_many(store, "A.B", 1, 400, 2, 4, NOW_MS);
    add_many(store, "A.B", 401, 500, 0, 0, NOW_MS + 60000);
    settle(store, 4, SETTLED_DEAD, 0);
    tidy(store, NOW_MS + 150000); /* without a rule nothing goes */
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), 500);
    store->ops->retain(store, &rules);
    tidy(store, NOW_MS + 100000); /* at the edge neither */
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), 500);
    tidy(store, NOW_MS + 101500);
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), 101);
    assert_int_equal(ask("SELECT min(id) FROM deliveries"), 2); /* it is queued */
    assert_int_equal(ask("SELECT count(*) FROM handed"), 0);
    assert_int_equal(ask("SELECT count(*) FROM recent"), 500);
    assert_int_equal(add(store, "A.B", 1, true, NOW_MS), 1);
    tidy(store, NOW_MS + 900000);
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), 1);
    assert_int_equal(add(store, "A.B", 1000, true, NOW_MS + 900000), 501);
    store_close(store);
}

/* A clock that was set right after it had stood a year ahead. */
static void a_clock_set_back_stops_no_walk(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    const struct retention_rules rules = {.max_age_s = 100};
    store->ops->retain(store, &rules);
    tidy(store, NOW_MS + INT64_C(365) * 86400000);
    add_many(store, "A.B", 1, 10, 0, 0, NOW_MS);
    tidy(store, NOW_MS + 50000);
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), 10);
    tidy(store, NOW_MS + 150000);
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), 0);
    store_close(store);
}

/* Under load no idle moment comes: the batches take old rows along. */
static void batches_take_old_rows_along(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    const struct retention_rules rules = {.max_age_s = 100};
    add_many(store, "A.B", 1, 50, 0, 0, NOW_MS);
    store->ops->retain(store, &rules);
    for (int i = 51; i <= 60; i++) {
        (void) add(store, "A.B", i, false, NOW_MS + 500000);
    }
    assert_int_equal(ask("SELECT min(id) FROM deliveries"), 51);
    store_close(store);
}

static void a_full_file_loses_its_oldest(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    const struct retention_rules rules = {.max_bytes = 200000};
    char event[201];
    memset(event, 'e', 200);
    event[200] = '\0';
    add_many(store, event, 1, 1000, 1, 0, NOW_MS);
    add_many(store, event, 1001, 2000, 0, 0, NOW_MS);
    int64_t before = ask("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
                         "pragma_freelist_count, pragma_page_size");
    assert_true(before > 400000);
    store->ops->retain(store, &rules);
    for (int i = 0; i < 20; i++) {
        tidy(store, NOW_MS + 2000 * i);
    }
    int64_t after = ask("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, "
                        "pragma_freelist_count, pragma_page_size");
    assert_true(after <= 200000);
    assert_int_equal(ask("SELECT min(id) FROM deliveries"), 1); /* it is queued */
    assert_int_equal(ask("SELECT max(id) FROM deliveries"), 2000);
    assert_true(ask("SELECT count(*) FROM deliveries") > 100);
    store_close(store);
}

/* ---- Versions -------------------------------------------------------------------------------- */

static void make_version_1(void)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(file_path, &db), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(
            db,
            "PRAGMA journal_mode = WAL; BEGIN;"
            "PRAGMA application_id = 1212893005; PRAGMA user_version = 1;"
            "CREATE TABLE endpoints (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
            "CREATE TABLE deliveries (id INTEGER PRIMARY KEY, endpoint INTEGER NOT NULL REFERENCES "
            "endpoints, event TEXT NOT NULL, event_id TEXT NOT NULL, signed INTEGER NOT NULL, "
            "key_label TEXT NOT NULL, received_ms INTEGER NOT NULL, stated_s INTEGER NOT NULL, "
            "method TEXT NOT NULL, url TEXT NOT NULL, headers BLOB NOT NULL, body BLOB NOT NULL);"
            "CREATE TABLE seen (endpoint INTEGER NOT NULL, key BLOB NOT NULL, until INTEGER NOT "
            "NULL, delivery INTEGER NOT NULL, PRIMARY KEY (endpoint, key)) WITHOUT ROWID;"
            "INSERT INTO endpoints VALUES (1, 'site');"
            "INSERT INTO deliveries VALUES (7, 1, 'A.B', '', 1, 'k', 1767225600000, 0, 'POST', "
            "'/', 'A: b' || char(13, 10), '{}');"
            "INSERT INTO seen VALUES (1, x'01000000', 1767226260, 7); COMMIT;",
            NULL, NULL, NULL),
        SQLITE_OK);
    (void) sqlite3_close(db);
}

static void version_1_can_be_read(void **state)
{
    (void) state;
    static struct inbox_row row;
    struct fail fail = {0};
    const struct inbox_filter none = {.state = INBOX_NONE};
    int64_t count = 0;
    make_version_1();
    struct inbox *inbox = inbox_open(file_path, &fail);
    assert_non_null(inbox);
    assert_true(inbox_count(inbox, &none, &count, &fail));
    assert_int_equal(count, 1);
    assert_true(inbox_walk_row(inbox, 7, &fail));
    assert_true(inbox_next(inbox, &row, &fail));
    assert_int_equal(row.state, INBOX_NONE);
    assert_int_equal(row.attempts, 0);
    inbox_close(inbox);
    assert_int_equal(ask("PRAGMA user_version"), 1);
}

static void version_1_is_brought_up(void **state)
{
    (void) state;
    make_version_1();
    struct store *store = open_store(file_spec);
    assert_int_equal(ask("PRAGMA user_version"), 2);
    assert_int_equal(add(store, "A.B", 1, true, NOW_MS), 7); /* what was seen is still known */
    assert_int_equal(add(store, "A.B", 2, true, NOW_MS), 8);
    assert_int_equal(retry(&(struct inbox_filter){.row = 7}), 1);
    assert_int_equal(ask("SELECT count(*) FROM queue"), 2);
    store_close(store);
}

/* What can't be finished is not begun: it stays a whole version 1. */
static void a_broken_upgrade_leaves_version_1(void **state)
{
    (void) state;
    struct fail fail = {0};
    make_version_1();
    (void) ask("CREATE TABLE handed (a)"); /* the second table that is to be made */
    assert_null(store_open(file_spec, &fail));
    assert_int_equal(fail.exit_code, EXIT_UNKNOWN);
    assert_int_equal(ask("PRAGMA user_version"), 1);
    assert_int_equal(ask("SELECT count(*) FROM sqlite_schema WHERE name = 'queue'"), 0);
}

static void a_newer_version_is_refused(void **state)
{
    (void) state;
    struct fail fail = {0};
    store_close(open_store(file_spec));
    (void) ask("PRAGMA user_version = 3");
    assert_null(store_open(file_spec, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    assert_non_null(strstr(fail.text, "version 3"));
    fail = (struct fail){0};
    assert_null(inbox_open(file_spec, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
}

/* ---- The writer ------------------------------------------------------------------------------ */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t deliveries, settled, commits;
} seen = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void note(void *context, struct delivery *const *batch, size_t count,
                 struct settlement *settled)
{
    (void) context;
    (void) batch;
    (void) pthread_mutex_lock(&seen.lock);
    seen.deliveries += count;
    seen.commits++;
    for (; settled != NULL; settled = settled->next) {
        seen.settled++;
    }
    (void) pthread_cond_broadcast(&seen.changed);
    (void) pthread_mutex_unlock(&seen.lock);
}

static struct {
    int failures; /* that many commits fail first */
    size_t given;
} fake;

static void fake_settle(struct store *store, struct settlement *first)
{
    (void) store;
    for (fake.given = 0; first != NULL; first = first->next) {
        fake.given++;
    }
}

static bool fake_commit(struct store *store, struct delivery *const *batch, size_t count,
                        struct fail *fail)
{
    (void) store;
    (void) batch;
    (void) count;
    if (fake.failures > 0) {
        fake.failures--;
        return fail_set(fail, EXIT_UNKNOWN, "disk is full");
    }
    return true;
}

/* A disk that is full for a moment costs no outcome: they are all written once it is not. */
static void a_failed_settlement_is_repeated(void **state)
{
    (void) state;
    static const struct store_ops ops = {
        .commit = fake_commit, .settle = fake_settle, .waits = true};
    static struct settlement settlements[3];
    struct store store = {.ops = &ops};
    struct fail fail = {0};
    memset(&fake, 0, sizeof(fake));
    fake.failures = 1;
    struct writer *writer = writer_start(&store, &fail);
    assert_non_null(writer);
    writer_watch(writer, (struct writer_hook){note, NULL});
    for (size_t i = 0; i < 3; i++) {
        writer_settle(writer, &settlements[i]);
    }
    (void) pthread_mutex_lock(&seen.lock);
    struct timespec until;
    (void) clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 20;
    int error = 0;
    while (seen.settled < 3 && error == 0) {
        error = pthread_cond_timedwait(&seen.changed, &seen.lock, &until);
    }
    assert_int_equal(seen.settled, 3);
    (void) pthread_mutex_unlock(&seen.lock);
    (void) writer_take(writer, &fail);
    assert_string_equal(fail.text, "disk is full");
    writer_watch(writer, (struct writer_hook){NULL, NULL});
    writer_settle(writer, &settlements[0]); /* is written when the writer stops */
    writer_stop(writer);
    assert_int_equal(fake.given, 1);
    assert_int_equal(seen.settled, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_delivery_is_queued_in_its_own_commit, scratch_empty),
        cmocka_unit_test_setup(a_queue_that_fails_keeps_nothing, scratch_empty),
        cmocka_unit_test_setup(outcomes_are_written, scratch_empty),
        cmocka_unit_test_setup(the_order_of_due_times, scratch_empty),
        cmocka_unit_test_setup(an_outcome_is_that_of_its_delivery, scratch_empty),
        cmocka_unit_test_setup(an_outcome_replaces_one_that_is_there, scratch_empty),
        cmocka_unit_test_setup(the_order_of_arrival, scratch_empty),
        cmocka_unit_test_setup(the_order_within_events, scratch_empty),
        cmocka_unit_test_setup(nothing_is_scanned, scratch_empty),
        cmocka_unit_test_setup(a_parcel_is_whole, scratch_empty),
        cmocka_unit_test_setup(what_waits_is_counted, scratch_empty),
        cmocka_unit_test_setup(a_moved_file_is_opened_anew, scratch_empty),
        cmocka_unit_test_setup(rows_are_queued_again, scratch_empty),
        cmocka_unit_test_setup(filters_choose, scratch_empty),
        cmocka_unit_test_setup(purging_spares_the_queue, scratch_empty),
        cmocka_unit_test_setup(old_rows_go, scratch_empty),
        cmocka_unit_test_setup(a_clock_set_back_stops_no_walk, scratch_empty),
        cmocka_unit_test_setup(batches_take_old_rows_along, scratch_empty),
        cmocka_unit_test_setup(a_full_file_loses_its_oldest, scratch_empty),
        cmocka_unit_test_setup(version_1_can_be_read, scratch_empty),
        cmocka_unit_test_setup(version_1_is_brought_up, scratch_empty),
        cmocka_unit_test_setup(a_broken_upgrade_leaves_version_1, scratch_empty),
        cmocka_unit_test_setup(a_newer_version_is_refused, scratch_empty),
        cmocka_unit_test(a_failed_settlement_is_repeated),
    };
    return cmocka_run_group_tests(tests, scratch_store, scratch_remove);
}
