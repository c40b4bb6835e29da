/* SPDX-License-Identifier: MIT
 *
 * Listening sockets: bound here, or passed by whoever started the program.
 *
 * All are opened before privileges are dropped and before the store is touched, so that a receiver
 * that can't have its addresses disturbs nothing.
 */
#ifndef RECEIVER_LISTENER_H
#define RECEIVER_LISTENER_H

#include <sys/types.h>

#include "receiver/listener_passed.h"

#define LISTENERS_MAX ((size_t) 8) /* more addresses than anybody has; bounds each turn */
#define LISTENER_URL_MAX (ADDRESS_TEXT_MAX + 8) /* "https://" before it */

struct MHD_Daemon;

struct listener {
    int fd;                    /* non-blocking; -1: none, or the daemon owns it */
    struct MHD_Daemon *daemon; /* NULL: not started */
    bool tls;
    bool kept; /* the service manager has it open as well: clients that wait are not lost with us */
    char url[LISTENER_URL_MAX]; /* "http://127.0.0.1:8080", "unix:/run/hookgauge.sock" */
    const struct address *file; /* whose socket file is ours; NULL: there is none */
    dev_t device;               /* which file that is */
    ino_t inode;
};

struct listeners {
    struct listener list[LISTENERS_MAX];
    size_t count;
};

/* Adds what is behind an address: one socket, or for systemd all of that name, none of which may
 * be taken already. EXIT_USAGE when nothing was passed or it is no listening stream socket,
 * EXIT_UNKNOWN when an address can't be bound; both name it. The address must outlive the
 * listener. */
bool listeners_open(struct listeners *listeners, const struct address *address,
                    struct passed *passed, struct fail *fail);

/* Closes the socket, if it is here, and removes its file, if that is still ours. */
void listener_close(struct listener *listener);

/* Binds a Unix socket (listener_unix.c). The file of a dead receiver is replaced, one that somebody
 * serves is refused. */
bool listener_bind_unix(struct listener *listener, const struct address *address,
                        struct fail *fail);
void listener_remove_file(struct listener *listener);

#endif
