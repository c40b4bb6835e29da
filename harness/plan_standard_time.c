/* SPDX-License-Identifier: MIT
 *
 * The plan of standard-webhooks: the timestamp. The specification says "integer unix timestamp
 * (seconds since epoch)" and no more, so libraries read what their language's number reader takes.
 */
#include "harness/plan_standard.h"

/* ---- How old a delivery may be --------------------------------------------------------------- */

#define TOLERANCE                                                                                  \
    "The section asks for \"some allowable tolerance\" and names none. We take the 300 seconds "   \
    "that its reference libraries have."
#define AHEAD TOLERANCE " They refuse a time ahead of the clock by more than that, too."
#define EDGE                                                                                       \
    TOLERANCE " Their comparisons count the last second as inside; ages are whole seconds here."
#define RETRIED                                                                                    \
    "A sender that retries states the time of each attempt, so age says nothing about the event."

const struct plan_twin plan_standard_window[] = {
    RULE("timestamp-changed", "TamperedTimestamp", HG_MISMATCH, SCHEME, NULL,
         AFTER(FLIP_BIT, TIMESTAMP, .at = -1)),
    RULE("too-old", "Stale", HG_TOO_OLD, VERIFYING, TOLERANCE, SHIFT(-86400)),
    RULE("too-new", "Future", HG_TOO_NEW, VERIFYING, AHEAD, SHIFT(86400)),
    RULE("year-old", "Stale", HG_TOO_OLD, METADATA, RETRIED, SHIFT(-31536000)),
    RULE("year-ahead", "Future", HG_TOO_NEW, VERIFYING, AHEAD, SHIFT(31536000)),
    RULE("inside-edge-old", "ToleranceEdge", HG_OK, VERIFYING, EDGE, SHIFT(-299)),
    RULE("inside-edge-new", "ToleranceEdge", HG_OK, VERIFYING, EDGE, SHIFT(299)),
    RULE("edge-old", "ToleranceEdge", HG_OK, VERIFYING, EDGE, SHIFT(-300)),
    RULE("edge-new", "ToleranceEdge", HG_OK, VERIFYING, EDGE, SHIFT(300)),
    RULE("past-edge-old", "ToleranceEdge", HG_TOO_OLD, VERIFYING, EDGE, SHIFT(-301)),
    RULE("past-edge-new", "ToleranceEdge", HG_TOO_NEW, VERIFYING, EDGE, SHIFT(301)),
    RULE("no-timestamp", "MissingHeader", HG_NO_TIMESTAMP, HEADERS, NULL, AFTER(DROP, TIMESTAMP)),
    RULE("empty-timestamp", "MissingHeader", HG_NO_TIMESTAMP, HEADERS, NULL,
         AFTER(SET, TIMESTAMP, SAYS(""))),
    RULE("blank-timestamp", "MissingHeader", HG_NO_TIMESTAMP, FIELD_VALUES,
         "Blanks are not part of a value, so this one is empty.",
         AFTER(SET, TIMESTAMP, SAYS(" \t "))),
    RULE("repeated-timestamp", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, TIMESTAMP)),
    RULE("repeated-timestamp-other", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, TIMESTAMP, SAYS("1767225601"))),
    END_OF_TWINS,
};

/* ---- How a time is spelled ------------------------------------------------------------------- */

#define DIGITS                                                                                     \
    "An integer, but its spelling is left open. We take digits alone, no sign and no leading "     \
    "zero: the text itself is signed, and one time should have one text."
#define NORMALISED                                                                                 \
    "Signed with the plain number, sent like this: accepted only by a target that signs the "      \
    "number it has read, not the text it was sent. Another program may read another number."
#define OVERFLOW                                                                                   \
    "No limit is given. We read up to 2^53, the last integer that every JSON reader has; what "    \
    "a reader does beyond its own limit must not be a time near now."

/* Signed as it is spelled; and signed as the plain number, then sent so. */
#define SPELLED(of_name, of_status, of_op, ...)                                                    \
    ADVICE("time-" of_name, "StrictTimestamp", (of_status), HEADERS, DIGITS,                       \
           BEFORE(of_op, TIMESTAMP, __VA_ARGS__)),                                                 \
        ADVICE("time-" of_name "-sent", "StrictTimestamp", (of_status), HEADERS, NORMALISED,       \
               AFTER(of_op, TIMESTAMP, __VA_ARGS__))
#define LARGE(of_name, of_status, of_text)                                                         \
    RULE("time-" of_name, "Future", (of_status), SILENT, OVERFLOW,                                 \
         BEFORE(SET, TIMESTAMP, SAYS(of_text)))
#define WORD(of_name, of_text)                                                                     \
    RULE("time-" of_name, "StrictTimestamp", HG_BAD_TIMESTAMP, HEADERS,                            \
         "Not an integer. Where a reader makes a number of it, no comparison with now may hold.",  \
         BEFORE(SET, TIMESTAMP, SAYS(of_text)))

const struct plan_twin plan_standard_time[] = {
    /* Signs and zeros */
    SPELLED("plus", HG_BAD_TIMESTAMP, PREPEND, SAYS("+")),
    SPELLED("minus", HG_BAD_TIMESTAMP, PREPEND, SAYS("-")),
    SPELLED("zero-in-front", HG_BAD_TIMESTAMP, PREPEND, SAYS("0")),
    SPELLED("zeros-in-front", HG_BAD_TIMESTAMP, PREPEND, SAYS("0000000000")),
    /* Something behind, in front, inside */
    SPELLED("letters-behind", HG_BAD_TIMESTAMP, APPEND, SAYS("abc")),
    SPELLED("unit-behind", HG_BAD_TIMESTAMP, APPEND, SAYS("s")),
    SPELLED("suffix-n", HG_BAD_TIMESTAMP, APPEND, SAYS("n")),
    SPELLED("number-behind", HG_BAD_TIMESTAMP, APPEND, SAYS(" 1")),
    SPELLED("list", HG_BAD_TIMESTAMP, APPEND, SAYS(",1")),
    SPELLED("semicolon-behind", HG_BAD_TIMESTAMP, APPEND, SAYS(";")),
    SPELLED("letters-in-front", HG_BAD_TIMESTAMP, PREPEND, SAYS("t=")),
    SPELLED("blank-inside", HG_BAD_TIMESTAMP, INSERT, .at = 5, SAYS(" ")),
    SPELLED("tab-inside", HG_BAD_TIMESTAMP, INSERT, .at = 5, SAYS("\t")),
    SPELLED("underscore", HG_BAD_TIMESTAMP, INSERT, .at = 1, SAYS("_")),
    SPELLED("thousands", HG_BAD_TIMESTAMP, INSERT, .at = 1, SAYS(",")),
    SPELLED("no-break-space", HG_BAD_TIMESTAMP, APPEND, SAYS("\xc2\xa0")),
    /* Fractions and exponents */
    SPELLED("fraction", HG_BAD_TIMESTAMP, APPEND, SAYS(".0")),
    SPELLED("fraction-half", HG_BAD_TIMESTAMP, APPEND, SAYS(".5")),
    SPELLED("dot-behind", HG_BAD_TIMESTAMP, APPEND, SAYS(".")),
    SPELLED("exponent", HG_BAD_TIMESTAMP, APPEND, SAYS("e0")),
    SPELLED("exponent-upper", HG_BAD_TIMESTAMP, APPEND, SAYS("E0")),
    ADVICE("time-scientific", "StrictTimestamp", HG_BAD_TIMESTAMP, HEADERS, DIGITS,
           BEFORE(INSERT, TIMESTAMP, .at = 1, SAYS(".")), BEFORE(APPEND, TIMESTAMP, SAYS("e9"))),
    ADVICE("time-scientific-sent", "StrictTimestamp", HG_BAD_TIMESTAMP, HEADERS, NORMALISED,
           AFTER(INSERT, TIMESTAMP, .at = 1, SAYS(".")), AFTER(APPEND, TIMESTAMP, SAYS("e9"))),
    /* Other digits, other bases */
    SPELLED("full-width", HG_BAD_TIMESTAMP, WIDE_DIGITS, .at = 0),
    SPELLED("hex", HG_BAD_TIMESTAMP, HEX_NUMBER, .at = 0),
    ADVICE("time-quoted", "StrictTimestamp", HG_BAD_TIMESTAMP, HEADERS, DIGITS,
           BEFORE(PREPEND, TIMESTAMP, SAYS("\"")), BEFORE(APPEND, TIMESTAMP, SAYS("\""))),
    ADVICE("time-quoted-sent", "StrictTimestamp", HG_BAD_TIMESTAMP, HEADERS, NORMALISED,
           AFTER(PREPEND, TIMESTAMP, SAYS("\"")), AFTER(APPEND, TIMESTAMP, SAYS("\""))),
    /* Bytes that a header can't hold */
    ADVICE("time-nul-behind", "StrictTimestamp", HG_BAD_REQUEST, FIELD_VALUES, CONTROL,
           BEFORE(APPEND, TIMESTAMP, SAYS("0")), BEFORE(SET_BYTE, TIMESTAMP, .at = -1, .byte = 0)),
    ADVICE("time-nul-behind-sent", "StrictTimestamp", HG_BAD_REQUEST, FIELD_VALUES, CONTROL,
           AFTER(APPEND, TIMESTAMP, SAYS("0")), AFTER(SET_BYTE, TIMESTAMP, .at = -1, .byte = 0)),
    ADVICE("time-line-end-behind", "StrictTimestamp", HG_BAD_REQUEST, FIELD_VALUES, CONTROL,
           AFTER(APPEND, TIMESTAMP, SAYS("\r\n"))),
    ADVICE("time-line-feed-behind", "StrictTimestamp", HG_BAD_REQUEST, FIELD_VALUES, CONTROL,
           AFTER(APPEND, TIMESTAMP, SAYS("\n"))),
    ADVICE("time-form-feed-in-front", "StrictTimestamp", HG_BAD_REQUEST, FIELD_VALUES,
           OTHER_CONTROL, AFTER(PREPEND, TIMESTAMP, SAYS("\f"))),
    RULE("time-blanks-around", "HeaderForm", HG_OK, FIELD_VALUES,
         "Blanks around a value are no part of it, so what is signed is the value without them.",
         AFTER(PREPEND, TIMESTAMP, SAYS("  ")), AFTER(APPEND, TIMESTAMP, SAYS("\t"))),
    /* Other units */
    RULE("timestamp-ms", "Future", HG_TOO_NEW, HEADERS, "Seconds: read so, it is far ahead.",
         BEFORE(APPEND, TIMESTAMP, SAYS("000"))),
    RULE("time-us", "Future", HG_TOO_NEW, HEADERS, "Seconds: read so, it is far ahead.",
         BEFORE(APPEND, TIMESTAMP, SAYS("000000"))),
    RULE("time-ns", "Future", HG_BAD_TIMESTAMP, HEADERS, OVERFLOW,
         BEFORE(APPEND, TIMESTAMP, SAYS("000000000"))),
    RULE("time-ms-sent", "TamperedTimestamp", HG_MISMATCH, SCHEME, NULL,
         AFTER(APPEND, TIMESTAMP, SAYS("000"))),
    RULE("time-digit-lost", "TamperedTimestamp", HG_MISMATCH, SCHEME, NULL,
         AFTER(TRUNCATE, TIMESTAMP, .count = 1)),
    /* Small and large */
    RULE("time-0", "Stale", HG_TOO_OLD, VERIFYING, "An integer like any other, and an old one.",
         BEFORE(SET, TIMESTAMP, SAYS("0"))),
    RULE("time-1", "Stale", HG_TOO_OLD, VERIFYING, TOLERANCE, BEFORE(SET, TIMESTAMP, SAYS("1"))),
    RULE("time-minus-0", "StrictTimestamp", HG_BAD_TIMESTAMP, HEADERS, DIGITS,
         BEFORE(SET, TIMESTAMP, SAYS("-0"))),
    RULE("time-minus-1", "StrictTimestamp", HG_BAD_TIMESTAMP, HEADERS, DIGITS,
         BEFORE(SET, TIMESTAMP, SAYS("-1"))),
    LARGE("2-31-less-1", HG_TOO_NEW, "2147483647"),
    LARGE("2-31", HG_TOO_NEW, "2147483648"),
    LARGE("2-32-less-1", HG_TOO_NEW, "4294967295"),
    LARGE("2-32", HG_TOO_NEW, "4294967296"),
    LARGE("2-53", HG_TOO_NEW, "9007199254740992"),
    LARGE("2-53-and-1", HG_BAD_TIMESTAMP, "9007199254740993"),
    LARGE("2-63-less-1", HG_BAD_TIMESTAMP, "9223372036854775807"),
    LARGE("2-63", HG_BAD_TIMESTAMP, "9223372036854775808"),
    LARGE("2-64-less-1", HG_BAD_TIMESTAMP, "18446744073709551615"),
    LARGE("2-64", HG_BAD_TIMESTAMP, "18446744073709551616"),
    LARGE("wraps-64", HG_BAD_TIMESTAMP, "18446744075476777216"), /* 2^64 and the files' now */
    LARGE("beyond-floats", HG_BAD_TIMESTAMP, /* at 2^1024 a double is infinite */
          "1" ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64),
    RULE("time-wraps-32", "Future", HG_TOO_NEW, SILENT, OVERFLOW, SHIFT(INT64_C(4294967296))),
    /* No numbers */
    WORD("nan", "NaN"),
    WORD("infinity", "Infinity"),
    WORD("minus-infinity", "-Infinity"),
    WORD("null", "null"),
    WORD("true", "true"),
    WORD("now", "now"),
    WORD("rfc3339", "2026-01-01T00:00:00Z"),
    WORD("http-date", "Thu, 01 Jan 2026 00:00:00 GMT"),
    END_OF_TWINS,
};
