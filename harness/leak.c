/* SPDX-License-Identifier: MIT
 *
 * What an answer tells a stranger.
 */
#include "harness/leak.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- Words ----------------------------------------------------------------------------------- */

/* The part of a request that a signature covers by name; empty when it is not there. */
static hg_str value_of(const hg_request *request, const char *name)
{
    for (size_t i = 0; name != NULL && i < request->header_count; i++) {
        hg_str at = request->headers[i].name;
        if (at.len == strlen(name) && strncasecmp(at.ptr, name, at.len) == 0) {
            return request->headers[i].value;
        }
    }
    return (hg_str){NULL, 0};
}

/* The signature that the receiver must have computed for what was sent, whatever was sent as one.
 */
static bool right_signature(const struct live *live, const hg_request *request,
                            char text[HG_SIGN_TEXT_MAX], hg_str *signature)
{
    const hg_scheme_spec *row = hg_scheme_row(live->file->scheme);
    const hg_signing signing = {.scheme = live->file->scheme,
                                .ring = live->ring,
                                .event = value_of(request, row->event.header),
                                .id = value_of(request, row->id.header),
                                .timestamp_text = value_of(request, row->timestamp.header),
                                .as_given = true};
    hg_header headers[HG_SIGN_HEADERS_MAX];
    size_t count = 0;
    /* Who verifies Ed25519 can't sign, so there is nothing that could leak. */
    if (strcmp(row->algorithm, "ed25519") == 0 ||
        hg_sign(&signing, request, text, headers, &count) != HG_OK) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (strncasecmp(headers[i].name.ptr, row->signature.header, headers[i].name.len) == 0) {
            *signature = live_signature(headers[i].value);
            return signature->len >= LEAK_SECRET_MIN;
        }
    }
    return false;
}

static bool is_stated(const struct veil *forms, const hg_request *request)
{
    bool stated = veil_finds(forms, request->body) || veil_finds(forms, request->url);
    for (size_t i = 0; !stated && i < request->header_count; i++) {
        stated = veil_finds(forms, request->headers[i].value);
    }
    return stated;
}

static bool holds_signature(const struct live *live, const hg_request *request, hg_str heard)
{
    char text[HG_SIGN_TEXT_MAX];
    hg_str signature;
    struct veil forms;
    if (!right_signature(live, request, text, &signature) || !veil_open(signature, &forms)) {
        return false;
    }
    bool holds = veil_finds(&forms, heard) && !is_stated(&forms, request);
    veil_close(&forms);
    return holds;
}

const char *leak_find(const struct veil *secret, const struct live *live, const hg_request *request,
                      hg_str heard)
{
    return veil_finds(secret, heard)               ? "the secret"
           : holds_signature(live, request, heard) ? "the signature that would have been right"
                                                   : NULL;
}

/* ---- Answers that must be alike -------------------------------------------------------------- */

/* A line of a head, *at behind it then; false at the empty line and at the end. */
static bool next_line(hg_str *at, hg_str *line)
{
    const char *end = at->len > 0 ? memchr(at->ptr, '\n', at->len) : NULL;
    size_t length = end != NULL ? (size_t) (end - at->ptr) : at->len;
    *line = (hg_str){at->ptr, length};
    length += end != NULL ? 1 : 0;
    at->ptr += length;
    at->len -= length;
    while (line->len > 0 && line->ptr[line->len - 1] == '\r') {
        line->len--;
    }
    return line->len > 0;
}

static size_t name_length(hg_str line)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    return colon != NULL ? (size_t) (colon - line.ptr) : line.len;
}

static bool equal(hg_str a, hg_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static bool same_name(hg_str a, hg_str b)
{
    size_t length = name_length(a);
    return length == name_length(b) && strncasecmp(a.ptr, b.ptr, length) == 0;
}

static bool is_date(hg_str line)
{
    return name_length(line) == 4 && strncasecmp(line.ptr, "Date", 4) == 0;
}

static bool differ(char why[LEAK_WHY_MAX], const char *what, hg_str line)
{
    (void) snprintf(why, LEAK_WHY_MAX, "%s%.*s", what, (int) name_length(line), line.ptr);
    return false;
}

/* Whether a part is equal in the two kinds, or not even within one of them. */
static bool agrees(const hg_str part[LEAK_ANSWERS])
{
    bool steady = equal(part[0], part[2]) && equal(part[1], part[3]);
    return !steady || equal(part[0], part[1]);
}

/* The heads, line by line: *rest becomes the bodies. */
static bool heads_agree(hg_str rest[LEAK_ANSWERS], char why[LEAK_WHY_MAX])
{
    for (bool status = true;; status = false) {
        hg_str line[LEAK_ANSWERS];
        size_t some = 0;
        for (size_t i = 0; i < LEAK_ANSWERS; i++) {
            some += next_line(&rest[i], &line[i]) ? 1 : 0;
        }
        if (some == 0) {
            return true;
        }
        for (size_t i = 1; i < LEAK_ANSWERS; i++) {
            if (!status && !same_name(line[0], line[i])) {
                return differ(why, "the headers, ", line[0].len > 0 ? line[0] : line[i]);
            }
        }
        if (status && !agrees(line)) {
            return differ(why, "the status", (hg_str){"", 0});
        }
        if (!status && !is_date(line[0]) && !agrees(line)) {
            return differ(why, "the header ", line[0]);
        }
    }
}

bool leak_alike(const hg_str heard[LEAK_ANSWERS], char why[LEAK_WHY_MAX])
{
    hg_str rest[LEAK_ANSWERS];
    memcpy(rest, heard, sizeof rest);
    if (!heads_agree(rest, why)) {
        return false;
    }
    return agrees(rest) || differ(why, "the body", (hg_str){"", 0});
}
