/* SPDX-License-Identifier: MIT
 *
 * See loop.h: a new configuration takes the place of the old one between two turns of the loop.
 */
#include "receiver/loop.h"

static void log_failed(struct server *server, const char *what, const struct fail *fail)
{
    const struct log_field fields[] = {LOG_TEXT("what", hg_text(what)),
                                       LOG_TEXT("error", hg_text(fail->text))};
    log_add(server->log, LOG_ERROR, clock_wall_ms(), "reload_failed", fields, 2);
}

static void renew_dispatch(struct server *server, const struct config *config)
{
    struct fail fail = {0};
    if (server->dispatch != NULL) {
        (void) dispatch_renew(server->dispatch, config, &fail);
    } else if (server->store->ops->queue != NULL && dispatch_wanted(config)) {
        server->dispatch = dispatch_open(config, server->store, server->writer, server->log, &fail);
    }
    if (fail.exit_code != 0) {
        log_failed(server, "targets", &fail);
    }
}

/* Requests whose endpoint is known keep the old edition alive until they end. */
static void put_in_force(struct server *server, const char *what)
{
    struct edition *edition = reload_edition(server->reload);
    const struct log_field fields[] = {
        LOG_TEXT("what", hg_text(what)),
        LOG_NUMBER("endpoints", (int64_t) edition->config.endpoint_count)};
    server->http.service.edition = edition;
    server->http.service.config = &edition->config;
    service_count_endpoints(&server->http.service);
    renew_dispatch(server, &edition->config);
    log_set_level(server->log, edition->config.log_level);
    log_add(server->log, LOG_INFO, clock_wall_ms(), "reload", fields, 2);
}

static void renew(struct server *server, const char *what,
                  bool (*make)(struct reload *reload, struct fail *fail))
{
    struct fail fail = {0};
    bool done = make(server->reload, &fail);
    if (server->http.service.metrics != NULL) {
        metrics_reloaded(server->http.service.metrics, done);
    }
    if (done) {
        put_in_force(server, what);
    } else {
        log_failed(server, what, &fail);
    }
}

/* Nothing new begins in a drain. */
static bool renews(const struct server *server)
{
    return server->reload != NULL && server->drain_until_ms == 0;
}

void renew_all(struct server *server)
{
    if (!renews(server)) {
        return;
    }
    notify_reloading(&server->notify);
    (void) tls_reload(server->tls); /* logs what is wrong by itself */
    renew(server, "configuration", reload_all);
    loop_tell_ready(server);
}

void renew_secrets(struct server *server)
{
    if (renews(server) && reload_due(server->reload, clock_steady_ms())) {
        renew(server, "secrets", reload_secrets);
    }
}

int64_t renew_left_ms(const struct server *server)
{
    return renews(server) ? reload_left_ms(server->reload, clock_steady_ms()) : -1;
}
