/* SPDX-License-Identifier: MIT
 *
 * Challenges: what may come back, templates, parameters of a query, what a configuration may ask.
 */
#include "check.h"

#include <stdlib.h>

#include "base/secret_equal.h"
#include "receiver/challenge.h"
#include "receiver/config.h"
#include "receiver/url.h"

#define SECRET_ENV "env:HOOKGAUGE_TEST_SECRET"
#define WITH(scheme, challenge)                                                                     \
    "{\"listen\":\"127.0.0.1:0\",\"store\":\"memory:\",\"endpoints\":[{\"path\":\"/a\",\"scheme\":" \
    "\"" scheme "\",\"secrets\":[{\"secret\":\"" SECRET_ENV "\"}],\"challenge\":" challenge "}]}"
#define TWO_KEYS(second)                                                                            \
    "{\"listen\":\"127.0.0.1:0\",\"store\":\"memory:\",\"endpoints\":[{\"path\":\"/a\",\"scheme\":" \
    "\"zoom\",\"secrets\":[{\"label\":\"a\",\"secret\":\"" SECRET_ENV "\"},{\"label\":\"" second    \
    "\",\"secret\":\"" SECRET_ENV "\"}],\"challenge\":\"zoom\"}]}"

/* The signed text is one that anyone could have sent as a challenge. */
#define ORACLE                                                                                      \
    "{\"listen\":\"127.0.0.1:0\",\"store\":\"memory:\",\"endpoints\":[{\"path\":\"/a\",\"scheme\":" \
    "{\"name\":\"mine\",\"basis\":\"observed\",\"algorithm\":\"hmac-sha256\",\"key\":\"utf8\","     \
    "\"signed\":\"{timestamp}-{body}\",\"timestamp\":{\"header\":\"X-T\",\"format\":\"unix\","      \
    "\"tolerance_s\":300},\"signature\":{\"header\":\"X-S\",\"item\":\"{sig}\",\"encoding\":"       \
    "\"hex\"}},\"secrets\":[{\"secret\":\"" SECRET_ENV "\"}],\"challenge\":\"x-twitter\"}]}"

static struct config config;

static void only_harmless_text_comes_back(void **state)
{
    (void) state;
    char text[CHALLENGE_VALUE_MAX + 1];
    memset(text, 'a', sizeof text);
    assert_true(challenge_sound((hg_str){text, CHALLENGE_VALUE_MAX}));
    assert_false(challenge_sound((hg_str){text, CHALLENGE_VALUE_MAX + 1}));
    assert_false(challenge_sound(S("")));
    assert_true(challenge_sound(S("azAZ09-_+/=")));
    for (int byte = 0; byte < 256; byte++) {
        char one = (char) byte;
        bool fine = byte > 0 && byte < 128 &&
                    strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+/=",
                           byte) != NULL;
        assert_int_equal(challenge_sound((hg_str){&one, 1}), fine);
    }
}

static const struct {
    const char *what; /* the template */
    bool good, macs;
} templates[] = {
    {"", true, false},
    {"{value}", true, false},
    {"a {value} b", true, false},
    {"sha256={hmac:base64}", true, true},
    {"{hmac:hex}{value}", true, true},
    {"{", false, false},
    {"{VALUE}", false, false},
    {"{value", false, false},
    {"{{value}}", false, false},
    {"{hmac:hex", false, false},
    {"{hmac:sha1}", false, false},
    {"a\nb", false, false},
    {"\xc3\xa9", false, false},
};

static void templates_are_checked(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT(templates); i++) {
        bool macs = false;
        if (challenge_template(templates[i].what, &macs) != templates[i].good ||
            macs != templates[i].macs) {
            fail_msg("row %zu: %s", i, templates[i].what);
        }
    }
}

static const struct {
    const char *what; /* the target */
    size_t count;
    const char *value;
} queries[] = {
    {"/a?n.m=x", 1, "x"},
    {"/a?b=c&n.m=x&d", 1, "x"},
    {"/a?n%2em=x%2By", 1, "x+y"},
    {"/a?n%2Em=x+y", 1, "x y"},
    {"/a?n.m=a=b", 1, "a=b"},
    {"/a?n.m=", 1, ""},
    {"/a?n.m", 1, ""},
    {"/a?n.m=x&n.m=y", 2, "y"},
    {"/a?n.m=12345678", 1, "12345678"},
    {"/a?n.m=123456789", 1, ""}, /* longer than there is room */
    {"/a?n.m=%zz", 1, "%zz"},
    {"/a?n.m=%4", 1, "%4"},
    {"/a?N.M=x", 0, ""},
    {"/a?n.mm=x", 0, ""},
    {"/a?n.=x", 0, ""},
    {"/a?b=n.m=x", 0, ""},
    {"/a?n.m;x", 0, ""},
    {"/n.m=x", 0, ""},
    {"/a?", 0, ""},
    {"/a", 0, ""},
    {"", 0, ""},
};

static void parameters_are_found(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT(queries); i++) {
        char out[8];
        size_t len = 99;
        hg_str target = exact(hg_text(queries[i].what));
        size_t count = url_parameter(target, "n.m", out, sizeof out, &len);
        if (count != queries[i].count || !same((hg_str){out, len}, hg_text(queries[i].value))) {
            fail_msg("row %zu: %s", i, queries[i].what);
        }
        drop(target);
    }
}

static void secrets_are_compared_whole(void **state)
{
    (void) state;
    assert_true(secret_equal(S("abc"), S("abc")));
    assert_true(secret_equal(S(""), S("")));
    assert_false(secret_equal(S("abc"), S("abd")));
    assert_false(secret_equal(S("abc"), S("bbc")));
    assert_false(secret_equal(S("abc"), S("ab")));
    assert_false(secret_equal(S(""), S("a")));
    assert_false(secret_equal(S("a\0b"), S("a\0c")));
}

/* ---- The configuration ----------------------------------------------------------------------- */

static const char *const good[] = {
    WITH("asana", "\"asana\""),
    WITH("dropbox", "\"dropbox\""),
    WITH("meta", "{\"preset\":\"meta\",\"secret\":\"" SECRET_ENV "\"}"),
    WITH("slack", "\"slack\""),
    WITH("zoom", "\"zoom\""),
    WITH("x-twitter", "{\"preset\":\"x-twitter\"}"),
    WITH("dropbox", "{\"from\":\"query\",\"when\":{\"a\":\"b\"},\"value\":\"c\",\"answer\":"
                    "{\"d\":\"{value}\"},\"answer_header\":\"X-D\"}"),
    /* a MAC for whoever asks, where it is of no use: the signed text has a colon in it */
    WITH("slack", "\"x-twitter\""),
    TWO_KEYS("b"),
};

static void sound_ones_are_read(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT(good); i++) {
        struct fail fail = {0};
        config_init(&config);
        if (!config_parse(&config, hg_text(good[i]), "f", &fail)) {
            fail_msg("row %zu: %s", i, fail.text);
        }
        assert_non_null(config.endpoints[0].rules.challenge);
        config_release(&config);
    }
}

static void bodies_that_could_be_signed_on_demand_are_guarded(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        bool guarded;
    } rows[] = {{WITH("x-twitter", "\"x-twitter\""), true},
                {WITH("slack", "\"x-twitter\""), false},
                {WITH("dropbox", "\"dropbox\""), false},
                {WITH("zoom", "\"zoom\""), false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        config_init(&config);
        assert_true(config_parse(&config, hg_text(rows[i].text), "f", &fail));
        assert_int_equal(config.endpoints[0].rules.challenge->guarded, rows[i].guarded);
        config_release(&config);
    }
}

static const struct {
    const char *what; /* must begin the message, behind "f: $.endpoints[0].challenge" */
    const char *text;
} mistakes[] = {
    {": must be asana, dropbox", WITH("slack", "\"teams\"")},
    {": must be an object", WITH("slack", "7")},
    {".more: unknown member", WITH("slack", "{\"more\":1}")},
    {".preset: must be asana", WITH("slack", "{\"preset\":\"teams\"}")},
    {".preset: must be text", WITH("slack", "{\"preset\":1}")},
    {".from: is said by the preset", WITH("slack", "{\"preset\":\"slack\",\"from\":\"body\"}")},
    {": member \"secret\" is missing", WITH("meta", "\"meta\"")},
    {".secret: goes with a token",
     WITH("slack", "{\"preset\":\"slack\",\"secret\":\"" SECRET_ENV "\"}")},
    {".secret: env:HG_NONE", WITH("meta", "{\"preset\":\"meta\",\"secret\":\"env:HG_NONE\"}")},
    {": member \"from\" is missing", WITH("slack", "{\"value\":\"a\",\"answer\":\"b\"}")},
    {".from: must be query", WITH("slack", "{\"from\":\"url\",\"value\":\"a\",\"answer\":\"b\"}")},
    {": member \"value\" is missing", WITH("slack", "{\"from\":\"query\",\"answer\":\"b\"}")},
    {": needs an answer", WITH("slack", "{\"from\":\"query\",\"value\":\"b\"}")},
    {": member \"when\" is missing",
     WITH("slack", "{\"from\":\"body\",\"value\":\"/a\",\"answer\":\"b\"}")},
    {".when: must be an object",
     WITH("slack", "{\"from\":\"body\",\"when\":[],\"value\":\"/a\",\"answer\":\"b\"}")},
    {".when: must have 1 to 8",
     WITH("slack", "{\"from\":\"body\",\"when\":{},\"value\":\"/a\",\"answer\":\"b\"}")},
    {".when: 'x' must be a JSON pointer",
     WITH("slack", "{\"from\":\"body\",\"when\":{\"x\":\"y\"},\"value\":\"/a\",\"answer\":\"b\"}")},
    {".when: goes with query",
     WITH("slack",
          "{\"from\":\"header\",\"when\":{\"x\":\"y\"},\"value\":\"a\",\"answer\":\"b\"}")},
    {".when.x: must be text",
     WITH("slack", "{\"from\":\"query\",\"when\":{\"x\":1},\"value\":\"a\",\"answer\":\"b\"}")},
    {".value: 'a' must be a JSON pointer",
     WITH("slack", "{\"from\":\"body\",\"when\":{\"/x\":\"y\"},\"value\":\"a\",\"answer\":\"b\"}")},
    {".value: has an empty name",
     WITH("slack", "{\"from\":\"query\",\"value\":\"\",\"answer\":\"b\"}")},
    {".token: goes with query",
     WITH("slack", "{\"from\":\"header\",\"value\":\"a\",\"token\":\"t\",\"answer\":\"b\"}")},
    {".answer: must be visible ASCII",
     WITH("slack", "{\"from\":\"query\",\"value\":\"a\",\"answer\":\"{b}\"}")},
    {".answer: must be visible ASCII",
     WITH("slack", "{\"from\":\"query\",\"value\":\"a\",\"answer\":{\"c\":\"{b}\"}}")},
    {".answer: must have 1 to 8",
     WITH("slack", "{\"from\":\"query\",\"value\":\"a\",\"answer\":{}}")},
    {".answer_header: must be a header's name",
     WITH("slack", "{\"from\":\"query\",\"value\":\"a\",\"answer_header\":\"Set-Cookie\"}")},
    {".answer_header: must be a header's name",
     WITH("slack", "{\"from\":\"query\",\"value\":\"a\",\"answer_header\":\"X-A: b\"}")},
    {": would sign for whoever asks", ORACLE},
    {": needs secrets with labels that differ", TWO_KEYS("a")},
};

static void mistakes_are_named(void **state)
{
    (void) state;
    static const char place[] = "f: $.endpoints[0].challenge";
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct fail fail = {0};
        config_init(&config);
        bool done = config_parse(&config, hg_text(mistakes[i].text), "f", &fail);
        if (done || strncmp(fail.text, place, strlen(place)) != 0 ||
            strncmp(fail.text + strlen(place), mistakes[i].what, strlen(mistakes[i].what)) != 0) {
            fail_msg("row %zu: '%s'", i, fail.text);
        }
        assert_int_equal(fail.exit_code, EXIT_USAGE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_harmless_text_comes_back),
        cmocka_unit_test(templates_are_checked),
        cmocka_unit_test(parameters_are_found),
        cmocka_unit_test(secrets_are_compared_whole),
        cmocka_unit_test(sound_ones_are_read),
        cmocka_unit_test(bodies_that_could_be_signed_on_demand_are_guarded),
        cmocka_unit_test(mistakes_are_named),
    };
    (void) setenv("HOOKGAUGE_TEST_SECRET", "a secret", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
