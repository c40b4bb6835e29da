/* SPDX-License-Identifier: MIT
 *
 * Captures: any text in; what is read and written reads back the same.
 */
#include "base/capture.h"

#include "tests/fuzz/input.h"

#define OUT_MAX ((size_t) 1 << 20) /* bytes: enough for what a fuzzer's input can hold, escaped */

static bool read_capture(hg_str text, cJSON **tree, struct capture *capture)
{
    struct fail fail = {0};
    bool done = json_parse(text, "fuzz", tree, &fail);
    if (done) {
        struct json root = json_root(*tree, "fuzz");
        done = capture_from_json(&root, capture, &fail);
    }
    MUST(done == (fail.exit_code == 0) && (done || fail.text[0] != '\0'));
    MUST(strpbrk(fail.text, "\n\r") == NULL);
    return done;
}

static void same_request(const hg_request *a, const hg_request *b)
{
    MUST(same(a->method, b->method) && same(a->url, b->url) && same(a->body, b->body));
    MUST(a->header_count == b->header_count);
    for (size_t i = 0; i < a->header_count; i++) {
        MUST(same(a->headers[i].name, b->headers[i].name));
        MUST(same(a->headers[i].value, b->headers[i].value));
    }
}

static void check_round(const struct capture *capture)
{
    struct buf out;
    struct capture again = {0};
    cJSON *tree = NULL;
    buf_init(&out, OUT_MAX);
    if (capture_to_json(&capture->request, capture->received_at, &out)) {
        MUST(read_capture(buf_str(&out), &tree, &again));
        same_request(&capture->request, &again.request);
        MUST(capture->received_at == again.received_at);
    } else {
        MUST(out.failed); /* body_repeat can make more than fits */
    }
    capture_free(&again);
    cJSON_Delete(tree);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hg_str text = exact((hg_str){(const char *) data, size});
    struct capture capture = {0};
    cJSON *tree = NULL;
    if (read_capture(text, &tree, &capture)) {
        check_round(&capture);
    }
    capture_free(&capture);
    cJSON_Delete(tree);
    exact_free(text);
    return 0;
}
