/* SPDX-License-Identifier: MIT
 *
 * Parts of a delivery: where a scheme carries them, and what flip-bit, append and the like do to
 * their bytes.
 */
#ifndef HARNESS_EDIT_PART_H
#define HARNESS_EDIT_PART_H

#include "base/buf.h"
#include "base/capture.h"
#include "harness/edit.h"

#define PART_BYTES_MAX CAPTURE_BODY_MAX /* bytes: no part is larger than a body may be */

/* The header that carries a part; NULL when the scheme has none for it. */
const char *part_header(const hg_scheme_spec *row, enum edit_part part);

/* The part a header carries; 0 for a plain one. */
enum edit_part part_of_header(const hg_scheme_spec *row, hg_str name);

/* Whether the part is an item of the signature header: so is some schemes' timestamp. */
bool part_in_signature(const hg_scheme_spec *row, enum edit_part part);

/* Whether deliveries of the scheme have the part. */
bool part_exists(const hg_scheme_spec *row, enum edit_part part);

/* Whether the signed text holds the query of the URL, so that a parameter can't be added to it once
 * the delivery is signed. */
bool part_query_is_signed(const hg_scheme_spec *row);

/* The part becomes text, which must not point into it. */
bool part_set(struct buf *part, hg_str text);

/* Puts text in place of len bytes from `from` on; the caller has checked the bounds. */
bool part_splice(struct buf *part, size_t from, size_t len, hg_str text);

/* Makes an edit that concerns one part's bytes alone. False when the part is too short for it, or
 * would become too long. */
bool part_edit(struct buf *part, const struct edit *edit);

/* Appends a parameter to a URL, its value percent-encoded but for what RFC 3986 calls unreserved.
 */
bool part_add_parameter(struct buf *url, const char *name, hg_str value);

#endif
