/* SPDX-License-Identifier: MIT
 *
 * Discovering: the arguments, the built-in rows, and what is done with a match.
 */
#include "core/discover.h"

#include <stdlib.h>

#include "core/text.h"

/* Bytes hashed between two reports of progress: some milliseconds. */
#define REPORT_BYTES ((uint64_t) 4 << 20)
#define CANDIDATE_BYTES 192 /* what a candidate costs beside its parts: three blocks */

/* ---- Counting and stopping ------------------------------------------------------------------- */

bool hgi_search_count(struct hgi_search *search, uint64_t order)
{
    const hg_discovering *options = search->options;
    if (search->tried == search->budget) {
        search->stopped = true;
        return false;
    }
    search->tried++;
    search->work += CANDIDATE_BYTES;
    if (search->work >= REPORT_BYTES) {
        search->work = 0;
        if (options->progress != NULL &&
            !options->progress(options->context, search->tried, order)) {
            search->stopped = true;
            return false;
        }
    }
    return true;
}

/* ---- Rows that are the same ------------------------------------------------------------------ */

static bool same(const char *a, const char *b)
{
    return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

static bool same_name(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && hgi_same_name(hg_text(a), hg_text(b));
}

static bool signs(const hg_scheme_spec *row, const char *word)
{
    return strstr(row->signed_text, word) != NULL;
}

bool hgi_row_same(const hg_scheme_spec *a, const hg_scheme_spec *b)
{
    return same(a->algorithm, b->algorithm) && same(a->key, b->key) &&
           same(a->signed_text, b->signed_text) &&
           same_name(a->signature.header, b->signature.header) &&
           same(a->signature.item, b->signature.item) &&
           same(a->signature.separator, b->signature.separator) &&
           same(a->signature.encoding, b->signature.encoding) &&
           same(a->signature.prefix, b->signature.prefix) &&
           same(a->signature.several, b->signature.several) &&
           (!signs(a, "{timestamp}") || (same_name(a->timestamp.header, b->timestamp.header) &&
                                         same(a->timestamp.item, b->timestamp.item))) &&
           (!signs(a, "{event}") || same_name(a->event.header, b->event.header)) &&
           (!signs(a, "{id}") || same_name(a->id.header, b->id.header));
}

static const hg_scheme_spec *builtin_named(const char *name)
{
    const hg_scheme_spec *row;
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        if (same(row->name, name)) {
            return row;
        }
    }
    return NULL;
}

bool hgi_row_hidden(const struct hgi_search *search, const hg_scheme_spec *row)
{
    for (size_t i = 0; i < search->options->hidden_count; i++) {
        if (hgi_row_same(builtin_named(search->options->hidden[i]), row)) {
            return true;
        }
    }
    return false;
}

/* ---- The built-in rows ----------------------------------------------------------------------- */

/* Compiles a row as it is proven: no capture is fresh. */
static hg_status prove_builtin(const struct hgi_search *search, const hg_scheme_spec *row)
{
    hg_scheme_spec timeless = *row;
    hg_scheme *scheme = NULL;
    timeless.timestamp.tolerance_s = HG_NO_TOLERANCE;
    hg_status status = hg_scheme_new(&timeless, &scheme, NULL);
    if (status == HG_OK) {
        status = hgi_row_holds(search, scheme);
        hg_scheme_free(scheme);
    }
    return status;
}

/* Keeps a proven row, whose scheme becomes the caller's; false when the search is over. */
static bool keep(struct hgi_search *search, const hg_discovery *made)
{
    search->found->rows[search->found->count++] = *made;
    search->stopped = !search->options->all || search->found->count == HG_DISCOVERED_MAX;
    return !search->stopped;
}

static bool try_builtin(struct hgi_search *search, const hg_scheme_spec *row, uint64_t order)
{
    hg_discovery made = {
        .order = order, .requests = search->options->request_count, .builtin = true};
    hg_scheme_spec proven = *row;
    hg_status status = prove_builtin(search, row);
    if (status == HG_OK) {
        proven.basis = "discovered";
        status = hg_scheme_new(&proven, &made.scheme, NULL);
    }
    if (status == HG_OK) {
        hgi_notes_of_builtin(search, row, &made);
        return keep(search, &made);
    }
    search->status = hg_status_class(status) == HG_CLASS_SYSTEM ? status : HG_OK;
    return search->status == HG_OK;
}

/* This call's share of the built-in rows; false when the search is over. */
static bool try_builtins(struct hgi_search *search)
{
    const hg_scheme_spec *row;
    size_t parts = search->options->parts > 1 ? search->options->parts : 1;
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        if (i % parts != search->options->part || hgi_row_hidden(search, row)) {
            continue;
        }
        if (!hgi_search_count(search, i) || !try_builtin(search, row, i)) {
            return false;
        }
    }
    return true;
}

/* Whether a built-in row that the search has not to leave out signs the same and holds. */
static bool is_builtin(const struct hgi_search *search, const hg_scheme_spec *row)
{
    const hg_scheme_spec *builtin;
    for (size_t i = 0; (builtin = hg_scheme_builtin(i)) != NULL; i++) {
        if (hgi_row_same(builtin, row) && !hgi_row_hidden(search, builtin) &&
            prove_builtin(search, builtin) == HG_OK) {
            return true;
        }
    }
    return false;
}

bool hgi_search_match(struct hgi_search *search, const struct hgi_match *match)
{
    hg_discovery made = {.order = match->order, .requests = search->options->request_count};
    hg_status status = hgi_row_make(search, match, &made);
    if (status == HG_MISMATCH) {
        return true; /* it does not hold for every request */
    }
    if (status != HG_OK) {
        search->status = status;
        return false;
    }
    if (is_builtin(search, hg_scheme_row(made.scheme))) {
        hg_scheme_free(made.scheme); /* the call whose share the built-in row is reports that */
        return true;
    }
    return keep(search, &made);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static hg_status check_requests(const hg_discovering *options)
{
    for (size_t i = 0; i < options->request_count; i++) {
        const hg_request *request = &options->requests[i];
        if ((request->headers == NULL && request->header_count > 0) ||
            (request->body.ptr == NULL && request->body.len > 0)) {
            return HG_BAD_ARGUMENT;
        }
        if (request->header_count > HG_HEADERS_MAX) {
            return HG_BAD_REQUEST;
        }
    }
    return HG_OK;
}

static hg_status check_arguments(const hg_discovering *options, hg_discovered *const *found)
{
    if (options == NULL || found == NULL || options->requests == NULL ||
        options->request_count == 0 || options->request_count > HG_SAMPLES_MAX ||
        (options->parts == 0 ? options->part > 0 : options->part >= options->parts) ||
        (options->hidden == NULL && options->hidden_count > 0)) {
        return HG_BAD_ARGUMENT;
    }
    for (size_t i = 0; i < options->hidden_count; i++) {
        if (builtin_named(options->hidden[i]) == NULL) {
            return HG_BAD_ARGUMENT;
        }
    }
    if (options->secret.len == 0) {
        return HG_NO_KEY;
    }
    return options->secret.len <= HG_SECRET_MAX ? check_requests(options) : HG_BAD_KEY;
}

/* The request to search: the shortest body, but an empty one says nothing about its place. */
static const hg_request *choose_request(const hg_discovering *options)
{
    const hg_request *chosen = &options->requests[0];
    for (size_t i = 1; i < options->request_count; i++) {
        const hg_request *request = &options->requests[i];
        bool shorter = request->body.len < chosen->body.len && request->body.len > 0;
        if (shorter || (chosen->body.len == 0 && request->body.len > 0)) {
            chosen = request;
        }
    }
    return chosen;
}

static hg_status search_all(struct hgi_search *search)
{
    hg_status status = hgi_sample_take(choose_request(search->options), &search->sample);
    if (status == HG_OK) {
        status = hgi_engines_make(search);
    }
    if (status != HG_OK) {
        return status;
    }
    hgi_prefixes_make(search);
    if (try_builtins(search)) {
        hgi_walk(search);
    }
    search->found->tried = search->tried;
    search->found->complete = !search->stopped;
    return search->status;
}

static void release(struct hgi_search *search)
{
    hgi_engines_release(search);
    hgi_sample_release(&search->sample);
    free(search);
}

hg_status hg_discover(const hg_discovering *options, hg_discovered **found)
{
    hg_status status = check_arguments(options, found);
    if (status != HG_OK) {
        return status;
    }
    struct hgi_search *search = calloc(1, sizeof *search);
    hg_discovered *made = calloc(1, sizeof *made);
    if (search == NULL || made == NULL) {
        free(search);
        free(made);
        return HG_NO_MEMORY;
    }
    search->options = options;
    search->budget = options->budget > 0 ? options->budget : HG_DISCOVER_BUDGET;
    search->found = made;
    search->status = HG_OK;
    status = search_all(search);
    release(search);
    if (status != HG_OK) {
        hg_discovered_free(made);
        return status;
    }
    *found = made;
    return HG_OK;
}

void hg_discovered_free(hg_discovered *found)
{
    if (found != NULL) {
        for (size_t i = 0; i < found->count; i++) {
            hg_scheme_free(found->rows[i].scheme);
        }
        free(found);
    }
}
