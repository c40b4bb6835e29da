/* SPDX-License-Identifier: MIT
 *
 * hookgauge sign: the headers that a sender would add to a body.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/args.h"
#include "base/capture.h"
#include "base/file.h"
#include "base/message.h"
#include "base/scheme_json.h"
#include "base/secret.h"
#include "cli/cli.h"
#include "cli/request.h"

#define NOT_GIVEN (-1) /* for --now: times are not negative */

struct settings {
    const char *secret;
    const char *scheme_name;
    const char *event;
    const char *id;
    const char *method;
    const char *url;
    const char *curl;
    const char *http;
    const char *file;
    long now;
    bool help;
};

/* What signing takes; released by release. */
struct work {
    hg_scheme *scheme;
    hg_ring *ring;
    struct buf body;
};

static const char about[] =
    "Signs the bytes of FILE (- is standard input) and prints the headers that a sender adds, a\n"
    "line each, or a request that has them. SRC is env:NAME, file:PATH or fd:N.";

static bool parse(int argc, char **argv, struct settings *set, struct fail *fail)
{
    const struct arg_option options[] = {
        {"secret", ARG_TEXT, &set->secret, "SRC", "where the secret is (required)", 0, 0},
        {"scheme", ARG_TEXT, &set->scheme_name, "NAME|FILE",
         "the wire format (webinone, which is assumed)", 0, 0},
        {"event", ARG_TEXT, &set->event, "EVENT", "such as Order.OnCreate", 0, 0},
        {"id", ARG_TEXT, &set->id, "ID", "the delivery's id, where the scheme has one", 0, 0},
        {"now", ARG_NUMBER, &set->now, "T", "the time to state, Unix seconds (the clock's)", 0,
         (long) HG_TOLERANCE_MAX},
        {"method", ARG_TEXT, &set->method, "METHOD", "the request's method (POST)", 0, 0},
        {"url", ARG_TEXT, &set->url, "URL", "the URL, where the scheme signs it", 0, 0},
        {"curl", ARG_TEXT, &set->curl, "URL", "print a curl command that sends to URL", 0, 0},
        {"http", ARG_TEXT, &set->http, "URL",
         "print the whole HTTP request to URL: for nc, or for hookgauge verify -", 0, 0},
    };
    const struct arg_command command = {
        .synopsis =
            "sign --secret SRC [--scheme S] [--event E] [--id ID] [--curl URL|--http URL] FILE",
        .about = about,
        .options = options,
        .option_count = sizeof options / sizeof options[0],
        .operands = &set->file,
        .operand_min = 1,
        .operand_max = 1,
    };
    if (!args_parse(argc, argv, &command, &set->help, fail)) {
        return false;
    }
    if (!set->help && set->secret == NULL) {
        return fail_set(fail, EXIT_USAGE, "--secret SRC is required");
    }
    if (set->curl != NULL && set->http != NULL) {
        return fail_set(fail, EXIT_USAGE, "--curl and --http exclude each other");
    }
    return true;
}

/* What the scheme has no place for would be dropped in silence. */
static bool check_parts(const struct settings *set, const hg_scheme *scheme, struct fail *fail)
{
    const hg_scheme_spec *row = hg_scheme_row(scheme);
    if (set->event != NULL && row->event.header == NULL) {
        return fail_set(fail, EXIT_USAGE, "--event: scheme %s carries no event", row->name);
    }
    if (set->id != NULL && row->id.header == NULL) {
        return fail_set(fail, EXIT_USAGE, "--id: scheme %s carries no id", row->name);
    }
    return true;
}

static bool prepare(const struct settings *set, struct work *work, struct fail *fail)
{
    *work = (struct work){0};
    buf_init(&work->body, CAPTURE_BODY_MAX);
    return scheme_open(set->scheme_name, &work->scheme, fail) &&
           check_parts(set, work->scheme, fail) &&
           secret_ring(set->secret, "secret", work->scheme, &work->ring, fail) &&
           file_read(set->file, &work->body, fail);
}

static void release(struct work *work)
{
    buf_free(&work->body);
    hg_ring_free(work->ring);
    hg_scheme_free(work->scheme);
}

/* ---- Results --------------------------------------------------------------------------------- */

/* Text within single quotes, which a shell leaves alone but for the closing one. */
static void put_quoted(hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\'') {
            printf("'\"'\"'");
        } else {
            putchar(text.ptr[i]);
        }
    }
}

/* An option whose value is made of three parts. */
static void print_option(const char *option, hg_str first, const char *between, hg_str last)
{
    printf(" \\\n  %s '", option);
    put_quoted(first);
    printf("%s", between);
    put_quoted(last);
    putchar('\'');
}

static void print_curl(const struct settings *set, const hg_header *headers, size_t count)
{
    printf("curl --globoff");
    print_option("--request", hg_text(""), "", hg_text(set->method));
    print_option("--header", hg_text("Content-Type"), ": ", hg_text("application/json"));
    for (size_t i = 0; i < count; i++) {
        print_option("--header", headers[i].name, ": ", headers[i].value);
    }
    print_option("--data-binary", hg_text("@"), "", hg_text(set->file));
    print_option("--url", hg_text(""), "", hg_text(set->curl));
    putchar('\n');
}

/* What is printed must read back: a method with a blank in it would make another request. */
static bool check_message(hg_str message, const char *method, struct fail *fail)
{
    struct capture capture = {0};
    bool done = message_read(message, "--http", &capture, fail);
    if (done && capture.request.method.len != strlen(method)) {
        done = fail_set(fail, EXIT_USAGE, "--method: is not an HTTP token");
    }
    capture_free(&capture);
    return done;
}

static bool print_http(const struct settings *set, hg_str body, const hg_header *headers,
                       size_t count, struct fail *fail)
{
    struct buf out;
    hg_str host, target;
    if (!request_url_split(hg_text(set->http), &host, &target) || target.len == 0 ||
        target.ptr[0] != '/') {
        return fail_set(fail, EXIT_USAGE, "--http: must be like https://example.com/path");
    }
    buf_init(&out, body.len + MESSAGE_HEAD_MAX);
    (void) buf_addf(&out, "%s %.*s HTTP/1.1\r\nHost: %.*s\r\n", set->method, (int) target.len,
                    target.ptr, (int) host.len, host.ptr);
    (void) buf_addf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", body.len);
    for (size_t i = 0; i < count; i++) {
        (void) buf_addf(&out, "%.*s: %.*s\r\n", (int) headers[i].name.len, headers[i].name.ptr,
                        (int) headers[i].value.len, headers[i].value.ptr);
    }
    (void) buf_add_text(&out, "Connection: close\r\n\r\n");
    (void) buf_add_str(&out, body);
    bool done = out.failed ? fail_set(fail, EXIT_UNKNOWN, "--http: out of memory, or too large")
                           : check_message(buf_str(&out), set->method, fail);
    if (done) {
        (void) fwrite(out.ptr, 1, out.len, stdout);
    }
    buf_free(&out);
    return done;
}

static void print_headers(const hg_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("%.*s: %.*s\n", (int) headers[i].name.len, headers[i].name.ptr,
               (int) headers[i].value.len, headers[i].value.ptr);
    }
}

/* A type that the vendor adds later must be signable; a slip of the pen should be seen. */
static void warn_unknown_event(const struct settings *set, const hg_scheme *scheme)
{
    const hg_item_type *type;
    const char *action;
    if (set->event != NULL && hg_scheme_row(scheme)->event.grammar != NULL &&
        !hg_event_parse(hg_text(set->event), &type, &action)) {
        fprintf(stderr, "hookgauge sign: note: the event is not in the catalogue "
                        "(see hookgauge events --names)\n");
    }
}

/* The option that supplies what a status says is missing or wrong. */
static const char *option_of(hg_status status)
{
    switch (status) {
    case HG_NO_EVENT:
    case HG_BAD_EVENT: return "--event: ";
    case HG_NO_ID: return "--id: ";
    case HG_NO_TIMESTAMP:
    case HG_BAD_TIMESTAMP: return "--now: ";
    default: return "";
    }
}

static bool sign(const struct settings *set, const struct work *work, struct fail *fail)
{
    char text[HG_SIGN_TEXT_MAX];
    hg_header headers[HG_SIGN_HEADERS_MAX];
    size_t count = 0;
    const char *sent_to = set->http != NULL ? set->http : set->curl;
    const char *url = set->url != NULL ? set->url : sent_to;
    hg_signing signing = {.scheme = work->scheme,
                          .ring = work->ring,
                          .now = set->now != NOT_GIVEN ? set->now : (int64_t) time(NULL),
                          .event = hg_text(set->event),
                          .id = hg_text(set->id)};
    hg_request request = {
        .method = hg_text(set->method), .url = hg_text(url), .body = buf_str(&work->body)};
    hg_status status = hg_sign(&signing, &request, text, headers, &count);
    if (status != HG_OK) {
        bool system = hg_status_class(status) == HG_CLASS_SYSTEM;
        return fail_set(fail, system ? EXIT_UNKNOWN : EXIT_USAGE, "%s%s", option_of(status),
                        hg_status_text(status));
    }
    warn_unknown_event(set, work->scheme);
    if (set->http != NULL) {
        return print_http(set, buf_str(&work->body), headers, count, fail);
    }
    if (set->curl != NULL) {
        print_curl(set, headers, count);
    } else {
        print_headers(headers, count);
    }
    return true;
}

int cmd_sign(int argc, char **argv, struct fail *fail)
{
    struct settings set = {.scheme_name = "webinone", .method = "POST", .now = NOT_GIVEN};
    struct work work;
    if (!parse(argc, argv, &set, fail) || set.help) {
        return EXIT_YES;
    }
    bool done = prepare(&set, &work, fail) && sign(&set, &work, fail);
    release(&work);
    return done ? EXIT_YES : EXIT_USAGE; /* when not done, main returns what *fail says */
}
