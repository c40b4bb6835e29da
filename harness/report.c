/* SPDX-License-Identifier: MIT
 *
 * What a run found, for programs: TAP and JSON. And the words that all reports share.
 */
#include "harness/report.h"

#include <string.h>

#include "harness/repro.h"

/* ---- Words ----------------------------------------------------------------------------------- */

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

/* ---- JSON pieces, which are YAML too --------------------------------------------------------- */

static bool add_text(struct buf *out, const char *text)
{
    return json_add_text(out, hg_text(text));
}

static bool add_flags(struct buf *out, const struct vector_case *one)
{
    bool done = buf_add_text(out, "[");
    for (size_t i = 0; done && i < one->flag_count; i++) {
        done = buf_add_text(out, i == 0 ? "" : ", ") && add_text(out, one->flags[i]);
    }
    return done && buf_add_text(out, "]");
}

/* Why the case is judged so, each part behind its label. */
static bool add_reason(const struct vector_case *one, const char *spec, const char *note,
                       struct buf *out)
{
    bool done =
        one->spec == NULL || (buf_add_text(out, spec) && json_add_text(out, hg_text(one->spec)));
    return done && (one->note == NULL ||
                    (buf_add_text(out, note) && json_add_text(out, hg_text(one->note))));
}

/* The words that a function of this file appends, as a JSON string. */
static bool add_words(const struct run *run, size_t index, struct buf *out,
                      bool (*words)(const struct run *, size_t, struct buf *))
{
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = words(run, index, &text) && json_add_text(out, buf_str(&text));
    buf_free(&text);
    return done;
}

static bool curl_words(const struct run *run, size_t index, struct buf *out)
{
    const char *curl = run->outcomes[index].curl;
    return buf_add_text(out, curl != NULL ? curl : "");
}

/* ---- TAP ------------------------------------------------------------------------------------- */

/* A '#' would begin a directive. */
static bool add_tap_name(struct buf *out, const char *id)
{
    bool done = true;
    for (; done && *id != '\0'; id++) {
        done = (strchr("#\\", *id) == NULL || buf_add_text(out, "\\")) && buf_add(out, id, 1);
    }
    return done;
}

static bool add_diagnostics(const struct run *run, size_t index, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    const char *note =
        one->flag_count > 0 ? vector_note(run->file, one->flags[0]) : "refuses a valid delivery";
    bool done = buf_add_text(out, "  ---\n  message: ") && add_text(out, note) &&
                buf_add_text(out, "\n  expected: ") &&
                add_words(run, index, out, report_expected) && buf_add_text(out, "\n  got: ") &&
                add_words(run, index, out, report_got) && buf_add_text(out, "\n  flags: ") &&
                add_flags(out, one) && add_reason(one, "\n  spec: ", "\n  note: ", out) &&
                buf_add_text(out, "\n  reproduce: ") && add_words(run, index, out, repro_test);
    if (done && run->outcomes[index].curl != NULL) {
        done = buf_add_text(out, "\n  curl: ") && add_words(run, index, out, curl_words);
    }
    return done && buf_add_text(out, "\n  ...\n");
}

static bool add_test_point(const struct run *run, size_t index, struct buf *out)
{
    const struct outcome *outcome = &run->outcomes[index];
    bool failed = outcome->result == OUTCOME_FAILED;
    bool done = buf_addf(out, "%sok %zu - ", failed ? "not " : "", index + 1) &&
                add_tap_name(out, run->cases[index]->id);
    if (done && outcome->result == OUTCOME_SKIPPED) {
        done = buf_addf(out, " # SKIP %s", outcome->skip);
    } else if (done && failed && run->cases[index]->should) {
        done = buf_add_text(out, " # TODO level should");
    }
    done = done && buf_add_text(out, "\n");
    return done && (!failed || add_diagnostics(run, index, out));
}

bool report_tap(const struct run *run, struct buf *out)
{
    struct run_counts counts = run_count(run);
    bool done = buf_addf(out, "TAP version 13\n1..%zu\n", run->count);
    for (size_t i = 0; done && i < run->count; i++) {
        done = run->outcomes[i].result == OUTCOME_NONE || add_test_point(run, i, out);
    }
    if (done && counts.none > 0) {
        done = buf_addf(out, "Bail out! Interrupted with %zu cases to go\n", counts.none);
    }
    return done && buf_addf(out, "# %zu passed, %zu failed, %zu skipped in %.3f s\n", counts.passed,
                            counts.failed, counts.skipped, run->seconds);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static bool add_head(const struct run *run, struct buf *out)
{
    const hg_scheme_spec *row = hg_scheme_row(run->file->scheme);
    struct run_counts counts = run_count(run);
    return buf_add_text(out, "{\n  \"target\": ") && add_text(out, run->set.target) &&
           buf_add_text(out, ",\n  \"scheme\": ") && add_text(out, row->name) &&
           buf_add_text(out, ",\n  \"basis\": ") && add_text(out, row->basis) &&
           buf_add_text(out, ",\n  \"vectors\": ") && add_text(out, run->file->name) &&
           buf_addf(out,
                    ",\n  \"counts\": {\"total\": %zu, \"passed\": %zu, \"failed\": %zu, "
                    "\"warned\": %zu, \"skipped\": %zu, \"not_run\": %zu},\n"
                    "  \"stored_checked\": %s,\n  \"seconds\": %.3f,\n",
                    run->count, counts.passed, counts.failed, counts.warned, counts.skipped,
                    counts.none, run->stored_checked ? "true" : "false", run->seconds);
}

static bool add_notes(const struct run *run, struct buf *out)
{
    bool done = buf_add_text(out, "  \"notes\": {");
    for (size_t i = 0; done && i < run->file->note_count; i++) {
        done = buf_add_text(out, i == 0 ? "\n    " : ",\n    ") &&
               add_text(out, run->file->notes[i].flag) && buf_add_text(out, ": ") &&
               add_text(out, run->file->notes[i].text);
    }
    return done && buf_add_text(out, "\n  },\n");
}

/* ok is null for a case without a result. */
static bool add_result(const struct run *run, size_t index, struct buf *out)
{
    const struct outcome *outcome = &run->outcomes[index];
    switch (outcome->result) {
    case OUTCOME_NONE: return buf_add_text(out, ", \"ok\": null");
    case OUTCOME_SKIPPED:
        return buf_add_text(out, ", \"ok\": null, \"skipped\": ") && add_text(out, outcome->skip);
    case OUTCOME_PASSED:
    case OUTCOME_FAILED: break;
    }
    return buf_add_text(out, ", \"got\": ") && add_words(run, index, out, report_got) &&
           buf_addf(out, ", \"ok\": %s, \"ms\": %.3f",
                    outcome->result == OUTCOME_PASSED ? "true" : "false", outcome->ms) &&
           (outcome->curl == NULL ||
            (buf_add_text(out, ", \"curl\": ") && add_words(run, index, out, curl_words)));
}

static bool add_case(const struct run *run, size_t index, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    return buf_add_text(out, index == 0 ? "\n    {\"id\": " : ",\n    {\"id\": ") &&
           add_text(out, one->id) && buf_add_text(out, ", \"flags\": ") && add_flags(out, one) &&
           buf_addf(out, ", \"level\": \"%s\"", one->should ? "should" : "must") &&
           add_reason(one, ", \"spec\": ", ", \"note\": ", out) &&
           buf_add_text(out, ", \"expected\": ") && add_words(run, index, out, report_expected) &&
           add_result(run, index, out) && buf_add_text(out, "}");
}

bool report_json(const struct run *run, struct buf *out)
{
    bool done = add_head(run, out) && add_notes(run, out) && buf_add_text(out, "  \"cases\": [");
    for (size_t i = 0; done && i < run->count; i++) {
        done = add_case(run, i, out);
    }
    return done && buf_add_text(out, "\n  ]\n}\n");
}
