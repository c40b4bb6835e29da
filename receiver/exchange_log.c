/* SPDX-License-Identifier: MIT
 *
 * The log line of a request.
 */
#include "receiver/exchange.h"

#define LOG_FIELDS_MAX 11

/* What a delivery claims is named only once it has verified, and only what the signature covers. */
void exchange_log(const struct exchange *exchange)
{
    struct log_field fields[LOG_FIELDS_MAX];
    size_t count = 0;
    const struct delivery *delivery = &exchange->job.delivery;
    const struct moment *now = &exchange->service->now;
    if (exchange->service->log == NULL || !log_wants(exchange->service->log, LOG_INFO)) {
        return;
    }
    if (exchange->endpoint != NULL) {
        fields[count++] = LOG_TEXT("endpoint", exchange->endpoint->name);
    }
    fields[count++] = LOG_TEXT("status", hg_text(exchange->status));
    fields[count++] = LOG_NUMBER("http", exchange->http);
    fields[count++] = LOG_NUMBER("bytes", (int64_t) exchange->body_len);
    fields[count++] = LOG_NUMBER("ms", now->steady_ms - exchange->begun_ms);
    fields[count++] = LOG_TEXT("client", exchange->client_text);
    if (exchange->verdict.status == HG_OK) {
        fields[count++] = LOG_TEXT("key", delivery->key_label);
        if (delivery->event_signed) {
            fields[count++] = LOG_TEXT("event_name", delivery->event);
        }
        if (exchange->no_body_id) {
            fields[count++] = LOG_TEXT("id_from", hg_text("missing"));
        }
        if (exchange->job.kept) {
            fields[count++] = LOG_NUMBER("row", delivery->row);
            fields[count++] = LOG_NUMBER("duplicate", delivery->duplicate ? 1 : 0);
        }
    }
    log_add(exchange->service->log, LOG_INFO, now->wall_ms, "request", fields, count);
}
