/* SPDX-License-Identifier: MIT
 *
 * A run: the selected cases of a vector file, a target, and what the target made of each case.
 */
#ifndef HARNESS_RUN_H
#define HARNESS_RUN_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/fail.h"
#include "base/stop_flag.h"
#include "harness/known.h"
#include "harness/statuses.h"
#include "harness/timing.h"
#include "harness/vector.h"

#define RUN_JOBS_MAX 64      /* processes or connections: more only measures the scheduler */
#define RUN_TIMEOUT_MAX 3600 /* seconds for one answer */
#define RUN_SLACK_MAX 3600   /* seconds that two clocks may differ */
#define RUN_TIMEOUT_DEFAULT 10
#define RUN_SLACK_DEFAULT 5

enum target_kind {
    TARGET_LIB = 1, /* hg_verify in this process */
    TARGET_CMD,     /* a program that reads cases and answers them, a line each */
    TARGET_HTTP     /* a live receiver */
};

/* What the user asked for. Everything is borrowed and outlives the run. */
struct run_settings {
    const char *target; /* as typed: "lib", "cmd:PROGRAM", "http://…", "https://…" */
    enum target_kind kind;
    const char *only;        /* see select_fits; NULL: every case */
    const char *scheme_name; /* as typed; NULL: none was named */
    const char *vectors;     /* the file as typed; NULL: a built-in one */
    const char *secret_src;  /* as typed; NULL: the vectors' public secret */
    hg_str secret;           /* what secret_src gave */
    const char *stored;      /* command that prints how many deliveries are stored; may be NULL */
    long jobs;
    long timeout_s;
    long slack_s;
    const char *observe; /* command that prints how often a delivery took effect; may be NULL */
    const char *restart; /* command that starts the receiver anew; may be NULL */
    bool timing;         /* measure the time of answers, too */
    long rate;           /* deliveries a second; 0: as fast as it goes */
    struct expectations expected; /* of a live receiver */
    const char *allow_host;       /* beyond loopback; may be NULL */
    const struct known *known;    /* NULL: no failure is */
    bool strict_known;            /* a known failure that passes fails the run */
    bool fail_on_should;          /* so does a case of level "should" */
    bool keep_going;              /* after the receiver has stopped answering */
    bool progress;                /* draw a bar on standard error */
};

enum outcome_result {
    OUTCOME_NONE = 0, /* not reached: the run was interrupted */
    OUTCOME_PASSED,
    OUTCOME_FAILED,
    OUTCOME_SKIPPED
};

/* Whoever does not answer, breaks off or errs has not refused. */
enum outcome_answer {
    ANSWER_NONE = 0, /* not asked, or what came can't be understood */
    ANSWER_ACCEPTED,
    ANSWER_REFUSED,
    ANSWER_SILENT,  /* nothing came in time, or nobody took the connection */
    ANSWER_DROPPED, /* the connection was closed without an answer */
    ANSWER_ERRED,   /* 5xx */
    ANSWER_UNCLEAR  /* a status that stands for neither */
};

struct outcome {
    enum outcome_result result;
    enum outcome_answer answer;
    hg_status status; /* what the target named; 0 when it only said yes or no */
    int http;         /* the HTTP status; 0 when there was none */
    double ms;        /* from handing the case over to its answer */
    size_t known;     /* the line that lists it as a known failure; 0: none does */
    const char *skip; /* why it was skipped; static storage, or why */
    char *why;        /* what went wrong beside the answer, one sentence; owned, may be NULL */
    char *curl;       /* a curl command that repeats it; owned, may be NULL */
    struct buf sent, heard; /* what went over the wire when it failed, as evidence.h shows it */
};

struct run {
    struct run_settings set;
    const struct vector_file *file;
    const struct vector_case **cases; /* the selected ones, in file order */
    struct outcome *outcomes;         /* one each */
    size_t count;
    atomic_size_t done, failed; /* for the progress bar; any thread may add */
    atomic_llong painted_ms;
    const struct stop_flag *stop; /* set: end early; may be NULL */
    size_t observed;              /* cases of which it was asked what took effect */
    struct timing_row timing[TIMING_KINDS];
    size_t timing_count; /* 0: nothing was measured */
    bool lost;           /* the receiver stopped answering, and the run ended there */
    bool stored_checked; /* the stored deliveries were counted */
    size_t stored_cases; /* cases that say how many must be stored */
    int64_t started;     /* Unix seconds */
    double seconds;
};

/* Counts of outcomes. A failed case that has an excuse counts as warned alone, and as known where
 * that is the excuse. */
struct run_counts {
    size_t passed, failed, warned, known, skipped, none;
};

/* Why a case may fail without failing the run: "known failure", "level should", or NULL. */
const char *run_excuse(const struct run *run, size_t index);

/* How many cases passed that are listed as known failures. */
size_t run_outdated(const struct run *run);

/* "accepted", "refused", "silent", …; an empty text for ANSWER_NONE. */
const char *run_answer_name(enum outcome_answer answer);

/* Reads the kind of target; EXIT_USAGE for another form. */
bool run_target(const char *text, enum target_kind *kind, struct fail *fail);

/* Selects the cases; EXIT_USAGE when none is left. */
bool run_open(const struct run_settings *set, const struct vector_file *file, struct run *run,
              struct fail *fail);

/* Runs every case. False, with nothing to report, when the target can't be reached or started. */
bool run_go(struct run *run, struct fail *fail);

void run_free(struct run *run);

struct run_counts run_count(const struct run *run);

/* What the run's exit code is: EXIT_NO when a case failed, EXIT_UNKNOWN when it was interrupted
 * before. */
enum exit_code run_exit(const struct run *run);

/* ---- For targets ----------------------------------------------------------------------------- */

/* Milliseconds of a clock that only goes forward. */
double run_clock_ms(void);

/* Whether the user has interrupted the run. */
bool run_stopped(const struct run *run);

/* Notes the result of a case, whose other members are filled already. Any thread, once a case. */
void run_note(struct run *run, size_t index, bool passed);

/* The same for a case that got no usable answer; why is formatted, control bytes replaced. */
void run_note_failed(struct run *run, size_t index, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A case that is not asked; why has static storage. Declined: that the target itself can't be
 * asked, in its own words, which are copied, control bytes replaced. */
void run_note_skipped(struct run *run, size_t index, const char *why);
void run_note_declined(struct run *run, size_t index, const char *why);

#endif
