/* SPDX-License-Identifier: MIT
 *
 * Recorded deliveries, whatever form they are in.
 */
#include "cli/request.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/message.h"
#include "receiver/inbox.h"

#define ROW_DIGITS_MAX ((size_t) 18) /* of a row's number: more may not fit 64 bits */
#define STORE_MAX ((size_t) 4096)    /* bytes of a store's name: the system's limit for paths */

static bool no_memory(const char *operand, struct fail *fail)
{
    return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", operand);
}

/* ---- STORE#ROW ------------------------------------------------------------------------------- */

/* The '#' in front of a row's number; NULL when the operand is not of that form. */
static const char *row_mark(const char *operand)
{
    const char *mark = strrchr(operand, '#');
    size_t digits = mark != NULL ? strspn(mark + 1, "0123456789") : 0;
    bool is_row = mark != NULL && mark != operand && digits > 0 && mark[1 + digits] == '\0';
    return is_row ? mark : NULL;
}

static bool read_row(struct inbox *inbox, const char *operand, int64_t number, struct request *out,
                     struct fail *fail)
{
    struct inbox_row *row = calloc(1, sizeof *row);
    if (row == NULL) {
        return no_memory(operand, fail);
    }
    bool done = inbox_walk_row(inbox, number, fail);
    if (done && !inbox_next(inbox, row, fail)) {
        done = fail_set(fail, EXIT_USAGE, "%s: the inbox has no such row", operand);
    }
    /* Copied, so that nobody's search holds the inbox open. */
    if (done && !capture_copy(&row->request, row->delivery.received_ms / 1000, &out->capture)) {
        done = no_memory(operand, fail);
    }
    free(row);
    return done;
}

static bool open_row(const char *operand, const char *mark, struct request *out, struct fail *fail)
{
    char store[STORE_MAX];
    size_t length = (size_t) (mark - operand);
    if (length >= sizeof store || strlen(mark + 1) > ROW_DIGITS_MAX) {
        return fail_set(fail, EXIT_USAGE, "STORE#ROW: the name or the row's number is too long");
    }
    memcpy(store, operand, length);
    store[length] = '\0';
    struct inbox *inbox = inbox_open(store, fail);
    if (inbox == NULL) {
        return false;
    }
    bool done = read_row(inbox, operand, strtoll(mark + 1, NULL, 10), out, fail);
    inbox_close(inbox);
    return done;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static bool begins(hg_str text, const char *word)
{
    return text.len >= strlen(word) && strncmp(text.ptr, word, strlen(word)) == 0;
}

static bool is_json(hg_str text)
{
    size_t at = 0;
    while (at < text.len && memchr(" \t\r\n", text.ptr[at], 4) != NULL) {
        at++;
    }
    return at < text.len && text.ptr[at] == '{';
}

static bool read_text(hg_str text, const char *name, struct request *out, struct fail *fail)
{
    if (begins(text, "SQLite format 3")) {
        return fail_set(fail, EXIT_USAGE, "%s: is an inbox: name a row of it, such as %s#1", name,
                        name);
    }
    if (!is_json(text)) {
        return message_read(text, name, &out->capture, fail);
    }
    if (!json_parse(text, name, &out->tree, fail)) {
        return false;
    }
    struct json root = json_root(out->tree, name);
    return capture_from_export(&root, &out->capture, fail);
}

static bool open_file(const char *operand, struct request *out, struct fail *fail)
{
    const char *name = strcmp(operand, "-") == 0 ? "standard input" : operand;
    if (strncmp(operand, "sqlite:", 7) == 0) {
        return fail_set(fail, EXIT_USAGE, "%s: name a row of it, such as %s#1", operand, operand);
    }
    buf_init(&out->text, REQUEST_FILE_MAX);
    return file_read(operand, &out->text, fail) && read_text(buf_str(&out->text), name, out, fail);
}

/* ---- The URL --------------------------------------------------------------------------------- */

static bool is_visible(hg_str text, const char *but)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= 0x20 || text.ptr[i] > 0x7e || strchr(but, text.ptr[i]) != NULL) {
            return false;
        }
    }
    return true;
}

bool request_url_split(hg_str url, hg_str *host, hg_str *target)
{
    size_t from = begins(url, "https://") ? strlen("https://") : strlen("http://");
    size_t end = from;
    if ((!begins(url, "https://") && !begins(url, "http://")) || url.len > REQUEST_URL_MAX) {
        return false;
    }
    while (end < url.len && url.ptr[end] != '/' && url.ptr[end] != '?') {
        end++;
    }
    hg_str found = {url.ptr + from, end - from};
    hg_str rest = {url.ptr + end, url.len - end};
    if (found.len == 0 || !is_visible(found, "@#") || !is_visible(rest, "#")) {
        return false;
    }
    *host = found;
    *target = rest;
    return true;
}

static bool replace_url(const char *public_url, struct request *out, struct fail *fail)
{
    hg_str given = hg_text(public_url);
    hg_str host, target;
    hg_str recorded = out->request.url; /* a raw request's is most often the target alone */
    if (!request_url_split(given, &host, &target)) {
        return fail_set(fail, EXIT_USAGE,
                        "--url: must be like https://example.com/path, at most %zu bytes of "
                        "visible ASCII without '#'",
                        REQUEST_URL_MAX);
    }
    bool origin_alone = target.len == 0;
    (void) request_url_split(recorded, &host, &recorded);
    buf_init(&out->url, given.len + recorded.len);
    if (!buf_add_str(&out->url, given) || (origin_alone && !buf_add_str(&out->url, recorded))) {
        return fail_set(fail, EXIT_UNKNOWN, "--url: out of memory");
    }
    out->request.url = buf_str(&out->url);
    return true;
}

/* ---- The whole ------------------------------------------------------------------------------- */

bool request_open(const char *operand, const char *public_url, struct request *out,
                  struct fail *fail)
{
    const char *mark = row_mark(operand);
    *out = (struct request){0};
    bool done = mark != NULL ? open_row(operand, mark, out, fail) : open_file(operand, out, fail);
    out->request = out->capture.request;
    out->received_at = out->capture.received_at;
    if (done && public_url != NULL) {
        done = replace_url(public_url, out, fail);
    }
    if (!done) {
        request_free(out);
    }
    return done;
}

void request_free(struct request *request)
{
    if (request != NULL) {
        capture_free(&request->capture);
        cJSON_Delete(request->tree);
        buf_free(&request->text);
        buf_free(&request->url);
        *request = (struct request){0};
    }
}
