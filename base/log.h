/* SPDX-License-Identifier: MIT
 *
 * Log lines, written in batches.
 *
 * A line is an event name and fields. Text form: "2026-01-01T00:00:00Z info request status=ok
 * ms=1"; a value with a blank, a quote or a byte outside visible ASCII is quoted and escaped. JSON
 * form: one object a line. Lines collect in memory until log_flush, or until LOG_BATCH_MAX bytes
 * are there. Thread-safe: one lock around the buffer, no I/O under it. Nobody waits for a reader
 * that is slow: lines collect up to a ceiling, then they are dropped, counted, and the count is
 * told.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hookgauge.h"

#define LOG_BATCH_MAX 65536 /* bytes: one write a batch; beyond it the batch leaves early */

enum log_level { LOG_ERROR = 1, LOG_WARN, LOG_INFO, LOG_DEBUG };

struct log_field {
    hg_str name;    /* " name=", a literal: not escaped */
    hg_str text;    /* used when ptr is not NULL */
    int64_t number; /* otherwise */
};

#define LOG_NAME(name) ((hg_str){" " name "=", sizeof(name) + 1})
#define LOG_TEXT(name, str) ((struct log_field){LOG_NAME(name), (str), 0})
#define LOG_NUMBER(name, value) ((struct log_field){LOG_NAME(name), {NULL, 0}, (value)})

struct log;

/* fd is borrowed. NULL when memory ran out. */
struct log *log_new(int fd, enum log_level level, bool json);
void log_free(struct log *log); /* flushes; waits a second at most for room */

/* From now on, for all threads. */
void log_set_level(struct log *log, enum log_level level);

bool log_wants(const struct log *log, enum log_level level);

/* now is in Unix milliseconds. A line below the level is dropped before anything is formatted. */
void log_add(struct log *log, enum log_level level, int64_t now_ms, const char *event,
             const struct log_field *fields, size_t count);

/* The bytes that have collected. */
size_t log_waiting(struct log *log);

/* Writes what has collected, as far as the reader has room for it. */
void log_flush(struct log *log);

/* The level of that name ("error", "warn", "info", "debug"); 0 when there is none. */
enum log_level log_level_find(const char *name);

#endif
