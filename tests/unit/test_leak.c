/* SPDX-License-Identifier: MIT
 *
 * What answers tell: alike or not, whatever differs anyway; the secret and the signature in any
 * form; and whether one set of times is longer than another.
 */
#include "check.h"

#include <string.h>

#include "harness/leak.h"
#include "harness/timing.h"

/* ---- Alike ----------------------------------------------------------------------------------- */

#define HEAD "HTTP/1.1 401 X\r\n"

static void alike(void **state)
{
    /* One kind twice, the other twice. */
    static const struct {
        const char *what;
        const char *one, *other, *one_again, *other_again;
        const char *why; /* NULL: alike */
    } rows[] = {
        {"equal", HEAD "A: 1\r\n\r\nb", HEAD "A: 1\r\n\r\nb", HEAD "A: 1\r\n\r\nb",
         HEAD "A: 1\r\n\r\nb", NULL},
        {"status", HEAD "\r\n", "HTTP/1.1 403 X\r\n\r\n", HEAD "\r\n", "HTTP/1.1 403 X\r\n\r\n",
         "the status"},
        {"reason", HEAD "\r\n", "HTTP/1.1 401 Late\r\n\r\n", HEAD "\r\n",
         "HTTP/1.1 401 Late\r\n\r\n", "the status"},
        {"header", HEAD "A: 1\r\n\r\n", HEAD "A: 2\r\n\r\n", HEAD "A: 1\r\n\r\n",
         HEAD "A: 2\r\n\r\n", "the header A"},
        {"date", HEAD "DATE: 1\r\n\r\n", HEAD "DATE: 2\r\n\r\n", HEAD "DATE: 1\r\n\r\n",
         HEAD "DATE: 2\r\n\r\n", NULL},
        {"more than the date", HEAD "Dates: 1\r\n\r\n", HEAD "Dates: 2\r\n\r\n",
         HEAD "Dates: 1\r\n\r\n", HEAD "Dates: 2\r\n\r\n", "the header Dates"},
        {"one more", HEAD "A: 1\r\n\r\n", HEAD "A: 1\r\nB: 1\r\n\r\n", HEAD "A: 1\r\n\r\n",
         HEAD "A: 1\r\nB: 1\r\n\r\n", "the headers, B"},
        {"one less", HEAD "A: 1\r\n\r\n", HEAD "\r\n", HEAD "A: 1\r\n\r\n", HEAD "\r\n",
         "the headers, A"},
        {"another order", HEAD "A: 1\r\nB: 1\r\n\r\n", HEAD "B: 1\r\nA: 1\r\n\r\n",
         HEAD "A: 1\r\nB: 1\r\n\r\n", HEAD "B: 1\r\nA: 1\r\n\r\n", "the headers, A"},
        {"a number of its own", HEAD "Id: 1\r\n\r\n", HEAD "Id: 2\r\n\r\n", HEAD "Id: 3\r\n\r\n",
         HEAD "Id: 4\r\n\r\n", NULL},
        {"a number in one kind", HEAD "Id: 1\r\n\r\n", HEAD "Id: 2\r\n\r\n", HEAD "Id: 1\r\n\r\n",
         HEAD "Id: 4\r\n\r\n", NULL},
        {"body", HEAD "\r\nno", HEAD "\r\nold", HEAD "\r\nno", HEAD "\r\nold", "the body"},
        {"body of its own", HEAD "\r\n1", HEAD "\r\n2", HEAD "\r\n3", HEAD "\r\n4", NULL},
        {"like a header, in the body", HEAD "\r\nA: 1\r\n", HEAD "\r\nA: 2\r\n",
         HEAD "\r\nA: 1\r\n", HEAD "\r\nA: 2\r\n", "the body"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const hg_str heard[LEAK_ANSWERS] = {hg_text(rows[i].one), hg_text(rows[i].other),
                                            hg_text(rows[i].one_again),
                                            hg_text(rows[i].other_again)};
        char why[LEAK_WHY_MAX] = "";
        HOLDS(leak_alike(heard, why) == (rows[i].why == NULL), i);
        HOLDS(rows[i].why == NULL || strcmp(why, rows[i].why) == 0, i);
    }
}

/* ---- Words ----------------------------------------------------------------------------------- */

#define SECRET "their own secret"

static void words(void **state)
{
    static const char *const texts[] = {SECRET, "7468656972206f776e20736563726574",
                                        "dGhlaXIgb3duIHNlY3JldA==", "their%20own%20secret"};
    struct vector_file file;
    struct live live;
    struct made made;
    struct veil forms;
    struct fail fail = {0};
    const struct live_turn turn = {.now = 1900000000};
    (void) state;
    assert_true(vector_parse(vector_builtin("webinone"), "w", &file, &fail));
    assert_true(live_open(&file, "http://127.0.0.1/", hg_text(SECRET), 5, 1, &live, &fail));
    assert_true(live_make(&live, &file.cases[0], &turn, &made, &fail));
    assert_true(veil_open(hg_text(SECRET), &forms));
    for (size_t i = 0; i < COUNT(texts); i++) {
        assert_string_equal(leak_find(&forms, &live, &made.request, hg_text(texts[i])),
                            "the secret");
    }
    assert_null(leak_find(&forms, &live, &made.request, S("their own")));
    /* The right signature: no leak where the request states it, one where it does not. */
    hg_str stated = {NULL, 0};
    for (size_t i = 0; i < made.request.header_count; i++) {
        if (same(made.request.headers[i].name, S("X-Webhook-Signature"))) {
            stated = live_signature(made.request.headers[i].value);
            assert_int_equal(stated.len, 64);
            assert_null(leak_find(&forms, &live, &made.request, stated));
            made.headers[i].value = S("sha256=00");
        }
    }
    assert_string_equal(leak_find(&forms, &live, &made.request, stated),
                        "the signature that would have been right");
    assert_null(leak_find(&forms, &live, &made.request, S("sha256=00")));
    veil_close(&forms);
    made_free(&made);
    live_free(&live);
    vector_free(&file);
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* Times without order that are spread over 100 µs, longer by shift. */
static void fill(double seconds[TIMING_SAMPLES], double shift_us)
{
    for (size_t i = 0; i < TIMING_SAMPLES; i++) {
        seconds[i] = (500 + (double) (i * 77 % 101) + shift_us) / 1e6;
    }
}

static void times(void **state)
{
    static const struct {
        const char *what;
        double shift_us;
        bool differs;
    } rows[] = {{"none", 0, false},
                {"small", 1, false},
                {"small, shorter", -1, false},
                {"longer", 20, true},
                {"shorter", -20, true}};
    double base[TIMING_SAMPLES];
    double other[TIMING_SAMPLES];
    (void) state;
    fill(base, 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct timing_row row;
        fill(other, rows[i].shift_us);
        assert_true(timing_compare(base, other, &row));
        HOLDS(timing_differs(&row) == rows[i].differs, i);
        HOLDS(row.us > rows[i].shift_us - 0.01 && row.us < rows[i].shift_us + 0.01, i);
        HOLDS(row.low_us < row.us && row.us < row.high_us, i);
        /* 2.576 deviations of the rank statistic on this spread are some 8 µs. */
        HOLDS(row.high_us - row.low_us > 10 && row.high_us - row.low_us < 20, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alike),
        cmocka_unit_test(words),
        cmocka_unit_test(times),
    };
    return cmocka_run_group_tests_name("leak", tests, NULL, NULL);
}
