/* SPDX-License-Identifier: MIT
 *
 * What a receiver tells its admin listener.
 */
#include "receiver/http.h"

/* A store that knows by itself is asked: its last commit may have been long ago, since a balancer
 * sends nothing to who is not ready. */
static bool store_failing(const struct http *http)
{
    const struct store *store = http->store;
    return store->ops->ready != NULL ? !store->ops->ready(http->store)
                                     : http->service.store_failing;
}

/* Whether deliveries should be sent here. */
static const char *unready(void *context)
{
    const struct http *http = context;
    if (http->closing) {
        return "draining";
    }
    return store_failing(http) ? "store" : NULL;
}

/* Fills what the endpoints that hand on have in their queues; returns how many those are. */
static size_t read_queues(const struct http *http, struct metrics_queue *queues)
{
    const struct config *config = http->service.config;
    struct deliver_counts counts;
    int64_t now_ms = clock_wall_ms();
    size_t count = 0;
    for (size_t i = 0; http->dispatch != NULL && i < config->endpoint_count; i++) {
        hg_str name = config->endpoints[i].name;
        if (!dispatch_counts(*http->dispatch, name, &counts)) {
            continue;
        }
        int64_t age_s = counts.oldest_ms != 0 ? (now_ms - counts.oldest_ms) / 1000 : 0;
        queues[count++] = (struct metrics_queue){.endpoint = name,
                                                 .waiting = (uint64_t) counts.waiting,
                                                 .oldest_s = age_s > 0 ? (uint64_t) age_s : 0,
                                                 .in_hand = (uint64_t) counts.in_hand,
                                                 .done = counts.done,
                                                 .later = counts.later,
                                                 .dead = counts.dead,
                                                 .stopped = counts.stopped,
                                                 .unknown = METRICS_NONE};
    }
    return count;
}

static void metrics(void *context, struct buf *out)
{
    const struct http *http = context;
    const struct service *service = &http->service;
    struct metrics_now now = {
        .connections = http->connections,
        .requests = http->begun,
        .body_bytes = service->bodies,
        .body_limit = service->config->limits.max_bytes_in_flight,
        .store_failing = store_failing(http),
        .draining = http->closing,
        .has_quarantine = service->quarantine != NULL,
    };
    struct metrics_queue queues[CONFIG_ENDPOINTS_MAX];
    now.queue_count = read_queues(http, queues);
    now.queues = queues;
    if (service->quarantine != NULL) {
        struct quarantine_counts counts = quarantine_counts(service->quarantine);
        now.quarantined = counts.kept;
        now.quarantine_dropped = counts.dropped;
    }
    metrics_print(service->metrics, &now, out);
}

struct MHD_Daemon *http_start_admin(struct http *http, int listen_fd)
{
    http->admin = (struct admin){unready, metrics, http, http->service.log};
    return admin_start(&http->admin, listen_fd, false);
}
