/* SPDX-License-Identifier: MIT
 *
 * Outcomes counted.
 */
#include "harness/tally.h"

#include <stdlib.h>
#include <string.h>

#include "harness/select.h"

static void add(struct tally *tally, const struct run *run, size_t index)
{
    switch (run->outcomes[index].result) {
    case OUTCOME_NONE: tally->none++; break;
    case OUTCOME_SKIPPED: tally->skipped++; break;
    case OUTCOME_PASSED: tally->passed++; break;
    case OUTCOME_FAILED:
        *(run_excuse(run, index) != NULL ? &tally->warned : &tally->failed) += 1;
        break;
    }
}

size_t tally_judged(const struct tally *tally)
{
    return tally->passed + tally->failed + tally->warned;
}

/* ---- By flag --------------------------------------------------------------------------------- */

const char *tally_group(const struct vector_case *one)
{
    return one->flag_count > 0 ? one->flags[0] : TALLY_VALID;
}

const char *tally_note(const struct vector_file *file, const char *group)
{
    const char *note =
        strcmp(group, TALLY_VALID) == 0 ? TALLY_VALID_NOTE : vector_note(file, group);
    return note != NULL ? note : "";
}

static bool counts_under(const struct vector_case *one, const char *name, bool once)
{
    if (once || one->flag_count == 0) {
        return strcmp(tally_group(one), name) == 0;
    }
    for (size_t i = 0; i < one->flag_count; i++) {
        if (strcmp(one->flags[i], name) == 0) {
            return true;
        }
    }
    return false;
}

static bool fill_row(const struct run *run, const char *name, bool once, struct tally_row *row)
{
    bool any = false;
    *row = (struct tally_row){.name = name, .note = tally_note(run->file, name)};
    for (size_t i = 0; i < run->count; i++) {
        if (counts_under(run->cases[i], name, once)) {
            any = true;
            add(&row->tally, run, i);
        }
    }
    return any;
}

struct tally_row *tally_flags(const struct run *run, bool once, size_t *count)
{
    struct tally_row *rows = calloc(run->file->note_count + 1, sizeof *rows);
    if (rows == NULL) {
        return NULL;
    }
    *count = fill_row(run, TALLY_VALID, once, &rows[0]) ? 1 : 0;
    for (size_t i = 0; i < run->file->note_count; i++) {
        *count += fill_row(run, run->file->notes[i].flag, once, &rows[*count]) ? 1 : 0;
    }
    return rows;
}

/* ---- By event -------------------------------------------------------------------------------- */

static size_t row_of(const hg_item_type *type)
{
    size_t row = 0;
    while (row < HG_ITEM_TYPES && hg_item_type_at(row) != type) {
        row++;
    }
    return row;
}

static size_t column_of(const char *action)
{
    size_t column = 0;
    while (column < HG_ACTIONS - 1 && strcmp(hg_action_at(column), action) != 0) {
        column++;
    }
    return column;
}

void tally_events(const struct run *run, struct tally_matrix *matrix)
{
    *matrix = (struct tally_matrix){0};
    for (size_t i = 0; i < run->count; i++) {
        const hg_item_type *type;
        const char *action;
        if (!select_event(run->file, run->cases[i], &type, &action)) {
            add(&matrix->other, run, i);
            continue;
        }
        matrix->known++;
        add(&matrix->cells[row_of(type)][column_of(action)], run, i);
        add(&matrix->cells[HG_ITEM_TYPES][column_of(action)], run, i);
    }
}
