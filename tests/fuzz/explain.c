/* SPDX-License-Identifier: MIT
 *
 * Explaining: any delivery, any secrets; what is found stays within its limits and says no secret.
 *
 * A delivery is signed and then changed, so that the search goes beyond reading; the budget keeps a
 * run short.
 */
#include "tests/fuzz/input.h"

#define NOW 1767225600
#define BUDGET 400
#define FINDINGS 3
#define HEADERS 8
#define SECRET "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw" /* text, and base64 */

static hg_scheme *schemes[256];
static size_t scheme_count;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const hg_scheme_spec *row;
    (void) argc;
    (void) argv;
    for (; scheme_count < 256 && (row = hg_scheme_builtin(scheme_count)) != NULL; scheme_count++) {
        MUST(hg_scheme_new(row, &schemes[scheme_count], NULL) == HG_OK);
    }
    return 0;
}

/* Signs with what the sender has; the number of headers, 0 when it can't be signed. */
static size_t sign(const hg_scheme *scheme, const hg_request *request, char *text,
                   hg_header *headers)
{
    hg_key key = {hg_text("k"), hg_text(SECRET), HG_NEVER};
    hg_ring *ring = NULL;
    size_t count = 0;
    if (hg_ring_new(scheme, &key, 1, &ring, NULL) == HG_OK) {
        hg_signing signing = {.scheme = scheme,
                              .ring = ring,
                              .now = NOW,
                              .event = hg_text("Order.OnCreate"),
                              .id = hg_text("msg_1")};
        if (hg_sign(&signing, request, text, headers, &count) != HG_OK) {
            count = 0;
        }
    }
    hg_ring_free(ring);
    return count;
}

static bool is_clean(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char) *text < 0x20) {
            return false;
        }
    }
    return true;
}

static void check(const hg_finding *finding, const hg_explaining *options)
{
    MUST(finding->change_count >= 1 && finding->change_count <= HG_CHANGES_MAX);
    for (size_t i = 0; i < finding->change_count; i++) {
        const hg_change *change = &finding->changes[i];
        MUST(change->name[0] != '\0' && change->meaning[0] != '\0' && change->advice[0] != '\0');
        MUST(memchr(change->detail, '\0', sizeof change->detail) != NULL);
        MUST(is_clean(change->detail) && strstr(change->detail, SECRET) == NULL);
    }
    MUST(finding->key_label.ptr == options->keys[0].label.ptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    char text[HG_SIGN_TEXT_MAX];
    hg_header headers[HEADERS];
    hg_finding findings[FINDINGS];
    hg_explanation said;
    unsigned choice = take_byte(&input);
    const hg_scheme *scheme = schemes[take_byte(&input) % scheme_count];
    const hg_scheme *signs = choice & 1 ? schemes[take_byte(&input) % scheme_count] : scheme;
    hg_str method = exact(take_text(&input));
    hg_str url =
        exact(choice & 2 ? hg_text("https://example.com:8443/a%20b/?b=2&a=1") : take_text(&input));
    hg_str secret = exact(choice & 4 ? hg_text("v1,whsec_" SECRET "\n") : take_text(&input));
    hg_header more = {exact(take_text(&input)), exact(take_text(&input))};
    hg_str other = exact(take_text(&input));
    hg_str body = exact(take_rest(&input));
    hg_request request = {.method = method, .url = url, .body = choice & 8 ? other : body};
    size_t count = sign(signs, &request, text, headers);
    if (choice & 16 && count > 0) {
        headers[count - 1].value = more.value; /* a signature of the fuzzer's */
    }
    headers[count++] = more;
    request = (hg_request){method, url, headers, count, body};
    hg_key key = {hg_text("k"), secret, choice & 32 ? 1 : HG_NEVER};
    hg_body_form form = {"other", "m", "a", other};
    hg_explaining options = {.scheme = scheme,
                             .keys = &key,
                             .key_count = 1,
                             .now = choice & 64 ? NOW + 7200 : NOW,
                             .forms = &form,
                             .form_count = 1,
                             .budget = BUDGET};
    hg_status status = hg_explain(&options, &request, findings, FINDINGS, &said);
    MUST(status == HG_OK || status == HG_BAD_ARGUMENT);
    if (status == HG_OK) {
        MUST(said.finding_count <= FINDINGS && said.tried <= BUDGET && is_clean(said.hint));
        MUST(!(said.exhausted && said.budget_ended));
        MUST(said.status != HG_OK || said.finding_count == 0);
        for (size_t i = 0; i < said.finding_count; i++) {
            check(&findings[i], &options);
        }
    } else {
        MUST(secret.len == 0 || secret.len > HG_SECRET_MAX);
    }
    exact_free(method);
    exact_free(url);
    exact_free(secret);
    exact_free(more.name);
    exact_free(more.value);
    exact_free(other);
    exact_free(body);
    return 0;
}
