/* SPDX-License-Identifier: MIT
 *
 * hookgauge schemes as tables: for a terminal of 100 columns, and as docs/schemes.md.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/providers.h"
#include "cli/schemes.h"
#include "hookgauge.h"

#define TABLE_MAX ((size_t) 1 << 20) /* bytes of a table: a row has at most 400 */
#define SIGNED_WIDTH 30              /* columns of a signed text: all fit but fal-ai's */

static bool write_out(struct buf *out, bool done, struct fail *fail)
{
    if (done) {
        (void) fwrite(out->ptr, 1, out->len, stdout); /* main looks at stdout's state */
    }
    buf_free(out);
    return done || fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

/* A template on one line: a line feed as JSON writes it, and a bar as the table wants it. */
static bool add_signed(const char *text, const char *bar, struct buf *out)
{
    bool done = true;
    for (; done && *text != '\0'; text++) {
        done = *text == '\n'  ? buf_add_text(out, "\\n")
               : *text == '|' ? buf_add_text(out, bar)
                              : buf_add(out, text, 1);
    }
    return done;
}

/* ---- For a terminal -------------------------------------------------------------------------- */

/* Two names and two headers are longer than their columns: their signed texts leave the room. */
static bool add_line(const hg_scheme_spec *row, struct buf *out)
{
    static const char cut[] = "...";
    bool done = buf_addf(out, "%-17s %-10s %-11s %-27s ", row->name, row->basis, row->algorithm,
                         row->signature.header);
    size_t from = out->len;
    done = done && add_signed(row->signed_text, "|", out);
    if (done && out->len - from > SIGNED_WIDTH) {
        out->len = from + SIGNED_WIDTH - (sizeof cut - 1);
        done = buf_add_text(out, cut);
    }
    return done && buf_add_text(out, "\n");
}

bool schemes_table(struct fail *fail)
{
    struct buf out;
    const hg_scheme_spec *row;
    buf_init(&out, TABLE_MAX);
    bool done = buf_addf(&out, "%-17s %-10s %-11s %-27s %s\n", "NAME", "BASIS", "ALGORITHM",
                         "SIGNATURE HEADER", "SIGNED TEXT");
    for (size_t i = 0; done && (row = hg_scheme_builtin(i)) != NULL; i++) {
        done = add_line(row, &out);
    }
    return write_out(&out, done, fail);
}

bool schemes_absent(struct fail *fail)
{
    struct buf out;
    const hg_absent *absent;
    buf_init(&out, TABLE_MAX);
    bool done = true;
    for (size_t i = 0; done && (absent = hg_scheme_absent(i)) != NULL; i++) {
        done = buf_addf(&out, "%-14s %s\n", absent->name, absent->reason);
    }
    return write_out(&out, done, fail);
}

/* ---- For people with a browser --------------------------------------------------------------- */

static const char before_rows[] =
    "# Built-in schemes\n"
    "\n"
    "<!-- hookgauge schemes --markdown wrote this page; a test compares the two. -->\n"
    "\n"
    "How each provider signs its webhooks, as `--scheme NAME` of every command has it. `hookgauge\n"
    "schemes NAME` prints a row as JSON, to be changed and read back with `--scheme FILE`, and\n"
    "`hookgauge schemes NAME --lint` says what a valid signature does not prove.\n"
    "\n"
    "*Bound* is what nobody can change without the secret. A time has the seconds that it may\n"
    "differ from the receiver's clock, as the provider states them; where it states none the age\n"
    "is not judged, and a row of your own with a `tolerance_s` does it. An event or id that is\n"
    "not bound is only what the request claims.\n"
    "\n"
    "*Basis*: documented is the provider's own text or code, observed is what the code of others\n"
    "does, assumed is our reading, which nobody has confirmed.\n"
    "\n"
    "| Name | Providers | Signature | Signed text | Bound | Note | Basis | Source |\n"
    "|---|---|---|---|---|---|---|---|\n";

static const char before_absent[] =
    "\n"
    "## What is left out\n"
    "\n"
    "A row is data: what the engine's words can't say has none, and neither has what is no\n"
    "signature. `--scheme` with such a name says the reason.\n"
    "\n"
    "| Name | It |\n"
    "|---|---|\n";

static bool add_bound(const hg_scheme *scheme, struct buf *out)
{
    const hg_scheme_spec *row = hg_scheme_row(scheme);
    bool done = buf_add_text(out, hg_scheme_binds(scheme, HG_PART_BODY) ? "body" : "**no body**");
    if (done && hg_scheme_binds(scheme, HG_PART_TIME)) {
        done = row->timestamp.tolerance_s == HG_NO_TOLERANCE
                   ? buf_add_text(out, ", time (no window)")
                   : buf_addf(out, ", time (%lld s)", (long long) row->timestamp.tolerance_s);
    }
    if (done && hg_scheme_binds(scheme, HG_PART_EVENT)) {
        done = buf_add_text(out, ", event");
    }
    if (done && hg_scheme_binds(scheme, HG_PART_ID)) {
        done = buf_add_text(out, ", id");
    }
    bool url = strstr(row->signed_text, "{url}") != NULL || strstr(row->signed_text, "{path}");
    return done && (!url || buf_add_text(out, ", URL"));
}

/* What follows the header's name where it may occur several times. */
static const char *several_text(const hg_scheme_spec *row)
{
    if (row->signature.several == NULL) {
        return "`";
    }
    return strcmp(row->signature.several, "numbered") == 0 ? "-1` to `-99`" : "`, repeated";
}

static bool add_signature(const hg_scheme_spec *row, struct buf *out)
{
    bool text = strcmp(row->key, "utf8") == 0; /* the secret's own bytes, as for most */
    return buf_addf(
        out, "%s%s%s, %s in `%s%s: `%s%s`", row->algorithm, text ? "" : " with a key in ",
        text ? "" : row->key, row->signature.encoding, row->signature.header, several_text(row),
        row->signature.prefix != NULL ? row->signature.prefix : "", row->signature.item);
}

static bool add_row(const hg_scheme_spec *row, struct buf *out)
{
    hg_scheme *scheme = NULL;
    const struct provider *provider = provider_of(row->name);
    if (provider == NULL || hg_scheme_new(row, &scheme, NULL) != HG_OK) {
        return false;
    }
    bool done = buf_addf(out, "| `%s` | %s | ", row->name, provider->names) &&
                add_signature(row, out) && buf_add_text(out, " | `") &&
                add_signed(row->signed_text, "\\|", out) && buf_add_text(out, "` | ") &&
                add_bound(scheme, out) &&
                buf_addf(out, " | %s | %s | %s |\n", provider->note != NULL ? provider->note : "",
                         row->basis, row->source);
    hg_scheme_free(scheme);
    return done;
}

bool schemes_markdown(struct fail *fail)
{
    struct buf out;
    const hg_scheme_spec *row;
    const hg_absent *absent;
    buf_init(&out, TABLE_MAX);
    bool done = buf_add_text(&out, before_rows);
    for (size_t i = 0; done && (row = hg_scheme_builtin(i)) != NULL; i++) {
        done = add_row(row, &out);
    }
    done = done && buf_add_text(&out, before_absent);
    for (size_t i = 0; done && (absent = hg_scheme_absent(i)) != NULL; i++) {
        done = buf_addf(&out, "| `%s` | %s |\n", absent->name, absent->reason);
    }
    return write_out(&out, done, fail);
}
