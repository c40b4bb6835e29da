/* SPDX-License-Identifier: MIT
 *
 * What hookgauge discover prints: a scheme that --scheme reads back, and notes for people; or one
 * JSON object with both.
 */
#include "cli/discover.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/scheme_json.h"

/* Bytes of --json: each row a scheme and its notes, escaped. */
#define JSON_MAX (HG_DISCOVERED_MAX * (SCHEME_FILE_MAX + HG_NOTES_MAX * 2 * HG_NOTE_MAX))

/* The rows of all shares in the order of the search. */
struct listing {
    hg_discovery **rows;
    size_t count;
    uint64_t tried;
    bool complete;
};

static int by_order(const void *a, const void *b)
{
    uint64_t x = (*(hg_discovery *const *) a)->order;
    uint64_t y = (*(hg_discovery *const *) b)->order;
    return (x > y) - (x < y);
}

static bool list_rows(const struct discovered *all, struct listing *listing)
{
    *listing = (struct listing){.complete = true};
    listing->rows = calloc(all->count * HG_DISCOVERED_MAX, sizeof(hg_discovery *));
    for (size_t i = 0; listing->rows != NULL && i < all->count; i++) {
        hg_discovered *found = all->found[i];
        for (size_t j = 0; j < found->count; j++) {
            listing->rows[listing->count++] = &found->rows[j];
        }
        listing->tried += found->tried;
        listing->complete = listing->complete && found->complete;
    }
    if (listing->rows == NULL) {
        return false;
    }
    qsort(listing->rows, listing->count, sizeof(hg_discovery *), by_order);
    if (!all->all && listing->count > 1) {
        listing->count = 1; /* the likeliest; another share may have found one behind it */
    }
    return true;
}

/* ---- For machines ---------------------------------------------------------------------------- */

static void add_row(struct buf *out, const hg_discovery *row)
{
    (void) buf_add_text(out, "{\"scheme\":");
    if (!scheme_to_json(hg_scheme_row(row->scheme), false, out)) {
        out->failed = true;
    }
    (void) buf_addf(out, ",\"builtin\":%s,\"requests\":%zu,\"notes\":[",
                    row->builtin ? "true" : "false", row->requests);
    for (size_t i = 0; i < row->note_count; i++) {
        (void) buf_addf(out, "%s{\"kind\":\"%s\",\"text\":", i > 0 ? "," : "",
                        hg_note_name(row->notes[i].kind));
        (void) json_add_text(out, hg_text(row->notes[i].text));
        (void) buf_add_text(out, "}");
    }
    (void) buf_add_text(out, "]}");
}

static void add_listing(struct buf *out, const struct discovered *all,
                        const struct listing *listing)
{
    (void) buf_addf(out,
                    "{\"requests\":%zu,\"tried\":%llu,\"complete\":%s,\"url_tried\":%s,\"rows\":[",
                    all->requests, (unsigned long long) listing->tried,
                    listing->complete ? "true" : "false", all->with_url ? "true" : "false");
    for (size_t i = 0; i < listing->count; i++) {
        (void) buf_add_text(out, i > 0 ? "," : "");
        add_row(out, listing->rows[i]);
    }
    (void) buf_add_text(out, "]}");
}

/* ---- For people ------------------------------------------------------------------------------ */

static void say_nothing_found(const struct discovered *all, const struct listing *listing)
{
    fprintf(stderr,
            "hookgauge discover: nothing found: none of the %llu candidates tried, %s, reproduces "
            "the signature%s%s\n",
            (unsigned long long) listing->tried,
            listing->complete ? "which is the whole space" : "where --budget ended the search",
            all->requests > 1 ? " of every request" : "",
            all->with_url ? "" : "; texts with the URL were left out: it needs --url PUBLIC_URL");
}

static void say_notes(const struct discovered *all, const struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        const hg_discovery *row = listing->rows[i];
        fprintf(stderr, "hookgauge discover: %s reproduces %zu of %zu request%s\n",
                hg_scheme_row(row->scheme)->name, row->requests, all->requests,
                all->requests == 1 ? "" : "s");
        for (size_t j = 0; j < row->note_count; j++) {
            fprintf(stderr, "hookgauge discover: note: %s\n", row->notes[j].text);
        }
    }
    if (all->all && !listing->complete) {
        fprintf(stderr,
                "hookgauge discover: the search ended after %llu candidates: there may be "
                "more\n",
                (unsigned long long) listing->tried);
    }
}

static void add_schemes(struct buf *out, const struct discovered *all,
                        const struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        (void) buf_add_text(out, i > 0 ? "\n" : "");
        if (!scheme_to_json(hg_scheme_row(listing->rows[i]->scheme), !all->all, out)) {
            out->failed = true;
        }
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static bool print(const struct discovered *all, const struct listing *listing, bool json)
{
    struct buf out;
    buf_init(&out, JSON_MAX);
    if (json) {
        add_listing(&out, all, listing);
    } else if (listing->count > 0) {
        add_schemes(&out, all, listing);
        say_notes(all, listing);
    } else {
        say_nothing_found(all, listing);
    }
    bool done = !out.failed;
    if (done && out.len > 0) {
        (void) puts(out.ptr); /* main looks at stdout's state */
    }
    buf_free(&out);
    return done;
}

int discovered_print(const struct discovered *all, bool json, struct fail *fail)
{
    struct listing listing;
    bool done = list_rows(all, &listing) && print(all, &listing, json);
    size_t count = listing.count;
    free(listing.rows);
    if (!done) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return EXIT_UNKNOWN;
    }
    return count > 0 ? EXIT_YES : EXIT_NO;
}
