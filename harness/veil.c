/* SPDX-License-Identifier: MIT
 *
 * Hiding the user's secret in what a report shows.
 */
#include "harness/veil.h"

#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "harness/markup.h"

#define FORMS_BYTES ((size_t) 1 << 20) /* of all forms: 32 times a secret, six times as long */
#define FORM_MIN 4                     /* bytes: a shorter part of base64 would hide too much */
#define HEX_MIN 40                     /* digits of the shortest MAC, SHA-1 */
#define BASE64_MIN 27                  /* characters of the same without its padding */
#define ESCAPE_SIZE 3                  /* bytes of "%2B" */
#define SIGNATURE_MIN 8 /* a truncated MAC still tells a guessed secret from another */

/* ---- Forms ----------------------------------------------------------------------------------- */

/* What was added to forms since `from` becomes a form of its own. */
static bool end_form(struct veil *veil, size_t from)
{
    if (veil->forms.failed || veil->count == VEIL_FORMS_MAX) {
        return false;
    }
    if (veil->forms.len > from) {
        veil->form[veil->count].at = from;
        veil->form[veil->count].size = veil->forms.len - from;
        veil->count++;
    }
    return true;
}

static bool add_form(struct veil *veil, const char *bytes, size_t size)
{
    size_t from = veil->forms.len;
    return buf_add(&veil->forms, bytes, size) && end_form(veil, from);
}

/* The digits of a byte; upper: A to F. */
static void put_hex(unsigned char byte, bool upper, char pair[2])
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    pair[0] = digits[byte >> 4];
    pair[1] = digits[byte & 15];
}

static bool add_hex(struct veil *veil, hg_str secret, bool upper)
{
    size_t from = veil->forms.len;
    for (size_t i = 0; i < secret.len; i++) {
        char pair[2];
        put_hex((unsigned char) secret.ptr[i], upper, pair);
        (void) buf_add(&veil->forms, pair, 2);
    }
    return end_form(veil, from);
}

/* Within a longer base64 text a secret may begin at any of three places of a group; only the
 * characters that depend on it alone are the form. */
static bool add_base64(struct veil *veil, hg_str secret, hg_encoding encoding)
{
    static const size_t start[] = {0, 2, 3};
    bool done = true;
    for (size_t shift = 0; done && shift < 3; shift++) {
        struct buf shifted;
        size_t size = shift + secret.len;
        buf_init(&shifted, 4 * size + 4);
        char *text = buf_add(&shifted, "\0\0", shift) && buf_add_str(&shifted, secret)
                         ? buf_reserve(&shifted, 2 * size + 4)
                         : NULL;
        done = text != NULL;
        if (done) {
            (void) hg_encode(encoding, shifted.ptr, size, text, 2 * size + 4);
            size_t end = 8 * size / 6;
            done = end < start[shift] + FORM_MIN || /* a form too short to say anything */
                   add_form(veil, text + start[shift], end - start[shift]);
        }
        buf_wipe(&shifted);
    }
    return done;
}

static bool add_percent(struct veil *veil, hg_str secret, bool upper)
{
    size_t from = veil->forms.len;
    for (size_t i = 0; i < secret.len; i++) {
        unsigned char byte = (unsigned char) secret.ptr[i];
        char escape[3] = {'%'};
        bool plain = (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
                     (byte >= 'A' && byte <= 'Z') || memchr("-._~", byte, 4) != NULL;
        put_hex(byte, upper, escape + 1);
        (void) (plain ? buf_add(&veil->forms, &secret.ptr[i], 1)
                      : buf_add(&veil->forms, escape, sizeof escape));
    }
    return end_form(veil, from);
}

/* As a JSON string without its quotes, and as HTML. */
static bool add_escaped(struct veil *veil, hg_str secret)
{
    struct buf text;
    buf_init(&text, FORMS_BYTES);
    bool done = json_add_text(&text, secret) && add_form(veil, text.ptr + 1, text.len - 2);
    buf_wipe(&text);
    size_t from = veil->forms.len;
    return done && markup_add(&veil->forms, secret) && end_form(veil, from);
}

/* Bytes that are no text of themselves are not written as they are. */
static bool add_bytes(struct veil *veil, hg_str bytes)
{
    return add_hex(veil, bytes, false) && add_hex(veil, bytes, true) &&
           add_base64(veil, bytes, HG_BASE64) && add_base64(veil, bytes, HG_BASE64URL);
}

/* The secret without the mark of what it is: "whsec_". */
static hg_str bare(hg_str secret)
{
    const char *mark = memchr(secret.ptr, '_', secret.len < 6 ? secret.len : 6);
    size_t skip = mark != NULL ? (size_t) (mark + 1 - secret.ptr) : 0;
    return (hg_str){secret.ptr + skip, secret.len - skip};
}

static bool add_if_decoded(struct veil *veil, hg_encoding encoding, hg_str text)
{
    char key[HG_SECRET_MAX];
    size_t size = 0;
    bool done = !hg_decode(encoding, text, key, sizeof key, &size) || size == 0 ||
                add_bytes(veil, (hg_str){key, size});
    explicit_bzero(key, sizeof key);
    return done;
}

/* What the text stands for, where it is hex or base64 of any kind, padded or not. */
static bool add_decoded(struct veil *veil, hg_str text)
{
    struct buf url;
    buf_init(&url, text.len);
    while (text.len > 0 && text.ptr[text.len - 1] == '=') {
        text.len--;
    }
    bool done = buf_add_str(&url, text);
    for (size_t i = 0; i < url.len; i++) {
        url.ptr[i] = url.ptr[i] == '+' ? '-' : url.ptr[i] == '/' ? '_' : url.ptr[i];
    }
    done = done && add_if_decoded(veil, HG_HEX, text) &&
           add_if_decoded(veil, HG_BASE64URL, buf_str(&url));
    buf_wipe(&url);
    return done;
}

bool veil_open(hg_str secret, struct veil *veil)
{
    *veil = (struct veil){0};
    buf_init(&veil->forms, FORMS_BYTES);
    if (secret.len == 0) {
        return true;
    }
    hg_str text = bare(secret);
    bool done = add_form(veil, secret.ptr, secret.len) && add_bytes(veil, secret) &&
                add_percent(veil, secret, true) && add_percent(veil, secret, false) &&
                add_escaped(veil, secret) && add_decoded(veil, text) &&
                (text.len == 0 || text.len == secret.len || add_form(veil, text.ptr, text.len));
    if (!done) {
        veil_close(veil);
    }
    return done;
}

void veil_close(struct veil *veil)
{
    buf_wipe(&veil->forms);
    *veil = (struct veil){0};
}

bool veil_finds(const struct veil *veil, hg_str text)
{
    for (size_t i = 0; i < veil->count; i++) {
        if (text.len > 0 && memmem(text.ptr, text.len, veil->forms.ptr + veil->form[i].at,
                                   veil->form[i].size) != NULL) {
            return true;
        }
    }
    return false;
}

/* ---- Hiding ---------------------------------------------------------------------------------- */

/* The length of the longest form at the start of text; 0 when there is none. */
static size_t form_at(const struct veil *veil, hg_str text)
{
    size_t longest = 0;
    for (size_t i = 0; i < veil->count; i++) {
        size_t size = veil->form[i].size;
        if (size > longest && size <= text.len &&
            memcmp(veil->forms.ptr + veil->form[i].at, text.ptr, size) == 0) {
            longest = size;
        }
    }
    return longest;
}

static bool hide_forms(const struct veil *veil, hg_str text, struct buf *out)
{
    bool done = true;
    while (done && text.len > 0) {
        size_t size = form_at(veil, text);
        done = size > 0 ? buf_add_text(out, VEIL_SECRET) : buf_add(out, text.ptr, 1);
        size = size > 0 ? size : 1;
        text.ptr += size;
        text.len -= size;
    }
    return done;
}

/* A run of characters that an encoding of bytes may have, escaped as in a URL or not. */
struct piece {
    size_t size;
    bool hex, digit, lower, upper;
};

/* Whether there is an escaped '+' or '/', which would else cut a signature into short runs. */
static bool is_escape(hg_str text)
{
    return text.len >= ESCAPE_SIZE && (strncasecmp(text.ptr, "%2b", ESCAPE_SIZE) == 0 ||
                                       strncasecmp(text.ptr, "%2f", ESCAPE_SIZE) == 0);
}

static struct piece piece_at(hg_str text)
{
    struct piece piece = {.hex = true};
    for (; piece.size < text.len; piece.size++) {
        char byte = text.ptr[piece.size];
        if (is_escape((hg_str){text.ptr + piece.size, text.len - piece.size})) {
            piece.hex = false;
            piece.size += ESCAPE_SIZE - 1;
            continue;
        }
        bool digit = byte >= '0' && byte <= '9';
        bool lower = byte >= 'a' && byte <= 'z';
        bool upper = byte >= 'A' && byte <= 'Z';
        if (!digit && !lower && !upper && (byte == '\0' || strchr("+/-_", byte) == NULL)) {
            break;
        }
        piece.hex = piece.hex && (digit || (lower && byte <= 'f') || (upper && byte <= 'F'));
        piece.digit = piece.digit || digit;
        piece.lower = piece.lower || lower;
        piece.upper = piece.upper || upper;
    }
    return piece;
}

static bool may_sign(const struct piece *piece, bool signature)
{
    bool mixed = piece->digit && piece->lower && piece->upper;
    return signature
               ? piece->size >= SIGNATURE_MIN
               : (piece->hex && piece->size >= HEX_MIN) || (mixed && piece->size >= BASE64_MIN);
}

static bool hide_pieces(hg_str text, bool signature, struct buf *out)
{
    bool done = true;
    while (done && text.len > 0) {
        struct piece piece = piece_at(text);
        size_t size = piece.size > 0 ? piece.size : 1;
        done = may_sign(&piece, signature) ? buf_addf(out, "[%zu characters]", size)
                                           : buf_add(out, text.ptr, size);
        text.ptr += size;
        text.len -= size;
    }
    return done;
}

static bool add(const struct veil *veil, hg_str text, bool signature, struct buf *out)
{
    if (veil->count == 0) {
        return buf_add_str(out, text);
    }
    struct buf bare_text;
    buf_init(&bare_text, text.len * sizeof VEIL_SECRET);
    bool done =
        hide_forms(veil, text, &bare_text) && hide_pieces(buf_str(&bare_text), signature, out);
    buf_free(&bare_text);
    return done;
}

bool veil_add(const struct veil *veil, hg_str text, struct buf *out)
{
    return add(veil, text, false, out);
}

bool veil_add_signature(const struct veil *veil, hg_str text, struct buf *out)
{
    return add(veil, text, true, out);
}
