/* SPDX-License-Identifier: MIT
 *
 * A delivery as the bytes of a whole HTTP/1.1 message: for cases about how a message is framed,
 * which an HTTP client would refuse to send.
 *
 * The message is written plainly first, with Content-Length or in chunks; then the edits change its
 * bytes and say in which pieces they are sent.
 */
#ifndef HARNESS_FRAME_H
#define HARNESS_FRAME_H

#include "base/buf.h"
#include "base/fail.h"
#include "hookgauge.h"

#define FRAME_HOST "webhooks.example" /* of messages in vector files */
#define FRAME_BYTES_MAX ((size_t) 1 << 20)
#define FRAME_PIECES_MAX 4096 /* more would test the patience of both sides */

/* Bytes sent in one go, as a segment of their own. */
struct frame_piece {
    size_t end;  /* the place behind its last byte, within the message's bytes */
    bool pauses; /* then the sender waits for an answer, or a moment where none comes: a client that
                    has asked for 100 Continue does so */
};

struct frame {
    struct buf bytes;           /* empty: the delivery is not framed, an HTTP client sends it */
    struct frame_piece *pieces; /* the last one ends with the bytes */
    size_t piece_count;
    bool ends_early; /* less than the message announces: the sender closes its half of the
                        connection, and silence is as good as a refusal */
    hg_status first; /* not 0: two messages are in the bytes, and the first must be judged so; the
                        case's own status is about the second */
};

/* What is written. */
struct frame_message {
    const hg_request *request;
    const hg_header *trailers; /* behind the last chunk */
    size_t trailer_count;
    const char *host; /* as the Host header names it */
};

struct edit;

/* Whether any of the edits is about framing. */
bool frame_wanted(const struct edit *edits, size_t count);

/* Writes the message, then makes those of the edits that are about framing, in their order.
 * EXIT_USAGE with the edit's fault for one that can't be made. */
bool frame_make(const struct edit *edits, size_t count, const struct frame_message *message,
                struct frame *frame, struct fail *fail);
void frame_free(struct frame *frame);

#endif
