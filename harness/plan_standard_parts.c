/* SPDX-License-Identifier: MIT
 *
 * The plan of standard-webhooks: the id, the names of headers, the body.
 */
#include "harness/plan_standard.h"

/* ---- The id ---------------------------------------------------------------------------------- */

#define NO_DOT                                                                                     \
    "The section warns of a full stop in the id: where the id ends would be left open. We refuse " \
    "one, even in an id that was signed so."
#define VISIBLE                                                                                    \
    "\"The unique webhook identifier\": its letters are left open. We take visible ASCII, since "  \
    "an id is a key in stores and logs."
#define AS_SENT                                                                                    \
    "Blanks around a value are no part of it, so the id that arrives is not the one that was "     \
    "signed."
#define ID_BEFORE(text) BEFORE(SET, ID, SAYS(text))

const struct plan_twin plan_standard_id[] = {
    RULE("id-changed", "TamperedId", HG_MISMATCH, SCHEME, NULL, AFTER(SET, ID, SAYS("msg_other"))),
    RULE("id-case", "TamperedId", HG_MISMATCH, SCHEME, "An id is bytes; no case is folded.",
         AFTER(UPPER, ID, .at = 0)),
    RULE("id-truncated", "TamperedId", HG_MISMATCH, SCHEME, NULL, AFTER(TRUNCATE, ID, .count = 1)),
    RULE("id-prefix-lost", "TamperedId", HG_MISMATCH, SCHEME, NULL,
         AFTER(CUT, ID, .at = 0, .count = 4)),
    RULE("id-more", "TamperedId", HG_MISMATCH, SCHEME, NULL, AFTER(APPEND, ID, SAYS("x"))),
    RULE("no-id", "MissingHeader", HG_NO_ID, HEADERS, NULL, AFTER(DROP, ID)),
    RULE("empty-id", "MissingHeader", HG_NO_ID, HEADERS, NULL, AFTER(SET, ID, SAYS(""))),
    ADVICE(
        "empty-id-signed", "MissingHeader", HG_NO_ID, METADATA,
        "An empty text identifies nothing: all such deliveries would be duplicates of the first.",
        ID_BEFORE("")),
    RULE("blank-id", "MissingHeader", HG_NO_ID, FIELD_VALUES,
         "Blanks are not part of a value, so this one is empty.", AFTER(SET, ID, SAYS(" \t"))),
    RULE("repeated-id", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, ID, SAYS("msg_other"))),
    RULE("repeated-id-same", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, ID)),
    RULE("repeated-id-other-first", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, ID), AFTER(SET, ID, SAYS("msg_other"))),
    ADVICE("id-dot", "StrictId", HG_BAD_REQUEST, SCHEME, NO_DOT, BEFORE(APPEND, ID, SAYS(".1"))),
    ADVICE("id-dot-in-front", "StrictId", HG_BAD_REQUEST, SCHEME, NO_DOT,
           BEFORE(PREPEND, ID, SAYS("."))),
    ADVICE("id-dot-alone", "StrictId", HG_BAD_REQUEST, SCHEME, NO_DOT, ID_BEFORE(".")),
    ADVICE("id-space", "StrictId", HG_BAD_REQUEST, SILENT, VISIBLE, ID_BEFORE("msg 2")),
    ADVICE("id-tab", "StrictId", HG_BAD_REQUEST, SILENT, VISIBLE, ID_BEFORE("msg\t2")),
    ADVICE("id-non-ascii", "StrictId", HG_BAD_REQUEST, SILENT, VISIBLE, ID_BEFORE("msg_\xc3\xa9")),
    ADVICE("id-no-break-space", "StrictId", HG_BAD_REQUEST, SILENT, VISIBLE,
           BEFORE(APPEND, ID, SAYS("\xc2\xa0"))),
    ADVICE("id-not-utf8", "StrictId", HG_BAD_REQUEST, SILENT, VISIBLE,
           BEFORE(APPEND, ID, SAYS("x")), BEFORE(SET_BYTE, ID, .at = -1, .byte = 0xe9)),
    ADVICE("id-nul", "StrictId", HG_BAD_REQUEST, FIELD_VALUES, CONTROL,
           BEFORE(APPEND, ID, SAYS("x1")), BEFORE(SET_BYTE, ID, .at = -2, .byte = 0)),
    ADVICE("id-line-end", "StrictId", HG_BAD_REQUEST, FIELD_VALUES, CONTROL,
           BEFORE(APPEND, ID, SAYS("\r\nx: y"))),
    ADVICE("id-delete", "StrictId", HG_BAD_REQUEST, FIELD_VALUES, OTHER_CONTROL,
           BEFORE(APPEND, ID, SAYS("\x7f"))),
    RULE("id-blanks-around", "HeaderForm", HG_OK, FIELD_VALUES, NULL, AFTER(PREPEND, ID, SAYS(" ")),
         AFTER(APPEND, ID, SAYS("\t "))),
    RULE("id-blank-signed", "StrictId", HG_MISMATCH, FIELD_VALUES, AS_SENT,
         BEFORE(APPEND, ID, SAYS(" "))),
    END_OF_TWINS,
};

static const struct plan_twin long_id_twins[] = {
    ADVICE("one-more", "StrictId", HG_BAD_REQUEST, SILENT,
           "No length is given. We take 256 bytes, since an id is a key in stores and logs.",
           BEFORE(APPEND, ID, SAYS("x"))),
    RULE("changed-at-the-end", "TamperedId", HG_MISMATCH, SCHEME, NULL,
         AFTER(FLIP_BIT, ID, .at = -1)),
    END_OF_TWINS,
};

static const struct plan_twin marks_id_twins[] = {
    RULE("mark-changed", "TamperedId", HG_MISMATCH, SCHEME, NULL,
         AFTER(BUMP, ID, .at = 3, .count = 1)),
    RULE("percent-decoded", "TamperedId", HG_MISMATCH, SCHEME,
         "A header's value is not percent-encoded; what it says is what is signed.",
         AFTER(CUT, ID, .at = -3, .count = 3), AFTER(APPEND, ID, SAYS("A"))),
    END_OF_TWINS,
};

/* ---- Names of headers ------------------------------------------------------------------------ */

#define EXACT_NAMES                                                                                \
    "\"Follow the exact naming\": the names of one vendor are another scheme. A receiver that "    \
    "means to take both says so by having both."
#define OTHER_NAME(of_name, of_status, of_part, of_header)                                         \
    ADVICE(of_name, "MissingHeader", (of_status), HEADERS, EXACT_NAMES,                            \
           AFTER(RENAME, of_part, .name = (of_header)))
#define ADDED "Further headers are none of the scheme's business, whatever they say."

const struct plan_twin plan_standard_names[] = {
    RULE("names-upper", "HeaderForm", HG_OK, FIELD_NAMES, NULL,
         AFTER(RENAME, ID, .name = "WEBHOOK-ID"),
         AFTER(RENAME, TIMESTAMP, .name = "WEBHOOK-TIMESTAMP"),
         AFTER(RENAME, SIGNATURE, .name = "WEBHOOK-SIGNATURE")),
    RULE("names-mixed", "HeaderForm", HG_OK, FIELD_NAMES, NULL,
         AFTER(RENAME, ID, .name = "Webhook-Id"),
         AFTER(RENAME, TIMESTAMP, .name = "Webhook-Timestamp"),
         AFTER(RENAME, SIGNATURE, .name = "Webhook-Signature")),
    RULE("repeated-id-other-case", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER,
         "Names of two spellings are one name.", ADD_HEADER("Webhook-Id", "msg_other")),
    RULE("repeated-signature-other-case", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER,
         "Names of two spellings are one name.", ADD_HEADER("Webhook-Signature", WRONG_V1)),
    ADVICE("svix-names", "MissingHeader", HG_NO_SIGNATURE, HEADERS, EXACT_NAMES,
           AFTER(RENAME, ID, .name = "svix-id"), AFTER(RENAME, TIMESTAMP, .name = "svix-timestamp"),
           AFTER(RENAME, SIGNATURE, .name = "svix-signature")),
    OTHER_NAME("svix-id", HG_NO_ID, ID, "svix-id"),
    OTHER_NAME("svix-timestamp", HG_NO_TIMESTAMP, TIMESTAMP, "svix-timestamp"),
    OTHER_NAME("svix-signature", HG_NO_SIGNATURE, SIGNATURE, "svix-signature"),
    OTHER_NAME("x-webhook-signature", HG_NO_SIGNATURE, SIGNATURE, "X-Webhook-Signature"),
    OTHER_NAME("underscore-id", HG_NO_ID, ID, "webhook_id"),
    OTHER_NAME("underscore-signature", HG_NO_SIGNATURE, SIGNATURE, "webhook_signature"),
    RULE("svix-signature-too", "HeaderForm", HG_OK, MIGRATING, ADDED,
         ADD_HEADER("svix-signature", WRONG_V1)),
    RULE("svix-id-too", "HeaderForm", HG_OK, MIGRATING, ADDED, ADD_HEADER("svix-id", "msg_other")),
    RULE("svix-timestamp-too", "HeaderForm", HG_OK, MIGRATING, ADDED,
         ADD_HEADER("svix-timestamp", "1")),
    RULE("only-svix-signature-right", "WrongSecret", HG_MISMATCH, HEADERS, EXACT_NAMES,
         AFTER(RENAME, SIGNATURE, .name = "svix-signature"),
         ADD_HEADER("webhook-signature", WRONG_V1)),
    END_OF_TWINS,
};

/* ---- The body -------------------------------------------------------------------------------- */

#define SAME_BYTES "What is signed is what is sent, byte for byte; the section names a stray space."
#define REWRITTEN(of_name, of_body)                                                                \
    RULE(of_name, "Reencoded", HG_MISMATCH, SCHEME, SAME_BYTES, AFTER(SET, BODY, SAYS(of_body)))
#define SIGNED_REWRITTEN(of_name, of_body)                                                         \
    RULE(of_name, "Reencoded", HG_MISMATCH, SCHEME, SAME_BYTES,                                    \
         BEFORE(SIGN_AS, BODY, SAYS(of_body)))
#define DECODED                                                                                    \
    "Not text to the signature. A target that decodes the body first signs U+FFFD in place of "    \
    "other bytes, so that one signature holds for many bodies."

const struct plan_twin plan_standard_body[] = {
    RULE("body-bit", "TamperedBody", HG_MISMATCH, SCHEME, NULL, AFTER(FLIP_BIT, BODY, .at = 9)),
    RULE("body-truncated", "TamperedBody", HG_MISMATCH, SCHEME, NULL,
         AFTER(TRUNCATE, BODY, .count = 1)),
    RULE("body-appended", "TamperedBody", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(APPEND, BODY, SAYS("\n"))),
    RULE("body-blank-in-front", "TamperedBody", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(PREPEND, BODY, SAYS(" "))),
    RULE("body-mark-in-front", "Encoding", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(PREPEND, BODY, SAYS("\xef\xbb\xbf"))),
    RULE("body-nul-behind", "NulInBody", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(APPEND, BODY, SAYS("0")), AFTER(SET_BYTE, BODY, .at = -1, .byte = 0)),
    RULE("body-emptied", "TamperedBody", HG_MISMATCH, SCHEME, NULL, AFTER(SET, BODY, SAYS(""))),
    RULE("signature-of-empty-body", "EmptyBodySignature", HG_MISMATCH, SCHEME, NULL,
         BEFORE(SIGN_AS, BODY, SAYS(""))),
    RULE("wrong-secret", "WrongSecret", HG_MISMATCH, SCHEME, NULL, WRONG_SECRET),
    RULE("chunked", "Chunked", HG_OK, CHUNKS, NULL, {.op = EDIT_CHUNK}),
    {.name = "duplicate",
     .flags = {"Duplicate"},
     .status = HG_OK,
     .spec = VERIFYING,
     .note = "The id is the key: kept once, and accepted again so that the sender stops.",
     .needs_http = true,
     .times = 2,
     .expect_stored = 1},
    END_OF_TWINS,
};

static const struct plan_twin rewritten_twins[] = {
    REWRITTEN("minified", "{\"name\":\"J\\u00f6rg\",\"url\":\"https:\\/\\/a.b\\/c\",\"n\":1.50e1}"),
    REWRITTEN("one-space-more",
              "{ \"name\" : \"J\\u00f6rg\",\n  \"url\": \"https:\\/\\/a.b\\/c\",  "
              "\"n\": 1.50e1 }\n"),
    REWRITTEN("unescaped-letter", "{ \"name\": \"J\xc3\xb6rg\",\n  \"url\": "
                                  "\"https:\\/\\/a.b\\/c\", \"n\": 1.50e1 }\n"),
    REWRITTEN("unescaped-slash", "{ \"name\": \"J\\u00f6rg\",\n  \"url\": \"https://a.b/c\", "
                                 "\"n\": 1.50e1 }\n"),
    REWRITTEN("other-number", "{ \"name\": \"J\\u00f6rg\",\n  \"url\": \"https:\\/\\/a.b\\/c\", "
                              "\"n\": 15 }\n"),
    REWRITTEN("other-order", "{ \"n\": 1.50e1, \"name\": \"J\\u00f6rg\",\n  \"url\": "
                             "\"https:\\/\\/a.b\\/c\" }\n"),
    SIGNED_REWRITTEN("signed-minified", "{\"name\":\"J\xc3\xb6rg\",\"url\":\"https://a.b/c\","
                                        "\"n\":15}"),
    RULE("trimmed", "Reencoded", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(TRUNCATE, BODY, .count = 1)),
    END_OF_TWINS,
};

static const struct plan_twin crlf_twins[] = {
    REWRITTEN("lf-only", "{\"a\":1,\n\"b\":2}\n"),
    REWRITTEN("end-lost", "{\"a\":1,\r\n\"b\":2}"),
    SIGNED_REWRITTEN("signed-lf-only", "{\"a\":1,\n\"b\":2}\n"),
    END_OF_TWINS,
};

static const struct plan_twin mark_twins[] = {
    RULE("mark-lost", "Encoding", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(CUT, BODY, .at = 0, .count = 3)),
    RULE("signed-without", "Encoding", HG_MISMATCH, SCHEME, SAME_BYTES,
         BEFORE(SIGN_AS, BODY, SAYS("{\"a\":1}"))),
    END_OF_TWINS,
};

static const struct plan_twin nul_twins[] = {
    RULE("changed-behind", "NulInBody", HG_MISMATCH, SCHEME, NULL, AFTER(FLIP_BIT, BODY, .at = -2)),
    RULE("cut-at-nul", "NulInBody", HG_MISMATCH, SCHEME, NULL, AFTER(SET, BODY, SAYS("{\"a\":1}"))),
    RULE("signed-to-nul", "NulInBody", HG_MISMATCH, SCHEME, SAME_BYTES,
         BEFORE(SIGN_AS, BODY, SAYS("{\"a\":1}"))),
    END_OF_TWINS,
};

/* In place of the ö of Latin-1. */
static const struct plan_twin latin_twins[] = {
    RULE("replaced", "DecodedBody", HG_MISMATCH, SCHEME, DECODED,
         AFTER(SET, BODY, SAYS("{\"name\":\"J\xef\xbf\xbdrg\"}"))),
    RULE("signed-replaced", "DecodedBody", HG_MISMATCH, SCHEME, DECODED,
         BEFORE(SIGN_AS, BODY, SAYS("{\"name\":\"J\xef\xbf\xbdrg\"}"))),
    RULE("other-byte", "DecodedBody", HG_MISMATCH, SCHEME, DECODED,
         AFTER(SET_BYTE, BODY, .at = 10, .byte = 0xe4)),
    RULE("as-utf8", "Encoding", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(SET, BODY, SAYS("{\"name\":\"J\xc3\xb6rg\"}"))),
    RULE("signed-as-utf8", "Encoding", HG_MISMATCH, SCHEME, SAME_BYTES,
         BEFORE(SIGN_AS, BODY, SAYS("{\"name\":\"J\xc3\xb6rg\"}"))),
    RULE("byte-lost", "Encoding", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(CUT, BODY, .at = 10, .count = 1)),
    END_OF_TWINS,
};

/* The body holds U+FFFD and was signed so; any byte that is no UTF-8 decodes to the same. */
static const struct plan_twin replaced_twins[] = {
    RULE("as-a-byte", "DecodedBody", HG_MISMATCH, SCHEME, DECODED,
         AFTER(CUT, BODY, .at = 10, .count = 2), AFTER(SET_BYTE, BODY, .at = 10, .byte = 0xf6)),
    RULE("as-question-mark", "DecodedBody", HG_MISMATCH, SCHEME, SAME_BYTES,
         AFTER(CUT, BODY, .at = 10, .count = 2), AFTER(SET_BYTE, BODY, .at = 10, .byte = '?')),
    END_OF_TWINS,
};

static const struct plan_twin wide_twins[] = {
    RULE("body-bit", "TamperedBody", HG_MISMATCH, SCHEME, NULL, AFTER(FLIP_BIT, BODY, .at = -3)),
    REWRITTEN("reencoded", "{\"name\":\"J\xc3\xb6rg \xe5\xa5\xb6 \xf0\x9f\x8e\x82\",\"paid\":10}"),
    REWRITTEN("decomposed", "{\"name\":\"Jo\xcc\x88rg \xe5\xa5\xb6 \xf0\x9f\x8e\x82\","
                            "\"paid\":10.00}\n"),
    REWRITTEN("escaped", "{\"name\":\"J\\u00f6rg \\u5976 \\ud83c\\udf82\",\"paid\":10.00}\n"),
    END_OF_TWINS,
};

/* The large body is this, over and over. */
#define LETTERS_64 ZEROS_16 "123456789abcdef" ZEROS_16 "fedcba987654321\n\n"

static const struct plan_twin large_twins[] = {
    RULE("unit-less", "TamperedBody", HG_MISMATCH, SCHEME, NULL,
         AFTER(TRUNCATE, BODY, .count = 64)),
    RULE("unit-more", "TamperedBody", HG_MISMATCH, SCHEME, NULL,
         AFTER(APPEND, BODY, SAYS(LETTERS_64))),
    RULE("wrong-secret", "WrongSecret", HG_MISMATCH, SCHEME, NULL, WRONG_SECRET),
    END_OF_TWINS,
};

static const struct plan_twin small_twins[] = {
    RULE("appended", "TamperedBody", HG_MISMATCH, SCHEME, NULL, AFTER(APPEND, BODY, SAYS("{}"))),
    RULE("wrong-secret", "WrongSecret", HG_MISMATCH, SCHEME, NULL, WRONG_SECRET),
    END_OF_TWINS,
};

static const struct plan_twin byte_twins[] = {
    RULE("changed", "TamperedBody", HG_MISMATCH, SCHEME, NULL, AFTER(FLIP_BIT, BODY, .at = -1)),
    RULE("emptied", "TamperedBody", HG_MISMATCH, SCHEME, NULL, AFTER(SET, BODY, SAYS(""))),
    END_OF_TWINS,
};

static const struct plan_twin digits_twins[] = {
    /* msg_1 + 1767225600 + 1767225600.{} reads as msg_1.1767225600 + 1767225600 + {} too. */
    RULE("boundary-moved", "BoundaryMoved", HG_BAD_REQUEST, SCHEME, NO_DOT,
         AFTER(APPEND, ID, SAYS(".1767225600")), AFTER(SET, TIMESTAMP, SAYS("1767225600")),
         AFTER(CUT, BODY, .at = 0, .count = 11)),
    /* And as msg_1 + 1767225600.1767225600 + {}. */
    RULE("boundary-moved-to-time", "BoundaryMoved", HG_BAD_TIMESTAMP, SCHEME, NO_DOT,
         AFTER(APPEND, TIMESTAMP, SAYS(".1767225600")), AFTER(CUT, BODY, .at = 0, .count = 11)),
    END_OF_TWINS,
};

#define ANY_CONTENT                                                                                \
    "The payload is in the body, and content that is not JSON may be, so any bytes verify; what "  \
    "they mean is the next program's business."

#define CONTENT(of_id, of_flag, of_body, ...)                                                      \
    {                                                                                              \
        .id = (of_id), .flag = (of_flag), .spec = PAYLOAD, .note = ANY_CONTENT,                    \
        .delivery = "msg_" of_id, .body = TEXT(of_body), .twins = {                                \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

const struct plan_case plan_standard_bodies[] = {
    {.id = "wide",
     .spec = SCHEME,
     .delivery = "msg_wide",
     .body = TEXT("{\"name\":\"J\xc3\xb6rg \xe5\xa5\xb6 \xf0\x9f\x8e\x82\",\"paid\":10.00}\n"),
     .twins = {wide_twins}},
    {.id = "spelled",
     .flag = "Reencoded",
     .spec = SCHEME,
     .note = SAME_BYTES,
     .delivery = "msg_spelled",
     .body = TEXT("{ \"name\": \"J\\u00f6rg\",\n  \"url\": \"https:\\/\\/a.b\\/c\", "
                  "\"n\": 1.50e1 }\n"),
     .twins = {rewritten_twins}},
    {.id = "digits",
     .spec = SCHEME,
     .delivery = "msg_1",
     .body = TEXT("1767225600.{}"),
     .twins = {digits_twins}},
    CONTENT("crlf", "Encoding", "{\"a\":1,\r\n\"b\":2}\r\n", crlf_twins),
    CONTENT("mark", "Encoding", "\xef\xbb\xbf{\"a\":1}", mark_twins),
    CONTENT("nul", "NulInBody", "{\"a\":1}\0{\"b\":2}", nul_twins),
    CONTENT("nul-first", "NulInBody", "\0{\"b\":2}", byte_twins),
    CONTENT("latin1", "Encoding", "{\"name\":\"J\xf6rg\"}", latin_twins),
    CONTENT("utf16", "Encoding", "\xff\xfe{\0\"\0a\0\"\0:\0001\0}\0", byte_twins),
    CONTENT("not-utf8", "Encoding", "{\"x\":\"\xff \xc0\xaf \xed\xa0\x80 \xf4\x90\x80\x80\"}",
            byte_twins),
    CONTENT("replaced", "Encoding", "{\"name\":\"J\xef\xbf\xbdrg\"}", replaced_twins),
    CONTENT("control", "Encoding", "\x01\x1b[0m\x7f\x80", byte_twins),
    CONTENT("empty", "Encoding", "", small_twins),
    CONTENT("one-byte", "Encoding", "1", byte_twins),
    CONTENT("blank", "Encoding", " ", byte_twins),
    CONTENT("line-end", "Encoding", "\r\n", byte_twins),
    CONTENT("text", "Encoding", "hello", byte_twins),
    CONTENT("form", "Encoding", "a=1&b=2+3%20", byte_twins),
    CONTENT("broken-json", "Encoding", "{\"a\":1", byte_twins),
    CONTENT("same-key", "Reencoded", "{\"a\":1,\"a\":2}", byte_twins),
    {.id = "large",
     .flag = "Encoding",
     .spec = "Payload size",
     .note = "64 KiB. The section recommends less and sets no limit.",
     .delivery = "msg_large",
     .body = TEXT(LETTERS_64),
     .repeat = 1024,
     .twins = {large_twins}},
    {.id = "long-id",
     .flag = "StrictId",
     .note = "No length is given. We take 256 bytes, since an id is a key in stores and logs.",
     .should = true,
     .delivery = ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64,
     .body = TEXT("{}"),
     .twins = {long_id_twins}},
    {.id = "marks-id",
     .flag = "StrictId",
     .note = VISIBLE,
     .delivery = "m:s/1+2=3,;~!\"'\\%41",
     .body = TEXT("{}"),
     .twins = {marks_id_twins}},
    {.id = "short-id",
     .flag = "StrictId",
     .note = VISIBLE,
     .delivery = "0",
     .body = TEXT("{}"),
     .twins = {byte_twins}},
    {.id = NULL},
};
