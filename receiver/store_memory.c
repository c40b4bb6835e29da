/* SPDX-License-Identifier: MIT
 *
 * The store that forgets: for tests and for measuring.
 *
 * It keeps the keys of MEMORY_KEYS_MAX deliveries, so that duplicates are recognised, and the last
 * MEMORY_KEPT deliveries.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "receiver/keys.h"
#include "receiver/store.h"

#define MEMORY_KEYS_MAX ((uint32_t) 1 << 20) /* about 120 MB of keys when full */
#define MEMORY_KEPT ((size_t) 32)            /* the last deliveries, 1 MiB each at worst */
#define MEMORY_BODY_MAX ((size_t) 1 << 20)   /* bytes kept of a body */

struct kept {
    int64_t row; /* 0: free */
    struct delivery delivery;
    struct buf text; /* endpoint, event, id, key label, body: one after the other */
    size_t body_at;
};

struct memory_store {
    struct store store;
    struct keys keys; /* their place is the endpoint's name and a NUL */
    int64_t rows;
    struct kept kept[MEMORY_KEPT];
};

static bool make_key(const struct delivery *delivery, struct keys_text *key)
{
    char place[HG_VALUE_MAX];
    hg_str name = delivery->endpoint;
    if (name.len >= sizeof(place)) {
        return false;
    }
    memcpy(place, name.ptr, name.len);
    place[name.len] = '\0';
    return keys_text(key, (hg_str){place, name.len + 1}, delivery->key, delivery->key_len);
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
                       const struct keys_text *key)
{
    struct keys_entry *known = keys_find(&memory->keys, key);
    delivery->duplicate = known != NULL && delivery->received_ms / 1000 <= known->until_s;
    if (delivery->duplicate) {
        delivery->row = known->row;
        return;
    }
    if (known != NULL) { /* expired: the key starts anew, at its old place in the queue */
        known->until_s = delivery->key_until_s;
        known->row = memory->rows + 1;
    } else if (!keys_add(&memory->keys, key, delivery->key_until_s, memory->rows + 1)) {
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
        struct keys_text key;
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
    for (size_t i = 0; i < MEMORY_KEPT; i++) {
        buf_free(&memory->kept[i].text);
    }
    keys_release(&memory->keys);
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
    if (!keys_init(&memory->keys, MEMORY_KEYS_MAX)) {
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
