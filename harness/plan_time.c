/* SPDX-License-Identifier: MIT
 *
 * The family "time": how a time is spelled, how old a delivery may be.
 *
 * Schemes without a signed time have none of it.
 */
#include "harness/plan.h"

/* ---- The window --------------------------------------------------------------------------------
 */

#define OLD "Older than the tolerance: a recorded delivery, sent again."
#define AHEAD "Dated ahead by more than the tolerance: it could be sent again until then."
#define INSIDE "Within the tolerance, whose last second is part of it."
#define BEYOND "One second beyond the tolerance."

#define WINDOW(of_name, of_flag, of_status, of_note, of_seconds)                                   \
    MUST(of_name, of_flag, of_status, HAS_TIME, of_note, SHIFT(of_seconds))

static const struct plan_twin window[] = {
    WINDOW("minute-old", "ToleranceEdge", HG_OK, INSIDE, -60),
    WINDOW("minute-ahead", "ToleranceEdge", HG_OK, INSIDE, 60),
    WINDOW("inside-edge-old", "ToleranceEdge", HG_OK, INSIDE, -299),
    WINDOW("inside-edge-new", "ToleranceEdge", HG_OK, INSIDE, 299),
    WINDOW("edge-old", "ToleranceEdge", HG_OK, INSIDE, -300),
    WINDOW("edge-new", "ToleranceEdge", HG_OK, INSIDE, 300),
    WINDOW("past-edge-old", "ToleranceEdge", HG_TOO_OLD, BEYOND, -301),
    WINDOW("past-edge-new", "ToleranceEdge", HG_TOO_NEW, BEYOND, 301),
    WINDOW("ten-minutes-old", "Stale", HG_TOO_OLD, OLD, -600),
    WINDOW("hour-old", "Stale", HG_TOO_OLD, OLD, -3600),
    WINDOW("day-old", "Stale", HG_TOO_OLD, OLD, -86400),
    WINDOW("week-old", "Stale", HG_TOO_OLD, OLD, -604800),
    WINDOW("year-old", "Stale", HG_TOO_OLD, OLD, -31536000),
    WINDOW("ten-minutes-ahead", "Future", HG_TOO_NEW, AHEAD, 600),
    WINDOW("hour-ahead", "Future", HG_TOO_NEW, AHEAD, 3600),
    WINDOW("day-ahead", "Future", HG_TOO_NEW, AHEAD, 86400),
    WINDOW("year-ahead", "Future", HG_TOO_NEW, AHEAD, 31536000),
    WINDOW("wraps-16", "Future", HG_TOO_NEW, AHEAD, 65536),
    WINDOW("wraps-32", "Future", HG_TOO_NEW, "Right again for who counts in 32 bits.",
           INT64_C(4294967296)),
    MUST("changed", "TamperedTimestamp", HG_MISMATCH, HAS_TIME,
         "The time is signed: another one is another delivery.",
         AFTER(FLIP_BIT, TIMESTAMP, .at = -1)),
    MUST("changed-first", "TamperedTimestamp", HG_MISMATCH, HAS_TIME,
         "The time is signed: another one is another delivery.",
         AFTER(BUMP, TIMESTAMP, .at = 0, .count = 1)),
    MUST("made-young", "TamperedTimestamp", HG_MISMATCH, HAS_TIME,
         "An old delivery with the time of another one.", SHIFT(-86400),
         AFTER(SET, TIMESTAMP, SAYS("1767225600"))),
    MUST("digit-lost", "TamperedTimestamp", HG_MISMATCH, HAS_TIME,
         "The time is signed: another one is another delivery.",
         AFTER(TRUNCATE, TIMESTAMP, .count = 1)),
    MUST("digit-more", "TamperedTimestamp", HG_MISMATCH, HAS_TIME,
         "The time is signed: another one is another delivery.",
         AFTER(APPEND, TIMESTAMP, SAYS("0"))),
    END_OF_TWINS,
};

/* ---- None, and two ------------------------------------------------------------------------------
 */

#define REQUIRED "Without a time a delivery never gets old."
#define ONE_TIME "Two times: which of them counts is left open, so neither does."

static const struct plan_twin presence[] = {
    MUST("missing", "MissingHeader", HG_NO_TIMESTAMP, HAS_TIME, REQUIRED, AFTER(DROP, TIMESTAMP)),
    MUST("empty", "MissingHeader", HG_NO_TIMESTAMP, HAS_TIME, REQUIRED,
         AFTER(SET, TIMESTAMP, SAYS(""))),
    MUST("blank", "MissingHeader", HG_NO_TIMESTAMP, HAS_TIME_HEADER, REQUIRED,
         AFTER(SET, TIMESTAMP, SAYS(" \t "))),
    MUST("in-a-date-header", "MissingHeader", HG_NO_TIMESTAMP, HAS_TIME,
         "The scheme's own time is signed; the Date header is not.", AFTER(DROP, TIMESTAMP),
         ADD_HEADER("Date", "Thu, 01 Jan 2026 00:00:00 GMT")),
    MUST("in-the-url", "MissingHeader", HG_NO_TIMESTAMP, HAS_TIME,
         "The scheme's own time is signed; the URL is not.", AFTER(DROP, TIMESTAMP),
         AFTER(APPEND, URL, SAYS("?timestamp=1767225600"))),
    MUST("repeated", "RepeatedHeader", HG_REPEATED_HEADER, HAS_TIME_HEADER, ONE_TIME,
         AFTER(REPEAT, TIMESTAMP)),
    MUST("repeated-other", "RepeatedHeader", HG_REPEATED_HEADER, HAS_TIME_HEADER, ONE_TIME,
         AFTER(REPEAT, TIMESTAMP, SAYS("1767225601"))),
    MUST("repeated-empty", "RepeatedHeader", HG_REPEATED_HEADER, HAS_TIME_HEADER, ONE_TIME,
         AFTER(REPEAT, TIMESTAMP, SAYS(""))),
    MUST("item-repeated", "RepeatedHeader", HG_BAD_TIMESTAMP, HAS_TIME_ITEM, ONE_TIME,
         AFTER(REPEAT, TIMESTAMP)),
    MUST("item-repeated-other", "RepeatedHeader", HG_BAD_TIMESTAMP, HAS_TIME_ITEM, ONE_TIME,
         AFTER(REPEAT, TIMESTAMP, SAYS("1767225601"))),
    MUST("item-in-front", "RepeatedHeader", HG_BAD_TIMESTAMP, HAS_TIME_ITEM, ONE_TIME,
         AFTER(PREPEND, SIGNATURE, SAYS("t=1767225601,"))),
    MUST("item-empty-too", "RepeatedHeader", HG_BAD_TIMESTAMP, HAS_TIME_ITEM, ONE_TIME,
         AFTER(APPEND, SIGNATURE, SAYS(",t="))),
    MUST("item-in-a-header", "MissingHeader", HG_NO_TIMESTAMP, HAS_TIME_ITEM, REQUIRED,
         AFTER(DROP, TIMESTAMP), ADD_HEADER("Timestamp", "1767225600")),
    SHOULD("item-of-another-name", "SignatureList", HG_OK, HAS_TIME_ITEM,
           "Items of other names are passed over.",
           AFTER(APPEND, SIGNATURE, SAYS(",ts=1,time=2,T=3"))),
    END_OF_TWINS,
};

/* ---- Spelling -----------------------------------------------------------------------------------
 */

#define DIGITS                                                                                     \
    "Digits alone, without a sign or a leading zero: the text is signed, and one time should "     \
    "have one text."
#define NORMALISED                                                                                 \
    "Signed as the plain number, sent like this: accepted only by a target that signs the "        \
    "number it has read."
#define NO_NUMBER "Not a number. Where a reader makes one of it, no comparison with now may hold."
#define UNITS "The scheme counts seconds. Read so, this is far ahead."
#define LIMITS "Beyond what a reader can hold it must not become a time near now."
#define CONTROLS "HTTP forbids such bytes in a value; a reader that stops there reads another time."

/* Signed as it is spelled; and signed as the plain number, then sent so. */
#define SPELLED_IF(of_needs, of_name, of_op, ...)                                                  \
    SHOULD("spelled-" of_name, "StrictTimestamp", HG_BAD_TIMESTAMP, of_needs, DIGITS,              \
           BEFORE(of_op, TIMESTAMP, __VA_ARGS__)),                                                 \
        SHOULD("sent-" of_name, "StrictTimestamp", HG_BAD_TIMESTAMP, of_needs, NORMALISED,         \
               AFTER(of_op, TIMESTAMP, __VA_ARGS__))
#define SPELLED(of_name, of_op, ...) SPELLED_IF(HAS_TIME, of_name, of_op, __VA_ARGS__)
#define IS(of_name, of_flag, of_status, of_note, of_text)                                          \
    MUST("is-" of_name, of_flag, of_status, HAS_TIME, of_note,                                     \
         BEFORE(SET, TIMESTAMP, SAYS(of_text)))
#define LARGE(of_name, of_status, of_text) IS(of_name, "Future", of_status, LIMITS, of_text)
#define WORD_FOR_ONE(of_name, of_text)                                                             \
    IS(of_name, "StrictTimestamp", HG_BAD_TIMESTAMP, NO_NUMBER, of_text)

static const struct plan_twin spelling[] = {
    SPELLED("plus", PREPEND, SAYS("+")),
    SPELLED("minus", PREPEND, SAYS("-")),
    SPELLED("zero-in-front", PREPEND, SAYS("0")),
    SPELLED("zeros-in-front", PREPEND, SAYS("0000000000")),
    SPELLED("letters-behind", APPEND, SAYS("abc")),
    SPELLED("unit-behind", APPEND, SAYS("s")),
    SPELLED("suffix-n", APPEND, SAYS("n")),
    SPELLED("suffix-z", APPEND, SAYS("Z")),
    SPELLED("number-behind", APPEND, SAYS(" 1")),
    SPELLED_IF(HAS_TIME_HEADER, "list", APPEND, SAYS(",1")),
    SPELLED("semicolon-behind", APPEND, SAYS(";")),
    SPELLED("word-in-front", PREPEND, SAYS("t:")),
    SPELLED("blank-inside", INSERT, .at = 5, SAYS(" ")),
    SPELLED("tab-inside", INSERT, .at = 5, SAYS("\t")),
    SPELLED("underscore", INSERT, .at = 1, SAYS("_")),
    SPELLED("apostrophe", INSERT, .at = 1, SAYS("'")),
    SPELLED("no-break-space", APPEND, SAYS("\xc2\xa0")),
    SPELLED("arabic-digit", APPEND, SAYS("\xd9\xa1")),
    SPELLED("fraction", APPEND, SAYS(".0")),
    SPELLED("fraction-half", APPEND, SAYS(".5")),
    SPELLED("dot-behind", APPEND, SAYS(".")),
    SPELLED("exponent", APPEND, SAYS("e0")),
    SPELLED("exponent-upper", APPEND, SAYS("E0")),
    SPELLED("full-width", WIDE_DIGITS, .at = 0),
    SPELLED("hex", HEX_NUMBER, .at = 0),
    SHOULD("spelled-quoted", "StrictTimestamp", HG_BAD_TIMESTAMP, HAS_TIME, DIGITS,
           BEFORE(PREPEND, TIMESTAMP, SAYS("\"")), BEFORE(APPEND, TIMESTAMP, SAYS("\""))),
    SHOULD("nul-behind", "StrictTimestamp", HG_BAD_REQUEST, HAS_TIME, CONTROLS,
           AFTER(APPEND, TIMESTAMP, SAYS("0")), AFTER(SET_BYTE, TIMESTAMP, .at = -1, .byte = 0)),
    SHOULD("line-feed-behind", "StrictTimestamp", HG_BAD_REQUEST, HAS_TIME, CONTROLS,
           AFTER(APPEND, TIMESTAMP, SAYS("\n"))),
    SHOULD("line-end-behind", "StrictTimestamp", HG_BAD_REQUEST, HAS_TIME, CONTROLS,
           AFTER(APPEND, TIMESTAMP, SAYS("\r\n"))),
    SHOULD("blanks-around", "HeaderForm", HG_OK, HAS_TIME_HEADER,
           "Blanks around a value are no part of it.", AFTER(PREPEND, TIMESTAMP, SAYS("  ")),
           AFTER(APPEND, TIMESTAMP, SAYS("\t"))),
    MUST("in-milliseconds", "Future", HG_TOO_NEW, HAS_TIME, UNITS,
         BEFORE(APPEND, TIMESTAMP, SAYS("000"))),
    MUST("in-microseconds", "Future", HG_TOO_NEW, HAS_TIME, UNITS,
         BEFORE(APPEND, TIMESTAMP, SAYS("000000"))),
    MUST("in-nanoseconds", "Future", HG_BAD_TIMESTAMP, HAS_TIME, LIMITS,
         BEFORE(APPEND, TIMESTAMP, SAYS("000000000"))),
    MUST("in-milliseconds-sent", "TamperedTimestamp", HG_MISMATCH, HAS_TIME,
         "The text that was sent is what must be signed.", AFTER(APPEND, TIMESTAMP, SAYS("000"))),
    IS("0", "Stale", HG_TOO_OLD, OLD, "0"),
    IS("1", "Stale", HG_TOO_OLD, OLD, "1"),
    IS("minus-0", "StrictTimestamp", HG_BAD_TIMESTAMP, DIGITS, "-0"),
    IS("minus-1", "StrictTimestamp", HG_BAD_TIMESTAMP, DIGITS, "-1"),
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
    LARGE("40-digits", HG_BAD_TIMESTAMP, "1111111111111111111111111111111111111111"),
    LARGE("beyond-floats", HG_BAD_TIMESTAMP, /* at 2^1024 a double is infinite */
          "1" ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64),
    WORD_FOR_ONE("nan", "NaN"),
    WORD_FOR_ONE("infinity", "Infinity"),
    WORD_FOR_ONE("null", "null"),
    WORD_FOR_ONE("true", "true"),
    WORD_FOR_ONE("now", "now"),
    WORD_FOR_ONE("object", "{}"),
    WORD_FOR_ONE("array", "[1767225600]"),
    WORD_FOR_ONE("rfc3339", "2026-01-01T00:00:00Z"),
    MUST("is-http-date", "StrictTimestamp", HG_BAD_TIMESTAMP, HAS_TIME_HEADER, NO_NUMBER,
         BEFORE(SET, TIMESTAMP, SAYS("Thu, 01 Jan 2026 00:00:00 GMT"))),
    END_OF_TWINS,
};

const struct plan_case plan_time[] = {
    {.id = "time",
     .family = "time",
     .needs = HAS_TIME,
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"times\"}"),
     .twins = {window, presence, spelling}},
    {.id = NULL},
};
