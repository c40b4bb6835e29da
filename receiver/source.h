/* SPDX-License-Identifier: MIT
 *
 * Where a configuration's secrets come from, so that it can be made anew while the receiver runs:
 * what came through a descriptor can't be read twice and is kept, and files are watched.
 */
#ifndef RECEIVER_SOURCE_H
#define RECEIVER_SOURCE_H

#include "base/buf.h"
#include "base/fail.h"

/* Files and descriptors, each once: more than 64 endpoints with 8 secrets and a challenge have. */
#define SOURCES_MAX ((size_t) 1024)

#define SOURCES_LOOK_MS 1000 /* between two looks at the files: a rotation is not urgent */

struct sources;

/* NULL: out of memory. */
struct sources *sources_new(void);
void sources_free(struct sources *sources); /* NULL is allowed; wipes what is kept */

/* As secret_read, and remembers the source. sources may be NULL: then nothing is remembered. */
bool sources_read(struct sources *sources, const char *src, size_t max, struct buf *out,
                  struct fail *fail);

/* Around the making of a configuration: the files that it reads are those that are watched from
 * then on, unless it failed. */
void sources_begin(struct sources *sources);
void sources_end(struct sources *sources, bool done);

/* Looks at the files: whether one differs from when it was read, or was last told of, and has been
 * as it is for two looks. A file that is being written is thus left alone. */
bool sources_changed(struct sources *sources);

/* Whether there is any file to look at. */
bool sources_watched(const struct sources *sources);

#endif
