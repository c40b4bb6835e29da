/* SPDX-License-Identifier: MIT
 *
 * Which store a STORE argument names.
 */
#include "receiver/store.h"

#include <string.h>

struct store *store_open(const char *spec, struct fail *fail)
{
    if (strcmp(spec, "memory:") == 0) {
        return store_memory_open(fail);
    }
    if (strncmp(spec, "sqlite:", 7) == 0 && spec[7] != '\0') {
        return store_sqlite_open(spec + 7, fail);
    }
    (void) fail_set(fail, EXIT_USAGE, "the store '%s' is neither sqlite:PATH nor memory:", spec);
    return NULL;
}

void store_close(struct store *store)
{
    if (store != NULL) {
        store->ops->close(store);
    }
}
