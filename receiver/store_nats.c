/* SPDX-License-Identifier: MIT
 *
 * The store that is a JetStream stream: several machines keep each delivery before it is answered.
 *
 * A batch is published asynchronously, and then its acks are waited for. An ack whose sequence is
 * 0 is none: the server has seen the id but its message is still on the way to the others, so the
 * question is put again. When the connection is lost, or the deadline passes, the batch has failed;
 * what the cluster kept of it all the same is recognised by its id when the sender repeats it.
 */
#include "receiver/store_nats.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "receiver/stream_message.h"

#define COMMIT_MS INT64_C(5000)   /* for a batch: senders commonly wait 5 to 30 s for an answer */
#define AGAIN_MS INT64_C(20)      /* until an ack without a sequence is asked for again */
#define TWINS ((size_t) 2048)     /* places to find a batch's ids in: a power of two, half empty */
#define MAX_AGE_S INT64_C(604800) /* 7 days: a target may be down over a long weekend */
#define SCRATCH_MAX ((size_t) 1 << 16) /* bytes: a head of 16 KiB with every byte escaped */

enum slot_state {
    SLOT_NEW = 0,
    SLOT_WAITING,
    SLOT_ACKED,
    SLOT_AGAIN, /* to be published once more */
    SLOT_TWIN,  /* the same delivery as another of the batch */
    SLOT_FAILED
};

struct slot {
    const natsMsg *message; /* while it waits: what the ack comes back with */
    enum slot_state state;
    uint64_t sequence;
    bool duplicate;
    size_t twin;
};

struct nats_store {
    struct store store;
    struct stream_link link;
    jsCtx *js;
    struct buf scratch;
    uint16_t twins[TWINS]; /* index in the batch + 1 */
    pthread_mutex_t lock;
    pthread_cond_t answered;
    struct slot slots[STORE_BATCH_MAX]; /* guarded, */
    size_t count;                       /* guarded: 0 when no batch is under way, */
    size_t next;                        /* guarded: where the next ack is looked for first, */
    size_t waiting;                     /* guarded, */
    bool lost;                          /* guarded: the connection, since the batch began, */
    struct fail fail;                   /* guarded: the first of the batch */
};

/* ---- Acks: on a thread of the library's ------------------------------------------------------ */

/* Acks come in about the order of the messages. NULL: of a batch that has been given up. */
static struct slot *find_slot(struct nats_store *store, const natsMsg *message)
{
    for (size_t i = 0; i < store->count; i++) {
        size_t at = (store->next + i) % store->count;
        if (store->slots[at].message == message && store->slots[at].state == SLOT_WAITING) {
            store->next = at + 1;
            return &store->slots[at];
        }
    }
    return NULL;
}

static void fail_slot(struct nats_store *store, struct slot *slot, const char *why)
{
    slot->state = SLOT_FAILED;
    (void) fail_set(&store->fail, EXIT_UNKNOWN, "the stream %s: %s", store->link.name, why);
}

static void on_ack(jsCtx *js, natsMsg *message, jsPubAck *ack, jsPubAckErr *error, void *context)
{
    struct nats_store *store = context;
    (void) js;
    (void) pthread_mutex_lock(&store->lock);
    struct slot *slot = find_slot(store, message);
    if (slot != NULL) {
        if (error != NULL) {
            fail_slot(store, slot, error->ErrText);
        } else if (ack == NULL || ack->Sequence == 0) {
            slot->state = SLOT_AGAIN;
        } else {
            slot->state = SLOT_ACKED;
            slot->sequence = ack->Sequence;
            slot->duplicate = ack->Duplicate;
        }
        slot->message = NULL;
        if (--store->waiting == 0) {
            (void) pthread_cond_signal(&store->answered);
        }
    }
    (void) pthread_mutex_unlock(&store->lock);
    natsMsg_Destroy(message);
}

/* Acks that were on their way are lost with the connection. */
static void on_change(void *context)
{
    struct nats_store *store = context;
    (void) pthread_mutex_lock(&store->lock);
    store->lost = store->lost || !stream_link_up(&store->link);
    (void) pthread_cond_signal(&store->answered);
    (void) pthread_mutex_unlock(&store->lock);
}

/* ---- Twins ----------------------------------------------------------------------------------- */

static bool same_key(const struct delivery *a, const struct delivery *b)
{
    return a->key_len == b->key_len && a->endpoint.len == b->endpoint.len &&
           memcmp(a->key, b->key, a->key_len) == 0 &&
           memcmp(a->endpoint.ptr, b->endpoint.ptr, a->endpoint.len) == 0;
}

/* FNV-1a. Only verified deliveries get here, so nobody without the secret can choose collisions. */
static size_t hash_key(const struct delivery *delivery)
{
    uint64_t hash = 14695981039346656037U;
    for (size_t i = 0; i < delivery->key_len; i++) {
        hash = (hash ^ delivery->key[i]) * 1099511628211U;
    }
    return (size_t) (hash ^ (hash >> 32));
}

/* Marks each delivery that an earlier one of the batch repeats: published together, the second
 * would only be told that the first is on its way. */
static void mark_twins(struct nats_store *store, struct delivery *const *batch, size_t count)
{
    memset(store->twins, 0, sizeof(store->twins));
    for (size_t i = 0; i < count; i++) {
        size_t place = hash_key(batch[i]) % TWINS;
        while (store->twins[place] != 0 && !same_key(batch[store->twins[place] - 1], batch[i])) {
            place = (place + 1) % TWINS;
        }
        if (store->twins[place] != 0) {
            store->slots[i].state = SLOT_TWIN;
            store->slots[i].twin = (size_t) store->twins[place] - 1;
        } else {
            store->twins[place] = (uint16_t) (i + 1);
        }
    }
}

/* ---- A batch --------------------------------------------------------------------------------- */

static void begin(struct nats_store *store, struct delivery *const *batch, size_t count)
{
    (void) pthread_mutex_lock(&store->lock);
    memset(store->slots, 0, count * sizeof(store->slots[0]));
    store->count = count;
    store->next = store->waiting = 0;
    store->lost = false;
    store->fail = (struct fail){0};
    mark_twins(store, batch, count);
    (void) pthread_mutex_unlock(&store->lock);
}

static void publish_one(struct nats_store *store, struct slot *slot,
                        const struct delivery *delivery, jsPubOptions *options)
{
    natsMsg *message = stream_message_new(store->link.name, delivery, &store->scratch);
    (void) pthread_mutex_lock(&store->lock);
    slot->message = message;
    slot->state = SLOT_WAITING;
    store->waiting++;
    (void) pthread_mutex_unlock(&store->lock);
    natsStatus status =
        message != NULL ? js_PublishMsgAsync(store->js, &message, options) : NATS_NO_MEMORY;
    if (status == NATS_OK) {
        return; /* the library owns it until its ack, or until it is given up */
    }
    natsMsg_Destroy(message);
    (void) pthread_mutex_lock(&store->lock);
    fail_slot(store, slot, stream_reason(status));
    slot->message = NULL;
    store->waiting--;
    (void) pthread_mutex_unlock(&store->lock);
}

/* Publishes what is new or due again. */
static void publish(struct nats_store *store, struct delivery *const *batch, size_t count)
{
    jsPubOptions options;
    (void) jsPubOptions_Init(&options);
    options.ExpectStream = store->link.name;
    for (size_t i = 0; i < count; i++) {
        struct slot *slot = &store->slots[i]; /* only waiting ones change under our feet */
        if (slot->state == SLOT_NEW || slot->state == SLOT_AGAIN) {
            publish_one(store, slot, batch[i], &options);
        }
    }
}

static void wait_acks(struct nats_store *store, const struct timespec *until)
{
    int error = 0;
    (void) pthread_mutex_lock(&store->lock);
    while (store->waiting > 0 && error == 0 && !store->lost) {
        error = pthread_cond_timedwait(&store->answered, &store->lock, until);
    }
    if (store->waiting > 0) {
        (void) fail_set(&store->fail, EXIT_UNKNOWN, "the stream %s: %s", store->link.name,
                        error != 0 ? "no ack in time" : "the connection was lost");
    }
    (void) pthread_mutex_unlock(&store->lock);
}

/* Gives up what is not answered: the library must not hold on to it. An ack that comes after that
 * finds no slot. */
static void end(struct nats_store *store)
{
    natsMsgList pending = {0};
    (void) pthread_mutex_lock(&store->lock);
    bool waiting = store->waiting > 0;
    store->count = 0;
    (void) pthread_mutex_unlock(&store->lock);
    if (waiting && js_PublishAsyncGetPendingList(&pending, store->js) == NATS_OK) {
        natsMsgList_Destroy(&pending);
    }
}

static void fill_answers(struct nats_store *store, struct delivery *const *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct slot *slot = &store->slots[i];
        bool twin = slot->state == SLOT_TWIN;
        batch[i]->duplicate = twin || slot->duplicate;
        batch[i]->row = (int64_t) (twin ? &store->slots[slot->twin] : slot)->sequence;
    }
}

static struct timespec after(int64_t ms)
{
    struct timespec until;
    (void) clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += (time_t) (ms / 1000);
    until.tv_nsec += (long) (ms % 1000) * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    return until;
}

static bool past(const struct timespec *until)
{
    struct timespec now;
    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec > until->tv_sec ||
           (now.tv_sec == until->tv_sec && now.tv_nsec >= until->tv_nsec);
}

static bool any_again(const struct nats_store *store, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (store->slots[i].state == SLOT_AGAIN) {
            return true;
        }
    }
    return false;
}

/* Publishes until every delivery has its ack; store->fail says why not. */
static void publish_all(struct nats_store *store, struct delivery *const *batch, size_t count)
{
    struct timespec until = after(COMMIT_MS);
    while (true) {
        publish(store, batch, count);
        wait_acks(store, &until);
        if (store->fail.exit_code != 0 || !any_again(store, count)) {
            return;
        }
        if (past(&until)) {
            (void) fail_set(&store->fail, EXIT_UNKNOWN, "the stream %s: no ack with a sequence",
                            store->link.name);
            return;
        }
        nats_Sleep(AGAIN_MS);
    }
}

static bool commit(struct store *base, struct delivery *const *batch, size_t count,
                   struct fail *fail)
{
    struct nats_store *store = (struct nats_store *) base;
    begin(store, batch, count);
    if (stream_link_up(&store->link)) {
        publish_all(store, batch, count);
    } else {
        (void) fail_set(&store->fail, EXIT_UNKNOWN, "the stream %s: no server can be reached",
                        store->link.name);
    }
    end(store);
    if (store->fail.exit_code != 0) {
        *fail = store->fail;
        return false;
    }
    fill_answers(store, batch, count);
    return true;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static void close_store(struct store *base)
{
    struct nats_store *store = (struct nats_store *) base;
    jsCtx_Destroy(store->js);
    stream_link_close(&store->link);
    (void) pthread_cond_destroy(&store->answered);
    (void) pthread_mutex_destroy(&store->lock);
    buf_free(&store->scratch);
    free(store);
}

static const struct store_ops several = {.commit = commit, .close = close_store, .waits = true};
static const struct store_ops single = {
    .commit = commit,
    .close = close_store,
    .waits = true,
    .notice = "the stream has one copy: what it holds is lost with that server's disk"};

/* A body and its head must fit into a message, or every large delivery would be answered 503. */
static bool check_payload(struct nats_store *store, int64_t needed, int64_t max_body,
                          struct fail *fail)
{
    int64_t most = natsConnection_GetMaxPayload(store->link.connection);
    return most >= needed ||
           fail_set(fail, EXIT_USAGE,
                    "the server takes messages of at most %lld bytes, and bodies of "
                    "limits.max_body %lld need %lld: set it to at most %lld, or raise the "
                    "server's max_payload",
                    (long long) most, (long long) max_body, (long long) needed,
                    (long long) (most - needed + max_body));
}

static bool open_context(struct nats_store *store, struct fail *fail)
{
    jsOptions options;
    natsStatus status = jsOptions_Init(&options);
    options.PublishAsync.AckHandler = on_ack;
    options.PublishAsync.AckHandlerClosure = store;
    if (status == NATS_OK) {
        status = natsConnection_JetStream(&store->js, store->link.connection, &options);
    }
    return status == NATS_OK || fail_set(fail, EXIT_UNKNOWN, "the stream %s: %s", store->link.name,
                                         stream_reason(status));
}

static struct stream_needs needs_of(const struct config *config, const char *name)
{
    const struct stream_options *options = &config->nats;
    struct stream_needs needs = {.name = name,
                                 .replicas = options->replicas,
                                 .max_bytes = options->max_bytes,
                                 .message = stream_message_max(config->limits.max_body)};
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (config->endpoints[i].dedup_s > needs.dedup_s) {
            needs.dedup_s = config->endpoints[i].dedup_s;
        }
    }
    needs.least_age_s = options->max_age_s > needs.dedup_s ? options->max_age_s : needs.dedup_s;
    needs.max_age_s = options->max_age_s > 0 ? options->max_age_s : MAX_AGE_S;
    if (needs.max_age_s < needs.dedup_s) {
        needs.max_age_s = needs.dedup_s;
    }
    return needs;
}

struct store *store_nats_open(const struct config *config, struct log *log, struct fail *fail)
{
    struct stream_address address;
    pthread_condattr_t monotonic;
    struct nats_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return NULL;
    }
    store->store.ops = config->nats.replicas > 1 ? &several : &single;
    store->link.changed = on_change;
    store->link.context = store;
    buf_init(&store->scratch, SCRATCH_MAX);
    (void) pthread_mutex_init(&store->lock, NULL);
    (void) pthread_condattr_init(&monotonic);
    (void) pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    (void) pthread_cond_init(&store->answered, &monotonic);
    (void) pthread_condattr_destroy(&monotonic);
    bool done = stream_address_parse(config->store, &address, fail) &&
                stream_link_open(&store->link, &address, &config->nats, log, fail);
    if (done) {
        struct stream_needs needs = needs_of(config, store->link.name);
        done = check_payload(store, needs.message, config->limits.max_body, fail) &&
               stream_ensure(&store->link, &needs, fail) && open_context(store, fail);
    }
    if (!done) {
        close_store(&store->store);
        return NULL;
    }
    return &store->store;
}
