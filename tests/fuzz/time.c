/* SPDX-License-Identifier: MIT
 *
 * hg_time_parse and hg_time_print: what parses prints back to the same second, the plain numbers to
 * the same text, and the calendar is the C library's.
 */
#include <time.h>

#include "tests/fuzz/input.h"

#define YEAR_10000                                                                                 \
    INT64_C(253402300800) /* the first second that four digits of year can't state                 \
                           */

/* The C library's idea of a printed date; the formats below read no locale's names. */
static void check_calendar(hg_time_format format, const char *text, size_t len, int64_t seconds)
{
    char want[64];
    struct tm tm;
    time_t when = (time_t) seconds;
    MUST(gmtime_r(&when, &tm) != NULL);
    size_t wrote = strftime(
        want, sizeof want,
        format == HG_TIME_RFC3339 ? "%Y-%m-%dT%H:%M:%SZ" : "%a, %d %b %Y %H:%M:%S GMT", &tm);
    MUST(wrote == len && memcmp(want, text, len) == 0);
}

static void check_print(hg_time_format format, int64_t seconds)
{
    char text[HG_TIME_TEXT_MAX];
    int64_t again = -1;
    bool dated = format == HG_TIME_RFC3339 || format == HG_TIME_HTTP_DATE;
    size_t len = hg_time_print(format, seconds, text);
    MUST(len <= sizeof text);
    if (len == 0) {
        MUST(dated ? seconds >= YEAR_10000
                   : format == HG_TIME_UNIX_MS && seconds > HG_TOLERANCE_MAX / 1000);
        return;
    }
    hg_str printed = exact((hg_str){text, len});
    if (format != HG_TIME_OPAQUE) {
        MUST(hg_time_parse(format, printed, &again) && again == seconds);
    }
    if (dated) {
        check_calendar(format, text, len, seconds);
    }
    exact_free(printed);
}

static void check_parse(hg_time_format format, hg_str text)
{
    char printed[HG_TIME_TEXT_MAX];
    int64_t seconds = -1;
    if (!hg_time_parse(format, text, &seconds)) {
        MUST(seconds == -1);
        return;
    }
    MUST(format != HG_TIME_OPAQUE && seconds >= 0 && seconds <= HG_TOLERANCE_MAX);
    check_print(format, seconds);
    size_t len = hg_time_print(format, seconds, printed);
    if (format == HG_TIME_UNIX || format == HG_TIME_HTTP_DATE) {
        MUST(same((hg_str){printed, len}, text)); /* these have one spelling for each second */
    } else if (format == HG_TIME_UNIX_MS && text.len > 3) {
        MUST(len == text.len && memcmp(printed, text.ptr, len - 3) == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    hg_time_format format = (hg_time_format) (take_byte(&input) % 5 + 1);
    hg_str text = exact(take_rest(&input));
    int64_t seconds = 0;
    memcpy(&seconds, text.ptr, text.len < sizeof seconds ? text.len : sizeof seconds);
    check_parse(format, text);
    check_print(format, (int64_t) ((uint64_t) seconds % ((uint64_t) HG_TOLERANCE_MAX + 1)));
    exact_free(text);
    return 0;
}
