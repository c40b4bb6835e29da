/* SPDX-License-Identifier: MIT
 *
 * What the two forms of an attempt share, within deliver*.c.
 */
#ifndef RECEIVER_DELIVER_PARTS_H
#define RECEIVER_DELIVER_PARTS_H

#include "receiver/deliver.h"
#include "sender/transport.h"

/* What the receiver adds, in words that become "X-Hookgauge-Unsigned-Event" or
 * "HOOKGAUGE_UNSIGNED_EVENT". An event or id that the signature does not cover has a name of its
 * own, so that a program that reads the plain one trusts no claim. */
enum fact {
    FACT_DELIVERY,
    FACT_ATTEMPT,
    FACT_ENDPOINT,
    FACT_EVENT,
    FACT_ID,
    FACT_KEY,
    FACT_RECEIVED,
    FACT_METHOD,
    FACT_URL,
    FACT_COUNT
};

#define FACTS_TEXT_MAX ((size_t) 65536) /* bytes: a target of a request's whole head, escaped */

struct facts {
    hg_str names[FACT_COUNT];  /* "Event"; words joined by '-' */
    hg_str values[FACT_COUNT]; /* ptr NULL: the delivery has none */
};

/* The values lie in text, which is cleared first. False when memory ran out. In the texts that come
 * from outside control bytes and '%' are percent-encoded: a header could not carry the former. */
bool facts_make(const struct delivery *delivery, int64_t attempt, struct buf *text,
                struct facts *facts);

/* Whether a header of the delivery goes on to the program. Kept back are the headers of one
 * connection (RFC 9110 section 7.6.1), those named by Connection, Host, Content-Length and Expect,
 * and every name that a program could mistake for ours: "X-Hookgauge-...", '_' read as '-', since
 * CGI and its kin can't tell them apart. */
bool header_goes_on(const hg_request *request, hg_str name);

/* Whether a target has that answer among those that end all attempts. */
bool target_is_dead(const struct target *target, int answer);

struct outcome deliver_http(struct transport *transport, const struct target *target,
                            const hg_request *request, const struct facts *facts,
                            const struct stop_flag *stop);

struct outcome deliver_exec(const struct target *target, const hg_request *request,
                            const struct facts *facts, const struct stop_flag *stop);

#endif
