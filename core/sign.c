/* SPDX-License-Identifier: MIT
 *
 * Signing: the steps of verifying the other way, on the same template and the same MAC.
 */
#include <stdlib.h>

#include "core/form.h"
#include "core/reading.h"
#include "core/ring.h"
#include "core/text.h"

/* The caller's room for header values, filled from the front. */
struct writer {
    char *text;
    size_t used;
    bool full;
};

static void put(struct writer *writer, hg_str part)
{
    if (part.len > HG_SIGN_TEXT_MAX - writer->used) {
        writer->full = true;
        return;
    }
    if (part.len > 0) {
        memcpy(writer->text + writer->used, part.ptr, part.len);
    }
    writer->used += part.len;
}

/* What has been put since `from`. */
static hg_str since(const struct writer *writer, size_t from)
{
    return (hg_str){writer->text + from, writer->used - from};
}

static hg_status check_arguments(const hg_signing *signing, const hg_request *request)
{
    if (signing == NULL || request == NULL || signing->scheme == NULL ||
        (request->headers == NULL && request->header_count > 0) ||
        (request->body.ptr == NULL && request->body.len > 0)) {
        return HG_BAD_ARGUMENT;
    }
    if (signing->ring == NULL || signing->key >= signing->ring->count) {
        return HG_NO_KEY;
    }
    return hgi_ring_fits(signing->ring, signing->scheme) ? HG_OK : HG_BAD_ARGUMENT;
}

/* The time to state, as text. */
static hg_status state_time(const hg_signing *signing, struct writer *writer, hg_str *text)
{
    char printed[HG_TIME_TEXT_MAX];
    size_t from = writer->used;
    if (!signing->scheme->has_time) {
        return HG_OK;
    }
    if (signing->timestamp_text.len > 0) {
        put(writer, signing->timestamp_text);
    } else {
        size_t len = hg_time_print(signing->scheme->time_format, signing->now, printed);
        if (len == 0) {
            return HG_BAD_ARGUMENT;
        }
        put(writer, (hg_str){printed, len});
    }
    *text = since(writer, from);
    return HG_OK;
}

static hg_status check_values(const hg_signing *signing, const struct hgi_reading *reading)
{
    const hg_scheme *scheme = signing->scheme;
    int64_t seconds;
    hg_status status = HG_OK;
    if (signing->as_given) {
        return HG_OK;
    }
    if (scheme->has_time) {
        status = hgi_check_timestamp(scheme, reading->timestamp, &seconds);
    }
    if (status == HG_OK && scheme->event_slot != HGI_NO_SLOT) {
        status = hgi_check_event(scheme, reading->event);
    }
    if (status == HG_OK && scheme->id_slot != HGI_NO_SLOT) {
        status = hgi_check_id(scheme, reading->id);
    }
    return status == HG_OK ? hgi_check_signed_headers(scheme, reading->values) : status;
}

static hg_status make_mac(const hg_signing *signing, const hg_request *request,
                          const struct hgi_reading *reading, unsigned char mac[HG_MAC_MAX])
{
    const hg_scheme *scheme = signing->scheme;
    const struct hgi_mac_key *key = &signing->ring->keys[signing->key].mac;
    bool itself = hgi_template_find(&scheme->template, HGI_BODY) < scheme->template.count;
    hg_str body = itself ? request->body : (hg_str){NULL, 0};
    struct hgi_state state;
    hgi_mac_begin(&state, key);
    bool done = hgi_absorb(scheme, request, reading, false, &state) &&
                hgi_mac_update(&state, scheme->hash, body.ptr, body.len) &&
                hgi_absorb(scheme, request, reading, true, &state) && hgi_mac_end(&state, key, mac);
    return done ? HG_OK : HG_CRYPTO;
}

static hg_status make_signature(const hg_signing *signing, const hg_request *request,
                                const struct hgi_reading *reading,
                                unsigned char signature[HG_MAC_MAX])
{
    const struct hgi_ed25519 *key = signing->ring->keys[signing->key].ed25519;
    char *message = NULL;
    size_t size = 0;
    if (!hgi_ed25519_can_sign(key)) {
        return HG_BAD_KEY;
    }
    if (!hgi_compose(signing->scheme, request, reading, &message, &size)) {
        return HG_NO_MEMORY;
    }
    bool done = hgi_ed25519_sign(key, message, size, signature);
    free(message);
    return done ? HG_OK : HG_CRYPTO;
}

/* Signs what the reading says, with the parts that come from the body. */
static hg_status sign_reading(const hg_signing *signing, const hg_request *request,
                              struct hgi_reading *reading, unsigned char mac[HG_MAC_MAX])
{
    const hg_scheme *scheme = signing->scheme;
    struct hgi_state digest;
    char digest_text[2 * HG_MAC_MAX];
    char *form = NULL;
    hg_status status = HG_OK;
    if (scheme->has_form) {
        status = hgi_form_text(request->body, &form, &reading->form.len);
        reading->form.ptr = form;
    }
    if (status == HG_OK && scheme->digest != NULL &&
        (!hgi_digest_begin(&digest, scheme->digest->hash) ||
         !hgi_mac_update(&digest, scheme->digest->hash, request->body.ptr, request->body.len) ||
         !hgi_read_digest(scheme, &digest, digest_text, reading))) {
        status = HG_CRYPTO;
    }
    if (status == HG_OK) {
        status = scheme->ed25519 ? make_signature(signing, request, reading, mac)
                                 : make_mac(signing, request, reading, mac);
    }
    free(form);
    return status;
}

/* Writes the signature header's value: the time item first where the scheme has one. */
static hg_str write_signature(const hg_signing *signing, const struct hgi_reading *reading,
                              const unsigned char mac[HG_MAC_MAX], struct writer *writer)
{
    const hg_scheme *scheme = signing->scheme;
    char sig[2 * HG_MAC_MAX];
    size_t len = hg_encode(scheme->encoding, mac, hgi_mac_len(scheme->hash), sig, sizeof sig);
    size_t from = writer->used;
    put(writer, scheme->sig_prefix);
    if (scheme->time_in_item) {
        put(writer, scheme->time_before);
        put(writer, reading->timestamp);
        put(writer, scheme->time_after);
        put(writer, (hg_str){&scheme->separator, 1});
    }
    put(writer, scheme->sig_before);
    put(writer, (hg_str){sig, len});
    put(writer, scheme->sig_after);
    return since(writer, from);
}

/* Adds a header that the scheme has. */
static void add(hg_header *headers, size_t *count, hg_str name, hg_str value)
{
    if (name.len > 0) {
        headers[(*count)++] = (hg_header){name, value};
    }
}

hg_status hg_sign(const hg_signing *signing, const hg_request *request, char text[HG_SIGN_TEXT_MAX],
                  hg_header headers[HG_SIGN_HEADERS_MAX], size_t *count)
{
    struct hgi_reading reading;
    struct writer writer = {text, 0, false};
    unsigned char mac[HG_MAC_MAX];
    size_t made = 0;
    hg_status status = check_arguments(signing, request);
    if (status != HG_OK) {
        return status;
    }
    const hg_scheme_spec *row = &signing->scheme->row;
    reading.timestamp = (hg_str){NULL, 0};
    status = hgi_read_headers(signing->scheme, request, true, reading.values);
    if (status == HG_OK) {
        status = hgi_read_url(signing->scheme, request, &reading.url);
    }
    if (status == HG_OK) {
        status = state_time(signing, &writer, &reading.timestamp);
    }
    size_t from = writer.used;
    put(&writer, signing->event);
    reading.event = since(&writer, from);
    from = writer.used;
    put(&writer, signing->id);
    reading.id = since(&writer, from);
    if (status == HG_OK) {
        status = check_values(signing, &reading);
    }
    if (status == HG_OK) {
        status = sign_reading(signing, request, &reading, mac);
    }
    if (status != HG_OK) {
        return status;
    }
    hg_str signature = write_signature(signing, &reading, mac, &writer);
    if (writer.full) {
        return HG_BAD_ARGUMENT;
    }
    add(headers, &made, hg_text(row->timestamp.header), reading.timestamp);
    add(headers, &made, hg_text(row->event.header), reading.event);
    add(headers, &made, hg_text(row->id.header), reading.id);
    add(headers, &made, signing->scheme->sign_name, signature);
    *count = made;
    return HG_OK;
}
