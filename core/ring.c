/* SPDX-License-Identifier: MIT
 *
 * The keys of one endpoint: from secret text to precomputed MAC states.
 */
#include "core/ring.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/codec.h"
#include "core/text.h"

/* Takes a prefix off a secret; false when it has another beginning. */
static bool take_prefix(hg_str *secret, const char *prefix)
{
    size_t skip = strlen(prefix);
    bool prefixed = false;
    if (secret->len >= skip) {
        prefixed = hgi_equal(secret->ptr, prefix, skip);
        HGI_PUBLIC(&prefixed, sizeof prefixed);
    }
    if (prefixed) {
        *secret = hgi_part(*secret, skip, secret->len - skip);
    }
    return prefixed;
}

/* Decodes base64 whose padding may lack. */
static bool decode_lenient(hg_str secret, unsigned char *out, size_t *length)
{
    size_t padding = hgi_base64_padding(secret);
    if (padding > 0 && secret.len % 4 != 0) {
        return false;
    }
    secret.len -= padding;
    return hgi_decode_unpadded(secret, out, HG_SECRET_MAX, length);
}

/* "whpk_" and a public key, or "whsk_" and a pair, as Standard Webhooks writes them. */
static bool decode_whpk(hg_str secret, unsigned char *out, size_t *length)
{
    size_t size = HGI_ED25519_PUBLIC;
    if (!take_prefix(&secret, "whpk_")) {
        size = HGI_ED25519_PAIR;
        if (!take_prefix(&secret, "whsk_")) {
            return false;
        }
    }
    return decode_lenient(secret, out, length) && *length == size;
}

/* Secret text to key bytes, as the scheme says; never guessed. */
static bool decode_secret(enum hgi_key_form form, hg_str secret, unsigned char out[HG_SECRET_MAX],
                          size_t *length)
{
    switch (form) {
    case HGI_KEY_UTF8:
        memcpy(out, secret.ptr, secret.len);
        *length = secret.len;
        return true;
    case HGI_KEY_BASE64: return hg_decode(HG_BASE64, secret, out, HG_SECRET_MAX, length);
    case HGI_KEY_HEX: return hg_decode(HG_HEX, secret, out, HG_SECRET_MAX, length);
    case HGI_KEY_WHSEC:
        (void) take_prefix(&secret, "whsec_"); /* it may lack */
        return decode_lenient(secret, out, length);
    case HGI_KEY_WHPK: return decode_whpk(secret, out, length);
    }
    return false;
}

static hg_status refuse(hg_error *error, hg_status status, size_t index, const char *member,
                        const char *what)
{
    if (error != NULL) {
        snprintf(error->where, sizeof error->where, "$[%zu].%s", index, member);
        snprintf(error->what, sizeof error->what, "%s", what);
    }
    return status;
}

/* Decoded bytes to the state that verifies. */
static hg_status make_key(const hg_ring *ring, struct hgi_ring_key *to, const unsigned char *bytes,
                          size_t size)
{
    if (!ring->ed25519) {
        return hgi_mac_key_init(&to->mac, ring->hash, bytes, size) ? HG_OK : HG_CRYPTO;
    }
    to->ed25519 = hgi_ed25519_new(bytes, size);
    return to->ed25519 != NULL ? HG_OK : HG_BAD_KEY;
}

static hg_status add_key(hg_ring *ring, const hg_key *key, size_t index, hg_error *error)
{
    struct hgi_ring_key *to = &ring->keys[index];
    unsigned char bytes[HG_SECRET_MAX];
    size_t size = 0;
    if (key->secret.len == 0) {
        return refuse(error, HG_BAD_KEY, index, "secret", "is empty");
    }
    if (key->secret.len > HG_SECRET_MAX) {
        return refuse(error, HG_BAD_KEY, index, "secret", "is longer than 1024 bytes");
    }
    if (key->label.len > HG_NAME_MAX) {
        return refuse(error, HG_BAD_ARGUMENT, index, "label", "is longer than 64 bytes");
    }
    if (key->not_after < 0) {
        return refuse(error, HG_BAD_ARGUMENT, index, "not_after", "is before 1970");
    }
    bool decoded = decode_secret(ring->key_form, key->secret, bytes, &size) && size > 0;
    hg_status made = decoded ? make_key(ring, to, bytes, size) : HG_BAD_KEY;
    hgi_wipe(bytes, sizeof bytes);
    if (!decoded) {
        return refuse(error, made, index, "secret", "is not in the encoding of the scheme");
    }
    if (made != HG_OK) {
        return refuse(error, made, index, "secret",
                      ring->ed25519 ? "is not an Ed25519 key: 32 bytes public, or 64 with the seed "
                                      "before it"
                                    : "could not be hashed");
    }
    if (key->label.len > 0) {
        memcpy(to->label, key->label.ptr, key->label.len);
    }
    to->label_len = key->label.len;
    to->not_after = key->not_after;
    return HG_OK;
}

hg_status hg_ring_new(const hg_scheme *scheme, const hg_key *keys, size_t count, hg_ring **ring,
                      hg_error *error)
{
    if (scheme == NULL || ring == NULL || (keys == NULL && count > 0)) {
        return refuse(error, HG_BAD_ARGUMENT, 0, "secret", "can't be used without a scheme");
    }
    if (count == 0) {
        return refuse(error, HG_NO_KEY, 0, "secret", "is missing");
    }
    if (count > HG_KEYS_MAX) {
        return refuse(error, HG_BAD_ARGUMENT, HG_KEYS_MAX, "secret", "is one key too many");
    }
    hg_ring *made = calloc(1, sizeof *made);
    if (made == NULL) {
        return refuse(error, HG_NO_MEMORY, 0, "secret", "found no memory");
    }
    made->hash = scheme->hash;
    made->ed25519 = scheme->ed25519;
    made->key_form = scheme->key_form;
    made->count = count;
    for (size_t i = 0; i < count; i++) {
        hg_status status = add_key(made, &keys[i], i, error);
        if (status != HG_OK) {
            hg_ring_free(made);
            return status;
        }
    }
    *ring = made;
    return HG_OK;
}

void hg_ring_free(hg_ring *ring)
{
    if (ring != NULL) {
        for (size_t i = 0; i < ring->count; i++) {
            hgi_ed25519_free(ring->keys[i].ed25519);
        }
        hgi_wipe(ring, sizeof *ring);
        free(ring);
    }
}

bool hgi_ring_fits(const hg_ring *ring, const hg_scheme *scheme)
{
    return ring->hash == scheme->hash && ring->ed25519 == scheme->ed25519 &&
           ring->key_form == scheme->key_form;
}
