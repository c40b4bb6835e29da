/* SPDX-License-Identifier: MIT
 *
 * The table of duplicate keys: keys that lie in its ring and keys on the heap.
 */
#include "check.h"

#include "receiver/keys.h"

#define ROOM 3 /* keys of the table */
#define PLACE 7

static unsigned char key_bytes[STORE_KEY_MAX + 1];

/* A key of len bytes that differs from others only in its last one. */
static void make(struct keys_text *text, size_t len, unsigned char last)
{
    memset(key_bytes, 'k', sizeof(key_bytes));
    key_bytes[len - 1] = last;
    assert_true(keys_text(text, PLACE, key_bytes, len));
}

static void add(struct keys *keys, size_t len, unsigned char last, int64_t row)
{
    struct keys_text text;
    make(&text, len, last);
    assert_null(keys_find(keys, &text));
    assert_true(keys_add(keys, &text, 100 + row, row));
}

static int64_t row_of(struct keys *keys, size_t len, unsigned char last)
{
    struct keys_text text;
    make(&text, len, last);
    const struct keys_entry *entry = keys_find(keys, &text);
    return entry != NULL ? entry->row : 0;
}

/* Each length around the one up to which keys lie in the ring; beside keys of its own length and of
 * the neighbouring ones, and after the oldest has left for each. */
static void keys_of_every_kind(void **state)
{
    (void) state;
    static const size_t lengths[] = {
        1, 8, KEYS_SHORT - 1, KEYS_SHORT, KEYS_SHORT + 1, STORE_KEY_MAX};
    struct keys keys;
    assert_true(keys_init(&keys, ROOM));
    int64_t row = 0;
    for (size_t i = 0; i < COUNT(lengths); i++) {
        add(&keys, lengths[i], 'a', ++row);
        add(&keys, lengths[i], 'b', ++row);
        assert_int_equal(row_of(&keys, lengths[i], 'a'), row - 1);
        assert_int_equal(row_of(&keys, lengths[i], 'b'), row);
        assert_int_equal(row_of(&keys, lengths[i], 'c'), 0);
        if (i > 0) { /* of the length before, the second is the third from the end */
            assert_int_equal(row_of(&keys, lengths[i - 1], 'a'), 0);
            assert_int_equal(row_of(&keys, lengths[i - 1], 'b'), row - 2);
        }
    }
    keys_clear(&keys);
    for (size_t i = 0; i < COUNT(lengths); i++) {
        assert_int_equal(row_of(&keys, lengths[i], 'b'), 0);
    }
    add(&keys, STORE_KEY_MAX, 'a', ++row);
    keys_release(&keys);
}

/* The same bytes are a key of their own in each place. */
static void places_are_apart(void **state)
{
    (void) state;
    static const int64_t numbers[] = {0, 1, UINT32_MAX};
    struct keys keys;
    struct keys_text text;
    assert_true(keys_init(&keys, ROOM));
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_true(keys_text(&text, numbers[i], "key", 3));
        assert_null(keys_find(&keys, &text));
        assert_true(keys_add(&keys, &text, 100, (int64_t) i + 1));
    }
    for (size_t i = 0; i < COUNT(numbers); i++) {
        assert_true(keys_text(&text, numbers[i], "key", 3));
        assert_int_equal(keys_find(&keys, &text)->row, i + 1);
    }
    keys_release(&keys);
}

static void refused_keys(void **state)
{
    (void) state;
    struct keys keys;
    struct keys_text text;
    assert_true(keys_text(&text, 0, key_bytes, STORE_KEY_MAX));
    assert_false(keys_text(&text, 0, key_bytes, STORE_KEY_MAX + 1));
    assert_false(keys_text(&text, -1, "key", 3));
    assert_false(keys_text(&text, (int64_t) UINT32_MAX + 1, "key", 3));
    assert_false(keys_init(&keys, 0));
    keys_release(&keys);
    assert_false(keys_init(&keys, KEYS_MAX + 1));
    keys_release(&keys);
}

/* A table that has been full many times over knows the last keys and no others, whatever way their
 * slots had to give to each other. */
static void ring_goes_round(void **state)
{
    (void) state;
    enum { HELD = 100, ALL = 20 * HELD };
    struct keys keys;
    struct keys_text text;
    assert_true(keys_init(&keys, HELD));
    for (int64_t row = 1; row <= ALL; row++) {
        assert_true(keys_text(&text, PLACE, &row, sizeof(row)));
        assert_null(keys_find(&keys, &text));
        assert_true(keys_add(&keys, &text, row, row));
        for (int64_t old = row > HELD ? row - HELD : 1; old <= row; old++) {
            assert_true(keys_text(&text, PLACE, &old, sizeof(old)));
            const struct keys_entry *entry = keys_find(&keys, &text);
            assert_int_equal(entry != NULL ? entry->row : 0, old > row - HELD ? old : 0);
        }
    }
    keys_release(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_of_every_kind), cmocka_unit_test(places_are_apart),
        cmocka_unit_test(refused_keys), cmocka_unit_test(ring_goes_round)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
