/* SPDX-License-Identifier: MIT
 *
 * Edits in their JSON form.
 *
 * One table says for each operation which members it has, so that reading, refusing and writing
 * can't disagree.
 */
#include <stddef.h>
#include <string.h>

#include "harness/edit.h"

/* Members of an operation, and when it can be made. */
enum need {
    NEED_PART = 1,      /* any part the request has */
    NEED_HEADER = 2,    /* a part that is a header */
    NEED_AT = 4,        /* "at", 0 unless given */
    NEED_BIT = 8,       /* "bit", 0 unless given */
    NEED_COUNT = 16,    /* "count", 1 unless given */
    NEED_TEXT = 32,     /* "text" */
    NEED_NAME = 64,     /* "name" */
    NEED_SECONDS = 128, /* "seconds" */
    MAY_TEXT = 256,     /* "text", optional */
    ONLY_BEFORE = 512,  /* changes what is signed, and nothing else */
    ONLY_AFTER = 1024,  /* changes what signing has made */
    NEED_BYTE = 2048,   /* "byte", 0 unless given */
    NEED_WITH = 4096    /* "with" */
};

struct op_row {
    const char *name;
    enum edit_op op;
    unsigned needs;
};

static const struct op_row ops[] = {
    {"flip-bit", EDIT_FLIP_BIT, NEED_PART | NEED_AT | NEED_BIT},
    {"truncate", EDIT_TRUNCATE, NEED_PART | NEED_COUNT},
    {"append", EDIT_APPEND, NEED_PART | NEED_TEXT},
    {"prepend", EDIT_PREPEND, NEED_PART | NEED_TEXT},
    {"set", EDIT_SET, NEED_PART | NEED_TEXT},
    {"drop", EDIT_DROP, NEED_HEADER | ONLY_AFTER},
    {"repeat", EDIT_REPEAT, NEED_HEADER | MAY_TEXT | ONLY_AFTER},
    {"add-header", EDIT_ADD_HEADER, NEED_NAME | NEED_TEXT | ONLY_AFTER},
    {"shift-time", EDIT_SHIFT_TIME, NEED_SECONDS | ONLY_BEFORE},
    {"wrong-secret", EDIT_WRONG_SECRET, ONLY_BEFORE},
    {"sign-as", EDIT_SIGN_AS, NEED_PART | NEED_TEXT | ONLY_BEFORE},
    {"chunk", EDIT_CHUNK, ONLY_AFTER},
    {"cut", EDIT_CUT, NEED_PART | NEED_AT | NEED_COUNT},
    {"bump", EDIT_BUMP, NEED_PART | NEED_AT | NEED_COUNT},
    {"upper", EDIT_UPPER, NEED_PART | NEED_AT},
    {"base64url", EDIT_BASE64URL, NEED_PART},
    {"secret", EDIT_SECRET, NEED_AT | ONLY_BEFORE},
    {"insert", EDIT_INSERT, NEED_PART | NEED_AT | NEED_TEXT},
    {"set-byte", EDIT_SET_BYTE, NEED_PART | NEED_AT | NEED_BYTE},
    {"wide-digits", EDIT_WIDE_DIGITS, NEED_PART},
    {"hex-number", EDIT_HEX_NUMBER, NEED_PART},
    {"rename", EDIT_RENAME, NEED_HEADER | NEED_NAME | ONLY_AFTER},
    {"empty-secret", EDIT_EMPTY_SECRET, ONLY_BEFORE},
    {"flip-mac", EDIT_FLIP_MAC, NEED_AT | NEED_BIT | ONLY_AFTER},
    {"recode", EDIT_RECODE, NEED_TEXT | ONLY_AFTER},
    {"fill-headers", EDIT_FILL_HEADERS, NEED_COUNT | ONLY_AFTER},
    {"move-to-query", EDIT_TO_QUERY, NEED_HEADER | NEED_NAME | ONLY_AFTER},
    {"frame", EDIT_FRAME, ONLY_AFTER},
    {"frame-chunks", EDIT_FRAME_CHUNKS, NEED_COUNT | ONLY_AFTER},
    {"shift-length", EDIT_SHIFT_LENGTH, NEED_AT | ONLY_AFTER},
    {"move-to-trailer", EDIT_TO_TRAILER, NEED_HEADER | ONLY_AFTER},
    {"swap", EDIT_SWAP, NEED_TEXT | NEED_WITH | ONLY_AFTER},
    {"swap-byte", EDIT_SWAP_BYTE, NEED_TEXT | NEED_BYTE | ONLY_AFTER},
    {"pause", EDIT_PAUSE, NEED_TEXT | ONLY_AFTER},
    {"drip", EDIT_DRIP, NEED_COUNT | ONLY_AFTER},
    {"stop", EDIT_STOP, NEED_COUNT | ONLY_AFTER},
    {"close", EDIT_CLOSE, ONLY_AFTER},
    {"behind-forged", EDIT_BEHIND_FORGED, ONLY_AFTER},
    {"before-forged", EDIT_BEFORE_FORGED, ONLY_AFTER},
};

static const char *const part_names[] = {[PART_BODY] = "body",
                                         [PART_SIGNATURE] = "signature",
                                         [PART_TIMESTAMP] = "timestamp",
                                         [PART_EVENT] = "event",
                                         [PART_ID] = "id",
                                         [PART_URL] = "url"};

#define OP_COUNT (sizeof ops / sizeof ops[0])
#define EDIT_NUMBER_MAX (INT64_C(1) << 24) /* bytes: beyond any part */

static const struct op_row *op_find(const char *name)
{
    for (size_t i = 0; i < OP_COUNT; i++) {
        if (strcmp(ops[i].name, name) == 0) {
            return &ops[i];
        }
    }
    return NULL;
}

/* Whether the operation has a member of that name. */
static bool op_has(unsigned needs, const char *name)
{
    static const struct {
        const char *name;
        unsigned needs;
    } members[] = {{"part", NEED_PART | NEED_HEADER},
                   {"at", NEED_AT},
                   {"bit", NEED_BIT},
                   {"count", NEED_COUNT},
                   {"byte", NEED_BYTE},
                   {"text", NEED_TEXT | MAY_TEXT},
                   {"with", NEED_WITH},
                   {"name", NEED_NAME},
                   {"seconds", NEED_SECONDS}};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(members[i].name, name) == 0) {
            return (members[i].needs & needs) != 0;
        }
    }
    return true; /* op and when */
}

static bool members_fit(const struct json *at, unsigned needs, struct fail *fail)
{
    static const char *const known[] = {"op",   "part", "at",   "bit",     "count", "byte",
                                        "text", "with", "name", "seconds", "when",  NULL};
    for (size_t i = 0; known[i] != NULL; i++) {
        struct json member;
        if (json_get(at, known[i], &member) && !op_has(needs, known[i])) {
            return json_fail(&member, fail, "this operation has no such member");
        }
    }
    return json_object(at, known, fail);
}

static bool need_text(const struct json *at, const char *name, const char **out, struct fail *fail)
{
    struct json member;
    return json_need(at, name, &member, fail) && json_text(&member, out, fail);
}

static bool read_part(const struct json *at, unsigned needs, struct edit *edit, struct fail *fail)
{
    struct json member;
    const char *name = NULL;
    if (!json_need(at, "part", &member, fail) || !json_text(&member, &name, fail)) {
        return false;
    }
    for (enum edit_part part = PART_BODY; part <= PART_URL; part++) {
        if (strcmp(name, part_names[part]) == 0) {
            edit->part = part;
        }
    }
    bool header = edit->part != PART_BODY && edit->part != PART_URL;
    if (edit->part == 0 || ((needs & NEED_HEADER) != 0 && !header)) {
        return json_fail(&member, fail, "not a part that this operation works on");
    }
    return true;
}

static bool read_when(const struct json *at, unsigned needs, struct edit *edit, struct fail *fail)
{
    struct json member;
    const char *when = NULL;
    if (!json_need(at, "when", &member, fail) || !json_text(&member, &when, fail)) {
        return false;
    }
    edit->before = strcmp(when, "before") == 0;
    if (!edit->before && strcmp(when, "after") != 0) {
        return json_fail(&member, fail, "must be \"before\" or \"after\"");
    }
    bool signature = edit->part == PART_SIGNATURE; /* is there after signing only */
    if ((needs & (edit->before ? ONLY_AFTER : ONLY_BEFORE)) != 0 || (edit->before && signature)) {
        return json_fail(&member, fail, "this edit can't be made %s signing", when);
    }
    return true;
}

static bool read_numbers(const struct json *at, struct edit *edit, struct fail *fail)
{
    int64_t place = 0;
    int64_t bit = 0;
    int64_t count = 1;
    int64_t byte = 0;
    if (!json_opt_int(at, "at", -EDIT_NUMBER_MAX, EDIT_NUMBER_MAX, &place, fail) ||
        !json_opt_int(at, "bit", 0, 7, &bit, fail) ||
        !json_opt_int(at, "count", 1, EDIT_NUMBER_MAX, &count, fail) ||
        !json_opt_int(at, "byte", 0, UINT8_MAX, &byte, fail)) {
        return false;
    }
    edit->at = (long) place;
    edit->bit = (long) bit;
    edit->count = (long) count;
    edit->byte = (long) byte;
    return true;
}

static bool read_values(const struct json *at, unsigned needs, struct edit *edit, struct fail *fail)
{
    struct json member;
    const char *text = NULL;
    const char *with = NULL;
    bool wants_text = (needs & NEED_TEXT) != 0;
    if (wants_text ? !need_text(at, "text", &text, fail)
                   : !json_opt_text(at, "text", &text, fail)) {
        return false;
    }
    edit->text = hg_text(text);
    if ((needs & NEED_WITH) != 0 && !need_text(at, "with", &with, fail)) {
        return false;
    }
    edit->with = hg_text(with);
    if ((needs & NEED_NAME) != 0 && !need_text(at, "name", &edit->name, fail)) {
        return false;
    }
    if ((needs & NEED_SECONDS) == 0) {
        return true;
    }
    return json_need(at, "seconds", &member, fail) &&
           json_int(&member, -HG_TOLERANCE_MAX, HG_TOLERANCE_MAX, &edit->seconds, fail);
}

bool edit_from_json(const struct json *at, struct edit *edit, struct fail *fail)
{
    struct json op;
    const char *name = NULL;
    struct edit made = {0};
    if (!cJSON_IsObject(at->node)) {
        return json_fail(at, fail, "must be an object");
    }
    if (!json_need(at, "op", &op, fail) || !json_text(&op, &name, fail)) {
        return false;
    }
    const struct op_row *row = op_find(name);
    if (row == NULL) {
        return json_fail(&op, fail, "unknown operation");
    }
    bool has_part = (row->needs & (NEED_PART | NEED_HEADER)) != 0;
    made.op = row->op;
    if (!members_fit(at, row->needs, fail) ||
        (has_part && !read_part(at, row->needs, &made, fail)) ||
        !read_when(at, row->needs, &made, fail) || !read_numbers(at, &made, fail) ||
        !read_values(at, row->needs, &made, fail)) {
        return false;
    }
    *edit = made;
    return true;
}

static const struct op_row *op_row(enum edit_op op)
{
    for (size_t i = 0; i < OP_COUNT; i++) {
        if (ops[i].op == op) {
            return &ops[i];
        }
    }
    return NULL;
}

static void add_number(struct buf *out, const char *name, int64_t value)
{
    (void) buf_addf(out, ",\"%s\":%lld", name, (long long) value);
}

bool edit_to_json(const struct edit *edit, struct buf *out)
{
    const struct op_row *row = op_row(edit->op);
    if (row == NULL) {
        return false;
    }
    (void) buf_addf(out, "{\"op\":\"%s\"", row->name);
    if ((row->needs & (NEED_PART | NEED_HEADER)) != 0) {
        (void) buf_addf(out, ",\"part\":\"%s\"", part_names[edit->part]);
    }
    if ((row->needs & NEED_AT) != 0) {
        add_number(out, "at", edit->at);
    }
    if ((row->needs & NEED_BIT) != 0) {
        add_number(out, "bit", edit->bit);
    }
    if ((row->needs & NEED_COUNT) != 0) {
        add_number(out, "count", edit->count);
    }
    if ((row->needs & NEED_BYTE) != 0) {
        add_number(out, "byte", edit->byte);
    }
    if ((row->needs & NEED_SECONDS) != 0) {
        add_number(out, "seconds", edit->seconds);
    }
    if ((row->needs & NEED_NAME) != 0) {
        (void) (buf_add_text(out, ",\"name\":") && json_add_text(out, hg_text(edit->name)));
    }
    if ((row->needs & NEED_TEXT) != 0 || edit->text.ptr != NULL) {
        (void) (buf_add_text(out, ",\"text\":") && json_add_text(out, edit->text));
    }
    if ((row->needs & NEED_WITH) != 0) {
        (void) (buf_add_text(out, ",\"with\":") && json_add_text(out, edit->with));
    }
    return buf_addf(out, ",\"when\":\"%s\"}", edit->before ? "before" : "after");
}
