/* SPDX-License-Identifier: MIT
 *
 * See deliver.h: which headers go on and what is added to them.
 */
#include "receiver/deliver.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "receiver/deliver_parts.h"

struct deliverer {
    struct transport *transport;
    const struct stop_flag *stop;
    struct buf text; /* of the facts */
};

/* ---- Headers --------------------------------------------------------------------------------- */

/* A letter in lower case, a digit, or '-' for any sign: programs that get headers as variables see
 * "X.Hookgauge.Event" and "X_Hookgauge_Event" under one name (PHP, CGI, WSGI). */
static char name_byte(char byte)
{
    if (byte >= 'A' && byte <= 'Z') {
        return (char) (byte | 0x20);
    }
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ? byte : '-';
}

/* Whether the name begins like other, to such a program. */
static bool names_match(hg_str name, const char *other, size_t length)
{
    if (name.len < length) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (name_byte(name.ptr[i]) != name_byte(other[i])) {
            return false;
        }
    }
    return true;
}

static bool name_is(hg_str name, const char *other)
{
    return name.len == strlen(other) && names_match(name, other, name.len);
}

/* Whether a list "a, b" names a header. */
static bool list_names(hg_str list, hg_str name)
{
    size_t at = 0;
    while (at < list.len) {
        size_t end = at;
        while (end < list.len && list.ptr[end] != ',' && list.ptr[end] != ' ' &&
               list.ptr[end] != '\t') {
            end++;
        }
        if (end - at == name.len && names_match(name, list.ptr + at, name.len)) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

bool header_goes_on(const hg_request *request, hg_str name)
{
    static const char *const kept_back[] = {
        "Connection", "Proxy-Connection",    "Keep-Alive",        "TE",   "Trailer",
        "Upgrade",    "Proxy-Authorization", "Transfer-Encoding", "Host", "Content-Length",
        "Expect",     "Proxy-Authenticate"};
    static const char ours[] = "X-Hookgauge-";
    for (size_t i = 0; i < sizeof(kept_back) / sizeof(kept_back[0]); i++) {
        if (name_is(name, kept_back[i])) {
            return false;
        }
    }
    if (names_match(name, ours, sizeof(ours) - 1)) {
        return false;
    }
    for (size_t i = 0; i < request->header_count; i++) {
        if (name_is(request->headers[i].name, "Connection") &&
            list_names(request->headers[i].value, name)) {
            return false;
        }
    }
    return true;
}

/* ---- Facts ----------------------------------------------------------------------------------- */

/* Ends a value that began at start. Its place may move until all are there, so only the length is
 * noted. */
static void end_value(struct buf *text, size_t start, hg_str *value)
{
    value->len = text->len - start;
}

static void add_number(struct buf *text, int64_t number, hg_str *value)
{
    size_t start = text->len;
    (void) buf_addf(text, "%lld", (long long) number);
    end_value(text, start, value);
}

static void add_plain(struct buf *text, hg_str from, hg_str *value)
{
    (void) buf_add_str(text, from);
    value->len = from.len;
}

static void add_encoded(struct buf *text, hg_str from, hg_str *value)
{
    size_t start = text->len;
    for (size_t i = 0; i < from.len; i++) {
        unsigned char byte = (unsigned char) from.ptr[i];
        if (byte < 0x20 || byte == 0x7f || byte == '%') {
            (void) buf_addf(text, "%%%02X", byte);
        } else {
            (void) buf_add(text, &from.ptr[i], 1);
        }
    }
    end_value(text, start, value);
}

/* "2026-01-01T00:00:00.250Z" */
static void add_time(struct buf *text, int64_t ms, hg_str *value)
{
    char when[HG_TIME_TEXT_MAX];
    size_t start = text->len;
    size_t length = hg_time_print(HG_TIME_RFC3339, ms / 1000, when);
    (void) buf_addf(text, "%.*s.%03dZ", (int) (length > 0 ? length - 1 : 0), when,
                    (int) (ms % 1000));
    end_value(text, start, value);
}

static void set_names(const struct delivery *delivery, struct facts *facts)
{
    static const char *const names[FACT_COUNT] = {
        [FACT_DELIVERY] = "Delivery", [FACT_ATTEMPT] = "Attempt", [FACT_ENDPOINT] = "Endpoint",
        [FACT_EVENT] = "Event",       [FACT_ID] = "Id",           [FACT_KEY] = "Key",
        [FACT_RECEIVED] = "Received", [FACT_METHOD] = "Method",   [FACT_URL] = "Url"};
    for (size_t i = 0; i < FACT_COUNT; i++) {
        facts->names[i] = hg_text(names[i]);
    }
    if (!delivery->event_signed) {
        facts->names[FACT_EVENT] = hg_text("Unsigned-Event");
    }
    if (!delivery->id_signed) {
        facts->names[FACT_ID] = hg_text("Unsigned-Id");
    }
}

bool facts_make(const struct delivery *delivery, int64_t attempt, struct buf *text,
                struct facts *facts)
{
    hg_str *values = facts->values;
    memset(facts, 0, sizeof(*facts));
    buf_clear(text);
    set_names(delivery, facts);
    add_number(text, delivery->row, &values[FACT_DELIVERY]);
    add_number(text, attempt, &values[FACT_ATTEMPT]);
    add_encoded(text, delivery->endpoint, &values[FACT_ENDPOINT]);
    add_encoded(text, delivery->event, &values[FACT_EVENT]);
    add_encoded(text, delivery->id, &values[FACT_ID]);
    add_encoded(text, delivery->key_label, &values[FACT_KEY]);
    add_time(text, delivery->received_ms, &values[FACT_RECEIVED]);
    add_plain(text, delivery->request->method, &values[FACT_METHOD]);
    add_plain(text, delivery->request->url, &values[FACT_URL]);
    size_t at = 0;
    for (size_t i = 0; !text->failed && i < FACT_COUNT; i++) {
        if (values[i].len > 0) {
            values[i].ptr = text->ptr + at;
        }
        at += values[i].len;
    }
    return !text->failed;
}

/* ---- One attempt ----------------------------------------------------------------------------- */

bool target_is_dead(const struct target *target, int answer)
{
    for (size_t i = 0; i < target->dead_count; i++) {
        if (target->dead[i] == answer) {
            return true;
        }
    }
    return false;
}

struct deliverer *deliverer_new(const struct stop_flag *stop)
{
    struct deliverer *deliverer = calloc(1, sizeof(*deliverer));
    if (deliverer == NULL) {
        return NULL;
    }
    buf_init(&deliverer->text, FACTS_TEXT_MAX);
    deliverer->stop = stop;
    return deliverer;
}

void deliverer_free(struct deliverer *deliverer)
{
    if (deliverer != NULL) {
        transport_free(deliverer->transport);
        buf_free(&deliverer->text);
        free(deliverer);
    }
}

/* Made when it is first needed: a client costs memory that programs need not. */
static struct outcome post(struct deliverer *deliverer, const struct target *target,
                           const hg_request *request, const struct facts *facts,
                           struct outcome failed)
{
    if (deliverer->transport == NULL) {
        deliverer->transport = transport_new();
        if (deliverer->transport == NULL) {
            return failed;
        }
        transport_stop_when(deliverer->transport, deliverer->stop);
    }
    return deliver_http(deliverer->transport, target, request, facts, deliverer->stop);
}

struct outcome deliver_attempt(struct deliverer *deliverer, const struct target *target,
                               const struct delivery *delivery, int64_t attempt)
{
    int64_t begun_ms = clock_steady_ms();
    struct facts facts;
    struct outcome outcome = {
        .kind = OUTCOME_LATER, .retry_after_s = -1, .text = "out of memory here"};
    if (facts_make(delivery, attempt, &deliverer->text, &facts)) {
        outcome = target->kind == TARGET_EXEC
                      ? deliver_exec(target, delivery->request, &facts, deliverer->stop)
                      : post(deliverer, target, delivery->request, &facts, outcome);
    }
    outcome.took_ms = clock_steady_ms() - begun_ms;
    return outcome;
}
