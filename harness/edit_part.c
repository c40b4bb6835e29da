/* SPDX-License-Identifier: MIT
 *
 * Parts of a delivery: where a scheme carries them, and edits of their bytes.
 */
#include "harness/edit_part.h"

#include <string.h>
#include <strings.h>

/* ---- Where parts are ------------------------------------------------------------------------- */

const char *part_header(const hg_scheme_spec *row, enum edit_part part)
{
    switch (part) {
    case PART_SIGNATURE: return row->signature.header;
    case PART_TIMESTAMP: return row->timestamp.header;
    case PART_EVENT: return row->event.header;
    case PART_ID: return row->id.header;
    case PART_BODY:
    case PART_URL: return NULL;
    }
    return NULL;
}

bool part_in_signature(const hg_scheme_spec *row, enum edit_part part)
{
    return part == PART_TIMESTAMP && row->timestamp.header == NULL && row->timestamp.item != NULL &&
           row->signature.separator != NULL;
}

bool part_exists(const hg_scheme_spec *row, enum edit_part part)
{
    return part == PART_BODY || part == PART_URL || part_header(row, part) != NULL ||
           part_in_signature(row, part);
}

enum edit_part part_of_header(const hg_scheme_spec *row, hg_str name)
{
    for (enum edit_part part = PART_SIGNATURE; part <= PART_ID; part++) {
        const char *header = part_header(row, part);
        if (header != NULL && strlen(header) == name.len &&
            strncasecmp(header, name.ptr, name.len) == 0) {
            return part;
        }
    }
    return 0;
}

bool part_query_is_signed(const hg_scheme_spec *row)
{
    return strstr(row->signed_text, "{url}") != NULL || strstr(row->signed_text, "{query}") != NULL;
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

bool part_set(struct buf *part, hg_str text)
{
    buf_clear(part);
    return buf_add_str(part, text);
}

bool part_splice(struct buf *part, size_t from, size_t len, hg_str text)
{
    struct buf made;
    buf_init(&made, PART_BYTES_MAX);
    hg_str old = buf_str(part);
    const char *rest = old.len > 0 ? old.ptr + from + len : NULL;
    bool held = buf_add(&made, old.ptr, from) && buf_add_str(&made, text) &&
                buf_add(&made, rest, old.len - from - len);
    if (!held) {
        buf_free(&made);
        return false;
    }
    buf_free(part);
    *part = made;
    return true;
}

/* The offset that `at` names; false beyond the part. */
static bool place(const struct buf *part, long at, size_t *offset)
{
    size_t distance = at < 0 ? (size_t) -at : (size_t) at;
    if (at < 0 ? distance > part->len : distance >= part->len) {
        return false;
    }
    *offset = at < 0 ? part->len - distance : distance;
    return true;
}

static bool cut(struct buf *part, size_t from, long count)
{
    if (count < 1 || (size_t) count > part->len - from) {
        return false;
    }
    return part_splice(part, from, (size_t) count, (hg_str){NULL, 0});
}

static void upper(struct buf *part, size_t from)
{
    for (size_t i = from; i < part->len; i++) {
        if (part->ptr[i] >= 'a' && part->ptr[i] <= 'z') {
            part->ptr[i] = (char) (part->ptr[i] - 'a' + 'A');
        }
    }
}

static void base64url(struct buf *part)
{
    size_t kept = 0;
    for (size_t i = 0; i < part->len; i++) {
        char c = part->ptr[i];
        if (c != '=') {
            part->ptr[kept++] = c == '+' ? '-' : c == '/' ? '_' : c;
        }
    }
    part->len = kept;
}

/* Number readers that know Unicode take these for digits, too. */
static bool wide_digits(struct buf *part)
{
    struct buf made;
    buf_init(&made, PART_BYTES_MAX);
    bool held = true;
    for (size_t i = 0; held && i < part->len; i++) {
        char c = part->ptr[i];
        bool digit = c >= '0' && c <= '9';
        char wide[] = {'\xef', '\xbc', (char) (0x90 + (c - '0'))};
        held = digit ? buf_add(&made, wide, sizeof wide) : buf_add(&made, &c, 1);
    }
    held = held && part_set(part, buf_str(&made));
    buf_free(&made);
    return held;
}

static bool hex_number(struct buf *part)
{
    uint64_t value = 0;
    for (size_t i = 0; i < part->len; i++) {
        char c = part->ptr[i];
        if (c < '0' || c > '9' || value > (UINT64_MAX - 9) / 10) {
            return false;
        }
        value = value * 10 + (uint64_t) (c - '0');
    }
    bool number = part->len > 0;
    buf_clear(part);
    return number && buf_addf(part, "0x%llx", (unsigned long long) value);
}

static bool needs_place(enum edit_op op)
{
    return op == EDIT_FLIP_BIT || op == EDIT_CUT || op == EDIT_BUMP || op == EDIT_UPPER ||
           op == EDIT_INSERT || op == EDIT_SET_BYTE;
}

bool part_edit(struct buf *part, const struct edit *edit)
{
    size_t at = 0;
    if (needs_place(edit->op) && !place(part, edit->at, &at)) {
        return false;
    }
    switch (edit->op) {
    case EDIT_FLIP_BIT: part->ptr[at] = (char) (part->ptr[at] ^ (1 << edit->bit)); return true;
    case EDIT_BUMP: part->ptr[at] = (char) (part->ptr[at] + edit->count); return true;
    case EDIT_TRUNCATE:
        return edit->count >= 1 && (size_t) edit->count <= part->len &&
               cut(part, part->len - (size_t) edit->count, edit->count);
    case EDIT_CUT: return cut(part, at, edit->count);
    case EDIT_APPEND: return buf_add_str(part, edit->text);
    case EDIT_PREPEND: return part_splice(part, 0, 0, edit->text);
    case EDIT_SET: return part_set(part, edit->text);
    case EDIT_UPPER: upper(part, at); return true;
    case EDIT_BASE64URL: base64url(part); return true;
    case EDIT_INSERT: return part_splice(part, at, 0, edit->text);
    case EDIT_SET_BYTE: part->ptr[at] = (char) edit->byte; return true;
    case EDIT_WIDE_DIGITS: return wide_digits(part);
    case EDIT_HEX_NUMBER: return hex_number(part);
    default: return false;
    }
}

static bool add_escaped(struct buf *out, char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    bool plain = letter || (c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c) != NULL);
    return plain ? buf_add(out, &c, 1) : buf_addf(out, "%%%02X", (unsigned) (unsigned char) c);
}

bool part_add_parameter(struct buf *url, const char *name, hg_str value)
{
    bool first = url->len == 0 || memchr(url->ptr, '?', url->len) == NULL;
    bool held = buf_addf(url, "%c%s=", first ? '?' : '&', name);
    for (size_t i = 0; held && i < value.len; i++) {
        held = add_escaped(url, value.ptr[i]);
    }
    return held;
}
