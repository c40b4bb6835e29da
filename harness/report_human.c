/* SPDX-License-Identifier: MIT
 *
 * What a run found, for people.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/report.h"
#include "harness/repro.h"
#include "harness/select.h"

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

struct tally {
    size_t passed, judged, warned, skipped;
};

enum ink { RED = 31, GREEN = 32, YELLOW = 33 };

static bool paint(const struct pen *pen, enum ink ink, const char *text)
{
    return pen->style->colour ? buf_addf(pen->out, "\033[%dm%s\033[0m", (int) ink, text)
                              : buf_add_text(pen->out, text);
}

static void tally_add(struct tally *tally, const struct run *run, size_t index)
{
    switch (run->outcomes[index].result) {
    case OUTCOME_NONE: break;
    case OUTCOME_SKIPPED: tally->skipped++; break;
    case OUTCOME_PASSED:
        tally->passed++;
        tally->judged++;
        break;
    case OUTCOME_FAILED:
        tally->judged++;
        tally->warned += run->cases[index]->should ? 1 : 0;
        break;
    }
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

struct matrix {
    struct tally cells[HG_ITEM_TYPES + 1][HG_ACTIONS]; /* the last row: all types */
    struct tally other;
    size_t known;
};

static size_t row_of(const hg_item_type *type)
{
    size_t row = 0;
    while (row < HG_ITEM_TYPES && hg_item_type_at(row) != type) {
        row++;
    }
    return row;
}

static size_t column_of(const char *action)
{
    size_t column = 0;
    while (column < HG_ACTIONS - 1 && strcmp(hg_action_at(column), action) != 0) {
        column++;
    }
    return column;
}

static void fill_matrix(const struct run *run, struct matrix *matrix)
{
    for (size_t i = 0; i < run->count; i++) {
        const hg_item_type *type;
        const char *action;
        if (!select_event(run->file, run->cases[i], &type, &action)) {
            tally_add(&matrix->other, run, i);
            continue;
        }
        matrix->known++;
        tally_add(&matrix->cells[row_of(type)][column_of(action)], run, i);
        tally_add(&matrix->cells[HG_ITEM_TYPES][column_of(action)], run, i);
    }
}

static bool add_cell(const struct pen *pen, const struct tally *tally)
{
    char text[48];
    size_t failed = tally->judged - tally->passed;
    if (tally->judged == 0) {
        (void) snprintf(text, sizeof text, "%*s", CELL_WIDTH, tally->skipped > 0 ? "skipped" : "-");
        return buf_add_text(pen->out, text);
    }
    char count[40];
    (void) snprintf(count, sizeof count, "%s%zu/%zu", failed > tally->warned ? "!" : "",
                    tally->passed, tally->judged);
    (void) snprintf(text, sizeof text, "%*s", CELL_WIDTH, count);
    return paint(pen, failed > tally->warned ? RED : failed > 0 ? YELLOW : GREEN, text);
}

static bool add_row(const struct pen *pen, const char *name, const struct tally *cells)
{
    size_t all = 0;
    for (size_t i = 0; i < HG_ACTIONS; i++) {
        all += cells[i].judged + cells[i].skipped;
    }
    bool done = all == 0 || buf_addf(pen->out, "%-*s", NAME_WIDTH, name);
    for (size_t i = 0; done && all > 0 && i < HG_ACTIONS; i++) {
        done = add_cell(pen, &cells[i]);
    }
    return done && (all == 0 || buf_add_text(pen->out, "\n"));
}

static bool add_matrix(const struct pen *pen, const struct matrix *matrix)
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
    if (done && matrix->other.judged + matrix->other.skipped > 0) {
        done = buf_addf(pen->out, "%-*s", NAME_WIDTH, "without an event") &&
               add_cell(pen, &matrix->other) && buf_add_text(pen->out, "\n");
    }
    return done && buf_add_text(pen->out, "\n");
}

/* ---- Flags ----------------------------------------------------------------------------------- */

static bool has_flag(const struct vector_case *one, const char *flag)
{
    if (flag == NULL) {
        return one->flag_count == 0;
    }
    for (size_t i = 0; i < one->flag_count; i++) {
        if (strcmp(one->flags[i], flag) == 0) {
            return true;
        }
    }
    return false;
}

static struct tally tally_flag(const struct run *run, const char *flag)
{
    struct tally tally = {0};
    for (size_t i = 0; i < run->count; i++) {
        if (has_flag(run->cases[i], flag)) {
            tally_add(&tally, run, i);
        }
    }
    return tally;
}

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

/* all: every flag that has cases, else only the failed ones. */
static bool add_flag(const struct pen *pen, const char *flag, const char *note, bool all)
{
    struct tally tally = tally_flag(pen->run, flag);
    bool failed = tally.passed < tally.judged;
    if (tally.judged + tally.skipped == 0 || (!all && !failed)) {
        return true;
    }
    return buf_addf(pen->out, "%-*s", FLAG_WIDTH, flag != NULL ? flag : "(valid)") &&
           add_cell(pen, &tally) && (!failed || buf_add_text(pen->out, "  ")) &&
           (failed ? add_folded(pen->out, note, FLAG_WIDTH + CELL_WIDTH + 2)
                   : buf_add_text(pen->out, "\n"));
}

static bool add_flags(const struct pen *pen, bool all)
{
    struct run_counts counts = run_count(pen->run);
    if (!all && counts.failed + counts.warned == 0) {
        return true;
    }
    bool done = buf_addf(pen->out, "%-*s%*s  %s\n", FLAG_WIDTH, "flag", CELL_WIDTH, "passed",
                         "what a target does that fails it") &&
                add_flag(pen, NULL, "refuses a valid delivery", all);
    for (size_t i = 0; done && i < pen->run->file->note_count; i++) {
        done = add_flag(pen, pen->run->file->notes[i].flag, pen->run->file->notes[i].text, all);
    }
    return done && buf_add_text(pen->out, "\n");
}

/* ---- Failures -------------------------------------------------------------------------------- */

/* "  Flag       what it means", folded behind the flag. */
static bool add_meaning(struct buf *out, const char *flag, const char *note)
{
    size_t length = strlen(flag);
    size_t indent = length < LABEL_WIDTH ? LABEL_WIDTH + 2 : length + 3;
    return buf_addf(out, "  %-*s", (int) indent - 2, flag) && add_folded(out, note, indent);
}

/* What decides the case: the section, and where it leaves something open, why we chose so. */
static bool add_reason(struct buf *out, const struct vector_case *one)
{
    bool done = one->spec == NULL || add_meaning(out, "spec", one->spec);
    return done && (one->note == NULL || add_meaning(out, "note", one->note));
}

static bool add_failure(const struct pen *pen, size_t index)
{
    const struct run *run = pen->run;
    const struct vector_case *one = run->cases[index];
    struct buf *out = pen->out;
    bool done = paint(pen, one->should ? YELLOW : RED, one->should ? "should  " : "failed  ") &&
                buf_addf(out, "%s\n  expected   ", one->id) && report_expected(run, index, out) &&
                buf_add_text(out, "\n  got        ") && report_got(run, index, out) &&
                buf_add_text(out, "\n");
    /* The note tells what the answer means; without one it would mislead. */
    if (done && one->flag_count > 0 && run->outcomes[index].answer != ANSWER_NONE) {
        done = add_meaning(out, one->flags[0], vector_note(run->file, one->flags[0]));
    }
    done = done && add_reason(out, one) && buf_add_text(out, "  reproduce  ") &&
           repro_test(run, index, out) && buf_add_text(out, "\n");
    if (done && run->outcomes[index].curl != NULL) {
        done = buf_addf(out, "             %s\n", run->outcomes[index].curl);
    }
    return done;
}

/* Those that fail the run first. */
static bool add_failures(const struct pen *pen)
{
    struct run_counts counts = run_count(pen->run);
    size_t total = counts.failed + counts.warned;
    size_t limit = pen->style->all ? total : REPORT_FAILURES;
    size_t shown = 0;
    bool done = true;
    for (int should = 0; should < 2; should++) {
        for (size_t i = 0; done && i < pen->run->count && shown < limit; i++) {
            if (pen->run->outcomes[i].result == OUTCOME_FAILED &&
                pen->run->cases[i]->should == (should == 1)) {
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

static bool add_skips(const struct pen *pen)
{
    const struct run *run = pen->run;
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
        done = !first || buf_addf(pen->out, "skipped: %zu (%s)\n", same, why);
    }
    return done;
}

static bool add_remarks(const struct pen *pen, const struct run_counts *counts)
{
    const struct run *run = pen->run;
    bool done = add_skips(pen);
    if (done && counts->warned > 0) {
        done = buf_addf(pen->out,
                        "advice: %zu cases of level \"should\" did not hold; they do not fail the "
                        "run\n",
                        counts->warned);
    }
    if (done && run->set.kind == TARGET_HTTP && run->stored_cases > 0 && !run->stored_checked) {
        done = buf_addf(
            pen->out, "not checked: how often %zu repeated deliveries were stored (see --stored)\n",
            run->stored_cases);
    }
    if (done && counts->none > 0) {
        done = buf_addf(pen->out, "interrupted: %zu cases were not run\n", counts->none);
    }
    return done;
}

bool report_human(const struct run *run, const struct report_style *style, struct buf *out)
{
    struct pen pen = {run, style, out};
    struct run_counts counts = run_count(run);
    struct matrix *matrix = calloc(1, sizeof *matrix);
    if (matrix == NULL) {
        return false;
    }
    fill_matrix(run, matrix);
    bool catalogue = matrix->known > 0;
    bool done = add_head(&pen) && (!catalogue || add_matrix(&pen, matrix)) &&
                add_flags(&pen, !catalogue) && add_failures(&pen) && add_remarks(&pen, &counts);
    free(matrix);
    char summary[128];
    (void) snprintf(summary, sizeof summary, "%zu passed, %zu failed, %zu skipped", counts.passed,
                    counts.failed, counts.skipped);
    return done && paint(&pen, counts.failed > 0 ? RED : GREEN, summary) &&
           buf_addf(out, " in %.3f s\n", run->seconds);
}
