/* SPDX-License-Identifier: MIT
 *
 * What the answer of a live receiver means, and what a report shows of it.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness/evidence.h"
#include "harness/http.h"
#include "harness/leak.h"
#include "harness/repro.h"

#define REPRO_MAX ((size_t) 4 << 20) /* bytes of a command: four times what a body may need */

/* What is judged: a delivery, or a message that was never one. */
struct sent {
    const struct http_parcel *parcel; /* NULL: bytes alone */
    hg_str bytes;
    hg_str heard;
};

static bool is_framed(const struct sent *sent)
{
    return sent->parcel == NULL || sent->parcel->made.frame.bytes.len > 0;
}

/* ---- Evidence -------------------------------------------------------------------------------- */

static void keep_request(const struct http *http, size_t index, const struct http_parcel *parcel)
{
    struct outcome *outcome = &http->run->outcomes[index];
    const hg_scheme *scheme = http->run->file->scheme;
    const struct made *made = &parcel->made;
    bool open = http->run->set.secret_src == NULL;
    struct buf text;
    buf_init(&text, REPRO_MAX);
    if (repro_curl(&text, scheme, made, parcel->url, open)) {
        free(outcome->curl);
        outcome->curl = strdup(text.ptr);
    }
    buf_free(&text);
    (void) evidence_request(&http->veil, hg_scheme_row(scheme), &made->request, parcel->url,
                            made->chunked, &outcome->sent);
}

/* What a report shows of a failed case. Without memory the bare result has to do. */
static void keep(const struct http *http, size_t index, const struct sent *sent)
{
    struct outcome *outcome = &http->run->outcomes[index];
    buf_free(&outcome->sent);
    buf_init(&outcome->sent, EVIDENCE_MAX);
    if (sent->parcel == NULL) {
        (void) evidence_message(&http->veil, sent->bytes, &outcome->sent);
    } else if (is_framed(sent)) {
        (void) evidence_message(&http->veil, buf_str(&sent->parcel->made.frame.bytes),
                                &outcome->sent);
    } else {
        keep_request(http, index, sent->parcel);
    }
    buf_free(&outcome->heard);
    buf_init(&outcome->heard, EVIDENCE_MAX);
    (void) evidence_answer(&http->veil, sent->heard, &outcome->heard);
}

/* ---- Statuses -------------------------------------------------------------------------------- */

/* A framed message may be one that the server's own library refuses with 501 or 505, as HTTP says.
 */
static enum reading read_status(const struct http *http, hg_status wanted, bool framed, int status)
{
    enum reading reading =
        expectations_read(&http->run->set.expected, hg_status_class(wanted), status);
    bool refused = framed && (status == 501 || status == 505);
    return reading == READ_ERRED && refused ? READ_REFUSED : reading;
}

/* Notes a case whose answer says neither yes nor no. */
static bool judge_unclear(struct http *http, size_t index, enum reading reading)
{
    struct run *run = http->run;
    bool erred = reading == READ_ERRED;
    run->outcomes[index].answer = erred ? ANSWER_ERRED : ANSWER_UNCLEAR;
    run_note_failed(run, index, "%s",
                    erred                  ? "the receiver erred"
                    : reading == READ_BUSY ? "the receiver limits the rate (see --rate)"
                                           : "stands for neither yes nor no (see --accept)");
    return false;
}

static bool judge_silence(struct http *http, size_t index, const struct transport_answer *answer)
{
    bool dropped = answer->result == TRANSPORT_BROKEN;
    http->run->outcomes[index].answer = dropped ? ANSWER_DROPPED : ANSWER_SILENT;
    atomic_fetch_add(&http->silent, 1);
    run_note_failed(http->run, index, "no answer: %s", answer->error);
    return false;
}

static bool judge_status(struct http *http, size_t index, bool framed, int status)
{
    struct run *run = http->run;
    const struct vector_case *one = run->cases[index];
    struct outcome *outcome = &run->outcomes[index];
    enum reading reading = read_status(http, one->status, framed, status);
    outcome->http = status;
    if (reading == READ_ERRED || reading == READ_BUSY || reading == READ_UNCLEAR) {
        return judge_unclear(http, index, reading);
    }
    bool accepted = reading == READ_ACCEPTED;
    outcome->answer = accepted ? ANSWER_ACCEPTED : ANSWER_REFUSED;
    if (reading == READ_WRONG_CODE && one->status != HG_OK) {
        run_note_failed(run, index, "%s demands another status", run->set.expected.profile);
        return false;
    }
    if (accepted != (one->status == HG_OK) && !one->either) {
        run_note(run, index, false);
        return false;
    }
    return true;
}

/* Of two messages the first is answered first, or not at all. */
static bool judge_first(struct http *http, size_t index, hg_status wanted, int status)
{
    enum reading reading = read_status(http, wanted, true, status);
    if (status != 0 && (reading == READ_ACCEPTED) == (wanted == HG_OK)) {
        return true;
    }
    if (status == 0) {
        run_note_failed(http->run, index, "no answer to the first of two messages");
    } else {
        http->run->outcomes[index].http = status;
        run_note_failed(http->run, index, "that is the answer to the first of two messages");
    }
    return false;
}

/* Whether ending the connection without an answer is a way to refuse: what is not well-formed, and
 * what is left of a connection on which something else was refused. */
static bool may_close(const struct http *http, size_t index, const struct sent *sent)
{
    const struct vector_case *one = http->run->cases[index];
    return hg_status_class(one->status) == HG_CLASS_MALFORMED ||
           (is_framed(sent) && (one->status != HG_OK || one->either));
}

static bool judge(struct http *http, size_t index, const struct sent *sent,
                  const struct transport_answer *answer)
{
    struct outcome *outcome = &http->run->outcomes[index];
    bool early = sent->parcel != NULL && sent->parcel->made.frame.ends_early;
    bool quiet = answer->result == TRANSPORT_TIMEOUT && early;
    outcome->ms += answer->seconds * 1000;
    if ((answer->result == TRANSPORT_BROKEN || quiet) && may_close(http, index, sent)) {
        /* A way to refuse, but no sign of life either. */
        outcome->answer = ANSWER_REFUSED;
        return true;
    }
    if (answer->result != TRANSPORT_ANSWERED) {
        return judge_silence(http, index, answer);
    }
    atomic_store(&http->silent, 0);
    return judge_status(http, index, is_framed(sent), answer->status);
}

/* ---- Leaks ----------------------------------------------------------------------------------- */

/* What an answer must not hold, in the cases that are about that. */
static bool judge_words(struct http *http, size_t index, const struct sent *sent)
{
    const struct vector_case *one = http->run->cases[index];
    const char *family = one->family != NULL ? one->family : "";
    const char *leaked = NULL;
    if (strcmp(family, LEAK_FAMILY) == 0 && sent->parcel != NULL) {
        leaked = leak_find(&http->secret, &http->live, &sent->parcel->made.request, sent->heard);
    }
    if (leaked != NULL) {
        run_note_failed(http->run, index, "the answer holds %s", leaked);
    }
    return leaked == NULL;
}

bool http_judge(struct http *http, size_t index, const struct http_parcel *parcel,
                const struct transport_answer *answer, int first_status, hg_str heard)
{
    const struct sent sent = {.parcel = parcel, .heard = heard};
    hg_status first = parcel->made.frame.first;
    bool good = (first == 0 || judge_first(http, index, first, first_status)) &&
                judge(http, index, &sent, answer) && judge_words(http, index, &sent);
    if (!good) {
        keep(http, index, &sent);
    }
    return good;
}

bool http_judge_raw(struct http *http, size_t index, hg_str bytes,
                    const struct transport_answer *answer, hg_str heard)
{
    const struct sent sent = {.bytes = bytes, .heard = heard};
    bool good = judge(http, index, &sent, answer);
    if (!good) {
        keep(http, index, &sent);
    }
    return good;
}

/* ---- Answers that must be alike -------------------------------------------------------------- */

/* Sends once more and keeps the answer. */
static bool hear(struct http *http, struct transport *transport, const struct http_parcel *parcel,
                 struct buf *out)
{
    struct transport_answer answer = http_parcel_send(http, transport, parcel, NULL);
    buf_clear(out);
    return answer.result == TRANSPORT_ANSWERED && buf_add_str(out, transport_heard(transport));
}

bool http_differs(struct http *http, struct transport *transport, size_t index,
                  const struct http_parcel *parcel)
{
    const struct vector_case *partner = http->run->cases[index]->same_as;
    struct http_parcel other;
    struct fail fail = {0};
    struct buf heard[LEAK_ANSWERS];
    char why[LEAK_WHY_MAX] = "";
    for (size_t i = 0; i < LEAK_ANSWERS; i++) {
        buf_init(&heard[i], EVIDENCE_MAX + TRANSPORT_ANSWER_MAX);
    }
    if (http_parcel_make(http, partner, (int64_t) time(NULL), false, &other, &fail) ==
        PARCEL_MADE) {
        /* Each kind twice: what differs within a kind says nothing about the other. */
        const struct http_parcel *const parcels[LEAK_ANSWERS] = {parcel, &other, parcel, &other};
        bool all = true;
        for (size_t i = 0; i < LEAK_ANSWERS; i++) {
            all = all && hear(http, transport, parcels[i], &heard[i]);
        }
        const hg_str texts[LEAK_ANSWERS] = {buf_str(&heard[0]), buf_str(&heard[1]),
                                            buf_str(&heard[2]), buf_str(&heard[3])};
        if (all && !leak_alike(texts, why)) {
            const struct sent sent = {.parcel = parcel, .heard = texts[0]};
            run_note_failed(http->run, index, "the answer differs from that to %s: %s", partner->id,
                            why);
            keep(http, index, &sent);
        }
        http_parcel_free(&other);
    }
    for (size_t i = 0; i < LEAK_ANSWERS; i++) {
        buf_free(&heard[i]);
    }
    return why[0] != '\0';
}
