/* SPDX-License-Identifier: MIT
 *
 * See writer.h. One lock guards both lists; it is never held during a commit.
 */
#include "receiver/writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct writer {
    struct store *store;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    int event_fd;
    struct job_list waiting;                 /* guarded, */
    struct job_list done;                    /* guarded, */
    struct fail fail;                        /* guarded, */
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

static void commit_list(struct writer *writer, struct job_list *list)
{
    uint64_t one = 1;
    while (list->first != NULL) {
        struct fail fail = {0};
        struct job_list batch = {NULL, NULL};
        size_t count = cut_batch(writer, list, &batch);
        bool kept = store_commit(writer->store, writer->batch, count, &fail);
        for (struct job *job = batch.first; job != NULL; job = job->next) {
            job->kept = kept;
        }
        (void) pthread_mutex_lock(&writer->lock);
        job_list_join(&writer->done, &batch);
        if (!kept) {
            writer->fail = fail;
        }
        (void) pthread_mutex_unlock(&writer->lock);
        (void) !write(writer->event_fd, &one, sizeof(one));
    }
}

static void *writer_main(void *context)
{
    struct writer *writer = context;
    (void) pthread_mutex_lock(&writer->lock);
    while (!writer->stop || writer->waiting.first != NULL) {
        if (writer->waiting.first == NULL) {
            writer->idle = true;
            (void) pthread_cond_wait(&writer->work, &writer->lock);
            writer->idle = false;
            continue;
        }
        struct job_list list = writer->waiting;
        writer->waiting = (struct job_list){NULL, NULL};
        (void) pthread_mutex_unlock(&writer->lock);
        commit_list(writer, &list);
        (void) pthread_mutex_lock(&writer->lock);
    }
    (void) pthread_mutex_unlock(&writer->lock);
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
    writer->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    (void) pthread_mutex_init(&writer->lock, NULL);
    (void) pthread_cond_init(&writer->work, NULL);
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
        (void) pthread_cond_signal(&writer->work);
    }
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
    (void) pthread_cond_signal(&writer->work);
    (void) pthread_join(writer->thread, NULL);
    (void) close(writer->event_fd);
    (void) pthread_cond_destroy(&writer->work);
    (void) pthread_mutex_destroy(&writer->lock);
    free(writer);
}
