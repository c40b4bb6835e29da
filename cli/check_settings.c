/* SPDX-License-Identifier: MIT
 *
 * See check_settings.h: the settings. Each is named as in the configuration.
 */
#include "cli/check_settings.h"

#include <stdio.h>
#include <string.h>

#include "receiver/challenge.h"

/* ---- An endpoint ----------------------------------------------------------------------------- */

static void say_methods(struct say *say, const struct rules *rules)
{
    const char *words[8 * sizeof(rules->methods)];
    const char *name;
    size_t count = 0;
    struct rules usual;
    rules_init(&usual);
    for (size_t i = 0; (name = rules_method(i)) != NULL; i++) {
        if ((rules->methods & 1U << i) != 0) {
            words[count++] = name;
        }
    }
    say_words(say, "methods", words, count, rules->methods == usual.methods);
}

static void say_answers(struct say *say, const struct answers *answers)
{
    struct answers usual;
    answers_init(&usual);
    say_open(say, "answers", true);
    for (size_t i = 0; i < ANSWER_CLASSES; i++) {
        say_number(say, answer_class_name((enum answer_class) i), answers->http[i],
                   answers->http[i] == usual.http[i]);
    }
    say_close(say);
}

void check_say_rules(struct say *say, const struct endpoint *endpoint)
{
    const struct rules *rules = &endpoint->rules;
    say_number(say, "dedup_s", endpoint->dedup_s, false);
    say_methods(say, rules);
    if (rules->id_from != NULL) {
        say_text(say, "id_from", hg_text(rules->id_from), false);
    }
    if (rules->challenge != NULL) {
        say_text(say, "challenge", hg_text(challenge_from_name(rules->challenge->from)), false);
    }
    say_text(say, "unwanted", hg_text(rules->ack_unwanted ? "ack" : "refuse"),
             !rules->ack_unwanted);
    say_answers(say, &rules->answers);
}

static size_t count_words(const char *const *words)
{
    size_t count = 0;
    while (words[count] != NULL) {
        count++;
    }
    return count;
}

void check_say_deliver(struct say *say, const struct target *target)
{
    bool exec = target->kind == TARGET_EXEC;
    if (exec) { /* the words themselves may be more than others should read */
        size_t arguments = count_words(target->argv) - 1;
        say_number(say, "arguments", (int64_t) arguments, arguments == 0);
    }
    say_open(say, "deliver", false);
    if (say->json) { /* for people it has a column */
        say_text(say, "order", hg_text(target_order_name(target->order)), false);
    }
    say_number(say, "concurrency", target->concurrency, false);
    say_number(say, "attempts", target->attempts, false);
    say_number(say, "timeout_s", target->timeout_ms / 1000, false);
    say_number(say, "first_delay_s", target->first_delay_ms / 1000, false);
    say_number(say, "most_delay_s", target->most_delay_ms / 1000, false);
    say_numbers(say, "dead", target->dead, target->dead_count);
    if (exec) {
        say_words(say, "env", target->env, count_words(target->env), false);
        say_flag(say, "errors", target->show_errors);
    } else {
        say_flag(say, "authorization", target->authorization.len > 0);
    }
    say_close(say);
}

/* ---- The receiver ---------------------------------------------------------------------------- */

#define PLACE_MAX (ADDRESS_TEXT_MAX + 16) /* bytes: "https://" and an address */

/* As the lines at the start have it, but for ports that are not known yet. */
static const char *place_text(const struct address *address, char out[PLACE_MAX])
{
    char text[ADDRESS_TEXT_MAX] = "";
    switch (address->kind) {
    case ADDRESS_IP:
        address_text(&address->socket, text);
        (void) snprintf(out, PLACE_MAX, "http%s://%s", address->tls ? "s" : "", text);
        break;
    case ADDRESS_UNIX:
        address_text(&address->socket, text);
        (void) snprintf(out, PLACE_MAX, "%s", text);
        break;
    case ADDRESS_FD:
        (void) snprintf(out, PLACE_MAX, "fd:%d%s", address->fd, address->tls ? "+tls" : "");
        break;
    case ADDRESS_SYSTEMD:
        (void) snprintf(out, PLACE_MAX, "systemd%s%s%s", address->name[0] != '\0' ? ":" : "",
                        address->name, address->tls ? "+tls" : "");
        break;
    }
    return out;
}

static void say_places(struct say *say, const struct config *config)
{
    char texts[LISTENERS_MAX][PLACE_MAX], admin[PLACE_MAX];
    const char *words[LISTENERS_MAX];
    for (size_t i = 0; i < config->listen_count; i++) {
        words[i] = place_text(&config->listen[i], texts[i]);
    }
    say_words(say, "listen", words, config->listen_count, false);
    if (config->has_admin) {
        say_text(say, "admin", hg_text(place_text(&config->admin, admin)), false);
    } else if (!say->json) {
        say_text(say, "admin", hg_text("none"), false);
    }
    if (config->tls_certificate != NULL) {
        say_text(say, "tls", hg_text(config->tls_certificate), false);
    }
    if (config->user != NULL) {
        say_text(say, "user", hg_text(config->user), false);
    }
    if (config->group != NULL) {
        say_text(say, "group", hg_text(config->group), false);
    }
}

static void say_retention(struct say *say, const struct retention_rules *rules)
{
    say_open(say, "retention", true);
    if (rules->max_age_s > 0) {
        say_number(say, "max_age_s", rules->max_age_s, false);
    }
    if (rules->max_bytes > 0) {
        say_number(say, "max_bytes", rules->max_bytes, false);
    }
    say_close(say);
    if (!say->json && rules->max_age_s == 0 && rules->max_bytes == 0) {
        say_text(say, "retention", hg_text("none"), false);
    }
}

static void say_limits(struct say *say, const struct limits *limits)
{
    struct config usual;
    config_default_limits(&usual);
    const struct {
        const char *name;
        int64_t is, usual;
    } rows[] = {
        {"max_body", limits->max_body, usual.limits.max_body},
        {"max_bytes_in_flight", limits->max_bytes_in_flight, usual.limits.max_bytes_in_flight},
        {"max_connections", limits->max_connections, usual.limits.max_connections},
        {"max_connections_per_address", limits->max_connections_per_address,
         usual.limits.max_connections_per_address},
        {"refused_per_minute", limits->refused_per_minute, usual.limits.refused_per_minute},
        {"idle_timeout_s", limits->idle_timeout_s, usual.limits.idle_timeout_s},
        {"request_timeout_s", limits->request_timeout_s, usual.limits.request_timeout_s},
    };
    say_open(say, "limits", true);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        say_number(say, rows[i].name, rows[i].is, rows[i].is == rows[i].usual);
    }
    say_close(say);
}

void check_say_receiver(struct say *say, const struct config *config)
{
    const struct trust *trust = &config->trust;
    int64_t proxies = (int64_t) trust->count + (trust->unix_socket ? 1 : 0);
    say_places(say, config);
    say_text(say, "store", hg_text(config->store), false);
    say_retention(say, &config->retention);
    say_number(say, "trusted_proxies", proxies, proxies == 0);
    if (config->quarantine.path != NULL) {
        say_text(say, "quarantine", hg_text(config->quarantine.path), false);
    }
    say_limits(say, &config->limits);
}
