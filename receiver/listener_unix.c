/* SPDX-License-Identifier: MIT
 *
 * Unix sockets: the file is the address, and it stays behind when a receiver is killed.
 *
 * Whether somebody still serves it is found out by connecting, and no other receiver may bind in
 * between: so the folder is locked for as long as that takes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "receiver/listener.h"

#define LOCK_TRIES 100  /* a receiver holds the lock for less than a millisecond, */
#define LOCK_WAIT_MS 10 /* so a second is long */

static const char *path_of(const struct address *address)
{
    return ((const struct sockaddr_un *) &address->socket)->sun_path;
}

/* Locks the folder of a path. The descriptor, to be closed; -1 with errno set. */
static int lock_folder(const char *path)
{
    char folder[sizeof(((struct sockaddr_un *) NULL)->sun_path)];
    size_t len = (size_t) (strrchr(path, '/') - path);
    memcpy(folder, path, len);
    memcpy(folder + len, len == 0 ? "/" : "", len == 0 ? 2 : 1);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK || i == LOCK_TRIES) {
            int error = errno;
            (void) close(fd);
            errno = error;
            return -1;
        }
        (void) poll(NULL, 0, LOCK_WAIT_MS);
    }
    return fd;
}

/* Whether nobody serves the socket file. errno says why one can't connect otherwise. */
static bool is_dead(const struct address *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return false;
    }
    bool refused = connect(fd, (const struct sockaddr *) &address->socket, address->size) != 0 &&
                   errno == ECONNREFUSED;
    (void) close(fd);
    return refused;
}

/* Makes way: a file that is no socket is never touched. */
static bool remove_dead(const struct address *address, struct fail *fail)
{
    const char *path = path_of(address);
    struct stat found;
    if (lstat(path, &found) != 0) {
        return errno == ENOENT ||
               fail_set(fail, EXIT_UNKNOWN, "can't listen on unix:%s: %s", path, strerror(errno));
    }
    if (!S_ISSOCK(found.st_mode)) {
        return fail_set(fail, EXIT_UNKNOWN, "can't listen on unix:%s: it is there and no socket",
                        path);
    }
    if (!is_dead(address)) {
        return fail_set(fail, EXIT_UNKNOWN, "can't listen on unix:%s: Address already in use",
                        path);
    }
    return unlink(path) == 0 ||
           fail_set(fail, EXIT_UNKNOWN, "can't remove unix:%s: %s", path, strerror(errno));
}

/* The mode is right from the start: the mask is the process's, which has no other thread yet. */
static int bind_file(const struct address *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    mode_t mask = umask((mode_t) (0777 & ~address->mode));
    bool bound = fd >= 0 &&
                 bind(fd, (const struct sockaddr *) &address->socket, address->size) == 0 &&
                 listen(fd, SOMAXCONN) == 0;
    int error = errno;
    (void) umask(mask);
    if (!bound && fd >= 0) {
        (void) close(fd);
    }
    errno = error;
    return bound ? fd : -1;
}

static bool bind_locked(struct listener *listener, const struct address *address, struct fail *fail)
{
    const char *path = path_of(address);
    struct stat made;
    if (!remove_dead(address, fail)) {
        return false;
    }
    listener->fd = bind_file(address);
    if (listener->fd < 0 || lstat(path, &made) != 0) {
        return fail_set(fail, EXIT_UNKNOWN, "can't listen on unix:%s: %s", path, strerror(errno));
    }
    listener->file = address;
    listener->device = made.st_dev;
    listener->inode = made.st_ino;
    return true;
}

bool listener_bind_unix(struct listener *listener, const struct address *address, struct fail *fail)
{
    int lock = lock_folder(path_of(address));
    if (lock < 0) {
        return fail_set(fail, EXIT_UNKNOWN, "can't listen on unix:%s: its folder: %s",
                        path_of(address), strerror(errno));
    }
    bool done = bind_locked(listener, address, fail);
    (void) close(lock);
    return done;
}

/* Another receiver may have taken a file for dead once ours was closed: that one stays. */
void listener_remove_file(struct listener *listener)
{
    struct stat found;
    if (listener->file == NULL) {
        return;
    }
    const char *path = path_of(listener->file);
    int lock = lock_folder(path);
    if (lstat(path, &found) == 0 && found.st_dev == listener->device &&
        found.st_ino == listener->inode) {
        (void) unlink(path);
    }
    if (lock >= 0) {
        (void) close(lock);
    }
    listener->file = NULL;
}
