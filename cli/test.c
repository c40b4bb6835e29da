/* SPDX-License-Identifier: MIT
 *
 * hookgauge test: does a receiver, a program or the library tell good deliveries from bad ones?
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/args.h"
#include "base/file.h"
#include "base/scheme_names.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "cli/test_live.h"
#include "cli/test_reports.h"
#include "harness/run.h"
#include "harness/select.h"
#include "sender/stop.h"

#define DEFAULT_SCHEME "webinone"
#define JOBS_DEFAULT_MAX 8 /* more jobs than that have to be asked for */

struct options {
    const char *target;
    const char *scheme;
    const char *vectors;
    const char *secret;
    const char *only;
    const char *stored;
    long jobs;    /* 0: not given */
    long slack;   /* -1: not given */
    long timeout; /* 0: not given */
    struct test_live live;
    struct test_reports reports;
    bool list, help;
};

/* What a run takes; released by release. */
struct work {
    struct buf text; /* of a vector file */
    struct buf secret;
    struct vector_file file;
    struct run run;
};

static const char about[] =
    "Delivers the cases of a scheme's vector file to TARGET and compares what it says with what\n"
    "is right. TARGET is lib (this program's own verify function), cmd:PROGRAM (run by /bin/sh;\n"
    "it gets a line of JSON a case and answers {\"id\":…,\"accept\":true|false,\"status\":…},\n"
    "status optional) or the URL of a receiver, for which every case is made anew at the present\n"
    "time. SRC is env:NAME, file:PATH or fd:N. Exit code 1: a case failed; 3: the target could\n"
    "not be reached or started.";

/* ---- Options --------------------------------------------------------------------------------- */

static bool parse(int argc, char **argv, struct options *set, struct fail *fail)
{
    const struct arg_option own[] = {
        {"scheme", ARG_TEXT, &set->scheme, "NAME", "the built-in vectors to use (webinone)", 0, 0},
        {"vectors", ARG_TEXT, &set->vectors, "FILE", "a vector file of your own", 0, 0},
        {"secret", ARG_TEXT, &set->secret, "SRC",
         "the receiver's secret (the vectors' public one); http only", 0, 0},
        {"only", ARG_TEXT, &set->only, "GLOB",
         "cases whose id fits; flag:GLOB, family:GLOB go by those", 0, 0},
        {"list", ARG_FLAG, &set->list, NULL, "print the ids and exit", 0, 0},
        {"jobs", ARG_NUMBER, &set->jobs, "N", "processes or connections (one a processor)", 1,
         RUN_JOBS_MAX},
        {"tap", ARG_FLAG, &set->reports.tap, NULL, "print TAP", 0, 0},
        {"tap14", ARG_FLAG, &set->reports.tap_14, NULL, "print TAP that calls itself version 14", 0,
         0},
        {"json", ARG_FLAG, &set->reports.json, NULL, "print JSON lines", 0, 0},
        {"junit", ARG_TEXT, &set->reports.junit, "FILE", "write JUnit XML as well", 0, 0},
        {"sarif", ARG_TEXT, &set->reports.sarif, "FILE", "write SARIF 2.1.0 as well", 0, 0},
        {"html", ARG_TEXT, &set->reports.html, "FILE", "write a page to look at as well", 0, 0},
        {"all", ARG_FLAG, &set->reports.all, NULL, "show every failure, not only the first ones", 0,
         0},
        {"slack", ARG_NUMBER, &set->slack, "SECONDS",
         "how far two clocks may differ (5); http only", 0, RUN_SLACK_MAX},
        {"stored", ARG_TEXT, &set->stored, "CMD",
         "prints how many deliveries the receiver has stored; http only", 0, 0},
        {"timeout", ARG_NUMBER, &set->timeout, "SECONDS", "for one answer (10)", 1,
         RUN_TIMEOUT_MAX},
    };
    struct arg_option options[sizeof own / sizeof own[0] + TEST_LIVE_ROWS];
    memcpy(options, own, sizeof own);
    test_live_rows(&set->live, options + sizeof own / sizeof own[0]);
    const struct arg_command command = {
        .synopsis = "test TARGET [--scheme NAME | --vectors FILE] [--only GLOB] [--json] "
                    "[--html FILE]",
        .about = about,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = &set->target,
        .operand_min = 0,
        .operand_max = 1,
    };
    return args_parse(argc, argv, &command, &set->help, fail);
}

static bool exclude(bool first, bool second, const char *what, struct fail *fail)
{
    return !(first && second) || fail_set(fail, EXIT_USAGE, "%s", what);
}

/* What would be passed over in silence is refused. */
static bool check(struct options *set, enum target_kind *kind, struct fail *fail)
{
    if (set->target == NULL && !set->list) {
        return fail_set(fail, EXIT_USAGE, "the target is missing: lib, cmd:PROGRAM or a URL");
    }
    if (set->target != NULL && !run_target(set->target, kind, fail)) {
        return false;
    }
    bool local = set->target != NULL && *kind != TARGET_HTTP;
    return exclude(set->scheme != NULL, set->vectors != NULL,
                   "--scheme and --vectors exclude each other: a vector file names its scheme",
                   fail) &&
           exclude(local, set->secret != NULL,
                   "--secret: is for URLs; the other targets get the vectors' own secrets", fail) &&
           exclude(local, set->stored != NULL, "--stored: is for URLs", fail) &&
           exclude(local, set->slack >= 0, "--slack: is for URLs; the others get the time", fail) &&
           exclude(set->stored != NULL, set->live.observe != NULL,
                   "--stored and --observe exclude each other", fail) &&
           exclude(local && *kind == TARGET_LIB, set->timeout > 0 || set->jobs > 0,
                   "--timeout and --jobs are for programs and URLs", fail) &&
           exclude(set->list, test_reports_any(&set->reports),
                   "--list: prints ids and makes no report", fail) &&
           test_live_check(&set->live, set->target != NULL ? *kind : TARGET_HTTP, fail) &&
           test_reports_check(&set->reports, fail);
}

static long default_jobs(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors < 1 ? 1 : processors > JOBS_DEFAULT_MAX ? JOBS_DEFAULT_MAX : processors;
}

/* ---- Vectors --------------------------------------------------------------------------------- */

static bool name_schemes(const char *wanted, struct fail *fail)
{
    struct buf names;
    if (scheme_absent(wanted) != NULL) {
        return scheme_unknown(wanted, fail);
    }
    buf_init(&names, 1024);
    for (size_t i = 0; vector_builtin_name(i) != NULL; i++) {
        (void) (buf_add_text(&names, i == 0 ? "" : ", ") &&
                buf_add_text(&names, vector_builtin_name(i)));
    }
    (void) fail_set(fail, EXIT_USAGE, "--scheme: no vectors for '%.64s'; there are: %s", wanted,
                    names.ptr != NULL ? names.ptr : "none");
    buf_free(&names);
    return false;
}

static bool load(const struct options *set, struct work *work, struct fail *fail)
{
    const char *scheme = set->scheme != NULL ? set->scheme : DEFAULT_SCHEME;
    hg_str text = vector_builtin(scheme);
    buf_init(&work->text, VECTOR_FILE_MAX);
    if (set->vectors != NULL) {
        return file_read(set->vectors, &work->text, fail) &&
               vector_parse(buf_str(&work->text), set->vectors, &work->file, fail);
    }
    if (text.len == 0) {
        return name_schemes(scheme, fail);
    }
    char name[128];
    (void) snprintf(name, sizeof name, "%s.json", scheme);
    /* The name must outlive the file: kept behind it in the buffer that is free. */
    return buf_add_text(&work->text, name) ? vector_parse(text, work->text.ptr, &work->file, fail)
                                           : fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

static bool prepare(const struct options *set, enum target_kind kind, struct work *work,
                    struct fail *fail)
{
    buf_init(&work->secret, HG_SECRET_MAX);
    if (!load(set, work, fail) ||
        (set->secret != NULL && !secret_read(set->secret, HG_SECRET_MAX, &work->secret, fail))) {
        return false;
    }
    bool quiet = set->list || isatty(STDERR_FILENO) == 0 || kind == TARGET_LIB;
    struct run_settings settings = {
        .target = set->target != NULL ? set->target : "",
        .kind = kind,
        .only = set->only,
        .scheme_name = set->scheme,
        .vectors = set->vectors,
        .secret_src = set->secret,
        .secret = buf_str(&work->secret),
        .stored = set->stored,
        .jobs = set->jobs > 0 ? set->jobs : default_jobs(),
        .timeout_s = set->timeout > 0 ? set->timeout : RUN_TIMEOUT_DEFAULT,
        .slack_s = set->slack >= 0 ? set->slack : RUN_SLACK_DEFAULT,
        .progress = !quiet,
    };
    test_live_apply(&set->live, &settings);
    return run_open(&settings, &work->file, &work->run, fail);
}

static void release(struct work *work)
{
    run_free(&work->run);
    vector_free(&work->file);
    buf_free(&work->text);
    buf_wipe(&work->secret);
}

/* ---- Results --------------------------------------------------------------------------------- */

static int list(const struct run *run)
{
    for (size_t i = 0; i < run->count; i++) {
        puts(run->cases[i]->id);
    }
    return EXIT_YES;
}

static int go(const struct options *set, struct run *run, struct fail *fail)
{
    if (set->list) {
        return list(run);
    }
    run->stop = stop_flag();
    bool done = (stop_init() || fail_set(fail, EXIT_UNKNOWN, "signals can't be caught")) &&
                run_go(run, fail) && test_reports_write(&set->reports, run, fail);
    return done ? (int) run_exit(run) : (int) fail->exit_code;
}

int cmd_test(int argc, char **argv, struct fail *fail)
{
    struct options set = {.slack = -1};
    struct work work = {0};
    enum target_kind kind = TARGET_LIB;
    int code = EXIT_YES; /* or what *fail says */
    if (parse(argc, argv, &set, fail) && !set.help && check(&set, &kind, fail)) {
        code = prepare(&set, kind, &work, fail) ? go(&set, &work.run, fail) : EXIT_USAGE;
    }
    release(&work);
    test_live_free(&set.live);
    return code;
}
