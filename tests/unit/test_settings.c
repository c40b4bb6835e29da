/* SPDX-License-Identifier: MIT
 *
 * Webhook settings: what a file may say, and which webhook an event concerns.
 */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "sender/settings.h"

#define HOOK(members) "{\"webhooks\":[{" members "}]}"
#define PLAIN "\"item_type\":\"Order\",\"actions\":[\"OnCreate\"],\"url\":\"http://h/?sk=abc\""

static char path[] = "/tmp/hookgauge-settings-XXXXXX";

static bool load(const char *text, struct settings *settings, struct fail *fail)
{
    assert_true(file_write(path, hg_text(text), fail));
    return settings_load(path, false, settings, fail);
}

static int make_file(void **state)
{
    int fd = mkstemp(path);
    (void) state;
    return fd >= 0 ? close(fd) : -1;
}

static int remove_file(void **state)
{
    (void) state;
    return unlink(path);
}

static void refused(void **state)
{
    static const struct {
        const char *what, *text, *says;
    } rows[] = {
        {"not JSON", "{", ":1:"},
        {"trailing text", "{\"webhooks\":[]} x", ":1:"},
        {"not an object", "[]", "$:"},
        {"no webhooks", "{}", "webhooks"},
        {"webhooks no list", "{\"webhooks\":{}}", "$.webhooks:"},
        {"an unknown member", "{\"webhooks\":[],\"hooks\":1}", "hooks"},
        {"a duplicate member", "{\"webhooks\":[],\"webhooks\":[]}", "second member"},
        {"an unknown member inside", HOOK(PLAIN ",\"secret\":\"x\""), "$.webhooks[0]"},
        {"an unknown scheme", "{\"webhooks\":[],\"scheme\":\"nope\"}", "$.scheme:"},
        {"a scheme that is no text", "{\"webhooks\":[],\"scheme\":1}", "$.scheme:"},
        {"no item type", HOOK("\"actions\":[\"OnCreate\"],\"url\":\"http://h/\""), "item_type"},
        {"an unknown item type",
         HOOK("\"item_type\":\"Orders\",\"actions\":[\"OnCreate\"],\"url\":\"http://h/\""),
         "$.webhooks[0].item_type: \"Orders\""},
        {"no actions", HOOK("\"item_type\":\"Order\",\"url\":\"http://h/\""), "actions"},
        {"actions empty", HOOK("\"item_type\":\"Order\",\"actions\":[],\"url\":\"http://h/\""),
         "$.webhooks[0].actions: is empty"},
        {"an action twice",
         HOOK("\"item_type\":\"Order\",\"actions\":[\"OnCreate\",\"OnCreate\"],\"url\":\"http://h/"
              "\""),
         "$.webhooks[0].actions[1]: OnCreate is given twice"},
        {"an unknown action",
         HOOK(
             "\"item_type\":\"Order\",\"actions\":[\"OnCreate\",\"Create\"],\"url\":\"http://h/\""),
         "$.webhooks[0].actions[1]: \"Create\""},
        {"objects of another kind", HOOK(PLAIN ",\"objects\":[\"Form\",\"Module:x\"]"),
         "$.webhooks[0].objects[1]: \"Module:x\""},
        {"a kind that only starts so", HOOK(PLAIN ",\"objects\":[\"For\"]"),
         "$.webhooks[0].objects[0]"},
        {"an object without a name", HOOK(PLAIN ",\"objects\":[\"Form:\"]"),
         "no name after the colon"},
        {"an object with a control byte", HOOK(PLAIN ",\"objects\":[\"Form:\\u001b[1m\"]"),
         "$.webhooks[0].objects[0]: is empty or holds"},
        {"objects empty", HOOK(PLAIN ",\"objects\":[]"), "$.webhooks[0].objects: is empty"},
        {"objects no list", HOOK(PLAIN ",\"objects\":\"Form\""), "$.webhooks[0].objects:"},
        {"objects of a type that has none",
         HOOK("\"item_type\":\"Tax\",\"actions\":[\"OnCreate\"],\"url\":\"http://h/\","
              "\"objects\":[\"Form\"]"),
         "Tax can't be narrowed"},
        {"no url", HOOK("\"item_type\":\"Order\",\"actions\":[\"OnCreate\"]"), "url"},
        {"a url without host",
         HOOK("\"item_type\":\"Order\",\"actions\":[\"OnCreate\"],\"url\":\"http:///\""),
         "$.webhooks[0].url: the URL has no host"},
        {"an empty sk",
         HOOK("\"item_type\":\"Order\",\"actions\":[\"OnCreate\"],\"url\":\"http://h/?sk=\""),
         "$.webhooks[0].url: the parameter sk is empty"},
        {"enabled as text", HOOK(PLAIN ",\"enabled\":\"false\""), "$.webhooks[0].enabled:"},
        {"a name that is empty", HOOK(PLAIN ",\"name\":\"\""), "$.webhooks[0].name:"},
        {"a name with a line end", HOOK(PLAIN ",\"name\":\"a\\nb\""), "$.webhooks[0].name:"},
        {"a name with a C1 control", HOOK(PLAIN ",\"name\":\"a\\u009b\""), "$.webhooks[0].name:"},
        {"the second webhook", "{\"webhooks\":[{" PLAIN "},{}]}", "$.webhooks[1]"},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct settings settings;
        struct fail fail = {0};
        HOLDS(!load(rows[row].text, &settings, &fail), row);
        if (fail.exit_code != EXIT_USAGE || strstr(fail.text, rows[row].says) == NULL ||
            strstr(fail.text, "abc") != NULL) {
            fail_msg("%s: %s", rows[row].what, fail.text);
        }
    }
}

static void defaults(void **state)
{
    struct settings settings;
    struct fail fail = {0};
    (void) state;
    assert_true(load(HOOK(PLAIN), &settings, &fail));
    assert_int_equal(settings.count, 1);
    const struct webhook *webhook = &settings.webhooks[0];
    assert_string_equal(hg_scheme_row(settings.scheme)->name, "webinone");
    assert_null(webhook->name);
    assert_true(webhook->enabled);
    assert_int_equal(webhook->object_count, 0);
    assert_true(webhook->is_open);
    assert_non_null(webhook->endpoint.ring);
    assert_string_equal(webhook->endpoint.url.sent.ptr, "http://h/");
    settings_free(&settings);
}

static void everything(void **state)
{
    struct settings settings;
    struct fail fail = {0};
    (void) state;
    assert_true(load("{\"scheme\":\"slack\",\"webhooks\":[{\"name\":\"b\xc3\xa9\",\"item_type\":"
                     "\"Booking Subscription\",\"actions\":[\"OnTrigger\",\"OnDelete\"],"
                     "\"objects\":[\"Form:a:b\",\"ModuleItem\"],\"url\":\"env:HOOKGAUGE_TEST_URL\","
                     "\"enabled\":false}]}",
                     &settings, &fail));
    struct webhook *webhook = &settings.webhooks[0];
    assert_string_equal(hg_scheme_row(settings.scheme)->name, "slack");
    assert_string_equal(webhook->name, "b\xc3\xa9");
    assert_string_equal(webhook->type->id, "BookingSubscription");
    assert_false(webhook->enabled);
    assert_false(webhook->is_open);
    assert_true(webhook_wants(webhook, webhook->type, "OnDelete"));
    assert_true(webhook_wants(webhook, webhook->type, "OnTrigger"));
    assert_false(webhook_wants(webhook, webhook->type, "OnCreate"));
    assert_false(webhook_wants(webhook, hg_item_type_find(S("Order")), "OnDelete"));
    settings_free(&settings);
}

static void sources(void **state)
{
    struct settings settings;
    struct fail fail = {0};
    (void) state;
    assert_true(load(HOOK("\"item_type\":\"Order\",\"actions\":[\"OnCreate\"],"
                          "\"url\":\"env:HOOKGAUGE_TEST_URL\""),
                     &settings, &fail));
    struct webhook *webhook = &settings.webhooks[0];
    (void) unsetenv("HOOKGAUGE_TEST_URL");
    assert_false(webhook_open(&settings, webhook, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    assert_non_null(strstr(fail.text, "$.webhooks[0].url: env:HOOKGAUGE_TEST_URL"));
    (void) setenv("HOOKGAUGE_TEST_URL", "http://h/?sk=abc&sk=abc", 1);
    fail = (struct fail){0};
    assert_false(webhook_open(&settings, webhook, &fail));
    assert_non_null(strstr(fail.text, "env:HOOKGAUGE_TEST_URL: the parameter sk is given twice"));
    assert_null(strstr(fail.text, "abc"));
    (void) setenv("HOOKGAUGE_TEST_URL", "http://h/?sk=abc", 1);
    fail = (struct fail){0};
    assert_true(webhook_open(&settings, webhook, &fail));
    assert_true(webhook->endpoint.url.is_signed);
    settings_free(&settings);
}

static void covers(void **state)
{
    static const char *list[] = {"Form:Contact us", "ModuleItem"};
    static const struct {
        const char *what;
        size_t objects;
        const char *object;
        bool covered;
    } rows[] = {
        {"no list, nothing stated", 0, NULL, true},
        {"no list, one stated", 0, "Form:x", true},
        {"a list, nothing stated", 2, NULL, false},
        {"in the list", 2, "Form:Contact us", true},
        {"another name", 2, "Form:Contact", false},
        {"a longer name", 2, "Form:Contact us!", false},
        {"another case", 2, "Form:contact us", false},
        {"any name of a bare kind", 2, "ModuleItem:7", true},
        {"a kind that starts like it", 2, "Module:7", false},
        {"a kind that is longer", 2, "ModuleItems:7", false},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct webhook webhook = {.objects = list, .object_count = rows[row].objects};
        HOLDS(webhook_covers(&webhook, rows[row].object) == rows[row].covered, row);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refused), cmocka_unit_test(defaults), cmocka_unit_test(everything),
        cmocka_unit_test(sources), cmocka_unit_test(covers),
    };
    return cmocka_run_group_tests_name("settings", tests, make_file, remove_file);
}
