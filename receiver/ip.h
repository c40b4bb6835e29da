/* SPDX-License-Identifier: MIT
 *
 * Internet addresses as values: who is at the other end, and which network that is in.
 */
#ifndef RECEIVER_IP_H
#define RECEIVER_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"
#include "hookgauge.h"

#define IP_TEXT_MAX 46 /* INET6_ADDRSTRLEN: the longest address and a NUL */
#define IP_BITS 128U

enum ip_kind {
    IP_UNKNOWN, /* a kind of socket that we don't know */
    IP_ADDRESS,
    IP_UNIX /* a Unix socket: there is no address */
};

/* IPv4 is kept as ::ffff:a.b.c.d, so that one machine has one value on every listener. */
struct ip {
    enum ip_kind kind;
    unsigned char bytes[16]; /* zero unless kind is IP_ADDRESS */
};

/* A block of addresses. */
struct network {
    struct ip ip;
    unsigned bits; /* of ip that count; for IPv4 96 more than is written */
};

void ip_from_socket(const struct sockaddr *from, struct ip *ip);

/* The whole text is one IPv4 or IPv6 address: no port, brackets or zone. */
bool ip_parse(hg_str text, struct ip *ip);

/* "192.0.2.1", "2001:db8::1", "unix" or "unknown", NUL-ended; returns its length. */
size_t ip_print(const struct ip *ip, char out[IP_TEXT_MAX]);

bool ip_same(const struct ip *a, const struct ip *b);

/* An address, or one and "/BITS". EXIT_USAGE for anything else, for bits set beyond the prefix and
 * for a prefix of 0, which would hold everyone. */
bool network_parse(const char *text, struct network *network, struct fail *fail);

bool network_holds(const struct network *network, const struct ip *ip);

#endif
