/* SPDX-License-Identifier: MIT
 *
 * Reading the queue of a SQLite inbox: what is due, in which order, and the deliveries themselves.
 *
 * It only reads, on a connection of its own, so it never waits for the writer nor the writer for
 * it. One thread at a time.
 */
#ifndef RECEIVER_QUEUE_H
#define RECEIVER_QUEUE_H

#include "receiver/store.h"
#include "receiver/target.h"

struct queue;

/* A row that waits to be handed on. */
struct queue_item {
    int64_t row;
    int64_t due_ms;
    int64_t attempts; /* made so far */
    int64_t tried_ms; /* when the last of them began */
};

/* Opens the inbox at path. EXIT_UNKNOWN and the rest as sqlite_open_to_read. */
struct queue *queue_open(const char *path, struct fail *fail);
void queue_close(struct queue *queue); /* NULL is allowed */

/* Opens the inbox anew when its file has been moved or deleted, as the writer does. queue_opened
 * then changes: numbers of before mean nothing. */
bool queue_check(struct queue *queue, struct fail *fail);
unsigned queue_opened(const struct queue *queue);

/* The number of an endpoint in the store; 0: nothing was ever kept for it. */
bool queue_endpoint(struct queue *queue, hg_str name, int64_t *number, struct fail *fail);

/* Calls each with the name of every endpoint that deliveries wait for; it is lent for the call. */
bool queue_names(struct queue *queue, void (*each)(void *context, hg_str name), void *context,
                 struct fail *fail);

/* Where a walk over the events of an endpoint goes on, so that each gets its turn. */
struct queue_cursor {
    bool begun; /* false: from the first event on */
    char event[HG_VALUE_MAX];
    size_t len;
};

#define QUEUE_HEADS_MAX ((size_t) 256) /* events that one call looks at */

/* The next rows of an endpoint, at most max, *count of them. TARGET_ANY_ORDER: by due time, due or
 * not. TARGET_BY_ARRIVAL: the oldest alone, due or not. TARGET_BY_EVENT: the oldest of each event,
 * due or not, from the cursor on, which moves; at most QUEUE_HEADS_MAX. */
bool queue_next(struct queue *queue, int64_t endpoint, enum target_order order,
                struct queue_cursor *cursor, struct queue_item *items, size_t max, size_t *count,
                struct fail *fail);

/* How many wait, and when the oldest of them was received (0: none waits). */
bool queue_count(struct queue *queue, int64_t endpoint, int64_t *waiting, int64_t *oldest_ms,
                 struct fail *fail);

/* A delivery with its own memory, which is used again. Begins as {0}; parcel_free. */
struct parcel {
    struct delivery delivery; /* points into the rest */
    hg_request request;
    hg_header headers[HG_HEADERS_MAX];
    char *text;
    size_t room;
};

#define PARCEL_KEPT_MAX ((size_t) 65536) /* bytes: most deliveries; of others few come in a row */

/* Frees the memory of a delivery that was large; what is in the parcel is lost. */
void parcel_trim(struct parcel *parcel);
void parcel_free(struct parcel *parcel);

/* Fills the parcel, whose memory is used again. *found false: the row is queued no longer. A row
 * that can't be read is a failure. */
bool queue_load(struct queue *queue, int64_t endpoint, int64_t row, struct parcel *parcel,
                bool *found, struct fail *fail);

#endif
