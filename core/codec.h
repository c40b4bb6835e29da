/* SPDX-License-Identifier: MIT
 *
 * What the key decoder needs beyond hg_decode: base64 whose padding may lack.
 */
#ifndef CORE_CODEC_H
#define CORE_CODEC_H

#include "hookgauge.h"

/* How many '=' end the text: 0, 1 or 2. */
size_t hgi_base64_padding(hg_str text);

/* Decodes standard base64 without padding, canonical, as hg_decode. */
bool hgi_decode_unpadded(hg_str text, void *out, size_t capacity, size_t *length);

#endif
