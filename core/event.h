/* SPDX-License-Identifier: MIT
 *
 * Event rules: which events a receiver asked for.
 */
#ifndef CORE_EVENT_H
#define CORE_EVENT_H

#include "hookgauge.h"

/* Whether the options' event rules, if any, admit a verified event. */
bool hgi_event_wanted(const hg_options *options, hg_str event);

#endif
