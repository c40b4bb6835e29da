/* SPDX-License-Identifier: MIT
 *
 * The list of keys: what can be wrong with a secret between the sender's settings and ours.
 */
#include "core/codec.h"
#include "core/explain.h"
#include "core/ring.h"
#include "core/text.h"

static const hg_str none = {NULL, 0};

static hg_str written(const struct hgi_out *out)
{
    return (hg_str){out->ptr, out->len};
}

/* ---- What is done to a secret's text --------------------------------------------------------- */

/* "SECRET=value", "export SECRET=value", "Secret: value" */
static hg_str make_label_dropped(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    size_t at = 0;
    (void) self;
    (void) out;
    while (at < secret.len && at < HG_NAME_MAX && secret.ptr[at] != '=' && secret.ptr[at] != ':') {
        at++;
    }
    if (at == 0 || at + 1 >= secret.len || at == HG_NAME_MAX) {
        return none;
    }
    return hgi_trim(hgi_part(secret, at + 1, secret.len - at - 1));
}

/* The sk of an External URL. */
static hg_str make_sk(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    (void) self;
    for (size_t i = 0; i + 4 <= secret.len; i++) {
        hg_str at = hgi_part(secret, i, 4);
        if (hgi_same(at, hg_text("?sk=")) || hgi_same(at, hg_text("&sk="))) {
            size_t end = i + 4;
            while (end < secret.len && secret.ptr[end] != '&' && secret.ptr[end] != '#') {
                end++;
            }
            hg_str value = hgi_part(secret, i + 4, end - i - 4);
            return hgi_percent_decode(value, true, out) ? written(out) : none;
        }
    }
    return none;
}

static hg_str make_decoded(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    (void) self;
    return hgi_has(secret, '%') && hgi_percent_decode(secret, false, out) ? written(out) : none;
}

static hg_str make_encoded(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    hgi_percent_encode(secret, self->number != 0, out);
    return written(out);
}

/* One character for another: words holds pairs. */
static hg_str make_swapped(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    for (size_t i = 0; i < secret.len; i++) {
        char c = secret.ptr[i];
        for (const char *pair = self->words; *pair != '\0'; pair += 2) {
            if (c == pair[0]) {
                c = pair[1];
                break;
            }
        }
        hgi_put_byte(out, (unsigned char) c);
    }
    return written(out);
}

static hg_str make_case(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    char from = self->number ? 'A' : 'a';
    for (size_t i = 0; i < secret.len; i++) {
        bool letter = secret.ptr[i] >= from && secret.ptr[i] <= from + 25;
        hgi_put_byte(out, (unsigned char) (secret.ptr[i] ^ (letter ? 0x20 : 0)));
    }
    return written(out);
}

static hg_str make_padded(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    (void) self;
    if (secret.len % 4 < 2 || hgi_base64_padding(secret) > 0) {
        return none;
    }
    hgi_put(out, secret);
    hgi_put(out, (hg_str){"==", 4 - secret.len % 4});
    return written(out);
}

static hg_str make_unpadded(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    size_t padding = hgi_base64_padding(secret);
    (void) self;
    (void) out;
    return padding > 0 ? hgi_part(secret, 0, secret.len - padding) : none;
}

/* Characters that nobody sees: no-break and zero-width blanks, a byte order mark. */
static hg_str make_visible(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    (void) self;
    for (size_t i = 0; i < secret.len;) {
        size_t from = i;
        uint32_t code = hgi_next_utf8(secret, &i);
        bool hidden =
            code == 0xa0 || code == 0xfeff || code == 0x2060 || (code >= 0x200b && code <= 0x200f);
        hgi_put(out, hgi_part(secret, from, hidden ? 0 : i - from));
    }
    return written(out);
}

static hg_str make_again(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    out->len = hg_encode((hg_encoding) self->number, secret.ptr, secret.len, out->ptr, out->room);
    return written(out);
}

static hg_str make_wrapped(const struct hgi_edit *self, hg_str secret, struct hgi_out *out)
{
    hgi_put(out, hg_text(self->words));
    hgi_put(out, secret);
    hgi_put(out, hg_text(self->words));
    return written(out);
}

#define CLEAN HGI_STAGE_NONE, false, false
#define ALONE HGI_STAGE_NONE, false, true

#define OURS "store the secret exactly as the sender shows it"
#define THEIRS "store the same bytes on both sides; the sender's copy is the odd one"

/* alone: no other edit before or after it */
static const struct hgi_edit edits[] = {
    {{"secret-newline-extra", 1, "your secret ends in a newline that the sender's has not", OURS},
     CLEAN,
     hgi_make_end_dropped,
     "\n",
     1},
    {{"secret-cr-extra", 2, "your secret ends in a CR that the sender's has not", OURS},
     CLEAN,
     hgi_make_end_dropped,
     "\r",
     1},
    {{"secret-spaces", 1, "your secret has white space around it that the sender's has not", OURS},
     CLEAN,
     hgi_make_trimmed,
     NULL,
     HGI_AT_START | HGI_AT_END},
    {{"secret-quotes", 1, "your secret has quotation marks around it that the sender's has not",
      OURS},
     CLEAN,
     hgi_make_unquoted,
     "'\"`",
     0},
    {{"secret-label", 2, "a label stands before your secret (NAME=secret)", OURS},
     CLEAN,
     make_label_dropped,
     NULL,
     0},
    {{"secret-in-url", 2, "your secret is a whole URL; the secret is its sk alone", OURS},
     CLEAN,
     make_sk,
     NULL,
     0},
    {{"secret-percent-encoded", 2,
      "your secret is percent-encoded, as in a URL; the sender uses it decoded", OURS},
     CLEAN,
     make_decoded,
     NULL,
     0},
    {{"secret-percent-decoded", 3, "the sender uses the secret percent-encoded, as in its URL",
      OURS},
     CLEAN,
     make_encoded,
     NULL,
     0},
    {{"secret-form-encoded", 4, "the sender uses the secret form-encoded, with + for a blank",
      OURS},
     CLEAN,
     make_encoded,
     NULL,
     1},
    {{"secret-plus-lost", 2, "your secret has blanks where the sender's has +",
      "decode the URL's sk as a URL, not as a form"},
     CLEAN,
     make_swapped,
     " +",
     0},
    {{"secret-plus-extra", 3, "your secret has + where the sender's has blanks",
      "decode the URL's sk as a form, as the sender does"},
     CLEAN,
     make_swapped,
     "+ ",
     0},
    {{"secret-whsec-missing", 1, "the sender's secret has whsec_ in front, as text of the key",
      "store the secret with its whsec_"},
     CLEAN,
     hgi_make_fronted,
     "whsec_",
     0},
    {{"secret-whsec-extra", 1, "whsec_ in front of your secret is not part of the key",
      "store the secret without whsec_"},
     CLEAN,
     hgi_make_front_dropped,
     "whsec_",
     0},
    {{"secret-version-prefix", 2, "v1, stands before your secret and does not belong to it", OURS},
     CLEAN,
     hgi_make_front_dropped,
     "v1,",
     0},
    {{"secret-bearer", 4, "Bearer stands before your secret and does not belong to it", OURS},
     CLEAN,
     hgi_make_front_dropped,
     "Bearer ",
     0},
    {{"secret-upper-case", 3, "the sender's secret is in lower case, yours is not", OURS},
     CLEAN,
     make_case,
     NULL,
     1},
    {{"secret-lower-case", 3, "the sender's secret is in upper case, yours is not", OURS},
     CLEAN,
     make_case,
     NULL,
     0},
    {{"secret-padding-lost", 2, "the = at the end of your secret has been lost in copying", OURS},
     CLEAN,
     make_padded,
     NULL,
     0},
    {{"secret-padding-extra", 4, "the sender's secret has no = at its end", OURS},
     CLEAN,
     make_unpadded,
     NULL,
     0},
    {{"secret-base64url", 3, "your secret is in the URL alphabet of base64, the sender's is not",
      OURS},
     CLEAN,
     make_swapped,
     "-+_/",
     0},
    {{"secret-base64-standard", 4, "the sender's secret is in the URL alphabet of base64", OURS},
     CLEAN,
     make_swapped,
     "+-/_",
     0},
    {{"secret-bom", 3, "a byte order mark stands before your secret", OURS},
     CLEAN,
     hgi_make_front_dropped,
     "\xef\xbb\xbf",
     0},
    {{"secret-utf16", 3, "your secret was stored as UTF-16 (as PowerShell's > does)", OURS},
     CLEAN,
     hgi_make_utf8,
     NULL,
     0},
    {{"secret-invisible", 3, "your secret has invisible characters in it", OURS},
     CLEAN,
     make_visible,
     NULL,
     0},
    {{"secret-backslash-n", 3, "your secret ends in \\n, spelled out", OURS},
     CLEAN,
     hgi_make_end_dropped,
     "\\n",
     2},
    {{"secret-mark-extra", 4, "a comma or semicolon at the end of your secret is not part of it",
      OURS},
     CLEAN,
     hgi_make_end_dropped,
     ",",
     1},
    {{"secret-semicolon-extra", 4, "a semicolon at the end of your secret is not part of it", OURS},
     CLEAN,
     hgi_make_end_dropped,
     ";",
     1},
    {{"secret-latin1", 4, "the sender uses the secret in Latin-1, yours is UTF-8", THEIRS},
     CLEAN,
     hgi_make_single_bytes,
     NULL,
     HGI_LATIN_1},
    {{"secret-twice-utf8", 5, "the sender uses the secret as UTF-8 encoded twice", THEIRS},
     CLEAN,
     hgi_make_doubled,
     NULL,
     HGI_LATIN_1},
    {{"secret-newline-lost", 3, "the sender's secret ends in a newline", THEIRS},
     ALONE,
     hgi_make_added,
     "\n",
     1},
    {{"secret-crlf-lost", 4, "the sender's secret ends in CR and LF", THEIRS},
     ALONE,
     hgi_make_added,
     "\r\n",
     2},
    {{"secret-blank-lost", 4, "the sender's secret ends in a blank", THEIRS},
     ALONE,
     hgi_make_added,
     " ",
     1},
    {{"secret-blank-lost-front", 5, "the sender's secret begins with a blank", THEIRS},
     ALONE,
     hgi_make_fronted,
     " ",
     0},
    {{"secret-quotes-lost", 4, "the sender's secret has quotation marks around it", THEIRS},
     ALONE,
     make_wrapped,
     "\"",
     0},
    {{"secret-single-quotes-lost", 5, "the sender's secret has single quotation marks around it",
      THEIRS},
     ALONE,
     make_wrapped,
     "'",
     0},
    {{"secret-base64-again", 4, "the sender's key is the base64 of your secret", THEIRS},
     ALONE,
     make_again,
     NULL,
     HG_BASE64},
    {{"secret-hex-again", 4, "the sender's key is the hexadecimal text of your secret", THEIRS},
     ALONE,
     make_again,
     NULL,
     HG_HEX},
};

#define UNSET "set the secret on the sender's side; until then anybody can sign"

/* What is left of a secret that was never set. */
static const struct hgi_edit unset[] = {
    {{"secret-empty", 3, "the sender signs with an empty secret", UNSET},
     ALONE,
     hgi_make_fixed,
     "",
     0},
    {{"secret-undefined", 3, "the sender signs with the word undefined as its secret", UNSET},
     ALONE,
     hgi_make_fixed,
     "undefined",
     0},
    {{"secret-null", 4, "the sender signs with the word null as its secret", UNSET},
     ALONE,
     hgi_make_fixed,
     "null",
     0},
    {{"secret-none", 4, "the sender signs with the word None as its secret", UNSET},
     ALONE,
     hgi_make_fixed,
     "None",
     0},
};

static const struct {
    struct hgi_cause cause;
    enum hgi_key_form form;
} forms[] = {
    {{"secret-as-text", 1, "the sender uses the secret's text as the key and does not decode it",
      "set key in the scheme to utf8"},
     HGI_KEY_UTF8},
    {{"secret-as-base64", 1, "the sender decodes the secret from base64 to make the key",
      "set key in the scheme to base64"},
     HGI_KEY_BASE64},
    {{"secret-as-hex", 1, "the sender decodes the secret from hexadecimal to make the key",
      "set key in the scheme to hex"},
     HGI_KEY_HEX},
    {{"secret-as-whsec", 2, "the sender decodes the secret from base64, less whsec_ and padding",
      "set key in the scheme to whsec"},
     HGI_KEY_WHSEC},
};

static const struct hgi_cause expired = {
    "key-expired", 1, "the signature was made with a key that is no longer in use",
    "the sender still signs with the previous secret: renew it there, or keep both for a while"};

enum {
    EDITS = sizeof edits / sizeof edits[0],
    UNSETS = sizeof unset / sizeof unset[0],
    FORMS = sizeof forms / sizeof forms[0],
    ROOM = 6 * HG_SECRET_MAX /* the longest edit doubles, percent escapes make three of one */
};

const struct hgi_cause *hgi_key_cause(size_t index)
{
    if (index < EDITS) {
        return &edits[index].cause;
    }
    if (index < EDITS + UNSETS) {
        return &unset[index - EDITS].cause;
    }
    if (index < EDITS + UNSETS + FORMS) {
        return &forms[index - EDITS - UNSETS].cause;
    }
    return index == EDITS + UNSETS + FORMS ? &expired : NULL;
}

/* ---- The list -------------------------------------------------------------------------------- */

/* A list that is being filled, for one secret. */
struct filling {
    struct hgi_keys *list;
    struct hgi_arena *arena;
    const hg_key *owner;
    unsigned level;
};

static void add_bytes(struct filling *f, const struct hgi_steps *steps, hg_str bytes)
{
    struct hgi_keys *list = f->list;
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i].bytes.len == bytes.len &&
            hgi_equal(list->at[i].bytes.ptr, bytes.ptr, bytes.len)) {
            return;
        }
    }
    hg_str kept = hgi_arena_keep(f->arena, bytes);
    if (kept.ptr != NULL &&
        hgi_grow(f->arena, &list->at, list->count, &list->room, sizeof *list->at)) {
        list->at[list->count++] =
            (struct hgi_key_variant){.steps = *steps, .owner = f->owner, .bytes = kept};
    }
}

/* The key bytes that a text makes, in the list's form and, one change more, in the others. */
static void add_text(struct filling *f, const struct hgi_steps *steps, hg_str text)
{
    unsigned char bytes[HG_SECRET_MAX];
    size_t size = 0;
    if (text.len == 0 || text.len > HG_SECRET_MAX) {
        return;
    }
    if (hgi_decode_secret(f->list->form, text, bytes, &size) && size > 0) {
        add_bytes(f, steps, (hg_str){(const char *) bytes, size});
    }
    for (size_t i = 0; i < FORMS; i++) {
        struct hgi_steps more = *steps;
        if (forms[i].form != f->list->form && hgi_step(&more, &forms[i].cause, NULL) &&
            more.count <= f->level && hgi_decode_secret(forms[i].form, text, bytes, &size) &&
            size > 0) {
            add_bytes(f, &more, (hg_str){(const char *) bytes, size});
        }
    }
    hgi_wipe(bytes, sizeof bytes);
}

/* Adds what all edits make of a text, and, below the level, what they make of that. */
static void add_edits(struct filling *f, const struct hgi_steps *steps, hg_str text, bool first)
{
    for (size_t i = 0; i < EDITS; i++) {
        char room[ROOM];
        struct hgi_out out = {room, 0, sizeof room, false};
        struct hgi_steps more = *steps;
        if ((edits[i].alone && !first) || !hgi_step(&more, &edits[i].cause, NULL) ||
            more.count == steps->count || more.count > f->level) {
            continue;
        }
        hg_str made = edits[i].make(&edits[i], text, &out);
        if (made.ptr != NULL && !out.full && !hgi_same(made, text)) {
            add_text(f, &more, made);
            if (!edits[i].alone && more.count < f->level && made.len > 0 &&
                made.len <= HG_SECRET_MAX) {
                add_edits(f, &more, made, false);
            }
        }
        hgi_wipe(room, out.len);
    }
}

static void add_unset(struct filling *f)
{
    for (size_t i = 0; i < UNSETS; i++) {
        struct hgi_steps steps = {.count = 0};
        if (f->level > 0 && hgi_step(&steps, &unset[i].cause, NULL)) {
            add_bytes(f, &steps, hg_text(unset[i].words));
        }
    }
}

bool hgi_keys_fill(struct hgi_keys *list, struct hgi_arena *arena, const hg_explaining *options,
                   unsigned level)
{
    struct filling f = {list, arena, NULL, 0};
    for (; list->level <= level; list->level++) {
        f.level = list->level;
        for (size_t i = 0; i < options->key_count; i++) {
            const hg_key *key = &options->keys[i];
            struct hgi_steps steps = {.count = 0};
            bool good = key->not_after == HG_NEVER || options->now <= key->not_after;
            f.owner = key;
            if ((!good && !hgi_step(&steps, &expired, NULL)) || steps.count > f.level) {
                continue;
            }
            add_text(&f, &steps, key->secret);
            add_edits(&f, &steps, key->secret, true);
        }
        f.owner = &options->keys[0];
        add_unset(&f);
    }
    return !arena->failed;
}

const struct hgi_mac_key *hgi_key_state(struct hgi_key_variant *key, struct hgi_arena *arena,
                                        enum hgi_hash hash)
{
    struct hgi_mac_key **state = &key->states[hash];
    if (*state == NULL) {
        *state = hgi_arena_take(arena, sizeof **state);
        if (*state != NULL && !hgi_mac_key_init(*state, hash, key->bytes.ptr, key->bytes.len)) {
            *state = NULL;
        }
    }
    return *state;
}
