/* SPDX-License-Identifier: MIT
 *
 * Where test deliveries may go: thousands of hostile requests belong on this machine, or on one
 * that the user has named a second time.
 */
#ifndef HARNESS_LOOPBACK_H
#define HARNESS_LOOPBACK_H

#include <sys/socket.h>

#include "base/fail.h"
#include "hookgauge.h"

#define HOST_MAX 255 /* bytes of a host name, as DNS has it */

/* 127.0.0.0/8 and ::1, also as an IPv4 address within IPv6. */
bool loopback_is(const struct sockaddr *address);

/* Whether the host of origin ("http://host:port") may be tested: it is the one in allowed, or all
 * of its addresses are loopback ones. EXIT_USAGE when it may not, and when allowed (which may be
 * NULL) names another host; EXIT_UNKNOWN when the name has no address. The name is looked up here
 * once and by the client again: this guards against mistakes, not against a hostile name server. */
bool loopback_check(hg_str origin, const char *allowed, struct fail *fail);

#endif
