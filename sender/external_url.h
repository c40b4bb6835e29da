/* SPDX-License-Identifier: MIT
 *
 * External URLs, "https://host/path?a=1&sk=SECRET": the sk parameter is the signing secret and is
 * taken off before the URL is used.
 *
 * The parameter is found in the query by its percent-decoded name, exactly "sk"; its value is
 * percent-decoded, and a '+' stays a '+'. What is left of the query keeps its bytes and its order.
 * No sk means unsigned; anything that may be an sk gone wrong (empty, twice, a bad escape, behind a
 * second '?' or in the fragment) is refused, because the alternative is to send unsigned.
 */
#ifndef SENDER_EXTERNAL_URL_H
#define SENDER_EXTERNAL_URL_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/fail.h"
#include "hookgauge.h"

#define EXTERNAL_URL_MAX 8192 /* bytes: what servers commonly accept */

struct external_url {
    struct buf whole;     /* as given, without the fragment: holds the secret */
    struct buf sent;      /* what is called: the same without sk, unless it is to be kept */
    struct buf secret;    /* decoded; empty when unsigned */
    size_t sk_at, sk_len; /* the parameter's value in whole, as it was written */
    bool is_signed;
    bool has_fragment; /* one was dropped: it is never sent */
    bool is_https;
    bool is_loopback; /* the host is localhost, 127.0.0.0/8 or [::1] */
};

/* Takes text apart. The message is one sentence without the place and never quotes the URL;
 * EXIT_USAGE for what is wrong with it. Nothing needs to be freed after a failure. */
bool external_url_split(hg_str text, bool keep_sk, struct external_url *out, struct fail *fail);

/* Appends the URL as given with the value of sk replaced. */
bool external_url_masked(const struct external_url *url, const char *mask, struct buf *out);

/* Wipes and frees. */
void external_url_free(struct external_url *url);

#endif
