/* SPDX-License-Identifier: MIT
 *
 * See listener_passed.h.
 */
#include "receiver/listener_passed.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_FD 3      /* SD_LISTEN_FDS_START */
#define NUMBER_DIGITS 9 /* of a process id or a count */

/* A number in an environment variable; -1 when it is absent or none. */
static long env_number(const char *name)
{
    const char *text = getenv(name);
    size_t digits = text != NULL ? strspn(text, "0123456789") : 0;
    return digits > 0 && digits <= NUMBER_DIGITS && text[digits] == '\0' ? strtol(text, NULL, 10)
                                                                         : -1;
}

/* "admin:web:web"; a socket without a name has the empty one. */
static bool read_names(struct passed *passed, const char *text, struct fail *fail)
{
    for (size_t i = 0; i < passed->count; i++) {
        size_t len = strcspn(text, ":");
        if (len >= ADDRESS_NAME_MAX) {
            return fail_set(fail, EXIT_USAGE, "LISTEN_FDNAMES: a name is longer than %d bytes",
                            ADDRESS_NAME_MAX - 1);
        }
        memcpy(passed->names[i], text, len);
        text += len;
        text += *text == ':' ? 1 : 0;
    }
    return true;
}

bool passed_read(struct passed *passed, struct fail *fail)
{
    const char *names = getenv("LISTEN_FDNAMES");
    memset(passed, 0, sizeof(*passed));
    if (env_number("LISTEN_PID") != (long) getpid()) {
        return true; /* none, or they are meant for a process before us */
    }
    long count = env_number("LISTEN_FDS");
    if (count < 0 || count > (long) PASSED_MAX) {
        return fail_set(fail, EXIT_USAGE, "LISTEN_FDS: must be a number up to %zu", PASSED_MAX);
    }
    passed->count = (size_t) count;
    return read_names(passed, names != NULL ? names : "", fail);
}

static bool of_address(const struct passed *passed, size_t i, const struct address *address)
{
    return address->name[0] == '\0' || strcmp(passed->names[i], address->name) == 0;
}

int passed_take(struct passed *passed, const struct address *address)
{
    if (address->kind == ADDRESS_FD) {
        bool taken = passed->taken[address->fd];
        passed->taken[address->fd] = true;
        return taken ? -1 : address->fd;
    }
    for (size_t i = 0; i < passed->count; i++) {
        if (!passed->taken[FIRST_FD + i] && of_address(passed, i, address)) {
            passed->taken[FIRST_FD + i] = true;
            return FIRST_FD + (int) i;
        }
    }
    return -1;
}

bool passed_check(int fd, struct fail *fail)
{
    int type = 0, listening = 0;
    struct sockaddr_storage name = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof(type), listening_size = sizeof(listening), name_size = sizeof(name);
    if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &listening_size) != 0 ||
        getsockname(fd, (struct sockaddr *) &name, &name_size) != 0) {
        return fail_set(fail, EXIT_USAGE, "descriptor %d: %s", fd, strerror(errno));
    }
    if (type != SOCK_STREAM || listening == 0 ||
        (name.ss_family != AF_INET && name.ss_family != AF_INET6 && name.ss_family != AF_UNIX)) {
        return fail_set(fail, EXIT_USAGE, "descriptor %d: is no listening stream socket", fd);
    }
    int flags = fcntl(fd, F_GETFL);
    return (flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
            fcntl(fd, F_SETFD, FD_CLOEXEC) == 0) ||
           fail_set(fail, EXIT_UNKNOWN, "descriptor %d: %s", fd, strerror(errno));
}

bool passed_none(const struct address *address, struct fail *fail)
{
    if (address->kind == ADDRESS_FD) {
        return fail_set(fail, EXIT_USAGE, "fd:%d is listened on twice", address->fd);
    }
    return fail_set(fail, EXIT_USAGE, "systemd%s%s: no such socket was passed (LISTEN_FDS)",
                    address->name[0] != '\0' ? ":" : "", address->name);
}

bool passed_all_taken(const struct passed *passed, struct fail *fail)
{
    for (size_t i = 0; i < passed->count; i++) {
        if (!passed->taken[FIRST_FD + i]) {
            return fail_set(fail, EXIT_USAGE,
                            "a socket was passed that nothing listens on: descriptor %d, '%s'",
                            FIRST_FD + (int) i, passed->names[i]);
        }
    }
    return true;
}
