/* SPDX-License-Identifier: MIT
 *
 * See endpoint.h.
 */
#include "receiver/endpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEDUP_SLACK_S 60       /* beyond the window: the clock of a restart may differ a little */
#define DEDUP_TIMELESS_S 86400 /* 24 hours: without a signed time this is the replay limit */
#define TIME_BYTES ((size_t) 8)

/* index SIZE_MAX: the member itself */
static hg_status refuse(hg_error *error, const char *member, size_t index, const char *what)
{
    if (index == SIZE_MAX) {
        (void) snprintf(error->where, sizeof(error->where), "$.%s", member);
    } else {
        (void) snprintf(error->where, sizeof(error->where), "$.%s[%zu]", member, index);
    }
    (void) snprintf(error->what, sizeof(error->what), "%s", what);
    return HG_BAD_ARGUMENT;
}

static hg_status refuse_at(hg_error *error, const char *member, const char *what)
{
    return refuse(error, member, SIZE_MAX, what);
}

/* ---- The checks ------------------------------------------------------------------------------ */

static bool visible(const char *text, const char *but)
{
    for (; *text != '\0'; text++) {
        if (*text <= 0x20 || *text > 0x7e || strchr(but, *text) != NULL) {
            return false;
        }
    }
    return true;
}

/* What head_check lets through as a path, so that a configured one can be reached. */
static hg_status check_names(const struct endpoint_spec *spec, hg_error *error)
{
    size_t name = strlen(spec->name);
    if (name == 0 || name > HG_NAME_MAX || !visible(spec->name, "\"\\")) {
        return refuse_at(error, "name", "must be 1 to 64 visible ASCII characters");
    }
    if (spec->path[0] != '/' || strlen(spec->path) > ENDPOINT_PATH_MAX ||
        !visible(spec->path, "%?#")) {
        return refuse_at(error, "path",
                         "must begin with '/' and be visible ASCII without '%', '?' and '#'");
    }
    if (spec->dedup_s < 0 || spec->dedup_s > ENDPOINT_DEDUP_MAX_S) {
        return refuse_at(error, "dedup_s", "must be 1 to 315360000 seconds");
    }
    return HG_OK;
}

/* The body, and the URL where it is signed. */
static hg_status check_template(const struct endpoint_spec *spec, const hg_scheme *scheme,
                                hg_error *error)
{
    static const char *const words[] = {"{url}", "{path}", "{query}", "{host}"};
    const char *template = hg_scheme_row(scheme)->signed_text;
    if (!hg_scheme_binds(scheme, HG_PART_BODY) && !spec->body_unsigned) {
        return refuse_at(error, "scheme",
                         "does not sign the body: anyone could change it; say "
                         "\"body_unsigned\": true if that is meant");
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strstr(template, words[i]) != NULL && spec->public_url == NULL) {
            return refuse_at(error, "public_url",
                             "is needed, since the scheme signs the URL that the sender called");
        }
    }
    if (spec->public_url != NULL &&
        (strncmp(spec->public_url, "http", 4) != 0 || strstr(spec->public_url, "://") == NULL ||
         !visible(spec->public_url, "?#"))) {
        return refuse_at(error, "public_url", "must be like https://example.com");
    }
    return HG_OK;
}

static bool by_catalogue(const hg_scheme *scheme)
{
    const char *grammar = hg_scheme_row(scheme)->event.grammar;
    return grammar != NULL && strcmp(grammar, "type.action") == 0;
}

static bool action_known(const char *name)
{
    const char *action;
    for (size_t i = 0; (action = hg_action_at(i)) != NULL; i++) {
        if (strcmp(action, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Whether a pattern can fit an event of the catalogue. */
static bool pattern_known(const char *pattern)
{
    const hg_item_type *type;
    const char *action;
    size_t length = strlen(pattern);
    if (strcmp(pattern, "*") == 0) {
        return true;
    }
    if (strncmp(pattern, "*.", 2) == 0) {
        return action_known(pattern + 2);
    }
    if (length > 2 && strcmp(pattern + length - 2, ".*") == 0) {
        type = hg_item_type_find((hg_str){pattern, length - 2});
        return type != NULL && strlen(type->id) == length - 2;
    }
    return hg_event_parse(hg_text(pattern), &type, &action);
}

/* For schemes without a catalogue: a star where hg_event_match reads one. */
static bool pattern_sound(const char *pattern)
{
    const char *star = strchr(pattern, '*');
    size_t length = strlen(pattern);
    return star == NULL || length == 1 ||
           (strchr(star + 1, '*') == NULL &&
            (strncmp(pattern, "*.", 2) == 0 || strcmp(pattern + length - 2, ".*") == 0));
}

static bool type_dot_action(const char *text)
{
    static const char alnum[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t left = strspn(text, alnum);
    size_t right = text[left] == '.' ? strspn(text + left + 1, alnum) : 0;
    return left > 0 && right > 0 && text[left + 1 + right] == '\0';
}

static bool event_text(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= HG_VALUE_MAX && visible(text, "");
}

static hg_status check_patterns(const struct endpoint_spec *spec, const hg_scheme *scheme,
                                hg_error *error)
{
    bool catalogue = by_catalogue(scheme);
    for (size_t i = 0; i < spec->event_count; i++) {
        const char *pattern = spec->events[i];
        if (!event_text(pattern) || !(catalogue ? pattern_known : pattern_sound)(pattern)) {
            return refuse(error, "events", i,
                          catalogue ? "fits no event of the catalogue (see hookgauge events; "
                                      "extra_events admits others)"
                                    : "is not an event pattern");
        }
    }
    for (size_t i = 0; i < spec->extra_event_count; i++) {
        const char *name = spec->extra_events[i];
        if (!event_text(name) || strchr(name, '*') != NULL ||
            (catalogue && !type_dot_action(name))) {
            return refuse(error, "extra_events", i, "is not an event name");
        }
    }
    return HG_OK;
}

static hg_status check_events(const struct endpoint_spec *spec, const hg_scheme *scheme,
                              hg_error *error)
{
    bool rules = spec->events != NULL || spec->extra_event_count > 0;
    if (spec->events != NULL && spec->event_count == 0) {
        return refuse_at(error, "events", "is empty: nothing could ever be accepted");
    }
    if (spec->event_count + spec->extra_event_count > ENDPOINT_EVENTS_MAX) {
        return refuse_at(error, "events", "has more than 256 patterns");
    }
    if (rules && hg_scheme_row(scheme)->event.header == NULL) {
        return refuse_at(error, "events", "can't be checked: the scheme has no event");
    }
    if (rules && !hg_scheme_binds(scheme, HG_PART_EVENT) && !spec->event_unsigned) {
        return refuse_at(error, "events",
                         "can't be trusted: the scheme does not sign the event; say "
                         "\"event_unsigned\": true if that is meant");
    }
    return check_patterns(spec, scheme, error);
}

/* ---- Making one ------------------------------------------------------------------------------ */

static bool judges_time(const hg_scheme *scheme)
{
    return hg_scheme_binds(scheme, HG_PART_TIME) &&
           hg_scheme_row(scheme)->timestamp.tolerance_s != HG_NO_TOLERANCE;
}

/* How long a repeat is recognised: while it would still be accepted, and by default a bit longer.
 */
static int64_t default_dedup(const hg_scheme *scheme)
{
    if (hg_scheme_binds(scheme, HG_PART_ID)) {
        return ENDPOINT_DEDUP_ID_S;
    }
    if (!judges_time(scheme)) {
        return DEDUP_TIMELESS_S;
    }
    int64_t tolerance = hg_scheme_row(scheme)->timestamp.tolerance_s;
    int64_t window = 2 * tolerance + DEDUP_SLACK_S;
    return window < ENDPOINT_DEDUP_MAX_S ? window : ENDPOINT_DEDUP_MAX_S;
}

/* Without events in the specification every event of the scheme is wanted; the rule "*" is only
 * set where the event is signed, since elsewhere a rule would have to be asked for. */
static bool copy_patterns(struct endpoint *endpoint, const struct endpoint_spec *spec)
{
    bool all = spec->events == NULL && hg_scheme_binds(endpoint->scheme, HG_PART_EVENT);
    size_t events = all ? 1 : spec->event_count;
    size_t count = events + spec->extra_event_count;
    if (count == 0) {
        return true;
    }
    endpoint->patterns = calloc(count, sizeof(hg_str));
    if (endpoint->patterns == NULL) {
        return false;
    }
    for (size_t i = 0; i < events; i++) {
        endpoint->patterns[i] = hg_text(all ? "*" : spec->events[i]);
    }
    for (size_t i = 0; i < spec->extra_event_count; i++) {
        endpoint->patterns[events + i] = hg_text(spec->extra_events[i]);
    }
    endpoint->options.events = endpoint->patterns;
    endpoint->options.event_count = events;
    endpoint->options.extra_events = endpoint->patterns + events;
    endpoint->options.extra_event_count = spec->extra_event_count;
    return true;
}

hg_status endpoint_init(struct endpoint *endpoint, const struct endpoint_spec *spec,
                        hg_scheme *scheme, hg_error *error)
{
    struct endpoint made = {.scheme = scheme};
    hg_status status = check_names(spec, error);
    if (status == HG_OK) {
        status = check_template(spec, scheme, error);
    }
    if (status == HG_OK) {
        status = check_events(spec, scheme, error);
    }
    if (status == HG_OK && !spec->keyless) {
        status = hg_ring_new(scheme, spec->keys, spec->key_count, &made.ring, error);
    }
    if (status != HG_OK) {
        return status;
    }
    made.name = hg_text(spec->name);
    made.path = hg_text(spec->path);
    made.public_url = hg_text(spec->public_url);
    made.dedup_s = spec->dedup_s > 0 ? spec->dedup_s : default_dedup(scheme);
    made.key_count = spec->key_count; /* the ring has taken no more than it has room for */
    for (size_t i = 0; i < spec->key_count; i++) {
        made.keys[i] = (struct endpoint_key){spec->keys[i].label, spec->keys[i].not_after};
    }
    made.options.scheme = scheme;
    rules_init(&made.rules);
    made.options.ring = made.ring;
    made.options.event_unsigned = spec->event_unsigned;
    if (!copy_patterns(&made, spec)) {
        hg_ring_free(made.ring);
        (void) refuse_at(error, "events", "out of memory");
        return HG_NO_MEMORY;
    }
    *endpoint = made;
    return HG_OK;
}

void endpoint_release(struct endpoint *endpoint)
{
    hg_ring_free(endpoint->ring);
    hg_scheme_free(endpoint->scheme);
    free(endpoint->patterns);
    target_release(&endpoint->target);
    rules_release(&endpoint->rules);
}

/* ---- Deliveries ------------------------------------------------------------------------------ */

static void add_key(struct delivery *delivery, const void *data, size_t size)
{
    memcpy(delivery->key + delivery->key_len, data, size);
    delivery->key_len += size;
}

/* The sizes fit: an id has at most HG_VALUE_MAX bytes, a MAC fewer. */
static void make_key(const hg_verdict *verdict, struct delivery *delivery)
{
    delivery->key_len = 0;
    if (verdict->id_signed && verdict->id.len > 0 && verdict->id.len <= HG_VALUE_MAX) {
        add_key(delivery, verdict->id.ptr, verdict->id.len);
        return;
    }
    if (verdict->time_signed) {
        unsigned char time[TIME_BYTES];
        for (size_t i = 0; i < TIME_BYTES; i++) {
            time[i] = (unsigned char) ((uint64_t) verdict->timestamp >> (8 * (TIME_BYTES - 1 - i)));
        }
        add_key(delivery, time, sizeof(time));
    }
    add_key(delivery, verdict->mac, verdict->mac_len);
}

void endpoint_describe(const struct endpoint *endpoint, const hg_verdict *verdict,
                       int64_t received_ms, struct delivery *delivery)
{
    delivery->endpoint = endpoint->name;
    delivery->event = verdict->event;
    delivery->id = verdict->id;
    delivery->event_signed = verdict->event_signed;
    delivery->id_signed = verdict->id_signed;
    delivery->key_label = verdict->key_label;
    delivery->received_ms = received_ms;
    delivery->stated_s = verdict->timestamp;
    delivery->key_until_s = received_ms / 1000 + endpoint->dedup_s;
    delivery->queued = endpoint->target.kind != TARGET_NONE;
    delivery->duplicate = false;
    delivery->row = 0;
    make_key(verdict, delivery);
}

/* The body is signed, or the rule would not be there; so is the id in it. */
bool endpoint_body_id(const struct endpoint *endpoint, hg_str body, struct delivery *delivery)
{
    char id[HG_VALUE_MAX];
    size_t len = rules_body_id(endpoint->rules.id_from, body, id);
    if (len == 0) {
        return false;
    }
    delivery->key_len = 0;
    add_key(delivery, id, len);
    delivery->id = (hg_str){(const char *) delivery->key, len};
    delivery->id_signed = true;
    return true;
}

size_t endpoint_mac_key(const struct endpoint *endpoint, const hg_verdict *verdict, int64_t now)
{
    for (size_t i = 0; i < endpoint->key_count; i++) {
        const struct endpoint_key *key = &endpoint->keys[i];
        bool meant = verdict->status != HG_OK ||
                     (key->label.len == verdict->key_label.len &&
                      strncmp(key->label.ptr, verdict->key_label.ptr, key->label.len) == 0);
        if (meant && (key->not_after == HG_NEVER || now <= key->not_after)) {
            return i;
        }
    }
    return endpoint->key_count;
}
