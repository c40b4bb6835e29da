/* SPDX-License-Identifier: MIT
 *
 * Where refused requests can be kept for `hookgauge explain`: a folder of JSON captures.
 *
 * It is bounded in files and bytes; the oldest go. A thread of its own writes, so that a slow or
 * full disk holds up no request: what it can't take in time is dropped and counted. The folder is
 * made with mode 0700, its files have 0600, and files that are not of its kind are left alone.
 */
#ifndef RECEIVER_QUARANTINE_H
#define RECEIVER_QUARANTINE_H

#include "base/fail.h"
#include "base/log.h"
#include "hookgauge.h"

#define QUARANTINE_COUNT_MAX 100000              /* files: a folder of more is no fun */
#define QUARANTINE_BYTES_MAX ((int64_t) 1 << 40) /* a TiB */

struct quarantine_spec {
    const char *path;  /* of the folder; NULL: nothing is kept */
    int64_t max_bytes; /* of all files together */
    int64_t max_count; /* files */
    uint64_t statuses; /* a bit for each hg_status that is kept: 1 << status */
};

/* Whether requests with that status can be kept: it says what is wrong with a whole request. */
bool quarantine_allows(hg_status status);

/* All of those. */
uint64_t quarantine_all(void);

struct quarantine;

/* Opens the folder, removes what is beyond the bounds and starts the thread. spec and log (NULL:
 * none) are borrowed. NULL with EXIT_UNKNOWN naming the folder. */
struct quarantine *quarantine_open(const struct quarantine_spec *spec, struct log *log,
                                   struct fail *fail);

/* Whether a request with that status is to be handed over. */
bool quarantine_wants(const struct quarantine *quarantine, hg_status status);

/* A refused request. The URL holds no secret. */
struct quarantine_item {
    hg_status status;
    hg_str endpoint;
    hg_str client; /* the address it came from */
    int64_t received_s;
    const hg_request *request;
};

/* Copies it for the thread; drops it when too much waits already. */
void quarantine_add(struct quarantine *quarantine, const struct quarantine_item *item);

struct quarantine_counts {
    uint64_t kept, dropped;
};
struct quarantine_counts quarantine_counts(struct quarantine *quarantine);

/* Writes what waits, ends the thread and frees. NULL is allowed. */
void quarantine_close(struct quarantine *quarantine);

#endif
