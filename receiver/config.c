/* SPDX-License-Identifier: MIT
 *
 * The JSON form of a receiver's configuration. Everything is checked before anything is opened.
 */
#include "receiver/config.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "receiver/source.h"
#include "receiver/store.h"

void config_init(struct config *config)
{
    memset(config, 0, sizeof(*config));
    buf_init(&config->text, CONFIG_FILE_MAX);
    config->log_level = LOG_INFO;
    stream_options_init(&config->nats);
    config_default_limits(config);
}

void config_release(struct config *config)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        endpoint_release(&config->endpoints[i]);
    }
    buf_free(&config->text);
    cJSON_Delete(config->tree);
    free(config->texts);
    config_init(config);
}

bool config_read_key(const struct json *at, const struct config *config, struct buf *out,
                     struct fail *fail)
{
    const char *src;
    struct fail inner = {0};
    buf_init(out, HG_SECRET_MAX);
    if (!json_text(at, &src, fail)) {
        return false;
    }
    bool done = config->keyless ? secret_check(src, &inner)
                                : sources_read(config->sources, src, HG_SECRET_MAX, out, &inner);
    if (!done) {
        (void) json_fail(at, fail, "%s", inner.text);
        fail->exit_code = inner.exit_code;
    }
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
        if (!config_read_endpoint(&item, config, fail)) {
            return false;
        }
    }
    return true;
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

static bool read_root(const struct json *root, struct config *config, struct fail *fail)
{
    static const char *const known[] = {
        "listen",     "admin",     "tls", "user",   "group",           "store",
        "nats",       "retention", "log", "limits", "trusted_proxies", "forwarded_header",
        "quarantine", "endpoints", NULL};
    struct json store;
    return json_object(root, known, fail) && config_read_listen(root, config, fail) &&
           json_need(root, "store", &store, fail) && read_store(&store, &config->store, fail) &&
           stream_options_read(root, config->store, &config->nats, fail) &&
           config_read_retention(root, config, fail) && read_log(root, config, fail) &&
           config_read_limits(root, config, fail) && read_endpoints(root, config, fail);
}

bool config_parse(struct config *config, hg_str text, const char *file, struct fail *fail)
{
    if (!json_parse(text, file, &config->tree, fail)) {
        return false;
    }
    struct json root = json_root(config->tree, file);
    config->file = file;
    if (!buf_add_str(&config->text, text)) {
        config_release(config);
        return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", file);
    }
    if (!read_root(&root, config, fail)) {
        config_release(config);
        return false;
    }
    return true;
}
