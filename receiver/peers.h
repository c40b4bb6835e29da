/* SPDX-License-Identifier: MIT
 *
 * What is remembered of addresses: how many connections each has open, and how many of its requests
 * were refused lately. IPv6 counts by /64, which is what one subscriber gets.
 *
 * The table is bounded. Addresses with open connections stay in it; of the others the one refused
 * longest ago gives way to a new one, and its refusals are then forgotten. Used by one thread.
 */
#ifndef RECEIVER_PEERS_H
#define RECEIVER_PEERS_H

#include "receiver/ip.h"

#define PEERS_MAX                                                                                  \
    ((size_t) 32768)      /* addresses: more than connections can be open; 2 MB if full            \
                           */
#define PEERS_WINDOW_S 60 /* refusals are counted by the minute */

struct peers;

struct peers *peers_new(void); /* NULL when memory ran out */
void peers_free(struct peers *peers);

/* Open connections of an address; 0 for what is no address. */
size_t peers_connections(const struct peers *peers, const struct ip *ip);

/* A connection has been opened, or closed. Each that opened must close. */
void peers_opened(struct peers *peers, const struct ip *ip);
void peers_closed(struct peers *peers, const struct ip *ip);

/* A request of an address was refused, of which per_minute are let pass: they may come at once, and
 * are forgiven one by one, evenly over the minute. now_ms is of a clock that is never set back. */
void peers_refused(struct peers *peers, const struct ip *ip, int64_t per_minute, int64_t now_ms);

/* Whether the address has used up its refusals, so that no further request is looked at. */
bool peers_blocked(const struct peers *peers, const struct ip *ip, int64_t per_minute,
                   int64_t now_ms);

#endif
