/* SPDX-License-Identifier: MIT
 *
 * What a run found, as TAP. The block behind a failed test point is YAML, of which JSON strings
 * and arrays are a part.
 */
#include <string.h>

#include "harness/report.h"

/* A '#' would begin a directive. */
static bool add_name(struct buf *out, const char *id)
{
    bool done = true;
    for (; done && *id != '\0'; id++) {
        done = (strchr("#\\", *id) == NULL || buf_add_text(out, "\\")) && buf_add(out, id, 1);
    }
    return done;
}

static bool add_line(struct buf *out, const char *name, const char *text)
{
    return text == NULL || text[0] == '\0' ||
           (buf_addf(out, "  %s: ", name) && json_add_text(out, hg_text(text)) &&
            buf_add_text(out, "\n"));
}

static bool add_words(const struct run *run, size_t index, const char *name, report_words *words,
                      struct buf *out)
{
    return buf_addf(out, "  %s: ", name) && report_quoted(run, index, words, out) &&
           buf_add_text(out, "\n");
}

static bool add_diagnostics(const struct run *run, size_t index, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    return buf_add_text(out, "  ---\n") && add_line(out, "message", report_meaning(run, index)) &&
           buf_addf(out, "  severity: %s\n", run_excuse(run, index) != NULL ? "todo" : "fail") &&
           add_words(run, index, "sent", report_sent, out) &&
           add_words(run, index, "expected", report_expected, out) &&
           add_words(run, index, "got", report_got, out) && buf_add_text(out, "  flags: ") &&
           report_flags(one, out) && buf_add_text(out, "\n") && add_line(out, "spec", one->spec) &&
           add_line(out, "note", one->note) &&
           add_words(run, index, "reproduce", report_again, out) &&
           add_line(out, "curl", run->outcomes[index].curl) && buf_add_text(out, "  ...\n");
}

static bool add_test_point(const struct run *run, size_t index, struct buf *out)
{
    const struct outcome *outcome = &run->outcomes[index];
    bool failed = outcome->result == OUTCOME_FAILED;
    bool done = buf_addf(out, "%sok %zu - ", failed ? "not " : "", index + 1) &&
                add_name(out, run->cases[index]->id);
    if (done && outcome->result == OUTCOME_SKIPPED) {
        done = buf_addf(out, " # SKIP %s", outcome->skip);
    } else if (done && failed && run_excuse(run, index) != NULL) {
        done = buf_addf(out, " # TODO %s", run_excuse(run, index));
    }
    done = done && buf_add_text(out, "\n");
    return done && (!failed || add_diagnostics(run, index, out));
}

bool report_tap(const struct run *run, enum report_tap_version version, struct buf *out)
{
    struct run_counts counts = run_count(run);
    bool done = buf_addf(out, "TAP version %d\n1..%zu\n", (int) version, run->count);
    for (size_t i = 0; done && i < run->count; i++) {
        done = run->outcomes[i].result == OUTCOME_NONE || add_test_point(run, i, out);
    }
    if (done && counts.none > 0) {
        done = buf_addf(out, "Bail out! Interrupted with %zu cases to go\n", counts.none);
    }
    return done && buf_addf(out, "# %zu passed, %zu failed, %zu skipped in %.3f s\n", counts.passed,
                            counts.failed, counts.skipped, run->seconds);
}
