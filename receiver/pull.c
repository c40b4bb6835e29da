/* SPDX-License-Identifier: MIT
 *
 * See pull.h.
 *
 * A thread for each attempt that may be made at once: it asks the cluster for one delivery, makes
 * the attempt and tells the cluster what came of it. So nothing lies here that nobody works on, and
 * what is held in memory is bounded by the number of threads. One more thread tells the cluster
 * every few seconds what is still being worked on, so that a long attempt is not taken for a dead
 * deliverer.
 */
#include "receiver/pull.h"

#include <signal.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/stop_flag.h"
#include "receiver/deliver.h"
#include "receiver/privileges.h"
#include "receiver/pull_admin.h"
#include "receiver/pull_consumer.h"
#include "receiver/pull_turn.h"
#include "receiver/stream_message.h"

#define FETCH_MS INT64_C(1000) /* a question waits so long for a delivery; bounds a quiet drain */
#define PAUSE_MS INT64_C(500)  /* after a question that failed: the cluster elects, or is away */
#define BEATS 3                /* signs of life within ack_wait_s */
#define DRAIN_LOOK_MS INT64_C(50)

struct worker {
    struct puller *puller;
    struct pull_lane *lane;
    struct deliverer *deliverer;
    natsSubscription *subscription;
    pthread_t thread;
    bool started;
    natsMsg *held; /* guarded by the puller's lock: what is worked on */
};

struct puller {
    struct stream_link link;
    struct log *log;
    int64_t beat_ms;
    sigset_t signals;
    struct stop_flag stop; /* attempts under way are broken off */
    pthread_t beat;
    bool beating;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool running; /* guarded: whoever opened us is ready, */
    bool ending;  /* guarded: nothing new is begun, */
    bool ended;   /* guarded: the beat ends too, */
    size_t alive; /* guarded: workers that have not ended */
    size_t worker_count;
    struct worker *workers;
    struct pull_lane *lanes; /* one for each endpoint with a target */
    struct pull_admin admin;
};

/* ---- Time and signs of life ------------------------------------------------------------------ */

/* Waits under the lock, until somebody wakes or the time has passed. */
static void wait_ms(struct puller *puller, int64_t ms)
{
    (void) clock_wait(&puller->wake, &puller->lock, clock_steady_ms() + ms);
}

static bool is_ending(struct puller *puller)
{
    (void) pthread_mutex_lock(&puller->lock);
    while (!puller->running && !puller->ending) {
        (void) pthread_cond_wait(&puller->wake, &puller->lock);
    }
    bool ending = puller->ending;
    (void) pthread_mutex_unlock(&puller->lock);
    return ending;
}

static void hold(struct worker *worker, natsMsg *message)
{
    (void) pthread_mutex_lock(&worker->puller->lock);
    worker->held = message;
    (void) pthread_mutex_unlock(&worker->puller->lock);
}

static void *beat_main(void *context)
{
    struct puller *puller = context;
    (void) pthread_mutex_lock(&puller->lock);
    int64_t next = clock_steady_ms() + puller->beat_ms;
    while (!puller->ended) {
        int64_t left = next - clock_steady_ms();
        if (left > 0) {
            wait_ms(puller, left);
            continue;
        }
        for (size_t i = 0; i < puller->worker_count; i++) {
            if (puller->workers[i].held != NULL) {
                (void) natsMsg_InProgress(puller->workers[i].held, NULL);
            }
        }
        next += puller->beat_ms;
    }
    (void) pthread_mutex_unlock(&puller->lock);
    return NULL;
}

/* ---- One delivery ---------------------------------------------------------------------------- */

static struct outcome attempt(struct worker *worker, struct turn *turn,
                              struct stream_delivery *read)
{
    turn->number = read->delivery.row > 0 ? read->delivery.row : turn->number;
    read->delivery.row = turn->number;
    hold(worker, turn->message);
    struct outcome outcome =
        deliver_attempt(worker->deliverer, &turn->endpoint->target, &read->delivery, turn->attempt);
    hold(worker, NULL);
    return outcome;
}

static void hand_on(struct worker *worker, natsMsg *message)
{
    struct pull_lane *lane = worker->lane;
    struct turn turn = {.link = &worker->puller->link,
                        .log = worker->puller->log,
                        .endpoint = lane->endpoint,
                        .message = message};
    struct stream_delivery read;
    struct outcome outcome = {
        .kind = OUTCOME_DEAD, .retry_after_s = -1, .text = "the message is not a delivery"};
    if (!turn_read(&turn)) {
        return;
    }
    atomic_fetch_add(&lane->in_hand, 1);
    if (stream_message_read(message, &read)) {
        outcome = attempt(worker, &turn, &read);
        stream_delivery_release(&read);
    }
    atomic_fetch_add(&lane->ends[turn_settle(&turn, &outcome)], 1);
    atomic_fetch_sub(&lane->in_hand, 1);
}

static void *worker_main(void *context)
{
    struct worker *worker = context;
    struct puller *puller = worker->puller;
    while (!is_ending(puller)) {
        natsMsgList list = {0};
        natsStatus status = natsSubscription_Fetch(&list, worker->subscription, 1, FETCH_MS, NULL);
        for (int i = 0; i < list.Count; i++) {
            hand_on(worker, list.Msgs[i]);
        }
        natsMsgList_Destroy(&list);
        if (status != NATS_OK && status != NATS_TIMEOUT) {
            (void) pthread_mutex_lock(&puller->lock);
            if (!puller->ending) {
                wait_ms(puller, PAUSE_MS);
            }
            (void) pthread_mutex_unlock(&puller->lock);
        }
    }
    (void) pthread_mutex_lock(&puller->lock);
    puller->alive--;
    (void) pthread_cond_broadcast(&puller->wake);
    (void) pthread_mutex_unlock(&puller->lock);
    return NULL;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static size_t count_workers(const struct config *config)
{
    size_t count = 0;
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct target *target = &config->endpoints[i].target;
        count += target->kind != TARGET_NONE ? (size_t) target->concurrency : 0;
    }
    return count;
}

static void block_signals(struct puller *puller)
{
    (void) sigemptyset(&puller->signals);
    (void) sigaddset(&puller->signals, SIGTERM);
    (void) sigaddset(&puller->signals, SIGINT);
    (void) pthread_sigmask(SIG_BLOCK, &puller->signals, NULL);
}

static bool start_worker(struct worker *worker, struct fail *fail)
{
    struct puller *puller = worker->puller;
    worker->deliverer = deliverer_new(&puller->stop);
    if (worker->deliverer == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    worker->subscription = consumer_subscribe(&puller->link, worker->lane->endpoint, fail);
    if (worker->subscription == NULL) {
        return false;
    }
    (void) pthread_mutex_lock(&puller->lock);
    puller->alive++;
    (void) pthread_mutex_unlock(&puller->lock);
    worker->started = pthread_create(&worker->thread, NULL, worker_main, worker) == 0;
    if (!worker->started) {
        (void) pthread_mutex_lock(&puller->lock);
        puller->alive--;
        (void) pthread_mutex_unlock(&puller->lock);
        return fail_set(fail, EXIT_UNKNOWN, "can't start a thread for an attempt");
    }
    return true;
}

static bool start_workers(struct puller *puller, const struct config *config, struct fail *fail)
{
    struct worker *worker = puller->workers;
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        if (endpoint->target.kind == TARGET_NONE) {
            continue;
        }
        if (!consumer_ensure(&puller->link, endpoint, config->nats.ack_wait_s, fail)) {
            return false;
        }
        struct pull_lane *lane = &puller->lanes[puller->admin.lane_count++];
        lane->endpoint = endpoint;
        for (int64_t j = 0; j < endpoint->target.concurrency; j++) {
            worker->puller = puller;
            worker->lane = lane;
            if (!start_worker(worker++, fail)) {
                return false;
            }
        }
    }
    puller->beating = pthread_create(&puller->beat, NULL, beat_main, puller) == 0;
    return puller->beating || fail_set(fail, EXIT_UNKNOWN, "can't start a thread");
}

/* While there is one thread: the library makes its own. */
static bool drop_privileges(const struct config *config, struct fail *fail)
{
    struct privileges privileges;
    return privileges_find(&privileges, config->user, config->group, fail) &&
           privileges_drop(&privileges, fail);
}

static struct puller *new_puller(const struct config *config, struct log *log)
{
    struct puller *puller = calloc(1, sizeof(*puller));
    size_t count = count_workers(config);
    struct worker *workers = calloc(count > 0 ? count : 1, sizeof(*workers));
    struct pull_lane *lanes = calloc(config->endpoint_count, sizeof(*lanes));
    if (puller == NULL || workers == NULL || lanes == NULL) {
        free(puller);
        free(workers);
        free(lanes);
        return NULL;
    }
    puller->log = log;
    puller->workers = workers;
    puller->lanes = puller->admin.lanes = lanes;
    puller->admin.link = &puller->link;
    puller->worker_count = count;
    puller->beat_ms = config->nats.ack_wait_s * 1000 / BEATS;
    (void) pthread_mutex_init(&puller->lock, NULL);
    clock_condition(&puller->wake);
    return puller;
}

struct puller *pull_open(const struct config *config, struct log *log, struct fail *fail)
{
    struct stream_address address;
    struct fail inner = {0};
    if (count_workers(config) == 0) {
        (void) fail_set(fail, EXIT_USAGE, "no endpoint has forward or exec: nothing to hand on");
        return NULL;
    }
    if (!stream_address_parse(config->store, &address, &inner)) {
        (void) fail_set(fail, EXIT_USAGE, "the store %s", inner.text);
        return NULL;
    }
    struct puller *puller = new_puller(config, log);
    if (puller == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return NULL;
    }
    block_signals(puller);
    if (!pull_admin_bind(&puller->admin, config, fail) || !drop_privileges(config, fail) ||
        !stream_link_open(&puller->link, &address, &config->nats, log, fail) ||
        !stream_find(&puller->link, fail) || !dead_ensure(&puller->link, &config->nats, fail) ||
        !start_workers(puller, config, fail) || !pull_admin_start(&puller->admin, log, fail)) {
        pull_close(puller);
        return NULL;
    }
    return puller;
}

const char *pull_admin_url(const struct puller *puller)
{
    const struct listeners *listeners = &puller->admin.listeners;
    return listeners->count > 0 ? listeners->list[0].url : NULL;
}

/* ---- Running and ending ---------------------------------------------------------------------- */

static void begin_end(struct puller *puller)
{
    atomic_store(&puller->admin.ending, true);
    (void) pthread_mutex_lock(&puller->lock);
    puller->ending = true;
    (void) pthread_cond_broadcast(&puller->wake);
    (void) pthread_mutex_unlock(&puller->lock);
}

static bool any_alive(struct puller *puller)
{
    (void) pthread_mutex_lock(&puller->lock);
    bool alive = puller->alive > 0;
    (void) pthread_mutex_unlock(&puller->lock);
    return alive;
}

void pull_run(struct puller *puller)
{
    int signal;
    struct timespec look = {.tv_nsec = DRAIN_LOOK_MS * 1000000};
    (void) pthread_mutex_lock(&puller->lock);
    puller->running = true;
    (void) pthread_cond_broadcast(&puller->wake);
    (void) pthread_mutex_unlock(&puller->lock);
    while (sigwait(&puller->signals, &signal) != 0) {
    }
    begin_end(puller);
    int64_t until = clock_steady_ms() + 1000 * PULL_DRAIN_S;
    while (any_alive(puller) && clock_steady_ms() < until) {
        if (sigtimedwait(&puller->signals, NULL, &look) > 0) {
            break; /* a second signal: now */
        }
    }
    stop_flag_set(&puller->stop);
}

void pull_close(struct puller *puller)
{
    if (puller == NULL) {
        return;
    }
    begin_end(puller);
    stop_flag_set(&puller->stop);
    for (size_t i = 0; i < puller->worker_count; i++) {
        struct worker *worker = &puller->workers[i];
        if (worker->started) {
            (void) pthread_join(worker->thread, NULL);
        }
        natsSubscription_Destroy(worker->subscription);
        deliverer_free(worker->deliverer);
    }
    if (puller->beating) {
        (void) pthread_mutex_lock(&puller->lock);
        puller->ended = true;
        (void) pthread_cond_broadcast(&puller->wake);
        (void) pthread_mutex_unlock(&puller->lock);
        (void) pthread_join(puller->beat, NULL);
    }
    pull_admin_close(&puller->admin);
    stream_link_close(&puller->link);
    (void) pthread_cond_destroy(&puller->wake);
    (void) pthread_mutex_destroy(&puller->lock);
    free(puller->workers);
    free(puller->lanes);
    free(puller);
}
