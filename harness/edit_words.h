/* SPDX-License-Identifier: MIT
 *
 * Edits in words, for reports.
 */
#ifndef HARNESS_EDIT_WORDS_H
#define HARNESS_EDIT_WORDS_H

#include "harness/edit.h"

/* Appends what an edit does, without a full stop: "bit 0 of byte 9 of the body is flipped, after
 * signing". Texts are quoted as JSON does and cut after EDIT_WORDS_TEXT_MAX bytes. */
#define EDIT_WORDS_TEXT_MAX 48
bool edit_words(const struct edit *edit, struct buf *out);

#endif
