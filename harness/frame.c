/* SPDX-License-Identifier: MIT
 *
 * A delivery as the bytes of a whole HTTP/1.1 message.
 */
#include "harness/frame.h"

#include <stdlib.h>
#include <string.h>

#include "harness/edit.h"

struct framer {
    const struct frame_message *message;
    struct buf bytes;
    size_t chunk;    /* bytes of a chunk; 0: Content-Length */
    long length_off; /* added to Content-Length */
    size_t drip;     /* bytes of a piece; 0: all at once */
    size_t pauses[EDITS_MAX];
    size_t pause_count;
    bool ends_early;
    hg_status first;
    struct fail *fail;
};

static bool is_framing(enum edit_op op)
{
    return op >= EDIT_FRAME && op <= EDIT_BEFORE_FORGED;
}

bool frame_wanted(const struct edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (is_framing(edits[i].op)) {
            return true;
        }
    }
    return false;
}

static bool frame_fail(const struct framer *framer, const char *what)
{
    return fail_set(framer->fail, EXIT_USAGE, "%s", what);
}

static bool memory_fail(const struct framer *framer)
{
    return fail_set(framer->fail, EXIT_UNKNOWN, "out of memory");
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool add_header(struct buf *out, const hg_header *header)
{
    return buf_add_str(out, header->name) && buf_add_text(out, ": ") &&
           buf_add_str(out, header->value) && buf_add_text(out, "\r\n");
}

static bool add_head(struct framer *framer)
{
    struct buf *out = &framer->bytes;
    const hg_request *request = framer->message->request;
    bool held = buf_add_str(out, request->method) && buf_add_text(out, " ") &&
                buf_add_str(out, request->url) && buf_add_text(out, " HTTP/1.1\r\nHost: ") &&
                buf_add_text(out, framer->message->host) && buf_add_text(out, "\r\n");
    for (size_t i = 0; held && i < request->header_count; i++) {
        held = add_header(out, &request->headers[i]);
    }
    return held &&
           (framer->chunk > 0 ? buf_add_text(out, "Transfer-Encoding: chunked\r\n\r\n")
                              : buf_addf(out, "Content-Length: %lld\r\n\r\n",
                                         (long long) request->body.len + framer->length_off));
}

static bool add_chunks(struct framer *framer)
{
    struct buf *out = &framer->bytes;
    hg_str body = framer->message->request->body;
    size_t chunk = framer->chunk;
    bool held = true;
    for (size_t at = 0; held && at < body.len; at += chunk) {
        size_t size = body.len - at < chunk ? body.len - at : chunk;
        held = buf_addf(out, "%zx\r\n", size) && buf_add(out, body.ptr + at, size) &&
               buf_add_text(out, "\r\n");
    }
    held = held && buf_add_text(out, "0\r\n");
    for (size_t i = 0; held && i < framer->message->trailer_count; i++) {
        held = add_header(out, &framer->message->trailers[i]);
    }
    return held && buf_add_text(out, "\r\n");
}

static bool add_message(struct framer *framer)
{
    hg_str body = framer->message->request->body;
    return (add_head(framer) &&
            (framer->chunk > 0 ? add_chunks(framer) : buf_add_str(&framer->bytes, body))) ||
           memory_fail(framer);
}

/* What has to be known before the message is written. */
static bool read_form(struct framer *framer, const struct edit *edits, size_t count)
{
    bool framed = false;
    for (size_t i = 0; i < count; i++) {
        framed = framed || edits[i].op == EDIT_FRAME || edits[i].op == EDIT_FRAME_CHUNKS;
        framer->chunk = edits[i].op == EDIT_FRAME_CHUNKS ? (size_t) edits[i].count : framer->chunk;
        framer->length_off = edits[i].op == EDIT_SHIFT_LENGTH ? edits[i].at : framer->length_off;
    }
    if (framer->length_off < -(long) framer->message->request->body.len) {
        return frame_fail(framer, "a Content-Length below 0");
    }
    if (framer->chunk == 0 && framer->message->trailer_count > 0) {
        return frame_fail(framer, "a trailer of a message that is not in chunks");
    }
    return framed || frame_fail(framer, "an edit of the framing, and nothing that frames");
}

/* ---- Edits of the bytes ---------------------------------------------------------------------- */

static bool find(const struct framer *framer, hg_str text, size_t *at)
{
    const char *place =
        text.len > 0 ? memmem(framer->bytes.ptr, framer->bytes.len, text.ptr, text.len) : NULL;
    if (place == NULL) {
        return frame_fail(framer, "an edit of bytes that the message does not have");
    }
    *at = (size_t) (place - framer->bytes.ptr);
    return true;
}

static bool swap(struct framer *framer, hg_str text, hg_str with)
{
    size_t at = 0;
    struct buf made;
    if (!find(framer, text, &at)) {
        return false;
    }
    const struct buf *old = &framer->bytes;
    buf_init(&made, FRAME_BYTES_MAX);
    if (!buf_add(&made, old->ptr, at) || !buf_add_str(&made, with) ||
        !buf_add(&made, old->ptr + at + text.len, old->len - at - text.len)) {
        buf_free(&made);
        return memory_fail(framer);
    }
    buf_free(&framer->bytes);
    framer->bytes = made;
    return true;
}

static bool pause_behind(struct framer *framer, hg_str text)
{
    size_t at = 0;
    if (!find(framer, text, &at)) {
        return false;
    }
    framer->pauses[framer->pause_count++] = at + text.len;
    return true;
}

static bool stop(struct framer *framer, size_t count)
{
    if (count >= framer->bytes.len) {
        return frame_fail(framer, "less is sent than nothing");
    }
    framer->bytes.len -= count;
    framer->ends_early = true;
    return true;
}

/* The message twice, one of them with the lowest bit of its body's first byte flipped. */
static bool add_forged(struct framer *framer, bool forged_first)
{
    struct buf *bytes = &framer->bytes;
    size_t size = bytes->len;
    size_t at = size - framer->message->request->body.len + (forged_first ? 0 : size);
    if (framer->chunk > 0 || framer->message->request->body.len == 0 || framer->first != 0) {
        return frame_fail(framer, "only one copy of a message that has a Content-Length");
    }
    char *copy = buf_reserve(bytes, size);
    if (copy == NULL) {
        return memory_fail(framer);
    }
    memcpy(copy, bytes->ptr, size);
    buf_used(bytes, size);
    bytes->ptr[at] = (char) (bytes->ptr[at] ^ 1);
    framer->first = forged_first ? HG_MISMATCH : HG_OK;
    return true;
}

static bool apply(struct framer *framer, const struct edit *edit)
{
    char byte = (char) edit->byte;
    switch (edit->op) {
    case EDIT_SWAP: return swap(framer, edit->text, edit->with);
    case EDIT_SWAP_BYTE: return swap(framer, edit->text, (hg_str){&byte, 1});
    case EDIT_PAUSE: return pause_behind(framer, edit->text);
    case EDIT_DRIP: framer->drip = (size_t) edit->count; return true;
    case EDIT_STOP: return stop(framer, (size_t) edit->count);
    case EDIT_CLOSE: framer->ends_early = true; return true;
    case EDIT_BEHIND_FORGED: return add_forged(framer, true);
    case EDIT_BEFORE_FORGED: return add_forged(framer, false);
    default: return true; /* of another kind, or in read_form already */
    }
}

/* ---- Pieces ---------------------------------------------------------------------------------- */

static bool pauses_at(const struct framer *framer, size_t at)
{
    for (size_t i = 0; i < framer->pause_count; i++) {
        if (framer->pauses[i] == at) {
            return true;
        }
    }
    return false;
}

/* Where the piece that begins there ends. */
static size_t piece_end(const struct framer *framer, size_t from)
{
    size_t end = framer->bytes.len;
    if (framer->drip > 0 && end - from > framer->drip) {
        end = from + framer->drip;
    }
    for (size_t i = 0; i < framer->pause_count; i++) {
        if (framer->pauses[i] > from && framer->pauses[i] < end) {
            end = framer->pauses[i];
        }
    }
    return end;
}

static bool cut_up(const struct framer *framer, struct frame *frame)
{
    size_t count = 0;
    for (size_t at = 0; at < framer->bytes.len; at = piece_end(framer, at)) {
        count++;
    }
    if (count > FRAME_PIECES_MAX) {
        return frame_fail(framer, "too many pieces");
    }
    frame->pieces = calloc(count, sizeof *frame->pieces);
    if (frame->pieces == NULL) {
        return memory_fail(framer);
    }
    for (size_t at = 0; at < framer->bytes.len;) {
        at = piece_end(framer, at);
        frame->pieces[frame->piece_count++] = (struct frame_piece){at, pauses_at(framer, at)};
    }
    return true;
}

bool frame_make(const struct edit *edits, size_t count, const struct frame_message *message,
                struct frame *frame, struct fail *fail)
{
    struct framer framer = {.message = message, .fail = fail};
    struct frame made = {.piece_count = 0};
    buf_init(&framer.bytes, FRAME_BYTES_MAX);
    bool held = read_form(&framer, edits, count) && add_message(&framer);
    for (size_t i = 0; held && i < count; i++) {
        held = apply(&framer, &edits[i]);
    }
    if (!held || !cut_up(&framer, &made)) {
        buf_free(&framer.bytes);
        return false;
    }
    made.bytes = framer.bytes;
    made.ends_early = framer.ends_early;
    made.first = framer.first;
    *frame = made;
    return true;
}

void frame_free(struct frame *frame)
{
    buf_free(&frame->bytes);
    free(frame->pieces);
    *frame = (struct frame){.piece_count = 0};
}
