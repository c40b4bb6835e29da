/* SPDX-License-Identifier: MIT
 *
 * A case of a live run: made, sent and judged, as often as it says.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/child.h"
#include "harness/http.h"

#define PAUSE_MS 200  /* of a framed message: a receiver answers an Expect sooner, or never */
#define EARLY_MS 2000 /* for the answer to a message that ends early: silence refuses it, too */
#define RESTART_STEP_MS 50 /* between two looks at whether it is back */

/* ---- Parcels --------------------------------------------------------------------------------- */

/* Whether libcurl can send it: HTTP allows no other control byte than tab in a value. */
static bool can_be_sent(const struct made *made)
{
    for (size_t i = 0; i < made->request.header_count; i++) {
        hg_str value = made->request.headers[i].value;
        for (size_t j = 0; j < value.len; j++) {
            unsigned char byte = (unsigned char) value.ptr[j];
            if ((byte < ' ' && byte != '\t') || byte == 0x7f) {
                return false;
            }
        }
    }
    return true;
}

static bool add_words(const struct http *http, struct http_parcel *parcel)
{
    const hg_request *request = &parcel->made.request;
    size_t at = request->method.len + 1;
    buf_init(&parcel->words, at + request->url.len + LIVE_URL_MAX);
    bool held = buf_add_str(&parcel->words, request->method) && buf_add(&parcel->words, "", 1) &&
                live_url(&http->live, &parcel->made, &parcel->words);
    parcel->method = parcel->words.ptr;
    parcel->url = held ? parcel->words.ptr + at : NULL;
    return held;
}

enum parcel_state http_parcel_make(const struct http *http, const struct vector_case *one,
                                   int64_t now, bool again, struct http_parcel *parcel,
                                   struct fail *fail)
{
    const struct live_turn turn = {.now = now, .round = http->round, .again = again};
    struct http_parcel made = {.method = NULL};
    if (!live_make(&http->live, one, &turn, &made.made, fail)) {
        return PARCEL_FAILED;
    }
    bool framed = made.made.frame.bytes.len > 0;
    if (!framed && !can_be_sent(&made.made)) {
        made_free(&made.made);
        return PARCEL_UNFIT;
    }
    if (!add_words(http, &made)) {
        http_parcel_free(&made);
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return PARCEL_FAILED;
    }
    *parcel = made;
    return PARCEL_MADE;
}

void http_parcel_free(struct http_parcel *parcel)
{
    buf_free(&parcel->words);
    made_free(&parcel->made);
}

/* ---- Sending --------------------------------------------------------------------------------- */

static struct transport_answer send_frame(struct http *http, struct transport *transport,
                                          const struct http_parcel *parcel, int *first_status)
{
    const struct frame *frame = &parcel->made.frame;
    long timeout_ms = http_timeout_ms(http);
    struct transport_piece *pieces = calloc(frame->piece_count, sizeof *pieces);
    if (pieces == NULL) {
        return (struct transport_answer){.result = TRANSPORT_BROKEN, .error = "out of memory"};
    }
    size_t from = 0;
    for (size_t i = 0; i < frame->piece_count; i++) {
        size_t end = frame->pieces[i].end;
        pieces[i] = (struct transport_piece){{frame->bytes.ptr + from, end - from},
                                             frame->pieces[i].pauses};
        from = end;
    }
    const struct transport_raw call = {
        .url = http->run->set.target,
        .pieces = pieces,
        .piece_count = frame->piece_count,
        .half_close = frame->ends_early,
        .pause_ms = PAUSE_MS,
        .total_timeout_ms = frame->ends_early && timeout_ms > EARLY_MS ? EARLY_MS : timeout_ms,
        .first_status = frame->first != 0 ? first_status : NULL};
    struct transport_answer answer = transport_raw(transport, &call);
    free(pieces);
    return answer;
}

struct transport_answer http_parcel_send(struct http *http, struct transport *transport,
                                         const struct http_parcel *parcel, int *first_status)
{
    pace_wait(&http->pace, http->run->stop);
    if (parcel->made.frame.bytes.len > 0) {
        return send_frame(http, transport, parcel, first_status);
    }
    const struct transport_call call = {.method = parcel->method,
                                        .url = parcel->url,
                                        .headers = parcel->made.request.headers,
                                        .header_count = parcel->made.request.header_count,
                                        .body = parcel->made.request.body,
                                        .connect_timeout_ms = http_timeout_ms(http),
                                        .total_timeout_ms = http_timeout_ms(http),
                                        .chunked = parcel->made.chunked};
    return transport_call(transport, &call);
}

/* A message that is not made anew: its bytes are the case. */
static bool deliver_raw(struct http *http, struct transport *transport, size_t index)
{
    struct buf bytes;
    const struct vector_case *one = http->run->cases[index];
    buf_init(&bytes, one->raw.len + LIVE_URL_MAX);
    if (!live_raw(&http->live, one, &bytes)) {
        buf_free(&bytes);
        run_note_failed(http->run, index, "out of memory");
        return false;
    }
    const struct transport_piece whole = {.bytes = buf_str(&bytes)};
    const struct transport_raw call = {.url = http->run->set.target,
                                       .pieces = &whole,
                                       .piece_count = 1,
                                       .total_timeout_ms = http_timeout_ms(http)};
    pace_wait(&http->pace, http->run->stop);
    struct transport_answer answer = transport_raw(transport, &call);
    bool good = !run_stopped(http->run) &&
                http_judge_raw(http, index, buf_str(&bytes), &answer, transport_heard(transport));
    buf_free(&bytes);
    return good;
}

/* ---- Restarts -------------------------------------------------------------------------------- */

/* Anything that speaks HTTP will do: a GET asks for nothing and changes nothing. */
static bool is_back(const struct http *http, struct transport *transport)
{
    const struct transport_call call = {.method = "GET",
                                        .url = http->run->set.target,
                                        .connect_timeout_ms = http_timeout_ms(http),
                                        .total_timeout_ms = http_timeout_ms(http)};
    return transport_call(transport, &call).result == TRANSPORT_ANSWERED;
}

/* Starts the receiver anew and waits until it answers. */
static bool restart(struct http *http, struct transport *transport, size_t index)
{
    struct run *run = http->run;
    struct fail fail = {0};
    double until = run_clock_ms() + (double) http_timeout_ms(http);
    if (!child_run(run->set.restart, "--restart", http_timeout_ms(http), &fail)) {
        run_note_failed(run, index, "%s", fail.text);
        return false;
    }
    while (!is_back(http, transport)) {
        if (run_stopped(run)) {
            return false;
        }
        if (run_clock_ms() >= until) {
            run_note_failed(run, index, "no answer after --restart");
            return false;
        }
        const struct timespec step = {.tv_nsec = RESTART_STEP_MS * 1000000L};
        (void) nanosleep(&step, NULL);
    }
    return true;
}

/* ---- A case ---------------------------------------------------------------------------------- */

static bool deliver_one(struct http *http, struct transport *transport, size_t index, int64_t now,
                        bool again)
{
    const struct vector_case *one = http->run->cases[index];
    struct http_parcel parcel;
    struct fail fail = {0};
    int first_status = 0;
    switch (http_parcel_make(http, one, now, again, &parcel, &fail)) {
    case PARCEL_FAILED:
        run_note_failed(http->run, index, "can't be made: %s", fail.text);
        return false;
    case PARCEL_UNFIT: run_note_skipped(http->run, index, "HTTP can't carry it"); return false;
    case PARCEL_MADE: break;
    }
    if (http->waits != NULL && live_is_marked(&parcel.made) && parcel.made.frame.first == 0) {
        http->waits[index] = WAIT_MARKED; /* two messages would share a token */
    }
    struct transport_answer answer = http_parcel_send(http, transport, &parcel, &first_status);
    bool good =
        !run_stopped(http->run) &&
        http_judge(http, index, &parcel, &answer, first_status, transport_heard(transport)) &&
        (one->same_as == NULL || !http_differs(http, transport, index, &parcel));
    http_parcel_free(&parcel);
    return good;
}

bool http_deliver(struct http *http, struct transport *transport, size_t index)
{
    const struct vector_case *one = http->run->cases[index];
    int64_t now = (int64_t) time(NULL); /* the same for all: a repetition states the same second */
    if (one->raw.ptr != NULL && one->edit_count == 0) {
        return deliver_raw(http, transport, index);
    }
    if (one->together) {
        return http_deliver_together(http, index);
    }
    for (int i = 0; i < one->times; i++) {
        if ((i == 1 && one->restart && !restart(http, transport, index)) ||
            !deliver_one(http, transport, index, now, i > 0)) {
            return false;
        }
    }
    return true;
}
