/* SPDX-License-Identifier: MIT
 *
 * hookgauge inbox: what a receiver has kept.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/args.h"
#include "base/capture.h"
#include "cli/cli.h"
#include "receiver/inbox.h"

#define LIST_LIMIT 20      /* rows: what a terminal shows */
#define SIGNATURE_SHOWN 12 /* bytes of a long header value that may be a signature */
#define LINE_MAX_BYTES ((size_t) 128 << 20) /* of one exported line: the largest body, escaped */

struct settings {
    const char *operands[3]; /* list|show|export, STORE, ROW */
    long limit;
    bool json, count, body, help;
};

static const char about[] =
    "list: the newest deliveries. show: one of them, by its row. export: all of them, oldest\n"
    "first, as JSON lines, each a request that hookgauge verify reads. STORE is sqlite:FILE or\n"
    "just FILE; the receiver may be running. What the signature does not cover is marked\n"
    "\"(unsigned)\".";

static bool parse(int argc, char **argv, struct settings *set, struct fail *fail)
{
    const struct arg_option options[] = {
        {"limit", ARG_NUMBER, &set->limit, "N", "list: at most N rows (20)", 1, INT32_MAX},
        {"json", ARG_FLAG, &set->json, NULL, "list: a JSON object a line; show: as export", 0, 0},
        {"count", ARG_FLAG, &set->count, NULL, "list: just the number of deliveries", 0, 0},
        {"body", ARG_FLAG, &set->body, NULL, "show: just the body, byte for byte", 0, 0},
    };
    const struct arg_command command = {
        .synopsis =
            "inbox list STORE [--limit N] [--json|--count] | show STORE ROW [--body|--json] | "
            "export STORE",
        .about = about,
        .options = options,
        .option_count = sizeof(options) / sizeof(options[0]),
        .operands = set->operands,
        .operand_min = 2,
        .operand_max = 3,
    };
    return args_parse(argc, argv, &command, &set->help, fail);
}

/* ---- Printing -------------------------------------------------------------------------------- */

static void time_text(int64_t ms, char out[HG_TIME_TEXT_MAX + 1])
{
    size_t length = hg_time_print(HG_TIME_RFC3339, ms / 1000, out);
    out[length] = '\0';
}

/* Signed or not, text from outside must not command a terminal: bytes but visible ASCII, blanks
 * and whole characters beyond ASCII are escaped. */
static void print_screened(hg_str text, bool lines)
{
    bool plain = json_plain(text);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char) text.ptr[i];
        bool c1 = byte == 0xc2 && i + 1 < text.len && (unsigned char) text.ptr[i + 1] < 0xa0;
        if ((byte >= 0x20 && byte < 0x7f) || (lines && (byte == '\n' || byte == '\t')) ||
            (plain && byte >= 0x80 && !c1)) {
            (void) putchar(byte);
        } else {
            (void) printf("\\x%02x", byte);
        }
    }
}

static void print_body(hg_str body)
{
    if (isatty(STDOUT_FILENO) == 1) {
        print_screened(body, true);
        (void) putchar('\n');
    } else {
        (void) fwrite(body.ptr, 1, body.len, stdout);
    }
}

static void print_claim(const char *name, hg_str text, bool is_signed)
{
    if (text.len > 0) {
        (void) printf("%-10s", name);
        print_screened(text, false);
        (void) printf("%s\n", is_signed ? "" : " (unsigned)");
    }
}

/* ---- list ------------------------------------------------------------------------------------ */

static bool print_count(struct inbox *inbox, struct fail *fail)
{
    int64_t count;
    if (!inbox_count(inbox, &count, fail)) {
        return false;
    }
    (void) printf("%lld\n", (long long) count);
    return true;
}

static void add_member(struct buf *out, const char *name, hg_str text)
{
    (void) buf_addf(out, ",\"%s\":", name);
    (void) json_add_text(out, text);
}

static void print_row_json(const struct inbox_row *row)
{
    const struct delivery *delivery = &row->delivery;
    char time[HG_TIME_TEXT_MAX + 1];
    struct buf line;
    time_text(delivery->received_ms, time);
    buf_init(&line, 65536);
    (void) buf_addf(&line, "{\"row\":%lld,\"received_at\":\"%s\"", (long long) delivery->row, time);
    add_member(&line, "endpoint", delivery->endpoint);
    add_member(&line, "event", delivery->event);
    (void) buf_addf(&line, ",\"event_signed\":%s", delivery->event_signed ? "true" : "false");
    add_member(&line, "id", delivery->id);
    (void) buf_addf(&line, ",\"id_signed\":%s", delivery->id_signed ? "true" : "false");
    add_member(&line, "key", delivery->key_label);
    (void) buf_addf(&line, ",\"bytes\":%lld}", (long long) row->body_len);
    (void) puts(line.ptr != NULL ? line.ptr : "");
    buf_free(&line);
}

static void print_cell(hg_str text, bool is_signed, int width)
{
    const char *mark = is_signed || text.len == 0 ? "" : " (unsigned)";
    int used = (int) (text.len + strlen(mark));
    print_screened(text.len > 0 ? text : hg_text("-"), false);
    (void) printf("%s%*s", mark, used < width ? width - (used > 0 ? used : 1) : 1, "");
}

static void print_row(const struct inbox_row *row)
{
    const struct delivery *delivery = &row->delivery;
    char time[HG_TIME_TEXT_MAX + 1];
    time_text(delivery->received_ms, time);
    (void) printf("%8lld  %s  ", (long long) delivery->row, time);
    print_cell(delivery->endpoint, true, 20);
    print_cell(delivery->event, delivery->event_signed, 36);
    print_cell(delivery->id, delivery->id_signed, 20);
    (void) printf("%8lld\n", (long long) row->body_len);
}

static bool list(struct inbox *inbox, const struct settings *set, struct fail *fail)
{
    static struct inbox_row row;
    if (set->count) {
        return print_count(inbox, fail);
    }
    if (!inbox_walk(inbox, INBOX_NEWEST_FIRST, set->limit > 0 ? set->limit : LIST_LIMIT, false,
                    fail)) {
        return false;
    }
    if (!set->json) {
        (void) printf("%8s  %-20s  %-20s%-36s%-20s%8s\n", "ROW", "RECEIVED", "ENDPOINT", "EVENT",
                      "ID", "BYTES");
    }
    while (inbox_next(inbox, &row, fail)) {
        (set->json ? print_row_json : print_row)(&row);
    }
    return fail->exit_code == 0;
}

/* ---- show ------------------------------------------------------------------------------------ */

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
    print_screened(header->name, false);
    (void) printf(": ");
    print_screened(value, false);
    (void) printf("%s\n", cut ? "..." : "");
}

static void print_delivery(const struct inbox_row *row)
{
    const struct delivery *delivery = &row->delivery;
    char time[HG_TIME_TEXT_MAX + 1];
    time_text(delivery->received_ms, time);
    (void) printf("row       %lld\nreceived  %s\n", (long long) delivery->row, time);
    if (delivery->stated_s != 0) {
        time_text(delivery->stated_s * 1000, time);
        (void) printf("stated    %s\n", time);
    }
    print_claim("endpoint", delivery->endpoint, true);
    print_claim("event", delivery->event, delivery->event_signed);
    print_claim("id", delivery->id, delivery->id_signed);
    print_claim("key", delivery->key_label, true);
    (void) printf("bytes     %lld\n\n", (long long) row->body_len);
    print_screened(row->request.method, false);
    (void) putchar(' ');
    print_screened(row->request.url, false);
    (void) putchar('\n');
    for (size_t i = 0; i < row->request.header_count; i++) {
        print_header(&row->request.headers[i]);
    }
    (void) putchar('\n');
    print_screened(row->request.body, true);
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
    add_member(line, "endpoint", delivery->endpoint);
    add_member(line, "event", delivery->event);
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

static bool export_all(struct inbox *inbox, struct fail *fail)
{
    static struct inbox_row row;
    struct buf line, capture;
    if (!inbox_walk(inbox, INBOX_OLDEST_FIRST, -1, true, fail)) {
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

/* ---- One row --------------------------------------------------------------------------------- */

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

static bool row_number(const char *text, int64_t *number, struct fail *fail)
{
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;
    if (digits == 0 || digits > 18 || text[digits] != '\0') {
        return fail_set(fail, EXIT_USAGE, "show needs the number of a row, as list prints it");
    }
    *number = strtoll(text, NULL, 10);
    return true;
}

static bool show(struct inbox *inbox, const struct settings *set, struct fail *fail)
{
    static struct inbox_row row;
    int64_t number = 0;
    if (!row_number(set->operands[2], &number, fail) || !inbox_walk_row(inbox, number, fail)) {
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

/* ---- The command ----------------------------------------------------------------------------- */

static bool check(const struct settings *set, struct fail *fail)
{
    const char *verb = set->operands[0];
    bool is_list = strcmp(verb, "list") == 0, is_show = strcmp(verb, "show") == 0;
    if (!is_list && !is_show && strcmp(verb, "export") != 0) {
        return fail_set(fail, EXIT_USAGE, "'%s' is neither list, show nor export", verb);
    }
    if (!is_show && set->operands[2] != NULL) {
        return fail_set(fail, EXIT_USAGE, "'%s' is too much", set->operands[2]);
    }
    if (!is_list && (set->limit > 0 || set->count)) {
        return fail_set(fail, EXIT_USAGE, "--limit and --count belong to list");
    }
    if (set->json && !is_list && (!is_show || set->body)) {
        return fail_set(fail, EXIT_USAGE, "--json belongs to list, or to show without --body");
    }
    if (set->count && (set->limit > 0 || set->json)) {
        return fail_set(fail, EXIT_USAGE, "--count goes with neither --limit nor --json");
    }
    return is_show || !set->body || fail_set(fail, EXIT_USAGE, "--body belongs to show");
}

int cmd_inbox(int argc, char **argv, struct fail *fail)
{
    struct settings set;
    memset(&set, 0, sizeof(set));
    if (!parse(argc, argv, &set, fail) || (!set.help && !check(&set, fail))) {
        return fail->exit_code;
    }
    if (set.help) {
        return EXIT_YES;
    }
    struct inbox *inbox = inbox_open(set.operands[1], fail);
    if (inbox == NULL) {
        return fail->exit_code;
    }
    bool done;
    if (set.operands[0][0] == 'l') {
        done = list(inbox, &set, fail);
    } else if (set.operands[0][0] == 's') {
        done = show(inbox, &set, fail);
    } else {
        done = export_all(inbox, fail);
    }
    inbox_close(inbox);
    return done ? EXIT_YES : fail->exit_code;
}
