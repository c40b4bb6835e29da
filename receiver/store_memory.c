/* SPDX-License-Identifier: MIT
 *
 * The store that forgets: for tests and for measuring.
 *
 * It keeps the keys of MEMORY_KEYS_MAX deliveries, so that duplicates are recognised, and the last
 * MEMORY_KEPT deliveries. Keys leave in the order in which they came: entries form a ring, which a
 * hash table with open addressing leads to. A slot of it has enough of the hash that a new key
 * costs one access to memory that is far from the last one; each more is 2 % of a request.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "receiver/store.h"

#define MEMORY_KEYS_MAX ((uint32_t) 1 << 20) /* about 110 MB of keys when full */
#define MEMORY_SLOTS                                                                               \
    ((size_t) 1 << 12)            /* at first; doubled when half are taken: a power of two         \
                                   */
#define MEMORY_KEPT ((size_t) 32) /* the last deliveries, 1 MiB each at worst */
#define MEMORY_BODY_MAX ((size_t) 1 << 20) /* bytes kept of a body */

struct entry {
    unsigned char *key; /* owned: the endpoint's name, a NUL, the key */
    uint32_t len;
    uint32_t hash;
    int64_t until_s;
    int64_t row;
};

struct slot {
    uint32_t hash;
    uint32_t entry; /* its number in the ring, plus 1; 0: free */
};

struct kept {
    int64_t row; /* 0: free */
    struct delivery delivery;
    struct buf text; /* endpoint, event, id, key label, body: one after the other */
    size_t body_at;
};

struct memory_store {
    struct store store;
    struct slot *slots;
    size_t slot_count;
    struct entry *entries; /* a ring of MEMORY_KEYS_MAX */
    uint32_t oldest, keys;
    int64_t rows;
    struct kept kept[MEMORY_KEPT];
};

struct full_key {
    unsigned char bytes[HG_VALUE_MAX + 1 + STORE_KEY_MAX + sizeof(uint64_t)];
    size_t len;
    uint32_t hash;
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

static bool make_key(const struct delivery *delivery, struct full_key *key)
{
    size_t name = delivery->endpoint.len;
    if (name > HG_VALUE_MAX || delivery->key_len > STORE_KEY_MAX) {
        return false;
    }
    memcpy(key->bytes, delivery->endpoint.ptr, name);
    key->bytes[name] = 0;
    memcpy(key->bytes + name + 1, delivery->key, delivery->key_len);
    key->len = name + 1 + delivery->key_len;
    memset(key->bytes + key->len, 0, sizeof(uint64_t)); /* the last word is a whole one */
    key->hash = hash_words(key->bytes, key->len);
    return true;
}

/* ---- Keys ------------------------------------------------------------------------------------ */

static struct entry *entry_of(struct memory_store *memory, const struct slot *slot)
{
    return &memory->entries[slot->entry - 1];
}

/* The slot of that key, or the free one where it belongs. */
static struct slot *find_slot(struct memory_store *memory, const struct full_key *key)
{
    size_t mask = memory->slot_count - 1;
    for (size_t at = key->hash & mask;; at = (at + 1) & mask) {
        struct slot *slot = &memory->slots[at];
        if (slot->entry == 0) {
            return slot;
        }
        if (slot->hash == key->hash && entry_of(memory, slot)->len == key->len &&
            bytes_equal(entry_of(memory, slot)->key, key->bytes, key->len)) {
            return slot;
        }
    }
}

/* Frees a slot; those behind it that had to give way to it move up. */
static void clear_slot(struct memory_store *memory, size_t hole)
{
    struct slot *slots = memory->slots;
    size_t mask = memory->slot_count - 1;
    for (size_t at = (hole + 1) & mask; slots[at].entry != 0; at = (at + 1) & mask) {
        if (((at - slots[at].hash) & mask) >= ((at - hole) & mask)) {
            slots[hole] = slots[at];
            hole = at;
        }
    }
    slots[hole].entry = 0;
}

static void drop_oldest(struct memory_store *memory)
{
    struct entry *gone = &memory->entries[memory->oldest];
    size_t mask = memory->slot_count - 1;
    size_t at = gone->hash & mask;
    while (memory->slots[at].entry != memory->oldest + 1) {
        at = (at + 1) & mask;
    }
    clear_slot(memory, at);
    free(gone->key);
    memory->oldest = (memory->oldest + 1) % MEMORY_KEYS_MAX;
    memory->keys--;
}

static bool add_slots(struct memory_store *memory)
{
    size_t count = 2 * memory->slot_count;
    struct slot *slots = calloc(count, sizeof(*slots));
    if (slots == NULL) {
        return false;
    }
    for (size_t i = 0; i < memory->slot_count; i++) {
        size_t at = memory->slots[i].hash & (count - 1);
        while (memory->slots[i].entry != 0 && slots[at].entry != 0) {
            at = (at + 1) & (count - 1);
        }
        if (memory->slots[i].entry != 0) {
            slots[at] = memory->slots[i];
        }
    }
    free(memory->slots);
    memory->slots = slots;
    memory->slot_count = count;
    return true;
}

/* Room for one more key, in the ring and in the table. */
static bool make_room(struct memory_store *memory)
{
    if (memory->keys == MEMORY_KEYS_MAX) {
        drop_oldest(memory);
    }
    return 2 * (size_t) memory->keys < memory->slot_count || add_slots(memory);
}

static bool add_key(struct memory_store *memory, const struct full_key *key,
                    const struct delivery *delivery)
{
    unsigned char *copy = malloc(key->len);
    if (copy == NULL || !make_room(memory)) {
        free(copy);
        return false;
    }
    uint32_t at = (memory->oldest + memory->keys) % MEMORY_KEYS_MAX;
    memcpy(copy, key->bytes, key->len);
    *find_slot(memory, key) = (struct slot){key->hash, at + 1};
    memory->entries[at] = (struct entry){copy, (uint32_t) key->len, key->hash,
                                         delivery->key_until_s, memory->rows + 1};
    memory->keys++;
    return true;
}

/* ---- Deliveries ------------------------------------------------------------------------------ */

static void keep(struct memory_store *memory, const struct delivery *delivery)
{
    struct kept *slot = &memory->kept[(size_t) delivery->row % MEMORY_KEPT];
    hg_str body = delivery->request->body;
    slot->row = 0;
    buf_clear(&slot->text);
    (void) buf_add_str(&slot->text, delivery->endpoint);
    (void) buf_add_str(&slot->text, delivery->event);
    (void) buf_add_str(&slot->text, delivery->id);
    (void) buf_add_str(&slot->text, delivery->key_label);
    slot->body_at = slot->text.len;
    if (buf_add(&slot->text, body.ptr, body.len < MEMORY_BODY_MAX ? body.len : MEMORY_BODY_MAX)) {
        memcpy(&slot->delivery, delivery, offsetof(struct delivery, key) + delivery->key_len);
        slot->row = delivery->row;
    }
}

static void commit_one(struct memory_store *memory, struct delivery *delivery,
                       const struct full_key *key)
{
    const struct slot *slot = find_slot(memory, key);
    struct entry *known = slot->entry != 0 ? entry_of(memory, slot) : NULL;
    delivery->duplicate = known != NULL && delivery->received_ms / 1000 <= known->until_s;
    if (delivery->duplicate) {
        delivery->row = known->row;
        return;
    }
    if (known != NULL) { /* expired: the key starts anew, at its old place in the queue */
        known->until_s = delivery->key_until_s;
        known->row = memory->rows + 1;
    } else if (!add_key(memory, key, delivery)) {
        return;
    }
    delivery->row = ++memory->rows;
    keep(memory, delivery);
}

static bool memory_commit(struct store *store, struct delivery *const *batch, size_t count,
                          struct fail *fail)
{
    struct memory_store *memory = (struct memory_store *) store;
    for (size_t i = 0; i < count; i++) {
        struct full_key key;
        batch[i]->row = 0;
        if (!make_key(batch[i], &key)) {
            return fail_set(fail, EXIT_UNKNOWN, "memory store: a key is too long");
        }
        commit_one(memory, batch[i], &key);
        if (batch[i]->row == 0) {
            return fail_set(fail, EXIT_UNKNOWN, "memory store: out of memory");
        }
    }
    return true;
}

static void memory_close(struct store *store)
{
    struct memory_store *memory = (struct memory_store *) store;
    for (uint32_t i = 0; memory->entries != NULL && i < memory->keys; i++) {
        free(memory->entries[(memory->oldest + i) % MEMORY_KEYS_MAX].key);
    }
    for (size_t i = 0; i < MEMORY_KEPT; i++) {
        buf_free(&memory->kept[i].text);
    }
    free(memory->slots);
    free(memory->entries);
    free(memory);
}

static const struct store_ops memory_ops = {
    .commit = memory_commit,
    .close = memory_close,
    .waits = false,
    .notice = "the store memory: keeps nothing: deliveries are lost when the receiver ends",
};

struct store *store_memory_open(struct fail *fail)
{
    struct memory_store *memory = calloc(1, sizeof(*memory));
    if (memory == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "memory store: out of memory");
        return NULL;
    }
    memory->slot_count = MEMORY_SLOTS;
    memory->slots = calloc(MEMORY_SLOTS, sizeof(struct slot));
    memory->entries = calloc(MEMORY_KEYS_MAX, sizeof(struct entry));
    if (memory->slots == NULL || memory->entries == NULL) {
        memory_close(&memory->store);
        (void) fail_set(fail, EXIT_UNKNOWN, "memory store: out of memory");
        return NULL;
    }
    memory->store.ops = &memory_ops;
    for (size_t i = 0; i < MEMORY_KEPT; i++) {
        buf_init(&memory->kept[i].text, MEMORY_BODY_MAX + 4 * (size_t) HG_VALUE_MAX);
    }
    return &memory->store;
}

static hg_str take(const char **at, size_t len)
{
    hg_str part = {*at, len};
    *at += len;
    return part;
}

bool store_memory_find(struct store *store, int64_t row, struct delivery *out, hg_str *body)
{
    struct memory_store *memory = (struct memory_store *) store;
    const struct kept *slot = &memory->kept[(size_t) row % MEMORY_KEPT];
    if (row < 1 || slot->row != row) {
        return false;
    }
    const char *at = slot->text.ptr;
    *out = slot->delivery;
    out->request = NULL;
    out->endpoint = take(&at, slot->delivery.endpoint.len);
    out->event = take(&at, slot->delivery.event.len);
    out->id = take(&at, slot->delivery.id.len);
    out->key_label = take(&at, slot->delivery.key_label.len);
    *body = take(&at, slot->text.len - slot->body_at);
    return true;
}
