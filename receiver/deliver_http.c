/* SPDX-License-Identifier: MIT
 *
 * An attempt over HTTP: the original body and headers, posted to the user's program.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "receiver/deliver_parts.h"

#define CONNECT_TIMEOUT_MS 10000 /* a program on the same machine or network answers at once */
#define NAMES_MAX ((size_t) 512) /* bytes of all our headers' names */

struct headers {
    hg_header list[HG_HEADERS_MAX + FACT_COUNT + 1];
    size_t count;
    char names[NAMES_MAX];
    size_t names_len;
};

static void add(struct headers *headers, hg_str name, hg_str value)
{
    headers->list[headers->count++] = (hg_header){name, value};
}

static void add_fact(struct headers *headers, hg_str name, hg_str value)
{
    size_t room = NAMES_MAX - headers->names_len;
    char *at = headers->names + headers->names_len;
    int length = snprintf(at, room, "X-Hookgauge-%.*s", (int) name.len, name.ptr);
    if (length > 0 && (size_t) length < room) {
        headers->names_len += (size_t) length + 1;
        add(headers, (hg_str){at, (size_t) length}, value);
    }
}

static bool is_authorization(hg_str name)
{
    static const char wanted[] = "Authorization";
    return name.len == sizeof(wanted) - 1 && strncasecmp(name.ptr, wanted, name.len) == 0;
}

static void fill(struct headers *headers, const struct target *target, const hg_request *request,
                 const struct facts *facts)
{
    headers->count = headers->names_len = 0;
    for (size_t i = 0; i < request->header_count && i < HG_HEADERS_MAX; i++) {
        const hg_header *header = &request->headers[i];
        bool replaced = target->authorization.len > 0 && is_authorization(header->name);
        if (!replaced && header_goes_on(request, header->name)) {
            add(headers, header->name, header->value);
        }
    }
    if (target->authorization.len > 0) {
        add(headers, hg_text("Authorization"), buf_str(&target->authorization));
    }
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (facts->values[i].ptr != NULL) {
            add_fact(headers, facts->names[i], facts->values[i]);
        }
    }
}

static void judge(const struct target *target, const struct transport_answer *answer, bool stopped,
                  struct outcome *outcome)
{
    if (answer->result != TRANSPORT_ANSWERED) {
        outcome->kind = stopped ? OUTCOME_STOPPED : OUTCOME_LATER;
        (void) snprintf(outcome->text, sizeof(outcome->text), "%.*s",
                        (int) sizeof(outcome->text) - 1, answer->error);
        return;
    }
    outcome->status = answer->status;
    outcome->retry_after_s = answer->retry_after_s;
    (void) snprintf(outcome->text, sizeof(outcome->text), "answered %d", answer->status);
    if (answer->status >= 200 && answer->status <= 299) {
        outcome->kind = OUTCOME_DONE;
    } else {
        outcome->kind = target_is_dead(target, answer->status) ? OUTCOME_DEAD : OUTCOME_LATER;
    }
}

struct outcome deliver_http(struct transport *transport, const struct target *target,
                            const hg_request *request, const struct facts *facts,
                            const struct stop_flag *stop)
{
    struct outcome outcome = {.retry_after_s = -1};
    struct headers headers;
    fill(&headers, target, request, facts);
    long timeout_ms = (long) target->timeout_ms;
    struct transport_call call = {
        .method = "POST",
        .url = target->url.ptr,
        .headers = headers.list,
        .header_count = headers.count,
        .body = request->body,
        .connect_timeout_ms = timeout_ms < CONNECT_TIMEOUT_MS ? timeout_ms : CONNECT_TIMEOUT_MS,
        .total_timeout_ms = timeout_ms,
    };
    struct transport_answer answer = transport_call(transport, &call);
    judge(target, &answer, stop_flag_is_set(stop), &outcome);
    return outcome;
}
