/* SPDX-License-Identifier: MIT
 *
 * What a careful server demands of a request's head, and the HTTP library lets through.
 *
 * libmicrohttpd takes the first of two lengths, cuts values at NUL, glues folded lines to a name
 * and answers unknown transfer codings; a front end that reads the same bytes otherwise can then be
 * tricked into seeing other requests than we do. Whatever fails here is answered at once and the
 * connection is closed, so that no byte after the head is read as a request.
 */
#ifndef RECEIVER_HEAD_H
#define RECEIVER_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hookgauge.h"

#define HEAD_MAX ((size_t) 16384) /* bytes: above it the library's pool may not hold the answer */
#define HEAD_HEADERS_MAX ((size_t) 100) /* no sender has more than 30; bounds every look-up */
#define HEAD_NO_LENGTH UINT64_MAX       /* no Content-Length */

enum head_role { HEAD_HOST, HEAD_LENGTH, HEAD_CODING, HEAD_EXPECT, HEAD_ROLES };

/* A head as the HTTP library presents it. Slices are borrowed. */
struct head {
    hg_str method;
    hg_str target; /* raw: before any decoding */
    hg_str version;
    const hg_header *headers; /* in the order received, repeats kept */
    size_t header_count;      /* beyond HEAD_HEADERS_MAX: only counted, headers has no more */
    size_t size;              /* bytes of the head, blank line included */
    /* Where the target begins in the library's receive buffer; NULL: the layout is not checked.
     * Set it only for a library version whose layout the self-test has proven. */
    const char *target_at;
    /* What head_read has found: the target without the scheme and the authority that a proxy puts
     * before it, and that authority, else empty; of the headers that others depend on the first
     * value, NULL when there is none, and how many there are. */
    hg_str origin;
    hg_str authority;
    const hg_str *first[HEAD_ROLES];
    size_t count[HEAD_ROLES];
};

/* Why a head is refused. */
struct head_fault {
    const char *name; /* for the log, such as "two_lengths" */
    int http;         /* the answer: 400 or 431 */
};

/* Takes the target apart and finds the headers of all roles; due before anything below. */
void head_read(struct head *head);

/* The first check that fails, or NULL when all hold. Static storage. */
const struct head_fault *head_check(const struct head *head);

/* The fault at an index of the table of checks, NULL past the last: lets a test see that each has
 * been provoked. */
const struct head_fault *head_fault_at(size_t index);

/* The Content-Length, or HEAD_NO_LENGTH; a number beyond 64 bits counts as UINT64_MAX - 1. */
uint64_t head_length(const struct head *head);

/* The target up to its '?'. */
hg_str head_path(hg_str target);

#endif
