/* SPDX-License-Identifier: MIT
 *
 * Everything the library takes from libcrypto: HMAC on copied hash states, digests, Ed25519,
 * compare, wipe.
 *
 * A key is absorbed once, into the state after the inner and the outer pad (RFC 2104 section 4);
 * each MAC starts from copies of them. That saves two blocks and every allocation: of OpenSSL 3.0's
 * interfaces only the SHA*_CTX structs can be copied without the heap. They are deprecated, so they
 * are named in crypto.c alone.
 */
#ifndef CORE_CRYPTO_H
#define CORE_CRYPTO_H

#include "hookgauge.h"

enum hgi_hash { HGI_SHA1 = 1, HGI_SHA256, HGI_SHA384, HGI_SHA512 };

/* A hash in progress; room for the largest of the structs (SHA512_CTX, 216 bytes). */
struct hgi_state {
    uint64_t words[27];
};

struct hgi_mac_key {
    enum hgi_hash hash;
    struct hgi_state inner;
    struct hgi_state outer;
};

/* The length of a MAC in bytes. */
static inline size_t hgi_mac_len(enum hgi_hash hash)
{
    static const unsigned char lengths[] = {
        [HGI_SHA1] = 20, [HGI_SHA256] = 32, [HGI_SHA384] = 48, [HGI_SHA512] = 64};
    return lengths[hash];
}

/* Absorbs size bytes of key. False when libcrypto fails. */
bool hgi_mac_key_init(struct hgi_mac_key *key, enum hgi_hash hash, const void *bytes, size_t size);

/* One MAC: begin, update as often as needed, end. End wipes the state. The functions return false
 * when libcrypto fails; it never does for these hashes, and is refused if it should. */
static inline void hgi_mac_begin(struct hgi_state *state, const struct hgi_mac_key *key)
{
    *state = key->inner;
}
bool hgi_mac_update(struct hgi_state *state, enum hgi_hash hash, const void *data, size_t size);
bool hgi_mac_end(struct hgi_state *state, const struct hgi_mac_key *key,
                 unsigned char mac[HG_MAC_MAX]);

/* A digest without a key: begin, hgi_mac_update, end. */
bool hgi_digest_begin(struct hgi_state *state, enum hgi_hash hash);
bool hgi_digest_end(struct hgi_state *state, enum hgi_hash hash, unsigned char digest[HG_MAC_MAX]);

/* Ed25519 (RFC 8032). A key is made by libcrypto and freed with hgi_ed25519_free; it never changes
 * and threads may share it. These functions use the heap. */
enum { HGI_ED25519_PUBLIC = 32, HGI_ED25519_PAIR = 64, HGI_ED25519_SIGNATURE = 64 };

struct hgi_ed25519;

/* bytes: a public key of 32 bytes, which verifies; or 64, a private key's seed and then its public
 * key, which signs too. NULL on failure, such as a pair whose halves do not belong together. */
struct hgi_ed25519 *hgi_ed25519_new(const unsigned char *bytes, size_t size);
void hgi_ed25519_free(struct hgi_ed25519 *key); /* NULL is allowed */
bool hgi_ed25519_can_sign(const struct hgi_ed25519 *key);
bool hgi_ed25519_verify(const struct hgi_ed25519 *key, const void *message, size_t size,
                        const unsigned char signature[HGI_ED25519_SIGNATURE]);
bool hgi_ed25519_sign(const struct hgi_ed25519 *key, const void *message, size_t size,
                      unsigned char signature[HGI_ED25519_SIGNATURE]);

/* Equal, in time that depends on size alone. The only comparison of MACs and secrets. */
bool hgi_equal(const void *a, const void *b, size_t size);

/* Overwrites in a way that the compiler keeps. */
void hgi_wipe(void *memory, size_t size);

/* Says that a value made from a secret may be known to anyone, such as the verdict of a comparison.
 * Does nothing, except in the constant-time test, which treats keys and MACs as undefined memory
 * and reports every branch on them. */
#ifdef HG_CONSTANT_TIME_TEST
#include <valgrind/memcheck.h>
#define HGI_PUBLIC(ptr, size) ((void) VALGRIND_MAKE_MEM_DEFINED((ptr), (size)))
#else
#define HGI_PUBLIC(ptr, size) ((void) (ptr))
#endif

#endif
