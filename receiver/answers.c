/* SPDX-License-Identifier: MIT
 *
 * See answers.h.
 */
#include "receiver/answers.h"

#include <stdio.h>

#define RETRY_AFTER_S "5" /* a store that is locked or full rarely recovers sooner */
#define WINDOW_S "60"     /* when all of an address's refusals are forgiven */

/* One body for each status, whatever the reason. RFC 9110 demands WWW-Authenticate beside 401;
 * "Signature" names no registered scheme, because there is none, and no client takes it for a
 * question for a password. */
static const struct answer rows[] = {
    {200, NULL, NULL, NULL},
    {400, "malformed", NULL, NULL},
    {401, "not authentic", "WWW-Authenticate", "Signature"},
    {403, "not wanted", NULL, NULL},
    {404, "not found", NULL, NULL},
    {405, "method not allowed", NULL, NULL}, /* Allow is the endpoint's */
    {413, "body too large", NULL, NULL},
    {429, "too many refused", "Retry-After", WINDOW_S},
    {431, "headers too large", NULL, NULL},
    {500, "receiver misconfigured", NULL, NULL},
    {503, "try again later", "Retry-After", RETRY_AFTER_S},
};

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

int answer_usual(size_t index)
{
    return index < ROWS ? rows[index].http : 0;
}

struct answer answer_of(int http)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].http == http) {
            return rows[i];
        }
    }
    return (struct answer){.http = http, .error = http < 300 ? NULL : "refused"};
}

/* RFC 9110: neither 204 nor 205 has content. */
void answer_body(const struct answer *answer, char out[ANSWER_BODY_MAX])
{
    out[0] = '\0';
    if (answer->error != NULL) {
        (void) snprintf(out, ANSWER_BODY_MAX, "{\"status\":%d,\"error\":\"%s\"}\n", answer->http,
                        answer->error);
    } else if (answer->http != 204 && answer->http != 205) {
        (void) snprintf(out, ANSWER_BODY_MAX, "{\"status\":%d}\n", answer->http);
    }
}

/* ---- By class -------------------------------------------------------------------------------- */

/* 206 describes a part of something. 405, 407 and 426 need headers of their own; after 408, 425 and
 * 429 clients repeat the request by themselves. */
static const int success_but[] = {206, 0};
static const int refusal_but[] = {405, 407, 408, 425, 426, 429, 0};

static const struct {
    const char *name;
    hg_status usual; /* a status of the class */
    int first, last;
    const int *but; /* 0-ended */
} classes[ANSWER_CLASSES] = {
    [ANSWER_OK] = {"ok", HG_OK, 200, 299, success_but},
    [ANSWER_MALFORMED] = {"malformed", HG_BAD_REQUEST, 400, 499, refusal_but},
    [ANSWER_FORGED] = {"forged", HG_MISMATCH, 400, 499, refusal_but},
    [ANSWER_UNWANTED] = {"unwanted", HG_EVENT_NOT_ALLOWED, 400, 499, refusal_but},
};

const char *answer_class_name(enum answer_class class)
{
    return classes[class].name;
}

void answer_class_range(enum answer_class class, int *first, int *last)
{
    *first = classes[class].first;
    *last = classes[class].last;
}

bool answer_allowed(enum answer_class class, int http)
{
    for (const int *but = classes[class].but; *but != 0; but++) {
        if (*but == http) {
            return false;
        }
    }
    return http >= classes[class].first && http <= classes[class].last;
}

void answers_init(struct answers *answers)
{
    for (size_t i = 0; i < ANSWER_CLASSES; i++) {
        answers->http[i] = hg_status_http(classes[i].usual);
    }
}

int answers_http(const struct answers *answers, hg_status status)
{
    switch (hg_status_class(status)) {
    case HG_CLASS_OK: return answers->http[ANSWER_OK];
    case HG_CLASS_MALFORMED: return answers->http[ANSWER_MALFORMED];
    case HG_CLASS_FORGED:
    case HG_CLASS_STALE: return answers->http[ANSWER_FORGED];
    case HG_CLASS_UNWANTED: return answers->http[ANSWER_UNWANTED];
    case HG_CLASS_MISUSE:
    case HG_CLASS_SYSTEM: break;
    }
    return hg_status_http(status);
}
