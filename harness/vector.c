/* SPDX-License-Identifier: MIT
 *
 * Reading vector files, strictly: a test that is silently not run is worse than none.
 */
#include <stdlib.h>
#include <string.h>

#include "base/scheme_json.h"
#include "harness/vector_read.h"

static bool need(const struct json *object, const char *name, struct json *member,
                 struct reader *reader)
{
    return json_need(object, name, member, reader->fail);
}

static bool need_text(const struct json *object, const char *name, const char **out,
                      struct reader *reader)
{
    struct json member;
    return need(object, name, &member, reader) && json_text(&member, out, reader->fail);
}

static bool need_int(const struct json *object, const char *name, int64_t min, int64_t max,
                     int64_t *out, struct reader *reader)
{
    struct json member;
    return need(object, name, &member, reader) && json_int(&member, min, max, out, reader->fail);
}

static bool need_array(const struct json *object, const char *name, struct json *member,
                       struct reader *reader)
{
    return need(object, name, member, reader) && json_array(member, reader->fail);
}

/* ---- A group --------------------------------------------------------------------------------- */

static bool read_key(const struct json *at, hg_key *key, struct reader *reader)
{
    static const char *const known[] = {"label", "secret", "not_after", NULL};
    const char *label = NULL;
    const char *secret = NULL;
    *key = (hg_key){.not_after = HG_NEVER};
    if (!json_object(at, known, reader->fail) || !need_text(at, "label", &label, reader) ||
        !need_text(at, "secret", &secret, reader) ||
        !json_opt_int(at, "not_after", 0, HG_TOLERANCE_MAX, &key->not_after, reader->fail)) {
        return false;
    }
    key->label = hg_text(label);
    key->secret = hg_text(secret);
    return true;
}

static bool read_keys(const struct json *at, struct vector_group *group, struct reader *reader)
{
    struct json secrets;
    struct json item = {0};
    const char *secret = NULL;
    if (!json_get(at, "secrets", &secrets)) {
        group->key_count = 1;
        group->keys[0] = (hg_key){.label = hg_text("secret"), .not_after = HG_NEVER};
        bool held = need_text(at, "secret", &secret, reader);
        group->keys[0].secret = hg_text(secret);
        return held;
    }
    if (json_get(at, "secret", &item)) {
        return json_fail(at, reader->fail, "\"secret\" and \"secrets\" exclude each other");
    }
    if (!json_array(&secrets, reader->fail)) {
        return false;
    }
    item = (struct json){0};
    while (json_item(&secrets, &item)) {
        if (group->key_count == HG_KEYS_MAX) {
            return json_fail(&item, reader->fail, "more than %d secrets", HG_KEYS_MAX);
        }
        if (!read_key(&item, &group->keys[group->key_count++], reader)) {
            return false;
        }
    }
    return true;
}

/* Whether the scheme takes the keys: found out here, so that no case fails for it later. */
static bool check_keys(const struct json *at, const struct vector_group *group,
                       struct reader *reader)
{
    hg_ring *ring = NULL;
    hg_error error = {0};
    hg_status status =
        hg_ring_new(reader->file->scheme, group->keys, group->key_count, &ring, &error);
    if (status != HG_OK) {
        return json_fail(at, reader->fail, "%s", hg_status_text(status));
    }
    hg_ring_free(ring);
    return true;
}

static bool read_group(const struct json *at, struct vector_group *group, struct reader *reader)
{
    static const char *const known[] = {"secret", "secrets", "now", "cases", NULL};
    struct json cases;
    struct json item = {0};
    if (!json_object(at, known, reader->fail) || !read_keys(at, group, reader) ||
        !check_keys(at, group, reader) ||
        !need_int(at, "now", 0, HG_TOLERANCE_MAX, &group->now, reader) ||
        !need_array(at, "cases", &cases, reader)) {
        return false;
    }
    while (json_item(&cases, &item)) {
        if (!vector_read_case(&item, group, reader)) {
            return false;
        }
    }
    return true;
}

/* ---- A file ---------------------------------------------------------------------------------- */

static bool read_scheme(const struct json *root, struct reader *reader)
{
    struct json member;
    const char *name = NULL;
    if (!need(root, "scheme", &member, reader)) {
        return false;
    }
    if (cJSON_IsObject(member.node)) {
        return scheme_from_json(&member, &reader->file->scheme, reader->fail);
    }
    if (!json_text(&member, &name, reader->fail)) {
        return false;
    }
    return hg_scheme_open(name, &reader->file->scheme, NULL) == HG_OK ||
           json_fail(&member, reader->fail, "not the name of a built-in scheme");
}

/* A sentence, or an object that names the weakness, too. */
static bool read_note(const struct json *at, struct vector_note *note, struct reader *reader)
{
    static const char *const known[] = {"text", "cwe", "spec", NULL};
    note->flag = at->node->string;
    if (!cJSON_IsObject(at->node)) {
        return json_text(at, &note->text, reader->fail);
    }
    return json_object(at, known, reader->fail) && need_text(at, "text", &note->text, reader) &&
           json_opt_text(at, "cwe", &note->cwe, reader->fail) &&
           json_opt_text(at, "spec", &note->spec, reader->fail);
}

static bool read_notes(const struct json *root, struct reader *reader)
{
    struct json notes;
    struct vector_file *file = reader->file;
    if (!need(root, "notes", &notes, reader)) {
        return false;
    }
    if (!cJSON_IsObject(notes.node)) {
        return json_fail(&notes, reader->fail, "must be an object");
    }
    file->notes = calloc((size_t) json_count(&notes) + 1, sizeof *file->notes);
    if (file->notes == NULL) {
        return vector_no_memory(reader);
    }
    for (const cJSON *node = notes.node->child; node != NULL; node = node->next) {
        struct json note = {node, &notes, file->name, -1};
        if (!read_note(&note, &file->notes[file->note_count++], reader)) {
            return false;
        }
    }
    return true;
}

/* Makes room for all cases at once: twins point at their parents. */
static bool make_room(const struct json *groups, struct reader *reader)
{
    struct vector_file *file = reader->file;
    struct json item = {0};
    size_t count = 0;
    while (json_item(groups, &item)) {
        struct json cases;
        if (cJSON_IsObject(item.node) && json_get(&item, "cases", &cases)) {
            count += (size_t) json_count(&cases);
        }
    }
    file->groups = calloc((size_t) json_count(groups) + 1, sizeof *file->groups);
    file->cases = calloc(count + 1, sizeof *file->cases);
    if (file->groups == NULL || file->cases == NULL) {
        return vector_no_memory(reader);
    }
    file->case_count = count; /* for the index alone; counted anew while reading */
    bool held = vector_slots_new(reader);
    file->case_count = 0;
    return held;
}

static bool read_groups(const struct json *root, struct reader *reader)
{
    struct vector_file *file = reader->file;
    struct json groups;
    struct json item = {0};
    if (!need_array(root, "groups", &groups, reader) || !make_room(&groups, reader)) {
        return false;
    }
    while (json_item(&groups, &item)) {
        if (!read_group(&item, &file->groups[file->group_count++], reader)) {
            return false;
        }
    }
    return true;
}

static bool read_file(const struct json *root, struct reader *reader)
{
    static const char *const known[] = {"scheme", "schema", "version", "count",
                                        "notes",  "groups", NULL};
    struct json member;
    const char *schema = NULL;
    int64_t count = 0;
    int64_t version = 1;
    if (!json_object(root, known, reader->fail) || !read_scheme(root, reader) ||
        !need_text(root, "schema", &schema, reader) ||
        !json_opt_int(root, "version", 1, VECTOR_VERSION, &version, reader->fail) ||
        !need_int(root, "count", 0, INT32_MAX, &count, reader) || !read_notes(root, reader) ||
        !read_groups(root, reader)) {
        return false;
    }
    if (strcmp(schema, "schema.json") != 0) {
        return json_get(root, "schema", &member) &&
               json_fail(&member, reader->fail, "must be \"schema.json\"");
    }
    if ((size_t) count != reader->file->case_count) {
        return json_get(root, "count", &member) &&
               json_fail(&member, reader->fail, "there are %zu cases", reader->file->case_count);
    }
    return true;
}

bool vector_parse(hg_str text, const char *name, struct vector_file *file, struct fail *fail)
{
    struct vector_file made = {.name = name};
    struct reader reader = {.file = &made, .fail = fail};
    if (text.len > VECTOR_FILE_MAX) {
        return fail_set(fail, EXIT_USAGE, "%s: more than %zu bytes", name, VECTOR_FILE_MAX);
    }
    bool held = json_parse(text, name, &made.tree, fail);
    if (held) {
        struct json root = json_root(made.tree, name);
        held = read_file(&root, &reader);
    }
    free(reader.slots);
    if (!held) {
        vector_free(&made);
        return false;
    }
    *file = made;
    return true;
}

void vector_free(struct vector_file *file)
{
    for (size_t i = 0; i < file->case_count; i++) {
        free(file->cases[i].edits);
        free(file->cases[i].again);
        capture_free(&file->cases[i].capture);
    }
    free(file->cases);
    free(file->groups);
    free(file->notes);
    hg_scheme_free(file->scheme);
    cJSON_Delete(file->tree);
    *file = (struct vector_file){0};
}

const struct vector_note *vector_flag(const struct vector_file *file, const char *flag)
{
    for (size_t i = 0; i < file->note_count; i++) {
        if (strcmp(file->notes[i].flag, flag) == 0) {
            return &file->notes[i];
        }
    }
    return NULL;
}

const char *vector_note(const struct vector_file *file, const char *flag)
{
    const struct vector_note *note = vector_flag(file, flag);
    return note != NULL ? note->text : NULL;
}

const char *vector_family(size_t index)
{
    static const char *const families[] = {"signature", "time",    "event",  "secret", "headers",
                                           "body",      "framing", "replay", "leak"};
    return index < sizeof families / sizeof families[0] ? families[index] : NULL;
}
