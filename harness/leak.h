/* SPDX-License-Identifier: MIT
 *
 * What an answer tells a stranger: the secret, the signature that would have been right, or, by
 * differing from another answer, which check refused the delivery.
 */
#ifndef HARNESS_LEAK_H
#define HARNESS_LEAK_H

#include "harness/live.h"
#include "harness/veil.h"

#define LEAK_FAMILY "leak" /* of the cases whose answers are searched */
#define LEAK_WHY_MAX 128   /* bytes of a reason, its NUL included */
#define LEAK_ANSWERS 4     /* two of each kind, by turns */
#define LEAK_SECRET_MIN 8  /* bytes: a shorter secret may stand in an answer by chance */

/* What of the two an answer to request holds, in any of the forms that a veil knows: static text;
 * NULL: neither. The right signature counts only where the request does not state it. */
const char *leak_find(const struct veil *secret, const struct live *live, const hg_request *request,
                      hg_str heard);

/* Whether the answers to two deliveries, heard by turns (one, other, one, other), are alike but for
 * the date, and for what differs between two answers to the same delivery. If not, why names the
 * part. */
bool leak_alike(const hg_str heard[LEAK_ANSWERS], char why[LEAK_WHY_MAX]);

#endif
