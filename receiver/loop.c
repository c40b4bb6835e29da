/* SPDX-License-Identifier: MIT
 *
 * See loop.h.
 */
#include "receiver/loop.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EVENTS_MAX 8                  /* of a turn: a few descriptors are in the set */
#define LOG_AHEAD ((size_t) 32 << 10) /* bytes: eight pages at once */
#define LOG_WAIT_MS 100               /* a reader of the log sees lines without delay */

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

void loop_serve(struct listeners *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i].daemon != NULL) {
            (void) MHD_run(set->list[i].daemon);
        }
    }
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

static int daemons_timeout(const struct listeners *set, int timeout)
{
    MHD_UNSIGNED_LONG_LONG ms;
    for (size_t i = 0; i < set->count; i++) {
        if (MHD_get_timeout(set->list[i].daemon, &ms) == MHD_YES) {
            timeout = sooner(timeout, ms < INT32_MAX ? (int64_t) ms : INT32_MAX);
        }
    }
    return timeout;
}

static void read_signals(struct server *server)
{
    struct signalfd_siginfo info;
    while (read(server->signal_fd, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
        if (info.ssi_signo == SIGHUP) {
            renew_all(server);
        } else {
            drain_begin(server);
        }
    }
}

/* The library stops accepting when it has as many connections as it may, or no descriptor is left;
 * it goes on only in the run after the one in which a connection was closed. */
static void serve_requests(struct server *server)
{
    server->http.closed = false;
    loop_serve(&server->listeners);
    if (server->http.closed) {
        loop_serve(&server->listeners);
    }
}

/* How long nothing may be waited for: until the first deadline; -1: there is none. */
static int next_deadline(struct server *server)
{
    int timeout = sooner(-1, http_expire(&server->http));
    timeout = daemons_timeout(&server->admin, daemons_timeout(&server->listeners, timeout));
    timeout = sooner(timeout, drain_left_ms(server));
    timeout = sooner(timeout, renew_left_ms(server));
    return sooner(timeout, notify_alive(&server->notify, server->http.service.now.steady_ms));
}

/* Lines of the log are written when there is nothing else to do, or when LOG_AHEAD have gathered or
 * wait for LOG_WAIT_MS: to write a page of them in pieces costs three times as much. */
static int wait_for_events(struct server *server, struct epoll_event *events)
{
    struct moment *now = &server->http.service.now;
    moment_look(now);
    int timeout = next_deadline(server);
    size_t lines = log_waiting(server->log);
    if (lines > 0 && lines < LOG_AHEAD && now->steady_ms < server->log_due_ms) {
        int count = epoll_wait(server->epoll_fd, events, EVENTS_MAX, 0);
        if (count != 0 || timeout == 0) {
            return count;
        }
    }
    log_flush(server->log);
    int count = epoll_wait(server->epoll_fd, events, EVENTS_MAX, timeout);
    moment_look(now);
    server->log_due_ms = now->steady_ms + LOG_WAIT_MS;
    return count;
}

/* One turn: waits, answers, serves, hands over. */
static bool turn(struct server *server, struct fail *fail)
{
    struct epoll_event events[EVENTS_MAX];
    int count = wait_for_events(server, events);
    if (count < 0) { /* continued after a stop: what happened meanwhile is seen in the next turn */
        return errno == EINTR ||
               fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == server->signal_fd) {
            read_signals(server);
        } else if (server->writer != NULL && events[i].data.fd == writer_fd(server->writer)) {
            loop_take_finished(server);
        }
    }
    renew_secrets(server);
    serve_requests(server);
    loop_serve(&server->admin);
    if (server->writer != NULL) {
        writer_add(server->writer, &server->http.fresh);
    }
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
