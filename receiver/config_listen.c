/* SPDX-License-Identifier: MIT
 *
 * The part of the JSON configuration that says where a receiver listens, and as whom it runs.
 */
#include "receiver/config.h"

static bool read_text(const struct json *at, struct address *address, struct fail *fail)
{
    const char *text;
    struct fail inner = {0};
    return json_text(at, &text, fail) &&
           (address_parse(text, address, &inner) || json_fail(at, fail, "%s", inner.text));
}

static bool read_mode(const struct json *at, struct address *address, struct fail *fail)
{
    const char *text;
    struct fail inner = {0};
    struct json mode;
    if (!json_get(at, "mode", &mode)) {
        return true;
    }
    if (address->kind != ADDRESS_UNIX) {
        return json_fail(&mode, fail, "only the file of a unix: address has a mode");
    }
    return json_text(&mode, &text, fail) &&
           (address_mode(text, &address->mode, &inner) || json_fail(&mode, fail, "%s", inner.text));
}

/* Text, or an object with an address and more. Where there is a certificate, TLS is spoken except
 * on Unix sockets. */
static bool read_address(const struct json *at, bool tls, struct address *address,
                         struct fail *fail)
{
    static const char *const known[] = {"address", "mode", "tls", NULL};
    struct json text = *at, spoken;
    bool whole = cJSON_IsObject(at->node);
    if (whole && (!json_object(at, known, fail) || !json_need(at, "address", &text, fail))) {
        return false;
    }
    if (!read_text(&text, address, fail) || (whole && !read_mode(at, address, fail))) {
        return false;
    }
    address->tls = tls && address->kind != ADDRESS_UNIX;
    if (!whole || !json_get(at, "tls", &spoken)) {
        return true;
    }
    return json_bool(&spoken, &address->tls, fail) &&
           (tls || !address->tls || json_fail(&spoken, fail, "needs the certificate of $.tls"));
}

static bool read_list(const struct json *at, bool tls, struct config *config, struct fail *fail)
{
    struct json item = {0};
    if (!cJSON_IsArray(at->node)) {
        config->listen_count = 1;
        return read_address(at, tls, &config->listen[0], fail);
    }
    if (json_count(at) < 1 || (size_t) json_count(at) > LISTENERS_MAX) {
        return json_fail(at, fail, "must have 1 to %zu addresses", LISTENERS_MAX);
    }
    while (json_item(at, &item)) {
        if (!read_address(&item, tls, &config->listen[config->listen_count++], fail)) {
            return false;
        }
    }
    return true;
}

static bool read_tls(const struct json *at, struct config *config, struct fail *fail)
{
    static const char *const known[] = {"certificate", "key", NULL};
    struct json certificate, key;
    return json_object(at, known, fail) && json_need(at, "certificate", &certificate, fail) &&
           json_text(&certificate, &config->tls_certificate, fail) &&
           json_need(at, "key", &key, fail) && json_text(&key, &config->tls_key, fail);
}

/* A certificate that nobody is shown is a mistake: somebody believes that TLS is spoken. */
static bool tls_is_used(const struct config *config)
{
    for (size_t i = 0; i < config->listen_count; i++) {
        if (config->listen[i].tls) {
            return true;
        }
    }
    return false;
}

static bool read_admin(const struct json *root, struct config *config, struct fail *fail)
{
    struct json admin;
    config->has_admin = json_get(root, "admin", &admin);
    return !config->has_admin || read_address(&admin, false, &config->admin, fail);
}

bool config_read_listen(const struct json *root, struct config *config, struct fail *fail)
{
    struct json tls, listen;
    bool has_tls = json_get(root, "tls", &tls);
    if ((has_tls && !read_tls(&tls, config, fail)) || !json_need(root, "listen", &listen, fail) ||
        !read_list(&listen, has_tls, config, fail) || !read_admin(root, config, fail)) {
        return false;
    }
    if (has_tls && !tls_is_used(config)) {
        return json_fail(&tls, fail, "no address of $.listen speaks TLS");
    }
    return json_opt_text(root, "user", &config->user, fail) &&
           json_opt_text(root, "group", &config->group, fail);
}
