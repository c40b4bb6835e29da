/* SPDX-License-Identifier: MIT
 *
 * What an HTTP status says about a delivery: accepted, refused, or neither.
 */
#ifndef HARNESS_STATUSES_H
#define HARNESS_STATUSES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/fail.h"
#include "hookgauge.h"

#define STATUS_FIRST 200 /* 1xx are not the end of an answer */
#define STATUS_LAST 599

/* What is assumed unless the user says otherwise. Without 429: a receiver that is busy has not
 * looked at the delivery, so it has not refused it. */
#define STATUSES_ACCEPT "200-299"
#define STATUSES_REJECT "400-428,430-499"

/* A set of statuses. */
struct statuses {
    uint64_t bits[STATUS_LAST / 64 + 1];
};

/* Reads "200-299,304": numbers and ranges behind commas, nothing else. False, *set unchanged, for
 * another form, a status outside of STATUS_FIRST to STATUS_LAST or a range that runs backwards. */
bool statuses_parse(const char *text, struct statuses *set);
bool statuses_has(const struct statuses *set, int status);

/* What a receiver has to answer. */
struct expectations {
    const char *profile;                   /* its name; NULL: none */
    const char *accept_text, *reject_text; /* as they were written; NULL: the usual */
    struct statuses accept;
    struct statuses reject; /* whatever the delivery's fault */
    struct statuses forged; /* for what is forged or stale, where the platform demands a code */
    bool forged_demanded;
};

/* Of a profile (NULL: none) with what the user set instead (NULL: nothing). EXIT_USAGE for an
 * unknown profile, a text that is no set, and a status that would mean both. */
bool expectations_make(const char *profile, const char *accept, const char *reject,
                       struct expectations *out, struct fail *fail);

enum reading {
    READ_ACCEPTED = 1,
    READ_REFUSED,
    READ_WRONG_CODE, /* refused, but the platform demands another status for it */
    READ_ERRED,      /* 5xx: the receiver could not tell */
    READ_BUSY,       /* 429 */
    READ_UNCLEAR     /* in no set */
};

/* How a status is read in the answer to a delivery that is of that class. */
enum reading expectations_read(const struct expectations *expected, hg_class class, int status);

/* The profiles, for people: names, NULL past the last, and where the platform says so. */
const char *profile_name(size_t index);
const char *profile_source(size_t index);

#endif
