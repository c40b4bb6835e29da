/* SPDX-License-Identifier: MIT
 *
 * What a run found, for people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report.h"
#include "harness/tally.h"

#define NAME_WIDTH 34 /* the longest name in the catalogue has 31 bytes */
#define CELL_WIDTH 12
#define FLAG_WIDTH 20
#define LABEL_WIDTH 11 /* "reproduce" and a gap */
#define COLUMNS 100    /* of a page: what terminals and mails show without a fold */

struct pen {
    const struct run *run;
    const struct report_style *style;
    struct buf *out;
};

enum ink { RED = 31, GREEN = 32, YELLOW = 33 };

static bool paint(const struct pen *pen, enum ink ink, const char *text)
{
    return pen->style->colour ? buf_addf(pen->out, "\033[%dm%s\033[0m", (int) ink, text)
                              : buf_add_text(pen->out, text);
}

/* ---- Head ------------------------------------------------------------------------------------ */

static bool add_head(const struct pen *pen)
{
    const struct run *run = pen->run;
    const hg_scheme_spec *row = hg_scheme_row(run->file->scheme);
    bool done = buf_add_text(pen->out, "target   ") && buf_add_text(pen->out, run->set.target) &&
                buf_addf(pen->out, "\nscheme   %s (basis: %s)\nvectors  %s, %zu cases%s\n",
                         row->name, row->basis, run->file->name, run->count,
                         run->set.only != NULL ? " chosen by --only" : "");
    if (done && run->set.kind == TARGET_HTTP) {
        done = buf_addf(pen->out, "secret   %s\n",
                        run->set.secret_src != NULL ? run->set.secret_src
                                                    : "the vectors' public one (see --secret)");
    }
    return done && buf_add_text(pen->out, "\n");
}

/* ---- The matrix ------------------------------------------------------------------------------ */

static bool add_cell(const struct pen *pen, const struct tally *tally)
{
    char text[48];
    size_t judged = tally_judged(tally);
    if (judged == 0) {
        (void) snprintf(text, sizeof text, "%*s", CELL_WIDTH, tally->skipped > 0 ? "skipped" : "-");
        return buf_add_text(pen->out, text);
    }
    char count[40];
    (void) snprintf(count, sizeof count, "%s%zu/%zu", tally->failed > 0 ? "!" : "", tally->passed,
                    judged);
    (void) snprintf(text, sizeof text, "%*s", CELL_WIDTH, count);
    return paint(pen, tally->failed > 0 ? RED : tally->warned > 0 ? YELLOW : GREEN, text);
}

static bool add_row(const struct pen *pen, const char *name, const struct tally *cells)
{
    size_t all = 0;
    for (size_t i = 0; i < HG_ACTIONS; i++) {
        all += tally_judged(&cells[i]) + cells[i].skipped;
    }
    bool done = all == 0 || buf_addf(pen->out, "%-*s", NAME_WIDTH, name);
    for (size_t i = 0; done && all > 0 && i < HG_ACTIONS; i++) {
        done = add_cell(pen, &cells[i]);
    }
    return done && (all == 0 || buf_add_text(pen->out, "\n"));
}

static bool add_matrix(const struct pen *pen, const struct tally_matrix *matrix)
{
    bool done = buf_addf(pen->out, "%-*s", NAME_WIDTH, "item type");
    for (size_t i = 0; done && i < HG_ACTIONS; i++) {
        done = buf_addf(pen->out, "%*s", CELL_WIDTH, hg_action_at(i));
    }
    done = done && buf_add_text(pen->out, "\n");
    for (size_t i = 0; done && i < HG_ITEM_TYPES; i++) {
        done = add_row(pen, hg_item_type_at(i)->name, matrix->cells[i]);
    }
    done = done && add_row(pen, "all", matrix->cells[HG_ITEM_TYPES]);
    if (done && tally_judged(&matrix->other) + matrix->other.skipped > 0) {
        done = buf_addf(pen->out, "%-*s", NAME_WIDTH, "without an event") &&
               add_cell(pen, &matrix->other) && buf_add_text(pen->out, "\n");
    }
    return done && buf_add_text(pen->out, "\n");
}

/* ---- Flags ----------------------------------------------------------------------------------- */

/* Text that goes on, indented, where it would pass the page's edge. */
static bool add_folded(struct buf *out, const char *text, size_t indent)
{
    size_t column = indent;
    bool done = true;
    while (done && *text != '\0') {
        size_t word = strcspn(text, " ");
        if (column > indent && column + 1 + word > COLUMNS) {
            done = buf_addf(out, "\n%*s", (int) indent, "");
            column = indent;
        } else if (column > indent) {
            done = buf_add_text(out, " ");
            column++;
        }
        done = done && buf_add(out, text, word);
        column += word;
        text += word;
        text += *text == ' ' ? 1 : 0;
    }
    return done && buf_add_text(out, "\n");
}

static bool add_flag(const struct pen *pen, const struct tally_row *row)
{
    bool failed = row->tally.failed + row->tally.warned > 0;
    return buf_addf(pen->out, "%-*s", FLAG_WIDTH, row->name) && add_cell(pen, &row->tally) &&
           (!failed || buf_add_text(pen->out, "  ")) &&
           (failed ? add_folded(pen->out, row->note, FLAG_WIDTH + CELL_WIDTH + 2)
                   : buf_add_text(pen->out, "\n"));
}

/* all: every flag that has cases, else only the failed ones. */
static bool add_flags(const struct pen *pen, bool all)
{
    struct run_counts counts = run_count(pen->run);
    size_t count = 0;
    if (!all && counts.failed + counts.warned == 0) {
        return true;
    }
    struct tally_row *rows = tally_flags(pen->run, false, &count);
    bool done = rows != NULL && buf_addf(pen->out, "%-*s%*s  %s\n", FLAG_WIDTH, "flag", CELL_WIDTH,
                                         "passed", "what a target does that fails it");
    for (size_t i = 0; done && i < count; i++) {
        bool failed = rows[i].tally.failed + rows[i].tally.warned > 0;
        bool shown = failed || (all && tally_judged(&rows[i].tally) + rows[i].tally.skipped > 0);
        done = !shown || add_flag(pen, &rows[i]);
    }
    free(rows);
    return done && buf_add_text(pen->out, "\n");
}

/* ---- Failures -------------------------------------------------------------------------------- */

/* A label, and behind it what it stands for, folded. */
static bool add_labelled(struct buf *out, const char *label, const char *text)
{
    return buf_addf(out, "  %-*s", LABEL_WIDTH, label) && add_folded(out, text, LABEL_WIDTH + 2);
}

/* What a target does that fails the case so, and under which flag that is counted. */
static bool add_meaning(const struct pen *pen, size_t index)
{
    const char *meaning = report_meaning(pen->run, index);
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = meaning[0] == '\0' ||
                (buf_addf(&text, "%s: %s", tally_group(pen->run->cases[index]), meaning) &&
                 add_labelled(pen->out, "means", text.ptr));
    buf_free(&text);
    return done;
}

/* What decides the case: the section, and where it leaves something open, why we chose so. */
static bool add_reason(struct buf *out, const struct vector_case *one)
{
    bool done = one->spec == NULL || add_labelled(out, "spec", one->spec);
    return done && (one->note == NULL || add_labelled(out, "note", one->note));
}

static bool add_words(const struct pen *pen, size_t index, const char *label, report_words *words)
{
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = words(pen->run, index, &text) && add_labelled(pen->out, label, text.ptr);
    buf_free(&text);
    return done;
}

/* The commands are not folded: they are to be copied. */
static bool add_commands(const struct pen *pen, size_t index)
{
    const char *curl = pen->run->outcomes[index].curl;
    return buf_add_text(pen->out, "  reproduce  ") && report_again(pen->run, index, pen->out) &&
           buf_add_text(pen->out, "\n") &&
           (curl == NULL || buf_addf(pen->out, "%*s%s\n", LABEL_WIDTH + 2, "", curl));
}

static bool add_failure(const struct pen *pen, size_t index)
{
    const struct vector_case *one = pen->run->cases[index];
    bool excused = run_excuse(pen->run, index) != NULL;
    const char *word = !excused                               ? "failed  "
                       : pen->run->outcomes[index].known != 0 ? "known   "
                                                              : "should  ";
    return paint(pen, excused ? YELLOW : RED, word) && buf_addf(pen->out, "%s\n", one->id) &&
           add_words(pen, index, "sent", report_sent) &&
           add_words(pen, index, "expected", report_expected) &&
           add_words(pen, index, "got", report_got) && add_meaning(pen, index) &&
           add_reason(pen->out, one) && add_commands(pen, index);
}

static bool is_failed(const struct run *run, size_t index, bool excused)
{
    return run->outcomes[index].result == OUTCOME_FAILED &&
           (run_excuse(run, index) != NULL) == excused;
}

/* Whether no failed case of that kind before it counts under the same flag. */
static bool is_first(const struct run *run, size_t index, bool excused)
{
    const char *group = tally_group(run->cases[index]);
    for (size_t i = 0; i < index; i++) {
        if (is_failed(run, i, excused) && strcmp(tally_group(run->cases[i]), group) == 0) {
            return false;
        }
    }
    return true;
}

/* Those that fail the run first, and of these one a flag: a fault seldom fails one case alone. */
static bool add_failures(const struct pen *pen)
{
    struct run_counts counts = run_count(pen->run);
    size_t total = counts.failed + counts.warned;
    size_t limit = pen->style->all ? total : REPORT_FAILURES;
    size_t shown = 0;
    bool done = true;
    for (int pass = 0; pass < 4; pass++) {
        bool excused = pass >= 2;
        for (size_t i = 0; done && i < pen->run->count && shown < limit; i++) {
            if (is_failed(pen->run, i, excused) &&
                is_first(pen->run, i, excused) == (pass % 2 == 0)) {
                done = add_failure(pen, i);
                shown++;
            }
        }
    }
    if (done && shown < total) {
        done = buf_addf(pen->out, "… and %zu more: --all shows every one\n", total - shown);
    }
    return done && (total == 0 || buf_add_text(pen->out, "\n"));
}

/* ---- Last lines ------------------------------------------------------------------------------ */

bool report_human(const struct run *run, const struct report_style *style, struct buf *out)
{
    struct pen pen = {run, style, out};
    struct run_counts counts = run_count(run);
    struct tally_matrix *matrix = calloc(1, sizeof *matrix);
    if (matrix == NULL) {
        return false;
    }
    tally_events(run, matrix);
    bool catalogue = matrix->known > 0;
    bool done = add_head(&pen) && add_failures(&pen) && add_flags(&pen, !catalogue) &&
                (!catalogue || add_matrix(&pen, matrix)) && report_remarks(run, out);
    free(matrix);
    char summary[128];
    (void) snprintf(summary, sizeof summary, "%zu passed, %zu failed, %zu skipped", counts.passed,
                    counts.failed, counts.skipped);
    return done && paint(&pen, counts.failed > 0 ? RED : GREEN, summary) &&
           buf_addf(out, " in %.3f s\n", run->seconds);
}
