/* SPDX-License-Identifier: MIT
 *
 * What a service manager is told, by the protocol of sd_notify(3): a datagram of NAME=VALUE lines
 * to the socket in NOTIFY_SOCKET. Without one nothing is sent. Nothing waits and nothing fails: a
 * manager that does not listen must not hold up deliveries.
 */
#ifndef RECEIVER_NOTIFY_H
#define RECEIVER_NOTIFY_H

#include <stdint.h>
#include <sys/socket.h>

struct notify {
    int fd; /* -1: nobody wants to know */
    struct sockaddr_storage socket;
    socklen_t size;
    int64_t every_ms; /* a sign of life this often; 0: none is wanted */
    int64_t next_ms;  /* of clock_steady_ms */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* Serving, with a line for people. Ends a reload too. */
void notify_ready(const struct notify *notify, const char *status);

/* The configuration is being read again; notify_ready must follow, also when it was no good. */
void notify_reloading(const struct notify *notify);

/* Draining. */
void notify_stopping(const struct notify *notify);

/* To be called in each turn of the loop: gives a sign of life if one is due. Returns the
 * milliseconds until the next; -1: none is wanted. */
int64_t notify_alive(struct notify *notify, int64_t now_ms);

#endif
