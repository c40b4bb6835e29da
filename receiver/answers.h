/* SPDX-License-Identifier: MIT
 *
 * Which HTTP status a request is answered with, and what stands in the answer.
 *
 * Some platforms demand an exact code, others stop sending over one, so an endpoint may set its
 * own. There is no way to set one for the statuses of class STALE: they always get that of FORGED,
 * and the body depends on the HTTP status alone, so the two are the same bytes.
 */
#ifndef RECEIVER_ANSWERS_H
#define RECEIVER_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>

#include "hookgauge.h"

/* What can be set; misuse and our own troubles are not among it: they must make the sender retry.
 */
enum answer_class {
    ANSWER_OK,
    ANSWER_MALFORMED,
    ANSWER_FORGED, /* STALE too */
    ANSWER_UNWANTED
};
#define ANSWER_CLASSES 4

struct answers {
    int http[ANSWER_CLASSES];
};

/* The statuses of hg_status_http. */
void answers_init(struct answers *answers);

/* The member of "answers" that sets a class, and the range in which it may be set. */
const char *answer_class_name(enum answer_class class);
void answer_class_range(enum answer_class class, int *first, int *last);

/* Whether a class may be answered so: within its range, and nothing that demands of the answer or
 * of the client what we don't mean. */
bool answer_allowed(enum answer_class class, int http);

/* The HTTP status of a status. */
int answers_http(const struct answers *answers, hg_status status);

/* The fixed part of an answer. */
struct answer {
    int http;
    const char *error;          /* one or two words; NULL for a success */
    const char *header, *value; /* one more header; NULL: none */
};

/* The answer of an HTTP status; static storage. One without a row of its own says no more than its
 * number. */
struct answer answer_of(int http);

/* The statuses that are ever answered without being set; 0 past the last. */
int answer_usual(size_t index);

#define ANSWER_BODY_MAX 80 /* bytes of the longest body, its NUL included */

/* Writes the body, NUL-ended; empty for a status that has none. */
void answer_body(const struct answer *answer, char out[ANSWER_BODY_MAX]);

#endif
