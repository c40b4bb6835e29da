/* SPDX-License-Identifier: MIT
 *
 * hookgauge discover: the scheme of an unknown sender, from captured deliveries and the secret.
 *
 * One thread a core, each with its share of the library's search. The first proof in the order of
 * the search wins, whichever thread was faster: the same captures give the same row.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/args.h"
#include "base/clock.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "cli/discover.h"
#include "cli/request.h"

#define JOBS_MAX 64   /* threads: more than that many cores would find nothing left to do */
#define REPORT_MS 200 /* between two progress lines: often enough to be seen moving */
#define BUDGET_MAX (1L << 53)

struct settings {
    const char *secret;
    const char *url;
    const char *operands[HG_SAMPLES_MAX];
    size_t operand_count;
    long budget, jobs;
    bool all, json, help;
};

/* What the threads share. */
struct team {
    pthread_mutex_t lock;
    pthread_cond_t ended;
    size_t running;
    uint64_t best; /* the order of the likeliest proof so far; who has passed it stops */
};

struct worker {
    pthread_t thread;
    struct team *team;
    hg_discovering options;
    uint64_t tried;
    hg_discovered *found;
    hg_status status;
};

/* What a search takes; released by release. */
struct work {
    struct request *requests;
    hg_request *samples;
    size_t count;
    struct buf secret;
    struct worker workers[JOBS_MAX];
    size_t jobs;
    struct team team;
};

static const char about[] =
    "Finds out what an unknown sender signs: which headers, which bytes in which order, which key\n"
    "and algorithm. REQUEST is a captured delivery, in any form that hookgauge verify takes;\n"
    "several of one endpoint narrow the search. Prints the scheme as JSON that --scheme reads\n"
    "back, proven: it reproduces the signature of every REQUEST. What the proof leaves open is\n"
    "told on standard error. SRC is env:NAME, file:PATH or fd:N.";

static bool parse(int argc, char **argv, struct settings *set, struct fail *fail)
{
    const struct arg_option options[] = {
        {"secret", ARG_TEXT, &set->secret, "SRC", "where the secret is (required)", 0, 0},
        {"url", ARG_TEXT, &set->url, "PUBLIC_URL",
         "the URL that the sender called; an origin alone goes in front of the recorded path", 0,
         0},
        {"all", ARG_FLAG, &set->all, NULL,
         "go on after the first proof and print each scheme on a line of its own", 0, 0},
        {"budget", ARG_NUMBER, &set->budget, "N", "candidates to try at most (50000000)", 1,
         BUDGET_MAX},
        {"jobs", ARG_NUMBER, &set->jobs, "N", "threads (one a core)", 1, JOBS_MAX},
        {"json", ARG_FLAG, &set->json, NULL, "print a JSON object with schemes and notes", 0, 0},
    };
    const struct arg_command command = {
        .synopsis = "discover --secret SRC [--url PUBLIC_URL] [--all] [--budget N] [--jobs N] "
                    "[--json] REQUEST...",
        .about = about,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = set->operands,
        .operand_min = 1,
        .operand_max = HG_SAMPLES_MAX,
    };
    if (!args_parse(argc, argv, &command, &set->help, fail)) {
        return false;
    }
    if (!set->help && set->secret == NULL) {
        return fail_set(fail, EXIT_USAGE, "--secret SRC is required");
    }
    while (set->operand_count < HG_SAMPLES_MAX && set->operands[set->operand_count] != NULL) {
        set->operand_count++;
    }
    return true;
}

/* ---- The captures ---------------------------------------------------------------------------- */

static bool open_requests(const struct settings *set, struct work *work, struct fail *fail)
{
    work->requests = calloc(set->operand_count, sizeof *work->requests);
    work->samples = calloc(set->operand_count, sizeof *work->samples);
    if (work->requests == NULL || work->samples == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    for (; work->count < set->operand_count; work->count++) {
        struct request *request = &work->requests[work->count];
        if (!request_open(set->operands[work->count], set->url, request, fail)) {
            return false;
        }
        work->samples[work->count] = request->request;
    }
    return true;
}

static void release(struct work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        request_free(&work->requests[i]);
    }
    for (size_t i = 0; i < work->jobs; i++) {
        hg_discovered_free(work->workers[i].found);
    }
    free(work->requests);
    free(work->samples);
    buf_wipe(&work->secret);
}

/* ---- The threads ----------------------------------------------------------------------------- */

static bool go_on(void *context, uint64_t tried, uint64_t order)
{
    struct worker *worker = context;
    __atomic_store_n(&worker->tried, tried, __ATOMIC_RELAXED);
    return order < __atomic_load_n(&worker->team->best, __ATOMIC_RELAXED);
}

static void *run(void *context)
{
    struct worker *worker = context;
    struct team *team = worker->team;
    worker->status = hg_discover(&worker->options, &worker->found);
    (void) pthread_mutex_lock(&team->lock);
    bool proven = worker->status == HG_OK && worker->found->count > 0 && !worker->options.all;
    if (proven && worker->found->rows[0].order < team->best) {
        __atomic_store_n(&team->best, worker->found->rows[0].order, __ATOMIC_RELAXED);
    }
    team->running--;
    (void) pthread_cond_signal(&team->ended);
    (void) pthread_mutex_unlock(&team->lock);
    return NULL;
}

static size_t cores(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : count > JOBS_MAX ? JOBS_MAX : (size_t) count;
}

static hg_discovering options_of(const struct settings *set, const struct work *work, size_t part,
                                 size_t parts)
{
    uint64_t budget = set->budget > 0 ? (uint64_t) set->budget : HG_DISCOVER_BUDGET;
    hg_discovering options = {.requests = work->samples,
                              .request_count = work->count,
                              .secret = buf_str(&work->secret),
                              .budget = budget / parts + (part < budget % parts),
                              .part = part,
                              .parts = parts,
                              .all = set->all,
                              .progress = go_on};
    return options;
}

/* Starts a thread a share; a share of nothing is not searched. */
static bool start(const struct settings *set, struct work *work, struct fail *fail)
{
    size_t parts = set->jobs > 0 ? (size_t) set->jobs : cores();
    for (; work->jobs < parts; work->jobs++) {
        struct worker *worker = &work->workers[work->jobs];
        worker->team = &work->team;
        worker->options = options_of(set, work, work->jobs, parts);
        worker->options.context = worker;
        if (worker->options.budget == 0) {
            break;
        }
        (void) pthread_mutex_lock(&work->team.lock);
        bool started = pthread_create(&worker->thread, NULL, run, worker) == 0;
        work->team.running += started;
        (void) pthread_mutex_unlock(&work->team.lock);
        if (!started) {
            return fail_set(fail, EXIT_UNKNOWN, "no thread could be started");
        }
    }
    return true;
}

static void show_progress(struct work *work)
{
    uint64_t tried = 0;
    for (size_t i = 0; i < work->jobs; i++) {
        tried += __atomic_load_n(&work->workers[i].tried, __ATOMIC_RELAXED);
    }
    fprintf(stderr, "\rhookgauge discover: %llu candidates tried", (unsigned long long) tried);
}

static void wait_for(struct work *work)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    bool shown = false;
    (void) pthread_mutex_lock(&work->team.lock);
    while (work->team.running > 0) {
        bool woken = clock_wait(&work->team.ended, &work->team.lock, clock_steady_ms() + REPORT_MS);
        if (!woken && terminal) {
            show_progress(work);
            shown = true;
        }
    }
    (void) pthread_mutex_unlock(&work->team.lock);
    for (size_t i = 0; i < work->jobs; i++) {
        (void) pthread_join(work->workers[i].thread, NULL);
    }
    if (shown) {
        fprintf(stderr, "\r\033[K");
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* The first status of a thread that is no success; HG_OK when all searched. */
static hg_status status_of(const struct work *work)
{
    for (size_t i = 0; i < work->jobs; i++) {
        if (work->workers[i].status != HG_OK) {
            return work->workers[i].status;
        }
    }
    return HG_OK;
}

static int refuse(hg_status status, struct fail *fail)
{
    if (status == HG_NO_SIGNATURE) {
        (void) fail_set(fail, EXIT_NO,
                        "nothing found: no header of the request with the shortest body has the "
                        "form of a signature");
        return EXIT_NO;
    }
    bool system = hg_status_class(status) == HG_CLASS_SYSTEM;
    (void) fail_set(fail, system ? EXIT_UNKNOWN : EXIT_USAGE, "%s", hg_status_text(status));
    return fail->exit_code;
}

static bool any_url(const struct work *work)
{
    for (size_t i = 0; i < work->count; i++) {
        hg_str url = work->samples[i].url;
        if (url.len > 4 && strncmp(url.ptr, "http", 4) == 0) {
            return true;
        }
    }
    return false;
}

static int print(const struct settings *set, const struct work *work, struct fail *fail)
{
    hg_discovered *found[JOBS_MAX];
    hg_status status = status_of(work);
    if (status != HG_OK) {
        return refuse(status, fail);
    }
    for (size_t i = 0; i < work->jobs; i++) {
        found[i] = work->workers[i].found;
    }
    struct discovered all = {.found = found,
                             .count = work->jobs,
                             .requests = work->count,
                             .all = set->all,
                             .with_url = any_url(work)};
    return discovered_print(&all, set->json, fail);
}

static int search(const struct settings *set, struct work *work, struct fail *fail)
{
    bool done = open_requests(set, work, fail) &&
                secret_read(set->secret, HG_SECRET_MAX, &work->secret, fail) &&
                start(set, work, fail);
    if (!done) {
        __atomic_store_n(&work->team.best, 0, __ATOMIC_RELAXED); /* who runs stops */
    }
    wait_for(work);
    return done ? print(set, work, fail) : EXIT_UNKNOWN;
}

int cmd_discover(int argc, char **argv, struct fail *fail)
{
    struct settings set = {0};
    if (!parse(argc, argv, &set, fail) || set.help) {
        return EXIT_YES;
    }
    struct work work = {.team = {.lock = PTHREAD_MUTEX_INITIALIZER, .best = UINT64_MAX}};
    clock_condition(&work.team.ended);
    int code = search(&set, &work, fail);
    release(&work);
    return code;
}
