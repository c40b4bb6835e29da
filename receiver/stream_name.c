/* SPDX-License-Identifier: MIT
 *
 * See stream_name.h.
 */
#include "receiver/stream_name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
#define DEFAULT_PORT 4222L /* what NATS servers listen on */
#define PORT_MAX 65535L

/* ---- The STORE argument ---------------------------------------------------------------------- */

static const char *after_scheme(const char *spec, bool *tls)
{
    *tls = strncmp(spec, "tls://", 6) == 0;
    if (*tls) {
        return spec + 6;
    }
    return strncmp(spec, "nats://", 7) == 0 ? spec + 7 : NULL;
}

bool stream_is_spec(const char *spec)
{
    bool tls;
    return after_scheme(spec, &tls) != NULL;
}

/* A host, or an IPv6 address in brackets; returns its length, 0 when it is neither. */
static size_t host_length(const char *at, size_t len)
{
    char host[STREAM_URL_MAX];
    if (len >= sizeof(host)) {
        return 0;
    }
    memcpy(host, at, len);
    host[len] = '\0';
    if (host[0] != '[') {
        return strspn(host, ALNUM ".-_");
    }
    size_t inner = strspn(host + 1, "0123456789abcdefABCDEF:.");
    return inner > 0 && host[1 + inner] == ']' ? inner + 2 : 0;
}

/* ":4222", or nothing. */
static bool read_port(const char *at, size_t len, long *port)
{
    char *end;
    char digits[6] = "";
    *port = DEFAULT_PORT;
    if (len == 0) {
        return true;
    }
    if (at[0] != ':' || len < 2 || len > sizeof(digits)) {
        return false;
    }
    memcpy(digits, at + 1, len - 1);
    *port = strtol(digits, &end, 10);
    return *end == '\0' && digits[0] >= '0' && digits[0] <= '9' && *port > 0 && *port <= PORT_MAX;
}

static bool add_server(struct stream_address *out, const char *at, size_t len)
{
    long port;
    size_t host = host_length(at, len);
    if (out->server_count == STREAM_SERVERS_MAX || host == 0 ||
        !read_port(at + host, len - host, &port)) {
        return false;
    }
    int written = snprintf(out->servers[out->server_count++], STREAM_URL_MAX, "%s://%.*s:%ld",
                           out->tls ? "tls" : "nats", (int) host, at, port);
    return written > 0 && (size_t) written < STREAM_URL_MAX;
}

static bool read_servers(struct stream_address *out, const char *at, size_t len, struct fail *fail)
{
    const char *end = at + len;
    while (true) {
        const char *comma = memchr(at, ',', (size_t) (end - at));
        const char *stop = comma != NULL ? comma : end;
        if (out->server_count == STREAM_SERVERS_MAX) {
            return fail_set(fail, EXIT_USAGE,
                            "names more than %zu servers: some are enough, the "
                            "others are learned from them",
                            STREAM_SERVERS_MAX);
        }
        if (!add_server(out, at, (size_t) (stop - at))) {
            return fail_set(fail, EXIT_USAGE, "server %zu is not HOST or HOST:PORT",
                            out->server_count + 1);
        }
        if (comma == NULL) {
            return true;
        }
        at = comma + 1;
    }
}

bool stream_address_parse(const char *spec, struct stream_address *out, struct fail *fail)
{
    struct stream_address made = {.server_count = 0};
    const char *at = after_scheme(spec, &made.tls);
    if (at == NULL) {
        return fail_set(fail, EXIT_USAGE, "is not nats://HOST[:PORT],.../STREAM");
    }
    if (strchr(at, '@') != NULL) { /* the text is on view in ps and in logs */
        return fail_set(fail, EXIT_USAGE,
                        "holds a user: credentials belong in the member nats of "
                        "CONFIG.json");
    }
    const char *slash = strchr(at, '/');
    const char *name = slash != NULL ? slash + 1 : "";
    size_t len = strlen(name);
    if (len == 0 || len > STREAM_NAME_MAX || strspn(name, ALNUM "-_") != len) {
        return fail_set(fail, EXIT_USAGE,
                        "must end with /STREAM: 1 to %zu letters, digits, '-' "
                        "and '_'",
                        STREAM_NAME_MAX);
    }
    if (!read_servers(&made, at, (size_t) (slash - at), fail)) {
        return false;
    }
    memcpy(made.name, name, len + 1);
    *out = made;
    return true;
}

/* ---- Subjects and ids ------------------------------------------------------------------------ */

static bool add_escaped(struct buf *out, unsigned char byte)
{
    return buf_addf(out, "%%%02X", byte);
}

bool stream_add_token(struct buf *out, hg_str text)
{
    static const char plain[] = ALNUM "-_";
    if (text.len == 0) {
        return buf_add_text(out, "%");
    }
    for (size_t i = 0; i < text.len; i++) {
        bool kept = text.ptr[i] != '\0' && strchr(plain, text.ptr[i]) != NULL;
        if (!(kept ? buf_add(out, text.ptr + i, 1)
                   : add_escaped(out, (unsigned char) text.ptr[i]))) {
            return false;
        }
    }
    return true;
}

bool stream_add_durable(struct buf *out, hg_str endpoint)
{
    size_t from = out->len;
    bool done = stream_add_token(out, endpoint);
    for (size_t i = from; i < out->len; i++) {
        if (out->ptr[i] == '%') {
            out->ptr[i] = '=';
        }
    }
    return done;
}

bool stream_add_subject(struct buf *out, const char *stream, hg_str endpoint, const hg_str *event)
{
    return buf_add_text(out, stream) && buf_add_text(out, ".") && stream_add_token(out, endpoint) &&
           buf_add_text(out, ".") &&
           (event != NULL ? stream_add_token(out, *event) : buf_add_text(out, "*"));
}

/* RFC 4648, section 5, without padding. */
static bool add_base64url(struct buf *out, const unsigned char *bytes, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        unsigned group = (unsigned) bytes[i] << 16 | (left > 1 ? (unsigned) bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (unsigned) bytes[i + 2] : 0);
        const char text[] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63],
                             digits[group & 63]};
        if (!buf_add(out, text, left > 2 ? 4 : left + 1)) {
            return false;
        }
    }
    return true;
}

bool stream_add_id(struct buf *out, const struct delivery *delivery)
{
    return buf_add_str(out, delivery->endpoint) && buf_add_text(out, ":") &&
           add_base64url(out, delivery->key, delivery->key_len);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static bool plain_in_value(hg_str text, size_t i)
{
    char byte = text.ptr[i];
    bool end = i == 0 || i + 1 == text.len;
    return (byte > 0x20 && byte < 0x7f && byte != '%') || (byte == ' ' && !end);
}

bool stream_add_value(struct buf *out, hg_str text)
{
    size_t from = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (plain_in_value(text, i)) {
            continue;
        }
        if (!buf_add(out, text.ptr + from, i - from) ||
            !add_escaped(out, (unsigned char) text.ptr[i])) {
            return false;
        }
        from = i + 1;
    }
    return buf_add(out, text.ptr + from, text.len - from);
}

static int hex_digit(char digit)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = digit != '\0' ? strchr(digits, digit) : NULL;
    return at != NULL ? (int) (at - digits) : -1;
}

bool stream_decode(struct buf *out, hg_str text)
{
    if (text.len == 1 && text.ptr[0] == '%') {
        return true;
    }
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        if (byte == '%') {
            int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
            int low = high >= 0 ? hex_digit(text.ptr[i + 2]) : -1;
            if (low < 0) {
                return false;
            }
            byte = (char) (high << 4 | low);
            i += 2;
        }
        if (!buf_add(out, &byte, 1)) {
            return false;
        }
    }
    return true;
}
