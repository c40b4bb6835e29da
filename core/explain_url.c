/* SPDX-License-Identifier: MIT
 *
 * Causes in the URL and the method, where the scheme signs them: mostly what a proxy changes.
 */
#include <stdlib.h>

#include "core/explain.h"
#include "core/text.h"

enum { URL_MAX = 8192, PARAMETERS_MAX = 128 };

/* A URL in parts that are put together again: origin://host path query (with its mark). */
struct parts {
    hg_str origin, host, path, query;
};

/* A URL without an origin (only a path) is one too: its host is empty. */
static struct parts split(hg_str url)
{
    struct parts parts = {{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    struct hgi_url whole;
    size_t path = 0;
    if (hgi_url_split(url, &whole)) {
        size_t host = (size_t) (whole.host.ptr - url.ptr);
        parts.origin = hgi_part(url, 0, host - 3);
        parts.host = whole.host;
        path = host + whole.host.len;
    }
    size_t query = path;
    while (query < url.len && url.ptr[query] != '?') {
        query++;
    }
    parts.path = hgi_part(url, path, query - path);
    parts.query = hgi_part(url, query, url.len - query);
    return parts;
}

static void add_url(struct hgi_texts *list, const struct hgi_text *from, const struct parts *parts,
                    const struct hgi_text_cause *self, const char *detail)
{
    char room[URL_MAX];
    struct hgi_out out = {room, 0, sizeof room, false};
    struct hgi_text *to = hgi_text_copy(list, from);
    hgi_put(&out, parts->origin);
    hgi_put(&out, hg_text("://"));
    hgi_put(&out, parts->host);
    hgi_put(&out, parts->path);
    hgi_put(&out, parts->query);
    to->request.url = hgi_arena_keep(list->arena, (hg_str){room, out.len});
    if (!out.full && to->request.url.ptr != NULL && parts->host.len > 0) {
        hgi_text_add(list, to, self, detail);
    }
}

static bool has_url(const struct hgi_text *from)
{
    return from->scheme->needs_url && from->request.url.len <= URL_MAX / 2;
}

/* The value of the first header of that name. */
static hg_str header(const hg_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count && i < HG_HEADERS_MAX; i++) {
        if (hgi_is_named(request->headers[i].name, name)) {
            return hgi_trim(request->headers[i].value);
        }
    }
    return (hg_str){NULL, 0};
}

static void origin(struct hgi_texts *list, const struct hgi_text *from,
                   const struct hgi_text_cause *self)
{
    if (has_url(from)) {
        struct parts parts = split(from->request.url);
        bool secure = hgi_is_named(parts.origin, "https");
        parts.origin = hg_text(secure ? "http" : "https");
        add_url(list, from, &parts, self, secure ? "http, not https" : "https, not http");
    }
}

/* The path alone was recorded: the origin is in the headers. */
static void relative(struct hgi_texts *list, const struct hgi_text *from,
                     const struct hgi_text_cause *self)
{
    static const char *const origins[] = {"https", "http"};
    struct parts parts = split(from->request.url);
    for (size_t i = 0; has_url(from) && parts.host.len == 0 && i < 2; i++) {
        struct parts whole = parts;
        whole.origin = hg_text(origins[i]);
        whole.host = header(&from->request, "host");
        add_url(list, from, &whole, self, origins[i]);
    }
}

static void forwarded(struct hgi_texts *list, const struct hgi_text *from,
                      const struct hgi_text_cause *self)
{
    static const char *const names[] = {"X-Forwarded-Host", "X-Original-Host", "Host"};
    for (size_t i = 0; has_url(from) && i < sizeof names / sizeof names[0]; i++) {
        struct parts parts = split(from->request.url);
        hg_str host = header(&from->request, names[i]);
        if (host.len > 0 && parts.host.len > 0 && host.len < URL_MAX / 4) {
            parts.host = host;
            add_url(list, from, &parts, self, names[i]);
        }
    }
}

static void without_port(struct hgi_texts *list, const struct hgi_text *from,
                         const struct hgi_text_cause *self)
{
    struct parts parts = split(from->request.url);
    size_t at = parts.host.len;
    while (at > 0 && parts.host.ptr[at - 1] != ':' && parts.host.ptr[at - 1] != ']') {
        at--;
    }
    if (has_url(from) && at > 0 && parts.host.ptr[at - 1] == ':') {
        parts.host = hgi_part(parts.host, 0, at - 1);
        add_url(list, from, &parts, self, NULL);
    }
}

static void with_port(struct hgi_texts *list, const struct hgi_text *from,
                      const struct hgi_text_cause *self)
{
    static const char *const ports[] = {":443", ":80", ":8080", ":8443", ":3000"};
    for (size_t i = 0; has_url(from) && i < sizeof ports / sizeof ports[0]; i++) {
        struct parts parts = split(from->request.url);
        if (hgi_has(parts.host, ':') || parts.host.len == 0) {
            return;
        }
        parts.host = hg_text(hgi_join(list->arena, parts.host, hg_text(ports[i]), hg_text("")));
        add_url(list, from, &parts, self, ports[i]);
    }
}

static void slash(struct hgi_texts *list, const struct hgi_text *from,
                  const struct hgi_text_cause *self)
{
    struct parts parts = split(from->request.url);
    if (!has_url(from)) {
        return;
    }
    bool has = parts.path.len > 0 && parts.path.ptr[parts.path.len - 1] == '/';
    parts.path = has ? hgi_part(parts.path, 0, parts.path.len - 1)
                     : hg_text(hgi_join(list->arena, parts.path, hg_text("/"), hg_text("")));
    add_url(list, from, &parts, self, has ? "signed without it" : "signed with it");
}

/* What a proxy adds to or takes from the path's front. */
static void prefix(struct hgi_texts *list, const struct hgi_text *from,
                   const struct hgi_text_cause *self)
{
    struct parts parts = split(from->request.url);
    hg_str added = header(&from->request, "X-Forwarded-Prefix");
    size_t at = 1;
    if (!has_url(from)) {
        return;
    }
    if (added.len > 0 && added.len < URL_MAX / 4) {
        struct parts more = parts;
        more.path = hg_text(hgi_join(list->arena, added, parts.path, hg_text("")));
        add_url(list, from, &more, self, "with X-Forwarded-Prefix");
    }
    while (at < parts.path.len && parts.path.ptr[at] != '/') {
        at++;
    }
    if (at < parts.path.len) {
        parts.path = hgi_part(parts.path, at, parts.path.len - at);
        add_url(list, from, &parts, self, "without its first segment");
    }
}

static void escapes(struct hgi_texts *list, const struct hgi_text *from,
                    const struct hgi_text_cause *self)
{
    char room[URL_MAX];
    struct hgi_out out = {room, 0, sizeof room, false};
    struct parts parts = split(from->request.url);
    if (!has_url(from)) {
        return;
    }
    if (hgi_percent_decode(parts.path, false, &out) && !out.full) {
        struct parts decoded = parts;
        decoded.path = (hg_str){room, out.len};
        add_url(list, from, &decoded, self, "signed without");
    }
    out.len = 0;
    out.full = false;
    for (size_t i = 0; i < parts.path.len; i++) {
        hg_str c = hgi_part(parts.path, i, 1);
        if (c.ptr[0] == '/' || c.ptr[0] == '%') {
            hgi_put(&out, c);
        } else {
            hgi_percent_encode(c, false, &out);
        }
    }
    parts.path = (hg_str){room, out.len};
    if (!out.full) {
        add_url(list, from, &parts, self, "signed with");
    }
}

static void without_query(struct hgi_texts *list, const struct hgi_text *from,
                          const struct hgi_text_cause *self)
{
    struct parts parts = split(from->request.url);
    if (has_url(from) && parts.query.len > 0) {
        parts.query.len = 0;
        add_url(list, from, &parts, self, NULL);
    }
}

static int by_bytes(const void *a, const void *b)
{
    const hg_str *x = a;
    const hg_str *y = b;
    for (size_t i = 0; i < x->len && i < y->len; i++) {
        if (x->ptr[i] != y->ptr[i]) {
            return (unsigned char) x->ptr[i] < (unsigned char) y->ptr[i] ? -1 : 1;
        }
    }
    return (x->len > y->len) - (x->len < y->len);
}

static size_t cut_query(hg_str query, hg_str parameters[PARAMETERS_MAX])
{
    size_t count = 0;
    for (size_t from = 1; from <= query.len && count < PARAMETERS_MAX;) {
        size_t to = from;
        while (to < query.len && query.ptr[to] != '&') {
            to++;
        }
        parameters[count++] = hgi_part(query, from, to - from);
        from = to + 1;
    }
    return count;
}

static void join_query(struct hgi_out *out, const hg_str *parameters, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        hgi_put(out, hg_text(i == 0 ? "?" : "&"));
        hgi_put(out, parameters[i]);
    }
}

static void query_order(struct hgi_texts *list, const struct hgi_text *from,
                        const struct hgi_text_cause *self)
{
    char room[URL_MAX];
    struct hgi_out out = {room, 0, sizeof room, false};
    hg_str parameters[PARAMETERS_MAX];
    struct parts parts = split(from->request.url);
    if (!has_url(from) || !hgi_has(parts.query, '&')) {
        return;
    }
    size_t count = cut_query(parts.query, parameters);
    qsort(parameters, count, sizeof parameters[0], by_bytes);
    join_query(&out, parameters, count);
    size_t size = out.len;
    parts.query = (hg_str){room, out.len};
    if (!out.full && size == split(from->request.url).query.len) {
        add_url(list, from, &parts, self, NULL);
    }
}

/* Parameters that somebody adds on the way, left out one at a time. */
static void query_parameter(struct hgi_texts *list, const struct hgi_text *from,
                            const struct hgi_text_cause *self)
{
    hg_str parameters[PARAMETERS_MAX];
    struct parts parts = split(from->request.url);
    size_t count = has_url(from) ? cut_query(parts.query, parameters) : 0;
    for (size_t skip = 0; count > 1 && count < 16 && skip < count; skip++) {
        char room[URL_MAX];
        struct hgi_out out = {room, 0, sizeof room, false};
        hg_str left[PARAMETERS_MAX];
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
            if (i != skip) {
                left[kept++] = parameters[i];
            }
        }
        join_query(&out, left, kept);
        parts.query = (hg_str){room, out.len};
        if (!out.full) {
            add_url(list, from, &parts, self, NULL);
        }
    }
}

static void method(struct hgi_texts *list, const struct hgi_text *from,
                   const struct hgi_text_cause *self)
{
    static const char *const methods[] = {"post", "POST", "GET", "PUT", "PATCH", "DELETE"};
    bool is_signed =
        hgi_template_find(&from->scheme->template, HGI_METHOD) < from->scheme->template.count;
    for (size_t i = 0; is_signed && i < sizeof methods / sizeof methods[0]; i++) {
        struct hgi_text *to = hgi_text_copy(list, from);
        to->request.method = hg_text(methods[i]);
        hgi_text_add(list, to, self, methods[i]);
    }
}

#define PROXY "pass the URL that the sender called (--url), not the one behind the proxy"

const struct hgi_text_cause hgi_url_causes[] = {
    {{"method-other", 4, "another method is signed, or in another case",
      "have the sender sign the method it uses"},
     HGI_PART_METHOD,
     false,
     method,
     NULL,
     0},
    {{"url-relative", 1, "the whole URL is signed, only its path was recorded", PROXY},
     HGI_PART_ORIGIN,
     false,
     relative,
     NULL,
     0},
    {{"url-origin", 1, "the URL is signed with the other of http and https", PROXY},
     HGI_PART_ORIGIN,
     false,
     origin,
     NULL,
     0},
    {{"url-host", 1, "the URL is signed with the host that a header names", PROXY},
     HGI_PART_HOST,
     false,
     forwarded,
     NULL,
     0},
    {{"url-port-extra", 2, "the URL is signed without the port", PROXY},
     HGI_PART_HOST,
     false,
     without_port,
     NULL,
     0},
    {{"url-port-lost", 3, "the URL is signed with a port", PROXY},
     HGI_PART_HOST,
     false,
     with_port,
     NULL,
     0},
    {{"url-slash", 2, "the URL's path differs in the slash at its end", PROXY},
     HGI_PART_PATH,
     false,
     slash,
     NULL,
     0},
    {{"url-path-prefix", 3, "the front of the URL's path was changed on the way", PROXY},
     HGI_PART_PATH,
     false,
     prefix,
     NULL,
     0},
    {{"url-path-escapes", 3, "the URL's path differs in its percent escapes", PROXY},
     HGI_PART_PATH,
     false,
     escapes,
     NULL,
     0},
    {{"url-query-extra", 2, "the URL is signed without its query", PROXY},
     HGI_PART_QUERY,
     false,
     without_query,
     NULL,
     0},
    {{"url-query-order", 3, "the URL is signed with its parameters sorted", PROXY},
     HGI_PART_QUERY,
     false,
     query_order,
     NULL,
     0},
    {{"url-parameter-extra", 3, "the URL is signed without one of its parameters",
      "find who adds it on the way"},
     HGI_PART_QUERY,
     false,
     query_parameter,
     NULL,
     0},
    {.cause = {.name = NULL}},
};
