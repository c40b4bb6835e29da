/* SPDX-License-Identifier: MIT
 *
 * Schemes and rings: every member of a row and every key that must be refused, by its place.
 */
#include "check.h"

static hg_scheme_spec webinone(void)
{
    for (size_t i = 0; hg_scheme_builtin(i) != NULL; i++) {
        if (strcmp(hg_scheme_builtin(i)->name, "webinone") == 0) {
            return *hg_scheme_builtin(i);
        }
    }
    fail_msg("no webinone row");
    return (hg_scheme_spec){0};
}

static void builtin_rows_compile_in_order(void **state)
{
    (void) state;
    const char *before = "";
    size_t count = 0;
    for (; hg_scheme_builtin(count) != NULL; count++) {
        const hg_scheme_spec *row = hg_scheme_builtin(count);
        hg_scheme *scheme = NULL;
        assert_true(strcmp(before, row->name) < 0);
        before = row->name;
        assert_int_equal(hg_scheme_open(row->name, &scheme, NULL), HG_OK);
        assert_string_equal(hg_scheme_row(scheme)->signed_text, row->signed_text);
        assert_true(hg_scheme_row(scheme)->name != row->name); /* a copy */
        bool leaves_the_body =
            strcmp(row->name, "mailomat") == 0 || strcmp(row->name, "plivo-v2") == 0;
        assert_int_equal(hg_scheme_binds(scheme, HG_PART_BODY), !leaves_the_body);
        hg_scheme_free(scheme);
    }
    assert_int_equal(count, 100);
    assert_null(hg_scheme_builtin(SIZE_MAX));
    hg_scheme *scheme = NULL;
    assert_int_equal(hg_scheme_open("nobody", &scheme, NULL), HG_BAD_SCHEME);
    assert_int_equal(hg_scheme_open(NULL, &scheme, NULL), HG_BAD_SCHEME);
    assert_null(scheme);
}

/* Each has a reason that fits an error, and a name that no row has. */
static void absent_ones_say_why(void **state)
{
    (void) state;
    const char *before = "";
    size_t count = 0;
    for (; hg_scheme_absent(count) != NULL; count++) {
        const hg_absent *absent = hg_scheme_absent(count);
        hg_scheme *scheme = NULL;
        hg_error error = {"", ""};
        assert_true(strcmp(before, absent->name) < 0);
        before = absent->name;
        assert_int_equal(strspn(absent->name, "abcdefghijklmnopqrstuvwxyz0123456789-"),
                         strlen(absent->name));
        assert_int_equal(hg_scheme_open(absent->name, &scheme, &error), HG_BAD_SCHEME);
        assert_null(scheme);
        assert_string_equal(error.where, "$.name");
        assert_string_equal(error.what, absent->reason);
        assert_int_equal(hg_scheme_open(absent->name, &scheme, NULL), HG_BAD_SCHEME);
    }
    assert_int_equal(count, 25);
    hg_scheme *scheme = NULL;
    hg_error error = {"", ""};
    assert_int_equal(hg_scheme_open("gitlab-token", &scheme, &error), HG_BAD_SCHEME);
    assert_non_null(strstr(error.what, "a plain shared token, which is not a signature"));
    assert_int_equal(hg_scheme_open("gitlab-toke", &scheme, &error), HG_BAD_SCHEME);
    assert_string_equal(error.what, "is not a built-in scheme");
}

static void what_is_bound(void **state)
{
    (void) state;
    hg_scheme *github, *ours;
    assert_int_equal(hg_scheme_open("github", &github, NULL), HG_OK);
    assert_int_equal(hg_scheme_open("webinone", &ours, NULL), HG_OK);
    assert_false(hg_scheme_binds(github, HG_PART_EVENT));
    assert_false(hg_scheme_binds(github, HG_PART_ID));
    assert_false(hg_scheme_binds(github, HG_PART_TIME));
    assert_true(hg_scheme_binds(ours, HG_PART_EVENT));
    assert_true(hg_scheme_binds(ours, HG_PART_TIME));
    assert_false(hg_scheme_binds(ours, HG_PART_ID));
    hg_scheme_free(github);
    hg_scheme_free(ours);
}

#define LONG "0123456789012345678901234567890123456789012345678901234567890123456789"

/* Each row changes one member of a good row; `where` is NULL for a change that is allowed. */
static void rows_are_checked(void **state)
{
    (void) state;
    hg_scheme_spec s = webinone();
    const struct {
        const char *what;
        const char **member;
        const char *value;
        const char *where;
    } rows[] = {
        {"no name", &s.name, NULL, "$.name"},
        {"empty name", &s.name, "", "$.name"},
        {"name with a capital", &s.name, "WebinOne", "$.name"},
        {"long name", &s.name, "a" LONG, "$.name"},
        {"no basis", &s.basis, NULL, "$.basis"},
        {"unknown basis", &s.basis, "rumoured", "$.basis"},
        {"no algorithm", &s.algorithm, NULL, "$.algorithm"},
        {"plain sha256", &s.algorithm, "sha256", "$.algorithm"},
        {"sha512", &s.algorithm, "hmac-sha512", NULL},
        {"unknown key form", &s.key, "guess", "$.key"},
        {"no template", &s.signed_text, NULL, "$.signed"},
        {"empty template", &s.signed_text, "", "$.signed"},
        {"unknown word", &s.signed_text, "{boddy}", "$.signed"},
        {"open brace", &s.signed_text, "{body", "$.signed"},
        {"close brace", &s.signed_text, "body}", "$.signed"},
        {"doubled braces", &s.signed_text, "{{{body}}}", NULL},
        {"undefined id", &s.signed_text, "{id}{body}", "$.signed"},
        {"body twice", &s.signed_text, "{body}{body}", "$.signed"},
        {"signs nothing", &s.signed_text, "v0:", "$.signed"},
        {"without the body", &s.signed_text, "{timestamp}", NULL},
        {"header word", &s.signed_text, "{header:X-Other}{body}", NULL},
        {"header with a blank", &s.signed_text, "{header:X Other}", "$.signed"},
        {"17 parts", &s.signed_text,
         "{method}{method}{method}{method}{method}{method}{method}{method}{method}{method}{method}"
         "{method}{method}{method}{method}{method}{body}",
         "$.signed"},
        {"long literal", &s.signed_text, LONG "{body}", "$.signed"},
        {"no signature header", &s.signature.header, NULL, "$.signature.header"},
        {"header with a colon", &s.signature.header, "X:", "$.signature.header"},
        {"no item", &s.signature.item, NULL, "$.signature.item"},
        {"no {sig}", &s.signature.item, "sha256=", "$.signature.item"},
        {"two {sig}", &s.signature.item, "{sig}{sig}", "$.signature.item"},
        {"unknown separator", &s.signature.separator, "|", "$.signature.separator"},
        {"a list", &s.signature.separator, ",", NULL},
        {"no encoding", &s.signature.encoding, NULL, "$.signature.encoding"},
        {"unknown format", &s.timestamp.format, "iso", "$.timestamp.format"},
        {"opaque with tolerance", &s.timestamp.format, "opaque", "$.timestamp.tolerance_s"},
        {"header and item", &s.timestamp.item, "t={timestamp}", "$.timestamp"},
        {"one header, two roles", &s.event.header, "x-webhook-TIMESTAMP", "$.event.header"},
        {"unknown grammar", &s.event.grammar, "any", "$.event.grammar"},
        {"grammar without header", &s.event.header, NULL, "$.event.header"},
        {"id header", &s.id.header, "X-Id", NULL},
        {"id header, two roles", &s.id.header, "x-webhook-event", "$.id.header"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        hg_scheme *scheme = NULL;
        hg_error error = {"", ""};
        s = webinone();
        *rows[i].member = rows[i].value;
        hg_status status = hg_scheme_new(&s, &scheme, &error);
        HOLDS(status == (rows[i].where == NULL ? HG_OK : HG_BAD_SCHEME), i);
        HOLDS(strcmp(error.where, rows[i].where == NULL ? "" : rows[i].where) == 0, i);
        HOLDS((scheme != NULL) == (rows[i].where == NULL), i);
        hg_scheme_free(scheme);
    }
}

static void refuses_in_combination(void **state)
{
    (void) state;
    hg_scheme *scheme = NULL;
    hg_error error;
    hg_scheme_spec s = webinone();
    s.signature.item = "a,{sig}";
    s.signature.separator = ",";
    assert_int_equal(hg_scheme_new(&s, &scheme, &error), HG_BAD_SCHEME);
    assert_string_equal(error.where, "$.signature.item");
    s = webinone();
    s.timestamp.header = NULL;
    s.timestamp.item = "t={timestamp}";
    assert_int_equal(hg_scheme_new(&s, &scheme, &error), HG_BAD_SCHEME);
    assert_string_equal(error.where, "$.timestamp.item"); /* the header is no list */
    s.signature.separator = ",";
    assert_int_equal(hg_scheme_new(&s, &scheme, &error), HG_OK);
    hg_scheme_free(scheme);
    s.timestamp.item = "{timestamp}";
    assert_int_equal(hg_scheme_new(&s, &scheme, &error), HG_BAD_SCHEME);
    s = webinone();
    s.timestamp.tolerance_s = HG_TOLERANCE_MAX + 1;
    assert_int_equal(hg_scheme_new(&s, &scheme, &error), HG_BAD_SCHEME);
    s.timestamp.tolerance_s = -2;
    assert_int_equal(hg_scheme_new(&s, &scheme, &error), HG_BAD_SCHEME);
    assert_string_equal(error.where, "$.timestamp.tolerance_s");
    assert_int_equal(hg_scheme_new(NULL, &scheme, &error), HG_BAD_ARGUMENT);
}

static void keys_are_checked(void **state)
{
    (void) state;
    char big[HG_SECRET_MAX + 1];
    memset(big, 'a', sizeof big);
    const struct {
        const char *what;
        const char *form;
        hg_str secret;
        hg_status status;
    } rows[] = {
        {"text", "utf8", S("whsec_MfKQ"), HG_OK},
        {"empty", "utf8", S(""), HG_BAD_KEY},
        {"longest", "utf8", {big, HG_SECRET_MAX}, HG_OK},
        {"too long", "utf8", {big, HG_SECRET_MAX + 1}, HG_BAD_KEY},
        {"hex", "hex", S("00ff"), HG_OK},
        {"not hex", "hex", S("00fg"), HG_BAD_KEY},
        {"base64", "base64", S("Zg=="), HG_OK},
        {"base64 unpadded", "base64", S("Zg"), HG_BAD_KEY},
        {"whsec", "whsec", S("whsec_Zg=="), HG_OK},
        {"whsec unpadded", "whsec", S("whsec_Zg"), HG_OK},
        {"whsec without prefix", "whsec", S("Zg=="), HG_OK},
        {"whsec half padded", "whsec", S("whsec_Zg="), HG_BAD_KEY},
        {"whsec not canonical", "whsec", S("whsec_Zh=="), HG_BAD_KEY},
        {"whsec alone", "whsec", S("whsec_"), HG_BAD_KEY},
        {"whsec other prefix", "whsec", S("whpk_Zg=="), HG_BAD_KEY},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        hg_scheme_spec s = webinone();
        hg_scheme *scheme = NULL;
        hg_ring *ring = NULL;
        hg_error error = {"", ""};
        s.key = rows[i].form;
        hg_str secret = exact(rows[i].secret);
        hg_key key = {S("k"), secret, HG_NEVER};
        assert_int_equal(hg_scheme_new(&s, &scheme, NULL), HG_OK);
        HOLDS(hg_ring_new(scheme, &key, 1, &ring, &error) == rows[i].status, i);
        HOLDS((ring != NULL) == (rows[i].status == HG_OK), i);
        HOLDS(strcmp(error.where, ring != NULL ? "" : "$[0].secret") == 0, i);
        drop(secret);
        hg_ring_free(ring);
        hg_scheme_free(scheme);
    }
}

static void rings_are_checked(void **state)
{
    (void) state;
    hg_scheme *scheme;
    hg_ring *ring = NULL;
    hg_error error;
    hg_key keys[HG_KEYS_MAX + 1];
    assert_int_equal(hg_scheme_open("webinone", &scheme, NULL), HG_OK);
    for (size_t i = 0; i < COUNT(keys); i++) {
        keys[i] = (hg_key){S("k"), S("s"), HG_NEVER};
    }
    assert_int_equal(hg_ring_new(scheme, keys, 0, &ring, &error), HG_NO_KEY);
    assert_int_equal(hg_ring_new(scheme, NULL, 1, &ring, &error), HG_BAD_ARGUMENT);
    assert_int_equal(hg_ring_new(NULL, keys, 1, &ring, &error), HG_BAD_ARGUMENT);
    assert_int_equal(hg_ring_new(scheme, keys, COUNT(keys), &ring, &error), HG_BAD_ARGUMENT);
    keys[3].secret = S("");
    assert_int_equal(hg_ring_new(scheme, keys, HG_KEYS_MAX, &ring, &error), HG_BAD_KEY);
    assert_string_equal(error.where, "$[3].secret");
    keys[3].secret = S("s");
    keys[2].not_after = -5;
    assert_int_equal(hg_ring_new(scheme, keys, HG_KEYS_MAX, &ring, &error), HG_BAD_ARGUMENT);
    assert_string_equal(error.where, "$[2].not_after");
    keys[2].not_after = HG_NEVER;
    keys[1].label = S(LONG);
    assert_int_equal(hg_ring_new(scheme, keys, HG_KEYS_MAX, &ring, &error), HG_BAD_ARGUMENT);
    assert_string_equal(error.where, "$[1].label");
    assert_null(ring);
    keys[1].label = S("k");
    assert_int_equal(hg_ring_new(scheme, keys, HG_KEYS_MAX, &ring, &error), HG_OK);
    hg_ring_free(ring);
    hg_ring_free(NULL);
    hg_scheme_free(scheme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builtin_rows_compile_in_order),
        cmocka_unit_test(absent_ones_say_why),
        cmocka_unit_test(what_is_bound),
        cmocka_unit_test(rows_are_checked),
        cmocka_unit_test(refuses_in_combination),
        cmocka_unit_test(keys_are_checked),
        cmocka_unit_test(rings_are_checked),
    };
    return cmocka_run_group_tests_name("scheme", tests, NULL, NULL);
}
