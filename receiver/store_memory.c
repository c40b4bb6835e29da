/* SPDX-License-Identifier: MIT
 *
 * The store that forgets: for tests and for measuring.
 *
 * It keeps the keys of MEMORY_KEYS_MAX deliveries, so that duplicates are recognised, and the last
 * MEMORY_KEPT deliveries. Keys leave in the order in which they came: a chained hash table whose
 * entries also form a queue.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "receiver/store.h"

#define MEMORY_KEYS_MAX ((size_t) 1 << 20) /* about 130 MB of keys when full */
#define MEMORY_BUCKETS ((size_t) 1 << 20)  /* one entry a bucket when full; a power of two */
#define MEMORY_KEPT ((size_t) 32)          /* the last deliveries, 1 MiB each at worst */
#define MEMORY_BODY_MAX ((size_t) 1 << 20) /* bytes kept of a body */

struct entry {
    struct entry *chain; /* next in its bucket */
    struct entry *younger;
    uint64_t hash;
    int64_t until_s;
    int64_t row;
    size_t len;
    unsigned char key[]; /* the endpoint's name, a NUL, the key */
};

struct kept {
    int64_t row; /* 0: free */
    struct delivery delivery;
    struct buf text; /* endpoint, event, id, key label, body: one after the other */
    size_t body_at;
};

struct memory_store {
    struct store store;
    struct entry **buckets;
    struct entry *oldest, *youngest;
    size_t keys;
    int64_t rows;
    struct kept kept[MEMORY_KEPT];
};

struct full_key {
    unsigned char bytes[HG_VALUE_MAX + 1 + STORE_KEY_MAX];
    size_t len;
    uint64_t hash;
};

/* FNV-1a. Only verified deliveries get here, so nobody without the secret can choose collisions. */
static uint64_t hash_bytes(const unsigned char *bytes, size_t len)
{
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < len; i++) {
        hash = (hash ^ bytes[i]) * 1099511628211U;
    }
    return hash ^ (hash >> 32);
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
    key->hash = hash_bytes(key->bytes, key->len);
    return true;
}

static struct entry **bucket_of(struct memory_store *memory, uint64_t hash)
{
    return &memory->buckets[hash & (MEMORY_BUCKETS - 1)];
}

static struct entry *find_entry(struct memory_store *memory, const struct full_key *key)
{
    struct entry *entry = *bucket_of(memory, key->hash);
    while (entry != NULL && (entry->hash != key->hash || entry->len != key->len ||
                             !bytes_equal(entry->key, key->bytes, key->len))) {
        entry = entry->chain;
    }
    return entry;
}

static void drop_oldest(struct memory_store *memory)
{
    struct entry *gone = memory->oldest;
    struct entry **at = bucket_of(memory, gone->hash);
    while (*at != gone) {
        at = &(*at)->chain;
    }
    *at = gone->chain;
    memory->oldest = gone->younger;
    memory->keys--;
    free(gone);
}

static bool add_entry(struct memory_store *memory, const struct full_key *key,
                      const struct delivery *delivery)
{
    struct entry *entry = malloc(sizeof(*entry) + key->len);
    if (entry == NULL) {
        return false;
    }
    if (memory->keys == MEMORY_KEYS_MAX) {
        drop_oldest(memory);
    }
    struct entry **bucket = bucket_of(memory, key->hash);
    entry->chain = *bucket;
    entry->younger = NULL;
    entry->hash = key->hash;
    entry->until_s = delivery->key_until_s;
    entry->row = memory->rows + 1;
    entry->len = key->len;
    memcpy(entry->key, key->bytes, key->len);
    *bucket = entry;
    if (memory->oldest == NULL) {
        memory->oldest = entry;
    } else {
        memory->youngest->younger = entry;
    }
    memory->youngest = entry;
    memory->keys++;
    return true;
}

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
                       const struct full_key *key, struct entry *known)
{
    delivery->duplicate = known != NULL && delivery->received_ms / 1000 <= known->until_s;
    if (delivery->duplicate) {
        delivery->row = known->row;
        return;
    }
    if (known != NULL) { /* expired: the key starts anew, at its old place in the queue */
        known->until_s = delivery->key_until_s;
        known->row = memory->rows + 1;
    } else if (!add_entry(memory, key, delivery)) {
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
        commit_one(memory, batch[i], &key, find_entry(memory, &key));
        if (batch[i]->row == 0) {
            return fail_set(fail, EXIT_UNKNOWN, "memory store: out of memory");
        }
    }
    return true;
}

static void memory_close(struct store *store)
{
    struct memory_store *memory = (struct memory_store *) store;
    while (memory->oldest != NULL) {
        drop_oldest(memory);
    }
    for (size_t i = 0; i < MEMORY_KEPT; i++) {
        buf_free(&memory->kept[i].text);
    }
    free(memory->buckets);
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
    if (memory != NULL) {
        memory->buckets = calloc(MEMORY_BUCKETS, sizeof(struct entry *));
    }
    if (memory == NULL || memory->buckets == NULL) {
        free(memory);
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
