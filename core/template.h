/* SPDX-License-Identifier: MIT
 *
 * The text that is signed, as a list of pieces.
 */
#ifndef CORE_TEMPLATE_H
#define CORE_TEMPLATE_H

#include "core/crypto.h"

enum hgi_word {
    HGI_LITERAL = 1,
    HGI_TIMESTAMP, /* as the request spells it */
    HGI_EVENT,
    HGI_ID,
    HGI_BODY,
    HGI_METHOD,
    HGI_URL,
    HGI_PATH,
    HGI_QUERY,
    HGI_HOST,
    HGI_HEADER,
    HGI_FORM,  /* the form parameters in the body, sorted */
    HGI_DIGEST /* of the body, as text */
};

struct hgi_piece {
    enum hgi_word word;
    hg_str text;          /* a literal, or a header's name in lower case */
    size_t slot;          /* of a header: its place in the scheme's list of named headers */
    enum hgi_hash hash;   /* of a digest, */
    hg_encoding encoding; /* likewise */
};

struct hgi_template {
    struct hgi_piece pieces[HG_TEMPLATE_MAX];
    size_t count;
};

/* Splits text into pieces. Literals and header names point into text, which is changed on the way:
 * doubled braces become single, header names lower case. On failure false and a reason in *why. */
bool hgi_template_parse(char *text, struct hgi_template *out, const char **why);

/* The place of a word; count when it does not occur. */
size_t hgi_template_find(const struct hgi_template *template, enum hgi_word word);

/* A URL's parts, as slices of it. */
struct hgi_url {
    hg_str host;  /* with the port, if it has one */
    hg_str path;  /* up to the query; "/" when there is none */
    hg_str query; /* without the question mark */
};

/* Splits "scheme://host/path?query"; false when it has not that form. */
bool hgi_url_split(hg_str url, struct hgi_url *out);

#endif
