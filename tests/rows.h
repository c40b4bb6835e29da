/* SPDX-License-Identifier: MIT
 *
 * What tests that go through all built-in rows share: a secret in the form that a row wants.
 */
#ifndef TESTS_ROWS_H
#define TESTS_ROWS_H

#include <stdio.h>
#include <stdlib.h>

#include "hookgauge.h"

/* RFC 8032 section 7.1, tests 2 and 3: the seed, then the public key. */
#define ROW_PAIR                                                                                   \
    "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"                             \
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
#define ROW_OTHER_PAIR                                                                             \
    "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7"                             \
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"

#define ROW_SECRET_MAX 128 /* bytes: 64 in hex */
#define ROW_URL "https://hooks.example.com/in?x=1"
#define ROW_HEADER "X-Fal-Webhook-User-Id" /* the only header that a row signs without a role */

/* The 64 bytes of a pair as that row's key, in its form; in text unless the row takes hex. */
static inline hg_str row_secret(const hg_scheme_spec *row, const char *pair,
                                char text[ROW_SECRET_MAX])
{
    unsigned char bytes[64];
    size_t size = 0;
    size_t used = 0;
    if (strcmp(row->key, "utf8") == 0 || strcmp(row->key, "hex") == 0) {
        return hg_text(pair);
    }
    if (strncmp(row->key, "wh", 2) == 0) {
        const char *prefix = strcmp(row->key, "whsec") == 0 ? "whsec_" : "whsk_";
        used = (size_t) snprintf(text, ROW_SECRET_MAX, "%s", prefix);
    }
    if (!hg_decode(HG_HEX, hg_text(pair), bytes, sizeof bytes, &size)) {
        abort();
    }
    size_t len = hg_encode(HG_BASE64, bytes, size, text + used, ROW_SECRET_MAX - used);
    return (hg_str){text, used + len};
}

/* Whether deliveries of that row can be verified while the body is still arriving. */
static inline bool row_streams(const hg_scheme_spec *row)
{
    return strcmp(row->algorithm, "ed25519") != 0 && strstr(row->signed_text, "{form}") == NULL;
}

#endif
