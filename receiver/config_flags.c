/* SPDX-License-Identifier: MIT
 *
 * The flag form of a receiver's configuration: one endpoint.
 */
#include <stdlib.h>
#include <string.h>

#include "base/scheme_json.h"
#include "receiver/config.h"
#include "receiver/source.h"
#include "receiver/store.h"

static bool need(const char *value, const char *flag, struct fail *fail)
{
    return value != NULL || fail_set(fail, EXIT_USAGE, "--%s is missing", flag);
}

static bool read_address(const char *text, const char *flag, struct address *address,
                         struct fail *fail)
{
    struct fail inner = {0};
    return address_parse(text, address, &inner) ||
           fail_set(fail, EXIT_USAGE, "--%s: %s", flag, inner.text);
}

static bool read_tls(const struct config_flags *flags, struct config *config, struct fail *fail)
{
    config->tls_certificate = flags->tls_certificate;
    config->tls_key = flags->tls_key;
    config->listen[0].tls = flags->tls_certificate != NULL;
    if ((flags->tls_certificate != NULL) != (flags->tls_key != NULL)) {
        return fail_set(fail, EXIT_USAGE, "--tls-certificate and --tls-key belong together");
    }
    return !config->listen[0].tls || config->listen[0].kind != ADDRESS_UNIX ||
           fail_set(fail, EXIT_USAGE, "--tls-certificate: a Unix socket needs no TLS");
}

static bool check_store(const char *text, struct fail *fail)
{
    struct fail inner = {0};
    return store_check(text, &inner) || fail_set(fail, EXIT_USAGE, "--store: %s", inner.text);
}

/* Cuts "Order.*,Tax.*" into the configuration's own copy. */
static bool split_events(struct config *config, const char *list, struct endpoint_spec *spec,
                         const char **events, struct fail *fail)
{
    config->texts = strdup(list);
    if (config->texts == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "--events: out of memory");
    }
    spec->events = events;
    for (char *at = config->texts; at != NULL;) {
        char *comma = strchr(at, ',');
        if (spec->event_count == ENDPOINT_EVENTS_MAX) {
            return fail_set(fail, EXIT_USAGE, "--events: more than %zu patterns",
                            ENDPOINT_EVENTS_MAX);
        }
        events[spec->event_count++] = at;
        if (comma != NULL) {
            *comma++ = '\0';
        }
        at = comma;
    }
    return true;
}

/* The place in the words of the command line: "$.events[2]" is "--events", "$[1].secret" the
 * second secret. The path is the name too. */
static bool flag_fail(hg_status status, const hg_error *error, struct fail *fail)
{
    static const char *const names[][2] = {{"$.path", "--path"},
                                           {"$.name", "--path"},
                                           {"$.events", "--events"},
                                           {"$.scheme", "--scheme"},
                                           {"$[0]", "--secret"},
                                           {"$[1]", "--previous-secret"},
                                           {"$.public_url", "--public-url"}};
    const char *flag = error->where;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strncmp(error->where, names[i][0], strlen(names[i][0])) == 0) {
            flag = names[i][1];
        }
    }
    return fail_set(fail, hg_status_class(status) == HG_CLASS_SYSTEM ? EXIT_UNKNOWN : EXIT_USAGE,
                    "%s: %s", flag, error->what);
}

static bool make_endpoint(struct config *config, const struct config_flags *flags,
                          struct endpoint_spec spec, struct fail *fail)
{
    hg_scheme *scheme = NULL;
    hg_error error = {0};
    const char *events[ENDPOINT_EVENTS_MAX];
    if (flags->events != NULL && !split_events(config, flags->events, &spec, events, fail)) {
        return false;
    }
    if (!scheme_open(flags->scheme, &scheme, fail)) {
        return false;
    }
    hg_status status = endpoint_init(&config->endpoints[0], &spec, scheme, &error);
    if (status != HG_OK) {
        hg_scheme_free(scheme);
        return flag_fail(status, &error, fail);
    }
    if (!config_target_from_flags(flags, config, &config->endpoints[0], fail)) {
        endpoint_release(&config->endpoints[0]);
        return false;
    }
    config->endpoint_count = 1;
    return true;
}

/* The current secret and, during a rotation, the one before it. */
static bool with_secrets(struct config *config, const struct config_flags *flags,
                         struct endpoint_spec spec, struct fail *fail)
{
    struct buf current, previous;
    hg_key keys[2] = {{.label = hg_text("current")}, {.label = hg_text("previous")}};
    if (!sources_read(config->sources, flags->secret, HG_SECRET_MAX, &current, fail)) {
        return false;
    }
    keys[0].secret = buf_str(&current);
    buf_init(&previous, HG_SECRET_MAX);
    bool done = true;
    if (flags->previous_secret != NULL) {
        done =
            sources_read(config->sources, flags->previous_secret, HG_SECRET_MAX, &previous, fail);
        keys[1].secret = buf_str(&previous);
    }
    spec.keys = keys;
    spec.key_count = flags->previous_secret != NULL ? 2 : 1;
    done = done && make_endpoint(config, flags, spec, fail);
    buf_wipe(&current);
    buf_wipe(&previous);
    return done;
}

bool config_from_flags(struct config *config, const struct config_flags *flags, struct fail *fail)
{
    struct endpoint_spec spec = {.name = flags->path,
                                 .path = flags->path,
                                 .event_unsigned = flags->event_unsigned,
                                 .body_unsigned = flags->body_unsigned,
                                 .public_url = flags->public_url};
    bool done = need(flags->secret, "secret", fail) && need(flags->path, "path", fail) &&
                need(flags->scheme, "scheme", fail) && need(flags->listen, "listen", fail) &&
                need(flags->store, "store", fail) && check_store(flags->store, fail) &&
                read_address(flags->listen, "listen", &config->listen[0], fail) &&
                read_tls(flags, config, fail);
    config->listen_count = 1;
    config->store = flags->store;
    config->user = flags->user;
    config->group = flags->group;
    config->has_admin = flags->admin != NULL;
    done = done &&
           (!config->has_admin || read_address(flags->admin, "admin", &config->admin, fail)) &&
           with_secrets(config, flags, spec, fail);
    if (!done) {
        config_release(config);
    }
    return done;
}
