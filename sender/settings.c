/* SPDX-License-Identifier: MIT
 *
 * Reading the webhook settings, and which webhook an event concerns.
 */
#include "sender/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/scheme_json.h"
#include "base/secret.h"

/* Names and objects are printed: no byte that moves a cursor, in ASCII or as a C1 control. */
static bool is_printable(const char *text)
{
    for (const unsigned char *at = (const unsigned char *) text; *at != '\0'; at++) {
        if (*at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0)) {
            return false;
        }
    }
    return text[0] != '\0';
}

static bool read_label(const struct json *at, const char **out, struct fail *fail)
{
    const char *text;
    if (!json_text(at, &text, fail)) {
        return false;
    }
    if (!is_printable(text)) {
        return json_fail(at, fail, "is empty or holds a control character");
    }
    *out = text;
    return true;
}

/* ---- Objects --------------------------------------------------------------------------------- */

static size_t kind_length(const char *object)
{
    return strcspn(object, ":");
}

static bool has_kind(const hg_item_type *type, const char *object)
{
    size_t length = kind_length(object);
    for (size_t i = 0; type->objects[i] != NULL; i++) {
        if (strlen(type->objects[i]) == length && strncmp(type->objects[i], object, length) == 0) {
            return true;
        }
    }
    return false;
}

bool object_check(const char *text, const hg_item_type *type, struct fail *fail)
{
    if (type->objects[0] == NULL) {
        return fail_set(fail, EXIT_USAGE, "%s can't be narrowed to objects", type->id);
    }
    if (!has_kind(type, text)) {
        return fail_set(fail, EXIT_USAGE, "\"%s\" is not an object of %s: it takes %s%s%s", text,
                        type->id, type->objects[0], type->objects[1] != NULL ? " or " : "",
                        type->objects[1] != NULL ? type->objects[1] : "");
    }
    size_t length = kind_length(text);
    if (text[length] == ':' && text[length + 1] == '\0') {
        return fail_set(fail, EXIT_USAGE, "\"%s\" has no name after the colon", text);
    }
    return true;
}

static bool read_object(const struct json *at, const hg_item_type *type, const char **out,
                        struct fail *fail)
{
    struct fail inner = {0};
    const char *text = NULL;
    if (!read_label(at, &text, fail)) {
        return false;
    }
    if (!object_check(text, type, &inner)) {
        return json_fail(at, fail, "%s", inner.text);
    }
    *out = text;
    return true;
}

static bool read_objects(const struct json *object, struct webhook *webhook, struct fail *fail)
{
    struct json list;
    struct json item = {0};
    if (!json_get(object, "objects", &list)) {
        return true;
    }
    if (!json_array(&list, fail)) {
        return false;
    }
    if (json_count(&list) == 0) {
        return json_fail(&list, fail, "is empty: leave it out where all are meant");
    }
    webhook->objects = calloc((size_t) json_count(&list) + 1, sizeof *webhook->objects);
    if (webhook->objects == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    while (json_item(&list, &item)) {
        if (!read_object(&item, webhook->type, &webhook->objects[webhook->object_count], fail)) {
            return false;
        }
        webhook->object_count++;
    }
    return true;
}

/* ---- One webhook ----------------------------------------------------------------------------- */

static bool read_type(const struct json *object, struct webhook *webhook, struct fail *fail)
{
    struct json at;
    const char *text;
    if (!json_need(object, "item_type", &at, fail) || !json_text(&at, &text, fail)) {
        return false;
    }
    webhook->type = hg_item_type_find(hg_text(text));
    if (webhook->type == NULL) {
        return json_fail(&at, fail, "\"%s\" is not an item type: `hookgauge events` lists them",
                         text);
    }
    return true;
}

/* The index of an action; HG_ACTIONS when there is none of that name. */
static size_t action_index(const char *text)
{
    size_t i = 0;
    while (i < HG_ACTIONS && strcmp(hg_action_at(i), text) != 0) {
        i++;
    }
    return i;
}

static bool read_actions(const struct json *object, struct webhook *webhook, struct fail *fail)
{
    struct json list;
    struct json item = {0};
    const char *text;
    if (!json_need(object, "actions", &list, fail) || !json_array(&list, fail)) {
        return false;
    }
    if (json_count(&list) == 0) {
        return json_fail(&list, fail, "is empty: such a webhook would never fire");
    }
    while (json_item(&list, &item)) {
        if (!json_text(&item, &text, fail)) {
            return false;
        }
        size_t index = action_index(text);
        if (index == HG_ACTIONS) {
            return json_fail(&item, fail,
                             "\"%s\" is not an action (OnCreate, OnUpdate, OnDelete, OnTrigger)",
                             text);
        }
        if (webhook->actions[index]) {
            return json_fail(&item, fail, "%s is given twice", text);
        }
        webhook->actions[index] = true;
    }
    return true;
}

static bool read_url(const struct settings *settings, const struct json *object,
                     struct webhook *webhook, struct fail *fail)
{
    struct json at;
    if (!json_need(object, "url", &at, fail) || !json_text(&at, &webhook->url, fail)) {
        return false;
    }
    return secret_is_src(webhook->url) || webhook_open(settings, webhook, fail);
}

static bool read_webhook(const struct settings *settings, const struct json *at,
                         struct webhook *webhook, struct fail *fail)
{
    static const char *const known[] = {"name", "item_type", "actions", "objects",
                                        "url",  "enabled",   NULL};
    struct json name;
    char path[JSON_PATH_MAX];
    json_path(at, path, sizeof path);
    (void) snprintf(webhook->place, sizeof webhook->place, "%s: %s", at->file, path);
    webhook->enabled = true;
    if (!json_object(at, known, fail) ||
        (json_get(at, "name", &name) && !read_label(&name, &webhook->name, fail))) {
        return false;
    }
    return read_type(at, webhook, fail) && read_actions(at, webhook, fail) &&
           read_objects(at, webhook, fail) &&
           json_opt_bool(at, "enabled", &webhook->enabled, fail) &&
           read_url(settings, at, webhook, fail);
}

/* ---- The file -------------------------------------------------------------------------------- */

static bool read_webhooks(const struct json *root, struct settings *settings, struct fail *fail)
{
    struct json list;
    struct json item = {0};
    if (!json_need(root, "webhooks", &list, fail) || !json_array(&list, fail)) {
        return false;
    }
    settings->webhooks = calloc((size_t) json_count(&list) + 1, sizeof *settings->webhooks);
    if (settings->webhooks == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    while (json_item(&list, &item)) {
        struct webhook *webhook = &settings->webhooks[settings->count++];
        if (!read_webhook(settings, &item, webhook, fail)) {
            return false;
        }
    }
    return true;
}

static bool read_scheme(const struct json *root, struct settings *settings, struct fail *fail)
{
    struct json at;
    struct fail inner = {0};
    const char *name = "webinone";
    if (!json_opt_text(root, "scheme", &name, fail)) {
        return false;
    }
    if (scheme_open(name, &settings->scheme, &inner)) {
        return true;
    }
    return json_get(root, "scheme", &at) && inner.exit_code == EXIT_USAGE
               ? json_fail(&at, fail, "%s", inner.text)
               : fail_set(fail, (enum exit_code) inner.exit_code, "%s", inner.text);
}

static bool read_root(const char *path, struct settings *settings, struct fail *fail)
{
    static const char *const known[] = {"webhooks", "scheme", NULL};
    struct json root = json_root(settings->tree, path);
    return json_object(&root, known, fail) && read_scheme(&root, settings, fail) &&
           read_webhooks(&root, settings, fail);
}

bool settings_load(const char *path, bool keep_sk, struct settings *settings, struct fail *fail)
{
    struct settings read = {.keep_sk = keep_sk};
    struct buf text;
    buf_init(&text, SETTINGS_FILE_MAX);
    bool done = file_read(path, &text, fail) && json_parse(buf_str(&text), path, &read.tree, fail);
    buf_wipe(&text);
    if (!done || !read_root(path, &read, fail)) {
        settings_free(&read);
        return false;
    }
    *settings = read;
    return true;
}

void settings_free(struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        endpoint_close(&settings->webhooks[i].endpoint);
        free(settings->webhooks[i].objects);
    }
    free(settings->webhooks);
    hg_scheme_free(settings->scheme);
    cJSON_Delete(settings->tree);
    *settings = (struct settings){0};
}

bool webhook_open(const struct settings *settings, struct webhook *webhook, struct fail *fail)
{
    struct fail inner = {0};
    if (!webhook->is_open) {
        webhook->is_open = endpoint_open(webhook->url, settings->scheme, settings->keep_sk,
                                         &webhook->endpoint, &inner);
    }
    return webhook->is_open || fail_set(fail, (enum exit_code) inner.exit_code, "%s.url: %s",
                                        webhook->place, inner.text);
}

bool webhook_wants(const struct webhook *webhook, const hg_item_type *type, const char *action)
{
    size_t index = action_index(action);
    return webhook->type == type && index < HG_ACTIONS && webhook->actions[index];
}

bool webhook_covers(const struct webhook *webhook, const char *object)
{
    if (webhook->object_count == 0) {
        return true;
    }
    for (size_t i = 0; object != NULL && i < webhook->object_count; i++) {
        const char *at = webhook->objects[i];
        size_t length = kind_length(at);
        bool bare = at[length] == '\0';
        bool same_kind = length == kind_length(object) && strncmp(at, object, length) == 0;
        if (bare ? same_kind : strcmp(at, object) == 0) {
            return true;
        }
    }
    return false;
}
