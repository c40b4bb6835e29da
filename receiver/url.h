/* SPDX-License-Identifier: MIT
 *
 * Hiding a secret that came in the URL.
 */
#ifndef RECEIVER_URL_H
#define RECEIVER_URL_H

#include "base/buf.h"

/* Whether a request target carries the parameter sk (also percent-encoded, in either case, and in
 * the path when somebody joined it with the wrong mark). If so, the target with every such value
 * replaced by "***" is appended to out; check out->failed. */
bool url_scrub(hg_str target, struct buf *out);

#endif
