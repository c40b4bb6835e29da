/* SPDX-License-Identifier: MIT
 *
 * Writing a case of a vector file.
 */
#ifndef HARNESS_VECTOR_WRITE_H
#define HARNESS_VECTOR_WRITE_H

#include "base/buf.h"
#include "harness/vector.h"

/* Appends the case as one line of JSON without its end of line, with request as what is sent. With
 * a unit that is not empty the body is written as a repetition of it. False when the body is no
 * such repetition, or out is full. */
bool vector_case_to_json(const struct vector_case *one, const hg_request *request, hg_str unit,
                         struct buf *out);

#endif
