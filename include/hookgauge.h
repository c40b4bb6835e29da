/* SPDX-License-Identifier: MIT
 *
 * libhookgauge: sign and verify webhook deliveries. This header is the manual.
 *
 * A delivery is verified in four steps:
 *
 *     hg_scheme *scheme;                         // the sender's wire format, as data
 *     hg_ring *ring;                             // the secrets you share with the sender
 *     hg_scheme_open("webinone", &scheme, &error);
 *     hg_ring_new(scheme, keys, 1, &ring, &error);
 *     hg_verdict verdict = hg_verify(&options, &request);
 *     if (verdict.status == HG_OK) { ... }       // only now is anything in the request trusted
 *
 * What holds everywhere:
 *   - Lengths and sizes are in bytes, times in whole Unix seconds (UTC).
 *   - Text is a slice (hg_str): a pointer and a length, not NUL-ended, any byte allowed. Inputs are
 *     borrowed for the call; what a verdict points at lives in the request or in the ring.
 *   - The library reads no clock, does no I/O, writes no log and has no mutable global: the caller
 *     passes the time. Schemes and rings never change once made, so any number of threads may share
 *     one. The hg_stream functions allocate no memory, nor does hg_verify, except for schemes with
 *     ed25519 or {form}, which need the whole body in one piece.
 *   - An out-parameter is written only on success. Every *_free accepts NULL.
 *   - Anything missing, empty or unknown is refused, never skipped.
 */
#ifndef HOOKGAUGE_H
#define HOOKGAUGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HG_VERSION "0.1.0"

#if defined(__GNUC__)
#define HG_API __attribute__((visibility("default")))
#define HG_MUST_USE __attribute__((warn_unused_result))
#else
#define HG_API
#define HG_MUST_USE
#endif

/* ---- Limits: a request beyond one of them is refused, never cut ------------------------------ */

#define HG_KEYS_MAX 8        /* keys in a ring: two are a rotation, eight leave room for mishaps */
#define HG_CANDIDATES_MAX 16 /* signatures tried in one delivery: no platform sends more than 5 */
#define HG_HEADERS_MAX 256   /* headers in a request: bounds the look-up; servers allow about 100 */
#define HG_SECRET_MAX 1024   /* bytes of secret text: the longest documented one has 128 */
#define HG_VALUE_MAX 256     /* bytes of an event or id: they are copied into logs and indexes */
#define HG_TEMPLATE_MAX 16   /* parts of a signed template: the longest known one has 9 */
#define HG_NAME_MAX 64       /* bytes of a scheme's name, of a header's name and of a literal */
#define HG_MAC_MAX 64        /* bytes of the longest MAC (SHA-512) or signature (Ed25519) */
#define HG_FORM_MAX 1000     /* parameters of a form body: bounds the sort; PHP's own limit */
#define HG_TOLERANCE_MAX                                                                           \
    ((int64_t) 1 << 53) /* seconds: the largest integer JSON carries exactly                       \
                         */

/* ---- Slices ---------------------------------------------------------------------------------- */

typedef struct hg_str {
    const char *ptr; /* may be NULL when len is 0 */
    size_t len;
} hg_str;

/* The slice of a NUL-ended string, without its NUL; text may be NULL, which gives an empty slice.
 */
static inline hg_str hg_text(const char *text)
{
    hg_str str = {text, text != NULL ? strlen(text) : 0};
    return str;
}

/* ---- Statuses -------------------------------------------------------------------------------- */

/* Why a delivery was accepted or refused. Zero is not a status, so a zeroed verdict accepts
 * nothing. */
typedef enum hg_status {
    HG_OK = 1,
    /* MALFORMED: seen in the headers, before the body is needed */
    HG_NO_SIGNATURE,    /* the signature header is absent or empty */
    HG_BAD_SIGNATURE,   /* nothing in it has the form of a signature, or too many items have it */
    HG_REPEATED_HEADER, /* a header that the scheme names occurs twice */
    HG_NO_TIMESTAMP,
    HG_BAD_TIMESTAMP, /* not in the scheme's format, or given twice */
    HG_NO_EVENT,
    HG_BAD_EVENT, /* not in the scheme's grammar */
    HG_NO_ID,
    HG_BAD_REQUEST, /* a control byte in a named header, too many headers, an unusable id or URL, a
                       body that {form} can't read */
    /* FORGED */
    HG_MISMATCH, /* no signature matches under any key: wrong secret, or something was changed */
    /* STALE: the signature matched, the signed time is outside the tolerance */
    HG_TOO_OLD,
    HG_TOO_NEW,
    /* UNWANTED */
    HG_EVENT_NOT_ALLOWED, /* the signature matched, the event is not among those asked for */
    /* MISUSE: the caller's doing */
    HG_NO_KEY,       /* the ring is empty or every key in it has expired */
    HG_BAD_KEY,      /* a secret is empty, too long or not in the encoding the scheme names */
    HG_BAD_SCHEME,   /* the scheme's data contradict themselves, or use what this call can't do */
    HG_BAD_ARGUMENT, /* a NULL or impossible argument, or a ring made for another scheme */
    /* SYSTEM */
    HG_TOO_LARGE, /* for programs that bound what they read; the library itself has no such bound */
    HG_NO_MEMORY,
    HG_CRYPTO,    /* libcrypto reported a failure */
    HG_STORE_DOWN /* for programs that keep deliveries */
} hg_status;

/* What to do about a status. */
typedef enum hg_class {
    HG_CLASS_OK = 1,
    HG_CLASS_MALFORMED,
    HG_CLASS_FORGED,
    HG_CLASS_STALE,
    HG_CLASS_UNWANTED,
    HG_CLASS_MISUSE,
    HG_CLASS_SYSTEM
} hg_class;

/* The stable name, such as "too_old"; "unknown" for a value that is not a status. Static storage.
 */
HG_API const char *hg_status_name(hg_status status);

/* One sentence for a person. Static storage. */
HG_API const char *hg_status_text(hg_status status);

/* The status of that name; 0 when there is none. */
HG_API hg_status hg_status_find(hg_str name);

/* The class of a status; HG_CLASS_MISUSE for a value that is not a status, so that it is refused.
 */
HG_API hg_class hg_status_class(hg_status status);

/* The HTTP status a receiver answers: 200, 400, 401 (FORGED and STALE alike, so that a stranger
 * learns nothing from the clock), 403, 413, 500 or 503. */
HG_API int hg_status_http(hg_status status);

/* Why a scheme, ring or setting was refused. */
typedef struct hg_error {
    char where[96]; /* the place as a JSON path, such as "$.signature.item" or "$[1].secret" */
    char what[160]; /* one sentence without a final full stop; never holds a secret */
} hg_error;

/* ---- Encodings and times --------------------------------------------------------------------- */

typedef enum hg_encoding {
    HG_HEX = 1,  /* either case when read, lower case when written */
    HG_BASE64,   /* RFC 4648 section 4: padded, canonical (unused bits are zero), no white space */
    HG_BASE64URL /* RFC 4648 section 5: unpadded, canonical, no white space */
} hg_encoding;

/* Decodes text into out, which has room for capacity bytes, and sets *length. False when text is
 * not strictly in that encoding or does not fit; out may then hold a part, *length is unchanged.
 * Time depends on the length of text alone, not on its bytes. */
HG_API HG_MUST_USE bool hg_decode(hg_encoding encoding, hg_str text, void *out, size_t capacity,
                                  size_t *length);

/* Encodes size bytes of data into out, which has room for capacity bytes, without a final NUL.
 * Returns the length, or 0 when it does not fit (or size is 0). 2 x size bytes of room always
 * suffice for 2 bytes or more; 4 for one. */
HG_API size_t hg_encode(hg_encoding encoding, const void *data, size_t size, char *out,
                        size_t capacity);

typedef enum hg_time_format {
    HG_TIME_UNIX = 1,  /* "1767225600": digits only, no sign, no leading zero */
    HG_TIME_UNIX_MS,   /* "1767225600000", likewise */
    HG_TIME_RFC3339,   /* "2026-01-01T00:00:00Z": the offset is required, no leap second, at most
                          nine digits of fraction */
    HG_TIME_HTTP_DATE, /* "Thu, 01 Jan 2026 00:00:00 GMT": RFC 9110 IMF-fixdate */
    HG_TIME_OPAQUE     /* any visible ASCII text; never read as a time */
} hg_time_format;

/* Reads text as a time; fractions of a second are floored. False when it is not strictly in the
 * format, is before 1970, is a number above 2^53, or the format is HG_TIME_OPAQUE. */
HG_API HG_MUST_USE bool hg_time_parse(hg_time_format format, hg_str text, int64_t *seconds);

#define HG_TIME_TEXT_MAX 32

/* Writes the time; returns the length, or 0 when the format can't express it. No final NUL. */
HG_API size_t hg_time_print(hg_time_format format, int64_t seconds, char out[HG_TIME_TEXT_MAX]);

/* ---- Schemes: wire formats as data ----------------------------------------------------------- */

#define HG_NO_TOLERANCE (-1) /* the time is bound and read, its age is not judged */

/* One row of data: how a sender signs. Members hold the words that the JSON form of a scheme has;
 * NULL means that the member is absent. Strings are copied by hg_scheme_new. */
typedef struct hg_scheme_spec {
    const char *name;      /* [a-z0-9-], 1 to HG_NAME_MAX bytes */
    const char *basis;     /* how we know: assumed, documented, observed, discovered */
    const char *source;    /* where it is documented, for people; may be NULL */
    const char *algorithm; /* hmac-sha1, hmac-sha256, hmac-sha384, hmac-sha512, ed25519 */
    const char *key;       /* secret text to key bytes: utf8, base64, hex, whsec (an optional
                              "whsec_", then base64 whose padding may lack). For ed25519 hex or
                              base64 of a public key (32 bytes, verifies) or of a seed and its
                              public key (64 bytes, signs too); or whpk: the same in base64 after
                              "whpk_" and "whsk_" */
    const char
        *signed_text; /* JSON member "signed": literals and the words {timestamp} {event}
                         {id} {body} {method} {url} {path} {query} {host} {header:NAME}
                         {form} {body:sha256:hex}; {{ and }} stand for single braces.
                         {body} at most once.
                         {form}: the parameters of a form body (at most HG_FORM_MAX), decoded,
                         sorted by name and then value, equal ones once, each name and value
                         joined without a mark between.
                         {body:HASH:ENCODING}: sha1, sha256, sha384, sha512; hex or base64;
                         one kind a row, not before {body}. */
    struct {
        const char *header;
        const char *item;      /* literal text around one {sig}, such as "sha256={sig}" */
        const char *separator; /* "," ";" or " ": the header is a list; NULL: it is one item */
        const char *encoding;  /* hex, base64, base64url */
        const char *prefix;    /* literal text before the whole list, such as "v0="; or NULL */
        const char *several;   /* NULL: the header occurs once; "repeated": it may occur several
                                  times; "numbered": its name is followed by -1, -2 … -99 */
    } signature;
    struct {
        const char *header;  /* its own header, or */
        const char *item;    /* an item of the signature list, such as "t={timestamp}" */
        const char *format;  /* unix, unix-ms, rfc3339, http-date, opaque */
        int64_t tolerance_s; /* 0 to HG_TOLERANCE_MAX, both sides, the edge included, or
                                HG_NO_TOLERANCE */
    } timestamp;             /* header and item both NULL: the scheme carries no time */
    struct {
        const char *header;
        const char *grammar; /* "type.action": [A-Za-z0-9]+\.[A-Za-z0-9]+, and the catalogue below
                                applies; NULL: visible ASCII, at most HG_VALUE_MAX bytes */
    } event;
    struct {
        const char *header; /* visible ASCII, at most HG_VALUE_MAX bytes; where it is signed, free
                               of the literal behind it, so that the signed text has one reading */
    } id;
} hg_scheme_spec;

/* A checked, compiled scheme. Immutable. */
typedef struct hg_scheme hg_scheme;

/* Compiles a row. HG_OK, HG_NO_MEMORY, or HG_BAD_SCHEME with *error (which may be NULL) naming the
 * member. The caller frees *scheme with hg_scheme_free, after every ring made for it. */
HG_API HG_MUST_USE hg_status hg_scheme_new(const hg_scheme_spec *spec, hg_scheme **scheme,
                                           hg_error *error);

/* Compiles the built-in row of that name; HG_BAD_SCHEME when there is none, with the reason in
 * error->what for a provider of hg_scheme_absent. */
HG_API HG_MUST_USE hg_status hg_scheme_open(const char *name, hg_scheme **scheme, hg_error *error);

HG_API void hg_scheme_free(hg_scheme *scheme);

/* The built-in rows in order of name; NULL past the last. Static storage. */
HG_API const hg_scheme_spec *hg_scheme_builtin(size_t index);

/* A provider that has no row, though one may look for it. */
typedef struct hg_absent {
    const char *name;   /* of the form of a scheme's name; none of the built-in rows has it */
    const char *reason; /* one sentence without subject and final full stop: "signs with RSA" */
} hg_absent;

/* What has no built-in row, in order of name; NULL past the last. Static storage. */
HG_API const hg_absent *hg_scheme_absent(size_t index);

/* The row a scheme was made from (a copy that lives as long as the scheme). */
HG_API const hg_scheme_spec *hg_scheme_row(const hg_scheme *scheme);

/* What a signature covers. */
typedef enum hg_part { HG_PART_BODY = 1, HG_PART_TIME, HG_PART_EVENT, HG_PART_ID } hg_part;

/* Whether the signed text holds that part, so that changing it in transit is noticed. */
HG_API bool hg_scheme_binds(const hg_scheme *scheme, hg_part part);

#define HG_WEAKNESSES_MAX 9 /* how many there are to know */

/* What a valid signature of a scheme does not prove. */
typedef struct hg_weakness {
    const char *name;   /* stable, such as "event-unsigned"; static storage */
    const char *attack; /* one sentence without a final full stop: what can still be done */
} hg_weakness;

/* The weaknesses of a scheme, worst first; returns their number. */
HG_API size_t hg_scheme_weaknesses(const hg_scheme *scheme, hg_weakness out[HG_WEAKNESSES_MAX]);

/* How much a valid signature proves, by the worst weakness:
 *   'A'  the body, a time that is judged, and the event and id where the scheme has them
 *   'B'  the same, but the event or id can be changed, or the tolerance is longer than an hour
 *   'C'  the body, but not when it was sent: a replay is not noticed for ever
 *   'D'  the signed text has two readings: something can be moved within it
 *   'F'  not even the body */
HG_API char hg_scheme_grade(const hg_scheme *scheme);

/* ---- Keys ------------------------------------------------------------------------------------ */

#define HG_NEVER 0 /* for not_after: the key does not expire */

typedef struct hg_key {
    hg_str label;      /* tells people which key matched; not secret; at most HG_NAME_MAX bytes */
    hg_str secret;     /* the secret's text, as the platform shows it; never trimmed */
    int64_t not_after; /* the last second at which the key is good, or HG_NEVER */
} hg_key;

/* The keys of one endpoint: decoded, their MAC states computed once. Immutable; wiped when freed.
 */
typedef struct hg_ring hg_ring;

/* Makes a ring of 1 to HG_KEYS_MAX keys for a scheme's algorithm and key decoding. HG_OK,
 * HG_NO_KEY (count is 0), HG_BAD_KEY with *error naming the key ("$[i].secret"), HG_BAD_ARGUMENT,
 * HG_NO_MEMORY or HG_CRYPTO. Nothing of keys is referred to afterwards. */
HG_API HG_MUST_USE hg_status hg_ring_new(const hg_scheme *scheme, const hg_key *keys, size_t count,
                                         hg_ring **ring, hg_error *error);

HG_API void hg_ring_free(hg_ring *ring);

/* ---- Verifying ------------------------------------------------------------------------------- */

typedef struct hg_header {
    hg_str name; /* compared without regard to ASCII case */
    hg_str value;
} hg_header;

typedef struct hg_request {
    hg_str method;            /* read only by templates with {method} */
    hg_str url;               /* the public URL the sender called, "https://host/path?query"; read
                                 only by templates with {url} {path} {query} or {host} */
    const hg_header *headers; /* in the order received, repeats kept */
    size_t header_count;
    hg_str body; /* exactly as received: never parsed, trimmed or re-encoded */
} hg_request;

typedef struct hg_options {
    const hg_scheme *scheme;
    const hg_ring *ring;
    int64_t now; /* Unix seconds, of the receiver's clock */
    /* Event patterns: "*", "Order.*", "*.OnDelete" or an exact name. NULL: no event rule. Given,
     * an event that fits none of them is refused after the signature has matched; for the grammar
     * "type.action" a pattern with a star covers the catalogue's events alone. */
    const hg_str *events;
    size_t event_count;
    const hg_str *extra_events; /* exact names admitted beyond the catalogue; may be NULL */
    size_t extra_event_count;
    bool event_unsigned; /* permits event rules although the scheme does not sign the event */
} hg_options;

/* Unless status is HG_OK every other member is zero: no unverified text leaves the library. */
typedef struct hg_verdict {
    hg_status status;
    bool time_signed;  /* the signature covers the timestamp, */
    bool event_signed; /* the event, */
    bool id_signed;    /* the id; an unsigned one is only what the request claims */
    bool age_judged;   /* false: the scheme has no time or no tolerance; a replay is not noticed */
    hg_str key_label;  /* the key that matched; points into the ring */
    int64_t timestamp; /* the time the request states; 0 when the scheme has none or it is opaque */
    int64_t age_s;     /* now - timestamp; negative: from the future; 0 likewise */
    hg_str event;      /* these point into the request and are empty when the scheme has none */
    hg_str id;
    size_t mac_len;
    unsigned char mac[HG_MAC_MAX]; /* the signature that matched, decoded: tells deliveries apart */
} hg_verdict;

/* Verifies one whole request. The order of checks, of which the first to fail names the status:
 * misuse; form of headers (count, repeats, control bytes), signature, timestamp, event, id; every
 * unexpired key against every signature; tolerance; event patterns. */
HG_API HG_MUST_USE hg_verdict hg_verify(const hg_options *options, const hg_request *request);

/* The same while the body is still arriving. Of *options the scheme, ring and event slices, and
 * the request's headers, method and URL must live until hg_stream_end. The struct is the caller's
 * (stack or heap), is wiped by hg_stream_end and needs no other clean-up if it is abandoned, though
 * it then holds key states: call hg_stream_end to wipe it. */
typedef struct hg_stream {
    uint64_t private_words[768];
} hg_stream;

/* Checks the headers; request->body is ignored. HG_OK, or the status that hg_stream_end will
 * return: a receiver may answer it before the body is read. HG_BAD_SCHEME for a scheme with ed25519
 * or {form}: verify those with hg_verify. */
HG_API HG_MUST_USE hg_status hg_stream_begin(hg_stream *stream, const hg_options *options,
                                             const hg_request *request);

/* Takes the next size bytes of the body; data is not kept. */
HG_API void hg_stream_update(hg_stream *stream, const void *data, size_t size);

/* The verdict, the same as hg_verify's for the same request. */
HG_API HG_MUST_USE hg_verdict hg_stream_end(hg_stream *stream);

/* ---- Signing --------------------------------------------------------------------------------- */

#define HG_SIGN_HEADERS_MAX 4 /* signature, timestamp, event, id */
#define HG_SIGN_TEXT_MAX 1024 /* room for the values of all of them */

typedef struct hg_signing {
    const hg_scheme *scheme;
    const hg_ring *ring;
    size_t key;            /* index of the key in the ring */
    int64_t now;           /* the timestamp to state */
    hg_str event;          /* required when the scheme has an event header */
    hg_str id;             /* required when the scheme has an id header */
    hg_str timestamp_text; /* not empty: stated instead of now */
    bool as_given; /* skip the grammar checks of event, id and timestamp_text: for making test
                      vectors that a receiver must refuse, never for sending */
} hg_signing;

/* Signs request and writes the headers that the sender adds: values into text, slices of it (and
 * names that live in the scheme) into headers, their number into *count. Headers of the request
 * are read only by templates with {header:NAME}. HG_OK, or the status of what is missing or
 * malformed, in the order of checks of hg_verify. */
HG_API HG_MUST_USE hg_status hg_sign(const hg_signing *signing, const hg_request *request,
                                     char text[HG_SIGN_TEXT_MAX],
                                     hg_header headers[HG_SIGN_HEADERS_MAX], size_t *count);

/* ---- Explaining ------------------------------------------------------------------------------ */

#define HG_CHANGES_MAX 2          /* changes in one finding: more would explain nearly anything */
#define HG_DETAIL_MAX 128         /* bytes of a change's detail, its NUL included */
#define HG_EXPLAIN_BUDGET 100000  /* candidates: ten times what two changes commonly make */
#define HG_EXPLAIN_FORMS_MAX 8    /* further forms of the body that a caller may pass */
#define HG_EXPLAIN_BODY_MAX 65536 /* bytes: of a larger body only the cheap changes are tried */

/* Another form of the body that the caller has at hand, such as the inflated one. */
typedef struct hg_body_form {
    const char *name; /* this and the next two become the change's: they must live as long as it */
    const char *meaning;
    const char *advice;
    hg_str bytes;
} hg_body_form;

typedef struct hg_explaining {
    const hg_scheme *scheme;
    const hg_key *keys; /* 1 to HG_KEYS_MAX; the secret's text is read, so a key that the scheme
                           can't decode is no mistake here. An expired one is tried as a cause. */
    size_t key_count;
    int64_t now; /* Unix seconds, of the receiver's clock */
    const hg_body_form *forms;
    size_t form_count; /* at most HG_EXPLAIN_FORMS_MAX */
    size_t budget;     /* candidates (computed MACs) at most; 0 means HG_EXPLAIN_BUDGET */
} hg_explaining;

/* One thing that differs between what was signed and what the scheme expects. Never holds a secret
 * or a MAC. */
typedef struct hg_change {
    const char *name;    /* stable, such as "body-newline-lost"; static, as the next two are */
    const char *meaning; /* one sentence */
    const char *advice;  /* one sentence */
    char detail[HG_DETAIL_MAX]; /* what the sentence leaves open; may be empty. Parts of it are the
                                   request's words (header names), visible ASCII without quotes */
} hg_change;

typedef struct hg_finding {
    size_t change_count; /* 1 to HG_CHANGES_MAX */
    hg_change changes[HG_CHANGES_MAX];
    hg_str key_label; /* of the key under which the MAC matches; points into the options' key */
} hg_finding;

typedef struct hg_explanation {
    hg_status status;     /* what hg_verify says about the request (HG_BAD_KEY when no ring can be
                             made of the keys); HG_OK leaves nothing to explain */
    size_t finding_count; /* written to findings */
    size_t tried;         /* candidates */
    bool budget_ended; /* the budget, 1 GiB of hashing or 64 MiB of memory were used up before the
                          space was covered */
    bool exhausted;    /* all changes, and all pairs of them that are tried, were tried in vain */
    char hint[HG_DETAIL_MAX]; /* unproven, may be empty: which header looks like a missing one */
} hg_explanation;

/* Searches for the smallest set of changes, one, then two, under which a signature in the request
 * matches: a reproduced MAC is the proof, and there is no finding without one. For a stale delivery
 * (HG_TOO_OLD, HG_TOO_NEW) the MAC holds as it is and the findings are about the clock. At most
 * `capacity` findings are written, those of fewest changes alone, the likelier first. Returns
 * HG_OK (whatever it found), HG_BAD_ARGUMENT, HG_NO_MEMORY or HG_CRYPTO; findings and *out are
 * written on HG_OK alone.
 *
 * This is a tool for people: it uses the heap (64 MiB at most, wiped), takes up to a second, and
 * says how a signature could be made to match. Never call it on a request path. */
HG_API HG_MUST_USE hg_status hg_explain(const hg_explaining *options, const hg_request *request,
                                        hg_finding *findings, size_t capacity, hg_explanation *out);

/* The names of all causes hg_explain knows, in no particular order; NULL past the last. */
HG_API const char *hg_explain_cause(size_t index);
/* ---- Discovering: the scheme of an unknown sender, from captured deliveries and the secret ------
 *
 * Searches which header is the signature, the time, the event and the id, how the secret becomes a
 * key, algorithm, encoding and the signed text: up to five parts in any order, joined by the
 * separators seen in the wild, perhaps behind a word such as v0. What it finds is proven: the row
 * reproduces the whole signature of every request. Signatures below 20 bytes are not looked for,
 * since chance could match them.
 *
 * For people and their tools, never on the way of a delivery: it uses the heap and takes seconds.
 */

#define HG_SAMPLES_MAX 64    /* requests: the second and third narrow most; the rest only confirm */
#define HG_DISCOVERED_MAX 32 /* rows of one search: equal texts are one row with a note */
#define HG_DISCOVER_BUDGET 50000000 /* candidates: three times the usual space of one key */
#define HG_NOTES_MAX 24             /* of one row */
#define HG_NOTE_MAX 240             /* bytes of a note, with its NUL */

/* Called every few milliseconds with the candidates tried so far and the place reached in the order
 * of the search, which all shares have in common; false ends the search. */
typedef bool hg_progress(void *context, uint64_t tried, uint64_t order);

typedef struct hg_discovering {
    const hg_request *requests; /* captured deliveries of one endpoint; the URL is the public one */
    size_t request_count;       /* 1 to HG_SAMPLES_MAX */
    hg_str secret;              /* as the platform shows it; never trimmed */
    uint64_t budget;            /* candidates this call may try; 0: HG_DISCOVER_BUDGET */
    size_t part;  /* this call's share of the space, 0 to parts - 1: the library starts no thread; a
                     caller makes one call a core */
    size_t parts; /* 0 or 1: the whole */
    bool all;     /* go on after the first proof */
    const char *const *hidden; /* built-in rows to leave out by name, with all that sign the same:
                                  for measuring the search; may be NULL */
    size_t hidden_count;
    hg_progress *progress; /* may be NULL */
    void *context;
} hg_discovering;

/* What the proof leaves open. */
typedef enum hg_note_kind {
    HG_NOTE_BUILTIN = 1,     /* it is a built-in row, or signs the same as one */
    HG_NOTE_EQUAL_BYTES,     /* another header or part has the same bytes in every request */
    HG_NOTE_EVENT_CONSTANT,  /* the event never varied: it may be something else */
    HG_NOTE_ID_CONSTANT,     /* likewise the id, or there is one request only */
    HG_NOTE_HEADER_CONSTANT, /* likewise another signed header: it may be a literal */
    HG_NOTE_LITERAL,         /* literal text that may stand for a header or an item of that value */
    HG_NOTE_TOLERANCE,       /* no delivery shows how old it may be: the row's is our choice */
    HG_NOTE_TIME_FORMAT,     /* the time's format is a guess */
    HG_NOTE_KEY,             /* two decodings of the secret give the same key */
    HG_NOTE_ENCODING,        /* the signature reads the same as base64 and as base64url */
    HG_NOTE_LIST,            /* one signature was seen: the header may also be a list */
    HG_NOTE_GRAMMAR,         /* the events are the catalogue's; another grammar may hold them too */
    HG_NOTE_BODY_EMPTY,      /* every body is empty: nothing tells where it stands */
    HG_NOTE_UNSIGNED         /* no signature covers the body, or a header that looks like a time, an
                                event or an id */
} hg_note_kind;

typedef struct hg_note {
    hg_note_kind kind;
    char text[HG_NOTE_MAX]; /* a sentence without its full stop; names headers, never values */
} hg_note;

/* The stable name, such as "equal_bytes"; "unknown" for a value that is not a note. Static storage.
 */
HG_API const char *hg_note_name(hg_note_kind kind);

typedef struct hg_discovery {
    hg_scheme *scheme; /* compiled, basis "discovered" */
    size_t requests;   /* how many it reproduces: all that were given */
    bool builtin;      /* a built-in row under its own name, else one made by the search */
    uint64_t order;    /* its place in the order of the search: the lowest is the likeliest */
    size_t note_count; /* those that did not fit are left out */
    hg_note notes[HG_NOTES_MAX];
} hg_discovery;

typedef struct hg_discovered {
    size_t count;   /* 0: nothing within what was tried reproduces the signatures */
    uint64_t tried; /* candidates: one key, algorithm and signed text each */
    bool complete;  /* the whole share was tried; false: the budget, the caller, HG_DISCOVERED_MAX
                       or the first proof ended it */
    hg_discovery rows[HG_DISCOVERED_MAX];
} hg_discovered;

/* Searches the built-in rows, then the templates, the likely ones first. HG_OK when it searched,
 * whether or not something was found. HG_NO_SIGNATURE when no header of the request with the
 * shortest body has the form of a signature; HG_NO_KEY or HG_BAD_KEY for an empty or too long
 * secret; HG_BAD_REQUEST for too many headers; HG_BAD_ARGUMENT, HG_NO_MEMORY, HG_CRYPTO. The caller
 * frees *found with hg_discovered_free; a scheme taken out of it is set to NULL there. */
HG_API HG_MUST_USE hg_status hg_discover(const hg_discovering *options, hg_discovered **found);

HG_API void hg_discovered_free(hg_discovered *found);

/* ---- The catalogue: WebinOne's item types and actions ---------------------------------------- */

#define HG_ITEM_TYPES 29 /* rows of the vendor's webhook table, as of 7.7.6 */
#define HG_ACTIONS 4

typedef struct hg_item_type {
    const char *id;         /* the name without spaces, as event names spell it (assumed) */
    const char *name;       /* as the vendor's table spells it */
    const char *objects[3]; /* what a webhook of the type can be narrowed to; ended by NULL */
} hg_item_type;

/* The item types in the table's order; NULL past the last. Static storage. */
HG_API const hg_item_type *hg_item_type_at(size_t index);

/* The item type of that id or name, compared exactly; NULL when there is none. */
HG_API const hg_item_type *hg_item_type_find(hg_str text);

/* "OnCreate", "OnUpdate", "OnDelete", "OnTrigger"; NULL past the last. */
HG_API const char *hg_action_at(size_t index);

/* Reads "Order.OnCreate". False unless the catalogue has the type and the action. */
HG_API HG_MUST_USE bool hg_event_parse(hg_str text, const hg_item_type **type, const char **action);

/* Writes "Order.OnCreate" and a NUL; returns the length, or 0 when it does not fit. */
HG_API size_t hg_event_print(const hg_item_type *type, const char *action, char *out,
                             size_t capacity);

/* Whether event fits pattern: an exact name, "*", "Type.*" or "*.Action". A star stands for a
 * whole name part or, alone, for any text. Another place for a star: no match. */
HG_API bool hg_event_match(hg_str pattern, hg_str event);

#ifdef __cplusplus
}
#endif

#endif
