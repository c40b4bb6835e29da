/* SPDX-License-Identifier: MIT
 *
 * Reloading: what may change, when, files of secrets that are watched, descriptors that are kept.
 */
#include "scratch.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "receiver/loop.h"

/* ---- What may change ------------------------------------------------------------------------- */

static const struct {
    const char *what; /* the message, NULL: it may */
    const char *from, *to;
} changes[] = {
    {NULL, "{}", "{}"},
    {NULL, "{\"endpoints\":[1]}", "{\"endpoints\":[2]}"},
    {NULL, "{\"log\":{\"level\":\"info\"}}", "{\"log\":{\"level\":\"warn\"}}"},
    {NULL, "{\"log\":{\"level\":\"info\"}}", "{}"},
    {NULL, "{}", "{\"limits\":{\"max_body\":1,\"request_timeout_s\":2}}"},
    {NULL, "{\"listen\":\"a\",\"store\":\"b\"}", "{\"store\":\"b\",\"listen\":\"a\"}"},
    {"f: $.listen: can't change without a restart", "{\"listen\":\"a\"}", "{\"listen\":\"b\"}"},
    {"f: $.admin: can't change without a restart", "{}", "{\"admin\":\"b\"}"},
    {"f: $.admin: can't change without a restart", "{\"admin\":\"b\"}", "{}"},
    {"f: $.log.json: can't change without a restart", "{\"log\":{\"json\":true}}",
     "{\"log\":{\"json\":false}}"},
    {"f: $.log.json: can't change without a restart", "{\"log\":{\"json\":true}}", "{}"},
    {"f: $.limits.max_connections: can't change without a restart", "{\"limits\":{}}",
     "{\"limits\":{\"max_connections\":1}}"},
    {"f: $.brand_new: can't change without a restart", "{}", "{\"brand_new\":1}"},
    {"f: $.limits.brand_new: can't change without a restart", "{}",
     "{\"limits\":{\"brand_new\":1}}"},
};

static void only_what_is_live_changes(void **state)
{
    (void) state;
    for (size_t i = 0; i < COUNT(changes); i++) {
        struct fail fail = {0};
        cJSON *from = cJSON_Parse(changes[i].from);
        cJSON *to = cJSON_Parse(changes[i].to);
        bool allowed = reload_allowed(from, to, "f", &fail);
        if (allowed != (changes[i].what == NULL) ||
            (!allowed && strcmp(fail.text, changes[i].what) != 0)) {
            fail_msg("row %zu: '%s'", i, fail.text);
        }
        cJSON_Delete(from);
        cJSON_Delete(to);
    }
    struct fail fail = {0};
    assert_true(reload_allowed(NULL, NULL, NULL, &fail)); /* flags */
}

/* ---- Sources --------------------------------------------------------------------------------- */

static char path[SCRATCH_PATH_MAX], other[SCRATCH_PATH_MAX], src[SCRATCH_PATH_MAX + 8];

static void put(const char *name, const char *text)
{
    FILE *file = fopen(name, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void read_once(struct sources *sources)
{
    struct buf out;
    struct fail fail = {0};
    sources_begin(sources);
    assert_true(sources_read(sources, src, 100, &out, &fail));
    buf_wipe(&out);
    sources_end(sources, true);
}

static void a_change_is_told_once_and_when_it_is_still(void **state)
{
    (void) state;
    put(path, "one");
    struct sources *sources = sources_new();
    assert_non_null(sources);
    assert_false(sources_watched(sources));
    read_once(sources);
    assert_true(sources_watched(sources));
    assert_false(sources_changed(sources));
    assert_false(sources_changed(sources));
    put(path, "another");
    assert_false(sources_changed(sources)); /* may be in the middle of being written */
    put(path, "another one");
    assert_false(sources_changed(sources)); /* it was */
    assert_true(sources_changed(sources));
    assert_false(sources_changed(sources)); /* told once, whether it was read or not */
    assert_int_equal(unlink(path), 0);
    assert_false(sources_changed(sources));
    assert_true(sources_changed(sources));
    assert_false(sources_changed(sources));
    sources_free(sources);
}

/* Same name, size and content: another file all the same. */
static void a_replaced_file_has_changed(void **state)
{
    (void) state;
    put(path, "one");
    put(other, "one");
    struct sources *sources = sources_new();
    read_once(sources);
    assert_int_equal(rename(other, path), 0);
    assert_false(sources_changed(sources));
    assert_true(sources_changed(sources));
    sources_free(sources);
}

static void a_failed_reading_leaves_the_watch(void **state)
{
    (void) state;
    put(path, "one");
    struct sources *sources = sources_new();
    read_once(sources);
    sources_begin(sources);
    sources_end(sources, false); /* read nothing, and failed */
    assert_true(sources_watched(sources));
    sources_begin(sources);
    sources_end(sources, true); /* read nothing, and is good: there is no file any more */
    assert_false(sources_watched(sources));
    sources_free(sources);
}

static void a_descriptor_is_read_once(void **state)
{
    (void) state;
    struct sources *sources = sources_new();
    struct fail fail = {0};
    struct buf out;
    int ends[2];
    char name[16];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "deep\n", 5), 5);
    assert_int_equal(close(ends[1]), 0);
    snprintf(name, sizeof name, "fd:%d", ends[0]);
    for (int i = 0; i < 3; i++) {
        assert_true(sources_read(sources, name, 100, &out, &fail));
        assert_true(same(buf_str(&out), S("deep")));
        buf_wipe(&out);
    }
    assert_false(sources_watched(sources));
    assert_false(sources_read(NULL, name, 100, &out, &fail)); /* empty by now */
    buf_wipe(&out);
    assert_int_equal(close(ends[0]), 0);
    sources_free(sources);
}

/* ---- When ------------------------------------------------------------------------------------ */

static bool make(void *context, const struct config *again, struct config *config,
                 struct fail *fail)
{
    struct buf out;
    (void) context;
    (void) again;
    if (!sources_read(config->sources, src, 100, &out, fail)) {
        return false;
    }
    buf_wipe(&out);
    return true;
}

/* Its threads would begin new attempts, and a loop that is woken for nothing would never rest. */
static void nothing_is_looked_at_in_a_drain(void **state)
{
    (void) state;
    struct fail fail = {0};
    put(path, "one");
    struct server server = {.reload = reload_open(make, NULL, &fail)};
    assert_non_null(server.reload);
    server.drain_until_ms = clock_steady_ms() + 60000;
    assert_int_equal(renew_left_ms(&server), -1);
    renew_secrets(&server);
    assert_int_equal(reload_left_ms(server.reload, clock_steady_ms()), 0);
    server.drain_until_ms = 0;
    assert_int_equal(renew_left_ms(&server), 0);
    renew_secrets(&server);
    assert_true(reload_left_ms(server.reload, clock_steady_ms()) > 0);
    reload_close(server.reload);
}

static int begin(void **state)
{
    if (scratch_make(state) != 0) {
        return -1;
    }
    scratch_path("secret", path);
    scratch_path("other", other);
    (void) snprintf(src, sizeof src, "file:%s", path);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_live_changes),
        cmocka_unit_test(a_change_is_told_once_and_when_it_is_still),
        cmocka_unit_test(a_replaced_file_has_changed),
        cmocka_unit_test(a_failed_reading_leaves_the_watch),
        cmocka_unit_test(a_descriptor_is_read_once),
        cmocka_unit_test(nothing_is_looked_at_in_a_drain),
    };
    return cmocka_run_group_tests(tests, begin, scratch_remove);
}
