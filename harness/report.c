/* SPDX-License-Identifier: MIT
 *
 * The words that all reports share.
 */
#include "harness/report.h"

#include <string.h>

#include "harness/edit_words.h"
#include "harness/repro.h"
#include "harness/tally.h"

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

bool report_expected(const struct run *run, size_t index, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    if (run->set.kind == TARGET_HTTP) {
        return buf_add_text(out, one->status == HG_OK ? "accepted (2xx)" : "refused (4xx)");
    }
    return one->status == HG_OK ? buf_add_text(out, "accepted")
                                : buf_addf(out, "refused (%s)", hg_status_name(one->status));
}

bool report_got(const struct run *run, size_t index, struct buf *out)
{
    const struct outcome *outcome = &run->outcomes[index];
    const char *word = outcome->answer == ANSWER_ACCEPTED  ? "accepted"
                       : outcome->answer == ANSWER_REFUSED ? "refused"
                                                           : "";
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
    return run->outcomes[index].answer == ANSWER_NONE
               ? ""
               : tally_note(run->file, tally_group(run->cases[index]));
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

bool report_remarks(const struct run *run, struct buf *out)
{
    struct run_counts counts = run_count(run);
    bool done = add_skips(run, out);
    if (done && counts.warned > 0) {
        done = buf_addf(out,
                        "advice: %zu cases of level \"should\" did not hold; they do not fail the "
                        "run\n",
                        counts.warned);
    }
    if (done && run->set.kind == TARGET_HTTP && run->stored_cases > 0 && !run->stored_checked) {
        done = buf_addf(
            out, "not checked: how often %zu repeated deliveries were stored (see --stored)\n",
            run->stored_cases);
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
