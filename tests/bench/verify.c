/* SPDX-License-Identifier: MIT
 *
 * What a verify costs beyond the hashing that nobody can spare it.
 *
 * Four ways for each body size, taken in turns within one process, so that a slow moment of the
 * machine strikes all of them alike:
 *
 * bare: SHA256_Init, Update, Final over one message that takes as many calls of the compression
 * function as the HMAC does behind its precomputed pads. For a signed text of n bytes those are
 * ceil((n + 9) / 64) inner blocks (9: the mark and the length that SHA-256 adds) and 1 outer block
 * (32 + 9 bytes); the longest message that takes b blocks has 64 b - 9 bytes.
 *
 * verify: hg_verify of a webinone delivery with 8 headers.
 *
 * evp: EVP_MAC, set up once and re-initialised for each, over the same signed text.
 *
 * hmac: HMAC(), over the same signed text.
 *
 * Prints a line a size: bytes, blocks, nanoseconds of each (medians), the ratio verify : bare.
 */
#define OPENSSL_SUPPRESS_DEPRECATED /* SHA256_Update, which is what is measured */
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "hookgauge.h"

#define NOW 1767225600
#define TIME_TEXT "1767225600"
#define EVENT "FormSubmission.OnCreate"
#define SECRET "hunter2-but-longer"
#define ROUNDS 151                  /* odd: the median is one of them */
#define SLICE_NS 150000.0           /* of one way in one round: below a scheduler tick */
#define WARM_UP_NS 5e8              /* an idle processor takes this long to its full speed */
#define BODY_MAX ((size_t) 1 << 20) /* bytes: the largest size below */
#define SIGNED_MAX (BODY_MAX + HG_VALUE_MAX) /* bytes: the body and what stands in front of it */

enum { BARE, VERIFY, EVP, HMAC_CALL, WAYS };

static const size_t sizes[] = {0, 64, 256, 1024, 4096, 65536, 1048576};

struct bench {
    hg_options options;
    hg_request request;
    hg_header headers[5 + HG_SIGN_HEADERS_MAX]; /* 8 are used */
    char text[HG_SIGN_TEXT_MAX];
    char *body; /* apart from what is signed before it, as a receiver has it */
    char *signed_text;
    size_t signed_len;
    size_t blocks;
    EVP_MAC_CTX *mac;
};

static void need(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "verify: %s\n", what);
        exit(3);
    }
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec * 1e9 + (double) t.tv_nsec;
}

static void run_bare(const struct bench *bench)
{
    SHA256_CTX context;
    unsigned char out[SHA256_DIGEST_LENGTH];
    SHA256_Init(&context);
    SHA256_Update(&context, bench->signed_text, 64 * bench->blocks - 9);
    SHA256_Final(out, &context);
}

static void run_verify(const struct bench *bench)
{
    hg_verdict verdict = hg_verify(&bench->options, &bench->request);
    need(verdict.status == HG_OK, "a good delivery was refused");
}

static void run_evp(const struct bench *bench)
{
    unsigned char out[HG_MAC_MAX];
    size_t len = 0;
    need(EVP_MAC_init(bench->mac, NULL, 0, NULL) == 1 &&
             EVP_MAC_update(bench->mac, (const unsigned char *) bench->signed_text,
                            bench->signed_len) == 1 &&
             EVP_MAC_final(bench->mac, out, &len, sizeof out) == 1,
         "EVP_MAC failed");
}

static void run_hmac(const struct bench *bench)
{
    unsigned char out[HG_MAC_MAX];
    unsigned len = 0;
    need(HMAC(EVP_sha256(), SECRET, (int) strlen(SECRET),
              (const unsigned char *) bench->signed_text, bench->signed_len, out, &len) != NULL,
         "HMAC failed");
}

static void (*const ways[WAYS])(const struct bench *) = {run_bare, run_verify, run_evp, run_hmac};

static double time_ns(const struct bench *bench, size_t way, size_t calls)
{
    double from = now_ns();
    for (size_t i = 0; i < calls; i++) {
        ways[way](bench);
    }
    return (now_ns() - from) / (double) calls;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;
    return (x > y) - (x < y);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

/* The delivery: what a platform and a proxy send along, and the signed headers. */
static void make_delivery(struct bench *bench, size_t size)
{
    static const char *const plain[][2] = {{"Host", "hooks.example.com"},
                                           {"User-Agent", "webhook/1.0"},
                                           {"Accept", "*/*"},
                                           {"Content-Type", "application/json"},
                                           {"Content-Length", "1024"}};
    size_t count = 0;
    size_t before = strlen(TIME_TEXT "." EVENT ".");
    for (size_t i = 0; i < 5; i++) {
        bench->headers[i] = (hg_header){hg_text(plain[i][0]), hg_text(plain[i][1])};
    }
    bench->request = (hg_request){.method = hg_text("POST"), .headers = bench->headers};
    bench->request.body = (hg_str){bench->body, size};
    hg_signing signing = {.scheme = bench->options.scheme,
                          .ring = bench->options.ring,
                          .now = NOW,
                          .event = hg_text(EVENT)};
    need(hg_sign(&signing, &bench->request, bench->text, bench->headers + 5, &count) == HG_OK &&
             count == 3,
         "could not sign");
    bench->request.header_count = 8;
    bench->signed_len = before + size;
    bench->blocks = (bench->signed_len + 9 + 63) / 64 + 1;
}

static void measure(struct bench *bench, size_t size)
{
    static double times[WAYS][ROUNDS];
    double ratios[ROUNDS];
    size_t calls[WAYS];
    make_delivery(bench, size);
    for (size_t way = 0; way < WAYS; way++) {
        double one = time_ns(bench, way, 20);
        calls[way] = one < SLICE_NS ? (size_t) (SLICE_NS / one) : 1;
    }
    for (size_t round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < WAYS; i++) {
            size_t way = round % 2 == 0 ? i : WAYS - 1 - i; /* no way is always the first */
            times[way][round] = time_ns(bench, way, calls[way]);
        }
        ratios[round] = times[VERIFY][round] / times[BARE][round];
    }
    printf("%zu %zu", size, bench->blocks);
    for (size_t way = 0; way < WAYS; way++) {
        printf(" %.1f", median(times[way], ROUNDS));
    }
    printf(" %.4f\n", median(ratios, ROUNDS));
    fflush(stdout);
}

static void warm_up(struct bench *bench)
{
    double until = now_ns() + WARM_UP_NS;
    make_delivery(bench, sizes[0]);
    while (now_ns() < until) {
        run_verify(bench);
    }
}

static EVP_MAC_CTX *make_mac(void)
{
    char digest[] = "SHA256";
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0),
                           OSSL_PARAM_construct_end()};
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = EVP_MAC_CTX_new(hmac);
    need(context != NULL &&
             EVP_MAC_init(context, (const unsigned char *) SECRET, strlen(SECRET), params) == 1,
         "EVP_MAC is not there");
    EVP_MAC_free(hmac);
    return context;
}

int main(void)
{
    hg_scheme *scheme = NULL;
    hg_ring *ring = NULL;
    hg_key key = {hg_text("secret"), hg_text(SECRET), HG_NEVER};
    need(hg_scheme_open("webinone", &scheme, NULL) == HG_OK &&
             hg_ring_new(scheme, &key, 1, &ring, NULL) == HG_OK,
         "no scheme or ring");
    struct bench bench = {.options = {.scheme = scheme, .ring = ring, .now = NOW}};
    bench.mac = make_mac();
    bench.signed_text = malloc(SIGNED_MAX);
    bench.body = malloc(BODY_MAX);
    need(bench.signed_text != NULL && bench.body != NULL, "no memory");
    memset(bench.body, 'x', BODY_MAX);
    memset(bench.signed_text, 'x', SIGNED_MAX);
    memcpy(bench.signed_text, TIME_TEXT "." EVENT ".", strlen(TIME_TEXT "." EVENT "."));
    warm_up(&bench);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        measure(&bench, sizes[i]);
    }
    free(bench.body);
    free(bench.signed_text);
    EVP_MAC_CTX_free(bench.mac);
    hg_ring_free(ring);
    hg_scheme_free(scheme);
    return 0;
}
