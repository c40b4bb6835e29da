/* SPDX-License-Identifier: MIT
 *
 * An endpoint: one path, the scheme and the keys its deliveries are verified with, and its rules.
 */
#ifndef RECEIVER_ENDPOINT_H
#define RECEIVER_ENDPOINT_H

#include "hookgauge.h"
#include "receiver/rules.h"
#include "receiver/store.h"
#include "receiver/target.h"

#define ENDPOINT_PATH_MAX ((size_t) 256)   /* bytes: a path is a name, not data */
#define ENDPOINT_EVENTS_MAX ((size_t) 256) /* patterns: more than twice the catalogue's events */
#define ENDPOINT_DEDUP_ID_S ((int64_t) 604800)     /* 7 days: senders with ids retry for days */
#define ENDPOINT_DEDUP_MAX_S ((int64_t) 315360000) /* ten years */

/* As it is written in the configuration or in flags; everything is borrowed and must outlive the
 * endpoint, but the keys' secrets. */
struct endpoint_spec {
    const char *name;
    const char *path;
    const hg_key *keys;
    size_t key_count;
    const char *const *events; /* patterns; NULL: not given */
    size_t event_count;
    const char *const *extra_events;
    size_t extra_event_count;
    bool event_unsigned; /* event rules are meant although the scheme does not sign the event */
    bool body_unsigned;  /* the endpoint is meant although the scheme does not sign the body */
    bool keyless;        /* keys have no secrets, and no ring is made: nothing can be verified */
    int64_t dedup_s;     /* 0: not given */
    /* What stands before the request's target in the URL that the sender called, such as
     * "https://example.com"; needed where the scheme signs the URL; NULL: not given. */
    const char *public_url;
};

/* What is known of a secret but itself. */
struct endpoint_key {
    hg_str label;
    int64_t not_after;
};

struct endpoint {
    hg_str name;
    hg_str path;
    hg_str public_url;
    hg_scheme *scheme; /* owned */
    hg_ring *ring;     /* owned; NULL: every delivery is refused with HG_NO_KEY */
    struct endpoint_key keys[HG_KEYS_MAX];
    size_t key_count;
    hg_str *patterns;   /* owned: events, then extra events */
    hg_options options; /* complete but for now */
    int64_t dedup_s;
    struct target target; /* owned; where deliveries are handed on to, kind TARGET_NONE: nowhere */
    struct rules rules;
};

/* Checks the rules and makes the ring, unless it is keyless. On success the endpoint owns scheme.
 * HG_OK, or a status of class MISUSE or SYSTEM with *error naming the member ("$.events[2]"). */
HG_MUST_USE hg_status endpoint_init(struct endpoint *endpoint, const struct endpoint_spec *spec,
                                    hg_scheme *scheme, hg_error *error);

void endpoint_release(struct endpoint *endpoint);

/* Fills endpoint, event, id, label, times and key of a delivery from its verdict. */
void endpoint_describe(const struct endpoint *endpoint, const hg_verdict *verdict,
                       int64_t received_ms, struct delivery *delivery);

/* Where the endpoint takes its id from the body: the id and key of a delivery that has been
 * described. false: the body has none, and the key of the verdict stays. */
bool endpoint_body_id(const struct endpoint *endpoint, hg_str body, struct delivery *delivery);

/* The index of the key whose MACs answer a challenge: the one that matched or, where the request
 * was not verified, the first that has not expired; the number of keys when there is none. */
size_t endpoint_mac_key(const struct endpoint *endpoint, const hg_verdict *verdict, int64_t now);

#endif
