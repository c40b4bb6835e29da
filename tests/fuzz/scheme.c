/* SPDX-License-Identifier: MIT
 *
 * Schemes as JSON: any text in; a row that compiles prints and reads back equal, and what it signs
 * it verifies, or refuses for its form.
 */
#include "base/scheme_json.h"

#include "tests/fuzz/input.h"

#define NOW 1767225600
#define OUT_MAX ((size_t) 1 << 20) /* bytes: more than a row's texts can take, escaped */

static bool read_scheme(hg_str text, hg_scheme **scheme)
{
    struct fail fail = {0};
    cJSON *tree = NULL;
    bool done = json_parse(text, "fuzz", &tree, &fail);
    if (done) {
        struct json root = json_root(tree, "fuzz");
        done = scheme_from_json(&root, scheme, &fail);
    }
    cJSON_Delete(tree); /* nothing of it is referred to */
    MUST(done == (fail.exit_code == 0) && (done || fail.text[0] != '\0'));
    MUST(strpbrk(fail.text, "\n\r") == NULL);
    return done;
}

static void same_text(const char *a, const char *b)
{
    MUST((a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0));
}

static void same_row(const hg_scheme_spec *a, const hg_scheme_spec *b)
{
    same_text(a->name, b->name);
    same_text(a->basis, b->basis);
    same_text(a->source, b->source);
    same_text(a->algorithm, b->algorithm);
    same_text(a->key, b->key);
    same_text(a->signed_text, b->signed_text);
    same_text(a->signature.header, b->signature.header);
    same_text(a->signature.item, b->signature.item);
    same_text(a->signature.separator, b->signature.separator);
    same_text(a->signature.encoding, b->signature.encoding);
    same_text(a->signature.prefix, b->signature.prefix);
    same_text(a->signature.several, b->signature.several);
    same_text(a->timestamp.header, b->timestamp.header);
    same_text(a->timestamp.item, b->timestamp.item);
    same_text(a->timestamp.format, b->timestamp.format);
    bool timed = a->timestamp.header != NULL || a->timestamp.item != NULL;
    MUST(!timed || a->timestamp.tolerance_s == b->timestamp.tolerance_s);
    same_text(a->event.header, b->event.header);
    same_text(a->event.grammar, b->event.grammar);
    same_text(a->id.header, b->id.header);
}

static void check_round(const hg_scheme *scheme, bool indented)
{
    struct buf out;
    hg_scheme *again = NULL;
    buf_init(&out, OUT_MAX);
    MUST(scheme_to_json(hg_scheme_row(scheme), indented, &out));
    hg_str text = exact(buf_str(&out));
    MUST(read_scheme(text, &again));
    same_row(hg_scheme_row(scheme), hg_scheme_row(again));
    hg_scheme_free(again);
    exact_free(text);
    buf_free(&out);
}

/* Key text that is good in every form: canonical base64 and hex digits at once. Ed25519 takes a
 * pair, here of RFC 8032 section 7.1, test 2. */
static hg_str key_text(const hg_scheme_spec *row)
{
    if (strcmp(row->algorithm, "ed25519") != 0) {
        return hg_text("0123456789abcdef");
    }
    if (strcmp(row->key, "hex") == 0) {
        return hg_text("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
                       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    }
    static const char whsk[] =
        "whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs9QBfD6EOJWpK3CqdNG36"
        "8nJgszy7ElozAzVXxKvRmDA==";
    return hg_text(strcmp(row->key, "whpk") == 0 ? whsk : whsk + strlen("whsk_"));
}

/* The same request through a stream, in two pieces. */
static void check_stream(const hg_options *options, const hg_request *request, hg_status whole)
{
    hg_stream stream;
    (void) !hg_stream_begin(&stream, options, request);
    hg_stream_update(&stream, request->body.ptr, 1);
    hg_stream_update(&stream, request->body.ptr + 1, request->body.len - 1);
    hg_status status = hg_stream_end(&stream).status;
    MUST(status == whole || status == HG_BAD_SCHEME);
}

static void check_use(const hg_scheme *scheme)
{
    hg_key key = {hg_text("secret"), key_text(hg_scheme_row(scheme)), HG_NEVER};
    hg_ring *ring = NULL;
    hg_header headers[HG_SIGN_HEADERS_MAX];
    char text[HG_SIGN_TEXT_MAX];
    hg_request request = {.method = hg_text("POST"),
                          .url = hg_text("https://example.com/hook?a=1"),
                          .body = hg_text("{}")};
    MUST(hg_ring_new(scheme, &key, 1, &ring, NULL) == HG_OK);
    hg_signing signing = {.scheme = scheme,
                          .ring = ring,
                          .now = NOW,
                          .event = hg_text("Order.OnCreate"),
                          .id = hg_text("42")};
    if (hg_sign(&signing, &request, text, headers, &request.header_count) == HG_OK) {
        request.headers = headers;
        hg_options options = {.scheme = scheme, .ring = ring, .now = NOW};
        /* A row can be such that no delivery of its own verifies (a time's item that a signature
         * fits too, a header in the template that nobody sent): it must then fail for its form. */
        hg_status status = hg_verify(&options, &request).status;
        check_stream(&options, &request, status);
        MUST(status == HG_OK || hg_status_class(status) == HG_CLASS_MALFORMED);
        request.body = hg_text("{ }");
        hg_status changed = hg_verify(&options, &request).status;
        check_stream(&options, &request, changed);
        bool noticed = status == HG_OK && hg_scheme_binds(scheme, HG_PART_BODY);
        MUST(changed == (noticed ? HG_MISMATCH : status));
    }
    hg_ring_free(ring);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hg_str text = exact((hg_str){(const char *) data, size});
    hg_scheme *scheme = NULL;
    if (read_scheme(text, &scheme)) {
        check_round(scheme, false);
        check_round(scheme, true);
        check_use(scheme);
        hg_scheme_free(scheme);
    }
    exact_free(text);
    return 0;
}
