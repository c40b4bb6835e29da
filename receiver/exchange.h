/* SPDX-License-Identifier: MIT
 *
 * One request from its head to its answer, apart from any HTTP library.
 *
 * head, body, finish decide an HTTP status or leave it 0, which means: go on, and after finish:
 * the delivery has verified and its job must be committed before it is answered.
 */
#ifndef RECEIVER_EXCHANGE_H
#define RECEIVER_EXCHANGE_H

#include "base/buf.h"
#include "receiver/challenge.h"
#include "receiver/edition.h"
#include "receiver/head.h"
#include "receiver/metrics.h"
#include "receiver/moment.h"
#include "receiver/peers.h"
#include "receiver/writer.h"

/* Bytes of a refused body that are read before the answer. Clients that write the whole body first
 * and then look for an answer would else see a broken connection instead of it. */
#define EXCHANGE_SWALLOW_MAX ((uint64_t) 8 << 20)

/* A body above it, or of unknown length, rarely comes together with its head: then headers that
 * fail already are answered without waiting for it. */
#define EXCHANGE_EARLY_MIN ((uint64_t) 16384)

#define EXCHANGE_TARGET_ROOM ((size_t) 256) /* bytes: longer targets are kept on the heap */

/* What all requests of a receiver share. Used by one thread. */
struct service {
    const struct config *config;
    struct edition *edition;       /* that config is of; NULL: config outlives every request */
    struct log *log;               /* NULL: nothing is logged */
    struct metrics *metrics;       /* NULL: nothing is counted */
    struct peers *peers;           /* NULL: nothing is remembered of addresses */
    struct quarantine *quarantine; /* NULL: no refused request is kept */
    struct moment now;             /* of the turn, or of the last delivery verified in it */
    size_t bodies;                 /* bytes held */
    bool store_failing;            /* the last commit failed */
    struct exchange *spare; /* finished ones with their small buffers, for the next requests */
    size_t spares;
};

struct exchange {
    struct job job; /* first, so that a job leads back to its exchange */
    struct service *service;
    const struct endpoint *endpoint; /* NULL until the path is known */
    struct edition *edition;         /* that endpoint is of, likewise */
    void *connection;                /* the HTTP library's; set while it is suspended */
    const char *target_at;           /* where the target lies in the library's buffer */
    bool has_head;
    int64_t begun_ms; /* monotonic */
    int http;         /* the answer; 0: not decided yet */
    bool close;       /* answer at once and close: framing can't be trusted */
    bool blamed;      /* refused as malformed, forged or stale: counts against its client */
    bool accounted;
    struct ip client;   /* the peer, or whom a trusted proxy names */
    hg_str client_text; /* the same for people; lies in client_room or with the connection */
    char client_room[IP_TEXT_MAX];
    struct reply *reply; /* an answer of its own, owned; NULL: that of http */
    const char *status;  /* for the log */
    bool no_body_id;     /* the endpoint takes its id from the body, which has none */
    uint64_t body_len;   /* bytes received, kept or not */
    struct buf body;
    struct buf url; /* what the store sees, if it differs from the target */
    struct buf public_url;
    hg_request request; /* what is verified, */
    hg_request stored;  /* and what is kept of it */
    hg_verdict verdict;
    hg_str target;
    hg_str origin; /* the path and the query in it */
    size_t header_count;
    /* not cleared for a new request */
    char target_room[EXCHANGE_TARGET_ROOM];
    hg_header headers[HEAD_HEADERS_MAX];
};

/* Copies the raw target. NULL when memory ran out. */
struct exchange *exchange_new(struct service *service, hg_str target);
void exchange_free(struct exchange *exchange); /* NULL is allowed */

/* Opens what config asks for; closed with service_close in any case. */
bool service_open(struct service *service, struct fail *fail);
void service_close(struct service *service);

/* Makes the series of config's endpoints. */
void service_count_endpoints(struct service *service);

/* Has the process give large bodies back to the system as soon as they are freed; once, before the
 * first. */
void service_prepare_heap(void);

/* Frees what a service has in reserve. */
void service_release(struct service *service);

/* Says who is at the other end; text is borrowed. Due before the head. */
void exchange_from(struct exchange *exchange, const struct ip *peer, hg_str text);

/* head->headers must live until the exchange ends. */
void exchange_head(struct exchange *exchange, const struct head *head);

/* Takes bytes of the body; false: too many of a refused one, the connection must be closed. */
bool exchange_body(struct exchange *exchange, const void *data, size_t size);

/* The body is complete: verifies. */
void exchange_finish(struct exchange *exchange);

/* The job has come back from the store: decides the status. */
void exchange_stored(struct exchange *exchange);

/* The log line of an answered request. */
void exchange_log(const struct exchange *exchange);

/* Counts it, once, when it is answered or given up. */
void exchange_account(struct exchange *exchange);

/* Within the exchange: whom the head says it comes from, whether that client has been refused too
 * often, and keeping a request that is refused. */
void exchange_find_client(struct exchange *exchange, const struct head *head);
bool exchange_is_blocked(const struct exchange *exchange);
void exchange_quarantine(const struct exchange *exchange, hg_status status);

#endif
