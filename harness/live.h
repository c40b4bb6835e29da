/* SPDX-License-Identifier: MIT
 *
 * Cases made anew for a live receiver: its URL, its secret, its clock.
 *
 * What must differ from the fixed vectors, and why:
 *   - times: a receiver judges by its own clock. An edge case moves --slack seconds inside or
 *     outside, because two clocks never agree;
 *   - identity: no two valid deliveries of a run may be the same, or a receiver would rightly take
 *     the second for a duplicate. Valid cases with the same event and body state different seconds;
 *     ids get a mark of the run; what is delivered twice gets a fresh body (blanks behind the JSON)
 *     or a fresh id, so that a run that follows at once counts right, too;
 *   - the path: the user's own.
 */
#ifndef HARNESS_LIVE_H
#define HARNESS_LIVE_H

#include "harness/edit.h"
#include "harness/vector.h"

#define LIVE_URL_MAX 4096 /* bytes of the target's URL: what servers take in a request line */

struct live {
    const struct vector_file *file;
    hg_str secret;  /* the user's, else the public one; borrowed */
    hg_ring *ring;  /* of it */
    hg_ring *wrong; /* for the cases signed with another secret */
    hg_str url;     /* borrowed */
    hg_str origin;  /* scheme, host and port: a part of url */
    hg_str target;  /* path and query: the rest of it, or "/" */
    char *host;     /* and port, as the Host header names them */
    int64_t slack_s;
    int64_t span_s; /* seconds over which valid deliveries are spread */
    unsigned
        *turns;    /* one a case: how many valid cases of the same event, body and shift precede */
    uint64_t mark; /* of this run */
    bool marked;   /* deliveries carry LIVE_TOKEN_HEADER, where they may */
};

/* Names a delivery to whoever looks at what took effect; a repetition has the same. */
#define LIVE_TOKEN_HEADER "Hookgauge-Delivery"
#define LIVE_TOKEN_SIZE 17 /* hex digits and a NUL */

/* When a case is delivered. */
struct live_turn {
    int64_t now;    /* Unix seconds */
    unsigned round; /* 0, or another number for making what is delivered twice once more */
    bool again;     /* a later delivery of the case */
};

/* secret empty: the first public secret of the file. EXIT_USAGE when the URL has no host, holds a
 * user name, an "sk" or a byte that can't stand in a URL, the secret is not one for the scheme, or
 * the slack leaves no room within the tolerance. mark: any number that differs from run to run. */
bool live_open(const struct vector_file *file, const char *url, hg_str secret, int64_t slack_s,
               uint64_t mark, struct live *live, struct fail *fail);
void live_free(struct live *live);

/* Why a case can't be made for a live receiver, static storage; NULL when it can. */
const char *live_skip(const struct vector_case *one);

/* Makes the delivery of a case of the file. made->request.url may be a bare path: see live_url. */
bool live_make(const struct live *live, const struct vector_case *one, const struct live_turn *turn,
               struct made *made, struct fail *fail);

/* The signature within the value of its header, without label and padding: the longest run of
 * characters that an encoding may have. */
hg_str live_signature(hg_str value);

/* The token of a case's deliveries in that round. */
void live_token(const struct live *live, const struct vector_case *one, unsigned round,
                char token[LIVE_TOKEN_SIZE]);

/* Whether what was made carries its token: not when it is about how many headers there are. */
bool live_is_marked(const struct made *made);

/* Appends the absolute URL of a delivery. */
bool live_url(const struct live *live, const struct made *made, struct buf *out);

/* The bytes of a raw case, with the user's path in place of the vectors'. */
bool live_raw(const struct live *live, const struct vector_case *one, struct buf *out);

#endif
