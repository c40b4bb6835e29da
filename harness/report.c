/* SPDX-License-Identifier: MIT
 *
 * The words that all reports share.
 */
#include "harness/report.h"

#include <string.h>

#include "harness/edit_words.h"
#include "harness/repro.h"
#include "harness/tally.h"

#define OUTDATED_MAX 20 /* known failures that pass, named one by one: a page of them */

bool report_sent(const struct run *run, size_t index, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    if (one->of == NULL || one->edit_count == 0) {
        return buf_add_text(out, one->raw.ptr != NULL   ? "a whole HTTP message, as it is"
                                 : one->source != NULL  ? "a delivery that others have published"
                                 : one->status == HG_OK ? "a valid delivery"
                                                        : "a delivery of its own");
    }
    bool done = buf_add_text(out, one->of->id);
    for (size_t i = 0; done && i < one->edit_count; i++) {
        done = buf_add_text(out, i == 0 ? ", but " : "; ") && edit_words(&one->edits[i], out);
    }
    return done;
}

static const char *text_or(const char *text, const char *otherwise)
{
    return text != NULL ? text : otherwise;
}

static bool report_statuses(const struct expectations *expected, hg_status status, struct buf *out)
{
    hg_class class = hg_status_class(status);
    if (status == HG_OK) {
        return buf_addf(out, "accepted (%s)", text_or(expected->accept_text, "2xx"));
    }
    if (expected->forged_demanded && (class == HG_CLASS_FORGED || class == HG_CLASS_STALE)) {
        return buf_addf(out, "refused (with the status that %s demands)", expected->profile);
    }
    return buf_addf(out, "refused (%s)", text_or(expected->reject_text, "4xx"));
}

bool report_expected(const struct run *run, size_t index, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    if (run->set.kind == TARGET_HTTP) {
        return report_statuses(&run->set.expected, one->status, out) &&
               (!one->either || (buf_add_text(out, " or ") &&
                                 report_statuses(&run->set.expected, HG_BAD_REQUEST, out)));
    }
    return one->status == HG_OK ? buf_add_text(out, "accepted")
                                : buf_addf(out, "refused (%s)", hg_status_name(one->status));
}

/* Whether the target said yes or no. */
static bool is_answered(const struct outcome *outcome)
{
    return outcome->answer == ANSWER_ACCEPTED || outcome->answer == ANSWER_REFUSED;
}

bool report_got(const struct run *run, size_t index, struct buf *out)
{
    const struct outcome *outcome = &run->outcomes[index];
    const char *word = is_answered(outcome) ? run_answer_name(outcome->answer) : "";
    bool done = buf_add_text(out, word);
    if (outcome->status != 0 && outcome->status != HG_OK) {
        done = done && buf_addf(out, " (%s)", hg_status_name(outcome->status));
    }
    if (outcome->http != 0) {
        done = done && (word[0] != '\0' ? buf_addf(out, " (HTTP %d)", outcome->http)
                                        : buf_addf(out, "HTTP %d", outcome->http));
    }
    if (outcome->why != NULL) {
        bool bare = word[0] == '\0' && outcome->http == 0;
        done = done && buf_addf(out, "%s%s", bare ? "" : ": ", outcome->why);
    }
    return done;
}

bool report_again(const struct run *run, size_t index, struct buf *out)
{
    return repro_test(run, index, out) || !out->failed;
}

const char *report_meaning(const struct run *run, size_t index)
{
    return is_answered(&run->outcomes[index])
               ? tally_note(run->file, tally_group(run->cases[index]))
               : "";
}

static bool add_skips(const struct run *run, struct buf *out)
{
    bool done = true;
    for (size_t i = 0; done && i < run->count; i++) {
        const char *why = run->outcomes[i].skip;
        size_t same = 0;
        bool first = why != NULL;
        for (size_t j = 0; first && j < run->count; j++) {
            bool alike = run->outcomes[j].skip != NULL && strcmp(run->outcomes[j].skip, why) == 0;
            first = !(alike && j < i);
            same += alike ? 1 : 0;
        }
        done = !first || buf_addf(out, "skipped: %zu (%s)\n", same, why);
    }
    return done;
}

/* Those that were not refused, although they were not accepted either. */
static bool add_unanswered(const struct run *run, struct buf *out)
{
    static const struct {
        enum outcome_answer answer;
        const char *words;
    } kinds[] = {{ANSWER_SILENT, "without an answer"},
                 {ANSWER_DROPPED, "cut off"},
                 {ANSWER_ERRED, "answered 5xx"},
                 {ANSWER_UNCLEAR, "answered with a status that says neither"}};
    const char *between = "neither accepted nor refused: ";
    bool done = true;
    for (size_t i = 0; done && i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t count = 0;
        for (size_t j = 0; j < run->count; j++) {
            count += run->outcomes[j].answer == kinds[i].answer ? 1 : 0;
        }
        if (count > 0) {
            done = buf_addf(out, "%s%zu %s", between, count, kinds[i].words);
            between = ", ";
        }
    }
    done = done && (strcmp(between, ", ") != 0 || buf_add_text(out, "\n"));
    return done && (!run->lost || buf_add_text(out, "ended early: the receiver stopped answering "
                                                    "(--keep-going asks on)\n"));
}

static bool add_known(const struct run *run, struct buf *out)
{
    struct run_counts counts = run_count(run);
    size_t outdated = run_outdated(run);
    size_t listed = 0;
    bool done = counts.known == 0 ||
                buf_addf(out, "known: %zu cases failed as %s says; they do not fail the run\n",
                         counts.known, run->set.known->path);
    for (size_t i = 0; done && i < run->count && listed < OUTDATED_MAX; i++) {
        const struct outcome *outcome = &run->outcomes[i];
        if (outcome->known != 0 && outcome->result == OUTCOME_PASSED) {
            done = buf_addf(out, "known no more: %s passes (%s, line %zu)\n", run->cases[i]->id,
                            run->set.known->path, outcome->known);
            listed++;
        }
    }
    return done && (outdated <= listed ||
                    buf_addf(out, "known no more: %zu others pass\n", outdated - listed));
}

/* What a prefix of right characters did to the time of an answer. */
static bool add_timing(const struct run *run, struct buf *out)
{
    bool differs = false;
    if (run->timing_count == 0) {
        return buf_add_text(out, "timing: nothing was measured\n");
    }
    bool done =
        buf_addf(out,
                 "timing: %d answers to each kind of forged signature; how much longer they "
                 "took than with no\n        character right (99 %% interval)\n",
                 TIMING_SAMPLES);
    for (size_t i = 0; done && i < run->timing_count; i++) {
        const struct timing_row *row = &run->timing[i];
        done = buf_addf(out, "        %3zu of %zu right: %+.1f µs (%+.1f to %+.1f)%s\n", row->right,
                        row->of, row->us, row->low_us, row->high_us,
                        timing_differs(row) ? ", more than chance" : "");
        differs = differs || timing_differs(row);
    }
    return done &&
           buf_add_text(out, differs ? "        does it compare signatures in constant time? "
                                       "this is no verdict\n"
                                     : "        no sign of a comparison that stops early; "
                                       "a smaller one would not be seen\n");
}

bool report_remarks(const struct run *run, struct buf *out)
{
    struct run_counts counts = run_count(run);
    bool done = add_skips(run, out) && add_unanswered(run, out) && add_known(run, out);
    if (done && counts.warned > counts.known) {
        done = buf_addf(out,
                        "advice: %zu cases of level \"should\" did not hold; they do not fail the "
                        "run\n",
                        counts.warned - counts.known);
    }
    if (done && run->set.kind == TARGET_HTTP && run->stored_cases > 0 && !run->stored_checked &&
        run->set.observe == NULL) {
        done = buf_addf(
            out, "not checked: how often %zu repeated deliveries were stored (see --stored)\n",
            run->stored_cases);
    }
    if (done && run->set.timing) {
        done = add_timing(run, out);
    }
    if (done && counts.none > 0) {
        done = buf_addf(out, "interrupted: %zu cases were not run\n", counts.none);
    }
    return done;
}

bool report_quoted(const struct run *run, size_t index, report_words *words, struct buf *out)
{
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = words(run, index, &text) && json_add_text(out, buf_str(&text));
    buf_free(&text);
    return done;
}

bool report_flags(const struct vector_case *one, struct buf *out)
{
    bool done = buf_add_text(out, "[");
    for (size_t i = 0; done && i < one->flag_count; i++) {
        done = buf_add_text(out, i == 0 ? "" : ", ") && json_add_text(out, hg_text(one->flags[i]));
    }
    return done && buf_add_text(out, "]");
}
