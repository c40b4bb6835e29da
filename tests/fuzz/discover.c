/* SPDX-License-Identifier: MIT
 *
 * Discovering: any headers, body, URL and secret in; what is found verifies, what a built-in row
 * signed is found, and nothing is found under another secret.
 *
 * Half of the inputs are signed by a built-in row first, so that there is something to find.
 */
#include "tests/fuzz/input.h"

#define NOW 1767225600
#define BUDGET 300 /* candidates: an input takes a millisecond */
#define OTHER_SECRET "a secret that signed nothing here"
#define HEADERS_MAX 8 /* of the fuzzer's own */

struct fuzz {
    hg_header headers[HEADERS_MAX + HG_SIGN_HEADERS_MAX];
    char text[HG_SIGN_TEXT_MAX];
    hg_request request;
    hg_scheme *scheme; /* the names of signed headers live in it */
    hg_str secret;
};

static void take_request(struct input *input, struct fuzz *fuzz)
{
    size_t count = take_byte(input) % (HEADERS_MAX + 1);
    fuzz->secret = exact(take_text(input));
    fuzz->request.method = exact(take_text(input));
    fuzz->request.url = exact(take_text(input));
    for (size_t i = 0; i < count; i++) {
        fuzz->headers[i].name = exact(take_text(input));
        fuzz->headers[i].value = exact(take_text(input));
    }
    fuzz->request.headers = fuzz->headers;
    fuzz->request.header_count = count;
    fuzz->request.body = exact(take_rest(input));
}

static void drop(struct fuzz *fuzz, size_t own)
{
    for (size_t i = 0; i < own; i++) {
        exact_free(fuzz->headers[i].name);
        exact_free(fuzz->headers[i].value);
    }
    exact_free(fuzz->secret);
    exact_free(fuzz->request.method);
    exact_free(fuzz->request.url);
    exact_free(fuzz->request.body);
    hg_scheme_free(fuzz->scheme);
}

/* Adds the headers of a built-in row, where the request and the secret suit it; whether the request
 * then verifies: it may have a header of that name already. */
static bool sign(struct fuzz *fuzz, size_t index)
{
    size_t rows = 0;
    size_t count = 0;
    hg_ring *ring = NULL;
    hg_key key = {hg_text("key"), fuzz->secret, HG_NEVER};
    while (hg_scheme_builtin(rows) != NULL) {
        rows++;
    }
    const hg_scheme_spec *row = hg_scheme_builtin(index % rows);
    MUST(hg_scheme_new(row, &fuzz->scheme, NULL) == HG_OK);
    if (hg_ring_new(fuzz->scheme, &key, 1, &ring, NULL) != HG_OK) {
        return false;
    }
    hg_signing signing = {.scheme = fuzz->scheme,
                          .ring = ring,
                          .now = NOW,
                          .event = hg_text(row->event.header != NULL ? "Order.OnCreate" : NULL),
                          .id = hg_text(row->id.header != NULL ? "42" : NULL)};
    if (hg_sign(&signing, &fuzz->request, fuzz->text, fuzz->headers + fuzz->request.header_count,
                &count) == HG_OK) {
        fuzz->request.header_count += count;
    }
    hg_options options = {.scheme = fuzz->scheme, .ring = ring, .now = NOW};
    bool sound = hg_verify(&options, &fuzz->request).status == HG_OK;
    hg_ring_free(ring);
    return sound;
}

static void must_verify(const struct fuzz *fuzz, const hg_discovery *row)
{
    hg_key key = {hg_text("key"), fuzz->secret, HG_NEVER};
    hg_scheme_spec timeless = *hg_scheme_row(row->scheme);
    hg_scheme *scheme = NULL;
    hg_ring *ring = NULL;
    timeless.timestamp.tolerance_s = HG_NO_TOLERANCE;
    MUST(strcmp(timeless.basis, "discovered") == 0 && row->requests == 1);
    MUST(hg_scheme_new(&timeless, &scheme, NULL) == HG_OK);
    MUST(hg_ring_new(scheme, &key, 1, &ring, NULL) == HG_OK);
    hg_options options = {.scheme = scheme, .ring = ring, .now = NOW};
    MUST(hg_verify(&options, &fuzz->request).status == HG_OK);
    for (size_t i = 0; i < row->note_count; i++) {
        MUST(memchr(row->notes[i].text, '\0', HG_NOTE_MAX) != NULL);
        MUST(strpbrk(row->notes[i].text, "\r\n\x1b") == NULL);
    }
    hg_ring_free(ring);
    hg_scheme_free(scheme);
}

/* Returns the rows found; every one holds. */
static size_t search(const struct fuzz *fuzz, hg_discovering options)
{
    hg_discovered *found = NULL;
    hg_status status = hg_discover(&options, &found);
    MUST((status == HG_OK) == (found != NULL));
    if (status != HG_OK) {
        MUST(status == HG_NO_SIGNATURE || status == HG_NO_KEY);
        return 0;
    }
    MUST(found->tried <= options.budget && found->count <= HG_DISCOVERED_MAX);
    for (size_t i = 0; i < found->count; i++) {
        must_verify(fuzz, &found->rows[i]);
    }
    size_t count = found->count;
    hg_discovered_free(found);
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct fuzz fuzz; /* large */
    struct input input = {data, size};
    unsigned kind = take_byte(&input);
    memset(&fuzz, 0, sizeof fuzz);
    take_request(&input, &fuzz);
    size_t own = fuzz.request.header_count;
    bool sound = (kind & 1) != 0 && sign(&fuzz, kind >> 2);
    hg_discovering options = {.requests = &fuzz.request,
                              .request_count = 1,
                              .secret = fuzz.secret,
                              .budget = BUDGET,
                              .all = (kind & 2) != 0};
    MUST(search(&fuzz, options) > 0 || !sound);
    bool other = !same(fuzz.secret, hg_text(OTHER_SECRET));
    options.secret = hg_text(OTHER_SECRET);
    MUST(!other || search(&fuzz, options) == 0);
    drop(&fuzz, own);
    return 0;
}
