/* SPDX-License-Identifier: MIT
 *
 * Where an endpoint's deliveries are handed on to, in the JSON form and in flags.
 */
#include <string.h>

#include "base/http_field.h"
#include "receiver/config.h"
#include "receiver/source.h"

#define AUTHORIZATION_MAX ((size_t) 1024) /* bytes: tokens have at most some hundred */

/* ---- Members of "deliver" -------------------------------------------------------------------- */

static bool read_order(const struct json *object, struct target *target, struct fail *fail)
{
    struct json member;
    const char *text, *name;
    if (!json_get(object, "order", &member)) {
        return true;
    }
    if (!json_text(&member, &text, fail)) {
        return false;
    }
    for (int i = 0; (name = target_order_name((enum target_order) i)) != NULL; i++) {
        if (strcmp(text, name) == 0) {
            target->order = (enum target_order) i;
            return true;
        }
    }
    return json_fail(&member, fail, "must be none, arrival or event");
}

/* One at a time is what an order of arrival means. */
static bool read_concurrency(const struct json *object, struct target *target, struct fail *fail)
{
    struct json member;
    bool given = json_get(object, "concurrency", &member);
    if (!json_opt_int(object, "concurrency", 1, TARGET_CONCURRENCY_MAX, &target->concurrency,
                      fail)) {
        return false;
    }
    if (target->order == TARGET_BY_ARRIVAL) {
        if (given && target->concurrency != 1) {
            return json_fail(&member, fail, "must be 1 with the order arrival");
        }
        target->concurrency = 1;
    }
    return true;
}

static bool read_seconds(const struct json *object, const char *name, int64_t most,
                         int64_t *target_ms, struct fail *fail)
{
    int64_t seconds = *target_ms / 1000;
    if (!json_opt_int(object, name, 1, most, &seconds, fail)) {
        return false;
    }
    *target_ms = seconds * 1000;
    return true;
}

static bool read_dead(const struct json *object, struct target *target, struct fail *fail)
{
    struct json list, item = {0};
    bool http = target->kind == TARGET_HTTP;
    int64_t answer = 0;
    if (!json_get(object, "dead", &list)) {
        return true;
    }
    if (!json_array(&list, fail)) {
        return false;
    }
    if ((size_t) json_count(&list) > TARGET_DEAD_MAX) {
        return json_fail(&list, fail, "has more than %zu items", TARGET_DEAD_MAX);
    }
    target->dead_count = 0;
    while (json_item(&list, &item)) {
        if (!json_int(&item, http ? 300 : 1, http ? 599 : 255, &answer, fail)) {
            return false;
        }
        target->dead[target->dead_count++] = (int) answer;
    }
    return true;
}

static bool read_authorization(const struct json *object, const struct config *config,
                               struct target *target, struct fail *fail)
{
    struct json member;
    const char *src;
    struct fail inner = {0};
    if (!json_get(object, "authorization", &member)) {
        return true;
    }
    if (!json_text(&member, &src, fail)) {
        return false;
    }
    if (target->kind != TARGET_HTTP) {
        return json_fail(&member, fail, "belongs to \"forward\"");
    }
    if (!sources_read(config->sources, src, AUTHORIZATION_MAX, &target->authorization, &inner)) {
        (void) json_fail(&member, fail, "%s", inner.text);
        fail->exit_code = inner.exit_code;
        return false;
    }
    return http_is_value(buf_str(&target->authorization)) ||
           json_fail(&member, fail, "holds what a header can't carry");
}

static bool is_name(const char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
    size_t length = strspn(text, letters);
    return length > 0 && text[length] == '\0' && (text[0] < '0' || text[0] > '9') &&
           strncmp(text, "HOOKGAUGE_", 10) != 0;
}

static bool read_env(const struct json *object, struct target *target, struct fail *fail)
{
    struct json list, item = {0};
    size_t count = 0;
    if (!json_get(object, "env", &list)) {
        return true;
    }
    if (!json_array(&list, fail)) {
        return false;
    }
    if (target->kind != TARGET_EXEC) {
        return json_fail(&list, fail, "belongs to \"exec\"");
    }
    if ((size_t) json_count(&list) > TARGET_ENV_MAX) {
        return json_fail(&list, fail, "has more than %zu items", TARGET_ENV_MAX);
    }
    while (json_item(&list, &item)) {
        if (!json_text(&item, &target->env[count], fail)) {
            return false;
        }
        if (!is_name(target->env[count++])) {
            return json_fail(&item, fail, "is not the name of a variable to pass on");
        }
    }
    return true;
}

static bool read_errors(const struct json *object, struct target *target, struct fail *fail)
{
    struct json member;
    if (!json_get(object, "errors", &member)) {
        return true;
    }
    if (!json_bool(&member, &target->show_errors, fail)) {
        return false;
    }
    return target->kind == TARGET_EXEC || json_fail(&member, fail, "belongs to \"exec\"");
}

static bool read_delays(const struct json *object, struct target *target, struct fail *fail)
{
    struct json member;
    if (!read_seconds(object, "first_delay_s", TARGET_DELAY_MAX_S, &target->first_delay_ms, fail) ||
        !read_seconds(object, "most_delay_s", TARGET_DELAY_MAX_S, &target->most_delay_ms, fail)) {
        return false;
    }
    if (target->first_delay_ms <= target->most_delay_ms) {
        return true;
    }
    if (json_get(object, "most_delay_s", &member)) {
        return json_fail(&member, fail, "must not be less than first_delay_s");
    }
    target->most_delay_ms = target->first_delay_ms;
    return true;
}

static bool read_deliver(const struct json *at, const struct config *config, struct target *target,
                         struct fail *fail)
{
    static const char *const known[] = {
        "concurrency",   "order", "timeout_s", "attempts", "first_delay_s", "most_delay_s", "dead",
        "authorization", "env",   "errors",    NULL};
    struct json object;
    if (!json_get(at, "deliver", &object)) {
        return true;
    }
    if (!json_object(&object, known, fail)) {
        return false;
    }
    if (target->kind == TARGET_NONE) {
        return json_fail(&object, fail, "needs \"forward\" or \"exec\"");
    }
    return read_order(&object, target, fail) && read_concurrency(&object, target, fail) &&
           read_seconds(&object, "timeout_s", TARGET_TIMEOUT_MAX_S, &target->timeout_ms, fail) &&
           json_opt_int(&object, "attempts", 1, TARGET_ATTEMPTS_MAX, &target->attempts, fail) &&
           read_delays(&object, target, fail) && read_dead(&object, target, fail) &&
           read_authorization(&object, config, target, fail) && read_env(&object, target, fail) &&
           read_errors(&object, target, fail);
}

/* ---- The target itself ----------------------------------------------------------------------- */

/* URL or SRC into target->url. */
static bool set_url(const struct config *config, const char *text, struct target *target,
                    struct fail *fail)
{
    bool is_url = strstr(text, "://") != NULL && strncmp(text, "file:", 5) != 0;
    target->url_secret = !is_url;
    bool done =
        is_url ? buf_add_text(&target->url, text) ||
                     fail_set(fail, EXIT_USAGE, "the URL is larger than %zu bytes", TARGET_URL_MAX)
               : sources_read(config->sources, text, TARGET_URL_MAX, &target->url, fail);
    return done && target_check_url(buf_str(&target->url), fail);
}

static bool read_forward(const struct json *member, const struct config *config,
                         struct target *target, struct fail *fail)
{
    const char *text;
    struct fail inner = {0};
    if (!json_text(member, &text, fail)) {
        return false;
    }
    target_init(target, TARGET_HTTP);
    if (!set_url(config, text, target, &inner)) {
        (void) json_fail(member, fail, "%s", inner.text);
        fail->exit_code = inner.exit_code;
        return false;
    }
    return true;
}

static bool is_program(const char *text)
{
    return strchr(text, '/') != NULL;
}

static bool read_exec(const struct json *member, struct target *target, struct fail *fail)
{
    struct json item = {0};
    size_t count = 0;
    if (!json_array(member, fail)) {
        return false;
    }
    if (json_count(member) < 1 || (size_t) json_count(member) > TARGET_ARGS_MAX) {
        return json_fail(member, fail, "must have 1 to %zu words", TARGET_ARGS_MAX);
    }
    target_init(target, TARGET_EXEC);
    while (json_item(member, &item)) {
        if (!json_text(&item, &target->argv[count], fail)) {
            return false;
        }
        if (count++ == 0 && !is_program(target->argv[0])) {
            return json_fail(&item, fail, "must be a path with a '/', such as ./handler");
        }
    }
    return true;
}

/* ---- What goes together ---------------------------------------------------------------------- */

/* "": it does. Events that nothing vouches for are no order. */
static const char *misfit(const struct config *config, const struct endpoint *endpoint)
{
    const struct target *target = &endpoint->target;
    const char *header = hg_scheme_row(endpoint->scheme)->event.header;
    int64_t sum = target->concurrency;
    if (strcmp(config->store, "memory:") == 0) {
        return "needs a store that keeps: deliveries are handed on from the store, and memory: "
               "forgets them";
    }
    if (target->order == TARGET_BY_EVENT && header == NULL) {
        return "the order event needs a scheme that has events";
    }
    if (target->order == TARGET_BY_EVENT && !endpoint->options.event_unsigned &&
        !hg_scheme_binds(endpoint->scheme, HG_PART_EVENT)) {
        return "the order event can't be trusted: the scheme does not sign the event; say "
               "\"event_unsigned\": true if that is meant";
    }
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct target *other = &config->endpoints[i].target;
        sum += other->kind != TARGET_NONE ? other->concurrency : 0;
    }
    return sum <= CONFIG_ATTEMPTS_MAX ? "" : "makes more than 256 attempts at once with the others";
}

bool config_read_target(const struct json *at, const struct config *config,
                        struct endpoint *endpoint, struct fail *fail)
{
    struct target *target = &endpoint->target;
    struct json forward, exec;
    bool has_forward = json_get(at, "forward", &forward), has_exec = json_get(at, "exec", &exec);
    if (has_forward && has_exec) {
        return json_fail(&exec, fail, "can't stand beside \"forward\"");
    }
    if ((has_forward && !read_forward(&forward, config, target, fail)) ||
        (has_exec && !read_exec(&exec, target, fail)) || !read_deliver(at, config, target, fail)) {
        return false;
    }
    const char *what = target->kind == TARGET_NONE ? "" : misfit(config, endpoint);
    return what[0] == '\0' || json_fail(has_forward ? &forward : &exec, fail, "%s", what);
}

bool config_target_from_flags(const struct config_flags *flags, const struct config *config,
                              struct endpoint *endpoint, struct fail *fail)
{
    struct target *target = &endpoint->target;
    const char *flag = flags->forward != NULL ? "forward" : "exec";
    struct fail inner = {0};
    if (flags->forward != NULL && flags->exec != NULL) {
        return fail_set(fail, EXIT_USAGE, "--exec: can't stand beside --forward");
    }
    if (flags->forward != NULL) {
        target_init(target, TARGET_HTTP);
        if (!set_url(config, flags->forward, target, &inner)) {
            return fail_set(fail, (enum exit_code) inner.exit_code, "--forward: %s", inner.text);
        }
    }
    if (flags->exec != NULL) {
        target_init(target, TARGET_EXEC);
        target->argv[0] = flags->exec;
        if (!is_program(flags->exec)) {
            return fail_set(fail, EXIT_USAGE,
                            "--exec: must be a path with a '/', such as "
                            "./handler");
        }
    }
    const char *what = target->kind == TARGET_NONE ? "" : misfit(config, endpoint);
    return what[0] == '\0' || fail_set(fail, EXIT_USAGE, "--%s: %s", flag, what);
}
