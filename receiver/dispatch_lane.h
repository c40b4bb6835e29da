/* SPDX-License-Identifier: MIT
 *
 * Within dispatch*.c: one endpoint's lane and its threads.
 */
#ifndef RECEIVER_DISPATCH_LANE_H
#define RECEIVER_DISPATCH_LANE_H

#include <pthread.h>

#include "receiver/deliver.h"
#include "receiver/dispatch.h"
#include "receiver/exchange.h"
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

struct lane {
    struct dispatch *dispatch;
    const struct endpoint *endpoint;
    pthread_mutex_t lock; /* of everything below */
    pthread_cond_t work;
    struct hand hands[HANDS_MAX];
    uint64_t tickets;
    bool woken;       /* since the queue was last read from */
    bool looking;     /* a thread reads the queue */
    int64_t look_ms;  /* steady: when the queue is to be read again */
    int64_t count_ms; /* steady: when what waits is to be counted again */
    unsigned opened;  /* queue_opened at that time */
    int64_t number;   /* of the endpoint in the store; 0: not known yet */
    bool owned;       /* no other receiver hands on for it */
    bool told;        /* the log has been told that another does, or that the queue fails */
    struct queue_cursor cursor;
    struct deliver_counts counts;
};

struct worker {
    struct lane *lane;
    pthread_t thread;
    bool started;
    struct deliverer *deliverer;
    struct parcel parcel;
};

struct dispatch {
    struct writer *writer;
    struct log *log;
    pthread_mutex_t queue_lock;
    struct queue *queue;
    int lock_fd;                    /* see dispatch_own */
    volatile sig_atomic_t draining; /* no attempt is begun */
    volatile sig_atomic_t stop;     /* attempts are broken off */
    struct lane *lanes;
    size_t lane_count;
    struct worker *workers;
    size_t worker_count;
};

/* Whether this receiver hands on for the endpoint of that number; tries to become the one. */
bool dispatch_own(struct dispatch *dispatch, int64_t number);

bool lane_init(struct lane *lane, struct dispatch *dispatch, const struct endpoint *endpoint);
void lane_release(struct lane *lane);

/* The queue may have changed: something has come or was settled. */
void lane_wake(struct lane *lane);

/* A thread's life; context is its struct worker. */
void *lane_work(void *context);

/* Reads the queue, with the lock, which is given up meanwhile (dispatch_look.c). */
void lane_look(struct lane *lane);

#endif
