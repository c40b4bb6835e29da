/* SPDX-License-Identifier: MIT
 *
 * hg_verify and the hg_stream functions allocate nothing: counted, not promised.
 *
 * The program has its own malloc, calloc, realloc and free, which the library and libcrypto call
 * too (hence HG_API: a hidden one would serve this file alone); they count and pass the call on.
 * For each built-in scheme that can be streamed it verifies a good and a changed delivery, whole
 * and in pieces. hg_ring_new and strdup, which must allocate, prove that the counter counts what
 * this program and what a shared library asks for. With HG_HEAP_LEAK each verify allocates, and all
 * must fail.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hookgauge.h"
#include "tests/rows.h"

#define NOW 1767225600
#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw"
#define BODY_SIZE 100000 /* bytes: many blocks, so that a buffer could not go unnoticed */

static volatile size_t calls; /* of all four functions, so far */

/* glibc's own functions under the names it offers for this purpose. */
void *__libc_malloc(size_t size);                /* NOLINT: glibc's name */
void *__libc_calloc(size_t count, size_t size);  /* NOLINT: glibc's name */
void *__libc_realloc(void *memory, size_t size); /* NOLINT: glibc's name */
void __libc_free(void *memory);                  /* NOLINT: glibc's name */

HG_API void *malloc(size_t size)
{
    calls++;
    return __libc_malloc(size);
}

HG_API void *calloc(size_t count, size_t size)
{
    calls++;
    return __libc_calloc(count, size);
}

HG_API void *realloc(void *memory, size_t size)
{
    calls++;
    return __libc_realloc(memory, size);
}

HG_API void free(void *memory)
{
    calls++;
    __libc_free(memory);
}

static unsigned failures;

static void expect(bool condition, const char *scheme, const char *what)
{
    if (!condition) {
        fprintf(stderr, "no_heap: %s: %s\n", scheme, what);
        failures++;
    }
}

/* Verifies whole and in pieces of 1000 bytes; the calls that took. */
static size_t count_verify(const hg_options *options, const hg_request *request, hg_status want)
{
    const char *name = hg_scheme_row(options->scheme)->name;
    hg_stream stream;
    size_t before = calls;
    hg_status whole = hg_verify(options, request).status;
#ifdef HG_HEAP_LEAK
    void *volatile leak = malloc(1);
    free(leak);
#endif
    hg_status begun = hg_stream_begin(&stream, options, request);
    for (size_t at = 0; at < request->body.len; at += 1000) {
        size_t left = request->body.len - at;
        hg_stream_update(&stream, request->body.ptr + at, left < 1000 ? left : 1000);
    }
    hg_status pieces = hg_stream_end(&stream).status;
    size_t took = calls - before;
    expect(whole == want && pieces == want && begun == HG_OK, name, "gave another status");
    return took;
}

static void check(const hg_scheme_spec *row, char *body)
{
    hg_scheme *scheme = NULL;
    hg_ring *ring = NULL;
    hg_header headers[1 + HG_SIGN_HEADERS_MAX] = {{hg_text(ROW_HEADER), hg_text("user")}};
    char text[HG_SIGN_TEXT_MAX];
    char secret[ROW_SECRET_MAX];
    hg_key key = {hg_text("secret"), row_secret(row, ROW_PAIR, secret), HG_NEVER};
    hg_request request = {.method = hg_text("POST"),
                          .url = hg_text(ROW_URL),
                          .headers = headers,
                          .header_count = 1,
                          .body = {body, BODY_SIZE}};
    expect(hg_scheme_open(row->name, &scheme, NULL) == HG_OK, row->name, "can't be opened");
    size_t before = calls;
    expect(hg_ring_new(scheme, &key, 1, &ring, NULL) == HG_OK, row->name, "took no key");
    expect(calls > before, row->name, "the counter did not see hg_ring_new allocate");
    hg_signing signing = {.scheme = scheme,
                          .ring = ring,
                          .now = NOW,
                          .event = hg_text("Order.OnCreate"),
                          .id = hg_text("msg-1")};
    size_t made = 0;
    expect(hg_sign(&signing, &request, text, headers + 1, &made) == HG_OK, row->name,
           "could not sign");
    request.header_count += made;
    hg_options options = {.scheme = scheme, .ring = ring, .now = NOW};
    bool bound = hg_scheme_binds(scheme, HG_PART_BODY);
    size_t took = count_verify(&options, &request, HG_OK);
    body[BODY_SIZE / 2] ^= 1;
    took += count_verify(&options, &request, bound ? HG_MISMATCH : HG_OK);
    body[BODY_SIZE / 2] ^= 1;
    expect(took == 0, row->name, "a verify called the allocator");
    hg_ring_free(ring);
    hg_scheme_free(scheme);
}

int main(void)
{
    const hg_scheme_spec *row;
    size_t schemes = 0;
    size_t whole = 0; /* they need the whole body, and may ask for memory */
    char *body = malloc(BODY_SIZE);
    if (body == NULL) {
        return 1;
    }
    memset(body, 'x', BODY_SIZE);
    size_t before = calls;
    char *(*volatile duplicate)(const char *) = strdup; /* volatile: no compiler can do without */
    free(duplicate(SECRET));
    expect(calls == before + 2, "strdup",
           "the counter does not see what a shared library asks for");
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        if (row_streams(row)) {
            check(row, body);
            schemes++;
        } else {
            whole++;
        }
    }
    expect(whole == 6, "all rows", "another number of them needs the whole body");
    free(body);
    printf("no heap: %zu schemes, %u failures\n", schemes, failures);
    return failures == 0 && schemes > 0 ? 0 : 1;
}
