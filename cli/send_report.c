/* SPDX-License-Identifier: MIT
 *
 * `hookgauge send`: what it prints. A line is built whole and written at once, since several
 * threads write.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "cli/send.h"

#define LINE_MAX_BYTES                                                                             \
    ((size_t) 16384) /* of output: an error, a label and an event fit escaped                      \
                      */
#define BAR_WIDTH 30 /* characters of the bar */

static void add_outcome(struct buf *line, const struct delivery_attempt *attempt)
{
    const struct transport_answer *answer = &attempt->answer;
    (void) buf_addf(line, "attempt %d: ", attempt->number);
    if (answer->result == TRANSPORT_ANSWERED) {
        (void) buf_addf(line, "%d", answer->status);
    } else {
        (void) buf_add_text(line, answer->error);
    }
    (void) buf_addf(line, " in %.1f ms", answer->seconds * 1000);
    if (attempt->wait_s >= 0 && answer->retry_after_s >= 0) {
        (void) buf_addf(line, ", asked to wait %ld s", answer->retry_after_s);
    }
    if (attempt->wait_s >= 0) {
        (void) buf_addf(line, ", again in %.2f s", attempt->wait_s);
    }
}

static void text_line(const struct send_report *report, const struct batch_item *item,
                      const struct delivery_attempt *attempt, struct buf *line)
{
    if (item->label != NULL) {
        (void) buf_addf(line, "%s ", item->label);
    }
    if (report->many) {
        (void) buf_add_str(line, item->delivery.event);
        (void) buf_add_text(line, " ");
    }
    add_outcome(line, attempt);
    (void) buf_add_text(line, "\n");
}

static const char *result_name(enum transport_result result)
{
    switch (result) {
    case TRANSPORT_ANSWERED: return "answered";
    case TRANSPORT_REFUSED: return "not_connected";
    case TRANSPORT_TIMEOUT: return "timeout";
    default: return "broken";
    }
}

static void json_line(const struct batch_item *item, size_t number,
                      const struct delivery_attempt *attempt, struct buf *line)
{
    const struct transport_answer *answer = &attempt->answer;
    (void) buf_addf(line, "{\"delivery\":%zu,\"event\":", number);
    (void) json_add_text(line, item->delivery.event);
    if (item->label != NULL) {
        (void) buf_add_text(line, ",\"webhook\":");
        (void) json_add_text(line, hg_text(item->label));
    }
    (void) buf_addf(line, ",\"signed\":%s,\"attempt\":%d,\"result\":\"%s\"",
                    item->delivery.ring != NULL ? "true" : "false", attempt->number,
                    result_name(answer->result));
    if (answer->result == TRANSPORT_ANSWERED) {
        (void) buf_addf(line, ",\"status\":%d", answer->status);
    } else {
        (void) buf_add_text(line, ",\"error\":");
        (void) json_add_text(line, hg_text(answer->error));
    }
    (void) buf_addf(line, ",\"ms\":%.3f", answer->seconds * 1000);
    if (answer->retry_after_s >= 0) {
        (void) buf_addf(line, ",\"retry_after_s\":%ld", answer->retry_after_s);
    }
    if (attempt->wait_s >= 0) {
        (void) buf_addf(line, ",\"wait_s\":%.3f", attempt->wait_s);
    }
    (void) buf_add_text(line, "}\n");
}

static bool is_good(const struct delivery_attempt *attempt)
{
    int status = attempt->answer.status;
    return attempt->answer.result == TRANSPORT_ANSWERED && status >= 200 && status <= 299;
}

void send_report_attempt(void *context, const struct batch_item *item, size_t number,
                         const struct delivery_attempt *attempt)
{
    const struct send_report *report = context;
    struct buf line;
    if (report->quiet && is_good(attempt)) {
        return;
    }
    buf_init(&line, LINE_MAX_BYTES);
    if (report->json) {
        json_line(item, number, attempt, &line);
    } else {
        text_line(report, item, attempt, &line);
    }
    if (line.len > 0) {
        (void) fwrite(line.ptr, 1, line.len, stdout);
    }
    if (attempt->wait_s >= 0) {
        (void) fflush(stdout); /* a reader should not wait for it as long as the endpoint */
    }
    buf_free(&line);
}

void send_report_progress(void *context, size_t done, size_t total, double seconds)
{
    char bar[BAR_WIDTH + 1];
    size_t full = total > 0 ? done * BAR_WIDTH / total : 0;
    (void) context;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', full < BAR_WIDTH ? full : BAR_WIDTH);
    bar[BAR_WIDTH] = '\0';
    (void) fprintf(stderr, "\r[%s] %zu/%zu %.0f/s \x1b[K%s", bar, done, total,
                   seconds > 0 ? (double) done / seconds : 0.0, done >= total ? "\n" : "");
    (void) fflush(stderr);
}

void send_report_summary(const struct send_report *report, const struct batch_summary *summary)
{
    double rate = summary->seconds > 0 ? (double) summary->sent / summary->seconds : 0;
    if (report->json) {
        (void) printf("{\"sent\":%zu,\"delivered\":%zu,\"refused\":%zu,\"failed\":%zu,"
                      "\"seconds\":%.3f,\"per_second\":%.1f,\"p50_ms\":%.3f,\"p99_ms\":%.3f}\n",
                      summary->sent, summary->delivered, summary->refused, summary->failed,
                      summary->seconds, rate, summary->p50_ms, summary->p99_ms);
        return;
    }
    (void) printf("sent %zu, delivered %zu, refused %zu, failed %zu in %.2f s: %.0f/s, "
                  "p50 %.2f ms, p99 %.2f ms\n",
                  summary->sent, summary->delivered, summary->refused, summary->failed,
                  summary->seconds, rate, summary->p50_ms, summary->p99_ms);
}
