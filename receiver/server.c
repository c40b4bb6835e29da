/* SPDX-License-Identifier: MIT
 *
 * See server.h.
 *
 * One thread owns all of libmicrohttpd and waits in an epoll set of our own: the library's own loop
 * stalls when exactly 128 events are ready together. The store's thread (writer.c) reports through
 * a descriptor in the same set; its finished jobs are answered, and new ones handed over, once a
 * turn.
 */
#include "receiver/server.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "receiver/http.h"
#include "receiver/store_nats.h"

#define EVENTS_MAX 8         /* of the loop: four descriptors are in its set */
#define DESCRIPTORS_SPARE 64 /* beyond connections: store, listeners, standard streams */
#define ACCEPT_ROUNDS_MAX                                                                          \
    512 /* of a drain: the library accepts ten a round, a backlog has 4,096                        \
         */
#define LAYOUT_VERSION "0.9.75" /* the libmicrohttpd whose layout of a head head.c knows */

struct server {
    struct http http;
    struct store *store;
    struct writer *writer; /* NULL: the store does not wait */
    struct log *log;
    struct MHD_Daemon *daemon, *admin;
    char listen_text[ADDRESS_TEXT_MAX], admin_text[ADDRESS_TEXT_MAX];
    bool has_admin;
    int epoll_fd, signal_fd;
    int64_t drain_until_ms; /* 0: not draining */
};

/* ---- The self-test --------------------------------------------------------------------------- */

/* Feeds a request to the daemon over a pair of sockets; returns the status of the answer, or 0. */
static int probe_once(struct MHD_Daemon *daemon, const char *request, size_t size)
{
    int ends[2];
    char answer[64] = "";
    struct sockaddr_in nobody = {.sin_family = AF_INET};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) {
        return 0;
    }
    if (MHD_add_connection(daemon, ends[1], (struct sockaddr *) &nobody, sizeof(nobody)) !=
        MHD_YES) {
        (void) close(ends[0]); /* the library has closed the other end */
        return 0;
    }
    (void) !send(ends[0], request, size, MSG_NOSIGNAL);
    for (int i = 0; i < 8; i++) { /* accept, read, handle, answer: a few turns */
        (void) MHD_run(daemon);
    }
    ssize_t got = recv(ends[0], answer, sizeof(answer) - 1, 0);
    (void) close(ends[0]);
    (void) MHD_run(daemon);
    return got > 12 && strncmp(answer, "HTTP/1.1 ", 9) == 0 ? (int) strtol(answer + 9, NULL, 10)
                                                            : 0;
}

/* The layout check is used only where it is known to tell a sound request from one with a hidden
 * byte. The probes reach no endpoint: the sound one is answered 404. */
static bool layout_proven(const struct config *config)
{
    static const char sound[] = "POST /probe?a=b HTTP/1.1\r\nHost: probe\r\nEmpty:\r\n"
                                "Padded: \t value \r\nContent-Length: 0\r\n\r\n";
    static const char hidden[] = "POST /probe HTTP/1.1\r\nHost: probe\r\nCut: a\0b\r\n\r\n";
    static const struct config nothing;
    struct config probe = nothing;
    struct http http;
    bool proven = false;
    probe.limits = config->limits;
    if (strcmp(MHD_get_version(), LAYOUT_VERSION) == 0 && http_init(&http, &probe, NULL, NULL)) {
        struct MHD_Daemon *daemon = http_start(&http, -1);
        http.check_layout = true;
        if (daemon != NULL) {
            proven = probe_once(daemon, sound, sizeof(sound) - 1) == 404 &&
                     probe_once(daemon, hidden, sizeof(hidden) - 1) == 400;
            MHD_stop_daemon(daemon);
        }
        http_release(&http);
    }
    return proven;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static bool watch(struct server *server, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(server->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static bool watch_daemon(struct server *server, struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info != NULL && watch(server, info->epoll_fd);
}

static bool open_signals(struct server *server, struct fail *fail)
{
    sigset_t set;
    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGTERM);
    (void) sigaddset(&set, SIGINT);
    (void) pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void) signal(SIGPIPE, SIG_IGN);
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return (server->epoll_fd >= 0 && server->signal_fd >= 0 && watch(server, server->signal_fd)) ||
           fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno));
}

/* Room for all connections, as far as the system allows; without it clients wait longer. */
static void raise_descriptors(const struct config *config)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t) config->limits.max_connections + DESCRIPTORS_SPARE;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool open_main(struct server *server, const struct config *config, struct fail *fail)
{
    int fd = address_listen(&config->listen, fail);
    if (fd < 0) {
        return false;
    }
    address_print(fd, server->listen_text);
    server->daemon = http_start(&server->http, fd);
    if (server->daemon == NULL) { /* the library may or may not have closed fd */
        return fail_set(fail, EXIT_UNKNOWN, "can't start the HTTP server on %s",
                        server->listen_text);
    }
    return watch_daemon(server, server->daemon) ||
           fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno));
}

static bool open_admin(struct server *server, const struct config *config, struct fail *fail)
{
    if (!config->has_admin) {
        return true;
    }
    int fd = address_listen(&config->admin, fail);
    if (fd < 0) {
        return false;
    }
    address_print(fd, server->admin_text);
    server->has_admin = true;
    server->admin = http_start_admin(&server->http, fd);
    if (server->admin == NULL) { /* the library may or may not have closed fd */
        return fail_set(fail, EXIT_UNKNOWN, "can't start the HTTP server on %s",
                        server->admin_text);
    }
    return watch_daemon(server, server->admin) ||
           fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno));
}

static bool open_store(struct server *server, const struct config *config, struct fail *fail)
{
    server->store = stream_is_spec(config->store) ? store_nats_open(config, server->log, fail)
                                                  : store_open(config->store, fail);
    if (server->store == NULL) {
        return false;
    }
    server->http.store = server->store;
    if (!server->store->ops->waits) {
        return true;
    }
    server->writer = writer_start(server->store, fail);
    return server->writer != NULL &&
           (watch(server, writer_fd(server->writer)) ||
            fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno)));
}

static void warn_layout(struct server *server)
{
    const struct log_field fields[] = {
        LOG_TEXT("libmicrohttpd", hg_text(MHD_get_version())),
        LOG_TEXT("note", hg_text("heads with hidden bytes (NUL, bare LF, folds) are not refused: "
                                 "their layout is only known for " LAYOUT_VERSION))};
    log_add(server->log, LOG_WARN, clock_wall_ms(), "no_layout_check", fields, 2);
}

struct server *server_open(const struct config *config, struct log *log, struct fail *fail)
{
    struct server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return NULL;
    }
    server->log = log;
    server->epoll_fd = server->signal_fd = -1;
    raise_descriptors(config);
    if (!http_init(&server->http, config, NULL, log)) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
    } else if (open_signals(server, fail) && open_store(server, config, fail)) {
        server->http.check_layout = layout_proven(config);
        if (!server->http.check_layout) {
            warn_layout(server);
        }
        if (open_main(server, config, fail) && open_admin(server, config, fail)) {
            return server;
        }
    }
    server_close(server);
    return NULL;
}

const char *server_listen_text(const struct server *server)
{
    return server->listen_text;
}

const char *server_admin_text(const struct server *server)
{
    return server->has_admin ? server->admin_text : NULL;
}

const char *server_notice(const struct server *server)
{
    return server->store->ops->notice;
}

/* ---- The loop -------------------------------------------------------------------------------- */

/* Answers what the store's thread has finished. */
static void take_finished(struct server *server)
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

static void begin_drain(struct server *server)
{
    if (server->drain_until_ms != 0) {
        server->drain_until_ms = clock_steady_ms(); /* a second signal: now */
        return;
    }
    server->drain_until_ms = clock_steady_ms() + 1000 * SERVER_DRAIN_S;
    server->http.closing = true;
    accept_waiting(server);
    int fd = MHD_quiesce_daemon(server->daemon);
    if (fd >= 0) {
        (void) close(fd); /* clients that come now are refused and try again elsewhere or later */
    }
    http_close_idle(&server->http);
}

static bool drained(const struct server *server)
{
    return server->drain_until_ms != 0 &&
           (server->http.begun == 0 || clock_steady_ms() >= server->drain_until_ms);
}

static void read_signals(struct server *server)
{
    struct signalfd_siginfo info;
    while (read(server->signal_fd, &info, sizeof(info)) == (ssize_t) sizeof(info)) {
        begin_drain(server);
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
    if (server->drain_until_ms != 0) {
        int64_t left = server->drain_until_ms - clock_steady_ms();
        timeout = sooner(timeout, left > 0 ? left : 0);
    }
    int count = epoll_wait(server->epoll_fd, events, EVENTS_MAX, timeout);
    if (count < 0 && errno != EINTR) {
        return fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd == server->signal_fd) {
            read_signals(server);
        } else if (server->writer != NULL && events[i].data.fd == writer_fd(server->writer)) {
            take_finished(server);
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

bool server_run(struct server *server, struct fail *fail)
{
    bool running = true;
    while (running && !drained(server)) {
        running = turn(server, fail);
    }
    return running;
}

/* The library aborts when it is stopped with a suspended connection: so the store's thread ends
 * first, then everything that waited for it is answered and resumed. */
static void finish_jobs(struct server *server)
{
    if (server->writer == NULL) {
        return;
    }
    writer_add(server->writer, &server->http.fresh);
    while (server->http.suspended > 0) {
        struct epoll_event event;
        (void) epoll_wait(server->epoll_fd, &event, 1, 10);
        take_finished(server);
    }
    (void) MHD_run(server->daemon);
    (void) MHD_run(server->daemon);
}

void server_close(struct server *server)
{
    if (server == NULL) {
        return;
    }
    if (server->daemon != NULL) {
        finish_jobs(server);
        MHD_stop_daemon(server->daemon);
    }
    if (server->admin != NULL) {
        MHD_stop_daemon(server->admin);
    }
    writer_stop(server->writer);
    store_close(server->store);
    http_release(&server->http);
    if (server->signal_fd >= 0) {
        (void) close(server->signal_fd);
    }
    if (server->epoll_fd >= 0) {
        (void) close(server->epoll_fd);
    }
    free(server);
}
