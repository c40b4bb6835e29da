/* SPDX-License-Identifier: MIT
 *
 * Vector files in memory. The format is described by vectors/schema.json.
 */
#ifndef HARNESS_VECTOR_H
#define HARNESS_VECTOR_H

#include "base/capture.h"
#include "base/fail.h"
#include "harness/edit.h"
#include "hookgauge.h"

#define VECTOR_FILE_MAX ((size_t) 64 << 20) /* bytes: eight times our largest file */
#define VECTOR_FLAGS_MAX 4                  /* flags of a case */
#define VECTOR_VERSION 2                    /* of the format; vectors/README.md tells the changes */
#define VECTOR_TIMES_MAX 100                /* deliveries of a case: a duplicate needs 2 */

/* Flags explained once per file: what a receiver that fails such a case does wrong. */
struct vector_note {
    const char *flag;
    const char *text;
    const char *cwe;  /* the weakness it is an instance of, as in "CWE-347"; NULL: none fits */
    const char *spec; /* the section that it breaks; NULL: none, or the cases say it */
};

struct vector_group {
    hg_key keys[HG_KEYS_MAX]; /* one labelled "secret", or those of "secrets" */
    size_t key_count;
    int64_t now; /* Unix seconds at which its cases are judged */
};

struct vector_case {
    const char *id;               /* unique in the file; "parent-id/twin" for a twin */
    const struct vector_case *of; /* the valid case a twin was made from; NULL for a valid one, and
                                     for a published one */
    const struct vector_group *group;
    const char *flags[VECTOR_FLAGS_MAX];
    size_t flag_count;
    const char *family; /* one of vector_family; NULL: not stated */
    hg_status status;   /* the expected one */
    int64_t now;        /* its own, else the group's */
    bool should;        /* level "should": reported, does not fail the run */
    bool needs_http;    /* makes sense only over a connection */
    bool either;        /* of a valid one: a target may refuse it, too; that it answers counts */
    int times;          /* how often it is delivered; 1 unless given */
    bool together;      /* those deliveries begin at one moment, each on its own connection */
    bool restart;       /* the receiver is started anew between the first of them and the others */
    struct edit *again; /* made of all but the first of them, too: behind the case's own edits */
    size_t again_count;
    int expect_stored;  /* how many deliveries a receiver has kept after that; -1: not stated */
    const char *spec;   /* the section that decides it, of the document the scheme names or an RFC;
                           NULL: that document is silent, or no section was looked up */
    const char *note;   /* why it is judged so where a section alone does not tell; may be NULL */
    const char *source; /* where it was published, by others; NULL: it is ours. What others publish
                           as invalid has no valid parent. */
    const struct vector_case *same_as; /* the earlier case whose answer must be the same as this
                                          one's but for its date; NULL: none */
    struct edit *edits;
    size_t edit_count;
    struct capture capture; /* the request as sent, at group time with group keys */
    hg_str raw;             /* raw_base64: a whole HTTP message, instead of a request */
};

struct vector_file {
    const char *name; /* what messages call it */
    hg_scheme *scheme;
    struct vector_note *notes;
    size_t note_count;
    struct vector_group *groups;
    size_t group_count;
    struct vector_case *cases; /* all groups' cases in file order */
    size_t case_count;
    cJSON *tree; /* owns the strings */
};

/* Reads and checks a vector file: unknown members, duplicate ids, a "of" that names no earlier
 * valid case, a flag without a note, a count that is wrong, are named by JSON path (EXIT_USAGE).
 * text must outlive nothing. */
bool vector_parse(hg_str text, const char *name, struct vector_file *file, struct fail *fail);
void vector_free(struct vector_file *file);

/* The explanation of a flag; NULL when the file has none. */
const char *vector_note(const struct vector_file *file, const char *flag);
const struct vector_note *vector_flag(const struct vector_file *file, const char *flag);

/* The families of cases, in the order in which reports show them; NULL past the last. */
const char *vector_family(size_t index);

/* The files that are part of the program, so that it works from anywhere: the text of
 * vectors/NAME.json, or an empty slice. vector_builtin_name gives the names, NULL past the last. */
hg_str vector_builtin(const char *name);
const char *vector_builtin_name(size_t index);

#endif
