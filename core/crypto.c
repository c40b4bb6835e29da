/* SPDX-License-Identifier: MIT
 *
 * The only file that names libcrypto.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/crypto.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

enum { BLOCK_MAX = SHA512_CBLOCK };

/* How to drive each hash. SHA-384 is SHA-512 with another start and a cut. */
struct hash {
    size_t block;
    size_t len;
    size_t size; /* of the struct */
    int (*init)(void *state);
    int (*update)(void *state, const void *data, size_t size);
    int (*final)(unsigned char *out, void *state);
};

/* libcrypto's functions take typed structs; these give them one type. */
#define ADAPT(name, CTX, INIT, UPDATE, FINAL)                                                      \
    _Static_assert(sizeof(CTX) <= sizeof(struct hgi_state), "room for " #CTX);                     \
    static int name##_init(void *state)                                                            \
    {                                                                                              \
        return INIT((CTX *) state);                                                                \
    }                                                                                              \
    static int name##_update(void *state, const void *data, size_t size)                           \
    {                                                                                              \
        return UPDATE((CTX *) state, data, size);                                                  \
    }                                                                                              \
    static int name##_final(unsigned char *out, void *state)                                       \
    {                                                                                              \
        return FINAL(out, (CTX *) state);                                                          \
    }

ADAPT(sha1, SHA_CTX, SHA1_Init, SHA1_Update, SHA1_Final)
ADAPT(sha256, SHA256_CTX, SHA256_Init, SHA256_Update, SHA256_Final)
ADAPT(sha384, SHA512_CTX, SHA384_Init, SHA384_Update, SHA384_Final)
ADAPT(sha512, SHA512_CTX, SHA512_Init, SHA512_Update, SHA512_Final)

static const struct hash hashes[] = {
    [HGI_SHA1] = {SHA_CBLOCK, SHA_DIGEST_LENGTH, sizeof(SHA_CTX), sha1_init, sha1_update,
                  sha1_final},
    [HGI_SHA256] = {SHA256_CBLOCK, SHA256_DIGEST_LENGTH, sizeof(SHA256_CTX), sha256_init,
                    sha256_update, sha256_final},
    [HGI_SHA384] = {SHA512_CBLOCK, SHA384_DIGEST_LENGTH, sizeof(SHA512_CTX), sha384_init,
                    sha384_update, sha384_final},
    [HGI_SHA512] = {SHA512_CBLOCK, SHA512_DIGEST_LENGTH, sizeof(SHA512_CTX), sha512_init,
                    sha512_update, sha512_final},
};

/* Absorbs one block: the key with every byte changed by pad. */
static bool absorb_pad(const struct hash *hash, struct hgi_state *state,
                       const unsigned char key[BLOCK_MAX], unsigned char pad)
{
    unsigned char block[BLOCK_MAX];
    for (size_t i = 0; i < hash->block; i++) {
        block[i] = key[i] ^ pad;
    }
    bool done = hash->init(state) == 1 && hash->update(state, block, hash->block) == 1;
    hgi_wipe(block, sizeof block);
    return done;
}

bool hgi_mac_key_init(struct hgi_mac_key *key, enum hgi_hash hash, const void *bytes, size_t size)
{
    const struct hash *how = &hashes[hash];
    unsigned char padded[BLOCK_MAX] = {0};
    bool done = true;
    key->hash = hash;
    if (size > how->block) {
        done = how->init(&key->inner) == 1 && how->update(&key->inner, bytes, size) == 1 &&
               how->final(padded, &key->inner) == 1;
    } else {
        memcpy(padded, bytes, size);
    }
    done = done && absorb_pad(how, &key->inner, padded, 0x36) &&
           absorb_pad(how, &key->outer, padded, 0x5c);
    hgi_wipe(padded, sizeof padded);
    return done;
}

bool hgi_mac_update(struct hgi_state *state, enum hgi_hash hash, const void *data, size_t size)
{
    return size == 0 || hashes[hash].update(state, data, size) == 1;
}

bool hgi_mac_end(struct hgi_state *state, const struct hgi_mac_key *key,
                 unsigned char mac[HG_MAC_MAX])
{
    const struct hash *hash = &hashes[key->hash];
    bool done = hash->final(mac, state) == 1; /* the inner digest, for a moment */
    *state = key->outer;
    done = done && hash->update(state, mac, hash->len) == 1 && hash->final(mac, state) == 1;
    hgi_wipe(state, hash->size);
    return done;
}

bool hgi_equal(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a;
    const unsigned char *right = b;
    uint64_t differs = 0;
    for (; size >= sizeof differs; size -= sizeof differs) {
        uint64_t x, y;
        memcpy(&x, left, sizeof x);
        memcpy(&y, right, sizeof y);
        differs |= x ^ y;
        left += sizeof x;
        right += sizeof y;
        __asm__("" : "+r"(differs)); /* the compiler may not know it, so it can't stop early */
    }
    for (; size > 0; size--) {
        differs |= (uint64_t) (*left++ ^ *right++);
        __asm__("" : "+r"(differs));
    }
    return differs == 0;
}

void hgi_wipe(void *memory, size_t size)
{
    OPENSSL_cleanse(memory, size);
}
