/* SPDX-License-Identifier: MIT
 *
 * See dispatch.h.
 */
#include "receiver/dispatch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "receiver/dispatch_lane.h"
#include "sender/transport.h"

#define STACK_BYTES ((size_t) 512 << 10) /* a thread's: the HTTP library resolves names on it */

/* ---- One receiver at a time ------------------------------------------------------------------ */

/* Beside the inbox lies a file whose bytes are locked, one for each endpoint: the system lets go
 * when the receiver ends, however it ends. */
static bool open_lock(struct dispatch *dispatch, const char *store, struct fail *fail)
{
    char path[4096];
    int length = snprintf(path, sizeof(path), "%s-lock", strchr(store, ':') + 1);
    if (length < 0 || (size_t) length >= sizeof(path)) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: the name is too long", store);
    }
    dispatch->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return dispatch->lock_fd >= 0 || fail_set(fail, EXIT_UNKNOWN, "%s: %s", path, strerror(errno));
}

bool dispatch_own(struct dispatch *dispatch, int64_t number)
{
    struct flock byte = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t) number, .l_len = 1};
    return fcntl(dispatch->lock_fd, F_OFD_SETLK, &byte) == 0;
}

/* ---- What the writer has done ---------------------------------------------------------------- */

static struct lane *lane_of(struct dispatch *dispatch, hg_str endpoint)
{
    for (size_t i = 0; i < dispatch->lane_count; i++) {
        const struct endpoint *own = dispatch->lanes[i].endpoint;
        if (own->name.len == endpoint.len &&
            strncmp(own->name.ptr, endpoint.ptr, endpoint.len) == 0) {
            return &dispatch->lanes[i];
        }
    }
    return NULL;
}

static void note_added(struct dispatch *dispatch, const struct delivery *delivery)
{
    struct lane *lane =
        delivery->queued && !delivery->duplicate ? lane_of(dispatch, delivery->endpoint) : NULL;
    if (lane == NULL) {
        return;
    }
    (void) pthread_mutex_lock(&lane->lock);
    if (lane->counts.waiting++ == 0) {
        lane->counts.oldest_ms = delivery->received_ms;
    }
    lane_wake(lane);
    (void) pthread_mutex_unlock(&lane->lock);
}

/* A settlement lies in its hand, which lies in its lane. */
static void note_settled(struct dispatch *dispatch, struct settlement *settlement)
{
    for (size_t i = 0; i < dispatch->lane_count; i++) {
        struct lane *lane = &dispatch->lanes[i];
        (void) pthread_mutex_lock(&lane->lock);
        for (size_t j = 0; lane->number == settlement->endpoint && j < HANDS_MAX; j++) {
            if (&lane->hands[j].settlement == settlement) {
                lane->hands[j].state = HAND_SETTLED;
                lane->counts.waiting -= settlement->state != SETTLED_LATER ? 1 : 0;
                lane_wake(lane);
            }
        }
        (void) pthread_mutex_unlock(&lane->lock);
    }
}

static void committed(void *context, struct delivery *const *batch, size_t count,
                      struct settlement *settled)
{
    struct dispatch *dispatch = context;
    for (size_t i = 0; i < count; i++) {
        note_added(dispatch, batch[i]);
    }
    while (settled != NULL) {
        struct settlement *next = settled->next; /* its hand may be used anew at once */
        note_settled(dispatch, settled);
        settled = next;
    }
}

/* ---- Starting -------------------------------------------------------------------------------- */

bool dispatch_wanted(const struct config *config)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (config->endpoints[i].target.kind != TARGET_NONE) {
            return true;
        }
    }
    return false;
}

static bool make_lanes(struct dispatch *dispatch, const struct config *config)
{
    size_t threads = 0;
    dispatch->lanes = calloc(config->endpoint_count, sizeof(*dispatch->lanes));
    for (size_t i = 0; dispatch->lanes != NULL && i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        if (endpoint->target.kind != TARGET_NONE) {
            if (!lane_init(&dispatch->lanes[dispatch->lane_count], dispatch, endpoint)) {
                return false;
            }
            dispatch->lane_count++;
            threads += (size_t) endpoint->target.concurrency;
        }
    }
    dispatch->workers = calloc(threads, sizeof(*dispatch->workers));
    return dispatch->lanes != NULL && dispatch->workers != NULL;
}

static bool start_worker(struct dispatch *dispatch, struct lane *lane)
{
    struct worker *worker = &dispatch->workers[dispatch->worker_count++];
    pthread_attr_t attributes;
    worker->lane = lane;
    worker->deliverer = deliverer_new(&dispatch->stop);
    if (worker->deliverer == NULL || pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void) pthread_attr_setstacksize(&attributes, STACK_BYTES);
    worker->started = pthread_create(&worker->thread, &attributes, lane_work, worker) == 0;
    (void) pthread_attr_destroy(&attributes);
    return worker->started;
}

static bool start_workers(struct dispatch *dispatch)
{
    for (size_t i = 0; i < dispatch->lane_count; i++) {
        struct lane *lane = &dispatch->lanes[i];
        for (int64_t j = 0; j < lane->endpoint->target.concurrency; j++) {
            if (!start_worker(dispatch, lane)) {
                return false;
            }
        }
    }
    return true;
}

struct dispatch *dispatch_open(const struct config *config, struct store *store,
                               struct writer *writer, struct log *log, struct fail *fail)
{
    struct dispatch *dispatch = calloc(1, sizeof(*dispatch));
    if (dispatch == NULL || !transport_init()) {
        free(dispatch);
        (void) fail_set(fail, EXIT_UNKNOWN, "handing on: out of memory");
        return NULL;
    }
    dispatch->writer = writer;
    dispatch->log = log;
    dispatch->lock_fd = -1;
    (void) pthread_mutex_init(&dispatch->queue_lock, NULL);
    dispatch->queue = store->ops->queue(store, fail);
    if (dispatch->queue != NULL && open_lock(dispatch, config->store, fail)) {
        bool made = make_lanes(dispatch, config);
        writer_watch(writer, (struct writer_hook){committed, dispatch});
        if (made && start_workers(dispatch)) {
            return dispatch;
        }
        (void) fail_set(fail, EXIT_UNKNOWN, "handing on: too little memory or too few threads");
    }
    dispatch_stop(dispatch);
    writer_watch(writer, (struct writer_hook){NULL, NULL});
    dispatch_free(dispatch);
    return NULL;
}

/* ---- Ending ---------------------------------------------------------------------------------- */

void dispatch_drain(struct dispatch *dispatch)
{
    if (dispatch == NULL) {
        return;
    }
    dispatch->draining = 1;
    for (size_t i = 0; i < dispatch->lane_count; i++) {
        struct lane *lane = &dispatch->lanes[i];
        (void) pthread_mutex_lock(&lane->lock);
        lane_wake(lane);
        (void) pthread_mutex_unlock(&lane->lock);
    }
}

bool dispatch_idle(struct dispatch *dispatch)
{
    bool idle = true;
    for (size_t i = 0; dispatch != NULL && i < dispatch->lane_count; i++) {
        struct lane *lane = &dispatch->lanes[i];
        (void) pthread_mutex_lock(&lane->lock);
        for (size_t j = 0; j < HANDS_MAX; j++) {
            enum hand_state state = lane->hands[j].state;
            idle = idle && state != HAND_TRYING && state != HAND_SETTLING;
        }
        (void) pthread_mutex_unlock(&lane->lock);
    }
    return idle;
}

void dispatch_stop(struct dispatch *dispatch)
{
    if (dispatch == NULL) {
        return;
    }
    dispatch->stop = 1;
    dispatch_drain(dispatch);
    for (size_t i = 0; i < dispatch->worker_count; i++) {
        struct worker *worker = &dispatch->workers[i];
        if (worker->started) {
            (void) pthread_join(worker->thread, NULL);
            worker->started = false;
        }
    }
}

void dispatch_free(struct dispatch *dispatch)
{
    if (dispatch == NULL) {
        return;
    }
    for (size_t i = 0; i < dispatch->worker_count; i++) {
        deliverer_free(dispatch->workers[i].deliverer);
        parcel_free(&dispatch->workers[i].parcel);
    }
    for (size_t i = 0; i < dispatch->lane_count; i++) {
        lane_release(&dispatch->lanes[i]);
    }
    free(dispatch->workers);
    free(dispatch->lanes);
    queue_close(dispatch->queue);
    if (dispatch->lock_fd >= 0) {
        (void) close(dispatch->lock_fd);
    }
    (void) pthread_mutex_destroy(&dispatch->queue_lock);
    transport_cleanup();
    free(dispatch);
}

bool dispatch_counts(struct dispatch *dispatch, const struct endpoint *endpoint,
                     struct deliver_counts *counts)
{
    struct lane *lane = dispatch != NULL ? lane_of(dispatch, endpoint->name) : NULL;
    if (lane == NULL) {
        return false;
    }
    (void) pthread_mutex_lock(&lane->lock);
    *counts = lane->counts;
    counts->waiting = counts->waiting > 0 ? counts->waiting : 0;
    counts->oldest_ms = counts->waiting > 0 ? counts->oldest_ms : 0;
    (void) pthread_mutex_unlock(&lane->lock);
    return true;
}
