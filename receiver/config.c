/* SPDX-License-Identifier: MIT
 *
 * The JSON form of a receiver's configuration. Everything is checked before anything is opened.
 */
#include "receiver/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/scheme_json.h"
#include "base/secret.h"
#include "receiver/store.h"

#define DEFAULT_BODY_MAX ((int64_t) 1 << 20) /* bytes: a webhook carries one record */
#define DEFAULT_CONNECTIONS 1000             /* fits the usual limit of 1,024 descriptors */

/* The lists of one endpoint while it is read. */
struct draft {
    struct endpoint_spec spec;
    hg_key keys[HG_KEYS_MAX];
    struct buf secrets[HG_KEYS_MAX];
    const char *events[ENDPOINT_EVENTS_MAX];
    const char *extra_events[ENDPOINT_EVENTS_MAX];
};

void config_init(struct config *config)
{
    memset(config, 0, sizeof(*config));
    config->log_level = LOG_INFO;
    config->limits.max_body = DEFAULT_BODY_MAX;
    config->limits.max_connections = DEFAULT_CONNECTIONS;
    config->limits.idle_timeout_s = 10;
    config->limits.request_timeout_s = 30;
}

void config_release(struct config *config)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        endpoint_release(&config->endpoints[i]);
    }
    cJSON_Delete(config->tree);
    free(config->texts);
    config_init(config);
}

/* ---- Secrets --------------------------------------------------------------------------------- */

static bool read_not_after(const struct json *at, int64_t *out, struct fail *fail)
{
    struct json member;
    const char *text;
    if (!json_get(at, "not_after", &member)) {
        return true;
    }
    if (!json_text(&member, &text, fail)) {
        return false;
    }
    return (hg_time_parse(HG_TIME_RFC3339, hg_text(text), out) && *out > 0) ||
           json_fail(&member, fail, "must be a time such as 2026-12-31T00:00:00Z");
}

static bool read_secret(const struct json *at, struct draft *draft, struct fail *fail)
{
    static const char *const known[] = {"label", "secret", "not_after", NULL};
    hg_key *key = &draft->keys[draft->spec.key_count];
    struct buf *room = &draft->secrets[draft->spec.key_count];
    struct json member;
    const char *src, *label = "";
    struct fail inner = {0};

    if (!json_object(at, known, fail) || !json_need(at, "secret", &member, fail) ||
        !json_text(&member, &src, fail) || !json_opt_text(at, "label", &label, fail) ||
        !read_not_after(at, &key->not_after, fail)) {
        return false;
    }
    if (!secret_read(src, HG_SECRET_MAX, room, &inner)) {
        (void) json_fail(&member, fail, "%s", inner.text);
        fail->exit_code = inner.exit_code;
        return false;
    }
    key->label = hg_text(label);
    key->secret = buf_str(room);
    draft->spec.key_count++;
    return true;
}

static bool read_secrets(const struct json *object, struct draft *draft, struct fail *fail)
{
    struct json list, item = {0};
    if (!json_need(object, "secrets", &list, fail) || !json_array(&list, fail)) {
        return false;
    }
    if (json_count(&list) < 1 || json_count(&list) > HG_KEYS_MAX) {
        return json_fail(&list, fail, "must have 1 to %d secrets", HG_KEYS_MAX);
    }
    while (json_item(&list, &item)) {
        if (!read_secret(&item, draft, fail)) {
            return false;
        }
    }
    return true;
}

/* ---- Endpoints ------------------------------------------------------------------------------- */

static bool read_texts(const struct json *object, const char *name, const char **texts,
                       size_t *count, bool *given, struct fail *fail)
{
    struct json list, item = {0};
    *given = json_get(object, name, &list);
    if (!*given) {
        return true;
    }
    if (!json_array(&list, fail)) {
        return false;
    }
    if ((size_t) json_count(&list) > ENDPOINT_EVENTS_MAX) {
        return json_fail(&list, fail, "has more than %zu items", ENDPOINT_EVENTS_MAX);
    }
    while (json_item(&list, &item)) {
        if (!json_text(&item, &texts[(*count)++], fail)) {
            return false;
        }
    }
    return true;
}

static bool read_scheme(const struct json *object, hg_scheme **scheme, struct fail *fail)
{
    struct json member;
    const char *name;
    struct fail inner = {0};
    if (!json_need(object, "scheme", &member, fail)) {
        return false;
    }
    if (cJSON_IsObject(member.node)) {
        return scheme_from_json(&member, scheme, fail);
    }
    if (!json_text(&member, &name, fail)) {
        return false;
    }
    if (!scheme_open(name, scheme, &inner)) {
        (void) json_fail(&member, fail, "%s", inner.text);
        fail->exit_code = inner.exit_code;
        return false;
    }
    return true;
}

static bool read_members(const struct json *at, struct draft *draft, struct fail *fail)
{
    struct endpoint_spec *spec = &draft->spec;
    struct json member;
    bool events, extra;
    if (!json_need(at, "path", &member, fail) || !json_text(&member, &spec->path, fail)) {
        return false;
    }
    spec->name = spec->path;
    if (!json_opt_text(at, "name", &spec->name, fail) ||
        !json_opt_text(at, "public_url", &spec->public_url, fail) ||
        !json_opt_bool(at, "event_unsigned", &spec->event_unsigned, fail) ||
        !json_opt_bool(at, "body_unsigned", &spec->body_unsigned, fail) ||
        !json_opt_int(at, "dedup_s", 1, ENDPOINT_DEDUP_MAX_S, &spec->dedup_s, fail) ||
        !read_texts(at, "events", draft->events, &spec->event_count, &events, fail) ||
        !read_texts(at, "extra_events", draft->extra_events, &spec->extra_event_count, &extra,
                    fail)) {
        return false;
    }
    spec->events = events ? draft->events : NULL;
    spec->extra_events = draft->extra_events;
    spec->keys = draft->keys;
    return read_secrets(at, draft, fail);
}

/* where is "$.events[2]", or "$[1].secret" when it comes from the ring. */
static bool endpoint_fail(const struct json *at, hg_status status, const hg_error *error,
                          struct fail *fail)
{
    char path[JSON_PATH_MAX];
    const char *in = error->where[0] == '$' ? error->where + 1 : error->where;
    json_path(at, path, sizeof(path));
    return fail_set(fail, hg_status_class(status) == HG_CLASS_SYSTEM ? EXIT_UNKNOWN : EXIT_USAGE,
                    "%s: %s%s%s: %s", at->file, path, in[0] == '[' ? ".secrets" : "", in,
                    error->what);
}

/* Two endpoints may share neither path nor name: the name keeps their duplicates apart. */
static bool check_unique(const struct json *at, const struct config *config,
                         const struct endpoint *added, struct fail *fail)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *other = &config->endpoints[i];
        if (strcmp(other->path.ptr, added->path.ptr) == 0) {
            return json_fail(at, fail, "the path %s is already that of endpoint %zu",
                             added->path.ptr, i);
        }
        if (strcmp(other->name.ptr, added->name.ptr) == 0) {
            return json_fail(at, fail, "the name %s is already that of endpoint %zu",
                             added->name.ptr, i);
        }
    }
    return true;
}

static bool make_endpoint(const struct json *at, const struct draft *draft, struct config *config,
                          struct fail *fail)
{
    hg_scheme *scheme = NULL;
    hg_error error = {0};
    struct endpoint *endpoint = &config->endpoints[config->endpoint_count];
    if (!read_scheme(at, &scheme, fail)) {
        return false;
    }
    hg_status status = endpoint_init(endpoint, &draft->spec, scheme, &error);
    if (status != HG_OK) {
        hg_scheme_free(scheme);
        return endpoint_fail(at, status, &error, fail);
    }
    if (!check_unique(at, config, endpoint, fail)) {
        endpoint_release(endpoint);
        return false;
    }
    config->endpoint_count++;
    return true;
}

static bool read_endpoint(const struct json *at, struct config *config, struct fail *fail)
{
    static const char *const known[] = {
        "name",           "path",          "scheme",  "secrets",    "events", "extra_events",
        "event_unsigned", "body_unsigned", "dedup_s", "public_url", NULL};
    struct draft *draft = calloc(1, sizeof(*draft));
    if (draft == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", at->file);
    }
    bool done = json_object(at, known, fail) && read_members(at, draft, fail) &&
                make_endpoint(at, draft, config, fail);
    for (size_t i = 0; i < HG_KEYS_MAX; i++) {
        buf_wipe(&draft->secrets[i]);
    }
    free(draft);
    return done;
}

static bool read_endpoints(const struct json *root, struct config *config, struct fail *fail)
{
    struct json list, item = {0};
    if (!json_need(root, "endpoints", &list, fail) || !json_array(&list, fail)) {
        return false;
    }
    if (json_count(&list) < 1 || (size_t) json_count(&list) > CONFIG_ENDPOINTS_MAX) {
        return json_fail(&list, fail, "must have 1 to %zu endpoints", CONFIG_ENDPOINTS_MAX);
    }
    while (json_item(&list, &item)) {
        if (!read_endpoint(&item, config, fail)) {
            return false;
        }
    }
    return true;
}

/* ---- The rest -------------------------------------------------------------------------------- */

static bool read_address(const struct json *at, struct address *address, struct fail *fail)
{
    const char *text;
    struct fail inner = {0};
    if (!json_text(at, &text, fail)) {
        return false;
    }
    return address_parse(text, address, &inner) || json_fail(at, fail, "%s", inner.text);
}

static bool read_store(const struct json *at, const char **store, struct fail *fail)
{
    struct fail inner = {0};
    if (!json_text(at, store, fail)) {
        return false;
    }
    return store_check(*store, &inner) || json_fail(at, fail, "%s", inner.text);
}

static bool read_log(const struct json *root, struct config *config, struct fail *fail)
{
    static const char *const known[] = {"level", "json", NULL};
    struct json log, level;
    const char *name;
    if (!json_get(root, "log", &log)) {
        return true;
    }
    if (!json_object(&log, known, fail) || !json_opt_bool(&log, "json", &config->log_json, fail)) {
        return false;
    }
    if (!json_get(&log, "level", &level)) {
        return true;
    }
    if (!json_text(&level, &name, fail)) {
        return false;
    }
    config->log_level = log_level_find(name);
    return config->log_level != 0 || json_fail(&level, fail, "must be error, warn, info or debug");
}

static bool read_limits(const struct json *root, struct limits *limits, struct fail *fail)
{
    static const char *const known[] = {"max_body", "max_connections", "idle_timeout_s",
                                        "request_timeout_s", NULL};
    struct json at;
    if (!json_get(root, "limits", &at)) {
        return true;
    }
    return json_object(&at, known, fail) &&
           json_opt_int(&at, "max_body", 1, CONFIG_BODY_MAX, &limits->max_body, fail) &&
           json_opt_int(&at, "max_connections", 1, CONFIG_CONNECTIONS_MAX, &limits->max_connections,
                        fail) &&
           json_opt_int(&at, "idle_timeout_s", 1, CONFIG_TIMEOUT_MAX_S, &limits->idle_timeout_s,
                        fail) &&
           json_opt_int(&at, "request_timeout_s", 1, CONFIG_TIMEOUT_MAX_S,
                        &limits->request_timeout_s, fail);
}

static bool read_root(const struct json *root, struct config *config, struct fail *fail)
{
    static const char *const known[] = {"listen", "admin",     "store", "log",
                                        "limits", "endpoints", NULL};
    struct json member;
    if (!json_object(root, known, fail) || !json_need(root, "listen", &member, fail) ||
        !read_address(&member, &config->listen, fail) || !json_need(root, "store", &member, fail) ||
        !read_store(&member, &config->store, fail)) {
        return false;
    }
    config->has_admin = json_get(root, "admin", &member);
    return (!config->has_admin || read_address(&member, &config->admin, fail)) &&
           read_log(root, config, fail) && read_limits(root, &config->limits, fail) &&
           read_endpoints(root, config, fail);
}

bool config_parse(struct config *config, hg_str text, const char *file, struct fail *fail)
{
    if (!json_parse(text, file, &config->tree, fail)) {
        return false;
    }
    struct json root = json_root(config->tree, file);
    if (!read_root(&root, config, fail)) {
        config_release(config);
        return false;
    }
    return true;
}
