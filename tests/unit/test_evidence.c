/* SPDX-License-Identifier: MIT
 *
 * What a report shows of an exchange, and what it must not show.
 */
#include "check.h"

#include "harness/evidence.h"

#define KEY "s3cret/key+with \"quotes\" & more" /* of a form that each escape changes */

static bool hides(const char *secret, const char *text)
{
    struct veil veil;
    struct buf out;
    buf_init(&out, 65536);
    assert_true(veil_open(hg_text(secret), &veil));
    assert_true(veil_add(&veil, hg_text(text), &out));
    bool hidden = strstr(out.ptr, VEIL_SECRET) != NULL;
    buf_free(&out);
    veil_close(&veil);
    return hidden;
}

/* Each form of a secret alone is hidden, and of another secret is not. */
static void forms(void **state)
{
    static const struct {
        const char *what;
        const char *secret, *text;
    } rows[] = {
        {"as it is", KEY, "x" KEY "y"},
        {"one byte", "q", "a q b"},
        {"hex", KEY,
         "7333637265742f6b65792b77697468202271756f74657322202620"
         "6d6f7265"},
        {"hex, upper case", KEY,
         "7333637265742F6B65792B77697468202271756F74657322202620"
         "6D6F7265"},
        {"base64", KEY, "czNjcmV0L2tleSt3aXRoICJxdW90ZXMiICYgbW9yZQ=="},
        {"base64 behind one byte", KEY, "eHMzY3JldC9rZXkrd2l0aCAicXVvdGVzIiAmIG1vcmV5"},
        {"base64 behind two bytes", KEY, "eHhzM2NyZXQva2V5K3dpdGggInF1b3RlcyIgJiBtb3JlLg=="},
        {"base64url", "\xff\xfe\xfdsecret", "__79c2VjcmV0"},
        {"percent", KEY, "s3cret%2Fkey%2Bwith%20%22quotes%22%20%26%20more"},
        {"percent, lower case", KEY, "s3cret%2fkey%2bwith%20%22quotes%22%20%26%20more"},
        {"JSON", KEY, "s3cret/key+with \\\"quotes\\\" & more"},
        {"HTML", KEY, "s3cret/key+with &quot;quotes&quot; &amp; more"},
        {"without its mark", "whsec_bGl2ZSBzZWNyZXQ=", "bGl2ZSBzZWNyZXQ="},
        {"what base64 stands for, in hex", "whsec_bGl2ZSBzZWNyZXQ=", "6c69766520736563726574"},
        {"the same without padding", "whsec_bGl2ZSBzZWNyZXQ", "6C69766520736563726574"},
        {"what hex stands for, in base64", "6c69766520736563726574", "bGl2ZSBzZWNyZXQ="},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        HOLDS(hides(rows[i].secret, rows[i].text), i);
        HOLDS(!hides("another secret", rows[i].text), i);
    }
}

static void veiled(const char *secret, const char *text, bool signature, const char *expected)
{
    struct veil veil;
    struct buf out;
    buf_init(&out, 65536);
    assert_true(veil_open(hg_text(secret), &veil));
    assert_true(signature ? veil_add_signature(&veil, hg_text(text), &out)
                          : veil_add(&veil, hg_text(text), &out));
    assert_string_equal(out.ptr, expected);
    buf_free(&out);
    veil_close(&veil);
}

#define HEX_40 "0123456789abcdef0123456789abcdef01234567"

static void signatures(void **state)
{
    (void) state;
    veiled(KEY, "mac " HEX_40 ".", false, "mac [40 characters].");
    veiled(KEY, "id 0123456789abcdef0123456789abcdef", false,
           "id 0123456789abcdef0123456789abcdef");
    veiled(KEY, "mac qL1lO8kQ/7v+2ZbGq0Jm9xY5t3A=", false, "mac [27 characters]=");
    veiled(KEY, "?s=v1%2Cq2f1lO8k%2f7v%2B2ZbGq%2F0Jm9xY5t3A%3D", false, "?s=v1%[36 characters]%3D");
    veiled(KEY, "?s=a%20b%20Cdefghijklmnopqrst%2Auvwx9", false,
           "?s=a%20b%20Cdefghijklmnopqrst%2Auvwx9");
    veiled(KEY, "/usr/share/receivers/webhooks/handlers", false,
           "/usr/share/receivers/webhooks/handlers");
    veiled(KEY, "sha256=0123abcd", true, "sha256=[8 characters]");
    veiled(KEY, "sha256=0123abc", true, "sha256=0123abc");
    veiled("", "mac " HEX_40 " " KEY, false, "mac " HEX_40 " " KEY);
    veiled("", "sha256=" HEX_40, true, "sha256=" HEX_40);
}

static const struct hg_scheme_spec *webinone(void)
{
    static hg_scheme *scheme;
    if (scheme == NULL) {
        assert_int_equal(hg_scheme_open("webinone", &scheme, NULL), HG_OK);
    }
    return hg_scheme_row(scheme);
}

static void request(void **state)
{
    hg_header headers[] = {{S("Content-Type"), S("application/json")},
                           {S("x-webhook-signature"), S("sha256=" HEX_40)},
                           {S("X-Key"), S(KEY)}};
    hg_request sent = {.method = S("POST"),
                       .url = S("/hook"),
                       .headers = headers,
                       .header_count = COUNT(headers),
                       .body = S("{\"a\":1}")};
    struct veil veil;
    struct veil open;
    struct buf out;
    (void) state;
    buf_init(&out, EVIDENCE_MAX);
    assert_true(veil_open(hg_text(KEY), &veil));
    assert_true(veil_open(S(""), &open));
    assert_true(evidence_request(&veil, webinone(), &sent, "http://h:1/in?a=1", false, &out));
    assert_string_equal(out.ptr, "POST /in?a=1 HTTP/1.1\nHost: h:1\n"
                                 "Content-Type: application/json\n"
                                 "x-webhook-signature: sha256=[40 characters]\n"
                                 "X-Key: [the secret]\nContent-Length: 7\n\n{\"a\":1}");
    buf_clear(&out);
    sent.body = S("");
    assert_true(evidence_request(&open, webinone(), &sent, NULL, true, &out));
    assert_string_equal(out.ptr, "POST /hook\nContent-Type: application/json\n"
                                 "x-webhook-signature: sha256=" HEX_40 "\nX-Key: " KEY "\n"
                                 "Transfer-Encoding: chunked\n");
    buf_free(&out);
    veil_close(&veil);
}

static void answer(void **state)
{
    struct veil veil;
    struct buf out;
    (void) state;
    buf_init(&out, EVIDENCE_MAX);
    assert_true(veil_open(hg_text(KEY), &veil));
    assert_true(evidence_answer(
        &veil, S("HTTP/1.1 200 OK\r\nset-COOKIE: a=b\r\nX-Token: c\r\nX-Plain: d\r\n\r\nyes: " KEY),
        &out));
    assert_string_equal(out.ptr, "HTTP/1.1 200 OK\nset-COOKIE: [hidden]\nX-Token: [hidden]\n"
                                 "X-Plain: d\n\nyes: [the secret]");
    buf_clear(&out);
    assert_true(evidence_answer(&veil, S("HTTP/1.1 204 X\r\n\r\n"), &out));
    assert_string_equal(out.ptr, "HTTP/1.1 204 X\n");
    buf_clear(&out);
    assert_true(evidence_answer(&veil, S(""), &out));
    assert_int_equal(out.len, 0);
    assert_true(evidence_message(&veil, S("POST / HTTP/1.1\r\nA: b\n\r\n" KEY), &out));
    assert_string_equal(out.ptr, "POST / HTTP/1.1\r\nA: b\n\r\n[the secret]");
    buf_free(&out);
    veil_close(&veil);
}

/* A secret that lies across the cut does not show its beginning. */
static void cuts(void **state)
{
    static char body[1 << 20];
    hg_request sent = {.method = S("POST"), .url = S("/"), .body = {body, sizeof body}};
    struct veil veil;
    struct buf out;
    (void) state;
    memset(body, '.', sizeof body);
    memcpy(body + EVIDENCE_BODY_MAX - 5, KEY, strlen(KEY));
    buf_init(&out, EVIDENCE_MAX);
    assert_true(veil_open(hg_text(KEY), &veil));
    assert_true(evidence_request(&veil, webinone(), &sent, NULL, false, &out));
    assert_null(strstr(out.ptr, "s3c"));
    assert_non_null(strstr(out.ptr, "..[the \n… (1048576 bytes in all)"));
    buf_free(&out);
    veil_close(&veil);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(forms), cmocka_unit_test(signatures),
                                       cmocka_unit_test(request), cmocka_unit_test(answer),
                                       cmocka_unit_test(cuts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
