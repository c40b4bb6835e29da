/* SPDX-License-Identifier: MIT
 *
 * hookgauge receive --check: what a configuration comes to.
 */
#ifndef CLI_RECEIVE_CHECK_H
#define CLI_RECEIVE_CHECK_H

#include "receiver/config.h"

/* Checks what reading the configuration has left: the certificate and its key, user and group. Then
 * prints what it comes to to standard output, as lines or one JSON object, and what looks like a
 * mistake to standard error. Nothing is opened to the world, and the store is not touched. */
bool receive_check(const struct config *config, bool json, struct fail *fail);

#endif
