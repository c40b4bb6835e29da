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

static bool named(const hg_header *header, hg_str name)
{
    hg_str text = header->name;
    return text.len == name.len && ((text.ptr[0] ^ name.ptr[0]) & 0x5f) == 0 &&
           strncasecmp(text.ptr, name.ptr, name.len) == 0;
}

static size_t headers_shown(const struct head *head)
{
    return head->header_count < HEAD_HEADERS_MAX ? head->header_count : HEAD_HEADERS_MAX;
}

const hg_str *head_find(const struct head *head, const char *name)
{
    hg_str wanted = hg_text(name);
    for (size_t i = 0; i < headers_shown(head); i++) {
        if (named(&head->headers[i], wanted)) {
            return &head->headers[i].value;
        }
    }
    return NULL;
}

uint64_t head_length(const struct head *head)
{
    const hg_str *text = head_find(head, "Content-Length");
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

/* ---- The headers that several checks ask for ------------------------------------------------- */

enum { HOST, LENGTH, CODING, ROLES };

/* A head, and what one walk over its headers has gathered. */
struct view {
    const struct head *head;
    size_t count[ROLES];
    const hg_str *first[ROLES]; /* value of the first; NULL: none */
};

static struct view view_of(const struct head *head)
{
    const hg_str names[ROLES] = {[HOST] = hg_text("Host"),
                                 [LENGTH] = hg_text("Content-Length"),
                                 [CODING] = hg_text("Transfer-Encoding")};
    struct view view = {.head = head};
    for (size_t i = 0; i < headers_shown(head); i++) {
        for (size_t role = 0; role < ROLES; role++) {
            if (named(&head->headers[i], names[role]) && view.count[role]++ == 0) {
                view.first[role] = &head->headers[i].value;
            }
        }
    }
    return view;
}

/* ---- The checks ------------------------------------------------------------------------------ */

static bool few_headers(const struct view *view)
{
    return view->head->header_count <= HEAD_HEADERS_MAX;
}

static bool small_head(const struct view *view)
{
    return view->head->size <= HEAD_MAX;
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
static bool layout_sound(const struct view *view)
{
    const struct head *head = view->head;
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

static bool method_token(const struct view *view)
{
    return http_is_token(view->head->method);
}

/* An origin-form target of visible ASCII. A percent sign in the path could spell another path. */
static bool target_plain(const struct view *view)
{
    hg_str target = view->head->target;
    hg_str path = head_path(target);
    for (size_t i = 0; i < target.len; i++) {
        if (target.ptr[i] <= 0x20 || target.ptr[i] > 0x7e || target.ptr[i] == '#') {
            return false;
        }
    }
    return path.len > 0 && path.ptr[0] == '/' && memchr(path.ptr, '%', path.len) == NULL;
}

static bool version_known(const struct view *view)
{
    hg_str version = view->head->version;
    return version.len == 8 && strncmp(version.ptr, "HTTP/1.", 7) == 0 && version.ptr[7] >= '0' &&
           version.ptr[7] <= '9';
}

static bool names_tokens(const struct view *view)
{
    const struct head *head = view->head;
    for (size_t i = 0; i < head->header_count; i++) {
        if (!http_is_token(head->headers[i].name)) {
            return false;
        }
    }
    return true;
}

static bool values_clean(const struct view *view)
{
    const struct head *head = view->head;
    for (size_t i = 0; i < head->header_count; i++) {
        if (!http_is_value(head->headers[i].value)) {
            return false;
        }
    }
    return true;
}

static bool one_host(const struct view *view)
{
    return view->count[HOST] == 1;
}

/* Not empty, and nothing that ends a host in a URL or begins another one. */
static bool host_plain(const struct view *view)
{
    const hg_str *host = view->first[HOST];
    if (host == NULL || host->len == 0 || host->len > HOST_MAX) {
        return false;
    }
    for (size_t i = 0; i < host->len; i++) {
        if (!alnum_byte(host->ptr[i]) && memchr("-._~:[]", host->ptr[i], 7) == NULL) {
            return false;
        }
    }
    return true;
}

static bool one_length(const struct view *view)
{
    return view->count[LENGTH] <= 1;
}

static bool length_digits(const struct view *view)
{
    const hg_str *text = view->first[LENGTH];
    for (size_t i = 0; text != NULL && i < text->len; i++) {
        if (text->ptr[i] < '0' || text->ptr[i] > '9') {
            return false;
        }
    }
    return text == NULL || text->len > 0;
}

static bool one_coding(const struct view *view)
{
    return view->count[CODING] <= 1;
}

static bool coding_chunked(const struct view *view)
{
    const hg_str *coding = view->first[CODING];
    return coding == NULL || text_is(*coding, "chunked");
}

static bool coding_alone(const struct view *view)
{
    return view->first[CODING] == NULL || view->first[LENGTH] == NULL;
}

static bool coding_in_time(const struct view *view)
{
    return view->first[CODING] == NULL || view->head->version.ptr[7] != '0';
}

static const struct {
    struct head_fault fault;
    bool (*holds)(const struct view *view);
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
    struct view view = view_of(head);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        if (!checks[i].holds(&view)) {
            return &checks[i].fault;
        }
    }
    return NULL;
}

const struct head_fault *head_fault_at(size_t index)
{
    return index < sizeof(checks) / sizeof(checks[0]) ? &checks[index].fault : NULL;
}
