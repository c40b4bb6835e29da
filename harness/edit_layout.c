/* SPDX-License-Identifier: MIT
 *
 * Making a request of a draft: its headers in the parent's order, its body, its framing.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/edit_draft.h"
#include "harness/edit_part.h"

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

/* The header of a part, where it is sent as one: among the headers, or behind the body. */
static void add_part(const struct draft *draft, struct made *made, enum edit_part part, hg_str name,
                     bool behind)
{
    hg_str other = hg_text(draft->names[part]);
    if (!draft->dropped[part] && draft->trailed[part] == behind) {
        add_header(made, other.ptr != NULL ? other : name, buf_str(&draft->parts[part]));
    }
}

/* Headers in the parent's order, then what the parent lacks. */
static void lay_out_parent(const struct draft *draft, struct made *made)
{
    bool seen[PARTS] = {false};
    for (size_t i = 0; i < draft->parent->header_count; i++) {
        const hg_header *header = &draft->parent->headers[i];
        enum edit_part part = part_of_header(draft->row, header->name);
        if (part == 0) {
            add_header(made, header->name, header->value);
        } else if (!seen[part]) {
            add_part(draft, made, part, header->name, false);
        }
        seen[part] = true;
    }
    for (enum edit_part part = PART_SIGNATURE; part <= PART_ID; part++) {
        const char *name = part_header(draft->row, part);
        if (name != NULL && !seen[part]) {
            add_part(draft, made, part, hg_text(name), false);
        }
    }
}

/* Then repeated and added ones. */
static void lay_out_more(const struct draft *draft, struct made *made)
{
    for (size_t i = 0; i < draft->extra_count; i++) {
        add_header(made, hg_text(draft->extra[i].name), buf_str(&draft->extra[i].value));
    }
    for (size_t i = 0; i < draft->fillers; i++) {
        made->headers[made->request.header_count++] =
            (hg_header){hg_text("X-Filler"), hg_text("-")};
    }
}

/* Behind all headers, so that one piece of memory holds both. */
static void lay_out_trailers(const struct draft *draft, struct made *made)
{
    size_t count = made->request.header_count;
    for (enum edit_part part = PART_SIGNATURE; part <= PART_ID; part++) {
        if (draft->trailed[part]) {
            add_part(draft, made, part, hg_text(part_header(draft->row, part)), true);
        }
    }
    made->trailers = made->headers + count;
    made->trailer_count = made->request.header_count - count;
    made->request.header_count = count;
}

bool draft_finish(const struct draft *draft, struct made *out, struct fail *fail)
{
    struct made made = {.chunked = draft->chunked, .misplaced = draft->misplaced};
    size_t size = bytes_needed(draft);
    buf_init(&made.bytes, size);
    made.headers = calloc(draft->parent->header_count + PARTS + draft->extra_count + draft->fillers,
                          sizeof *made.headers);
    if (made.headers == NULL || buf_reserve(&made.bytes, size) == NULL) {
        made_free(&made);
        return draft_no_memory(fail);
    }
    lay_out_parent(draft, &made);
    lay_out_more(draft, &made);
    lay_out_trailers(draft, &made);
    made.request.headers = made.headers;
    made.request.method = keep(&made, draft->parent->method);
    made.request.url = keep(&made, buf_str(&draft->parts[PART_URL]));
    made.request.body = keep(&made, buf_str(&draft->parts[PART_BODY]));
    *out = made;
    return true;
}

bool draft_frame(const struct draft *draft, const struct edit_context *context, struct made *made,
                 struct fail *fail)
{
    const struct vector_case *of_case = draft->of_case;
    const char *host = context->host != NULL ? context->host : FRAME_HOST;
    const struct frame_message message = {&made->request, made->trailers, made->trailer_count,
                                          host};
    struct fail inner = {0};
    if (!frame_wanted(of_case->edits, of_case->edit_count) ||
        frame_make(of_case->edits, of_case->edit_count, &message, &made->frame, &inner)) {
        return true;
    }
    made_free(made);
    return fail_set(fail, (enum exit_code) inner.exit_code, "case \"%s\": %s", of_case->id,
                    inner.text);
}
