/* SPDX-License-Identifier: MIT
 *
 * The self-test of the layout check (head.h): it relies on how one version of the HTTP library
 * leaves a head in its buffer.
 */
#ifndef RECEIVER_LAYOUT_H
#define RECEIVER_LAYOUT_H

#include "receiver/config.h"

#define LAYOUT_VERSION "0.9.75" /* the libmicrohttpd whose layout of a head head.c knows */

/* Whether the check tells a sound request from one with a hidden byte in the library that is
 * loaded. Nothing is listened on. */
bool layout_proven(const struct config *config);

#endif
