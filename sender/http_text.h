/* SPDX-License-Identifier: MIT
 *
 * The few pieces of HTTP's text that the client reads or checks by itself. Pure: no clock, no heap.
 */
#ifndef SENDER_HTTP_TEXT_H
#define SENDER_HTTP_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "hookgauge.h"

/* The status of a line "HTTP/1.1 200 OK", with or without its line end; 0 when it is not one. */
int http_status(hg_str line);

/* Whether line is "NAME:…", without regard to ASCII case. */
bool http_is_named(hg_str line, const char *name);

/* The value of "Name: value", without the blanks and the line end around it. */
hg_str http_value(hg_str line);

/* RFC 9110 section 10.2.3: seconds, or an HTTP date, which is counted from now (Unix seconds) and
 * is 0 when past. At most TRANSPORT_RETRY_AFTER_MAX; -1 when text is neither. */
long http_retry_after(hg_str text, int64_t now);

#endif
