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
static void accept_waiting(struct server *server)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_LISTEN_FD);
    struct pollfd waiting = {.fd = info != NULL ? info->listen_fd : -1, .events = POLLIN};
    int rounds = ACCEPT_ROUNDS_MAX;
    do {
        (void) MHD_run(server->daemon);
    } while (--rounds > 0 && poll(&waiting, 1, 0) > 0);
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
    accept_waiting(server);
    int fd = MHD_quiesce_daemon(server->daemon);
    if (fd >= 0) {
        (void) close(fd); /* clients that come now are refused and try again elsewhere or later */
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
    (void) MHD_run(server->daemon);
    (void) MHD_run(server->daemon);
}
