/* SPDX-License-Identifier: MIT
 *
 * hookgauge inbox show and export.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/capture.h"
#include "cli/inbox.h"

#define SIGNATURE_SHOWN 12 /* bytes of a long header value that may be a signature */
#define LINE_MAX_BYTES ((size_t) 128 << 20) /* of one exported line: the largest body, escaped */

static void print_body(hg_str body)
{
    if (isatty(STDOUT_FILENO) == 1) {
        inbox_print(body, true);
        (void) putchar('\n');
    } else {
        (void) fwrite(body.ptr, 1, body.len, stdout);
    }
}

static void print_claim(const char *name, hg_str text, bool is_signed)
{
    if (text.len > 0) {
        (void) printf("%-10s", name);
        inbox_print(text, false);
        (void) printf("%s\n", is_signed ? "" : " (unsigned)");
    }
}

/* Header names are not known to hold signatures, so every one whose name says so is shortened. */
static bool secretive(hg_str name)
{
    static const char *const words[] = {"signature", "hmac", "authorization", "cookie", "token"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i]);
        for (size_t at = 0; at + length <= name.len; at++) {
            if (strncasecmp(name.ptr + at, words[i], length) == 0) {
                return true;
            }
        }
    }
    return false;
}

static void print_header(const hg_header *header)
{
    hg_str value = header->value;
    bool cut = secretive(header->name) && value.len > SIGNATURE_SHOWN;
    if (cut) {
        value.len = SIGNATURE_SHOWN;
    }
    inbox_print(header->name, false);
    (void) printf(": ");
    inbox_print(value, false);
    (void) printf("%s\n", cut ? "..." : "");
}

static void print_handed(const struct inbox_row *row)
{
    char time[HG_TIME_TEXT_MAX + 1];
    if (row->state == INBOX_NONE) {
        return;
    }
    (void) printf("handed on %s\n", inbox_state_name(row->state));
    if (row->attempts > 0) {
        inbox_time(row->tried_ms, time);
        (void) printf("attempts  %lld, the last at %s: ", (long long) row->attempts, time);
        inbox_print(row->outcome, false);
        (void) putchar('\n');
    }
    if (row->state == INBOX_QUEUED) {
        inbox_time(row->due_ms, time);
        (void) printf("due       %s\n", time);
    }
}

static void print_delivery(const struct inbox_row *row)
{
    const struct delivery *delivery = &row->delivery;
    char time[HG_TIME_TEXT_MAX + 1];
    inbox_time(delivery->received_ms, time);
    (void) printf("row       %lld\nreceived  %s\n", (long long) delivery->row, time);
    if (delivery->stated_s != 0) {
        inbox_time(delivery->stated_s * 1000, time);
        (void) printf("stated    %s\n", time);
    }
    print_claim("endpoint", delivery->endpoint, true);
    print_claim("event", delivery->event, delivery->event_signed);
    print_claim("id", delivery->id, delivery->id_signed);
    print_claim("key", delivery->key_label, true);
    (void) printf("bytes     %lld\n", (long long) row->body_len);
    print_handed(row);
    (void) putchar('\n');
    inbox_print(row->request.method, false);
    (void) putchar(' ');
    inbox_print(row->request.url, false);
    (void) putchar('\n');
    for (size_t i = 0; i < row->request.header_count; i++) {
        print_header(&row->request.headers[i]);
    }
    (void) putchar('\n');
    inbox_print(row->request.body, true);
    (void) putchar('\n');
}

/* ---- export ---------------------------------------------------------------------------------- */

/* {"row":1,"endpoint":"site","event":"Order.OnCreate", then the members of a capture. */
static bool export_row(const struct inbox_row *row, struct buf *line, struct buf *capture)
{
    const struct delivery *delivery = &row->delivery;
    buf_clear(line);
    buf_clear(capture);
    if (!capture_to_json(&row->request, delivery->received_ms / 1000, capture)) {
        return false;
    }
    (void) buf_addf(line, "{\"row\":%lld", (long long) delivery->row);
    inbox_member(line, "endpoint", delivery->endpoint);
    inbox_member(line, "event", delivery->event);
    (void) buf_add(line, ",", 1);
    (void) buf_add(line, capture->ptr + 1, capture->len - 1); /* past its '{' */
    if (line->failed) {
        return false;
    }
    if (line->ptr[line->len - 1] != '\n') {
        (void) buf_add(line, "\n", 1);
    }
    (void) fwrite(line->ptr, 1, line->len, stdout);
    return true;
}

bool inbox_export(struct inbox *inbox, const struct inbox_settings *set, struct fail *fail)
{
    static struct inbox_row row;
    struct buf line, capture;
    if (!inbox_walk(inbox, &set->filter, INBOX_OLDEST_FIRST, set->limit > 0 ? set->limit : -1, true,
                    fail)) {
        return false;
    }
    buf_init(&line, LINE_MAX_BYTES);
    buf_init(&capture, LINE_MAX_BYTES);
    while (inbox_next(inbox, &row, fail)) {
        if (!export_row(&row, &line, &capture)) {
            (void) fail_set(fail, EXIT_UNKNOWN, "row %lld: out of memory",
                            (long long) row.delivery.row);
            break;
        }
    }
    buf_free(&line);
    buf_free(&capture);
    return fail->exit_code == 0;
}

/* ---- show ------------------------------------------------------------------------------------ */

static bool show_json(const struct inbox_row *row, struct fail *fail)
{
    struct buf line, capture;
    buf_init(&line, LINE_MAX_BYTES);
    buf_init(&capture, LINE_MAX_BYTES);
    bool done =
        export_row(row, &line, &capture) ||
        fail_set(fail, EXIT_UNKNOWN, "row %lld: out of memory", (long long) row->delivery.row);
    buf_free(&line);
    buf_free(&capture);
    return done;
}

bool inbox_show(struct inbox *inbox, const struct inbox_settings *set, struct fail *fail)
{
    static struct inbox_row row;
    int64_t number = set->filter.row;
    if (!inbox_walk_row(inbox, number, fail)) {
        return false;
    }
    if (!inbox_next(inbox, &row, fail)) {
        return fail_set(fail, EXIT_NO, "%s has no row %lld", set->operands[1], (long long) number);
    }
    if (set->json) {
        return show_json(&row, fail);
    }
    if (set->body) {
        print_body(row.request.body);
    } else {
        print_delivery(&row);
    }
    return true;
}
