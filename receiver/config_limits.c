/* SPDX-License-Identifier: MIT
 *
 * What the configuration says for all endpoints: limits, trusted proxies, quarantine.
 */
#include <string.h>
#include <strings.h>

#include "receiver/config.h"

#define DEFAULT_BODY_MAX ((int64_t) 1 << 20)    /* bytes: a webhook carries one record */
#define DEFAULT_CONNECTIONS 1000                /* fits the usual limit of 1,024 descriptors */
#define DEFAULT_IN_FLIGHT ((int64_t) 256 << 20) /* bytes: what a small machine can spare */
#define DEFAULT_QUARANTINE_BYTES ((int64_t) 64 << 20)
#define DEFAULT_QUARANTINE_COUNT 1000

void config_default_limits(struct config *config)
{
    config->limits.max_body = DEFAULT_BODY_MAX;
    config->limits.max_connections = DEFAULT_CONNECTIONS;
    config->limits.max_bytes_in_flight = DEFAULT_IN_FLIGHT;
    config->limits.idle_timeout_s = 10;
    config->limits.request_timeout_s = 30;
}

bool limits_check(const struct limits *limits, struct fail *fail)
{
    return limits->max_bytes_in_flight >= limits->max_body ||
           fail_set(
               fail, EXIT_USAGE,
               "max_bytes_in_flight (%lld) must not be below max_body (%lld): such a body could "
               "never be taken",
               (long long) limits->max_bytes_in_flight, (long long) limits->max_body);
}

static bool read_limits(const struct json *at, struct limits *limits, struct fail *fail)
{
    static const char *const known[] = {"max_body",           "max_bytes_in_flight",
                                        "max_connections",    "max_connections_per_address",
                                        "refused_per_minute", "idle_timeout_s",
                                        "request_timeout_s",  NULL};
    return json_object(at, known, fail) &&
           json_opt_int(at, "max_body", 1, CONFIG_BODY_MAX, &limits->max_body, fail) &&
           json_opt_int(at, "max_bytes_in_flight", 1, CONFIG_IN_FLIGHT_MAX,
                        &limits->max_bytes_in_flight, fail) &&
           json_opt_int(at, "max_connections", 1, CONFIG_CONNECTIONS_MAX, &limits->max_connections,
                        fail) &&
           json_opt_int(at, "max_connections_per_address", 0, CONFIG_CONNECTIONS_MAX,
                        &limits->max_connections_per_address, fail) &&
           json_opt_int(at, "refused_per_minute", 0, CONFIG_REFUSED_MAX,
                        &limits->refused_per_minute, fail) &&
           json_opt_int(at, "idle_timeout_s", 1, CONFIG_TIMEOUT_MAX_S, &limits->idle_timeout_s,
                        fail) &&
           json_opt_int(at, "request_timeout_s", 1, CONFIG_TIMEOUT_MAX_S,
                        &limits->request_timeout_s, fail);
}

/* ---- Trusted proxies ------------------------------------------------------------------------- */

static bool read_proxies(const struct json *list, struct trust *trust, struct fail *fail)
{
    struct json item = {0};
    if (!json_array(list, fail)) {
        return false;
    }
    while (json_item(list, &item)) {
        const char *text;
        struct fail inner = {0};
        if (!json_text(&item, &text, fail)) {
            return false;
        }
        if (strcmp(text, "unix") == 0) {
            trust->unix_socket = true;
        } else if (trust->count == TRUST_MAX) {
            return json_fail(list, fail, "has more than %zu networks", TRUST_MAX);
        } else if (!network_parse(text, &trust->networks[trust->count++], &inner)) {
            return json_fail(&item, fail, "%s", inner.text);
        }
    }
    return true;
}

/* The header alone would do nothing, which nobody means. */
static bool read_trust(const struct json *root, struct trust *trust, struct fail *fail)
{
    struct json list, header;
    const char *name;
    bool given = json_get(root, "trusted_proxies", &list);
    if (given && !read_proxies(&list, trust, fail)) {
        return false;
    }
    if (!json_get(root, "forwarded_header", &header)) {
        return true;
    }
    if (!json_text(&header, &name, fail)) {
        return false;
    }
    if (!given) {
        return json_fail(&header, fail, "needs trusted_proxies");
    }
    trust->rfc7239 = strcasecmp(name, "Forwarded") == 0;
    return trust->rfc7239 || strcasecmp(name, "X-Forwarded-For") == 0 ||
           json_fail(&header, fail, "must be X-Forwarded-For or Forwarded");
}

/* ---- Quarantine ------------------------------------------------------------------------------ */

static bool read_statuses(const struct json *list, uint64_t *statuses, struct fail *fail)
{
    struct json item = {0};
    if (!json_array(list, fail)) {
        return false;
    }
    if (json_count(list) == 0) {
        return json_fail(list, fail, "is empty: nothing would be kept");
    }
    *statuses = 0;
    while (json_item(list, &item)) {
        const char *name;
        if (!json_text(&item, &name, fail)) {
            return false;
        }
        hg_status status = hg_status_find(hg_text(name));
        if (status == 0 || !quarantine_allows(status)) {
            return json_fail(&item, fail,
                             "must be the name of a status with which a request is refused, such "
                             "as mismatch");
        }
        *statuses |= UINT64_C(1) << status;
    }
    return true;
}

static bool read_quarantine(const struct json *at, struct quarantine_spec *spec, struct fail *fail)
{
    static const char *const known[] = {"path", "max_bytes", "max_count", "statuses", NULL};
    struct json path, statuses;
    spec->max_bytes = DEFAULT_QUARANTINE_BYTES;
    spec->max_count = DEFAULT_QUARANTINE_COUNT;
    spec->statuses = quarantine_all();
    if (!json_object(at, known, fail) || !json_need(at, "path", &path, fail) ||
        !json_text(&path, &spec->path, fail)) {
        return false;
    }
    if (spec->path[0] == '\0') {
        return json_fail(&path, fail, "must name a folder");
    }
    return json_opt_int(at, "max_bytes", 1, QUARANTINE_BYTES_MAX, &spec->max_bytes, fail) &&
           json_opt_int(at, "max_count", 1, QUARANTINE_COUNT_MAX, &spec->max_count, fail) &&
           (!json_get(at, "statuses", &statuses) ||
            read_statuses(&statuses, &spec->statuses, fail));
}

bool config_read_limits(const struct json *root, struct config *config, struct fail *fail)
{
    struct json at;
    struct fail inner = {0};
    if (json_get(root, "limits", &at)) {
        if (!read_limits(&at, &config->limits, fail)) {
            return false;
        }
        if (!limits_check(&config->limits, &inner)) {
            return json_fail(&at, fail, "%s", inner.text);
        }
    }
    return read_trust(root, &config->trust, fail) &&
           (!json_get(root, "quarantine", &at) || read_quarantine(&at, &config->quarantine, fail));
}
