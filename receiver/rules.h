/* SPDX-License-Identifier: MIT
 *
 * What an endpoint demands and answers beyond its signature.
 */
#ifndef RECEIVER_RULES_H
#define RECEIVER_RULES_H

#include "base/json.h"
#include "receiver/answers.h"

#define RULES_ALLOW_MAX 64 /* bytes: every method that can be named, and commas */

/* Bytes of a body in which an id is looked for: reading a large one takes many times its size in
 * memory, and holds up the loop. */
#define RULES_BODY_MAX ((size_t) 1 << 20)

struct challenge;

struct rules {
    unsigned methods; /* a bit for each of rules_method */
    struct answers answers;
    bool ack_unwanted;           /* an event that is not wanted is answered as a success */
    const char *id_from;         /* JSON pointer to the id in the body; NULL: none; borrowed */
    struct challenge *challenge; /* owned; NULL: none */
};

/* The defaults: POST, the usual answers. */
void rules_init(struct rules *rules);
void rules_release(struct rules *rules);

/* The methods an endpoint can have, in order; NULL past the last. */
const char *rules_method(size_t index);

bool rules_take_method(const struct rules *rules, hg_str method);

/* Writes the methods as the header Allow lists them, NUL-ended. */
void rules_allow(const struct rules *rules, char out[RULES_ALLOW_MAX]);

/* The id that a verified body states, by a pointer: a string or an integer. Copied into id; returns
 * its length, 0 when the body is too large or not JSON, or the member is missing, another kind,
 * empty, longer than HG_VALUE_MAX or not visible ASCII. */
size_t rules_body_id(const char *pointer, hg_str body, char id[HG_VALUE_MAX]);

#endif
