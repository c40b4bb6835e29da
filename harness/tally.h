/* SPDX-License-Identifier: MIT
 *
 * Outcomes counted: by flag, and by item type and action. What the reports for people show.
 */
#ifndef HARNESS_TALLY_H
#define HARNESS_TALLY_H

#include "harness/run.h"

struct tally {
    size_t passed, failed, warned, skipped, none; /* warned: failed, with an excuse */
};

/* How many were judged: passed, failed or warned. */
size_t tally_judged(const struct tally *tally);

/* What a case counts under where it counts once: its first flag, or TALLY_VALID. */
#define TALLY_VALID "(valid)"
#define TALLY_VALID_NOTE "refuses a valid delivery"
const char *tally_group(const struct vector_case *one);

/* What a target does that fails cases of that group; an empty text where nothing is known. */
const char *tally_note(const struct vector_file *file, const char *group);

struct tally_row {
    const char *name; /* TALLY_VALID or a flag */
    const char *note;
    struct tally tally;
};

/* A row for the valid deliveries and one for each flag of the file, in its order; those that no
 * case of the run has are left out. A case counts under each of its flags, or, where once is set,
 * under its group alone. The caller frees the rows; NULL when memory ran out. */
struct tally_row *tally_flags(const struct run *run, bool once, size_t *count);

/* The last row of cells is for all types. */
struct tally_matrix {
    struct tally cells[HG_ITEM_TYPES + 1][HG_ACTIONS];
    struct tally other; /* cases without an event of the catalogue */
    size_t known;       /* how many have one; 0: the matrix says nothing */
};

void tally_events(const struct run *run, struct tally_matrix *matrix);

#endif
