/* SPDX-License-Identifier: MIT
 *
 * HTTP from the client's side, over libcurl: the only file that names it is transport.c.
 */
#ifndef SENDER_TRANSPORT_H
#define SENDER_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/stop_flag.h"
#include "hookgauge.h"

#define TRANSPORT_RETRY_AFTER_MAX 1000000000L /* seconds: a larger Retry-After is read as this */
#define TRANSPORT_ANSWER_MAX                                                                       \
    65536 /* bytes of an answer's body that are read; the rest is dropped */

/* One connection's worth of client: reuses it from call to call. Not shared between threads. */
struct transport;

struct transport_call {
    const char *method;       /* "POST" */
    const char *url;          /* absolute, http or https */
    const hg_header *headers; /* sent as given, in this order, repeats kept; Host and
                                 Content-Length are added; libcurl's own (Expect, Accept,
                                 Content-Type, User-Agent) are not sent unless given here */
    size_t header_count;
    hg_str body;
    long connect_timeout_ms;
    long total_timeout_ms;
    bool chunked; /* send the body with chunked transfer coding */
};

enum transport_result {
    TRANSPORT_ANSWERED, /* a status line arrived */
    TRANSPORT_REFUSED,  /* could not connect */
    TRANSPORT_TIMEOUT,
    TRANSPORT_BROKEN /* anything else: the peer closed, no memory, a bad URL */
};

struct transport_answer {
    enum transport_result result;
    int status;         /* 0 unless answered */
    double seconds;     /* from start to end of the call */
    long retry_after_s; /* of the Retry-After header, seconds or HTTP date; -1 when absent */
    char error[256];    /* a sentence for people when not answered; never the URL's query */
};

/* Once in the program, before any thread; transport_cleanup at the end. Ignores SIGPIPE for the
 * whole process: a TLS library writes without MSG_NOSIGNAL, and a peer may close at any time. */
bool transport_init(void);
void transport_cleanup(void);

struct transport *transport_new(void); /* NULL: no memory */
void transport_free(struct transport *transport);

/* From now on a call under way ends within about a second after stop was set; its result is
 * TRANSPORT_BROKEN. The flag must outlive the transport; NULL: never. */
void transport_stop_when(struct transport *transport, const struct stop_flag *stop);

/* A header or method that HTTP can't carry (a control byte, a name that is no token) is
 * TRANSPORT_BROKEN and nothing is sent. 1xx answers are passed over; redirects are not followed. On
 * a reused connection that turns out dead, the request is sent once more on a fresh one. */
struct transport_answer transport_call(struct transport *transport,
                                       const struct transport_call *call);

/* The last call's answer as it came, as much as was read of it: the head, its last one where 1xx
 * answers precede it, and up to TRANSPORT_ANSWER_MAX bytes of the body. Empty when there was none.
 * Valid until the next call. */
hg_str transport_heard(const struct transport *transport);

/* A part of a message that is sent in one go, in a segment of its own where the peer reads fast. */
struct transport_piece {
    hg_str bytes;
    bool pauses; /* behind it the sender waits until something arrives, or for pause_ms */
};

/* Bytes sent as they are over a fresh connection to the URL's host and port: for what no HTTP
 * client sends. A peer that answers or closes before all is out is listened to all the same. */
struct transport_raw {
    const char *url;
    const struct transport_piece *pieces;
    size_t piece_count;
    bool half_close; /* nothing follows the last piece: the peer sees the end */
    long pause_ms;   /* of the pieces that pause */
    long total_timeout_ms;
    int *first_status;       /* not NULL: two messages are sent, and here goes the first answer's
                                status, 0 when there is none; the call is about the second */
    void (*ready)(void *of); /* called once, with connection made and all but the last piece out:
                                may wait for others, so that all end together; NULL: nobody waits.
                                It is called as well when the call fails before */
    void *of;
};

/* Reads the first status line that is not 1xx, and what has arrived behind it (retry_after_s stays
 * -1). */
struct transport_answer transport_raw(struct transport *transport, const struct transport_raw *raw);

#endif
