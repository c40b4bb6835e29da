/* SPDX-License-Identifier: MIT
 *
 * Discovering: what the search's files share.
 *
 * The search walks over texts, not over roles: two headers with equal bytes are one text, and which
 * of them is meant is decided once a MAC has matched. One request, the one with the shortest body,
 * is searched; the others only judge what was found.
 *
 *   discover.c        the arguments, the built-in rows, the order of things
 *   discover_keys.c   every way from the secret to a key, and the words that may stand first
 *   discover_forms.c  what in a request may be a signature
 *   discover_names.c  what a header's name and value suggest
 *   discover_roles.c  what in a request may have been signed
 *   discover_walk.c   the walk over the templates
 *   discover_row.c    from a match to a row that reproduces every request
 *   discover_notes.c  what the proof leaves open
 *
 * It uses the heap and is never on the way of a delivery.
 */
#ifndef CORE_DISCOVER_H
#define CORE_DISCOVER_H

#include "core/ring.h"
#include "core/template.h"

enum {
    HGI_SOURCES_MAX = 64, /* texts searched, as many as a mask has bits; real requests have 30 */
    HGI_FORMS_MAX = 64,   /* readings of signature headers; one header gives about 5 */
    HGI_TARGETS_MAX = 16, /* signatures searched for: as many as one delivery may carry */
    HGI_PARTS_MAX = 5,    /* of a template: six would take a thousand times as long */
    HGI_TOKENS_MAX = 8,   /* words such as v0 that may stand first */
    HGI_SEPARATORS = 12,
    HGI_PREFIXES_MAX = 1 + HGI_TOKENS_MAX * HGI_SEPARATORS,
    HGI_ENGINES_MAX = 4 * 4 + 3, /* each hash with each key decoding, and Ed25519's decodings */
    HGI_ODDNESS_MAX = 20,        /* of a form: the sum of all that is odd about it */
    HGI_DIGESTS = 8,             /* of the body: four hashes in two encodings */
    HGI_DIGEST_TEXT = 2 * HG_MAC_MAX
};

/* How likely a text is signed: what is searched in long templates is cut off by this order. */
enum {
    HGI_RANK_BODY,     /* the body and what is made of it */
    HGI_RANK_TIME,     /* what reads as a time */
    HGI_RANK_FAMILY,   /* named like the signature's header, or an item of it */
    HGI_RANK_NAMED,    /* called an event or an id */
    HGI_RANK_REQUEST,  /* method and URL */
    HGI_RANK_OTHER,    /* the sender's other headers */
    HGI_RANK_STANDARD, /* Content-Type and the like */
    HGI_RANK_LAST      /* HTTP's own and the proxies' */
};

/* A signature found in the searched request, and every way to read it out of its header. */
struct hgi_target {
    size_t len;
    unsigned char mac[HG_MAC_MAX];
};

struct hgi_form {
    hg_str header;        /* its name, without a number where several is "numbered" */
    hg_str before, after; /* around {sig} in an item */
    hg_str prefix;        /* before the whole list */
    char separator;       /* 0: one item */
    const char *several;  /* as in hg_scheme_spec */
    hg_encoding encoding;
    size_t target;
    unsigned oddness; /* the least odd reading that reproduces every request is taken */
};

enum hgi_source_kind {
    HGI_FROM_WORD,   /* a word of the template that is no header */
    HGI_FROM_HEADER, /* a header's value */
    HGI_FROM_LABEL,  /* a header's "name:value", as canonical requests have it */
    HGI_FROM_TIME,   /* an item of the signature header that reads as a time */
    HGI_FROM_LITERAL /* another item of the signature header: the same in each delivery */
};

/* Something in the request that may have been signed. */
struct hgi_source {
    enum hgi_source_kind kind;
    hg_str text;      /* what it puts into the signed text */
    const char *word; /* as the template spells it: "{body}" */
    hg_str name;      /* the header's; of an item the signature header's */
    hg_str before;    /* of an item: what stands in front of its value, such as "t=" */
    char separator;   /* of an item: between the items */
    bool body;        /* the body, or a text made of it */
    unsigned rank;    /* the likelier to be signed, the lower */
    size_t twin;      /* the first source with the same text; the walk knows only that one */
    size_t base;      /* a label's plain source; else itself: both are never in one template */
};

/* The searched request, taken apart. */
struct hgi_sample {
    const hg_request *request;
    struct hgi_target targets[HGI_TARGETS_MAX];
    size_t target_count;
    struct hgi_form forms[HGI_FORMS_MAX];
    size_t form_count;
    struct hgi_source sources[HGI_SOURCES_MAX];
    size_t source_count;
    char *form_text; /* what {form} stands for; NULL: the body is no form */
    char digests[HGI_DIGESTS][HGI_DIGEST_TEXT];
    char *labels; /* the text of the labels */
};

/* One way from the secret to a MAC. */
struct hgi_engine {
    const char *algorithm;
    const char *key; /* the decoding */
    enum hgi_hash hash;
    bool ed25519;
    hg_ring *ring;
    const char *other_key; /* a decoding that gives the same bytes; NULL: none */
};

struct hgi_prefix {
    size_t len;
    char text[HG_NAME_MAX + 4];
    size_t joiner; /* the separator behind its word; HGI_SEPARATORS for the empty prefix */
};

/* A template that gave one of the targets. */
struct hgi_match {
    const struct hgi_engine *engine;
    size_t target;
    const struct hgi_prefix *prefix;
    size_t parts;
    size_t sources[HGI_PARTS_MAX];         /* each a twin */
    const char *separators[HGI_PARTS_MAX]; /* in front of each part; the first is not used */
    uint64_t order;
};

struct hgi_search {
    const hg_discovering *options;
    uint64_t budget;
    struct hgi_sample sample;
    struct hgi_engine engines[HGI_ENGINES_MAX];
    size_t engine_count;
    struct hgi_prefix prefixes[HGI_PREFIXES_MAX];
    size_t prefix_count;
    hg_discovered *found;
    uint64_t tried;
    uint64_t work; /* bytes hashed since the last report of progress */
    bool stopped;  /* by the budget, by the caller or by the first proof: there was more to try */
    hg_status status; /* HG_OK, or what ended the search */
};

/* ---- discover_forms.c ------------------------------------------------------------------------ */

/* Fills the sample's targets and forms. */
void hgi_forms_take(struct hgi_sample *sample);

/* The next item of a list, trimmed; false past the last. Separator 0: the whole is the only one. */
bool hgi_next_item(char separator, hg_str *rest, hg_str *item);

/* Whether a text decodes to the length of a MAC. */
bool hgi_is_signature_text(hg_str text);

/* ---- discover_names.c ------------------------------------------------------------------------ */

/* The format of a time, and whether it can't be another; 0: it is not a time. */
hg_time_format hgi_guess_time(hg_str name, hg_str text, bool *sure);

/* What a header's name says it holds. */
bool hgi_names_event(hg_str name);
bool hgi_names_id(hg_str name);

unsigned hgi_rank_header(hg_str name, hg_str value);

/* ---- discover_roles.c ------------------------------------------------------------------------ */

/* Takes a request apart. HG_OK; HG_NO_SIGNATURE when no header can be a signature; HG_NO_MEMORY.
 * The sample points into the request. Release it in any case. */
hg_status hgi_sample_take(const hg_request *request, struct hgi_sample *sample);
void hgi_sample_release(struct hgi_sample *sample);

/* The value of the only header of that name, trimmed; empty when there is none or more than one. */
hg_str hgi_only_header(const hg_request *request, hg_str name);

/* What a source's text is in another request; false when it has none there. Digests and forms are
 * the body's affair and answer false. */
bool hgi_source_in(const struct hgi_source *source, const hg_request *request, hg_str *text);

/* ---- discover_walk.c ------------------------------------------------------------------------- */

/* Where the built-in rows' places in the order of the search end. */
#define HGI_WALK_ORDER ((uint64_t) 1 << 16)

/* Walks this call's share of the templates; matches go to hgi_search_match. */
void hgi_walk(struct hgi_search *search);

/* The separators, 0 to HGI_SEPARATORS - 1. */
const char *hgi_separator(size_t index);

/* ---- discover.c ------------------------------------------------------------------------------ */

/* Counts a candidate; false when the search must stop before it. */
bool hgi_search_count(struct hgi_search *search, uint64_t order);

/* A template gave a target: false when the search is over. */
bool hgi_search_match(struct hgi_search *search, const struct hgi_match *match);

/* Whether two rows sign the same text and put it under the same header: name, basis, source,
 * tolerance and what no signature covers do not count. */
bool hgi_row_same(const hg_scheme_spec *a, const hg_scheme_spec *b);

/* Whether the caller hides a built-in row, or one that signs the same. */
bool hgi_row_hidden(const struct hgi_search *search, const hg_scheme_spec *row);

/* ---- discover_keys.c ------------------------------------------------------------------------- */

/* The ring of the secret for a scheme. */
hg_status hgi_search_ring(const struct hgi_search *search, const hg_scheme *scheme, hg_ring **ring);

/* Fills the search's engines, for the lengths that its sample's signatures have. Release them in
 * any case. */
hg_status hgi_engines_make(struct hgi_search *search);
void hgi_engines_release(struct hgi_search *search);

/* Fills the search's prefixes: none, and each word in front of each separator. */
void hgi_prefixes_make(struct hgi_search *search);

/* ---- discover_row.c -------------------------------------------------------------------------- */

/* The texts of a row under way. */
struct hgi_row {
    hg_scheme_spec spec; /* points into the texts */
    char signed_text[HGI_PARTS_MAX * (2 * HG_NAME_MAX + 32) + HG_NAME_MAX];
    char item[2 * HG_NAME_MAX + 8];
    char prefix[HG_NAME_MAX + 1];
    char separator[2];
    char headers[4][HG_NAME_MAX + 1];
    char time_item[HG_NAME_MAX + 16];
    bool full;                                  /* something did not fit: no row */
    const struct hgi_source *time, *event, *id; /* the sources that have these roles; NULL: none */
};

/* HG_OK when a compiled row without a tolerance verifies each request; else the first status that
 * says why not. */
hg_status hgi_row_holds(const struct hgi_search *search, const hg_scheme *scheme);

/* Whether a source's text is not the same in all requests. */
bool hgi_source_varies(const struct hgi_search *search, const struct hgi_source *source);

/* The format of a source that is a time, and whether it can't be another. */
hg_time_format hgi_source_time(const struct hgi_source *source, bool *sure);

/* Finds the row of a match: the least odd choice among equal texts and readings that reproduces
 * every request. HG_OK with *made, HG_MISMATCH when there is none, HG_NO_MEMORY. */
hg_status hgi_row_make(const struct hgi_search *search, const struct hgi_match *match,
                       hg_discovery *made);

/* ---- discover_notes.c ------------------------------------------------------------------------ */

/* What a proven choice leaves open. */
struct hgi_choice {
    const struct hgi_match *match;
    const struct hgi_form *form;
    const struct hgi_source *sources[HGI_PARTS_MAX];
    const struct hgi_row *row;
};

void hgi_notes_of_choice(const struct hgi_search *search, const struct hgi_choice *choice,
                         hg_discovery *discovery);
void hgi_notes_of_builtin(const struct hgi_search *search, const hg_scheme_spec *row,
                          hg_discovery *discovery);

#endif
