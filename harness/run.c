/* SPDX-License-Identifier: MIT
 *
 * A run: selection, dispatch to the target, outcomes, the progress bar.
 */
#include "harness/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "harness/select.h"
#include "harness/target.h"

#define BAR_CELLS 40
#define BAR_EVERY_MS 50 /* between two paintings: faster than an eye, slower than a terminal */

static const char command_prefix[] = "cmd:";

bool run_target(const char *text, enum target_kind *kind, struct fail *fail)
{
    if (strcmp(text, "lib") == 0) {
        *kind = TARGET_LIB;
    } else if (strncmp(text, command_prefix, strlen(command_prefix)) == 0) {
        *kind = TARGET_CMD;
        return text[strlen(command_prefix)] != '\0' ||
               fail_set(fail, EXIT_USAGE, "cmd: needs a program, as in cmd:./verify");
    } else if (strncmp(text, "http://", 7) == 0 || strncmp(text, "https://", 8) == 0) {
        *kind = TARGET_HTTP;
    } else {
        return fail_set(fail, EXIT_USAGE,
                        "the target must be lib, cmd:PROGRAM, http://… or https://…");
    }
    return true;
}

bool run_open(const struct run_settings *set, const struct vector_file *file, struct run *run,
              struct fail *fail)
{
    struct run made = {.set = *set, .file = file};
    made.cases = calloc(file->case_count + 1, sizeof *made.cases);
    made.outcomes = calloc(file->case_count + 1, sizeof *made.outcomes);
    if (made.cases == NULL || made.outcomes == NULL) {
        run_free(&made);
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    for (size_t i = 0; i < file->case_count; i++) {
        if (select_fits(&file->cases[i], set->only)) {
            made.outcomes[made.count].known =
                set->known != NULL ? known_line(set->known, &file->cases[i]) : 0;
            made.cases[made.count++] = &file->cases[i];
            made.stored_cases += file->cases[i].expect_stored >= 0 ? 1 : 0;
        }
    }
    if (made.count == 0) {
        run_free(&made);
        return set->only != NULL
                   ? fail_set(fail, EXIT_USAGE, "--only: no case of %s fits", file->name)
                   : fail_set(fail, EXIT_USAGE, "%s has no cases", file->name);
    }
    *run = made;
    return true;
}

void run_free(struct run *run)
{
    for (size_t i = 0; run->outcomes != NULL && i < run->count; i++) {
        free(run->outcomes[i].why);
        free(run->outcomes[i].curl);
        buf_free(&run->outcomes[i].sent);
        buf_free(&run->outcomes[i].heard);
    }
    free(run->outcomes);
    free(run->cases);
    *run = (struct run){0};
}

/* ---- Running --------------------------------------------------------------------------------- */

static void clear_bar(const struct run *run)
{
    if (run->set.progress) {
        (void) !write(STDERR_FILENO, "\r\033[K", 4);
    }
}

static bool dispatch(struct run *run, struct fail *fail)
{
    switch (run->set.kind) {
    case TARGET_LIB: return target_lib(run, fail);
    case TARGET_CMD: return target_cmd(run, run->set.target + strlen(command_prefix), fail);
    case TARGET_HTTP: return target_http(run, run->set.target, fail);
    }
    return fail_set(fail, EXIT_USAGE, "no such target");
}

bool run_go(struct run *run, struct fail *fail)
{
    double from = run_clock_ms();
    run->started = (int64_t) time(NULL);
    for (size_t i = 0; i < run->count && run->set.kind != TARGET_HTTP; i++) {
        if (run->cases[i]->needs_http) {
            run_note_skipped(run, i, "needs HTTP");
        }
    }
    bool held = dispatch(run, fail);
    clear_bar(run);
    run->seconds = (run_clock_ms() - from) / 1000;
    return held;
}

const char *run_excuse(const struct run *run, size_t index)
{
    return run->outcomes[index].known != 0                         ? "known failure"
           : run->cases[index]->should && !run->set.fail_on_should ? "level should"
                                                                   : NULL;
}

size_t run_outdated(const struct run *run)
{
    size_t count = 0;
    for (size_t i = 0; i < run->count; i++) {
        const struct outcome *outcome = &run->outcomes[i];
        count += outcome->known != 0 && outcome->result == OUTCOME_PASSED ? 1 : 0;
    }
    return count;
}

const char *run_answer_name(enum outcome_answer answer)
{
    switch (answer) {
    case ANSWER_NONE: return "";
    case ANSWER_ACCEPTED: return "accepted";
    case ANSWER_REFUSED: return "refused";
    case ANSWER_SILENT: return "silent";
    case ANSWER_DROPPED: return "dropped";
    case ANSWER_ERRED: return "erred";
    case ANSWER_UNCLEAR: return "unclear";
    }
    return "";
}

static void count_failed(const struct run *run, size_t index, struct run_counts *counts)
{
    bool excused = run_excuse(run, index) != NULL;
    *(excused ? &counts->warned : &counts->failed) += 1;
    counts->known += run->outcomes[index].known != 0 ? 1 : 0;
}

struct run_counts run_count(const struct run *run)
{
    struct run_counts counts = {0};
    for (size_t i = 0; i < run->count; i++) {
        switch (run->outcomes[i].result) {
        case OUTCOME_NONE: counts.none++; break;
        case OUTCOME_PASSED: counts.passed++; break;
        case OUTCOME_SKIPPED: counts.skipped++; break;
        case OUTCOME_FAILED: count_failed(run, i, &counts); break;
        }
    }
    return counts;
}

enum exit_code run_exit(const struct run *run)
{
    struct run_counts counts = run_count(run);
    if (counts.failed > 0 || (run->set.strict_known && run_outdated(run) > 0)) {
        return EXIT_NO;
    }
    /* A run in which nothing was asked has shown nothing. */
    return counts.none > 0 || counts.passed + counts.warned == 0 ? EXIT_UNKNOWN : EXIT_YES;
}

/* ---- For targets ----------------------------------------------------------------------------- */

double run_clock_ms(void)
{
    return clock_steady_s() * 1e3;
}

bool run_stopped(const struct run *run)
{
    return stop_flag_is_set(run->stop);
}

/* One write a painting, so that threads do not mix their bars. */
static void paint(struct run *run, size_t done)
{
    char bar[BAR_CELLS + 1];
    char line[160];
    size_t full = done * BAR_CELLS / run->count;
    memset(bar, '.', BAR_CELLS);
    memset(bar, '#', full);
    bar[BAR_CELLS] = '\0';
    int length = snprintf(line, sizeof line, "\r[%s] %zu/%zu, %zu failed", bar, done, run->count,
                          atomic_load(&run->failed));
    if (length > 0 && (size_t) length < sizeof line) {
        (void) !write(STDERR_FILENO, line, (size_t) length);
    }
}

static void progress(struct run *run)
{
    size_t done = atomic_fetch_add(&run->done, 1) + 1;
    if (!run->set.progress) {
        return;
    }
    long long now = (long long) run_clock_ms();
    long long last = atomic_load(&run->painted_ms);
    if (now - last >= BAR_EVERY_MS &&
        atomic_compare_exchange_strong(&run->painted_ms, &last, now)) {
        paint(run, done);
    }
}

void run_note(struct run *run, size_t index, bool passed)
{
    run->outcomes[index].result = passed ? OUTCOME_PASSED : OUTCOME_FAILED;
    if (!passed && run_excuse(run, index) == NULL) {
        atomic_fetch_add(&run->failed, 1);
    }
    progress(run);
}

/* Keeps what may be a target's own words, as one line. */
static void own_words(struct outcome *outcome, const char *text)
{
    free(outcome->why);
    outcome->why = strdup(text);
    for (char *at = outcome->why; at != NULL && *at != '\0'; at++) {
        if ((unsigned char) *at < 0x20 || *at == 0x7f) {
            *at = '?';
        }
    }
}

void run_note_failed(struct run *run, size_t index, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void) vsnprintf(text, sizeof text, format, args);
    va_end(args);
    own_words(&run->outcomes[index], text); /* without memory the bare result has to do */
    run_note(run, index, false);
}

void run_note_skipped(struct run *run, size_t index, const char *why)
{
    run->outcomes[index].skip = why;
    run->outcomes[index].result = OUTCOME_SKIPPED;
    progress(run);
}

void run_note_declined(struct run *run, size_t index, const char *why)
{
    struct outcome *outcome = &run->outcomes[index];
    own_words(outcome, why);
    run_note_skipped(run, index, outcome->why != NULL ? outcome->why : "the program declined");
}
