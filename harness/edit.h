/* SPDX-License-Identifier: MIT
 *
 * Edits: one named change to a valid delivery, made before or after it is signed.
 *
 * A twin is its parent plus edits. The same function makes the fixed vectors (at a fixed time with
 * a public secret) and live deliveries (at the present time with the user's secret), so that both
 * test the same thing.
 */
#ifndef HARNESS_EDIT_H
#define HARNESS_EDIT_H

#include "base/buf.h"
#include "base/fail.h"
#include "base/json.h"
#include "harness/frame.h"
#include "hookgauge.h"

#define EDITS_MAX 8 /* of one case; the boundary cases have 2 */

/* Signs the "wrong secret" cases. Public, and a key in every decoding a scheme can name: text, hex,
 * base64 and whsec. */
#define EDIT_WRONG_SECRET_TEXT "badbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadb"

enum edit_op {
    EDIT_FLIP_BIT = 1, /* bit `bit` (0 = lowest) of byte `at` (negative: from the end) of part */
    EDIT_TRUNCATE,     /* drop the last `count` bytes of part */
    EDIT_APPEND,       /* add `text` at the end of part */
    EDIT_PREPEND,      /* add `text` in front of part */
    EDIT_SET,          /* part becomes `text` */
    EDIT_DROP,         /* the header of part is left out */
    EDIT_REPEAT,       /* the header of part is sent a second time, with `text` if given */
    EDIT_ADD_HEADER,   /* a further header: `name`, `text` */
    EDIT_SHIFT_TIME,   /* stated time = now + `seconds` (before) */
    EDIT_WRONG_SECRET, /* signed with another secret (before) */
    EDIT_SIGN_AS,      /* signed as if part were `text`; part is sent unchanged (before) */
    EDIT_CHUNK,        /* sent with chunked transfer coding (http only) */
    EDIT_CUT,          /* drop `count` bytes of part from byte `at` (negative: from the end) on */
    EDIT_BUMP,         /* add `count` to byte `at` of part */
    EDIT_UPPER,        /* ASCII letters of part become upper case from byte `at` on */
    EDIT_BASE64URL,    /* part: '+' and '/' become '-' and '_', the padding goes */
    EDIT_SECRET,       /* signed with the receiver's secret number `at` instead of 0 (before) */
    EDIT_INSERT,       /* add `text` in front of byte `at` of part */
    EDIT_SET_BYTE,     /* byte `at` of part becomes `byte`: text can't name each of them */
    EDIT_WIDE_DIGITS,  /* ASCII digits of part become full-width ones, U+FF10 to U+FF19 */
    EDIT_HEX_NUMBER,   /* part, a decimal number, becomes the same in hex, behind 0x */
    EDIT_RENAME,       /* the header of part is sent under another `name` */
    EDIT_EMPTY_SECRET, /* signed with the empty key (before) */
    EDIT_FLIP_MAC,     /* bit `bit` of byte `at` of the MAC, whatever its encoding */
    EDIT_RECODE,       /* the MAC is written in the encoding that `text` names */
    EDIT_FILL_HEADERS, /* `count` further headers that mean nothing */
    EDIT_TO_QUERY,     /* the header of part is left out; its value, as it is by then and
                          percent-encoded, is the query parameter `name` of the URL */
    /* How the whole message is framed; what goes over the wire is in made.frame. */
    EDIT_FRAME,         /* written with Content-Length */
    EDIT_FRAME_CHUNKS,  /* written in chunks of `count` bytes */
    EDIT_SHIFT_LENGTH,  /* Content-Length says `at` bytes more than the body has */
    EDIT_TO_TRAILER,    /* the header of part is sent behind the last chunk */
    EDIT_SWAP,          /* the first place that reads `text` reads `with` instead */
    EDIT_SWAP_BYTE,     /* likewise, a single `byte` */
    EDIT_PAUSE,         /* the sender pauses behind the first place that reads `text` */
    EDIT_DRIP,          /* sent `count` bytes at a time */
    EDIT_STOP,          /* the last `count` bytes are never sent */
    EDIT_CLOSE,         /* the message announces more than there is: the sender says it has ended */
    EDIT_BEHIND_FORGED, /* on the same connection, behind a copy whose body was changed */
    EDIT_BEFORE_FORGED  /* on the same connection, such a copy follows, and it is judged */
};

enum edit_part {
    PART_BODY = 1,
    PART_SIGNATURE, /* the value of the signature header */
    PART_TIMESTAMP, /* of the timestamp header */
    PART_EVENT,
    PART_ID,
    PART_URL /* the request target */
};

struct edit {
    enum edit_op op;
    enum edit_part part; /* 0 where the op has none */
    bool before;         /* made before signing; else after */
    long at, bit, count, byte;
    int64_t seconds;
    hg_str text, with; /* borrowed from the vector file */
    const char *name;
};

/* A request made from a case; owns its bytes. */
struct made {
    hg_request request;
    bool chunked;
    bool misplaced; /* the signature stands elsewhere than in its header */
    hg_header *headers;
    const hg_header *trailers; /* what goes behind the last chunk; lives in headers' memory */
    size_t trailer_count;
    struct buf bytes;
    struct frame frame; /* the whole message, where an edit says how it is framed */
};

struct edit_context {
    const hg_scheme *scheme;
    const hg_ring *ring;  /* signs with key 0 unless an edit says another */
    const hg_ring *wrong; /* for EDIT_WRONG_SECRET */
    int64_t now;          /* the time a valid delivery states */
    const char *host;     /* of framed messages; NULL: FRAME_HOST */
    bool again;           /* a later delivery of the case: with the edits that it has for those */
};

struct vector_case;

/* Makes the delivery of a case: takes the parent's event, id, target, body and plain headers, makes
 * its edits, signs. The order of headers is the parent's. */
bool edit_make(const struct vector_case *of_case, const struct edit_context *context,
               struct made *made, struct fail *fail);
void made_free(struct made *made);

/* Reads and writes {"op":"flip-bit","part":"body","at":0,"when":"after"}. */
bool edit_from_json(const struct json *at, struct edit *edit, struct fail *fail);
bool edit_to_json(const struct edit *edit, struct buf *out);

#endif
