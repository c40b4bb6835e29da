/* SPDX-License-Identifier: MIT
 *
 * Edits of the MAC itself, whatever the scheme's encoding: letters say nothing about single bits.
 */
#ifndef HARNESS_EDIT_MAC_H
#define HARNESS_EDIT_MAC_H

#include "base/buf.h"
#include "harness/edit.h"

/* Bytes of a signature's text in the scheme's encoding, and of what stands around it in its item.
 * All 0 for a scheme that this program can't sign with. */
struct mac_text {
    hg_encoding encoding;
    size_t size;               /* of the MAC in bytes */
    size_t before, len, after; /* of the item: "sha256=", its text, nothing */
};

struct mac_text mac_text(const hg_scheme_spec *row);

/* Makes EDIT_FLIP_MAC or EDIT_RECODE of a signature header whose last item is the signature. False
 * when it holds none, or the edit names no place or encoding. */
bool mac_edit(const hg_scheme_spec *row, struct buf *signature, const struct edit *edit);

/* A secret that gives the empty key, which no ring takes: HMAC fills a key up with zeros, so one
 * zero byte is the same key. */
hg_str mac_empty_secret(const hg_scheme_spec *row);

#endif
