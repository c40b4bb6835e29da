/* SPDX-License-Identifier: MIT
 *
 * Edits of the MAC itself.
 */
#include "harness/edit_mac.h"

#include <string.h>

#include "harness/edit_part.h"

#define MAC_MAX 64       /* bytes: SHA-512, Ed25519 */
#define MAC_TEXT_MAX 128 /* bytes: the longest in hex */
#define WORD "{sig}"

static size_t mac_size(const char *algorithm)
{
    static const struct {
        const char *name;
        size_t size;
    } rows[] = {{"hmac-sha1", 20},
                {"hmac-sha256", 32},
                {"hmac-sha384", 48},
                {"hmac-sha512", 64},
                {"ed25519", 64}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, algorithm) == 0) {
            return rows[i].size;
        }
    }
    return 0;
}

static bool find_encoding(const char *name, hg_encoding *encoding)
{
    static const char *const names[] = {"hex", "base64", "base64url"};
    for (size_t i = 0; name != NULL && i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i], name) == 0) {
            *encoding = (hg_encoding) (HG_HEX + i);
            return true;
        }
    }
    return false;
}

struct mac_text mac_text(const hg_scheme_spec *row)
{
    static const char zeros[MAC_MAX];
    char text[MAC_TEXT_MAX];
    struct mac_text made = {.size = mac_size(row->algorithm)};
    const char *word = strstr(row->signature.item, WORD);
    if (made.size == 0 || word == NULL || !find_encoding(row->signature.encoding, &made.encoding)) {
        return (struct mac_text){.size = 0};
    }
    made.before = (size_t) (word - row->signature.item);
    made.after = strlen(word + strlen(WORD));
    made.len = hg_encode(made.encoding, zeros, made.size, text, sizeof text);
    return made;
}

bool mac_edit(const hg_scheme_spec *row, struct buf *signature, const struct edit *edit)
{
    struct mac_text form = mac_text(row);
    unsigned char mac[MAC_MAX];
    char text[MAC_TEXT_MAX];
    size_t size = 0;
    hg_encoding encoding = form.encoding;
    if (form.size == 0 || signature->len < form.len + form.after) {
        return false;
    }
    size_t from = signature->len - form.after - form.len;
    if (!hg_decode(form.encoding, (hg_str){signature->ptr + from, form.len}, mac, sizeof mac,
                   &size)) {
        return false;
    }
    if (edit->op == EDIT_FLIP_MAC) {
        if (edit->at < 0 || (size_t) edit->at >= size) {
            return false;
        }
        mac[edit->at] = (unsigned char) (mac[edit->at] ^ (1U << edit->bit));
    } else if (!find_encoding(edit->text.ptr, &encoding)) {
        return false;
    }
    size_t length = hg_encode(encoding, mac, size, text, sizeof text);
    return part_splice(signature, from, form.len, (hg_str){text, length});
}

hg_str mac_empty_secret(const hg_scheme_spec *row)
{
    bool text = strcmp(row->key, "utf8") == 0;
    return text ? (hg_str){"", 1} : strcmp(row->key, "hex") == 0 ? hg_text("00") : hg_text("AA==");
}
