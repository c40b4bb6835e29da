/* SPDX-License-Identifier: MIT
 *
 * Where a receiver listens, as it is written: "127.0.0.1:8080", "[::1]:8080", "localhost:8080",
 * "unix:/run/hookgauge.sock", or a socket that whoever started the program opened: "fd:3",
 * "systemd", "systemd:NAME".
 */
#ifndef RECEIVER_ADDRESS_H
#define RECEIVER_ADDRESS_H

#include <stddef.h>
#include <sys/socket.h>

#include "base/fail.h"

#define ADDRESS_NAME_MAX 64       /* bytes of a systemd name and a NUL; systemd allows 255 */
#define ADDRESS_TEXT_MAX 128      /* "unix:", the longest path of a socket (107 bytes) and a NUL */
#define ADDRESS_FD_MAX 1023       /* the usual limit of open files */
#define ADDRESS_MODE_DEFAULT 0660 /* of a Unix socket: its owner and its group may connect */

enum address_kind { ADDRESS_IP, ADDRESS_UNIX, ADDRESS_FD, ADDRESS_SYSTEMD };

struct address {
    enum address_kind kind;
    struct sockaddr_storage socket; /* of IP and Unix addresses */
    socklen_t size;
    unsigned mode;               /* of a Unix socket's file */
    int fd;                      /* of ADDRESS_FD */
    char name[ADDRESS_NAME_MAX]; /* of ADDRESS_SYSTEMD; "": every socket that no other one names */
    bool tls;
};

/* EXIT_USAGE when text has none of the forms; port 0 is allowed. mode is the default one, tls is
 * false. */
bool address_parse(const char *text, struct address *address, struct fail *fail);

/* The mode of a Unix socket, "0660": three or four octal digits, without set-id bits. */
bool address_mode(const char *text, unsigned *mode, struct fail *fail);

/* A socket's address: "127.0.0.1:8080", "unix:/run/hookgauge.sock". */
void address_text(const struct sockaddr_storage *socket, char out[ADDRESS_TEXT_MAX]);

/* The address a listening socket has, with the port the system chose. */
void address_print(int listen_fd, char out[ADDRESS_TEXT_MAX]);

#endif
