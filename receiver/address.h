/* SPDX-License-Identifier: MIT
 *
 * Listening addresses: "127.0.0.1:8080", "[::1]:8080", "localhost:8080".
 */
#ifndef RECEIVER_ADDRESS_H
#define RECEIVER_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"

#define ADDRESS_TEXT_MAX 64 /* "[" INET6_ADDRSTRLEN "]:65535" and a NUL */

struct address {
    struct sockaddr_storage socket;
    socklen_t size;
};

/* EXIT_USAGE when text is not a numeric address (or localhost) and a port; port 0 is allowed. */
bool address_parse(const char *text, struct address *address, struct fail *fail);

/* A non-blocking listening socket; -1 with EXIT_UNKNOWN naming the address. The caller closes it.
 */
int address_listen(const struct address *address, struct fail *fail);

/* The address a listening socket has, with the port the system chose. */
void address_print(int listen_fd, char out[ADDRESS_TEXT_MAX]);

#endif
