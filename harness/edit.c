/* SPDX-License-Identifier: MIT
 *
 * Making a delivery from a case: parts of the parent, edits, a signature, edits again.
 *
 * A draft holds the parts as they are sent, each in its own buffer, so that an edit works on one
 * part and knows nothing of headers. draft_finish lays the parts out in the parent's order.
 */
#include "harness/edit.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "harness/edit_draft.h"
#include "harness/edit_mac.h"
#include "harness/edit_part.h"
#include "harness/vector.h"

#define TIME_WORD "{timestamp}"
#define FILLERS_MAX 1000 /* headers: more than any server reads */

static bool edit_fail(const struct draft *draft, struct fail *fail, const char *what)
{
    return fail_set(fail, EXIT_USAGE, "case \"%s\": %s", draft->of_case->id, what);
}

bool draft_no_memory(struct fail *fail)
{
    return fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

/* ---- Parts and headers ----------------------------------------------------------------------- */

/* HG_TIME_OPAQUE also when the scheme has no time. */
static hg_time_format time_format(const hg_scheme_spec *row)
{
    static const char *const names[] = {"unix", "unix-ms", "rfc3339", "http-date"};
    for (size_t i = 0; i < sizeof names / sizeof names[0] && row->timestamp.format != NULL; i++) {
        if (strcmp(row->timestamp.format, names[i]) == 0) {
            return (hg_time_format) (HG_TIME_UNIX + i);
        }
    }
    return HG_TIME_OPAQUE;
}

/* Takes the parent apart. Its signature is not kept: the delivery gets a new one. */
static bool draft_begin(struct draft *draft, const struct edit_context *context, struct fail *fail)
{
    const hg_request *parent = draft->parent;
    bool held = part_set(&draft->parts[PART_BODY], parent->body) &&
                part_set(&draft->parts[PART_URL], parent->url);
    for (size_t i = 0; held && i < parent->header_count; i++) {
        enum edit_part part = part_of_header(draft->row, parent->headers[i].name);
        if (part != 0 && part != PART_SIGNATURE) {
            held = part_set(&draft->parts[part], parent->headers[i].value);
        }
    }
    hg_time_format format = time_format(draft->row);
    if (held && format != HG_TIME_OPAQUE) { /* an opaque time stays what the parent states */
        char text[HG_TIME_TEXT_MAX];
        hg_str time = {text, hg_time_print(format, context->now + draft->shift, text)};
        held = part_set(&draft->parts[PART_TIMESTAMP], time);
    }
    return held || draft_no_memory(fail);
}

static void draft_end(struct draft *draft)
{
    for (size_t i = 0; i < PARTS; i++) {
        buf_free(&draft->parts[i]);
    }
    for (size_t i = 0; i < draft->extra_count; i++) {
        buf_free(&draft->extra[i].value);
    }
}

/* ---- A time inside the signature header ------------------------------------------------------ */

struct span {
    size_t from, len; /* the item's value, within the signature header */
    size_t item, end; /* the whole item */
};

/* Finds the first item of the form "t={timestamp}". */
static bool time_span(const struct draft *draft, struct span *span)
{
    const hg_scheme_spec *row = draft->row;
    hg_str value = buf_str(&draft->parts[PART_SIGNATURE]);
    const char *word = strstr(row->timestamp.item, TIME_WORD);
    char separator = row->signature.separator != NULL ? row->signature.separator[0] : '\0';
    size_t before = word != NULL ? (size_t) (word - row->timestamp.item) : 0;
    hg_str after = hg_text(word != NULL ? word + strlen(TIME_WORD) : NULL);
    for (size_t at = 0; word != NULL && at < value.len;) {
        if (value.ptr[at] == ' ') {
            at++;
            continue;
        }
        const char *stop = memchr(value.ptr + at, separator, value.len - at);
        size_t end = stop != NULL ? (size_t) (stop - value.ptr) : value.len;
        if (end - at >= before + after.len &&
            memcmp(value.ptr + at, row->timestamp.item, before) == 0) {
            *span = (struct span){at + before, end - at - before - after.len, at, end};
            return true;
        }
        at = end + 1;
    }
    return false;
}

/* Writes the time as sent into the signature header. */
static bool store_time(struct draft *draft, struct fail *fail)
{
    struct span span;
    if (!time_span(draft, &span)) {
        return edit_fail(draft, fail, "the signature header has no timestamp to edit");
    }
    return part_splice(&draft->parts[PART_SIGNATURE], span.from, span.len,
                       buf_str(&draft->parts[PART_TIMESTAMP])) ||
           draft_no_memory(fail);
}

/* ---- Edits of a draft ------------------------------------------------------------------------ */

static bool add_extra(struct draft *draft, const char *name, hg_str value, struct fail *fail)
{
    struct extra_header *extra = &draft->extra[draft->extra_count];
    *extra = (struct extra_header){.name = name};
    buf_init(&extra->value, PART_BYTES_MAX);
    draft->extra_count++;
    return buf_add_str(&extra->value, value) || draft_no_memory(fail);
}

/* A second header, or within the signature header a second item. */
static bool repeat(struct draft *draft, const struct edit *edit, struct fail *fail)
{
    struct buf *part = &draft->parts[edit->part];
    hg_str value = edit->text.ptr != NULL ? edit->text : buf_str(part);
    if (!part_in_signature(draft->row, edit->part)) {
        return add_extra(draft, part_header(draft->row, edit->part), value, fail);
    }
    const char *item = draft->row->timestamp.item;
    const char *word = strstr(item, TIME_WORD);
    struct buf *list = &draft->parts[PART_SIGNATURE];
    bool held = word != NULL && buf_add_text(list, draft->row->signature.separator) &&
                buf_add(list, item, (size_t) (word - item)) && buf_add_str(list, value) &&
                buf_add_text(list, word + strlen(TIME_WORD));
    return held || draft_no_memory(fail);
}

static bool drop(struct draft *draft, const struct edit *edit, struct fail *fail)
{
    if (!part_in_signature(draft->row, edit->part)) {
        draft->dropped[edit->part] = true;
        return true;
    }
    struct span span;
    if (!time_span(draft, &span)) {
        return edit_fail(draft, fail, "the signature header has no timestamp to drop");
    }
    struct buf *list = &draft->parts[PART_SIGNATURE];
    size_t end = span.end < list->len ? span.end + 1 : span.end; /* its separator goes with it */
    return part_splice(list, span.item, end - span.item, (hg_str){NULL, 0}) ||
           draft_no_memory(fail);
}

/* Its value goes elsewhere, and was not signed there. */
static bool move(struct draft *draft, const struct edit *edit, struct fail *fail)
{
    if (part_in_signature(draft->row, edit->part)) {
        return edit_fail(draft, fail, "the timestamp has no header of its own to move");
    }
    draft->misplaced = draft->misplaced || edit->part == PART_SIGNATURE;
    if (edit->op == EDIT_TO_TRAILER) {
        draft->trailed[edit->part] = true;
        return true;
    }
    if (part_query_is_signed(draft->row)) {
        return edit_fail(draft, fail, "the scheme signs the URL, which this would change");
    }
    draft->dropped[edit->part] = true;
    return part_add_parameter(&draft->parts[PART_URL], edit->name,
                              buf_str(&draft->parts[edit->part])) ||
           draft_no_memory(fail);
}

static bool rename_header(struct draft *draft, const struct edit *edit, struct fail *fail)
{
    if (part_in_signature(draft->row, edit->part)) {
        return edit_fail(draft, fail, "the timestamp has no header of its own to rename");
    }
    bool other = strcasecmp(edit->name, part_header(draft->row, edit->part)) != 0;
    draft->misplaced = draft->misplaced || (other && edit->part == PART_SIGNATURE);
    draft->names[edit->part] = edit->name;
    return true;
}

static bool apply(struct draft *draft, const struct edit *edit, struct fail *fail)
{
    bool of_header = edit->op == EDIT_DROP || edit->op == EDIT_REPEAT || edit->op == EDIT_RENAME ||
                     edit->op == EDIT_TO_QUERY || edit->op == EDIT_TO_TRAILER;
    bool no_header = edit->part == PART_BODY || edit->part == PART_URL;
    if ((edit->part != 0 && !part_exists(draft->row, edit->part)) || (of_header && no_header)) {
        return edit_fail(draft, fail, "an edit of a part that the scheme does not have");
    }
    switch (edit->op) {
    case EDIT_SHIFT_TIME: return true; /* is in the draft from the start */
    case EDIT_WRONG_SECRET: draft->wrong_secret = true; return true;
    case EDIT_EMPTY_SECRET: draft->empty_secret = true; return true;
    case EDIT_FILL_HEADERS:
        draft->fillers = (size_t) edit->count;
        return draft->fillers <= FILLERS_MAX || edit_fail(draft, fail, "too many headers");
    case EDIT_FLIP_MAC:
    case EDIT_RECODE:
        return mac_edit(draft->row, &draft->parts[PART_SIGNATURE], edit) ||
               edit_fail(draft, fail, "an edit of a MAC that is not there");
    case EDIT_SECRET: draft->key = (size_t) edit->at; return true;
    case EDIT_CHUNK: draft->chunked = true; return true;
    case EDIT_SIGN_AS:
        draft->pretend[edit->part] = edit->text;
        draft->pretends[edit->part] = true;
        return true;
    case EDIT_DROP: return drop(draft, edit, fail);
    case EDIT_REPEAT: return repeat(draft, edit, fail);
    case EDIT_RENAME: return rename_header(draft, edit, fail);
    case EDIT_TO_QUERY:
    case EDIT_TO_TRAILER: return move(draft, edit, fail);
    case EDIT_ADD_HEADER: return add_extra(draft, edit->name, edit->text, fail);
    default: break;
    }
    if (frame_wanted(edit, 1)) {
        return true; /* is made of the whole message */
    }
    if (!part_edit(&draft->parts[edit->part], edit)) {
        return edit_fail(draft, fail, "an edit beyond the end of its part");
    }
    if (!edit->before && part_in_signature(draft->row, edit->part)) {
        return store_time(draft, fail);
    }
    return true;
}

static bool apply_all(struct draft *draft, const struct edit *edits, size_t count, bool before,
                      struct fail *fail)
{
    for (size_t i = 0; i < count; i++) {
        if (edits[i].before == before && !apply(draft, &edits[i], fail)) {
            return false;
        }
    }
    return true;
}

/* ---- Signing --------------------------------------------------------------------------------- */

static hg_str signed_part(const struct draft *draft, enum edit_part part)
{
    return draft->pretends[part] ? draft->pretend[part] : buf_str(&draft->parts[part]);
}

static bool sign_by(struct draft *draft, const struct edit_context *context, const hg_ring *ring,
                    struct fail *fail)
{
    hg_signing signing = {.scheme = context->scheme,
                          .ring = ring,
                          .key = draft->key,
                          .now = context->now + draft->shift,
                          .event = signed_part(draft, PART_EVENT),
                          .id = signed_part(draft, PART_ID),
                          .timestamp_text = signed_part(draft, PART_TIMESTAMP),
                          .as_given = true};
    hg_request request = *draft->parent;
    request.url = signed_part(draft, PART_URL);
    request.body = signed_part(draft, PART_BODY);
    char text[HG_SIGN_TEXT_MAX];
    hg_header headers[HG_SIGN_HEADERS_MAX];
    size_t count = 0;
    hg_status status = hg_sign(&signing, &request, text, headers, &count);
    if (status != HG_OK) {
        return fail_set(fail, EXIT_USAGE, "case \"%s\": can't be signed: %s", draft->of_case->id,
                        hg_status_text(status));
    }
    for (size_t i = 0; i < count; i++) {
        if (part_of_header(draft->row, headers[i].name) == PART_SIGNATURE &&
            !part_set(&draft->parts[PART_SIGNATURE], headers[i].value)) {
            return draft_no_memory(fail);
        }
    }
    bool differs = draft->pretends[PART_TIMESTAMP] && part_in_signature(draft->row, PART_TIMESTAMP);
    return !differs || store_time(draft, fail);
}

/* Signs what the parts say, or pretend, and keeps the signature. */
static bool sign(struct draft *draft, const struct edit_context *context, struct fail *fail)
{
    if (!draft->empty_secret) {
        return sign_by(draft, context, draft->wrong_secret ? context->wrong : context->ring, fail);
    }
    hg_key key = {hg_text("empty"), mac_empty_secret(draft->row), HG_NEVER};
    hg_ring *ring = NULL;
    if (hg_ring_new(context->scheme, &key, 1, &ring, NULL) != HG_OK) {
        return edit_fail(draft, fail, "the scheme can't sign with an empty key");
    }
    bool held = sign_by(draft, context, ring, fail);
    hg_ring_free(ring);
    return held;
}

/* ---- All of it ------------------------------------------------------------------------------- */

bool edit_make(const struct vector_case *of_case, const struct edit_context *context,
               struct made *made, struct fail *fail)
{
    const struct vector_case *parent = of_case->of != NULL ? of_case->of : of_case;
    struct made done;
    struct draft draft = {.of_case = of_case,
                          .parent = &parent->capture.request,
                          .row = hg_scheme_row(context->scheme)};
    for (size_t i = 0; i < PARTS; i++) {
        buf_init(&draft.parts[i], PART_BYTES_MAX);
    }
    size_t count = of_case->edit_count;
    size_t again = context->again ? of_case->again_count : 0;
    if (count > EDITS_MAX || again > EDITS_MAX) {
        return edit_fail(&draft, fail, "too many edits");
    }
    for (size_t i = 0; i < count; i++) {
        draft.shift += of_case->edits[i].op == EDIT_SHIFT_TIME ? of_case->edits[i].seconds : 0;
    }
    bool held = draft_begin(&draft, context, fail) &&
                apply_all(&draft, of_case->edits, count, true, fail) &&
                sign(&draft, context, fail) &&
                apply_all(&draft, of_case->edits, count, false, fail) &&
                apply_all(&draft, of_case->again, again, false, fail) &&
                draft_finish(&draft, &done, fail) && draft_frame(&draft, context, &done, fail);
    draft_end(&draft);
    if (held) {
        *made = done;
    }
    return held;
}

void made_free(struct made *made)
{
    free(made->headers);
    buf_free(&made->bytes);
    frame_free(&made->frame);
    *made = (struct made){0};
}
