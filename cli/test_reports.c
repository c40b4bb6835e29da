/* SPDX-License-Identifier: MIT
 *
 * Which reports `hookgauge test` makes.
 */
#include "cli/test_reports.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "harness/report.h"

#define FILES 3

/* A report that goes into a file. */
struct report_file {
    const char *option, *path;
    bool (*make)(const struct run *run, struct buf *out);
};

static void list_files(const struct test_reports *reports, struct report_file files[FILES])
{
    files[0] = (struct report_file){"junit", reports->junit, report_junit};
    files[1] = (struct report_file){"html", reports->html, report_html};
    files[2] = (struct report_file){"sarif", reports->sarif, report_sarif};
}

bool test_reports_any(const struct test_reports *reports)
{
    struct report_file files[FILES];
    bool any = reports->tap || reports->tap_14 || reports->json || reports->all;
    list_files(reports, files);
    for (size_t i = 0; i < FILES; i++) {
        any = any || files[i].path != NULL;
    }
    return any;
}

/* ---- Before the run -------------------------------------------------------------------------- */

static bool check_file(const struct report_file *file, struct fail *fail)
{
    if (file->path == NULL) {
        return true;
    }
    if (file->path[0] == '\0' || strcmp(file->path, "-") == 0) {
        return fail_set(fail, EXIT_USAGE, "--%s: needs the name of a file", file->option);
    }
    return file_writable(file->path, fail);
}

bool test_reports_check(const struct test_reports *reports, struct fail *fail)
{
    struct report_file files[FILES];
    if ((reports->tap ? 1 : 0) + (reports->tap_14 ? 1 : 0) + (reports->json ? 1 : 0) > 1) {
        return fail_set(fail, EXIT_USAGE, "--tap, --tap14 and --json exclude each other");
    }
    list_files(reports, files);
    for (size_t i = 0; i < FILES; i++) {
        for (size_t j = 0; files[i].path != NULL && j < i; j++) {
            if (files[j].path != NULL && strcmp(files[i].path, files[j].path) == 0) {
                return fail_set(fail, EXIT_USAGE, "--%s and --%s name the same file",
                                files[j].option, files[i].option);
            }
        }
        if (!check_file(&files[i], fail)) {
            return false;
        }
    }
    return true;
}

/* ---- After the run --------------------------------------------------------------------------- */

static bool add_printed(const struct test_reports *reports, const struct run *run, struct buf *out)
{
    const char *no_colour = getenv("NO_COLOR");
    const struct report_style style = {
        .colour = isatty(STDOUT_FILENO) == 1 && (no_colour == NULL || no_colour[0] == '\0'),
        .all = reports->all,
    };
    return reports->tap      ? report_tap(run, REPORT_TAP_13, out)
           : reports->tap_14 ? report_tap(run, REPORT_TAP_14, out)
           : reports->json   ? report_json(run, out)
                             : report_human(run, &style, out);
}

static bool too_large(struct fail *fail)
{
    return fail_set(fail, EXIT_UNKNOWN, "the report does not fit in memory");
}

/* That the file could be written was seen before: what fails now is not the user's mistake. */
static bool write_file(const struct report_file *file, const struct run *run, struct fail *fail)
{
    struct buf out;
    struct fail why = {0};
    buf_init(&out, REPORT_MAX);
    bool done = file->make(run, &out) || too_large(fail);
    if (done && !file_write(file->path, buf_str(&out), &why)) {
        done = fail_set(fail, EXIT_UNKNOWN, "--%s: %s", file->option, why.text);
    }
    buf_free(&out);
    return done;
}

bool test_reports_write(const struct test_reports *reports, const struct run *run,
                        struct fail *fail)
{
    struct report_file files[FILES];
    struct buf out;
    buf_init(&out, REPORT_MAX);
    bool done = add_printed(reports, run, &out) || too_large(fail);
    if (done) {
        (void) fwrite(out.ptr, 1, out.len, stdout); /* main checks stdout at the end */
    }
    buf_free(&out);
    list_files(reports, files);
    for (size_t i = 0; i < FILES; i++) {
        done = (files[i].path == NULL || write_file(&files[i], run, fail)) && done;
    }
    return done;
}
