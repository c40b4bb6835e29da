/* SPDX-License-Identifier: MIT
 *
 * Which cases a run takes, and what --only means.
 */
#ifndef HARNESS_SELECT_H
#define HARNESS_SELECT_H

#include "base/buf.h"
#include "harness/vector.h"

/* What a pattern begins with when it is matched against the flags of a case, or its family. */
#define SELECT_FLAG "flag:"
#define SELECT_FAMILY "family:"

/* Whether the case fits the pattern: a shell glob over its id, in which a star also takes slashes;
 * or "flag:GLOB" over its flags, "family:GLOB" over its family. NULL fits every case. */
bool select_fits(const struct vector_case *one, const char *pattern);

/* Appends the pattern that fits this id alone: what a glob would read as special is escaped. */
bool select_exact(struct buf *out, const char *id);

/* The item type and action of a case, as its valid parent states them; false when the scheme has no
 * such events or the event is not in the catalogue. */
bool select_event(const struct vector_file *file, const struct vector_case *one,
                  const hg_item_type **type, const char **action);

#endif
