/* SPDX-License-Identifier: MIT
 *
 * See metrics_text.h.
 */
#include "receiver/metrics_text.h"

void metrics_family(struct buf *out, const char *name, const char *type, const char *help)
{
    (void) buf_addf(out, "# TYPE hookgauge_%s %s\n# HELP hookgauge_%s %s\n", name, type, name,
                    help);
}

/* The three bytes that end a label's value or a line. */
void metrics_label(struct buf *out, const char *name, hg_str value)
{
    (void) buf_addf(out, "%s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        char byte = value.ptr[i];
        if (byte == '\n') {
            (void) buf_add_text(out, "\\n");
        } else if (byte == '"' || byte == '\\') {
            (void) buf_addf(out, "\\%c", byte);
        } else {
            (void) buf_add(out, &byte, 1);
        }
    }
    (void) buf_add_text(out, "\"");
}

/* ---- Handing on ------------------------------------------------------------------------------ */

static void add_row(struct buf *out, const char *name, hg_str endpoint, double value)
{
    (void) buf_addf(out, "hookgauge_%s{", name);
    metrics_label(out, "endpoint", endpoint);
    (void) buf_addf(out, "} %.15g\n", value);
}

static void add_attempts(struct buf *out, const struct metrics_handed *row)
{
    static const char *const names[] = {"done", "later", "dead", "stopped"};
    const uint64_t counts[] = {row->done, row->later, row->dead, row->stopped};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void) buf_add_text(out, "hookgauge_attempts_total{");
        metrics_label(out, "endpoint", row->endpoint);
        (void) buf_add_text(out, ",");
        metrics_label(out, "outcome", hg_text(names[i]));
        (void) buf_addf(out, "} %llu\n", (unsigned long long) counts[i]);
    }
}

void metrics_handed(struct buf *out, const struct metrics_handed *rows, size_t count)
{
    if (count == 0) {
        return;
    }
    metrics_family(out, "queued", "gauge", "Deliveries that are still to be handed on.");
    for (size_t i = 0; i < count; i++) {
        add_row(out, "queued", rows[i].endpoint, (double) rows[i].waiting);
    }
    metrics_family(out, "queued_age_seconds", "gauge", "How long ago the oldest came.");
    for (size_t i = 0; i < count; i++) {
        add_row(out, "queued_age_seconds", rows[i].endpoint, (double) rows[i].age_ms / 1000);
    }
    metrics_family(out, "attempts_in_progress", "gauge", "Attempts to hand on under way.");
    for (size_t i = 0; i < count; i++) {
        add_row(out, "attempts_in_progress", rows[i].endpoint, (double) rows[i].in_hand);
    }
    metrics_family(out, "attempts", "counter", "Attempts to hand on, by what came of them.");
    for (size_t i = 0; i < count; i++) {
        add_attempts(out, &rows[i]);
    }
}
