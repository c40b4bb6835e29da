/* SPDX-License-Identifier: MIT
 *
 * Times as text: strict readers, and the writers that a sender needs.
 */
#include <stdio.h>

#include "core/text.h"

#define DAY_S 86400
#define UNIX_DIGITS_MAX 16 /* 2^53 has 16 */

static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char weekdays[] = "ThuFriSatSunMonTueWed"; /* day 0 of the epoch was a Thursday */

/* A civil time in UTC. */
struct civil {
    int64_t year;
    int64_t month; /* 1 to 12 */
    int64_t day;
    int64_t hour, minute, second;
};

/* Days since 1970-01-01, in the proleptic Gregorian calendar. Years are counted from March, so that
 * the leap day is the last of its year. */
static int64_t days_from_civil(int64_t year, int64_t month, int64_t day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t month_from_march = (month + 9) % 12;
    int64_t day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    int64_t leap_days = y / 4 - y / 100 + y / 400;
    return 365 * y + leap_days + day_of_year - 719468;
}

static struct civil civil_from_seconds(int64_t seconds)
{
    int64_t days = seconds / DAY_S;
    int64_t rest = seconds % DAY_S;
    int64_t year = 1970 + days / 366; /* never too late */
    while (days_from_civil(year + 1, 1, 1) <= days) {
        year++;
    }
    int64_t month = 12;
    while (days_from_civil(year, month, 1) > days) {
        month--;
    }
    return (struct civil){year,        month,          days - days_from_civil(year, month, 1) + 1,
                          rest / 3600, rest / 60 % 60, rest % 60};
}

static int64_t days_in_month(int64_t year, int64_t month)
{
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 ? 28 + leap : 30 + ((month + month / 8) % 2);
}

/* Seconds since the epoch; false for a date that does not exist, a leap second, or before 1970. */
static bool seconds_from_civil(const struct civil *t, int64_t *seconds)
{
    if (t->month < 1 || t->month > 12 || t->day < 1 || t->day > days_in_month(t->year, t->month) ||
        t->hour > 23 || t->minute > 59 || t->second > 59) {
        return false;
    }
    *seconds = days_from_civil(t->year, t->month, t->day) * DAY_S + t->hour * 3600 +
               t->minute * 60 + t->second;
    return true;
}

/* Reads exactly `count` digits at `at`. */
static bool digits(hg_str text, size_t at, size_t count, int64_t *value)
{
    int64_t sum = 0;
    if (at + count > text.len) {
        return false;
    }
    for (size_t i = at; i < at + count; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
        sum = sum * 10 + (text.ptr[i] - '0');
    }
    *value = sum;
    return true;
}

static bool parse_unix(hg_str text, int64_t unit, int64_t *seconds)
{
    int64_t value;
    if (text.len == 0 || text.len > UNIX_DIGITS_MAX || (text.ptr[0] == '0' && text.len > 1) ||
        !digits(text, 0, text.len, &value) || value > HG_TOLERANCE_MAX) {
        return false;
    }
    *seconds = value / unit;
    return true;
}

/* Whether the pattern's punctuation stands in text; '0' in the pattern is any character. */
static bool punctuated(hg_str text, const char *pattern)
{
    size_t len = strlen(pattern);
    if (text.len < len) {
        return false;
    }
    for (size_t i = 0; i < len; i++) {
        if (pattern[i] != '0' && pattern[i] != text.ptr[i]) {
            return false;
        }
    }
    return true;
}

/* "Z" or "+hh:mm" or "-hh:mm"; the offset east of UTC in seconds. */
static bool parse_offset(hg_str text, int64_t *offset)
{
    int64_t hours, minutes;
    if (text.len == 1 && text.ptr[0] == 'Z') {
        *offset = 0;
        return true;
    }
    if (text.len != 6 || (text.ptr[0] != '+' && text.ptr[0] != '-') || text.ptr[3] != ':' ||
        !digits(text, 1, 2, &hours) || !digits(text, 4, 2, &minutes) || hours > 23 ||
        minutes > 59) {
        return false;
    }
    *offset = (hours * 3600 + minutes * 60) * (text.ptr[0] == '-' ? -1 : 1);
    return true;
}

/* "2026-01-01T00:00:00[.fraction](Z|+hh:mm)". A fraction is dropped: it counts forward in time, so
 * that floors it. */
static bool parse_rfc3339(hg_str text, int64_t *seconds)
{
    struct civil t;
    int64_t offset, local;
    size_t at = 19;
    if (!punctuated(text, "0000-00-00T00:00:00") || !digits(text, 0, 4, &t.year) ||
        !digits(text, 5, 2, &t.month) || !digits(text, 8, 2, &t.day) ||
        !digits(text, 11, 2, &t.hour) || !digits(text, 14, 2, &t.minute) ||
        !digits(text, 17, 2, &t.second)) {
        return false;
    }
    if (at < text.len && text.ptr[at] == '.') {
        size_t first = ++at;
        while (at < text.len && text.ptr[at] >= '0' && text.ptr[at] <= '9') {
            at++;
        }
        if (at == first || at - first > 9) { /* nanoseconds are the finest anyone sends */
            return false;
        }
    }
    if (!parse_offset(hgi_part(text, at, text.len - at), &offset) ||
        !seconds_from_civil(&t, &local) || local - offset < 0) {
        return false;
    }
    *seconds = local - offset;
    return true;
}

/* "Thu, 01 Jan 2026 00:00:00 GMT": the only form RFC 9110 section 5.6.7 lets a sender make. */
static bool parse_http_date(hg_str text, int64_t *seconds)
{
    struct civil t;
    int64_t value;
    if (text.len != 29 || !punctuated(text, "000, 00 000 0000 00:00:00 GMT") ||
        !digits(text, 5, 2, &t.day) || !digits(text, 12, 4, &t.year) ||
        !digits(text, 17, 2, &t.hour) || !digits(text, 20, 2, &t.minute) ||
        !digits(text, 23, 2, &t.second)) {
        return false;
    }
    t.month = 0;
    for (int64_t m = 0; m < 12; m++) {
        if (memcmp(text.ptr + 8, months + 3 * m, 3) == 0) {
            t.month = m + 1;
        }
    }
    if (!seconds_from_civil(&t, &value) || value < 0 ||
        memcmp(text.ptr, weekdays + 3 * (value / DAY_S % 7), 3) != 0) {
        return false;
    }
    *seconds = value;
    return true;
}

bool hg_time_parse(hg_time_format format, hg_str text, int64_t *seconds)
{
    switch (format) {
    case HG_TIME_UNIX: return parse_unix(text, 1, seconds);
    case HG_TIME_UNIX_MS: return parse_unix(text, 1000, seconds);
    case HG_TIME_RFC3339: return parse_rfc3339(text, seconds);
    case HG_TIME_HTTP_DATE: return parse_http_date(text, seconds);
    case HG_TIME_OPAQUE: return false;
    }
    return false;
}

static size_t print_civil(hg_time_format format, int64_t seconds, char *out)
{
    struct civil t = civil_from_seconds(seconds);
    int wrote;
    if (format == HG_TIME_RFC3339) {
        wrote = snprintf(out, HG_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02dZ", (int) t.year,
                         (int) t.month, (int) t.day, (int) t.hour, (int) t.minute, (int) t.second);
    } else {
        wrote =
            snprintf(out, HG_TIME_TEXT_MAX, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                     weekdays + 3 * (seconds / DAY_S % 7), (int) t.day, months + 3 * (t.month - 1),
                     (int) t.year, (int) t.hour, (int) t.minute, (int) t.second);
    }
    return wrote > 0 && wrote < HG_TIME_TEXT_MAX ? (size_t) wrote : 0;
}

#define YEAR_10000_S 253402300800 /* the first second that needs five digits of year */

size_t hg_time_print(hg_time_format format, int64_t seconds, char out[HG_TIME_TEXT_MAX])
{
    if (seconds < 0 || seconds > HG_TOLERANCE_MAX) {
        return 0;
    }
    if (format == HG_TIME_RFC3339 || format == HG_TIME_HTTP_DATE) {
        return seconds < YEAR_10000_S ? print_civil(format, seconds, out) : 0;
    }
    if (format == HG_TIME_UNIX_MS && seconds > HG_TOLERANCE_MAX / 1000) {
        return 0;
    }
    int64_t value = format == HG_TIME_UNIX_MS ? seconds * 1000 : seconds;
    int wrote = snprintf(out, HG_TIME_TEXT_MAX, "%lld", (long long) value);
    return wrote > 0 && wrote < HG_TIME_TEXT_MAX ? (size_t) wrote : 0;
}
