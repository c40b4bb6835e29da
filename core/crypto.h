/* SPDX-License-Identifier: MIT
 *
 * Everything the library takes from libcrypto: HMAC on copied hash states, compare, wipe.
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
