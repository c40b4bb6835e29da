/* SPDX-License-Identifier: MIT
 *
 * The files of a quarantine: numbered in the order they came, the oldest removed first.
 *
 * "000000000042-mismatch.json": a number that grows and the status. Used by one thread.
 */
#ifndef RECEIVER_QUARANTINE_FILES_H
#define RECEIVER_QUARANTINE_FILES_H

#include "receiver/quarantine.h"

struct quarantine_files;

/* Makes the folder if it is missing, locks it, and looks at what it holds. NULL with EXIT_UNKNOWN.
 */
struct quarantine_files *quarantine_files_open(const struct quarantine_spec *spec,
                                               struct fail *fail);

/* Adds a file, and removes the oldest until all are within the bounds. False with *fail filled and
 * nothing added, for one text beyond the bounds as well. */
bool quarantine_files_add(struct quarantine_files *files, hg_status status, hg_str text,
                          struct fail *fail);

void quarantine_files_close(struct quarantine_files *files); /* NULL is allowed */

#endif
