/* SPDX-License-Identifier: MIT
 *
 * The table of duplicate keys: keys that lie in its ring and keys on the heap.
 */
#include "check.h"

#include "receiver/keys.h"

#define ROOM 3 /* keys of the table */

static const hg_str place = {"p", 1};

/* A key that with its place has len bytes and differs from others only in its last one. */
static void make(struct keys_text *text, size_t len, unsigned char last)
{
    unsigned char key[STORE_KEY_MAX];
    memset(key, 'k', sizeof(key));
    key[len - place.len - 1] = last;
    assert_true(keys_text(text, place, key, len - place.len));
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
    static const size_t lengths[] = {2, KEYS_SHORT - 1, KEYS_SHORT, KEYS_SHORT + 1, STORE_KEY_MAX};
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(keys_of_every_kind)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
