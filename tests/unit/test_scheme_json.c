/* SPDX-License-Identifier: MIT
 *
 * Schemes in their JSON form: both ways, and every wrong member by its path.
 */
#include "check.h"

#include <unistd.h>

#include "base/file.h"
#include "base/providers.h"
#include "base/scheme_json.h"
#include "base/scheme_names.h"

/* A whole row, in which tests replace a piece. */
static const char good[] =
    "{\"name\":\"mine\",\"basis\":\"observed\",\"source\":\"a \\\"page\\\"\","
    "\"algorithm\":\"hmac-sha512\",\"key\":\"base64\","
    "\"signed\":\"{id}.{timestamp}.{event}.{body}\","
    "\"signature\":{\"header\":\"X-Sig\",\"item\":\"v1={sig}\",\"separator\":\",\","
    "\"encoding\":\"base64url\"},"
    "\"timestamp\":{\"item\":\"t={timestamp}\",\"format\":\"unix-ms\",\"tolerance_s\":60},"
    "\"event\":{\"header\":\"X-Event\",\"grammar\":\"type.action\"},\"id\":{\"header\":\"X-Id\"}}";

/* The row with its only `old` replaced by `new`, read at $[1] of an array. */
static bool read_edited(const char *old, const char *new, hg_scheme **scheme, struct fail *fail)
{
    struct buf text;
    cJSON *tree = NULL;
    struct json root, item = {0};
    const char *place = strstr(good, old);
    assert_non_null(place);
    buf_init(&text, 4096);
    assert_true(
        buf_addf(&text, "[0,%.*s%s%s]", (int) (place - good), good, new, place + strlen(old)));
    struct fail none = {0};
    if (!json_parse(buf_str(&text), "s", &tree, &none)) {
        fail_msg("%s", none.text);
    }
    root = json_root(tree, "s");
    assert_true(json_item(&root, &item) && json_item(&root, &item));
    bool done = scheme_from_json(&item, scheme, fail);
    cJSON_Delete(tree);
    buf_free(&text);
    return done;
}

static void wrong_members_are_named(void **state)
{
    (void) state;
    static const struct {
        const char *old;
        const char *new;
        const char *says; /* how the message begins */
    } rows[] = {
        {"\"name\":\"mine\",", "", "s: $[1]: member \"name\" is missing"},
        {"\"mine\"", "7", "s: $[1].name: must be text"},
        {"\"mine\"", "\"Mine\"", "s: $[1].name: "},
        {"\"basis\":\"observed\",", "", "s: $[1]: member \"basis\" is missing"},
        {"\"observed\"", "\"guessed\"", "s: $[1].basis: "},
        {"\"a \\\"page\\\"\"", "null", "s: $[1].source: must be text"},
        {"\"algorithm\":\"hmac-sha512\",", "", "s: $[1]: member \"algorithm\" is missing"},
        {"hmac-sha512", "hmac-md5", "s: $[1].algorithm: "},
        {"\"key\":\"base64\",", "", "s: $[1]: member \"key\" is missing"},
        {"\"key\":\"base64\"", "\"key\":\"rot13\"", "s: $[1].key: "},
        {"\"key\":\"base64\"", "\"keys\":\"base64\"", "s: $[1].keys: unknown member"},
        {"{id}.", "{ip}.", "s: $[1].signed: "},
        {"\"signed\"", "\"source2\"", "s: $[1].source2: unknown member"},
        {"\"signature\"", "\"signatures\"", "s: $[1].signatures: unknown member"},
        {"{\"header\":\"X-Sig\",\"item\"", "{\"item\"",
         "s: $[1].signature: member \"header\" is missing"},
        {"X-Sig", "X Sig", "s: $[1].signature.header: "},
        {"\"item\":\"v1={sig}\",", "", "s: $[1].signature: member \"item\" is missing"},
        {"v1={sig}", "v1", "s: $[1].signature.item: "},
        {"\"separator\":\",\"", "\"separator\":\"|\"", "s: $[1].signature.separator: "},
        {"\"separator\":\",\"", "\"separator\":1", "s: $[1].signature.separator: must be text"},
        {"\"encoding\":\"base64url\"", "\"encodings\":1",
         "s: $[1].signature.encodings: unknown member"},
        {"base64url", "base32", "s: $[1].signature.encoding: "},
        {"{\"item\":\"t={timestamp}\",", "{",
         "s: $[1].timestamp: needs either \"header\" or \"item\""},
        {"{\"item\":\"t={timestamp}\",", "{\"item\":\"t={timestamp}\",\"header\":\"X-T\",",
         "s: $[1].timestamp: needs either \"header\" or \"item\""},
        {"\"format\":\"unix-ms\",", "", "s: $[1].timestamp: member \"format\" is missing"},
        {"unix-ms", "unix-us", "s: $[1].timestamp.format: "},
        {":60", ":-1", "s: $[1].timestamp.tolerance_s: must be from 0 to 9007199254740992"},
        {":60", ":0.5", "s: $[1].timestamp.tolerance_s: must be an integer"},
        {"\"tolerance_s\"", "\"tolerance\"", "s: $[1].timestamp.tolerance: unknown member"},
        {"{\"header\":\"X-Event\",", "{", "s: $[1].event: member \"header\" is missing"},
        {"\"type.action\"", "\"any\"", "s: $[1].event.grammar: "},
        {"{\"header\":\"X-Event\",\"grammar\":\"type.action\"}", "\"X-Event\"",
         "s: $[1].event: must be an object"},
        {"{\"header\":\"X-Id\"}", "{}", "s: $[1].id: member \"header\" is missing"},
        {"X-Id", "", "s: $[1].id.header: "},
        {"X-Id", "X-Event", "s: $[1]."},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        hg_scheme *scheme = NULL;
        struct fail fail = {0};
        if (read_edited(rows[i].old, rows[i].new, &scheme, &fail)) {
            fail_msg("row %zu was accepted", i);
        }
        assert_null(scheme);
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        if (strncmp(fail.text, rows[i].says, strlen(rows[i].says)) != 0) {
            fail_msg("row %zu: %s", i, fail.text);
        }
    }
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

static void assert_same_row(const hg_scheme_spec *a, const hg_scheme_spec *b)
{
    assert_true(same_text(a->name, b->name) && same_text(a->basis, b->basis));
    assert_true(same_text(a->source, b->source) && same_text(a->algorithm, b->algorithm));
    assert_true(same_text(a->key, b->key) && same_text(a->signed_text, b->signed_text));
    assert_true(same_text(a->signature.header, b->signature.header));
    assert_true(same_text(a->signature.item, b->signature.item));
    assert_true(same_text(a->signature.separator, b->signature.separator));
    assert_true(same_text(a->signature.encoding, b->signature.encoding));
    assert_true(same_text(a->timestamp.header, b->timestamp.header));
    assert_true(same_text(a->timestamp.item, b->timestamp.item));
    assert_true(same_text(a->timestamp.format, b->timestamp.format));
    if (a->timestamp.header != NULL || a->timestamp.item != NULL) {
        assert_int_equal(a->timestamp.tolerance_s, b->timestamp.tolerance_s);
    }
    assert_true(same_text(a->event.header, b->event.header));
    assert_true(same_text(a->event.grammar, b->event.grammar));
    assert_true(same_text(a->id.header, b->id.header));
}

/* Writes a row in both forms and reads each back. */
static void round_trip(const hg_scheme_spec *row)
{
    for (int indented = 0; indented < 2; indented++) {
        struct buf text;
        cJSON *tree = NULL;
        hg_scheme *scheme = NULL;
        struct fail fail = {0};
        buf_init(&text, SCHEME_FILE_MAX);
        assert_true(scheme_to_json(row, indented, &text));
        assert_int_equal(strchr(text.ptr, '\n') != NULL, indented);
        assert_true(json_parse(buf_str(&text), "s", &tree, &fail));
        struct json root = json_root(tree, "s");
        if (!scheme_from_json(&root, &scheme, &fail)) {
            fail_msg("%s: %s", row->name, fail.text);
        }
        cJSON_Delete(tree); /* nothing of the tree is referred to */
        assert_same_row(row, hg_scheme_row(scheme));
        for (size_t max = 0; max < text.len; max++) { /* no room at any point */
            struct buf small;
            buf_init(&small, max);
            assert_false(scheme_to_json(row, indented, &small));
            buf_free(&small);
        }
        hg_scheme_free(scheme);
        buf_free(&text);
    }
}

static void builtin_rows_round_trip(void **state)
{
    (void) state;
    const hg_scheme_spec *row;
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        round_trip(row);
    }
}

static void a_full_row_round_trips(void **state)
{
    (void) state;
    hg_scheme *scheme = NULL;
    struct fail fail = {0};
    assert_true(read_edited("60", "60", &scheme, &fail));
    const hg_scheme_spec *row = hg_scheme_row(scheme);
    assert_string_equal(row->source, "a \"page\"");
    assert_int_equal(row->timestamp.tolerance_s, 60);
    round_trip(row);
    hg_scheme_free(scheme);
}

/* Zero is a tolerance; only an absent one leaves the age unjudged. */
static void tolerance_zero_is_not_absent(void **state)
{
    (void) state;
    hg_scheme *scheme = NULL;
    struct fail fail = {0};
    assert_true(read_edited(":60", ":0", &scheme, &fail));
    assert_int_equal(hg_scheme_row(scheme)->timestamp.tolerance_s, 0);
    round_trip(hg_scheme_row(scheme));
    hg_scheme_free(scheme);
    assert_true(read_edited(",\"tolerance_s\":60", "", &scheme, &fail));
    assert_int_equal(hg_scheme_row(scheme)->timestamp.tolerance_s, HG_NO_TOLERANCE);
    round_trip(hg_scheme_row(scheme));
    hg_scheme_free(scheme);
}

static void one_line_form(void **state)
{
    (void) state;
    struct buf text;
    hg_scheme *scheme = NULL;
    struct fail fail = {0};
    assert_true(read_edited("60", "60", &scheme, &fail));
    buf_init(&text, SCHEME_FILE_MAX);
    assert_true(scheme_to_json(hg_scheme_row(scheme), false, &text));
    assert_string_equal(text.ptr, good);
    buf_free(&text);
    hg_scheme_free(scheme);
}

static void opens_names(void **state)
{
    (void) state;
    hg_scheme *scheme = NULL;
    struct fail fail = {0};
    assert_true(scheme_open("webinone", &scheme, &fail));
    assert_string_equal(hg_scheme_row(scheme)->basis, "assumed");
    hg_scheme_free(scheme);
    scheme = NULL;
    assert_false(scheme_open("Webinone", &scheme, &fail));
    assert_null(scheme);
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    assert_string_equal(fail.text, "unknown scheme 'Webinone' (webinone? `hookgauge schemes` lists "
                                   "them; or give a file)");
}

/* A slip of the pen, a provider's name, a beginning, and what is near nothing. */
static void suggests_the_nearest(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        const char *begins;
    } rows[] = {
        {"stripy", "unknown scheme 'stripy' (stripe? `"},
        {"Git Hub", "unknown scheme 'Git Hub' (github? `"},
        {"clerk", "unknown scheme 'clerk' (svix? `"},
        {"openai", "unknown scheme 'openai' (standard-webhooks? `"},
        {"WhatsApp", "unknown scheme 'WhatsApp' (meta? `"},
        {"box", "unknown scheme 'box' (box-primary, box-secondary? `"},
        {"standard", "unknown scheme 'standard' (standard-webhooks, standard-webhooks-ed25519? `"},
        {"nope", "unknown scheme 'nope' (`"},
        {"", "unknown scheme '' (`"},
        {"%s%n", "unknown scheme '%s%n' (`"},
        {"gitlab-token", "scheme gitlab-token has no row: it sends a plain shared token, which is "
                         "not a signature; "},
        {"sendgrid", "scheme sendgrid has no row: it signs with ECDSA"},
    };
    char long_name[5000];
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        HOLDS(!scheme_unknown(rows[i].what, &fail), i);
        HOLDS(fail.exit_code == EXIT_USAGE, i);
        HOLDS(strncmp(fail.text, rows[i].begins, strlen(rows[i].begins)) == 0, i);
    }
    struct fail fail = {0};
    assert_false(scheme_unknown(long_name, &fail));
    assert_true(strlen(fail.text) < 200);
}

static void each_row_has_a_provider(void **state)
{
    (void) state;
    for (size_t i = 0; hg_scheme_builtin(i) != NULL; i++) {
        const struct provider *provider = provider_of(hg_scheme_builtin(i)->name);
        assert_non_null(provider);
        assert_string_not_equal(provider->names, "");
    }
    assert_null(provider_of("nobody"));
}

static void opens_files(void **state)
{
    (void) state;
    char path[] = "/tmp/hookgauge-test-XXXXXX";
    hg_scheme *scheme = NULL;
    struct fail fail = {0};
    int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
    assert_true(file_write(path, hg_text(good), &fail));
    assert_true(scheme_open(path, &scheme, &fail));
    assert_string_equal(hg_scheme_row(scheme)->name, "mine");
    hg_scheme_free(scheme);
    scheme = NULL;
    assert_true(file_write(path, S("{\n]"), &fail));
    assert_false(scheme_open(path, &scheme, &fail));
    assert_non_null(strstr(fail.text, ":2:1: a member's name in quotes must stand here"));
    fail = (struct fail){0};
    assert_true(file_write(path, S("{}"), &fail));
    assert_false(scheme_open(path, &scheme, &fail));
    assert_non_null(strstr(fail.text, ": $: member \"name\" is missing"));
    assert_int_equal(unlink(path), 0);
    fail = (struct fail){0};
    assert_false(scheme_open(path, &scheme, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    fail = (struct fail){0};
    assert_false(scheme_open("none.json", &scheme, &fail));
    assert_string_equal(fail.text, "none.json: No such file or directory");
    assert_null(scheme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrong_members_are_named),
        cmocka_unit_test(builtin_rows_round_trip),
        cmocka_unit_test(a_full_row_round_trips),
        cmocka_unit_test(tolerance_zero_is_not_absent),
        cmocka_unit_test(one_line_form),
        cmocka_unit_test(opens_names),
        cmocka_unit_test(suggests_the_nearest),
        cmocka_unit_test(each_row_has_a_provider),
        cmocka_unit_test(opens_files),
    };
    return cmocka_run_group_tests_name("scheme_json", tests, NULL, NULL);
}
