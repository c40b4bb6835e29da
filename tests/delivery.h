/* SPDX-License-Identifier: MIT
 *
 * A delivery of any built-in row, as a stranger would capture it: signed, among the headers that
 * HTTP, a proxy and the sender's own habits add. For the tests and the bench of discovering.
 */
#ifndef TESTS_DELIVERY_H
#define TESTS_DELIVERY_H

#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "hookgauge.h"

#define DELIVERY_NOW 1767225600
#define DELIVERY_BODY 1024

struct delivery {
    const char *secret;
    hg_scheme *scheme; /* the names of the signed headers live in it */
    hg_request request;
    hg_header headers[40];
    char text[HG_SIGN_TEXT_MAX];
    char names[8][HG_NAME_MAX + 1]; /* of {header:NAME} in the template */
    char body[DELIVERY_BODY];
};

static inline void delivery_need(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "delivery: %s\n", what);
        abort();
    }
}

/* A secret that the row's key decoding reads. */
static inline const char *delivery_secret(const hg_scheme_spec *row)
{
    static const char pair_hex[] =
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"; /* RFC 8032, test 1 */
    static const char pair_base64[] =
        "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
    static const char pair_whsk[] = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/"
                                    "tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
    if (strcmp(row->algorithm, "ed25519") == 0) {
        return strcmp(row->key, "hex") == 0      ? pair_hex
               : strcmp(row->key, "base64") == 0 ? pair_base64
                                                 : pair_whsk;
    }
    if (strcmp(row->key, "hex") == 0) {
        return "44782def547aaa06c910c43932b1eb0c71fc68d9d0c057550c48ec2acf6ba056";
    }
    if (strcmp(row->key, "base64") == 0) {
        return "aHVudGVyMi1idXQtbXVjaC1sb25nZXI=";
    }
    return strcmp(row->key, "whsec") == 0 ? "whsec_aHVudGVyMi1idXQtbXVjaC1sb25nZXI="
                                          : "hunter2-but-longer";
}

static inline void delivery_add(struct delivery *to, const char *name, const char *value)
{
    to->headers[to->request.header_count++] = (hg_header){hg_text(name), hg_text(value)};
}

/* What a capture holds beside the signed headers; none of it repeats one of those. */
static inline void delivery_decoys(struct delivery *to)
{
    delivery_add(to, "Host", "hooks.example.com");
    delivery_add(to, "User-Agent", "Sender-Webhooks/2.4 (+https://example.net/bot)");
    delivery_add(to, "Accept", "*/*");
    delivery_add(to, "Accept-Encoding", "gzip, deflate");
    delivery_add(to, "Content-Length", "1024");
    delivery_add(to, "X-Forwarded-For", "203.0.113.9");
    delivery_add(to, "X-Forwarded-Proto", "https");
    delivery_add(to, "X-Request-Id", "0190c8a2-7d0e-7cc3-98f3-1f6f4e6b8f21");
    delivery_add(to, "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    delivery_add(to, "X-Retry-Count", "0");
    delivery_add(to, "X-Account-Id", "acct_10482");
    delivery_add(to, "X-Api-Version", "2025-11-01");
}

/* The headers that the template names besides the roles'. */
static inline void delivery_named(struct delivery *to, const hg_scheme_spec *row)
{
    static const char *const values[] = {"alpha-1", "beta-2", "gamma-3", "delta-4"};
    const char *at = row->signed_text;
    for (size_t i = 0; i < 4 && (at = strstr(at, "{header:")) != NULL; i++) {
        at += strlen("{header:");
        snprintf(to->names[i], sizeof to->names[i], "%.*s", (int) strcspn(at, "}"), at);
        if (strcasecmp(to->names[i], "content-type") != 0) { /* that is there already */
            delivery_add(to, to->names[i], values[i]);
        }
    }
}

static inline void delivery_body(struct delivery *to, bool form)
{
    size_t len = (size_t) snprintf(to->body, sizeof to->body, "%s",
                                   form ? "From=%2B15550100&To=%2B15550111&Body="
                                        : "{\"id\":48213,\"state\":\"paid\",\"note\":\"");
    memset(to->body + len, 'x', sizeof to->body - len);
    if (!form) {
        memcpy(to->body + sizeof to->body - 2, "\"}", 2);
    }
    to->request.body = (hg_str){to->body, sizeof to->body};
}

/* Signs what is there already: the request but for its signed headers. */
static inline void delivery_sign(const hg_scheme_spec *row, const char *event, const char *id,
                                 int64_t now, struct delivery *to)
{
    hg_ring *ring = NULL;
    size_t count = 0;
    hg_key key = {hg_text("key"), hg_text(to->secret), HG_NEVER};
    delivery_need(hg_scheme_new(row, &to->scheme, NULL) == HG_OK &&
                      hg_ring_new(to->scheme, &key, 1, &ring, NULL) == HG_OK,
                  "no scheme or ring");
    hg_signing signing = {.scheme = to->scheme,
                          .ring = ring,
                          .now = now,
                          .event = hg_text(row->event.header != NULL ? event : NULL),
                          .id = hg_text(row->id.header != NULL ? id : NULL)};
    delivery_need(hg_sign(&signing, &to->request, to->text, to->headers + to->request.header_count,
                          &count) == HG_OK,
                  row->name);
    to->request.header_count += count;
    hg_ring_free(ring);
}

/* A delivery without its signed headers; without decoys a search of the whole space takes a moment.
 */
static inline void delivery_begin(const hg_scheme_spec *row, bool decoys, struct delivery *to)
{
    bool form = strstr(row->signed_text, "{form}") != NULL;
    *to = (struct delivery){.secret = delivery_secret(row)};
    to->request.method = hg_text("POST");
    to->request.url = hg_text("https://hooks.example.com/in/orders?site=7");
    to->request.headers = to->headers;
    if (decoys) {
        delivery_decoys(to);
    }
    delivery_add(to, "Content-Type",
                 form ? "application/x-www-form-urlencoded" : "application/json");
    delivery_named(to, row);
    delivery_body(to, form);
}

/* Makes and signs; release it with delivery_drop. */
static inline void delivery_make(const hg_scheme_spec *row, const char *event, const char *id,
                                 int64_t now, struct delivery *to)
{
    delivery_begin(row, true, to);
    delivery_sign(row, event, id, now, to);
}

static inline void delivery_drop(struct delivery *delivery)
{
    hg_scheme_free(delivery->scheme);
}

#endif
