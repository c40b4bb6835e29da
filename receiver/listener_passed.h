/* SPDX-License-Identifier: MIT
 *
 * The sockets that were open before the program began: those that systemd, or what does as it
 * does, has passed (sd_listen_fds(3)), and those whose number the configuration states.
 */
#ifndef RECEIVER_LISTENER_PASSED_H
#define RECEIVER_LISTENER_PASSED_H

#include "receiver/address.h"

#define PASSED_MAX ((size_t) 16) /* sockets: twice as many as can be used */

struct passed {
    size_t count; /* descriptors from 3 on */
    char names[PASSED_MAX][ADDRESS_NAME_MAX];
    bool taken[ADDRESS_FD_MAX + 1]; /* by its number */
};

/* Reads LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES. EXIT_USAGE when they make no sense. */
bool passed_read(struct passed *passed, struct fail *fail);

/* The next socket of that address which nobody has taken; -1 when there is none. */
int passed_take(struct passed *passed, const struct address *address);

/* Whether it is a listening stream socket; makes it non-blocking and closed on exec. */
bool passed_check(int fd, struct fail *fail);

/* Fails: no socket was passed for that address. */
bool passed_none(const struct address *address, struct fail *fail);

/* EXIT_USAGE when a socket was passed that no address has taken: its clients would wait for ever.
 */
bool passed_all_taken(const struct passed *passed, struct fail *fail);

#endif
