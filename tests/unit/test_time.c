/* SPDX-License-Identifier: MIT
 *
 * Times: each format's grammar, case by case, and that what is written is read back.
 */
#include "check.h"

#define REFUSED (-1)

static void reads(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        hg_time_format format;
        hg_str text;
        int64_t seconds;
    } rows[] = {
        {"zero", HG_TIME_UNIX, S("0"), 0},
        {"plain", HG_TIME_UNIX, S("1767225600"), 1767225600},
        {"the largest", HG_TIME_UNIX, S("9007199254740992"), 9007199254740992},
        {"above the largest", HG_TIME_UNIX, S("9007199254740993"), REFUSED},
        {"17 digits", HG_TIME_UNIX, S("10000000000000000"), REFUSED},
        {"64 bits overflow", HG_TIME_UNIX, S("18446744073709551616"), REFUSED},
        {"empty", HG_TIME_UNIX, S(""), REFUSED},
        {"plus", HG_TIME_UNIX, S("+1767225600"), REFUSED},
        {"minus", HG_TIME_UNIX, S("-1"), REFUSED},
        {"leading zero", HG_TIME_UNIX, S("01767225600"), REFUSED},
        {"two zeros", HG_TIME_UNIX, S("00"), REFUSED},
        {"blank in front", HG_TIME_UNIX, S(" 1"), REFUSED},
        {"blank behind", HG_TIME_UNIX, S("1 "), REFUSED},
        {"fraction", HG_TIME_UNIX, S("1.5"), REFUSED},
        {"exponent", HG_TIME_UNIX, S("1e9"), REFUSED},
        {"hex", HG_TIME_UNIX, S("0x10"), REFUSED},
        {"NUL behind", HG_TIME_UNIX, S("1\0"), REFUSED},
        {"ms are floored", HG_TIME_UNIX_MS, S("1767225600999"), 1767225600},
        {"ms leading zero", HG_TIME_UNIX_MS, S("01767225600999"), REFUSED},
        {"rfc3339", HG_TIME_RFC3339, S("2026-01-01T00:00:00Z"), 1767225600},
        {"the epoch", HG_TIME_RFC3339, S("1970-01-01T00:00:00Z"), 0},
        {"before the epoch", HG_TIME_RFC3339, S("1969-12-31T23:59:59Z"), REFUSED},
        {"before it by the offset", HG_TIME_RFC3339, S("1970-01-01T00:00:00+00:01"), REFUSED},
        {"east", HG_TIME_RFC3339, S("2026-01-01T01:30:00+01:30"), 1767225600},
        {"west", HG_TIME_RFC3339, S("2025-12-31T19:00:00-05:00"), 1767225600},
        {"fraction floored", HG_TIME_RFC3339, S("2026-01-01T00:00:00.999999999Z"), 1767225600},
        {"ten digits of fraction", HG_TIME_RFC3339, S("2026-01-01T00:00:00.0000000000Z"), REFUSED},
        {"point without digits", HG_TIME_RFC3339, S("2026-01-01T00:00:00.Z"), REFUSED},
        {"no offset", HG_TIME_RFC3339, S("2026-01-01T00:00:00"), REFUSED},
        {"offset hours", HG_TIME_RFC3339, S("2026-01-01T00:00:00+24:00"), REFUSED},
        {"offset minutes", HG_TIME_RFC3339, S("2026-01-01T00:00:00+01:60"), REFUSED},
        {"offset without colon", HG_TIME_RFC3339, S("2026-01-01T00:00:00+0100"), REFUSED},
        {"lower case", HG_TIME_RFC3339, S("2026-01-01t00:00:00z"), REFUSED},
        {"blank for T", HG_TIME_RFC3339, S("2026-01-01 00:00:00Z"), REFUSED},
        {"leap second", HG_TIME_RFC3339, S("2016-12-31T23:59:60Z"), REFUSED},
        {"hour 24", HG_TIME_RFC3339, S("2026-01-01T24:00:00Z"), REFUSED},
        {"month 13", HG_TIME_RFC3339, S("2026-13-01T00:00:00Z"), REFUSED},
        {"month 0", HG_TIME_RFC3339, S("2026-00-01T00:00:00Z"), REFUSED},
        {"day 0", HG_TIME_RFC3339, S("2026-01-00T00:00:00Z"), REFUSED},
        {"29 February in a leap year", HG_TIME_RFC3339, S("2024-02-29T00:00:00Z"), 1709164800},
        {"in another", HG_TIME_RFC3339, S("2026-02-29T00:00:00Z"), REFUSED},
        {"in 2100", HG_TIME_RFC3339, S("2100-02-29T00:00:00Z"), REFUSED},
        {"31 April", HG_TIME_RFC3339, S("2026-04-31T00:00:00Z"), REFUSED},
        {"31 August", HG_TIME_RFC3339, S("2026-08-31T00:00:00Z"), 1788134400},
        {"the last year", HG_TIME_RFC3339, S("9999-12-31T23:59:59Z"), 253402300799},
        {"http-date", HG_TIME_HTTP_DATE, S("Thu, 01 Jan 2026 00:00:00 GMT"), 1767225600},
        {"wrong weekday", HG_TIME_HTTP_DATE, S("Fri, 01 Jan 2026 00:00:00 GMT"), REFUSED},
        {"one digit of day", HG_TIME_HTTP_DATE, S("Thu, 1 Jan 2026 00:00:00 GMT"), REFUSED},
        {"another zone", HG_TIME_HTTP_DATE, S("Thu, 01 Jan 2026 00:00:00 UTC"), REFUSED},
        {"unknown month", HG_TIME_HTTP_DATE, S("Thu, 01 Jux 2026 00:00:00 GMT"), REFUSED},
        {"text behind", HG_TIME_HTTP_DATE, S("Thu, 01 Jan 2026 00:00:00 GMT "), REFUSED},
        {"opaque is no time", HG_TIME_OPAQUE, S("1767225600"), REFUSED},
        {"no such format", (hg_time_format) 0, S("1"), REFUSED},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds = REFUSED;
        hg_str text = exact(rows[i].text);
        bool read = hg_time_parse(rows[i].format, text, &seconds);
        drop(text);
        HOLDS(read == (rows[i].seconds != REFUSED), i);
        HOLDS(seconds == rows[i].seconds, i);
    }
}

static void reads_what_it_writes(void **state)
{
    (void) state;
    static const hg_time_format formats[] = {HG_TIME_UNIX, HG_TIME_UNIX_MS, HG_TIME_RFC3339,
                                             HG_TIME_HTTP_DATE};
    for (int64_t t = 0; t < 253402300800; t += 86400 * 31 + 3607) {
        for (size_t f = 0; f < COUNT(formats); f++) {
            char text[HG_TIME_TEXT_MAX];
            int64_t back = -1;
            size_t len = hg_time_print(formats[f], t, text);
            assert_true(len > 0);
            assert_true(hg_time_parse(formats[f], (hg_str){text, len}, &back));
            assert_int_equal(back, t);
        }
    }
}

static void refuses_to_write(void **state)
{
    (void) state;
    char text[HG_TIME_TEXT_MAX];
    assert_int_equal(hg_time_print(HG_TIME_UNIX, -1, text), 0);
    assert_int_equal(hg_time_print(HG_TIME_UNIX, HG_TOLERANCE_MAX + 1, text), 0);
    assert_int_equal(hg_time_print(HG_TIME_UNIX_MS, HG_TOLERANCE_MAX / 1000 + 1, text), 0);
    assert_int_equal(hg_time_print(HG_TIME_RFC3339, 253402300800, text), 0);
    assert_true(hg_time_print(HG_TIME_RFC3339, 253402300799, text) == 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads),
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(refuses_to_write),
    };
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
