/* SPDX-License-Identifier: MIT
 *
 * What a run found, as JSON lines: a reader can take one line at a time, and a program that knows
 * a type of line can pass over the others.
 */
#include <stdlib.h>

#include "harness/report.h"
#include "harness/tally.h"

static bool add_member(struct buf *out, const char *name, const char *text)
{
    return text == NULL || (buf_addf(out, ", \"%s\": ", name) && json_add_text(out, hg_text(text)));
}

static bool add_words(const struct run *run, size_t index, const char *name, report_words *words,
                      struct buf *out)
{
    return buf_addf(out, ", \"%s\": ", name) && report_quoted(run, index, words, out);
}

static bool add_head(const struct run *run, struct buf *out)
{
    const hg_scheme_spec *row = hg_scheme_row(run->file->scheme);
    return buf_add_text(out, "{\"type\": \"run\"") && add_member(out, "version", HG_VERSION) &&
           add_member(out, "target", run->set.target) && add_member(out, "scheme", row->name) &&
           add_member(out, "basis", row->basis) && add_member(out, "vectors", run->file->name) &&
           buf_addf(out, ", \"total\": %zu}\n", run->count);
}

static bool add_flag(const struct tally_row *row, struct buf *out)
{
    const struct tally *tally = &row->tally;
    return buf_add_text(out, "{\"type\": \"flag\"") && add_member(out, "flag", row->name) &&
           add_member(out, "note", row->note) &&
           buf_addf(out,
                    ", \"passed\": %zu, \"failed\": %zu, \"warned\": %zu, \"skipped\": %zu, "
                    "\"not_run\": %zu}\n",
                    tally->passed, tally->failed, tally->warned, tally->skipped, tally->none);
}

static bool add_flags(const struct run *run, struct buf *out)
{
    size_t count = 0;
    struct tally_row *rows = tally_flags(run, false, &count);
    bool done = rows != NULL;
    for (size_t i = 0; done && i < count; i++) {
        done = add_flag(&rows[i], out);
    }
    free(rows);
    return done;
}

/* ok is null for a case without a result. */
static bool add_result(const struct run *run, size_t index, struct buf *out)
{
    const struct outcome *outcome = &run->outcomes[index];
    switch (outcome->result) {
    case OUTCOME_NONE: return buf_add_text(out, ", \"ok\": null");
    case OUTCOME_SKIPPED:
        return buf_add_text(out, ", \"ok\": null") && add_member(out, "skipped", outcome->skip);
    case OUTCOME_PASSED:
    case OUTCOME_FAILED: break;
    }
    bool passed = outcome->result == OUTCOME_PASSED;
    const char *answer = run_answer_name(outcome->answer);
    return add_words(run, index, "got", report_got, out) &&
           (answer[0] == '\0' || add_member(out, "answer", answer)) &&
           (outcome->known == 0 || buf_add_text(out, ", \"known\": true")) &&
           buf_addf(out, ", \"ok\": %s, \"ms\": %.3f", passed ? "true" : "false", outcome->ms) &&
           (passed || add_words(run, index, "reproduce", report_again, out)) &&
           add_member(out, "curl", outcome->curl);
}

static bool add_case(const struct run *run, size_t index, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    return buf_add_text(out, "{\"type\": \"case\"") && add_member(out, "id", one->id) &&
           buf_add_text(out, ", \"flags\": ") && report_flags(one, out) &&
           add_member(out, "family", one->family) &&
           add_member(out, "level", one->should ? "should" : "must") &&
           add_member(out, "spec", one->spec) && add_member(out, "note", one->note) &&
           add_words(run, index, "sent", report_sent, out) &&
           add_words(run, index, "expected", report_expected, out) && add_result(run, index, out) &&
           buf_add_text(out, "}\n");
}

static bool add_timing(const struct run *run, struct buf *out)
{
    bool done = true;
    for (size_t i = 0; done && i < run->timing_count; i++) {
        const struct timing_row *row = &run->timing[i];
        done = buf_addf(out,
                        "{\"type\": \"timing\", \"right\": %zu, \"of\": %zu, \"longer_us\": %.3f, "
                        "\"low_us\": %.3f, \"high_us\": %.3f}\n",
                        row->right, row->of, row->us, row->low_us, row->high_us);
    }
    return done;
}

static bool add_summary(const struct run *run, struct buf *out)
{
    struct run_counts counts = run_count(run);
    return buf_addf(
        out,
        "{\"type\": \"summary\", \"passed\": %zu, \"failed\": %zu, \"warned\": %zu, "
        "\"known\": %zu, \"outdated\": %zu, "
        "\"skipped\": %zu, \"not_run\": %zu, \"stored_checked\": %s, \"observed\": %zu, "
        "\"exit_code\": %d, \"seconds\": %.3f}\n",
        counts.passed, counts.failed, counts.warned, counts.known, run_outdated(run),
        counts.skipped, counts.none, run->stored_checked ? "true" : "false", run->observed,
        (int) run_exit(run), run->seconds);
}

bool report_json(const struct run *run, struct buf *out)
{
    bool done = add_head(run, out) && add_flags(run, out);
    for (size_t i = 0; done && i < run->count; i++) {
        done = add_case(run, i, out);
    }
    return done && add_timing(run, out) && add_summary(run, out);
}
