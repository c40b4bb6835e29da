/* SPDX-License-Identifier: MIT
 *
 * Inside the reading of vector files: one case. vector.c reads what is around it.
 */
#ifndef HARNESS_VECTOR_READ_H
#define HARNESS_VECTOR_READ_H

#include "harness/vector.h"

/* What reading needs beyond the file itself. */
struct reader {
    struct vector_file *file;
    const struct vector_case **slots; /* open addressing by id; a power of two, at most half full */
    size_t slot_mask;
    struct fail *fail;
};

/* Makes the index of ids, for reader->file->case_count cases. */
bool vector_slots_new(struct reader *reader);

/* Reads a case into the next free place of reader->file->cases. */
bool vector_read_case(const struct json *at, const struct vector_group *group,
                      struct reader *reader);

/* Always false. */
bool vector_no_memory(struct reader *reader);

#endif
