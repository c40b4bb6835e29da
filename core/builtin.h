/* SPDX-License-Identifier: MIT
 *
 * The built-in rows: pure data, in two tables so that neither file is long.
 */
#ifndef CORE_BUILTIN_H
#define CORE_BUILTIN_H

#include "hookgauge.h"

/* What most rows begin with: HMAC-SHA256 over text, keyed with the secret's own bytes. */
#define HGI_SHA256_OF(text) .algorithm = "hmac-sha256", .key = "utf8", .signed_text = (text)

/* In order of name; every name of the first table is before every name of the second. */
extern const hg_scheme_spec hgi_rows_a_to_l[];
extern const size_t hgi_rows_a_to_l_count;
extern const hg_scheme_spec hgi_rows_m_to_z[];
extern const size_t hgi_rows_m_to_z_count;

#endif
