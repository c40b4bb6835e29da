/* SPDX-License-Identifier: MIT
 *
 * Strict JSON over cJSON: RFC 8259 and nothing more, every mistake named by its place.
 *
 * The text is checked by our own scanner first (UTF-8, grammar, trailing text, duplicate members,
 * nesting), because cJSON passes over most of that; cJSON then builds the tree. Readers walk the
 * tree with a struct json, which knows its own path, so that a message can say
 * "hooks.json: $.hooks[2].url: must be text". This is the only module besides json.c's users of
 * `cJSON *node` that names cJSON.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fail.h"
#include "hookgauge.h"

#define JSON_DEPTH_MAX 64 /* nesting: ours go to 8; bounds the recursion in cJSON */

/* A node and the way to it. Lives on the reader's stack; parent must outlive it. */
struct json {
    const cJSON *node;
    const struct json *parent; /* NULL at the root */
    const char *file;          /* what messages call the document */
    int index;                 /* in the parent array; -1: a member, named by node->string */
};

/* Parses a whole document. On failure: "FILE:LINE:COLUMN: what" with EXIT_USAGE. The caller
 * deletes *tree with cJSON_Delete. A "\u0000" anywhere is refused (cJSON would cut there), and so
 * are the other limits of json_scan.h. EXIT_UNKNOWN when memory ran out. */
bool json_parse(hg_str text, const char *file, cJSON **tree, struct fail *fail);

struct json json_root(const cJSON *tree, const char *file);

/* An object whose members are all among known (NULL-ended); names the first that is not. */
bool json_object(const struct json *at, const char *const *known, struct fail *fail);

/* The member of that name. json_get: false when absent (not a failure); json_need: fails. */
bool json_get(const struct json *object, const char *name, struct json *member);
bool json_need(const struct json *object, const char *name, struct json *member, struct fail *fail);

/* An array: fails if it is not one. Items are walked with json_item: start with *item = {0} and
 * call until false. */
bool json_array(const struct json *at, struct fail *fail);
bool json_item(const struct json *array, struct json *item);
int json_count(const struct json *array);

/* Typed values. Text is NUL-ended and lives as long as the tree. Integers lie within 2^53, where
 * a double holds each exactly; 1e3 and 5.0 are integers too. */
bool json_text(const struct json *at, const char **out, struct fail *fail);
bool json_int(const struct json *at, int64_t min, int64_t max, int64_t *out, struct fail *fail);
bool json_bool(const struct json *at, bool *out, struct fail *fail);

/* Optional members: an absent one leaves *out as it was and is not a failure. */
bool json_opt_text(const struct json *object, const char *name, const char **out,
                   struct fail *fail);
bool json_opt_int(const struct json *object, const char *name, int64_t min, int64_t max,
                  int64_t *out, struct fail *fail);
bool json_opt_bool(const struct json *object, const char *name, bool *out, struct fail *fail);

#define JSON_PATH_MAX 256 /* bytes of a path in a message, NUL included: a longer one is cut */

/* Writes the path of a node, "$.hooks[2].url", NUL-ended and cut at size, which is not 0. */
void json_path(const struct json *at, char *out, size_t size);

/* Fails with "FILE: PATH: what", EXIT_USAGE. */
bool json_fail(const struct json *at, struct fail *fail, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Writing: text as a JSON string with its quotes. Each byte that is not UTF-8 becomes U+FFFD,
 * control bytes (DEL is one) are escaped. All or nothing. */
bool json_add_text(struct buf *out, hg_str text);

/* Whether text can stand in JSON as it is: valid UTF-8, no control bytes (DEL is one) but tab, LF
 * and CR. */
bool json_plain(hg_str text);

#endif
