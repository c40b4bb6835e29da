/* SPDX-License-Identifier: MIT
 *
 * The yardstick for the receiver: libmicrohttpd that reads a body and answers 200, nothing else.
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
#include <string.h>
#include <sys/epoll.h>

#define CONNECTIONS 1000       /* the receiver's default */
#define IDLE_S 10              /* likewise */
#define POOL_BYTES (24 * 1024) /* likewise: a connection's buffer */
#define LOG_BYTES (64 * 1024)  /* likewise: a batch of lines */

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

static struct MHD_Daemon *start(struct MHD_Response *answer)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, on_request,
        answer, MHD_OPTION_SOCK_ADDR, &any, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) POOL_BYTES, MHD_OPTION_END);
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

int main(void)
{
    struct MHD_Response *answer =
        MHD_create_response_from_buffer(strlen(answer_text), answer_text, MHD_RESPMEM_PERSISTENT);
    struct MHD_Daemon *daemon = answer != NULL ? start(answer) : NULL;
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
