/* SPDX-License-Identifier: MIT
 *
 * What a run found, as SARIF 2.1.0: a rule a flag, a result a failed case. Members keep one order,
 * and a result's fingerprint is made of the target, the scheme and the case, so that a service
 * that compares two runs sees a fault come and go.
 */
#include <stdlib.h>
#include <string.h>

#include "harness/report.h"
#include "harness/tally.h"

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"
#define WEAKNESS "https://cwe.mitre.org/data/definitions/%s.html"
#define CWE "CWE-" /* then the number, in a note of the vectors */

static bool add_text(struct buf *out, const char *name, const char *text)
{
    return buf_addf(out, "\"%s\": ", name) && json_add_text(out, hg_text(text));
}

static bool add_message(struct buf *out, const char *name, const char *text)
{
    return buf_addf(out, "\"%s\": {", name) && add_text(out, "text", text) &&
           buf_add_text(out, "}");
}

/* A rule's id must be a word: that of the valid deliveries loses its brackets. */
static const char *rule_id(const char *group)
{
    return strcmp(group, TALLY_VALID) == 0 ? "Valid" : group;
}

/* ---- Rules ----------------------------------------------------------------------------------- */

/* The note again, as a sentence, and how to run the rule's cases. */
static bool add_help(const struct tally_row *row, struct buf *out)
{
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = buf_addf(&text, "A target that fails such a case %s.", row->note) &&
                (strcmp(row->name, TALLY_VALID) == 0 ||
                 buf_addf(&text, " \"hookgauge test TARGET --only flag:%s\" runs them alone.",
                          row->name)) &&
                add_message(out, "help", text.ptr);
    buf_free(&text);
    return done;
}

/* The digits of a flag's weakness; NULL where the file names none, or not in that form. */
static const char *weakness_of(const struct vector_file *file, const char *flag)
{
    const struct vector_note *note = vector_flag(file, flag);
    if (note == NULL || note->cwe == NULL || strncmp(note->cwe, CWE, strlen(CWE)) != 0) {
        return NULL;
    }
    const char *digits = note->cwe + strlen(CWE);
    return digits[0] != '\0' && digits[strspn(digits, "0123456789")] == '\0' ? digits : NULL;
}

static bool add_rule(const struct vector_file *file, const struct tally_row *row, struct buf *out)
{
    const char *cwe = weakness_of(file, row->name);
    bool done = buf_add_text(out, "        {") && add_text(out, "id", rule_id(row->name)) &&
                buf_add_text(out, ", ") && add_message(out, "shortDescription", row->note) &&
                buf_add_text(out, ",\n         ") && add_help(row, out);
    if (done && cwe != NULL) {
        done = buf_addf(out,
                        ",\n         \"helpUri\": \"" WEAKNESS "\", \"properties\": {\"tags\": "
                        "[\"security\", \"external/cwe/cwe-%s\"]}",
                        cwe, cwe);
    }
    return done && buf_add_text(out, "}");
}

static bool add_rules(const struct vector_file *file, const struct tally_row *rows, size_t count,
                      struct buf *out)
{
    bool done = buf_add_text(out, "      \"rules\": [");
    for (size_t i = 0; done && i < count; i++) {
        done = buf_add_text(out, i == 0 ? "\n" : ",\n") && add_rule(file, &rows[i], out);
    }
    return done && buf_add_text(out, "\n      ]\n");
}

/* ---- Results --------------------------------------------------------------------------------- */

static size_t rule_index(const struct tally_row *rows, const char *group)
{
    size_t index = 0;
    while (strcmp(rows[index].name, group) != 0) { /* each case's group has a row */
        index++;
    }
    return index;
}

/* One sentence after the other, since most viewers show nothing else. */
static bool add_story(const struct run *run, size_t index, struct buf *out)
{
    const char *meaning = report_meaning(run, index);
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done =
        buf_add_text(&text, run->cases[index]->id) && buf_add_text(&text, ": expected ") &&
        report_expected(run, index, &text) && buf_add_text(&text, ", got ") &&
        report_got(run, index, &text) && buf_add_text(&text, ". Sent: ") &&
        report_sent(run, index, &text) && buf_add_text(&text, ".") &&
        (meaning[0] == '\0' || (buf_add_text(&text, " The target ") &&
                                buf_add_text(&text, meaning) && buf_add_text(&text, "."))) &&
        buf_add_text(&text, " Reproduce: ") && report_again(run, index, &text) &&
        add_message(out, "message", text.ptr);
    buf_free(&text);
    return done;
}

/* The vectors' file as the place: a target has no source file that we know, and services want one.
 */
static bool add_place(const struct run *run, size_t index, struct buf *out)
{
    const char *path = run->set.vectors != NULL ? run->set.vectors : run->file->name;
    bool done = buf_add_text(out, "\"locations\": [{\"physicalLocation\": {\"artifactLocation\": "
                                  "{\"uri\": \"") &&
                (run->set.vectors != NULL || buf_add_text(out, "vectors/"));
    for (; done && *path != '\0'; path++) {
        bool plain = strchr("%?#:\"<>\\^`{|}", *path) == NULL && *path > ' ' && *path < 0x7f;
        done = plain ? buf_add(out, path, 1) : buf_addf(out, "%%%02X", (unsigned char) *path);
    }
    return done &&
           buf_add_text(out, "\"}, \"region\": {\"startLine\": 1}},\n        "
                             "\"logicalLocations\": [{") &&
           add_text(out, "name", run->cases[index]->id) &&
           buf_add_text(out, ", \"kind\": \"test\", ") &&
           add_text(out, "fullyQualifiedName", run->set.target) && buf_add_text(out, "}]}]");
}

static bool add_print(const struct run *run, size_t index, struct buf *out)
{
    const char *scheme = hg_scheme_row(run->file->scheme)->name;
    struct buf text;
    buf_init(&text, REPORT_MAX);
    bool done = buf_addf(&text, "%s %s %s", run->set.target, scheme, run->cases[index]->id) &&
                buf_add_text(out, "\"partialFingerprints\": {") &&
                add_text(out, "hookgauge/v1", text.ptr) && buf_add_text(out, "}");
    buf_free(&text);
    return done;
}

static bool add_result(const struct run *run, size_t index, size_t rule, struct buf *out)
{
    const struct vector_case *one = run->cases[index];
    return buf_add_text(out, "      {") && add_text(out, "ruleId", rule_id(tally_group(one))) &&
           buf_addf(out, ", \"ruleIndex\": %zu, \"level\": \"%s\",\n       ", rule,
                    run_excuse(run, index) != NULL ? "warning" : "error") &&
           (run->outcomes[index].known == 0 ||
            buf_add_text(out, "\"suppressions\": [{\"kind\": \"external\"}],\n       ")) &&
           add_story(run, index, out) && buf_add_text(out, ",\n       ") &&
           add_place(run, index, out) && buf_add_text(out, ",\n       ") &&
           add_print(run, index, out) && buf_add_text(out, "}");
}

static bool add_results(const struct run *run, const struct tally_row *rows, struct buf *out)
{
    const char *between = "\n";
    bool done = buf_add_text(out, "    \"results\": [");
    for (size_t i = 0; done && i < run->count; i++) {
        if (run->outcomes[i].result == OUTCOME_FAILED) {
            size_t rule = rule_index(rows, tally_group(run->cases[i]));
            done = buf_add_text(out, between) && add_result(run, i, rule, out);
            between = ",\n";
        }
    }
    return done && buf_add_text(out, "\n    ]\n");
}

/* ---- The log --------------------------------------------------------------------------------- */

static bool add_invocation(const struct run *run, struct buf *out)
{
    const hg_scheme_spec *row = hg_scheme_row(run->file->scheme);
    enum exit_code code = run_exit(run);
    return buf_addf(out,
                    "    \"invocations\": [{\"executionSuccessful\": %s, \"exitCode\": %d}],\n"
                    "    \"properties\": {",
                    code == EXIT_UNKNOWN ? "false" : "true", (int) code) &&
           add_text(out, "target", run->set.target) && buf_add_text(out, ", ") &&
           add_text(out, "scheme", row->name) && buf_add_text(out, ", ") &&
           add_text(out, "basis", row->basis) && buf_addf(out, ", \"cases\": %zu},\n", run->count);
}

bool report_sarif(const struct run *run, struct buf *out)
{
    size_t count = 0;
    struct tally_row *rows = tally_flags(run, true, &count);
    bool done =
        rows != NULL &&
        buf_add_text(out, "{\n  \"$schema\": \"" SCHEMA "\",\n  \"version\": \"2.1.0\",\n"
                          "  \"runs\": [{\n    \"tool\": {\"driver\": {\n"
                          "      \"name\": \"hookgauge\", \"version\": \"" HG_VERSION "\",\n") &&
        add_rules(run->file, rows, count, out) && buf_add_text(out, "    }},\n") &&
        add_invocation(run, out) && add_results(run, rows, out);
    free(rows);
    return done && buf_add_text(out, "  }]\n}\n");
}
