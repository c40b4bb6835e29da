/* SPDX-License-Identifier: MIT
 *
 * Text as JSON writes it.
 */
#include "base/json.h"
#include "base/utf8.h"

static bool is_control(unsigned char byte)
{
    return byte < 0x20 || byte == 0x7f;
}

static bool add_escaped(struct buf *out, unsigned char byte)
{
    switch (byte) {
    case '"': return buf_add_text(out, "\\\"");
    case '\\': return buf_add_text(out, "\\\\");
    case '\b': return buf_add_text(out, "\\b");
    case '\f': return buf_add_text(out, "\\f");
    case '\n': return buf_add_text(out, "\\n");
    case '\r': return buf_add_text(out, "\\r");
    case '\t': return buf_add_text(out, "\\t");
    default: return buf_addf(out, "\\u%04x", byte);
    }
}

/* How many bytes at the start of text can be copied as they are. */
static size_t copyable(const unsigned char *text, size_t left)
{
    size_t i = 0;
    while (i < left && text[i] != '"' && text[i] != '\\' && !is_control(text[i])) {
        size_t size = utf8_size(text + i, left - i);
        if (size == 0) {
            break;
        }
        i += size;
    }
    return i;
}

bool json_add_text(struct buf *out, hg_str text)
{
    const unsigned char *at = (const unsigned char *) text.ptr;
    size_t left = text.len;
    size_t before = out->len;
    bool done = buf_add_text(out, "\"");
    while (done && left > 0) {
        size_t size = copyable(at, left);
        done = buf_add(out, at, size);
        at += size;
        left -= size;
        if (done && left > 0) {
            done = *at < 0x80 ? add_escaped(out, *at) : buf_add_text(out, "\xef\xbf\xbd");
            at++;
            left--;
        }
    }
    if (done && buf_add_text(out, "\"")) {
        return true;
    }
    out->len = before; /* all or nothing, as every addition */
    if (out->ptr != NULL) {
        out->ptr[before] = '\0';
    }
    return false;
}

bool json_plain(hg_str text)
{
    const unsigned char *at = (const unsigned char *) text.ptr;
    size_t left = text.len;
    while (left > 0) {
        size_t size = utf8_size(at, left);
        bool blank = *at == '\t' || *at == '\n' || *at == '\r';
        if (size == 0 || (is_control(*at) && !blank)) {
            return false;
        }
        at += size;
        left -= size;
    }
    return true;
}
