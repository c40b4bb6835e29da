/* SPDX-License-Identifier: MIT
 *
 * Verifying: headers, then every key against every signature, then the window, then the event.
 *
 * A whole request is a stream with one piece of body, so that both give the same status.
 */
#include <stdlib.h>

#include "core/event.h"
#include "core/form.h"
#include "core/reading.h"
#include "core/ring.h"
#include "core/text.h"

/* What a hg_stream holds. */
struct stream {
    hg_status status; /* HG_OK, or the status that has been decided */
    hg_options options;
    hg_request request;
    struct hgi_reading reading;
    bool body_signed;
    bool good[HG_KEYS_MAX]; /* the keys that had not expired when the stream began */
    struct hgi_state states[HG_KEYS_MAX];
    struct hgi_state digest; /* of the body, where the template has one; */
    char digest_text[2 * HG_MAC_MAX];
    char *form; /* what {form} stands for; the stream owns it; NULL: none */
};

_Static_assert(sizeof(struct stream) <= sizeof(hg_stream), "room for a stream");
_Static_assert(_Alignof(struct stream) <= _Alignof(hg_stream), "alignment of a stream");

static hg_status check_arguments(const hg_options *options, const hg_request *request)
{
    if (options == NULL || request == NULL || options->scheme == NULL || options->now < 0 ||
        options->now > HG_TOLERANCE_MAX ||
        (request->headers == NULL && request->header_count > 0) ||
        (request->body.ptr == NULL && request->body.len > 0)) {
        return HG_BAD_ARGUMENT;
    }
    if (options->ring == NULL) {
        return HG_NO_KEY;
    }
    if (!hgi_ring_fits(options->ring, options->scheme)) {
        return HG_BAD_ARGUMENT;
    }
    bool rules = options->events != NULL;
    bool usable = options->scheme->event_slot != HGI_NO_SLOT &&
                  (options->event_unsigned || hg_scheme_binds(options->scheme, HG_PART_EVENT));
    return rules && !usable ? HG_BAD_ARGUMENT : HG_OK;
}

static hg_status begin_macs(struct stream *stream)
{
    const hg_ring *ring = stream->options.ring;
    size_t good = 0;
    for (size_t i = 0; i < ring->count; i++) {
        stream->good[i] = hgi_key_is_good(&ring->keys[i], stream->options.now);
        good += stream->good[i];
    }
    return good > 0 ? HG_OK : HG_NO_KEY;
}

/* The keys' states after all that is signed before the body. */
static hg_status absorb_head(struct stream *stream)
{
    const hg_ring *ring = stream->options.ring;
    for (size_t i = 0; i < ring->count; i++) {
        if (!stream->good[i]) {
            continue;
        }
        hgi_mac_begin(&stream->states[i], &ring->keys[i].mac);
        if (!hgi_absorb(stream->options.scheme, &stream->request, &stream->reading, false,
                        &stream->states[i])) {
            return HG_CRYPTO;
        }
    }
    return HG_OK;
}

static hg_status read_form(struct stream *stream)
{
    size_t len = 0;
    hg_status status = hgi_form_text(stream->request.body, &stream->form, &len);
    stream->reading.form = (hg_str){stream->form, len};
    return status;
}

/* What the pieces of the template need besides the headers. */
static hg_status begin_pieces(struct stream *stream)
{
    const hg_scheme *scheme = stream->options.scheme;
    if (scheme->digest != NULL && !hgi_digest_begin(&stream->digest, scheme->digest->hash)) {
        return HG_CRYPTO;
    }
    hg_status status = scheme->has_form ? read_form(stream) : HG_OK;
    return status == HG_OK && !scheme->ed25519 ? absorb_head(stream) : status;
}

/* whole: the request has its body. */
static hg_status begin(struct stream *stream, const hg_options *options, const hg_request *request,
                       bool whole)
{
    stream->form = NULL;
    hg_status status = check_arguments(options, request);
    if (status != HG_OK) {
        return status;
    }
    const hg_scheme *scheme = options->scheme;
    if (scheme->needs_whole && !whole) {
        return HG_BAD_SCHEME;
    }
    stream->options = *options;
    stream->request = *request;
    stream->body_signed = !scheme->ed25519 && scheme->body_at < scheme->template.count &&
                          scheme->template.pieces[scheme->body_at].word == HGI_BODY;
    status = begin_macs(stream);
    if (status == HG_OK) {
        status = hgi_read(scheme, request, &stream->reading);
    }
    return status == HG_OK ? begin_pieces(stream) : status;
}

static void update(struct stream *stream, const void *data, size_t size)
{
    const struct hgi_piece *digest =
        stream->status == HG_OK ? stream->options.scheme->digest : NULL;
    if (digest != NULL && !hgi_mac_update(&stream->digest, digest->hash, data, size)) {
        stream->status = HG_CRYPTO;
    }
    for (size_t i = 0;
         stream->status == HG_OK && stream->body_signed && i < stream->options.ring->count; i++) {
        if (stream->good[i] &&
            !hgi_mac_update(&stream->states[i], stream->options.scheme->hash, data, size)) {
            stream->status = HG_CRYPTO;
        }
    }
}

/* Which key and which signature of the request belong together. */
struct match {
    bool found;
    size_t key;
    size_t candidate;
};

/* Compares a key's MAC with every signature. That they match is public, how far they do is not. */
static void compare(const struct stream *stream, size_t key, const unsigned char *mac,
                    struct match *match)
{
    const struct hgi_candidates *candidates = &stream->reading.candidates;
    for (size_t i = 0; i < candidates->count; i++) {
        bool equal = hgi_equal(mac, candidates->macs[i], hgi_mac_len(stream->options.scheme->hash));
        HGI_PUBLIC(&equal, sizeof equal);
        if (equal && !match->found) {
            *match = (struct match){true, key, i};
        }
    }
}

static hg_status match_keys(struct stream *stream, struct match *match)
{
    const hg_ring *ring = stream->options.ring;
    unsigned char mac[HG_MAC_MAX];
    for (size_t i = 0; i < ring->count; i++) {
        if (!stream->good[i]) {
            continue;
        }
        if (!hgi_absorb(stream->options.scheme, &stream->request, &stream->reading, true,
                        &stream->states[i]) ||
            !hgi_mac_end(&stream->states[i], &ring->keys[i].mac, mac)) {
            return HG_CRYPTO;
        }
        compare(stream, i, mac, match);
    }
    hgi_wipe(mac, hgi_mac_len(ring->hash));
    return match->found ? HG_OK : HG_MISMATCH;
}

/* The same with public keys, which need the whole signed text. */
static hg_status match_public_keys(struct stream *stream, struct match *match)
{
    const hg_ring *ring = stream->options.ring;
    const struct hgi_candidates *candidates = &stream->reading.candidates;
    char *message = NULL;
    size_t size = 0;
    if (!hgi_compose(stream->options.scheme, &stream->request, &stream->reading, &message, &size)) {
        return HG_NO_MEMORY;
    }
    for (size_t i = 0; !match->found && i < ring->count; i++) {
        for (size_t j = 0; stream->good[i] && !match->found && j < candidates->count; j++) {
            bool held =
                hgi_ed25519_verify(ring->keys[i].ed25519, message, size, candidates->macs[j]);
            *match = (struct match){held, i, j};
        }
    }
    free(message);
    return match->found ? HG_OK : HG_MISMATCH;
}

static hg_status match_any(struct stream *stream, struct match *match)
{
    const hg_scheme *scheme = stream->options.scheme;
    if (scheme->digest != NULL &&
        !hgi_read_digest(scheme, &stream->digest, stream->digest_text, &stream->reading)) {
        return HG_CRYPTO;
    }
    return scheme->ed25519 ? match_public_keys(stream, match) : match_keys(stream, match);
}

static bool judges_age(const hg_scheme *scheme)
{
    return scheme->has_time && scheme->row.timestamp.tolerance_s != HG_NO_TOLERANCE;
}

/* Both sides, the edge included. Neither difference can overflow: both times are 0 to 2^53. */
static hg_status check_window(const struct stream *stream)
{
    int64_t tolerance = stream->options.scheme->row.timestamp.tolerance_s;
    int64_t age = stream->options.now - stream->reading.seconds;
    if (!judges_age(stream->options.scheme)) {
        return HG_OK;
    }
    if (age > tolerance) {
        return HG_TOO_OLD;
    }
    return -age > tolerance ? HG_TOO_NEW : HG_OK;
}

static hg_verdict accept(const struct stream *stream, const struct match *match)
{
    const hg_scheme *scheme = stream->options.scheme;
    const struct hgi_ring_key *key = &stream->options.ring->keys[match->key];
    bool timed = scheme->has_time && scheme->time_format != HG_TIME_OPAQUE;
    hg_verdict verdict = {
        .status = HG_OK,
        .time_signed = scheme->binds[HG_PART_TIME],
        .event_signed = scheme->binds[HG_PART_EVENT],
        .id_signed = scheme->binds[HG_PART_ID],
        .age_judged = judges_age(scheme),
        .key_label = {key->label, key->label_len},
        .timestamp = stream->reading.seconds,
        .age_s = timed ? stream->options.now - stream->reading.seconds : 0,
        .event = stream->reading.event,
        .id = stream->reading.id,
        .mac_len = hgi_mac_len(scheme->hash),
    };
    memcpy(verdict.mac, stream->reading.candidates.macs[match->candidate], verdict.mac_len);
    return verdict;
}

static hg_verdict end(struct stream *stream)
{
    struct match match = {false, 0, 0};
    hg_status status = stream->status;
    if (status == HG_OK) {
        status = match_any(stream, &match);
    }
    if (stream->form != NULL) { /* most schemes need no heap, and call none of it */
        free(stream->form);
        stream->form = NULL;
    }
    if (status == HG_OK) {
        status = check_window(stream);
    }
    if (status == HG_OK && !hgi_event_wanted(&stream->options, stream->reading.event)) {
        status = HG_EVENT_NOT_ALLOWED;
    }
    return status == HG_OK ? accept(stream, &match) : (hg_verdict){.status = status};
}

hg_status hg_stream_begin(hg_stream *stream, const hg_options *options, const hg_request *request)
{
    struct stream *s = (struct stream *) (void *) stream;
    if (stream == NULL) {
        return HG_BAD_ARGUMENT;
    }
    s->status = begin(s, options, request, false);
    return s->status;
}

void hg_stream_update(hg_stream *stream, const void *data, size_t size)
{
    if (stream != NULL && size > 0) {
        update((struct stream *) (void *) stream, data, size);
    }
}

hg_verdict hg_stream_end(hg_stream *stream)
{
    struct stream *s = (struct stream *) (void *) stream;
    if (stream == NULL) {
        return (hg_verdict){.status = HG_BAD_ARGUMENT};
    }
    hg_verdict verdict = end(s);
    hgi_wipe(s->states, sizeof s->states);
    s->status = HG_BAD_ARGUMENT; /* a second end gives no second verdict */
    return verdict;
}

hg_verdict hg_verify(const hg_options *options, const hg_request *request)
{
    struct stream stream; /* not cleared: it is large, and begin sets what is used */
    stream.status = begin(&stream, options, request, true);
    if (stream.status == HG_OK) {
        update(&stream, request->body.ptr, request->body.len);
    }
    return end(&stream); /* each state was wiped when its MAC was made */
}
