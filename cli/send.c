/* SPDX-License-Identifier: MIT
 *
 * `hookgauge send`: deliver events as the vendor would.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/args.h"
#include "cli/cli.h"
#include "cli/send.h"
#include "sender/stop.h"

static const char about[] =
    "Signs an event and delivers it, as the vendor would. EXTERNAL_URL is the URL with its\n"
    "?sk=SECRET, best given as env:NAME, file:PATH or fd:N; in it a + is a plus, and without sk\n"
    "the delivery is unsigned. Without BODY_FILE the built-in sample of the item type is sent.\n"
    "Failed attempts, 408, 425, 429 and 5xx are tried again. Equal deliveries within one second\n"
    "have equal signatures, so a receiver takes them for one: --vary makes them differ.";

static bool parse_args(int argc, char **argv, struct send_options *to, bool *help,
                       struct fail *fail)
{
    const struct arg_option options[] = {
        {"config", ARG_TEXT, &to->config, "FILE", "fire the webhooks of a settings file", 0, 0},
        {"list", ARG_FLAG, &to->list, NULL, "show the settings file as a table", 0, 0},
        {"object", ARG_TEXT, &to->object, "KIND:NAME", "the object that the event concerns", 0, 0},
        {"scheme", ARG_TEXT, &to->scheme, "S", "a built-in scheme or a file (webinone)", 0, 0},
        {"keep-sk", ARG_FLAG, &to->keep_sk, NULL, "leave sk on the URL that is called", 0, 0},
        {"all-events", ARG_FLAG, &to->all_events, NULL, "each event of the catalogue once", 0, 0},
        {"count", ARG_NUMBER, &to->count, "N", "send everything N times (1)", 1, (long) BATCH_MAX},
        {"jobs", ARG_NUMBER, &to->jobs, "N", "over N connections (1)", 1, BATCH_JOBS_MAX},
        {"vary", ARG_FLAG, &to->vary, NULL, "{n} in the body file is the delivery's number", 0, 0},
        {"retries", ARG_NUMBER, &to->retries, "N", "attempts beyond the first (3)", 0, 100},
        {"max-wait", ARG_NUMBER, &to->max_wait_s, "S", "longest wait between two (60)", 0, 86400},
        {"connect-timeout", ARG_NUMBER, &to->connect_timeout_s, "S", "seconds (5)", 1, 3600},
        {"timeout", ARG_NUMBER, &to->timeout_s, "S", "seconds of an attempt (30)", 1, 3600},
        {"curl", ARG_FLAG, &to->curl, NULL, "print the curl command instead of sending", 0, 0},
        {"json", ARG_FLAG, &to->json, NULL, "print JSON, one object a line", 0, 0},
        {"quiet", ARG_FLAG, &to->quiet, NULL, "print no line for an attempt that succeeded", 0, 0},
    };
    const struct arg_command command = {
        .synopsis = "send EXTERNAL_URL EVENT [BODY_FILE|-]\n"
                    "   or: send --config FILE EVENT [BODY_FILE|-]\n"
                    "   or: send --config FILE --list",
        .about = about,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = to->operands,
        .operand_min = 0,
        .operand_max = 3,
    };
    return args_parse(argc, argv, &command, help, fail);
}

/* ---- Which form it is ------------------------------------------------------------------------ */

static bool usage(struct fail *fail, const char *text)
{
    return fail_set(fail, EXIT_USAGE, "%s", text);
}

static bool sort_operands(struct send_options *options, struct fail *fail)
{
    const char *const *next = options->operands;
    if (options->config == NULL) {
        options->url = *next != NULL ? *next++ : NULL;
        if (options->url == NULL) {
            return usage(fail, "needs EXTERNAL_URL and EVENT, or --config FILE and EVENT");
        }
    }
    const char *const *end = options->operands + 3;
    if (!options->all_events && !options->list) {
        options->event = next < end && *next != NULL ? *next++ : NULL;
        if (options->event == NULL) {
            return usage(fail, "needs an EVENT, such as Order.OnCreate (or --all-events)");
        }
        options->body_file = next < end && *next != NULL ? *next++ : NULL;
    }
    if (next < end && *next != NULL) {
        return usage(fail, options->all_events ? "--all-events sends the samples: no EVENT or file"
                           : options->list     ? "--list takes no EVENT"
                                               : "too many operands");
    }
    return true;
}

/* Options that another one leaves without a meaning are refused, not passed over. */
static bool check_options(const struct send_options *options, struct fail *fail)
{
    if (options->list && options->config == NULL) {
        return usage(fail, "--list needs --config FILE");
    }
    if (options->object != NULL && (options->config == NULL || options->all_events)) {
        return usage(fail, "--object needs --config FILE and one EVENT");
    }
    if (options->scheme != NULL && options->config != NULL) {
        return usage(fail, "--scheme: with --config the file names the scheme");
    }
    if (options->curl && (options->count != 1 || options->jobs != 1 || options->json)) {
        return usage(fail, "--curl prints commands: --count, --jobs and --json have no meaning");
    }
    if (options->list && (options->curl || options->all_events || options->vary)) {
        return usage(fail, "--list sends nothing: it goes with --config, --json and --keep-sk");
    }
    if (options->vary && options->curl) {
        return usage(fail, "--curl prints the body file as it is: --vary has no meaning");
    }
    return true;
}

/* ---- The forms ------------------------------------------------------------------------------- */

static int list_settings(const struct send_options *options, struct fail *fail)
{
    struct settings settings;
    if (!settings_load(options->config, options->keep_sk, &settings, fail)) {
        return fail->exit_code;
    }
    bool done = send_list(&settings, options->json, fail);
    settings_free(&settings);
    return done ? EXIT_YES : fail->exit_code;
}

static int exit_code_of(const struct batch_summary *summary, size_t total)
{
    if (summary->refused > 0) {
        return EXIT_NO;
    }
    return summary->delivered == total ? EXIT_YES : EXIT_UNKNOWN;
}

static int send_all(const struct send_options *options, const struct send_plan *plan,
                    struct fail *fail)
{
    size_t total = plan->item_count * (size_t) options->count;
    struct send_report report = {options->json, options->quiet, total > 1};
    /* The bar and attempt lines would run into each other on one terminal. */
    bool bar = total > 1 && isatty(STDERR_FILENO) && (options->quiet || !isatty(STDOUT_FILENO));
    struct batch batch = {
        .items = plan->items,
        .item_count = plan->item_count,
        .rounds = (size_t) options->count,
        .jobs = (size_t) options->jobs,
        .vary = options->vary,
        .policy = {options->connect_timeout_s * 1000, options->timeout_s * 1000,
                   (int) options->retries, (double) options->max_wait_s},
        .hooks = {send_report_attempt, bar ? send_report_progress : NULL, &report},
    };
    struct batch_summary summary;
    if (total > BATCH_MAX) {
        (void) fail_set(fail, EXIT_USAGE, "--count: more than %zu deliveries", BATCH_MAX);
        return fail->exit_code;
    }
    if (!batch_run(&batch, &summary, fail)) {
        return fail->exit_code;
    }
    if (total > 1 || summary.sent < total) {
        send_report_summary(&report, &summary);
    }
    return exit_code_of(&summary, total);
}

static int run_plan(const struct send_options *options, const struct send_plan *plan,
                    struct fail *fail)
{
    if (plan->item_count == 0) {
        return EXIT_NO;
    }
    if (options->curl) {
        return send_curl(options, plan, fail) ? EXIT_YES : fail->exit_code;
    }
    if (!transport_init() || !stop_init()) {
        (void) fail_set(fail, EXIT_UNKNOWN, "the HTTP client can't be started");
        return fail->exit_code;
    }
    int code = send_all(options, plan, fail);
    transport_cleanup();
    return code;
}

int cmd_send(int argc, char **argv, struct fail *fail)
{
    struct send_options options = {
        .count = 1,
        .jobs = 1,
        .retries = 3,
        .connect_timeout_s = 5,
        .timeout_s = 30,
        .max_wait_s = 60,
    };
    struct send_plan plan = {0};
    bool help = false;
    if (!parse_args(argc, argv, &options, &help, fail)) {
        return fail->exit_code;
    }
    if (help) {
        return EXIT_YES;
    }
    if (!sort_operands(&options, fail) || !check_options(&options, fail)) {
        return fail->exit_code;
    }
    if (options.list) {
        return list_settings(&options, fail);
    }
    bool planned = send_plan_make(&options, &plan, fail);
    int code = planned ? run_plan(&options, &plan, fail) : fail->exit_code;
    send_plan_free(&plan);
    return code;
}
