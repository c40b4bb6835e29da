/* SPDX-License-Identifier: MIT
 *
 * The words and members that few schemes need: form parameters, digests of the body, a prefix
 * before a list, several signature headers, public keys. Expected MACs come from Python's hmac.
 */
#include "check.h"

#define NOW 1767225600

/* RFC 8032 section 7.1, test 2: the seed, then the public key. */
#define SEED "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
#define PUBLIC "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

struct world {
    hg_scheme *scheme;
    hg_ring *ring;
    hg_request request;
    hg_header headers[HG_SIGN_HEADERS_MAX + HG_CANDIDATES_MAX];
    char text[HG_SIGN_TEXT_MAX];
};

static hg_scheme_spec plain(const char *signed_text)
{
    return (hg_scheme_spec){.name = "words",
                            .basis = "assumed",
                            .algorithm = "hmac-sha256",
                            .key = "utf8",
                            .signed_text = signed_text,
                            .signature = {.header = "Sig", .item = "{sig}", .encoding = "hex"}};
}

static void open_with(struct world *w, const hg_scheme_spec *spec, hg_str secret)
{
    hg_key key = {S("main"), secret, HG_NEVER};
    *w = (struct world){.request = {.method = S("POST"), .url = S("https://h/p")}};
    assert_int_equal(hg_scheme_new(spec, &w->scheme, NULL), HG_OK);
    assert_int_equal(hg_ring_new(w->scheme, &key, 1, &w->ring, NULL), HG_OK);
    w->request.headers = w->headers;
}

static void close_world(struct world *w)
{
    hg_ring_free(w->ring);
    hg_scheme_free(w->scheme);
}

static hg_status sign(struct world *w)
{
    hg_signing signing = {.scheme = w->scheme, .ring = w->ring, .now = NOW};
    w->request.header_count = 0;
    return hg_sign(&signing, &w->request, w->text, w->headers, &w->request.header_count);
}

static hg_str signature(const struct world *w)
{
    return w->headers[w->request.header_count - 1].value;
}

static hg_status judge(const struct world *w)
{
    hg_options options = {.scheme = w->scheme, .ring = w->ring, .now = NOW};
    hg_str body = exact(w->request.body);
    hg_request request = w->request;
    request.body = body;
    hg_status status = hg_verify(&options, &request).status;
    drop(body);
    return status;
}

/* The same in pieces of one byte. */
static hg_status judge_stream(const struct world *w)
{
    hg_options options = {.scheme = w->scheme, .ring = w->ring, .now = NOW};
    hg_stream stream;
    hg_status begun = hg_stream_begin(&stream, &options, &w->request);
    for (size_t i = 0; i < w->request.body.len; i++) {
        hg_stream_update(&stream, w->request.body.ptr + i, 1);
    }
    hg_status status = hg_stream_end(&stream).status;
    assert_true(begun == HG_OK || begun == status);
    return status;
}

/* ---- Form parameters ------------------------------------------------------------------------- */

static void form_parameters_are_sorted(void **state)
{
    (void) state;
    struct world w;
    hg_scheme_spec spec = plain("{url}{form}");
    spec.algorithm = "hmac-sha1";
    spec.signature.encoding = "base64";
    open_with(&w, &spec, S("secret"));
    w.request.body = S("b=2&a=1+x&a=%C3%A9&b=2&c");
    assert_int_equal(sign(&w), HG_OK);
    assert_true(same(signature(&w), S("ah02FNY405tpc0KmmSr2DW5nUxg=")));
    static const struct {
        const char *what;
        hg_str body;
        hg_status status;
    } rows[] = {
        {"as signed", S("b=2&a=1+x&a=%C3%A9&b=2&c"), HG_OK},
        {"another order", S("a=%C3%A9&c&a=1%20x&b=2"), HG_OK},
        {"an empty value spelled out", S("c=&b=2&&a=1+x&a=\xc3\xa9"), HG_OK},
        {"another value", S("b=3&a=1+x&a=%C3%A9&c"), HG_MISMATCH},
        {"one more", S("b=2&a=1+x&a=%C3%A9&c&d"), HG_MISMATCH},
        {"half an escape", S("b=2&a=1+x&a=%C3%A9&c%4"), HG_BAD_REQUEST},
        {"no escape", S("b=2&a=1+x&a=%C3%A9&c%zz"), HG_BAD_REQUEST},
        {"nothing", S(""), HG_MISMATCH},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        w.request.body = rows[i].body;
        HOLDS(judge(&w) == rows[i].status, i);
    }
    close_world(&w);
}

static void forms_have_a_ceiling(void **state)
{
    (void) state;
    struct world w;
    hg_scheme_spec spec = plain("{form}");
    char body[2 * (HG_FORM_MAX + 1)];
    for (size_t i = 0; i <= HG_FORM_MAX; i++) {
        memcpy(body + 2 * i, "a&", 2);
    }
    open_with(&w, &spec, S("secret"));
    w.request.body = (hg_str){body, 2 * HG_FORM_MAX};
    assert_int_equal(sign(&w), HG_OK);
    assert_int_equal(judge(&w), HG_OK);
    w.request.body.len += 2;
    assert_int_equal(judge(&w), HG_BAD_REQUEST);
    assert_int_equal(sign(&w), HG_BAD_REQUEST);
    close_world(&w);
}

static void forms_are_not_streamed(void **state)
{
    (void) state;
    struct world w;
    hg_scheme_spec spec = plain("{form}");
    open_with(&w, &spec, S("secret"));
    w.request.body = S("a=1");
    assert_int_equal(sign(&w), HG_OK);
    assert_int_equal(judge(&w), HG_OK);
    assert_int_equal(judge_stream(&w), HG_BAD_SCHEME);
    assert_true(hg_scheme_binds(w.scheme, HG_PART_BODY));
    close_world(&w);
}

/* ---- Digests --------------------------------------------------------------------------------- */

static void digests_of_the_body(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        const char *text;
        const char *sig;
    } rows[] = {
        {"before nothing", "1767225600.{body:sha256:hex}",
         "02b61639f864615af43e0ba16cea8be429541d49c6010305a5c396724819ab97"},
        {"behind the body", "{body}|{body:sha512:base64}",
         "7d019ed6d65906f52fe0042182f55ef4d0bbf6c5b0e6349ab3d81f9c62fb154b"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        hg_scheme_spec spec = plain(rows[i].text);
        open_with(&w, &spec, S("secret"));
        w.request.body = S("hello");
        assert_int_equal(sign(&w), HG_OK);
        HOLDS(same(signature(&w), hg_text(rows[i].sig)), i);
        HOLDS(hg_scheme_binds(w.scheme, HG_PART_BODY), i);
        HOLDS(judge(&w) == HG_OK && judge_stream(&w) == HG_OK, i);
        w.request.body = S("hellp");
        HOLDS(judge(&w) == HG_MISMATCH && judge_stream(&w) == HG_MISMATCH, i);
        w.request.body = S("");
        HOLDS(judge(&w) == HG_MISMATCH && judge_stream(&w) == HG_MISMATCH, i);
        close_world(&w);
    }
}

/* ---- Several signatures ---------------------------------------------------------------------- */

#define WRONG "0000000000000000000000000000000000000000000000000000000000000000"

/* A request with the given signature headers; "*" in a value stands for the right signature. */
struct carried {
    const char *name;
    const char *value;
};

static hg_status judge_carried(struct world *w, const struct carried *carried, size_t count)
{
    char values[HG_CANDIDATES_MAX + 1][200];
    assert_int_equal(sign(w), HG_OK);
    hg_str right = signature(w);
    char sig[100];
    assert_true(right.len < sizeof sig);
    snprintf(sig, sizeof sig, "%.*s", (int) right.len, right.ptr);
    for (size_t i = 0; i < count; i++) {
        const char *star = strchr(carried[i].value, '*');
        int before =
            star != NULL ? (int) (star - carried[i].value) : (int) strlen(carried[i].value);
        snprintf(values[i], sizeof values[i], "%.*s%s%s", before, carried[i].value,
                 star != NULL ? sig : "", star != NULL ? star + 1 : "");
        w->headers[i] = (hg_header){hg_text(carried[i].name), hg_text(values[i])};
    }
    w->request.header_count = count;
    assert_int_equal(judge_stream(w), judge(w));
    return judge(w);
}

static void numbered_headers(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        struct carried carried[3];
        size_t count;
        hg_status status;
    } rows[] = {
        {"the first", {{"Sig-1", "*"}}, 1, HG_OK},
        {"the second is right", {{"sig-1", WRONG}, {"SIG-2", "*"}}, 2, HG_OK},
        {"two digits", {{"Sig-12", "*"}}, 1, HG_OK},
        {"none is right", {{"Sig-1", WRONG}, {"Sig-2", WRONG}}, 2, HG_MISMATCH},
        {"no number", {{"Sig", "*"}}, 1, HG_NO_SIGNATURE},
        {"a leading zero", {{"Sig-01", "*"}}, 1, HG_NO_SIGNATURE},
        {"zero", {{"Sig-0", "*"}}, 1, HG_NO_SIGNATURE},
        {"three digits", {{"Sig-100", "*"}}, 1, HG_NO_SIGNATURE},
        {"no digit", {{"Sig-x", "*"}}, 1, HG_NO_SIGNATURE},
        {"another name", {{"Sigs-1", "*"}}, 1, HG_NO_SIGNATURE},
        {"a number twice", {{"Sig-1", "*"}, {"Sig-1", "*"}}, 2, HG_REPEATED_HEADER},
        {"an empty one is none", {{"Sig-1", ""}}, 1, HG_NO_SIGNATURE},
        {"none fits", {{"Sig-1", "abc"}}, 1, HG_BAD_SIGNATURE},
        {"a control byte", {{"Sig-1", "*"}, {"Sig-2", "\x01"}}, 2, HG_BAD_REQUEST},
        {"one in a number twice", {{"Sig-1", "*"}, {"Sig-1", "\x01"}}, 2, HG_REPEATED_HEADER},
        {"in the other order", {{"Sig-1", "\x01"}, {"Sig-1", "*"}}, 2, HG_REPEATED_HEADER},
    };
    struct world w;
    hg_scheme_spec spec = plain("{body}");
    spec.signature.several = "numbered";
    open_with(&w, &spec, S("secret"));
    assert_int_equal(sign(&w), HG_OK);
    assert_true(same(w.headers[0].name, S("Sig-1")));
    for (size_t i = 0; i < COUNT(rows); i++) {
        HOLDS(judge_carried(&w, rows[i].carried, rows[i].count) == rows[i].status, i);
    }
    close_world(&w);
}

static void repeated_headers(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        struct carried carried[3];
        size_t count;
        hg_status status;
    } rows[] = {
        {"one", {{"Sig", "*"}}, 1, HG_OK},
        {"the second is right", {{"Sig", WRONG}, {"sig", "*"}}, 2, HG_OK},
        {"the third is right", {{"Sig", WRONG}, {"Sig", "abc"}, {"Sig", "*"}}, 3, HG_OK},
        {"none is right", {{"Sig", WRONG}, {"Sig", WRONG}}, 2, HG_MISMATCH},
        {"numbered", {{"Sig-1", "*"}}, 1, HG_NO_SIGNATURE},
        {"none", {{"Other", "*"}}, 1, HG_NO_SIGNATURE},
    };
    struct world w;
    hg_scheme_spec spec = plain("{body}");
    spec.signature.several = "repeated";
    open_with(&w, &spec, S("secret"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        HOLDS(judge_carried(&w, rows[i].carried, rows[i].count) == rows[i].status, i);
    }
    struct carried many[HG_CANDIDATES_MAX + 1];
    for (size_t i = 0; i <= HG_CANDIDATES_MAX; i++) {
        many[i] = (struct carried){"Sig", "*"};
    }
    assert_int_equal(judge_carried(&w, many, HG_CANDIDATES_MAX), HG_OK);
    assert_int_equal(judge_carried(&w, many, HG_CANDIDATES_MAX + 1), HG_BAD_SIGNATURE);
    many[HG_CANDIDATES_MAX].value = "\x01"; /* behind the last that is tried, too */
    assert_int_equal(judge_carried(&w, many, HG_CANDIDATES_MAX + 1), HG_BAD_REQUEST);
    close_world(&w);
}

static void a_list_behind_a_prefix(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        struct carried carried[1];
        hg_status status;
    } rows[] = {
        {"as signed", {{"Sig", "*"}}, HG_OK},
        {"two, the second right", {{"Sig", "v0=" WRONG ",%"}}, HG_OK},
        {"two, none right", {{"Sig", "v0=" WRONG "," WRONG}}, HG_MISMATCH},
        {"no prefix", {{"Sig", "%"}}, HG_BAD_SIGNATURE},
        {"another prefix", {{"Sig", "v1=%"}}, HG_BAD_SIGNATURE},
        {"the prefix twice", {{"Sig", "v0=v0=%"}}, HG_BAD_SIGNATURE},
    };
    struct world w;
    hg_scheme_spec spec = plain("{body}");
    spec.signature.prefix = "v0=";
    spec.signature.separator = ",";
    open_with(&w, &spec, S("secret"));
    w.request.body = S("hello");
    assert_int_equal(sign(&w), HG_OK);
    assert_int_equal(signature(&w).len, 3 + 64);
    char bare[65];
    snprintf(bare, sizeof bare, "%.*s", 64, signature(&w).ptr + 3);
    for (size_t i = 0; i < COUNT(rows); i++) {
        /* '%' stands for the signature without its prefix */
        char value[200] = "";
        const char *mark = strchr(rows[i].carried[0].value, '%');
        struct carried one = rows[i].carried[0];
        if (mark != NULL) {
            snprintf(value, sizeof value, "%.*s%s", (int) (mark - one.value), one.value, bare);
            one.value = value;
        }
        HOLDS(judge_carried(&w, &one, 1) == rows[i].status, i);
    }
    close_world(&w);
}

/* ---- Public keys ----------------------------------------------------------------------------- */

static hg_scheme_spec with_public_key(const char *key)
{
    hg_scheme_spec spec = plain("{timestamp}{body}");
    spec.algorithm = "ed25519";
    spec.key = key;
    spec.timestamp.header = "Time";
    spec.timestamp.format = "unix";
    spec.timestamp.tolerance_s = 300;
    return spec;
}

static void public_keys_verify(void **state)
{
    (void) state;
    struct world pair, w;
    hg_scheme_spec spec = with_public_key("hex");
    open_with(&pair, &spec, S(SEED PUBLIC));
    pair.request.body = S("{}");
    assert_int_equal(sign(&pair), HG_OK);
    assert_int_equal(signature(&pair).len, 128);
    assert_int_equal(judge(&pair), HG_OK);

    open_with(&w, &spec, S(PUBLIC));
    assert_int_equal(sign(&w), HG_BAD_KEY); /* it has no private half */
    memcpy(w.headers, pair.headers, sizeof w.headers);
    w.request.header_count = pair.request.header_count;
    w.request.body = S("{}");
    assert_int_equal(judge(&w), HG_OK);
    assert_int_equal(judge_stream(&w), HG_BAD_SCHEME);
    w.request.body = S("{ }");
    assert_int_equal(judge(&w), HG_MISMATCH);
    w.request.body = S("{}");
    w.headers[0].value = S("1767225601");
    assert_int_equal(judge(&w), HG_MISMATCH);
    close_world(&w);
    close_world(&pair);
}

/* RFC 8032 section 7.1, tests 1 to 3. */
static void rfc_8032(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        const char *seed;
        const char *public;
        hg_str message;
        const char *signature;
    } rows[] = {
        {"test 1", "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
         "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", S(""),
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"test 2", SEED, PUBLIC, S("\x72"),
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"test 3", "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
         "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", S("\xaf\x82"),
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
         "84dc6594a7c15e9716ed28dc027beceea1ec40a"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct world w;
        char pair[129];
        hg_scheme_spec spec = plain("{body}");
        spec.algorithm = "ed25519";
        spec.key = "hex";
        snprintf(pair, sizeof pair, "%s%s", rows[i].seed, rows[i].public);
        open_with(&w, &spec, hg_text(pair));
        w.request.body = rows[i].message;
        HOLDS(sign(&w) == HG_OK, i);
        HOLDS(same(signature(&w), hg_text(rows[i].signature)), i);
        HOLDS(judge(&w) == HG_OK, i);
        w.request.body = S("another");
        HOLDS(judge(&w) == HG_MISMATCH, i);
        close_world(&w);
    }
}

static void public_keys_are_checked(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        const char *form;
        const char *secret;
        hg_status status;
    } rows[] = {
        {"public", "hex", PUBLIC, HG_OK},
        {"pair", "hex", SEED PUBLIC, HG_OK},
        {"halves of two pairs", "hex", SEED SEED, HG_BAD_KEY},
        {"31 bytes", "hex", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af466",
         HG_BAD_KEY},
        {"33 bytes", "hex", PUBLIC "00", HG_BAD_KEY},
        {"not hex", "hex", "zz", HG_BAD_KEY},
        {"base64", "base64", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", HG_OK},
        {"whpk", "whpk", "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", HG_OK},
        {"whpk unpadded", "whpk", "whpk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw", HG_OK},
        {"whsk", "whpk",
         "whsk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs9QBfD6EOJWpK3CqdNG368nJgszy7ElozAzVXx"
         "KvRmDA==",
         HG_OK},
        {"no prefix", "whpk", "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", HG_BAD_KEY},
        {"a public key called private", "whpk",
         "whsk_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", HG_BAD_KEY},
        {"a pair called public", "whpk",
         "whpk_TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs9QBfD6EOJWpK3CqdNG368nJgszy7ElozAzVXx"
         "KvRmDA==",
         HG_BAD_KEY},
        {"a symmetric secret", "whpk",
         "whsec_PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=", HG_BAD_KEY},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        hg_scheme_spec spec = with_public_key(rows[i].form);
        hg_key key = {S("main"), hg_text(rows[i].secret), HG_NEVER};
        hg_scheme *scheme = NULL;
        hg_ring *ring = NULL;
        hg_error error = {"", ""};
        assert_int_equal(hg_scheme_new(&spec, &scheme, NULL), HG_OK);
        HOLDS(hg_ring_new(scheme, &key, 1, &ring, &error) == rows[i].status, i);
        HOLDS((ring != NULL) == (rows[i].status == HG_OK), i);
        HOLDS(rows[i].status == HG_OK || strcmp(error.where, "$[0].secret") == 0, i);
        hg_ring_free(ring);
        hg_scheme_free(scheme);
    }
}

/* A ring serves only schemes of its algorithm: SHA-512's has the same lengths as Ed25519's. */
static void rings_are_not_mixed_up(void **state)
{
    (void) state;
    struct world public, symmetric;
    hg_scheme_spec spec = with_public_key("hex");
    open_with(&public, &spec, S(SEED PUBLIC));
    spec.algorithm = "hmac-sha512";
    open_with(&symmetric, &spec, S(SEED PUBLIC));
    assert_int_equal(sign(&public), HG_OK);
    assert_int_equal(judge(&public), HG_OK);
    hg_options options = {.scheme = public.scheme, .ring = symmetric.ring, .now = NOW};
    assert_int_equal(hg_verify(&options, &public.request).status, HG_BAD_ARGUMENT);
    close_world(&public);
    close_world(&symmetric);
}

static void the_last_key_and_signature_count(void **state)
{
    (void) state;
    struct world w;
    hg_scheme_spec spec = with_public_key("hex");
    spec.signature.separator = ",";
    hg_key keys[] = {{S("other"),
                      S("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"),
                      HG_NEVER},
                     {S("old"), S(SEED PUBLIC), NOW - 1},
                     {S("pair"), S(SEED PUBLIC), HG_NEVER}};
    open_with(&w, &spec, S(SEED PUBLIC));
    assert_int_equal(sign(&w), HG_OK);
    char value[300];
    snprintf(value, sizeof value, "%0128d,%.*s", 0, 128, signature(&w).ptr);
    w.headers[1].value = hg_text(value);
    hg_ring_free(w.ring);
    assert_int_equal(hg_ring_new(w.scheme, keys, COUNT(keys), &w.ring, NULL), HG_OK);
    hg_options options = {.scheme = w.scheme, .ring = w.ring, .now = NOW};
    hg_verdict verdict = hg_verify(&options, &w.request);
    assert_int_equal(verdict.status, HG_OK);
    assert_true(same(verdict.key_label, S("pair")));
    assert_int_equal(verdict.mac_len, 64);
    hg_ring_free(w.ring);
    assert_int_equal(hg_ring_new(w.scheme, keys, 1, &w.ring, NULL), HG_OK);
    assert_int_equal(judge(&w), HG_MISMATCH);
    close_world(&w);
}

/* ---- Rows ------------------------------------------------------------------------------------ */

static void rows_are_checked(void **state)
{
    (void) state;
    hg_scheme_spec s;
    const struct {
        const char *what;
        const char **member;
        const char *value;
        const char *where; /* NULL: allowed */
    } rows[] = {
        {"a digest", &s.signed_text, "{body:sha1:base64}", NULL},
        {"a digest twice", &s.signed_text, "{body:sha1:hex}{body:sha1:hex}", NULL},
        {"two kinds", &s.signed_text, "{body:sha1:hex}{body:sha256:hex}", "$.signed"},
        {"a digest before the body", &s.signed_text, "{body:sha1:hex}{body}", "$.signed"},
        {"unknown hash", &s.signed_text, "{body:md5:hex}", "$.signed"},
        {"unknown encoding", &s.signed_text, "{body:sha1:base32}", "$.signed"},
        {"numbered", &s.signature.several, "numbered", NULL},
        {"unknown several", &s.signature.several, "many", "$.signature.several"},
        {"a prefix and no list", &s.signature.prefix, "v0=", "$.signature.prefix"},
        {"ed25519 with a text key", &s.algorithm, "ed25519", "$.key"},
        {"whpk for hmac", &s.key, "whpk", "$.key"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        hg_scheme *scheme = NULL;
        hg_error error = {"", ""};
        s = plain("{body}");
        *rows[i].member = rows[i].value;
        hg_status status = hg_scheme_new(&s, &scheme, &error);
        HOLDS(status == (rows[i].where == NULL ? HG_OK : HG_BAD_SCHEME), i);
        HOLDS(strcmp(error.where, rows[i].where == NULL ? "" : rows[i].where) == 0, i);
        hg_scheme_free(scheme);
    }
    hg_scheme *scheme = NULL;
    hg_error error;
    s = plain("{timestamp}{body}");
    s.signature.separator = ",";
    s.signature.several = "repeated";
    s.timestamp.item = "t={timestamp}";
    s.timestamp.format = "unix";
    assert_int_equal(hg_scheme_new(&s, &scheme, &error), HG_BAD_SCHEME);
    assert_string_equal(error.where, "$.timestamp.item");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(form_parameters_are_sorted),
        cmocka_unit_test(forms_have_a_ceiling),
        cmocka_unit_test(forms_are_not_streamed),
        cmocka_unit_test(digests_of_the_body),
        cmocka_unit_test(numbered_headers),
        cmocka_unit_test(repeated_headers),
        cmocka_unit_test(a_list_behind_a_prefix),
        cmocka_unit_test(public_keys_verify),
        cmocka_unit_test(rfc_8032),
        cmocka_unit_test(public_keys_are_checked),
        cmocka_unit_test(rings_are_not_mixed_up),
        cmocka_unit_test(the_last_key_and_signature_count),
        cmocka_unit_test(rows_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
