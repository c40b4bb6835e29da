/* SPDX-License-Identifier: MIT
 *
 * The quarantine's bounds: which files are its own, which go, and what it does when it is flooded.
 */
#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "receiver/quarantine_files.h"

static size_t count_files(void)
{
    size_t count = 0;
    DIR *dir = opendir(scratch_folder);
    struct dirent *item;
    assert_non_null(dir);
    while ((item = readdir(dir)) != NULL) {
        count += item->d_name[0] != '.' ? 1 : 0;
    }
    (void) closedir(dir);
    return count;
}

static bool exists(const char *name)
{
    char path[SCRATCH_PATH_MAX];
    scratch_path(name, path);
    return access(path, F_OK) == 0;
}

static void touch(const char *name)
{
    char path[SCRATCH_PATH_MAX];
    scratch_path(name, path);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0 && write(fd, "12345", 5) == 5 && close(fd) == 0);
}

static struct quarantine_files *open_files(int64_t max_bytes, int64_t max_count)
{
    struct quarantine_spec spec = {
        .path = scratch_folder, .max_bytes = max_bytes, .max_count = max_count, .statuses = 1};
    struct fail fail = {0};
    struct quarantine_files *files = quarantine_files_open(&spec, &fail);
    if (files == NULL) {
        fail_msg("%s", fail.text);
    }
    return files;
}

static void add(struct quarantine_files *files, hg_str text)
{
    struct fail fail = {0};
    if (!quarantine_files_add(files, HG_MISMATCH, text, &fail)) {
        fail_msg("%s", fail.text);
    }
}

/* Names that only look like ours are neither counted nor removed. */
static void other_files_are_left_alone(void **state)
{
    (void) state;
    static const char *const others[] = {"000000000007.json",
                                         "000000000007-mismatch.jsonx",
                                         "000000000007-nonsense.json",
                                         "7-mismatch.json",
                                         "000000000007-mismatch",
                                         "0000000000007-mismatch.json",
                                         "000000000007_mismatch.json",
                                         "x000000000007-mismatch.json",
                                         "notes"};
    for (size_t i = 0; i < COUNT(others); i++) {
        touch(others[i]);
    }
    touch("000000000041-too_old.json");
    struct quarantine_files *files = open_files(1000, 1);
    assert_true(exists("000000000041-too_old.json"));
    add(files, S("{}"));
    quarantine_files_close(files);
    assert_true(exists("000000000042-mismatch.json"));
    assert_int_equal(count_files(), COUNT(others) + 1);
}

/* In a folder that others may write to, the name of what is being written may be a link to a file
 * of ours, or a pipe that nobody reads. */
static void nothing_is_written_through(void **state)
{
    (void) state;
    char part[SCRATCH_PATH_MAX], victim[SCRATCH_PATH_MAX];
    struct stat found;
    scratch_path("new.part", part);
    scratch_path("victim", victim);
    struct quarantine_files *files = open_files(1000, 10);
    touch("victim");
    assert_int_equal(link(victim, part), 0);
    add(files, S("{}"));
    assert_int_equal(stat(victim, &found), 0);
    assert_int_equal(found.st_size, 5);
    assert_int_equal(mkfifo(part, 0600), 0);
    add(files, S("{}"));
    quarantine_files_close(files);
    assert_true(exists("000000000002-mismatch.json"));
    assert_false(exists("new.part"));
}

static void bounds_hold(void **state)
{
    (void) state;
    struct fail fail = {0};
    struct quarantine_files *files = open_files(10, 100);
    assert_true(quarantine_files_add(files, HG_MISMATCH, S("123456"), &fail));
    assert_true(quarantine_files_add(files, HG_MISMATCH, S("1234"), &fail));
    assert_int_equal(count_files(), 2);
    assert_true(quarantine_files_add(files, HG_MISMATCH, S("1"), &fail));
    assert_int_equal(count_files(), 2);
    assert_false(exists("000000000001-mismatch.json"));
    assert_false(quarantine_files_add(files, HG_MISMATCH, S("12345678901"), &fail));
    assert_int_equal(count_files(), 2);
    quarantine_files_close(files);
    files = open_files(10, 1); /* less is allowed now */
    assert_int_equal(count_files(), 1);
    for (int i = 0; i < 1000; i++) {
        add(files, S("{}"));
    }
    assert_int_equal(count_files(), 1);
    assert_true(exists("000000001003-mismatch.json"));
    quarantine_files_close(files);
}

static void what_is_kept_can_be_kept(void **state)
{
    (void) state;
    assert_true(quarantine_allows(HG_MISMATCH) && quarantine_allows(HG_TOO_NEW) &&
                quarantine_allows(HG_NO_ID) && quarantine_allows(HG_EVENT_NOT_ALLOWED));
    assert_false(quarantine_allows(HG_OK) || quarantine_allows(HG_TOO_LARGE) ||
                 quarantine_allows(HG_STORE_DOWN) || quarantine_allows(HG_BAD_KEY));
    assert_int_equal(__builtin_popcountll(quarantine_all()), 13);
}

/* Whatever comes, it is written or counted as dropped, and memory stays bounded. */
static void a_flood_is_dropped_and_counted(void **state)
{
    (void) state;
    struct quarantine_spec spec = {.path = scratch_folder,
                                   .max_bytes = INT64_C(1) << 30,
                                   .max_count = 5,
                                   .statuses = quarantine_all()};
    struct fail fail = {0};
    char *body = calloc(1, 3 << 20);
    assert_non_null(body);
    hg_request request = {.method = S("POST"), .url = S("/a"), .body = {body, 3 << 20}};
    struct quarantine_item item = {.status = HG_MISMATCH,
                                   .endpoint = S("a"),
                                   .client = S("::1"),
                                   .received_s = 1,
                                   .request = &request};
    struct quarantine *quarantine = quarantine_open(&spec, NULL, &fail);
    assert_non_null(quarantine);
    for (int i = 0; i < 50; i++) {
        quarantine_add(quarantine, &item);
    }
    struct quarantine_counts counts = quarantine_counts(quarantine);
    assert_true(counts.dropped > 0); /* fifty copies take less time than one file */
    while (counts.kept + counts.dropped < 50) {
        counts = quarantine_counts(quarantine);
    }
    assert_int_equal(counts.kept + counts.dropped, 50);
    quarantine_close(quarantine);
    free(body);
    assert_true(count_files() <= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(other_files_are_left_alone, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(nothing_is_written_through, scratch_make, scratch_remove),
        cmocka_unit_test_setup_teardown(bounds_hold, scratch_make, scratch_remove),
        cmocka_unit_test(what_is_kept_can_be_kept),
        cmocka_unit_test_setup_teardown(a_flood_is_dropped_and_counted, scratch_make,
                                        scratch_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
