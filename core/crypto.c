/* SPDX-License-Identifier: MIT
 *
 * The only file that names libcrypto.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/crypto.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdlib.h>

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

bool hgi_digest_begin(struct hgi_state *state, enum hgi_hash hash)
{
    return hashes[hash].init(state) == 1;
}

bool hgi_digest_end(struct hgi_state *state, enum hgi_hash hash, unsigned char digest[HG_MAC_MAX])
{
    return hashes[hash].final(digest, state) == 1;
}

/* ---- Ed25519 --------------------------------------------------------------------------------- */

struct hgi_ed25519 {
    EVP_PKEY *key;
    bool can_sign;
};

/* Whether a private key's public half is the given one. */
static bool belongs(const EVP_PKEY *key, const unsigned char *public)
{
    unsigned char derived[HGI_ED25519_PUBLIC];
    size_t size = sizeof derived;
    return key != NULL && EVP_PKEY_get_raw_public_key(key, derived, &size) == 1 &&
           size == sizeof derived && hgi_equal(derived, public, sizeof derived);
}

static EVP_PKEY *read_key(const unsigned char *bytes, size_t size)
{
    if (size == HGI_ED25519_PUBLIC) {
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, bytes, size);
    }
    if (size != HGI_ED25519_PAIR) {
        return NULL;
    }
    size_t seed = HGI_ED25519_PAIR - HGI_ED25519_PUBLIC;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, bytes, seed);
    if (belongs(key, bytes + seed)) {
        return key;
    }
    EVP_PKEY_free(key);
    return NULL;
}

struct hgi_ed25519 *hgi_ed25519_new(const unsigned char *bytes, size_t size)
{
    struct hgi_ed25519 *made = malloc(sizeof *made);
    if (made == NULL) {
        return NULL;
    }
    (void) ERR_set_mark(); /* the caller's own errors stay, ours are left to nobody */
    made->key = read_key(bytes, size);
    made->can_sign = size == HGI_ED25519_PAIR;
    (void) ERR_pop_to_mark();
    if (made->key == NULL) {
        free(made);
        return NULL;
    }
    return made;
}

void hgi_ed25519_free(struct hgi_ed25519 *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->key); /* wipes a private key */
        free(key);
    }
}

bool hgi_ed25519_can_sign(const struct hgi_ed25519 *key)
{
    return key->can_sign;
}

bool hgi_ed25519_verify(const struct hgi_ed25519 *key, const void *message, size_t size,
                        const unsigned char signature[HGI_ED25519_SIGNATURE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    (void) ERR_set_mark();
    bool held = context != NULL && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->key) == 1 &&
                EVP_DigestVerify(context, signature, HGI_ED25519_SIGNATURE, message, size) == 1;
    (void) ERR_pop_to_mark();
    EVP_MD_CTX_free(context);
    return held;
}

bool hgi_ed25519_sign(const struct hgi_ed25519 *key, const void *message, size_t size,
                      unsigned char signature[HGI_ED25519_SIGNATURE])
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = HGI_ED25519_SIGNATURE;
    (void) ERR_set_mark();
    bool done = context != NULL && key->can_sign &&
                EVP_DigestSignInit(context, NULL, NULL, NULL, key->key) == 1 &&
                EVP_DigestSign(context, signature, &length, message, size) == 1 &&
                length == HGI_ED25519_SIGNATURE;
    (void) ERR_pop_to_mark();
    EVP_MD_CTX_free(context);
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
