/* SPDX-License-Identifier: MIT
 *
 * A live receiver as a target.
 *
 * Cases that say how many deliveries must be stored run first, one after the other, since only
 * then their deliveries are the only ones that arrive between two counts. All others follow over
 * several connections at once, a thread each.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "harness/child.h"
#include "harness/evidence.h"
#include "harness/live.h"
#include "harness/repro.h"
#include "harness/target.h"
#include "sender/transport.h"

#define SILENT_MAX 16                /* unanswered cases in a row: then the receiver is gone */
#define REPRO_MAX ((size_t) 4 << 20) /* bytes of a command: four times what a body may need */

struct http {
    struct run *run;
    struct live live;
    struct veil veil; /* over what the user's receiver may print */
    atomic_size_t next;
    atomic_uint silent; /* cases without an answer since the last answer */
    unsigned round;
};

/* ---- One case -------------------------------------------------------------------------------- */

static long timeout_ms(const struct http *http)
{
    return http->run->set.timeout_s * 1000;
}

/* A raw message may be one that the server's own library refuses with 501 or 505, as HTTP says. */
static bool erred(const struct vector_case *one, int status)
{
    bool raw = one->raw.ptr != NULL || frame_wanted(one->edits, one->edit_count);
    return status >= 500 && !(raw && (status == 501 || status == 505));
}

/* Notes what an answer means; false when it failed the case. */
static bool judge(struct http *http, size_t index, const struct transport_answer *answer)
{
    const struct vector_case *one = http->run->cases[index];
    struct outcome *outcome = &http->run->outcomes[index];
    outcome->ms += answer->seconds * 1000;
    bool malformed = hg_status_class(one->status) == HG_CLASS_MALFORMED;
    if (answer->result == TRANSPORT_BROKEN && malformed) {
        outcome->answer = ANSWER_REFUSED; /* closing is a way to refuse what is not well-formed */
        atomic_store(&http->silent, 0);
        return true;
    }
    if (answer->result != TRANSPORT_ANSWERED) {
        atomic_fetch_add(&http->silent, 1);
        run_note_failed(http->run, index, "no answer: %s", answer->error);
        return false;
    }
    atomic_store(&http->silent, 0);
    outcome->http = answer->status;
    if (erred(one, answer->status)) {
        run_note_failed(http->run, index, "the receiver erred");
        return false;
    }
    bool accepted = answer->status >= 200 && answer->status < 300;
    outcome->answer = accepted ? ANSWER_ACCEPTED : ANSWER_REFUSED;
    if (accepted != (one->status == HG_OK)) {
        run_note(http->run, index, false);
        return false;
    }
    return true;
}

static void keep_answer(const struct http *http, const struct transport *transport, size_t index)
{
    struct outcome *outcome = &http->run->outcomes[index];
    buf_free(&outcome->heard);
    buf_init(&outcome->heard, EVIDENCE_MAX);
    (void) evidence_answer(&http->veil, transport_heard(transport), &outcome->heard);
}

/* What a report shows of a failed case. Without memory the bare result has to do. */
static void keep(const struct http *http, const struct transport *transport, size_t index,
                 const struct made *made, const char *url)
{
    struct outcome *outcome = &http->run->outcomes[index];
    const hg_scheme *scheme = http->run->file->scheme;
    struct buf text;
    buf_init(&text, REPRO_MAX);
    bool open = http->run->set.secret_src == NULL;
    if (repro_curl(&text, scheme, made, url, open)) {
        free(outcome->curl);
        outcome->curl = strdup(text.ptr);
    }
    buf_free(&text);
    buf_free(&outcome->sent);
    buf_init(&outcome->sent, EVIDENCE_MAX);
    (void) evidence_request(&http->veil, hg_scheme_row(scheme), &made->request, url, made->chunked,
                            &outcome->sent);
    keep_answer(http, transport, index);
}

static void keep_raw(const struct http *http, const struct transport *transport, size_t index,
                     hg_str bytes)
{
    struct outcome *outcome = &http->run->outcomes[index];
    buf_free(&outcome->sent);
    buf_init(&outcome->sent, EVIDENCE_MAX);
    (void) evidence_message(&http->veil, bytes, &outcome->sent);
    keep_answer(http, transport, index);
}

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

/* Delivers what was made, as often as the case says. */
static bool deliver_made(struct http *http, struct transport *transport, size_t index,
                         const struct made *made, const char *url, const char *method)
{
    const struct transport_call call = {.method = method,
                                        .url = url,
                                        .headers = made->request.headers,
                                        .header_count = made->request.header_count,
                                        .body = made->request.body,
                                        .connect_timeout_ms = timeout_ms(http),
                                        .total_timeout_ms = timeout_ms(http),
                                        .chunked = made->chunked};
    for (int i = 0; i < http->run->cases[index]->times; i++) {
        struct transport_answer answer = transport_call(transport, &call);
        if (run_stopped(http->run)) {
            return false;
        }
        if (!judge(http, index, &answer)) {
            keep(http, transport, index, made, url);
            return false;
        }
    }
    return true;
}

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
    struct transport_answer answer =
        transport_raw(transport, http->run->set.target, buf_str(&bytes), timeout_ms(http));
    bool good = !run_stopped(http->run) && judge(http, index, &answer);
    if (http->run->outcomes[index].result == OUTCOME_FAILED) {
        keep_raw(http, transport, index, buf_str(&bytes));
    }
    buf_free(&bytes);
    return good;
}

static bool deliver_frame(struct http *http, struct transport *transport, size_t index,
                          const struct frame *frame)
{
    if (frame->ends_early || frame->first != 0) {
        run_note_skipped(http->run, index, "needs a connection of its own making");
        return false;
    }
    struct transport_answer answer =
        transport_raw(transport, http->run->set.target, buf_str(&frame->bytes), timeout_ms(http));
    bool good = !run_stopped(http->run) && judge(http, index, &answer);
    if (http->run->outcomes[index].result == OUTCOME_FAILED) {
        keep_raw(http, transport, index, buf_str(&frame->bytes));
    }
    return good;
}

/* Makes and delivers a case. True when all answers were as they should be: nothing is noted then,
 * since what was stored may still decide. */
static bool deliver(struct http *http, struct transport *transport, size_t index)
{
    const struct vector_case *one = http->run->cases[index];
    struct made made;
    struct buf words; /* the method and the URL, NUL-ended each */
    struct fail fail = {0};
    if (one->raw.ptr != NULL && one->edit_count == 0) {
        return deliver_raw(http, transport, index);
    }
    if (!live_make(&http->live, one, (int64_t) time(NULL), http->round, &made, &fail)) {
        run_note_failed(http->run, index, "can't be made: %s", fail.text);
        return false;
    }
    bool good = false;
    size_t at = made.request.method.len + 1;
    buf_init(&words, at + made.request.url.len + LIVE_URL_MAX);
    if (made.frame.bytes.len > 0) {
        good = deliver_frame(http, transport, index, &made.frame);
    } else if (!can_be_sent(&made)) {
        run_note_skipped(http->run, index, "HTTP can't carry it");
    } else if (buf_add_str(&words, made.request.method) && buf_add(&words, "", 1) &&
               live_url(&http->live, &made, &words)) {
        good = deliver_made(http, transport, index, &made, words.ptr + at, words.ptr);
    } else {
        run_note_failed(http->run, index, "out of memory");
    }
    buf_free(&words);
    made_free(&made);
    return good;
}

/* ---- Many at once ---------------------------------------------------------------------------- */

static bool is_gone(const struct http *http)
{
    return atomic_load(&http->silent) >= SILENT_MAX;
}

static void *work(void *context)
{
    struct http *http = context;
    struct run *run = http->run;
    struct transport *transport = transport_new();
    if (transport == NULL) {
        return NULL; /* the others take its share */
    }
    if (run->stop != NULL) {
        transport_stop_when(transport, run->stop);
    }
    for (;;) {
        size_t index = atomic_fetch_add(&http->next, 1);
        if (index >= run->count || run_stopped(run)) {
            break;
        }
        if (run->outcomes[index].result != OUTCOME_NONE) {
            continue;
        }
        if (is_gone(http)) {
            run_note_failed(run, index, "given up: the receiver stopped answering");
        } else if (deliver(http, transport, index)) {
            run_note(run, index, true);
        }
    }
    transport_free(transport);
    return NULL;
}

static void work_together(struct http *http)
{
    pthread_t threads[RUN_JOBS_MAX];
    size_t count = 0;
    size_t wanted = (size_t) http->run->set.jobs;
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

/* ---- What was stored ------------------------------------------------------------------------- */

static bool count_stored(const struct http *http, int64_t *count, struct fail *fail)
{
    return child_number(http->run->set.stored, "--stored", timeout_ms(http), count, fail);
}

static bool counts_stored(const struct http *http, size_t index)
{
    return http->run->cases[index]->expect_stored >= 0 &&
           http->run->outcomes[index].result == OUTCOME_NONE;
}

/* Delivers them all, then counts once: the usual, quick way. *off: the total is not as it must be,
 * or an answer was wrong, so that each has to be looked at. */
static bool store_together(struct http *http, struct transport *transport, bool *off,
                           struct fail *fail)
{
    struct run *run = http->run;
    int64_t before = 0;
    int64_t after = 0;
    int64_t expected = 0;
    bool *good = calloc(run->count, sizeof *good);
    if (good == NULL || !count_stored(http, &before, fail)) {
        free(good);
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    *off = false;
    for (size_t i = 0; i < run->count && !run_stopped(run) && !is_gone(http); i++) {
        if (counts_stored(http, i)) {
            good[i] = deliver(http, transport, i);
            *off = *off || (!good[i] && run->outcomes[i].result == OUTCOME_FAILED);
            expected += good[i] ? run->cases[i]->expect_stored : 0;
        }
    }
    bool counted = !run_stopped(run) && count_stored(http, &after, fail);
    *off = *off || after - before != expected;
    for (size_t i = 0; i < run->count && counted && !*off; i++) {
        if (good[i]) {
            run_note(run, i, true);
        }
    }
    free(good);
    return counted || run_stopped(run);
}

/* One by one with a count after each, made anew: names those that were stored too often. */
static bool store_singly(struct http *http, struct transport *transport, struct fail *fail)
{
    struct run *run = http->run;
    int64_t before = 0;
    int64_t after = 0;
    http->round++;
    bool held = count_stored(http, &before, fail);
    for (size_t i = 0; held && i < run->count && !run_stopped(run) && !is_gone(http); i++) {
        if (!counts_stored(http, i)) {
            continue;
        }
        run->outcomes[i].ms = 0;
        bool good = deliver(http, transport, i);
        held = run_stopped(run) || count_stored(http, &after, fail);
        int64_t stored = after - before;
        if (held && good && stored == run->cases[i]->expect_stored) {
            run_note(run, i, true);
        } else if (held && good) {
            run_note_failed(run, i, "stored %lld of %d deliveries, not %d", (long long) stored,
                            run->cases[i]->times, run->cases[i]->expect_stored);
        }
        before = after;
    }
    return held;
}

static bool check_stored(struct http *http, struct transport *transport, struct fail *fail)
{
    bool off = false;
    bool held = store_together(http, transport, &off, fail) &&
                (!off || run_stopped(http->run) || store_singly(http, transport, fail));
    http->run->stored_checked = held && !run_stopped(http->run);
    return held;
}

/* ---- Beginning ------------------------------------------------------------------------------- */

/* Anything that speaks HTTP there will do: a GET asks for nothing and changes nothing. */
static bool probe(const struct http *http, struct transport *transport, struct fail *fail)
{
    const struct transport_call call = {.method = "GET",
                                        .url = http->run->set.target,
                                        .connect_timeout_ms = timeout_ms(http),
                                        .total_timeout_ms = timeout_ms(http)};
    struct transport_answer answer = transport_call(transport, &call);
    return answer.result == TRANSPORT_ANSWERED ||
           fail_set(fail, EXIT_UNKNOWN, "%s: %s", http->run->set.target, answer.error);
}

/* Alone on one connection, which is closed before the others open theirs: a receiver that serves
 * one connection at a time must not wait for it. */
static bool begin(struct http *http, struct fail *fail)
{
    struct transport *transport = transport_new();
    if (transport == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    if (http->run->stop != NULL) {
        transport_stop_when(transport, http->run->stop);
    }
    bool held = probe(http, transport, fail);
    if (held && http->run->set.stored != NULL && http->run->stored_cases > 0) {
        held = check_stored(http, transport, fail);
    }
    transport_free(transport);
    return held;
}

static void skip_impossible(struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        const char *why = live_skip(run->cases[i]);
        if (why != NULL) {
            run_note_skipped(run, i, why);
        }
    }
}

/* Not secret, only different: another run of the same second must make other deliveries. */
static uint64_t run_mark(void)
{
    struct timespec now = {0};
    (void) clock_gettime(CLOCK_REALTIME, &now);
    uint64_t nanoseconds = (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
    return nanoseconds * UINT64_C(0x9e3779b97f4a7c15) ^ (uint64_t) getpid();
}

bool target_http(struct run *run, const char *url, struct fail *fail)
{
    struct http http = {.run = run};
    if (!live_open(run->file, url, run->set.secret, run->set.slack_s, run_mark(), &http.live,
                   fail)) {
        return false;
    }
    bool held =
        veil_open(run->set.secret, &http.veil) || fail_set(fail, EXIT_UNKNOWN, "out of memory");
    held = held && (transport_init() || fail_set(fail, EXIT_UNKNOWN, "libcurl can't be used"));
    if (held) {
        skip_impossible(run);
        held = begin(&http, fail);
        if (held) {
            work_together(&http);
        }
        transport_cleanup();
    }
    veil_close(&http.veil);
    live_free(&http.live);
    return held;
}
