/* SPDX-License-Identifier: MIT
 *
 * See dispatch_lane.h: the threads of a lane.
 */
#include "receiver/dispatch_lane.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void lane_wake(struct lane *lane)
{
    lane->woken = true;
    lane->look_ms = 0;
    (void) pthread_cond_signal(&lane->watch);
}

struct hand *lane_hand(struct lane *lane, const struct settlement *settlement)
{
    uintptr_t offset = (uintptr_t) settlement - (uintptr_t) lane->hands;
    return offset < sizeof(lane->hands) ? &lane->hands[offset / sizeof(lane->hands[0])] : NULL;
}

/* ---- One attempt ----------------------------------------------------------------------------- */

static void log_attempt(const struct lane *lane, const struct settlement *settlement,
                        const struct outcome *outcome)
{
    static const char *const names[] = {[OUTCOME_DONE] = "done",
                                        [OUTCOME_LATER] = "later",
                                        [OUTCOME_DEAD] = "dead",
                                        [OUTCOME_STOPPED] = "stopped"};
    struct log_field fields[7];
    size_t count = 0;
    fields[count++] = LOG_TEXT("endpoint", hg_text(lane->endpoint));
    fields[count++] = LOG_NUMBER("row", settlement->row);
    fields[count++] = LOG_NUMBER("attempt", settlement->attempts);
    fields[count++] = LOG_TEXT("outcome", hg_text(names[outcome->kind]));
    fields[count++] = LOG_TEXT("answer", hg_text(outcome->text));
    fields[count++] = LOG_NUMBER("ms", outcome->took_ms);
    if (outcome->kind == OUTCOME_LATER) {
        fields[count++] = LOG_NUMBER("wait_ms", settlement->due_ms - clock_wall_ms());
    }
    log_add(lane->dispatch->log, outcome->kind == OUTCOME_DONE ? LOG_INFO : LOG_WARN,
            clock_wall_ms(), "attempt", fields, count);
}

/* What the outcome means for the delivery. */
static void settle(const struct lane *lane, struct settlement *settlement, struct outcome *outcome)
{
    const struct target *target = &lane->target;
    static const enum settled states[] = {[OUTCOME_DONE] = SETTLED_DONE,
                                          [OUTCOME_LATER] = SETTLED_LATER,
                                          [OUTCOME_DEAD] = SETTLED_DEAD,
                                          [OUTCOME_STOPPED] = SETTLED_LATER};
    settlement->attempts++;
    if (outcome->kind == OUTCOME_LATER && settlement->attempts >= target->attempts) {
        outcome->kind = OUTCOME_DEAD;
    }
    settlement->state = states[outcome->kind];
    if (settlement->state == SETTLED_LATER) {
        settlement->due_ms =
            clock_wall_ms() +
            target_wait_ms(target, settlement->attempts, target_random(), outcome->retry_after_s);
    }
    (void) snprintf(settlement->text, sizeof(settlement->text), "%.*s",
                    (int) sizeof(settlement->text) - 1, outcome->text);
}

/* Without the lock. *found false: the row was taken out of the queue meanwhile. */
static struct outcome try_one(struct worker *worker, struct settlement *settlement, bool *found)
{
    struct lane *lane = worker->lane;
    struct dispatch *dispatch = lane->dispatch;
    struct fail fail = {0};
    struct outcome outcome = {.kind = OUTCOME_LATER, .retry_after_s = -1};
    *found = true;
    (void) pthread_mutex_lock(&dispatch->queue_lock);
    bool read = queue_load(dispatch->queue, settlement->endpoint, settlement->row, &worker->parcel,
                           found, &fail);
    (void) pthread_mutex_unlock(&dispatch->queue_lock);
    settlement->tried_ms = clock_wall_ms();
    if (!read) { /* also a damaged row must not hold up the others for ever */
        *found = true;
        (void) snprintf(outcome.text, sizeof(outcome.text), "%.*s", (int) sizeof(outcome.text) - 1,
                        fail.text);
    } else if (*found) {
        settlement->received_ms = worker->parcel.delivery.received_ms;
        outcome = deliver_attempt(worker->deliverer, &lane->target, &worker->parcel.delivery,
                                  settlement->attempts + 1);
    }
    parcel_trim(&worker->parcel);
    return outcome;
}

static void count_outcome(struct deliver_counts *counts, enum outcome_kind kind)
{
    uint64_t *const numbers[] = {[OUTCOME_DONE] = &counts->done,
                                 [OUTCOME_LATER] = &counts->later,
                                 [OUTCOME_DEAD] = &counts->dead,
                                 [OUTCOME_STOPPED] = &counts->stopped};
    (*numbers[kind])++;
}

/* With the lock, which is given up meanwhile. What was stopped stays in the queue as it is. */
static void attempt(struct worker *worker, struct hand *hand)
{
    struct lane *lane = worker->lane;
    struct settlement *settlement = &hand->settlement;
    bool found;
    hand->state = HAND_TRYING;
    lane->ready--;
    lane->counts.in_hand++;
    (void) pthread_mutex_unlock(&lane->lock);
    struct outcome outcome = try_one(worker, settlement, &found);
    if (found) {
        settle(lane, settlement, &outcome);
        log_attempt(lane, settlement, &outcome);
    }
    (void) pthread_mutex_lock(&lane->lock);
    lane->counts.in_hand--;
    if (found) {
        count_outcome(&lane->counts, outcome.kind);
    }
    if (!found || outcome.kind == OUTCOME_STOPPED) {
        hand->state = HAND_SETTLED;
        return;
    }
    hand->state = HAND_SETTLING;
    writer_settle(lane->dispatch->writer, settlement);
}

/* ---- A thread -------------------------------------------------------------------------------- */

static struct hand *next_ready(struct lane *lane)
{
    struct hand *next = NULL;
    for (size_t i = 0; i < HANDS_MAX; i++) {
        struct hand *hand = &lane->hands[i];
        if (hand->state == HAND_READY && (next == NULL || hand->ticket < next->ticket)) {
            next = hand;
        }
    }
    return next;
}

/* Waits until the queue is to be read, or reads it. Whoever has the watch then takes the first of
 * what is ready, so as many others are woken as there is: one for each of the rest, and one that
 * finds nothing and takes over. */
static void watch(struct lane *lane)
{
    lane->watched = true;
    if (clock_steady_ms() < lane->look_ms) {
        (void) clock_wait(&lane->watch, &lane->lock, lane->look_ms);
    } else {
        lane_look(lane);
    }
    lane->watched = false;
    for (size_t i = 0; i < lane->ready && i < lane->worker_count; i++) {
        (void) pthread_cond_signal(&lane->work);
    }
}

/* One idle thread has the watch, so that what comes in wakes one thread and not all. */
static void turn(struct worker *worker)
{
    struct lane *lane = worker->lane;
    struct hand *hand = lane->ready > 0 ? next_ready(lane) : NULL;
    if (hand != NULL) {
        attempt(worker, hand);
    } else if (lane->watched) {
        (void) pthread_cond_wait(&lane->work, &lane->lock);
    } else {
        watch(lane);
    }
}

/* Nobody need wait for the lane to be freed, which may be long after: neither the program at the
 * other end of an idle connection nor another receiver. */
static void end_worker(struct worker *worker)
{
    struct lane *lane = worker->lane;
    deliverer_free(worker->deliverer);
    worker->deliverer = NULL;
    (void) pthread_mutex_lock(&lane->lock);
    bool last = --lane->alive == 0;
    (void) pthread_mutex_unlock(&lane->lock);
    if (last) {
        dispatch_disown(lane->dispatch);
    }
}

void *lane_work(void *context)
{
    struct worker *worker = context;
    struct lane *lane = worker->lane;
    (void) pthread_mutex_lock(&lane->lock);
    while (!lane->begun && !lane->draining) {
        (void) pthread_cond_wait(&lane->work, &lane->lock);
    }
    while (!lane->draining) {
        turn(worker);
    }
    (void) pthread_mutex_unlock(&lane->lock);
    end_worker(worker);
    return NULL;
}

/* ---- Lanes ----------------------------------------------------------------------------------- */

#define STACK_BYTES ((size_t) 512 << 10) /* a thread's: the HTTP library resolves names on it */

/* With the lock, which the thread waits for. */
static bool start_worker(struct lane *lane, struct worker *worker)
{
    pthread_attr_t attributes;
    worker->lane = lane;
    worker->deliverer = deliverer_new(&lane->dispatch->stop);
    if (worker->deliverer == NULL || pthread_attr_init(&attributes) != 0) {
        return false;
    }
    (void) pthread_attr_setstacksize(&attributes, STACK_BYTES);
    worker->started = pthread_create(&worker->thread, &attributes, lane_work, worker) == 0;
    (void) pthread_attr_destroy(&attributes);
    lane->alive += worker->started ? 1 : 0;
    return worker->started;
}

static bool start(struct lane *lane)
{
    size_t count = (size_t) lane->target.concurrency;
    lane->workers = calloc(count, sizeof(*lane->workers));
    if (lane->workers == NULL) {
        return false;
    }
    lane->worker_count = count;
    bool done = true;
    (void) pthread_mutex_lock(&lane->lock);
    for (size_t i = 0; done && i < count; i++) {
        done = start_worker(lane, &lane->workers[i]);
    }
    (void) pthread_mutex_unlock(&lane->lock);
    return done;
}

struct lane *lane_new(struct dispatch *dispatch, hg_str endpoint, const struct target *target,
                      struct lane *before)
{
    struct lane *lane = calloc(1, sizeof(*lane));
    if (lane == NULL || endpoint.len >= sizeof(lane->endpoint) ||
        !target_copy(target, &lane->target)) {
        free(lane);
        return NULL;
    }
    lane->dispatch = dispatch;
    lane->before = before;
    memcpy(lane->endpoint, endpoint.ptr, endpoint.len);
    (void) pthread_mutex_init(&lane->lock, NULL);
    (void) pthread_cond_init(&lane->work, NULL);
    clock_condition(&lane->watch);
    if (!start(lane)) {
        lane_free(lane);
        return NULL;
    }
    return lane;
}

void lane_begin(struct lane *lane)
{
    (void) pthread_mutex_lock(&lane->lock);
    lane->begun = true;
    (void) pthread_cond_broadcast(&lane->work);
    (void) pthread_mutex_unlock(&lane->lock);
}

void lane_join(struct lane *lane)
{
    for (size_t i = 0; i < lane->worker_count; i++) {
        if (lane->workers[i].started) {
            (void) pthread_join(lane->workers[i].thread, NULL);
            lane->workers[i].started = false;
        }
    }
}

void lane_free(struct lane *lane)
{
    lane_drain(lane);
    lane_join(lane);
    for (size_t i = 0; i < lane->worker_count; i++) {
        deliverer_free(lane->workers[i].deliverer);
        parcel_free(&lane->workers[i].parcel);
    }
    (void) pthread_cond_destroy(&lane->work);
    (void) pthread_cond_destroy(&lane->watch);
    (void) pthread_mutex_destroy(&lane->lock);
    target_release(&lane->target);
    free(lane->workers);
    free(lane);
}

void lane_drain(struct lane *lane)
{
    (void) pthread_mutex_lock(&lane->lock);
    lane->draining = true;
    lane_wake(lane);
    (void) pthread_cond_broadcast(&lane->work);
    (void) pthread_mutex_unlock(&lane->lock);
}

/* With the lock. */
static bool is_idle(const struct lane *lane)
{
    bool idle = true;
    for (size_t i = 0; i < HANDS_MAX; i++) {
        enum hand_state state = lane->hands[i].state;
        idle = idle && state != HAND_TRYING && state != HAND_SETTLING;
    }
    return idle;
}

bool lane_idle(struct lane *lane)
{
    (void) pthread_mutex_lock(&lane->lock);
    bool idle = is_idle(lane);
    (void) pthread_mutex_unlock(&lane->lock);
    return idle;
}

bool lane_ended(struct lane *lane, int64_t *number)
{
    (void) pthread_mutex_lock(&lane->lock);
    bool ended = lane->alive == 0 && is_idle(lane);
    *number = lane->number;
    (void) pthread_mutex_unlock(&lane->lock);
    return ended;
}

void lane_forget(struct lane *lane)
{
    (void) pthread_mutex_lock(&lane->lock);
    lane->number = 0;
    (void) pthread_mutex_unlock(&lane->lock);
}
