/* SPDX-License-Identifier: MIT
 *
 * hookgauge inbox list.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/inbox.h"

#define LIST_LIMIT 20 /* rows: what a terminal shows */

void inbox_time(int64_t ms, char out[HG_TIME_TEXT_MAX + 1])
{
    size_t length = hg_time_print(HG_TIME_RFC3339, ms / 1000, out);
    out[length] = '\0';
}

void inbox_print(hg_str text, bool lines)
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

void inbox_member(struct buf *out, const char *name, hg_str text)
{
    (void) buf_addf(out, ",\"%s\":", name);
    (void) json_add_text(out, text);
}

static bool print_count(struct inbox *inbox, const struct inbox_settings *set, struct fail *fail)
{
    int64_t count;
    if (!inbox_count(inbox, &set->filter, &count, fail)) {
        return false;
    }
    (void) printf("%lld\n", (long long) count);
    return true;
}

static void add_time(struct buf *out, const char *name, int64_t ms)
{
    char time[HG_TIME_TEXT_MAX + 1];
    if (ms != 0) {
        inbox_time(ms, time);
        inbox_member(out, name, hg_text(time));
    }
}

/* How far it has come on its way to the user's program. */
static void add_handed(struct buf *out, const struct inbox_row *row)
{
    inbox_member(out, "state", hg_text(inbox_state_name(row->state)));
    (void) buf_addf(out, ",\"attempts\":%lld", (long long) row->attempts);
    add_time(out, "tried_at", row->tried_ms);
    add_time(out, "due_at", row->due_ms);
    if (row->outcome.len > 0) {
        inbox_member(out, "outcome", row->outcome);
    }
}

static void print_row_json(const struct inbox_row *row)
{
    const struct delivery *delivery = &row->delivery;
    char time[HG_TIME_TEXT_MAX + 1];
    struct buf line;
    inbox_time(delivery->received_ms, time);
    buf_init(&line, 65536);
    (void) buf_addf(&line, "{\"row\":%lld,\"received_at\":\"%s\"", (long long) delivery->row, time);
    inbox_member(&line, "endpoint", delivery->endpoint);
    inbox_member(&line, "event", delivery->event);
    (void) buf_addf(&line, ",\"event_signed\":%s", delivery->event_signed ? "true" : "false");
    inbox_member(&line, "id", delivery->id);
    (void) buf_addf(&line, ",\"id_signed\":%s", delivery->id_signed ? "true" : "false");
    inbox_member(&line, "key", delivery->key_label);
    (void) buf_addf(&line, ",\"bytes\":%lld", (long long) row->body_len);
    add_handed(&line, row);
    (void) buf_add_text(&line, "}");
    (void) puts(line.ptr != NULL ? line.ptr : "");
    buf_free(&line);
}

static void print_cell(hg_str text, bool is_signed, int width)
{
    const char *mark = is_signed || text.len == 0 ? "" : " (unsigned)";
    int used = (int) (text.len + strlen(mark));
    inbox_print(text.len > 0 ? text : hg_text("-"), false);
    (void) printf("%s%*s", mark, used < width ? width - (used > 0 ? used : 1) : 1, "");
}

/* "done", "queued 3: answered 503" */
static void print_handed(const struct inbox_row *row)
{
    (void) printf("%s", row->state == INBOX_NONE ? "-" : inbox_state_name(row->state));
    if (row->attempts > 0 && row->state != INBOX_DONE) {
        (void) printf(" %lld: ", (long long) row->attempts);
        inbox_print(row->outcome, false);
    }
    (void) putchar('\n');
}

static void print_row(const struct inbox_row *row)
{
    const struct delivery *delivery = &row->delivery;
    char time[HG_TIME_TEXT_MAX + 1];
    inbox_time(delivery->received_ms, time);
    (void) printf("%8lld  %s  ", (long long) delivery->row, time);
    print_cell(delivery->endpoint, true, 20);
    print_cell(delivery->event, delivery->event_signed, 36);
    print_cell(delivery->id, delivery->id_signed, 20);
    (void) printf("%8lld  ", (long long) row->body_len);
    print_handed(row);
}

bool inbox_list(struct inbox *inbox, const struct inbox_settings *set, struct fail *fail)
{
    static struct inbox_row row;
    if (set->count) {
        return print_count(inbox, set, fail);
    }
    if (!inbox_walk(inbox, &set->filter, INBOX_NEWEST_FIRST,
                    set->limit > 0 ? set->limit : LIST_LIMIT, false, fail)) {
        return false;
    }
    if (!set->json) {
        (void) printf("%8s  %-20s  %-20s%-36s%-20s%8s  %s\n", "ROW", "RECEIVED", "ENDPOINT",
                      "EVENT", "ID", "BYTES", "HANDED ON");
    }
    while (inbox_next(inbox, &row, fail)) {
        (set->json ? print_row_json : print_row)(&row);
    }
    return fail->exit_code == 0;
}
