/* SPDX-License-Identifier: MIT
 *
 * The keys of one endpoint.
 */
#ifndef CORE_RING_H
#define CORE_RING_H

#include "core/scheme.h"

struct hgi_ring_key {
    struct hgi_mac_key mac;      /* of an HMAC scheme */
    struct hgi_ed25519 *ed25519; /* of an Ed25519 scheme; NULL for HMAC */
    int64_t not_after;           /* HG_NEVER: no expiry */
    size_t label_len;
    char label[HG_NAME_MAX];
};

struct hg_ring {
    enum hgi_hash hash; /* what it was made for, */
    bool ed25519;
    enum hgi_key_form key_form;
    size_t count;
    struct hgi_ring_key keys[HG_KEYS_MAX];
};

/* Whether the ring was made for a scheme with the same algorithm and key decoding. */
bool hgi_ring_fits(const hg_ring *ring, const hg_scheme *scheme);

static inline bool hgi_key_is_good(const struct hgi_ring_key *key, int64_t now)
{
    return key->not_after == HG_NEVER || now <= key->not_after;
}

#endif
