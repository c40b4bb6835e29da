/* SPDX-License-Identifier: MIT
 *
 * A delivery as a message of a stream: the body as it came is the payload, everything else stands
 * in the message's headers.
 *
 *   Nats-Msg-Id             what repeats have in common (stream_add_id)
 *   Hookgauge-Format        1
 *   Hookgauge-Endpoint, -Event, -Id, -Key, -Method, -Url
 *   Hookgauge-Signed        "event", "id" or "event id": what the signature covers
 *   Hookgauge-Received      Unix milliseconds
 *   Hookgauge-Stated        Unix seconds; absent: the delivery states no time
 *   Hookgauge-Delivery      its number, where that is not its place in the stream: a dead letter
 *                           keeps the one that its target may know already
 *   Hookgauge-Header        "Name: value", one for each field line, in the order received; "Name:"
 *                           when the value is empty
 *
 * Values are written by stream_add_value; an empty one is left out.
 */
#ifndef RECEIVER_STREAM_MESSAGE_H
#define RECEIVER_STREAM_MESSAGE_H

#include "receiver/stream_link.h"

/* Bytes that headers and subject add to a body at most, beside what the head itself has: names,
 * numbers, event, id and key label, escaped. */
#define STREAM_META_MAX ((size_t) 8192)

/* Bytes of the largest message for bodies of max_body: each byte of a head of 16 KiB escaped. */
int64_t stream_message_max(int64_t max_body);

/* Makes the message; scratch is used and cleared. NULL when memory ran out. The caller destroys
 * it. */
natsMsg *stream_message_new(const char *stream, const struct delivery *delivery,
                            struct buf *scratch);

/* A message read back. The slices point into the message and into texts. */
struct stream_delivery {
    struct delivery delivery; /* without key; row is 0 where its place in the stream is its number;
                                 request points to the member below */
    hg_request request;
    hg_header *headers;
    struct buf texts;
};

/* Reads what stream_message_new has written; false when it was something else. out is to be
 * released when it is true; the message must outlive it. */
bool stream_message_read(natsMsg *message, struct stream_delivery *out);
void stream_delivery_release(struct stream_delivery *delivery);

#endif
