/* SPDX-License-Identifier: MIT
 *
 * The HTTP side of the receiver: what libmicrohttpd calls, and the answers it gets.
 *
 * Everything here runs on the thread of the loop (server.c). A request whose delivery waits for the
 * store is suspended; http_answer, called by the loop, answers and resumes it.
 */
#ifndef RECEIVER_HTTP_H
#define RECEIVER_HTTP_H

#include <microhttpd.h>

#include "receiver/admin.h"
#include "receiver/dispatch.h"
#include "receiver/exchange.h"
#include "receiver/responses.h"

struct client;

struct http {
    struct service service;
    struct store *store;
    struct dispatch *const *dispatch; /* where the server has it, for its figures; NULL: none */
    bool check_layout;                /* the self-test has proven the library's layout of a head */
    bool closing;                     /* every answer says "Connection: close" */
    struct job_list fresh;            /* verified and suspended in this turn of the loop */
    size_t connections;
    size_t begun; /* requests not completed yet */
    size_t suspended;
    bool closed;                      /* a connection has been closed since the loop last looked */
    struct client *oldest, *youngest; /* connections in the order in which their time began */
    struct responses responses;
    struct admin admin; /* what is told by http_start_admin's daemon */
};

/* Makes the answers. false: out of memory; http_release is due in any case. */
bool http_init(struct http *http, const struct config *config, struct store *store,
               struct log *log);
void http_release(struct http *http);

/* Where a daemon serves. */
struct http_place {
    int fd;                   /* a listening socket, closed with the daemon; -1: connections are
                                 handed to it */
    bool tls;                 /* with the certificate of tls.h */
    unsigned max_connections; /* at once; more wait to be accepted */
};

/* Starts a daemon in external epoll mode that serves http there. NULL on failure. */
struct MHD_Daemon *http_start(struct http *http, const struct http_place *place);

/* Answers a request whose job has come back, and resumes it. */
void http_answer(struct http *http, struct job *job);

/* Ends connections whose request takes too long by now. Returns the milliseconds until the next
 * deadline, -1 when there is no connection. */
int64_t http_expire(struct http *http);

/* Ends the connections on which no request has begun. */
void http_close_idle(struct http *http);

/* Queues a response that was made for one request alone; NULL closes the connection. */
enum MHD_Result http_answer_once(struct MHD_Connection *connection, int http,
                                 struct MHD_Response *response);

/* Logs a message of the library; context is the log, or NULL. It may carry what a client has sent:
 * only the constant part is kept. */
void http_message(void *context, const char *format, va_list arguments);

/* The admin listener: GET /healthz, /readyz and /metrics. http is the service it tells about, and
 * has metrics. */
struct MHD_Daemon *http_start_admin(struct http *http, int listen_fd);

#endif
