/* SPDX-License-Identifier: MIT
 *
 * See source.h. Files are looked at by name, so that one that was replaced, or reached through a
 * link that was, counts as changed.
 */
#include "receiver/source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"

/* What tells one state of a file from another; all zero: it is not there. */
struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written, changed;
};

struct file {
    char *path;
    struct stamp known; /* when it was read, or told of */
    struct stamp last;  /* at the last look */
};

struct kept {
    char *src;
    struct buf value;
};

struct sources {
    struct file *files; /* watched */
    size_t file_count;
    struct file *next; /* read since sources_begin */
    size_t next_count;
    struct kept *kept;
    size_t kept_count;
};

static struct stamp look(const char *path)
{
    struct stat status;
    struct stamp stamp = {0};
    if (stat(path, &status) == 0) {
        stamp = (struct stamp){status.st_dev, status.st_ino, status.st_size, status.st_mtim,
                               status.st_ctim};
    }
    return stamp;
}

static bool same_time(struct timespec a, struct timespec b)
{
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

static bool same(const struct stamp *a, const struct stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           same_time(a->written, b->written) && same_time(a->changed, b->changed);
}

struct sources *sources_new(void)
{
    return calloc(1, sizeof(struct sources));
}

static void free_files(struct file **files, size_t *count)
{
    for (size_t i = 0; i < *count; i++) {
        free((*files)[i].path);
    }
    free(*files);
    *files = NULL;
    *count = 0;
}

void sources_free(struct sources *sources)
{
    if (sources == NULL) {
        return;
    }
    free_files(&sources->files, &sources->file_count);
    free_files(&sources->next, &sources->next_count);
    for (size_t i = 0; i < sources->kept_count; i++) {
        free(sources->kept[i].src);
        buf_wipe(&sources->kept[i].value);
    }
    free(sources->kept);
    free(sources);
}

/* Room for one more item; NULL when there are too many or memory ran out. */
static void *grow(void *items, size_t count, size_t size)
{
    return count < SOURCES_MAX ? realloc(items, (count + 1) * size) : NULL;
}

/* Its state is noted before it is read: what is written meanwhile shows as a change. */
static bool note_file(struct sources *sources, const char *path)
{
    for (size_t i = 0; i < sources->next_count; i++) {
        if (strcmp(sources->next[i].path, path) == 0) {
            return true;
        }
    }
    struct file *next = grow(sources->next, sources->next_count, sizeof(*next));
    if (next == NULL) {
        return false;
    }
    sources->next = next;
    struct file *file = &next[sources->next_count];
    file->path = strdup(path);
    file->known = file->last = look(path);
    sources->next_count += file->path != NULL ? 1 : 0;
    return file->path != NULL;
}

static const struct kept *find_kept(const struct sources *sources, const char *src)
{
    for (size_t i = 0; i < sources->kept_count; i++) {
        if (strcmp(sources->kept[i].src, src) == 0) {
            return &sources->kept[i];
        }
    }
    return NULL;
}

static bool keep(struct sources *sources, const char *src, const struct buf *value)
{
    struct kept *all = grow(sources->kept, sources->kept_count, sizeof(*all));
    if (all == NULL) {
        return false;
    }
    sources->kept = all;
    struct kept *kept = &all[sources->kept_count];
    kept->src = strdup(src);
    buf_init(&kept->value, value->len);
    if (kept->src == NULL || buf_reserve(&kept->value, value->len) == NULL ||
        !buf_add_str(&kept->value, buf_str(value))) {
        free(kept->src);
        buf_wipe(&kept->value);
        return false;
    }
    sources->kept_count++;
    return true;
}

/* A descriptor gives its secret once; the same one may be named by several endpoints. */
static bool read_descriptor(struct sources *sources, const char *src, size_t max, struct buf *out,
                            struct fail *fail)
{
    const struct kept *kept = find_kept(sources, src);
    if (kept != NULL) {
        buf_init(out, max);
        return (buf_reserve(out, kept->value.len) != NULL &&
                buf_add_str(out, buf_str(&kept->value))) ||
               fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    if (!secret_read(src, max, out, fail)) {
        return false;
    }
    if (!keep(sources, src, out)) {
        buf_wipe(out);
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    return true;
}

bool sources_read(struct sources *sources, const char *src, size_t max, struct buf *out,
                  struct fail *fail)
{
    static const char file_form[] = "file:";
    static const char fd_form[] = "fd:";
    if (sources != NULL && strncmp(src, fd_form, strlen(fd_form)) == 0) {
        return read_descriptor(sources, src, max, out, fail);
    }
    if (sources != NULL && strncmp(src, file_form, strlen(file_form)) == 0 &&
        !note_file(sources, src + strlen(file_form))) {
        buf_init(out, max);
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    return secret_read(src, max, out, fail);
}

/* ---- Watching -------------------------------------------------------------------------------- */

void sources_begin(struct sources *sources)
{
    free_files(&sources->next, &sources->next_count);
}

void sources_end(struct sources *sources, bool done)
{
    if (done) {
        free_files(&sources->files, &sources->file_count);
        sources->files = sources->next;
        sources->file_count = sources->next_count;
        sources->next = NULL;
        sources->next_count = 0;
    }
    free_files(&sources->next, &sources->next_count);
}

bool sources_changed(struct sources *sources)
{
    bool changed = false;
    for (size_t i = 0; i < sources->file_count; i++) {
        struct file *file = &sources->files[i];
        struct stamp now = look(file->path);
        if (!same(&now, &file->known) && same(&now, &file->last)) {
            file->known = now;
            changed = true;
        }
        file->last = now;
    }
    return changed;
}

bool sources_watched(const struct sources *sources)
{
    return sources->file_count > 0;
}
