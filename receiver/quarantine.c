/* SPDX-License-Identifier: MIT
 *
 * See quarantine.h. One lock guards the list of what waits; it is not held while a file is written.
 */
#include "receiver/quarantine.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/capture.h"
#include "receiver/quarantine_files.h"

/* Bytes that may wait; a single request may always. A flood of refused ones is not worth more. */
#define WAITING_MAX ((size_t) 8 << 20)
#define TEXT_MAX                                                                                   \
    (3 * CAPTURE_BODY_MAX) /* bytes of a file: the largest body in base64, and a head */

struct waiting {
    struct waiting *next;
    struct capture capture;
    size_t bytes;
    hg_status status;
    size_t endpoint_len, client_len;
    char texts[]; /* the endpoint's name, the client */
};

struct quarantine {
    struct quarantine_files *files;
    struct log *log;
    uint64_t statuses;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct waiting *first, *last;    /* guarded, */
    size_t bytes;                    /* guarded: of those that wait or are being written */
    struct quarantine_counts counts; /* guarded, */
    bool stop;                       /* guarded */
    bool failing;                    /* the thread's own: the last file could not be written */
};

bool quarantine_allows(hg_status status)
{
    hg_class kind = hg_status_class(status);
    return kind == HG_CLASS_MALFORMED || kind == HG_CLASS_FORGED || kind == HG_CLASS_STALE ||
           kind == HG_CLASS_UNWANTED;
}

uint64_t quarantine_all(void)
{
    uint64_t all = 0;
    for (int status = HG_OK; status <= HG_STORE_DOWN; status++) {
        all |= quarantine_allows((hg_status) status) ? UINT64_C(1) << status : 0;
    }
    return all;
}

/* ---- The thread ------------------------------------------------------------------------------ */

static void add_member(struct buf *out, const char *name, hg_str value)
{
    (void) buf_addf(out, "\"%s\":", name);
    (void) json_add_text(out, value);
    (void) buf_add_text(out, ",");
}

/* A capture with three members more: {"endpoint":…,"status":…,"client":…,"method":… */
static bool print_item(const struct waiting *item, struct buf *out)
{
    struct buf capture;
    buf_init(&capture, TEXT_MAX);
    (void) buf_add_text(out, "{");
    add_member(out, "endpoint", (hg_str){item->texts, item->endpoint_len});
    add_member(out, "status", hg_text(hg_status_name(item->status)));
    add_member(out, "client", (hg_str){item->texts + item->endpoint_len, item->client_len});
    bool done = capture_to_json(&item->capture.request, item->capture.received_at, &capture) &&
                buf_add(out, capture.ptr + 1, capture.len - 1) && /* past its '{' */
                buf_add_text(out, "\n") && !out->failed;
    buf_free(&capture);
    return done;
}

/* One line when it begins to fail, not one a request. */
static void tell(struct quarantine *quarantine, const struct fail *fail, int64_t now_s)
{
    bool failing = fail->exit_code != 0;
    if (failing && !quarantine->failing && quarantine->log != NULL) {
        const struct log_field fields[] = {LOG_TEXT("error", hg_text(fail->text))};
        log_add(quarantine->log, LOG_WARN, now_s * 1000, "quarantine", fields, 1);
        log_flush(quarantine->log);
    }
    quarantine->failing = failing;
}

static bool write_item(struct quarantine *quarantine, const struct waiting *item)
{
    struct fail fail = {0};
    struct buf text;
    buf_init(&text, TEXT_MAX);
    bool done = print_item(item, &text)
                    ? quarantine_files_add(quarantine->files, item->status, buf_str(&text), &fail)
                    : fail_set(&fail, EXIT_UNKNOWN, "out of memory");
    buf_free(&text);
    tell(quarantine, &fail, item->capture.received_at);
    return done;
}

static void free_item(struct waiting *item)
{
    capture_free(&item->capture);
    free(item);
}

static void *quarantine_main(void *context)
{
    struct quarantine *quarantine = context;
    (void) pthread_mutex_lock(&quarantine->lock);
    while (!quarantine->stop || quarantine->first != NULL) {
        struct waiting *item = quarantine->first;
        if (item == NULL) {
            (void) pthread_cond_wait(&quarantine->work, &quarantine->lock);
            continue;
        }
        quarantine->first = item->next;
        (void) pthread_mutex_unlock(&quarantine->lock);
        bool done = write_item(quarantine, item);
        (void) pthread_mutex_lock(&quarantine->lock);
        quarantine->bytes -= item->bytes;
        *(done ? &quarantine->counts.kept : &quarantine->counts.dropped) += 1;
        free_item(item);
    }
    (void) pthread_mutex_unlock(&quarantine->lock);
    return NULL;
}

/* ---- The caller's side ----------------------------------------------------------------------- */

/* The thread takes no signals: they are read by the loop. */
static int start_thread(struct quarantine *quarantine)
{
    sigset_t all, before;
    (void) sigfillset(&all);
    (void) pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&quarantine->thread, NULL, quarantine_main, quarantine);
    (void) pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

struct quarantine *quarantine_open(const struct quarantine_spec *spec, struct log *log,
                                   struct fail *fail)
{
    struct quarantine_files *files = quarantine_files_open(spec, fail);
    struct quarantine *quarantine = files != NULL ? calloc(1, sizeof(*quarantine)) : NULL;
    if (quarantine == NULL) {
        quarantine_files_close(files);
        (void) fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", spec->path);
        return NULL;
    }
    quarantine->files = files;
    quarantine->log = log;
    quarantine->statuses = spec->statuses;
    (void) pthread_mutex_init(&quarantine->lock, NULL);
    (void) pthread_cond_init(&quarantine->work, NULL);
    int error = start_thread(quarantine);
    if (error != 0) {
        (void) fail_set(fail, EXIT_UNKNOWN, "the quarantine's thread: %s", strerror(error));
        quarantine_files_close(files);
        free(quarantine);
        return NULL;
    }
    return quarantine;
}

bool quarantine_wants(const struct quarantine *quarantine, hg_status status)
{
    return (quarantine->statuses >> status & 1) == 1;
}

/* How much a copy takes, roughly. */
static size_t size_of(const struct quarantine_item *item)
{
    const hg_request *request = item->request;
    size_t bytes = sizeof(struct waiting) + request->url.len + request->body.len;
    for (size_t i = 0; i < request->header_count; i++) {
        bytes += sizeof(hg_header) + request->headers[i].name.len + request->headers[i].value.len;
    }
    return bytes;
}

static struct waiting *copy_item(const struct quarantine_item *item, size_t bytes)
{
    struct waiting *made = calloc(1, sizeof(*made) + item->endpoint.len + item->client.len);
    if (made == NULL || !capture_copy(item->request, item->received_s, &made->capture)) {
        free(made);
        return NULL;
    }
    made->bytes = bytes;
    made->status = item->status;
    made->endpoint_len = item->endpoint.len;
    made->client_len = item->client.len;
    memcpy(made->texts, item->endpoint.ptr, item->endpoint.len);
    memcpy(made->texts + item->endpoint.len, item->client.ptr, item->client.len);
    return made;
}

void quarantine_add(struct quarantine *quarantine, const struct quarantine_item *item)
{
    size_t bytes = size_of(item);
    (void) pthread_mutex_lock(&quarantine->lock);
    bool fits = quarantine->bytes == 0 || quarantine->bytes + bytes <= WAITING_MAX;
    struct waiting *made = fits ? copy_item(item, bytes) : NULL;
    if (made != NULL) {
        *(quarantine->first != NULL ? &quarantine->last->next : &quarantine->first) = made;
        quarantine->last = made;
        quarantine->bytes += bytes;
    } else {
        quarantine->counts.dropped++;
    }
    (void) pthread_mutex_unlock(&quarantine->lock);
    (void) pthread_cond_signal(&quarantine->work);
}

struct quarantine_counts quarantine_counts(struct quarantine *quarantine)
{
    (void) pthread_mutex_lock(&quarantine->lock);
    struct quarantine_counts counts = quarantine->counts;
    (void) pthread_mutex_unlock(&quarantine->lock);
    return counts;
}

void quarantine_close(struct quarantine *quarantine)
{
    if (quarantine == NULL) {
        return;
    }
    (void) pthread_mutex_lock(&quarantine->lock);
    quarantine->stop = true;
    (void) pthread_mutex_unlock(&quarantine->lock);
    (void) pthread_cond_signal(&quarantine->work);
    (void) pthread_join(quarantine->thread, NULL);
    (void) pthread_cond_destroy(&quarantine->work);
    (void) pthread_mutex_destroy(&quarantine->lock);
    quarantine_files_close(quarantine->files);
    free(quarantine);
}
