/* SPDX-License-Identifier: MIT
 *
 * The plan of the fixed vectors: which valid deliveries there are, how each twin differs from its
 * parent, and which status that must give.
 *
 * The statuses are stated here by people who read the scheme; make_vectors.c holds the library
 * against them, never the other way round.
 */
#ifndef HARNESS_PLAN_H
#define HARNESS_PLAN_H

#include "harness/edit.h"
#include "harness/vector.h"

#define PLAN_LISTS_MAX 8   /* lists of twins of a case */
#define PLAN_GROUPS_MAX 16 /* groups of a file: one secret each, or several in one form of them */
#define PLAN_SECRETS_MAX 4 /* secrets of a group */

/* A list of these ends with a row without a name. */
struct plan_twin {
    const char *name;
    const char *flags[VECTOR_FLAGS_MAX];
    hg_status status;
    const char *spec, *note; /* as in a vector case; NULL where that is not told */
    bool should;             /* a difference that no stranger can use */
    bool needs_http;         /* makes sense only over a connection */
    int times;               /* 0: once */
    int expect_stored;
    struct edit edits[EDITS_MAX]; /* up to the first without an operation */
};

/* A valid delivery. A list of these ends with a row without an id. */
struct plan_case {
    const char *id;
    const char *flag; /* NULL for an ordinary one */
    const char *spec, *note;
    bool should;
    const char *event;    /* NULL where the scheme has none */
    const char *delivery; /* likewise, the delivery's id */
    hg_str body;
    size_t repeat;    /* not 0: the body is that many times `body`, and is written so */
    bool lower_names; /* header names are sent in lower case */
    const struct plan_twin *twins[PLAN_LISTS_MAX]; /* up to NULL */
};

struct plan_secret {
    const char *label;
    const char *secret;
    int64_t not_after; /* Unix seconds, or HG_NEVER */
};

struct plan_group {
    struct plan_secret
        secrets[PLAN_SECRETS_MAX]; /* the first signs; one without a label is alone */
    const struct plan_case *cases; /* NULL ends the groups */
    bool catalogue;                /* before them, all types and actions */
};

struct plan_file {
    const char *scheme;
    const char *url;
    const char *content_type;
    struct plan_group groups[PLAN_GROUPS_MAX];
};

extern const struct plan_file plan_webinone;
extern const struct plan_file plan_github;
extern const struct plan_file plan_shopify;
extern const struct plan_file plan_slack;
extern const struct plan_file plan_standard_webhooks;
extern const struct plan_file plan_stripe;

/* One type and action of the catalogue. */
#define PLAN_VARIED_TWINS 9 /* of a combination: those that differ from one to the next */
#define PLAN_NAME_MAX 96    /* bytes: the longest id of ours has 38 */

struct plan_combination {
    struct plan_case row;
    struct plan_twin varied[PLAN_VARIED_TWINS + 1];
    char id[PLAN_NAME_MAX], event[PLAN_NAME_MAX];
    char other_type[PLAN_NAME_MAX], other_action[PLAN_NAME_MAX];
    char dot_type[PLAN_NAME_MAX], action_dot[PLAN_NAME_MAX]; /* ".Order", "OnCreate." */
};

/* Fills in the combination of that index, 0 to HG_ITEM_TYPES * HG_ACTIONS - 1. Points into itself.
 */
void plan_combine(size_t index, struct plan_combination *out);

/* What a flag says about a target that fails; NULL when there is no such flag. */
const char *plan_note(const char *flag);
const char *plan_flag(size_t index); /* NULL past the last */

/* Twins for schemes of any kind, and for those with a time. */
extern const struct plan_twin plan_common[];
extern const struct plan_twin plan_time[];

/* ---- For writing the tables ------------------------------------------------------------------ */

#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

/* An edit made after signing, and one made before. */
#define AFTER(of_op, of_part, ...)                                                                 \
    {                                                                                              \
        .op = EDIT_##of_op, .part = PART_##of_part, __VA_ARGS__                                    \
    }
#define BEFORE(of_op, of_part, ...)                                                                \
    {                                                                                              \
        .op = EDIT_##of_op, .part = PART_##of_part, .before = true, __VA_ARGS__                    \
    }
#define SAYS(literal) .text = TEXT(literal)
#define SHIFT(by)                                                                                  \
    {                                                                                              \
        .op = EDIT_SHIFT_TIME, .before = true, .seconds = (by)                                     \
    }
#define WRONG_SECRET                                                                               \
    {                                                                                              \
        .op = EDIT_WRONG_SECRET, .before = true                                                    \
    }
#define ADD_HEADER(of_name, literal)                                                               \
    {                                                                                              \
        .op = EDIT_ADD_HEADER, .name = (of_name), SAYS(literal)                                    \
    }

/* A row: name, flag, status, edits. LENIENT: nothing is lost to a stranger who tries it. */
#define TWIN(of_name, of_flag, of_status, ...)                                                     \
    {                                                                                              \
        .name = (of_name), .flags = {(of_flag)}, .status = (of_status), .edits = { __VA_ARGS__ }   \
    }
#define LENIENT(of_name, of_flag, of_status, ...)                                                  \
    {                                                                                              \
        .name = (of_name), .flags = {(of_flag)}, .status = (of_status), .should = true, .edits = { \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define TWICE(of_name, of_times)                                                                   \
    {                                                                                              \
        .name = (of_name), .flags = {"Duplicate"}, .status = HG_OK, .needs_http = true,            \
        .times = (of_times), .expect_stored = 1                                                    \
    }
#define END_OF_TWINS                                                                               \
    {                                                                                              \
        .name = NULL                                                                               \
    }

#define ZEROS_16 "0000000000000000"
#define ZEROS_64 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16                /* a SHA-256 MAC in hex */
#define ZEROS_BASE64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" /* and in base64 */

#endif
