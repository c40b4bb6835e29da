/* SPDX-License-Identifier: MIT
 *
 * Lines that repeat a case.
 */
#include "harness/repro.h"

#include <string.h>
#include <strings.h>

#include "harness/select.h"

static bool is_plain_word(hg_str text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-_./:=,@%+";
    for (size_t i = 0; i < text.len; i++) {
        if (memchr(plain, text.ptr[i], sizeof plain - 1) == NULL) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_printable(hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char) text.ptr[i] < ' ') { /* json_plain lets tab and line ends pass */
            return false;
        }
    }
    return json_plain(text);
}

/* Within single quotes a shell reads everything as it is but the quote itself. */
static bool add_quoted(struct buf *out, hg_str text)
{
    bool done = buf_add_text(out, "'");
    for (size_t i = 0; done && i < text.len; i++) {
        done = text.ptr[i] == '\'' ? buf_add_text(out, "'\\''") : buf_add(out, text.ptr + i, 1);
    }
    return done && buf_add_text(out, "'");
}

bool repro_quote(struct buf *out, hg_str text)
{
    if (!is_printable(text)) {
        return false;
    }
    return is_plain_word(text) ? buf_add_str(out, text) : add_quoted(out, text);
}

/* ---- curl ------------------------------------------------------------------------------------ */

static bool is_header(hg_str name, const char *known)
{
    return name.len == strlen(known) && strncasecmp(name.ptr, known, name.len) == 0;
}

static bool add_header(struct buf *out, const hg_header *header, bool hidden)
{
    struct buf line;
    if (!is_printable(header->name) || !is_printable(header->value)) {
        return false;
    }
    buf_init(&line, header->name.len + header->value.len + 2);
    /* "Name;" is curl's way to say a header without a value. */
    bool done = buf_add_str(&line, header->name) &&
                buf_add_text(&line, header->value.len == 0 ? ";" : ": ") &&
                (hidden || buf_add_str(&line, header->value)) && buf_add_text(out, " -H ") &&
                add_quoted(out, buf_str(&line)) &&
                (!hidden || header->value.len == 0 || buf_add_text(out, "\"$SIGNATURE\""));
    buf_free(&line);
    return done;
}

static bool add_headers(struct buf *out, const hg_scheme *scheme, const struct made *made,
                        bool signed_in_public)
{
    bool typed = false;
    for (size_t i = 0; i < made->request.header_count; i++) {
        const hg_header *header = &made->request.headers[i];
        bool signature = is_header(header->name, hg_scheme_row(scheme)->signature.header);
        typed = typed || is_header(header->name, "Content-Type");
        if (!add_header(out, header, signature && !signed_in_public)) {
            return false;
        }
    }
    return (typed || buf_add_text(out, " -H 'Content-Type:'")) &&
           (!made->chunked || buf_add_text(out, " -H 'Transfer-Encoding: chunked'"));
}

static bool add_command(struct buf *out, const hg_scheme *scheme, const struct made *made,
                        const char *url, bool signed_in_public)
{
    hg_str body = made->request.body;
    return (signed_in_public || !made->misplaced) && body.len <= REPRO_BODY_MAX &&
           json_plain(body) && buf_add_text(out, "curl -sS -i --path-as-is --globoff -X ") &&
           repro_quote(out, made->request.method) &&
           add_headers(out, scheme, made, signed_in_public) && buf_add_text(out, " --data-raw ") &&
           add_quoted(out, body) && buf_add_text(out, " ") && repro_quote(out, hg_text(url));
}

bool repro_curl(struct buf *out, const hg_scheme *scheme, const struct made *made, const char *url,
                bool signed_in_public)
{
    size_t from = out->len;
    if (add_command(out, scheme, made, url, signed_in_public)) {
        return true;
    }
    out->len = from;
    return false;
}

/* ---- hookgauge test -------------------------------------------------------------------------- */

static bool add_option(struct buf *out, const char *name, const char *value)
{
    return value == NULL || (buf_addf(out, " --%s ", name) && repro_quote(out, hg_text(value)));
}

bool repro_test(const struct run *run, size_t index, struct buf *out)
{
    const struct run_settings *set = &run->set;
    size_t from = out->len;
    struct buf glob;
    buf_init(&glob, 4096);
    bool done =
        select_exact(&glob, run->cases[index]->id) && buf_add_text(out, "hookgauge test ") &&
        repro_quote(out, hg_text(set->target)) && add_option(out, "scheme", set->scheme_name) &&
        add_option(out, "vectors", set->vectors) && add_option(out, "secret", set->secret_src) &&
        (set->slack_s == RUN_SLACK_DEFAULT || buf_addf(out, " --slack %ld", set->slack_s)) &&
        (run->cases[index]->expect_stored < 0 || add_option(out, "stored", set->stored)) &&
        add_option(out, "only", glob.ptr);
    buf_free(&glob);
    if (!done) {
        out->len = from;
    }
    return done;
}
