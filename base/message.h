/* SPDX-License-Identifier: MIT
 *
 * A recorded request in its raw form: an HTTP/1.x request message, as a proxy, a packet dump or
 * nc writes it.
 *
 *   POST /api/webhook HTTP/1.1
 *   Host: example.com
 *   Content-Length: 2
 *
 *   {}
 *
 * A line of the head ends in CRLF or in LF alone, since people paste heads from terminals and keep
 * them in editors. Of the body no byte is ever changed: it is as long as Content-Length says, or
 * chunked (in CRLF alone; chunk extensions are dropped), or empty when the head states neither.
 * Whatever leaves two readings is refused, because the bytes are what a signature covers: a body
 * that is shorter or longer than stated or whose length nobody states, folded or nameless header
 * lines, two lengths, a length beside chunks, another transfer coding, a trailer.
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include "base/capture.h"
#include "base/fail.h"

#define MESSAGE_HEAD_MAX ((size_t) 65536) /* bytes: what the most generous servers take */
#define MESSAGE_CHUNK_LINE_MAX                                                                     \
    ((size_t) 1024) /* bytes of a chunk's size and extensions: nobody sends 100 */

/* Reads text, which is the whole of a file, as one request with at most HG_HEADERS_MAX headers (in
 * their order, repeats kept) and a body of at most CAPTURE_BODY_MAX bytes. The url is the target
 * as it was sent, received_at is 0. text must outlive the capture; free it with capture_free.
 * Mistakes are "FILE:LINE: what" with EXIT_USAGE and quote nothing of the text; EXIT_UNKNOWN when
 * memory ran out. On failure *capture is unchanged. */
bool message_read(hg_str text, const char *file, struct capture *capture, struct fail *fail);

#endif
