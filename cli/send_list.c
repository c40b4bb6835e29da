/* SPDX-License-Identifier: MIT
 *
 * `hookgauge send --config F --list`: the settings as a table or as JSON. The secret is shown as
 * "***"; a URL whose variable is not set is shown as where it would come from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/secret.h"
#include "cli/send.h"

#define CELLS 7                     /* columns of the table */
#define CELL_MAX ((size_t) 1 << 20) /* bytes of a cell: a settings file is not larger */
#define OUT_MAX ((size_t) 64 << 20) /* bytes of the whole output: the file's size escaped */

static const char *const titles[CELLS] = {"name", "item type", "actions", "objects",
                                          "URL",  "signed",    "enabled"};

/* The one reason for which a listed webhook may stay closed. */
static bool is_unset(const struct webhook *webhook)
{
    return strncmp(webhook->url, "env:", 4) == 0 && getenv(webhook->url + 4) == NULL;
}

static bool show_url(const struct webhook *webhook, struct buf *out)
{
    return webhook->is_open ? external_url_masked(&webhook->endpoint.url, "***", out)
                            : buf_addf(out, "%s (not set)", webhook->url);
}

/* ---- The table ------------------------------------------------------------------------------- */

static bool show_actions(const struct webhook *webhook, struct buf *out)
{
    for (size_t i = 0; i < HG_ACTIONS; i++) {
        if (webhook->actions[i]) {
            (void) buf_addf(out, "%s%s", out->len > 0 ? ", " : "", hg_action_at(i));
        }
    }
    return !out->failed;
}

static bool show_objects(const struct webhook *webhook, struct buf *out)
{
    for (size_t i = 0; i < webhook->object_count; i++) {
        (void) buf_addf(out, "%s%s", i > 0 ? ", " : "", webhook->objects[i]);
    }
    return webhook->object_count > 0 || buf_add_text(out, "all");
}

static bool fill_cells(const struct webhook *webhook, struct buf cells[CELLS])
{
    for (size_t i = 0; i < CELLS; i++) {
        buf_init(&cells[i], CELL_MAX);
    }
    const char *is_signed = !webhook->is_open                 ? "?"
                            : webhook->endpoint.url.is_signed ? "yes"
                                                              : "no";
    return buf_add_text(&cells[0], webhook->name != NULL ? webhook->name : "-") &&
           buf_add_text(&cells[1], webhook->type->name) && show_actions(webhook, &cells[2]) &&
           show_objects(webhook, &cells[3]) && show_url(webhook, &cells[4]) &&
           buf_add_text(&cells[5], is_signed) &&
           buf_add_text(&cells[6], webhook->enabled ? "yes" : "no");
}

/* In characters, as far as one is as wide as another. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; text != NULL && *text != '\0'; text++) {
        width += ((unsigned char) *text & 0xc0) != 0x80 ? 1 : 0;
    }
    return width;
}

static void print_row(const char *const cells[CELLS], const size_t widths[CELLS])
{
    for (size_t i = 0; i < CELLS; i++) {
        size_t pad = i + 1 < CELLS ? widths[i] - width_of(cells[i]) + 2 : 0;
        (void) printf("%s%*s", cells[i], (int) pad, "");
    }
    (void) putchar('\n');
}

static void print_rows(struct buf (*rows)[CELLS], size_t count)
{
    size_t widths[CELLS];
    for (size_t i = 0; i < CELLS; i++) {
        widths[i] = width_of(titles[i]);
        for (size_t j = 0; j < count; j++) {
            size_t width = width_of(rows[j][i].ptr);
            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    print_row(titles, widths);
    for (size_t j = 0; j < count; j++) {
        const char *cells[CELLS];
        for (size_t i = 0; i < CELLS; i++) {
            cells[i] = rows[j][i].ptr;
        }
        print_row(cells, widths);
    }
}

static bool list_table(const struct settings *settings, struct fail *fail)
{
    const hg_scheme_spec *row = hg_scheme_row(settings->scheme);
    struct buf(*rows)[CELLS] = calloc(settings->count + 1, sizeof *rows);
    bool done = rows != NULL;
    for (size_t i = 0; done && i < settings->count; i++) {
        done = fill_cells(&settings->webhooks[i], rows[i]);
    }
    if (done) {
        print_rows(rows, settings->count);
        (void) printf("scheme %s (%s)\n", row->name, row->basis);
    }
    for (size_t i = 0; rows != NULL && i < settings->count; i++) {
        for (size_t j = 0; j < CELLS; j++) {
            buf_free(&rows[i][j]);
        }
    }
    free(rows);
    return done || fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void json_webhook(const struct webhook *webhook, struct buf *out)
{
    const char *mark = "";
    (void) buf_add_text(out, "{");
    if (webhook->name != NULL) {
        (void) buf_add_text(out, "\"name\":");
        (void) json_add_text(out, hg_text(webhook->name));
        (void) buf_add_text(out, ",");
    }
    (void) buf_addf(out, "\"item_type\":\"%s\",\"actions\":[", webhook->type->id);
    for (size_t i = 0; i < HG_ACTIONS; i++) {
        if (webhook->actions[i]) {
            (void) buf_addf(out, "%s\"%s\"", mark, hg_action_at(i));
            mark = ",";
        }
    }
    (void) buf_add_text(out, "],\"objects\":[");
    for (size_t i = 0; i < webhook->object_count; i++) {
        (void) buf_add_text(out, i > 0 ? "," : "");
        (void) json_add_text(out, hg_text(webhook->objects[i]));
    }
    (void) buf_add_text(out, "],");
}

static void json_endpoint(const struct webhook *webhook, struct buf *out)
{
    struct buf url;
    buf_init(&url, CELL_MAX);
    if (secret_is_src(webhook->url)) {
        (void) buf_add_text(out, "\"source\":");
        (void) json_add_text(out, hg_text(webhook->url));
        (void) buf_add_text(out, ",");
    }
    if (webhook->is_open) {
        (void) show_url(webhook, &url);
        (void) buf_add_text(out, "\"url\":");
        (void) json_add_text(out, buf_str(&url));
        (void) buf_addf(out, ",\"signed\":%s", webhook->endpoint.url.is_signed ? "true" : "false");
    } else {
        (void) buf_add_text(out, "\"url\":null,\"signed\":null");
    }
    (void) buf_addf(out, ",\"enabled\":%s}", webhook->enabled ? "true" : "false");
    buf_free(&url);
}

static bool list_json(const struct settings *settings, struct fail *fail)
{
    const hg_scheme_spec *row = hg_scheme_row(settings->scheme);
    struct buf out;
    buf_init(&out, OUT_MAX);
    (void) buf_add_text(&out, "{\"webhooks\":[");
    for (size_t i = 0; i < settings->count; i++) {
        (void) buf_add_text(&out, i > 0 ? "," : "");
        json_webhook(&settings->webhooks[i], &out);
        json_endpoint(&settings->webhooks[i], &out);
    }
    (void) buf_add_text(&out, "],\"scheme\":");
    (void) json_add_text(&out, hg_text(row->name));
    (void) buf_add_text(&out, ",\"basis\":");
    (void) json_add_text(&out, hg_text(row->basis));
    bool done = buf_add_text(&out, "}\n");
    if (done) {
        (void) fwrite(out.ptr, 1, out.len, stdout);
    }
    buf_free(&out);
    return done || fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

bool send_list(struct settings *settings, bool json, struct fail *fail)
{
    for (size_t i = 0; i < settings->count; i++) {
        struct webhook *webhook = &settings->webhooks[i];
        if (!is_unset(webhook) && !webhook_open(settings, webhook, fail)) {
            return false;
        }
    }
    return json ? list_json(settings, fail) : list_table(settings, fail);
}
