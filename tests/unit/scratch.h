/* SPDX-License-Identifier: MIT
 *
 * A folder of the test program's own, for a group of tests or for each of them anew.
 */
#ifndef TESTS_UNIT_SCRATCH_H
#define TESTS_UNIT_SCRATCH_H

#include "check.h"

#include <dirent.h>
#include <unistd.h>

#define SCRATCH_PATH_MAX ((size_t) 80) /* bytes of a file's path in it, NUL included */

static char scratch_folder[32];

/* Makes it; a setup of cmocka. */
static inline int scratch_make(void **state)
{
    (void) state;
    (void) snprintf(scratch_folder, sizeof(scratch_folder), "/tmp/hookgauge-unit-XXXXXX");
    return mkdtemp(scratch_folder) != NULL ? 0 : -1;
}

/* Takes away every file in it, but no folders; a setup too. */
static inline int scratch_empty(void **state)
{
    (void) state;
    DIR *folder = opendir(scratch_folder);
    struct dirent *item;
    while (folder != NULL && (item = readdir(folder)) != NULL) {
        (void) unlinkat(dirfd(folder), item->d_name, 0);
    }
    return folder != NULL ? closedir(folder) : -1;
}

/* Takes it away with its files; a teardown, which fails when a folder is in it. */
static inline int scratch_remove(void **state)
{
    (void) scratch_empty(state);
    return rmdir(scratch_folder);
}

/* The path of a file in it. */
static inline void scratch_path(const char *name, char path[static SCRATCH_PATH_MAX])
{
    int length = snprintf(path, SCRATCH_PATH_MAX, "%s/%s", scratch_folder, name);
    assert_in_range(length, 1, SCRATCH_PATH_MAX - 1);
}

#endif
