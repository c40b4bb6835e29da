/* SPDX-License-Identifier: MIT
 *
 * The failures on the HTML page: by group, each with what was sent and what came back.
 */
#include <string.h>

#include "harness/evidence.h"
#include "harness/markup.h"
#include "harness/report_html.h"

#define LISTED_MAX                                                                                 \
    8 /* failures of a group whose names are shown: more would bury the next group                 \
       */

/* The request of a case that went to no network: as it stands in the vectors, whose secrets are
 * public. */
static bool add_vector(const struct run *run, const struct vector_case *one, struct buf *out)
{
    const struct veil open = {0};
    return one->raw.ptr != NULL ? evidence_message(&open, one->raw, out)
                                : evidence_request(&open, hg_scheme_row(run->file->scheme),
                                                   &one->capture.request, NULL, false, out);
}

static bool add_text(const char *title, hg_str text, struct buf *out)
{
    return text.len == 0 || (html_element(out, "h4", NULL, title) && buf_add_text(out, "<pre>") &&
                             markup_add(out, text) && buf_add_text(out, "</pre>\n"));
}

static bool add_exchange(const struct run *run, size_t index, struct buf *out)
{
    const struct outcome *outcome = &run->outcomes[index];
    if (run->set.kind == TARGET_HTTP) {
        return add_text("Request", buf_str(&outcome->sent), out) &&
               add_text("Answer", buf_str(&outcome->heard), out);
    }
    struct buf text;
    buf_init(&text, EVIDENCE_MAX);
    bool done =
        add_vector(run, run->cases[index], &text) && add_text("Request", buf_str(&text), out);
    buf_free(&text);
    return done;
}

/* The words of a function as a fact, or as a block to copy from. */
static bool add_words(const struct run *run, size_t index, const char *label, report_words *words,
                      bool block, struct buf *out)
{
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = words(run, index, &text) &&
                (block ? add_text(label, buf_str(&text), out) : html_fact(out, label, text.ptr));
    buf_free(&text);
    return done;
}

static bool add_commands(const struct run *run, size_t index, struct buf *out)
{
    const char *curl = run->outcomes[index].curl;
    return add_words(run, index, "Reproduce", report_again, true, out) &&
           (curl == NULL ||
            (buf_add_text(out, "<details class=\"curl\"><summary>Or with curl</summary><pre>") &&
             markup_add_text(out, curl) && buf_add_text(out, "</pre></details>\n")));
}

static bool add_failure(const struct run *run, size_t index, bool open, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    bool known = run->outcomes[index].known != 0;
    return buf_addf(out, "<details class=\"case\"%s><summary>", open ? " open" : "") &&
           html_element(out, "code", NULL, one->id) &&
           (run_excuse(run, index) == NULL ||
            html_element(out, "em", NULL, known ? "known" : "advice")) &&
           buf_add_text(out, "</summary>\n<dl>\n") &&
           add_words(run, index, "Sent", report_sent, false, out) &&
           add_words(run, index, "Expected", report_expected, false, out) &&
           add_words(run, index, "Got", report_got, false, out) &&
           html_fact(out, "Specification", one->spec) && html_fact(out, "Note", one->note) &&
           buf_add_text(out, "</dl>\n") && add_exchange(run, index, out) &&
           add_commands(run, index, out) && buf_add_text(out, "</details>\n");
}

static bool add_cases(const struct run *run, const char *group, bool *open, struct buf *out)
{
    size_t listed = 0;
    bool done = true;
    for (size_t i = 0; done && i < run->count; i++) {
        if (run->outcomes[i].result != OUTCOME_FAILED ||
            strcmp(tally_group(run->cases[i]), group) != 0) {
            continue;
        }
        done = (listed != LISTED_MAX ||
                buf_add_text(out, "<details class=\"more\"><summary>The others</summary>\n")) &&
               add_failure(run, i, *open, out);
        *open = false;
        listed++;
    }
    return done && (listed <= LISTED_MAX || buf_add_text(out, "</details>\n"));
}

/* open: the next failure is shown unfolded, so that a reader sees what is in there. */
static bool add_group(const struct run *run, const struct tally_row *row, bool *open,
                      struct buf *out)
{
    const char *mood = row->tally.failed > 0 ? "failed" : "warned";
    return buf_addf(out, "<article class=\"%s\">\n<h3>", mood) && markup_add_text(out, row->name) &&
           buf_add_text(out, " <span>") && html_count(out, row->tally.failed + row->tally.warned) &&
           buf_add_text(out, "</span></h3>\n") && html_element(out, "p", NULL, row->note) &&
           buf_add_text(out, "\n") && add_cases(run, row->name, open, out) &&
           buf_add_text(out, "</article>\n");
}

bool html_failures(const struct run *run, const struct tally_row *rows, size_t count,
                   struct buf *out)
{
    struct run_counts counts = run_count(run);
    if (counts.failed + counts.warned == 0) {
        return true;
    }
    bool open = true;
    bool done = buf_add_text(out, "<section>\n<h2>Failures</h2>\n");
    for (int pass = 0; pass < 2; pass++) { /* those that fail the run first */
        for (size_t i = 0; done && i < count; i++) {
            const struct tally *tally = &rows[i].tally;
            bool shown = pass == 0 ? tally->failed > 0 : tally->failed == 0 && tally->warned > 0;
            done = !shown || add_group(run, &rows[i], &open, out);
        }
    }
    return done && buf_add_text(out, "</section>\n");
}
