/* SPDX-License-Identifier: MIT
 *
 * One endpoint of the JSON configuration: its scheme, secrets and rules.
 */
#include <stdlib.h>
#include <string.h>

#include "base/scheme_json.h"
#include "receiver/config.h"

/* The lists of one endpoint while it is read. */
struct draft {
    struct endpoint_spec spec;
    hg_key keys[HG_KEYS_MAX];
    struct buf secrets[HG_KEYS_MAX];
    const char *events[ENDPOINT_EVENTS_MAX];
    const char *extra_events[ENDPOINT_EVENTS_MAX];
};

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

static bool read_secret(const struct json *at, const struct config *config, struct draft *draft,
                        struct fail *fail)
{
    static const char *const known[] = {"label", "secret", "not_after", NULL};
    hg_key *key = &draft->keys[draft->spec.key_count];
    struct buf *room = &draft->secrets[draft->spec.key_count];
    struct json member;
    const char *label = "";
    if (!json_object(at, known, fail) || !json_need(at, "secret", &member, fail) ||
        !json_opt_text(at, "label", &label, fail) || !read_not_after(at, &key->not_after, fail) ||
        !config_read_key(&member, config, room, fail)) {
        return false;
    }
    key->label = hg_text(label);
    key->secret = buf_str(room);
    draft->spec.key_count++;
    return true;
}

static bool read_secrets(const struct json *object, const struct config *config,
                         struct draft *draft, struct fail *fail)
{
    struct json list, item = {0};
    if (!json_need(object, "secrets", &list, fail) || !json_array(&list, fail)) {
        return false;
    }
    if (json_count(&list) < 1 || json_count(&list) > HG_KEYS_MAX) {
        return json_fail(&list, fail, "must have 1 to %d secrets", HG_KEYS_MAX);
    }
    while (json_item(&list, &item)) {
        if (!read_secret(&item, config, draft, fail)) {
            return false;
        }
    }
    return true;
}

/* ---- The endpoint ------------------------------------------------------------------------------
 */

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

static bool read_members(const struct json *at, const struct config *config, struct draft *draft,
                         struct fail *fail)
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
    spec->keyless = config->keyless;
    return read_secrets(at, config, draft, fail);
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
    if (!check_unique(at, config, endpoint, fail) || !config_read_rules(at, endpoint, fail) ||
        !config_read_challenge(at, config, draft->keys, endpoint, fail) ||
        !config_read_target(at, config, endpoint, fail)) {
        endpoint_release(endpoint);
        return false;
    }
    config->endpoint_count++;
    return true;
}

bool config_read_endpoint(const struct json *at, struct config *config, struct fail *fail)
{
    static const char *const known[] = {
        "name",         "path",           "scheme",        "secrets", "events",
        "extra_events", "event_unsigned", "body_unsigned", "dedup_s", "public_url",
        "methods",      "answers",        "unwanted",      "id_from", "challenge",
        "forward",      "exec",           "deliver",       NULL};
    struct draft *draft = calloc(1, sizeof(*draft));
    if (draft == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", at->file);
    }
    bool done = json_object(at, known, fail) && read_members(at, config, draft, fail) &&
                make_endpoint(at, draft, config, fail);
    for (size_t i = 0; i < HG_KEYS_MAX; i++) {
        buf_wipe(&draft->secrets[i]);
    }
    free(draft);
    return done;
}
