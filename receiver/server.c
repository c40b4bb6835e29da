/* SPDX-License-Identifier: MIT
 *
 * See server.h. What is opened here is driven by loop.c.
 */
#include "receiver/server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "receiver/layout.h"
#include "receiver/loop.h"
#include "receiver/store_nats.h"

#define DESCRIPTORS_SPARE 64 /* beyond connections: store, listeners, standard streams */

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
    return (server->epoll_fd >= 0 && server->signal_fd >= 0 &&
            loop_watch(server, server->signal_fd)) ||
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
    return loop_watch_daemon(server, server->daemon) ||
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
    return loop_watch_daemon(server, server->admin) ||
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
    if (server->store->ops->retain != NULL) {
        server->store->ops->retain(server->store, &config->retention);
    }
    server->writer = writer_start(server->store, fail);
    return server->writer != NULL &&
           (loop_watch(server, writer_fd(server->writer)) ||
            fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno)));
}

/* A store that hands nothing on by itself has its targets for others: see hookgauge deliver. */
static bool open_dispatch(struct server *server, const struct config *config, struct fail *fail)
{
    if (!dispatch_wanted(config) || server->store->ops->queue == NULL) {
        return true;
    }
    server->dispatch = dispatch_open(config, server->store, server->writer, server->log, fail);
    return server->dispatch != NULL;
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
        if (open_main(server, config, fail) && open_admin(server, config, fail) &&
            open_dispatch(server, config, fail)) {
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

bool server_run(struct server *server, struct fail *fail)
{
    return loop_run(server, fail);
}

void server_close(struct server *server)
{
    if (server == NULL) {
        return;
    }
    dispatch_stop(server->dispatch);
    if (server->daemon != NULL) {
        drain_jobs(server);
        MHD_stop_daemon(server->daemon);
    }
    if (server->admin != NULL) {
        MHD_stop_daemon(server->admin);
    }
    writer_stop(server->writer);
    dispatch_free(server->dispatch);
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
