/* SPDX-License-Identifier: MIT
 *
 * Inside the making of deliveries: a draft holds the parts as they are sent, each in its own
 * buffer. edit.c edits and signs them, edit_layout.c makes a request of them.
 */
#ifndef HARNESS_EDIT_DRAFT_H
#define HARNESS_EDIT_DRAFT_H

#include "harness/edit.h"
#include "harness/vector.h"

#define PARTS (PART_URL + 1)

struct extra_header {
    const char *name;
    struct buf value;
};

struct draft {
    const struct vector_case *of_case;
    const hg_request *parent;
    const hg_scheme_spec *row;
    struct buf parts[PARTS]; /* as sent */
    hg_str pretend[PARTS];   /* signed instead, where pretends */
    bool pretends[PARTS];
    bool dropped[PARTS];
    bool trailed[PARTS];      /* sent behind the body */
    const char *names[PARTS]; /* sent instead of the header's own, unless NULL */
    bool wrong_secret, empty_secret, chunked;
    bool misplaced; /* the signature is sent elsewhere than in its header */
    size_t fillers; /* further headers that mean nothing */
    size_t key;     /* that signs; its place in the ring */
    int64_t shift;
    struct extra_header extra[2 * EDITS_MAX];
    size_t extra_count;
};

/* Lays the parts out in the parent's order; the result owns its bytes. */
bool draft_finish(const struct draft *draft, struct made *out, struct fail *fail);

/* The bytes that go over the wire, where an edit says more of them than an HTTP client knows. Frees
 * *made when it fails. */
bool draft_frame(const struct draft *draft, const struct edit_context *context, struct made *made,
                 struct fail *fail);

/* Always false. */
bool draft_no_memory(struct fail *fail);

#endif
