/* SPDX-License-Identifier: MIT
 *
 * The vendor's webhook settings as a JSON file:
 *
 *   {"webhooks": [{"name": "orders", "item_type": "Order", "actions": ["OnCreate", "OnUpdate"],
 *                  "objects": ["Form:Contact us"], "url": "env:ORDERS_URL", "enabled": true}],
 *    "scheme": "webinone"}
 *
 * name, objects, enabled (true) and scheme (webinone; a built-in name or a file) may be left out.
 * item_type is an id or the vendor's display name. An object is "Kind" (each of that kind) or
 * "Kind:Name"; its Kind must be one that the item type can be narrowed to; no objects means all.
 * url is the External URL, or where to read it (env:NAME, file:PATH, credential:NAME, fd:N).
 */
#ifndef SENDER_SETTINGS_H
#define SENDER_SETTINGS_H

#include "base/json.h"
#include "sender/endpoint.h"

#define SETTINGS_FILE_MAX ((size_t) 1 << 20) /* bytes: some thousand webhooks */
#define SETTINGS_PLACE_MAX 512               /* bytes of a webhook's place, for messages */

struct webhook {
    const char *name; /* NULL: none */
    const hg_item_type *type;
    bool actions[HG_ACTIONS]; /* in the order of hg_action_at */
    const char **objects;     /* in the order given */
    size_t object_count;      /* 0: all */
    const char *url;          /* as given: unless it is a SRC it may hold a secret */
    bool enabled;
    char place[SETTINGS_PLACE_MAX]; /* "hooks.json: $.webhooks[2]" */
    bool is_open;
    struct endpoint endpoint; /* when is_open */
};

struct settings {
    hg_scheme *scheme;
    struct webhook *webhooks;
    size_t count;
    cJSON *tree; /* owns the strings */
    bool keep_sk;
};

/* Reads and checks the file; mistakes are named by JSON path (EXIT_USAGE). A URL that stands in the
 * file is opened (and so checked) at once, one behind a SRC by webhook_open. */
bool settings_load(const char *path, bool keep_sk, struct settings *settings, struct fail *fail);

/* Wipes and frees. */
void settings_free(struct settings *settings);

/* Opens the webhook's endpoint, if it is not open yet. */
bool webhook_open(const struct settings *settings, struct webhook *webhook, struct fail *fail);

/* Whether the webhook is for that item type and action (spelled as hg_action_at gives it). */
bool webhook_wants(const struct webhook *webhook, const hg_item_type *type, const char *action);

/* Whether it is for the stated object, "Kind:Name" or NULL: with an objects list only when it is
 * in there, itself or its bare Kind. */
bool webhook_covers(const struct webhook *webhook, const char *object);

/* "Kind" or "Kind:Name", of a Kind that the type can be narrowed to. The message has no place. */
bool object_check(const char *text, const hg_item_type *type, struct fail *fail);

#endif
