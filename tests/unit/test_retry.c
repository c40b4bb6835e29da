/* SPDX-License-Identifier: MIT
 *
 * Retrying: what is tried again, and how long is waited. Nothing here sleeps.
 */
#include "check.h"

#include "sender/http_text.h"
#include "sender/retry.h"

static void useful(void **state)
{
    static const struct {
        const char *what;
        enum transport_result result;
        int status;
        bool useful;
    } rows[] = {
        {"not connected", TRANSPORT_REFUSED, 0, true}, {"timeout", TRANSPORT_TIMEOUT, 0, true},
        {"broken", TRANSPORT_BROKEN, 0, true},         {"200", TRANSPORT_ANSWERED, 200, false},
        {"204", TRANSPORT_ANSWERED, 204, false},       {"301", TRANSPORT_ANSWERED, 301, false},
        {"400", TRANSPORT_ANSWERED, 400, false},       {"401", TRANSPORT_ANSWERED, 401, false},
        {"403", TRANSPORT_ANSWERED, 403, false},       {"407", TRANSPORT_ANSWERED, 407, false},
        {"408", TRANSPORT_ANSWERED, 408, true},        {"409", TRANSPORT_ANSWERED, 409, false},
        {"413", TRANSPORT_ANSWERED, 413, false},       {"424", TRANSPORT_ANSWERED, 424, false},
        {"425", TRANSPORT_ANSWERED, 425, true},        {"428", TRANSPORT_ANSWERED, 428, false},
        {"429", TRANSPORT_ANSWERED, 429, true},        {"499", TRANSPORT_ANSWERED, 499, false},
        {"500", TRANSPORT_ANSWERED, 500, true},        {"503", TRANSPORT_ANSWERED, 503, true},
        {"599", TRANSPORT_ANSWERED, 599, true},        {"600", TRANSPORT_ANSWERED, 600, false},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct transport_answer answer = {.result = rows[row].result, .status = rows[row].status};
        HOLDS(retry_is_useful(&answer) == rows[row].useful, row);
    }
}

static void waits(void **state)
{
    static const struct {
        const char *what;
        int attempt;
        double random;
        long retry_after_s;
        double max_wait_s, wait_s;
    } rows[] = {
        {"first, most", 1, 1, -1, 100, 0.5},
        {"first, half", 1, 0.5, -1, 100, 0.25},
        {"first, none: full jitter", 1, 0, -1, 100, 0},
        {"second", 2, 1, -1, 100, 1},
        {"third", 3, 1, -1, 100, 2},
        {"seventh", 7, 1, -1, 100, 32},
        {"eighth: the cap", 8, 1, -1, 100, 60},
        {"jitter comes after the cap", 8, 0.5, -1, 100, 30},
        {"no overflow", 2000000000, 1, -1, 100, 60},
        {"the longest wait", 8, 1, -1, 7, 7},
        {"no wait", 8, 1, -1, 0, 0},
        {"Retry-After", 1, 1, 9, 100, 9},
        {"Retry-After is a lower bound", 4, 1, 1, 100, 4},
        {"Retry-After 0", 1, 0, 0, 100, 0},
        {"Retry-After over the cap of backoff", 1, 1, 90, 100, 90},
        {"Retry-After over the longest wait", 1, 1, 900, 100, 100},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        double wait = retry_wait_s(rows[row].attempt, rows[row].random, rows[row].retry_after_s,
                                   rows[row].max_wait_s);
        HOLDS(wait > rows[row].wait_s - 1e-9 && wait < rows[row].wait_s + 1e-9, row);
    }
}

static void retry_after(void **state)
{
    static const struct {
        const char *what, *text;
        long seconds;
    } rows[] = {
        {"seconds", "120", 120},
        {"zero", "0", 0},
        {"leading zeros", "007", 7},
        {"a date ahead", "Thu, 01 Jan 2026 00:00:30 GMT", 30},
        {"a date that is now", "Thu, 01 Jan 2026 00:00:00 GMT", 0},
        {"a date past", "Wed, 31 Dec 2025 23:59:59 GMT", 0},
        {"a far date", "Fri, 31 Dec 9999 23:59:59 GMT", TRANSPORT_RETRY_AFTER_MAX},
        {"many digits", "99999999999999999999999999999", TRANSPORT_RETRY_AFTER_MAX},
        {"empty", "", -1},
        {"a sign", "-1", -1},
        {"a fraction", "1.5", -1},
        {"text", "soon", -1},
        {"a date of another form", "2026-01-01T00:00:30Z", -1},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        hg_str text = exact(hg_text(rows[row].text));
        long seconds = http_retry_after(text, 1767225600);
        drop(text);
        HOLDS(seconds == rows[row].seconds, row);
    }
}

static void status_lines(void **state)
{
    static const struct {
        const char *what, *line;
        int status;
    } rows[] = {
        {"usual", "HTTP/1.1 200 OK\r\n", 200},
        {"no reason", "HTTP/1.1 404\r\n", 404},
        {"no line end", "HTTP/1.0 503", 503},
        {"HTTP/2", "HTTP/2 204 \r\n", 204},
        {"empty", "", 0},
        {"a header", "Date: HTTP/1.1 200\r\n", 0},
        {"another protocol", "ICY 200 OK\r\n", 0},
        {"two digits", "HTTP/1.1 20\r\n", 0},
        {"four digits", "HTTP/1.1 2000\r\n", 0},
        {"below 100", "HTTP/1.1 099 X\r\n", 0},
        {"letters", "HTTP/1.1 2OO\r\n", 0},
        {"no status", "HTTP/1.1 \r\n", 0},
        {"no blank", "HTTP/1.1", 0},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        hg_str line = exact(hg_text(rows[row].line));
        int status = http_status(line);
        drop(line);
        HOLDS(status == rows[row].status, row);
    }
}

static void headers(void **state)
{
    (void) state;
    assert_true(http_is_named(S("Retry-After: 1"), "Retry-After"));
    assert_true(http_is_named(S("retry-after:"), "Retry-After"));
    assert_false(http_is_named(S("Retry-After2: 1"), "Retry-After"));
    assert_false(http_is_named(S("Retry-After"), "Retry-After"));
    assert_true(same(http_value(S("A: \t b c \r\n")), S("b c")));
    assert_true(same(http_value(S("A:\r\n")), S("")));
    assert_true(same(http_value(S("A")), S("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(useful),       cmocka_unit_test(waits),   cmocka_unit_test(retry_after),
        cmocka_unit_test(status_lines), cmocka_unit_test(headers),
    };
    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
