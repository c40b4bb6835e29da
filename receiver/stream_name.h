/* SPDX-License-Identifier: MIT
 *
 * The names under which deliveries live in a JetStream stream: which servers and which stream a
 * STORE argument means, subjects, durable consumers, message ids. Pure text, nothing is opened.
 */
#ifndef RECEIVER_STREAM_NAME_H
#define RECEIVER_STREAM_NAME_H

#include "base/buf.h"
#include "base/fail.h"
#include "receiver/store.h"

#define STREAM_SERVERS_MAX                                                                         \
    ((size_t) 8)                      /* named ones: the client learns of the others by itself     \
                                       */
#define STREAM_URL_MAX ((size_t) 280) /* bytes: a scheme, a host of 255, a port */
#define STREAM_NAME_MAX ((size_t) 64) /* bytes of a stream's name: servers make it a folder */

struct stream_address {
    bool tls;
    size_t server_count;
    char servers[STREAM_SERVERS_MAX][STREAM_URL_MAX]; /* "nats://host:4222" */
    char name[STREAM_NAME_MAX + 1];
};

/* Whether a STORE argument has this form. */
bool stream_is_spec(const char *spec);

/* Reads "nats://HOST[:PORT],.../STREAM", or "tls://": then nothing goes without TLS. STREAM is
 * letters, digits, '-' and '_'. EXIT_USAGE; a user or password in it is refused, and not shown. */
bool stream_address_parse(const char *spec, struct stream_address *out, struct fail *fail);

/* Appends text as one token of a subject: letters, digits, '-' and '_' as they are, every other
 * byte as %XX in capitals, and an empty text as a lone '%'. No two texts share a token. */
bool stream_add_token(struct buf *out, hg_str text);

/* Appends the name of an endpoint's durable consumer: its token with '=' for '%', since servers
 * use that name in a format of their own. */
bool stream_add_durable(struct buf *out, hg_str endpoint);

/* Appends "STREAM.endpoint.event"; event NULL: "STREAM.endpoint.*". */
bool stream_add_subject(struct buf *out, const char *stream, hg_str endpoint, const hg_str *event);

/* Appends what a delivery's repeats have in common with it: "endpoint:key", the key in base64url
 * (which has no ':'). */
bool stream_add_id(struct buf *out, const struct delivery *delivery);

/* Appends text as the value of a message's header: '%', bytes that are not visible ASCII and a
 * blank at either end as %XX; blanks within stay. */
bool stream_add_value(struct buf *out, hg_str text);

/* Appends what a token or value stands for; false, and nothing useful added, when it is neither. */
bool stream_decode(struct buf *out, hg_str text);

#endif
