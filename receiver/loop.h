/* SPDX-License-Identifier: MIT
 *
 * Inside the server: its state, which server.c opens and closes, and the loop that drives it.
 *
 * One thread owns all of libmicrohttpd and waits in an epoll set of our own: the library's own loop
 * stalls when exactly 128 events are ready together. The store's thread (writer.c) reports through
 * a descriptor in the same set; its finished jobs are answered, and new ones handed over, once a
 * turn.
 */
#ifndef RECEIVER_LOOP_H
#define RECEIVER_LOOP_H

#include "receiver/dispatch.h"
#include "receiver/http.h"
#include "receiver/listener.h"
#include "receiver/notify.h"
#include "receiver/reload.h"
#include "receiver/server.h"
#include "receiver/tls.h"

struct server {
    struct http http;
    struct store *store;
    struct writer *writer;     /* NULL: the store does not wait */
    struct dispatch *dispatch; /* NULL: nothing is handed on */
    struct log *log;
    struct reload *reload;             /* borrowed; NULL: the configuration stays as it is */
    struct listeners listeners, admin; /* of the latter none or one */
    struct tls *tls;                   /* NULL: no listener speaks it */
    struct notify notify;
    bool as_root; /* and nobody said so */
    int epoll_fd, signal_fd;
    int64_t drain_until_ms; /* 0: not draining */
    int64_t log_due_ms;     /* when lines have waited long enough */
};

/* Lets each daemon of a set do what there is to do. */
void loop_serve(struct listeners *set);

/* Wakes the loop when fd, or one of the daemon's sockets, is readable. */
bool loop_watch(struct server *server, int fd);
bool loop_watch_daemon(struct server *server, struct MHD_Daemon *daemon);

/* Tells the service manager that requests are served. */
void loop_tell_ready(const struct server *server);

/* Turns until a drain has ended. */
bool loop_run(struct server *server, struct fail *fail);

/* Answers what the store's thread has finished. */
void loop_take_finished(struct server *server);

/* ---- The reload (renew.c) -------------------------------------------------------------------- */

/* Puts a new configuration and certificate in force, or logs why the old one stays. */
void renew_all(struct server *server);

/* The same for the secrets alone, when the file of one has changed. */
void renew_secrets(struct server *server);

/* The milliseconds until the next look at their files; -1: none. */
int64_t renew_left_ms(const struct server *server);

/* ---- The drain (drain.c) --------------------------------------------------------------------- */

/* Accepts nothing more; called again: waits for nothing more. */
void drain_begin(struct server *server);

/* Whether it has ended: nothing is under way, or its time is over. */
bool drain_over(const struct server *server);

/* The milliseconds it has left; -1: there is no drain. */
int64_t drain_left_ms(const struct server *server);

/* Answers what waits for the store: the library aborts when it is stopped with a suspended
 * connection. */
void drain_jobs(struct server *server);

#endif
