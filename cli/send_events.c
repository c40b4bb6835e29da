/* SPDX-License-Identifier: MIT
 *
 * `hookgauge send`: which events, with which bodies.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/file.h"
#include "base/samples.h"
#include "cli/send.h"

#define NEAR_MAX 4 /* edits: a name further away is no slip of the finger */

/* ---- The nearest name ------------------------------------------------------------------------ */

static size_t least(size_t a, size_t b, size_t c)
{
    size_t small = a < b ? a : b;
    return small < c ? small : c;
}

static char folded(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char) (byte - 'A' + 'a') : byte;
}

/* Levenshtein's distance without regard to case; texts beyond SEND_EVENT_MAX are far. */
static size_t distance(const char *left, const char *right)
{
    size_t row[SEND_EVENT_MAX];
    size_t width = strlen(right);
    if (width >= SEND_EVENT_MAX || strlen(left) >= SEND_EVENT_MAX) {
        return SEND_EVENT_MAX;
    }
    for (size_t i = 0; i <= width; i++) {
        row[i] = i;
    }
    for (size_t i = 0; left[i] != '\0'; i++) {
        size_t corner = i;
        row[0] = i + 1;
        for (size_t j = 0; j < width; j++) {
            size_t swap = corner + (folded(left[i]) == folded(right[j]) ? 0 : 1);
            corner = row[j + 1];
            row[j + 1] = least(swap, row[j] + 1, row[j + 1] + 1);
        }
    }
    return row[width];
}

/* The catalogue's event nearest to text; false when none is near. */
static bool nearest_event(const char *text, char out[SEND_EVENT_MAX])
{
    size_t best = NEAR_MAX + 1;
    char name[SEND_EVENT_MAX];
    for (size_t i = 0; i < (size_t) HG_ITEM_TYPES * HG_ACTIONS; i++) {
        const hg_item_type *type = hg_item_type_at(i / HG_ACTIONS);
        if (hg_event_print(type, hg_action_at(i % HG_ACTIONS), name, sizeof name) == 0) {
            continue;
        }
        size_t far = distance(text, name);
        if (far < best) {
            best = far;
            memcpy(out, name, sizeof name);
        }
    }
    return best <= NEAR_MAX;
}

static bool unknown_event(const char *text, struct fail *fail)
{
    char near[SEND_EVENT_MAX];
    if (nearest_event(text, near)) {
        return fail_set(fail, EXIT_USAGE,
                        "%.*s: is not an event of the catalogue; did you mean %s?", SEND_EVENT_MAX,
                        text, near);
    }
    return fail_set(fail, EXIT_USAGE,
                    "%.*s: is not an event of the catalogue: `hookgauge events` lists them",
                    SEND_EVENT_MAX, text);
}

/* ---- Events and bodies ----------------------------------------------------------------------- */

static bool read_body(const struct send_options *options, struct send_plan *plan, struct fail *fail)
{
    buf_init(&plan->body, BATCH_BODY_MAX);
    if (options->body_file != NULL && !file_read(options->body_file, &plan->body, fail)) {
        return false;
    }
    bool marked = plan->body.len > 0 && memmem(plan->body.ptr, plan->body.len, "{n}", 3) != NULL;
    if (options->vary && !marked) {
        return fail_set(fail, EXIT_USAGE, "--vary needs a body file that holds {n}");
    }
    return true;
}

/* The grammar "type.action" comes with the catalogue; another one leaves names to the user. */
static bool needs_catalogue(const struct send_options *options, const struct send_plan *plan)
{
    const char *grammar = hg_scheme_row(plan->scheme)->event.grammar;
    return options->config != NULL || (grammar != NULL && strcmp(grammar, "type.action") == 0);
}

static bool one_event(const struct send_options *options, struct send_plan *plan, struct fail *fail)
{
    struct send_event *event = &plan->events[0];
    event->text = hg_text(options->event);
    bool known = hg_event_parse(event->text, &event->type, &event->action);
    if (!known && needs_catalogue(options, plan)) {
        return unknown_event(options->event, fail);
    }
    if (!known && options->body_file == NULL) {
        return fail_set(fail, EXIT_USAGE,
                        "%.*s: is not an event of the catalogue, so there is no sample of it: give "
                        "a body file",
                        SEND_EVENT_MAX, options->event);
    }
    event->body = options->body_file != NULL ? buf_str(&plan->body) : sample_body(event->type->id);
    plan->event_count = 1;
    return true;
}

static bool all_events(struct send_plan *plan)
{
    for (size_t i = 0; i < (size_t) HG_ITEM_TYPES * HG_ACTIONS; i++) {
        struct send_event *event = &plan->events[i];
        event->type = hg_item_type_at(i / HG_ACTIONS);
        event->action = hg_action_at(i % HG_ACTIONS);
        event->text.ptr = event->printed;
        event->text.len =
            hg_event_print(event->type, event->action, event->printed, sizeof event->printed);
        event->body = sample_body(event->type->id);
    }
    plan->event_count = (size_t) HG_ITEM_TYPES * HG_ACTIONS;
    return true;
}

bool send_events_make(const struct send_options *options, struct send_plan *plan, struct fail *fail)
{
    plan->events = calloc((size_t) HG_ITEM_TYPES * HG_ACTIONS, sizeof *plan->events);
    if (plan->events == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    if (!read_body(options, plan, fail)) {
        return false;
    }
    return options->all_events ? all_events(plan) : one_event(options, plan, fail);
}
