/* SPDX-License-Identifier: MIT
 *
 * Making a delivery from a case: parts of the parent, edits, a signature, edits again.
 *
 * A draft holds the parts as they are sent, each in its own buffer, so that an edit works on one
 * part and knows nothing of headers. edit_finish lays the parts out in the parent's order.
 */
#include "harness/edit.h"

#include <stdlib.h>
#include <string.h>

#include "harness/edit_mac.h"
#include "harness/edit_part.h"
#include "harness/vector.h"

#define PARTS (PART_URL + 1)
#define TIME_WORD "{timestamp}"
#define FILLERS_MAX 1000 /* headers: more than any server reads */

struct extra_header {
    const char *name;
    struct buf value;
};

struct draft {
    const struct vector_case *of_case;
    const hg_request *parent;
    const hg_scheme_spec *row;
    struct buf parts[PARTS]; /* as sent */
    hg_str pretend[PARTS];   /* signed instead, where pretends */
    bool pretends[PARTS];
    bool dropped[PARTS];
    const char *names[PARTS]; /* sent instead of the header's own, unless NULL */
    bool wrong_secret, empty_secret, chunked;
    size_t fillers; /* further headers that mean nothing */
    size_t key;     /* that signs; its place in the ring */
    int64_t shift;
    struct extra_header extra[2 * EDITS_MAX];
    size_t extra_count;
};

static bool edit_fail(const struct draft *draft, struct fail *fail, const char *what)
{
    return fail_set(fail, EXIT_USAGE, "case \"%s\": %s", draft->of_case->id, what);
}

static bool memory_fail(struct fail *fail)
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
    return held || memory_fail(fail);
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
           memory_fail(fail);
}

/* ---- Edits of a draft ------------------------------------------------------------------------ */

static bool add_extra(struct draft *draft, const char *name, hg_str value, struct fail *fail)
{
    struct extra_header *extra = &draft->extra[draft->extra_count];
    *extra = (struct extra_header){.name = name};
    buf_init(&extra->value, PART_BYTES_MAX);
    draft->extra_count++;
    return buf_add_str(&extra->value, value) || memory_fail(fail);
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
    return held || memory_fail(fail);
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
    return part_splice(list, span.item, end - span.item, (hg_str){NULL, 0}) || memory_fail(fail);
}

static bool rename_header(struct draft *draft, const struct edit *edit, struct fail *fail)
{
    if (part_in_signature(draft->row, edit->part)) {
        return edit_fail(draft, fail, "the timestamp has no header of its own to rename");
    }
    draft->names[edit->part] = edit->name;
    return true;
}

static bool apply(struct draft *draft, const struct edit *edit, struct fail *fail)
{
    bool of_header = edit->op == EDIT_DROP || edit->op == EDIT_REPEAT || edit->op == EDIT_RENAME;
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
            return memory_fail(fail);
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

/* ---- The delivery ---------------------------------------------------------------------------- */

/* The memory is reserved beforehand, so slices stay where they are. */
static hg_str keep(struct made *made, hg_str str)
{
    size_t from = made->bytes.len;
    return buf_add_str(&made->bytes, str) ? (hg_str){made->bytes.ptr + from, str.len}
                                          : (hg_str){NULL, 0};
}

static void add_header(struct made *made, hg_str name, hg_str value)
{
    hg_header *header = &made->headers[made->request.header_count++];
    header->name = keep(made, name);
    header->value = keep(made, value);
}

/* At least the bytes that edit_finish keeps. */
static size_t bytes_needed(const struct draft *draft)
{
    size_t size = draft->parent->method.len;
    for (enum edit_part part = PART_BODY; part <= PART_URL; part++) {
        const char *header = part_header(draft->row, part);
        size += draft->parts[part].len + (header != NULL ? strlen(header) : 0);
        size += draft->names[part] != NULL ? strlen(draft->names[part]) : 0;
    }
    for (size_t i = 0; i < draft->parent->header_count; i++) {
        size += draft->parent->headers[i].name.len + draft->parent->headers[i].value.len;
    }
    for (size_t i = 0; i < draft->extra_count; i++) {
        size += strlen(draft->extra[i].name) + draft->extra[i].value.len;
    }
    return size;
}

static void add_part(const struct draft *draft, struct made *made, enum edit_part part, hg_str name)
{
    const char *other = draft->names[part];
    add_header(made, other != NULL ? hg_text(other) : name, buf_str(&draft->parts[part]));
}

/* Headers in the parent's order, then what the parent lacks, then repeated and added ones. */
static void lay_out(const struct draft *draft, struct made *made)
{
    bool seen[PARTS] = {false};
    for (size_t i = 0; i < draft->parent->header_count; i++) {
        const hg_header *header = &draft->parent->headers[i];
        enum edit_part part = part_of_header(draft->row, header->name);
        if (part == 0) {
            add_header(made, header->name, header->value);
        } else if (!seen[part] && !draft->dropped[part]) {
            add_part(draft, made, part, header->name);
        }
        seen[part] = true;
    }
    for (enum edit_part part = PART_SIGNATURE; part <= PART_ID; part++) {
        const char *name = part_header(draft->row, part);
        if (name != NULL && !seen[part] && !draft->dropped[part]) {
            add_part(draft, made, part, hg_text(name));
        }
    }
    for (size_t i = 0; i < draft->extra_count; i++) {
        add_header(made, hg_text(draft->extra[i].name), buf_str(&draft->extra[i].value));
    }
    for (size_t i = 0; i < draft->fillers; i++) {
        made->headers[made->request.header_count++] =
            (hg_header){hg_text("X-Filler"), hg_text("-")};
    }
}

static bool edit_finish(const struct draft *draft, struct made *out, struct fail *fail)
{
    struct made made = {.chunked = draft->chunked};
    size_t size = bytes_needed(draft);
    buf_init(&made.bytes, size);
    made.headers = calloc(draft->parent->header_count + PARTS + draft->extra_count + draft->fillers,
                          sizeof *made.headers);
    if (made.headers == NULL || buf_reserve(&made.bytes, size) == NULL) {
        made_free(&made);
        return memory_fail(fail);
    }
    lay_out(draft, &made);
    made.request.headers = made.headers;
    made.request.method = keep(&made, draft->parent->method);
    made.request.url = keep(&made, buf_str(&draft->parts[PART_URL]));
    made.request.body = keep(&made, buf_str(&draft->parts[PART_BODY]));
    *out = made;
    return true;
}

/* The bytes that go over the wire, where an edit says more of them than an HTTP client knows. */
static bool edit_frame(const struct draft *draft, const struct edit_context *context,
                       struct made *made, struct fail *fail)
{
    const struct vector_case *of_case = draft->of_case;
    const char *host = context->host != NULL ? context->host : FRAME_HOST;
    struct fail inner = {0};
    if (!frame_wanted(of_case->edits, of_case->edit_count) ||
        frame_make(of_case->edits, of_case->edit_count, &made->request, host, &made->frame,
                   &inner)) {
        return true;
    }
    made_free(made);
    return fail_set(fail, (enum exit_code) inner.exit_code, "case \"%s\": %s", of_case->id,
                    inner.text);
}

bool edit_make(const struct vector_case *of_case, const struct edit_context *context,
               struct made *made, struct fail *fail)
{
    const struct vector_case *parent = of_case->of != NULL ? of_case->of : of_case;
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
                edit_finish(&draft, made, fail) && edit_frame(&draft, context, made, fail);
    draft_end(&draft);
    return held;
}

void made_free(struct made *made)
{
    free(made->headers);
    buf_free(&made->bytes);
    frame_free(&made->frame);
    *made = (struct made){0};
}
