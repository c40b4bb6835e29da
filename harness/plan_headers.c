/* SPDX-License-Identifier: MIT
 *
 * The family "headers": their names, their order, what else stands among them.
 */
#include "harness/plan.h"

#define NAMES "RFC 9110 section 5.1"
#define ORDER "RFC 9110 section 5.3"
#define VALUES "RFC 9110 section 5.5"

#define ANY_CASE "Names of headers mean the same in any case; HTTP/2 sends them in lower case."
#define ANY_ORDER "The order of headers of different names means nothing."
#define UNRELATED "The scheme does not know this header, so it changes nothing."
#define OTHER_NAME "Another name is another header."
#define OTHER_TYPE "The scheme signs the body and says nothing of its type."
#define SECOND "Which of two headers counts is left open, and their names are the same in any case."
#define OVER_LIMIT "We read 256 headers, so that a request can't buy work."
#define WITHIN_LIMIT "Proxies add headers; some more must not disturb."

#define BESIDE(of_name, of_header, of_text)                                                        \
    SHOULD("beside-" of_name, "HeaderForm", HG_OK, 0, UNRELATED, ADD_HEADER(of_header, of_text))
#define RENAMED(of_name, of_status, of_needs, of_part, of_text)                                    \
    MUST("renamed-" of_name, "MissingHeader", of_status, of_needs, OTHER_NAME,                     \
         {.op = EDIT_RENAME, .part = PART_##of_part, .name = of_text})
#define AGAIN(of_name, of_needs, of_header, of_text)                                               \
    MUST("again-" of_name, "RepeatedHeader", HG_REPEATED_HEADER, of_needs, SECOND,                 \
         ADD_HEADER(of_header, of_text))

static const struct plan_twin header_twins[] = {
    BESIDE("request-id", "X-Request-Id", "7f3a"),
    BESIDE("user-agent", "User-Agent", "Mozilla/5.0 (compatible; x)"),
    BESIDE("cookie", "Cookie", "session=0; theme=dark"),
    BESIDE("forwarded", "X-Forwarded-For", "203.0.113.7, 10.0.0.1"),
    BESIDE("forwarded-host", "X-Forwarded-Host", "example.com"),
    BESIDE("method-override", "X-HTTP-Method-Override", "DELETE"),
    BESIDE("original-url", "X-Original-URL", "/admin"),
    BESIDE("trace", "traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
    BESIDE("origin", "Origin", "null"),
    BESIDE("accept", "Accept", "*/*;q=0.8, text/html"),
    BESIDE("no-cache", "Cache-Control", "no-cache"),
    BESIDE("empty", "X-Empty", ""),
    BESIDE("wide", "X-Name", "J\xc3\xb6rg"),
    BESIDE("latin-1", "X-Name", "\x7e~"),
    BESIDE("quoted", "X-Name", "\"a, b\\\"\""),
    BESIDE("colon", "X-Name", ":a:b:"),
    BESIDE("next-signature", SIGNATURE_ "-Next", ITEM_),
    BESIDE("old-signature", "X-Old-" SIGNATURE_, ITEM_),
    BESIDE("sha1-signature", "X-Hub-Signature", "sha1=0000000000000000000000000000000000000000"),
    BESIDE("language", "Accept-Language", "de-CH, de;q=0.9, *;q=0.1"),
    BESIDE("via", "Via", "1.1 a, 1.0 b (c)"),
    SHOULD("beside-two-alike", "HeaderForm", HG_OK, 0, UNRELATED, ADD_HEADER("X-Tag", "a"),
           ADD_HEADER("X-Tag", "b")),
    SHOULD(
        "long-value", "HeaderForm", HG_OK, 0, UNRELATED,
        ADD_HEADER("X-Long",
                   ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64
                       ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64
                           ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64
                               ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64)),
    SHOULD("twenty-more", "HeaderForm", HG_OK, 0, WITHIN_LIMIT,
           {.op = EDIT_FILL_HEADERS, .count = 20}),
    SHOULD("fifty-more", "HeaderForm", HG_OK, 0, WITHIN_LIMIT,
           {.op = EDIT_FILL_HEADERS, .count = 50}),
    {.name = "three-hundred-more",
     .flags = {"TooMany"},
     .status = HG_BAD_REQUEST,
     .note = OVER_LIMIT,
     .should = true,
     .needs_http = true,
     .edits = {{.op = EDIT_FILL_HEADERS, .count = 300}}},
    RENAMED("signature", HG_NO_SIGNATURE, 0, SIGNATURE, SIGNATURE_ "s"),
    RENAMED("signature-with-x", HG_NO_SIGNATURE, 0, SIGNATURE, "X-X-" SIGNATURE_),
    RENAMED("timestamp", HG_NO_TIMESTAMP, HAS_TIME_HEADER, TIMESTAMP, TIMESTAMP_ "s"),
    RENAMED("timestamp-with-x", HG_NO_TIMESTAMP, HAS_TIME_HEADER, TIMESTAMP, "X-X-" TIMESTAMP_),
    RENAMED("event", HG_NO_EVENT, HAS_EVENT, EVENT, EVENT_ "s"),
    RENAMED("event-with-x", HG_NO_EVENT, HAS_EVENT, EVENT, "X-X-" EVENT_),
    RENAMED("id", HG_NO_ID, HAS_ID, ID, ID_ "s"),
    RENAMED("id-with-x", HG_NO_ID, HAS_ID, ID, "X-X-" ID_),
    AGAIN("signature", 0, SIGNATURE_, ITEM_),
    AGAIN("timestamp", HAS_TIME_HEADER, TIMESTAMP_, "1767225601"),
    AGAIN("event", HAS_EVENT, EVENT_, OTHER_EVENT_),
    AGAIN("id", HAS_ID, ID_, OTHER_ID_),
    END_OF_TWINS,
};

/* What a delivery with an odd form of headers is worth, when it is changed. */
static const struct plan_twin form_twins[] = {
    MUST("changed", "TamperedBody", HG_MISMATCH, 0, "The body is signed.",
         AFTER(FLIP_BIT, BODY, .at = 9)),
    MUST("unsigned", "Unsigned", HG_NO_SIGNATURE, 0, "There is no signature.",
         AFTER(DROP, SIGNATURE)),
    MUST("repeated", "RepeatedHeader", HG_REPEATED_HEADER, 0, SECOND,
         ADD_HEADER(SIGNATURE_, ITEM_)),
    MUST("old", "Stale", HG_TOO_OLD, HAS_TIME, "Older than the tolerance.", SHIFT(-86400)),
    MUST("wrong-secret", "WrongSecret", HG_MISMATCH, 0, "Signed with another secret.",
         WRONG_SECRET),
    END_OF_TWINS,
};

#define FORM(of_id, of_spec, of_note, ...)                                                         \
    {                                                                                              \
        .id = "headers-" of_id, .family = "headers", .flag = "HeaderForm", .spec = of_spec,        \
        .note = of_note, .body = TEXT("{\"id\":42,\"headers\":\"" of_id "\"}"),                    \
        .twins = {form_twins}, __VA_ARGS__                                                         \
    }
#define TYPE(of_id, of_type)                                                                       \
    {                                                                                              \
        .id = "type-" of_id, .family = "headers", .flag = "HeaderForm", .should = true,            \
        .note = OTHER_TYPE, .body = TEXT("{\"id\":42,\"type\":\"" of_id "\"}"),                    \
        .content_type = (of_type), .twins = {                                                      \
            form_twins                                                                             \
        }                                                                                          \
    }

const struct plan_case plan_headers[] = {
    {.id = "headers",
     .family = "headers",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"headers\"}"),
     .twins = {header_twins}},
    FORM("lower-case", NAMES, ANY_CASE, .names = NAMES_LOWER),
    FORM("upper-case", NAMES, ANY_CASE, .names = NAMES_UPPER),
    FORM("mixed-case", NAMES, ANY_CASE, .names = NAMES_MIXED),
    FORM("reversed", ORDER, ANY_ORDER, .reversed = true),
    TYPE("of-text", "text/plain"),
    TYPE("of-bytes", "application/octet-stream"),
    TYPE("of-xml", "application/xml"),
    TYPE("of-a-form", "application/x-www-form-urlencoded"),
    TYPE("of-latin-1", "application/json; charset=iso-8859-1"),
    {.id = NULL},
};
