/* SPDX-License-Identifier: MIT
 *
 * The list of bodies: what the tables make of the one that arrived.
 */
#include "core/explain.h"
#include "core/json_text.h"
#include "core/text.h"

enum { MEMBERS_MAX = 32 }; /* members of the outermost object that are tried on their own */

const struct hgi_cause hgi_body_cut = {
    "body-cut", 3, "only the first bytes of the body are signed",
    "have the sender sign all of it: a length was wrong or a buffer too small"};

static const struct hgi_cause member_cause = {
    "body-member", 4, "only one member of the JSON body is signed, not all of it",
    "have the sender sign the whole body"};

/* The causes of forms that the caller passes are made of the caller's words. */
static bool add(struct hgi_bodies *list, const struct hgi_body *from, hg_str bytes,
                const struct hgi_cause *cause, const char *detail)
{
    for (size_t i = 0; i < list->count; i++) {
        if (hgi_same(list->at[i].bytes, bytes)) {
            return false;
        }
    }
    struct hgi_body made = {.steps = from->steps, .bytes = bytes};
    if (!hgi_step(&made.steps, cause, detail) || made.steps.count == from->steps.count ||
        !hgi_grow(list->arena, &list->at, list->count, &list->room, sizeof *list->at)) {
        return false;
    }
    if (bytes.ptr == list->out.ptr) {
        made.bytes = hgi_arena_keep(list->arena, bytes);
        if (made.bytes.ptr == NULL) {
            return false;
        }
    }
    list->at[list->count++] = made;
    return true;
}

static void apply(struct hgi_bodies *list, size_t from, const struct hgi_edit *cause)
{
    struct hgi_body source = list->at[from]; /* the list may move */
    if (source.stage >= (unsigned) cause->stage || source.alone ||
        (cause->costly && source.bytes.len > HG_EXPLAIN_BODY_MAX)) {
        return;
    }
    list->out.len = 0;
    list->out.full = false;
    hg_str made = cause->make(cause, source.bytes, &list->out);
    if (made.ptr != NULL && !list->out.full && add(list, &source, made, &cause->cause, NULL)) {
        list->at[list->count - 1].stage = (unsigned) cause->stage;
        list->at[list->count - 1].alone = cause->alone;
    }
}

static void apply_all(struct hgi_bodies *list, size_t from)
{
    static const struct hgi_edit *const tables[] = {hgi_bytes_causes, hgi_json_causes};
    for (size_t t = 0; t < 2; t++) {
        for (const struct hgi_edit *row = tables[t]; row->cause.name != NULL; row++) {
            apply(list, from, row);
        }
    }
}

static void add_members(struct hgi_bodies *list)
{
    struct hgi_body source = list->at[0];
    hg_str name, value;
    size_t at = 0;
    char detail[HG_DETAIL_MAX];
    for (size_t i = 0; i < MEMBERS_MAX && source.bytes.len <= HG_EXPLAIN_BODY_MAX &&
                       hgi_json_member(source.bytes, &at, &name, &value);
         i++) {
        hgi_detail_word(detail, "member %s", name);
        if (add(list, &source, value, &member_cause, detail)) {
            list->at[list->count - 1].alone = true;
        }
    }
}

static void add_forms(struct hgi_bodies *list, const hg_explaining *options)
{
    struct hgi_body source = list->at[0];
    for (size_t i = 0; i < options->form_count; i++) {
        const hg_body_form *form = &options->forms[i];
        struct hgi_cause *cause = hgi_arena_take(list->arena, sizeof *cause);
        if (cause == NULL) {
            return;
        }
        *cause = (struct hgi_cause){form->name, 1, form->meaning, form->advice};
        if (add(list, &source, form->bytes, cause, NULL)) {
            list->at[list->count - 1].stage = HGI_STAGE_DECODE;
        }
    }
}

/* Room for one variant: JSON may grow six-fold (escapes), line ends twofold; of the largest bodies
 * only parts are tried, which need none. */
static size_t room_for(size_t len)
{
    enum { COPIED_MAX = 1 << 20, SPARE = 4096 };
    return len <= HG_EXPLAIN_BODY_MAX ? 6 * len + SPARE
           : len <= COPIED_MAX        ? 2 * len + SPARE
                                      : SPARE;
}

bool hgi_bodies_begin(struct hgi_bodies *list, hg_str body)
{
    size_t room = room_for(body.len);
    list->out = (struct hgi_out){hgi_arena_take(list->arena, room), 0, room, false};
    if (list->out.ptr == NULL ||
        !hgi_grow(list->arena, &list->at, 0, &list->room, sizeof *list->at)) {
        return false;
    }
    list->at[list->count++] = (struct hgi_body){.bytes = body.ptr != NULL ? body : (hg_str){"", 0}};
    return true;
}

void hgi_bodies_one(struct hgi_bodies *list, const hg_explaining *options)
{
    add_forms(list, options);
    apply_all(list, 0);
    add_members(list);
}

void hgi_bodies_two(struct hgi_bodies *list)
{
    size_t ones = list->count;
    for (size_t i = 1; i < ones; i++) {
        apply_all(list, i);
    }
}

const struct hgi_cause *hgi_body_cause_at(size_t index)
{
    static const struct hgi_edit *const tables[] = {hgi_bytes_causes, hgi_json_causes};
    for (size_t t = 0; t < 2; t++) {
        for (const struct hgi_edit *row = tables[t]; row->cause.name != NULL; row++) {
            if (index-- == 0) {
                return &row->cause;
            }
        }
    }
    return index == 0 ? &hgi_body_cut : index == 1 ? &member_cause : NULL;
}
