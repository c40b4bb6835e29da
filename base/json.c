/* SPDX-License-Identifier: MIT
 *
 * Reading a cJSON tree that json_scan has accepted, with the path at hand for messages.
 */
#include "base/json.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json_scan.h"

#define WHAT_MAX 256 /* bytes of the sentence in a message */

/* ---- Parsing --------------------------------------------------------------------------------- */

/* Lines and columns count from 1, columns in characters, as editors show them. */
static bool mistake_fail(hg_str text, const char *file, const struct json_mistake *mistake,
                         struct fail *fail)
{
    size_t line = 1;
    size_t column = 1;
    for (size_t i = 0; i < mistake->offset; i++) {
        if (text.ptr[i] == '\n') {
            line++;
            column = 1;
        } else if (((unsigned char) text.ptr[i] & 0xc0) != 0x80) {
            column++;
        }
    }
    return fail_set(fail, mistake->no_memory ? EXIT_UNKNOWN : EXIT_USAGE, "%s:%zu:%zu: %s", file,
                    line, column, mistake->what);
}

bool json_parse(hg_str text, const char *file, cJSON **tree, struct fail *fail)
{
    struct json_mistake mistake;
    if (!json_scan(text, &mistake)) {
        return mistake_fail(text, file, &mistake, fail);
    }
    /* What the scanner accepts cJSON accepts, unless memory runs out. */
    cJSON *made = cJSON_ParseWithLength(text.ptr, text.len);
    if (made == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", file);
    }
    *tree = made;
    return true;
}

struct json json_root(const cJSON *tree, const char *file)
{
    return (struct json){.node = tree, .file = file, .index = -1};
}

/* ---- Paths and messages ---------------------------------------------------------------------- */

static bool is_word(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return text[0] != '\0' && text[strspn(text, letters)] == '\0';
}

static void add_step(const struct json *at, char *out, size_t size)
{
    int length = 0;
    if (at->parent == NULL) {
        length = snprintf(out, size, "$");
    } else if (at->index >= 0) {
        length = snprintf(out, size, "[%d]", at->index);
    } else if (is_word(at->node->string)) {
        length = snprintf(out, size, ".%s", at->node->string);
    } else {
        length = snprintf(out, size, "[\"%s\"]", at->node->string);
    }
    if (length < 0) {
        out[0] = '\0';
    }
}

void json_path(const struct json *at, char *out, size_t size)
{
    const struct json *way[JSON_DEPTH_MAX + 1];
    size_t steps = 0;
    for (; at != NULL && steps < sizeof way / sizeof way[0]; at = at->parent) {
        way[steps++] = at;
    }
    out[0] = '\0';
    while (steps > 0) {
        size_t used = strlen(out);
        add_step(way[--steps], out + used, size - used);
    }
}

bool json_fail(const struct json *at, struct fail *fail, const char *format, ...)
{
    char path[JSON_PATH_MAX];
    char what[WHAT_MAX];
    va_list args;
    json_path(at, path, sizeof path);
    va_start(args, format);
    (void) vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return fail_set(fail, EXIT_USAGE, "%s: %s: %s", at->file, path, what);
}

/* ---- Walking --------------------------------------------------------------------------------- */

static struct json child(const struct json *parent, const cJSON *node, int index)
{
    return (struct json){.node = node, .parent = parent, .file = parent->file, .index = index};
}

static bool is_known(const char *name, const char *const *known)
{
    for (; *known != NULL; known++) {
        if (strcmp(name, *known) == 0) {
            return true;
        }
    }
    return false;
}

bool json_object(const struct json *at, const char *const *known, struct fail *fail)
{
    if (!cJSON_IsObject(at->node)) {
        return json_fail(at, fail, "must be an object");
    }
    for (const cJSON *node = at->node->child; node != NULL; node = node->next) {
        if (!is_known(node->string, known)) {
            struct json member = child(at, node, -1);
            return json_fail(&member, fail, "unknown member");
        }
    }
    return true;
}

bool json_get(const struct json *object, const char *name, struct json *member)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(object->node, name);
    if (node == NULL) {
        return false;
    }
    *member = child(object, node, -1);
    return true;
}

bool json_need(const struct json *object, const char *name, struct json *member, struct fail *fail)
{
    return json_get(object, name, member) ||
           json_fail(object, fail, "member \"%s\" is missing", name);
}

bool json_array(const struct json *at, struct fail *fail)
{
    return cJSON_IsArray(at->node) || json_fail(at, fail, "must be an array");
}

bool json_item(const struct json *array, struct json *item)
{
    const cJSON *node = item->node == NULL ? array->node->child : item->node->next;
    if (node == NULL) {
        return false;
    }
    *item = child(array, node, item->node == NULL ? 0 : item->index + 1);
    return true;
}

int json_count(const struct json *array)
{
    return cJSON_GetArraySize(array->node);
}

/* ---- Typed values ---------------------------------------------------------------------------- */

bool json_text(const struct json *at, const char **out, struct fail *fail)
{
    if (!cJSON_IsString(at->node)) {
        return json_fail(at, fail, "must be text");
    }
    *out = at->node->valuestring;
    return true;
}

bool json_int(const struct json *at, int64_t min, int64_t max, int64_t *out, struct fail *fail)
{
    static const double exact = 9007199254740992.0; /* 2^53 */
    double value = cJSON_IsNumber(at->node) ? at->node->valuedouble : 0.5;
    if (!(value >= -exact && value <= exact) || value != (double) (int64_t) value) {
        return json_fail(at, fail, "must be an integer");
    }
    if ((int64_t) value < min || (int64_t) value > max) {
        return json_fail(at, fail, "must be from %lld to %lld", (long long) min, (long long) max);
    }
    *out = (int64_t) value;
    return true;
}

bool json_bool(const struct json *at, bool *out, struct fail *fail)
{
    if (!cJSON_IsBool(at->node)) {
        return json_fail(at, fail, "must be true or false");
    }
    *out = cJSON_IsTrue(at->node);
    return true;
}

bool json_opt_text(const struct json *object, const char *name, const char **out, struct fail *fail)
{
    struct json member;
    return !json_get(object, name, &member) || json_text(&member, out, fail);
}

bool json_opt_int(const struct json *object, const char *name, int64_t min, int64_t max,
                  int64_t *out, struct fail *fail)
{
    struct json member;
    return !json_get(object, name, &member) || json_int(&member, min, max, out, fail);
}

bool json_opt_bool(const struct json *object, const char *name, bool *out, struct fail *fail)
{
    struct json member;
    return !json_get(object, name, &member) || json_bool(&member, out, fail);
}
