/* SPDX-License-Identifier: MIT
 *
 * What the files of `hookgauge send` share: its options, the plan of what to send, its output.
 */
#ifndef CLI_SEND_H
#define CLI_SEND_H

#include "sender/batch.h"
#include "sender/settings.h"

#define SEND_EVENT_MAX 64 /* bytes of a catalogue event: the longest has 36 */

struct send_options {
    const char *operands[3]; /* EXTERNAL_URL EVENT [FILE]; with --config: EVENT [FILE] */
    const char *config, *scheme, *object;
    bool list, json, quiet, curl, keep_sk, all_events, vary;
    long count, jobs, retries;
    long connect_timeout_s, timeout_s, max_wait_s;
    /* sorted out of the operands; NULL when not given */
    const char *url, *event, *body_file;
};

/* An event to send and its body. */
struct send_event {
    char printed[SEND_EVENT_MAX]; /* where text points for a catalogue event */
    hg_str text;
    const hg_item_type *type; /* NULL: not in the catalogue */
    const char *action;
    hg_str body;
};

struct send_plan {
    const hg_scheme *scheme;
    hg_scheme *own_scheme;    /* without --config */
    struct endpoint endpoint; /* likewise */
    struct settings settings; /* with --config */
    struct buf body;          /* of FILE */
    struct send_event *events;
    size_t event_count;
    struct batch_item *items;
    size_t item_count;
};

/* Reads and checks everything that is needed to send; warnings and notes go to standard error.
 * item_count is 0 when no webhook is to fire. Free it with send_plan_free, also after a failure. */
bool send_plan_make(const struct send_options *options, struct send_plan *plan, struct fail *fail);
void send_plan_free(struct send_plan *plan);

/* The events of the operand or of --all-events, with their bodies, and whether they are ones. */
bool send_events_make(const struct send_options *options, struct send_plan *plan,
                      struct fail *fail);

/* The table of --list, or its JSON document. */
bool send_list(struct settings *settings, bool json, struct fail *fail);

/* The command of --curl for each planned delivery. */
bool send_curl(const struct send_options *options, const struct send_plan *plan, struct fail *fail);

/* How attempts, progress and the summary are printed; the context of batch_hooks. */
struct send_report {
    bool json, quiet;
    bool many; /* lines name the event and the target */
};

void send_report_attempt(void *context, const struct batch_item *item, size_t number,
                         const struct delivery_attempt *attempt);
void send_report_progress(void *context, size_t done, size_t total, double seconds);
void send_report_summary(const struct send_report *report, const struct batch_summary *summary);

#endif
