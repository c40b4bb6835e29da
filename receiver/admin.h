/* SPDX-License-Identifier: MIT
 *
 * The admin listener of a receiver or a deliverer: is it alive, is it ready, and its figures.
 */
#ifndef RECEIVER_ADMIN_H
#define RECEIVER_ADMIN_H

#include "base/buf.h"
#include "base/log.h"

struct MHD_Daemon;

/* What it tells; called on the thread that serves. */
struct admin {
    const char *(*unready)(void *context); /* a word for why no work should go there; NULL: ready */
    void (*metrics)(void *context, struct buf *out); /* appends the page; check out->failed */
    void *context;
    struct log *log; /* NULL: silent */
};

/* Serves GET /healthz, /readyz and /metrics on a listening socket, which is closed with the daemon;
 * on a thread of the library's or, in external epoll mode, by whoever calls MHD_run. *admin is
 * borrowed. NULL on failure. */
struct MHD_Daemon *admin_start(const struct admin *admin, int listen_fd, bool own_thread);

#endif
