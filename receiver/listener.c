/* SPDX-License-Identifier: MIT
 *
 * See listener.h.
 */
#include "receiver/listener.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* SO_REUSEADDR lets a restart bind while old connections linger; it does not allow a second
 * listener. An IPv6 listener takes IPv6 alone, so that "::" means the same on every machine. */
static bool socket_open(int fd, const struct address *address)
{
    int on = 1;
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->socket.ss_family == AF_INET6) {
        (void) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    }
    return bind(fd, (const struct sockaddr *) &address->socket, address->size) == 0 &&
           listen(fd, SOMAXCONN) == 0;
}

static bool bind_ip(struct listener *listener, const struct address *address, struct fail *fail)
{
    char name[ADDRESS_TEXT_MAX];
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && socket_open(fd, address)) {
        listener->fd = fd;
        return true;
    }
    address_text(&address->socket, name);
    (void) fail_set(fail, EXIT_UNKNOWN, "can't listen on %s: %s", name, strerror(errno));
    if (fd >= 0) {
        (void) close(fd);
    }
    return false;
}

static void set_url(struct listener *listener)
{
    char text[ADDRESS_TEXT_MAX];
    address_print(listener->fd, text);
    bool file = strncmp(text, "unix:", 5) == 0;
    (void) snprintf(listener->url, sizeof(listener->url), "%s%s",
                    file ? "" : (listener->tls ? "https://" : "http://"), text);
}

/* The next free place; NULL when there is none. It counts once it is open. */
static struct listener *next_free(struct listeners *listeners, const struct address *address,
                                  struct fail *fail)
{
    if (listeners->count == LISTENERS_MAX) {
        (void) fail_set(fail, EXIT_USAGE, "more than %zu sockets to listen on", LISTENERS_MAX);
        return NULL;
    }
    struct listener *listener = &listeners->list[listeners->count];
    memset(listener, 0, sizeof(*listener));
    listener->fd = -1;
    listener->tls = address->tls;
    return listener;
}

static bool add_passed(struct listeners *listeners, const struct address *address,
                       struct passed *passed, struct fail *fail)
{
    int fd;
    size_t before = listeners->count;
    while ((fd = passed_take(passed, address)) >= 0) {
        struct listener *listener = next_free(listeners, address, fail);
        if (listener == NULL || !passed_check(fd, fail)) {
            return false;
        }
        listener->fd = fd;
        listener->kept = address->kind == ADDRESS_SYSTEMD;
        set_url(listener);
        listeners->count++;
        if (address->kind == ADDRESS_FD) {
            return true;
        }
    }
    return listeners->count > before || passed_none(address, fail);
}

bool listeners_open(struct listeners *listeners, const struct address *address,
                    struct passed *passed, struct fail *fail)
{
    if (address->kind == ADDRESS_FD || address->kind == ADDRESS_SYSTEMD) {
        return add_passed(listeners, address, passed, fail);
    }
    struct listener *listener = next_free(listeners, address, fail);
    if (listener == NULL ||
        !(address->kind == ADDRESS_UNIX ? listener_bind_unix(listener, address, fail)
                                        : bind_ip(listener, address, fail))) {
        return false;
    }
    set_url(listener);
    listeners->count++;
    return true;
}

void listener_close(struct listener *listener)
{
    if (listener->fd >= 0) {
        (void) close(listener->fd);
        listener->fd = -1;
    }
    listener_remove_file(listener);
}
