/* SPDX-License-Identifier: MIT
 *
 * See quarantine_files.h.
 */
#include "receiver/quarantine_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAME_SIZE 64 /* bytes: 20 digits, a dash, the longest status, ".json" */
#define DIGITS_LEAST 12
#define DIGITS_MOST 18
#define PART "new.part" /* what is being written; may be left over after a crash */

struct entry {
    uint64_t number;
    int64_t bytes;
    hg_status status;
};

struct quarantine_files {
    char *path;
    int folder_fd;
    int64_t max_bytes, max_count;
    int64_t bytes;
    uint64_t next;
    /* oldest first; begin moves on as they are removed, and what is left moves down at the end */
    struct entry *entries;
    size_t begin, end, room;
};

/* ---- Names ----------------------------------------------------------------------------------- */

static void print_name(const struct entry *entry, char name[NAME_SIZE])
{
    (void) snprintf(name, NAME_SIZE, "%0*llu-%s.json", DIGITS_LEAST,
                    (unsigned long long) entry->number, hg_status_name(entry->status));
}

/* Only a name that print_name would give. */
static bool parse_name(const char *name, struct entry *entry)
{
    char again[NAME_SIZE];
    size_t digits = strspn(name, "0123456789"), len = strlen(name);
    if (digits < DIGITS_LEAST || digits > DIGITS_MOST || len < digits + 7 || len >= NAME_SIZE) {
        return false;
    }
    entry->number = strtoull(name, NULL, 10);
    entry->status = hg_status_find((hg_str){name + digits + 1, len - digits - 6});
    if (entry->status == 0) {
        return false;
    }
    print_name(entry, again);
    return strcmp(name, again) == 0;
}

/* ---- The list -------------------------------------------------------------------------------- */

static bool append(struct quarantine_files *files, const struct entry *entry)
{
    if (files->end == files->room && files->begin > files->room / 2) {
        memmove(files->entries, files->entries + files->begin,
                (files->end - files->begin) * sizeof(*entry));
        files->end -= files->begin;
        files->begin = 0;
    }
    if (files->end == files->room) {
        size_t room = files->room > 0 ? 2 * files->room : 64;
        struct entry *more = realloc(files->entries, room * sizeof(*more));
        if (more == NULL) {
            return false;
        }
        files->entries = more;
        files->room = room;
    }
    files->entries[files->end++] = *entry;
    files->bytes += entry->bytes;
    return true;
}

/* Removes the oldest until so many more bytes and files fit. A file that is gone already is as
 * good; one that can't be removed stays, and is not looked at again until the next start. */
static void make_room(struct quarantine_files *files, int64_t bytes, int64_t count)
{
    while (files->begin < files->end &&
           (files->bytes > files->max_bytes - bytes ||
            (int64_t) (files->end - files->begin) > files->max_count - count)) {
        char name[NAME_SIZE];
        const struct entry *oldest = &files->entries[files->begin++];
        print_name(oldest, name);
        (void) unlinkat(files->folder_fd, name, 0);
        files->bytes -= oldest->bytes;
    }
}

/* ---- Opening --------------------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    uint64_t one = ((const struct entry *) a)->number, other = ((const struct entry *) b)->number;
    return (one > other) - (one < other);
}

/* More files than any configuration allows are not ours alone: then it is the wrong folder. */
static bool scan(struct quarantine_files *files, DIR *folder, struct fail *fail)
{
    struct dirent *item;
    struct stat found;
    while (errno = 0, (item = readdir(folder)) != NULL) {
        struct entry entry;
        if (!parse_name(item->d_name, &entry) ||
            fstatat(files->folder_fd, item->d_name, &found, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(found.st_mode)) {
            continue;
        }
        entry.bytes = found.st_size;
        if (files->end > QUARANTINE_COUNT_MAX) {
            return fail_set(fail, EXIT_UNKNOWN, "%s: holds more than %d files", files->path,
                            QUARANTINE_COUNT_MAX);
        }
        if (!append(files, &entry)) {
            return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", files->path);
        }
    }
    if (errno != 0) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: %s", files->path, strerror(errno));
    }
    if (files->end > 0) {
        qsort(files->entries, files->end, sizeof(*files->entries), by_number);
        files->next = files->entries[files->end - 1].number + 1;
    }
    make_room(files, 0, 0);
    return true;
}

/* The lock keeps a second receiver from taking the same numbers; it ends with the descriptor. */
static bool open_folder(struct quarantine_files *files, struct fail *fail)
{
    if (mkdir(files->path, 0700) != 0 && errno != EEXIST) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: %s", files->path, strerror(errno));
    }
    files->folder_fd = open(files->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->folder_fd < 0) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: %s", files->path, strerror(errno));
    }
    if (flock(files->folder_fd, LOCK_EX | LOCK_NB) != 0) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: another receiver uses it", files->path);
    }
    int copy = fcntl(files->folder_fd, F_DUPFD_CLOEXEC, 0);
    DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
    if (folder == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: %s", files->path, strerror(errno));
        if (copy >= 0) {
            (void) close(copy);
        }
        return false;
    }
    bool done = scan(files, folder, fail);
    (void) closedir(folder);
    return done;
}

struct quarantine_files *quarantine_files_open(const struct quarantine_spec *spec,
                                               struct fail *fail)
{
    struct quarantine_files *files = calloc(1, sizeof(*files));
    char *path = strdup(spec->path);
    if (files == NULL || path == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", spec->path);
        free(files);
        free(path);
        return NULL;
    }
    *files = (struct quarantine_files){.path = path,
                                       .folder_fd = -1,
                                       .max_bytes = spec->max_bytes,
                                       .max_count = spec->max_count,
                                       .next = 1};
    if (!open_folder(files, fail)) {
        quarantine_files_close(files);
        return NULL;
    }
    return files;
}

void quarantine_files_close(struct quarantine_files *files)
{
    if (files == NULL) {
        return;
    }
    if (files->folder_fd >= 0) {
        (void) close(files->folder_fd);
    }
    free(files->entries);
    free(files->path);
    free(files);
}

/* ---- Adding ---------------------------------------------------------------------------------- */

static bool write_all(int fd, hg_str text)
{
    while (text.len > 0) {
        ssize_t put = write(fd, text.ptr, text.len);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        text.ptr += put > 0 ? put : 0;
        text.len -= put > 0 ? (size_t) put : 0;
    }
    return true;
}

/* Under another name first, so that nobody reads half a file; whatever has that name, left over or
 * put there, is removed and not written to. It is not synced: what a crash takes is a diagnosis, no
 * delivery. */
static bool write_file(struct quarantine_files *files, const char *name, hg_str text)
{
    (void) unlinkat(files->folder_fd, PART, 0);
    int fd = openat(files->folder_fd, PART, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        return false;
    }
    bool done = fchmod(fd, 0600) == 0 && write_all(fd, text);
    int error = errno;
    if (close(fd) != 0 && done) {
        done = false;
        error = errno;
    }
    if (done && renameat(files->folder_fd, PART, files->folder_fd, name) == 0) {
        return true;
    }
    error = done ? errno : error;
    (void) unlinkat(files->folder_fd, PART, 0);
    errno = error;
    return false;
}

bool quarantine_files_add(struct quarantine_files *files, hg_status status, hg_str text,
                          struct fail *fail)
{
    char name[NAME_SIZE];
    struct entry entry = {files->next, (int64_t) text.len, status};
    if (entry.bytes > files->max_bytes) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: a request is larger than max_bytes", files->path);
    }
    make_room(files, entry.bytes, 1);
    print_name(&entry, name);
    if (!write_file(files, name, text)) {
        return fail_set(fail, EXIT_UNKNOWN, "%s/%s: %s", files->path, name, strerror(errno));
    }
    files->next++;
    if (!append(files, &entry)) {
        (void) unlinkat(files->folder_fd, name, 0);
        return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", files->path);
    }
    return true;
}
