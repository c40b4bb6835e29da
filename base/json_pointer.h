/* SPDX-License-Identifier: MIT
 *
 * JSON pointers, RFC 6901: the way to a value in a document, such as "/payload/items/0/id".
 */
#ifndef BASE_JSON_POINTER_H
#define BASE_JSON_POINTER_H

#include "base/json.h"

#define JSON_POINTER_MAX ((size_t) 256) /* bytes: a way is a few names */

/* Whether text is a pointer below the root: at most JSON_POINTER_MAX bytes, beginning with '/',
 * each
 * '~' followed by 0 or 1. */
bool json_pointer_check(const char *text);

/* The value that a checked pointer leads to; NULL when there is none. Names are compared byte for
 * byte; an index is digits without a leading zero, and "-" leads nowhere. */
const cJSON *json_pointer_find(const char *pointer, const cJSON *root);

/* The text of a string or an integer ("5", also when it is spelled 5.0), copied into out, which has
 * room for size bytes, without a final NUL. Returns its length; 0 when the value is NULL, another
 * kind, empty or too long. */
size_t json_scalar(const cJSON *value, char *out, size_t size);

#endif
