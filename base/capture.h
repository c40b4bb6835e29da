/* SPDX-License-Identifier: MIT
 *
 * A recorded request in its JSON form, which vectors, captures and the inbox share:
 *
 *   {"method":"POST","url":"/api/webhook","headers":[["Name","value"],…],"body":"…",
 *    "received_at":1767225600}
 *
 * A header value may be {"base64":"…"}. The body is one of body (UTF-8 without control bytes but
 * tab, LF and CR), body_base64, or body_repeat {"text":"ab","count":1000}; none is an empty body.
 */
#ifndef BASE_CAPTURE_H
#define BASE_CAPTURE_H

#include "base/json.h"

#define CAPTURE_BODY_MAX ((size_t) 16 << 20) /* bytes: four times the receiver's default ceiling   \
                                              */

struct capture {
    hg_request request; /* slices into the members below and into the tree it was read from */
    hg_header *headers;
    char *bytes;         /* decoded base64 and repeated bodies */
    int64_t received_at; /* Unix seconds; 0 when absent */
};

/* The tree must outlive the capture. */
bool capture_from_json(const struct json *at, struct capture *capture, struct fail *fail);
void capture_free(struct capture *capture);

/* Appends the request as one line of JSON: text where json_plain holds, else base64. received_at
 * is left out when 0. */
bool capture_to_json(const hg_request *request, int64_t received_at, struct buf *out);

#endif
