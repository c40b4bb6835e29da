/* SPDX-License-Identifier: MIT
 *
 * Causes of a delivery that is stale: its MAC holds, the time it states is outside the window.
 */
#include <stdio.h>

#include "core/explain.h"
#include "core/text.h"

enum {
    QUARTER_S = 900,        /* offsets of time zones are whole quarters of an hour, */
    ZONE_MAX_S = 14 * 3600, /* at most 14 hours, */
    NEAR_S = 120,           /* give or take a transmission and two clocks */
    YEAR_S = 366 * 86400    /* a time so near to now is read right */
};

enum { MS_AS_S, S_AS_MS, ZONE, LATE, EARLY };

static const struct hgi_cause causes[] = {
    [MS_AS_S] = {"time-ms-as-seconds", 1,
                 "the timestamp is in milliseconds and was read as seconds",
                 "set timestamp.format in the scheme to unix-ms"},
    [S_AS_MS] = {"time-seconds-as-ms", 1,
                 "the timestamp is in seconds and was read as milliseconds",
                 "set timestamp.format in the scheme to unix"},
    [ZONE] = {"clock-time-zone", 2,
              "the signature holds; the times differ as a clock does that is set to local time",
              "have both sides use UTC"},
    [LATE] = {"clock-late", 3, "the signature holds; the delivery is older than the scheme allows",
              "compare both clocks with NTP; a delivery that waited in a queue must be signed "
              "anew, and one that was replayed is rightly refused"},
    [EARLY] = {"clock-early", 3,
               "the signature holds; the delivery is from further in the future than the scheme "
               "allows",
               "compare both clocks with NTP: yours is behind or the sender's ahead"},
};

const struct hgi_cause *hgi_clock_cause(size_t index)
{
    return index < sizeof causes / sizeof causes[0] ? &causes[index] : NULL;
}

static bool is_near(int64_t seconds, int64_t now)
{
    return seconds > now - YEAR_S && seconds < now + YEAR_S;
}

static bool is_zone(int64_t age)
{
    int64_t away = age < 0 ? -age : age;
    int64_t over = away % QUARTER_S;
    return away > QUARTER_S - NEAR_S && away <= ZONE_MAX_S + NEAR_S &&
           (over <= NEAR_S || over >= QUARTER_S - NEAR_S);
}

size_t hgi_clock_causes(const hg_explaining *options, const hg_request *request,
                        struct hgi_steps out[HGI_CLOCK_MAX])
{
    const hg_scheme *scheme = options->scheme;
    struct hgi_reading reading;
    char detail[HG_DETAIL_MAX];
    int64_t ms;
    size_t count = 0;
    if (hgi_read_stated(scheme, request, &reading) != HG_OK) {
        return 0;
    }
    int64_t age = options->now - reading.seconds;
    memset(out, 0, HGI_CLOCK_MAX * sizeof *out);
    snprintf(detail, sizeof detail, "%lld s %s than now, %lld s are allowed",
             (long long) (age < 0 ? -age : age), age < 0 ? "later" : "older",
             (long long) scheme->row.timestamp.tolerance_s);
    if (scheme->time_format == HG_TIME_UNIX && is_near(reading.seconds / 1000, options->now)) {
        (void) hgi_step(&out[count++], &causes[MS_AS_S], NULL);
        return count;
    }
    if (scheme->time_format == HG_TIME_UNIX_MS &&
        hg_time_parse(HG_TIME_UNIX, reading.timestamp, &ms) && is_near(ms, options->now)) {
        (void) hgi_step(&out[count++], &causes[S_AS_MS], NULL);
        return count;
    }
    if (is_zone(age)) {
        (void) hgi_step(&out[count++], &causes[ZONE], detail);
    }
    (void) hgi_step(&out[count++], &causes[age > 0 ? LATE : EARLY], detail);
    return count;
}
