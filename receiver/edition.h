/* SPDX-License-Identifier: MIT
 *
 * A configuration that may be replaced while requests still use it: each request that has found its
 * endpoint ends with the edition it began with.
 */
#ifndef RECEIVER_EDITION_H
#define RECEIVER_EDITION_H

#include "receiver/config.h"

struct edition {
    struct config config;
    size_t users; /* its owner, and requests; counted by the loop's thread alone */
};

/* With defaults and one user. NULL: out of memory. */
struct edition *edition_new(void);

/* One user less; the last one takes it along. NULL is allowed. */
void edition_drop(struct edition *edition);

#endif
