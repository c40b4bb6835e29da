/* SPDX-License-Identifier: MIT
 *
 * From a row of words to a scheme: every member checked, every mistake named by its JSON path.
 */
#include "core/scheme.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/text.h"

/* A word of a row and what it stands for; lists end with a NULL name. */
struct word {
    const char *name;
    int value;
};

static const struct word bases[] = {
    {"assumed", 1}, {"documented", 1}, {"observed", 1}, {"discovered", 1}, {NULL, 0}};
enum { ED25519 }; /* beside the hashes of HMAC, none of which is zero */
static const struct word algorithms[] = {{"hmac-sha1", HGI_SHA1},     {"hmac-sha256", HGI_SHA256},
                                         {"hmac-sha384", HGI_SHA384}, {"hmac-sha512", HGI_SHA512},
                                         {"ed25519", ED25519},        {NULL, 0}};
static const struct word hmac_keys[] = {{"utf8", HGI_KEY_UTF8},
                                        {"base64", HGI_KEY_BASE64},
                                        {"hex", HGI_KEY_HEX},
                                        {"whsec", HGI_KEY_WHSEC},
                                        {NULL, 0}};
static const struct word ed25519_keys[] = {
    {"hex", HGI_KEY_HEX}, {"base64", HGI_KEY_BASE64}, {"whpk", HGI_KEY_WHPK}, {NULL, 0}};
static const struct word severals[] = {
    {"repeated", HGI_REPEATED}, {"numbered", HGI_NUMBERED}, {NULL, 0}};
static const struct word encodings[] = {
    {"hex", HG_HEX}, {"base64", HG_BASE64}, {"base64url", HG_BASE64URL}, {NULL, 0}};
static const struct word separators[] = {{",", ','}, {";", ';'}, {" ", ' '}, {NULL, 0}};
static const struct word formats[] = {
    {"unix", HG_TIME_UNIX},           {"unix-ms", HG_TIME_UNIX_MS}, {"rfc3339", HG_TIME_RFC3339},
    {"http-date", HG_TIME_HTTP_DATE}, {"opaque", HG_TIME_OPAQUE},   {NULL, 0}};
static const struct word grammars[] = {{"type.action", 1}, {NULL, 0}};

/* A compilation under way: the scheme, the free rest of its text, and where to say what is wrong.
 */
struct compile {
    hg_scheme *scheme;
    char *free;
    hg_error *error;
};

static bool refuse(hg_error *error, const char *where, const char *what)
{
    if (error != NULL) {
        snprintf(error->where, sizeof error->where, "%s", where);
        snprintf(error->what, sizeof error->what, "%s", what);
    }
    return false;
}

/* Looks a required member's word up. */
static bool look_up(struct compile *c, const struct word *list, const char *text, const char *where,
                    int *value)
{
    char what[160];
    size_t used;
    if (text == NULL) {
        return refuse(c->error, where, "is missing");
    }
    for (const struct word *word = list; word->name != NULL; word++) {
        if (strcmp(word->name, text) == 0) {
            *value = word->value;
            return true;
        }
    }
    used = (size_t) snprintf(what, sizeof what, "must be one of");
    for (const struct word *word = list; word->name != NULL && used < sizeof what; word++) {
        used += (size_t) snprintf(what + used, sizeof what - used, "%s \"%s\"",
                                  word == list ? "" : ",", word->name);
    }
    return refuse(c->error, where, what);
}

/* Copies a member into the scheme's text; NULL stays NULL. */
static const char *keep(struct compile *c, const char *text)
{
    if (text == NULL) {
        return NULL;
    }
    size_t size = strlen(text) + 1;
    char *copy = c->free;
    memcpy(copy, text, size);
    c->free += size;
    return copy;
}

/* The members of a row that are text. */
static size_t strings_of(hg_scheme_spec *row, const char ***members)
{
    const char **all[] = {&row->name,
                          &row->basis,
                          &row->source,
                          &row->algorithm,
                          &row->key,
                          &row->signed_text,
                          &row->signature.header,
                          &row->signature.prefix,
                          &row->signature.item,
                          &row->signature.separator,
                          &row->signature.several,
                          &row->signature.encoding,
                          &row->timestamp.header,
                          &row->timestamp.item,
                          &row->timestamp.format,
                          &row->event.header,
                          &row->event.grammar,
                          &row->id.header};
    memcpy(members, all, sizeof all);
    return sizeof all / sizeof all[0];
}

enum { STRINGS_MAX = 18, STRING_MAX = 4096 }; /* bytes of any member: the longest known has 90 */

/* The slot of a header; a new one if it is not named yet. */
static size_t slot_of(hg_scheme *scheme, hg_str lower)
{
    for (size_t i = 0; i < scheme->named_count; i++) {
        if (hgi_same(scheme->named[i], lower)) {
            return i;
        }
    }
    scheme->named[scheme->named_count] = lower;
    scheme->named_lengths[lower.len / 64] |= (uint64_t) 1 << lower.len % 64;
    return scheme->named_count++;
}

/* Gives a role's header its slot. Two roles can't share one: nobody could say which is meant. */
static bool add_role(struct compile *c, const char *header, const char *where, size_t *slot)
{
    size_t before = c->scheme->named_count;
    if (header[0] == '\0' || strlen(header) > HG_NAME_MAX || !hgi_is_token(hg_text(header))) {
        return refuse(c->error, where, "is not the name of a header");
    }
    char *lower = c->free;
    keep(c, header);
    for (char *p = lower; *p != '\0'; p++) {
        if (*p >= 'A' && *p <= 'Z') {
            *p = (char) (*p - 'A' + 'a');
        }
    }
    *slot = slot_of(c->scheme, hg_text(lower));
    return *slot == before || refuse(c->error, where, "has two roles");
}

static bool compile_head(struct compile *c)
{
    hg_scheme *s = c->scheme;
    int value;
    if (s->row.name == NULL || s->row.name[0] == '\0' || strlen(s->row.name) > HG_NAME_MAX ||
        strspn(s->row.name, "abcdefghijklmnopqrstuvwxyz0123456789-") != strlen(s->row.name)) {
        return refuse(c->error, "$.name", "must be 1 to 64 of a-z, 0-9 and -");
    }
    if (!look_up(c, bases, s->row.basis, "$.basis", &value) ||
        !look_up(c, algorithms, s->row.algorithm, "$.algorithm", &value)) {
        return false;
    }
    s->ed25519 = value == ED25519;
    s->hash = s->ed25519 ? HGI_SHA512 : (enum hgi_hash) value;
    if (!look_up(c, s->ed25519 ? ed25519_keys : hmac_keys, s->row.key, "$.key", &value)) {
        return false;
    }
    s->key_form = (enum hgi_key_form) value;
    return true;
}

static bool compile_separator(struct compile *c)
{
    hg_scheme *s = c->scheme;
    int value;
    if (s->row.signature.separator == NULL) {
        return s->row.signature.prefix == NULL ||
               refuse(c->error, "$.signature.prefix",
                      "stands before a list, so it needs a separator");
    }
    if (!look_up(c, separators, s->row.signature.separator, "$.signature.separator", &value)) {
        return false;
    }
    s->separator = (char) value;
    if (strchr(s->row.signature.item, s->separator) != NULL) {
        return refuse(c->error, "$.signature.item", "has the separator in it");
    }
    s->sig_prefix = hg_text(s->row.signature.prefix);
    return hgi_is_field_value(s->sig_prefix) ||
           refuse(c->error, "$.signature.prefix", "has a control byte");
}

/* A signer writes one header: of numbered ones the first. */
static bool compile_several(struct compile *c)
{
    hg_scheme *s = c->scheme;
    int value;
    s->sign_name = hg_text(s->row.signature.header);
    if (s->row.signature.several == NULL) {
        return true;
    }
    if (!look_up(c, severals, s->row.signature.several, "$.signature.several", &value)) {
        return false;
    }
    s->several = (enum hgi_several) value;
    if (s->several == HGI_NUMBERED) {
        char *name = c->free;
        size_t len = s->sign_name.len;
        memcpy(name, s->sign_name.ptr, len);
        memcpy(name + len, "-1", 3);
        c->free += len + 3;
        s->sign_name = (hg_str){name, len + 2};
    }
    return true;
}

static bool compile_signature(struct compile *c)
{
    hg_scheme *s = c->scheme;
    int value;
    if (s->row.signature.header == NULL) {
        return refuse(c->error, "$.signature.header", "is missing");
    }
    if (s->row.signature.item == NULL ||
        !hgi_around(hg_text(s->row.signature.item), hg_text("{sig}"), &s->sig_before,
                    &s->sig_after)) {
        return refuse(c->error, "$.signature.item", "must have {sig} once");
    }
    if (!hgi_is_field_value(hg_text(s->row.signature.item))) {
        return refuse(c->error, "$.signature.item", "has a control byte");
    }
    if (!look_up(c, encodings, s->row.signature.encoding, "$.signature.encoding", &value)) {
        return false;
    }
    s->encoding = (hg_encoding) value;
    return compile_separator(c) &&
           add_role(c, s->row.signature.header, "$.signature.header", &s->signature_slot) &&
           compile_several(c);
}

static bool compile_time_item(struct compile *c)
{
    hg_scheme *s = c->scheme;
    if (s->separator == 0 || s->several != HGI_ONE) {
        return refuse(c->error, "$.timestamp.item", "needs one signature header that is a list");
    }
    if (!hgi_around(hg_text(s->row.timestamp.item), hg_text("{timestamp}"), &s->time_before,
                    &s->time_after)) {
        return refuse(c->error, "$.timestamp.item", "must have {timestamp} once");
    }
    if (s->time_before.len + s->time_after.len == 0 ||
        strchr(s->row.timestamp.item, s->separator) != NULL) {
        return refuse(c->error, "$.timestamp.item", "can't be told from its neighbours");
    }
    s->time_in_item = true;
    return true;
}

static bool compile_timestamp(struct compile *c)
{
    hg_scheme *s = c->scheme;
    int value;
    bool header = s->row.timestamp.header != NULL;
    bool item = s->row.timestamp.item != NULL;
    s->timestamp_slot = HGI_NO_SLOT;
    if (!header && !item) {
        return s->row.timestamp.format == NULL ||
               refuse(c->error, "$.timestamp", "has neither a header nor an item");
    }
    if (header && item) {
        return refuse(c->error, "$.timestamp", "has both a header and an item");
    }
    if (!look_up(c, formats, s->row.timestamp.format, "$.timestamp.format", &value)) {
        return false;
    }
    s->has_time = true;
    s->time_format = (hg_time_format) value;
    if (s->row.timestamp.tolerance_s != HG_NO_TOLERANCE &&
        (s->row.timestamp.tolerance_s < 0 || s->row.timestamp.tolerance_s > HG_TOLERANCE_MAX)) {
        return refuse(c->error, "$.timestamp.tolerance_s", "must be from 0 to 2^53");
    }
    if (s->time_format == HG_TIME_OPAQUE && s->row.timestamp.tolerance_s != HG_NO_TOLERANCE) {
        return refuse(c->error, "$.timestamp.tolerance_s", "can't judge an opaque time");
    }
    return item ? compile_time_item(c)
                : add_role(c, s->row.timestamp.header, "$.timestamp.header", &s->timestamp_slot);
}

static bool compile_event_and_id(struct compile *c)
{
    hg_scheme *s = c->scheme;
    int value;
    s->event_slot = HGI_NO_SLOT;
    s->id_slot = HGI_NO_SLOT;
    if (s->row.event.grammar != NULL) {
        if (s->row.event.header == NULL) {
            return refuse(c->error, "$.event.header", "is missing");
        }
        if (!look_up(c, grammars, s->row.event.grammar, "$.event.grammar", &value)) {
            return false;
        }
        s->event_type_action = true;
    }
    return (s->row.event.header == NULL ||
            add_role(c, s->row.event.header, "$.event.header", &s->event_slot)) &&
           (s->row.id.header == NULL || add_role(c, s->row.id.header, "$.id.header", &s->id_slot));
}

/* The literal behind a signed id. */
static hg_str id_stop_of(const struct hgi_template *template)
{
    for (size_t i = 0; i + 1 < template->count; i++) {
        if (template->pieces[i].word == HGI_ID && template->pieces[i + 1].word == HGI_LITERAL) {
            return template->pieces[i + 1].text;
        }
    }
    return (hg_str){NULL, 0};
}

/* Every word of the template must stand for something the row has. */
static bool compile_piece(struct compile *c, struct hgi_piece *piece)
{
    hg_scheme *s = c->scheme;
    if ((piece->word == HGI_TIMESTAMP && !s->has_time) ||
        (piece->word == HGI_EVENT && s->event_slot == HGI_NO_SLOT) ||
        (piece->word == HGI_ID && s->id_slot == HGI_NO_SLOT)) {
        return refuse(c->error, "$.signed", "has a word that the scheme does not define");
    }
    if (piece->word == HGI_HEADER) {
        piece->slot = slot_of(s, piece->text);
    }
    if (piece->word == HGI_DIGEST) {
        if (s->digest != NULL &&
            (s->digest->hash != piece->hash || s->digest->encoding != piece->encoding)) {
            return refuse(c->error, "$.signed", "has two kinds of digest");
        }
        s->digest = piece;
    }
    s->needs_url = s->needs_url || (piece->word >= HGI_URL && piece->word <= HGI_HOST);
    return true;
}

static bool compile_pieces(struct compile *c)
{
    hg_scheme *s = c->scheme;
    bool signs = false;
    for (size_t i = 0; i < s->template.count; i++) {
        if (!compile_piece(c, &s->template.pieces[i])) {
            return false;
        }
        signs = signs || s->template.pieces[i].word != HGI_LITERAL;
    }
    return signs || refuse(c->error, "$.signed", "signs nothing of the request");
}

static bool has_word(const hg_scheme *scheme, enum hgi_word word)
{
    return hgi_template_find(&scheme->template, word) < scheme->template.count;
}

/* What of the body is signed, and in which order it can be read. */
static bool place_body(struct compile *c)
{
    hg_scheme *s = c->scheme;
    size_t body = hgi_template_find(&s->template, HGI_BODY);
    size_t digest = hgi_template_find(&s->template, HGI_DIGEST);
    if (body < s->template.count && digest < body) {
        return refuse(c->error, "$.signed", "has a digest of the body before the body");
    }
    s->body_at = body < s->template.count ? body : digest;
    s->has_form = has_word(s, HGI_FORM);
    s->needs_whole = s->ed25519 || s->has_form;
    return true;
}

static bool compile_template(struct compile *c)
{
    hg_scheme *s = c->scheme;
    const char *why = NULL;
    char *text = c->free;
    size_t roles = s->named_count;
    if (s->row.signed_text == NULL || s->row.signed_text[0] == '\0') {
        return refuse(c->error, "$.signed", "is missing");
    }
    keep(c, s->row.signed_text);
    if (!hgi_template_parse(text, &s->template, &why)) {
        return refuse(c->error, "$.signed", why);
    }
    if (!compile_pieces(c) || !place_body(c)) {
        return false;
    }
    s->all_strict = s->separator == 0 && s->several == HGI_ONE && s->named_count == roles;
    s->binds[HG_PART_BODY] = s->body_at < s->template.count || s->has_form;
    s->binds[HG_PART_TIME] = has_word(s, HGI_TIMESTAMP);
    s->binds[HG_PART_EVENT] = has_word(s, HGI_EVENT);
    s->binds[HG_PART_ID] = has_word(s, HGI_ID);
    s->id_stop = id_stop_of(&s->template);
    return true;
}

static bool compile_row(struct compile *c)
{
    return compile_head(c) && compile_signature(c) && compile_timestamp(c) &&
           compile_event_and_id(c) && compile_template(c);
}

hg_status hg_scheme_new(const hg_scheme_spec *spec, hg_scheme **scheme, hg_error *error)
{
    const char **members[STRINGS_MAX];
    size_t size = 0;
    if (spec == NULL || scheme == NULL) {
        return HG_BAD_ARGUMENT;
    }
    hg_scheme_spec row = *spec;
    size_t count = strings_of(&row, members);
    for (size_t i = 0; i < count; i++) {
        size_t len = *members[i] != NULL ? strlen(*members[i]) : 0;
        if (len > STRING_MAX) {
            refuse(error, "$", "has a member that is too long");
            return HG_BAD_SCHEME;
        }
        size += 2 * (len + 1); /* the row's copy, and one to lower or to cut up, */
    }
    size += HG_NAME_MAX + 3; /* the first of numbered headers */
    hg_scheme *made = calloc(1, sizeof *made + size);
    if (made == NULL) {
        return HG_NO_MEMORY;
    }
    struct compile c = {made, made->text, error};
    for (size_t i = 0; i < count; i++) {
        *members[i] = keep(&c, *members[i]);
    }
    made->row = row;
    if (!compile_row(&c)) {
        hg_scheme_free(made);
        return HG_BAD_SCHEME;
    }
    *scheme = made;
    return HG_OK;
}

/* Why a name is not that of a built-in row. */
static const char *reason_of(const char *name)
{
    const hg_absent *absent;
    for (size_t i = 0; name != NULL && (absent = hg_scheme_absent(i)) != NULL; i++) {
        if (strcmp(absent->name, name) == 0) {
            return absent->reason;
        }
    }
    return "is not a built-in scheme";
}

hg_status hg_scheme_open(const char *name, hg_scheme **scheme, hg_error *error)
{
    const hg_scheme_spec *row;
    for (size_t i = 0; name != NULL && (row = hg_scheme_builtin(i)) != NULL; i++) {
        if (strcmp(row->name, name) == 0) {
            return hg_scheme_new(row, scheme, error);
        }
    }
    refuse(error, "$.name", reason_of(name));
    return HG_BAD_SCHEME;
}

void hg_scheme_free(hg_scheme *scheme)
{
    free(scheme);
}

const hg_scheme_spec *hg_scheme_row(const hg_scheme *scheme)
{
    return &scheme->row;
}

bool hg_scheme_binds(const hg_scheme *scheme, hg_part part)
{
    return part >= HG_PART_BODY && part <= HG_PART_ID && scheme->binds[part];
}
