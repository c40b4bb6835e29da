/* SPDX-License-Identifier: MIT
 *
 * Giving up what a receiver does not need: the superuser, new privileges by exec, core dumps.
 */
#ifndef RECEIVER_PRIVILEGES_H
#define RECEIVER_PRIVILEGES_H

#include <sys/types.h>

#include "base/fail.h"

/* Whom to become. */
struct privileges {
    bool change; /* false: stay who we are */
    const char *user;
    uid_t uid;
    gid_t gid;
};

/* Looks up a user and a group, NULL: not given (the group is then the user's own). Nothing is
 * changed. EXIT_USAGE when there is none of that name, when a group is given without a user, or
 * when it takes the superuser and we are not. */
bool privileges_find(struct privileges *privileges, const char *user, const char *group,
                     struct fail *fail);

/* Becomes that user for good, with the groups it is a member of, and proves that there is no way
 * back. Then, also without a user: no new privileges (a setuid program that is run gets none) and
 * no core dump, since secrets are in memory. Must be called while there is one thread. */
bool privileges_drop(const struct privileges *privileges, struct fail *fail);

#endif
