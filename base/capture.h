/* SPDX-License-Identifier: MIT
 *
 * A recorded request in its JSON form, which vectors, captures and the inbox share:
 *
 *   {"method":"POST","url":"/api/webhook","headers":[["Name","value"],…],"body":"…",
 *    "received_at":1767225600}
 *
 * A header value may be {"base64":"…"}. The body is one of body (UTF-8 without control bytes but
 * tab, LF and CR), body_base64, or body_repeat {"text":"ab","count":1000}; none is an empty body.
 * The method is required; url and headers may be absent, which is the same as empty.
 */
#ifndef BASE_CAPTURE_H
#define BASE_CAPTURE_H

#include "base/json.h"

#define CAPTURE_BODY_MAX                                                                           \
    ((size_t) 16 << 20) /* bytes: four times the receiver's default ceiling                        \
                         */

struct capture {
    hg_request request; /* slices into the members below and into the tree it was read from */
    hg_header *headers;
    char *bytes;         /* what is not a slice of the document: decoded or copied */
    int64_t received_at; /* Unix seconds; 0 when absent */
};

/* Reads the request at a place in a document; mistakes are named by file and JSON path. The tree
 * must outlive the capture. On failure *capture is unchanged. */
bool capture_from_json(const struct json *at, struct capture *capture, struct fail *fail);
void capture_free(struct capture *capture);

/* The same for a line of `hookgauge inbox export` or a file of the receiver's quarantine, which
 * have members besides: row, endpoint and event, or endpoint, status and client. That is what the
 * receiver says of the request; it is no part of it and not read. */
bool capture_from_export(const struct json *at, struct capture *capture, struct fail *fail);

/* A copy that refers to nothing of the original, in two blocks. False when memory ran out;
 * *capture is then unchanged. */
bool capture_copy(const hg_request *request, int64_t received_at, struct capture *capture);

/* Appends the request as JSON without a line feed: body and header values as text where json_plain
 * holds, else base64; an empty body and a received_at of 0 are left out. What is not UTF-8 in the
 * method, the URL or a header's name becomes U+FFFD: the form has no place for it. False when out
 * is full or memory ran out; a part may then have been added. */
bool capture_to_json(const hg_request *request, int64_t received_at, struct buf *out);

#endif
