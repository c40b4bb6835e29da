/* SPDX-License-Identifier: MIT
 *
 * What a scheme has, taken from its row, and what the words of a table mean in it.
 */
#include <ctype.h>
#include <string.h>

#include "harness/edit_part.h"
#include "harness/plan.h"

#define MAC_BYTES_MAX 64
#define ESCAPE '\x1a'

static unsigned when(bool held, unsigned feature, unsigned otherwise)
{
    return held ? feature : otherwise;
}

static unsigned part_features(const hg_scheme *scheme, bool exists, hg_part part, unsigned has,
                              unsigned bound, unsigned unbound)
{
    return exists ? has | when(hg_scheme_binds(scheme, part), bound, unbound) : 0;
}

static unsigned features_of(const hg_scheme *scheme, const struct plan_shape *shape)
{
    const hg_scheme_spec *row = shape->row;
    const char *separator = row->signature.separator;
    bool event = row->event.header != NULL;
    unsigned made = part_features(scheme, event, HG_PART_EVENT, HAS_EVENT, BINDS_EVENT, FREE_EVENT);
    made |= part_features(scheme, row->id.header != NULL, HG_PART_ID, HAS_ID, BINDS_ID, FREE_ID);
    made |= when(event, when(row->event.grammar != NULL, HAS_GRAMMAR, ANY_EVENT), 0);
    made |= when(row->timestamp.header != NULL, HAS_TIME | HAS_TIME_HEADER, 0);
    made |= when(row->timestamp.item != NULL, HAS_TIME | HAS_TIME_ITEM, 0);
    made |= when(shape->mac.encoding == HG_HEX, IS_HEX, IS_BASE64);
    made |= when(separator == NULL, IS_SINGLE, IS_LIST);
    made |= when(separator != NULL && separator[0] == ',', IS_COMMA_LIST, 0);
    made |= when(shape->mac.before > 0, HAS_PREFIX, HAS_NO_PREFIX);
    made |= when(strncmp(shape->prefix, "sha", 3) == 0, HAS_DIGEST_PREFIX, 0);
    made |= when(strcmp(row->key, "utf8") == 0, HAS_TEXT_KEY, 0);
    made |= when(part_query_is_signed(row), 0, FREE_QUERY);
    return made;
}

static void encode(const struct plan_shape *shape, int byte, char text[PLAN_MAC_TEXT_MAX])
{
    unsigned char bytes[MAC_BYTES_MAX];
    memset(bytes, byte, sizeof bytes);
    text[hg_encode(shape->mac.encoding, bytes, shape->mac.size, text, PLAN_MAC_TEXT_MAX - 1)] =
        '\0';
}

void plan_shape_of(const hg_scheme *scheme, const struct plan_file *file, struct plan_shape *shape)
{
    const hg_scheme_spec *row = hg_scheme_row(scheme);
    *shape = (struct plan_shape){.row = row, .file = file, .mac = mac_text(row)};
    for (size_t i = 0; i < shape->mac.before && i < PLAN_PREFIX_MAX - 1; i++) {
        char c = row->signature.item[i];
        shape->prefix[i] = c;
        shape->upper[i] = (char) toupper((unsigned char) c);
    }
    encode(shape, 0, shape->wrong);
    encode(shape, 0xff, shape->last_wrong);
    shape->features = features_of(scheme, shape);
}

/* NULL for a word that no scheme has, or this one has not. */
static const char *word(const struct plan_shape *shape, char letter)
{
    const hg_scheme_spec *row = shape->row;
    switch (letter) {
    case 'P': return shape->prefix;
    case 'U': return shape->upper;
    case 'Z': return shape->wrong;
    case 'O': return shape->last_wrong;
    case 'S': return row->signature.separator;
    case 's': return row->signature.header;
    case 't': return row->timestamp.header;
    case 'e': return row->event.header;
    case 'i': return row->id.header;
    case '0':
    case '1':
    case '2': return shape->file->events[letter - '0'];
    case '3':
    case '4': return shape->file->deliveries[letter - '3'];
    default: return NULL;
    }
}

bool plan_expand(const struct plan_shape *shape, hg_str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        const char *known = &text.ptr[i];
        size_t size = 1;
        if (text.ptr[i] == ESCAPE && i + 1 < text.len) {
            known = word(shape, text.ptr[++i]);
            size = known != NULL ? strlen(known) : 0;
        }
        if (known == NULL || !buf_add(out, known, size)) {
            return false;
        }
    }
    return true;
}

static bool expand_text(const struct plan_shape *shape, hg_str *text, struct buf *out)
{
    size_t from = out->len;
    if (text->ptr == NULL) {
        return true;
    }
    if (!plan_expand(shape, *text, out)) {
        return false;
    }
    *text = (hg_str){out->ptr + from, out->len - from};
    return true;
}

static bool expand_name(const struct plan_shape *shape, const char **name, struct buf *out)
{
    hg_str text = hg_text(*name);
    if (*name == NULL || !expand_text(shape, &text, out) || !buf_add(out, "", 1)) {
        return *name == NULL;
    }
    *name = text.ptr;
    return true;
}

static long place(const struct plan_shape *shape, long number)
{
    const struct mac_text *mac = &shape->mac;
    long tail = (long) (mac->len + mac->after);
    if (number == PREFIX_SIZE) {
        return (long) mac->before;
    }
    if (number > 2 * PLAN_PLACES + PLAN_PLACES / 2) {
        return (long) mac->len + number - 3 * PLAN_PLACES;
    }
    if (number == AT_PREFIX) {
        return -(tail + (long) mac->before);
    }
    return number >= PLAN_PLACES ? number - PLAN_PLACES - tail : number;
}

bool plan_expand_edit(const struct plan_shape *shape, struct edit *edit, struct buf *out)
{
    edit->at = place(shape, edit->at);
    edit->count = place(shape, edit->count);
    return expand_text(shape, &edit->text, out) && expand_text(shape, &edit->with, out) &&
           expand_name(shape, &edit->name, out);
}
