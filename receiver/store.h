/* SPDX-License-Identifier: MIT
 *
 * Where verified deliveries are kept: one small interface, several stores behind it.
 *
 * A store takes a batch of deliveries and makes all of them durable at once (group commit), or
 * none. It is used by one thread at a time.
 */
#ifndef RECEIVER_STORE_H
#define RECEIVER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/fail.h"
#include "hookgauge.h"

#define STORE_KEY_MAX (8 + HG_VALUE_MAX) /* bytes: a time and the longest id or MAC */

/* One verified delivery on its way into the store; everything is borrowed for the call. */
struct delivery {
    hg_str endpoint;
    hg_str event;
    hg_str id;
    bool event_signed; /* false: the event (or the id) is only what the request claims */
    bool id_signed;
    hg_str key_label;
    int64_t received_ms; /* Unix milliseconds of the receiver's clock */
    int64_t stated_s;    /* the time the delivery states; 0 when it has none */
    int64_t key_until_s; /* a repeat received up to this second is a duplicate */
    bool queued;         /* it is to be handed on, in the same commit */
    const hg_request *request;
    /* answers, set by commit */
    bool duplicate;
    int64_t row; /* its number in the store; that of the first one for a duplicate */
    /* What a repeat of the same delivery has in common with it, per endpoint: the signed time (so
     * that the index grows in time order), then the signed id or the MAC. Last, since it is large
     * and of no use beyond its length: it need be neither cleared nor copied. */
    size_t key_len;
    unsigned char key[STORE_KEY_MAX];
};

/* What became of an attempt to hand a delivery on, on its way into the store. */
enum settled { SETTLED_LATER, SETTLED_DONE, SETTLED_DEAD };

#define SETTLED_TEXT_MAX ((size_t) 160) /* bytes, NUL included: a sentence for people */

struct settlement {
    struct settlement *next;
    int64_t endpoint; /* its number in the store */
    int64_t row;
    int64_t received_ms; /* of the delivery that was tried: tells it from another one of that
                            number, in a file that was put in its place; 0: it could not be read */
    enum settled state;
    int64_t attempts; /* made so far */
    int64_t tried_ms; /* when the last one began */
    int64_t due_ms;   /* SETTLED_LATER: when the next one is due */
    char text[SETTLED_TEXT_MAX];
};

/* How long deliveries are kept once nobody waits for them; 0: no rule. */
struct retention_rules {
    int64_t max_age_s;
    int64_t max_bytes; /* of the file in use, whatever in it */
};

struct store;
struct queue;

struct store_ops {
    /* Makes the batch durable and sets duplicate and row of each. false: nothing of the batch was
     * kept, the store may recover by itself. A key that occurs twice in a batch is a duplicate the
     * second time. count is at most STORE_BATCH_MAX. */
    bool (*commit)(struct store *store, struct delivery *const *batch, size_t count,
                   struct fail *fail);
    /* Instead of commit, for a store that has many deliveries under way at once; NULL: it has a
     * commit. Takes the batch, which must live, and returns; store->done is called for each of it,
     * on any thread. drain returns when all have come back. */
    void (*submit)(struct store *store, struct delivery *const *batch, size_t count);
    void (*drain)(struct store *store);
    /* Whether it would take a delivery now, whatever became of the last one; any thread. NULL: the
     * last commit tells. */
    bool (*ready)(struct store *store);
    void (*close)(struct store *store);
    /* What hands on; all NULL in a store that does not. */
    /* The list is written by the next commit, together with its batch, which may be empty; it is
     * borrowed until then and forgotten whether the commit succeeds or not. */
    void (*settle)(struct store *store, struct settlement *first);
    /* The reading side, for other threads. */
    struct queue *(*queue)(struct store *store, struct fail *fail);
    void (*retain)(struct store *store, const struct retention_rules *rules);
    /* One small step of what else is due, such as retention; true: call again at once. */
    bool (*tidy)(struct store *store, int64_t now_ms, struct fail *fail);
    bool waits;         /* a commit may take longer than a request should hold up others */
    const char *notice; /* what its user should be told at the start; NULL: nothing */
};

#define STORE_BATCH_MAX ((size_t) 1024) /* deliveries: bounds how long one commit takes */

struct store {
    const struct store_ops *ops;
    struct metrics *metrics; /* told of each commit; NULL: none */
    /* Set by the owner of a store with submit. kept: it is durable, and duplicate and row are set;
     * else fail says why. */
    void (*done)(void *context, struct delivery *delivery, bool kept, const struct fail *fail);
    void *context;
};

/* ops->commit, and its time is taken. */
bool store_commit(struct store *store, struct delivery *const *batch, size_t count,
                  struct fail *fail);

/* Whether a store can have that name; nothing is opened. EXIT_USAGE when not. */
bool store_check(const char *spec, struct fail *fail);

/* Opens "sqlite:PATH" (created when missing) or "memory:" (nats:// is opened by store_nats_open,
 * which needs to know the endpoints); NULL with *fail filled: EXIT_USAGE for another form or a file
 * that is not ours, EXIT_UNKNOWN for one that can't be written. */
struct store *store_open(const char *spec, struct fail *fail);
void store_close(struct store *store); /* NULL is allowed */

/* The stores behind it. */
struct store *store_sqlite_open(const char *path, struct fail *fail);
struct store *store_memory_open(struct fail *fail);

#endif
