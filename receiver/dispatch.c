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

bool dispatch_own(struct dispatch *dispatch, int64_t number)
{
    struct flock byte = {
        .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t) number, .l_len = 1};
    return fcntl(dispatch->lock_fd, F_OFD_SETLK, &byte) == 0;
}

/* ---- What the writer has done ---------------------------------------------------------------- */

static struct lane *lane_of(const struct dispatch *dispatch, hg_str endpoint)
{
    struct lane *lane = dispatch->lanes;
    while (lane != NULL && (lane->retired || strlen(lane->endpoint) != endpoint.len ||
                            strncmp(lane->endpoint, endpoint.ptr, endpoint.len) != 0)) {
        lane = lane->next;
    }
    return lane;
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

/* ---- A new configuration --------------------------------------------------------------------- */

static const struct endpoint *find_endpoint(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (strcmp(config->endpoints[i].name.ptr, name) == 0) {
            return &config->endpoints[i];
        }
    }
    return NULL;
}

/* With the lock. Takes lanes that have ended, and that nobody waits for, out of the list. */
static struct lane *take_ended(struct dispatch *dispatch)
{
    struct lane *ended = NULL;
    for (struct lane **at = &dispatch->lanes; *at != NULL;) {
        struct lane *lane = *at;
        bool waited_for = false;
        for (struct lane *other = dispatch->lanes; other != NULL; other = other->next) {
            waited_for = waited_for || other->before == lane;
        }
        if (lane->retired && !waited_for && lane_idle(lane)) {
            *at = lane->next;
            lane->next = ended;
            ended = lane;
        } else {
            at = &lane->next;
        }
    }
    return ended;
}

/* With the lock. */
static void retire(struct dispatch *dispatch, const struct config *config)
{
    for (struct lane *lane = dispatch->lanes; lane != NULL; lane = lane->next) {
        const struct endpoint *endpoint = find_endpoint(config, lane->endpoint);
        if (!lane->retired &&
            (endpoint == NULL || !target_same(&endpoint->target, &lane->target))) {
            lane->retired = true;
            lane_drain(lane);
        }
    }
}

/* The youngest lane that had an endpoint before; the list begins with the youngest. */
static struct lane *find_before(const struct dispatch *dispatch, hg_str endpoint)
{
    struct lane *lane = dispatch->lanes;
    while (lane != NULL && (strlen(lane->endpoint) != endpoint.len ||
                            strncmp(lane->endpoint, endpoint.ptr, endpoint.len) != 0)) {
        lane = lane->next;
    }
    return lane;
}

/* What was counted goes on being counted. The list is changed by this thread alone, so looking at
 * it needs no lock here. */
static bool add_lane(struct dispatch *dispatch, const struct endpoint *endpoint)
{
    struct lane *before = find_before(dispatch, endpoint->name);
    struct lane *lane = lane_new(dispatch, endpoint->name, &endpoint->target, before);
    if (lane == NULL) {
        return false;
    }
    (void) pthread_mutex_lock(&dispatch->lock);
    if (before != NULL) {
        (void) pthread_mutex_lock(&before->lock);
        lane->counts = before->counts;
        (void) pthread_mutex_unlock(&before->lock);
        lane->counts.in_hand = 0;
    }
    lane->next = dispatch->lanes;
    dispatch->lanes = lane;
    (void) pthread_mutex_unlock(&dispatch->lock);
    return lane_start(lane);
}

static void tell_name(void *context, hg_str name)
{
    struct dispatch *dispatch = context;
    const struct log_field fields[] = {
        LOG_TEXT("endpoint", name),
        LOG_TEXT("note", hg_text("deliveries wait, and no endpoint of this name hands on"))};
    if (lane_of(dispatch, name) == NULL) {
        log_add(dispatch->log, LOG_WARN, clock_wall_ms(), "queue", fields, 2);
    }
}

/* What waits for an endpoint that was renamed, or whose target was taken away, is kept for ever,
 * and no figure counts it. A queue that can't be read says so in each lane. */
static void tell_stranded(struct dispatch *dispatch)
{
    struct fail unread = {0};
    (void) pthread_mutex_lock(&dispatch->queue_lock);
    (void) queue_names(dispatch->queue, tell_name, dispatch, &unread);
    (void) pthread_mutex_unlock(&dispatch->queue_lock);
}

bool dispatch_renew(struct dispatch *dispatch, const struct config *config, struct fail *fail)
{
    bool done = true;
    (void) pthread_mutex_lock(&dispatch->lock);
    struct lane *ended = take_ended(dispatch);
    retire(dispatch, config);
    (void) pthread_mutex_unlock(&dispatch->lock);
    while (ended != NULL) {
        struct lane *lane = ended;
        ended = lane->next;
        lane_free(lane);
    }
    for (size_t i = 0; done && i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        if (endpoint->target.kind != TARGET_NONE && lane_of(dispatch, endpoint->name) == NULL) {
            done = add_lane(dispatch, endpoint);
        }
    }
    if (done) {
        tell_stranded(dispatch);
    }
    return done || fail_set(fail, EXIT_UNKNOWN, "handing on: too little memory or no threads");
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
    struct lane *lane = lane_of(dispatch, endpoint);
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
