/* SPDX-License-Identifier: MIT
 *
 * Edits in words.
 */
#include "harness/edit_words.h"

#include <string.h>

/* A sentence an operation, in which
 *   %p is the part     %a is the place "at"    %t is the text     %b is the bit
 *   %n is "count" bytes    %k is the bare count    %s is the time    %x is the byte
 *   %h is the header's name    %i is "at" as an ordinal    %w is the second text, if any
 *   %r is the text "with"    %d is "at" as a difference */
static const struct words_row {
    enum edit_op op;
    const char *text;
    bool either; /* is made before signing or after it, which has to be said */
} rows[] = {
    {EDIT_FLIP_BIT, "bit %b of %a of the %p is flipped", true},
    {EDIT_TRUNCATE, "without %n at the end of the %p", true},
    {EDIT_APPEND, "%t is added to the end of the %p", true},
    {EDIT_PREPEND, "%t is put before the %p", true},
    {EDIT_SET, "the %p becomes %t", true},
    {EDIT_DROP, "without the header of the %p", false},
    {EDIT_REPEAT, "the header of the %p is sent twice%w", false},
    {EDIT_ADD_HEADER, "with a header %h: %t", false},
    {EDIT_SHIFT_TIME, "dated %s", false},
    {EDIT_WRONG_SECRET, "signed with another secret", false},
    {EDIT_SIGN_AS, "signed as if the %p were %t", false},
    {EDIT_CHUNK, "sent with chunked transfer coding", false},
    {EDIT_CUT, "without %n of the %p, from %a on", true},
    {EDIT_BUMP, "%a of the %p is raised by %k", true},
    {EDIT_UPPER, "the %p is in upper case from %a on", true},
    {EDIT_BASE64URL, "the %p is in base64url", true},
    {EDIT_SECRET, "signed with the receiver's secret number %i", false},
    {EDIT_INSERT, "%t is put before %a of the %p", true},
    {EDIT_SET_BYTE, "%a of the %p becomes %x", true},
    {EDIT_WIDE_DIGITS, "the %p is in full-width digits", true},
    {EDIT_HEX_NUMBER, "the %p is in hexadecimal", true},
    {EDIT_RENAME, "the header of the %p is sent as %h", false},
    {EDIT_EMPTY_SECRET, "signed with the empty key", false},
    {EDIT_FLIP_MAC, "bit %b of %a of the MAC is flipped", false},
    {EDIT_RECODE, "the MAC is written in %t", false},
    {EDIT_FILL_HEADERS, "with %k further headers", false},
    {EDIT_TO_QUERY, "the %p is sent as the query parameter %h, not in its header", false},
    {EDIT_FRAME, "written as a message with Content-Length", false},
    {EDIT_FRAME_CHUNKS, "written as a message in chunks of %n", false},
    {EDIT_SHIFT_LENGTH, "Content-Length is off by %d", false},
    {EDIT_TO_TRAILER, "the header of the %p is sent behind the last chunk", false},
    {EDIT_SWAP, "where the message reads %t it reads %r", false},
    {EDIT_SWAP_BYTE, "where the message reads %t it has the byte %x", false},
    {EDIT_PAUSE, "with a pause behind %t", false},
    {EDIT_DRIP, "sent %n at a time", false},
    {EDIT_STOP, "the last %n are never sent", false},
    {EDIT_CLOSE, "and then the sender closes its half of the connection", false},
    {EDIT_BEHIND_FORGED, "behind a forged copy, on the same connection", false},
    {EDIT_BEFORE_FORGED, "then a forged copy on the same connection, which is judged", false},
};

static const char *part_word(enum edit_part part)
{
    static const char *const words[] = {[PART_BODY] = "body",   [PART_SIGNATURE] = "signature",
                                        [PART_EVENT] = "event", [PART_TIMESTAMP] = "timestamp",
                                        [PART_ID] = "id",       [PART_URL] = "URL"};
    return part >= PART_BODY && part <= PART_URL ? words[part] : "request";
}

static bool add_place(struct buf *out, long at)
{
    return at == -1  ? buf_add_text(out, "the last byte")
           : at < -1 ? buf_addf(out, "byte %ld from the end", -at)
                     : buf_addf(out, "byte %ld", at);
}

static bool add_text(struct buf *out, hg_str text)
{
    bool cut = text.len > EDIT_WORDS_TEXT_MAX;
    return json_add_text(out, (hg_str){text.ptr, cut ? EDIT_WORDS_TEXT_MAX : text.len}) &&
           (!cut || buf_addf(out, "… (%zu bytes)", text.len));
}

static bool add_seconds(struct buf *out, int64_t seconds)
{
    return seconds < 0 ? buf_addf(out, "%lld s back", -(long long) seconds)
                       : buf_addf(out, "%lld s ahead", (long long) seconds);
}

static bool add_word(struct buf *out, const struct edit *edit, char word)
{
    switch (word) {
    case 'p': return buf_add_text(out, part_word(edit->part));
    case 'a': return add_place(out, edit->at);
    case 'b': return buf_addf(out, "%ld", edit->bit);
    case 'n': return buf_addf(out, edit->count == 1 ? "%ld byte" : "%ld bytes", edit->count);
    case 'k': return buf_addf(out, "%ld", edit->count);
    case 'x': return buf_addf(out, "0x%02lx", edit->byte);
    case 'd': return buf_addf(out, "%+ld", edit->at);
    case 'r': return add_text(out, edit->with);
    case 'i': return buf_addf(out, "%ld", edit->at + 1);
    case 's': return add_seconds(out, edit->seconds);
    case 'h': return buf_add_text(out, edit->name);
    case 'w':
        return edit->text.ptr == NULL ||
               (buf_add_text(out, ", then as ") && add_text(out, edit->text));
    default: return add_text(out, edit->text);
    }
}

static bool add_sentence(struct buf *out, const struct edit *edit, const char *text)
{
    bool done = true;
    while (done && *text != '\0') {
        size_t plain = strcspn(text, "%");
        done = buf_add(out, text, plain);
        text += plain;
        if (done && *text == '%') {
            done = add_word(out, edit, text[1]);
            text += 2;
        }
    }
    return done;
}

bool edit_words(const struct edit *edit, struct buf *out)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].op == edit->op) {
            return add_sentence(out, edit, rows[i].text) &&
                   (!rows[i].either ||
                    buf_add_text(out, edit->before ? ", before signing" : ", after signing"));
        }
    }
    return edit_to_json(edit, out); /* better than silence */
}
