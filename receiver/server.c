/* SPDX-License-Identifier: MIT
 *
 * See server.h. What is opened here is driven by loop.c.
 */
#include "receiver/server.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "receiver/layout.h"
#include "receiver/loop.h"
#include "receiver/privileges.h"
#include "receiver/store_nats.h"

#define DESCRIPTORS_SPARE 64  /* beyond those below: store, listeners, standard streams */
#define DESCRIPTORS_ATTEMPT 4 /* body and process, or a connection and its name's look-up */

static bool open_signals(struct server *server, struct fail *fail)
{
    sigset_t set;
    (void) sigemptyset(&set);
    (void) sigaddset(&set, SIGTERM);
    (void) sigaddset(&set, SIGINT);
    (void) sigaddset(&set, SIGHUP);
    (void) pthread_sigmask(SIG_BLOCK, &set, NULL);
    (void) signal(SIGPIPE, SIG_IGN);
    (void) signal(SIGXFSZ, SIG_IGN); /* a file at its size limit is a store that fails: 503 */
    server->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    server->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return (server->epoll_fd >= 0 && server->signal_fd >= 0 &&
            loop_watch(server, server->signal_fd)) ||
           fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno));
}

/* Room for all connections, as far as the system allows; without it clients wait longer. And for
 * the attempts of whatever a reload brings: idle clients must not make dead letters. */
static void raise_descriptors(const struct config *config)
{
    struct rlimit limit;
    rlim_t wanted = (rlim_t) config->limits.max_connections + DESCRIPTORS_SPARE +
                    (rlim_t) DESCRIPTORS_ATTEMPT * CONFIG_ATTEMPTS_MAX;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < wanted) {
        limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
        (void) setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static bool open_listeners(struct server *server, const struct config *config, struct fail *fail)
{
    struct passed passed;
    bool done =
        passed_read(&passed, fail) &&
        (!config->has_admin || listeners_open(&server->admin, &config->admin, &passed, fail));
    for (size_t i = 0; done && i < config->listen_count; i++) {
        done = config->listen[i].name[0] == '\0' ||
               listeners_open(&server->listeners, &config->listen[i], &passed, fail);
    }
    /* a nameless "systemd" takes what the named ones have left */
    for (size_t i = 0; done && i < config->listen_count; i++) {
        done = config->listen[i].name[0] != '\0' ||
               listeners_open(&server->listeners, &config->listen[i], &passed, fail);
    }
    return done && passed_all_taken(&passed, fail);
}

static bool start(struct server *server, struct listener *listener, bool admin, struct fail *fail)
{
    const struct http *http = &server->http;
    const int64_t most = http->service.config->limits.max_connections;
    const int64_t share = most / (int64_t) server->listeners.count;
    struct http_place place = {listener->fd, listener->tls, (unsigned) (share > 0 ? share : 1)};
    listener->fd = -1; /* the library closes it, perhaps also when it fails */
    listener->daemon =
        admin ? http_start_admin(&server->http, place.fd) : http_start(&server->http, &place);
    if (listener->daemon == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "can't start the HTTP server on %s", listener->url);
    }
    return loop_watch_daemon(server, listener->daemon) ||
           fail_set(fail, EXIT_UNKNOWN, "can't wait for events: %s", strerror(errno));
}

static bool start_all(struct server *server, struct listeners *set, bool admin, struct fail *fail)
{
    for (size_t i = 0; i < set->count; i++) {
        if (!start(server, &set->list[i], admin, fail)) {
            return false;
        }
    }
    return true;
}

/* The key is read as whoever started us, and so are the listeners bound. */
static bool open_tls(struct server *server, const struct config *config, struct fail *fail)
{
    if (config->tls_certificate == NULL) {
        return true;
    }
    server->tls = tls_open(config->tls_certificate, config->tls_key, server->log, fail);
    return server->tls != NULL;
}

/* user: who we have become, which is often why a file can't be opened; NULL: nobody else. */
static bool open_store(struct server *server, const struct config *config, const char *user,
                       struct fail *fail)
{
    struct fail inner = {0};
    server->store = stream_is_spec(config->store) ? store_nats_open(config, server->log, &inner)
                                                  : store_open(config->store, &inner);
    if (server->store == NULL) {
        return fail_set(fail, (enum exit_code) inner.exit_code, "%s%s%s", inner.text,
                        user != NULL ? "; the user here is " : "", user != NULL ? user : "");
    }
    server->http.store = server->store;
    server->store->metrics = server->http.service.metrics;
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

/* Everything in the order in which it may fail without having disturbed anything. */
static bool open_all(struct server *server, const struct config *config, struct fail *fail)
{
    struct privileges privileges;
    if (!privileges_find(&privileges, config->user, config->group, fail) ||
        !open_signals(server, fail) || !open_listeners(server, config, fail) ||
        !open_tls(server, config, fail) || !privileges_drop(&privileges, fail) ||
        !service_open(&server->http.service, fail) ||
        !open_store(server, config, privileges.user, fail)) {
        return false;
    }
    server->http.dispatch = &server->dispatch;
    server->as_root = geteuid() == 0 && privileges.user == NULL;
    server->http.check_layout = layout_proven(config);
    if (!server->http.check_layout) {
        warn_layout(server);
    }
    return start_all(server, &server->listeners, false, fail) &&
           start_all(server, &server->admin, true, fail) && open_dispatch(server, config, fail);
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
    notify_open(&server->notify);
    raise_descriptors(config);
    if (!http_init(&server->http, config, NULL, log)) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
    } else if (open_all(server, config, fail)) {
        return server;
    }
    server_close(server);
    return NULL;
}

const char *server_listen_url(const struct server *server, size_t index)
{
    return index < server->listeners.count ? server->listeners.list[index].url : NULL;
}

const char *server_admin_url(const struct server *server)
{
    return server->admin.count > 0 ? server->admin.list[0].url : NULL;
}

const char *server_notice(const struct server *server)
{
    return server->store->ops->notice;
}

void server_renew_from(struct server *server, struct reload *reload)
{
    server->reload = reload;
    server->http.service.edition = reload_edition(reload);
}

bool server_as_root(const struct server *server)
{
    return server->as_root;
}

void loop_tell_ready(const struct server *server)
{
    char status[2 * LISTENER_URL_MAX];
    size_t more = server->listeners.count - 1;
    (void) snprintf(status, sizeof(status), "listening on %s%s", server->listeners.list[0].url,
                    more > 0 ? " and more" : "");
    notify_ready(&server->notify, status);
}

bool server_run(struct server *server, struct fail *fail)
{
    loop_tell_ready(server);
    return loop_run(server, fail);
}

static void close_listeners(struct listeners *set)
{
    for (size_t i = 0; i < set->count; i++) {
        if (set->list[i].daemon != NULL) {
            MHD_stop_daemon(set->list[i].daemon);
        }
        listener_close(&set->list[i]);
    }
    set->count = 0;
}

void server_close(struct server *server)
{
    if (server == NULL) {
        return;
    }
    dispatch_stop(server->dispatch);
    drain_jobs(server);
    close_listeners(&server->listeners);
    close_listeners(&server->admin);
    tls_close(server->tls);
    notify_close(&server->notify);
    writer_stop(server->writer);
    dispatch_free(server->dispatch);
    store_close(server->store);
    service_close(&server->http.service);
    http_release(&server->http);
    if (server->signal_fd >= 0) {
        (void) close(server->signal_fd);
    }
    if (server->epoll_fd >= 0) {
        (void) close(server->epoll_fd);
    }
    free(server);
}
