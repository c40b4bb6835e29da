/* SPDX-License-Identifier: MIT
 *
 * Within dispatch*.c: one endpoint's lane and its threads.
 */
#ifndef RECEIVER_DISPATCH_LANE_H
#define RECEIVER_DISPATCH_LANE_H

#include <pthread.h>

#include "base/clock.h"
#include "base/stop_flag.h"
#include "receiver/deliver.h"
#include "receiver/dispatch.h"
#include "receiver/queue.h"

#define HANDS_MAX                                                                                  \
    ((size_t) 192) /* rows of a lane in hand: 64 tried, as many ready, as many ended */

enum hand_state {
    HAND_FREE,
    HAND_READY, /* read from the queue */
    HAND_TRYING,
    HAND_SETTLING, /* with the writer */
    HAND_SETTLED   /* durable: free, once the queue has been read again */
};

struct hand {
    enum hand_state state;
    uint64_t ticket; /* ready ones are taken in the order in which they were read */
    struct settlement settlement;
};

struct worker {
    struct lane *lane;
    pthread_t thread;
    bool started;
    struct deliverer *deliverer;
    struct parcel parcel;
};

struct lane {
    struct dispatch *dispatch;
    struct lane *next;   /* guarded by the dispatch's lock, */
    struct lane *before; /* guarded likewise: must be idle first; it has the same endpoint */
    bool retired;        /* guarded likewise: another lane has its endpoint, or none */
    char endpoint[HG_NAME_MAX + ENDPOINT_PATH_MAX + 1]; /* its name, NUL-ended */
    struct target target;
    struct worker *workers;
    size_t worker_count;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t work;  /* there is something to try, or the watch to take over */
    pthread_cond_t watch; /* for the thread that has it */
    bool watched;         /* an idle thread waits for the time to read the queue, or reads it */
    struct hand hands[HANDS_MAX];
    size_t ready; /* hands */
    uint64_t tickets;
    size_t alive;     /* threads that have not ended */
    bool begun;       /* the threads no longer wait for lane_begin */
    bool draining;    /* no attempt is begun */
    bool woken;       /* since the queue was last read from */
    int64_t look_ms;  /* steady: when the queue is to be read again */
    int64_t count_ms; /* steady: when what waits is to be counted again */
    unsigned opened;  /* queue_opened at that time */
    int64_t number;   /* of the endpoint in the store; 0: not known yet */
    bool told;        /* the log has been told that another hands on, or that the queue fails */
    struct queue_cursor cursor;
    struct deliver_counts counts;
};

struct dispatch {
    struct writer *writer;
    struct log *log;
    pthread_mutex_t queue_lock;
    struct queue *queue;
    int lock_fd;           /* see dispatch_own */
    struct stop_flag stop; /* attempts are broken off */
    pthread_mutex_t lock;  /* of the list */
    struct lane *lanes;
};

/* Whether this receiver hands on for the endpoint of that number; tries to become the one. */
bool dispatch_own(struct dispatch *dispatch, int64_t number);

/* Gives up what ended lanes had, so that another receiver may become the one. */
void dispatch_disown(struct dispatch *dispatch);

/* The lane that hands on for an endpoint; NULL: none. With the lock, or in the thread that
 * renews. */
struct lane *dispatch_lane(const struct dispatch *dispatch, hg_str endpoint);

/* Makes a lane, whose threads wait for lane_begin and then until before (NULL: none) is idle. NULL:
 * no memory, or not all threads could be started. */
struct lane *lane_new(struct dispatch *dispatch, hg_str endpoint, const struct target *target,
                      struct lane *before);

/* Waits until its threads have ended; of a lane that has begun, they must have been told to, and
 * the outcome of each attempt must be durable, or the writer stopped. */
void lane_free(struct lane *lane);

/* From now on attempts are made. The lane must be in the list. */
void lane_begin(struct lane *lane);

/* Waits until the threads have ended. */
void lane_join(struct lane *lane);

/* No attempt is begun any more: the threads end. */
void lane_drain(struct lane *lane);

/* Whether no attempt is under way and the outcome of each is durable. */
bool lane_idle(struct lane *lane);

/* Whether, beyond that, none will be: its threads have ended. *number is the endpoint's that it has
 * handed on, 0: none; lane_forget makes it that. */
bool lane_ended(struct lane *lane, int64_t *number);
void lane_forget(struct lane *lane);

/* The hand of this lane that a settlement lies in; NULL: it lies in another lane. */
struct hand *lane_hand(struct lane *lane, const struct settlement *settlement);

/* With the lane's lock: the queue may have changed: something has come or was settled. */
void lane_wake(struct lane *lane);

/* A thread's life; context is its struct worker. */
void *lane_work(void *context);

/* Reads the queue, with the lock, which is given up meanwhile (dispatch_look.c). */
void lane_look(struct lane *lane);

#endif
