/* SPDX-License-Identifier: MIT
 *
 * Reading one case of a vector file.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/vector_read.h"

bool vector_no_memory(struct reader *reader)
{
    return fail_set(reader->fail, EXIT_UNKNOWN, "%s: out of memory", reader->file->name);
}

/* ---- Ids ------------------------------------------------------------------------------------- */

static size_t hash_text(const char *text)
{
    uint64_t hash = 14695981039346656037U; /* FNV-1a */
    for (; *text != '\0'; text++) {
        hash = (hash ^ (unsigned char) *text) * 1099511628211U;
    }
    return (size_t) (hash ^ (hash >> 32));
}

/* The slot of that id, or the free one where it belongs. */
static const struct vector_case **slot_of(struct reader *reader, const char *id)
{
    size_t at = hash_text(id) & reader->slot_mask;
    while (reader->slots[at] != NULL && strcmp(reader->slots[at]->id, id) != 0) {
        at = (at + 1) & reader->slot_mask;
    }
    return &reader->slots[at];
}

bool vector_slots_new(struct reader *reader)
{
    size_t count = 16;
    while (count < reader->file->case_count * 2) {
        count *= 2;
    }
    reader->slots = calloc(count, sizeof *reader->slots);
    reader->slot_mask = count - 1;
    return reader->slots != NULL || vector_no_memory(reader);
}

static bool is_id(const char *id)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
    size_t first = strspn(id, letters);
    if (first == 0 || id[first] == '\0') {
        return first > 0;
    }
    size_t second = id[first] == '/' ? strspn(id + first + 1, letters) : 0;
    return second > 0 && id[first + 1 + second] == '\0';
}

static bool read_id(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json member;
    if (!json_need(at, "id", &member, reader->fail) ||
        !json_text(&member, &one->id, reader->fail)) {
        return false;
    }
    if (!is_id(one->id)) {
        return json_fail(&member, reader->fail, "must be like \"name\" or \"name/twin\"");
    }
    const struct vector_case **slot = slot_of(reader, one->id);
    if (*slot != NULL) {
        return json_fail(&member, reader->fail, "another case has this id");
    }
    *slot = one;
    return true;
}

/* ---- A case ---------------------------------------------------------------------------------- */

/* The parent of a twin: an earlier valid case of the same group, which the twin's id names. */
static bool read_of(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json member;
    const char *name = NULL;
    if (!json_get(at, "of", &member)) {
        return true;
    }
    if (!json_text(&member, &name, reader->fail)) {
        return false;
    }
    const struct vector_case *parent = *slot_of(reader, name);
    if (parent == NULL || parent == one || parent->of != NULL || parent->status != HG_OK ||
        parent->group != one->group) {
        return json_fail(&member, reader->fail, "names no earlier valid case of this group");
    }
    size_t length = strlen(name);
    if (strncmp(one->id, name, length) != 0 || one->id[length] != '/') {
        return json_fail(&member, reader->fail, "the id must begin with this and a slash");
    }
    one->of = parent;
    return true;
}

static bool read_flags(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json flags;
    struct json item = {0};
    if (!json_need(at, "flags", &flags, reader->fail) || !json_array(&flags, reader->fail)) {
        return false;
    }
    while (json_item(&flags, &item)) {
        const char *flag = NULL;
        if (!json_text(&item, &flag, reader->fail)) {
            return false;
        }
        if (vector_note(reader->file, flag) == NULL) {
            return json_fail(&item, reader->fail, "this flag has no note");
        }
        if (one->flag_count == VECTOR_FLAGS_MAX) {
            return json_fail(&flags, reader->fail, "more than %d flags", VECTOR_FLAGS_MAX);
        }
        one->flags[one->flag_count++] = flag;
    }
    return true;
}

static bool read_status(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json member;
    const char *name = NULL;
    if (!json_need(at, "status", &member, reader->fail) ||
        !json_text(&member, &name, reader->fail)) {
        return false;
    }
    one->status = hg_status_find(hg_text(name));
    return one->status != 0 || json_fail(&member, reader->fail, "not the name of a status");
}

static bool read_level(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json member;
    const char *level = "must";
    if (!json_get(at, "level", &member)) {
        return true;
    }
    if (!json_text(&member, &level, reader->fail)) {
        return false;
    }
    one->should = strcmp(level, "should") == 0;
    return one->should || strcmp(level, "must") == 0 ||
           json_fail(&member, reader->fail, "must be \"must\" or \"should\"");
}

static bool read_words(const struct json *at, const char *name, const char **out,
                       struct reader *reader)
{
    struct json member;
    if (!json_get(at, name, &member)) {
        return true;
    }
    return json_text(&member, out, reader->fail) &&
           (**out != '\0' || json_fail(&member, reader->fail, "must not be empty"));
}

static bool read_reason(const struct json *at, struct vector_case *one, struct reader *reader)
{
    return read_words(at, "spec", &one->spec, reader) &&
           read_words(at, "note", &one->note, reader) &&
           read_words(at, "source", &one->source, reader);
}

static bool read_needs(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json needs;
    struct json item = {0};
    if (!json_get(at, "needs", &needs)) {
        return true;
    }
    if (!json_array(&needs, reader->fail)) {
        return false;
    }
    while (json_item(&needs, &item)) {
        const char *text = NULL;
        if (!json_text(&item, &text, reader->fail)) {
            return false;
        }
        if (strcmp(text, "http") != 0) {
            return json_fail(&item, reader->fail, "must be \"http\"");
        }
        one->needs_http = true;
    }
    return true;
}

/* Over a connection alone: there a server may refuse what its own code would take. */
static bool read_either(const struct json *at, struct vector_case *one, struct reader *reader)
{
    return json_opt_bool(at, "either", &one->either, reader->fail) &&
           (!one->either || (one->needs_http && one->status == HG_OK && one->times == 1) ||
            json_fail(at, reader->fail,
                      "\"either\" is for \"ok\", once, with \"needs\":[\"http\"]"));
}

static bool read_numbers(const struct json *at, struct vector_case *one, struct reader *reader)
{
    int64_t times = 1;
    int64_t stored = -1;
    one->now = one->group->now;
    if (!json_opt_int(at, "now", 0, HG_TOLERANCE_MAX, &one->now, reader->fail) ||
        !json_opt_int(at, "times", 1, VECTOR_TIMES_MAX, &times, reader->fail) ||
        !json_opt_int(at, "expect_stored", 0, VECTOR_TIMES_MAX, &stored, reader->fail)) {
        return false;
    }
    one->times = (int) times;
    one->expect_stored = (int) stored;
    return true;
}

static bool read_list(const struct json *list, struct edit **edits, size_t *count,
                      struct reader *reader)
{
    struct json item = {0};
    if (!json_array(list, reader->fail)) {
        return false;
    }
    int size = json_count(list);
    if (size < 1 || size > EDITS_MAX) {
        return json_fail(list, reader->fail, "must be 1 to %d edits", EDITS_MAX);
    }
    *edits = calloc((size_t) size, sizeof **edits);
    if (*edits == NULL) {
        return vector_no_memory(reader);
    }
    while (json_item(list, &item)) {
        if (!edit_from_json(&item, &(*edits)[(*count)++], reader->fail)) {
            return false;
        }
    }
    return true;
}

static bool read_edits(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json edits;
    if (!json_get(at, "edit", &edits)) {
        return one->of == NULL || one->times > 1 ||
               json_fail(at, reader->fail, "a twin needs \"edit\", or \"times\" above 1");
    }
    if (one->of == NULL) {
        return json_fail(&edits, reader->fail, "only a twin has edits");
    }
    return read_list(&edits, &one->edits, &one->edit_count, reader);
}

/* What is said of deliveries beyond the first. All are made of one signed request. */
static bool read_again(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json member;
    if (!json_opt_bool(at, "together", &one->together, reader->fail) ||
        !json_opt_bool(at, "restart", &one->restart, reader->fail) ||
        (json_get(at, "again", &member) &&
         !read_list(&member, &one->again, &one->again_count, reader))) {
        return false;
    }
    for (size_t i = 0; i < one->again_count; i++) {
        if (one->again[i].before || frame_wanted(&one->again[i], 1)) {
            return json_fail(&member, reader->fail, "must be edits after signing, of no framing");
        }
    }
    bool several = one->together || one->restart || one->again_count > 0;
    return !several || one->times > 1 || json_fail(at, reader->fail, "needs \"times\" above 1");
}

static bool read_same_as(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json member;
    const char *name = NULL;
    if (!json_get(at, "same_as", &member)) {
        return true;
    }
    if (!json_text(&member, &name, reader->fail)) {
        return false;
    }
    one->same_as = *slot_of(reader, name);
    bool earlier = one->same_as != NULL && one->same_as != one;
    return (earlier && one->same_as->group == one->group) ||
           json_fail(&member, reader->fail, "names no earlier case of this group");
}

static bool read_family(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json member;
    const char *name = NULL;
    if (!json_get(at, "family", &member)) {
        return true;
    }
    if (!json_text(&member, &name, reader->fail)) {
        return false;
    }
    for (size_t i = 0; vector_family(i) != NULL; i++) {
        if (strcmp(vector_family(i), name) == 0) {
            one->family = vector_family(i);
            return true;
        }
    }
    return json_fail(&member, reader->fail, "not the name of a family");
}

/* A whole message in base64; its bytes live in the capture, which has no other use here. */
static bool read_raw(const struct json *at, struct vector_case *one, struct reader *reader)
{
    const char *text = NULL;
    size_t size = 0;
    if (!json_text(at, &text, reader->fail)) {
        return false;
    }
    size_t room = strlen(text) / 4 * 3 + 1;
    one->capture.bytes = malloc(room);
    if (one->capture.bytes == NULL) {
        return vector_no_memory(reader);
    }
    if (!hg_decode(HG_BASE64, hg_text(text), one->capture.bytes, room, &size)) {
        return json_fail(at, reader->fail, "must be base64");
    }
    if (!one->needs_http) {
        return json_fail(at, reader->fail, "a raw message needs \"needs\":[\"http\"]");
    }
    one->raw = (hg_str){one->capture.bytes, size};
    return true;
}

static bool read_request(const struct json *at, struct vector_case *one, struct reader *reader)
{
    struct json raw;
    struct json request;
    bool has_raw = json_get(at, "raw_base64", &raw);
    bool has_request = json_get(at, "request", &request);
    if (has_raw == has_request) {
        return json_fail(at, reader->fail, "needs one of \"request\" and \"raw_base64\"");
    }
    if (has_raw) {
        return read_raw(&raw, one, reader);
    }
    if (one->of == NULL && one->status != HG_OK && one->source == NULL) {
        return json_fail(at, reader->fail,
                         "a case that is refused needs \"of\", its valid parent, or \"source\"");
    }
    return capture_from_json(&request, &one->capture, reader->fail);
}

bool vector_read_case(const struct json *at, const struct vector_group *group,
                      struct reader *reader)
{
    static const char *const known[] = {
        "id",   "of",      "flags",         "family",   "status",  "level", "spec",    "note",
        "now",  "times",   "expect_stored", "together", "restart", "again", "same_as", "needs",
        "edit", "request", "raw_base64",    "source",   "either",  NULL};
    struct vector_case *one = &reader->file->cases[reader->file->case_count++];
    one->group = group;
    return json_object(at, known, reader->fail) && read_id(at, one, reader) &&
           read_flags(at, one, reader) && read_status(at, one, reader) &&
           read_of(at, one, reader) && read_level(at, one, reader) &&
           read_reason(at, one, reader) && read_needs(at, one, reader) &&
           read_numbers(at, one, reader) && read_either(at, one, reader) &&
           read_edits(at, one, reader) && read_again(at, one, reader) &&
           read_same_as(at, one, reader) && read_family(at, one, reader) &&
           read_request(at, one, reader);
}
