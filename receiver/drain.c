/* SPDX-License-Identifier: MIT
 *
 * See loop.h.
 */
#include "receiver/loop.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

/* The library accepts ten a round, a backlog has 4,096. */
#define ACCEPT_ROUNDS_MAX 512

/* An attempt that ends without a word to the store wakes nobody. */
#define HANDED_LOOK_MS 100

/* Takes in the clients that have connected already: closing the listener would break them off. The
 * library stops after a few, and at its limit of connections takes none. */
static void accept_waiting(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_LISTEN_FD);
    struct pollfd waiting = {.fd = info != NULL ? info->listen_fd : -1, .events = POLLIN};
    int rounds = ACCEPT_ROUNDS_MAX;
    do {
        (void) MHD_run(daemon);
    } while (--rounds > 0 && poll(&waiting, 1, 0) > 0);
}

/* Clients that come now are refused and try again elsewhere or later. Where the service manager has
 * the socket too they wait for the next process, as do those that have connected. */
static void stop_accepting(struct listener *listener)
{
    if (!listener->kept) {
        accept_waiting(listener->daemon);
    }
    listener->fd = MHD_quiesce_daemon(listener->daemon);
    listener_close(listener);
}

void drain_begin(struct server *server)
{
    if (server->drain_until_ms != 0) {
        server->drain_until_ms = clock_steady_ms(); /* a second signal: now */
        return;
    }
    server->drain_until_ms = clock_steady_ms() + 1000 * SERVER_DRAIN_S;
    server->http.closing = true;
    dispatch_drain(server->dispatch);
    notify_stopping(&server->notify);
    for (size_t i = 0; i < server->listeners.count; i++) {
        stop_accepting(&server->listeners.list[i]);
    }
    http_close_idle(&server->http);
}

bool drain_over(const struct server *server)
{
    return server->drain_until_ms != 0 &&
           ((server->http.begun == 0 && dispatch_idle(server->dispatch)) ||
            clock_steady_ms() >= server->drain_until_ms);
}

int64_t drain_left_ms(const struct server *server)
{
    if (server->drain_until_ms == 0) {
        return -1;
    }
    int64_t left = server->drain_until_ms - clock_steady_ms();
    if (left > HANDED_LOOK_MS && !dispatch_idle(server->dispatch)) {
        left = HANDED_LOOK_MS;
    }
    return left > 0 ? left : 0;
}

void drain_jobs(struct server *server)
{
    if (server->writer == NULL) {
        return;
    }
    writer_add(server->writer, &server->http.fresh);
    while (server->http.suspended > 0) {
        struct epoll_event event;
        (void) epoll_wait(server->epoll_fd, &event, 1, 10);
        loop_take_finished(server);
    }
    loop_serve(&server->listeners);
    loop_serve(&server->listeners);
}
