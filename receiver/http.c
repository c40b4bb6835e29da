/* SPDX-License-Identifier: MIT
 *
 * See http.h.
 *
 * libmicrohttpd calls, in this order: on_target (request line), on_request after the head, once for
 * each piece of the body, once after it, on_completed. An answer queued after the head closes the
 * connection, one during the body is not possible, and a call after the body that neither queues
 * nor suspends is repeated at once, for ever.
 */
#include "receiver/http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "receiver/tls.h"

/* Per connection, and cleared for each request: what the largest head takes (HEAD_MAX, and 64 bytes
 * for each of HEAD_HEADERS_MAX), and 1.7 kB for the answer. */
#define POOL_BYTES ((size_t) 24576)

/* A connection; the library keeps a pointer to it. */
struct client {
    struct client *older, *younger;
    int fd;
    int64_t since_ms; /* when its time began: the connection, or the wait for its next request */
    struct exchange *exchange; /* the request that has begun, owned */
    bool suspended;
    struct ip peer;
    char peer_text[IP_TEXT_MAX]; /* printed once, for all its requests */
    size_t peer_len;
};

/* ---- Answers ----------------------------------------------------------------------------------
 */

enum MHD_Result http_answer_once(struct MHD_Connection *connection, int http,
                                 struct MHD_Response *response)
{
    if (response == NULL) {
        return MHD_NO;
    }
    enum MHD_Result result = MHD_queue_response(connection, (unsigned) http, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_now(struct http *http, struct MHD_Connection *connection,
                                  struct exchange *exchange)
{
    bool closing = http->closing || exchange->close;
    exchange_log(exchange);
    exchange_account(exchange);
    if (exchange->reply != NULL) {
        return http_answer_once(connection, exchange->http,
                                response_reply(exchange->reply, closing));
    }
    if (exchange->http == MHD_HTTP_METHOD_NOT_ALLOWED) {
        return http_answer_once(connection, exchange->http,
                                response_not_allowed(&exchange->endpoint->rules, closing));
    }
    struct MHD_Response *response =
        responses_get(&http->responses, exchange->http, closing, http->service.now.wall_ms / 1000);
    return response != NULL ? MHD_queue_response(connection, (unsigned) exchange->http, response)
                            : MHD_NO;
}

bool http_init(struct http *http, const struct config *config, struct store *store, struct log *log)
{
    service_prepare_heap();
    memset(http, 0, sizeof(*http));
    http->service.config = config;
    http->service.log = log;
    moment_look(&http->service.now);
    http->store = store;
    return responses_init(&http->responses, http->service.now.wall_ms / 1000);
}

void http_release(struct http *http)
{
    responses_release(&http->responses);
    service_release(&http->service);
}

/* ---- Connections ----------------------------------------------------------------------------- */

static void client_unlink(struct http *http, struct client *client)
{
    *(client->older != NULL ? &client->older->younger : &http->oldest) = client->younger;
    *(client->younger != NULL ? &client->younger->older : &http->youngest) = client->older;
}

/* Its time begins anew, later than that of all others. */
static void client_link(struct http *http, struct client *client)
{
    client->since_ms = http->service.now.steady_ms;
    client->older = http->youngest;
    client->younger = NULL;
    *(http->youngest != NULL ? &http->youngest->younger : &http->oldest) = client;
    http->youngest = client;
}

static struct client *client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info != NULL ? info->socket_context : NULL;
}

static void end_exchange(struct http *http, struct client *client)
{
    if (client->exchange != NULL) {
        exchange_account(client->exchange); /* it may not have been answered */
        exchange_free(client->exchange);
        client->exchange = NULL;
        http->begun--;
    }
}

/* Whether one more connection of an address is taken. A proxy has those of all its clients. */
static enum MHD_Result on_accept(void *context, const struct sockaddr *from, socklen_t size)
{
    const struct http *http = context;
    const struct service *service = &http->service;
    int64_t limit = service->config->limits.max_connections_per_address;
    struct ip ip;
    (void) size;
    if (limit == 0 || service->peers == NULL) {
        return MHD_YES;
    }
    ip_from_socket(from, &ip);
    if (trust_holds(&service->config->trust, &ip) ||
        peers_connections(service->peers, &ip) < (size_t) limit) {
        return MHD_YES;
    }
    if (service->metrics != NULL) {
        metrics_connection_refused(service->metrics);
    }
    return MHD_NO;
}

static struct client *client_new(struct http *http, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info;
    struct client *client = calloc(1, sizeof(*client));
    if (client == NULL) {
        return NULL;
    }
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    client->fd = info != NULL ? (int) info->connect_fd : -1;
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    ip_from_socket(info != NULL ? info->client_addr : NULL, &client->peer);
    client->peer_len = ip_print(&client->peer, client->peer_text);
    if (http->service.peers != NULL) {
        peers_opened(http->service.peers, &client->peer);
    }
    http->connections++;
    client_link(http, client);
    return client;
}

static void client_free(struct http *http, struct client *client)
{
    end_exchange(http, client);
    client_unlink(http, client);
    if (http->service.peers != NULL) {
        peers_closed(http->service.peers, &client->peer);
    }
    http->connections--;
    free(client);
}

static void on_connection(void *context, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode code)
{
    struct http *http = context;
    struct client *client = *socket_context;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        /* NULL: its first request is closed without an answer */
        *socket_context = client_new(http, connection);
    } else if (client != NULL) {
        client_free(http, client);
        http->closed = true;
        *socket_context = NULL;
    }
}

int64_t http_expire(struct http *http)
{
    int64_t now_ms = http->service.now.steady_ms;
    int64_t limit_ms = 1000 * http->service.config->limits.request_timeout_s; /* may have changed */
    while (http->oldest != NULL && http->oldest->since_ms + limit_ms <= now_ms) {
        struct client *client = http->oldest;
        /* the library notices the end of the socket and completes whatever had begun; one that
         * waits for the store is about to be answered */
        if (!client->suspended) {
            (void) shutdown(client->fd, SHUT_RDWR);
        }
        client_unlink(http, client);
        client_link(http, client);
    }
    return http->oldest != NULL ? http->oldest->since_ms + limit_ms - now_ms : -1;
}

/* A request that has arrived but was not read yet is let through: its answer closes the connection.
 * Behind a socket that is shut down it would be read and kept all the same, without an answer. */
void http_close_idle(struct http *http)
{
    char byte;
    for (struct client *client = http->oldest; client != NULL; client = client->younger) {
        if (client->exchange == NULL &&
            recv(client->fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) <= 0) {
            (void) shutdown(client->fd, SHUT_RDWR);
        }
    }
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* The request line has been read; uri is the raw target in the library's buffer. It is ended after
 * the '?', so that the library parses no query: it would decode in place, and give up without a
 * notice on many arguments. */
static void *on_target(void *context, const char *uri, struct MHD_Connection *connection)
{
    struct http *http = context;
    struct client *client = client_of(connection);
    if (client == NULL) {
        return NULL;
    }
    end_exchange(http, client);
    client->exchange = exchange_new(&http->service, hg_text(uri));
    if (client->exchange != NULL) {
        http->begun++;
        client->exchange->target_at = uri;
        exchange_from(client->exchange, &client->peer,
                      (hg_str){client->peer_text, client->peer_len});
    }
    char *mark = strchr((char *) (uintptr_t) uri, '?');
    if (mark != NULL) {
        mark[1] = '\0';
    }
    return client;
}

static size_t keep_escapes(void *context, struct MHD_Connection *connection, char *text)
{
    (void) context;
    (void) connection;
    return strlen(text);
}

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
                                 size_t name_size, const char *value, size_t value_size)
{
    struct exchange *exchange = context;
    (void) kind;
    if (exchange->header_count < HEAD_HEADERS_MAX) {
        hg_header *header = &exchange->headers[exchange->header_count];
        header->name = (hg_str){name, name_size};
        header->value = (hg_str){value != NULL ? value : "", value_size};
    }
    exchange->header_count++;
    return MHD_YES;
}

static enum MHD_Result take_head(struct http *http, struct MHD_Connection *connection,
                                 struct exchange *exchange, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    (void) MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, exchange);
    struct head head = {
        .method = hg_text(method),
        .target = exchange->target,
        .version = hg_text(version),
        .headers = exchange->headers,
        .header_count = exchange->header_count,
        .size = info != NULL ? info->header_size : SIZE_MAX,
        .target_at = http->check_layout ? exchange->target_at : NULL,
    };
    exchange->has_head = true;
    head_read(&head);
    exchange_head(exchange, &head);
    return exchange->close ? answer_now(http, connection, exchange) : MHD_YES;
}

/* The whole request is there. A store that waits gets it from the loop. */
static enum MHD_Result finish(struct http *http, struct MHD_Connection *connection,
                              struct client *client)
{
    struct exchange *exchange = client->exchange;
    struct delivery *delivery = &exchange->job.delivery;
    exchange_finish(exchange);
    if (exchange->http == 0 && http->store->ops->waits) {
        exchange->connection = connection;
        client->suspended = true;
        http->suspended++;
        MHD_suspend_connection(connection);
        job_list_add(&http->fresh, &exchange->job);
        return MHD_YES;
    }
    if (exchange->http == 0) {
        struct fail fail = {0};
        exchange->job.kept = store_commit(http->store, &delivery, 1, &fail);
        http->service.store_failing = !exchange->job.kept;
        exchange_stored(exchange);
    }
    return answer_now(http, connection, exchange);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **request)
{
    struct http *http = context;
    struct client *client = *request;
    (void) url;
    if (client == NULL || client->exchange == NULL) {
        return MHD_NO; /* out of memory: the connection is closed */
    }
    if (!client->exchange->has_head) {
        return take_head(http, connection, client->exchange, method, version);
    }
    if (*size > 0) {
        bool go_on = exchange_body(client->exchange, data, *size);
        *size = 0;
        return go_on ? MHD_YES : MHD_NO;
    }
    return finish(http, connection, client);
}

void http_answer(struct http *http, struct job *job)
{
    struct exchange *exchange = (struct exchange *) job;
    struct MHD_Connection *connection = exchange->connection;
    struct client *client = client_of(connection);
    exchange_stored(exchange);
    http->service.store_failing = !job->kept;
    (void) answer_now(http, connection, exchange);
    client->suspended = false;
    http->suspended--;
    MHD_resume_connection(connection);
}

/* A delivery that was kept although its sender has not heard so comes again, as a duplicate. */
static void log_unanswered(const struct exchange *exchange)
{
    struct log *log = exchange->service->log;
    if (log != NULL && exchange->job.kept) {
        const struct log_field fields[] = {LOG_TEXT("endpoint", exchange->endpoint->name),
                                           LOG_NUMBER("row", exchange->job.delivery.row)};
        log_add(log, LOG_INFO, exchange->service->now.wall_ms, "unanswered", fields, 2);
    }
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct http *http = context;
    struct client *client = *request;
    (void) connection;
    if (client == NULL) {
        return;
    }
    if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK && client->exchange != NULL) {
        log_unanswered(client->exchange);
    }
    end_exchange(http, client);
    client_unlink(http, client);
    client_link(http, client);
    *request = NULL;
}

void http_message(void *context, const char *format, va_list arguments)
{
    struct log *log = context;
    const struct log_field fields[] = {LOG_TEXT("format", hg_text(format))};
    (void) arguments;
    if (log != NULL) {
        log_add(log, LOG_DEBUG, clock_wall_ms(), "http", fields, 1);
    }
}

struct MHD_Daemon *http_start(struct http *http, const struct http_place *place)
{
    const struct limits *limits = &http->service.config->limits;
    unsigned flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG |
                     (place->fd < 0 ? MHD_USE_NO_LISTEN_SOCKET : 0U) |
                     (place->tls ? MHD_USE_TLS : 0U);
    /* the logger comes first, so that it also hears of the options; strict: Host is required and
     * no blank may stand in a target */
    struct MHD_OptionItem options[] = {
        {MHD_OPTION_EXTERNAL_LOGGER, (intptr_t) http_message, http->service.log},
        {MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL},
        {MHD_OPTION_CONNECTION_LIMIT, (intptr_t) place->max_connections, NULL},
        {MHD_OPTION_CONNECTION_TIMEOUT, (intptr_t) limits->idle_timeout_s, NULL},
        {MHD_OPTION_CONNECTION_MEMORY_LIMIT, (intptr_t) POOL_BYTES, NULL},
        {MHD_OPTION_URI_LOG_CALLBACK, (intptr_t) on_target, http},
        {MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t) keep_escapes, NULL},
        {MHD_OPTION_NOTIFY_CONNECTION, (intptr_t) on_connection, http},
        {MHD_OPTION_NOTIFY_COMPLETED, (intptr_t) on_completed, http},
        {place->fd < 0 ? MHD_OPTION_END : MHD_OPTION_LISTEN_SOCKET, place->fd, NULL},
        {place->tls ? MHD_OPTION_HTTPS_PRIORITIES : MHD_OPTION_END, 0,
         (void *) (uintptr_t) TLS_PRIORITIES},
        {MHD_OPTION_HTTPS_CERT_CALLBACK2, 0, (void *) (uintptr_t) tls_on_handshake()},
        {MHD_OPTION_END, 0, NULL},
    };
    return MHD_start_daemon(flags, 0, on_accept, http, on_request, http, MHD_OPTION_ARRAY, options,
                            MHD_OPTION_END);
}
