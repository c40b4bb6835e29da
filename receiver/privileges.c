/* SPDX-License-Identifier: MIT
 *
 * See privileges.h.
 */
#include "receiver/privileges.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Called before any thread is started, so the plain look-ups will do. */
bool privileges_find(struct privileges *privileges, const char *user, const char *group,
                     struct fail *fail)
{
    memset(privileges, 0, sizeof(*privileges));
    if (user == NULL) {
        return group == NULL || fail_set(fail, EXIT_USAGE, "group: needs a user");
    }
    const struct passwd *entry = getpwnam(user);
    if (entry == NULL) {
        return fail_set(fail, EXIT_USAGE, "user: there is no user '%s'", user);
    }
    privileges->user = user;
    privileges->uid = entry->pw_uid;
    privileges->gid = entry->pw_gid;
    if (group != NULL) {
        const struct group *found = getgrnam(group);
        if (found == NULL) {
            return fail_set(fail, EXIT_USAGE, "group: there is no group '%s'", group);
        }
        privileges->gid = found->gr_gid;
    }
    privileges->change = geteuid() != privileges->uid || getegid() != privileges->gid;
    return !privileges->change || geteuid() == 0 ||
           fail_set(fail, EXIT_USAGE, "user: only root can become '%s'", user);
}

/* The groups first: once the user is another one, they can't be changed. */
static bool become(const struct privileges *to, struct fail *fail)
{
    uid_t real, effective, saved;
    if (initgroups(to->user, to->gid) != 0 || setresgid(to->gid, to->gid, to->gid) != 0 ||
        setresuid(to->uid, to->uid, to->uid) != 0) {
        return fail_set(fail, EXIT_UNKNOWN, "can't become '%s': %s", to->user, strerror(errno));
    }
    if (getresuid(&real, &effective, &saved) != 0 || real != to->uid || effective != to->uid ||
        saved != to->uid || (to->uid != 0 && setuid(0) == 0)) {
        return fail_set(fail, EXIT_UNKNOWN, "can't become '%s': the way back is open", to->user);
    }
    return true;
}

bool privileges_drop(const struct privileges *privileges, struct fail *fail)
{
    if (privileges->change && !become(privileges, fail)) {
        return false;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return fail_set(fail, EXIT_UNKNOWN, "can't give up privileges: %s", strerror(errno));
    }
    return true;
}
