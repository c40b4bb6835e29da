/* SPDX-License-Identifier: MIT
 *
 * Group commit: the thread that owns a store which waits.
 *
 * While a batch is on its way to the disk, new deliveries collect; when it is there, all that have
 * collected form the next batch. So a lone delivery is committed at once, and under load one wait
 * for the disk serves many. No timer is involved.
 */
#ifndef RECEIVER_WRITER_H
#define RECEIVER_WRITER_H

#include "receiver/store.h"

/* A delivery on its way; embedded in what the caller knows of it. */
struct job {
    struct job *next;
    bool kept; /* set before it comes back: it is durable */
    struct delivery delivery;
    int64_t begun_ns; /* when it was handed to a store that has many under way */
};

struct job_list {
    struct job *first, *last; /* both NULL: empty */
};

void job_list_add(struct job_list *list, struct job *job);

struct writer;

/* Called on the writer's thread after each commit that has held: with its batch, and with what was
 * settled, which is the caller's again. */
struct writer_hook {
    void (*call)(void *context, struct delivery *const *batch, size_t count,
                 struct settlement *settled);
    void *context;
};

/* Starts the thread. The store is borrowed and must not be used by others until writer_stop. NULL
 * with EXIT_UNKNOWN. */
struct writer *writer_start(struct store *store, struct fail *fail);

/* Readable when finished jobs wait to be taken. Owned by the writer. */
int writer_fd(const struct writer *writer);

/* Hands a list over, which is emptied; its jobs must live until they come back. */
void writer_add(struct writer *writer, struct job_list *list);

/* From any thread: hands over what became of an attempt. It must live until the hook has it back,
 * or until writer_stop; a failed commit is repeated. */
void writer_settle(struct writer *writer, struct settlement *settlement);

/* Sets the hook; with call NULL it is no longer called once this returns. */
void writer_watch(struct writer *writer, struct writer_hook hook);

/* Takes back what has finished, in the order handed over. When a batch failed since the last call,
 * *fail says why. */
struct job_list writer_take(struct writer *writer, struct fail *fail);

/* Commits what was handed over, ends the thread and frees. Jobs not taken are left to the caller.
 * NULL is allowed. */
void writer_stop(struct writer *writer);

#endif
