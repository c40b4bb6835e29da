/* SPDX-License-Identifier: MIT
 *
 * Where secrets come from: never from argv, so that `ps` and shell histories do not show them.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/buf.h"
#include "base/fail.h"
#include "hookgauge.h"

/* Whether text has one of the forms of SRC below. */
bool secret_is_src(const char *text);

/* Whether src is rightly written; what it names is not looked at. EXIT_USAGE with the words that
 * secret_read has. */
bool secret_check(const char *src, struct fail *fail);

/* Reads SRC: "env:NAME", "file:PATH", "credential:NAME" or "fd:N"; one trailing newline (LF or
 * CRLF) is dropped. max bytes at most. Fails with EXIT_USAGE on another form, an unset variable, an
 * empty value, a value that is too long; with EXIT_UNKNOWN on a read error or without memory. *out
 * is initialised here, also on failure (empty then). Free it with buf_wipe. Messages name SRC,
 * never the value. */
bool secret_read(const char *src, size_t max, struct buf *out, struct fail *fail);

/* The same for an External URL of at most 8192 bytes without blanks and control bytes: SRC as
 * above, or the URL itself, in which case *typed is true so that the caller can warn. */
bool secret_url_read(const char *text, struct buf *out, bool *typed, struct fail *fail);

/* Makes a ring of one key from SRC. */
bool secret_ring(const char *src, const char *label, const hg_scheme *scheme, hg_ring **ring,
                 struct fail *fail);

/* Makes a ring of the keys "current" and, where previous is not NULL, "previous". */
bool secret_ring_pair(const char *current, const char *previous, const hg_scheme *scheme,
                      hg_ring **ring, struct fail *fail);

#endif
