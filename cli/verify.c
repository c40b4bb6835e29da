/* SPDX-License-Identifier: MIT
 *
 * hookgauge verify: whether one recorded delivery is what it claims to be.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/args.h"
#include "base/scheme_json.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "cli/request.h"

#define NOT_GIVEN (-1)                 /* for --now: times are not negative */
#define LINE_MAX_BYTES ((size_t) 8192) /* of --json: an event and an id, escaped, are the most */

struct settings {
    const char *secret;
    const char *previous_secret;
    const char *scheme_name;
    const char *url;
    const char *operand;
    long now;
    bool json, help;
};

/* What verifying takes; released by release. */
struct work {
    hg_scheme *scheme;
    hg_ring *ring;
    struct request request;
    int64_t now;
    const char *now_from; /* option, capture or clock */
};

static const char about[] =
    "Says whether a recorded delivery verifies. REQUEST is a file, or - (standard input), with a\n"
    "raw HTTP request, a JSON capture or a line of hookgauge inbox export; or STORE#ROW, a row of\n"
    "an inbox. SRC is env:NAME, file:PATH or fd:N. What the signature does not cover is marked\n"
    "\"(unsigned)\"; of a delivery that does not verify nothing is shown.";

static bool parse(int argc, char **argv, struct settings *set, struct fail *fail)
{
    const struct arg_option options[] = {
        {"secret", ARG_TEXT, &set->secret, "SRC", "where the secret is (required)", 0, 0},
        {"previous-secret", ARG_TEXT, &set->previous_secret, "SRC",
         "where the secret before it is, while both are good", 0, 0},
        {"scheme", ARG_TEXT, &set->scheme_name, "NAME|FILE",
         "the wire format (webinone, which is assumed)", 0, 0},
        {"now", ARG_NUMBER, &set->now, "T",
         "the time to judge by, Unix seconds (when the capture was received, else the clock's)", 0,
         (long) HG_TOLERANCE_MAX},
        {"url", ARG_TEXT, &set->url, "PUBLIC_URL",
         "the URL that the sender called; an origin alone goes in front of the recorded path", 0,
         0},
        {"json", ARG_FLAG, &set->json, NULL, "print a JSON object", 0, 0},
    };
    const struct arg_command command = {
        .synopsis = "verify --secret SRC [--previous-secret SRC] [--scheme S] [--now T] "
                    "[--url PUBLIC_URL] [--json] REQUEST",
        .about = about,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = &set->operand,
        .operand_min = 1,
        .operand_max = 1,
    };
    if (!args_parse(argc, argv, &command, &set->help, fail)) {
        return false;
    }
    if (!set->help && set->secret == NULL) {
        return fail_set(fail, EXIT_USAGE, "--secret SRC is required");
    }
    return true;
}

static bool prepare(const struct settings *set, struct work *work, struct fail *fail)
{
    *work = (struct work){0};
    return scheme_open(set->scheme_name, &work->scheme, fail) &&
           secret_ring_pair(set->secret, set->previous_secret, work->scheme, &work->ring, fail) &&
           request_open(set->operand, set->url, &work->request, fail);
}

static void release(struct work *work)
{
    request_free(&work->request);
    hg_ring_free(work->ring);
    hg_scheme_free(work->scheme);
}

/* The age of an old capture is its age when it came, not today's. */
static void choose_now(const struct settings *set, struct work *work)
{
    if (set->now != NOT_GIVEN) {
        work->now = set->now;
        work->now_from = "option";
    } else if (work->request.received_at != 0) {
        work->now = work->request.received_at;
        work->now_from = "capture";
    } else {
        work->now = (int64_t) time(NULL);
        work->now_from = "clock";
    }
}

static void say_now(const struct settings *set, const struct work *work)
{
    if (set->now == NOT_GIVEN) {
        fprintf(stderr, "hookgauge verify: judged at %lld, %s\n", (long long) work->now,
                work->request.received_at != 0 ? "when the capture was received"
                                               : "by the clock (--now sets another time)");
    }
}

/* ---- Results --------------------------------------------------------------------------------- */

static void print_part(const char *name, hg_str text, bool is_signed)
{
    if (text.len > 0) {
        printf(", %s %.*s%s", name, (int) text.len, text.ptr, is_signed ? "" : " (unsigned)");
    }
}

static void print_age(const hg_verdict *verdict)
{
    if (verdict->timestamp == 0) {
        printf(", age unknown");
        return;
    }
    printf(", age %lld s%s%s", (long long) verdict->age_s,
           verdict->time_signed ? "" : " (unsigned)", verdict->age_judged ? "" : " (not judged)");
}

static void print_line(const hg_verdict *verdict)
{
    if (verdict->status != HG_OK) {
        printf("%s: %s\n", hg_status_name(verdict->status), hg_status_text(verdict->status));
        return;
    }
    printf("%s: key %.*s", hg_status_name(verdict->status), (int) verdict->key_label.len,
           verdict->key_label.ptr);
    print_age(verdict);
    print_part("event", verdict->event, verdict->event_signed);
    print_part("id", verdict->id, verdict->id_signed);
    putchar('\n');
}

static void add_member(struct buf *out, const char *name, hg_str text)
{
    (void) buf_addf(out, ",\"%s\":", name);
    (void) json_add_text(out, text);
}

/* An event or an id, where the scheme has one. */
static void add_part(struct buf *out, const char *name, hg_str text, bool is_signed)
{
    if (text.len > 0) {
        add_member(out, name, text);
        (void) buf_addf(out, ",\"%s_signed\":%s", name, is_signed ? "true" : "false");
    }
}

static void add_verified(struct buf *out, const hg_verdict *verdict)
{
    add_member(out, "key", verdict->key_label);
    if (verdict->timestamp != 0) {
        (void) buf_addf(out, ",\"timestamp\":%lld,\"age_s\":%lld", (long long) verdict->timestamp,
                        (long long) verdict->age_s);
    }
    (void) buf_addf(out, ",\"time_signed\":%s,\"age_judged\":%s",
                    verdict->time_signed ? "true" : "false",
                    verdict->age_judged ? "true" : "false");
    add_part(out, "event", verdict->event, verdict->event_signed);
    add_part(out, "id", verdict->id, verdict->id_signed);
}

static bool print_json(const struct work *work, const hg_verdict *verdict, struct fail *fail)
{
    const hg_scheme_spec *row = hg_scheme_row(work->scheme);
    struct buf out;
    buf_init(&out, LINE_MAX_BYTES);
    (void) buf_addf(&out, "{\"status\":\"%s\"", hg_status_name(verdict->status));
    add_member(&out, "text", hg_text(hg_status_text(verdict->status)));
    add_member(&out, "scheme", hg_text(row->name));
    add_member(&out, "basis", hg_text(row->basis));
    (void) buf_addf(&out, ",\"now\":%lld,\"now_from\":\"%s\"", (long long) work->now,
                    work->now_from);
    if (verdict->status == HG_OK) {
        add_verified(&out, verdict);
    }
    (void) buf_add_text(&out, "}");
    bool done = !out.failed || fail_set(fail, EXIT_UNKNOWN, "out of memory");
    if (done) {
        (void) puts(out.ptr);
    }
    buf_free(&out);
    return done;
}

/* ---- The command ----------------------------------------------------------------------------- */

/* "Not valid" would be wrong of a delivery whose URL nobody has told us. */
static bool lacks_url(const struct work *work, const hg_verdict *verdict)
{
    static const char *const words[] = {"{url}", "{path}", "{query}", "{host}"};
    hg_str host, target;
    const char *template = hg_scheme_row(work->scheme)->signed_text;
    if (verdict->status != HG_BAD_REQUEST ||
        request_url_split(work->request.request.url, &host, &target)) {
        return false;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strstr(template, words[i]) != NULL) {
            return true;
        }
    }
    return false;
}

/* Whether there is a verdict on the delivery, as against a reason for having none. */
static bool could_tell(const struct work *work, const hg_verdict *verdict, struct fail *fail)
{
    hg_class class = hg_status_class(verdict->status);
    if (class == HG_CLASS_SYSTEM || class == HG_CLASS_MISUSE) {
        return fail_set(fail, class == HG_CLASS_SYSTEM ? EXIT_UNKNOWN : EXIT_USAGE, "%s",
                        hg_status_text(verdict->status));
    }
    if (lacks_url(work, verdict)) {
        return fail_set(fail, EXIT_USAGE,
                        "--url is needed: scheme %s signs the URL that the sender called, and the "
                        "request does not hold all of it",
                        hg_scheme_row(work->scheme)->name);
    }
    return true;
}

static int verify(const struct settings *set, struct work *work, struct fail *fail)
{
    choose_now(set, work);
    hg_options options = {.scheme = work->scheme, .ring = work->ring, .now = work->now};
    hg_verdict verdict = hg_verify(&options, &work->request.request);
    if (!could_tell(work, &verdict, fail)) {
        return fail->exit_code;
    }
    say_now(set, work);
    if (!set->json) {
        print_line(&verdict);
    } else if (!print_json(work, &verdict, fail)) {
        return fail->exit_code;
    }
    return verdict.status == HG_OK ? EXIT_YES : EXIT_NO;
}

int cmd_verify(int argc, char **argv, struct fail *fail)
{
    struct settings set = {.scheme_name = "webinone", .now = NOT_GIVEN};
    struct work work;
    if (!parse(argc, argv, &set, fail) || set.help) {
        return EXIT_YES; /* when it failed, main returns what *fail says */
    }
    int code = prepare(&set, &work, fail) ? verify(&set, &work, fail) : fail->exit_code;
    release(&work);
    return code;
}
