/* SPDX-License-Identifier: MIT
 *
 * The inside of hg_explain: three lists of variants, and what they are made of.
 *
 * A candidate is a text (a scheme's row and what a request states, less the body), a body and a
 * key. Each list begins with what was given, without a change; the variants of one change follow,
 * then those of two. explain.c combines them and compares each MAC with every site: every place in
 * the request's headers that could hold a signature.
 *
 * Causes are rows of tables. One is added by a row and, if no function fits, a function.
 */
#ifndef CORE_EXPLAIN_H
#define CORE_EXPLAIN_H

#include "core/reading.h"

/* ---- Causes and steps ------------------------------------------------------------------------ */

struct hgi_cause {
    const char *name;
    unsigned rank; /* how common: 1 is met daily, 9 hardly ever; the smaller is named first */
    const char *meaning;
    const char *advice;
};

struct hgi_step {
    const struct hgi_cause *cause;
    char detail[HG_DETAIL_MAX];
};

struct hgi_steps {
    size_t count;
    struct hgi_step at[HG_CHANGES_MAX];
};

/* Adds a step; one that is there already counts once. False when it would be one too many. */
bool hgi_step(struct hgi_steps *steps, const struct hgi_cause *cause, const char *detail);

/* Adds all of another's steps. */
bool hgi_steps_add(struct hgi_steps *steps, const struct hgi_steps *more);

/* Writes a request's word into a detail: visible ASCII without quotes, cut to fit. */
void hgi_detail_word(char detail[HG_DETAIL_MAX], const char *format, hg_str word);

/* ---- Memory ---------------------------------------------------------------------------------- */

#define HGI_ARENA_MAX ((size_t) 64 << 20) /* bytes: eight copies of a large body, and the lists */

struct hgi_block;

/* Memory that is wiped and given back all at once. */
struct hgi_arena {
    struct hgi_block *blocks;
    size_t used, size; /* of the newest block */
    size_t total;
    bool failed; /* something did not fit: the space is not covered */
};

/* Room for size bytes, zeroed and aligned for any type; NULL (and failed) when there is none. */
void *hgi_arena_take(struct hgi_arena *arena, size_t size);
hg_str hgi_arena_keep(struct hgi_arena *arena, hg_str bytes);
const char *hgi_arena_text(struct hgi_arena *arena, hg_str text); /* NUL-ended */
void hgi_arena_free(struct hgi_arena *arena);

/* A list in an arena: at grows by doubling. */
bool hgi_grow(struct hgi_arena *arena, void *list, size_t count, size_t *room, size_t size);

/* Room for one variant while it is written; what does not fit makes it full, and it is dropped. */
struct hgi_out {
    char *ptr;
    size_t len, room;
    bool full;
};

void hgi_put(struct hgi_out *out, hg_str bytes);
void hgi_put_byte(struct hgi_out *out, unsigned byte);
void hgi_put_utf8(struct hgi_out *out, uint32_t code);

static inline bool hgi_has(hg_str text, char c)
{
    return text.len > 0 && memchr(text.ptr, c, text.len) != NULL;
}

/* The next character of text at *at, which is moved behind it. A byte that is not UTF-8 gives
 * HGI_NOT_UTF8 and is one byte long. */
#define HGI_NOT_UTF8 UINT32_MAX
uint32_t hgi_next_utf8(hg_str text, size_t *at);

/* Percent escapes undone; with plus, a '+' is a blank. False when an escape is malformed. */
bool hgi_percent_decode(hg_str text, bool plus, struct hgi_out *out);
/* Percent escapes for all but unreserved characters; with plus, a blank is a '+'. */
void hgi_percent_encode(hg_str text, bool plus, struct hgi_out *out);

/* ---- Edits of bytes -------------------------------------------------------------------------- */

/* What a serializer, a proxy or a framework does to a body, in the order in which they do it. */
enum hgi_stage {
    HGI_STAGE_NONE = 0,
    HGI_STAGE_DECODE,
    HGI_STAGE_STRINGS,
    HGI_STAGE_NUMBERS,
    HGI_STAGE_MEMBERS,
    HGI_STAGE_LAYOUT,
    HGI_STAGE_LINES,
    HGI_STAGE_ENCODE
};

/* A row of a table: makes a variant of a text, as a slice of it or in out; ptr NULL when it does
 * not apply. */
struct hgi_edit {
    struct hgi_cause cause;
    enum hgi_stage stage; /* of bodies */
    bool costly;          /* only up to HG_EXPLAIN_BODY_MAX */
    bool alone;
    hg_str (*make)(const struct hgi_edit *self, hg_str text, struct hgi_out *out);
    const char *words; /* for make */
    unsigned number;   /* likewise */
};

/* Numbers for makers. */
enum { HGI_AT_START = 1, HGI_AT_END = 2 };
enum { HGI_LATIN_1, HGI_WINDOWS_1252 };
enum { HGI_LITTLE = 0, HGI_BIG = 1, HGI_MARKED = 2 };

hg_str hgi_make_added(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_fronted(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_end_dropped(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_front_dropped(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_trimmed(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_unquoted(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_nul_cut(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_fixed(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_lines(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_single_bytes(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_doubled(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_replaced(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_utf16(const struct hgi_edit *self, hg_str body, struct hgi_out *out);
hg_str hgi_make_utf8(const struct hgi_edit *self, hg_str body, struct hgi_out *out);

/* ---- Bodies ---------------------------------------------------------------------------------- */

struct hgi_body {
    struct hgi_steps steps;
    hg_str bytes;
    unsigned stage; /* of its last cause: only a cause of a later stage is put on top of it */
    bool alone;     /* not combined with anything */
};

struct hgi_bodies {
    struct hgi_body *at;
    size_t count, room;
    struct hgi_arena *arena;
    struct hgi_out out; /* where a variant is written before it is known to be new */
};

/* The tables, each ended by a row without a name. */
extern const struct hgi_edit hgi_bytes_causes[];
extern const struct hgi_edit hgi_json_causes[];

/* The list with the body as it arrived alone; then with one change; then with two. */
bool hgi_bodies_begin(struct hgi_bodies *list, hg_str body);
void hgi_bodies_one(struct hgi_bodies *list, const hg_explaining *options);
void hgi_bodies_two(struct hgi_bodies *list);

const struct hgi_cause *hgi_body_cause_at(size_t index);
extern const struct hgi_cause hgi_body_cut; /* found by the search itself */

/* ---- Keys ------------------------------------------------------------------------------------ */

struct hgi_key_variant {
    struct hgi_steps steps;
    const hg_key *owner;
    hg_str bytes;
    bool alone;
    struct hgi_mac_key *states[HGI_SHA512 + 1]; /* made when first used */
};

/* The key bytes that secrets make when the scheme decodes them in one form. */
struct hgi_keys {
    enum hgi_key_form form;
    struct hgi_key_variant *at;
    size_t count, room;
    unsigned level; /* the number of changes that is to be filled in next */
};

/* The tables, each ended by a row without a name: what is done to a secret's text (alone: with no
 * other edit before or behind it), and what is left of one that was never set. */
extern const struct hgi_edit hgi_secret_edits[];
extern const struct hgi_edit hgi_unset_secrets[];

/* Fills the list up to variants of `level` changes. */
bool hgi_keys_fill(struct hgi_keys *list, struct hgi_arena *arena, const hg_explaining *options,
                   unsigned level);

/* The key's MAC state for a hash; NULL when there is no memory or libcrypto fails. */
const struct hgi_mac_key *hgi_key_state(struct hgi_key_variant *key, struct hgi_arena *arena,
                                        enum hgi_hash hash);

const struct hgi_cause *hgi_key_cause(size_t index);

/* ---- Sites: where a signature may stand ------------------------------------------------------ */

#define HGI_SITES_MAX 64   /* bounds the comparisons; a request has one to five */
#define HGI_QUERY_MAX 1024 /* bytes of parameters that are looked into */
#define HGI_SHORT_MIN 16   /* bytes of a cut MAC that still prove something: 128 bits */

struct hgi_site {
    hg_str header; /* the name of the header it stands in, or of the parameter */
    hg_str before; /* all that stands before it there */
    hg_str prefix; /* the end of that: what belongs to it, such as "sha256=" */
    bool query;    /* it stands in a parameter of the URL */
    bool last;     /* nothing stands behind it */
    bool padding;  /* base64 that lacks its padding, or base64url that has it */
    bool blank;    /* blanks stand where '+' was */
    bool percent;  /* it is percent-encoded */
    bool twice;    /* it is the base64 of its hex */
    hg_encoding encoding;
    size_t len;
    unsigned char mac[HG_MAC_MAX];
};

struct hgi_sites {
    size_t count;
    struct hgi_site at[HGI_SITES_MAX];
    char query[HGI_QUERY_MAX]; /* values of parameters, decoded */
};

void hgi_sites_find(struct hgi_sites *sites, const hg_request *request);

/* What would have to change for a scheme to read the site, with a hash of its own choice. False
 * when that is more than HG_CHANGES_MAX. */
bool hgi_site_steps(const struct hgi_site *site, const hg_scheme *scheme, enum hgi_hash hash,
                    struct hgi_steps *steps);

/* Whether a MAC of that hash could stand at the site, whole or cut. */
bool hgi_site_holds(const struct hgi_site *site, enum hgi_hash hash);

const struct hgi_cause *hgi_site_cause(size_t index);

/* ---- Texts: the signed text less the body ---------------------------------------------------- */

enum { HGI_COSTLY = 255 }; /* the changes it would take to read a site that can't be read */

struct hgi_text {
    struct hgi_steps steps;
    hg_scheme_spec row;
    hg_scheme *scheme; /* compiled from row; a cause that changes the row sets it to NULL */
    hg_request request;
    hg_str time, event, id; /* stated by the signed text instead of what is read; ptr NULL: none */
    struct hgi_reading reading;
    hg_status status;     /* HG_OK: the reading is whole, but for the signature */
    bool alone;           /* not combined with anything */
    unsigned part;        /* of its last cause: only causes of later parts are put on top of it */
    uint64_t print[8];    /* equal for equal texts */
    bool body_itself;     /* has {body}, not only a digest or the form */
    bool other_signature; /* the row's signature was changed: costs must be counted again */
    unsigned char costs[HGI_SHA512 + 1]; /* changes to read the nearest site under each hash */
};

struct hgi_texts {
    struct hgi_text **at;
    size_t count, room;
    hg_scheme **schemes; /* those to free */
    size_t scheme_count, scheme_room;
    struct hgi_text scratch;
    struct hgi_arena *arena;
    const hg_explaining *options;
    const struct hgi_sites *sites;
    struct hgi_mac_key print_key;
};

bool hgi_texts_begin(struct hgi_texts *list, const hg_request *request);
void hgi_texts_one(struct hgi_texts *list);
void hgi_texts_two(struct hgi_texts *list);
void hgi_texts_free(struct hgi_texts *list);

/* A row of a table: what can differ in a text. */
struct hgi_text_cause {
    struct hgi_cause cause;
    unsigned part; /* in the order in which they are put on top of each other */
    bool alone;
    void (*apply)(struct hgi_texts *list, const struct hgi_text *from,
                  const struct hgi_text_cause *self);
    const char *words; /* for apply */
    int number;        /* likewise */
};

enum {
    HGI_PART_HEADERS = 1,
    HGI_PART_TEMPLATE,
    HGI_PART_JOINTS,
    HGI_PART_TIME,
    HGI_PART_EVENT,
    HGI_PART_ID,
    HGI_PART_METHOD,
    HGI_PART_ORIGIN,
    HGI_PART_HOST,
    HGI_PART_PATH,
    HGI_PART_QUERY
};

/* For the causes: a copy of a text to change, and its addition to the list once it has been
 * changed. It is dropped when it can't be read or says nothing new. */
struct hgi_text *hgi_text_copy(struct hgi_texts *list, const struct hgi_text *from);
void hgi_text_add(struct hgi_texts *list, struct hgi_text *text, const struct hgi_text_cause *self,
                  const char *detail);

/* Whether the template has a word, such as "{event}". */
bool hgi_is_signed(const struct hgi_text *from, const char *word);

/* Calls `use` with each header that could play a role and plays none yet. */
void hgi_each_header(struct hgi_texts *list, const struct hgi_text *from,
                     const struct hgi_text_cause *self,
                     void (*use)(struct hgi_texts *list, const struct hgi_text *from,
                                 const struct hgi_text_cause *self, const hg_header *header));

/* Whether a header may play a role: not one that every request has. */
bool hgi_is_special(hg_str name);
bool hgi_is_named(hg_str name, const char *other); /* as hgi_same_name; other may be NULL */
const char *hgi_join(struct hgi_arena *arena, hg_str a, hg_str b, hg_str c);

/* Which header looks like the one that a status says is missing or malformed; empty when none
 * does. */
void hgi_hint(const hg_scheme *scheme, const hg_request *request, const struct hgi_sites *sites,
              hg_status status, char hint[HG_DETAIL_MAX]);

/* The tables, each ended by a row without a name. */
extern const struct hgi_text_cause hgi_head_causes[];
extern const struct hgi_text_cause hgi_time_causes[];
extern const struct hgi_text_cause hgi_template_causes[];
extern const struct hgi_text_cause hgi_url_causes[];
extern const struct hgi_text_cause hgi_sibling_causes[];

const struct hgi_cause *hgi_text_cause_at(size_t index);

/* ---- Stale deliveries ------------------------------------------------------------------------ */

enum { HGI_CLOCK_MAX = 2 };

/* What may be wrong with the time of a delivery whose MAC holds; returns their number. */
size_t hgi_clock_causes(const hg_explaining *options, const hg_request *request,
                        struct hgi_steps out[HGI_CLOCK_MAX]);

const struct hgi_cause *hgi_clock_cause(size_t index);

#endif
