/* SPDX-License-Identifier: MIT
 *
 * What went over the wire in a failed case, fit to be shown: secrets hidden, long parts cut.
 *
 * Line ends within heads are single LFs, as a page shows them; everything else is as it went,
 * control bytes included: whoever shows it escapes it.
 */
#ifndef HARNESS_EVIDENCE_H
#define HARNESS_EVIDENCE_H

#include "base/buf.h"
#include "harness/veil.h"
#include "hookgauge.h"

#define EVIDENCE_HEAD_MAX ((size_t) 8192) /* bytes shown of a head, and of a raw message */
#define EVIDENCE_BODY_MAX ((size_t) 4096) /* bytes shown of a body */
#define EVIDENCE_MAX (EVIDENCE_HEAD_MAX + EVIDENCE_BODY_MAX + 256) /* with the remarks on cuts */

/* Appends a request. url: where it went, if that is known; else the request's own is shown and
 * nothing is added that an HTTP client would add. */
bool evidence_request(const struct veil *veil, const hg_scheme_spec *row, const hg_request *request,
                      const char *url, bool chunked, struct buf *out);

/* Appends a whole HTTP message, line ends and all. */
bool evidence_message(const struct veil *veil, hg_str bytes, struct buf *out);

/* Appends an answer as transport_heard gives it. Values of headers that hold a session are hidden,
 * whoever's they are. */
bool evidence_answer(const struct veil *veil, hg_str heard, struct buf *out);

#endif
