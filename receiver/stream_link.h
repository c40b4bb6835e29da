/* SPDX-License-Identifier: MIT
 *
 * The connection to a NATS cluster and the stream that deliveries are kept in. Only what includes
 * this header names the client library.
 *
 * The library reconnects by itself, for ever, to any server it knows; while it is away publishing
 * fails at once. It runs four threads a connection: reading, flushing, timers, notices.
 */
#ifndef RECEIVER_STREAM_LINK_H
#define RECEIVER_STREAM_LINK_H

#include <nats/nats.h>
#include <pthread.h>

#include "base/log.h"
#include "receiver/stream_options.h"

#define STREAM_ANSWER_MS INT64_C(5000) /* for one question to the cluster */

struct stream_link {
    natsOptions *options;
    natsConnection *connection;
    jsCtx *js;
    struct log *log; /* borrowed; NULL: silent */
    char name[STREAM_NAME_MAX + 1];
    pthread_mutex_t lock;
    bool up;                     /* guarded, */
    bool closing;                /* guarded: a loss is no news */
    bool opened;                 /* the lock has been made */
    void (*lost)(void *context); /* guarded, and held while it is called; NULL: nobody cares */
    void *context;               /* guarded */
};

/* Connects to one of the servers. link is zero, must not move, and is closed in any case.
 * EXIT_UNKNOWN when none answers, EXIT_USAGE for credentials that can't be read. */
bool stream_link_open(struct stream_link *link, const struct stream_address *address,
                      const struct stream_options *options, struct log *log, struct fail *fail);

/* Ends the connection and the library's threads: nothing else in the process may use it then. */
void stream_link_close(struct stream_link *link);

bool stream_link_up(struct stream_link *link);

/* lost is called on a thread of the library's after each loss of the connection; no call is under
 * way any more when this returns. NULL: no more. */
void stream_link_when_lost(struct stream_link *link, void (*lost)(void *context), void *context);

/* What the stream must hold to. */
struct stream_needs {
    const char *name;
    int64_t replicas;
    int64_t max_age_s;   /* of a message in a stream that is made */
    int64_t least_age_s; /* of one in a stream that is there */
    int64_t max_bytes;   /* of the stream when it is made; 0: no limit but the servers' */
    int64_t dedup_s;     /* duplicates are recognised for at least as long */
    int64_t message;     /* bytes of the largest message, headers included */
};

/* Makes the stream when it is missing, with file storage and a full stream that refuses new
 * messages; checks the one that is there: EXIT_USAGE names what breaks a promise. Waits for a
 * cluster that is just starting. EXIT_UNKNOWN when it does not answer or can't. */
bool stream_ensure(struct stream_link *link, const struct stream_needs *needs, struct fail *fail);

/* Looks for the link's stream, which a receiver makes. EXIT_UNKNOWN when it is not there or the
 * cluster does not answer. */
bool stream_find(struct stream_link *link, struct fail *fail);

/* The library's own words for what failed last on this thread, for a message; never NULL. */
const char *stream_reason(natsStatus status);

#endif
