/* SPDX-License-Identifier: MIT
 *
 * The checks of head.h, as a table: each one is a predicate that holds for a sound head.
 *
 * Order matters only in that the count of headers is checked before any look at them, and the
 * layout before anything is believed of their text.
 */
#include "receiver/head.h"

#include <strings.h>

#include "base/http_field.h"

#define HOST_MAX 320 /* bytes: the longest DNS name (255), a port, and room for odd literals */

static bool alnum_byte(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

static bool text_is(hg_str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.ptr, word, text.len) == 0;
}

static const struct {
    hg_str name;
    enum head_role role;
} roles[] = {{{"Host", 4}, HEAD_HOST},
             {{"Expect", 6}, HEAD_EXPECT},
             {{"Content-Length", 14}, HEAD_LENGTH},
             {{"Transfer-Encoding", 17}, HEAD_CODING}};

/* Nearly all names are told apart by their length. */
static enum head_role role_of(hg_str name)
{
    for (size_t i = 0; i < HEAD_ROLES; i++) {
        if (roles[i].name.len == name.len &&
            strncasecmp(roles[i].name.ptr, name.ptr, name.len) == 0) {
            return roles[i].role;
        }
    }
    return HEAD_ROLES;
}

/* RFC 9112 section 3.2.2: a server must accept the absolute form, and use the authority in it
 * instead of Host. Here neither decides anything. */
static void split_target(struct head *head)
{
    static const hg_str schemes[] = {{"http://", 7}, {"https://", 8}};
    hg_str rest = head->target;
    head->origin = rest;
    head->authority = (hg_str){NULL, 0};
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = schemes[i].len;
        if (rest.len <= len || strncasecmp(rest.ptr, schemes[i].ptr, len) != 0) {
            continue;
        }
        size_t end = len;
        while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?') {
            end++;
        }
        head->authority = (hg_str){rest.ptr + len, end - len};
        head->origin = end < rest.len ? (hg_str){rest.ptr + end, rest.len - end} : hg_text("/");
        return;
    }
}

void head_read(struct head *head)
{
    split_target(head);
    size_t shown = head->header_count < HEAD_HEADERS_MAX ? head->header_count : HEAD_HEADERS_MAX;
    for (size_t role = 0; role < HEAD_ROLES; role++) {
        head->first[role] = NULL;
        head->count[role] = 0;
    }
    for (size_t i = 0; i < shown; i++) {
        enum head_role role = role_of(head->headers[i].name);
        if (role < HEAD_ROLES && head->count[role]++ == 0) {
            head->first[role] = &head->headers[i].value;
        }
    }
}

uint64_t head_length(const struct head *head)
{
    const hg_str *text = head->first[HEAD_LENGTH];
    if (text == NULL) {
        return HEAD_NO_LENGTH;
    }
    uint64_t length = 0;
    for (size_t i = 0; i < text->len; i++) {
        uint64_t digit = (uint64_t) (unsigned char) (text->ptr[i] - '0');
        if (digit > 9 || length > (UINT64_MAX - 1 - digit) / 10) {
            return UINT64_MAX - 1;
        }
        length = length * 10 + digit;
    }
    return length;
}

hg_str head_path(hg_str target)
{
    const char *mark = target.len > 0 ? memchr(target.ptr, '?', target.len) : NULL;
    if (mark != NULL) {
        target.len = (size_t) (mark - target.ptr);
    }
    return target;
}

/* ---- The checks ------------------------------------------------------------------------------ */

static bool few_headers(const struct head *head)
{
    return head->header_count <= HEAD_HEADERS_MAX;
}

static bool small_head(const struct head *head)
{
    return head->size <= HEAD_MAX;
}

/* After the name stands a NUL where the colon was, then blanks alone up to the value. */
static bool value_follows(const hg_header *header, size_t limit)
{
    const char *from = header->name.ptr + header->name.len + 1;
    const char *to = header->value.ptr;
    if (to < from || (size_t) (to - from) > limit) {
        return false;
    }
    for (const char *at = from; at < to; at++) {
        if (*at != ' ' && *at != '\t') {
            return false;
        }
    }
    return true;
}

/* libmicrohttpd 0.9.75 cuts the head up in place. When what it presents does not fill the bytes it
 * has read, without a gap, something was hidden: a NUL, a bare line feed, a fold, a line without a
 * name. */
static bool layout_sound(const struct head *head)
{
    if (head->target_at == NULL) {
        return true;
    }
    const char *version_at = head->target_at + head->target.len + 1;
    if (head->target_at != head->method.ptr + head->method.len + 1 ||
        head->version.ptr != version_at) {
        return false;
    }
    const char *next = version_at + head->version.len + 2;
    for (size_t i = 0; i < head->header_count; i++) {
        const hg_header *header = &head->headers[i];
        if (header->name.ptr != next || !value_follows(header, head->size)) {
            return false;
        }
        next = header->value.ptr + header->value.len + 2;
    }
    return next + 2 == head->method.ptr + head->size;
}

static bool method_token(const struct head *head)
{
    return http_is_token(head->method);
}

/* Not empty, and nothing that ends a host in a URL or begins another one. */
static bool is_host(hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!alnum_byte(text.ptr[i]) && memchr("-._~:[]", text.ptr[i], 7) == NULL) {
            return false;
        }
    }
    return text.len > 0 && text.len <= HOST_MAX;
}

/* A path and a query of visible ASCII. A percent sign in the path could spell another path. */
static bool target_plain(const struct head *head)
{
    hg_str path = head_path(head->origin);
    return http_is_target(head->target) && path.len > 0 && path.ptr[0] == '/' &&
           memchr(path.ptr, '%', path.len) == NULL &&
           (head->authority.ptr == NULL || is_host(head->authority));
}

static bool version_known(const struct head *head)
{
    hg_str version = head->version;
    return version.len == 8 && strncmp(version.ptr, "HTTP/1.", 7) == 0 && version.ptr[7] >= '0' &&
           version.ptr[7] <= '9';
}

static bool names_tokens(const struct head *head)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (!http_is_token(head->headers[i].name)) {
            return false;
        }
    }
    return true;
}

static bool values_clean(const struct head *head)
{
    for (size_t i = 0; i < head->header_count; i++) {
        if (!http_is_value(head->headers[i].value)) {
            return false;
        }
    }
    return true;
}

static bool one_host(const struct head *head)
{
    return head->count[HEAD_HOST] == 1;
}

static bool host_plain(const struct head *head)
{
    const hg_str *host = head->first[HEAD_HOST];
    return host != NULL && is_host(*host);
}

static bool one_length(const struct head *head)
{
    return head->count[HEAD_LENGTH] <= 1;
}

static bool length_digits(const struct head *head)
{
    const hg_str *text = head->first[HEAD_LENGTH];
    for (size_t i = 0; text != NULL && i < text->len; i++) {
        if (text->ptr[i] < '0' || text->ptr[i] > '9') {
            return false;
        }
    }
    return text == NULL || text->len > 0;
}

static bool one_coding(const struct head *head)
{
    return head->count[HEAD_CODING] <= 1;
}

static bool coding_chunked(const struct head *head)
{
    const hg_str *coding = head->first[HEAD_CODING];
    return coding == NULL || text_is(*coding, "chunked");
}

static bool coding_alone(const struct head *head)
{
    return head->first[HEAD_CODING] == NULL || head->first[HEAD_LENGTH] == NULL;
}

static bool coding_in_time(const struct head *head)
{
    return head->first[HEAD_CODING] == NULL || head->version.ptr[7] != '0';
}

static const struct {
    struct head_fault fault;
    bool (*holds)(const struct head *head);
} checks[] = {
    {{"too_many_headers", 431}, few_headers},   {{"head_too_large", 431}, small_head},
    {{"hidden_bytes", 400}, layout_sound},      {{"bad_method", 400}, method_token},
    {{"bad_target", 400}, target_plain},        {{"bad_version", 400}, version_known},
    {{"bad_header_name", 400}, names_tokens},   {{"bad_header_value", 400}, values_clean},
    {{"host_not_single", 400}, one_host},       {{"bad_host", 400}, host_plain},
    {{"repeated_length", 400}, one_length},     {{"bad_length", 400}, length_digits},
    {{"repeated_coding", 400}, one_coding},     {{"unknown_coding", 400}, coding_chunked},
    {{"length_and_coding", 400}, coding_alone}, {{"coding_in_http_1_0", 400}, coding_in_time},
};

const struct head_fault *head_check(const struct head *head)
{
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (!checks[i].holds(head)) {
            return &checks[i].fault;
        }
    }
    return NULL;
}

const struct head_fault *head_fault_at(size_t index)
{
    return index < sizeof(checks) / sizeof(checks[0]) ? &checks[index].fault : NULL;
}
