/* SPDX-License-Identifier: MIT
 *
 * Deliveries that end at one moment: what a receiver that looks first and notes later gets wrong.
 *
 * Each has a thread and a connection of its own. All but the last byte is sent; then they wait for
 * each other and send it.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/http.h"

/* Opens when as many have come as are expected. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    size_t come, expected;
};

struct runner {
    pthread_t thread;
    struct transport *transport;
    struct transport_raw call;
    struct transport_answer answer;
};

static void gate_expect(struct gate *gate, size_t expected)
{
    (void) pthread_mutex_lock(&gate->lock);
    gate->expected = expected;
    (void) pthread_cond_broadcast(&gate->opened);
    (void) pthread_mutex_unlock(&gate->lock);
}

/* Every call comes here once, also one that has failed, so nobody waits for ever. */
static void gate_pass(void *of)
{
    struct gate *gate = of;
    (void) pthread_mutex_lock(&gate->lock);
    gate->come++;
    (void) pthread_cond_broadcast(&gate->opened);
    while (gate->come < gate->expected) {
        (void) pthread_cond_wait(&gate->opened, &gate->lock);
    }
    (void) pthread_mutex_unlock(&gate->lock);
}

static void *run_one(void *context)
{
    struct runner *runner = context;
    runner->answer = transport_raw(runner->transport, &runner->call);
    return NULL;
}

static bool open_transports(const struct http *http, struct runner *runners, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        runners[i].transport = http_transport(http);
        if (runners[i].transport == NULL) {
            return false;
        }
    }
    return true;
}

/* How many were started; the gate waits for these alone. */
static size_t start_all(struct runner *runners, size_t count, struct gate *gate)
{
    size_t started = 0;
    while (started < count &&
           pthread_create(&runners[started].thread, NULL, run_one, &runners[started]) == 0) {
        started++;
    }
    gate_expect(gate, started);
    for (size_t i = 0; i < started; i++) {
        (void) pthread_join(runners[i].thread, NULL);
    }
    return started;
}

/* Sends the message once a runner, and judges the answers one after the other. */
static bool send_all(struct http *http, size_t index, const struct http_parcel *parcel,
                     struct runner *runners, size_t count)
{
    struct gate gate = {
        .lock = PTHREAD_MUTEX_INITIALIZER, .opened = PTHREAD_COND_INITIALIZER, .expected = count};
    const struct buf *bytes = &parcel->made.frame.bytes;
    const struct transport_piece pieces[] = {{.bytes = {bytes->ptr, bytes->len - 1}},
                                             {.bytes = {bytes->ptr + bytes->len - 1, 1}}};
    for (size_t i = 0; i < count; i++) {
        runners[i].call = (struct transport_raw){.url = http->run->set.target,
                                                 .pieces = pieces,
                                                 .piece_count = 2,
                                                 .total_timeout_ms = http_timeout_ms(http),
                                                 .ready = gate_pass,
                                                 .of = &gate};
    }
    bool good = start_all(runners, count, &gate) == count;
    if (!good) {
        run_note_failed(http->run, index, "out of threads");
    }
    for (size_t i = 0; good && i < count; i++) {
        good = !run_stopped(http->run) && http_judge(http, index, parcel, &runners[i].answer, 0,
                                                     transport_heard(runners[i].transport));
    }
    return good;
}

/* As the bytes of a message, which alone can be held back. */
static bool frame_parcel(const struct http *http, struct http_parcel *parcel, struct fail *fail)
{
    const struct edit plain = {.op = EDIT_FRAME};
    const struct frame_message message = {.request = &parcel->made.request,
                                          .host = http->live.host};
    return parcel->made.frame.bytes.len > 0 ||
           frame_make(&plain, 1, &message, &parcel->made.frame, fail);
}

bool http_deliver_together(struct http *http, size_t index)
{
    const struct vector_case *one = http->run->cases[index];
    size_t count = (size_t) one->times;
    struct runner *runners = calloc(count, sizeof *runners);
    struct http_parcel parcel;
    struct fail fail = {0};
    bool good = false;
    if (runners == NULL ||
        http_parcel_make(http, one, (int64_t) time(NULL), false, &parcel, &fail) != PARCEL_MADE) {
        run_note_failed(http->run, index, "can't be made: %s",
                        runners == NULL ? "out of memory" : fail.text);
        free(runners);
        return false;
    }
    if (http->waits != NULL && live_is_marked(&parcel.made)) {
        http->waits[index] = WAIT_MARKED;
    }
    pace_wait(&http->pace, http->run->stop);
    if (!frame_parcel(http, &parcel, &fail)) {
        run_note_failed(http->run, index, "can't be made: %s", fail.text);
    } else if (!open_transports(http, runners, count)) {
        run_note_failed(http->run, index, "out of memory");
    } else {
        good = send_all(http, index, &parcel, runners, count);
    }
    for (size_t i = 0; i < count; i++) {
        transport_free(runners[i].transport);
    }
    free(runners);
    http_parcel_free(&parcel);
    return good;
}
