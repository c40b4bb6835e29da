/* SPDX-License-Identifier: MIT
 *
 * What the two halves of the transport share: whole calls, and raw bytes. Nobody else includes it.
 */
#ifndef SENDER_TRANSPORT_INSIDE_H
#define SENDER_TRANSPORT_INSIDE_H

#include <curl/curl.h>

#include "base/buf.h"
#include "sender/transport.h"

struct transport {
    CURL *curl;
    struct buf line;  /* one header at a time, kept to spare the heap */
    struct buf heard; /* the answer of the last call */
    const struct stop_flag *stop;
    char tls_error[CURL_ERROR_SIZE];
    /* of the call under way */
    int status;
    long retry_after_s;
    size_t answer_size;
};

bool transport_stopped(const struct transport *transport);

/* Keeps what there is room for; the rest is dropped. */
void transport_hear(struct transport *transport, const char *data, size_t size);

/* What holds for every use of a handle. */
bool transport_set_common(CURL *curl);

/* What a failed call is told as. */
enum transport_result transport_result_of(CURLcode code);
void transport_explain(const struct transport *transport, CURL *curl, CURLcode code,
                       struct transport_answer *out);
struct transport_answer transport_broken(double start, const char *why);

#endif
