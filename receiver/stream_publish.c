/* SPDX-License-Identifier: MIT
 *
 * See stream_publish.h.
 *
 * Deliveries are published asynchronously, as many at once as requests wait, and each is done when
 * its ack comes. An ack whose sequence is 0 is none: the server has seen the id, but that message
 * is still on its way to the other servers, so the same is published again a little later. When the
 * connection is lost, or the oldest has waited too long, all that is under way has failed; what the
 * cluster kept of it all the same is recognised by its id when the sender repeats it.
 */
#include "receiver/stream_publish.h"

#include <stdlib.h>

#include "base/clock.h"
#include "receiver/stream_flights.h"

#define ACK_MS                                                                                     \
    INT64_C(5000) /* to wait for an ack: senders commonly wait 5 to 30 s for an answer             \
                   */
#define PROBE_MS INT64_C(1000)         /* between two looks whether the stream is there again */
#define AGAIN_MS INT64_C(20)           /* until an ack without a sequence is asked for again */
#define SCRATCH_MAX ((size_t) 1 << 16) /* bytes: a head of 16 KiB with every byte escaped */

struct publisher {
    struct stream_link *link;
    publisher_done *done;
    void *context;
    jsCtx *js;
    pthread_t watcher;
    bool watched;
    struct buf scratch;       /* the writer's */
    struct buf watch_scratch; /* the watcher's */
    /* Held while a message is handed to the library and while all are taken away from it: it reads
     * a message that it has registered already. */
    pthread_mutex_t publishing;
    pthread_mutex_t lock;
    pthread_cond_t watch;   /* something to do for the watcher */
    pthread_cond_t empty;   /* under_way is 0 */
    size_t under_way;       /* guarded by lock: handed over, and `done` has not returned yet, */
    struct flights flights; /* guarded, */
    size_t again;           /* guarded: how many are to be published again, */
    bool lost;              /* guarded: the connection, since the watcher last looked, */
    bool idle;              /* guarded: the watcher waits for a first flight, */
    bool failing;           /* guarded: the last one was not kept, */
    bool stop;              /* guarded */
};

/* ---- Answers --------------------------------------------------------------------------------- */

static void give_back(struct publisher *publisher, struct flight *flight, const char *why)
{
    struct fail fail = {0};
    struct delivery *delivery = flight->delivery;
    free(flight);
    (void) pthread_mutex_lock(&publisher->lock);
    publisher->failing = why != NULL;
    (void) pthread_mutex_unlock(&publisher->lock);
    if (why != NULL) {
        (void) fail_set(&fail, EXIT_UNKNOWN, "the stream %s: %s", publisher->link->name, why);
    }
    publisher->done(publisher->context, delivery, why == NULL, &fail);
    (void) pthread_mutex_lock(&publisher->lock);
    if (--publisher->under_way == 0) {
        (void) pthread_cond_broadcast(&publisher->empty);
    }
    (void) pthread_mutex_unlock(&publisher->lock);
}

/* On a thread of the library's. */
static void on_ack(jsCtx *js, natsMsg *message, jsPubAck *ack, jsPubAckErr *error, void *context)
{
    struct publisher *publisher = context;
    (void) js;
    (void) pthread_mutex_lock(&publisher->lock);
    struct flight *flight = flights_answered(&publisher->flights, message);
    if (flight != NULL && error == NULL && ack->Sequence == 0) {
        flight->again_ms = clock_steady_ms() + AGAIN_MS;
        publisher->again++;
        (void) pthread_cond_signal(&publisher->watch);
        flight = NULL;
    } else if (flight != NULL) {
        flights_remove(&publisher->flights, flight);
    }
    (void) pthread_mutex_unlock(&publisher->lock);
    natsMsg_Destroy(message);
    if (flight == NULL) {
        return;
    }
    if (error == NULL) {
        flight->delivery->duplicate = ack->Duplicate;
        flight->delivery->row = (int64_t) ack->Sequence;
    }
    give_back(publisher, flight, error != NULL ? error->ErrText : NULL);
}

void publisher_lost(struct publisher *publisher)
{
    (void) pthread_mutex_lock(&publisher->lock);
    publisher->lost = true;
    (void) pthread_cond_signal(&publisher->watch);
    (void) pthread_mutex_unlock(&publisher->lock);
}

/* ---- Publishing ------------------------------------------------------------------------------ */

/* Hands one to the library, under `publishing`. NULL: it is on its way, and may be gone by now;
 * else why not. */
static const char *publish(struct publisher *publisher, struct flight *flight, struct buf *scratch)
{
    jsPubOptions options;
    if (!stream_link_up(publisher->link)) {
        return "no server can be reached";
    }
    natsMsg *message = stream_message_new(publisher->link->name, flight->delivery, scratch);
    natsMsg *left = message;
    if (message == NULL) {
        return "out of memory";
    }
    (void) jsPubOptions_Init(&options);
    options.ExpectStream = publisher->link->name;
    (void) pthread_mutex_lock(&publisher->lock);
    flights_await(&publisher->flights, flight, message);
    (void) pthread_mutex_unlock(&publisher->lock);
    natsStatus status = js_PublishMsgAsync(publisher->js, &left, &options);
    if (status == NATS_OK) {
        return NULL;
    }
    (void) pthread_mutex_lock(&publisher->lock);
    flight = flights_answered(&publisher->flights, message);
    (void) pthread_mutex_unlock(&publisher->lock);
    natsMsg_Destroy(left);
    return flight != NULL ? stream_reason(status) : NULL;
}

static void submit_one(struct publisher *publisher, struct delivery *delivery)
{
    static const struct fail no_memory = {EXIT_UNKNOWN, "out of memory"};
    struct flight *flight = calloc(1, sizeof(*flight));
    if (flight == NULL) {
        publisher->done(publisher->context, delivery, false, &no_memory);
        return;
    }
    flight->delivery = delivery;
    flight->deadline_ms = clock_steady_ms() + ACK_MS;
    (void) pthread_mutex_lock(&publisher->publishing);
    (void) pthread_mutex_lock(&publisher->lock);
    flights_add(&publisher->flights, flight);
    publisher->under_way++;
    if (publisher->idle) {
        (void) pthread_cond_signal(&publisher->watch);
    }
    (void) pthread_mutex_unlock(&publisher->lock);
    const char *why = publish(publisher, flight, &publisher->scratch);
    if (why != NULL) {
        (void) pthread_mutex_lock(&publisher->lock);
        flights_remove(&publisher->flights, flight);
        (void) pthread_mutex_unlock(&publisher->lock);
    }
    (void) pthread_mutex_unlock(&publisher->publishing);
    if (why != NULL) {
        give_back(publisher, flight, why);
    }
}

void publisher_submit(struct publisher *publisher, struct delivery *const *batch, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        submit_one(publisher, batch[i]);
    }
}

bool publisher_ready(struct publisher *publisher)
{
    (void) pthread_mutex_lock(&publisher->lock);
    bool failing = publisher->failing;
    (void) pthread_mutex_unlock(&publisher->lock);
    return !failing && stream_link_up(publisher->link);
}

void publisher_drain(struct publisher *publisher)
{
    (void) pthread_mutex_lock(&publisher->lock);
    while (publisher->under_way > 0) { /* the watcher gives up what waits too long */
        (void) pthread_cond_wait(&publisher->empty, &publisher->lock);
    }
    (void) pthread_mutex_unlock(&publisher->lock);
}

/* ---- The watcher's thread -------------------------------------------------------------------- */

/* Everything under way has failed; the library must not hold on to it. An ack that comes after
 * that finds no flight. */
static void give_up(struct publisher *publisher)
{
    natsMsgList pending = {0};
    (void) pthread_mutex_lock(&publisher->publishing);
    (void) pthread_mutex_lock(&publisher->lock);
    const char *why = publisher->lost ? "the connection was lost" : "no ack in time";
    struct flight *list = flights_take(&publisher->flights);
    publisher->again = 0;
    publisher->lost = false;
    (void) pthread_mutex_unlock(&publisher->lock);
    if (js_PublishAsyncGetPendingList(&pending, publisher->js) == NATS_OK) {
        natsMsgList_Destroy(&pending);
    }
    (void) pthread_mutex_unlock(&publisher->publishing);
    while (list != NULL) {
        struct flight *flight = list;
        list = flight->after;
        give_back(publisher, flight, why);
    }
}

/* One whose ack had no sequence, and whose time has come; NULL: none. */
static struct flight *due_again(struct publisher *publisher)
{
    struct flight *found = NULL;
    (void) pthread_mutex_lock(&publisher->lock);
    if (publisher->again > 0) {
        int64_t now = clock_steady_ms();
        for (found = publisher->flights.oldest; found != NULL; found = found->after) {
            if (found->message == NULL && found->again_ms <= now) {
                publisher->again--;
                break;
            }
        }
    }
    (void) pthread_mutex_unlock(&publisher->lock);
    return found;
}

static void publish_again(struct publisher *publisher)
{
    struct flight *flight;
    (void) pthread_mutex_lock(&publisher->publishing);
    while ((flight = due_again(publisher)) != NULL) {
        const char *why = publish(publisher, flight, &publisher->watch_scratch);
        if (why != NULL) {
            (void) pthread_mutex_lock(&publisher->lock);
            flights_remove(&publisher->flights, flight);
            (void) pthread_mutex_unlock(&publisher->lock);
            give_back(publisher, flight, why);
        }
    }
    (void) pthread_mutex_unlock(&publisher->publishing);
}

static void wait_until(struct publisher *publisher, int64_t ms)
{
    (void) clock_wait(&publisher->watch, &publisher->lock, ms);
}

/* After a failure, and while nobody tries: a balancer that asks whether we are ready sends nothing
 * until we say so. Under the lock, which is given up meanwhile. */
static void probe(struct publisher *publisher)
{
    jsOptions options;
    jsErrCode code = 0;
    jsStreamInfo *info = NULL;
    if (publisher->stop || publisher->flights.oldest != NULL) {
        return;
    }
    (void) pthread_mutex_unlock(&publisher->lock);
    natsStatus status = jsOptions_Init(&options);
    options.Wait = PROBE_MS;
    if (status == NATS_OK) { /* the stream's leader answers, so there is one */
        status =
            js_GetStreamInfo(&info, publisher->link->js, publisher->link->name, &options, &code);
    }
    jsStreamInfo_Destroy(info);
    (void) pthread_mutex_lock(&publisher->lock);
    publisher->failing = publisher->failing && status != NATS_OK;
}

static void *watch_main(void *context)
{
    struct publisher *publisher = context;
    (void) pthread_mutex_lock(&publisher->lock);
    while (!publisher->stop) {
        bool overdue = publisher->flights.oldest != NULL &&
                       publisher->flights.oldest->deadline_ms <= clock_steady_ms();
        if (publisher->lost || overdue) {
            (void) pthread_mutex_unlock(&publisher->lock);
            give_up(publisher);
            (void) pthread_mutex_lock(&publisher->lock);
        } else if (publisher->again > 0) {
            wait_until(publisher, clock_steady_ms() + AGAIN_MS);
            (void) pthread_mutex_unlock(&publisher->lock);
            publish_again(publisher);
            (void) pthread_mutex_lock(&publisher->lock);
        } else if (publisher->flights.oldest != NULL) {
            wait_until(publisher, publisher->flights.oldest->deadline_ms);
        } else if (publisher->failing) {
            wait_until(publisher, clock_steady_ms() + PROBE_MS);
            probe(publisher);
        } else {
            publisher->idle = true;
            (void) pthread_cond_wait(&publisher->watch, &publisher->lock);
            publisher->idle = false;
        }
    }
    (void) pthread_mutex_unlock(&publisher->lock);
    return NULL;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static bool open_context(struct publisher *publisher, struct fail *fail)
{
    jsOptions options;
    natsStatus status = jsOptions_Init(&options);
    options.PublishAsync.AckHandler = on_ack;
    options.PublishAsync.AckHandlerClosure = publisher;
    if (status == NATS_OK) {
        status = natsConnection_JetStream(&publisher->js, publisher->link->connection, &options);
    }
    if (status != NATS_OK) {
        return fail_set(fail, EXIT_UNKNOWN, "the stream %s: %s", publisher->link->name,
                        stream_reason(status));
    }
    publisher->watched = pthread_create(&publisher->watcher, NULL, watch_main, publisher) == 0;
    return publisher->watched ||
           fail_set(fail, EXIT_UNKNOWN, "can't start a thread for the stream");
}

static void init_locks(struct publisher *publisher)
{
    (void) pthread_mutex_init(&publisher->publishing, NULL);
    (void) pthread_mutex_init(&publisher->lock, NULL);
    clock_condition(&publisher->watch);
    (void) pthread_cond_init(&publisher->empty, NULL);
}

struct publisher *publisher_open(struct stream_link *link, publisher_done *done, void *context,
                                 struct fail *fail)
{
    struct publisher *publisher = calloc(1, sizeof(*publisher));
    if (publisher == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return NULL;
    }
    publisher->link = link;
    publisher->done = done;
    publisher->context = context;
    buf_init(&publisher->scratch, SCRATCH_MAX);
    buf_init(&publisher->watch_scratch, SCRATCH_MAX);
    init_locks(publisher);
    if (!open_context(publisher, fail)) {
        publisher_close(publisher);
        return NULL;
    }
    return publisher;
}

void publisher_close(struct publisher *publisher)
{
    if (publisher == NULL) {
        return;
    }
    if (publisher->watched) {
        (void) pthread_mutex_lock(&publisher->lock);
        publisher->stop = true;
        (void) pthread_cond_signal(&publisher->watch);
        (void) pthread_mutex_unlock(&publisher->lock);
        (void) pthread_join(publisher->watcher, NULL);
    }
    jsCtx_Destroy(publisher->js);
    (void) pthread_cond_destroy(&publisher->watch);
    (void) pthread_cond_destroy(&publisher->empty);
    (void) pthread_mutex_destroy(&publisher->lock);
    (void) pthread_mutex_destroy(&publisher->publishing);
    buf_free(&publisher->scratch);
    buf_free(&publisher->watch_scratch);
    free(publisher);
}
