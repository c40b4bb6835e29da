/* SPDX-License-Identifier: MIT
 *
 * Text in HTML and XML.
 */
#ifndef HARNESS_MARKUP_H
#define HARNESS_MARKUP_H

#include "base/buf.h"

/* Appends text so that it is nothing but text, between tags and in a quoted attribute. Tab and LF
 * stay. What can't be shown, or would show something else, is spelled out: other control bytes and
 * what is not UTF-8 as \xNN, marks that turn or hide text and noncharacters as \u{NNNN}. All or
 * nothing. */
bool markup_add(struct buf *out, hg_str text);
bool markup_add_text(struct buf *out, const char *text);

#endif
