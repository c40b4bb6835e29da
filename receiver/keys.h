/* SPDX-License-Identifier: MIT
 *
 * A table of duplicate keys in memory: each leads to the row that came first and to the second up
 * to which a repeat of it is a duplicate.
 *
 * Keys form a ring in the order in which they came, which a hash table with open addressing leads
 * to. A slot of it has enough of the hash that a new key costs one access to memory that is far
 * from the last one; each more is 2 % of a request. So would be a visit to the heap, which only
 * long keys cost: the usual ones, a time and a MAC, have room in the ring.
 */
#ifndef RECEIVER_KEYS_H
#define RECEIVER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "receiver/store.h"

/* A key of a place (an endpoint) and its hash; made once for finding and adding. */
struct keys_text {
    unsigned char bytes[HG_VALUE_MAX + STORE_KEY_MAX + sizeof(uint64_t)];
    size_t len;
    uint32_t hash;
};

#define KEYS_SHORT ((size_t) 72) /* bytes: a MAC of 32, a time, and a place of 32 */

struct keys_entry {
    uint32_t len;
    uint32_t hash;
    int64_t until_s;
    int64_t row;
    union {
        unsigned char here[KEYS_SHORT]; /* up to that length */
        unsigned char *heap;            /* longer ones, owned */
    } bytes;
};

struct keys {
    struct keys_slot *slots;
    size_t slot_count;
    struct keys_entry *entries; /* a ring */
    uint32_t max, oldest, count;
};

/* False when the key is longer than STORE_KEY_MAX or the place than HG_VALUE_MAX. Places of
 * different lengths that continue in each other's keys would be mixed up: give them one length, or
 * an end. */
bool keys_text(struct keys_text *text, hg_str place, const void *key, size_t key_len);

/* Room for max keys, of which nothing is used yet. False when memory ran out; release in any case.
 */
bool keys_init(struct keys *keys, uint32_t max);
void keys_release(struct keys *keys);
void keys_clear(struct keys *keys);

/* NULL: unknown. Its until_s and row may be changed; it lives until the next addition. */
struct keys_entry *keys_find(struct keys *keys, const struct keys_text *text);

/* Adds a key that is not there; the oldest leaves when there are max. False when memory ran out. */
bool keys_add(struct keys *keys, const struct keys_text *text, int64_t until_s, int64_t row);

#endif
