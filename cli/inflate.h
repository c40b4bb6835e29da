/* SPDX-License-Identifier: MIT
 *
 * Undoing gzip and deflate, for explaining a signature that was made before or after.
 */
#ifndef CLI_INFLATE_H
#define CLI_INFLATE_H

#include "base/buf.h"

/* Whether text begins as gzip or zlib data does. */
bool inflate_fits(hg_str text);

/* Adds what text inflates to. False when it is not whole, sound gzip or zlib data (text behind it
 * is passed over), does not fit into out, or memory ran out; a part may then have been added. */
bool inflate_text(hg_str text, struct buf *out);

#endif
