/* SPDX-License-Identifier: MIT
 *
 * See reload.h.
 */
#include "receiver/reload.h"

#include <stdlib.h>
#include <string.h>

#include "receiver/store_nats.h"

struct reload {
    reload_make make;
    void *context;
    struct sources *sources;
    struct edition *first; /* what was opened by it may point into it */
    struct edition *edition;
    int64_t look_ms; /* monotonic: of the next look */
};

/* ---- What can change ------------------------------------------------------------------------- */

/* All else, and whatever is added to the configuration without a thought, needs a restart. */
static const char *const live_members[] = {"endpoints", "trusted_proxies", "forwarded_header",
                                           NULL};
static const char *const live_log[] = {"level", NULL};
static const char *const live_limits[] = {
    "max_body",           "max_bytes_in_flight", "max_connections_per_address",
    "refused_per_minute", "request_timeout_s",   NULL};

static const struct {
    const char *member;
    const char *const *live;
} objects[] = {{"log", live_log}, {"limits", live_limits}};

static bool among(const char *name, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (strcmp(name, *names) == 0) {
            return true;
        }
    }
    return false;
}

static const cJSON *member_of(const cJSON *object, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(object, name);
}

/* The first member of one object that the other has not, or has otherwise; NULL: none. */
static const char *differs(const cJSON *one, const cJSON *other, const char *const *live)
{
    const cJSON *first = cJSON_IsObject(one) ? one->child : NULL;
    for (const cJSON *node = first; node != NULL; node = node->next) {
        if (!among(node->string, live) &&
            !cJSON_Compare(node, member_of(other, node->string), true)) {
            return node->string;
        }
    }
    return NULL;
}

static bool differs_fail(const char *file, const char *outer, const char *name, struct fail *fail)
{
    return fail_set(fail, EXIT_USAGE, "%s: $%s%s.%s: can't change without a restart", file,
                    outer[0] != '\0' ? "." : "", outer, name);
}

static bool same_but(const cJSON *from, const cJSON *to, const char *outer, const char *const *live,
                     const char *file, struct fail *fail)
{
    const char *name = differs(from, to, live);
    name = name != NULL ? name : differs(to, from, live);
    return name == NULL || differs_fail(file, outer, name, fail);
}

bool reload_allowed(const cJSON *from, const cJSON *to, const char *file, struct fail *fail)
{
    enum { OBJECTS = sizeof(objects) / sizeof(objects[0]) };
    const char *passed[OBJECTS + sizeof(live_members) / sizeof(live_members[0])];
    memcpy(passed + OBJECTS, live_members, sizeof(live_members)); /* with the NULL at its end */
    for (size_t i = 0; i < OBJECTS; i++) {
        const char *name = objects[i].member;
        passed[i] = name;
        if (!same_but(member_of(from, name), member_of(to, name), name, objects[i].live, file,
                      fail)) {
            return false;
        }
    }
    return same_but(from, to, "", passed, file, fail);
}

/* ---- Making it anew -------------------------------------------------------------------------- */

/* again: the text is not read anew. */
static bool make(struct reload *reload, const struct config *again, struct fail *fail)
{
    struct edition *old = reload->edition;
    struct edition *edition = edition_new();
    if (edition == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "the configuration: out of memory");
    }
    edition->config.sources = reload->sources;
    sources_begin(reload->sources);
    bool done =
        reload->make(reload->context, again, &edition->config, fail) &&
        (old == NULL || again != NULL ||
         (reload_allowed(old->config.tree, edition->config.tree, edition->config.file, fail) &&
          store_nats_allows(&reload->first->config, &edition->config, fail)));
    sources_end(reload->sources, done);
    edition_drop(done ? old : edition);
    reload->edition = done ? edition : old;
    return done;
}

struct reload *reload_open(reload_make first, void *context, struct fail *fail)
{
    struct reload *reload = calloc(1, sizeof(*reload));
    if (reload == NULL || (reload->sources = sources_new()) == NULL) {
        free(reload);
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return NULL;
    }
    reload->make = first;
    reload->context = context;
    if (!make(reload, NULL, fail)) {
        reload_close(reload);
        return NULL;
    }
    reload->first = reload->edition;
    reload->first->users++;
    return reload;
}

void reload_close(struct reload *reload)
{
    if (reload != NULL) {
        edition_drop(reload->edition);
        edition_drop(reload->first);
        sources_free(reload->sources);
        free(reload);
    }
}

struct edition *reload_edition(const struct reload *reload)
{
    return reload->edition;
}

bool reload_all(struct reload *reload, struct fail *fail)
{
    return make(reload, NULL, fail);
}

bool reload_secrets(struct reload *reload, struct fail *fail)
{
    return make(reload, &reload->edition->config, fail);
}

bool reload_due(struct reload *reload, int64_t now_ms)
{
    if (!sources_watched(reload->sources) || now_ms < reload->look_ms) {
        return false;
    }
    reload->look_ms = now_ms + SOURCES_LOOK_MS;
    return sources_changed(reload->sources);
}

int64_t reload_left_ms(const struct reload *reload, int64_t now_ms)
{
    if (!sources_watched(reload->sources)) {
        return -1;
    }
    return reload->look_ms > now_ms ? reload->look_ms - now_ms : 0;
}
