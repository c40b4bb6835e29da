/* SPDX-License-Identifier: MIT
 *
 * Run under valgrind: no branch and no index of the library depends on a secret or a MAC.
 *
 * Secrets are marked as undefined memory before a ring is made of them. Whatever is computed from
 * them is then undefined too, up to the places where the library calls HGI_PUBLIC, and valgrind
 * reports each jump and each address made from it. The library's sources are compiled with
 * HG_CONSTANT_TIME_TEST, which turns HGI_PUBLIC on.
 *
 * With HG_CONSTANT_TIME_LEAK the program has two leaks, and its argument says which one to spring:
 * "compare" (MACs are compared with memcmp, inside hg_verify) or "index" (a MAC is written as hex
 * with a table). If valgrind is silent about one of them, its silence about the rest means nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <valgrind/memcheck.h>

#include "base/secret_equal.h"
#include "core/crypto.h"
#include "hookgauge.h"

#define NOW 1767225600
#define LIST_MAX 2048 /* bytes of a signature header of this test */
#define BODY "{\"Id\":1}"

static const char *const algorithms[] = {"hmac-sha1", "hmac-sha256", "hmac-sha384", "hmac-sha512"};
static const char *const encodings[] = {"hex", "base64", "base64url"};

/* Secrets in every form a scheme can name: two that are good, longer and shorter than a block, and
 * one that is not in the form. */
static const struct {
    const char *form;
    const char *longer;
    const char *shorter;
    const char *wrong; /* NULL: every text is in the form */
} forms[] = {
    {"utf8",
     "a secret of more bytes than a block of any hash has, so that it is hashed before it is "
     "absorbed: 128 are needed for that with SHA-512",
     "hunter2", NULL},
    {"base64",
     "QSBzZWNyZXQgb2YgbW9yZSBieXRlcyB0aGFuIGEgYmxvY2sgb2YgU0hBLTI1NiBoYXMsIHNvIHRoYXQgaXQgaXMgaGFz"
     "aGVkIGJlZm9yZSBpdCBpcyBhYnNvcmJlZCE=",
     "aHVudGVyMg==", "aHVudGVyMh=="},
    {"hex", "00112233445566778899aabbccddeeffFFEEDDCCBBAA9988776655443322110000", "6875", "6875g7"},
    {"whsec", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw", "aHVudGVyMg", "whsec_aHVudGVyMg="},
};

static void need(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "check: %s\n", what);
        exit(1);
    }
}

/* Whether valgrind holds some bit of it to be undefined. Asking is no use of it. */
static bool is_secret(const void *memory, size_t size)
{
    unsigned char bits[LIST_MAX];
    need(size <= sizeof bits, "too much to ask for");
    need(VALGRIND_GET_VBITS(memory, bits, size) == 1, "valgrind does not answer");
    for (size_t i = 0; i < size; i++) {
        if (bits[i] != 0) {
            return true;
        }
    }
    return false;
}

/* A copy of a secret that valgrind holds to be undefined. */
static hg_str secret_copy(const char *text)
{
    size_t len = strlen(text);
    char *copy = malloc(len);
    need(copy != NULL, "no memory");
    memcpy(copy, text, len);
    (void) VALGRIND_MAKE_MEM_UNDEFINED(copy, len);
    return (hg_str){copy, len};
}

static void secret_free(hg_str secret)
{
    free((char *) (uintptr_t) secret.ptr);
}

#ifdef HG_CONSTANT_TIME_LEAK
static const char *leak = "";

static bool leaks(const char *which)
{
    return strcmp(leak, which) == 0;
}

/* Takes the place of the library's comparison, which is compiled under another name for this. */
bool hgi_equal_right(const void *a, const void *b, size_t size);
bool hgi_equal(const void *a, const void *b, size_t size)
{
    return leaks("compare") ? memcmp(a, b, size) == 0 : hgi_equal_right(a, b, size);
}

/* The way almost everybody writes hex. */
static void leaky_hex(const void *data, size_t size, char *out)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        out[2 * i] = "0123456789abcdef"[bytes[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[bytes[i] & 15];
    }
}
#endif

/* ---- One scheme ------------------------------------------------------------------------------ */

struct scene {
    hg_scheme *scheme;
    hg_ring *ring;
    hg_str secrets[2];
    hg_str body;
    char text[HG_SIGN_TEXT_MAX];
    char list[LIST_MAX];
    hg_header headers[HG_SIGN_HEADERS_MAX];
    size_t count;
};

static void make_scheme(struct scene *scene, size_t form, size_t algorithm, size_t encoding)
{
    hg_scheme_spec row = {
        .name = "test",
        .basis = "assumed",
        .algorithm = algorithms[algorithm],
        .key = forms[form].form,
        .signed_text = "{timestamp}.{event}.{body}",
        .signature = {.header = "X-Signature",
                      .item = "v1={sig}",
                      .separator = ",",
                      .encoding = encodings[encoding]},
        .timestamp = {"X-Timestamp", NULL, "unix", 300},
        .event = {"X-Event", "type.action"},
    };
    need(hg_scheme_new(&row, &scene->scheme, NULL) == HG_OK, "the scheme was refused");
}

static void make_ring(struct scene *scene, size_t form)
{
    scene->secrets[0] = secret_copy(forms[form].longer);
    scene->secrets[1] = secret_copy(forms[form].shorter);
    hg_key keys[2] = {{hg_text("longer"), scene->secrets[0], HG_NEVER},
                      {hg_text("shorter"), scene->secrets[1], HG_NEVER}};
    need(hg_ring_new(scene->scheme, keys, 2, &scene->ring, NULL) == HG_OK, "the ring was refused");
}

/* A secret that is not in its form is refused without a look at where it goes wrong. */
static void refuse_ring(const struct scene *scene, size_t form)
{
    hg_ring *ring = NULL;
    if (forms[form].wrong == NULL) {
        return;
    }
    hg_str secret = secret_copy(forms[form].wrong);
    hg_key key = {hg_text("wrong"), secret, HG_NEVER};
    need(hg_ring_new(scene->scheme, &key, 1, &ring, NULL) == HG_BAD_KEY, "a bad key was taken");
    secret_free(secret);
}

/* Signs with the second key. The signature is a secret until it is sent. */
static void sign(struct scene *scene)
{
    hg_request request = {.method = hg_text("POST"), .body = scene->body};
    hg_signing signing = {.scheme = scene->scheme,
                          .ring = scene->ring,
                          .key = 1,
                          .now = NOW,
                          .event = hg_text("Order.OnCreate")};
    need(hg_sign(&signing, &request, scene->text, scene->headers, &scene->count) == HG_OK,
         "signing failed");
    hg_str value = scene->headers[scene->count - 1].value;
    need(is_secret(value.ptr, value.len), "a MAC of a secret key is not secret: the test is blind");
#ifdef HG_CONSTANT_TIME_LEAK
    if (leaks("index")) {
        leaky_hex(value.ptr, value.len, scene->list);
    }
#endif
    (void) VALGRIND_MAKE_MEM_DEFINED(scene->text, sizeof scene->text);
}

/* The signature header becomes a list: wrong ones, of which the first differs in its last byte
 * alone and the others from the start, and the right one behind them if it is wanted. */
static void make_list(struct scene *scene, bool right)
{
    hg_str good = scene->headers[scene->count - 1].value;
    size_t used = 0;
    for (size_t i = 0; i < 4; i++) {
        bool exact = right && i == 3;
        char *item = scene->list + used;
        need(used + good.len + 1 <= sizeof scene->list, "the list does not fit");
        memcpy(item, good.ptr, good.len);
        if (!exact) {
            size_t from = i == 0 ? good.len - 6 : 3; /* behind "v1="; before any padding */
            item[from] = item[from] == '0' ? '1' : '0';
        }
        used += good.len;
        scene->list[used++] = ',';
    }
    scene->headers[scene->count - 1].value = (hg_str){scene->list, used - 1};
}

static void verify(struct scene *scene, hg_status want)
{
    hg_stream stream;
    hg_options options = {.scheme = scene->scheme, .ring = scene->ring, .now = NOW};
    hg_request request = {.method = hg_text("POST"),
                          .headers = scene->headers,
                          .header_count = scene->count,
                          .body = scene->body};
    hg_verdict verdict = hg_verify(&options, &request);
    need(verdict.status == want, "hg_verify gave another status");
    need(!is_secret(&verdict, sizeof verdict.status), "a status is left secret");
    need(hg_stream_begin(&stream, &options, &request) == HG_OK, "hg_stream_begin gave another");
    for (size_t i = 0; i < scene->body.len; i++) {
        hg_stream_update(&stream, scene->body.ptr + i, 1);
    }
    verdict = hg_stream_end(&stream);
    need(verdict.status == want, "hg_stream_end gave another status");
}

static void check(size_t form, size_t algorithm, size_t encoding)
{
    struct scene scene = {.body = hg_text(BODY)};
    make_scheme(&scene, form, algorithm, encoding);
    refuse_ring(&scene, form);
    make_ring(&scene, form);
    sign(&scene);
    verify(&scene, HG_OK);
    hg_header one = scene.headers[scene.count - 1];
    make_list(&scene, true);
    verify(&scene, HG_OK);
    scene.headers[scene.count - 1] = one;
    make_list(&scene, false);
    verify(&scene, HG_MISMATCH);
    hg_ring_free(scene.ring);
    hg_scheme_free(scene.scheme);
    secret_free(scene.secrets[0]);
    secret_free(scene.secrets[1]);
}

/* The programs' own comparison of a secret: the verdict is made from it, nothing else is. */
static void compare(void)
{
    static const char token[] = "a token of sixteen and more";
    hg_str secret = secret_copy(token);
    for (size_t i = 0; i < 3; i++) {
        char other[sizeof token];
        memcpy(other, token, sizeof token);
        other[i == 0 ? 0 : secret.len - 1] ^= i < 2;
        bool equal = secret_equal((hg_str){other, secret.len}, secret);
        need(is_secret(&equal, sizeof equal), "a comparison does not look at the secret");
        (void) VALGRIND_MAKE_MEM_DEFINED(&equal, sizeof equal);
        need(equal == (i == 2), "a comparison is wrong");
    }
    secret_free(secret);
}

int main(int argc, char **argv)
{
    size_t done = 0;
    need(RUNNING_ON_VALGRIND != 0, "says nothing unless it runs under valgrind");
#ifdef HG_CONSTANT_TIME_LEAK
    leak = argc > 1 ? argv[1] : "";
#else
    need(argc == 1, "has no leaks to choose from");
    (void) argv;
#endif
    compare();
    for (size_t form = 0; form < sizeof forms / sizeof forms[0]; form++) {
        for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
            for (size_t j = 0; j < sizeof encodings / sizeof encodings[0]; j++) {
                check(form, i, j);
                done++;
            }
        }
    }
    printf("%zu schemes\n", done);
    return 0;
}
