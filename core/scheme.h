/* SPDX-License-Identifier: MIT
 *
 * A scheme as the verifier and the signer use it: every word of its row looked up once.
 */
#ifndef CORE_SCHEME_H
#define CORE_SCHEME_H

#include "core/crypto.h"
#include "core/template.h"

enum hgi_key_form { HGI_KEY_UTF8 = 1, HGI_KEY_BASE64, HGI_KEY_HEX, HGI_KEY_WHSEC, HGI_KEY_WHPK };

/* How a request may carry more than one signature header. */
enum hgi_several {
    HGI_ONE = 0,
    HGI_REPEATED, /* the header may occur several times */
    HGI_NUMBERED  /* its name is followed by "-1", "-2", … */
};

#define HGI_SLOTS_MAX (4 + HG_TEMPLATE_MAX) /* the four roles, and {header:…} in the template */
#define HGI_NO_SLOT SIZE_MAX

struct hg_scheme {
    hg_scheme_spec row; /* its strings live in text */
    enum hgi_hash hash; /* of HMAC; Ed25519 is built on SHA-512 and its signature has that length */
    bool ed25519;
    enum hgi_key_form key_form;
    hg_encoding encoding;
    hg_str sig_before, sig_after; /* what stands around {sig} in an item */
    hg_str sig_prefix;            /* what stands before the whole list */
    char separator;               /* 0: the header is one item */
    enum hgi_several several;
    hg_str sign_name; /* the signature header as a signer writes it */
    bool has_time;
    bool time_in_item;
    hg_str time_before, time_after;
    hg_time_format time_format;
    bool event_type_action;
    struct hgi_template template;
    size_t body_at;                 /* the place of {body} or else of its first digest; the count
                                       when there is neither */
    const struct hgi_piece *digest; /* the kind of digest in the template; NULL: none */
    bool has_form;
    bool needs_whole; /* can't be verified while the body is still arriving */
    bool binds[HG_PART_ID + 1];
    bool needs_url;
    hg_str id_stop; /* the literal after a signed {id}: an id with it inside would give the signed
                       text a second reading; empty when there is none */
    /* The headers the scheme names, each once, in lower case. A role's slot is HGI_NO_SLOT when the
     * scheme lacks it. */
    hg_str named[HGI_SLOTS_MAX];
    size_t named_count;
    uint64_t named_lengths[2]; /* bit n: a named header has n bytes; a quick no for all others */
    bool all_strict; /* every byte of a named header is seen by a grammar: no list, no {header:…} */
    size_t signature_slot, timestamp_slot, event_slot, id_slot;
    char text[];
};

#endif
