/* SPDX-License-Identifier: MIT
 *
 * The receiver's configuration: a whole one that is read, every mistake by its place, flags, and
 * what an endpoint makes of a verdict (the key of duplicates and how long it holds).
 */
#include "check.h"

#include "receiver/challenge.h"
#include "receiver/config.h"

#define SECRET_ENV "env:HOOKGAUGE_TEST_SECRET"
#define SECRETS "\"secrets\":[{\"label\":\"a\",\"secret\":\"" SECRET_ENV "\"}]"
#define ENDPOINT "{\"path\":\"/a\",\"scheme\":\"webinone\"," SECRETS "}"
#define WITH(members) "{\"path\":\"/a\",\"scheme\":\"webinone\"," SECRETS "," members "}"
#define ROOT(endpoints)                                                                            \
    "{\"listen\":\"127.0.0.1:0\",\"store\":\"memory:\",\"endpoints\":[" endpoints "]}"
#define TOP(members)                                                                               \
    "{\"listen\":\"127.0.0.1:0\",\"store\":\"memory:\"," members ",\"endpoints\":[" ENDPOINT "]}"

static struct config config;

static void a_whole_file_is_read(void **state)
{
    (void) state;
    struct fail fail = {0};
    const char *text =
        "{\"listen\":\"[::1]:8080\",\"admin\":\"127.0.0.1:9\",\"store\":\"sqlite:x.db\","
        "\"log\":{\"level\":\"warn\",\"json\":true},"
        "\"limits\":{\"max_body\":5,\"max_connections\":6,\"idle_timeout_s\":7,"
        "\"request_timeout_s\":8},\"endpoints\":["
        "{\"name\":\"site\",\"path\":\"/a\",\"scheme\":\"webinone\",\"secrets\":[{\"label\":\"x\","
        "\"secret\":\"" SECRET_ENV
        "\",\"not_after\":\"2026-12-31T00:00:00Z\"},{\"secret\":\"" SECRET_ENV
        "\"}],\"events\":[\"Order.*\",\"*.OnDelete\",\"Tax.OnCreate\"],"
        "\"extra_events\":[\"New.OnCreate\"],\"dedup_s\":700},"
        "{\"path\":\"/b\",\"scheme\":{\"name\":\"mine\",\"basis\":\"observed\",\"algorithm\":"
        "\"hmac-sha256\",\"key\":\"utf8\",\"signed\":\"{body}\",\"signature\":{\"header\":\"X-Sig\","
        "\"item\":\"{sig}\",\"encoding\":\"hex\"}}," SECRETS "}]}";
    config_init(&config);
    if (!config_parse(&config, hg_text(text), "f", &fail)) {
        fail_msg("%s", fail.text);
    }
    assert_int_equal(config.endpoint_count, 2);
    assert_true(config.has_admin && config.log_json);
    assert_int_equal(config.log_level, LOG_WARN);
    assert_string_equal(config.store, "sqlite:x.db");
    assert_int_equal(config.limits.max_body, 5);
    assert_int_equal(config.limits.max_connections, 6);
    assert_int_equal(config.limits.idle_timeout_s, 7);
    assert_int_equal(config.limits.request_timeout_s, 8);
    const struct endpoint *site = &config.endpoints[0];
    assert_true(same(site->name, S("site")));
    assert_int_equal(site->options.event_count, 3);
    assert_true(same(site->options.events[1], S("*.OnDelete")));
    assert_int_equal(site->options.extra_event_count, 1);
    assert_int_equal(site->dedup_s, 700);
    assert_true(same(config.endpoints[1].name, S("/b")));
    assert_null(config.endpoints[1].options.events);
    config_release(&config);
    assert_int_equal(config.endpoint_count, 0);
}

static void defaults_are_set(void **state)
{
    (void) state;
    struct fail fail = {0};
    config_init(&config);
    assert_true(config_parse(&config, S(ROOT(ENDPOINT)), "f", &fail));
    assert_int_equal(config.log_level, LOG_INFO);
    assert_int_equal(config.limits.max_body, 1 << 20);
    assert_false(config.has_admin);
    assert_int_equal(config.endpoints[0].dedup_s, 660);
    assert_true(same(config.endpoints[0].options.events[0], S("*")));
    config_release(&config);
}

struct mistake {
    const char *what; /* must be in the message */
    const char *text;
};

static const struct mistake mistakes[] = {
    {"f:1:2", "{]"},
    {"f:1:", ROOT(ENDPOINT) "x"},
    {"$: member \"listen\" is missing", "{\"store\":\"memory:\",\"endpoints\":[" ENDPOINT "]}"},
    {"$.listen: ", "{\"listen\":8080,\"store\":\"memory:\",\"endpoints\":[" ENDPOINT "]}"},
    {"$.listen: '8080'",
     "{\"listen\":\"8080\",\"store\":\"memory:\",\"endpoints\":[" ENDPOINT "]}"},
    {"$: member \"store\" is missing", "{\"listen\":\"127.0.0.1:0\",\"endpoints\":[" ENDPOINT "]}"},
    {"$.admin: ", TOP("\"admin\":\"x\"")},
    {"$.log.level: ", TOP("\"log\":{\"level\":\"loud\"}")},
    {"$.log.json: ", TOP("\"log\":{\"json\":1}")},
    {"colour", TOP("\"log\":{\"colour\":1}")},
    {"$.limits.max_body: ", TOP("\"limits\":{\"max_body\":0}")},
    {"$.limits.max_body: ", TOP("\"limits\":{\"max_body\":16777217}")},
    {"$.limits.idle_timeout_s: ", TOP("\"limits\":{\"idle_timeout_s\":-1}")},
    {"$.limits.request_timeout_s: ", TOP("\"limits\":{\"request_timeout_s\":\"1\"}")},
    {"$.limits.max_connections: ", TOP("\"limits\":{\"max_connections\":1.5}")},
    {"more", TOP("\"more\":1")},
    {"a second member of that name", TOP("\"store\":\"memory:\"")},
    {"$: member \"endpoints\" is missing", "{\"listen\":\"127.0.0.1:0\",\"store\":\"memory:\"}"},
    {"$.endpoints: ", ROOT("")},
    {"$.endpoints[0]", ROOT("1")},
    {"$.endpoints[0]: member \"path\" is missing", ROOT("{\"scheme\":\"webinone\"," SECRETS "}")},
    {"$.endpoints[0].path: ", ROOT("{\"path\":\"a\",\"scheme\":\"webinone\"," SECRETS "}")},
    {"$.endpoints[0].path: ", ROOT("{\"path\":\"/a?b\",\"scheme\":\"webinone\"," SECRETS "}")},
    {"$.endpoints[0].path: ", ROOT("{\"path\":\"/%61\",\"scheme\":\"webinone\"," SECRETS "}")},
    {"$.endpoints[0]: member \"scheme\" is missing", ROOT("{\"path\":\"/a\"," SECRETS "}")},
    {"$.endpoints[0].scheme: ", ROOT("{\"path\":\"/a\",\"scheme\":\"none\"," SECRETS "}")},
    {"$.endpoints[0].scheme: member",
     ROOT("{\"path\":\"/a\",\"scheme\":{\"name\":\"x\"}," SECRETS "}")},
    {"$.endpoints[0]: member \"secrets\" is missing",
     ROOT("{\"path\":\"/a\",\"scheme\":\"webinone\"}")},
    {"$.endpoints[0].secrets: ", ROOT("{\"path\":\"/a\",\"scheme\":\"webinone\",\"secrets\":[]}")},
    {"$.endpoints[0].secrets[0].secret: ",
     ROOT("{\"path\":\"/a\",\"scheme\":\"webinone\",\"secrets\":[{\"secret\":\"hunter2\"}]}")},
    {"$.endpoints[0].secrets[0].not_after: ",
     ROOT("{\"path\":\"/a\",\"scheme\":\"webinone\",\"secrets\":[{\"secret\":\"" SECRET_ENV
          "\",\"not_after\":\"2026-12-31\"}]}")},
    {"$.endpoints[0].events[1]: fits no event", ROOT(WITH("\"events\":[\"Order.*\",\"Oder.*\"]"))},
    {"$.endpoints[0].events[0]: fits no event", ROOT(WITH("\"events\":[\"*.onCreate\"]"))},
    {"$.endpoints[0].events[0]: fits no event", ROOT(WITH("\"events\":[\"Ord*\"]"))},
    {"$.endpoints[0].events[0]: fits no event", ROOT(WITH("\"events\":[\"\"]"))},
    {"$.endpoints[0].events: is empty", ROOT(WITH("\"events\":[]"))},
    {"$.endpoints[0].events[0]", ROOT(WITH("\"events\":[1]"))},
    {"$.endpoints[0].extra_events[0]: ", ROOT(WITH("\"extra_events\":[\"New.*\"]"))},
    {"$.endpoints[0].dedup_s: ", ROOT(WITH("\"dedup_s\":0"))},
    {"$.endpoints[0].public_url: ", ROOT(WITH("\"public_url\":\"example.com\""))},
    {"evens", ROOT(WITH("\"evens\":[]"))},
    {"$.endpoints[1]: the path /a", ROOT(ENDPOINT "," ENDPOINT)},
    {"$.endpoints[1]: the name n",
     ROOT(WITH("\"name\":\"n\"") ",{\"name\":\"n\",\"path\":\"/b\",\"scheme\":\"webinone\"," SECRETS
                                 "}")},
    {"$.endpoints[0].name: ", ROOT(WITH("\"name\":\"a b\""))},
    {"$.endpoints[0].events: can't be trusted",
     ROOT("{\"path\":\"/a\",\"scheme\":\"github\",\"events\":[\"push\"]," SECRETS "}")},
    {"$.endpoints[0].scheme: does not sign the body",
     ROOT("{\"path\":\"/a\",\"scheme\":{\"name\":\"x\",\"basis\":\"observed\",\"algorithm\":"
          "\"hmac-sha256\",\"key\":\"utf8\",\"signed\":\"{timestamp}\",\"signature\":{\"header\":"
          "\"X-Sig\",\"item\":\"{sig}\",\"encoding\":\"hex\"},\"timestamp\":{\"header\":\"X-T\","
          "\"format\":\"unix\",\"tolerance_s\":300}}," SECRETS "}")},
    {"$.endpoints[0].public_url: is needed",
     ROOT("{\"path\":\"/a\",\"scheme\":{\"name\":\"x\",\"basis\":\"observed\",\"algorithm\":"
          "\"hmac-sha256\",\"key\":\"utf8\",\"signed\":\"{url}{body}\",\"signature\":{\"header\":"
          "\"X-Sig\",\"item\":\"{sig}\",\"encoding\":\"hex\"}}," SECRETS "}")},
};

/* What is wrong with a secret itself. */
static const struct mistake bad_secrets[] = {
    {"$.endpoints[0].secrets[0].secret: ",
     ROOT(
         "{\"path\":\"/a\",\"scheme\":\"webinone\",\"secrets\":[{\"secret\":\"env:HG_NO_SUCH\"}]}")},
    {"$.endpoints[0].secrets[0].secret: ",
     ROOT("{\"path\":\"/a\",\"scheme\":\"standard-webhooks\"," SECRETS "}")},
};

static void named_by_place(const struct mistake *rows, size_t count, bool keyless)
{
    for (size_t i = 0; i < count; i++) {
        struct fail fail = {0};
        config_init(&config);
        config.keyless = keyless;
        if (config_parse(&config, hg_text(rows[i].text), "f", &fail)) {
            fail_msg("accepted: %s", rows[i].text);
        }
        if (strstr(fail.text, rows[i].what) == NULL || fail.exit_code != EXIT_USAGE ||
            strstr(fail.text, "hunter2") != NULL) {
            /* a literal in place of SRC may be quoted nowhere: it is a secret */
            fail_msg("row %zu: '%s' (exit %d) should say '%s'", i, fail.text, fail.exit_code,
                     rows[i].what);
        }
    }
}

static void mistakes_are_named_by_place(void **state)
{
    (void) state;
    named_by_place(mistakes, COUNT(mistakes), false);
    named_by_place(mistakes, COUNT(mistakes), true);
    named_by_place(bad_secrets, COUNT(bad_secrets), false);
    for (size_t i = 0; i < COUNT(bad_secrets); i++) {
        struct fail fail = {0};
        config_init(&config);
        config.keyless = true;
        assert_true(config_parse(&config, hg_text(bad_secrets[i].text), "f", &fail));
        config_release(&config);
    }
}

/* Secrets that are not read are not there: whatever comes is refused. */
static void without_keys_nothing_verifies(void **state)
{
    (void) state;
    static const char text[] =
        ROOT("{\"path\":\"/a\",\"scheme\":\"github\",\"secrets\":[{\"label\":\"a\",\"secret\":"
             "\"env:HG_NO_SUCH\"}],\"challenge\":{\"from\":\"query\",\"token\":\"t\",\"secret\":"
             "\"file:/none/such\",\"value\":\"v\",\"answer\":\"{hmac:hex}\"}}");
    struct fail fail = {0};
    config_init(&config);
    assert_false(config_parse(&config, S(text), "f", &fail));
    fail = (struct fail){0};
    config_init(&config);
    config.keyless = true;
    if (!config_parse(&config, S(text), "f", &fail)) {
        fail_msg("%s", fail.text);
    }
    const struct endpoint *endpoint = &config.endpoints[0];
    const struct challenge *challenge = endpoint->rules.challenge;
    hg_request request = {.method = S("POST"), .url = S("/a")};
    assert_null(endpoint->ring);
    assert_int_equal(hg_verify(&endpoint->options, &request).status, HG_NO_KEY);
    assert_true(endpoint->key_count == 1 && same(endpoint->keys[0].label, S("a")));
    assert_true(challenge->ring == NULL && challenge->secret.len == 0);
    config_release(&config);
}

/* The twins of the rules that an endpoint can lift. */
static void rules_can_be_lifted(void **state)
{
    (void) state;
    static const char *const texts[] = {
        ROOT("{\"path\":\"/a\",\"scheme\":\"github\"," SECRETS "}"),
        ROOT(
            "{\"path\":\"/a\",\"scheme\":\"github\",\"events\":[\"push\"],\"event_unsigned\":true," SECRETS
            "}"),
        ROOT(
            "{\"path\":\"/a\",\"body_unsigned\":true,\"scheme\":{\"name\":\"x\",\"basis\":"
            "\"observed\",\"algorithm\":\"hmac-sha256\",\"key\":\"utf8\",\"signed\":\"{timestamp}\","
            "\"signature\":{\"header\":\"X-Sig\",\"item\":\"{sig}\",\"encoding\":\"hex\"},"
            "\"timestamp\":{\"header\":\"X-T\",\"format\":\"unix\",\"tolerance_s\":300}}," SECRETS
            "}"),
        ROOT(
            "{\"path\":\"/a\",\"public_url\":\"https://b\",\"scheme\":{\"name\":\"x\",\"basis\":"
            "\"observed\",\"algorithm\":\"hmac-sha256\",\"key\":\"utf8\",\"signed\":\"{url}{body}\","
            "\"signature\":{\"header\":\"X-Sig\",\"item\":\"{sig}\",\"encoding\":\"hex\"}}," SECRETS
            "}"),
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct fail fail = {0};
        config_init(&config);
        if (!config_parse(&config, hg_text(texts[i]), "f", &fail)) {
            fail_msg("%s", fail.text);
        }
        config_release(&config);
    }
}

/* ---- Flags ----------------------------------------------------------------------------------- */

static const struct config_flags good_flags = {.listen = "127.0.0.1:0",
                                               .store = "memory:",
                                               .path = "/a",
                                               .scheme = "webinone",
                                               .secret = SECRET_ENV};

static void flags_make_one_endpoint(void **state)
{
    (void) state;
    struct fail fail = {0};
    struct config_flags flags = good_flags;
    flags.previous_secret = SECRET_ENV;
    flags.events = "Order.*,Tax.OnCreate";
    config_init(&config);
    if (!config_from_flags(&config, &flags, &fail)) {
        fail_msg("%s", fail.text);
    }
    assert_int_equal(config.endpoint_count, 1);
    assert_int_equal(config.endpoints[0].options.event_count, 2);
    assert_true(same(config.endpoints[0].options.events[1], S("Tax.OnCreate")));
    config_release(&config);
}

static void flag_refused(const struct config_flags *flags, const char *words)
{
    struct fail fail = {0};
    config_init(&config);
    assert_false(config_from_flags(&config, flags, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    if (strstr(fail.text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, fail.text);
    }
}

static void mistakes_are_named_by_flag(void **state)
{
    (void) state;
    struct config_flags flags = {0};
    flag_refused(&flags, "--secret is missing");
    flags.secret = SECRET_ENV;
    flag_refused(&flags, "--path is missing");
    flags.path = "a";
    flag_refused(&flags, "--scheme is missing");
    flags.scheme = "webinone";
    flag_refused(&flags, "--listen is missing");
    flags.listen = "127.0.0.1";
    flag_refused(&flags, "--store is missing");
    flags.store = "memory:";
    flag_refused(&flags, "--listen: ");
    flags.listen = "127.0.0.1:0";
    flag_refused(&flags, "--path: ");
    flags.path = "/a";
    flags.events = "Order.*,";
    flag_refused(&flags, "--events: ");
    flags.events = NULL;
    flags.scheme = "none";
    flag_refused(&flags, "none");
    flags.scheme = "webinone";
    flags.admin = "x";
    flag_refused(&flags, "--admin: ");
    flags.admin = NULL;
    flags.previous_secret = "env:HG_NO_SUCH";
    flag_refused(&flags, "HG_NO_SUCH");
}

/* ---- Keys of duplicates ---------------------------------------------------------------------- */

static void describe(const char *scheme, const hg_verdict *verdict, struct delivery *delivery)
{
    struct fail fail = {0};
    struct config_flags flags = good_flags;
    flags.scheme = scheme;
    config_init(&config);
    if (!config_from_flags(&config, &flags, &fail)) {
        fail_msg("%s", fail.text);
    }
    memset(delivery, 0, sizeof(*delivery));
    endpoint_describe(&config.endpoints[0], verdict, INT64_C(1000999), delivery);
    config_release(&config);
}

static void keys_follow_what_is_signed(void **state)
{
    (void) state;
    static const unsigned char time[8] = {0, 0, 0, 0, 0x69, 0x55, 0xb9, 0};
    hg_verdict verdict = {.status = HG_OK, .timestamp = 0x6955b900, .mac_len = 32, .id = S("msg")};
    struct delivery delivery;
    memset(verdict.mac, 9, 32);

    verdict.time_signed = true; /* the id is a mere claim */
    describe("webinone", &verdict, &delivery);
    assert_int_equal(delivery.key_len, 40);
    assert_memory_equal(delivery.key, time, 8);
    assert_memory_equal(delivery.key + 8, verdict.mac, 32);
    assert_int_equal(delivery.key_until_s, 1000 + 660);
    assert_int_equal(delivery.received_ms, 1000999);

    verdict.time_signed = false;
    describe("github", &verdict, &delivery);
    assert_int_equal(delivery.key_len, 32);
    assert_memory_equal(delivery.key, verdict.mac, 32);
    assert_int_equal(delivery.key_until_s, 1000 + 86400);

    verdict.time_signed = verdict.id_signed = true;
    assert_int_equal(setenv("HOOKGAUGE_TEST_SECRET", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ=", 1), 0);
    describe("standard-webhooks", &verdict, &delivery);
    assert_int_equal(setenv("HOOKGAUGE_TEST_SECRET", "not base64!", 1), 0);
    assert_int_equal(delivery.key_len, 3);
    assert_memory_equal(delivery.key, "msg", 3);
    assert_int_equal(delivery.key_until_s, 1000 + 604800);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_whole_file_is_read),
        cmocka_unit_test(defaults_are_set),
        cmocka_unit_test(mistakes_are_named_by_place),
        cmocka_unit_test(rules_can_be_lifted),
        cmocka_unit_test(flags_make_one_endpoint),
        cmocka_unit_test(mistakes_are_named_by_flag),
        cmocka_unit_test(keys_follow_what_is_signed),
        cmocka_unit_test(without_keys_nothing_verifies),
    };
    if (setenv("HOOKGAUGE_TEST_SECRET", "not base64!", 1) != 0) {
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
