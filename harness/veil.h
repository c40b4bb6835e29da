/* SPDX-License-Identifier: MIT
 *
 * Hiding the user's secret in what a report shows.
 *
 * A receiver may print the secret, or the signature it had expected, in its answer; reports are
 * sent around and kept. What is shown of an exchange goes through a veil first.
 */
#ifndef HARNESS_VEIL_H
#define HARNESS_VEIL_H

#include "base/buf.h"

#define VEIL_FORMS_MAX 32 /* ways to write a secret: 14 of its text, 8 of each decoding of it */
#define VEIL_SECRET "[the secret]"

struct veil {
    struct buf forms; /* one behind the other */
    struct {
        size_t at, size;
    } form[VEIL_FORMS_MAX];
    size_t count; /* 0: hides nothing */
};

/* The forms of a secret: as it is, in hex, in base64 at any place of a longer text, escaped for
 * URLs, JSON and HTML, and, where its text is hex or base64, the same of the bytes it stands for.
 * An empty secret gives a veil that hides nothing: the vectors' own secrets are public. False when
 * memory ran out. */
bool veil_open(hg_str secret, struct veil *veil);
void veil_close(struct veil *veil);

/* Whether one of the forms stands in text. */
bool veil_finds(const struct veil *veil, hg_str text);

/* Appends text with every form replaced by VEIL_SECRET, and what could be a signature (40 hex
 * digits or more; 27 characters of base64 or more with both cases and digits) by its length. */
bool veil_add(const struct veil *veil, hg_str text, struct buf *out);

/* The same for the value of a signature header, where every run of 8 or more goes. */
bool veil_add_signature(const struct veil *veil, hg_str text, struct buf *out);

#endif
