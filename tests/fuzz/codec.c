/* SPDX-License-Identifier: MIT
 *
 * hg_decode and hg_encode: what decodes is the only spelling of its bytes, and all bytes come back.
 *
 * With HG_FUZZ_SELF_TEST the target itself reads one byte past its input: the run that must fail,
 * or else no other's silence means anything.
 */
#include "tests/fuzz/input.h"

/* Hex may be written in either case; our encoder writes the lower. */
static char spelled(hg_encoding encoding, char c)
{
    return encoding == HG_HEX && c >= 'A' && c <= 'F' ? (char) (c - 'A' + 'a') : c;
}

static void check_decode(hg_encoding encoding, hg_str text)
{
    unsigned char *out = malloc(text.len + 1);
    char *again = malloc(2 * text.len + 4);
    size_t length = SIZE_MAX;
    MUST(out != NULL && again != NULL);
    if (hg_decode(encoding, text, out, text.len, &length)) {
        MUST(hg_encode(encoding, out, length, again, 2 * text.len + 4) == text.len);
        for (size_t i = 0; i < text.len; i++) {
            MUST(again[i] == spelled(encoding, text.ptr[i]));
        }
        size_t untouched = SIZE_MAX;
        unsigned char *tight = malloc(length + 1);
        MUST(tight != NULL);
        MUST(hg_decode(encoding, text, tight, length, &length));
        MUST(length == 0 || !hg_decode(encoding, text, tight, length - 1, &untouched));
        MUST(untouched == SIZE_MAX && memcmp(tight, out, length) == 0);
        free(tight);
    } else {
        MUST(length == SIZE_MAX);
    }
    free(out);
    free(again);
}

static void check_encode(hg_encoding encoding, hg_str bytes)
{
    size_t room = bytes.len < 2 ? 4 : 2 * bytes.len; /* what the header says always suffices */
    char *text = malloc(room);
    unsigned char *out = malloc(bytes.len + 1);
    size_t length = 0;
    MUST(text != NULL && out != NULL);
    size_t len = hg_encode(encoding, bytes.ptr, bytes.len, text, room);
    MUST((len > 0) == (bytes.len > 0));
    MUST(len == 0 || hg_encode(encoding, bytes.ptr, bytes.len, text, len - 1) == 0);
    hg_str encoded = exact((hg_str){text, len});
    MUST(hg_decode(encoding, encoded, out, bytes.len, &length) && length == bytes.len);
    MUST(length == 0 || memcmp(out, bytes.ptr, length) == 0);
    exact_free(encoded);
    free(text);
    free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    hg_encoding encoding = (hg_encoding) (take_byte(&input) % 3 + 1);
    hg_str text = exact(take_rest(&input));
#ifdef HG_FUZZ_SELF_TEST
    (void) ((const volatile char *) text.ptr)[text.len > 0 ? text.len : 1];
#endif
    check_decode(encoding, text);
    check_encode(encoding, text);
    exact_free(text);
    return 0;
}
