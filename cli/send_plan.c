/* SPDX-License-Identifier: MIT
 *
 * `hookgauge send`: from options to the list of deliveries. Everything is read and checked here,
 * before the first byte leaves.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scheme_json.h"
#include "base/secret.h"
#include "cli/send.h"

static void warn(const char *place, const char *text)
{
    (void) fprintf(stderr, "hookgauge send: %s: %s\n", place, text);
}

static void warn_about(const char *place, const struct external_url *url)
{
    if (url->has_fragment) {
        warn(place, "warning: the URL's fragment is not sent (a # in a secret is written %23)");
    }
    if (url->is_signed && !url->is_https && !url->is_loopback) {
        warn(place, "warning: http:// to another machine: the signature protects the body from "
                    "changes, but anyone on the way can read it");
    }
}

/* ---- One endpoint ---------------------------------------------------------------------------- */

static bool open_typed(const struct send_options *options, struct send_plan *plan,
                       struct fail *fail)
{
    struct fail inner = {0};
    const char *scheme = options->scheme != NULL ? options->scheme : "webinone";
    if (!scheme_open(scheme, &plan->own_scheme, fail)) {
        return false;
    }
    plan->scheme = plan->own_scheme;
    if (!endpoint_open(options->url, plan->scheme, options->keep_sk, &plan->endpoint, &inner)) {
        bool named = secret_is_src(options->url);
        return fail_set(fail, (enum exit_code) inner.exit_code, "%s%s",
                        named ? "" : "EXTERNAL_URL: ", inner.text);
    }
    return true;
}

static bool add_item(struct send_plan *plan, const struct send_event *event,
                     const struct endpoint *endpoint, const char *label, struct fail *fail)
{
    struct batch_item *item = &plan->items[plan->item_count];
    struct fail inner = {0};
    item->label = label;
    item->delivery = (struct delivery){
        .url = endpoint->url.sent.ptr,
        .scheme = plan->scheme,
        .ring = endpoint->ring,
        .event = event->text,
        .body = event->body,
    };
    if (!delivery_check(&item->delivery, &inner)) {
        return fail_set(fail, (enum exit_code) inner.exit_code, "%.*s: %s", (int) event->text.len,
                        event->text.ptr, inner.text);
    }
    plan->item_count++;
    return true;
}

/* Warnings wait until nothing can be refused any more: an error then stands alone. */
static void warn_typed(const struct send_options *options, const struct send_plan *plan)
{
    const char *place = secret_is_src(options->url) ? options->url : "EXTERNAL_URL";
    if (plan->endpoint.url.is_signed && !secret_is_src(options->url)) {
        warn(place, "warning: a secret that is typed shows in `ps` and in the shell's history; "
                    "give the URL as env:NAME, file:PATH or fd:N");
    }
    warn_about(place, &plan->endpoint.url);
}

static bool plan_endpoint(const struct send_options *options, struct send_plan *plan,
                          struct fail *fail)
{
    for (size_t i = 0; i < plan->event_count; i++) {
        if (!add_item(plan, &plan->events[i], &plan->endpoint, NULL, fail)) {
            return false;
        }
    }
    warn_typed(options, plan);
    return true;
}

/* ---- The settings ---------------------------------------------------------------------------- */

static const char *label_of(const struct webhook *webhook)
{
    return webhook->name != NULL ? webhook->name : webhook->place;
}

/* Whether the webhook fires; said tells it once only, however many events there are. */
static bool fires(const struct webhook *webhook, const struct send_event *event, const char *object,
                  bool *said)
{
    const char *why = NULL;
    if (!webhook_wants(webhook, event->type, event->action)) {
        return false;
    }
    if (!webhook->enabled) {
        why = "is disabled: nothing is sent";
    } else if (!webhook_covers(webhook, object)) {
        why = object == NULL
                  ? "has a list of objects and does not fire: --object says which one it is"
                  : "does not list that object and does not fire";
    }
    if (why != NULL && !*said) {
        warn(label_of(webhook), why);
        *said = true;
    }
    return why == NULL;
}

static bool check_object(const struct send_options *options, const struct send_plan *plan,
                         struct fail *fail)
{
    struct fail inner = {0};
    if (options->object == NULL) {
        return true;
    }
    if (strchr(options->object, ':') == NULL) {
        return fail_set(fail, EXIT_USAGE, "--object: needs Kind:Name");
    }
    return object_check(options->object, plan->events[0].type, &inner) ||
           fail_set(fail, EXIT_USAGE, "--object: %s", inner.text);
}

static bool plan_webhook(const struct send_options *options, struct send_plan *plan,
                         struct webhook *webhook, struct fail *fail)
{
    bool said = false;
    bool warned = false;
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct send_event *event = &plan->events[i];
        if (!fires(webhook, event, options->object, &said)) {
            continue;
        }
        if (!webhook_open(&plan->settings, webhook, fail) ||
            !add_item(plan, event, &webhook->endpoint, label_of(webhook), fail)) {
            return false;
        }
        if (!warned) {
            warn_about(label_of(webhook), &webhook->endpoint.url);
            warned = true;
        }
    }
    return true;
}

static bool plan_settings(const struct send_options *options, struct send_plan *plan,
                          struct fail *fail)
{
    if (!check_object(options, plan, fail)) {
        return false;
    }
    for (size_t i = 0; i < plan->settings.count; i++) {
        if (!plan_webhook(options, plan, &plan->settings.webhooks[i], fail)) {
            return false;
        }
    }
    if (plan->item_count == 0) {
        (void) fprintf(stderr, "hookgauge send: %s: no webhook fires for %s\n", options->config,
                       options->all_events ? "any event" : options->event);
    }
    return true;
}

/* ---- The plan -------------------------------------------------------------------------------- */

static bool open_target(const struct send_options *options, struct send_plan *plan,
                        struct fail *fail)
{
    if (options->config == NULL) {
        return open_typed(options, plan, fail);
    }
    bool done = settings_load(options->config, options->keep_sk, &plan->settings, fail);
    plan->scheme = plan->settings.scheme;
    return done;
}

bool send_plan_make(const struct send_options *options, struct send_plan *plan, struct fail *fail)
{
    *plan = (struct send_plan){0};
    if (!open_target(options, plan, fail) || !send_events_make(options, plan, fail)) {
        return false;
    }
    size_t targets = options->config != NULL ? plan->settings.count : 1;
    plan->items = calloc(plan->event_count * targets + 1, sizeof *plan->items);
    if (plan->items == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    return options->config != NULL ? plan_settings(options, plan, fail)
                                   : plan_endpoint(options, plan, fail);
}

void send_plan_free(struct send_plan *plan)
{
    free(plan->items);
    free(plan->events);
    buf_free(&plan->body);
    endpoint_close(&plan->endpoint);
    settings_free(&plan->settings);
    hg_scheme_free(plan->own_scheme);
}
