/* SPDX-License-Identifier: MIT
 *
 * The built-in sample bodies, one for each item type: the bytes of vectors/samples/TYPE.json.
 */
#ifndef BASE_SAMPLES_H
#define BASE_SAMPLES_H

#include "hookgauge.h"

/* The sample of that item type id; empty when there is none. */
hg_str sample_body(const char *type_id);

#endif
