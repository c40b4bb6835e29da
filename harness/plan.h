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
#include "harness/edit_mac.h"
#include "harness/vector.h"

#define PLAN_LISTS_MAX 8   /* lists of twins of a case */
#define PLAN_GROUPS_MAX 24 /* groups of a file: one secret each, or several in one form of them */
#define PLAN_SECRETS_MAX 4 /* secrets of a group */
#define PLAN_AGAIN_MAX 2   /* edits of a delivery's repetition */
#define PLAN_CASES_MAX 16  /* lists of cases of a group */
#define PLAN_SEED_MAX 5    /* headers: Content-Type and those of a scheme */
#define PLAN_MAC_TEXT_MAX 132 /* bytes: 64 in hex, and a NUL */
#define PLAN_PREFIX_MAX 32    /* bytes of what stands before a signature, NUL included */

/* What a scheme has, so that a table can be written once for all of them. A row is made where the
 * scheme has all that the row needs. */
enum plan_feature {
    HAS_TIME = 1 << 0,
    HAS_TIME_HEADER = 1 << 1, /* the time has a header of its own */
    HAS_TIME_ITEM = 1 << 2,   /* or is an item of the signature header */
    HAS_EVENT = 1 << 3,
    BINDS_EVENT = 1 << 4, /* it is signed */
    FREE_EVENT = 1 << 5,  /* there is one and it is not signed */
    HAS_GRAMMAR = 1 << 6, /* an event is "Type.Action" */
    ANY_EVENT = 1 << 7,   /* an event is any visible text */
    HAS_ID = 1 << 8,
    BINDS_ID = 1 << 9,
    FREE_ID = 1 << 10,
    IS_HEX = 1 << 11,
    IS_BASE64 = 1 << 12,
    IS_SINGLE = 1 << 13, /* the header holds one signature */
    IS_LIST = 1 << 14,
    IS_COMMA_LIST = 1 << 15,
    HAS_PREFIX = 1 << 16, /* something stands before the signature */
    HAS_NO_PREFIX = 1 << 17,
    HAS_DIGEST_PREFIX = 1 << 18, /* "sha256=", an algorithm's name */
    HAS_TEXT_KEY = 1 << 19,      /* the secret's text is the key */
    HAS_TWO_KEYS = 1 << 20,      /* the group has several secrets */
    FREE_QUERY = 1 << 21         /* the query of the URL is not signed */
};

/* A list of these ends with a row without a name. */
struct plan_twin {
    const char *name;
    const char *flags[VECTOR_FLAGS_MAX];
    hg_status status;
    const char *spec, *note; /* as in a vector case; NULL where that is not told */
    bool should;             /* a difference that no stranger can use */
    bool needs_http;         /* makes sense only over a connection */
    bool either;             /* as in a vector case */
    int times;               /* 0: once */
    int expect_stored;
    bool together, restart;       /* as in a vector case */
    unsigned needs;               /* of plan_feature */
    const char *same_as;          /* a twin of the same case that must be answered alike */
    struct edit edits[EDITS_MAX]; /* up to the first without an operation */
    struct edit again[PLAN_AGAIN_MAX];
};

/* How the names of headers are spelled. */
enum plan_names { NAMES_AS_DOCUMENTED, NAMES_LOWER, NAMES_UPPER, NAMES_MIXED };

/* A valid delivery. A list of these ends with a row without an id. */
struct plan_case {
    const char *id;
    const char *flag;   /* NULL for an ordinary one */
    const char *family; /* of it and its twins; NULL: that of the flag */
    const char *spec, *note;
    bool should;
    unsigned needs;
    const char *event;    /* NULL: the file's */
    const char *delivery; /* likewise, the delivery's id */
    const char *content_type;
    hg_str body;
    size_t repeat; /* not 0: the body is that many times `body`, and is written so */
    enum plan_names names;
    bool reversed;                                 /* the headers stand in the reverse order */
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
    bool catalogue;                /* first of all types and actions */
    const struct plan_case *cases[PLAN_CASES_MAX]; /* up to NULL; a group without any is the last */
};

struct plan_file {
    const char *scheme;
    const char *url;
    const char *content_type;
    const char *events[3];     /* of ordinary deliveries; two others. NULL: the scheme has none */
    const char *deliveries[2]; /* ids: of ordinary deliveries; another. Likewise */
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
const struct vector_note *plan_flag_note(const char *flag);
const char *plan_flag(size_t index); /* NULL past the last */

const char *plan_family(const char *flag); /* the family of a flag's cases */

/* Families, each a list of cases for schemes of any kind. */
extern const struct plan_case plan_signature[];
extern const struct plan_case plan_time[];
extern const struct plan_case plan_event[];
extern const struct plan_case plan_secret[];
extern const struct plan_case plan_ring[];    /* for groups of several secrets */
extern const struct plan_case plan_expired[]; /* for groups whose second secret has expired */
/* For groups with a secret of an unusual form. */
extern const struct plan_case plan_key_hex[], plan_key_base64[], plan_key_whsec[],
    plan_key_number[], plan_key_block[], plan_key_long[], plan_key_letter[], plan_key_wide[],
    plan_key_blanks[], plan_key_marks[];
extern const struct plan_case plan_headers[];
extern const struct plan_case plan_body[];
extern const struct plan_case plan_framing[];
extern const struct plan_case plan_replay[];
extern const struct plan_case plan_leak[];

/* The lists of the families in a group of one secret, but those of signature, time and event. */
#define PLAN_OTHER_FAMILIES                                                                        \
    plan_secret, plan_headers, plan_body, plan_framing, plan_replay, plan_leak

/* Groups of a scheme whose secret is text, as it is: each with an unusual one, and with several.
 * All are public. */
#define PLAN_ONE_KEY(of_secret, of_cases)                                                          \
    {                                                                                              \
        .secrets = {{NULL, of_secret, HG_NEVER}}, .cases = { of_cases }                            \
    }
#define PLAN_TEXT_KEY_GROUPS                                                                       \
    {.secrets = {{"previous", "the-previous-public-secret-for-tests-only", HG_NEVER},              \
                 {"current", "the-current-public-secret-for-tests-only", HG_NEVER}},               \
     .cases = {plan_ring}},                                                                        \
        {.secrets = {{"new", "the-new-public-secret-for-tests-only", HG_NEVER},                    \
                     {"old", "the-old-public-secret-for-tests-only", INT64_C(1767225599)},         \
                     {"last", "the-last-public-secret-for-tests-only", INT64_C(1767225600)}},      \
         .cases = {plan_expired}},                                                                 \
        PLAN_ONE_KEY("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",           \
                     plan_key_hex),                                                                \
        PLAN_ONE_KEY("YSBwdWJsaWMgc2VjcmV0LCBmb3IgdGVzdHMgb25seSE=", plan_key_base64),             \
        PLAN_ONE_KEY("whsec_YSBwdWJsaWMgc2VjcmV0LCBmb3IgdGVzdHMgb25seSE=", plan_key_whsec),        \
        PLAN_ONE_KEY("01234567890123456789", plan_key_number),                                     \
        PLAN_ONE_KEY("a public secret that has as many bytes as a block of SHA-256 has",           \
                     plan_key_block),                                                              \
        PLAN_ONE_KEY("a public secret that is longer than a block of SHA-256, so HMAC hashes it",  \
                     plan_key_long),                                                               \
        PLAN_ONE_KEY("k", plan_key_letter),                                                        \
        PLAN_ONE_KEY("ein \xc3\xb6"                                                                \
                     "ffentliches Geheimnis \xf0\x9f\x94\x91",                                     \
                     plan_key_wide),                                                               \
        PLAN_ONE_KEY(" a public secret with blanks ", plan_key_blanks),                            \
        PLAN_ONE_KEY("a'public\"secret\\with$marks%41&<>", plan_key_marks)

/* ---- Words of a scheme in a table ------------------------------------------------------------ */

/* What make_vectors puts in their place is told in plan_shape.c. */
#define PREFIX_ "\032P"     /* what stands before a signature: "sha256=" */
#define UPPER_ "\032U"      /* the same in upper case */
#define WRONG_ "\032Z"      /* a signature in the scheme's encoding that is wrong: of zeros */
#define LAST_WRONG_ "\032O" /* likewise, of bytes 0xff */
#define SEPARATOR_ "\032S"  /* of a list */
#define SIGNATURE_ "\032s"  /* names of headers */
#define TIMESTAMP_ "\032t"
#define EVENT_ "\032e"
#define ID_ "\032i"
#define THIS_EVENT_ "\0320" /* events of the file */
#define OTHER_EVENT_ "\0321"
#define THIRD_EVENT_ "\0322"
#define THIS_ID_ "\0323"
#define OTHER_ID_ "\0324"
#define ITEM_ PREFIX_ WRONG_

/* Places: the MAC's text is the last thing in its header in every scheme here. */
#define PLAN_PLACES (1L << 22)
#define IN_MAC(offset) (PLAN_PLACES + (offset))     /* within its text */
#define AT_PREFIX (2 * PLAN_PLACES)                 /* where its prefix begins */
#define MAC_LESS(bytes) (3 * PLAN_PLACES - (bytes)) /* counts: of its text, less some */
#define PREFIX_SIZE (3 * PLAN_PLACES + 1)

/* What a table's words stand for in one scheme. */
struct plan_shape {
    unsigned features;
    const hg_scheme_spec *row;
    const struct plan_file *file;
    struct mac_text mac;
    char wrong[PLAN_MAC_TEXT_MAX], last_wrong[PLAN_MAC_TEXT_MAX];
    char prefix[PLAN_PREFIX_MAX], upper[PLAN_PREFIX_MAX];
};

void plan_shape_of(const hg_scheme *scheme, const struct plan_file *file, struct plan_shape *shape);

/* An unsigned request with the headers in their places; edit_make fills in what signing gives. */
struct plan_seed {
    hg_header headers[PLAN_SEED_MAX];
    size_t count;
    char names[PLAN_SEED_MAX][PLAN_NAME_MAX];
    struct buf body;
};

/* False when memory ran out; else the caller frees the body. The headers point into *seed. */
bool plan_seed(const struct plan_shape *shape, const struct plan_case *row, struct plan_seed *seed);

/* Appends text with the scheme's words in it. */
bool plan_expand(const struct plan_shape *shape, hg_str text, struct buf *out);

/* The same for an edit: its texts come to stand in out, whose memory must not move. */
bool plan_expand_edit(const struct plan_shape *shape, struct edit *edit, struct buf *out);

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
#define MOVE_TO_QUERY(of_part, of_name)                                                            \
    {                                                                                              \
        .op = EDIT_TO_QUERY, .part = PART_##of_part, .name = (of_name)                             \
    }
#define MOVE_TO_TRAILER(of_part)                                                                   \
    {                                                                                              \
        .op = EDIT_TO_TRAILER, .part = PART_##of_part                                              \
    }
#define MOVE_TO_HEADER(of_part, of_name)                                                           \
    {                                                                                              \
        .op = EDIT_RENAME, .part = PART_##of_part, .name = (of_name)                               \
    }
#define ADD_HEADER(of_name, literal)                                                               \
    {                                                                                              \
        .op = EDIT_ADD_HEADER, .name = (of_name), SAYS(literal)                                    \
    }

/* A row: name, flag, status, what the scheme must have, why it is judged so, edits. SHOULD: nothing
 * is lost to a stranger who tries it. */
#define MUST(of_name, of_flag, of_status, of_needs, of_note, ...)                                  \
    {                                                                                              \
        .name = (of_name), .flags = {(of_flag)}, .status = (of_status), .needs = (of_needs),       \
        .note = (of_note), .edits = {                                                              \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define SHOULD(of_name, of_flag, of_status, of_needs, of_note, ...)                                \
    {                                                                                              \
        .name = (of_name), .flags = {(of_flag)}, .status = (of_status), .needs = (of_needs),       \
        .note = (of_note), .should = true, .edits = {                                              \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
/* Rows with the right signature in another place than the scheme's header: a receiver that looks
 * there as well, and verifies what it finds, accepts it. The fourth place is a trailer. */
#define MISPLACED                                                                                  \
    "The right signature, in another place than the scheme's header: there it counts for nothing."
#define PLAN_MISPLACED                                                                             \
    MUST("in-the-url", "Unsigned", HG_NO_SIGNATURE, FREE_QUERY, MISPLACED,                         \
         MOVE_TO_QUERY(SIGNATURE, "signature")),                                                   \
        MUST("in-a-cookie", "Unsigned", HG_NO_SIGNATURE, 0, MISPLACED,                             \
             AFTER(PREPEND, SIGNATURE, SAYS(SIGNATURE_ "=")),                                      \
             MOVE_TO_HEADER(SIGNATURE, "Cookie")),                                                 \
        MUST("in-authorization", "Unsigned", HG_NO_SIGNATURE, 0, MISPLACED,                        \
             MOVE_TO_HEADER(SIGNATURE, "Authorization"))
#define END_OF_TWINS                                                                               \
    {                                                                                              \
        .name = NULL                                                                               \
    }

#define ZEROS_16 "0000000000000000"
#define ZEROS_64 ZEROS_16 ZEROS_16 ZEROS_16 ZEROS_16                /* a SHA-256 MAC in hex */
#define ZEROS_BASE64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=" /* and in base64 */

#endif
