/* SPDX-License-Identifier: MIT
 *
 * See keys.h.
 */
#include "receiver/keys.h"

#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST ((size_t) 1 << 12) /* a power of two; doubled when half are taken */

struct keys_slot {
    uint32_t hash;
    uint32_t entry; /* its number in the ring, plus 1; 0: free */
};

/* Only verified deliveries get here, so nobody without the secret can choose collisions. The factor
 * is 2^64 divided by the golden ratio, which spreads each bit over those above it. */
static uint32_t hash_words(const unsigned char *bytes, size_t len)
{
    uint64_t hash = len;
    for (size_t i = 0; i < len; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof(word));
        hash = (hash ^ word) * 11400714819323198485U;
        hash ^= hash >> 32;
    }
    return (uint32_t) hash;
}

static bool bytes_equal(const unsigned char *a, const unsigned char *b, size_t len)
{
    unsigned difference = 0;
    for (size_t i = 0; i < len; i++) {
        difference |= (unsigned) (a[i] ^ b[i]);
    }
    return difference == 0;
}

bool keys_text(struct keys_text *text, hg_str place, const void *key, size_t key_len)
{
    if (place.len > HG_VALUE_MAX || key_len > STORE_KEY_MAX) {
        return false;
    }
    memcpy(text->bytes, place.ptr, place.len);
    memcpy(text->bytes + place.len, key, key_len);
    text->len = place.len + key_len;
    memset(text->bytes + text->len, 0, sizeof(uint64_t)); /* the last word is a whole one */
    text->hash = hash_words(text->bytes, text->len);
    return true;
}

/* ---- The table ------------------------------------------------------------------------------- */

static struct keys_entry *entry_of(struct keys *keys, const struct keys_slot *slot)
{
    return &keys->entries[slot->entry - 1];
}

static unsigned char *bytes_of(struct keys_entry *entry)
{
    return entry->len > KEYS_SHORT ? entry->bytes.heap : entry->bytes.here;
}

static void free_bytes(struct keys_entry *entry)
{
    if (entry->len > KEYS_SHORT) {
        free(entry->bytes.heap);
    }
}

/* The slot of that key, or the free one where it belongs. */
static struct keys_slot *find_slot(struct keys *keys, const struct keys_text *text)
{
    size_t mask = keys->slot_count - 1;
    for (size_t at = text->hash & mask;; at = (at + 1) & mask) {
        struct keys_slot *slot = &keys->slots[at];
        if (slot->entry == 0) {
            return slot;
        }
        if (slot->hash == text->hash && entry_of(keys, slot)->len == text->len &&
            bytes_equal(bytes_of(entry_of(keys, slot)), text->bytes, text->len)) {
            return slot;
        }
    }
}

/* Frees a slot; those behind it that had to give way to it move up. */
static void clear_slot(struct keys *keys, size_t hole)
{
    struct keys_slot *slots = keys->slots;
    size_t mask = keys->slot_count - 1;
    for (size_t at = (hole + 1) & mask; slots[at].entry != 0; at = (at + 1) & mask) {
        if (((at - slots[at].hash) & mask) >= ((at - hole) & mask)) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole].entry = 0;
}

static void drop_oldest(struct keys *keys)
{
    struct keys_entry *gone = &keys->entries[keys->oldest];
    size_t mask = keys->slot_count - 1;
    size_t at = gone->hash & mask;
    while (keys->slots[at].entry != keys->oldest + 1) {
        at = (at + 1) & mask;
    }
    clear_slot(keys, at);
    free_bytes(gone);
    keys->oldest = (keys->oldest + 1) % keys->max;
    keys->count--;
}

static bool add_slots(struct keys *keys)
{
    size_t count = 2 * keys->slot_count;
    struct keys_slot *slots = calloc(count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < keys->slot_count; i++) {
        size_t at = keys->slots[i].hash & (count - 1);
        while (keys->slots[i].entry != 0 && slots[at].entry != 0) {
            at = (at + 1) & (count - 1);
        }
        if (keys->slots[i].entry != 0) {
            slots[at] = keys->slots[i];
        }
    }
    free(keys->slots);
    keys->slots = slots;
    keys->slot_count = count;
    return true;
}

/* Room for one more key, in the ring and in the table. */
static bool make_room(struct keys *keys)
{
    if (keys->count == keys->max) {
        drop_oldest(keys);
    }
    return 2 * (size_t) keys->count < keys->slot_count || add_slots(keys);
}

bool keys_add(struct keys *keys, const struct keys_text *text, int64_t until_s, int64_t row)
{
    unsigned char *copy = text->len > KEYS_SHORT ? malloc(text->len) : NULL;
    if ((text->len > KEYS_SHORT && copy == NULL) || !make_room(keys)) {
        free(copy);
        return false;
    }
    uint32_t at = (keys->oldest + keys->count) % keys->max;
    struct keys_entry *entry = &keys->entries[at];
    *find_slot(keys, text) = (struct keys_slot){text->hash, at + 1};
    entry->len = (uint32_t) text->len;
    entry->hash = text->hash;
    entry->until_s = until_s;
    entry->row = row;
    if (copy != NULL) {
        entry->bytes.heap = copy;
    }
    memcpy(bytes_of(entry), text->bytes, text->len);
    keys->count++;
    return true;
}

struct keys_entry *keys_find(struct keys *keys, const struct keys_text *text)
{
    const struct keys_slot *slot = find_slot(keys, text);
    return slot->entry != 0 ? entry_of(keys, slot) : NULL;
}

/* ---- The whole ------------------------------------------------------------------------------- */

bool keys_init(struct keys *keys, uint32_t max)
{
    *keys = (struct keys){
        .slots = calloc(SLOTS_FIRST, sizeof(struct keys_slot)),
        .slot_count = SLOTS_FIRST,
        .entries = calloc(max, sizeof(struct keys_entry)),
        .max = max,
    };
    return keys->slots != NULL && keys->entries != NULL;
}

static void free_entries(struct keys *keys)
{
    for (uint32_t i = 0; i < keys->count; i++) {
        free_bytes(&keys->entries[(keys->oldest + i) % keys->max]);
    }
    keys->oldest = keys->count = 0;
}

void keys_clear(struct keys *keys)
{
    free_entries(keys);
    memset(keys->slots, 0, keys->slot_count * sizeof(struct keys_slot));
}

void keys_release(struct keys *keys)
{
    free_entries(keys);
    free(keys->slots);
    free(keys->entries);
    *keys = (struct keys){.max = keys->max};
}
