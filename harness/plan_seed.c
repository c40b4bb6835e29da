/* SPDX-License-Identifier: MIT
 *
 * The plan: a valid delivery before it is signed.
 */
#include <ctype.h>
#include <string.h>

#include "harness/plan.h"

static char spell(enum plan_names names, char c, size_t place)
{
    bool raised = names == NAMES_UPPER || (names == NAMES_MIXED && place % 2 == 1);
    int lower = tolower((unsigned char) c);
    return names == NAMES_AS_DOCUMENTED ? c : (char) (raised ? toupper(lower) : lower);
}

static void seed_header(struct plan_seed *seed, enum plan_names names, const char *name,
                        const char *value)
{
    if (name == NULL) {
        return;
    }
    char *text = seed->names[seed->count];
    size_t length = strnlen(name, PLAN_NAME_MAX - 1);
    for (size_t i = 0; i < length; i++) {
        text[i] = spell(names, name[i], i);
    }
    text[length] = '\0';
    seed->headers[seed->count++] = (hg_header){hg_text(text), hg_text(value)};
}

static void seed_reverse(struct plan_seed *seed)
{
    for (size_t i = 0; i < seed->count / 2; i++) {
        hg_header kept = seed->headers[i];
        seed->headers[i] = seed->headers[seed->count - 1 - i];
        seed->headers[seed->count - 1 - i] = kept;
    }
}

static const char *either(const char *own, const char *usual)
{
    return own != NULL ? own : usual;
}

bool plan_seed(const struct plan_shape *shape, const struct plan_case *row, struct plan_seed *seed)
{
    const hg_scheme_spec *scheme = shape->row;
    const struct plan_file *plan = shape->file;
    *seed = (struct plan_seed){.count = 0};
    buf_init(&seed->body, CAPTURE_BODY_MAX);
    seed_header(seed, row->names, "Content-Type", either(row->content_type, plan->content_type));
    seed_header(seed, row->names, scheme->id.header, either(row->delivery, plan->deliveries[0]));
    seed_header(seed, row->names, scheme->timestamp.header, NULL);
    seed_header(seed, row->names, scheme->event.header, either(row->event, plan->events[0]));
    seed_header(seed, row->names, scheme->signature.header, NULL);
    if (row->reversed) {
        seed_reverse(seed);
    }
    for (size_t i = 0; i < (row->repeat > 0 ? row->repeat : 1); i++) {
        if (!buf_add_str(&seed->body, row->body)) {
            buf_free(&seed->body);
            return false;
        }
    }
    return true;
}
