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

static bool set_lock(const struct dispatch *dispatch, int64_t number, short type)
{
    struct flock byte = {
        .l_type = type, .l_whence = SEEK_SET, .l_start = (off_t) number, .l_len = 1};
    return fcntl(dispatch->lock_fd, F_OFD_SETLK, &byte) == 0;
}

bool dispatch_own(struct dispatch *dispatch, int64_t number)
{
    return set_lock(dispatch, number, F_WRLCK);
}

/* With the lock. Whether a lane has, or may be about to take, what an ended one had. */
static bool is_held(struct dispatch *dispatch, const struct lane *ended, int64_t number)
{
    for (struct lane *lane = dispatch->lanes; lane != NULL; lane = lane->next) {
        int64_t other;
        if (!lane_ended(lane, &other) &&
            (other == number || strcmp(lane->endpoint, ended->endpoint) == 0)) {
            return true;
        }
    }
    return false;
}

/* With the lock. Else the deliveries of an endpoint that a reload has taken away would wait until
 * this receiver ends, whoever else there is to hand them on. */
static void disown_ended(struct dispatch *dispatch)
{
    for (struct lane *lane = dispatch->lanes; lane != NULL; lane = lane->next) {
        int64_t number;
        if (lane->retired && lane_ended(lane, &number) && number != 0 &&
            !is_held(dispatch, lane, number)) {
            (void) set_lock(dispatch, number, F_UNLCK);
            lane_forget(lane);
        }
    }
}

void dispatch_disown(struct dispatch *dispatch)
{
    (void) pthread_mutex_lock(&dispatch->lock);
    disown_ended(dispatch);
    (void) pthread_mutex_unlock(&dispatch->lock);
}

/* ---- What the writer has done ---------------------------------------------------------------- */

static void note_added(struct dispatch *dispatch, const struct delivery *delivery)
{
    struct lane *lane = delivery->queued && !delivery->duplicate
                            ? dispatch_lane(dispatch, delivery->endpoint)
                            : NULL;
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

/* A settlement lies in its hand, which lies in its lane. The endpoint's number would not do to tell
 * whose it is: it is another one after the file has been moved away. */
static void note_settled(struct dispatch *dispatch, const struct settlement *settlement)
{
    for (struct lane *lane = dispatch->lanes; lane != NULL; lane = lane->next) {
        (void) pthread_mutex_lock(&lane->lock);
        struct hand *hand = lane_hand(lane, settlement);
        if (hand != NULL) {
            hand->state = HAND_SETTLED;
            lane->counts.waiting -= settlement->state != SETTLED_LATER ? 1 : 0;
            lane_wake(lane);
        }
        (void) pthread_mutex_unlock(&lane->lock);
    }
}

static void committed(void *context, struct delivery *const *batch, size_t count,
                      struct settlement *settled)
{
    struct dispatch *dispatch = context;
    (void) pthread_mutex_lock(&dispatch->lock);
    for (size_t i = 0; i < count; i++) {
        note_added(dispatch, batch[i]);
    }
    while (settled != NULL) {
        struct settlement *next = settled->next; /* its hand may be used anew at once */
        note_settled(dispatch, settled);
        settled = next;
    }
    disown_ended(dispatch);
    (void) pthread_mutex_unlock(&dispatch->lock);
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
    (void) pthread_mutex_init(&dispatch->lock, NULL);
    dispatch->queue = store->ops->queue(store, fail);
    if (dispatch->queue != NULL && open_lock(dispatch, config->store, fail)) {
        writer_watch(writer, (struct writer_hook){committed, dispatch});
        if (dispatch_renew(dispatch, config, fail)) {
            return dispatch;
        }
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
    (void) pthread_mutex_lock(&dispatch->lock);
    for (struct lane *lane = dispatch->lanes; lane != NULL; lane = lane->next) {
        lane_drain(lane);
    }
    (void) pthread_mutex_unlock(&dispatch->lock);
}

bool dispatch_idle(struct dispatch *dispatch)
{
    bool idle = true;
    if (dispatch == NULL) {
        return true;
    }
    (void) pthread_mutex_lock(&dispatch->lock);
    for (struct lane *lane = dispatch->lanes; lane != NULL; lane = lane->next) {
        idle = idle && lane_idle(lane);
    }
    (void) pthread_mutex_unlock(&dispatch->lock);
    return idle;
}

void dispatch_stop(struct dispatch *dispatch)
{
    if (dispatch == NULL) {
        return;
    }
    stop_flag_set(&dispatch->stop);
    dispatch_drain(dispatch);
    for (struct lane *lane = dispatch->lanes; lane != NULL; lane = lane->next) {
        lane_join(lane);
    }
}

void dispatch_free(struct dispatch *dispatch)
{
    if (dispatch == NULL) {
        return;
    }
    while (dispatch->lanes != NULL) {
        struct lane *lane = dispatch->lanes;
        dispatch->lanes = lane->next;
        lane_free(lane);
    }
    queue_close(dispatch->queue);
    if (dispatch->lock_fd >= 0) {
        (void) close(dispatch->lock_fd);
    }
    (void) pthread_mutex_destroy(&dispatch->lock);
    (void) pthread_mutex_destroy(&dispatch->queue_lock);
    transport_cleanup();
    free(dispatch);
}

bool dispatch_counts(struct dispatch *dispatch, hg_str endpoint, struct deliver_counts *counts)
{
    if (dispatch == NULL) {
        return false;
    }
    (void) pthread_mutex_lock(&dispatch->lock);
    struct lane *lane = dispatch_lane(dispatch, endpoint);
    if (lane != NULL) {
        (void) pthread_mutex_lock(&lane->lock);
        *counts = lane->counts;
        (void) pthread_mutex_unlock(&lane->lock);
        counts->waiting = counts->waiting > 0 ? counts->waiting : 0;
        counts->oldest_ms = counts->waiting > 0 ? counts->oldest_ms : 0;
    }
    (void) pthread_mutex_unlock(&dispatch->lock);
    return lane != NULL;
}
