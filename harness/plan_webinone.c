/* SPDX-License-Identifier: MIT
 *
 * The plan: cases for webinone beyond the catalogue, each about one rule of the scheme.
 *
 * Where a twin is about the form of a part, the part is signed as it stands: the signature holds,
 * so the form alone decides.
 */
#include "harness/plan.h"

static const struct plan_twin signature_twins[] = {
    LENIENT("hex-upper", "StrictSignature", HG_OK, AFTER(UPPER, SIGNATURE, .at = 7)),
    LENIENT("prefix-missing", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(CUT, SIGNATURE, .at = 0, .count = 7)),
    LENIENT("prefix-other", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(CUT, SIGNATURE, .at = 0, .count = 7), AFTER(PREPEND, SIGNATURE, SAYS("sha1="))),
    LENIENT("prefix-upper", "StrictSignature", HG_BAD_SIGNATURE, AFTER(UPPER, SIGNATURE, .at = 0)),
    LENIENT("prefix-twice", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(PREPEND, SIGNATURE, SAYS("sha256="))),
    LENIENT("digit-more", "StrictSignature", HG_BAD_SIGNATURE, AFTER(APPEND, SIGNATURE, SAYS("0"))),
    LENIENT("byte-more", "StrictSignature", HG_BAD_SIGNATURE, AFTER(APPEND, SIGNATURE, SAYS("00"))),
    TWIN("not-hex", "StrictSignature", HG_BAD_SIGNATURE, AFTER(TRUNCATE, SIGNATURE, .count = 1),
         AFTER(APPEND, SIGNATURE, SAYS("g"))),
    LENIENT("space-inside", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(CUT, SIGNATURE, .at = 0, .count = 7),
            AFTER(PREPEND, SIGNATURE, SAYS("sha256= "))),
    TWIN("zeros", "WrongSecret", HG_MISMATCH, AFTER(SET, SIGNATURE, SAYS("sha256=" ZEROS_64))),
    TWIN("list-of-two", "StrictSignature", HG_BAD_SIGNATURE,
         AFTER(PREPEND, SIGNATURE, SAYS("sha256=" ZEROS_64 ","))),
    TWIN("null-word", "EmptySignature", HG_BAD_SIGNATURE, AFTER(SET, SIGNATURE, SAYS("null"))),
    TWIN("blank-signature", "EmptySignature", HG_NO_SIGNATURE, AFTER(SET, SIGNATURE, SAYS("  "))),
    TWIN("one-digit", "TruncatedSignature", HG_BAD_SIGNATURE,
         AFTER(TRUNCATE, SIGNATURE, .count = 63)),
    END_OF_TWINS,
};

static const struct plan_twin time_twins[] = {
    LENIENT("time-plus", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(PREPEND, TIMESTAMP, SAYS("+"))),
    LENIENT("time-minus", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(PREPEND, TIMESTAMP, SAYS("-"))),
    LENIENT("time-leading-zero", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(PREPEND, TIMESTAMP, SAYS("0"))),
    LENIENT("time-space-inside", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(APPEND, TIMESTAMP, SAYS(" 0"))),
    LENIENT("time-fraction", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(APPEND, TIMESTAMP, SAYS(".0"))),
    LENIENT("time-exponent", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(APPEND, TIMESTAMP, SAYS("e0"))),
    LENIENT("time-letter-behind", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(APPEND, TIMESTAMP, SAYS("Z"))),
    LENIENT("time-list", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(APPEND, TIMESTAMP, SAYS(",1"))),
    LENIENT("time-ms", "StrictTimestamp", HG_TOO_NEW, BEFORE(APPEND, TIMESTAMP, SAYS("000"))),
    LENIENT("time-arabic-digit", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(APPEND, TIMESTAMP, SAYS("\xd9\xa1"))),
    LENIENT("time-zero", "Stale", HG_TOO_OLD, BEFORE(SET, TIMESTAMP, SAYS("0"))),
    LENIENT("time-hex", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(SET, TIMESTAMP, SAYS("0x6955b900"))),
    LENIENT("time-rfc3339", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(SET, TIMESTAMP, SAYS("2026-01-01T00:00:00Z"))),
    LENIENT("time-word", "StrictTimestamp", HG_BAD_TIMESTAMP, BEFORE(SET, TIMESTAMP, SAYS("now"))),
    /* 2^53 is the last number that every JSON reader holds exactly, and the last one read. */
    LENIENT("time-2-53", "Future", HG_TOO_NEW, BEFORE(SET, TIMESTAMP, SAYS("9007199254740992"))),
    LENIENT("time-2-53-plus-1", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(SET, TIMESTAMP, SAYS("9007199254740993"))),
    TWIN("time-plus-2-32", "Future", HG_TOO_NEW, SHIFT(4294967296)),
    /* now + 2^64: right again for who counts in 64 bits and ignores the overflow. */
    TWIN("time-plus-2-64", "StrictTimestamp", HG_BAD_TIMESTAMP,
         BEFORE(SET, TIMESTAMP, SAYS("18446744075476777216"))),
    LENIENT("time-40-digits", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(PREPEND, TIMESTAMP, SAYS("111111111111111111111111111111"))),
    TWIN("time-empty", "MissingHeader", HG_NO_TIMESTAMP, AFTER(SET, TIMESTAMP, SAYS(""))),
    TWIN("time-blank", "MissingHeader", HG_NO_TIMESTAMP, AFTER(SET, TIMESTAMP, SAYS(" \t "))),
    END_OF_TWINS,
};

static const struct plan_twin event_twins[] = {
    TWIN("event-no-dot", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS("OrderOnCreate"))),
    TWIN("event-two-dots", "StrictEvent", HG_BAD_EVENT,
         BEFORE(SET, EVENT, SAYS("Order.Line.OnCreate"))),
    TWIN("event-dots-together", "StrictEvent", HG_BAD_EVENT,
         BEFORE(SET, EVENT, SAYS("Order..OnCreate"))),
    TWIN("event-trailing-dot", "StrictEvent", HG_BAD_EVENT,
         BEFORE(SET, EVENT, SAYS("Order.OnCreate."))),
    TWIN("event-no-action", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS("Order."))),
    TWIN("event-no-type", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS(".OnCreate"))),
    TWIN("event-dot", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS("."))),
    TWIN("event-space", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS("Order .OnCreate"))),
    TWIN("event-tab", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS("Order.On\tCreate"))),
    TWIN("event-underscore", "StrictEvent", HG_BAD_EVENT,
         BEFORE(SET, EVENT, SAYS("Order.On_Create"))),
    TWIN("event-hyphen", "StrictEvent", HG_BAD_EVENT,
         BEFORE(SET, EVENT, SAYS("Order-Line.OnCreate"))),
    TWIN("event-slash", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS("Order/OnCreate"))),
    TWIN("event-star", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS("*.OnCreate"))),
    TWIN("event-list", "StrictEvent", HG_BAD_EVENT,
         BEFORE(SET, EVENT, SAYS("Order.OnCreate,Order.OnDelete"))),
    TWIN("event-umlaut", "StrictEvent", HG_BAD_EVENT,
         BEFORE(SET, EVENT, SAYS("\xc3\x96rder.OnCreate"))),
    TWIN("event-quoted", "StrictEvent", HG_BAD_EVENT,
         BEFORE(SET, EVENT, SAYS("\"Order.OnCreate\""))),
    TWIN("event-lower", "TamperedEvent", HG_MISMATCH, AFTER(SET, EVENT, SAYS("order.oncreate"))),
    TWIN("event-empty", "MissingHeader", HG_NO_EVENT, AFTER(SET, EVENT, SAYS(""))),
    TWIN("event-blank", "MissingHeader", HG_NO_EVENT, AFTER(SET, EVENT, SAYS("  "))),
    END_OF_TWINS,
};

static const struct plan_twin header_twins[] = {
    TWIN("repeated-timestamp", "RepeatedHeader", HG_REPEATED_HEADER, AFTER(REPEAT, TIMESTAMP)),
    TWIN("repeated-event", "RepeatedHeader", HG_REPEATED_HEADER, AFTER(REPEAT, EVENT)),
    TWIN("second-event-other", "RepeatedHeader", HG_REPEATED_HEADER,
         AFTER(REPEAT, EVENT, SAYS("Order.OnDelete"))),
    TWIN("first-event-other", "RepeatedHeader", HG_REPEATED_HEADER, AFTER(REPEAT, EVENT),
         AFTER(SET, EVENT, SAYS("Order.OnDelete"))),
    TWIN("second-timestamp-empty", "RepeatedHeader", HG_REPEATED_HEADER,
         AFTER(REPEAT, TIMESTAMP, SAYS(""))),
    TWIN("second-signature-wrong", "RepeatedHeader", HG_REPEATED_HEADER,
         AFTER(REPEAT, SIGNATURE, SAYS("sha256=" ZEROS_64))),
    TWIN("first-signature-wrong", "RepeatedHeader", HG_REPEATED_HEADER, AFTER(REPEAT, SIGNATURE),
         AFTER(SET, SIGNATURE, SAYS("sha256=" ZEROS_64))),
    TWIN("second-signature-lower-case", "RepeatedHeader", HG_REPEATED_HEADER,
         ADD_HEADER("x-webhook-signature", "sha256=" ZEROS_64)),
    TWIN("only-signature", "MissingHeader", HG_NO_TIMESTAMP, AFTER(DROP, TIMESTAMP),
         AFTER(DROP, EVENT)),
    TWIN("only-event", "Unsigned", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE), AFTER(DROP, TIMESTAMP)),
    TWIN("underscore-name", "MissingHeader", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE),
         ADD_HEADER("X_Webhook_Signature", "sha256=" ZEROS_64)),
    LENIENT("blanks-around", "HeaderForm", HG_OK, AFTER(APPEND, SIGNATURE, SAYS(" \t")),
            AFTER(PREPEND, TIMESTAMP, SAYS("  ")), AFTER(APPEND, EVENT, SAYS("\t"))),
    TWIN("other-headers", "HeaderForm", HG_OK, ADD_HEADER("X-Request-Id", "7f3a"),
         ADD_HEADER("X-Request-Id", "7f3b"), ADD_HEADER("X-Webhook-Signature-Next", "sha256=0")),
    TWIN("chunked", "Chunked", HG_OK, {.op = EDIT_CHUNK}),
    END_OF_TWINS,
};

static const struct plan_twin url_twins[] = {
    TWIN("url-secret", "UrlSecret", HG_MISMATCH, WRONG_SECRET,
         AFTER(APPEND, URL, SAYS("?sk=" EDIT_WRONG_SECRET_TEXT))),
    TWIN("url-secret-empty", "UrlSecret", HG_MISMATCH, WRONG_SECRET,
         AFTER(APPEND, URL, SAYS("?sk="))),
    TWIN("url-secret-unsigned", "UrlSecret", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE),
         AFTER(APPEND, URL, SAYS("?sk=" EDIT_WRONG_SECRET_TEXT))),
    TWIN("url-signature", "Unsigned", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE),
         AFTER(APPEND, URL, SAYS("?X-Webhook-Signature=sha256%3D" ZEROS_64))),
    TWICE("three-times", 3),
    END_OF_TWINS,
};

#define REENCODED(of_name, literal)                                                                \
    TWIN(of_name, "Reencoded", HG_MISMATCH, AFTER(SET, BODY, SAYS(literal)))

/* All of these are the same JSON value as the parent's body, in other bytes. */
static const struct plan_twin json_twins[] = {
    REENCODED("spaces", "{\"Id\": 7, \"Name\": \"Zo\xc3\xab\", \"Url\": \"https://example.com/a\", "
                        "\"Total\": 10.5}"),
    REENCODED("indented", "{\n  \"Id\": 7,\n  \"Name\": \"Zo\xc3\xab\",\n"
                          "  \"Url\": \"https://example.com/a\",\n  \"Total\": 10.5\n}"),
    REENCODED("other-order", "{\"Total\":10.5,\"Url\":\"https://example.com/a\","
                             "\"Name\":\"Zo\xc3\xab\",\"Id\":7}"),
    REENCODED("escaped-slash", "{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                               "\"Url\":\"https:\\/\\/example.com\\/a\",\"Total\":10.5}"),
    REENCODED("escaped-letter", "{\"Id\":7,\"Name\":\"Zo\\u00eb\","
                                "\"Url\":\"https://example.com/a\",\"Total\":10.5}"),
    REENCODED("trailing-zero", "{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                               "\"Url\":\"https://example.com/a\",\"Total\":10.50}"),
    REENCODED("exponent", "{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                          "\"Url\":\"https://example.com/a\",\"Total\":1.05e1}"),
    REENCODED("same-key-first", "{\"Id\":1,\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                                "\"Url\":\"https://example.com/a\",\"Total\":10.5}"),
    REENCODED("blank-behind", "{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                              "\"Url\":\"https://example.com/a\",\"Total\":10.5} "),
    REENCODED("byte-order-mark", "\xef\xbb\xbf{\"Id\":7,\"Name\":\"Zo\xc3\xab\","
                                 "\"Url\":\"https://example.com/a\",\"Total\":10.5}"),
    END_OF_TWINS,
};

static const struct plan_twin crlf_twins[] = {
    TWIN("lf-only", "Reencoded", HG_MISMATCH, AFTER(SET, BODY, SAYS("{\"Id\":1}\n{\"Id\":2}\n"))),
    TWIN("end-trimmed", "Reencoded", HG_MISMATCH, AFTER(TRUNCATE, BODY, .count = 2)),
    END_OF_TWINS,
};

static const struct plan_twin nul_twins[] = {
    TWIN("bit-behind", "NulInBody", HG_MISMATCH, AFTER(FLIP_BIT, BODY, .at = -2)),
    TWIN("cut-at-nul", "NulInBody", HG_MISMATCH, AFTER(TRUNCATE, BODY, .count = 9)),
    TWIN("signed-to-nul", "NulInBody", HG_MISMATCH, BEFORE(SIGN_AS, BODY, SAYS("{\"Id\":1}"))),
    END_OF_TWINS,
};

static const struct plan_twin nul_first_twins[] = {
    TWIN("bit-behind", "NulInBody", HG_MISMATCH, AFTER(FLIP_BIT, BODY, .at = -2)),
    TWIN("signed-empty", "NulInBody", HG_MISMATCH, BEFORE(SIGN_AS, BODY, SAYS(""))),
    END_OF_TWINS,
};

/* An empty body can't be truncated, and its signature is that of an empty body. */
static const struct plan_twin empty_twins[] = {
    TWIN("appended", "TamperedBody", HG_MISMATCH, AFTER(APPEND, BODY, SAYS("{}"))),
    TWIN("wrong-secret", "WrongSecret", HG_MISMATCH, WRONG_SECRET),
    TWIN("no-signature", "MissingHeader", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE)),
    END_OF_TWINS,
};

static const struct plan_twin byte_twins[] = {
    TWIN("bit", "TamperedBody", HG_MISMATCH, AFTER(FLIP_BIT, BODY, .at = 0)),
    TWIN("truncated", "TamperedBody", HG_MISMATCH, AFTER(TRUNCATE, BODY, .count = 1)),
    TWIN("appended", "TamperedBody", HG_MISMATCH, AFTER(APPEND, BODY, SAYS("x"))),
    END_OF_TWINS,
};

static const struct plan_twin mark_twins[] = {
    TWIN("mark-dropped", "TamperedBody", HG_MISMATCH, AFTER(CUT, BODY, .at = 0, .count = 3)),
    END_OF_TWINS,
};

static const struct plan_twin large_twins[] = {
    TWIN("truncated", "TamperedBody", HG_MISMATCH, AFTER(TRUNCATE, BODY, .count = 16)),
    TWIN("appended", "TamperedBody", HG_MISMATCH, AFTER(APPEND, BODY, SAYS("0123456789abcdef"))),
    TWIN("wrong-secret", "WrongSecret", HG_MISMATCH, WRONG_SECRET),
    END_OF_TWINS,
};

static const struct plan_twin dotted_twins[] = {
    /* Order.OnCreate + a.b reads as Order.OnCreate.a + b too. */
    TWIN("boundary-later", "BoundaryMoved", HG_BAD_EVENT, AFTER(APPEND, EVENT, SAYS(".a")),
         AFTER(CUT, BODY, .at = 0, .count = 2)),
    TWIN("boundary-into-time", "BoundaryMoved", HG_BAD_TIMESTAMP,
         AFTER(APPEND, TIMESTAMP, SAYS(".Order.OnCreate")), AFTER(SET, EVENT, SAYS("a")),
         AFTER(CUT, BODY, .at = 0, .count = 2)),
    END_OF_TWINS,
};

#define PLAIN "{\"Id\":1,\"Name\":\"Ada\"}"
#define ORDER .event = "Order.OnCreate"
#define LONG_54 "012345678901234567890123456789012345678901234567890123"

/* Bodies whose signed text ends around the edges of SHA-256's blocks: the head has 26 bytes. */
#define SIZED(of_id, literal)                                                                      \
    {                                                                                              \
        .id = of_id, ORDER, .body = TEXT(literal), .twins = { byte_twins }                         \
    }

static const struct plan_case cases[] = {
    {.id = "signature", ORDER, .body = TEXT(PLAIN), .twins = {signature_twins}},
    {.id = "timestamp", ORDER, .body = TEXT(PLAIN " "), .twins = {time_twins}},
    {.id = "event", ORDER, .body = TEXT(PLAIN "\n"), .twins = {event_twins}},
    {.id = "headers", ORDER, .body = TEXT(" " PLAIN), .twins = {header_twins}},
    {.id = "header-names-lower-case",
     .flag = "HeaderForm",
     ORDER,
     .body = TEXT("\n" PLAIN),
     .lower_names = true,
     .twins = {byte_twins}},
    {.id = "url", ORDER, .body = TEXT("\t" PLAIN), .twins = {url_twins}},
    {.id = "json",
     ORDER,
     .body = TEXT("{\"Id\":7,\"Name\":\"Zo\xc3\xab\",\"Url\":\"https://example.com/a\","
                  "\"Total\":10.5}"),
     .twins = {json_twins}},
    {.id = "crlf",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("{\"Id\":1}\r\n{\"Id\":2}\r\n"),
     .twins = {crlf_twins, byte_twins}},
    {.id = "nul",
     .flag = "NulInBody",
     ORDER,
     .body = TEXT("{\"Id\":1}\0{\"Id\":2}"),
     .twins = {nul_twins}},
    {.id = "nul-first",
     .flag = "NulInBody",
     ORDER,
     .body = TEXT("\0{\"Id\":2}"),
     .twins = {nul_first_twins}},
    {.id = "nul-last", .flag = "NulInBody", ORDER, .body = TEXT(PLAIN "\0"), .twins = {byte_twins}},
    {.id = "empty", .flag = "Encoding", ORDER, .body = TEXT(""), .twins = {empty_twins}},
    {.id = "one-byte", .flag = "Encoding", ORDER, .body = TEXT("0"), .twins = {byte_twins}},
    {.id = "not-utf8",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("{\"Name\":\"Zo\xeb \xff\xfe \xc0\xaf \xed\xa0\x80\"}"),
     .twins = {byte_twins}},
    {.id = "byte-order-mark",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("\xef\xbb\xbf" PLAIN),
     .twins = {mark_twins, byte_twins}},
    {.id = "utf16",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("\xff\xfe{\0\"\0I\0d\0\"\0:\0"
                  "1\0}\0"),
     .twins = {byte_twins}},
    {.id = "all-controls",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("\x01\x02\x03\x04\x05\x06\x07\b\t\n\v\f\r\x0e\x0f\x1b\x7f"),
     .twins = {byte_twins}},
    {.id = "not-json",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("Id=1&Name=Ada+L"),
     .twins = {byte_twins}},
    {.id = "looks-signed",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("1767225600.Order.OnCreate." PLAIN),
     .twins = {byte_twins}},
    {.id = "dotted",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("a.b"),
     .twins = {dotted_twins, byte_twins}},
    {.id = "dot-first", .flag = "Encoding", ORDER, .body = TEXT(".a"), .twins = {byte_twins}},
    {.id = "large",
     .flag = "Encoding",
     ORDER,
     .body = TEXT("0123456789abcdef"),
     .repeat = 16384, /* 256 KiB */
     .twins = {large_twins}},
    SIZED("block-edge-55", "01234567890123456789012345678"),
    SIZED("block-edge-56", "012345678901234567890123456789"),
    SIZED("block-edge-63", "0123456789012345678901234567890123456"),
    SIZED("block-edge-64", "01234567890123456789012345678901234567"),
    SIZED("block-edge-65", "012345678901234567890123456789012345678"),
    SIZED("block-edge-119", LONG_54 "012345678901234567890123456789012345678"),
    SIZED("block-edge-120", LONG_54 "0123456789012345678901234567890123456789"),
    SIZED("block-edge-128", LONG_54 "012345678901234567890123456789012345678901234567"),
    {.id = NULL},
};

static const struct plan_twin ring_twins[] = {
    TWIN("other-secret", "KeyRing", HG_OK, {.op = EDIT_SECRET, .before = true, .at = 1}),
    TWIN("wrong-secret", "WrongSecret", HG_MISMATCH, WRONG_SECRET),
    TWIN("body-appended", "TamperedBody", HG_MISMATCH, AFTER(APPEND, BODY, SAYS(" "))),
    TWIN("too-old", "Stale", HG_TOO_OLD, SHIFT(-86400)),
    END_OF_TWINS,
};

static const struct plan_case ring_cases[] = {
    {.id = "two-secrets",
     .flag = "KeyRing",
     ORDER,
     .body = TEXT("{\"Id\":1,\"Name\":\"Grace\"}"),
     .twins = {ring_twins}},
    {.id = NULL},
};

const struct plan_file plan_webinone = {
    .scheme = "webinone",
    .url = "/api/webhook",
    .content_type = "application/json",
    .groups = {{.secrets = {{NULL, "a-public-secret-for-tests-only-never-use-it", HG_NEVER}},
                .cases = cases,
                .catalogue = true},
               {.secrets = {{"previous", "the-previous-public-secret-for-tests-only", HG_NEVER},
                            {"current", "the-current-public-secret-for-tests-only", HG_NEVER}},
                .cases = ring_cases}},
};
