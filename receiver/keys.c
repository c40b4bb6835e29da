/* SPDX-License-Identifier: MIT
 *
 * See keys.h.
 */
#include "receiver/keys.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LARGE_PAGE ((size_t) 2 << 20)    /* bytes */
#define SLOTS_FIRST ((uint32_t) 1 << 12) /* a power of two */

_Static_assert(sizeof(struct keys_entry) == 64, "an entry fills a cache line");

/* Only verified deliveries get here, so nobody without the secret can choose collisions. The factor
 * is 2^64 divided by the golden ratio, which spreads each bit over those above it. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 11400714819323198485U;
    return hash ^ hash >> 32;
}

static uint32_t hash_key(uint32_t place, const unsigned char *bytes, size_t len)
{
    uint64_t hash = (uint64_t) place << 32 | len, word;
    for (; len >= sizeof(word); len -= sizeof(word), bytes += sizeof(word)) {
        memcpy(&word, bytes, sizeof(word));
        hash = mix(hash, word);
    }
    if (len > 0) {
        word = 0;
        memcpy(&word, bytes, len);
        hash = mix(hash, word);
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

bool keys_text(struct keys_text *text, int64_t place, const void *key, size_t key_len)
{
    if (place < 0 || place > UINT32_MAX || key_len > STORE_KEY_MAX) {
        return false;
    }
    *text = (struct keys_text){
        .bytes = key,
        .len = (uint32_t) key_len,
        .place = (uint32_t) place,
        .hash = hash_key((uint32_t) place, key, key_len),
    };
    return true;
}

/* ---- Pages ----------------------------------------------------------------------------------- */

/* Zeroed memory that takes none until it is touched; NULL when there is no room. */
static void *map_pages(size_t size)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages != MAP_FAILED ? pages : NULL;
}

static void unmap_pages(void *pages, size_t size)
{
    if (pages != NULL) {
        (void) munmap(pages, size);
    }
}

/* ---- The ring -------------------------------------------------------------------------------- */

static const unsigned char *bytes_of(const struct keys_entry *entry)
{
    return entry->len > KEYS_SHORT ? entry->bytes.heap : entry->bytes.here;
}

static void free_bytes(struct keys_entry *entry)
{
    if (entry->len > KEYS_SHORT) {
        free(entry->bytes.heap);
    }
}

static bool is_entry_of(const struct keys_entry *entry, const struct keys_text *text)
{
    return entry->len == text->len && entry->place == text->place &&
           bytes_equal(bytes_of(entry), text->bytes, text->len);
}

static bool fill(struct keys_entry *entry, const struct keys_text *text)
{
    unsigned char *place = entry->bytes.here;
    if (text->len > KEYS_SHORT) {
        place = malloc(text->len);
        if (place == NULL) {
            return false;
        }
        entry->bytes.heap = place;
    }
    if (text->len > 0) {
        memcpy(place, text->bytes, text->len);
    }
    entry->place = text->place;
    entry->len = text->len;
    return true;
}

/* ---- The table ------------------------------------------------------------------------------- */

static size_t slots_size(uint32_t mask)
{
    return ((size_t) mask + 1) * sizeof(uint32_t);
}

static uint32_t *map_slots(uint32_t mask)
{
    uint32_t *slots = map_pages(slots_size(mask));
    if (slots != NULL && slots_size(mask) >= LARGE_PAGE) {
        (void) madvise(slots, slots_size(mask), MADV_HUGEPAGE); /* a wish */
    }
    return slots;
}

/* What the slot of an entry says. Its place in the table follows from the low bits of the hash. */
static uint32_t slot_text(const struct keys *keys, uint32_t hash, uint32_t entry)
{
    return (hash & ~keys->entry_mask) | (entry + 1);
}

static struct keys_entry *entry_at(const struct keys *keys, uint32_t slot)
{
    return &keys->entries[(slot & keys->entry_mask) - 1];
}

/* The slot of that key, or the free one where it belongs. */
static uint32_t *find_slot(const struct keys *keys, const struct keys_text *text)
{
    uint32_t at = text->hash & keys->slot_mask;
    while (keys->slots[at] != 0 && (((keys->slots[at] ^ text->hash) & ~keys->entry_mask) != 0 ||
                                    !is_entry_of(entry_at(keys, keys->slots[at]), text))) {
        at = (at + 1) & keys->slot_mask;
    }
    return &keys->slots[at];
}

static uint32_t hash_of(const struct keys_entry *entry)
{
    return hash_key(entry->place, bytes_of(entry), entry->len);
}

static uint32_t home_of(const struct keys *keys, const struct keys_entry *entry)
{
    return hash_of(entry) & keys->slot_mask;
}

/* Frees a slot; those behind it that had to give way to it move up. */
static void clear_slot(struct keys *keys, uint32_t hole)
{
    uint32_t *slots = keys->slots;
    uint32_t mask = keys->slot_mask;
    for (uint32_t at = (hole + 1) & mask; slots[at] != 0; at = (at + 1) & mask) {
        if (((at - home_of(keys, entry_at(keys, slots[at]))) & mask) >= ((at - hole) & mask)) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole] = 0;
}

static void drop_oldest(struct keys *keys)
{
    struct keys_entry *gone = &keys->entries[keys->oldest];
    uint32_t at = home_of(keys, gone);
    while ((keys->slots[at] & keys->entry_mask) != keys->oldest + 1) {
        at = (at + 1) & keys->slot_mask;
    }
    clear_slot(keys, at);
    free_bytes(gone);
    keys->oldest = (keys->oldest + 1) % keys->max;
    keys->count--;
}

/* The table has been replaced by an empty one: all keys of the ring find new slots. */
static void place_all(struct keys *keys)
{
    for (uint32_t i = 0; i < keys->count; i++) {
        uint32_t entry = (keys->oldest + i) % keys->max;
        uint32_t hash = hash_of(&keys->entries[entry]);
        uint32_t at = hash & keys->slot_mask;
        while (keys->slots[at] != 0) {
            at = (at + 1) & keys->slot_mask;
        }
        keys->slots[at] = slot_text(keys, hash, entry);
    }
}

/* At most half of the slots are taken. The table grows with the keys, so that few of them lie close
 * together. */
static bool add_slots(struct keys *keys)
{
    uint32_t mask = 2 * keys->slot_mask + 1;
    if (2 * keys->count <= keys->slot_mask) {
        return true;
    }
    uint32_t *slots = map_slots(mask);
    if (slots == NULL) {
        return false;
    }
    unmap_pages(keys->slots, slots_size(keys->slot_mask));
    keys->slots = slots;
    keys->slot_mask = mask;
    place_all(keys);
    return true;
}

bool keys_add(struct keys *keys, const struct keys_text *text, int64_t until_s, int64_t row)
{
    if (keys->count == keys->max) {
        drop_oldest(keys);
    }
    uint32_t at = (keys->oldest + keys->count) % keys->max;
    struct keys_entry *entry = &keys->entries[at];
    if (!add_slots(keys) || !fill(entry, text)) {
        return false;
    }
    *find_slot(keys, text) = slot_text(keys, text->hash, at);
    entry->until_s = until_s;
    entry->row = row;
    keys->count++;
    return true;
}

struct keys_entry *keys_find(struct keys *keys, const struct keys_text *text)
{
    uint32_t slot = *find_slot(keys, text);
    return slot != 0 ? entry_at(keys, slot) : NULL;
}

/* ---- The whole ------------------------------------------------------------------------------- */

static size_t entries_size(const struct keys *keys)
{
    return keys->max * sizeof(*keys->entries);
}

bool keys_init(struct keys *keys, uint32_t max)
{
    *keys = (struct keys){.max = max, .slot_mask = SLOTS_FIRST - 1};
    if (max == 0 || max > KEYS_MAX) {
        return false;
    }
    while (keys->entry_mask < max) {
        keys->entry_mask = 2 * keys->entry_mask + 1;
    }
    keys->slots = map_slots(keys->slot_mask);
    keys->entries = map_pages(entries_size(keys));
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
    memset(keys->slots, 0, slots_size(keys->slot_mask));
}

void keys_release(struct keys *keys)
{
    free_entries(keys);
    unmap_pages(keys->slots, slots_size(keys->slot_mask));
    unmap_pages(keys->entries, entries_size(keys));
    *keys = (struct keys){.max = keys->max};
}
