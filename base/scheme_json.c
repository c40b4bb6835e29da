/* SPDX-License-Identifier: MIT
 *
 * Schemes in their JSON form. What a row means is the library's to judge; here only the form is
 * checked, and that no part is named without what it needs: a row whose time is lost through a
 * slip of the pen would be one that never notices a replay.
 */
#include "base/scheme_json.h"

#include <string.h>

#include "base/file.h"
#include "base/scheme_names.h"

static const char *const row_members[] = {"name",  "basis",  "source",    "algorithm",
                                          "key",   "signed", "signature", "timestamp",
                                          "event", "id",     NULL};
static const char *const signature_members[] = {"header",   "prefix",  "item", "separator",
                                                "encoding", "several", NULL};
static const char *const timestamp_members[] = {"header", "item", "format", "tolerance_s", NULL};
static const char *const event_members[] = {"header", "grammar", NULL};
static const char *const id_members[] = {"header", NULL};

/* ---- Reading --------------------------------------------------------------------------------- */

static bool need_text(const struct json *object, const char *name, const char **out,
                      struct fail *fail)
{
    struct json member;
    return json_need(object, name, &member, fail) && json_text(&member, out, fail);
}

static bool read_signature(const struct json *row, hg_scheme_spec *spec, struct fail *fail)
{
    struct json at;
    return json_need(row, "signature", &at, fail) && json_object(&at, signature_members, fail) &&
           need_text(&at, "header", &spec->signature.header, fail) &&
           need_text(&at, "item", &spec->signature.item, fail) &&
           json_opt_text(&at, "prefix", &spec->signature.prefix, fail) &&
           json_opt_text(&at, "separator", &spec->signature.separator, fail) &&
           need_text(&at, "encoding", &spec->signature.encoding, fail) &&
           json_opt_text(&at, "several", &spec->signature.several, fail);
}

static bool read_timestamp(const struct json *row, hg_scheme_spec *spec, struct fail *fail)
{
    struct json at;
    spec->timestamp.tolerance_s = HG_NO_TOLERANCE;
    if (!json_get(row, "timestamp", &at)) {
        return true;
    }
    if (!json_object(&at, timestamp_members, fail) ||
        !json_opt_text(&at, "header", &spec->timestamp.header, fail) ||
        !json_opt_text(&at, "item", &spec->timestamp.item, fail)) {
        return false;
    }
    if ((spec->timestamp.header == NULL) == (spec->timestamp.item == NULL)) {
        return json_fail(&at, fail, "needs either \"header\" or \"item\"");
    }
    return need_text(&at, "format", &spec->timestamp.format, fail) &&
           json_opt_int(&at, "tolerance_s", 0, HG_TOLERANCE_MAX, &spec->timestamp.tolerance_s,
                        fail);
}

static bool read_event(const struct json *row, hg_scheme_spec *spec, struct fail *fail)
{
    struct json at;
    return !json_get(row, "event", &at) ||
           (json_object(&at, event_members, fail) &&
            need_text(&at, "header", &spec->event.header, fail) &&
            json_opt_text(&at, "grammar", &spec->event.grammar, fail));
}

static bool read_id(const struct json *row, hg_scheme_spec *spec, struct fail *fail)
{
    struct json at;
    return !json_get(row, "id", &at) ||
           (json_object(&at, id_members, fail) && need_text(&at, "header", &spec->id.header, fail));
}

static bool read_row(const struct json *at, hg_scheme_spec *spec, struct fail *fail)
{
    return json_object(at, row_members, fail) && need_text(at, "name", &spec->name, fail) &&
           need_text(at, "basis", &spec->basis, fail) &&
           json_opt_text(at, "source", &spec->source, fail) &&
           need_text(at, "algorithm", &spec->algorithm, fail) &&
           need_text(at, "key", &spec->key, fail) &&
           need_text(at, "signed", &spec->signed_text, fail) && read_signature(at, spec, fail) &&
           read_timestamp(at, spec, fail) && read_event(at, spec, fail) && read_id(at, spec, fail);
}

/* The library names the place within the row, "$.signature.item": the row's own place goes before
 * it. */
static bool refused(const struct json *at, hg_status status, const hg_error *error,
                    struct fail *fail)
{
    char path[JSON_PATH_MAX];
    if (hg_status_class(status) == HG_CLASS_SYSTEM) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: %s", at->file, hg_status_text(status));
    }
    json_path(at, path, sizeof path);
    return fail_set(fail, EXIT_USAGE, "%s: %s%s: %s", at->file, path,
                    error->where[0] == '$' ? error->where + 1 : error->where,
                    error->what[0] != '\0' ? error->what : hg_status_text(status));
}

bool scheme_from_json(const struct json *at, hg_scheme **scheme, struct fail *fail)
{
    hg_scheme_spec spec = {0};
    hg_error error = {0};
    if (!read_row(at, &spec, fail)) {
        return false;
    }
    hg_status status = hg_scheme_new(&spec, scheme, &error);
    return status == HG_OK || refused(at, status, &error, fail);
}

/* ---- By name or file ------------------------------------------------------------------------- */

static bool is_file(const char *text)
{
    static const char ending[] = ".json";
    size_t length = strlen(text);
    size_t tail = sizeof ending - 1;
    return strchr(text, '/') != NULL ||
           (length >= tail && strcmp(text + length - tail, ending) == 0);
}

static bool open_file(const char *path, hg_scheme **scheme, struct fail *fail)
{
    struct buf text;
    cJSON *tree = NULL;
    buf_init(&text, SCHEME_FILE_MAX);
    bool done = file_read(path, &text, fail) && json_parse(buf_str(&text), path, &tree, fail);
    if (done) {
        struct json root = json_root(tree, path);
        done = scheme_from_json(&root, scheme, fail);
    }
    cJSON_Delete(tree);
    buf_free(&text);
    return done;
}

bool scheme_open(const char *name_or_file, hg_scheme **scheme, struct fail *fail)
{
    hg_error error = {0};
    if (is_file(name_or_file)) {
        return open_file(name_or_file, scheme, fail);
    }
    hg_status status = hg_scheme_open(name_or_file, scheme, &error);
    if (status == HG_OK) {
        return true;
    }
    if (status == HG_BAD_SCHEME) {
        return scheme_unknown(name_or_file, fail);
    }
    return fail_set(fail, EXIT_UNKNOWN, "scheme %s: %s", name_or_file, hg_status_text(status));
}

/* ---- Writing --------------------------------------------------------------------------------- */

struct writer {
    struct buf *out;
    bool indented;
    int depth;
    bool first; /* no member of the open object has been written yet */
    bool done;  /* false once an addition failed */
};

static void put(struct writer *w, const char *text)
{
    w->done = w->done && buf_add_text(w->out, text);
}

static void put_break(struct writer *w)
{
    if (w->indented) {
        w->done = w->done && buf_addf(w->out, "\n%*s", w->depth * 2, "");
    }
}

static void put_name(struct writer *w, const char *name)
{
    put(w, w->first ? "" : ",");
    put_break(w);
    w->done = w->done && buf_addf(w->out, "\"%s\":%s", name, w->indented ? " " : "");
    w->first = false;
}

static void put_text(struct writer *w, const char *name, const char *value)
{
    if (value != NULL) {
        put_name(w, name);
        w->done = w->done && json_add_text(w->out, hg_text(value));
    }
}

static void put_open(struct writer *w)
{
    put(w, "{");
    w->depth++;
    w->first = true;
}

static void put_close(struct writer *w)
{
    w->depth--;
    put_break(w);
    put(w, "}");
    w->first = false;
}

static void put_signature(struct writer *w, const hg_scheme_spec *row)
{
    put_name(w, "signature");
    put_open(w);
    put_text(w, "header", row->signature.header);
    put_text(w, "prefix", row->signature.prefix);
    put_text(w, "item", row->signature.item);
    put_text(w, "separator", row->signature.separator);
    put_text(w, "encoding", row->signature.encoding);
    put_text(w, "several", row->signature.several);
    put_close(w);
}

static void put_timestamp(struct writer *w, const hg_scheme_spec *row)
{
    if (row->timestamp.header == NULL && row->timestamp.item == NULL) {
        return;
    }
    put_name(w, "timestamp");
    put_open(w);
    put_text(w, "header", row->timestamp.header);
    put_text(w, "item", row->timestamp.item);
    put_text(w, "format", row->timestamp.format);
    if (row->timestamp.tolerance_s != HG_NO_TOLERANCE) {
        put_name(w, "tolerance_s");
        w->done = w->done && buf_addf(w->out, "%lld", (long long) row->timestamp.tolerance_s);
    }
    put_close(w);
}

static void put_event(struct writer *w, const hg_scheme_spec *row)
{
    if (row->event.header != NULL) {
        put_name(w, "event");
        put_open(w);
        put_text(w, "header", row->event.header);
        put_text(w, "grammar", row->event.grammar);
        put_close(w);
    }
}

static void put_id(struct writer *w, const hg_scheme_spec *row)
{
    if (row->id.header != NULL) {
        put_name(w, "id");
        put_open(w);
        put_text(w, "header", row->id.header);
        put_close(w);
    }
}

bool scheme_to_json(const hg_scheme_spec *row, bool indented, struct buf *out)
{
    struct writer w = {.out = out, .indented = indented, .first = true, .done = true};
    put_open(&w);
    put_text(&w, "name", row->name);
    put_text(&w, "basis", row->basis);
    put_text(&w, "source", row->source);
    put_text(&w, "algorithm", row->algorithm);
    put_text(&w, "key", row->key);
    put_text(&w, "signed", row->signed_text);
    put_signature(&w, row);
    put_timestamp(&w, row);
    put_event(&w, row);
    put_id(&w, row);
    put_close(&w);
    return w.done;
}
