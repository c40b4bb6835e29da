/* SPDX-License-Identifier: MIT
 *
 * Header look-up: hg_verify over any array of headers, none of which anybody signed.
 *
 * Nothing may verify, the stream must say the same, and what is said must not depend on the order
 * of the headers or on the case of their names.
 */
#include "tests/fuzz/schemes.h"

#define NOW 1767225600
#define COUNT_MAX (HG_HEADERS_MAX + 4)

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc;
    (void) argv;
    open_schemes();
    return 0;
}

/* A name: one that the scheme has, so that the fuzzer need not guess it, or its own. */
static hg_str take_name(struct input *input, const hg_scheme_spec *row)
{
    const char *const known[] = {row->signature.header, row->timestamp.header, row->event.header,
                                 row->id.header};
    unsigned choice = take_byte(input);
    if (choice % 8 < 4 && known[choice % 4] != NULL) {
        return exact(hg_text(known[choice % 4]));
    }
    return exact(take_text(input));
}

static hg_status verify(size_t scheme, const hg_header *headers, size_t count)
{
    hg_options options = {.scheme = schemes[scheme], .ring = rings[scheme], .now = NOW};
    hg_request request = {.method = hg_text("POST"),
                          .url = hg_text(ROW_URL),
                          .headers = headers,
                          .header_count = count};
    hg_stream stream;
    hg_status begun = hg_stream_begin(&stream, &options, &request);
    hg_status streamed = hg_stream_end(&stream).status;
    hg_status status = hg_verify(&options, &request).status;
    if (!row_streams(hg_scheme_row(schemes[scheme]))) {
        MUST(begun == HG_BAD_SCHEME && streamed == HG_BAD_SCHEME);
        return status;
    }
    MUST(status == streamed && (begun == HG_OK || begun == status));
    MUST(begun == HG_OK || hg_status_class(status) == HG_CLASS_MALFORMED);
    return status;
}

static void turn_around(hg_header *headers, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        hg_header other = headers[i];
        headers[i] = headers[count - 1 - i];
        headers[count - 1 - i] = other;
    }
}

static void change_case(hg_str name)
{
    char *text = (char *) (uintptr_t) name.ptr;
    for (size_t i = 0; i < name.len; i++) {
        bool letter = (text[i] >= 'a' && text[i] <= 'z') || (text[i] >= 'A' && text[i] <= 'Z');
        text[i] = letter ? (char) (text[i] ^ 0x20) : text[i];
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    hg_header headers[COUNT_MAX];
    size_t count = 0;
    size_t scheme = take_byte(&input) % scheme_count;
    bool many = take_byte(&input) == 0xff; /* fills up with others, up to the limit and beyond */
    while (count < COUNT_MAX && (input.left > 0 || many)) {
        hg_str name = take_name(&input, hg_scheme_row(schemes[scheme]));
        headers[count++] = (hg_header){name, exact(take_text(&input))};
    }
    hg_status status = verify(scheme, headers, count);
    MUST(status != HG_OK && (count <= HG_HEADERS_MAX || status == HG_BAD_REQUEST));
    turn_around(headers, count);
    MUST(verify(scheme, headers, count) == status);
    for (size_t i = 0; i < count; i++) {
        change_case(headers[i].name);
    }
    MUST(verify(scheme, headers, count) == status);
    for (size_t i = 0; i < count; i++) {
        exact_free(headers[i].name);
        exact_free(headers[i].value);
    }
    return 0;
}
