/* SPDX-License-Identifier: MIT
 *
 * What a run found, as JUnit XML, in the form that Jenkins and GitLab read: a suite a flag, a case
 * under its first flag alone. What fails only a "should" is a skipped test, since the form knows
 * no warning and it must not turn a build red.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/markup.h"
#include "harness/report.h"
#include "harness/tally.h"

static bool add_attribute(struct buf *out, const char *name, const char *value)
{
    return buf_addf(out, " %s=\"", name) && markup_add_text(out, value) && buf_add_text(out, "\"");
}

/* One fact a line, as the report for people has them. */
static bool add_line(struct buf *out, const char *label, const char *text)
{
    return text == NULL || text[0] == '\0' ||
           (buf_addf(out, "%s: ", label) && markup_add_text(out, text) && buf_add_text(out, "\n"));
}

static bool add_words(const struct run *run, size_t index, const char *label, report_words *words,
                      struct buf *out)
{
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = words(run, index, &text) && add_line(out, label, text.ptr);
    buf_free(&text);
    return done;
}

static bool add_details(const struct run *run, size_t index, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    return add_words(run, index, "sent", report_sent, out) &&
           add_words(run, index, "expected", report_expected, out) &&
           add_words(run, index, "got", report_got, out) &&
           add_line(out, "means", report_meaning(run, index)) && add_line(out, "spec", one->spec) &&
           add_line(out, "note", one->note) &&
           add_words(run, index, "reproduce", report_again, out) &&
           add_line(out, "curl", run->outcomes[index].curl);
}

static bool add_message(const struct run *run, size_t index, struct buf *out)
{
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = buf_add_text(&text, "expected ") && report_expected(run, index, &text) &&
                buf_add_text(&text, ", got ") && report_got(run, index, &text) &&
                add_attribute(out, "message", text.ptr);
    buf_free(&text);
    return done;
}

static bool add_failure(const struct run *run, size_t index, struct buf *out)
{
    bool known = run->outcomes[index].known != 0;
    const char *name = run_excuse(run, index) != NULL ? "skipped" : "failure";
    const char *type = known ? "known" : run->cases[index]->should ? "should" : "must";
    return buf_addf(out, ">\n      <%s type=\"%s\"", name, type) && add_message(run, index, out) &&
           buf_add_text(out, ">\n") && add_details(run, index, out) &&
           buf_addf(out, "</%s>\n    </testcase>\n", name);
}

static bool add_skipped(struct buf *out, const char *why)
{
    return buf_add_text(out, ">\n      <skipped") && add_attribute(out, "message", why) &&
           buf_add_text(out, "/>\n    </testcase>\n");
}

static bool add_case(const struct run *run, size_t index, const char *suite, struct buf *out)
{
    const struct outcome *outcome = &run->outcomes[index];
    if (!buf_add_text(out, "    <testcase") || !add_attribute(out, "classname", suite) ||
        !add_attribute(out, "name", run->cases[index]->id) ||
        !buf_addf(out, " time=\"%.3f\"", outcome->ms / 1000)) {
        return false;
    }
    switch (outcome->result) {
    case OUTCOME_NONE: return add_skipped(out, "interrupted before it was run");
    case OUTCOME_SKIPPED: return add_skipped(out, outcome->skip);
    case OUTCOME_FAILED: return add_failure(run, index, out);
    case OUTCOME_PASSED: break;
    }
    return buf_add_text(out, "/>\n");
}

static bool is_in(const struct run *run, size_t index, const struct tally_row *row)
{
    return strcmp(tally_group(run->cases[index]), row->name) == 0;
}

static bool add_properties(const struct run *run, struct buf *out)
{
    const hg_scheme_spec *row = hg_scheme_row(run->file->scheme);
    const char *const properties[][2] = {{"target", run->set.target},
                                         {"scheme", row->name},
                                         {"basis", row->basis},
                                         {"vectors", run->file->name}};
    bool done = buf_add_text(out, "    <properties>\n");
    for (size_t i = 0; done && i < sizeof properties / sizeof properties[0]; i++) {
        done = buf_add_text(out, "      <property") &&
               add_attribute(out, "name", properties[i][0]) &&
               add_attribute(out, "value", properties[i][1]) && buf_add_text(out, "/>\n");
    }
    return done && buf_add_text(out, "    </properties>\n");
}

static bool add_suite(const struct run *run, const struct tally_row *row, struct buf *out)
{
    const struct tally *tally = &row->tally;
    size_t skipped = tally->warned + tally->skipped + tally->none;
    double seconds = 0;
    for (size_t i = 0; i < run->count; i++) {
        seconds += is_in(run, i, row) ? run->outcomes[i].ms / 1000 : 0;
    }
    bool done =
        buf_add_text(out, "  <testsuite") && add_attribute(out, "name", row->name) &&
        buf_addf(out,
                 " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\" "
                 "time=\"%.3f\">\n",
                 tally->passed + tally->failed + skipped, tally->failed, skipped, seconds) &&
        add_properties(run, out);
    for (size_t i = 0; done && i < run->count; i++) {
        done = !is_in(run, i, row) || add_case(run, i, row->name, out);
    }
    return done && buf_add_text(out, "  </testsuite>\n");
}

bool report_junit(const struct run *run, struct buf *out)
{
    struct run_counts counts = run_count(run);
    size_t count = 0;
    struct tally_row *rows = tally_flags(run, true, &count);
    bool done = rows != NULL &&
                buf_add_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites") &&
                add_attribute(out, "name", "hookgauge test") &&
                buf_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" time=\"%.3f\">\n",
                         run->count, counts.failed, run->seconds);
    for (size_t i = 0; done && i < count; i++) {
        done = add_suite(run, &rows[i], out);
    }
    free(rows);
    return done && buf_add_text(out, "</testsuites>\n");
}
