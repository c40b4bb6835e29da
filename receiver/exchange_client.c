/* SPDX-License-Identifier: MIT
 *
 * Who a request comes from, and what is remembered of it: refusals by address, counts, quarantine.
 */
#include "receiver/exchange.h"

void exchange_from(struct exchange *exchange, const struct ip *peer, hg_str text)
{
    exchange->client = *peer;
    exchange->client_text = text;
}

/* Of a head with more headers than are kept the last ones are missing, which count here. */
void exchange_find_client(struct exchange *exchange, const struct head *head)
{
    const struct trust *trust = &exchange->service->config->trust;
    struct ip peer = exchange->client;
    if (head->header_count > HEAD_HEADERS_MAX || !trust_holds(trust, &peer)) {
        return;
    }
    forwarded_client(trust, head, &peer, &exchange->client);
    exchange->client_text.len = ip_print(&exchange->client, exchange->client_room);
    exchange->client_text.ptr = exchange->client_room;
}

/* A proxy that does not say whom it speaks for speaks for everyone: it is never blocked. */
static bool counts_refusals(const struct exchange *exchange)
{
    const struct service *service = exchange->service;
    return service->peers != NULL && service->config->limits.refused_per_minute > 0 &&
           !trust_holds(&service->config->trust, &exchange->client);
}

bool exchange_is_blocked(const struct exchange *exchange)
{
    return counts_refusals(exchange) &&
           peers_blocked(exchange->service->peers, &exchange->client,
                         exchange->service->config->limits.refused_per_minute, exchange->begun_ms);
}

void exchange_quarantine(const struct exchange *exchange, hg_status status)
{
    struct quarantine *quarantine = exchange->service->quarantine;
    if (quarantine == NULL || !quarantine_wants(quarantine, status)) {
        return;
    }
    hg_request request = exchange->stored;
    request.body = buf_str(&exchange->body);
    struct quarantine_item item = {.status = status,
                                   .endpoint = exchange->endpoint->name,
                                   .client = exchange->client_text,
                                   .received_s = exchange->service->now.wall_ms / 1000,
                                   .request = &request};
    quarantine_add(quarantine, &item);
}

void exchange_account(struct exchange *exchange)
{
    struct service *service = exchange->service;
    if (exchange->accounted) {
        return;
    }
    exchange->accounted = true;
    if (exchange->blamed && counts_refusals(exchange)) {
        peers_refused(service->peers, &exchange->client, service->config->limits.refused_per_minute,
                      exchange->begun_ms);
    }
    if (service->metrics != NULL) {
        const struct delivery *delivery = &exchange->job.delivery;
        struct metrics_request request = {.status = exchange->status,
                                          .kept = exchange->job.kept,
                                          .duplicate = delivery->duplicate,
                                          .key_label = delivery->key_label};
        if (exchange->endpoint != NULL) {
            request.endpoint = exchange->endpoint->name;
        }
        metrics_request(service->metrics, &request);
    }
}
