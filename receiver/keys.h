/* SPDX-License-Identifier: MIT
 *
 * A table of duplicate keys in memory: each leads to the row that came first and to the second up
 * to which a repeat of it is a duplicate.
 *
 * Keys form a ring in the order in which they came, which a hash table with open addressing leads
 * to. What a key costs is memory: each access that is far from the last one waits 200 ns, 2 % of a
 * request. So a slot is four bytes and has enough of the hash that a new key is looked up without a
 * visit to the ring, and a large table of slots asks for large pages; an entry of the ring fills a
 * cache line, which has room for the usual keys, a time and a MAC. Only longer ones are on the
 * heap.
 */
#ifndef RECEIVER_KEYS_H
#define RECEIVER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "receiver/store.h"

/* A key of a place (an endpoint's number) and its hash; made once for finding and adding. The bytes
 * are borrowed. */
struct keys_text {
    const unsigned char *bytes;
    uint32_t len;
    uint32_t place;
    uint32_t hash;
};

#define KEYS_SHORT ((size_t) 40) /* bytes: a time and a MAC of 32 */

struct keys_entry {
    int64_t until_s;
    int64_t row;
    uint32_t place;
    uint32_t len;
    union {
        unsigned char here[KEYS_SHORT]; /* up to that length */
        unsigned char *heap;            /* longer ones, owned */
    } bytes;
};

struct keys {
    uint32_t *slots;            /* the number in the ring plus 1, below some of the hash; 0: free */
    uint32_t slot_mask;         /* their count less 1 */
    uint32_t entry_mask;        /* of a slot: the bits with the number */
    struct keys_entry *entries; /* a ring */
    uint32_t max, oldest, count;
};

/* False when the key is longer than STORE_KEY_MAX or the place is no number of an endpoint: those
 * are 0 to UINT32_MAX. */
bool keys_text(struct keys_text *text, int64_t place, const void *key, size_t key_len);

/* Room for max keys, at most KEYS_MAX, of which nothing is used yet. False when memory ran out;
 * release in any case. */
#define KEYS_MAX ((uint32_t) 1 << 24) /* leaves 8 bits of a slot for the hash */
bool keys_init(struct keys *keys, uint32_t max);
void keys_release(struct keys *keys);
void keys_clear(struct keys *keys);

/* NULL: unknown. Its until_s and row may be changed; it lives until the next addition. */
struct keys_entry *keys_find(struct keys *keys, const struct keys_text *text);

/* Adds a key that is not there; the oldest leaves when there are max. False when memory ran out. */
bool keys_add(struct keys *keys, const struct keys_text *text, int64_t until_s, int64_t row);

#endif
