/* SPDX-License-Identifier: MIT
 *
 * A live run under way: what its parts share. Only the files of the HTTP target include it.
 *
 *   target_http.c   the order of things, many at once
 *   http_deliver.c  a case is made, sent and judged, as often as it says
 *   http_together.c deliveries that end at one moment
 *   http_judge.c    what an answer means; what a report shows of it
 *   http_stored.c   how many deliveries were stored (--stored)
 *   http_observe.c  what took effect (--observe)
 *   http_timing.c   how long the answers take (--timing)
 */
#ifndef HARNESS_HTTP_H
#define HARNESS_HTTP_H

#include <stdatomic.h>

#include "harness/live.h"
#include "harness/pace.h"
#include "harness/run.h"
#include "harness/veil.h"
#include "sender/transport.h"

/* Whether what took effect decides a case. */
enum http_wait {
    WAIT_NOT = 0,
    WAIT_MARKED, /* it may: the delivery carries its token */
    WAIT_LOOK    /* it does: the answers were right */
};

struct http {
    struct run *run;
    struct live live;
    struct veil veil;   /* over what the user's receiver may print */
    struct veil secret; /* what a receiver must not print: the secret in use, public or not */
    struct pace pace;
    atomic_size_t next;
    bool patient;       /* those cases are under way that mostly wait */
    atomic_uint silent; /* cases without an answer since the last answer */
    unsigned round;
    enum http_wait *waits; /* one a case; NULL: nobody looks at what took effect */
};

long http_timeout_ms(const struct http *http);

/* Whether the receiver has stopped answering and the run is to end. */
bool http_is_gone(const struct http *http);

/* A thread's own connection, which ends when the run is interrupted; NULL: no memory. */
struct transport *http_transport(const struct http *http);

/* ---- A delivery ------------------------------------------------------------------------------ */

/* Made, and as it goes to the user's receiver. */
struct http_parcel {
    struct made made;
    struct buf words; /* the method and the URL, NUL-ended each */
    const char *method, *url;
};

enum parcel_state { PARCEL_MADE = 1, PARCEL_UNFIT /* HTTP can't carry it */, PARCEL_FAILED };

/* again: a later delivery of the case. *parcel is to be freed only when it was made; *fail says why
 * it failed. */
enum parcel_state http_parcel_make(const struct http *http, const struct vector_case *one,
                                   int64_t now, bool again, struct http_parcel *parcel,
                                   struct fail *fail);
void http_parcel_free(struct http_parcel *parcel);

/* Sends it once; *first_status as in struct transport_raw, untouched without a second message. */
struct transport_answer http_parcel_send(struct http *http, struct transport *transport,
                                         const struct http_parcel *parcel, int *first_status);

/* Makes and delivers a case. True when all answers were as they should be: nothing is noted then,
 * since what was stored or took effect may still decide. */
bool http_deliver(struct http *http, struct transport *transport, size_t index);

/* The deliveries of a case that end at one moment, each on its own connection. */
bool http_deliver_together(struct http *http, size_t index);

/* Whether the answer differs from that to the case which it must be the same as; noted then. */
bool http_differs(struct http *http, struct transport *transport, size_t index,
                  const struct http_parcel *parcel);

/* ---- Judging --------------------------------------------------------------------------------- */

/* Notes what an answer means; false when it failed the case. heard: of the answer; first_status:
 * of the first of two messages. */
bool http_judge(struct http *http, size_t index, const struct http_parcel *parcel,
                const struct transport_answer *answer, int first_status, hg_str heard);

/* The same for a message that stands in the vectors byte by byte. */
bool http_judge_raw(struct http *http, size_t index, hg_str bytes,
                    const struct transport_answer *answer, hg_str heard);

/* ---- What the receiver's side says ----------------------------------------------------------- */

bool http_check_stored(struct http *http, struct transport *transport, struct fail *fail);

/* Looks at every case that waits, with as many commands at once as there are jobs. */
bool http_observe(struct http *http, struct fail *fail);

/* Sends what finds out whether the time of an answer depends on how much of a MAC is right. */
bool http_measure(struct http *http, struct fail *fail);

#endif
