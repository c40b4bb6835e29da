/* SPDX-License-Identifier: MIT
 *
 * Signature lists: a right signature anywhere in a list of anything must be found, and a second,
 * plainer reading of the rules must come to the same status.
 */
#include "tests/fuzz/input.h"

#define NOW 1767225600
#define LIST_MAX 8192 /* bytes of a header value */
#define ROWS (sizeof rows / sizeof rows[0])

static const struct {
    const char *item;
    const char *before, *after; /* of {sig} in item */
    const char *separator;
    const char *encoding;
} rows[] = {
    {"{sig}", "", "", NULL, "hex"},      {"sha256={sig}", "sha256=", "", NULL, "hex"},
    {"v1={sig}", "v1=", "", ",", "hex"}, {"v1,{sig}", "v1,", "", " ", "base64"},
    {"{sig}", "", "", ";", "base64url"}, {"<{sig}>", "<", ">", ",", "base64"},
};

static hg_scheme *schemes[ROWS];
static hg_ring *rings[ROWS];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    hg_key key = {hg_text("secret"), hg_text("hunter2-but-longer"), HG_NEVER};
    (void) argc;
    (void) argv;
    for (size_t i = 0; i < ROWS; i++) {
        hg_scheme_spec spec = {
            .name = "list",
            .basis = "assumed",
            .algorithm = "hmac-sha256",
            .key = "utf8",
            .signed_text = "{body}",
            .signature = {.header = "S",
                          .item = rows[i].item,
                          .separator = rows[i].separator,
                          .encoding = rows[i].encoding},
        };
        MUST(hg_scheme_new(&spec, &schemes[i], NULL) == HG_OK);
        MUST(hg_ring_new(schemes[i], &key, 1, &rings[i], NULL) == HG_OK);
    }
    return 0;
}

static hg_str trim(hg_str text)
{
    while (text.len > 0 && strchr(" \t", text.ptr[0]) != NULL && text.ptr[0] != '\0') {
        text = (hg_str){text.ptr + 1, text.len - 1};
    }
    while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

/* Whether an item is one of the row's, and not empty between what stands around it. */
static bool is_item(size_t row, hg_str item, hg_str *sig)
{
    hg_str before = hg_text(rows[row].before);
    hg_str after = hg_text(rows[row].after);
    if (item.len <= before.len + after.len || memcmp(item.ptr, before.ptr, before.len) != 0 ||
        memcmp(item.ptr + item.len - after.len, after.ptr, after.len) != 0) {
        return false;
    }
    *sig = (hg_str){item.ptr + before.len, item.len - before.len - after.len};
    return true;
}

/* What a list means, read plainly: all items first, then what is to be said of them. */
static hg_status expected(size_t row, hg_str list, hg_str right)
{
    unsigned char mac[32], other[32];
    size_t fitting = 0, decoded = 0, matched = 0, length = 0;
    hg_encoding encoding = strcmp(rows[row].encoding, "hex") == 0      ? HG_HEX
                           : strcmp(rows[row].encoding, "base64") == 0 ? HG_BASE64
                                                                       : HG_BASE64URL;
    MUST(hg_decode(encoding, right, mac, sizeof mac, &length) && length == sizeof mac);
    for (size_t i = 0; i < list.len; i++) {
        unsigned char c = (unsigned char) list.ptr[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f) {
            return HG_BAD_REQUEST;
        }
    }
    for (size_t from = 0, to = 0; to <= list.len; to++) {
        bool ends = to == list.len ||
                    (rows[row].separator != NULL && list.ptr[to] == rows[row].separator[0]);
        hg_str item = trim((hg_str){list.ptr + from, to - from});
        hg_str sig;
        if (!ends) {
            continue;
        }
        from = to + 1;
        if (is_item(row, item, &sig)) {
            fitting++;
            bool good = hg_decode(encoding, sig, other, sizeof other, &length) && length == 32;
            decoded += good;
            matched += good && memcmp(mac, other, sizeof mac) == 0;
        }
    }
    if (fitting > HG_CANDIDATES_MAX || decoded == 0) {
        return list.len == 0 ? HG_NO_SIGNATURE : HG_BAD_SIGNATURE;
    }
    return matched > 0 ? HG_OK : HG_MISMATCH;
}

/* Appends fuzzed pieces, or the right item, one after the other. */
static size_t make_list(struct input *input, size_t row, hg_str item, char list[LIST_MAX])
{
    size_t used = 0;
    while (input->left > 0) {
        unsigned choice = take_byte(input);
        hg_str piece = choice % 4 == 0 ? item
                       : choice % 4 == 1 && rows[row].separator != NULL
                           ? hg_text(rows[row].separator)
                       : choice % 4 == 2 ? hg_text(rows[row].before)
                                         : take_text(input);
        if (piece.len > LIST_MAX - used) {
            break;
        }
        if (piece.len > 0) {
            memcpy(list + used, piece.ptr, piece.len);
        }
        used += piece.len;
    }
    return used;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char list[LIST_MAX];
    struct input input = {data, size};
    size_t row = take_byte(&input) % ROWS;
    hg_header headers[HG_SIGN_HEADERS_MAX];
    char text[HG_SIGN_TEXT_MAX];
    size_t count = 0;
    hg_str sig;
    hg_request request = {.method = hg_text("POST"), .body = hg_text("body")};
    hg_signing signing = {.scheme = schemes[row], .ring = rings[row], .now = NOW};
    MUST(hg_sign(&signing, &request, text, headers, &count) == HG_OK && count == 1);
    MUST(is_item(row, headers[0].value, &sig));
    hg_str made = {list, make_list(&input, row, headers[0].value, list)};
    hg_str value = exact(made);
    hg_header header = {hg_text("s"), value};
    hg_options options = {.scheme = schemes[row], .ring = rings[row], .now = NOW};
    request.headers = &header;
    request.header_count = 1;
    MUST(hg_verify(&options, &request).status == expected(row, trim(value), sig));
    exact_free(value);
    return 0;
}
