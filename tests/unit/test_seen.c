/* SPDX-License-Identifier: MIT
 *
 * Duplicate keys in a SQLite store: on their way from `recent` to `seen`, and what becomes of them.
 */
#include "scratch_store.h"

#include "receiver/seen.h"

#define NOW_MS 1767225600000
#define LIFE_S 660

/* Deliveries that differ in their keys alone. */
struct made {
    struct delivery deliveries[STORE_BATCH_MAX];
    struct delivery *batch[STORE_BATCH_MAX];
    hg_request request;
};

static struct made made;

/* A key that tells nothing of the order in which they came, as a MAC does not. */
static void set_key(struct delivery *delivery, uint32_t number)
{
    uint32_t mixed = number * 2654435761U;
    memcpy(delivery->key, &mixed, sizeof mixed);
    delivery->key_len = sizeof mixed;
}

/* Commits the keys from first on, in one batch. */
static void commit(struct store *store, uint32_t first, size_t count, int64_t now_ms)
{
    struct fail fail = {0};
    made.request = (hg_request){.method = S("POST"), .url = S("/"), .body = S("{}")};
    for (size_t i = 0; i < count; i++) {
        made.deliveries[i] = (struct delivery){.endpoint = S("site"),
                                               .event = S(""),
                                               .id = S(""),
                                               .key_label = S(""),
                                               .received_ms = now_ms,
                                               .key_until_s = now_ms / 1000 + LIFE_S,
                                               .request = &made.request};
        set_key(&made.deliveries[i], first + (uint32_t) i);
        made.batch[i] = &made.deliveries[i];
    }
    if (!store->ops->commit(store, made.batch, count, &fail)) {
        fail_msg("%s", fail.text);
    }
}

static void add(struct store *store, uint32_t first, uint32_t count, int64_t now_ms)
{
    for (uint32_t at = 0; at < count; at += STORE_BATCH_MAX) {
        uint32_t left = count - at;
        size_t size = left < STORE_BATCH_MAX ? left : STORE_BATCH_MAX;
        commit(store, first + at, size, now_ms);
        for (size_t i = 0; i < size; i++) {
            assert_false(made.deliveries[i].duplicate);
        }
    }
}

/* The row of the first delivery with that key; 0 when this was it. */
static int64_t repeat(struct store *store, uint32_t number, int64_t now_ms)
{
    commit(store, number, 1, now_ms);
    return made.deliveries[0].duplicate ? made.deliveries[0].row : 0;
}

/* One that comes again and again, each time expired, has many rows and is one key. */
static void a_key_that_expires_piles_up_nowhere(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    struct fail fail = {0};
    int64_t now_ms = NOW_MS;
    commit(store, 0, STORE_BATCH_MAX, now_ms); /* fills in the batch */
    for (uint32_t at = 0; at < 2 * SEEN_RECENT_MAX; at += STORE_BATCH_MAX) {
        for (size_t i = 0; i < STORE_BATCH_MAX; i++) {
            now_ms += (LIFE_S + 1) * 1000;
            made.deliveries[i].received_ms = now_ms;
            made.deliveries[i].key_until_s = now_ms / 1000 + LIFE_S;
            set_key(&made.deliveries[i], 0);
        }
        assert_true(store->ops->commit(store, made.batch, STORE_BATCH_MAX, &fail));
        assert_false(made.deliveries[STORE_BATCH_MAX - 1].duplicate);
        assert_true(ask("SELECT count(*) FROM recent") < SEEN_RECENT_MAX);
    }
    store_close(store);
}

static void keys_move_and_stay_known(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    add(store, 0, SEEN_RECENT_MAX - 1, NOW_MS);
    assert_int_equal(ask("SELECT count(*) FROM recent"), SEEN_RECENT_MAX - 1);
    assert_int_equal(ask("SELECT count(*) FROM seen"), 0);
    add(store, SEEN_RECENT_MAX - 1, 1, NOW_MS);
    assert_int_equal(ask("SELECT count(*) FROM recent"), 0);
    assert_int_equal(ask("SELECT count(*) FROM seen"), SEEN_RECENT_MAX);
    add(store, SEEN_RECENT_MAX, 10, NOW_MS);
    for (int round = 0; round < 2; round++) { /* the second time from the file alone */
        for (uint32_t i = 0; i < SEEN_RECENT_MAX + 10; i += 7) {
            assert_int_equal(repeat(store, i, NOW_MS), i + 1);
        }
        assert_int_equal(repeat(store, SEEN_RECENT_MAX + 9, NOW_MS), SEEN_RECENT_MAX + 10);
        store_close(store);
        store = open_store(file_spec);
    }
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), SEEN_RECENT_MAX + 10);
    store_close(store);
}

static void repeats_are_seen_in_another_process_too(void **state)
{
    (void) state;
    struct store *one = open_store(file_spec);
    struct store *other = open_store(file_spec);
    add(one, 0, 5, NOW_MS);
    assert_int_equal(repeat(other, 4, NOW_MS), 5);
    add(other, 5, 5, NOW_MS);
    assert_int_equal(repeat(one, 9, NOW_MS), 10);
    add(other, 10, SEEN_RECENT_MAX, NOW_MS); /* moves the other's keys as well */
    assert_int_equal(repeat(one, 0, NOW_MS), 1);
    assert_int_equal(repeat(one, 10 + SEEN_RECENT_MAX - 1, NOW_MS), 10 + SEEN_RECENT_MAX);
    add(one, 10 + SEEN_RECENT_MAX, 1, NOW_MS);
    assert_int_equal(repeat(other, 10 + SEEN_RECENT_MAX, NOW_MS), 11 + SEEN_RECENT_MAX);
    store_close(one);
    store_close(other);
}

/* Before its key is moved, after it, and once it has come again. */
static void an_expired_key_starts_anew(void **state)
{
    (void) state;
    const int64_t edge_ms = NOW_MS + LIFE_S * 1000 + 999, late_ms = edge_ms + 1;
    struct store *store = open_store(file_spec);
    add(store, 0, 2, NOW_MS);
    assert_int_equal(repeat(store, 0, edge_ms), 1);
    assert_int_equal(repeat(store, 0, late_ms), 0);
    assert_int_equal(repeat(store, 0, late_ms), 3);
    store_close(store);
    store = open_store(file_spec); /* of its two entries the later one holds */
    assert_int_equal(repeat(store, 0, late_ms), 3);
    add(store, 2, SEEN_RECENT_MAX, NOW_MS);
    assert_int_equal(repeat(store, 0, late_ms), 3);
    assert_int_equal(repeat(store, 1, edge_ms), 2);
    assert_int_equal(repeat(store, 1, late_ms), 0);
    assert_int_equal(repeat(store, 1, late_ms), SEEN_RECENT_MAX + 4);
    add(store, 2 + SEEN_RECENT_MAX, SEEN_RECENT_MAX, late_ms);
    assert_int_equal(repeat(store, 1, late_ms), SEEN_RECENT_MAX + 4);
    store_close(store);
}

static void expired_keys_are_pruned(void **state)
{
    (void) state;
    const int64_t late_ms = NOW_MS + LIFE_S * 1000 + 1000;
    struct store *store = open_store(file_spec);
    add(store, 0, SEEN_RECENT_MAX, NOW_MS);
    add(store, SEEN_RECENT_MAX, 1, late_ms); /* this and each commit below walks over 18 keys */
    for (int i = 1; i < 50; i++) {
        assert_int_not_equal(repeat(store, SEEN_RECENT_MAX, late_ms), 0);
    }
    assert_int_equal(ask("SELECT count(*) FROM seen"), SEEN_RECENT_MAX - 50 * 18);
    for (int i = 50; i < 300; i++) {
        assert_int_not_equal(repeat(store, SEEN_RECENT_MAX, late_ms), 0);
    }
    assert_int_equal(ask("SELECT count(*) FROM seen"), 0);
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), SEEN_RECENT_MAX + 1);
    add(store, SEEN_RECENT_MAX + 1, SEEN_RECENT_MAX, late_ms); /* what lives stays */
    for (int i = 0; i < 300; i++) {
        assert_int_not_equal(repeat(store, SEEN_RECENT_MAX, late_ms), 0);
    }
    assert_true(ask("SELECT count(*) FROM seen") > SEEN_RECENT_MAX);
    store_close(store);
}

/* What failed is not held in memory either. */
static void a_failed_batch_is_not_known(void **state)
{
    (void) state;
    struct fail fail = {0};
    struct store *store = open_store(file_spec);
    add(store, 0, SEEN_RECENT_MAX - 1, NOW_MS);
    (void) ask("CREATE TRIGGER full BEFORE INSERT ON seen BEGIN SELECT raise(ABORT, 'full'); END");
    set_key(&made.deliveries[0], SEEN_RECENT_MAX);
    assert_false(store->ops->commit(store, made.batch, 1, &fail));
    (void) ask("DROP TRIGGER full");
    assert_int_equal(ask("SELECT count(*) FROM deliveries"), SEEN_RECENT_MAX - 1);
    assert_int_equal(ask("SELECT count(*) FROM recent"), SEEN_RECENT_MAX - 1);
    assert_int_equal(repeat(store, SEEN_RECENT_MAX, NOW_MS), 0);
    assert_int_equal(repeat(store, SEEN_RECENT_MAX, NOW_MS), SEEN_RECENT_MAX);
    store_close(store);
}

/* More recent keys than there is room for, which another program may have left. */
static void too_many_are_moved_at_once(void **state)
{
    (void) state;
    struct store *store = open_store(file_spec);
    add(store, 0, 1, NOW_MS);
    (void) ask("WITH RECURSIVE n(i) AS (VALUES (2) UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
               "INSERT INTO recent SELECT i, 1, CAST(i AS BLOB), 1767300000 FROM n");
    assert_int_equal(repeat(store, 0, NOW_MS), 1);
    assert_int_equal(ask("SELECT count(*) FROM recent"), 0);
    assert_int_equal(ask("SELECT count(*) FROM seen"), 20000);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_key_that_expires_piles_up_nowhere, scratch_store,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(keys_move_and_stay_known, scratch_store, scratch_remove),
        cmocka_unit_test_setup_teardown(repeats_are_seen_in_another_process_too, scratch_store,
                                        scratch_remove),
        cmocka_unit_test_setup_teardown(an_expired_key_starts_anew, scratch_store, scratch_remove),
        cmocka_unit_test_setup_teardown(expired_keys_are_pruned, scratch_store, scratch_remove),
        cmocka_unit_test_setup_teardown(a_failed_batch_is_not_known, scratch_store, scratch_remove),
        cmocka_unit_test_setup_teardown(too_many_are_moved_at_once, scratch_store, scratch_remove),
    };
    return cmocka_run_group_tests_name("seen", tests, NULL, NULL);
}
