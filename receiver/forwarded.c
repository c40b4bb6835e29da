/* SPDX-License-Identifier: MIT
 *
 * See forwarded.h. Both headers are lists that may be spread over lines; reading goes from the last
 * byte of the last line to the left and stops at the client, so that nothing a client has put in
 * front can change what is found.
 */
#include "receiver/forwarded.h"

#include <string.h>
#include <strings.h>

#include "base/http_field.h"

#define NODE_MAX 64 /* bytes of "[address]:port" without escapes: the longest has 53 */

/* What is left of a list: the lines before `line`, and the rest of it. */
struct list {
    const struct head *head;
    const char *name;
    size_t line;
    hg_str rest;
    bool open; /* an item ends where rest ends */
};

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static hg_str trim(hg_str text)
{
    while (text.len > 0 && is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text.ptr++;
        text.len--;
    }
    return text;
}

/* Makes the next item to the left the one that ends where rest ends. False: there is none. */
static bool next_item(struct list *list)
{
    while (!list->open && list->line > 0) {
        const hg_header *header = &list->head->headers[--list->line];
        if (header->name.len == strlen(list->name) &&
            strncasecmp(header->name.ptr, list->name, header->name.len) == 0) {
            list->rest = header->value;
            list->open = true;
        }
    }
    return list->open;
}

/* ---- Nodes: RFC 7239, section 6 ------------------------------------------------------------- */

static bool is_port(hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len >= 1 && text.len <= 5;
}

/* "address" or "address:port", where IPv6 stands in brackets when there is a port. */
static bool parse_node(hg_str text, bool brackets, struct ip *ip)
{
    hg_str host = text, port = {NULL, 0};
    bool six = text.len > 0 && text.ptr[0] == '[';
    const char *end = six ? memchr(text.ptr, ']', text.len) : memchr(text.ptr, ':', text.len);
    if (!six && !brackets && ip_parse(text, ip)) {
        return true; /* X-Forwarded-For has IPv6 bare as well */
    }
    if (six && end == NULL) {
        return false;
    }
    if (end != NULL) {
        const char *colon = six ? end + 1 : end;
        host = six ? (hg_str){text.ptr + 1, (size_t) (end - text.ptr) - 1}
                   : (hg_str){text.ptr, (size_t) (end - text.ptr)};
        port = (hg_str){colon, (size_t) (text.ptr + text.len - colon)};
    }
    if (port.len > 0 && (port.ptr[0] != ':' || !is_port((hg_str){port.ptr + 1, port.len - 1}))) {
        return false;
    }
    return ip_parse(host, ip) && six == (memchr(host.ptr, ':', host.len) != NULL);
}

/* ---- X-Forwarded-For ------------------------------------------------------------------------- */

static bool take_plain(struct list *list, struct ip *ip)
{
    const char *comma = list->rest.len > 0 ? memrchr(list->rest.ptr, ',', list->rest.len) : NULL;
    hg_str item = list->rest;
    list->open = comma != NULL;
    if (comma != NULL) {
        item.ptr = comma + 1;
        item.len = (size_t) (list->rest.ptr + list->rest.len - item.ptr);
        list->rest.len = (size_t) (comma - list->rest.ptr);
    }
    return parse_node(trim(item), false, ip);
}

/* ---- Forwarded: RFC 7239, section 4 --------------------------------------------------------- */

static char last(hg_str text)
{
    return text.len > 0 ? text.ptr[text.len - 1] : '\0';
}

static void trim_right(hg_str *rest)
{
    while (is_blank(last(*rest))) {
        rest->len--;
    }
}

/* Cuts a token off the right end; empty when there is none. */
static hg_str cut_token(hg_str *rest)
{
    size_t end = rest->len;
    while (rest->len > 0 && http_is_token((hg_str){rest->ptr + rest->len - 1, 1})) {
        rest->len--;
    }
    return (hg_str){rest->ptr + rest->len, end - rest->len};
}

/* Cuts a quoted text off the right end, where its closing quote is the last byte. The opening one
 * is the next to the left that no backslash escapes; the '=' in front of it is checked later. */
static bool cut_quoted(hg_str *rest, hg_str *inner)
{
    size_t at = rest->len - 1;
    while (at > 0) {
        size_t escapes = 0;
        at--;
        if (rest->ptr[at] != '"') {
            continue;
        }
        while (escapes < at && rest->ptr[at - 1 - escapes] == '\\') {
            escapes++;
        }
        if (escapes % 2 == 0) {
            *inner = (hg_str){rest->ptr + at + 1, rest->len - at - 2};
            rest->len = at;
            return true;
        }
    }
    return false;
}

/* A node out of a quoted text, its escapes undone. */
static bool parse_quoted(hg_str inner, struct ip *ip)
{
    char plain[NODE_MAX];
    size_t len = 0;
    for (size_t i = 0; i < inner.len; i++) {
        if (inner.ptr[i] == '\\' && ++i == inner.len) {
            return false;
        }
        if (len == sizeof(plain)) {
            return false;
        }
        plain[len++] = inner.ptr[i];
    }
    return parse_node((hg_str){plain, len}, true, ip);
}

/* Cuts one "name=value" off the right end; *found becomes true and *ip is set when it is a "for"
 * with an address. A second one in an element is malformed, like a name or value that is none. */
static bool cut_pair(hg_str *rest, bool *named, bool *found, struct ip *ip)
{
    hg_str value;
    bool quoted = last(*rest) == '"';
    if (quoted && !cut_quoted(rest, &value)) {
        return false;
    }
    if (!quoted) {
        value = cut_token(rest);
    }
    if ((!quoted && value.len == 0) || last(*rest) != '=') {
        return false;
    }
    rest->len--;
    hg_str name = cut_token(rest);
    if (name.len != 3 || strncasecmp(name.ptr, "for", 3) != 0) {
        return name.len > 0;
    }
    if (*named) {
        return false;
    }
    *named = true;
    *found = quoted ? parse_quoted(value, ip) : parse_node(value, true, ip);
    return true;
}

/* Blanks around ';' are not in the grammar, but in the examples of the same RFC. */
static bool take_element(struct list *list, struct ip *ip)
{
    bool named = false, found = false;
    for (;;) {
        trim_right(&list->rest);
        char end = last(list->rest);
        if (end == ',' || list->rest.len == 0) {
            list->open = end == ',';
            list->rest.len -= list->open ? 1 : 0;
            return found;
        }
        if (end == ';') {
            list->rest.len--;
        } else if (!cut_pair(&list->rest, &named, &found, ip)) {
            return false;
        } else {
            trim_right(&list->rest);
            if (list->rest.len > 0 && last(list->rest) != ';' && last(list->rest) != ',') {
                return false;
            }
        }
    }
}

/* ---- The client ------------------------------------------------------------------------------ */

bool trust_holds(const struct trust *trust, const struct ip *ip)
{
    for (size_t i = 0; i < trust->count; i++) {
        if (network_holds(&trust->networks[i], ip)) {
            return true;
        }
    }
    return ip->kind == IP_UNIX && trust->unix_socket;
}

void forwarded_client(const struct trust *trust, const struct head *head, const struct ip *peer,
                      struct ip *client)
{
    struct list list = {.head = head,
                        .name = trust->rfc7239 ? "Forwarded" : "X-Forwarded-For",
                        .line = head->header_count};
    struct ip at = *peer;
    *client = *peer;
    while (trust_holds(trust, &at) && next_item(&list)) {
        if (!(trust->rfc7239 ? take_element(&list, &at) : take_plain(&list, &at))) {
            return;
        }
    }
    *client = at; /* where all are trusted: the one farthest away */
}
