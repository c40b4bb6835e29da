/* SPDX-License-Identifier: MIT
 *
 * hookgauge explain: why a recorded delivery does not verify, proven by reproducing its MAC.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/args.h"
#include "base/scheme_json.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "cli/inflate.h"
#include "cli/request.h"

#define NOT_GIVEN (-1)              /* for --now: times are not negative */
#define LONG_AGO 1                  /* the previous secret is tried as one that is out of use */
#define FINDINGS_MAX 4              /* more than one is rare: one for each signature that holds */
#define JSON_MAX ((size_t) 1 << 16) /* bytes of --json: four findings have about 4 KiB */

struct settings {
    const char *secret;
    const char *previous_secret;
    const char *scheme_name;
    const char *url;
    const char *operand;
    long now;
    bool show_expected, json, help;
};

/* What explaining takes; released by release. */
struct work {
    hg_scheme *scheme;
    struct buf secrets[2];
    hg_key keys[2];
    size_t key_count;
    struct request request;
    struct buf inflated;
    hg_body_form form;
    size_t form_count;
    int64_t now;
    hg_finding findings[FINDINGS_MAX];
    hg_explanation said;
};

static const char about[] =
    "Says why a recorded delivery does not verify: the smallest set of changes, one or two, under\n"
    "which a signature in it does match. REQUEST is what hookgauge verify takes; SRC is env:NAME,\n"
    "file:PATH or fd:N. Exits with 0 when the delivery verifies or is explained, else with 1.";

static bool parse(int argc, char **argv, struct settings *set, struct fail *fail)
{
    const struct arg_option options[] = {
        {"secret", ARG_TEXT, &set->secret, "SRC", "where the secret is (required)", 0, 0},
        {"previous-secret", ARG_TEXT, &set->previous_secret, "SRC",
         "where the secret before it is, tried as one that is out of use", 0, 0},
        {"scheme", ARG_TEXT, &set->scheme_name, "NAME|FILE",
         "the wire format (webinone, which is assumed)", 0, 0},
        {"now", ARG_NUMBER, &set->now, "T",
         "the time to judge by, Unix seconds (when the capture was received, else the clock's)", 0,
         (long) HG_TOLERANCE_MAX},
        {"url", ARG_TEXT, &set->url, "PUBLIC_URL",
         "the URL that the sender called; an origin alone goes in front of the recorded path", 0,
         0},
        {"show-expected", ARG_FLAG, &set->show_expected, NULL,
         "print the signature that was expected: with it anybody can forge this delivery", 0, 0},
        {"json", ARG_FLAG, &set->json, NULL, "print a JSON object", 0, 0},
    };
    const struct arg_command command = {
        .synopsis = "explain --secret SRC [--previous-secret SRC] [--scheme S] [--now T] "
                    "[--url PUBLIC_URL] [--show-expected] [--json] REQUEST",
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

static bool read_key(struct work *work, const char *src, const char *label, int64_t not_after,
                     struct fail *fail)
{
    struct buf *secret = &work->secrets[work->key_count];
    if (!secret_read(src, HG_SECRET_MAX, secret, fail)) {
        return false;
    }
    work->keys[work->key_count++] = (hg_key){hg_text(label), buf_str(secret), not_after};
    return true;
}

/* What the body was before it was compressed, where it was. */
static void inflate_body(struct work *work)
{
    hg_str body = work->request.request.body;
    if (inflate_fits(body) && inflate_text(body, &work->inflated)) {
        work->form = (hg_body_form){
            .name = "body-compressed",
            .meaning = "the body arrived compressed and is signed as it was before",
            .advice = "inflate the body before it is verified, or have the sender sign what it "
                      "sends",
            .bytes = buf_str(&work->inflated)};
        work->form_count = 1;
    }
}

static bool prepare(const struct settings *set, struct work *work, struct fail *fail)
{
    *work = (struct work){0};
    buf_init(&work->inflated, CAPTURE_BODY_MAX + 65536); /* room is taken in steps of that */
    if (!scheme_open(set->scheme_name, &work->scheme, fail) ||
        !read_key(work, set->secret, "current", HG_NEVER, fail) ||
        (set->previous_secret != NULL &&
         !read_key(work, set->previous_secret, "previous", LONG_AGO, fail)) ||
        !request_open(set->operand, set->url, &work->request, fail)) {
        return false;
    }
    work->now = set->now != NOT_GIVEN            ? set->now
                : work->request.received_at != 0 ? work->request.received_at
                                                 : (int64_t) time(NULL);
    inflate_body(work);
    return true;
}

static void release(struct work *work)
{
    buf_free(&work->inflated);
    request_free(&work->request);
    for (size_t i = 0; i < work->key_count; i++) {
        buf_wipe(&work->secrets[i]);
    }
    hg_scheme_free(work->scheme);
}

static bool explain(struct work *work, struct fail *fail)
{
    hg_explaining options = {.scheme = work->scheme,
                             .keys = work->keys,
                             .key_count = work->key_count,
                             .now = work->now,
                             .forms = &work->form,
                             .form_count = work->form_count};
    hg_status status =
        hg_explain(&options, &work->request.request, work->findings, FINDINGS_MAX, &work->said);
    if (status != HG_OK) {
        return fail_set(fail, status == HG_BAD_ARGUMENT ? EXIT_USAGE : EXIT_UNKNOWN, "%s",
                        hg_status_text(status));
    }
    bool misuse = hg_status_class(work->said.status) == HG_CLASS_MISUSE;
    if (misuse && work->said.status != HG_BAD_KEY) {
        return fail_set(fail, EXIT_USAGE, "%s", hg_status_text(work->said.status));
    }
    return true;
}

/* ---- Results for people ---------------------------------------------------------------------- */

static void print_change(const hg_change *change, const char *before)
{
    printf("%s%s: %s", before, change->name, change->meaning);
    if (change->detail[0] != '\0') {
        printf(" (%s)", change->detail);
    }
    printf("\n   to do: %s\n", change->advice);
}

static void print_finding(const hg_finding *finding, bool stale)
{
    for (size_t i = 0; i < finding->change_count; i++) {
        print_change(&finding->changes[i], i == 0 ? " - " : " + ");
    }
    printf("   proof: %s the signature matches under key %.*s\n",
           stale                       ? "as it is,"
           : finding->change_count > 1 ? "with these changes together"
                                       : "with this change",
           (int) finding->key_label.len, finding->key_label.ptr);
}

static void print_nothing(const hg_explanation *said)
{
    printf("nothing found: of %zu candidates %s, none reproduces a signature in the request; the "
           "secret is another one, or what was signed can't be recomputed from what arrived\n",
           said->tried,
           said->budget_ended ? "before the search reached its limit"
                              : "(every known change, and pairs of them)");
}

static void print_text(const struct work *work)
{
    const hg_explanation *said = &work->said;
    printf("%s: %s\n", hg_status_name(said->status), hg_status_text(said->status));
    for (size_t i = 0; i < said->finding_count; i++) {
        print_finding(&work->findings[i], hg_status_class(said->status) == HG_CLASS_STALE);
    }
    if (said->status != HG_OK && said->finding_count == 0) {
        print_nothing(said);
    }
    if (said->hint[0] != '\0') {
        printf("hint: %s (not proven)\n", said->hint);
    }
}

/* ---- Results for machines -------------------------------------------------------------------- */

static void add_member(struct buf *out, const char *name, const char *text)
{
    (void) buf_addf(out, "\"%s\":", name);
    (void) json_add_text(out, hg_text(text));
}

static void add_change(struct buf *out, const hg_change *change)
{
    (void) buf_add_text(out, "{");
    add_member(out, "name", change->name);
    (void) buf_add_text(out, ",");
    add_member(out, "meaning", change->meaning);
    (void) buf_add_text(out, ",");
    add_member(out, "advice", change->advice);
    if (change->detail[0] != '\0') {
        (void) buf_add_text(out, ",");
        add_member(out, "detail", change->detail);
    }
    (void) buf_add_text(out, "}");
}

static void add_finding(struct buf *out, const hg_finding *finding)
{
    (void) buf_add_text(out, "{\"key\":");
    (void) json_add_text(out, finding->key_label);
    (void) buf_add_text(out, ",\"changes\":[");
    for (size_t i = 0; i < finding->change_count; i++) {
        (void) buf_add_text(out, i > 0 ? "," : "");
        add_change(out, &finding->changes[i]);
    }
    (void) buf_add_text(out, "]}");
}

static bool print_json(const struct work *work, const char *expected, struct fail *fail)
{
    const hg_explanation *said = &work->said;
    struct buf out;
    buf_init(&out, JSON_MAX);
    (void) buf_add_text(&out, "{");
    add_member(&out, "status", hg_status_name(said->status));
    (void) buf_add_text(&out, ",");
    add_member(&out, "text", hg_status_text(said->status));
    (void) buf_add_text(&out, ",");
    add_member(&out, "scheme", hg_scheme_row(work->scheme)->name);
    (void) buf_addf(&out, ",\"now\":%lld,\"tried\":%zu,\"limit_reached\":%s,\"exhausted\":%s",
                    (long long) work->now, said->tried, said->budget_ended ? "true" : "false",
                    said->exhausted ? "true" : "false");
    if (said->hint[0] != '\0') {
        (void) buf_add_text(&out, ",");
        add_member(&out, "hint", said->hint);
    }
    if (expected != NULL) {
        (void) buf_add_text(&out, ",");
        add_member(&out, "expected", expected);
    }
    (void) buf_add_text(&out, ",\"findings\":[");
    for (size_t i = 0; i < said->finding_count; i++) {
        (void) buf_add_text(&out, i > 0 ? "," : "");
        add_finding(&out, &work->findings[i]);
    }
    (void) buf_add_text(&out, "]}");
    bool done = !out.failed || fail_set(fail, EXIT_UNKNOWN, "out of memory");
    if (done) {
        (void) puts(out.ptr);
    }
    buf_free(&out);
    return done;
}

/* ---- The expected signature, on request only ------------------------------------------------- */

static hg_str header_of(const hg_request *request, const char *name)
{
    for (size_t i = 0; name != NULL && i < request->header_count; i++) {
        hg_str is = request->headers[i].name;
        if (is.len == strlen(name) && strncasecmp(is.ptr, name, is.len) == 0) {
            return request->headers[i].value;
        }
    }
    return (hg_str){NULL, 0};
}

/* The time that the request states, in its header or in the signature's list. */
static hg_str time_of(const hg_request *request, const hg_scheme_spec *row)
{
    const char *word =
        row->timestamp.item != NULL ? strstr(row->timestamp.item, "{timestamp}") : NULL;
    if (word == NULL) {
        return header_of(request, row->timestamp.header);
    }
    size_t before = (size_t) (word - row->timestamp.item);
    hg_str list = header_of(request, row->signature.header);
    for (size_t i = 0; i + before < list.len; i++) {
        bool starts =
            i == 0 || list.ptr[i - 1] == row->signature.separator[0] || list.ptr[i - 1] == ' ';
        if (starts && memcmp(list.ptr + i, row->timestamp.item, before) == 0) {
            const char *from = list.ptr + i + before;
            const char *end = memchr(from, row->signature.separator[0], list.len - i - before);
            size_t left = list.len - i - before;
            return (hg_str){from, end != NULL ? (size_t) (end - from) : left};
        }
    }
    return (hg_str){NULL, 0};
}

/* Writes "Name: value" as the scheme expects it of this request. */
static bool write_expected(const struct work *work, char *out, size_t size, struct fail *fail)
{
    char text[HG_SIGN_TEXT_MAX];
    hg_header headers[HG_SIGN_HEADERS_MAX];
    hg_ring *ring = NULL;
    size_t count = 0;
    const hg_scheme_spec *row = hg_scheme_row(work->scheme);
    const hg_request *request = &work->request.request;
    hg_signing signing = {.scheme = work->scheme,
                          .event = header_of(request, row->event.header),
                          .id = header_of(request, row->id.header),
                          .timestamp_text = time_of(request, row),
                          .as_given = true};
    hg_status status = hg_ring_new(work->scheme, work->keys, 1, &ring, NULL);
    signing.ring = ring;
    if (status == HG_OK) {
        status = hg_sign(&signing, request, text, headers, &count);
    }
    hg_ring_free(ring);
    if (status != HG_OK) {
        return fail_set(fail, EXIT_USAGE, "--show-expected: %s", hg_status_text(status));
    }
    const hg_header *last = &headers[count - 1]; /* the signature is written last */
    snprintf(out, size, "%.*s: %.*s", (int) last->name.len, last->name.ptr, (int) last->value.len,
             last->value.ptr);
    return true;
}

/* Which clock called a delivery stale is half of the explanation. */
static void say_now(const struct settings *set, const struct work *work)
{
    if (set->now == NOT_GIVEN && hg_status_class(work->said.status) == HG_CLASS_STALE) {
        fprintf(stderr, "hookgauge explain: judged at %lld, %s\n", (long long) work->now,
                work->request.received_at != 0 ? "when the capture was received"
                                               : "by the clock (--now sets another time)");
    }
}

/* ---- The command ----------------------------------------------------------------------------- */

static int report(const struct settings *set, const struct work *work, struct fail *fail)
{
    char expected[HG_SIGN_TEXT_MAX + HG_NAME_MAX];
    if (set->show_expected && !write_expected(work, expected, sizeof expected, fail)) {
        return fail->exit_code;
    }
    say_now(set, work);
    if (set->json) {
        if (!print_json(work, set->show_expected ? expected : NULL, fail)) {
            return fail->exit_code;
        }
    } else {
        print_text(work);
        if (set->show_expected) {
            printf("expected: %s\n", expected);
        }
    }
    return work->said.status == HG_OK || work->said.finding_count > 0 ? EXIT_YES : EXIT_NO;
}

int cmd_explain(int argc, char **argv, struct fail *fail)
{
    struct settings set = {.scheme_name = "webinone", .now = NOT_GIVEN};
    struct work work;
    if (!parse(argc, argv, &set, fail) || set.help) {
        return EXIT_YES; /* when it failed, main returns what *fail says */
    }
    bool done = prepare(&set, &work, fail) && explain(&work, fail);
    int code = done ? report(&set, &work, fail) : fail->exit_code;
    release(&work);
    return code;
}
