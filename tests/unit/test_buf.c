/* SPDX-License-Identifier: MIT
 *
 * The small things under everything: buffers with ceilings, failures, files, secrets.
 */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fail.h"
#include "base/file.h"
#include "base/samples.h"
#include "base/secret.h"

/* ---- fail ------------------------------------------------------------------------------------ */

static void first_failure_stays(void **state)
{
    (void) state;
    struct fail fail = {0};
    assert_false(fail_set(&fail, EXIT_UNKNOWN, "first %d", 1));
    assert_false(fail_set(&fail, EXIT_USAGE, "second"));
    assert_string_equal(fail.text, "first 1");
    assert_int_equal(fail.exit_code, EXIT_UNKNOWN);
}

static void failure_is_one_line(void **state)
{
    (void) state;
    struct fail fail = {0};
    (void) fail_set(&fail, EXIT_USAGE, "%s", "a\nb\rc\x1b[0m\x7f\xc2\x9b \xc3\xa9");
    assert_string_equal(fail.text, "a?b?c?[0m??? \xc3\xa9");
}

static void long_failure_is_cut(void **state)
{
    (void) state;
    struct fail fail = {0};
    (void) fail_set(&fail, EXIT_USAGE, "%0700d", 1);
    assert_int_equal(strlen(fail.text), sizeof fail.text - 1);
    assert_string_equal(fail.text + sizeof fail.text - 5, "0...");
}

/* ---- buf ------------------------------------------------------------------------------------- */

static void grows_to_its_ceiling(void **state)
{
    (void) state;
    struct buf buf;
    buf_init(&buf, 1000);
    assert_null(buf.ptr);
    for (int i = 0; i < 1000; i++) {
        assert_true(buf_add(&buf, "x", 1));
    }
    assert_int_equal(buf.len, 1000);
    assert_int_equal(strlen(buf.ptr), 1000);
    assert_true(buf_add(&buf, NULL, 0));
    assert_false(buf_add(&buf, "x", 1));
    assert_int_equal(buf.len, 1000);
    assert_true(buf.cap <= 1001);
    buf_free(&buf);
    assert_null(buf.ptr);
}

static void failing_is_sticky(void **state)
{
    (void) state;
    struct buf buf;
    buf_init(&buf, 4);
    assert_true(buf_add_text(&buf, "abc"));
    assert_false(buf_add_text(&buf, "de")); /* all or nothing */
    assert_int_equal(buf.len, 3);
    assert_false(buf_add_text(&buf, "d")); /* would fit, but a gap is worse than an end */
    assert_true(buf.failed);
    buf_clear(&buf);
    assert_string_equal(buf.ptr, "");
    assert_true(buf_addf(&buf, "%d-%s", 12, "a"));
    assert_string_equal(buf.ptr, "12-a");
    assert_false(buf_addf(&buf, "%d", 1));
    buf_wipe(&buf);
    assert_null(buf.ptr);
    assert_int_equal(buf.max, 4);
}

static void pieces_are_added_together(void **state)
{
    (void) state;
    struct buf buf;
    hg_str pieces[] = {S("ab"), {NULL, 0}, S(""), S("c\0d")};
    buf_init(&buf, 9);
    assert_true(buf_add_all(&buf, pieces, 4));
    assert_true(same(buf_str(&buf), S("abc\0d")));
    assert_false(buf_add_all(&buf, pieces, 4)); /* all or nothing */
    assert_true(same(buf_str(&buf), S("abc\0d")));
    buf_clear(&buf);
    pieces[1].len = SIZE_MAX;
    assert_false(buf_add_all(&buf, pieces, 2));
    assert_true(buf.failed);
    buf_free(&buf);
}

static void numbers_are_digits(void **state)
{
    (void) state;
    char text[NUMBER_TEXT_MAX];
    assert_true(same(number_text(0, text), S("0")));
    assert_true(same(number_text(-7, text), S("-7")));
    assert_true(same(number_text(1024, text), S("1024")));
    assert_true(same(number_text(INT64_MAX, text), S("9223372036854775807")));
    assert_true(same(number_text(INT64_MIN, text), S("-9223372036854775808")));
}

static void nothing_fits_a_ceiling_of_nothing(void **state)
{
    (void) state;
    struct buf buf;
    buf_init(&buf, 0);
    assert_true(buf_add_text(&buf, ""));
    assert_false(buf_add_text(&buf, "a"));
    buf_free(&buf);
}

static void sizes_do_not_overflow(void **state)
{
    (void) state;
    struct buf buf;
    buf_init(&buf, SIZE_MAX);
    assert_true(buf_add_text(&buf, "abc"));
    assert_null(buf_reserve(&buf, SIZE_MAX)); /* beyond the ceiling */
    buf_clear(&buf);
    assert_true(buf_add_text(&buf, "abc"));
    buf_free(&buf);
}

static void reserves_and_uses(void **state)
{
    (void) state;
    struct buf buf;
    buf_init(&buf, 100);
    char *place = buf_reserve(&buf, 10);
    assert_non_null(place);
    memcpy(place, "0123456789", 10);
    buf_used(&buf, 4);
    assert_string_equal(buf.ptr, "0123");
    buf_used(&buf, 1000); /* more than was reserved: ignored */
    assert_int_equal(buf.len, 4);
    assert_true(same(buf_str(&buf), S("0123")));
    buf_free(&buf);
}

/* ---- file ------------------------------------------------------------------------------------ */

static const char *in_folder(const char *name)
{
    static char path[SCRATCH_PATH_MAX];
    scratch_path(name, path);
    return path;
}

static void write_file(const char *name, hg_str content)
{
    struct fail fail = {0};
    if (!file_write(in_folder(name), content, &fail)) {
        fail_msg("%s", fail.text);
    }
}

static void reads_what_was_written(void **state)
{
    (void) state;
    struct buf buf;
    struct fail fail = {0};
    struct stat info;
    write_file("file", S("old"));
    assert_int_equal(chmod(in_folder("file"), 0600), 0);
    write_file("file", S("a\0b")); /* keeps the mode of what it replaces */
    assert_int_equal(stat(in_folder("file"), &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    buf_init(&buf, 3); /* exactly the ceiling */
    assert_true(file_read(in_folder("file"), &buf, &fail));
    assert_true(same(buf_str(&buf), S("a\0b")));
    buf_free(&buf);
}

static void refuses_a_larger_file(void **state)
{
    (void) state;
    struct buf buf;
    struct fail fail = {0};
    write_file("file", S("abcd"));
    buf_init(&buf, 3);
    assert_false(file_read(in_folder("file"), &buf, &fail));
    assert_non_null(strstr(fail.text, "/file: is larger than 3 bytes"));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    buf_free(&buf);
}

static void writes_through_a_link(void **state)
{
    (void) state;
    char target[256];
    struct stat info;
    (void) snprintf(target, sizeof target, "%s", in_folder("file"));
    write_file("file", S("a"));
    assert_int_equal(symlink(target, in_folder("link")), 0);
    write_file("link", S("bcd"));
    assert_int_equal(lstat(in_folder("link"), &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(stat(target, &info), 0);
    assert_int_equal(info.st_size, 3);
}

static void devices_are_written_to(void **state)
{
    (void) state;
    struct fail fail = {0};
    struct stat info;
    assert_true(file_write("/dev/null", S("x"), &fail));
    assert_int_equal(stat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_false(file_write("/dev/full", S("x"), &fail));
    assert_int_equal(fail.exit_code, EXIT_UNKNOWN);
    assert_string_equal(fail.text, "/dev/full: No space left on device");
}

static void file_mistakes(void **state)
{
    (void) state;
    static const struct {
        const char *name;
        bool write;
        const char *says;
    } rows[] = {
        {"none", false, "/none: No such file or directory"},
        {"", false, "/: Is a directory"},
        {"none/file", true, "/none/file: No such file or directory"},
        {"", true, "/: Is a directory"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf buf;
        struct fail fail = {0};
        buf_init(&buf, 10);
        assert_false(rows[i].write ? file_write(in_folder(rows[i].name), S("x"), &fail)
                                   : file_read(in_folder(rows[i].name), &buf, &fail));
        assert_non_null(strstr(fail.text, rows[i].says));
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        buf_free(&buf);
    }
}

/* ---- secret ---------------------------------------------------------------------------------- */

static void drops_one_newline(void **state)
{
    (void) state;
    static const struct {
        const char *value;
        const char *secret; /* NULL: refused as empty */
    } rows[] = {{"abc", "abc"},     {"abc\n", "abc"},   {"abc\r\n", "abc"}, {"abc\n\n", "abc\n"},
                {"abc\r", "abc\r"}, {" abc ", " abc "}, {"\n", NULL},       {"\r\n", NULL},
                {"", NULL},         {"\n\n", "\n"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf secret;
        struct fail fail = {0};
        assert_int_equal(setenv("HG_TEST", rows[i].value, 1), 0);
        bool done = secret_read("env:HG_TEST", 10, &secret, &fail);
        assert_int_equal(done, rows[i].secret != NULL);
        if (done) {
            assert_true(same(buf_str(&secret), hg_text(rows[i].secret)));
            assert_string_equal(secret.ptr, rows[i].secret);
        } else {
            assert_string_equal(fail.text, "env:HG_TEST: is empty");
            assert_null(secret.ptr);
        }
        buf_wipe(&secret);
    }
}

static void reads_files_and_descriptors(void **state)
{
    (void) state;
    char src[300];
    struct buf secret;
    struct fail fail = {0};
    int ends[2];
    write_file("file", S("s\0t\n"));
    (void) snprintf(src, sizeof src, "file:%s", in_folder("file"));
    assert_true(secret_read(src, 3, &secret, &fail));
    assert_true(same(buf_str(&secret), S("s\0t")));
    buf_wipe(&secret);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "piped\r\n", 7), 7);
    assert_int_equal(close(ends[1]), 0);
    (void) snprintf(src, sizeof src, "fd:%d", ends[0]);
    assert_true(secret_read(src, 5, &secret, &fail)); /* exactly the ceiling, newline apart */
    assert_true(same(buf_str(&secret), S("piped")));
    buf_wipe(&secret);
    assert_int_equal(close(ends[0]), 0);
}

static void secret_mistakes(void **state)
{
    (void) state;
    static const struct {
        const char *src;
        const char *says;
        bool well_formed; /* what it names is at fault */
    } rows[] = {
        {"hunter2", "a secret is given as env:NAME, file:PATH, credential:NAME or fd:N", false},
        {"", "a secret is given as env:NAME, file:PATH, credential:NAME or fd:N", false},
        {"ENV:HG_TEST", "a secret is given as env:NAME, file:PATH, credential:NAME or fd:N", false},
        {"env:", "env: needs the name of a variable", false},
        {"env:HG_TEST_UNSET", "env:HG_TEST_UNSET: the variable is not set", true},
        {"env:HG_TEST", "env:HG_TEST: is larger than 6 bytes", true},
        {"env:HG_TEST_LONG", "env:HG_TEST_LONG: is larger than 6 bytes", true},
        {"file:", "file: needs a path", false},
        {"file:/none/such", "file:/none/such: No such file or directory", true},
        {"file:-", "file:./-: No such file or directory", true},
        {"file:/", "file:/: Is a directory", true},
        {"credential:", "credential:: needs a name without a slash or a leading dot", false},
        {"credential:..", "credential:..: needs a name without a slash or a leading dot", false},
        {"credential:a/b", "credential:a/b: needs a name without a slash or a leading dot", false},
        {"credential:a", "credential:a: no credentials are here (CREDENTIALS_DIRECTORY)", true},
        {"fd:", "fd: needs a descriptor's number, 0 to 1023", false},
        {"fd:x", "fd: needs a descriptor's number, 0 to 1023", false},
        {"fd:-1", "fd: needs a descriptor's number, 0 to 1023", false},
        {"fd: 1", "fd: needs a descriptor's number, 0 to 1023", false},
        {"fd:1024", "fd: needs a descriptor's number, 0 to 1023", false},
        {"fd:99999999999999999999", "fd: needs a descriptor's number, 0 to 1023", false},
        {"fd:1000", "fd:1000: Bad file descriptor", true},
    };
    assert_int_equal(setenv("HG_TEST", "hunter2", 1), 0);
    assert_int_equal(setenv("HG_TEST_LONG", "hunter2hunter2hunter2", 1), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf secret;
        struct fail fail = {0};
        assert_false(secret_read(rows[i].src, 6, &secret, &fail));
        assert_string_equal(fail.text, rows[i].says);
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        assert_null(secret.ptr);
        buf_wipe(&secret);
        fail = (struct fail){0};
        assert_int_equal(secret_check(rows[i].src, &fail), rows[i].well_formed);
        assert_string_equal(fail.text, rows[i].well_formed ? "" : rows[i].says);
    }
}

static void url_is_typed_or_read(void **state)
{
    (void) state;
    static const struct {
        const char *text;
        const char *url; /* NULL: refused */
        bool typed;
    } rows[] = {
        {"http://a/?sk=x", "http://a/?sk=x", true},
        {"env:HG_TEST", "http://b/?sk=y", false},
        {"env:HG_TEST_BLANK", NULL, false},
        {"env:HG_TEST_UNSET", NULL, false},
        {"http://a/ b", NULL, false},
        {"http://a/\n", NULL, false},
        {"", NULL, false},
    };
    assert_int_equal(setenv("HG_TEST", "http://b/?sk=y\n", 1), 0);
    assert_int_equal(setenv("HG_TEST_BLANK", "http://b/ ?sk=y", 1), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf url;
        struct fail fail = {0};
        bool typed = false;
        bool done = secret_url_read(rows[i].text, &url, &typed, &fail);
        assert_int_equal(done, rows[i].url != NULL);
        assert_int_equal(typed, rows[i].typed);
        if (done) {
            assert_string_equal(url.ptr, rows[i].url);
        } else {
            assert_int_equal(fail.exit_code, EXIT_USAGE);
            assert_null(strstr(fail.text, "http"));
        }
        buf_wipe(&url);
    }
}

static void url_has_a_ceiling(void **state)
{
    (void) state;
    static char text[8194];
    struct buf url;
    bool typed = false;
    memset(text, 'u', sizeof text - 1);
    for (size_t size = 8192; size < 8194; size++) {
        struct fail fail = {0};
        text[size] = '\0';
        assert_int_equal(secret_url_read(text, &url, &typed, &fail), size == 8192);
        buf_wipe(&url);
        text[size] = 'u';
    }
}

static void makes_rings(void **state)
{
    (void) state;
    struct fail fail = {0};
    hg_scheme *scheme = NULL;
    hg_ring *ring = NULL;
    assert_int_equal(setenv("HG_TEST", "not/base64!", 1), 0);
    assert_int_equal(hg_scheme_open("webinone", &scheme, NULL), HG_OK);
    assert_true(secret_ring("env:HG_TEST", "a", scheme, &ring, &fail));
    hg_ring_free(ring);
    hg_scheme_free(scheme);
    assert_int_equal(hg_scheme_open("standard-webhooks", &scheme, NULL), HG_OK);
    ring = NULL;
    assert_false(secret_ring("env:HG_TEST", "a", scheme, &ring, &fail));
    assert_null(ring);
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    assert_int_equal(strncmp(fail.text, "env:HG_TEST: ", 13), 0);
    assert_null(strstr(fail.text, "base64!"));
    hg_scheme_free(scheme);
}

/* ---- samples --------------------------------------------------------------------------------- */

static void every_type_has_a_sample(void **state)
{
    (void) state;
    const hg_item_type *type;
    for (size_t i = 0; (type = hg_item_type_at(i)) != NULL; i++) {
        hg_str body = sample_body(type->id);
        assert_true(body.len > 2);
        assert_int_equal(body.ptr[0], '{');
        assert_int_equal(body.ptr[body.len], '\0');
    }
    assert_int_equal(sample_body("None").len, 0);
    assert_int_equal(sample_body("order").len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_failure_stays),
        cmocka_unit_test(failure_is_one_line),
        cmocka_unit_test(long_failure_is_cut),
        cmocka_unit_test(grows_to_its_ceiling),
        cmocka_unit_test(failing_is_sticky),
        cmocka_unit_test(pieces_are_added_together),
        cmocka_unit_test(numbers_are_digits),
        cmocka_unit_test(nothing_fits_a_ceiling_of_nothing),
        cmocka_unit_test(sizes_do_not_overflow),
        cmocka_unit_test(reserves_and_uses),
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(refuses_a_larger_file),
        cmocka_unit_test(writes_through_a_link),
        cmocka_unit_test(devices_are_written_to),
        cmocka_unit_test(file_mistakes),
        cmocka_unit_test(drops_one_newline),
        cmocka_unit_test(reads_files_and_descriptors),
        cmocka_unit_test(secret_mistakes),
        cmocka_unit_test(url_is_typed_or_read),
        cmocka_unit_test(url_has_a_ceiling),
        cmocka_unit_test(makes_rings),
        cmocka_unit_test(every_type_has_a_sample),
    };
    return cmocka_run_group_tests_name("buf", tests, scratch_make, scratch_remove);
}
