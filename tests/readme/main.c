/* SPDX-License-Identifier: MIT
 *
 * Runs the README's is_genuine() on a delivery signed now, and on a twin whose body was changed.
 */
#include "example.c" /* cut out of README.md by tests/readme.py */

int main(void)
{
    static const char secret[] = "a secret";
    hg_scheme *scheme = NULL;
    hg_ring *ring = NULL;
    hg_key key = {.label = hg_text("main"), .secret = hg_text(secret)};
    hg_request request = {.method = hg_text("POST"), .body = hg_text("{\"Id\":1}")};
    hg_header headers[HG_SIGN_HEADERS_MAX];
    char text[HG_SIGN_TEXT_MAX];
    if (hg_scheme_open("webinone", &scheme, NULL) != HG_OK ||
        hg_ring_new(scheme, &key, 1, &ring, NULL) != HG_OK) {
        return 3;
    }
    hg_signing signing = {
        .scheme = scheme, .ring = ring, .now = time(NULL), .event = hg_text("Order.OnCreate")};
    if (hg_sign(&signing, &request, text, headers, &request.header_count) != HG_OK) {
        return 3;
    }
    request.headers = headers;
    bool good = is_genuine(secret, &request);
    request.body = hg_text("{\"Id\":2}");
    bool forged = is_genuine(secret, &request);
    hg_ring_free(ring);
    hg_scheme_free(scheme);
    return good && !forged ? 0 : 1;
}
