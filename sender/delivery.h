/* SPDX-License-Identifier: MIT
 *
 * One delivery: sign, POST, and try again while that makes sense.
 */
#ifndef SENDER_DELIVERY_H
#define SENDER_DELIVERY_H

#include "base/fail.h"
#include "hookgauge.h"
#include "sender/transport.h"

#define DELIVERY_HEADERS_MAX                                                                       \
    (2 + HG_SIGN_HEADERS_MAX) /* Content-Type, User-Agent, the scheme's                            \
                               */
#define DELIVERY_ID_SIZE 40   /* "msg_", 32 hex digits, NUL, spare */

struct delivery {
    const char *url; /* as sent */
    const hg_scheme *scheme;
    const hg_ring *ring; /* NULL: unsigned, which leaves out all of the scheme's headers */
    hg_str event;
    hg_str body;
};

/* The headers of one attempt; the slices point into the struct itself and into the scheme. */
struct delivery_headers {
    hg_header list[DELIVERY_HEADERS_MAX];
    size_t count;
    char text[HG_SIGN_TEXT_MAX];
};

struct delivery_policy {
    long connect_timeout_ms, total_timeout_ms; /* of an attempt */
    int retries;                               /* attempts beyond the first */
    double max_wait_s;                         /* between two attempts */
};

struct delivery_attempt {
    int number; /* from 1 */
    struct transport_answer answer;
    double wait_s; /* until the next attempt; -1: this is the last */
};

enum delivery_result {
    DELIVERY_DONE = 1, /* 2xx */
    DELIVERY_REFUSED,  /* the last answer was something else */
    DELIVERY_FAILED    /* the last attempt had no answer: nobody can tell */
};

/* Called after each attempt, before the wait. */
struct delivery_hook {
    void (*note)(void *context, const struct delivery_attempt *attempt);
    void *context;
};

/* A fresh random id. False: the system gave no randomness. */
bool delivery_id(char out[DELIVERY_ID_SIZE]);

/* What an attempt at the time now (Unix seconds) sends beside Host and Content-Length. */
hg_status delivery_sign(const struct delivery *delivery, const char *id, int64_t now,
                        struct delivery_headers *out);

/* Signs once and throws it away, so that what can't be signed is known before anything is sent.
 * The message has no place. */
bool delivery_check(const struct delivery *delivery, struct fail *fail);

/* Every attempt is signed with the time it is made at; an id stays the same. A stop (sender/stop.h)
 * ends it after, or in, the attempt under way. */
enum delivery_result deliver(struct transport *transport, const struct delivery *delivery,
                             const struct delivery_policy *policy, struct delivery_hook hook);

#endif
