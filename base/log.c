/* SPDX-License-Identifier: MIT
 *
 * Log lines, written in batches.
 *
 * Two buffers: lines collect in one while a single writer empties the other without the lock. A
 * thread that finds the writer busy never waits for it: it leaves the work to the writer, or, when
 * there is no room left either, drops its line and counts it. Nor does the writer wait for whoever
 * reads the log: a pipe that is full keeps its batch until it has room again.
 */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/json.h"

#define ROOM_MAX ((size_t) 4 * LOG_BATCH_MAX) /* bytes that may collect while a write is slow */
#define CLOSE_WAIT_MS 1000 /* for a full pipe to be read, at the end; then the rest is lost */

struct batch {
    struct buf text;
    uint64_t
        lines; /* whole lines in it, and those that it says were dropped: what its loss costs */
};

struct log {
    int fd;
    atomic_int level; /* may change while other threads log */
    bool json;
    pthread_mutex_t lock; /* of everything below; out belongs to the writer while busy */
    struct batch in;
    struct batch out;
    size_t out_at;    /* how much of out is written */
    bool busy;        /* a thread is writing out */
    bool again;       /* a flush was asked for meanwhile */
    bool torn;        /* the last write ended within a line */
    uint64_t dropped; /* lines lost and not yet told */
    int64_t time_s;   /* the second that time_text spells */
    size_t time_len;
    char time_text[HG_TIME_TEXT_MAX];
};

static const hg_str level_names[] = {[LOG_ERROR] = {"error", 5},
                                     [LOG_WARN] = {"warn", 4},
                                     [LOG_INFO] = {"info", 4},
                                     [LOG_DEBUG] = {"debug", 5}};

enum log_level log_level_find(const char *name)
{
    for (int level = LOG_ERROR; level <= LOG_DEBUG; level++) {
        if (strcmp(name, level_names[level].ptr) == 0) {
            return (enum log_level) level;
        }
    }
    return (enum log_level) 0;
}

struct log *log_new(int fd, enum log_level level, bool json)
{
    struct log *log = calloc(1, sizeof *log);
    if (log == NULL) {
        return NULL;
    }
    if (pthread_mutex_init(&log->lock, NULL) != 0) {
        free(log);
        return NULL;
    }
    log->fd = fd;
    atomic_init(&log->level, (int) level);
    log->json = json;
    log->time_s = INT64_MIN;
    buf_init(&log->in.text, ROOM_MAX);
    buf_init(&log->out.text, ROOM_MAX);
    return log;
}

void log_set_level(struct log *log, enum log_level level)
{
    atomic_store_explicit(&log->level, (int) level, memory_order_relaxed);
}

bool log_wants(const struct log *log, enum log_level level)
{
    return (int) level <= atomic_load_explicit(&log->level, memory_order_relaxed);
}

/* ---- One line -------------------------------------------------------------------------------- */

/* Whether a value can stand bare in the text form, so that a reader may split lines at blanks: of
 * visible ASCII without quote, equals sign and backslash. A bit for each byte. */
static bool is_bare(hg_str text)
{
    static const uint64_t bare[4] = {
        (UINT64_MAX << 0x21) & ~(UINT64_C(1) << '"') & ~(UINT64_C(1) << '='), /* to 0x3f */
        (UINT64_MAX >> 1) & ~(UINT64_C(1) << ('\\' - 0x40)),                  /* 0x40 to 0x7e */
    };
    uint64_t all = text.len > 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char) text.ptr[i];
        all &= bare[byte >> 6] >> (byte & 63);
    }
    return all != 0;
}

/* A line has two dozen pieces, nearly all of 4 to 16 bytes: those are copied by their two halves,
 * which may overlap. */
static char *put(char *at, hg_str piece)
{
    size_t len = piece.len;
    if (len >= 8 && len <= 16) {
        uint64_t head, tail;
        memcpy(&head, piece.ptr, sizeof(head));
        memcpy(&tail, piece.ptr + len - sizeof(tail), sizeof(tail));
        memcpy(at, &head, sizeof(head));
        memcpy(at + len - sizeof(tail), &tail, sizeof(tail));
    } else if (len >= 4 && len < 8) {
        uint32_t head, tail;
        memcpy(&head, piece.ptr, sizeof(head));
        memcpy(&tail, piece.ptr + len - sizeof(tail), sizeof(tail));
        memcpy(at, &head, sizeof(head));
        memcpy(at + len - sizeof(tail), &tail, sizeof(tail));
    } else {
        memcpy(at, piece.ptr, len);
    }
    return at + len;
}

#define ESCAPE_MAX ((size_t) 4) /* bytes that stand for one: \xff */

static char *put_quoted(char *at, hg_str text)
{
    static const char digits[] = "0123456789abcdef";
    *at++ = '"';
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char) text.ptr[i];
        if (byte < 0x20 || byte >= 0x7f) {
            *at++ = '\\';
            *at++ = 'x';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
            continue;
        }
        if (byte == '"' || byte == '\\') {
            *at++ = '\\';
        }
        *at++ = (char) byte;
    }
    *at++ = '"';
    return at;
}

static char *put_value(char *at, const struct log_field *field)
{
    char digits[NUMBER_TEXT_MAX];
    if (field->text.ptr == NULL) {
        return put(at, number_text(field->number, digits));
    }
    return is_bare(field->text) ? put(at, field->text) : put_quoted(at, field->text);
}

/* The bytes that fields take at most. */
static size_t room_for(const struct log_field *fields, size_t count)
{
    size_t room = 0;
    for (size_t i = 0; i < count; i++) {
        size_t len = fields[i].text.len;
        if (len > ROOM_MAX) {
            return SIZE_MAX;
        }
        room += fields[i].name.len + NUMBER_TEXT_MAX + 2 + ESCAPE_MAX * len;
    }
    return room;
}

/* In one go behind a single look for room: each request has such a line. */
static bool add_text_line(struct buf *out, hg_str when, hg_str level, hg_str event,
                          const struct log_field *fields, size_t count)
{
    size_t room = room_for(fields, count);
    char *line =
        room < SIZE_MAX ? buf_reserve(out, when.len + level.len + event.len + room + 3) : NULL;
    if (line == NULL) {
        return false;
    }
    char *at = put(line, when);
    *at++ = ' ';
    at = put(at, level);
    *at++ = ' ';
    at = put(at, event);
    for (size_t i = 0; i < count; i++) {
        at = put_value(put(at, fields[i].name), &fields[i]);
    }
    *at++ = '\n';
    buf_used(out, (size_t) (at - line));
    return true;
}

static bool add_json_field(struct buf *out, const struct log_field *field)
{
    char digits[NUMBER_TEXT_MAX];
    bool number = field->text.ptr == NULL;
    hg_str value = number ? number_text(field->number, digits) : field->text;
    hg_str name = {field->name.ptr + 1, field->name.len - 2};
    hg_str pieces[] = {hg_text(",\""), name, hg_text("\":"), value};
    return buf_add_all(out, pieces, number ? 4 : 3) && (number || json_add_text(out, value));
}

static bool add_json_line(struct buf *out, hg_str when, hg_str level, hg_str event,
                          const struct log_field *fields, size_t count)
{
    hg_str head[] = {hg_text("{\"time\":\""),
                     when,
                     hg_text("\",\"level\":\""),
                     level,
                     hg_text("\",\"event\":\""),
                     event,
                     hg_text("\"")};
    bool done = buf_add_all(out, head, sizeof(head) / sizeof(head[0]));
    for (size_t i = 0; done && i < count; i++) {
        done = add_json_field(out, &fields[i]);
    }
    return done && buf_add_text(out, "}\n");
}

/* Spelled once a second, not once a line. */
static hg_str time_text(struct log *log, int64_t now_ms)
{
    int64_t now = now_ms / 1000 - (now_ms % 1000 < 0);
    if (now != log->time_s) {
        log->time_len = hg_time_print(HG_TIME_RFC3339, now, log->time_text);
        log->time_s = now;
    }
    return (hg_str){log->time_text, log->time_len};
}

/* Adds a whole line or nothing. */
static bool add_line(struct log *log, enum log_level level, int64_t now_ms, const char *event,
                     const struct log_field *fields, size_t count)
{
    struct buf *out = &log->in.text;
    size_t before = out->len;
    bool (*add)(struct buf *, hg_str, hg_str, hg_str, const struct log_field *, size_t) =
        log->json ? add_json_line : add_text_line;
    if (add(out, time_text(log, now_ms), level_names[level], hg_text(event), fields, count)) {
        log->in.lines++;
        return true;
    }
    out->failed = false;
    out->len = before;
    return false;
}

/* ---- Batches --------------------------------------------------------------------------------- */

enum outcome { WRITTEN, NO_ROOM, FAILED };

/* What can be written at once without blocking: a pipe that polls as writable has room for PIPE_BUF
 * bytes, a file for all. */
static size_t write_max(int fd)
{
    struct stat about;
    return fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? SIZE_MAX : PIPE_BUF;
}

/* Writes only what the reader has room for. wait_ms is how long to wait for room. */
static enum outcome write_some(int fd, hg_str *rest, int wait_ms)
{
    size_t most = write_max(fd);
    while (rest->len > 0) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        if (poll(&ready, 1, wait_ms) == 0) {
            return NO_ROOM;
        }
        ssize_t put = write(fd, rest->ptr, rest->len < most ? rest->len : most);
        if (put > 0) {
            rest->ptr += put;
            rest->len -= (size_t) put;
        } else if (put == 0 || errno != EINTR) {
            return put < 0 && errno == EAGAIN ? NO_ROOM : FAILED;
        }
    }
    return WRITTEN;
}

static uint64_t count_lines(hg_str text)
{
    uint64_t lines = 0;
    const char *end = text.ptr + text.len;
    for (const char *at = text.ptr; at < end; at++) {
        at = memchr(at, '\n', (size_t) (end - at));
        if (at == NULL) {
            break;
        }
        lines++;
    }
    return lines;
}

/* Without the lock; only the busy thread is here. *lost: the lines that a failure cost. */
static enum outcome write_out(struct log *log, int wait_ms, uint64_t *lost)
{
    hg_str end_of_line = hg_text("\n");
    hg_str rest = buf_str(&log->out.text);
    rest.ptr += log->out_at;
    rest.len -= log->out_at;
    *lost = 0;
    if (log->torn) {
        enum outcome ended = write_some(log->fd, &end_of_line, wait_ms);
        if (ended != WRITTEN) {
            *lost = log->out.lines;
            return ended;
        }
        log->torn = false;
    }
    enum outcome outcome = write_some(log->fd, &rest, wait_ms);
    log->out_at = log->out.text.len - rest.len;
    if (outcome == FAILED) {
        log->torn = log->out_at > 0 && rest.ptr[-1] != '\n';
        *lost = log->out_at > 0 ? count_lines(rest) : log->out.lines;
    }
    return outcome;
}

/* With the lock, which is given up while writing. False when the reader has no room. */
static bool flush_locked(struct log *log, int wait_ms)
{
    enum outcome outcome = WRITTEN;
    log->again = log->busy;
    if (log->busy) {
        return true;
    }
    log->busy = true;
    do {
        if (log->out.lines == 0) {
            struct batch empty = log->out;
            log->out = log->in;
            log->in = empty;
            log->out_at = 0;
        }
        uint64_t lost = 0;
        log->again = false;
        pthread_mutex_unlock(&log->lock);
        outcome = log->out.lines > 0 ? write_out(log, wait_ms, &lost) : WRITTEN;
        pthread_mutex_lock(&log->lock);
        if (outcome != NO_ROOM) {
            buf_clear(&log->out.text);
            log->out.lines = 0;
            log->dropped += lost;
        }
    } while (log->again && outcome != NO_ROOM);
    log->busy = false;
    return outcome != NO_ROOM;
}

/* What was lost is told at the head of the next batch. */
static void tell_dropped(struct log *log, int64_t now_ms)
{
    struct log_field field = LOG_NUMBER("lines", (int64_t) log->dropped);
    if (log->dropped > 0 && log->in.text.len == 0 &&
        add_line(log, LOG_WARN, now_ms, "log_dropped", &field, 1)) {
        log->in.lines += log->dropped - 1; /* the line itself needs no count of its own */
        log->dropped = 0;
    }
}

void log_add(struct log *log, enum log_level level, int64_t now_ms, const char *event,
             const struct log_field *fields, size_t count)
{
    if (!log_wants(log, level)) {
        return;
    }
    pthread_mutex_lock(&log->lock);
    tell_dropped(log, now_ms);
    if (!add_line(log, level, now_ms, event, fields, count)) {
        log->dropped++;
    }
    if (log->in.text.len >= LOG_BATCH_MAX && !log->busy) {
        flush_locked(log, 0);
    }
    pthread_mutex_unlock(&log->lock);
}

size_t log_waiting(struct log *log)
{
    pthread_mutex_lock(&log->lock);
    size_t waiting = log->in.text.len;
    pthread_mutex_unlock(&log->lock);
    return waiting;
}

void log_flush(struct log *log)
{
    pthread_mutex_lock(&log->lock);
    flush_locked(log, 0);
    pthread_mutex_unlock(&log->lock);
}

void log_free(struct log *log)
{
    if (log == NULL) {
        return;
    }
    pthread_mutex_lock(&log->lock);
    /* What is left of a batch, what has collected behind it, and how much more there was. */
    if (flush_locked(log, CLOSE_WAIT_MS) && flush_locked(log, CLOSE_WAIT_MS)) {
        if (log->time_s != INT64_MIN) {
            tell_dropped(log, log->time_s * 1000);
        }
        flush_locked(log, CLOSE_WAIT_MS);
    }
    pthread_mutex_unlock(&log->lock);
    pthread_mutex_destroy(&log->lock);
    buf_free(&log->in.text);
    buf_free(&log->out.text);
    free(log);
}
