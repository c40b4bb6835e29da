/* SPDX-License-Identifier: MIT
 *
 * What a request's headers say, in the terms of a scheme: read strictly, not yet believed.
 */
#ifndef CORE_READING_H
#define CORE_READING_H

#include "core/scheme.h"

/* The decoded signatures of a request. */
struct hgi_candidates {
    size_t count;
    unsigned char macs[HG_CANDIDATES_MAX][HG_MAC_MAX];
};

struct hgi_reading {
    hg_str values[HGI_SLOTS_MAX];         /* of the headers the scheme names, trimmed */
    hg_str signatures[HG_CANDIDATES_MAX]; /* the values, where the scheme allows several headers */
    size_t signature_count;
    hg_str timestamp; /* as the request spells it */
    hg_str event;
    hg_str id;
    int64_t seconds; /* the timestamp read; 0 when opaque or absent */
    struct hgi_url url;
    struct hgi_candidates candidates;
    hg_str form;   /* what {form} stands for, */
    hg_str digest; /* and the digest of the body; whoever has the body sets them */
};

/* Checks form of headers, signature, timestamp, event and id, in this order; HG_OK or the first
 * status that fails. Members are set as far as the checks came. */
hg_status hgi_read(const hg_scheme *scheme, const hg_request *request, struct hgi_reading *reading);

/* The checks on single values, which signing shares. */
hg_status hgi_check_timestamp(const hg_scheme *scheme, hg_str text, int64_t *seconds);
hg_status hgi_check_event(const hg_scheme *scheme, hg_str event);
hg_status hgi_check_id(const hg_scheme *scheme, hg_str id);

/* Finds the headers the scheme names. HG_BAD_REQUEST (too many) or HG_REPEATED_HEADER; an absent
 * header's value is empty. `skip_roles` leaves out the roles' headers, which signing is about to
 * make. */
hg_status hgi_read_headers(const hg_scheme *scheme, const hg_request *request, bool skip_roles,
                           hg_str values[HGI_SLOTS_MAX]);

/* A header that only the template names is required too: HG_BAD_REQUEST when one is absent. */
hg_status hgi_check_signed_headers(const hg_scheme *scheme, const hg_str *values);

/* Splits the request's URL if the template needs it. */
hg_status hgi_read_url(const hg_scheme *scheme, const hg_request *request, struct hgi_url *url);

/* Writes a digest of the body as the template spells it into text and notes it in the reading. */
bool hgi_read_digest(const hg_scheme *scheme, struct hgi_state *state, char text[2 * HG_MAC_MAX],
                     struct hgi_reading *reading);

/* The whole signed text in one piece, for signatures that can't be made while it arrives. False
 * without memory. The caller frees *message. */
bool hgi_compose(const hg_scheme *scheme, const hg_request *request,
                 const struct hgi_reading *reading, char **message, size_t *size);

/* Feeds what is signed before the body (`after` false) or behind it to a MAC. The text of a piece
 * is taken from reading and request. */
bool hgi_absorb(const hg_scheme *scheme, const hg_request *request,
                const struct hgi_reading *reading, bool after, struct hgi_state *state);

#endif
