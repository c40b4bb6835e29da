/* SPDX-License-Identifier: MIT
 *
 * Causes that change a body's bytes whatever they mean: ends, lines, character sets, encodings.
 */
#include <stdlib.h>

#include "core/explain.h"
#include "core/text.h"

static const hg_str none = {NULL, 0};

static hg_str written(const struct hgi_out *out)
{
    return (hg_str){out->ptr, out->len};
}

/* ---- Encodings ------------------------------------------------------------------------------- */

static hg_str make_percent_decoded(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    bool some = hgi_has(body, '%') || (self->number && hgi_has(body, '+'));
    return some && hgi_percent_decode(body, self->number != 0, out) ? written(out) : none;
}

static hg_str make_percent_encoded(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hgi_percent_encode(body, self->number != 0, out);
    return written(out);
}

/* The value of a form that has one parameter. */
static hg_str make_form_value(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    size_t at = 0;
    (void) self;
    while (at < body.len && at < HG_NAME_MAX && body.ptr[at] != '=') {
        at++;
    }
    if (at == 0 || at >= body.len || body.ptr[at] != '=' || !hgi_is_token(hgi_part(body, 0, at)) ||
        hgi_has(body, '&')) {
        return none;
    }
    hg_str value = hgi_part(body, at + 1, body.len - at - 1);
    return hgi_percent_decode(value, true, out) ? written(out) : none;
}

/* The body as the value of a form's only parameter. */
static hg_str make_form(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hgi_put(out, hg_text(self->words));
    hgi_percent_encode(body, true, out);
    return written(out);
}

static bool is_form(hg_str body)
{
    return hgi_has(body, '=') && !hgi_has(body, '\n') && !hgi_has(body, '{') && !hgi_has(body, ' ');
}

/* The blank of a form in its other spelling: text[0] is the one that arrived. */
static hg_str make_form_blank(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hg_str from = hg_text(self->number ? "%20" : "+");
    hg_str to = hg_text(self->number ? "+" : "%20");
    if (!is_form(body)) {
        return none;
    }
    for (size_t i = 0; i < body.len; i++) {
        if (hgi_starts(hgi_part(body, i, body.len - i), from)) {
            hgi_put(out, to);
            i += from.len - 1;
        } else {
            hgi_put_byte(out, (unsigned char) body.ptr[i]);
        }
    }
    return written(out);
}

enum { FORM_FIELDS_MAX = 256 }; /* bounds the sort; forms of webhooks have about 20 */

static int by_bytes(const void *a, const void *b)
{
    const hg_str *x = a;
    const hg_str *y = b;
    for (size_t i = 0; i < x->len && i < y->len; i++) {
        if (x->ptr[i] != y->ptr[i]) {
            return (unsigned char) x->ptr[i] < (unsigned char) y->ptr[i] ? -1 : 1;
        }
    }
    return (x->len > y->len) - (x->len < y->len);
}

static hg_str make_form_sorted(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    hg_str fields[FORM_FIELDS_MAX];
    size_t count = 0;
    (void) self;
    if (!is_form(body) || !hgi_has(body, '&')) {
        return none;
    }
    for (size_t from = 0; from <= body.len && count < FORM_FIELDS_MAX;) {
        size_t to = from;
        while (to < body.len && body.ptr[to] != '&') {
            to++;
        }
        fields[count++] = hgi_part(body, from, to - from);
        from = to + 1;
    }
    qsort(fields, count, sizeof *fields, by_bytes);
    for (size_t i = 0; i < count; i++) {
        hgi_put(out, hg_text(i > 0 ? "&" : ""));
        hgi_put(out, fields[i]);
    }
    return out->len == body.len ? written(out) : none;
}

static hg_str make_base64(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    (void) self;
    out->len = hg_encode(HG_BASE64, body.ptr, body.len, out->ptr, out->room);
    return out->len > 0 ? written(out) : none;
}

static hg_str make_base64_decoded(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    (void) self;
    hg_str text = hgi_trim(body);
    return text.len > 0 && hg_decode(HG_BASE64, text, out->ptr, out->room, &out->len) ? written(out)
                                                                                      : none;
}

/* Backslashes in front of quotes and backslashes taken away. */
static hg_str make_unslashed(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    (void) self;
    if (!hgi_has(body, '\\')) {
        return none;
    }
    for (size_t i = 0; i < body.len; i++) {
        i += body.ptr[i] == '\\' && i + 1 < body.len && hgi_has(hg_text("\"'\\"), body.ptr[i + 1]);
        hgi_put_byte(out, (unsigned char) body.ptr[i]);
    }
    return written(out);
}

static const struct {
    const char *entity;
    char c;
} entities[] = {{"&amp;", '&'},   {"&lt;", '<'},   {"&gt;", '>'},    {"&quot;", '"'},
                {"&#039;", '\''}, {"&#39;", '\''}, {"&#x27;", '\''}, {"&apos;", '\''}};

enum { ENTITIES = sizeof entities / sizeof entities[0] };

static hg_str make_html(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    (void) self;
    for (size_t i = 0; i < body.len; i++) {
        size_t e = 0;
        while (e < ENTITIES && entities[e].c != body.ptr[i]) {
            e++;
        }
        hgi_put(out, e < ENTITIES ? hg_text(entities[e].entity) : hgi_part(body, i, 1));
    }
    return written(out);
}

static hg_str make_html_decoded(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    (void) self;
    for (size_t i = 0; i < body.len; i++) {
        hg_str rest = hgi_part(body, i, body.len - i);
        size_t e = 0;
        while (e < ENTITIES && !hgi_starts(rest, hg_text(entities[e].entity))) {
            e++;
        }
        hgi_put_byte(out, (unsigned char) (e < ENTITIES ? entities[e].c : body.ptr[i]));
        i += e < ENTITIES ? strlen(entities[e].entity) - 1 : 0;
    }
    return written(out);
}

/* One chunk's size line; false when it is none. */
static bool read_chunk_size(hg_str body, size_t *at, size_t *size)
{
    size_t from = *at;
    *size = 0;
    while (*at < body.len && *at - from < 7 && strchr("0123456789abcdefABCDEF", body.ptr[*at]) &&
           body.ptr[*at] != '\0') {
        char c = body.ptr[(*at)++];
        *size = *size * 16 + (size_t) (c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
    }
    if (*at == from || body.len - *at < 2 || body.ptr[*at] != '\r' || body.ptr[*at + 1] != '\n') {
        return false;
    }
    *at += 2;
    return true;
}

static hg_str make_unchunked(const struct hgi_edit *self, hg_str body, struct hgi_out *out)
{
    size_t at = 0;
    size_t size = 0;
    (void) self;
    while (read_chunk_size(body, &at, &size)) {
        if (size == 0) {
            return written(out);
        }
        if (size > body.len - at || body.len - at - size < 2) {
            return none;
        }
        hgi_put(out, hgi_part(body, at, size));
        at += size + 2;
    }
    return none;
}

/* ---- The table ------------------------------------------------------------------------------- */

#define LINES HGI_STAGE_LINES, false, false
#define DECODE HGI_STAGE_DECODE, true, false
#define ENCODE HGI_STAGE_ENCODE, true, false
#define FIXED HGI_STAGE_DECODE, false, true, hgi_make_fixed

#define RAW "verify the bytes as they arrived: keep editors, shells and text modes away from them"
#define CHARSET                                                                                    \
    "keep the body as bytes on both sides; never decode it to text before it is verified"
#define PARSED                                                                                     \
    "verify the raw body, before a framework parses it; have the sender sign what it sends"

const struct hgi_edit hgi_bytes_causes[] = {
    {{"body-newline-lost", 1, "the signed body ends in a newline that did not arrive", RAW},
     LINES,
     hgi_make_added,
     "\n",
     1},
    {{"body-newline-extra", 1, "the body that arrived has a newline at its end that is not signed",
      RAW},
     LINES,
     hgi_make_end_dropped,
     "\n",
     1},
    {{"body-crlf-lost", 3, "the signed body ends in CR and LF that did not arrive", RAW},
     LINES,
     hgi_make_added,
     "\r\n",
     2},
    {{"body-crlf-extra", 3, "the body that arrived has CR and LF at its end that are not signed",
      RAW},
     LINES,
     hgi_make_end_dropped,
     "\r\n",
     2},
    {{"body-line-ends-lf", 2, "lines are signed with LF at their end and arrived with CR", RAW},
     LINES,
     hgi_make_lines,
     "\n",
     0},
    {{"body-line-ends-crlf", 2, "lines are signed with CR and LF at their end and arrived with one",
      RAW},
     LINES,
     hgi_make_lines,
     "\r\n",
     0},
    {{"body-trimmed", 2, "the body is signed without the white space around it", RAW},
     LINES,
     hgi_make_trimmed,
     NULL,
     HGI_AT_START | HGI_AT_END},
    {{"body-trimmed-end", 3, "the body is signed without the white space at its end", RAW},
     LINES,
     hgi_make_trimmed,
     NULL,
     HGI_AT_END},
    {{"body-trimmed-start", 4, "the body is signed without the white space at its start", RAW},
     LINES,
     hgi_make_trimmed,
     NULL,
     HGI_AT_START},
    {{"body-lines-joined", 4,
      "the body is signed without its line ends, as reading line by line "
      "leaves it",
      RAW},
     LINES,
     hgi_make_lines,
     "",
     0},
    {{"body-nul-lost", 5, "the signed body ends in a NUL that did not arrive",
      "have the sender sign the text's length, not its C string's size"},
     LINES,
     hgi_make_added,
     "\0",
     1},
    {{"body-nul-extra", 5, "the body that arrived has a NUL at its end that is not signed",
      "take the body's length from the request, not from a C string's size"},
     LINES,
     hgi_make_end_dropped,
     "\0",
     1},
    {{"body-cut-at-nul", 4, "the body is signed up to its first NUL only",
      "have the sender sign by length, not as a C string"},
     DECODE,
     hgi_make_nul_cut,
     NULL,
     0},
    {{"body-bom-extra", 2, "a byte order mark stands before the body that is not signed", CHARSET},
     DECODE,
     hgi_make_front_dropped,
     "\xef\xbb\xbf",
     0},
    {{"body-bom-lost", 3, "the body is signed with a byte order mark that did not arrive", CHARSET},
     HGI_STAGE_ENCODE,
     false,
     false,
     hgi_make_fronted,
     "\xef\xbb\xbf",
     0},
    {{"body-latin1", 3, "the body is signed in Latin-1 and arrived in UTF-8 (or twice encoded)",
      CHARSET},
     ENCODE,
     hgi_make_single_bytes,
     NULL,
     HGI_LATIN_1},
    {{"body-windows-1252", 3,
      "the body is signed in Windows-1252 and arrived in UTF-8 (or twice encoded)", CHARSET},
     ENCODE,
     hgi_make_single_bytes,
     NULL,
     HGI_WINDOWS_1252},
    {{"body-utf8-of-latin1", 3,
      "the body is signed as UTF-8 made by reading what arrived as Latin-1", CHARSET},
     ENCODE,
     hgi_make_doubled,
     NULL,
     HGI_LATIN_1},
    {{"body-utf8-of-windows-1252", 4,
      "the body is signed as UTF-8 made by reading what arrived as Windows-1252", CHARSET},
     ENCODE,
     hgi_make_doubled,
     NULL,
     HGI_WINDOWS_1252},
    {{"body-replacement", 2,
      "the body is signed with U+FFFD in place of each byte that is not UTF-8", CHARSET},
     ENCODE,
     hgi_make_replaced,
     "\xef\xbf\xbd",
     0},
    {{"body-invalid-dropped", 4, "the body is signed without its bytes that are not UTF-8",
      CHARSET},
     ENCODE,
     hgi_make_replaced,
     "",
     0},
    {{"body-question-marks", 4, "the body is signed with ? in place of what is not ASCII", CHARSET},
     ENCODE,
     hgi_make_replaced,
     "?",
     1},
    {{"body-ascii-only", 5, "the body is signed without what is not ASCII", CHARSET},
     ENCODE,
     hgi_make_replaced,
     "",
     1},
    {{"body-utf16le", 4, "the body is signed in UTF-16LE", CHARSET},
     ENCODE,
     hgi_make_utf16,
     NULL,
     HGI_LITTLE},
    {{"body-utf16be", 5, "the body is signed in UTF-16BE", CHARSET},
     ENCODE,
     hgi_make_utf16,
     NULL,
     HGI_BIG},
    {{"body-utf16le-bom", 5, "the body is signed in UTF-16LE with a byte order mark", CHARSET},
     ENCODE,
     hgi_make_utf16,
     NULL,
     HGI_LITTLE | HGI_MARKED},
    {{"body-utf16be-bom", 6, "the body is signed in UTF-16BE with a byte order mark", CHARSET},
     ENCODE,
     hgi_make_utf16,
     NULL,
     HGI_BIG | HGI_MARKED},
    {{"body-utf8-of-utf16", 4, "the body arrived in UTF-16 and is signed in UTF-8", CHARSET},
     DECODE,
     hgi_make_utf8,
     NULL,
     0},
    {{"body-form-value", 2, "only the decoded value of the form's one parameter is signed", PARSED},
     DECODE,
     make_form_value,
     NULL,
     0},
    {{"body-form-decoded", 3,
      "the body is signed form-decoded (percent escapes undone, + as blank)", PARSED},
     DECODE,
     make_percent_decoded,
     NULL,
     1},
    {{"body-percent-decoded", 3, "the body is signed with its percent escapes undone", PARSED},
     DECODE,
     make_percent_decoded,
     NULL,
     0},
    {{"body-form-payload", 3, "the body is signed as the form that carries it as payload=…",
      PARSED},
     ENCODE,
     make_form,
     "payload=",
     0},
    {{"body-form-encoded", 4, "the body is signed form-encoded", PARSED},
     ENCODE,
     make_percent_encoded,
     NULL,
     1},
    {{"body-percent-encoded", 4, "the body is signed percent-encoded", PARSED},
     ENCODE,
     make_percent_encoded,
     NULL,
     0},
    {{"body-form-blank-percent", 3, "blanks of the form are signed as %20 and arrived as +",
      PARSED},
     DECODE,
     make_form_blank,
     NULL,
     0},
    {{"body-form-blank-plus", 3, "blanks of the form are signed as + and arrived as %20", PARSED},
     DECODE,
     make_form_blank,
     NULL,
     1},
    {{"body-form-sorted", 4, "the form is signed with its parameters sorted", PARSED},
     DECODE,
     make_form_sorted,
     NULL,
     0},
    {{"body-base64", 3, "the base64 of the body is signed", "have the sender sign what it sends"},
     ENCODE,
     make_base64,
     NULL,
     0},
    {{"body-base64-decoded", 3, "the body is base64, and what it encodes is signed",
      "decode the body first: a gateway encoded it"},
     DECODE,
     make_base64_decoded,
     NULL,
     0},
    {{"body-chunked", 3, "the body still has its chunked framing, which is not signed",
      "take the body from an HTTP parser, which removes transfer codings"},
     DECODE,
     make_unchunked,
     NULL,
     0},
    {{"body-quoted", 4, "quotation marks stand around the body that are not signed", RAW},
     DECODE,
     hgi_make_unquoted,
     "'\"",
     0},
    {{"body-backslashes", 4, "quotes arrived with backslashes before them that are not signed",
      RAW},
     DECODE,
     make_unslashed,
     NULL,
     0},
    {{"body-html-decoded", 4, "the body arrived with HTML entities and is signed without",
      "take the step out that escapes HTML on the way"},
     DECODE,
     make_html_decoded,
     NULL,
     0},
    {{"body-html-encoded", 5, "the body is signed with HTML entities and arrived without",
      "have the sender sign what it sends"},
     ENCODE,
     make_html,
     NULL,
     0},
    {{"body-empty", 2, "the signature is over an empty body",
      "the body was read before it was signed (a stream is empty the second time)"},
     FIXED,
     "",
     0},
    {{"body-empty-object", 2, "the signature is over {} instead of the body",
      "the sender signed before its body was set, or serialized something empty"},
     FIXED,
     "{}",
     0},
    {{"body-empty-array", 4, "the signature is over [] instead of the body",
      "the sender signed before its body was set, or serialized something empty"},
     FIXED,
     "[]",
     0},
    {{"body-null", 4, "the signature is over the word null instead of the body",
      "the sender serialized a body that was not set"},
     FIXED,
     "null",
     0},
    {{"body-undefined", 4, "the signature is over the word undefined instead of the body",
      "the sender made text of a body that was not set"},
     FIXED,
     "undefined",
     0},
    {{"body-object-object", 2, "the signature is over [object Object] instead of the body",
      "the sender made text of an object: it must serialize it (JSON.stringify) first"},
     FIXED,
     "[object Object]",
     0},
    {.cause = {.name = NULL}},
};
