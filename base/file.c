/* SPDX-License-Identifier: MIT
 *
 * Whole files in and out, over plain descriptors: stdio would keep copies of secrets in its own
 * buffers.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK_MAX ((size_t) 65536) /* bytes a read: a pipe's capacity */

static ssize_t read_some(int fd, void *place, size_t size)
{
    ssize_t got;
    do {
        got = read(fd, place, size);
    } while (got < 0 && errno == EINTR);
    return got;
}

static bool read_failed(const char *name, struct fail *fail)
{
    bool wrong_kind = errno == EISDIR || errno == EBADF;
    return fail_set(fail, wrong_kind ? EXIT_USAGE : EXIT_UNKNOWN, "%s: %s", name, strerror(errno));
}

/* At the ceiling one more byte tells a file of exactly that size from a larger one. */
static bool at_end(int fd, const char *name, size_t max, struct fail *fail)
{
    char extra;
    ssize_t got = read_some(fd, &extra, 1);
    if (got < 0) {
        return read_failed(name, fail);
    }
    if (got > 0) {
        return fail_set(fail, EXIT_USAGE, "%s: is larger than %zu bytes", name, max);
    }
    return true;
}

bool file_read_fd(int fd, const char *name, struct buf *out, struct fail *fail)
{
    while (out->len < out->max) {
        size_t room = out->max - out->len < CHUNK_MAX ? out->max - out->len : CHUNK_MAX;
        char *place = buf_reserve(out, room);
        if (place == NULL) {
            return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", name);
        }
        ssize_t got = read_some(fd, place, room);
        if (got < 0) {
            return read_failed(name, fail);
        }
        if (got == 0) {
            return true;
        }
        buf_used(out, (size_t) got);
    }
    return at_end(fd, name, out->max, fail);
}

bool file_read(const char *path, struct buf *out, struct fail *fail)
{
    if (strcmp(path, "-") == 0) {
        return file_read_fd(STDIN_FILENO, "standard input", out, fail);
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail_set(fail, EXIT_USAGE, "%s: %s", path, strerror(errno));
    }
    bool done = file_read_fd(fd, path, out, fail);
    (void) close(fd);
    return done;
}

static bool write_all(int fd, hg_str content)
{
    while (content.len > 0) {
        ssize_t put = write(fd, content.ptr, content.len);
        if (put > 0) {
            content.ptr += put;
            content.len -= (size_t) put;
        } else if (put == 0 || errno != EINTR) {
            return false;
        }
    }
    return true;
}

/* A device or a pipe can't be renamed over (and /dev/null must not be): it is written to. */
static bool write_in_place(const char *path, hg_str content, struct fail *fail)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) {
        return fail_set(fail, EXIT_USAGE, "%s: %s", path, strerror(errno));
    }
    bool done = write_all(fd, content);
    if (!done) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: %s", path, strerror(errno));
    }
    if (close(fd) != 0 && done) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: %s", path, strerror(errno));
    }
    return done;
}

/* Fills the temporary file; mode is that of the file it replaces, 0 when there is none. */
static bool fill(int fd, mode_t mode, hg_str content)
{
    bool done = mode == 0 || fchmod(fd, mode) == 0;
    done = done && write_all(fd, content) && fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && done) {
        return false;
    }
    errno = why;
    return done;
}

/* A new file beside the one of that path; -1 on failure. The caller frees *name. */
static int open_beside(const char *path, char **name, struct fail *fail)
{
    if (asprintf(name, "%s.%ld.tmp", path, (long) getpid()) < 0) {
        *name = NULL;
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", path);
        return -1;
    }
    int fd = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) {
        (void) fail_set(fail, EXIT_USAGE, "%s: %s", path, strerror(errno));
    }
    return fd;
}

static bool replace(const char *path, mode_t mode, hg_str content, struct fail *fail)
{
    char *temporary = NULL;
    bool done = false;
    int fd = open_beside(path, &temporary, fail);
    if (fd >= 0) {
        done = fill(fd, mode, content) && rename(temporary, path) == 0;
        if (!done) {
            (void) fail_set(fail, EXIT_UNKNOWN, "%s: %s", path, strerror(errno));
            (void) unlink(temporary);
        }
    }
    free(temporary);
    return done;
}

static bool could_replace(const char *path, struct fail *fail)
{
    char *temporary = NULL;
    int fd = open_beside(path, &temporary, fail);
    if (fd >= 0) {
        (void) close(fd);
        (void) unlink(temporary);
    }
    free(temporary);
    return fd >= 0;
}

/* What a path names, and so how it is written. */
enum place { PLACE_NEW, PLACE_FILE, PLACE_OTHER, PLACE_FOLDER };

static enum place look(const char *path, mode_t *mode)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return PLACE_NEW;
    }
    *mode = info.st_mode & 0777;
    return S_ISDIR(info.st_mode) ? PLACE_FOLDER : S_ISREG(info.st_mode) ? PLACE_FILE : PLACE_OTHER;
}

bool file_write(const char *path, hg_str content, struct fail *fail)
{
    mode_t mode = 0;
    switch (look(path, &mode)) {
    case PLACE_NEW: return replace(path, 0, content, fail);
    case PLACE_FOLDER: return fail_set(fail, EXIT_USAGE, "%s: %s", path, strerror(EISDIR));
    case PLACE_OTHER: return write_in_place(path, content, fail);
    case PLACE_FILE: break;
    }
    char *real = realpath(path, NULL); /* a link stays a link: its target is replaced */
    bool done = replace(real != NULL ? real : path, mode, content, fail);
    free(real);
    return done;
}

bool file_writable(const char *path, struct fail *fail)
{
    mode_t mode = 0;
    switch (look(path, &mode)) {
    case PLACE_NEW: return could_replace(path, fail);
    case PLACE_FOLDER: return fail_set(fail, EXIT_USAGE, "%s: %s", path, strerror(EISDIR));
    case PLACE_OTHER:
        return access(path, W_OK) == 0 ||
               fail_set(fail, EXIT_USAGE, "%s: %s", path, strerror(errno));
    case PLACE_FILE: break;
    }
    char *real = realpath(path, NULL);
    bool done = could_replace(real != NULL ? real : path, fail);
    free(real);
    return done;
}
