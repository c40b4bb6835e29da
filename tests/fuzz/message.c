/* SPDX-License-Identifier: MIT
 *
 * Raw requests: any bytes in; what is read, written out anew with its length stated, reads back the
 * same, and one byte less or more of it does not read at all.
 */
#include "base/message.h"

#include <strings.h>

#include "tests/fuzz/input.h"

static bool read_message(hg_str text, struct capture *capture)
{
    struct fail fail = {0};
    bool done = message_read(text, "fuzz", capture, &fail);
    MUST(done == (fail.exit_code == 0) && (done || strncmp(fail.text, "fuzz:", 5) == 0));
    MUST(strpbrk(fail.text, "\n\r") == NULL);
    return done;
}

static bool is_framing(hg_str name)
{
    static const char *const words[] = {"Content-Length", "Transfer-Encoding"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (name.len == strlen(words[i]) && strncasecmp(name.ptr, words[i], name.len) == 0) {
            return true;
        }
    }
    return false;
}

/* The other way to say it: LF for CRLF, a length for chunks. */
static void write_message(const hg_request *request, struct buf *out)
{
    (void) buf_addf(out, "%.*s %.*s HTTP/1.1\n", (int) request->method.len, request->method.ptr,
                    (int) request->url.len, request->url.ptr);
    for (size_t i = 0; i < request->header_count; i++) {
        const hg_header *header = &request->headers[i];
        if (!is_framing(header->name)) {
            (void) buf_add_str(out, header->name);
            (void) buf_add_text(out, ":");
            (void) buf_add_str(out, header->value);
            (void) buf_add_text(out, "\n");
        }
    }
    (void) buf_addf(out, "Content-Length: %zu\n\n", request->body.len);
    (void) buf_add_str(out, request->body);
    MUST(!out->failed);
}

static void same_request(const hg_request *a, const hg_request *b)
{
    size_t next = 0;
    MUST(same(a->method, b->method) && same(a->url, b->url) && same(a->body, b->body));
    for (size_t i = 0; i < a->header_count; i++) {
        if (!is_framing(a->headers[i].name)) {
            MUST(next < b->header_count && same(a->headers[i].name, b->headers[next].name));
            MUST(same(a->headers[i].value, b->headers[next].value));
            next++;
        }
    }
    MUST(next + 1 == b->header_count); /* Content-Length is its last */
}

static void check_round(const struct capture *capture, size_t size)
{
    struct buf out;
    struct capture again = {0};
    buf_init(&out, 2 * size + 200);
    write_message(&capture->request, &out);
    MUST(capture->request.header_count == HG_HEADERS_MAX || read_message(buf_str(&out), &again));
    if (again.headers != NULL) {
        same_request(&capture->request, &again.request);
    }
    capture_free(&again);
    hg_str less = exact((hg_str){out.ptr, out.len - 1});
    MUST(!read_message(less, &again));
    exact_free(less);
    MUST(buf_add_text(&out, "\n") && !read_message(buf_str(&out), &again));
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hg_str text = exact((hg_str){(const char *) data, size});
    struct capture capture = {0};
    if (read_message(text, &capture)) {
        MUST(capture.request.header_count <= HG_HEADERS_MAX && capture.received_at == 0);
        MUST(capture.request.method.len > 0 && capture.request.url.len > 0);
        MUST(capture.request.body.len < size);
        check_round(&capture, size);
    }
    capture_free(&capture);
    exact_free(text);
    return 0;
}
