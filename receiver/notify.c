/* SPDX-License-Identifier: MIT
 *
 * See notify.h.
 */
#include "receiver/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define MESSAGE_MAX 512   /* bytes: a status line holds a few addresses */
#define USEC_DIGITS 15    /* thirty years */
#define USEC_PER_MS 1000  /* the watchdog's time is given in microseconds */
#define SIGNS_PER_LIMIT 2 /* as sd_watchdog_enabled(3) advises */

static void send_text(const struct notify *notify, const char *text)
{
    if (notify->fd >= 0) {
        (void) !sendto(notify->fd, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL,
                       (const struct sockaddr *) &notify->socket, notify->size);
    }
}

/* "/run/systemd/notify", or "@name" for an abstract one; of other kinds there are none here. */
static void open_socket(struct notify *notify, const char *name)
{
    struct sockaddr_un *un = (struct sockaddr_un *) &notify->socket;
    size_t len = strlen(name);
    if ((name[0] != '/' && name[0] != '@') || len < 2 || len >= sizeof(un->sun_path)) {
        return;
    }
    un->sun_family = AF_UNIX;
    memcpy(un->sun_path, name, len);
    if (name[0] == '@') {
        un->sun_path[0] = '\0';
    }
    notify->size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len);
    notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int64_t number(const char *text)
{
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;
    return digits > 0 && digits <= USEC_DIGITS && text[digits] == '\0' ? strtoll(text, NULL, 10)
                                                                       : -1;
}

static void open_watchdog(struct notify *notify)
{
    const char *pid = getenv("WATCHDOG_PID");
    int64_t limit_us = number(getenv("WATCHDOG_USEC"));
    if (limit_us > 0 && (pid == NULL || number(pid) == (int64_t) getpid())) {
        int64_t every_ms = limit_us / USEC_PER_MS / SIGNS_PER_LIMIT;
        notify->every_ms = every_ms > 0 ? every_ms : 1;
    }
}

void notify_open(struct notify *notify)
{
    const char *name = getenv("NOTIFY_SOCKET");
    memset(notify, 0, sizeof(*notify));
    notify->fd = -1;
    if (name != NULL) {
        open_socket(notify, name);
    }
    if (notify->fd >= 0) {
        open_watchdog(notify);
    }
}

void notify_close(struct notify *notify)
{
    if (notify->fd >= 0) {
        (void) close(notify->fd);
        notify->fd = -1;
    }
}

void notify_ready(const struct notify *notify, const char *status)
{
    char text[MESSAGE_MAX];
    (void) snprintf(text, sizeof(text), "READY=1\nSTATUS=%s", status);
    send_text(notify, text);
}

void notify_reloading(const struct notify *notify)
{
    char text[MESSAGE_MAX];
    (void) snprintf(text, sizeof(text), "RELOADING=1\nMONOTONIC_USEC=%lld",
                    (long long) clock_steady_us());
    send_text(notify, text);
}

void notify_stopping(const struct notify *notify)
{
    send_text(notify, "STOPPING=1\nSTATUS=draining: answering what has begun");
}

int64_t notify_alive(struct notify *notify, int64_t now_ms)
{
    if (notify->every_ms == 0) {
        return -1;
    }
    if (now_ms >= notify->next_ms) {
        send_text(notify, "WATCHDOG=1");
        notify->next_ms = now_ms + notify->every_ms;
    }
    return notify->next_ms - now_ms;
}
