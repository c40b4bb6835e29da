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
