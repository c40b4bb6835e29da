/* SPDX-License-Identifier: MIT
 *
 * See url.h. The external URL that turns signing on ends in "?sk=SECRET"; nobody knows whether the
 * platform takes it off before it sends, so an incoming one must not reach a store or a log.
 */
#include "receiver/url.h"

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    digit = (char) (digit | 0x20);
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/* The byte at *at, percent-decoded when it is an escape; moves *at past it. */
static char next_byte(hg_str text, size_t *at)
{
    size_t i = *at;
    int high = text.ptr[i] == '%' && text.len - i > 2 ? hex_value(text.ptr[i + 1]) : -1;
    int low = high >= 0 ? hex_value(text.ptr[i + 2]) : -1;
    *at += low >= 0 ? 3 : 1;
    return low >= 0 ? (char) (high * 16 + low) : text.ptr[i];
}

/* The place after "sk=" when the text at `at` begins with it, else 0. */
static size_t secret_at(hg_str text, size_t at)
{
    static const char name[] = {'s', 'k'};
    for (size_t i = 0; i < sizeof(name); i++) {
        if (at >= text.len || (next_byte(text, &at) | 0x20) != name[i]) {
            return 0;
        }
    }
    return at < text.len && next_byte(text, &at) == '=' ? at : 0;
}

/* A parameter begins after one of these. The path counts too: "/api/webhook&sk=..." is a common
 * slip. */
static bool begins_parameter(char byte)
{
    return byte == '?' || byte == '&' || byte == ';' || byte == '/';
}

bool url_scrub(hg_str target, struct buf *out)
{
    bool found = false;
    size_t copied = 0;
    if (target.len == 0 || (memchr(target.ptr, '=', target.len) == NULL &&
                            memchr(target.ptr, '%', target.len) == NULL)) {
        return false; /* no value at all, however spelled */
    }
    for (size_t i = 0; i < target.len;) {
        size_t value = begins_parameter(next_byte(target, &i)) ? secret_at(target, i) : 0;
        if (value == 0) {
            continue;
        }
        /* a secret may hold any byte but '&', which always ends a parameter */
        const char *end = memchr(target.ptr + value, '&', target.len - value);
        found = true;
        (void) buf_add(out, target.ptr + copied, value - copied);
        (void) buf_add_text(out, "***");
        copied = end != NULL ? (size_t) (end - target.ptr) : target.len;
        i = copied;
    }
    if (found) {
        (void) buf_add(out, target.ptr + copied, target.len - copied);
    }
    return found;
}

/* ---- Parameters ------------------------------------------------------------------------------ */

/* Copies a name or a value, decoded; the length, 0 when it does not fit. */
static size_t copy_decoded(hg_str text, char *out, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len;) {
        bool plus = text.ptr[i] == '+';
        char byte = next_byte(text, &i);
        if (len == size) {
            return 0;
        }
        out[len++] = plus ? ' ' : byte;
    }
    return len;
}

static bool decodes_to(hg_str text, const char *name)
{
    size_t at = 0;
    for (; at < text.len && *name != '\0'; name++) {
        bool plus = text.ptr[at] == '+';
        char byte = next_byte(text, &at);
        if ((plus ? ' ' : byte) != *name) {
            return false;
        }
    }
    return at == text.len && *name == '\0';
}

/* Cuts the text before a mark off *rest; without the mark, all of it. */
static hg_str cut(hg_str *rest, char mark)
{
    const char *at = rest->len > 0 ? memchr(rest->ptr, mark, rest->len) : NULL;
    hg_str part = {rest->ptr, at != NULL ? (size_t) (at - rest->ptr) : rest->len};
    size_t used = at != NULL ? part.len + 1 : part.len;
    rest->ptr += used;
    rest->len -= used;
    return part;
}

size_t url_parameter(hg_str target, const char *name, char *out, size_t size, size_t *len)
{
    size_t count = 0;
    *len = 0;
    (void) cut(&target, '?');
    while (target.len > 0) {
        hg_str value = cut(&target, '&');
        if (decodes_to(cut(&value, '='), name)) {
            count++;
            *len = copy_decoded(value, out, size);
        }
    }
    return count;
}
