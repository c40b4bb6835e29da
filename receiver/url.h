/* SPDX-License-Identifier: MIT
 *
 * What is in a URL's query: secrets that must be hidden, parameters that are asked for.
 */
#ifndef RECEIVER_URL_H
#define RECEIVER_URL_H

#include "base/buf.h"

/* Whether a request target carries the parameter sk (also percent-encoded, in either case, and in
 * the path when somebody joined it with the wrong mark). If so, the target with every such value
 * replaced by "***" is appended to out; check out->failed. */
bool url_scrub(hg_str target, struct buf *out);

/* How often the query of a target has a parameter of that name. The value of the last one is copied
 * into out, which has room for size bytes, percent-decoded, '+' as a blank, and its length put into
 * *len: 0 when there is none or it is too long. */
size_t url_parameter(hg_str target, const char *name, char *out, size_t size, size_t *len);

#endif
