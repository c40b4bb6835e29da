/* SPDX-License-Identifier: MIT
 *
 * The yardstick for the receiver: libmicrohttpd that reads a body and answers 200, nothing else.
 * With the argument "verify" it also verifies the delivery with the library, which is the least
 * that any receiver does: what is left of the yardstick then bounds them all.
 *
 * The same library, flags, limits and kind of loop as receiver/http.c and server.c, the same shared
 * answer and a log line a request, written once a turn; no check, no signature, no store. Listens
 * on a free port of 127.0.0.1, says so on standard error like the receiver, where its log goes too,
 * and serves until it is ended by a signal.
 */
#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "hookgauge.h"

#define CONNECTIONS 1000       /* the receiver's default */
#define IDLE_S 10              /* likewise */
#define POOL_BYTES (24 * 1024) /* likewise: a connection's buffer */
#define LOG_BYTES (64 * 1024)  /* likewise: a batch of lines */

#define HEADERS_MAX 32 /* the load sends fewer */
#define BODY_MAX 4096  /* bytes; likewise */

static char answer_text[] = "ok\n";

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **request)
{
    static int begun;
    static size_t body_bytes; /* read so far: a body is looked at, if only for its length */
    (void) url;
    (void) method;
    (void) version;
    (void) data;
    if (*request == NULL) {
        *request = &begun;
        return MHD_YES;
    }
    if (*size > 0) {
        body_bytes += *size;
        *size = 0;
        return MHD_YES;
    }
    fprintf(stderr, "info request http=%d body_bytes=%zu\n", MHD_HTTP_OK, body_bytes);
    return MHD_queue_response(connection, MHD_HTTP_OK, context);
}

/* ---- The same, verified ---------------------------------------------------------------------- */

static hg_options options; /* of the one endpoint */

struct request {
    hg_header headers[HEADERS_MAX];
    size_t header_count;
    size_t body_bytes;
    char body[BODY_MAX];
};

static enum MHD_Result on_header(void *context, enum MHD_ValueKind kind, const char *name,
                                 size_t name_size, const char *value, size_t value_size)
{
    struct request *request = context;
    (void) kind;
    if (request->header_count == HEADERS_MAX) {
        return MHD_NO;
    }
    request->headers[request->header_count++] = (hg_header){{name, name_size}, {value, value_size}};
    return MHD_YES;
}

static struct request *begin(struct MHD_Connection *connection)
{
    struct request *request = malloc(sizeof(*request)); /* most of it is never touched */
    if (request != NULL) {
        request->header_count = request->body_bytes = 0;
        (void) MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, request);
    }
    return request;
}

static int verify(const struct request *request, const char *method, const char *url)
{
    const hg_request whole = {hg_text(method),
                              hg_text(url),
                              request->headers,
                              request->header_count,
                              {request->body, request->body_bytes}};
    options.now = (int64_t) time(NULL);
    return hg_status_http(hg_verify(&options, &whole).status);
}

static enum MHD_Result on_verified_request(void *context, struct MHD_Connection *connection,
                                           const char *url, const char *method, const char *version,
                                           const char *data, size_t *size, void **state)
{
    struct request *request = *state;
    (void) version;
    if (request == NULL) {
        *state = begin(connection);
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    if (*size > sizeof(request->body) - request->body_bytes) {
        return MHD_NO;
    }
    if (*size > 0) {
        memcpy(request->body + request->body_bytes, data, *size);
        request->body_bytes += *size;
        *size = 0;
        return MHD_YES;
    }
    int http = verify(request, method, url);
    fprintf(stderr, "info request http=%d body_bytes=%zu\n", http, request->body_bytes);
    return MHD_queue_response(connection, (unsigned) http, context);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    (void) context;
    (void) connection;
    (void) code;
    free(*state);
    *state = NULL;
}

/* The secret comes from the environment, as for the load. */
static bool open_endpoint(void)
{
    static hg_scheme *scheme;
    static hg_ring *ring;
    const char *secret = getenv("SECRET");
    const hg_key key = {hg_text("current"), hg_text(secret != NULL ? secret : ""), HG_NEVER};
    if (hg_scheme_open("webinone", &scheme, NULL) != HG_OK ||
        hg_ring_new(scheme, &key, 1, &ring, NULL) != HG_OK) {
        return false;
    }
    options.scheme = scheme;
    options.ring = ring;
    return true;
}

/* ---- The server ------------------------------------------------------------------------------ */

static struct MHD_Daemon *start(struct MHD_Response *answer, bool verified)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL,
                            NULL, verified ? on_verified_request : on_request, answer,
                            MHD_OPTION_SOCK_ADDR, &any, MHD_OPTION_STRICT_FOR_CLIENT, 1,
                            MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
                            IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) POOL_BYTES,
                            verified ? MHD_OPTION_NOTIFY_COMPLETED : MHD_OPTION_END, on_completed,
                            NULL, MHD_OPTION_END);
}

static int serve(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *epoll = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    if (epoll == NULL || set < 0 || epoll_ctl(set, EPOLL_CTL_ADD, epoll->epoll_fd, &event) != 0) {
        return 3;
    }
    for (;;) {
        MHD_UNSIGNED_LONG_LONG ms = 0;
        int timeout = MHD_get_timeout(daemon, &ms) == MHD_YES && ms < 1000 ? (int) ms : 1000;
        (void) epoll_wait(set, &event, 1, timeout);
        if (MHD_run(daemon) != MHD_YES) {
            return 3;
        }
        (void) fflush(stderr);
    }
}

int main(int argc, char **argv)
{
    bool verified = argc > 1 && strcmp(argv[1], "verify") == 0;
    struct MHD_Response *answer =
        MHD_create_response_from_buffer(strlen(answer_text), answer_text, MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *daemon =
        answer != NULL && (!verified || open_endpoint()) ? start(answer, verified) : NULL;
    const union MHD_DaemonInfo *port =
        daemon != NULL ? MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT) : NULL;
    if (port == NULL) {
        fprintf(stderr, "bare: can't start\n");
        return 3;
    }
    (void) MHD_add_response_header(answer, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
    static char lines[LOG_BYTES];
    (void) setvbuf(stderr, lines, _IOFBF, sizeof lines);
    fprintf(stderr, "listening on http://127.0.0.1:%u\n", (unsigned) port->port);
    return serve(daemon);
}
