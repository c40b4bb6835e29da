/* SPDX-License-Identifier: MIT
 *
 * The family "body": what is signed are its bytes, whatever they are.
 */
#include "harness/plan.h"

#define ANY_BYTES                                                                                  \
    "The MAC is over bytes. Whatever they are, they verify; what they mean comes later."
#define CHANGED "The body is signed: another one is another delivery."
#define SAME_VALUE "The same JSON value in other bytes: signed are the bytes that were sent."
#define SHORTER "Only a part of what was signed."
#define TO_NUL "A body does not end at a NUL byte."
#define AS_TEXT "Decoded as text it would be the same: signed are the bytes."

/* ---- Any body -----------------------------------------------------------------------------------
 */

static const struct plan_twin changes[] = {
    MUST("first-bit", "TamperedBody", HG_MISMATCH, 0, CHANGED, AFTER(FLIP_BIT, BODY, .at = 0)),
    MUST("last-bit", "TamperedBody", HG_MISMATCH, 0, CHANGED,
         AFTER(FLIP_BIT, BODY, .at = -1, .bit = 6)),
    MUST("last-byte-lost", "TamperedBody", HG_MISMATCH, 0, SHORTER,
         AFTER(TRUNCATE, BODY, .count = 1)),
    MUST("byte-behind", "TamperedBody", HG_MISMATCH, 0, CHANGED, AFTER(APPEND, BODY, SAYS("x"))),
    MUST("byte-in-front", "TamperedBody", HG_MISMATCH, 0, CHANGED, AFTER(PREPEND, BODY, SAYS("x"))),
    END_OF_TWINS,
};

/* Blanks, which a reader of JSON or text drops. */
static const struct plan_twin blanks[] = {
    MUST("blank-behind", "TamperedBody", HG_MISMATCH, 0, CHANGED, AFTER(APPEND, BODY, SAYS(" "))),
    MUST("blank-in-front", "TamperedBody", HG_MISMATCH, 0, CHANGED,
         AFTER(PREPEND, BODY, SAYS(" "))),
    MUST("line-feed-behind", "TamperedBody", HG_MISMATCH, 0, CHANGED,
         AFTER(APPEND, BODY, SAYS("\n"))),
    MUST("line-end-behind", "TamperedBody", HG_MISMATCH, 0, CHANGED,
         AFTER(APPEND, BODY, SAYS("\r\n"))),
    MUST("mark-in-front", "TamperedBody", HG_MISMATCH, 0, CHANGED,
         AFTER(PREPEND, BODY, SAYS("\xef\xbb\xbf"))),
    MUST("emptied", "TamperedBody", HG_MISMATCH, 0, SHORTER, AFTER(SET, BODY, SAYS(""))),
    MUST("half", "TamperedBody", HG_MISMATCH, 0, SHORTER, AFTER(TRUNCATE, BODY, .count = 8)),
    MUST("replaced", "TamperedBody", HG_MISMATCH, 0, CHANGED,
         AFTER(SET, BODY, SAYS("{\"id\":43,\"about\":\"bodies\"}"))),
    MUST("nul-behind", "TamperedBody", HG_MISMATCH, 0, TO_NUL, AFTER(APPEND, BODY, SAYS("0")),
         AFTER(SET_BYTE, BODY, .at = -1, .byte = 0)),
    END_OF_TWINS,
};

/* ---- JSON ---------------------------------------------------------------------------------------
 */

#define WRITTEN(of_name, literal)                                                                  \
    MUST("written-" of_name, "Reencoded", HG_MISMATCH, 0, SAME_VALUE,                              \
         AFTER(SET, BODY, SAYS(literal)))
#define SIGNED(of_name, literal)                                                                   \
    MUST("signed-" of_name, "Reencoded", HG_MISMATCH, 0, SAME_VALUE,                               \
         BEFORE(SIGN_AS, BODY, SAYS(literal)))

#define JSON_BODY                                                                                  \
    "{\"Id\":7,\"Name\":\"Zo\xc3\xab\",\"Url\":\"https://example.com/a\",\"Total\":10.5}"
#define JSON_BLANKS                                                                                \
    "{\"Id\": 7, \"Name\": \"Zo\xc3\xab\", \"Url\": \"https://example.com/a\", \"Total\": 10.5}"
#define JSON_SORTED                                                                                \
    "{\"Id\":7,\"Name\":\"Zo\xc3\xab\",\"Total\":10.5,\"Url\":\"https://example.com/a\"}"
#define JSON_ESCAPED                                                                               \
    "{\"Id\":7,\"Name\":\"Zo\\u00eb\",\"Url\":\"https://example.com/a\",\"Total\":10.5}"

static const struct plan_twin json[] = {
    WRITTEN("with-blanks", JSON_BLANKS),
    WRITTEN("indented", "{\n  \"Id\": 7,\n  \"Name\": \"Zo\xc3\xab\",\n"
                        "  \"Url\": \"https://example.com/a\",\n  \"Total\": 10.5\n}"),
    WRITTEN("with-tabs", "{\n\t\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                         "\"Url\":\"https://example.com/a\",\"Total\":10.5}"),
    WRITTEN("sorted", JSON_SORTED),
    WRITTEN("escaped", JSON_ESCAPED),
    WRITTEN("escaped-in-capitals", "{\"Id\":7,\"Name\":\"Zo\\u00EB\","
                                   "\"Url\":\"https://example.com/a\",\"Total\":10.5}"),
    WRITTEN("with-escaped-slashes", "{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                                    "\"Url\":\"https:\\/\\/example.com\\/a\",\"Total\":10.5}"),
    WRITTEN("with-a-zero-more", "{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                                "\"Url\":\"https://example.com/a\",\"Total\":10.50}"),
    WRITTEN("with-an-exponent", "{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                                "\"Url\":\"https://example.com/a\",\"Total\":1.05e1}"),
    WRITTEN("with-a-fraction", "{\"Id\":7.0,\"Name\":\"Zo\xc3\xab\","
                               "\"Url\":\"https://example.com/a\",\"Total\":10.5}"),
    WRITTEN("with-a-key-twice", "{\"Id\":1,\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                                "\"Url\":\"https://example.com/a\",\"Total\":10.5}"),
    WRITTEN("decomposed", "{\"Id\":7,\"Name\":\"Zoe\xcc\x88\","
                          "\"Url\":\"https://example.com/a\",\"Total\":10.5}"),
    WRITTEN("with-a-member-more", "{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                                  "\"Url\":\"https://example.com/a\",\"Total\":10.5,\"x\":null}"),
    SIGNED("with-blanks", JSON_BLANKS),
    SIGNED("sorted", JSON_SORTED),
    SIGNED("escaped", JSON_ESCAPED),
    END_OF_TWINS,
};

/* ---- Odd bytes ------------------------------------------------------------------------------- */

static const struct plan_twin nul[] = {
    MUST("changed-behind-nul", "NulInBody", HG_MISMATCH, 0, TO_NUL,
         AFTER(FLIP_BIT, BODY, .at = -2)),
    MUST("cut-at-nul", "NulInBody", HG_MISMATCH, 0, TO_NUL, AFTER(SET, BODY, SAYS("{\"a\":1}"))),
    MUST("signed-to-nul", "NulInBody", HG_MISMATCH, 0, TO_NUL,
         BEFORE(SIGN_AS, BODY, SAYS("{\"a\":1}"))),
    END_OF_TWINS,
};

static const struct plan_twin latin[] = {
    MUST("replaced", "DecodedBody", HG_MISMATCH, 0, AS_TEXT,
         AFTER(SET, BODY, SAYS("{\"name\":\"J\xef\xbf\xbdrg\"}"))),
    MUST("signed-replaced", "DecodedBody", HG_MISMATCH, 0, AS_TEXT,
         BEFORE(SIGN_AS, BODY, SAYS("{\"name\":\"J\xef\xbf\xbdrg\"}"))),
    MUST("other-byte", "DecodedBody", HG_MISMATCH, 0, AS_TEXT,
         AFTER(SET_BYTE, BODY, .at = 10, .byte = 0xe4)),
    MUST("as-utf8", "DecodedBody", HG_MISMATCH, 0, AS_TEXT,
         AFTER(SET, BODY, SAYS("{\"name\":\"J\xc3\xb6rg\"}"))),
    MUST("signed-as-utf8", "DecodedBody", HG_MISMATCH, 0, AS_TEXT,
         BEFORE(SIGN_AS, BODY, SAYS("{\"name\":\"J\xc3\xb6rg\"}"))),
    END_OF_TWINS,
};

static const struct plan_twin mark[] = {
    MUST("mark-lost", "Encoding", HG_MISMATCH, 0, ANY_BYTES, AFTER(CUT, BODY, .at = 0, .count = 3)),
    MUST("signed-without-mark", "Encoding", HG_MISMATCH, 0, ANY_BYTES,
         BEFORE(SIGN_AS, BODY, SAYS("{\"a\":1}"))),
    END_OF_TWINS,
};

static const struct plan_twin crlf[] = {
    MUST("lf-only", "Encoding", HG_MISMATCH, 0, ANY_BYTES,
         AFTER(SET, BODY, SAYS("{\"a\":1,\n\"b\":2}\n"))),
    MUST("signed-lf-only", "Encoding", HG_MISMATCH, 0, ANY_BYTES,
         BEFORE(SIGN_AS, BODY, SAYS("{\"a\":1,\n\"b\":2}\n"))),
    MUST("end-trimmed", "Encoding", HG_MISMATCH, 0, ANY_BYTES, AFTER(TRUNCATE, BODY, .count = 2)),
    END_OF_TWINS,
};

static const struct plan_twin empty[] = {
    MUST("byte-behind", "TamperedBody", HG_MISMATCH, 0, CHANGED, AFTER(APPEND, BODY, SAYS("x"))),
    MUST("object-behind", "TamperedBody", HG_MISMATCH, 0, CHANGED, AFTER(APPEND, BODY, SAYS("{}"))),
    MUST("signed-as-object", "EmptyBodySignature", HG_MISMATCH, 0,
         "What a parser makes of no body is not the body.", BEFORE(SIGN_AS, BODY, SAYS("{}"))),
    MUST("wrong-secret", "WrongSecret", HG_MISMATCH, 0, "Signed with another secret.",
         WRONG_SECRET),
    END_OF_TWINS,
};

#define UNIT "0123456789abcdef"

static const struct plan_twin large[] = {
    MUST("unit-less", "TamperedBody", HG_MISMATCH, 0, SHORTER, AFTER(TRUNCATE, BODY, .count = 16)),
    MUST("unit-more", "TamperedBody", HG_MISMATCH, 0, CHANGED, AFTER(APPEND, BODY, SAYS(UNIT))),
    END_OF_TWINS,
};

/* gzip of "{}", as Python's zlib writes it. */
#define GZIP "\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\xae\x05\0C\xbf\xa6\xa3\x02\0\0\0"

/* 64 arrays, one in the other: deeper than some readers go, and still JSON. */
#define OPEN_16 "[[[[[[[[[[[[[[[["
#define SHUT_16 "]]]]]]]]]]]]]]]]"
#define NESTED OPEN_16 OPEN_16 OPEN_16 OPEN_16 SHUT_16 SHUT_16 SHUT_16 SHUT_16

#define BODY_CASE(of_id, of_flag, of_body, ...)                                                    \
    {                                                                                              \
        .id = "body-" of_id, .family = "body", .flag = of_flag, .note = ANY_BYTES,                 \
        .body = TEXT(of_body), .twins = {                                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

const struct plan_case plan_body[] = {
    {.id = "body",
     .family = "body",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"bodies\"}"),
     .twins = {changes, blanks}},
    BODY_CASE("json", "Reencoded", JSON_BODY, json, changes),
    BODY_CASE("json-wide", "Reencoded",
              "{\"name\":\"J\xc3\xb6rg \xe5\xa5\xb6 \xf0\x9f\x8e\x82\",\"paid\":10.00}\n", changes),
    BODY_CASE("json-spelled", "Reencoded",
              "{ \"name\": \"J\\u00f6rg\",\n  \"url\": \"https:\\/\\/a.b\\/c\", \"n\": 1.50e1 }\n",
              changes),
    BODY_CASE("same-key", "Reencoded", "{\"a\":1,\"a\":2}", changes),
    BODY_CASE("proto-key", "Reencoded", "{\"__proto__\":{\"admin\":true},\"a\":1}", changes),
    BODY_CASE("large-integer", "Reencoded", "{\"id\":9007199254740993,\"n\":1e400}", changes),
    BODY_CASE("long-fraction", "Reencoded", "{\"n\":0.1000000000000000055511151231257827}",
              changes),
    BODY_CASE("minus-zero", "Reencoded", "{\"n\":-0,\"m\":-0.0}", changes),
    BODY_CASE("lone-surrogate", "Reencoded", "{\"a\":\"\\ud83d\",\"b\":\"\\u0000\"}", changes),
    BODY_CASE("nested", "Reencoded", NESTED, changes),
    BODY_CASE("number-alone", "Reencoded", "42.0", changes),
    BODY_CASE("text-alone", "Reencoded", "\"hello\"", changes),
    BODY_CASE("broken-json", "Encoding", "{\"a\":1", changes),
    BODY_CASE("two-values", "Encoding", "{\"a\":1}{\"b\":2}", changes),
    BODY_CASE("comment", "Encoding", "/* a */{\"a\":1}", changes),
    BODY_CASE("nan", "Encoding", "{\"n\":NaN}", changes),
    BODY_CASE("form", "Encoding", "a=1&b=2+3%20&b=4", changes),
    BODY_CASE("xml", "Encoding", "<?xml version=\"1.0\"?><a>1</a>", changes),
    BODY_CASE("multipart", "Encoding",
              "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x--\r\n", changes),
    BODY_CASE("words", "Encoding", "hello", changes),
    BODY_CASE("looks-like-http", "Encoding", "POST / HTTP/1.1\r\nHost: x\r\n\r\n", changes),
    BODY_CASE("looks-chunked", "Encoding", "5\r\nhello\r\n0\r\n\r\n", changes),
    BODY_CASE("looks-signed", "Encoding",
              "1767225600."
              "{\"id\":42}",
              changes),
    BODY_CASE("dots", "Encoding", "...", changes),
    BODY_CASE("colons", "Encoding", ":::", changes),
    BODY_CASE("crlf", "Encoding", "{\"a\":1,\r\n\"b\":2}\r\n", crlf, changes),
    BODY_CASE("cr", "Encoding", "{\"a\":1,\r\"b\":2}\r", changes),
    BODY_CASE("line-end", "Encoding", "\r\n", changes),
    BODY_CASE("blank", "Encoding", " ", changes),
    BODY_CASE("one-byte", "Encoding", "1", changes),
    BODY_CASE("empty", "Encoding", "", empty),
    BODY_CASE("nul", "NulInBody", "{\"a\":1}\0{\"b\":2}", nul, changes),
    BODY_CASE("nul-first", "NulInBody", "\0{\"b\":2}", changes),
    BODY_CASE("nul-last", "NulInBody", "{\"a\":1}\0", changes),
    BODY_CASE("nul-alone", "NulInBody", "\0", changes),
    BODY_CASE("mark", "Encoding", "\xef\xbb\xbf{\"a\":1}", mark, changes),
    BODY_CASE("latin-1", "Encoding", "{\"name\":\"J\xf6rg\"}", latin, changes),
    BODY_CASE("utf-16", "Encoding", "\xff\xfe{\0\"\0a\0\"\0:\0001\0}\0", changes),
    BODY_CASE("not-utf-8", "Encoding", "{\"x\":\"\xff \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80\"}",
              changes),
    BODY_CASE("replaced", "Encoding", "{\"name\":\"J\xef\xbf\xbdrg\"}", changes),
    BODY_CASE("control", "Encoding", "\x01\x1b[0m\x7f\x80", changes),
    BODY_CASE("gzip", "Encoding", GZIP, changes),
    /* The signed text begins with the time and the event, or with nothing: these lengths have it
     * end around the edges of a hash's blocks in one scheme or the other. */
    BODY_CASE("of-55-bytes", "Encoding", UNIT UNIT UNIT "0123456", changes),
    BODY_CASE("of-56-bytes", "Encoding", UNIT UNIT UNIT "01234567", changes),
    BODY_CASE("of-64-bytes", "Encoding", UNIT UNIT UNIT UNIT, changes),
    BODY_CASE("of-119-bytes", "Encoding", UNIT UNIT UNIT UNIT UNIT UNIT UNIT "0123456", changes),
    {.id = "body-64-kib",
     .family = "body",
     .flag = "Encoding",
     .note = ANY_BYTES,
     .body = TEXT(UNIT),
     .repeat = 4096,
     .twins = {large}},
    {.id = "body-1-mib",
     .family = "body",
     .flag = "Encoding",
     .note = "1 MiB, which a receiver's limit should admit.",
     .should = true,
     .body = TEXT(UNIT),
     .repeat = 65536,
     .twins = {large}},
    {.id = NULL},
};
