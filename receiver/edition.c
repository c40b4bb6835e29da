/* SPDX-License-Identifier: MIT
 *
 * See edition.h.
 */
#include "receiver/edition.h"

#include <stdlib.h>

struct edition *edition_new(void)
{
    struct edition *edition = malloc(sizeof(*edition));
    if (edition != NULL) {
        config_init(&edition->config);
        edition->users = 1;
    }
    return edition;
}

void edition_drop(struct edition *edition)
{
    if (edition != NULL && --edition->users == 0) {
        config_release(&edition->config);
        free(edition);
    }
}
