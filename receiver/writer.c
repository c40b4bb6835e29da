/* SPDX-License-Identifier: MIT
 *
 * See writer.h. One lock guards the lists; it is never held during a commit.
 */
#include "receiver/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "receiver/metrics.h"

#define TIDY_MS 500          /* how soon an idle writer looks for what else is due */
#define SETTLE_AGAIN_MS 1000 /* after a commit that failed: a full disk is not emptied sooner */

struct writer {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    int event_fd;
    struct job_list waiting;                 /* guarded, */
    struct job_list done;                    /* guarded, */
    struct fail fail;                        /* guarded, */
    struct settlement *settled;              /* guarded, */
    struct settlement **settled_end;         /* guarded, */
    int64_t settle_ms;                       /* guarded: not before that time */
    struct writer_hook hook;                 /* guarded, */
    bool in_hook;                            /* guarded, */
    bool idle;                               /* guarded: the thread waits for work */
    bool stop;                               /* guarded */
    struct delivery *batch[STORE_BATCH_MAX]; /* the thread's own */
};

void job_list_add(struct job_list *list, struct job *job)
{
    job->next = NULL;
    if (list->last != NULL) {
        list->last->next = job;
    } else {
        list->first = job;
    }
    list->last = job;
}

static void job_list_join(struct job_list *list, struct job_list *more)
{
    if (more->first == NULL) {
        return;
    }
    if (list->last != NULL) {
        list->last->next = more->first;
    } else {
        list->first = more->first;
    }
    list->last = more->last;
    *more = (struct job_list){NULL, NULL};
}

/* Cuts the first STORE_BATCH_MAX jobs off the list into the batch; returns their number. */
static size_t cut_batch(struct writer *writer, struct job_list *from, struct job_list *batch)
{
    size_t count = 0;
    struct job *job = from->first;
    batch->first = job;
    while (job != NULL && count < STORE_BATCH_MAX) {
        writer->batch[count++] = &job->delivery;
        batch->last = job;
        job = job->next;
    }
    from->first = job;
    if (job == NULL) {
        from->last = NULL;
    }
    if (batch->last != NULL) {
        batch->last->next = NULL;
    }
    return count;
}

/* One delivery of a store that has many under way. The loop is woken once for all that come back
 * before it looks. */
static void take_back(void *context, struct delivery *delivery, bool kept, const struct fail *fail)
{
    uint64_t one = 1;
    struct writer *writer = context;
    struct job *job = (struct job *) ((char *) delivery - offsetof(struct job, delivery));
    job->kept = kept;
    (void) pthread_mutex_lock(&writer->lock);
    bool wake = writer->done.first == NULL;
    job_list_add(&writer->done, job);
    if (writer->store->metrics != NULL) { /* the lock makes it one thread at a time */
        metrics_committed(writer->store->metrics, clock_steady_ns() - job->begun_ns, kept);
    }
    if (!kept) {
        writer->fail = *fail;
    }
    (void) pthread_mutex_unlock(&writer->lock);
    if (wake) {
        (void) !write(writer->event_fd, &one, sizeof(one));
    }
}

static void submit_batch(struct writer *writer, struct job *first, size_t count)
{
    if (writer->store->metrics != NULL) {
        int64_t now_ns = clock_steady_ns();
        for (struct job *job = first; job != NULL; job = job->next) {
            job->begun_ns = now_ns;
        }
    }
    writer->store->ops->submit(writer->store, writer->batch, count);
}

/* ---- Settlements ----------------------------------------------------------------------------- */

/* With the lock. */
static bool settlement_due(const struct writer *writer)
{
    return writer->settled != NULL && clock_steady_ms() >= writer->settle_ms;
}

static struct settlement *take_settled(struct writer *writer)
{
    (void) pthread_mutex_lock(&writer->lock);
    struct settlement *settled = NULL;
    if (settlement_due(writer) || (writer->stop && writer->settled != NULL)) {
        settled = writer->settled;
        writer->settled = NULL;
        writer->settled_end = &writer->settled;
    }
    (void) pthread_mutex_unlock(&writer->lock);
    return settled;
}

/* Puts back in front what could not be written. */
static void give_back(struct writer *writer, struct settlement *settled)
{
    struct settlement *last = settled;
    while (last->next != NULL) {
        last = last->next;
    }
    last->next = writer->settled;
    if (writer->settled == NULL) {
        writer->settled_end = &last->next;
    }
    writer->settled = settled;
    writer->settle_ms = clock_steady_ms() + SETTLE_AGAIN_MS;
}

static void call_hook(struct writer *writer, size_t count, struct settlement *settled)
{
    (void) pthread_mutex_lock(&writer->lock);
    struct writer_hook hook = writer->hook;
    writer->in_hook = hook.call != NULL;
    (void) pthread_mutex_unlock(&writer->lock);
    if (hook.call == NULL) {
        return;
    }
    hook.call(hook.context, writer->batch, count, settled);
    (void) pthread_mutex_lock(&writer->lock);
    writer->in_hook = false;
    (void) pthread_mutex_unlock(&writer->lock);
    (void) pthread_cond_broadcast(&writer->work);
}

/* ---- The thread ------------------------------------------------------------------------------ */

/* One commit: the first jobs of the list, if there are any, and whatever was settled meanwhile. */
static void commit_batch(struct writer *writer, struct job_list *list)
{
    uint64_t one = 1;
    struct fail fail = {0};
    struct job_list batch = {NULL, NULL};
    size_t count = cut_batch(writer, list, &batch);
    if (writer->store->ops->submit != NULL) {
        submit_batch(writer, batch.first, count);
        return;
    }
    struct settlement *settled = take_settled(writer);
    if (settled != NULL) {
        writer->store->ops->settle(writer->store, settled);
    }
    bool kept = store_commit(writer->store, writer->batch, count, &fail);
    for (struct job *job = batch.first; job != NULL; job = job->next) {
        job->kept = kept;
    }
    if (kept) {
        call_hook(writer, count, settled);
    }
    (void) pthread_mutex_lock(&writer->lock);
    job_list_join(&writer->done, &batch);
    if (!kept) {
        writer->fail = fail;
        if (settled != NULL) {
            give_back(writer, settled);
        }
    }
    (void) pthread_mutex_unlock(&writer->lock);
    (void) !write(writer->event_fd, &one, sizeof(one));
}

/* With the lock, which is given up. A store that has something else to do gets to it when there
 * is no work; what it says to have left over is done as soon as there is none again. */
static void rest(struct writer *writer, bool *more)
{
    bool (*tidy)(struct store *, int64_t, struct fail *) = writer->store->ops->tidy;
    struct fail fail = {0};
    bool woken = false;
    if (!*more) {
        bool forever = tidy == NULL && writer->settled == NULL;
        writer->idle = true;
        woken = forever ? pthread_cond_wait(&writer->work, &writer->lock) == 0
                        : clock_wait(&writer->work, &writer->lock, clock_steady_ms() + TIDY_MS);
        writer->idle = false;
    }
    if (woken || tidy == NULL) {
        return;
    }
    (void) pthread_mutex_unlock(&writer->lock);
    *more = tidy(writer->store, clock_wall_ms(), &fail);
    (void) pthread_mutex_lock(&writer->lock);
    writer->fail = fail.exit_code != 0 ? fail : writer->fail;
}

static void *writer_main(void *context)
{
    struct writer *writer = context;
    bool more = false;
    (void) pthread_mutex_lock(&writer->lock);
    while (!writer->stop || writer->waiting.first != NULL) {
        if (writer->waiting.first == NULL && !settlement_due(writer)) {
            rest(writer, &more);
            continue;
        }
        struct job_list list = writer->waiting;
        writer->waiting = (struct job_list){NULL, NULL};
        (void) pthread_mutex_unlock(&writer->lock);
        do {
            commit_batch(writer, &list);
        } while (list.first != NULL);
        (void) pthread_mutex_lock(&writer->lock);
    }
    bool last = writer->settled != NULL;
    (void) pthread_mutex_unlock(&writer->lock);
    if (last) {
        commit_batch(writer, &(struct job_list){NULL, NULL});
    }
    if (writer->store->ops->submit != NULL) {
        writer->store->ops->drain(writer->store);
    }
    return NULL;
}

struct writer *writer_start(struct store *store, struct fail *fail)
{
    struct writer *writer = calloc(1, sizeof(*writer));
    if (writer == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "the store's thread: out of memory");
        return NULL;
    }
    writer->store = store;
    store->done = take_back;
    store->context = writer;
    writer->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    (void) pthread_mutex_init(&writer->lock, NULL);
    clock_condition(&writer->work);
    writer->settled_end = &writer->settled;
    int error =
        writer->event_fd < 0 ? errno : pthread_create(&writer->thread, NULL, writer_main, writer);
    if (error != 0) {
        (void) fail_set(fail, EXIT_UNKNOWN, "the store's thread: %s", strerror(error));
        if (writer->event_fd >= 0) {
            (void) close(writer->event_fd);
        }
        free(writer);
        return NULL;
    }
    return writer;
}

int writer_fd(const struct writer *writer)
{
    return writer->event_fd;
}

void writer_add(struct writer *writer, struct job_list *list)
{
    if (list->first == NULL) {
        return;
    }
    (void) pthread_mutex_lock(&writer->lock);
    job_list_join(&writer->waiting, list);
    bool wake = writer->idle;
    (void) pthread_mutex_unlock(&writer->lock);
    if (wake) {
        (void) pthread_cond_broadcast(&writer->work);
    }
}

void writer_settle(struct writer *writer, struct settlement *settlement)
{
    settlement->next = NULL;
    (void) pthread_mutex_lock(&writer->lock);
    *writer->settled_end = settlement;
    writer->settled_end = &settlement->next;
    (void) pthread_mutex_unlock(&writer->lock);
    (void) pthread_cond_broadcast(&writer->work);
}

void writer_watch(struct writer *writer, struct writer_hook hook)
{
    (void) pthread_mutex_lock(&writer->lock);
    writer->hook = hook;
    while (hook.call == NULL && writer->in_hook) {
        (void) pthread_cond_wait(&writer->work, &writer->lock);
    }
    (void) pthread_mutex_unlock(&writer->lock);
}

struct job_list writer_take(struct writer *writer, struct fail *fail)
{
    uint64_t count;
    (void) !read(writer->event_fd, &count, sizeof(count));
    (void) pthread_mutex_lock(&writer->lock);
    struct job_list done = writer->done;
    writer->done = (struct job_list){NULL, NULL};
    if (writer->fail.exit_code != 0) {
        *fail = writer->fail;
        writer->fail = (struct fail){0};
    }
    (void) pthread_mutex_unlock(&writer->lock);
    return done;
}

void writer_stop(struct writer *writer)
{
    if (writer == NULL) {
        return;
    }
    (void) pthread_mutex_lock(&writer->lock);
    writer->stop = true;
    (void) pthread_mutex_unlock(&writer->lock);
    (void) pthread_cond_broadcast(&writer->work);
    (void) pthread_join(writer->thread, NULL);
    (void) close(writer->event_fd);
    (void) pthread_cond_destroy(&writer->work);
    (void) pthread_mutex_destroy(&writer->lock);
    free(writer);
}
