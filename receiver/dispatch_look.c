/* SPDX-License-Identifier: MIT
 *
 * See dispatch_lane.h: which rows of the queue come next.
 *
 * What is in hand is noted before the queue is read and let go only before that, so a row that was
 * settled while it was being read can't be taken for one that is still to be handed on.
 */
#include "receiver/dispatch_lane.h"

#define LOOK_MS 1000   /* how soon is seen what another process has queued */
#define COUNT_MS 10000 /* how often what waits is counted, for the same reason */
#define MORE_MS                                                                                    \
    50 /* between two parts of a walk over many events that all have to wait, and                  \
          between two looks at the lane before */

#define AHEAD ((size_t) TARGET_CONCURRENCY_MAX) /* rows that are read before a thread is free */

struct look {
    struct queue_item items[QUEUE_HEADS_MAX];
    size_t count, max;
    unsigned opened;
    int64_t number;
    int64_t waiting, oldest_ms;
    bool counted;
};

static void tell(struct lane *lane, struct log_field why)
{
    const struct log_field fields[] = {LOG_TEXT("endpoint", hg_text(lane->endpoint)), why};
    if (!lane->told) {
        log_add(lane->dispatch->log, LOG_WARN, clock_wall_ms(), "queue", fields, 2);
    }
    lane->told = true;
}

/* The number of the endpoint holds for the file that it was read from. */
static bool find_endpoint(struct lane *lane, struct look *look, struct fail *fail)
{
    struct queue *queue = lane->dispatch->queue;
    bool done = queue_check(queue, fail);
    if (queue_opened(queue) != look->opened) {
        look->opened = queue_opened(queue);
        look->number = 0;
    }
    return done && (look->number != 0 ||
                    queue_endpoint(queue, hg_text(lane->endpoint), &look->number, fail));
}

/* Without the lane's lock. */
static bool read_queue(struct lane *lane, struct look *look, struct fail *fail)
{
    struct queue *queue = lane->dispatch->queue;
    (void) pthread_mutex_lock(&lane->dispatch->queue_lock);
    bool done = find_endpoint(lane, look, fail);
    if (done && look->number != 0) {
        done = queue_next(queue, look->number, lane->target.order, &lane->cursor, look->items,
                          look->max, &look->count, fail) &&
               (!look->counted ||
                queue_count(queue, look->number, &look->waiting, &look->oldest_ms, fail));
    }
    (void) pthread_mutex_unlock(&lane->dispatch->queue_lock);
    return done;
}

/* Lets go what is durable; returns how many are in hand. */
static size_t let_go(struct lane *lane)
{
    size_t count = 0;
    for (size_t i = 0; i < HANDS_MAX; i++) {
        if (lane->hands[i].state == HAND_SETTLED) {
            lane->hands[i].state = HAND_FREE;
        }
        count += lane->hands[i].state != HAND_FREE ? 1 : 0;
    }
    return count;
}

static bool in_hand(const struct lane *lane, int64_t row)
{
    for (size_t i = 0; i < HANDS_MAX; i++) {
        if (lane->hands[i].state != HAND_FREE && lane->hands[i].settlement.row == row) {
            return true;
        }
    }
    return false;
}

static struct hand *free_hand(struct lane *lane)
{
    for (size_t i = 0; i < HANDS_MAX; i++) {
        if (lane->hands[i].state == HAND_FREE) {
            return &lane->hands[i];
        }
    }
    return NULL;
}

/* A clock that was set back says nothing of what came, or was tried, before: all of that is due. */
static bool is_due(const struct queue_item *item, int64_t now_ms)
{
    return item->due_ms <= now_ms || item->attempts == 0 || item->tried_ms > now_ms;
}

/* Takes what is due; returns when the first of the rest is, in milliseconds from now. */
static int64_t take(struct lane *lane, const struct look *look)
{
    int64_t now_ms = clock_wall_ms(), soonest = LOOK_MS;
    for (size_t i = 0; i < look->count; i++) {
        const struct queue_item *item = &look->items[i];
        if (in_hand(lane, item->row)) {
            continue;
        }
        struct hand *hand = is_due(item, now_ms) ? free_hand(lane) : NULL;
        if (hand == NULL) {
            int64_t left = item->due_ms - now_ms;
            soonest = left > 0 && left < soonest ? left : soonest;
            continue;
        }
        hand->state = HAND_READY;
        lane->ready++;
        hand->ticket = lane->tickets++;
        hand->settlement = (struct settlement){
            .endpoint = look->number, .row = item->row, .attempts = item->attempts};
    }
    if (look->count == QUEUE_HEADS_MAX && soonest > MORE_MS) {
        soonest = MORE_MS;
    }
    return soonest;
}

/* More than all threads can take at once: a reading costs as much as many rows. Of events as many
 * as one walk covers, since those that have to wait stand between the others. */
static size_t wanted(const struct lane *lane, size_t held)
{
    return lane->target.order == TARGET_BY_EVENT ? QUEUE_HEADS_MAX : held + AHEAD;
}

/* What the lane before this one has in hand is not ours yet. Without the lane's lock. */
static bool follows(struct lane *lane)
{
    struct dispatch *dispatch = lane->dispatch;
    (void) pthread_mutex_lock(&dispatch->lock);
    if (lane->before != NULL && lane_idle(lane->before)) {
        lane->before = NULL;
    }
    bool follows = lane->before == NULL;
    (void) pthread_mutex_unlock(&dispatch->lock);
    return follows;
}

static void take_look(struct lane *lane, const struct look *look, bool owned, int64_t now_ms)
{
    lane->number = look->number;
    lane->opened = look->opened;
    lane->look_ms = now_ms + LOOK_MS;
    if (owned) {
        lane->told = false;
        lane->look_ms = now_ms + take(lane, look);
    } else if (look->number != 0) {
        tell(lane, LOG_TEXT("note", hg_text("another receiver hands on")));
    }
    if (look->counted && look->number != 0) {
        lane->counts.waiting = look->waiting;
        lane->counts.oldest_ms = look->oldest_ms;
        lane->count_ms = now_ms + COUNT_MS;
    }
}

void lane_look(struct lane *lane)
{
    struct look look = {
        .number = lane->number, .opened = lane->opened, .max = wanted(lane, let_go(lane))};
    struct fail fail = {0};
    int64_t now_ms = clock_steady_ms();
    look.counted = now_ms >= lane->count_ms;
    lane->woken = false;
    (void) pthread_mutex_unlock(&lane->lock);
    bool first = follows(lane);
    bool read = first && read_queue(lane, &look, &fail);
    bool owned = read && look.number != 0 && dispatch_own(lane->dispatch, look.number);
    (void) pthread_mutex_lock(&lane->lock);
    if (read) {
        take_look(lane, &look, owned, now_ms);
    } else if (first) {
        lane->look_ms = now_ms + LOOK_MS;
        tell(lane, LOG_TEXT("error", hg_text(fail.text)));
    } else {
        lane->look_ms = now_ms + MORE_MS;
    }
    if (lane->woken && first) {
        lane->look_ms = 0;
    }
}
