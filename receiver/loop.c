/* SPDX-License-Identifier: MIT
 *
 * See loop.h.
 */
#include "receiver/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EVENTS_MAX 8 /* of a turn: four descriptors are in the set */

bool loop_watch(struct server *server, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

bool loop_watch_daemon(struct server *server, struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info != NULL && loop_watch(server, info->epoll_fd);
}

void loop_take_finished(struct server *server)
{
    struct fail fail = {0};
    if (server->writer == NULL) {
        return;
    }
    struct job_list done = writer_take(server->writer, &fail);
    if (fail.exit_code != 0) {
        const struct log_field fields[] = {LOG_TEXT("error", hg_text(fail.text))};
        log_add(server->log, LOG_ERROR, clock_wall_ms(), "store", fields, 1);
    }
    while (done.first != NULL) {
        struct job *job = done.first;
        done.first = job->next; /* the answer may free the job */
        http_answer(&server->http, job);
    }
}

static int sooner(int timeout, int64_t ms)
{
    if (ms < 0) {
        return timeout;
    }
    return timeout < 0 || ms < timeout ? (int) ms : timeout;
}

static int daemon_timeout(struct MHD_Daemon *daemon, int timeout)
{
    MHD_UNSIGNED_LONG_LONG ms;
    if (daemon == NULL || MHD_get_timeout(daemon, &ms) != MHD_YES) {
        return timeout;
    }
    return sooner(timeout, ms < INT32_MAX ? (int64_t) ms : INT32_MAX);
}

static void read_signals(struct server *server)
{
    struct signalfd_siginfo info;
    while (read(server->signal_fd, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
        drain_begin(server);
    }
}

/* The library stops accepting when it has as many connections as it may, or no descriptor is left;
 * it goes on only in the run after the one in which a connection was closed. */
static void run_daemon(struct server *server)
{
    server->http.closed = false;
    (void) MHD_run(server->daemon);
    if (server->http.closed) {
        (void) MHD_run(server->daemon);
    }
}

/* One turn: waits, answers, serves, hands over. */
static bool turn(struct server *server, struct fail *fail)
{
    struct epoll_event events[EVENTS_MAX];
    int timeout = sooner(-1, http_expire(&server->http));
    timeout = daemon_timeout(server->admin, daemon_timeout(server->daemon, timeout));
    timeout = sooner(timeout, drain_left_ms(server));
    int count = epoll_wait(server->epoll_fd, events, EVENTS_MAX, timeout);
    if (count < 0 && errno != EINTR) {
        return fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == server->signal_fd) {
            read_signals(server);
        } else if (server->writer != NULL && events[i].data.fd == writer_fd(server->writer)) {
            loop_take_finished(server);
        }
    }
    run_daemon(server);
    if (server->admin != NULL) {
        (void) MHD_run(server->admin);
    }
    if (server->writer != NULL) {
        writer_add(server->writer, &server->http.fresh);
    }
    log_flush(server->log);
    return true;
}

bool loop_run(struct server *server, struct fail *fail)
{
    bool running = true;
    while (running && !drain_over(server)) {
        running = turn(server, fail);
    }
    return running;
}
