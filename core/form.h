/* SPDX-License-Identifier: MIT
 *
 * The template's {form}: what Twilio and Mandrill sign of a form body.
 */
#ifndef CORE_FORM_H
#define CORE_FORM_H

#include "hookgauge.h"

/* Decodes an application/x-www-form-urlencoded body and writes its names and values one behind the
 * other, sorted by name and then value, equal pairs once. HG_BAD_REQUEST for a broken escape or
 * more than HG_FORM_MAX parameters, or HG_NO_MEMORY. The caller frees *text. */
hg_status hgi_form_text(hg_str body, char **text, size_t *len);

#endif
