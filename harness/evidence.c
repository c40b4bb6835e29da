/* SPDX-License-Identifier: MIT
 *
 * What went over the wire in a failed case, fit to be shown.
 */
#include "harness/evidence.h"

#include <string.h>
#include <strings.h>

#define LOOKED_AT ((size_t) 65536) /* bytes of a part that go through the veil before it is cut */

static bool is_named(hg_str name, const char *known)
{
    return known != NULL && name.len == strlen(known) &&
           strncasecmp(name.ptr, known, name.len) == 0;
}

/* Veiled first and cut then: a secret that lies across the cut must not show its beginning. */
static bool add_cut(const struct veil *veil, hg_str text, size_t max, struct buf *out)
{
    struct buf veiled;
    hg_str part = {text.ptr, text.len < LOOKED_AT ? text.len : LOOKED_AT};
    buf_init(&veiled, LOOKED_AT * sizeof VEIL_SECRET);
    bool done = veil_add(veil, part, &veiled) &&
                buf_add(out, veiled.ptr, veiled.len < max ? veiled.len : max) &&
                (veiled.len <= max || buf_addf(out, "\n… (%zu bytes in all)", text.len));
    buf_free(&veiled);
    return done;
}

/* Behind a head that ends with a line end. */
static bool add_body(const struct veil *veil, hg_str body, struct buf *out)
{
    return body.len == 0 ||
           (buf_add_text(out, "\n") && add_cut(veil, body, EVIDENCE_BODY_MAX, out));
}

/* ---- What was sent --------------------------------------------------------------------------- */

static bool add_target(const struct veil *veil, const hg_request *request, const char *url,
                       struct buf *out)
{
    const char *host = url != NULL ? strstr(url, "://") : NULL;
    if (host == NULL) {
        return buf_add_str(out, request->method) && buf_add_text(out, " ") &&
               veil_add(veil, request->url, out) && buf_add_text(out, "\n");
    }
    host += 3;
    hg_str name = {host, strcspn(host, "/?")};
    const char *target = host + name.len;
    return buf_add_str(out, request->method) && buf_add_text(out, *target == '/' ? " " : " /") &&
           veil_add(veil, hg_text(target), out) && buf_add_text(out, " HTTP/1.1\nHost: ") &&
           buf_add_str(out, name) && buf_add_text(out, "\n");
}

static bool add_header(const struct veil *veil, const hg_scheme_spec *row, const hg_header *header,
                       struct buf *out)
{
    bool signature = is_named(header->name, row->signature.header);
    return buf_add_str(out, header->name) && buf_add_text(out, ": ") &&
           (signature ? veil_add_signature(veil, header->value, out)
                      : veil_add(veil, header->value, out)) &&
           buf_add_text(out, "\n");
}

static bool add_head(const struct veil *veil, const hg_scheme_spec *row, const hg_request *request,
                     const char *url, bool chunked, struct buf *out)
{
    bool done = add_target(veil, request, url, out);
    for (size_t i = 0; done && i < request->header_count; i++) {
        done = add_header(veil, row, &request->headers[i], out);
    }
    if (done && chunked) {
        return buf_add_text(out, "Transfer-Encoding: chunked\n");
    }
    return done && (url == NULL || buf_addf(out, "Content-Length: %zu\n", request->body.len));
}

bool evidence_request(const struct veil *veil, const hg_scheme_spec *row, const hg_request *request,
                      const char *url, bool chunked, struct buf *out)
{
    struct buf head;
    buf_init(&head, LOOKED_AT * sizeof VEIL_SECRET);
    bool done = add_head(veil, row, request, url, chunked, &head) &&
                buf_add(out, head.ptr, head.len < EVIDENCE_HEAD_MAX ? head.len : EVIDENCE_HEAD_MAX);
    done = done &&
           (head.len <= EVIDENCE_HEAD_MAX || buf_addf(out, "\n… (%zu bytes in all)\n", head.len));
    buf_free(&head);
    return done && add_body(veil, request->body, out);
}

bool evidence_message(const struct veil *veil, hg_str bytes, struct buf *out)
{
    return add_cut(veil, bytes, EVIDENCE_HEAD_MAX, out);
}

/* ---- What came back -------------------------------------------------------------------------- */

static bool holds_session(hg_str name)
{
    static const char *const words[] = {"cookie", "token", "authorization", "secret"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i]);
        for (size_t at = 0; at + length <= name.len; at++) {
            if (strncasecmp(name.ptr + at, words[i], length) == 0) {
                return true;
            }
        }
    }
    return false;
}

/* A line of a head, without its end. */
static bool add_line(hg_str line, struct buf *out)
{
    const char *colon = memchr(line.ptr, ':', line.len);
    hg_str name = {line.ptr, colon != NULL ? (size_t) (colon - line.ptr) : 0};
    return (holds_session(name) ? buf_add_str(out, name) && buf_add_text(out, ": [hidden]")
                                : buf_add_str(out, line)) &&
           buf_add_text(out, "\n");
}

bool evidence_answer(const struct veil *veil, hg_str heard, struct buf *out)
{
    struct buf head;
    bool done = true;
    buf_init(&head, 2 * heard.len + 64);
    while (done && heard.len > 0) {
        const char *end = memchr(heard.ptr, '\n', heard.len);
        size_t size = end != NULL ? (size_t) (end - heard.ptr) + 1 : heard.len;
        hg_str line = {heard.ptr, size - (end != NULL ? 1 : 0)};
        line.len -= line.len > 0 && line.ptr[line.len - 1] == '\r' ? 1 : 0;
        heard.ptr += size;
        heard.len -= size;
        if (line.len == 0) {
            break; /* the body begins */
        }
        done = add_line(line, &head);
    }
    done =
        done && add_cut(veil, buf_str(&head), EVIDENCE_HEAD_MAX, out) && add_body(veil, heard, out);
    buf_free(&head);
    return done;
}
