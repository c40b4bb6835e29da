/* SPDX-License-Identifier: MIT
 *
 * An endpoint's rules: which answer a status gets, what may be set, methods, ids from the body.
 */
#include "check.h"

#include <stdlib.h>

#include "receiver/config.h"

#define SECRET_ENV "env:HOOKGAUGE_TEST_SECRET"
#define WITH(scheme, members)                                                                       \
    "{\"listen\":\"127.0.0.1:0\",\"store\":\"memory:\",\"endpoints\":[{\"path\":\"/a\",\"scheme\":" \
    "\"" scheme "\",\"secrets\":[{\"secret\":\"" SECRET_ENV "\"}]" members "}]}"

static struct config config;

/* ---- Answers --------------------------------------------------------------------------------- */

static void unset_answers_are_the_usual_ones(void **state)
{
    (void) state;
    struct answers answers;
    answers_init(&answers);
    for (int status = HG_OK; status <= HG_STORE_DOWN; status++) {
        assert_int_equal(answers_http(&answers, (hg_status) status),
                         hg_status_http((hg_status) status));
    }
}

static void stale_follows_forged_whatever_is_set(void **state)
{
    (void) state;
    struct answers answers = {{201, 410, 418, 451}};
    for (int status = HG_OK; status <= HG_STORE_DOWN; status++) {
        int http = answers_http(&answers, (hg_status) status);
        switch (hg_status_class((hg_status) status)) {
        case HG_CLASS_OK: assert_int_equal(http, 201); break;
        case HG_CLASS_MALFORMED: assert_int_equal(http, 410); break;
        case HG_CLASS_FORGED:
        case HG_CLASS_STALE: assert_int_equal(http, 418); break;
        case HG_CLASS_UNWANTED: assert_int_equal(http, 451); break;
        default: assert_int_equal(http, hg_status_http((hg_status) status));
        }
    }
}

static void ranges_hold(void **state)
{
    (void) state;
    static const int refused[] = {405, 407, 408, 425, 426, 429};
    for (int http = 0; http < 700; http++) {
        bool success = http >= 200 && http <= 299 && http != 206;
        bool refusal = http >= 400 && http <= 499;
        for (size_t i = 0; i < COUNT(refused); i++) {
            refusal = refusal && http != refused[i];
        }
        assert_int_equal(answer_allowed(ANSWER_OK, http), success);
        assert_int_equal(answer_allowed(ANSWER_MALFORMED, http), refusal);
        assert_int_equal(answer_allowed(ANSWER_FORGED, http), refusal);
        assert_int_equal(answer_allowed(ANSWER_UNWANTED, http), refusal);
    }
}

static void bodies_depend_on_the_number_alone(void **state)
{
    (void) state;
    static const struct {
        int http;
        const char *body;
    } bodies[] = {{200, "{\"status\":200}\n"},
                  {202, "{\"status\":202}\n"},
                  {204, ""},
                  {205, ""},
                  {401, "{\"status\":401,\"error\":\"not authentic\"}\n"},
                  {410, "{\"status\":410,\"error\":\"refused\"}\n"},
                  {503, "{\"status\":503,\"error\":\"try again later\"}\n"}};
    for (size_t i = 0; i < COUNT(bodies); i++) {
        char body[ANSWER_BODY_MAX];
        struct answer answer = answer_of(bodies[i].http);
        answer_body(&answer, body);
        assert_string_equal(body, bodies[i].body);
    }
    assert_string_equal(answer_of(401).header, "WWW-Authenticate");
    assert_string_equal(answer_of(503).header, "Retry-After");
    assert_null(answer_of(410).header);
}

/* ---- Methods and ids ------------------------------------------------------------------------- */

static void methods_are_taken_exactly(void **state)
{
    (void) state;
    struct rules rules;
    char allow[RULES_ALLOW_MAX];
    rules_init(&rules);
    assert_true(rules_take_method(&rules, S("POST")));
    assert_false(rules_take_method(&rules, S("post")));
    assert_false(rules_take_method(&rules, S("POS")));
    assert_false(rules_take_method(&rules, S("POSTS")));
    assert_false(rules_take_method(&rules, S("PUT")));
    assert_false(rules_take_method(&rules, S("FOO")));
    rules_allow(&rules, allow);
    assert_string_equal(allow, "POST");
    rules.methods = 0x1f;
    assert_true(rules_take_method(&rules, S("PUT")));
    rules_allow(&rules, allow);
    assert_string_equal(allow, "POST, PUT, PATCH, DELETE, GET");
}

static const struct {
    const char *what; /* the body */
    const char *id;   /* empty: none */
} ids[] = {
    {"{\"data\":{\"id\":\"evt_1\"}}", "evt_1"},
    {"{\"data\":{\"id\":77}}", "77"},
    {"{\"data\":{\"id\":77.5}}", ""},
    {"{\"data\":{\"id\":\"\"}}", ""},
    {"{\"data\":{\"id\":\"a b\"}}", ""},
    {"{\"data\":{\"id\":\"a\\u0000b\"}}", ""},
    {"{\"data\":{\"id\":\"\\u00e9\"}}", ""},
    {"{\"data\":{\"id\":null}}", ""},
    {"{\"data\":{\"id\":{}}}", ""},
    {"{\"data\":{\"ID\":\"x\"}}", ""},
    {"{\"data\":{\"id\":\"x\",\"id\":\"y\"}}", ""},
    {"{\"data\":{\"id\":\"x\"}} more", ""},
    {"not JSON", ""},
    {"", ""},
};

static void ids_come_from_sound_bodies(void **state)
{
    (void) state;
    char id[HG_VALUE_MAX];
    for (size_t i = 0; i < COUNT(ids); i++) {
        hg_str body = exact(hg_text(ids[i].what));
        size_t len = rules_body_id("/data/id", body, id);
        if (!same((hg_str){id, len}, hg_text(ids[i].id))) {
            fail_msg("row %zu: %s", i, ids[i].what);
        }
        drop(body);
    }
}

static void an_id_has_a_ceiling(void **state)
{
    (void) state;
    char body[400], id[HG_VALUE_MAX];
    for (int len = HG_VALUE_MAX; len <= HG_VALUE_MAX + 1; len++) {
        snprintf(body, sizeof body, "{\"id\":\"%0*d\"}", len, 1);
        assert_int_equal(rules_body_id("/id", hg_text(body), id),
                         len == HG_VALUE_MAX ? HG_VALUE_MAX : 0);
    }
}

/* A valid document of the most bytes, and one byte more. */
static void a_large_body_is_not_read(void **state)
{
    (void) state;
    char id[HG_VALUE_MAX];
    char *body = malloc(RULES_BODY_MAX + 1);
    assert_non_null(body);
    memset(body, ' ', RULES_BODY_MAX + 1);
    memcpy(body, "{\"id\":1}", 8);
    assert_int_equal(rules_body_id("/id", (hg_str){body, RULES_BODY_MAX}, id), 1);
    assert_int_equal(rules_body_id("/id", (hg_str){body, RULES_BODY_MAX + 1}, id), 0);
    free(body);
}

/* ---- The configuration ----------------------------------------------------------------------- */

static void rules_are_read(void **state)
{
    (void) state;
    struct fail fail = {0};
    config_init(&config);
    if (!config_parse(&config,
                      S(WITH("github", ",\"methods\":[\"PUT\",\"POST\"],\"answers\":{\"ok\":204,"
                                       "\"malformed\":401,\"forged\":404},\"unwanted\":\"ack\","
                                       "\"id_from\":\"/data/id\"")),
                      "f", &fail)) {
        fail_msg("%s", fail.text);
    }
    const struct endpoint *endpoint = &config.endpoints[0];
    assert_int_equal(endpoint->rules.methods, 3);
    assert_int_equal(endpoint->rules.answers.http[ANSWER_OK], 204);
    assert_int_equal(endpoint->rules.answers.http[ANSWER_MALFORMED], 401);
    assert_int_equal(endpoint->rules.answers.http[ANSWER_FORGED], 404);
    assert_int_equal(endpoint->rules.answers.http[ANSWER_UNWANTED], 403);
    assert_true(endpoint->rules.ack_unwanted);
    assert_string_equal(endpoint->rules.id_from, "/data/id");
    assert_int_equal(endpoint->dedup_s, ENDPOINT_DEDUP_ID_S);
    config_release(&config);
}

static void a_stated_dedup_stays(void **state)
{
    (void) state;
    struct fail fail = {0};
    config_init(&config);
    assert_true(
        config_parse(&config, S(WITH("github", ",\"id_from\":\"/id\",\"dedup_s\":9")), "f", &fail));
    assert_int_equal(config.endpoints[0].dedup_s, 9);
    config_release(&config);
}

static const struct {
    const char *what; /* must begin the message */
    const char *text;
} mistakes[] = {
    {"f: $.endpoints[0].methods: is empty", WITH("github", ",\"methods\":[]")},
    {"f: $.endpoints[0].methods: must be an array", WITH("github", ",\"methods\":\"POST\"")},
    {"f: $.endpoints[0].methods[1]: must be POST",
     WITH("github", ",\"methods\":[\"POST\",\"HEAD\"]")},
    {"f: $.endpoints[0].methods[0]: must be POST", WITH("github", ",\"methods\":[\"post\"]")},
    {"f: $.endpoints[0].answers.ok: must be from 200 to 299",
     WITH("github", ",\"answers\":{\"ok\":400}")},
    {"f: $.endpoints[0].answers.forged: must be from 400 to 499",
     WITH("github", ",\"answers\":{\"forged\":200}")},
    {"f: $.endpoints[0].answers.malformed: must not be 405",
     WITH("github", ",\"answers\":{\"malformed\":405}")},
    {"f: $.endpoints[0].answers.unwanted: must be from 400 to 499",
     WITH("github", ",\"answers\":{\"unwanted\":500}")},
    {"f: $.endpoints[0].answers.stale: unknown member",
     WITH("github", ",\"answers\":{\"stale\":400}")},
    {"f: $.endpoints[0].answers.ok: must be an integer",
     WITH("github", ",\"answers\":{\"ok\":\"200\"}")},
    {"f: $.endpoints[0].unwanted: must be refuse or ack", WITH("github", ",\"unwanted\":\"drop\"")},
    {"f: $.endpoints[0].answers.unwanted: is never answered",
     WITH("github", ",\"unwanted\":\"ack\",\"answers\":{\"unwanted\":410}")},
    {"f: $.endpoints[0].id_from: must be a JSON pointer", WITH("github", ",\"id_from\":\"id\"")},
    {"f: $.endpoints[0].id_from: is not needed", WITH("standard-webhooks", ",\"id_from\":\"/id\"")},
};

static void mistakes_are_named(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT(mistakes); i++) {
        struct fail fail = {0};
        config_init(&config);
        if (config_parse(&config, hg_text(mistakes[i].text), "f", &fail) ||
            strncmp(fail.text, mistakes[i].what, strlen(mistakes[i].what)) != 0) {
            fail_msg("row %zu: '%s'", i, fail.text);
        }
        assert_int_equal(fail.exit_code, EXIT_USAGE);
    }
}

/* The scheme signs a digest of nothing: an id in its body could be anyone's. */
static void an_unsigned_body_has_no_id(void **state)
{
    (void) state;
    static const char text[] =
        "{\"listen\":\"127.0.0.1:0\",\"store\":\"memory:\",\"endpoints\":[{\"path\":\"/a\","
        "\"scheme\":{\"name\":\"x\",\"basis\":\"observed\",\"algorithm\":\"hmac-sha256\",\"key\":"
        "\"utf8\",\"signed\":\"{timestamp}\",\"timestamp\":{\"header\":\"X-T\",\"format\":\"unix\","
        "\"tolerance_s\":300},\"signature\":{\"header\":\"X-S\",\"item\":\"{sig}\",\"encoding\":"
        "\"hex\"}},\"body_unsigned\":true,\"secrets\":[{\"secret\":\"" SECRET_ENV
        "\"}],\"id_from\":\"/id\"}]}";
    struct fail fail = {0};
    config_init(&config);
    assert_false(config_parse(&config, S(text), "f", &fail));
    assert_string_equal(fail.text, "f: $.endpoints[0].id_from: can't be trusted: the scheme does "
                                   "not sign the body");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unset_answers_are_the_usual_ones),
        cmocka_unit_test(stale_follows_forged_whatever_is_set),
        cmocka_unit_test(ranges_hold),
        cmocka_unit_test(bodies_depend_on_the_number_alone),
        cmocka_unit_test(methods_are_taken_exactly),
        cmocka_unit_test(ids_come_from_sound_bodies),
        cmocka_unit_test(an_id_has_a_ceiling),
        cmocka_unit_test(a_large_body_is_not_read),
        cmocka_unit_test(rules_are_read),
        cmocka_unit_test(a_stated_dedup_stays),
        cmocka_unit_test(mistakes_are_named),
        cmocka_unit_test(an_unsigned_body_has_no_id),
    };
    (void) setenv("HOOKGAUGE_TEST_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
