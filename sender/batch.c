/* SPDX-License-Identifier: MIT
 *
 * Threads take the next delivery from a shared counter, so that a slow answer holds up one of them
 * only. Each has its own transport and so its own connections.
 */
#include "sender/batch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "sender/stop.h"

#define PROGRESS_MS 200 /* between two progress calls: smooth enough to look at */

struct run {
    const struct batch *batch;
    size_t total;
    atomic_size_t next;  /* index of the delivery that is taken next */
    atomic_size_t ended; /* deliveries that have a result: the next place in times_ms */
    atomic_size_t results[DELIVERY_FAILED + 1];
    float *times_ms;
    pthread_mutex_t lock; /* guards running */
    pthread_cond_t idle;  /* signalled when running becomes 0 */
    size_t running;
};

struct worker {
    struct run *run;
    struct transport *transport;
    pthread_t thread;
    struct buf body; /* of --vary */
    /* of the delivery under way */
    const struct batch_item *item;
    size_t number;
    double last_s;
};

/* ---- A thread -------------------------------------------------------------------------------- */

static bool vary_body(struct worker *worker, hg_str body)
{
    static const char mark[] = "{n}";
    buf_clear(&worker->body);
    const char *found;
    while (body.len > 0 && (found = memmem(body.ptr, body.len, mark, 3)) != NULL) {
        size_t before = (size_t) (found - body.ptr);
        if (!buf_add(&worker->body, body.ptr, before) ||
            !buf_addf(&worker->body, "%zu", worker->number)) {
            return false;
        }
        body.ptr += before + 3;
        body.len -= before + 3;
    }
    return buf_add_str(&worker->body, body);
}

static void note_attempt(void *context, const struct delivery_attempt *attempt)
{
    struct worker *worker = context;
    const struct batch_hooks *hooks = &worker->run->batch->hooks;
    worker->last_s = attempt->answer.seconds;
    hooks->attempt(hooks->context, worker->item, worker->number, attempt);
}

static enum delivery_result send_one(struct worker *worker)
{
    const struct batch *batch = worker->run->batch;
    struct delivery delivery = worker->item->delivery;
    struct delivery_hook hook = {note_attempt, worker};
    if (batch->vary) {
        if (!vary_body(worker, delivery.body)) {
            return DELIVERY_FAILED;
        }
        delivery.body = buf_str(&worker->body);
    }
    return deliver(worker->transport, &delivery, &batch->policy, hook);
}

static void *work(void *context)
{
    struct worker *worker = context;
    struct run *run = worker->run;
    size_t index;
    while (!stop_flag_is_set(stop_flag()) &&
           (index = atomic_fetch_add(&run->next, 1)) < run->total) {
        worker->item = &run->batch->items[index % run->batch->item_count];
        worker->number = index + 1;
        worker->last_s = 0;
        enum delivery_result result = send_one(worker);
        atomic_fetch_add(&run->results[result], 1);
        run->times_ms[atomic_fetch_add(&run->ended, 1)] = (float) (worker->last_s * 1000);
    }
    (void) pthread_mutex_lock(&run->lock);
    if (--run->running == 0) {
        (void) pthread_cond_signal(&run->idle);
    }
    (void) pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* ---- The run --------------------------------------------------------------------------------- */

static void wait_idle(struct run *run, double start)
{
    const struct batch_hooks *hooks = &run->batch->hooks;
    (void) pthread_mutex_lock(&run->lock);
    while (run->running > 0 && hooks->progress != NULL) {
        (void) clock_wait(&run->idle, &run->lock, clock_steady_ms() + PROGRESS_MS);
        (void) pthread_mutex_unlock(&run->lock);
        hooks->progress(hooks->context, atomic_load(&run->ended), run->total,
                        clock_steady_s() - start);
        (void) pthread_mutex_lock(&run->lock);
    }
    (void) pthread_mutex_unlock(&run->lock);
}

static int compare_times(const void *left, const void *right)
{
    float a = *(const float *) left;
    float b = *(const float *) right;
    return a < b ? -1 : a > b ? 1 : 0;
}

static void summarise(struct run *run, double seconds, struct batch_summary *summary)
{
    size_t count = atomic_load(&run->ended);
    *summary = (struct batch_summary){
        .sent = count,
        .delivered = atomic_load(&run->results[DELIVERY_DONE]),
        .refused = atomic_load(&run->results[DELIVERY_REFUSED]),
        .failed = atomic_load(&run->results[DELIVERY_FAILED]),
        .seconds = seconds,
    };
    if (count > 0) {
        qsort(run->times_ms, count, sizeof *run->times_ms, compare_times);
        summary->p50_ms = (double) run->times_ms[(count - 1) / 2];
        summary->p99_ms = (double) run->times_ms[(count - 1) * 99 / 100];
    }
}

/* Starts as many threads as the system gives; returns how many. */
static size_t start_workers(struct run *run, struct worker *workers, size_t jobs)
{
    size_t started = 0;
    while (started < jobs) {
        struct worker *worker = &workers[started];
        worker->run = run;
        buf_init(&worker->body, BATCH_BODY_MAX);
        worker->transport = transport_new();
        if (worker->transport == NULL) {
            break;
        }
        transport_stop_when(worker->transport, stop_flag());
        (void) pthread_mutex_lock(&run->lock);
        bool good = pthread_create(&worker->thread, NULL, work, worker) == 0;
        run->running += good ? 1 : 0;
        (void) pthread_mutex_unlock(&run->lock);
        if (!good) {
            transport_free(worker->transport);
            break;
        }
        started++;
    }
    return started;
}

static size_t run_workers(struct run *run, struct worker *workers)
{
    size_t jobs = run->batch->jobs < run->total ? run->batch->jobs : run->total;
    double start = clock_steady_s();
    size_t started = start_workers(run, workers, jobs);
    wait_idle(run, start);
    for (size_t i = 0; i < started; i++) {
        (void) pthread_join(workers[i].thread, NULL);
        transport_free(workers[i].transport);
        buf_free(&workers[i].body);
    }
    return started;
}

bool batch_run(const struct batch *batch, struct batch_summary *summary, struct fail *fail)
{
    struct run run = {.batch = batch, .total = batch->item_count * batch->rounds};
    struct worker *workers = calloc(BATCH_JOBS_MAX, sizeof *workers);
    run.times_ms = calloc(run.total + 1, sizeof *run.times_ms);
    bool done = false;
    if (workers != NULL && run.times_ms != NULL && batch->jobs <= BATCH_JOBS_MAX) {
        (void) pthread_mutex_init(&run.lock, NULL);
        clock_condition(&run.idle);
        double start = clock_steady_s();
        done = run_workers(&run, workers) > 0 || run.total == 0;
        summarise(&run, clock_steady_s() - start, summary);
        (void) pthread_cond_destroy(&run.idle);
        (void) pthread_mutex_destroy(&run.lock);
    }
    free(run.times_ms);
    free(workers);
    return done || fail_set(fail, EXIT_UNKNOWN, "no thread could be started");
}
