/* SPDX-License-Identifier: MIT
 *
 * What took effect on the receiver's side, as a command of the user counts it for each delivery.
 *
 * All deliveries are made first, then it is asked about each: the later a look, the more of what a
 * wrong receiver does behind its answer is seen.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "harness/child.h"
#include "harness/http.h"

#define LOOK_STEP_MS 50   /* between two looks for an effect that has yet to come */
#define VARIABLE_MAX 1024 /* bytes of a variable: ids of cases have less than 100 */

struct watch {
    struct http *http;
    atomic_size_t next;
    pthread_mutex_t lock; /* of fail */
    struct fail *fail;
    atomic_bool failed;
};

/* What may be accepted or refused must do as it says. */
static int64_t expected_effects(const struct http *http, size_t index)
{
    const struct vector_case *one = http->run->cases[index];
    if (one->either) {
        return http->run->outcomes[index].answer == ANSWER_ACCEPTED ? 1 : 0;
    }
    return one->expect_stored >= 0 ? one->expect_stored : one->status == HG_OK ? 1 : 0;
}

/* Values stand in variables, never in the command's text: a shell reads them as data. */
static bool look(const struct http *http, size_t index, int64_t *effects, struct fail *fail)
{
    const struct vector_case *one = http->run->cases[index];
    char token[LIVE_TOKEN_SIZE];
    char id[VARIABLE_MAX];
    char delivery[VARIABLE_MAX];
    char scheme[VARIABLE_MAX];
    const char *const env[] = {id, delivery, scheme, NULL};
    live_token(&http->live, one, http->round, token);
    (void) snprintf(id, sizeof id, "HOOKGAUGE_CASE=%s", one->id);
    (void) snprintf(delivery, sizeof delivery, "HOOKGAUGE_DELIVERY=%s", token);
    (void) snprintf(scheme, sizeof scheme, "HOOKGAUGE_SCHEME=%s",
                    hg_scheme_row(http->run->file->scheme)->name);
    return child_number(http->run->set.observe, "--observe", env, http_timeout_ms(http), effects,
                        fail);
}

/* An effect may come behind the answer; one that must not come can't be waited for. */
static bool look_until(const struct http *http, size_t index, int64_t *effects, struct fail *fail)
{
    int64_t wanted = expected_effects(http, index);
    double until = run_clock_ms() + (double) http_timeout_ms(http);
    for (;;) {
        if (!look(http, index, effects, fail)) {
            return false;
        }
        if (*effects >= wanted || run_clock_ms() >= until || run_stopped(http->run)) {
            return true;
        }
        const struct timespec step = {.tv_nsec = LOOK_STEP_MS * 1000000L};
        (void) nanosleep(&step, NULL);
    }
}

static void judge_effects(const struct http *http, size_t index, int64_t effects)
{
    int64_t wanted = expected_effects(http, index);
    if (effects == wanted) {
        run_note(http->run, index, true);
    } else {
        run_note_failed(http->run, index, "took effect %lld times, not %lld", (long long) effects,
                        (long long) wanted);
    }
}

static void *watch_some(void *context)
{
    struct watch *watch = context;
    struct http *http = watch->http;
    while (!run_stopped(http->run) && !atomic_load(&watch->failed)) {
        struct fail fail = {0};
        int64_t effects = 0;
        size_t index = atomic_fetch_add(&watch->next, 1);
        if (index >= http->run->count) {
            break;
        }
        if (http->waits[index] != WAIT_LOOK) {
            continue;
        }
        if (look_until(http, index, &effects, &fail)) {
            judge_effects(http, index, effects);
            continue;
        }
        (void) pthread_mutex_lock(&watch->lock);
        (void) fail_set(watch->fail, (enum exit_code) fail.exit_code, "%s", fail.text);
        (void) pthread_mutex_unlock(&watch->lock);
        atomic_store(&watch->failed, true);
    }
    return NULL;
}

bool http_observe(struct http *http, struct fail *fail)
{
    struct watch watch = {.http = http, .lock = PTHREAD_MUTEX_INITIALIZER, .fail = fail};
    pthread_t threads[RUN_JOBS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < http->run->count; i++) {
        http->run->observed += http->waits[i] == WAIT_LOOK ? 1 : 0;
    }
    /* This thread looks too, so that a failed pthread_create only makes it slower. */
    while (count + 1 < (size_t) http->run->set.jobs &&
           pthread_create(&threads[count], NULL, watch_some, &watch) == 0) {
        count++;
    }
    (void) watch_some(&watch);
    for (size_t i = 0; i < count; i++) {
        (void) pthread_join(threads[i], NULL);
    }
    return !atomic_load(&watch.failed);
}
