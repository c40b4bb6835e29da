/* SPDX-License-Identifier: MIT
 *
 * Registration handshakes: a platform that is given a URL first asks whether whoever is there wants
 * its deliveries, and sends a text that must come back, alone or with its MAC.
 *
 * What is asked and answered is data (config_challenge.c). Nothing that comes back can be more than
 * CHALLENGE_VALUE_MAX letters, digits, '-', '_', '+', '/' and '=', it is never HTML, and it is
 * never kept. In a body a challenge is looked for only once the delivery has verified.
 *
 * A MAC for whoever asks would be a signature for whoever asks: where the text comes unsigned, the
 * endpoint's scheme must sign something that such a text can't hold. The platform that asks so
 * signs its body and nothing else, so there bodies that are such a text are refused instead.
 */
#ifndef RECEIVER_CHALLENGE_H
#define RECEIVER_CHALLENGE_H

#include "base/buf.h"
#include "base/json.h"
#include "hookgauge.h"
#include "receiver/head.h"

#define CHALLENGE_VALUE_MAX ((size_t) 256) /* bytes: the longest known one has 52 */
#define CHALLENGE_BODY_MAX ((size_t) 4096) /* bytes: larger deliveries are none; they have 200 */
#define CHALLENGE_PARTS_MAX ((size_t) 8)   /* conditions, members of an answer */

enum challenge_from {
    CHALLENGE_QUERY,  /* a GET with parameters, unsigned */
    CHALLENGE_HEADER, /* a POST with a header and without a signature */
    CHALLENGE_BODY    /* a POST whose body is JSON and signed; names are JSON pointers */
};

/* As the configuration names it; NULL past the last. */
const char *challenge_from_name(enum challenge_from from);

struct challenge_part {
    const char *name;
    const char *text; /* the value a condition needs, or the template of an answer's member */
};

struct challenge {
    enum challenge_from from;
    struct challenge_part when[CHALLENGE_PARTS_MAX]; /* all must hold */
    size_t when_count;
    const char *value; /* where the text is */
    const char *token; /* where a text is that must equal the secret; NULL: none is needed */
    struct buf secret;
    const char *text;                                   /* the template of the answer, or */
    struct challenge_part members[CHALLENGE_PARTS_MAX]; /* those of a JSON object */
    size_t member_count;
    const char *header; /* in which the text comes back too; NULL: none */
    hg_scheme *scheme;  /* makes MACs, */
    hg_ring *ring;      /* of the endpoint's keys; NULL: the answer has none */
    bool guarded;       /* bodies that are such a text are refused */
    cJSON *tree;        /* what a preset's texts point into */
};

void challenge_free(struct challenge *challenge); /* NULL is allowed; wipes the secret */

/* Whether a template is text of visible ASCII and blanks around {value}, {hmac:hex} and
 * {hmac:base64}; *macs is set when it has one of the latter. */
bool challenge_template(const char *text, bool *macs);

/* Whether every byte may come back. */
bool challenge_sound(hg_str text);

/* What is sent back. */
struct reply {
    struct buf body;
    const char *type; /* of the body */
    const char *header;
    char value[CHALLENGE_VALUE_MAX + 1]; /* of the header; NUL-ended */
};

void reply_free(struct reply *reply); /* NULL is allowed */

enum challenge_result {
    CHALLENGE_NONE,   /* an ordinary request */
    CHALLENGE_TAKEN,  /* *reply is made */
    CHALLENGE_DENIED, /* the token is not the secret */
    CHALLENGE_BAD,    /* the text is missing, not single, too long, or must not come back */
    CHALLENGE_FAILED  /* memory or libcrypto */
};

/* The key that MACs are made under: its index in the ring. */
enum challenge_result challenge_in_head(const struct challenge *challenge, const struct head *head,
                                        const hg_scheme *scheme, size_t key, struct reply **reply);

/* body has verified. */
enum challenge_result challenge_in_body(const struct challenge *challenge, hg_str body, size_t key,
                                        struct reply **reply);

#endif
