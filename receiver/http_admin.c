/* SPDX-License-Identifier: MIT
 *
 * The admin listener: is it alive, is it ready, and its figures.
 */
#include <string.h>

#include "receiver/http.h"

#define CONNECTIONS 16U
#define IDLE_S 10U

static const char text_type[] = "text/plain";

static enum MHD_Result answer(struct MHD_Connection *connection, int status, const char *text)
{
    struct MHD_Response *response = response_new(hg_text(text), text_type, true);
    if (response != NULL && status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        (void) MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    return http_answer_once(connection, status, response);
}

/* The process runs its loop, or this would not be answered: restarting it would mend nothing. */
static enum MHD_Result healthz(const struct http *http, struct MHD_Connection *connection)
{
    (void) http;
    return answer(connection, MHD_HTTP_OK, "ok\n");
}

/* A store that knows by itself is asked: its last commit may have been long ago, since a balancer
 * sends nothing to who is not ready. */
static bool store_failing(const struct http *http)
{
    const struct store *store = http->store;
    return store->ops->ready != NULL ? !store->ops->ready(http->store)
                                     : http->service.store_failing;
}

/* Whether deliveries should be sent here. */
static enum MHD_Result readyz(const struct http *http, struct MHD_Connection *connection)
{
    if (http->closing) {
        return answer(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "draining\n");
    }
    return store_failing(http) ? answer(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "store\n")
                               : answer(connection, MHD_HTTP_OK, "ok\n");
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
                                                 .stopped = counts.stopped};
    }
    return count;
}

static enum MHD_Result metrics(const struct http *http, struct MHD_Connection *connection)
{
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
    struct buf text;
    now.queue_count = read_queues(http, queues);
    now.queues = queues;
    if (service->quarantine != NULL) {
        struct quarantine_counts counts = quarantine_counts(service->quarantine);
        now.quarantined = counts.kept;
        now.quarantine_dropped = counts.dropped;
    }
    buf_init(&text, METRICS_TEXT_MAX);
    metrics_print(service->metrics, &now, &text);
    enum MHD_Result result =
        text.failed ? answer(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n")
                    : http_answer_once(connection, MHD_HTTP_OK,
                                       response_new(buf_str(&text), METRICS_TYPE, true));
    buf_free(&text);
    return result;
}

static enum MHD_Result on_admin(void *context, struct MHD_Connection *connection, const char *url,
                                const char *method, const char *version, const char *data,
                                size_t *size, void **request)
{
    static const struct {
        const char *path;
        enum MHD_Result (*show)(const struct http *http, struct MHD_Connection *connection);
    } pages[] = {{"/healthz", healthz}, {"/readyz", readyz}, {"/metrics", metrics}};
    (void) version;
    (void) data;
    (void) size;
    (void) request;
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        if (strcmp(url, pages[i].path) != 0) {
            continue;
        }
        return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0
                   ? pages[i].show(context, connection)
                   : answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
    }
    return answer(connection, MHD_HTTP_NOT_FOUND, "not found\n");
}

struct MHD_Daemon *http_start_admin(struct http *http, int listen_fd)
{
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_admin, http,
                            MHD_OPTION_EXTERNAL_LOGGER, http_message, http,
                            MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_CONNECTION_LIMIT,
                            CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
                            MHD_OPTION_LISTEN_SOCKET, listen_fd, MHD_OPTION_END);
}
