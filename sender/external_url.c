/* SPDX-License-Identifier: MIT
 *
 * Taking an External URL apart. The grammar is narrower than RFC 3986 on purpose: where two parsers
 * might read a URL differently (user info, escapes or backslashes in the host), it is refused.
 */
#include "sender/external_url.h"

#include <string.h>
#include <strings.h>

#define PORT_MAX 65535

/* The parts of a URL, slices of its text. */
struct parts {
    bool is_https;
    hg_str host;     /* with its brackets */
    hg_str front;    /* everything before '?' */
    hg_str path;     /* what of it is behind the host, its '/' included */
    hg_str query;    /* without '?'; ptr is NULL when there is none */
    hg_str fragment; /* likewise, without '#' */
};

static bool refuse(struct fail *fail, const char *why)
{
    return fail_set(fail, EXIT_USAGE, "%s", why);
}

static bool is_alnum(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static int hex_value(char byte)
{
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    if (byte >= 'a' && byte <= 'f') {
        return byte - 'a' + 10;
    }
    return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* The byte at *at, decoded if it is an escape; *at moves past it. -1: a bad escape. */
static int decoded_byte(hg_str text, size_t *at)
{
    char byte = text.ptr[(*at)++];
    if (byte != '%') {
        return (unsigned char) byte;
    }
    if (text.len - *at < 2) {
        return -1;
    }
    int high = hex_value(text.ptr[*at]);
    int low = hex_value(text.ptr[*at + 1]);
    *at += 2;
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool is_sk(hg_str name)
{
    static const char sk[] = {'s', 'k'};
    size_t at = 0;
    for (size_t i = 0; i < sizeof sk; i++) {
        if (at >= name.len || decoded_byte(name, &at) != sk[i]) {
            return false;
        }
    }
    return at == name.len;
}

/* ---- Scheme, host and port ------------------------------------------------------------------- */

static bool check_bytes(hg_str text, struct fail *fail)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char) text.ptr[i];
        if (byte <= 0x20 || byte >= 0x7f) {
            return refuse(fail, "the URL holds a blank, a control byte or a byte beyond ASCII: "
                                "write it percent-encoded");
        }
    }
    return true;
}

static bool take_scheme(hg_str *text, bool *is_https)
{
    static const struct {
        const char *start;
        bool is_https;
    } schemes[] = {{"http://", false}, {"https://", true}};
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        size_t length = strlen(schemes[i].start);
        if (text->len >= length && strncasecmp(text->ptr, schemes[i].start, length) == 0) {
            text->ptr += length;
            text->len -= length;
            *is_https = schemes[i].is_https;
            return true;
        }
    }
    return false;
}

/* The length of the host at the start of an authority; 0 when it is not one. */
static size_t host_length(hg_str authority)
{
    bool bracket = authority.len > 0 && authority.ptr[0] == '[';
    size_t i = bracket ? 1 : 0;
    while (i < authority.len) {
        char byte = authority.ptr[i];
        bool fits = bracket ? hex_value(byte) >= 0 || byte == ':' || byte == '.'
                            : is_alnum(byte) || byte == '-' || byte == '.' || byte == '_';
        if (!fits) {
            break;
        }
        i++;
    }
    if (!bracket) {
        return i;
    }
    return i > 1 && i < authority.len && authority.ptr[i] == ']' ? i + 1 : 0;
}

/* ":8080", or nothing. */
static bool is_port(hg_str text)
{
    long port = 0;
    if (text.len == 0) {
        return true;
    }
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || port > PORT_MAX) {
            return false;
        }
        port = port * 10 + (text.ptr[i] - '0');
    }
    return text.ptr[0] == ':' && port > 0 && port <= PORT_MAX;
}

static bool check_authority(hg_str authority, hg_str *host, struct fail *fail)
{
    if (authority.len > 0 && memchr(authority.ptr, '@', authority.len) != NULL) {
        return refuse(fail, "the URL holds a user name or password, which would be logged: "
                            "leave it out");
    }
    host->ptr = authority.ptr;
    host->len = host_length(authority);
    if (host->len == 0) {
        return refuse(fail, "the URL has no host");
    }
    if (!is_port((hg_str){authority.ptr + host->len, authority.len - host->len})) {
        return refuse(fail, "the URL's host or port has a character that does not belong there");
    }
    return true;
}

/* "127." and three more numbers; 127.1 and other short forms are left out: they only miss a
 * convenience. */
static bool is_loopback(hg_str host)
{
    static const char net[] = "127.";
    if (host.len == 9 && strncasecmp(host.ptr, "localhost", 9) == 0) {
        return true;
    }
    if (host.len == 5 && strncmp(host.ptr, "[::1]", 5) == 0) {
        return true;
    }
    int dots = 0;
    for (size_t i = 0; i < host.len; i++) {
        if (host.ptr[i] != '.' && (host.ptr[i] < '0' || host.ptr[i] > '9')) {
            return false;
        }
        dots += host.ptr[i] == '.' ? 1 : 0;
    }
    return host.len > sizeof net && strncmp(host.ptr, net, sizeof net - 1) == 0 && dots == 3;
}

/* ---- The parts ------------------------------------------------------------------------------- */

/* What follows the first `mark` of *text, which is cut there; ptr is NULL when there is none. */
static hg_str cut_at(hg_str *text, char mark)
{
    const char *at = text->len > 0 ? memchr(text->ptr, mark, text->len) : NULL;
    if (at == NULL) {
        return (hg_str){NULL, 0};
    }
    hg_str rest = {at + 1, text->len - (size_t) (at + 1 - text->ptr)};
    text->len = (size_t) (at - text->ptr);
    return rest;
}

static bool parse(hg_str text, struct parts *parts, struct fail *fail)
{
    *parts = (struct parts){.front = text};
    if (!check_bytes(text, fail)) {
        return false;
    }
    parts->fragment = cut_at(&parts->front, '#');
    parts->query = cut_at(&parts->front, '?');
    hg_str authority = parts->front;
    if (!take_scheme(&authority, &parts->is_https)) {
        return refuse(fail, "the URL must start with http:// or https://");
    }
    (void) cut_at(&authority, '/');
    parts->path =
        (hg_str){authority.ptr + authority.len,
                 parts->front.len - (size_t) (authority.ptr - parts->front.ptr) - authority.len};
    return check_authority(authority, &parts->host, fail);
}

/* ---- The query ------------------------------------------------------------------------------- */

/* The next parameter of *query, which moves past it; false when there is none. */
static bool next_parameter(hg_str *query, hg_str *parameter)
{
    if (query->ptr == NULL) {
        return false;
    }
    *parameter = *query;
    *query = cut_at(parameter, '&');
    return true;
}

static bool decode_secret(hg_str value, struct buf *secret, struct fail *fail)
{
    size_t at = 0;
    if (value.len == 0) {
        return refuse(fail, "the parameter sk is empty");
    }
    while (at < value.len) {
        int byte = decoded_byte(value, &at);
        if (byte < 0) {
            return refuse(fail, "the parameter sk has a bad percent escape");
        }
        if (byte == 0) {
            return refuse(fail, "the parameter sk holds %00");
        }
        char one = (char) byte;
        if (!buf_add(secret, &one, 1)) {
            return fail_set(fail, EXIT_USAGE, "the parameter sk is larger than %d bytes",
                            HG_SECRET_MAX);
        }
    }
    return true;
}

/* Copies the query's parameters to out->sent, but for sk, which is decoded. */
static bool split_query(hg_str query, bool keep_sk, struct external_url *out, struct fail *fail)
{
    hg_str parameter;
    bool first = true;
    while (next_parameter(&query, &parameter)) {
        hg_str name = parameter;
        hg_str value = cut_at(&name, '=');
        bool sk = is_sk(name);
        if (sk && out->is_signed) {
            return refuse(fail, "the parameter sk is given twice");
        }
        if (sk) {
            if (!decode_secret(value, &out->secret, fail)) {
                return false;
            }
            out->is_signed = true;
            out->sk_at = (size_t) (value.ptr - out->whole.ptr);
            out->sk_len = value.len;
        }
        if (!sk || keep_sk) {
            (void) buf_add_text(&out->sent, first ? "?" : "&");
            (void) buf_add_str(&out->sent, parameter);
            first = false;
        }
    }
    return true;
}

/* "?x=1?sk=…", ";sk=…", "#sk=…", "/hook&sk=…": somebody meant it to be signed. */
static bool has_stray_sk(hg_str text)
{
    for (size_t i = 0; i + 3 <= text.len; i++) {
        bool starts = i == 0 || strchr("?;&#", text.ptr[i - 1]) != NULL;
        if (starts && strncmp(text.ptr + i, "sk=", 3) == 0) {
            return true;
        }
    }
    return false;
}

/* "SK=…", "?Sk=…": names of parameters have a case, and the vendor's is lower. */
static bool has_capital_sk(hg_str query)
{
    for (size_t i = 0; i + 3 <= query.len; i++) {
        bool starts = i == 0 || query.ptr[i - 1] == '&';
        if (starts && strncasecmp(query.ptr + i, "sk=", 3) == 0 &&
            strncmp(query.ptr + i, "sk=", 3) != 0) {
            return true;
        }
    }
    return false;
}

static bool check_stray(const struct parts *parts, struct fail *fail)
{
    if (has_capital_sk(parts->query)) {
        return refuse(fail, "the parameter with the secret is sk, in lower case");
    }
    if (has_stray_sk(parts->query)) {
        return refuse(fail, "sk= is in the query but is no parameter of it: parameters are joined "
                            "by '&' (write ? and ; as %3F and %3B where they belong to a value)");
    }
    if (has_stray_sk(parts->path)) {
        return refuse(fail, "sk= is in the path, where it would be sent as it is and sign nothing: "
                            "the first parameter stands behind a '?'");
    }
    if (has_stray_sk(parts->fragment)) {
        return refuse(fail, "sk= is behind a '#', in the fragment, which is never sent");
    }
    return true;
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* Takes all memory at once: growing would leave parts of the secret behind in freed blocks. */
static bool take_memory(hg_str text, struct external_url *out)
{
    size_t secret_max = text.len < HG_SECRET_MAX ? text.len : HG_SECRET_MAX;
    buf_init(&out->whole, EXTERNAL_URL_MAX);
    buf_init(&out->sent, EXTERNAL_URL_MAX);
    buf_init(&out->secret, HG_SECRET_MAX);
    return buf_add_str(&out->whole, text) && buf_reserve(&out->sent, text.len) != NULL &&
           buf_reserve(&out->secret, secret_max) != NULL;
}

/* An empty query is as good as none. */
static void drop_bare_mark(hg_str front, struct buf *sent)
{
    if (sent->len == front.len + 1) {
        sent->len--;
        sent->ptr[sent->len] = '\0';
    }
}

static bool fill(bool keep_sk, struct external_url *out, struct fail *fail)
{
    struct parts parts;
    if (!parse(buf_str(&out->whole), &parts, fail)) {
        return false;
    }
    (void) buf_add_str(&out->sent, parts.front);
    if (!split_query(parts.query, keep_sk, out, fail) ||
        (!out->is_signed && !check_stray(&parts, fail))) {
        return false;
    }
    drop_bare_mark(parts.front, &out->sent);
    out->is_https = parts.is_https;
    out->is_loopback = is_loopback(parts.host);
    out->has_fragment = parts.fragment.ptr != NULL;
    if (out->has_fragment) {
        out->whole.len = (size_t) (parts.fragment.ptr - 1 - out->whole.ptr);
        out->whole.ptr[out->whole.len] = '\0';
    }
    return true;
}

bool external_url_split(hg_str text, bool keep_sk, struct external_url *out, struct fail *fail)
{
    struct external_url url = {0};
    if (text.len > EXTERNAL_URL_MAX) {
        return fail_set(fail, EXIT_USAGE, "the URL is larger than %d bytes", EXTERNAL_URL_MAX);
    }
    bool done = take_memory(text, &url) || fail_set(fail, EXIT_UNKNOWN, "out of memory");
    if (!done || !fill(keep_sk, &url, fail)) {
        external_url_free(&url);
        return false;
    }
    *out = url;
    return true;
}

bool external_url_masked(const struct external_url *url, const char *mask, struct buf *out)
{
    hg_str whole = buf_str(&url->whole);
    if (!url->is_signed) {
        return buf_add_str(out, whole);
    }
    size_t end = url->sk_at + url->sk_len;
    return buf_add(out, whole.ptr, url->sk_at) && buf_add_text(out, mask) &&
           buf_add(out, whole.ptr + end, whole.len - end);
}

void external_url_free(struct external_url *url)
{
    buf_wipe(&url->whole);
    buf_wipe(&url->sent);
    buf_wipe(&url->secret);
}
