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
    int64_t held[HANDS_MAX]; /* rows in hand, what is taken now included */
    size_t held_count;
    struct queue_item taken[HANDS_MAX];
    size_t taken_count;
    int64_t now_ms;  /* of the wall clock */
    int64_t wait_ms; /* from now until the next of the others is due */
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

static bool in_hand(const struct look *look, int64_t row)
{
    for (size_t i = 0; i < look->held_count; i++) {
        if (look->held[i] == row) {
            return true;
        }
    }
    return false;
}

static bool is_full(const struct look *look)
{
    return look->held_count == HANDS_MAX;
}

/* A clock that was set back says nothing of what came, or was tried, before: all of that is due. */
static bool is_due(const struct queue_item *item, int64_t now_ms)
{
    return item->due_ms <= now_ms || item->attempts == 0 || item->tried_ms > now_ms;
}

/* A row may come twice: a walk knows that it is round by its first row, which may go meanwhile. */
static void sift(struct look *look, const struct queue_item *item)
{
    if (in_hand(look, item->row)) {
        return;
    }
    if (is_due(item, look->now_ms)) {
        look->held[look->held_count++] = item->row;
        look->taken[look->taken_count++] = *item;
    } else if (item->due_ms - look->now_ms < look->wait_ms) {
        look->wait_ms = item->due_ms - look->now_ms;
    }
}

/* More than all threads can take at once: a reading costs as much as many rows. */
static bool read_rows(struct lane *lane, struct look *look, struct fail *fail)
{
    struct queue_item items[HANDS_MAX + AHEAD];
    size_t max = look->held_count + AHEAD, count;
    if (!queue_next(lane->dispatch->queue, look->number, lane->target.order, &lane->cursor, items,
                    max, &count, fail)) {
        return false;
    }
    for (size_t i = 0; i < count && !is_full(look); i++) {
        sift(look, &items[i]);
    }
    return true;
}

/* Event by event, since those that have to wait, or are in hand, stand between the others. It ends
 * where the hands are full, and there the next walk goes on: whoever is not taken now is the first
 * then, so that no event is passed over for ever. */
static bool walk_events(struct lane *lane, struct look *look, struct fail *fail)
{
    struct queue_item item = {0};
    int64_t first = 0;
    for (size_t i = 0; i < QUEUE_HEADS_MAX && !is_full(look); i++) {
        size_t count;
        if (!queue_next(lane->dispatch->queue, look->number, TARGET_BY_EVENT, &lane->cursor, &item,
                        1, &count, fail)) {
            return false;
        }
        if (count == 0 || item.row == first) {
            return true; /* round */
        }
        first = i == 0 ? item.row : first;
        sift(look, &item);
    }
    if (!is_full(look) && look->wait_ms > MORE_MS) {
        look->wait_ms = MORE_MS; /* full hands need no look before one is free, which wakes */
    }
    return true;
}

/* Without the lane's lock. */
static bool read_queue(struct lane *lane, struct look *look, struct fail *fail)
{
    struct queue *queue = lane->dispatch->queue;
    (void) pthread_mutex_lock(&lane->dispatch->queue_lock);
    bool done = find_endpoint(lane, look, fail);
    if (done && look->number != 0) {
        done = (lane->target.order == TARGET_BY_EVENT ? walk_events(lane, look, fail)
                                                      : read_rows(lane, look, fail)) &&
               (!look->counted ||
                queue_count(queue, look->number, &look->waiting, &look->oldest_ms, fail));
    }
    (void) pthread_mutex_unlock(&lane->dispatch->queue_lock);
    return done;
}

/* Lets go what is durable, and notes what stays in hand. */
static void let_go(struct lane *lane, struct look *look)
{
    for (size_t i = 0; i < HANDS_MAX; i++) {
        struct hand *hand = &lane->hands[i];
        if (hand->state == HAND_SETTLED) {
            hand->state = HAND_FREE;
        }
        if (hand->state != HAND_FREE) {
            look->held[look->held_count++] = hand->settlement.row;
        }
    }
}

/* Nobody but the thread that looks fills a hand, so there is one for each. */
static void take(struct lane *lane, const struct look *look)
{
    struct hand *hand = lane->hands;
    for (size_t i = 0; i < look->taken_count; i++) {
        const struct queue_item *item = &look->taken[i];
        while (hand->state != HAND_FREE) {
            hand++;
        }
        hand->state = HAND_READY;
        lane->ready++;
        hand->ticket = lane->tickets++;
        hand->settlement = (struct settlement){
            .endpoint = look->number, .row = item->row, .attempts = item->attempts};
    }
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
        lane->look_ms = now_ms + look->wait_ms;
        take(lane, look);
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
    struct look look = {.number = lane->number,
                        .opened = lane->opened,
                        .wait_ms = LOOK_MS,
                        .now_ms = clock_wall_ms()};
    struct fail fail = {0};
    int64_t now_ms = clock_steady_ms();
    let_go(lane, &look);
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
