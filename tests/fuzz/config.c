/* SPDX-License-Identifier: MIT
 *
 * The receiver's configuration: any text in; one that is taken has endpoints that can verify.
 */
#include "receiver/config.h"

#include "tests/fuzz/outside.h"

#define NOW 1767225600

/* Without keys as much is taken, and more: what is wrong with a secret alone. */
static void check_keyless(hg_str text)
{
    static struct config keyless;
    hg_request request = {.method = hg_text("POST"), .url = hg_text("https://example.com/hook")};
    struct fail fail = {0};
    config_init(&keyless);
    keyless.keyless = true;
    MUST(config_parse(&keyless, text, "fuzz", &fail));
    for (size_t i = 0; i < keyless.endpoint_count; i++) {
        MUST(hg_verify(&keyless.endpoints[i].options, &request).status == HG_NO_KEY);
    }
    config_release(&keyless);
}

/* Nothing that the configuration says may turn out to be misuse when a delivery comes. */
static void check_endpoint(const struct endpoint *endpoint)
{
    hg_options options = endpoint->options;
    hg_request request = {.method = hg_text("POST"), .url = hg_text("https://example.com/hook")};
    MUST(options.scheme == endpoint->scheme && options.ring == endpoint->ring);
    MUST(endpoint->path.len > 0 && endpoint->path.ptr[0] == '/' && endpoint->dedup_s > 0);
    options.now = NOW;
    hg_status status = hg_verify(&options, &request).status;
    MUST(status == HG_NO_KEY || hg_status_class(status) == HG_CLASS_MALFORMED);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct config config;
    hg_str text = exact((hg_str){(const char *) data, size});
    struct fail fail = {0};
    outside_file = text;
    config_init(&config);
    bool done = config_parse(&config, text, "fuzz", &fail);
    MUST(done == (fail.exit_code == 0) && (done || fail.text[0] != '\0'));
    MUST(strpbrk(fail.text, "\n\r") == NULL);
    MUST(done == (config.endpoint_count > 0) && config.endpoint_count <= CONFIG_ENDPOINTS_MAX);
    for (size_t i = 0; i < config.endpoint_count; i++) {
        check_endpoint(&config.endpoints[i]);
    }
    if (done) {
        check_keyless(text);
    }
    config_release(&config);
    exact_free(text);
    return 0;
}
