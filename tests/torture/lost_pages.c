/* SPDX-License-Identifier: MIT
 *
 * A disk that forgets, first half: a library to preload that keeps a journal of everything a
 * program does to the files of one folder. tests/torture/disk.py is the other half: out of the
 * journal it makes what such a disk could hold after the power failed.
 *
 *     LOST_PAGES_FOLDER   absolute path of the folder
 *     LOST_PAGES_JOURNAL  file outside of it that records are added to
 *     LOST_PAGES_KILL_AT  SIGKILL instead of this operation, counted from 1; 0 or unset: never
 *     LOST_PAGES_SWALLOW  "all": fsync does nothing, as with synchronous=OFF; "folder": that of the
 *                         folder itself does nothing; unset: none
 *
 * A record is a struct record, the name and the data. A write is recorded before it is made and a
 * sync after it has returned, under one lock: so the order of the journal is that of the disk. A
 * write that is not seen here (writev, say, or one through a mapping) leaves a file that differs
 * from what the journal says, which disk.py notices.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES_MAX 4096 /* descriptors looked after: far above what a short load needs */
#define NAME_ROOM 64   /* of a file's name within the folder, with its NUL */

enum operation { OP_CREATE = 1, OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_SYNC_FOLDER, OP_UNLINK };

struct record {
    uint32_t operation;
    uint32_t name_len;
    uint64_t offset; /* of a write; the new length of a truncation */
    uint64_t data_len;
};

struct file {
    bool known;
    char name[NAME_ROOM]; /* "": the folder itself */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file files[FILES_MAX];
static const char *folder;
static int journal = -1;
static unsigned long operations, kill_at;
static bool swallow_all, swallow_folder;

static _Noreturn void stop(const char *what)
{
    static const char prefix[] = "lost_pages: ";
    (void) !syscall(SYS_write, STDERR_FILENO, prefix, sizeof(prefix) - 1);
    (void) !syscall(SYS_write, STDERR_FILENO, what, strlen(what));
    (void) !syscall(SYS_write, STDERR_FILENO, "\n", (size_t) 1);
    abort();
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("LOST_PAGES_JOURNAL");
    const char *at = getenv("LOST_PAGES_KILL_AT");
    const char *swallow = getenv("LOST_PAGES_SWALLOW");
    folder = getenv("LOST_PAGES_FOLDER");
    if (folder == NULL || path == NULL) {
        stop("LOST_PAGES_FOLDER and LOST_PAGES_JOURNAL must be set");
    }
    swallow_all = swallow != NULL && strcmp(swallow, "all") == 0;
    swallow_folder = swallow_all || (swallow != NULL && strcmp(swallow, "folder") == 0);
    kill_at = at != NULL ? strtoul(at, NULL, 10) : 0;
    journal =
        (int) syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal < 0) {
        stop("can't open the journal");
    }
}

/* ---- The journal ----------------------------------------------------------------------------- */

/* The page cache outlives the process: what was written before the kill is there after it. */
static void record(enum operation operation, const char *name, uint64_t offset, const void *data,
                   size_t size)
{
    struct record head = {(uint32_t) operation, (uint32_t) strlen(name), offset, size};
    struct iovec parts[] = {
        {&head, sizeof(head)}, {(void *) name, head.name_len}, {(void *) data, size}};
    ssize_t whole = (ssize_t) (sizeof(head) + head.name_len + size);
    if (writev(journal, parts, 3) != whole) {
        stop("can't write the journal");
    }
}

static void lock_and_count(void)
{
    (void) pthread_mutex_lock(&lock);
    if (++operations == kill_at) {
        (void) kill(getpid(), SIGKILL);
        for (;;) {
            (void) pause(); /* until it has arrived: the operation must not be made */
        }
    }
}

static void unlock(void)
{
    int error = errno; /* the caller's, of the operation */
    (void) pthread_mutex_unlock(&lock);
    errno = error;
}

/* The file behind a descriptor; NULL: none of the folder's. */
static struct file *file_of(int fd)
{
    return fd >= 0 && fd < FILES_MAX && files[fd].known ? &files[fd] : NULL;
}

/* The name within the folder, "" for the folder itself; NULL: a path elsewhere. */
static const char *name_of(const char *path)
{
    size_t len = folder != NULL ? strlen(folder) : 0;
    if (len == 0 || strncmp(path, folder, len) != 0) {
        return NULL;
    }
    if (path[len] == '\0') {
        return "";
    }
    return path[len] == '/' ? path + len + 1 : NULL;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static int open_known(const char *path, const char *name, int flags, unsigned mode)
{
    if (strlen(name) >= NAME_ROOM || strchr(name, '/') != NULL || (flags & O_TRUNC) != 0) {
        stop("a name or a way of opening that is not provided for");
    }
    lock_and_count();
    bool is_new = (flags & O_CREAT) != 0 && access(path, F_OK) != 0;
    if (is_new) {
        record(OP_CREATE, name, 0, NULL, 0);
    }
    int fd = (int) syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (fd >= FILES_MAX) {
        stop("too many descriptors");
    }
    if (fd >= 0) {
        files[fd].known = true;
        (void) strcpy(files[fd].name, name);
    }
    unlock();
    return fd;
}

static int open_any(const char *path, int flags, unsigned mode)
{
    const char *name = name_of(path);
    return name != NULL ? open_known(path, name, flags, mode)
                        : (int) syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

#define MODE_OF(flags, last)                                                                       \
    unsigned mode = 0;                                                                             \
    if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {                                                  \
        va_list more;                                                                              \
        va_start(more, last);                                                                      \
        mode = va_arg(more, unsigned);                                                             \
        va_end(more);                                                                              \
    }

int open(const char *path, int flags, ...)
{
    MODE_OF(flags, flags)
    return open_any(path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    MODE_OF(flags, flags)
    return open_any(path, flags, mode);
}

int close(int fd)
{
    (void) pthread_mutex_lock(&lock);
    if (file_of(fd) != NULL) {
        files[fd].known = false;
    }
    int done = (int) syscall(SYS_close, fd);
    unlock();
    return done;
}

int unlink(const char *path)
{
    const char *name = name_of(path);
    if (name == NULL) {
        return (int) syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    }
    lock_and_count();
    if (access(path, F_OK) == 0) {
        record(OP_UNLINK, name, 0, NULL, 0);
    }
    int done = (int) syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    unlock();
    return done;
}

/* ---- Bytes ----------------------------------------------------------------------------------- */

static ssize_t write_known(int fd, const void *data, size_t size, off_t offset)
{
    lock_and_count();
    record(OP_WRITE, files[fd].name, (uint64_t) offset, data, size);
    ssize_t done = syscall(SYS_pwrite64, fd, data, size, offset);
    unlock();
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t offset)
{
    return file_of(fd) != NULL ? write_known(fd, data, size, offset)
                               : syscall(SYS_pwrite64, fd, data, size, offset);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset)
{
    return pwrite(fd, data, size, offset);
}

ssize_t write(int fd, const void *data, size_t size)
{
    if (file_of(fd) != NULL) {
        stop("a write without a place in the folder is not provided for");
    }
    return syscall(SYS_write, fd, data, size);
}

int ftruncate(int fd, off_t size)
{
    if (file_of(fd) == NULL) {
        return (int) syscall(SYS_ftruncate, fd, size);
    }
    lock_and_count();
    record(OP_TRUNCATE, files[fd].name, (uint64_t) size, NULL, 0);
    int done = (int) syscall(SYS_ftruncate, fd, size);
    unlock();
    return done;
}

int ftruncate64(int fd, off64_t size)
{
    return ftruncate(fd, size);
}

/* ---- Syncs ----------------------------------------------------------------------------------- */

static int sync_any(int fd, long call)
{
    struct file *file = file_of(fd);
    if (file == NULL) {
        return (int) syscall(call, fd);
    }
    bool is_folder = file->name[0] == '\0';
    if (is_folder ? swallow_folder : swallow_all) {
        return 0;
    }
    lock_and_count();
    int done = (int) syscall(call, fd);
    if (done == 0) {
        record(is_folder ? OP_SYNC_FOLDER : OP_SYNC, file->name, 0, NULL, 0);
    }
    unlock();
    return done;
}

int fsync(int fd)
{
    return sync_any(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_any(fd, SYS_fdatasync);
}
