/* SPDX-License-Identifier: MIT
 *
 * The store that forgets: for tests and for measuring.
 *
 * It keeps the keys of the last MEMORY_KEYS_MAX deliveries, so that duplicates are recognised, and
 * nothing else of them: nobody could read it.
 */
#include <stdlib.h>
#include <string.h>

#include "receiver/keys.h"
#include "receiver/store.h"

#define MEMORY_KEYS_MAX ((uint32_t) 1 << 20) /* 72 MiB of keys when full, less before */
#define MEMORY_NAMES_MAX ((size_t) 256)      /* endpoints, those from before a reload included */

struct name {
    char text[HG_VALUE_MAX];
    size_t len;
};

struct memory_store {
    struct store store;
    struct keys keys; /* their place is that of the endpoint's name in: */
    struct name names[MEMORY_NAMES_MAX];
    size_t name_count;
    size_t last; /* the name used last: most receivers have one endpoint */
    int64_t rows;
};

static bool is_named(const struct name *name, hg_str text)
{
    return name->len == text.len && memcmp(name->text, text.ptr, text.len) == 0;
}

/* Makes a name the last one used, with a new number. When there is no room for it, all keys are
 * forgotten with the names that they belong to. */
static bool add_name(struct memory_store *memory, hg_str text)
{
    if (text.len > sizeof(memory->names[0].text)) {
        return false;
    }
    if (memory->name_count == MEMORY_NAMES_MAX) {
        keys_clear(&memory->keys);
        memory->name_count = 0;
    }
    memory->last = memory->name_count++;
    struct name *name = &memory->names[memory->last];
    memcpy(name->text, text.ptr, text.len);
    name->len = text.len;
    return true;
}

static bool find_name(struct memory_store *memory, hg_str text)
{
    if (memory->name_count > 0 && is_named(&memory->names[memory->last], text)) {
        return true;
    }
    for (size_t i = 0; i < memory->name_count; i++) {
        if (is_named(&memory->names[i], text)) {
            memory->last = i;
            return true;
        }
    }
    return add_name(memory, text);
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
}

static bool memory_commit(struct store *store, struct delivery *const *batch, size_t count,
                          struct fail *fail)
{
    struct memory_store *memory = (struct memory_store *) store;
    for (size_t i = 0; i < count; i++) {
        struct keys_text key;
        batch[i]->row = 0;
        if (!find_name(memory, batch[i]->endpoint) ||
            !keys_text(&key, (int64_t) memory->last, batch[i]->key, batch[i]->key_len)) {
            return fail_set(fail, EXIT_UNKNOWN, "memory store: a name or key is too long");
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
    return &memory->store;
}
