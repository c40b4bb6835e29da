/* SPDX-License-Identifier: MIT
 *
 * What HTTP lets stand in a name and in a value: one rule for all who read or write a head.
 */
#ifndef BASE_HTTP_FIELD_H
#define BASE_HTTP_FIELD_H

#include <stdbool.h>

#include "hookgauge.h"

/* RFC 9110 section 5.6.2, a token: what a header's name and a method are made of. */
bool http_is_token(hg_str text);

/* RFC 9110 section 5.5, whether a header can carry text: no control byte but tab. Bytes above 0x7f
 * are opaque and pass. */
bool http_is_value(hg_str text);

/* What a request's target may be made of, whatever its form: visible ASCII but '#' (RFC 9112
 * section 3.2, which has a target without a fragment). */
bool http_is_target(hg_str text);

/* Nothing but spaces and tabs, or empty. */
bool http_is_blank(hg_str text);

#endif
