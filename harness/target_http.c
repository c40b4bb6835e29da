/* SPDX-License-Identifier: MIT
 *
 * A live receiver as a target.
 *
 * Cases that say how many deliveries must be stored run first, one after the other, since only
 * then their deliveries are the only ones that arrive between two counts. Those that start the
 * receiver anew follow, also alone. All others come over several connections at once, a thread
 * each.
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/http.h"
#include "harness/leak.h"
#include "harness/loopback.h"
#include "harness/target.h"

#define PATIENT_JOBS                                                                               \
    16                /* connections that wait side by side, unless one at a time was asked for    \
                       */
#define SILENT_MAX 16 /* unanswered cases in a row: then the receiver is gone */

long http_timeout_ms(const struct http *http)
{
    return http->run->set.timeout_s * 1000;
}

bool http_is_gone(const struct http *http)
{
    return !http->run->set.keep_going && atomic_load(&http->silent) >= SILENT_MAX;
}

struct transport *http_transport(const struct http *http)
{
    struct transport *transport = transport_new();
    if (transport != NULL) {
        transport_stop_when(transport, http->run->stop);
    }
    return transport;
}

/* ---- Many at once ---------------------------------------------------------------------------- */

/* Whether the case stops short or pauses on purpose: nobody works then, neither side. */
static bool is_patient(const struct vector_case *one)
{
    for (size_t i = 0; i < one->edit_count; i++) {
        if (one->edits[i].op == EDIT_STOP || one->edits[i].op == EDIT_PAUSE) {
            return true;
        }
    }
    return false;
}

/* Delivers a case that has no result yet; whether it has one then depends on who else looks. */
static void take_case(struct http *http, struct transport *transport, size_t index)
{
    struct run *run = http->run;
    enum http_wait *wait = http->waits != NULL ? &http->waits[index] : NULL;
    if (run->outcomes[index].result != OUTCOME_NONE || (wait != NULL && *wait == WAIT_LOOK)) {
        return;
    }
    if (http_is_gone(http)) {
        run_note_failed(run, index, "given up: the receiver stopped answering");
    } else if (http_deliver(http, transport, index)) {
        if (wait != NULL && *wait == WAIT_MARKED) {
            *wait = WAIT_LOOK;
        } else {
            run_note(run, index, true);
        }
    }
}

static void *work(void *context)
{
    struct http *http = context;
    struct run *run = http->run;
    struct transport *transport = http_transport(http);
    if (transport == NULL) {
        return NULL; /* the others take its share */
    }
    for (;;) {
        size_t index = atomic_fetch_add(&http->next, 1);
        if (index >= run->count || run_stopped(run)) {
            break;
        }
        if (is_patient(run->cases[index]) == http->patient) {
            take_case(http, transport, index);
        }
    }
    transport_free(transport);
    return NULL;
}

static void work_together(struct http *http, size_t wanted)
{
    pthread_t threads[RUN_JOBS_MAX];
    size_t count = 0;
    atomic_store(&http->next, 0);
    /* This thread works too, so that a failed pthread_create only makes it slower. */
    while (count + 1 < wanted && pthread_create(&threads[count], NULL, work, http) == 0) {
        count++;
    }
    (void) work(http);
    for (size_t i = 0; i < count; i++) {
        (void) pthread_join(threads[i], NULL);
    }
}

/* ---- Beginning ------------------------------------------------------------------------------- */

/* Anything that speaks HTTP there will do: a GET asks for nothing and changes nothing. */
static bool probe(const struct http *http, struct transport *transport, struct fail *fail)
{
    const struct transport_call call = {.method = "GET",
                                        .url = http->run->set.target,
                                        .connect_timeout_ms = http_timeout_ms(http),
                                        .total_timeout_ms = http_timeout_ms(http)};
    struct transport_answer answer = transport_call(transport, &call);
    return answer.result == TRANSPORT_ANSWERED ||
           fail_set(fail, EXIT_UNKNOWN, "%s: %s", http->run->set.target, answer.error);
}

static void restart_cases(struct http *http, struct transport *transport)
{
    struct run *run = http->run;
    for (size_t i = 0; i < run->count && !run_stopped(run); i++) {
        if (run->cases[i]->restart) {
            take_case(http, transport, i);
        }
    }
}

/* Alone on one connection, which is closed before the others open theirs: a receiver that serves
 * one connection at a time must not wait for it. */
static bool begin(struct http *http, struct fail *fail)
{
    struct transport *transport = http_transport(http);
    if (transport == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    bool held = probe(http, transport, fail);
    if (held && http->run->set.stored != NULL && http->run->stored_cases > 0) {
        held = http_check_stored(http, transport, fail);
    }
    if (held) {
        restart_cases(http, transport);
    }
    transport_free(transport);
    return held;
}

static void skip_impossible(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const char *why = live_skip(run->cases[i]);
        if (why == NULL && run->cases[i]->restart && run->set.restart == NULL) {
            why = "needs --restart";
        }
        if (why != NULL) {
            run_note_skipped(run, i, why);
        }
    }
}

/* Not secret, only different: another run of the same second must make other deliveries. */
static uint64_t run_mark(void)
{
    return (uint64_t) clock_wall_ns() * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t) getpid();
}

/* A short one may stand in an answer by chance. */
static hg_str secret_to_find(const struct live *live)
{
    return live->secret.len >= LEAK_SECRET_MIN ? live->secret : (hg_str){NULL, 0};
}

static bool open_http(struct http *http, const char *url, struct fail *fail)
{
    const struct run *run = http->run;
    const struct run_settings *set = &run->set;
    if (!live_open(run->file, url, set->secret, set->slack_s, run_mark(), &http->live, fail) ||
        !loopback_check(http->live.origin, set->allow_host, fail)) {
        return false;
    }
    http->live.marked = set->observe != NULL;
    http->waits = set->observe != NULL ? calloc(run->count, sizeof *http->waits) : NULL;
    return ((set->observe == NULL || http->waits != NULL) && veil_open(set->secret, &http->veil) &&
            veil_open(secret_to_find(&http->live), &http->secret)) ||
           fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

static void close_http(struct http *http)
{
    veil_close(&http->veil);
    veil_close(&http->secret);
    free(http->waits);
    live_free(&http->live);
}

static bool go(struct http *http, struct fail *fail)
{
    struct run *run = http->run;
    skip_impossible(run);
    if (!begin(http, fail)) {
        return false;
    }
    size_t jobs = (size_t) run->set.jobs;
    work_together(http, jobs);
    http->patient = true;
    work_together(http, jobs == 1 || jobs > PATIENT_JOBS ? jobs : PATIENT_JOBS);
    run->lost = http_is_gone(http);
    return (http->waits == NULL || http_observe(http, fail)) &&
           (!run->set.timing || run->lost || run_stopped(run) || http_measure(http, fail));
}

bool target_http(struct run *run, const char *url, struct fail *fail)
{
    struct http http = {.run = run, .pace = {.per_second = run->set.rate}};
    bool held = open_http(&http, url, fail) &&
                (transport_init() || fail_set(fail, EXIT_UNKNOWN, "libcurl can't be used"));
    if (held) {
        held = go(&http, fail);
        transport_cleanup();
    }
    close_http(&http);
    return held;
}
