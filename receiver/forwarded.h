/* SPDX-License-Identifier: MIT
 *
 * Which client a request comes from when proxies stand in front.
 *
 * A proxy adds the address that it was called from at the right end of one header; whatever stands
 * to the left of that was there when it was called, so anybody may have written it. The header is
 * read from the right: as long as an address belongs to a trusted proxy, what that proxy added is
 * believed, and the first other address is the client. Of the two headers in use only the one that
 * the proxies are said to write is read: they pass on the other one as it came.
 */
#ifndef RECEIVER_FORWARDED_H
#define RECEIVER_FORWARDED_H

#include "receiver/head.h"
#include "receiver/ip.h"

#define TRUST_MAX ((size_t) 64) /* networks: the published list of a large CDN has 22 */

struct trust {
    struct network networks[TRUST_MAX];
    size_t count;
    bool unix_socket; /* whoever connects to a Unix socket */
    bool rfc7239;     /* they write Forwarded; otherwise X-Forwarded-For */
};

bool trust_holds(const struct trust *trust, const struct ip *ip);

/* The client of a request that came from a peer: the peer itself unless it is trusted. It is the
 * peer, too, when the header is absent, names no address where one is due, or is malformed there:
 * nothing is guessed. */
void forwarded_client(const struct trust *trust, const struct head *head, const struct ip *peer,
                      struct ip *client);

#endif
