/* SPDX-License-Identifier: MIT
 *
 * What a run found, as one page to look at and to send around: no script, nothing from elsewhere.
 */
#include "harness/report_html.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness/markup.h"

/* ---- Pieces ---------------------------------------------------------------------------------- */

bool html_count(struct buf *out, size_t number)
{
    return number < 1000 ? buf_addf(out, "%zu", number)
                         : html_count(out, number / 1000) && buf_addf(out, ",%03zu", number % 1000);
}

bool html_element(struct buf *out, const char *tag, const char *name, const char *text)
{
    return (name == NULL ? buf_addf(out, "<%s>", tag)
                         : buf_addf(out, "<%s class=\"%s\">", tag, name)) &&
           markup_add_text(out, text) && buf_addf(out, "</%s>", tag);
}

bool html_fact(struct buf *out, const char *label, const char *text)
{
    return text == NULL || text[0] == '\0' ||
           (buf_add_text(out, "<div>") && html_element(out, "dt", NULL, label) &&
            html_element(out, "dd", NULL, text) && buf_add_text(out, "</div>\n"));
}

/* What the counts of a tally are called, in the order in which they are shown. */
struct share {
    const char *name, *word;
    size_t count;
};

#define SHARES 5

static void share_out(const struct tally *tally, struct share shares[SHARES])
{
    shares[0] = (struct share){"failed", "failed", tally->failed};
    shares[1] = (struct share){"warned", "against advice", tally->warned};
    shares[2] = (struct share){"passed", "passed", tally->passed};
    shares[3] = (struct share){"skipped", "skipped", tally->skipped};
    shares[4] = (struct share){"none", "not run", tally->none};
}

bool html_bar(struct buf *out, const struct tally *tally)
{
    struct share shares[SHARES];
    const char *comma = "";
    share_out(tally, shares);
    bool done = buf_add_text(out, "<span class=\"bar\" role=\"img\" aria-label=\"");
    for (size_t i = 0; done && i < SHARES; i++) {
        if (shares[i].count > 0) {
            done = buf_addf(out, "%s%zu %s", comma, shares[i].count, shares[i].word);
            comma = ", ";
        }
    }
    done = done && buf_add_text(out, "\">");
    for (size_t i = 0; done && i < SHARES; i++) {
        done = shares[i].count == 0 || buf_addf(out, "<i class=\"%s\" style=\"flex-grow:%zu\"></i>",
                                                shares[i].name, shares[i].count);
    }
    return done && buf_add_text(out, "</span>");
}

/* ---- Summary --------------------------------------------------------------------------------- */

static size_t found_faults(const struct tally_row *rows, size_t count)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += rows[i].tally.failed > 0 ? 1 : 0;
    }
    return found;
}

/* The sentence that stands largest: what the exit code says. */
static bool add_verdict(const struct run *run, const struct tally_row *rows, size_t count,
                        struct buf *out)
{
    struct run_counts counts = run_count(run);
    size_t found = found_faults(rows, count);
    switch (run_exit(run)) {
    case EXIT_NO:
        return html_count(out, counts.failed) &&
               buf_addf(out, " case%s failed, ", counts.failed == 1 ? "" : "s") &&
               buf_addf(out, "%zu fault%s found", found, found == 1 ? "" : "s");
    case EXIT_YES:
        return buf_add_text(out, counts.warned > 0 ? "Nothing that must hold failed"
                                                   : "Every case held");
    default: return buf_add_text(out, "The run says nothing: it was interrupted, or all skipped");
    }
}

static bool add_started(const struct run *run, struct buf *out)
{
    char text[HG_TIME_TEXT_MAX + 1];
    text[hg_time_print(HG_TIME_RFC3339, run->started, text)] = '\0';
    return run->started == 0 || html_fact(out, "Run at", text);
}

static bool add_facts(const struct run *run, struct buf *out)
{
    const hg_scheme_spec *row = hg_scheme_row(run->file->scheme);
    char scheme[2 * HG_NAME_MAX + 64];
    char took[32];
    const char *source =
        run->set.secret_src != NULL ? run->set.secret_src : "the vectors' public one";
    (void) snprintf(scheme, sizeof scheme, "%s (basis: %s)", row->name, row->basis);
    (void) snprintf(took, sizeof took, "%.1f s", run->seconds);
    return buf_add_text(out, "<dl class=\"facts\">\n") &&
           html_fact(out, "Target", run->set.target) && html_fact(out, "Scheme", scheme) &&
           html_fact(out, "Vectors", run->file->name) && html_fact(out, "Only", run->set.only) &&
           html_fact(out, "Secret", run->set.kind == TARGET_HTTP ? source : NULL) &&
           add_started(run, out) && html_fact(out, "Took", took) && buf_add_text(out, "</dl>\n");
}

static bool add_tiles(const struct tally *all, struct buf *out)
{
    struct share shares[SHARES];
    share_out(all, shares);
    bool done = buf_add_text(out, "<ul class=\"tiles\">\n");
    for (size_t i = 0; done && i < SHARES; i++) {
        bool always = i == 0 || i == 2; /* the others only where they count something */
        done = (!always && shares[i].count == 0) ||
               (buf_addf(out, "<li class=\"%s\"><b>", shares[i].name) &&
                html_count(out, shares[i].count) && buf_add_text(out, "</b> ") &&
                markup_add_text(out, shares[i].word) && buf_add_text(out, "</li>\n"));
    }
    return done && buf_add_text(out, "</ul>\n");
}

static bool add_remarks(const struct run *run, struct buf *out)
{
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = report_remarks(run, &text);
    for (char *at = text.ptr, *end; done && at != NULL && *at != '\0'; at = end + 1) {
        end = strchr(at, '\n');
        *end = '\0';
        done = html_element(out, "p", "remarks", at) && buf_add_text(out, "\n");
    }
    buf_free(&text);
    return done;
}

static bool add_summary(const struct run *run, const struct tally_row *rows, size_t count,
                        struct buf *out)
{
    struct run_counts counts = run_count(run);
    const struct tally all = {counts.passed, counts.failed, counts.warned, counts.skipped,
                              counts.none};
    enum exit_code code = run_exit(run);
    const char *mood = code == EXIT_NO ? "bad" : code == EXIT_YES ? "good" : "open";
    return buf_addf(out, "<header class=\"%s\">\n<p class=\"kind\">Webhook conformance</p>\n<h1>",
                    mood) &&
           add_verdict(run, rows, count, out) && buf_add_text(out, "</h1>\n") &&
           add_facts(run, out) && html_bar(out, &all) && add_tiles(&all, out) &&
           add_remarks(run, out) && buf_add_text(out, "</header>\n<main>\n");
}

/* ---- Faults ---------------------------------------------------------------------------------- */

static bool add_fault(const struct tally_row *row, struct buf *out)
{
    const struct tally *tally = &row->tally;
    size_t judged = tally_judged(tally);
    const char *mood = tally->failed > 0   ? "failed"
                       : tally->warned > 0 ? "warned"
                       : judged > 0        ? "passed"
                                           : "skipped";
    return buf_addf(out, "<li class=\"%s\">", mood) && html_element(out, "b", NULL, row->name) &&
           buf_add_text(out, " <span class=\"tally\">") &&
           (judged == 0 ? buf_add_text(out, "skipped")
                        : html_count(out, tally->passed) && buf_add_text(out, "/") &&
                              html_count(out, judged)) &&
           buf_add_text(out, "</span>") && html_bar(out, tally) &&
           html_element(out, "p", NULL, row->note) && buf_add_text(out, "</li>\n");
}

static bool is_found(const struct tally_row *row)
{
    return row->tally.failed + row->tally.warned > 0;
}

/* Those that were found first, in the order of the file both times. */
static bool add_faults(const struct tally_row *rows, size_t count, struct buf *out)
{
    bool done = buf_add_text(out, "<section>\n<h2>Faults looked for</h2>\n"
                                  "<p>What a target does that fails such cases, and how many "
                                  "it passed.</p>\n<ul class=\"faults\">\n");
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; done && i < count; i++) {
            done = is_found(&rows[i]) != (pass == 0) || add_fault(&rows[i], out);
        }
    }
    return done && buf_add_text(out, "</ul>\n</section>\n");
}

/* ---- Item types and actions ------------------------------------------------------------------ */

static bool add_cell(const struct tally *tally, struct buf *out)
{
    size_t judged = tally_judged(tally);
    if (judged == 0) {
        return buf_add_text(out, tally->skipped > 0 ? "<td class=\"skipped\">skipped</td>"
                                                    : "<td>–</td>");
    }
    const char *mood = tally->failed > 0 ? "failed" : tally->warned > 0 ? "warned" : "passed";
    const char *mark = tally->failed > 0 ? "✕ " : tally->warned > 0 ? "! " : "";
    return buf_addf(out, "<td class=\"%s\">%s%zu<span>/%zu</span></td>", mood, mark, tally->passed,
                    judged);
}

static bool add_row(const char *name, const struct tally *cells, struct buf *out)
{
    size_t all = 0;
    for (size_t i = 0; i < HG_ACTIONS; i++) {
        all += tally_judged(&cells[i]) + cells[i].skipped;
    }
    bool done = all == 0 || (buf_add_text(out, "<tr><th scope=\"row\">") &&
                             markup_add_text(out, name) && buf_add_text(out, "</th>"));
    for (size_t i = 0; done && all > 0 && i < HG_ACTIONS; i++) {
        done = add_cell(&cells[i], out);
    }
    return done && (all == 0 || buf_add_text(out, "</tr>\n"));
}

static bool add_matrix(const struct tally_matrix *matrix, struct buf *out)
{
    bool done = buf_add_text(out, "<section>\n<h2>Item types and actions</h2>\n"
                                  "<table>\n<thead><tr><th scope=\"col\">Item type</th>");
    for (size_t i = 0; done && i < HG_ACTIONS; i++) {
        done = buf_add_text(out, "<th scope=\"col\">") && markup_add_text(out, hg_action_at(i)) &&
               buf_add_text(out, "</th>");
    }
    done = done && buf_add_text(out, "</tr></thead>\n<tbody>\n");
    for (size_t i = 0; done && i < HG_ITEM_TYPES; i++) {
        done = add_row(hg_item_type_at(i)->name, matrix->cells[i], out);
    }
    return done && buf_add_text(out, "</tbody>\n<tfoot>\n") &&
           add_row("All", matrix->cells[HG_ITEM_TYPES], out) &&
           buf_add_text(out, "</tfoot>\n</table>\n</section>\n");
}

static bool add_events(const struct run *run, struct buf *out)
{
    struct tally_matrix *matrix = calloc(1, sizeof *matrix);
    if (matrix == NULL) {
        return false;
    }
    tally_events(run, matrix);
    bool done = matrix->known == 0 || add_matrix(matrix, out);
    free(matrix);
    return done;
}

/* ---- The page -------------------------------------------------------------------------------- */

static bool add_head(const struct run *run, struct buf *out)
{
    struct run_counts counts = run_count(run);
    return buf_add_text(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                             "<meta charset=\"utf-8\">\n"
                             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                             "'none'; style-src 'unsafe-inline'\">\n"
                             "<meta name=\"viewport\" content=\"width=device-width, "
                             "initial-scale=1\">\n"
                             "<meta name=\"color-scheme\" content=\"light dark\">\n"
                             "<meta name=\"referrer\" content=\"no-referrer\">\n"
                             "<meta name=\"generator\" content=\"hookgauge " HG_VERSION "\">\n"
                             "<title>") &&
           buf_addf(out, "%zu failed, %zu passed: ", counts.failed, counts.passed) &&
           markup_add_text(out, run->set.target) && buf_add_text(out, "</title>\n<style>\n") &&
           buf_add_str(out, html_style()) && buf_add_text(out, "</style>\n</head>\n<body>\n");
}

bool report_html(const struct run *run, struct buf *out)
{
    size_t count = 0;
    struct tally_row *rows = tally_flags(run, true, &count);
    bool done = rows != NULL && add_head(run, out) && add_summary(run, rows, count, out) &&
                html_failures(run, rows, count, out) && add_faults(rows, count, out) &&
                add_events(run, out);
    free(rows);
    return done && buf_add_text(out, "</main>\n<footer>hookgauge " HG_VERSION
                                     ": every refused delivery is a valid one with one thing "
                                     "changed.</footer>\n</body>\n</html>\n");
}
