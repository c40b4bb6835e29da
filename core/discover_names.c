/* SPDX-License-Identifier: MIT
 *
 * Discovering: what a header's name and value suggest.
 *
 * Suggestions decide what is tried first and what a proven part is called, never what is accepted.
 */
#include "core/discover.h"
#include "core/text.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

static bool is_letter(char c)
{
    return lower(c) >= 'a' && lower(c) <= 'z';
}

/* Whether a word stands in a name, on its own ("X-Event-Key" has "event", "Prevent" has not). */
static bool has_word(hg_str name, const char *word)
{
    size_t len = strlen(word);
    for (size_t i = 0; i + len <= name.len; i++) {
        bool starts = i == 0 || !is_letter(name.ptr[i - 1]);
        bool ends = i + len == name.len || !is_letter(name.ptr[i + len]);
        if (starts && ends && hgi_same_name(hgi_part(name, i, len), hg_text(word))) {
            return true;
        }
    }
    return false;
}

static bool has_one_of(hg_str name, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (has_word(name, *words)) {
            return true;
        }
    }
    return false;
}

static bool names_time(hg_str name)
{
    static const char *const words[] = {"timestamp", "time", "ts", "date", "t", NULL};
    return has_one_of(name, words);
}

bool hgi_names_id(hg_str name)
{
    static const char *const words[] = {"id",   "delivery", "nonce",       "random", "uuid",
                                        "guid", "salt",     "idempotency", NULL};
    /* These ids name a sender or a receiver and are the same in each delivery. */
    static const char *const owners[] = {
        "client", "app", "application", "account",  "shop",     "store", "user",
        "tenant", "org", "project",     "customer", "merchant", NULL};
    return has_one_of(name, words) && !has_one_of(name, owners);
}

bool hgi_names_event(hg_str name)
{
    static const char *const words[] = {"event",    "topic", "type", "action",
                                        "resource", "kind",  NULL};
    return has_one_of(name, words) && !hgi_names_id(name) && !names_time(name) &&
           !has_word(name, "content");
}

/* ---- Times ----------------------------------------------------------------------------------- */

/* Times that a delivery of today can state: the years 2000 to 2099. */
static bool is_plausible(int64_t seconds)
{
    return seconds >= 946684800 && seconds < 4102444800;
}

#define SECONDS_BELOW 100000000000 /* a number up to here is rather seconds than milliseconds */

static hg_time_format guess_number(hg_str name, hg_str text, bool *sure)
{
    int64_t seconds = 0;
    int64_t from_ms = 0;
    if (!hg_time_parse(HG_TIME_UNIX, text, &seconds) ||
        !hg_time_parse(HG_TIME_UNIX_MS, text, &from_ms)) {
        return 0;
    }
    *sure = is_plausible(seconds) != is_plausible(from_ms);
    if (*sure) {
        return is_plausible(seconds) ? HG_TIME_UNIX : HG_TIME_UNIX_MS;
    }
    if (!names_time(name)) {
        return 0;
    }
    return seconds < SECONDS_BELOW ? HG_TIME_UNIX : HG_TIME_UNIX_MS;
}

hg_time_format hgi_guess_time(hg_str name, hg_str text, bool *sure)
{
    int64_t seconds;
    hg_time_format number = guess_number(name, text, sure);
    if (number != 0) {
        return number;
    }
    *sure = true;
    if (hg_time_parse(HG_TIME_RFC3339, text, &seconds)) {
        return HG_TIME_RFC3339;
    }
    if (hg_time_parse(HG_TIME_HTTP_DATE, text, &seconds)) {
        return HG_TIME_HTTP_DATE;
    }
    *sure = false;
    return names_time(name) && hgi_is_visible(text) ? HG_TIME_OPAQUE : 0;
}

/* ---- Ranks ----------------------------------------------------------------------------------- */

/* Headers of HTTP itself and of proxies, which hardly anybody signs. */
static bool is_transport(hg_str name)
{
    static const char *const names[] = {"accept",
                                        "accept-encoding",
                                        "accept-language",
                                        "cache-control",
                                        "connection",
                                        "content-length",
                                        "content-encoding",
                                        "cookie",
                                        "expect",
                                        "forwarded",
                                        "keep-alive",
                                        "origin",
                                        "pragma",
                                        "referer",
                                        "te",
                                        "traceparent",
                                        "tracestate",
                                        "baggage",
                                        "transfer-encoding",
                                        "upgrade",
                                        "user-agent",
                                        "via",
                                        "x-real-ip",
                                        "true-client-ip",
                                        "x-amzn-trace-id",
                                        "cdn-loop",
                                        "sentry-trace",
                                        NULL};
    static const char *const families[] = {"x-forwarded-", "cf-",      "sec-",
                                           "x-b3-",        "x-envoy-", NULL};
    for (size_t i = 0; names[i] != NULL; i++) {
        if (hgi_same_name(name, hg_text(names[i]))) {
            return true;
        }
    }
    for (size_t i = 0; families[i] != NULL; i++) {
        size_t len = strlen(families[i]);
        if (name.len > len && hgi_same_name(hgi_part(name, 0, len), hg_text(families[i]))) {
            return true;
        }
    }
    return false;
}

static bool is_standard(hg_str name)
{
    static const char *const names[] = {"content-type", "content-md5",    "date", "host",
                                        "digest",       "content-digest", NULL};
    for (size_t i = 0; names[i] != NULL; i++) {
        if (hgi_same_name(name, hg_text(names[i]))) {
            return true;
        }
    }
    return false;
}

unsigned hgi_rank_header(hg_str name, hg_str value)
{
    bool sure;
    if (is_transport(name)) {
        return HGI_RANK_LAST;
    }
    if (is_standard(name)) {
        return HGI_RANK_STANDARD;
    }
    if (hgi_guess_time(name, value, &sure) != 0) {
        return HGI_RANK_TIME;
    }
    return hgi_names_id(name) || hgi_names_event(name) ? HGI_RANK_NAMED : HGI_RANK_OTHER;
}
