/* SPDX-License-Identifier: MIT
 *
 * How to reach a NATS cluster and what is asked of a stream: the member "nats" of a configuration.
 */
#ifndef RECEIVER_STREAM_OPTIONS_H
#define RECEIVER_STREAM_OPTIONS_H

#include "base/json.h"
#include "receiver/stream_name.h"

#define STREAM_REPLICAS_MAX 5                  /* what JetStream has */
#define STREAM_AGE_MAX_S ((int64_t) 315360000) /* ten years */
#define STREAM_ACK_WAIT_MAX_S ((int64_t) 3600)

/* Texts are borrowed; NULL: not given. */
struct stream_options {
    const char *user;
    const char *password;    /* SRC */
    const char *token;       /* SRC */
    const char *credentials; /* the path of a .creds file, which the library reads on connecting */
    const char *ca;          /* paths of PEM files: whom to trust instead of the system's list, */
    const char *certificate; /* and who we are */
    const char *key;
    int64_t replicas;   /* copies of each message, on as many servers */
    int64_t max_age_s;  /* 0: not given */
    int64_t max_bytes;  /* 0: no limit but the servers' */
    int64_t ack_wait_s; /* a deliverer that has not been heard of for so long is dead */
};

void stream_options_init(struct stream_options *options);

/* Reads the member "nats" of a configuration, if it is there; store is its store. */
bool stream_options_read(const struct json *root, const char *store, struct stream_options *options,
                         struct fail *fail);

#endif
