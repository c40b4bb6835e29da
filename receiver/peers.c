/* SPDX-License-Identifier: MIT
 *
 * See peers.h. A hash table over an array of entries, which are linked by their index: chains of
 * equal hash, and the idle ones in the order in which they were last refused.
 */
#include "receiver/peers.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define BUCKETS ((size_t) 65536) /* twice PEERS_MAX, a power of two */
#define WINDOW_US ((int64_t) PEERS_WINDOW_S * 1000000)
#define NONE                                                                                       \
    0U /* entry 0 is not used: it is the end of a chain and the anchor of the idle ones            \
        */

struct peer {
    unsigned char key[16];
    uint32_t next;        /* in its chain, or in the free ones */
    uint32_t left, right; /* among the idle ones: refused longer ago, and later */
    uint32_t connections;
    int64_t clear_us; /* when all its refusals are forgiven; the past: there are none */
};

struct peers {
    uint64_t seed[2]; /* so that nobody can choose addresses that share a chain */
    uint32_t chains[BUCKETS];
    uint32_t free;
    uint32_t used; /* entries ever taken */
    struct peer entries[PEERS_MAX + 1];
};

struct peers *peers_new(void)
{
    struct peers *peers = calloc(1, sizeof(*peers));
    if (peers != NULL && getrandom(peers->seed, sizeof(peers->seed), 0) < 0) {
        free(peers);
        return NULL;
    }
    return peers;
}

void peers_free(struct peers *peers)
{
    free(peers);
}

/* ---- Looking up ------------------------------------------------------------------------------ */

static void make_key(const struct ip *ip, unsigned char key[16])
{
    static const unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    memcpy(key, ip->bytes, 16);
    if (memcmp(key, mapped, sizeof(mapped)) != 0) {
        memset(key + 8, 0, 8);
    }
}

static size_t bucket_of(const struct peers *peers, const unsigned char key[16])
{
    uint64_t high, low;
    memcpy(&high, key, sizeof(high));
    memcpy(&low, key + sizeof(high), sizeof(low));
    uint64_t hash = (high ^ peers->seed[0]) * UINT64_C(0x9e3779b97f4a7c15);
    hash ^= hash >> 32;
    hash = (hash ^ low ^ peers->seed[1]) * UINT64_C(0xc2b2ae3d27d4eb4f);
    return (size_t) (hash >> 40) % BUCKETS;
}

static uint32_t find(const struct peers *peers, const struct ip *ip)
{
    unsigned char key[16];
    if (ip->kind != IP_ADDRESS) {
        return NONE;
    }
    make_key(ip, key);
    uint32_t at = peers->chains[bucket_of(peers, key)];
    while (at != NONE && memcmp(peers->entries[at].key, key, sizeof(key)) != 0) {
        at = peers->entries[at].next;
    }
    return at;
}

/* ---- Taking and giving back ------------------------------------------------------------------ */

static void idle_remove(struct peers *peers, uint32_t at)
{
    struct peer *peer = &peers->entries[at];
    peers->entries[peer->left].right = peer->right;
    peers->entries[peer->right].left = peer->left;
    peer->left = peer->right = NONE;
}

/* The youngest is at the anchor's left, the oldest at its right. */
static void idle_add(struct peers *peers, uint32_t at)
{
    struct peer *anchor = &peers->entries[NONE];
    peers->entries[at].left = anchor->left;
    peers->entries[at].right = NONE;
    peers->entries[anchor->left].right = at;
    anchor->left = at;
}

static void drop(struct peers *peers, uint32_t at)
{
    uint32_t *link = &peers->chains[bucket_of(peers, peers->entries[at].key)];
    while (*link != at) {
        link = &peers->entries[*link].next;
    }
    *link = peers->entries[at].next;
    peers->entries[at].next = peers->free;
    peers->free = at;
}

/* An entry that belongs to nobody; NONE when all have open connections. */
static uint32_t take_free(struct peers *peers)
{
    uint32_t oldest = peers->entries[NONE].right;
    if (peers->free == NONE && peers->used < PEERS_MAX) {
        return ++peers->used;
    }
    if (peers->free == NONE && oldest != NONE) {
        idle_remove(peers, oldest);
        drop(peers, oldest);
    }
    uint32_t at = peers->free;
    peers->free = peers->entries[at].next;
    return at;
}

/* The entry of an address, made if missing and then without connections and not among the idle
 * ones. NONE for what is no address, or when there is no room. */
static uint32_t find_or_make(struct peers *peers, const struct ip *ip)
{
    uint32_t at = find(peers, ip);
    if (at != NONE || ip->kind != IP_ADDRESS) {
        return at;
    }
    at = take_free(peers);
    if (at != NONE) {
        struct peer *peer = &peers->entries[at];
        memset(peer, 0, sizeof(*peer));
        make_key(ip, peer->key);
        uint32_t *chain = &peers->chains[bucket_of(peers, peer->key)];
        peer->next = *chain;
        *chain = at;
    }
    return at;
}

/* ---- Connections ----------------------------------------------------------------------------- */

static bool is_idle(const struct peers *peers, uint32_t at)
{
    return peers->entries[at].connections == 0 && peers->entries[at].clear_us != 0;
}

size_t peers_connections(const struct peers *peers, const struct ip *ip)
{
    uint32_t at = find(peers, ip);
    return at != NONE ? peers->entries[at].connections : 0;
}

void peers_opened(struct peers *peers, const struct ip *ip)
{
    uint32_t at = find_or_make(peers, ip);
    if (at == NONE) {
        return;
    }
    if (is_idle(peers, at)) {
        idle_remove(peers, at);
    }
    peers->entries[at].connections++;
}

void peers_closed(struct peers *peers, const struct ip *ip)
{
    uint32_t at = find(peers, ip);
    if (at == NONE || peers->entries[at].connections == 0 || --peers->entries[at].connections > 0) {
        return;
    }
    if (is_idle(peers, at)) {
        idle_add(peers, at);
    } else {
        drop(peers, at);
    }
}

/* ---- Refusals -------------------------------------------------------------------------------- */

/* Each refusal moves clear_us on by its share of the minute. */
void peers_refused(struct peers *peers, const struct ip *ip, int64_t per_minute, int64_t now_ms)
{
    uint32_t at = find_or_make(peers, ip);
    if (at == NONE) {
        return;
    }
    struct peer *peer = &peers->entries[at];
    int64_t now_us = now_ms * 1000;
    if (is_idle(peers, at)) {
        idle_remove(peers, at);
    }
    peer->clear_us = (peer->clear_us > now_us ? peer->clear_us : now_us) + WINDOW_US / per_minute;
    if (is_idle(peers, at)) {
        idle_add(peers, at);
    }
}

/* There is no room for one more within the window. */
bool peers_blocked(const struct peers *peers, const struct ip *ip, int64_t per_minute,
                   int64_t now_ms)
{
    uint32_t at = find(peers, ip);
    int64_t left_us = at != NONE ? peers->entries[at].clear_us - now_ms * 1000 : 0;
    return left_us > WINDOW_US - WINDOW_US / per_minute;
}
