/* SPDX-License-Identifier: MIT
 *
 * What can be wrong with a secret between the sender's settings and ours.
 */
#include "core/codec.h"
#include "core/explain.h"
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
const struct hgi_edit hgi_secret_edits[] = {
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
    {.cause = {.name = NULL}},
};

#define UNSET "set the secret on the sender's side; until then anybody can sign"

/* What is left of a secret that was never set. */
const struct hgi_edit hgi_unset_secrets[] = {
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
    {.cause = {.name = NULL}},
};
