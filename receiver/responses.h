/* SPDX-License-Identifier: MIT
 *
 * Answers as libmicrohttpd wants them: those of a status are made once and used again, for the
 * second that their Date names. Left to itself the library spells the date for each answer.
 */
#ifndef RECEIVER_RESPONSES_H
#define RECEIVER_RESPONSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "receiver/challenge.h"
#include "receiver/rules.h"

struct MHD_Response;

#define RESPONSES_FIRST 200
#define RESPONSES_COUNT 400 /* up to 599 */

struct dated {
    struct MHD_Response *response; /* NULL: not made yet */
    int64_t date_s;
};

struct responses {
    struct dated made[2][RESPONSES_COUNT]; /* [1]: with "Connection: close" */
};

/* Makes the usual ones, so that they can be given without memory, if with a late date. now is in
 * Unix seconds. false: out of memory; responses_release is due in any case. */
bool responses_init(struct responses *responses, int64_t now_s);
void responses_release(struct responses *responses);

/* The answer of a status, owned by responses; NULL when memory ran out. */
struct MHD_Response *responses_get(struct responses *responses, int http, bool closing,
                                   int64_t now_s);

/* The 405 of an endpoint with those rules; to be destroyed by the caller. NULL: out of memory. */
struct MHD_Response *response_not_allowed(const struct rules *rules, bool closing);

/* The answer to a challenge; likewise. */
struct MHD_Response *response_reply(const struct reply *reply, bool closing);

/* One of its own, which the caller destroys; text is copied. NULL: out of memory. */
struct MHD_Response *response_new(hg_str text, const char *type, bool closing);

#endif
