/* SPDX-License-Identifier: MIT
 *
 * See json_pointer.h. cJSON's own pointers are not used: their reader takes "0A" for an index.
 */
#include "base/json_pointer.h"

#include <stdio.h>
#include <string.h>

#define INDEX_MAX 999999999 /* fits an int; no document of ours has as many items */

bool json_pointer_check(const char *text)
{
    if (text[0] != '/' || strlen(text) > JSON_POINTER_MAX) {
        return false;
    }
    for (const char *at = text; (at = strchr(at, '~')) != NULL; at++) {
        if (at[1] != '0' && at[1] != '1') {
            return false;
        }
    }
    return true;
}

/* The next byte of a name, "~1" read as '/', "~0" as '~'; moves *at past it. */
static char next_byte(const char **at)
{
    char byte = *(*at)++;
    if (byte == '~') {
        byte = *(*at)++ == '0' ? '~' : '/';
    }
    return byte;
}

/* Whether the name between at and end is that of a member. */
static bool names(const char *at, const char *end, const char *member)
{
    while (at < end && *member != '\0') {
        if (next_byte(&at) != *member++) {
            return false;
        }
    }
    return at == end && *member == '\0';
}

static const cJSON *member_of(const cJSON *object, const char *at, const char *end)
{
    for (const cJSON *node = object->child; node != NULL; node = node->next) {
        if (names(at, end, node->string)) {
            return node;
        }
    }
    return NULL;
}

static const cJSON *item_of(const cJSON *array, const char *at, const char *end)
{
    int64_t index = 0;
    if (at == end || (*at == '0' && end - at > 1)) {
        return NULL;
    }
    for (; at < end; at++) {
        if (*at < '0' || *at > '9' || index > INDEX_MAX / 10 - 1) {
            return NULL;
        }
        index = index * 10 + (*at - '0');
    }
    return cJSON_GetArrayItem(array, (int) index);
}

const cJSON *json_pointer_find(const char *pointer, const cJSON *root)
{
    const cJSON *node = root;
    while (*pointer == '/' && node != NULL) {
        pointer++;
        const char *end = pointer + strcspn(pointer, "/");
        if (cJSON_IsObject(node)) {
            node = member_of(node, pointer, end);
        } else {
            node = cJSON_IsArray(node) ? item_of(node, pointer, end) : NULL;
        }
        pointer = end;
    }
    return node;
}

size_t json_scalar(const cJSON *value, char *out, size_t size)
{
    static const double exact = 9007199254740992.0; /* 2^53 */
    char number[24];
    const char *text = number;
    if (cJSON_IsString(value)) {
        text = value->valuestring;
    } else if (cJSON_IsNumber(value) && value->valuedouble >= -exact &&
               value->valuedouble <= exact &&
               value->valuedouble == (double) (int64_t) value->valuedouble) {
        (void) snprintf(number, sizeof(number), "%lld", (long long) value->valuedouble);
    } else {
        return 0;
    }
    size_t length = strlen(text);
    if (length > size) {
        return 0;
    }
    memcpy(out, text, length);
    return length;
}
