/* SPDX-License-Identifier: MIT
 *
 * hookgauge schemes --lint: what the signature of each scheme proves, and what it leaves open.
 */
#include "cli/schemes.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/scheme_json.h"

#define LINT_TEXT_MAX ((size_t) 1 << 20) /* bytes of all grades as JSON: a row has about 600 */

static const struct {
    hg_part part;
    const char *name;
} parts[] = {
    {HG_PART_BODY, "body"}, {HG_PART_TIME, "time"}, {HG_PART_EVENT, "event"}, {HG_PART_ID, "id"}};

enum { PARTS = sizeof parts / sizeof parts[0] };

/* Whether requests of the scheme carry that part at all. */
static bool carries(const hg_scheme_spec *row, hg_part part)
{
    switch (part) {
    case HG_PART_BODY: return true;
    case HG_PART_TIME: return row->timestamp.header != NULL || row->timestamp.item != NULL;
    case HG_PART_EVENT: return row->event.header != NULL;
    case HG_PART_ID: return row->id.header != NULL;
    }
    return false;
}

static const char *state_of(const hg_scheme *scheme, hg_part part)
{
    if (hg_scheme_binds(scheme, part)) {
        return "signed";
    }
    return carries(hg_scheme_row(scheme), part) ? "unsigned" : "-";
}

static bool print_row(const hg_scheme *scheme, struct buf *out)
{
    hg_weakness weak[HG_WEAKNESSES_MAX];
    size_t count = hg_scheme_weaknesses(scheme, weak);
    bool done = buf_addf(out, "%-25s %c    ", hg_scheme_row(scheme)->name, hg_scheme_grade(scheme));
    for (size_t i = 0; done && i < PARTS; i++) {
        done = buf_addf(out, " %-8s", state_of(scheme, parts[i].part));
    }
    for (size_t i = 0; done && i < (count > 0 ? count : 1); i++) {
        done = buf_addf(out, "%s%s", i > 0 ? ", " : " ", count > 0 ? weak[i].name : "none");
    }
    return done && buf_add_text(out, "\n");
}

static bool print_one(const hg_scheme *scheme, struct buf *out)
{
    hg_weakness weak[HG_WEAKNESSES_MAX];
    size_t count = hg_scheme_weaknesses(scheme, weak);
    bool done =
        buf_addf(out, "%s: grade %c\n", hg_scheme_row(scheme)->name, hg_scheme_grade(scheme));
    for (size_t i = 0; done && i < PARTS; i++) {
        done = buf_addf(out, "  %-6s %s\n", parts[i].name, state_of(scheme, parts[i].part));
    }
    for (size_t i = 0; done && i < count; i++) {
        done = buf_addf(out, "%s: %s\n", weak[i].name, weak[i].attack);
    }
    return done;
}

static bool print_json(const hg_scheme *scheme, struct buf *out)
{
    hg_weakness weak[HG_WEAKNESSES_MAX];
    size_t count = hg_scheme_weaknesses(scheme, weak);
    bool done = buf_addf(out, "{\"name\":\"%s\",\"grade\":\"%c\"", hg_scheme_row(scheme)->name,
                         hg_scheme_grade(scheme));
    for (size_t i = 0; done && i < PARTS; i++) {
        done = buf_addf(out, ",\"%s\":\"%s\"", parts[i].name, state_of(scheme, parts[i].part));
    }
    done = done && buf_add_text(out, ",\"weaknesses\":[");
    for (size_t i = 0; done && i < count; i++) {
        done = buf_addf(out, "%s{\"name\":\"%s\",\"attack\":", i > 0 ? "," : "", weak[i].name) &&
               json_add_text(out, hg_text(weak[i].attack)) && buf_add_text(out, "}");
    }
    return done && buf_add_text(out, "]}");
}

/* One scheme after the other through the same printer. */
static bool print_all(bool (*print)(const hg_scheme *scheme, struct buf *out), const char *between,
                      struct buf *out)
{
    const hg_scheme_spec *row;
    bool done = true;
    for (size_t i = 0; done && (row = hg_scheme_builtin(i)) != NULL; i++) {
        hg_scheme *scheme = NULL;
        done = hg_scheme_new(row, &scheme, NULL) == HG_OK &&
               buf_add_text(out, i > 0 ? between : "") && print(scheme, out);
        hg_scheme_free(scheme);
    }
    return done;
}

static bool lint_all(bool json, struct buf *out)
{
    if (json) {
        return buf_add_text(out, "[") && print_all(print_json, ",\n ", out) &&
               buf_add_text(out, "]\n");
    }
    return buf_addf(out, "%-25s %-5s %-8s %-8s %-8s %-8s %s\n", "NAME", "GRADE", "BODY", "TIME",
                    "EVENT", "ID", "WEAKNESSES") &&
           print_all(print_row, "", out);
}

bool schemes_lint(const char *name, bool json, struct fail *fail)
{
    struct buf out;
    hg_scheme *scheme = NULL;
    if (name != NULL && !scheme_open(name, &scheme, fail)) {
        return false;
    }
    buf_init(&out, LINT_TEXT_MAX);
    bool done = name == NULL ? lint_all(json, &out)
                : json       ? print_json(scheme, &out) && buf_add_text(&out, "\n")
                             : print_one(scheme, &out);
    if (done) {
        (void) fwrite(out.ptr, 1, out.len, stdout); /* main looks at stdout's state */
    }
    buf_free(&out);
    hg_scheme_free(scheme);
    return done || fail_set(fail, EXIT_UNKNOWN, "out of memory");
}
