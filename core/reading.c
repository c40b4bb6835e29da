/* SPDX-License-Identifier: MIT
 *
 * What a request's headers say, in the terms of a scheme.
 */
#include "core/reading.h"

#include <stdlib.h>

#include "core/text.h"

/* The place of a header's name among those the scheme names; HGI_NO_SLOT for any other. */
static size_t slot_of(const hg_scheme *scheme, hg_str name)
{
    if (name.len > HG_NAME_MAX ||
        (scheme->named_lengths[name.len / 64] >> name.len % 64 & 1) == 0) {
        return HGI_NO_SLOT;
    }
    for (size_t i = 0; i < scheme->named_count; i++) {
        hg_str named = scheme->named[i];
        if (name.len == named.len && hgi_same_nocase(name.ptr, named.ptr, name.len)) {
            return i;
        }
    }
    return HGI_NO_SLOT;
}

static bool is_role(const hg_scheme *scheme, size_t slot)
{
    return slot == scheme->signature_slot || slot == scheme->timestamp_slot ||
           slot == scheme->event_slot || slot == scheme->id_slot;
}

hg_status hgi_read_headers(const hg_scheme *scheme, const hg_request *request, bool skip_roles,
                           hg_str values[HGI_SLOTS_MAX])
{
    bool seen[HGI_SLOTS_MAX] = {false};
    bool repeated = false;
    if (request->header_count > HG_HEADERS_MAX) {
        return HG_BAD_REQUEST;
    }
    for (size_t i = 0; i < scheme->named_count; i++) {
        values[i] = (hg_str){NULL, 0};
    }
    for (size_t i = 0; i < request->header_count; i++) {
        size_t slot = slot_of(scheme, request->headers[i].name);
        if (slot == HGI_NO_SLOT || (skip_roles && is_role(scheme, slot)) ||
            (slot == scheme->signature_slot && scheme->several != HGI_ONE)) {
            continue;
        }
        if (seen[slot]) {
            repeated = true;
        } else {
            seen[slot] = true;
            values[slot] = hgi_trim(request->headers[i].value);
        }
    }
    return repeated ? HG_REPEATED_HEADER : HG_OK;
}

/* The number behind a header's name, "-1" to "-99"; 0 when there is none. */
static unsigned number_of(hg_str tail)
{
    unsigned number = 0;
    if (tail.len < 2 || tail.len > 3 || tail.ptr[0] != '-' || tail.ptr[1] == '0') {
        return 0;
    }
    for (size_t i = 1; i < tail.len; i++) {
        if (tail.ptr[i] < '0' || tail.ptr[i] > '9') {
            return 0;
        }
        number = 10 * number + (unsigned) (tail.ptr[i] - '0');
    }
    return number;
}

/* Whether a header is one of several signature headers, and the how-manieth. */
static bool is_signature(const hg_scheme *scheme, hg_str name, unsigned *number)
{
    hg_str named = scheme->named[scheme->signature_slot];
    if (name.len < named.len || !hgi_same_nocase(name.ptr, named.ptr, named.len)) {
        return false;
    }
    *number = number_of(hgi_part(name, named.len, name.len - named.len));
    return scheme->several == HGI_REPEATED ? name.len == named.len : *number > 0;
}

/* All signature headers of a scheme that allows several. What is wrong with them does not depend on
 * their order. */
static hg_status collect_signatures(const hg_scheme *scheme, const hg_request *request,
                                    struct hgi_reading *reading)
{
    bool seen[100] = {false};
    bool repeated = false;
    bool clean = true;
    size_t count = 0;
    unsigned number;
    for (size_t i = 0; i < request->header_count; i++) {
        hg_str value = hgi_trim(request->headers[i].value);
        if (!is_signature(scheme, request->headers[i].name, &number) || value.len == 0) {
            continue;
        }
        repeated = repeated || (scheme->several == HGI_NUMBERED && seen[number]);
        clean = clean && hgi_is_field_value(value);
        seen[number] = true;
        if (count < HG_CANDIDATES_MAX) {
            reading->signatures[count] = value;
        }
        count++;
    }
    reading->signature_count = count < HG_CANDIDATES_MAX ? count : HG_CANDIDATES_MAX;
    if (repeated || !clean) {
        return repeated ? HG_REPEATED_HEADER : HG_BAD_REQUEST;
    }
    if (count > HG_CANDIDATES_MAX) {
        return HG_BAD_SIGNATURE;
    }
    return count > 0 ? HG_OK : HG_NO_SIGNATURE;
}

/* Whether the first occurrence of each named header is free of control bytes. */
static bool values_are_clean(const hg_scheme *scheme, const hg_str *values)
{
    for (size_t i = 0; i < scheme->named_count; i++) {
        if (!hgi_is_field_value(values[i])) {
            return false;
        }
    }
    return true;
}

/* The next item of a list, trimmed; false past the last. Without a separator the whole, which is
 * trimmed already, is the only item. *rest.ptr is NULL once all is taken. */
static bool next_item(char separator, hg_str *rest, hg_str *item)
{
    if (rest->ptr == NULL) {
        return false;
    }
    if (separator == 0) {
        *item = *rest;
        *rest = (hg_str){NULL, 0};
        return true;
    }
    const char *end = memchr(rest->ptr, separator, rest->len);
    size_t len = end != NULL ? (size_t) (end - rest->ptr) : rest->len;
    *item = hgi_trim(hgi_part(*rest, 0, len));
    *rest = len < rest->len ? hgi_part(*rest, len + 1, rest->len - len - 1) : (hg_str){NULL, 0};
    return true;
}

/* Whether an item is `before`, something, `after`; and what the something is. */
static bool fits(hg_str item, hg_str before, hg_str after, hg_str *inside)
{
    if (item.len < before.len + after.len || !hgi_starts(item, before) || !hgi_ends(item, after)) {
        return false;
    }
    *inside = hgi_part(item, before.len, item.len - before.len - after.len);
    return true;
}

static bool decode_candidate(const hg_scheme *scheme, hg_str text, struct hgi_candidates *to)
{
    size_t want = hgi_mac_len(scheme->hash);
    size_t length = 0;
    return hg_decode(scheme->encoding, text, to->macs[to->count], want, &length) && length == want;
}

/* Adds the signatures of one header. A member that does not decode must not stop a later right one,
 * so it is passed over. False when more fit than are tried. */
static bool read_list(const hg_scheme *scheme, hg_str value, size_t *fitting,
                      struct hgi_candidates *to)
{
    hg_str item, sig;
    if (!hgi_starts(value, scheme->sig_prefix)) {
        return true;
    }
    value = hgi_part(value, scheme->sig_prefix.len, value.len - scheme->sig_prefix.len);
    while (next_item(scheme->separator, &value, &item)) {
        if (!fits(item, scheme->sig_before, scheme->sig_after, &sig) || sig.len == 0) {
            continue;
        }
        if ((*fitting)++ == HG_CANDIDATES_MAX) {
            return false;
        }
        if (decode_candidate(scheme, sig, to)) {
            to->count++;
        }
    }
    return true;
}

static hg_status read_signatures(const hg_scheme *scheme, const hg_request *request,
                                 struct hgi_reading *reading)
{
    size_t fitting = 0;
    hg_status status = HG_OK;
    reading->candidates.count = 0;
    if (scheme->several != HGI_ONE) {
        status = collect_signatures(scheme, request, reading);
    } else {
        reading->signatures[0] = reading->values[scheme->signature_slot];
        reading->signature_count = 1;
        status = reading->signatures[0].len > 0 ? HG_OK : HG_NO_SIGNATURE;
    }
    for (size_t i = 0; status == HG_OK && i < reading->signature_count; i++) {
        if (!read_list(scheme, reading->signatures[i], &fitting, &reading->candidates)) {
            status = HG_BAD_SIGNATURE;
        }
    }
    return status == HG_OK && reading->candidates.count == 0 ? HG_BAD_SIGNATURE : status;
}

/* The timestamp that stands in the signature's list. */
static hg_status find_time_item(const hg_scheme *scheme, hg_str value, hg_str *text)
{
    size_t found = 0;
    hg_str item;
    if (hgi_starts(value, scheme->sig_prefix)) {
        value = hgi_part(value, scheme->sig_prefix.len, value.len - scheme->sig_prefix.len);
    }
    while (next_item(scheme->separator, &value, &item)) {
        found += fits(item, scheme->time_before, scheme->time_after, text);
    }
    if (found == 0) {
        return HG_NO_TIMESTAMP;
    }
    return found == 1 ? HG_OK : HG_BAD_TIMESTAMP;
}

hg_status hgi_check_timestamp(const hg_scheme *scheme, hg_str text, int64_t *seconds)
{
    if (text.len == 0) {
        return HG_NO_TIMESTAMP;
    }
    if (scheme->time_format == HG_TIME_OPAQUE) {
        *seconds = 0;
        return hgi_is_visible(text) ? HG_OK : HG_BAD_TIMESTAMP;
    }
    return hg_time_parse(scheme->time_format, text, seconds) ? HG_OK : HG_BAD_TIMESTAMP;
}

hg_status hgi_check_event(const hg_scheme *scheme, hg_str event)
{
    if (event.len == 0) {
        return HG_NO_EVENT;
    }
    bool good = scheme->event_type_action ? hgi_is_type_action(event) : hgi_is_visible(event);
    return good ? HG_OK : HG_BAD_EVENT;
}

hg_status hgi_check_id(const hg_scheme *scheme, hg_str id)
{
    hg_str stop = scheme->id_stop;
    if (id.len == 0) {
        return HG_NO_ID;
    }
    for (size_t i = 0; stop.len > 0 && i + stop.len <= id.len; i++) {
        if (hgi_same(hgi_part(id, i, stop.len), stop)) {
            return HG_BAD_REQUEST;
        }
    }
    return hgi_is_visible(id) ? HG_OK : HG_BAD_REQUEST;
}

static hg_status read_timestamp(const hg_scheme *scheme, struct hgi_reading *reading)
{
    reading->timestamp = (hg_str){NULL, 0};
    reading->seconds = 0;
    if (!scheme->has_time) {
        return HG_OK;
    }
    if (!scheme->time_in_item) {
        reading->timestamp = reading->values[scheme->timestamp_slot];
    } else {
        hg_status found =
            find_time_item(scheme, reading->values[scheme->signature_slot], &reading->timestamp);
        if (found != HG_OK) {
            return found;
        }
    }
    return hgi_check_timestamp(scheme, reading->timestamp, &reading->seconds);
}

static hg_status read_event_and_id(const hg_scheme *scheme, struct hgi_reading *reading)
{
    hg_status status = HG_OK;
    reading->event = (hg_str){NULL, 0};
    reading->id = (hg_str){NULL, 0};
    if (scheme->event_slot != HGI_NO_SLOT) {
        reading->event = reading->values[scheme->event_slot];
        status = hgi_check_event(scheme, reading->event);
    }
    if (status == HG_OK && scheme->id_slot != HGI_NO_SLOT) {
        reading->id = reading->values[scheme->id_slot];
        status = hgi_check_id(scheme, reading->id);
    }
    return status;
}

hg_status hgi_check_signed_headers(const hg_scheme *scheme, const hg_str *values)
{
    for (size_t i = 0; i < scheme->named_count; i++) {
        if (!is_role(scheme, i) && values[i].len == 0) {
            return HG_BAD_REQUEST;
        }
    }
    return HG_OK;
}

hg_status hgi_read_url(const hg_scheme *scheme, const hg_request *request, struct hgi_url *url)
{
    if (scheme->needs_url && !hgi_url_split(request->url, url)) {
        return HG_BAD_REQUEST;
    }
    return HG_OK;
}

static hg_status read_values(const hg_scheme *scheme, const hg_request *request,
                             struct hgi_reading *reading)
{
    hg_status status = hgi_read_url(scheme, request, &reading->url);
    if (status == HG_OK) {
        status = read_signatures(scheme, request, reading);
    }
    if (status == HG_OK) {
        status = read_timestamp(scheme, reading);
    }
    if (status == HG_OK) {
        status = read_event_and_id(scheme, reading);
    }
    return status == HG_OK ? hgi_check_signed_headers(scheme, reading->values) : status;
}

/* A control byte fails every grammar, so where a grammar sees each byte it need be looked for only
 * to name the failure. */
hg_status hgi_read(const hg_scheme *scheme, const hg_request *request, struct hgi_reading *reading)
{
    hg_status status = hgi_read_headers(scheme, request, false, reading->values);
    if (status == HG_OK && !scheme->all_strict && !values_are_clean(scheme, reading->values)) {
        return HG_BAD_REQUEST;
    }
    if (status == HG_OK) {
        status = read_values(scheme, request, reading);
        if (status != HG_OK && !values_are_clean(scheme, reading->values)) {
            return HG_BAD_REQUEST;
        }
    }
    return status;
}

/* What a piece of the template stands for in this request. */
static hg_str piece_text(const struct hgi_piece *piece, const hg_request *request,
                         const struct hgi_reading *reading)
{
    switch (piece->word) {
    case HGI_LITERAL: return piece->text;
    case HGI_TIMESTAMP: return reading->timestamp;
    case HGI_EVENT: return reading->event;
    case HGI_ID: return reading->id;
    case HGI_METHOD: return request->method;
    case HGI_URL: return request->url;
    case HGI_PATH: return reading->url.path;
    case HGI_QUERY: return reading->url.query;
    case HGI_HOST: return reading->url.host;
    case HGI_HEADER: return reading->values[piece->slot];
    case HGI_FORM: return reading->form;
    case HGI_DIGEST: return reading->digest;
    case HGI_BODY: break; /* comes on its own */
    }
    return (hg_str){NULL, 0};
}

/* Gathers short pieces, so that the hash is called once for all of them. */
struct gather {
    struct hgi_state *state;
    enum hgi_hash hash;
    size_t used;
    char bytes[2 * HG_VALUE_MAX];
};

static bool flush(struct gather *gather)
{
    size_t size = gather->used;
    gather->used = 0;
    return hgi_mac_update(gather->state, gather->hash, gather->bytes, size);
}

static bool gather_text(struct gather *gather, hg_str text)
{
    if (text.len > sizeof gather->bytes - gather->used && !flush(gather)) {
        return false;
    }
    if (text.len > sizeof gather->bytes) {
        return hgi_mac_update(gather->state, gather->hash, text.ptr, text.len);
    }
    if (text.len > 0) {
        memcpy(gather->bytes + gather->used, text.ptr, text.len);
        gather->used += text.len;
    }
    return true;
}

static bool absorb_pieces(const hg_scheme *scheme, const hg_request *request,
                          const struct hgi_reading *reading, size_t from, size_t to,
                          struct hgi_state *state)
{
    struct gather gather;
    gather.state = state;
    gather.hash = scheme->hash;
    gather.used = 0;
    for (size_t i = from; i < to; i++) {
        if (!gather_text(&gather, piece_text(&scheme->template.pieces[i], request, reading))) {
            return false;
        }
    }
    return flush(&gather);
}

bool hgi_absorb(const hg_scheme *scheme, const hg_request *request,
                const struct hgi_reading *reading, bool after, struct hgi_state *state)
{
    size_t count = scheme->template.count;
    size_t body = scheme->body_at;
    bool itself = body < count && scheme->template.pieces[body].word == HGI_BODY;
    size_t from = after ? body + itself : 0; /* a digest is known only at the end */
    size_t to = after ? count : body;
    return from >= to || absorb_pieces(scheme, request, reading, from, to, state);
}

bool hgi_read_digest(const hg_scheme *scheme, struct hgi_state *state, char text[2 * HG_MAC_MAX],
                     struct hgi_reading *reading)
{
    unsigned char digest[HG_MAC_MAX];
    enum hgi_hash hash = scheme->digest->hash;
    if (!hgi_digest_end(state, hash, digest)) {
        return false;
    }
    size_t len =
        hg_encode(scheme->digest->encoding, digest, hgi_mac_len(hash), text, 2 * HG_MAC_MAX);
    reading->digest = (hg_str){text, len};
    return true;
}

/* What a piece stands for, the body included. */
static hg_str whole_text(const struct hgi_piece *piece, const hg_request *request,
                         const struct hgi_reading *reading)
{
    return piece->word == HGI_BODY ? request->body : piece_text(piece, request, reading);
}

bool hgi_compose(const hg_scheme *scheme, const hg_request *request,
                 const struct hgi_reading *reading, char **message, size_t *size)
{
    size_t length = 0;
    for (size_t i = 0; i < scheme->template.count; i++) {
        size_t more = whole_text(&scheme->template.pieces[i], request, reading).len;
        if (more > SIZE_MAX - 1 - length) {
            return false;
        }
        length += more;
    }
    char *text = malloc(length + 1); /* never asked for none */
    if (text == NULL) {
        return false;
    }
    *message = text;
    *size = length;
    for (size_t i = 0; i < scheme->template.count; i++) {
        hg_str part = whole_text(&scheme->template.pieces[i], request, reading);
        if (part.len > 0) {
            memcpy(text, part.ptr, part.len);
            text += part.len;
        }
    }
    return true;
}
