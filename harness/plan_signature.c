/* SPDX-License-Identifier: MIT
 *
 * The family "signature": the header that carries it, its form, its bytes.
 *
 * In each of these schemes the MAC's text is the last thing in the header, so places within it are
 * counted from the end, whatever stands before it.
 */
#include "harness/plan.h"

#define TAIL(text)                                                                                 \
    AFTER(TRUNCATE, SIGNATURE, .count = MAC_LESS(0)), AFTER(APPEND, SIGNATURE, SAYS(text))
#define BEHIND(text) AFTER(APPEND, SIGNATURE, SAYS(text))
#define FRONT(text) AFTER(PREPEND, SIGNATURE, SAYS(text))
#define WHOLE(text) AFTER(SET, SIGNATURE, SAYS(text))
#define WITHIN(place, text) AFTER(INSERT, SIGNATURE, .at = IN_MAC(place), SAYS(text))
#define CUT_TO(bytes) AFTER(TRUNCATE, SIGNATURE, .count = MAC_LESS(bytes))
#define NEW_PREFIX(text)                                                                           \
    AFTER(CUT, SIGNATURE, .at = AT_PREFIX, .count = PREFIX_SIZE),                                  \
        AFTER(INSERT, SIGNATURE, .at = IN_MAC(0), SAYS(text))

/* ---- One bit ----------------------------------------------------------------------------------
 */

#define ONE_BIT "One bit of the MAC differs: all of it must be compared."
#define FLIP(of_byte, of_bit)                                                                      \
    MUST("mac-byte-" #of_byte, "ForgedSignature", HG_MISMATCH, 0, ONE_BIT,                         \
         {.op = EDIT_FLIP_MAC, .at = (of_byte), .bit = (of_bit)})

static const struct plan_twin bits[] = {
    FLIP(0, 7),  FLIP(1, 0),  FLIP(2, 1),  FLIP(3, 2),  FLIP(4, 3),   FLIP(5, 4),  FLIP(6, 5),
    FLIP(7, 6),  FLIP(8, 7),  FLIP(9, 0),  FLIP(10, 1), FLIP(11, 2),  FLIP(12, 3), FLIP(13, 4),
    FLIP(14, 5), FLIP(15, 6), FLIP(16, 7), FLIP(17, 0), FLIP(18, 1),  FLIP(19, 2), FLIP(20, 3),
    FLIP(21, 4), FLIP(22, 5), FLIP(23, 6), FLIP(24, 7), FLIP(25, 0),  FLIP(26, 1), FLIP(27, 2),
    FLIP(28, 3), FLIP(29, 4), FLIP(30, 5), FLIP(31, 0), END_OF_TWINS,
};

/* ---- None -------------------------------------------------------------------------------------
 */

#define NOTHING "There is no signature, so nothing says who sent it."
#define ELSEWHERE "The scheme's header carries the signature; what stands elsewhere is none."
#define NO_FORM "The value is not of the scheme's form, whatever a program makes of such a word."

#define WORD_FOR_ONE(of_name, of_text)                                                             \
    MUST("word-" of_name, "EmptySignature", HG_BAD_SIGNATURE, 0, NO_FORM, WHOLE(of_text))

static const struct plan_twin none[] = {
    MUST("missing", "MissingHeader", HG_NO_SIGNATURE, 0, NOTHING, AFTER(DROP, SIGNATURE)),
    MUST("empty", "EmptySignature", HG_NO_SIGNATURE, 0, NOTHING, WHOLE("")),
    MUST("blank", "EmptySignature", HG_NO_SIGNATURE, 0,
         "Blanks around a value are no part of it, so this one is empty.", WHOLE(" \t ")),
    MUST("unsigned-timed", "Unsigned", HG_NO_SIGNATURE, HAS_TIME_HEADER, NOTHING,
         AFTER(DROP, SIGNATURE), AFTER(DROP, TIMESTAMP)),
    MUST("unsigned-event", "Unsigned", HG_NO_SIGNATURE, HAS_EVENT, NOTHING, AFTER(DROP, SIGNATURE),
         AFTER(DROP, EVENT)),
    MUST("unsigned-id", "Unsigned", HG_NO_SIGNATURE, HAS_ID, NOTHING, AFTER(DROP, SIGNATURE),
         AFTER(DROP, ID)),
    MUST("prefix-alone", "EmptySignature", HG_BAD_SIGNATURE, HAS_PREFIX,
         "The digits are missing behind the prefix.", CUT_TO(0)),
    WORD_FOR_ONE("null", "null"),
    WORD_FOR_ONE("undefined", "undefined"),
    WORD_FOR_ONE("none", "none"),
    WORD_FOR_ONE("nil", "nil"),
    WORD_FOR_ONE("true", "true"),
    WORD_FOR_ONE("false", "false"),
    WORD_FOR_ONE("nan", "NaN"),
    WORD_FOR_ONE("zero", "0"),
    WORD_FOR_ONE("star", "*"),
    WORD_FOR_ONE("object", "[object Object]"),
    WORD_FOR_ONE("array", "[]"),
    WORD_FOR_ONE("exponent", "0e1"),
    PLAN_MISPLACED,
    MUST("name-longer", "MissingHeader", HG_NO_SIGNATURE, 0, ELSEWHERE,
         {.op = EDIT_RENAME, .part = PART_SIGNATURE, .name = SIGNATURE_ "-Next"}),
    MUST("name-with-x", "MissingHeader", HG_NO_SIGNATURE, 0, ELSEWHERE,
         {.op = EDIT_RENAME, .part = PART_SIGNATURE, .name = "X-" SIGNATURE_}),
    MUST("name-plain", "MissingHeader", HG_NO_SIGNATURE, 0, ELSEWHERE,
         {.op = EDIT_RENAME, .part = PART_SIGNATURE, .name = "Signature"}),
    END_OF_TWINS,
};

/* ---- Short and long ----------------------------------------------------------------------------
 */

#define SHORT "Fewer digits than the MAC has: comparing those that are there compares too little."
#define LONG "More than the MAC: what is behind it must not be passed over."
#define SHORTER(of_name, of_needs, of_edit)                                                        \
    MUST("short-" of_name, "TruncatedSignature", HG_BAD_SIGNATURE, of_needs, SHORT, of_edit)
#define LONGER(of_name, of_needs, ...)                                                             \
    SHOULD("long-" of_name, "StrictSignature", HG_BAD_SIGNATURE, of_needs, LONG, __VA_ARGS__)

static const struct plan_twin lengths[] = {
    SHORTER("by-1", 0, AFTER(TRUNCATE, SIGNATURE, .count = 1)),
    SHORTER("by-2", 0, AFTER(TRUNCATE, SIGNATURE, .count = 2)),
    SHORTER("by-4", 0, AFTER(TRUNCATE, SIGNATURE, .count = 4)),
    SHORTER("by-8", 0, AFTER(TRUNCATE, SIGNATURE, .count = 8)),
    SHORTER("to-40", 0, CUT_TO(40)),
    SHORTER("to-32", 0, CUT_TO(32)),
    SHORTER("to-28", 0, CUT_TO(28)),
    SHORTER("to-16", 0, CUT_TO(16)),
    SHORTER("to-8", 0, CUT_TO(8)),
    SHORTER("to-4", 0, CUT_TO(4)),
    SHORTER("to-2", 0, CUT_TO(2)),
    SHORTER("to-1", 0, CUT_TO(1)),
    SHORTER("of-the-front", 0, AFTER(CUT, SIGNATURE, .at = IN_MAC(0), .count = 4)),
    SHORTER("of-the-middle", 0, AFTER(CUT, SIGNATURE, .at = IN_MAC(16), .count = 8)),
    LONGER("by-0", 0, BEHIND("0")),
    LONGER("by-00", 0, BEHIND("00")),
    LONGER("by-0000", 0, BEHIND("0000")),
    LONGER("by-another", 0, BEHIND(WRONG_)),
    LONGER("by-another-in-front", 0, WITHIN(0, WRONG_)),
    LONGER("by-a-kilobyte", 0,
           BEHIND(ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64
                      ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64)),
    LONGER("by-a-word", 0, BEHIND(" trailing")),
    LONGER("by-a-comment", 0, BEHIND("#")),
    LONGER("by-a-percent", 0, BEHIND("%00")),
    LONGER("by-a-backslash", 0, BEHIND("\\0")),
    LONGER("by-a-quote", 0, BEHIND("'")),
    END_OF_TWINS,
};

/* ---- Spelling -----------------------------------------------------------------------------------
 */

#define SPELLED                                                                                    \
    "The scheme names one encoding. Another spelling is one more thing to compare wrongly."
#define EITHER_CASE "Hex digits mean the same in either case, and some senders write them so."
#define NO_DIGIT "Holds what is no digit, so no MAC can be read from it."
#define OTHER_CODE "The right MAC in an encoding that is not the scheme's."
#define CANONICAL "Bits that carry nothing must be zero, or one MAC has several spellings."
#define CONTROLS "HTTP forbids such bytes in a value; a reader that stops there sees another value."

#define ODD(of_name, of_needs, of_note, ...)                                                       \
    SHOULD("spelled-" of_name, "StrictSignature", HG_BAD_SIGNATURE, of_needs, of_note, __VA_ARGS__)

static const struct plan_twin spelling[] = {
    SHOULD("hex-upper", "StrictSignature", HG_OK, IS_HEX, EITHER_CASE,
           AFTER(UPPER, SIGNATURE, .at = IN_MAC(0))),
    SHOULD("hex-mixed", "StrictSignature", HG_OK, IS_HEX, EITHER_CASE,
           AFTER(UPPER, SIGNATURE, .at = IN_MAC(32))),
    MUST("not-hex", "ForgedSignature", HG_BAD_SIGNATURE, IS_HEX, NO_DIGIT,
         AFTER(TRUNCATE, SIGNATURE, .count = 1), BEHIND("g")),
    MUST("not-hex-first", "ForgedSignature", HG_BAD_SIGNATURE, IS_HEX, NO_DIGIT,
         AFTER(SET_BYTE, SIGNATURE, .at = IN_MAC(0), .byte = 'x')),
    MUST("not-base64", "ForgedSignature", HG_BAD_SIGNATURE, IS_BASE64, NO_DIGIT,
         AFTER(SET_BYTE, SIGNATURE, .at = IN_MAC(0), .byte = '*')),
    MUST("not-base64-amid", "ForgedSignature", HG_BAD_SIGNATURE, IS_BASE64, NO_DIGIT,
         AFTER(SET_BYTE, SIGNATURE, .at = IN_MAC(20), .byte = '.')),
    MUST("wide-digit", "ForgedSignature", HG_BAD_SIGNATURE, 0, NO_DIGIT,
         AFTER(TRUNCATE, SIGNATURE, .count = 3), BEHIND("\xef\xbc\x90")),
    ODD("in-base64", IS_HEX, OTHER_CODE, {.op = EDIT_RECODE, SAYS("base64")}),
    ODD("in-base64url", 0, OTHER_CODE, {.op = EDIT_RECODE, SAYS("base64url")}),
    ODD("in-hex", IS_BASE64, OTHER_CODE, {.op = EDIT_RECODE, SAYS("hex")}),
    ODD("behind-0x", 0, SPELLED, WITHIN(0, "0x")),
    ODD("quoted", 0, SPELLED, WITHIN(0, "\""), BEHIND("\"")),
    ODD("in-brackets", 0, SPELLED, WITHIN(0, "<"), BEHIND(">")),
    ODD("in-braces", 0, SPELLED, WITHIN(0, "{"), BEHIND("}")),
    ODD("with-a-colon", 0, SPELLED, WITHIN(2, ":")),
    ODD("with-a-hyphen", 0, SPELLED, WITHIN(8, "-")),
    ODD("with-a-blank", 0, SPELLED, WITHIN(16, " ")),
    ODD("with-a-tab", 0, SPELLED, WITHIN(16, "\t")),
    ODD("with-a-percent", 0, SPELLED, WITHIN(1, "%")),
    ODD("with-a-plus", IS_HEX, SPELLED, WITHIN(0, "+")),
    ODD("with-a-minus", 0, SPELLED, WITHIN(0, "-")),
    ODD("with-a-no-break-space", 0, SPELLED, BEHIND("\xc2\xa0")),
    ODD("with-a-zero-width-space", 0, SPELLED, WITHIN(0, "\xe2\x80\x8b")),
    ODD("without-padding", IS_BASE64, SPELLED, AFTER(TRUNCATE, SIGNATURE, .count = 1)),
    ODD("with-more-padding", IS_BASE64, SPELLED, BEHIND("=")),
    ODD("with-padding-amid", IS_BASE64, SPELLED, WITHIN(20, "=")),
    ODD("with-tail-bits", IS_BASE64, CANONICAL, AFTER(BUMP, SIGNATURE, .at = -2, .count = 1)),
    ODD("with-tail-bits-more", IS_BASE64, CANONICAL, AFTER(BUMP, SIGNATURE, .at = -2, .count = 2)),
    MUST("nul-behind", "StrictSignature", HG_BAD_REQUEST, 0, CONTROLS, BEHIND("0"),
         AFTER(SET_BYTE, SIGNATURE, .at = -1, .byte = 0)),
    MUST("nul-amid", "StrictSignature", HG_BAD_REQUEST, 0, CONTROLS,
         AFTER(SET_BYTE, SIGNATURE, .at = IN_MAC(8), .byte = 0)),
    MUST("line-end-behind", "StrictSignature", HG_BAD_REQUEST, 0, CONTROLS, BEHIND("\r\n")),
    MUST("line-feed-behind", "StrictSignature", HG_BAD_REQUEST, 0, CONTROLS, BEHIND("\n")),
    MUST("escape-behind", "StrictSignature", HG_BAD_REQUEST, 0, CONTROLS, BEHIND("\x1b[0m")),
    SHOULD("blanks-around", "HeaderForm", HG_OK, 0,
           "Blanks around a value are no part of it, so this one is the same.", FRONT("  "),
           BEHIND(" \t")),
    END_OF_TWINS,
};

/* ---- The prefix ---------------------------------------------------------------------------------
 */

#define ONE_PREFIX "The prefix says how the MAC was made. Another one says another thing."
#define CONFUSED "Names an algorithm that the scheme does not use: the sender must not choose it."
#define OTHER_PREFIX(of_name, of_text)                                                             \
    SHOULD("prefix-" of_name, "StrictSignature", HG_BAD_SIGNATURE, HAS_PREFIX, ONE_PREFIX,         \
           NEW_PREFIX(of_text))
#define ALGORITHM(of_name, of_text)                                                                \
    MUST("algorithm-" of_name, "AlgorithmConfusion", HG_BAD_SIGNATURE, HAS_DIGEST_PREFIX,          \
         CONFUSED, NEW_PREFIX(of_text))
#define ALGORITHM_OF_ZEROS(of_name, of_text)                                                       \
    MUST("algorithm-" of_name, "AlgorithmConfusion", HG_BAD_SIGNATURE, HAS_PREFIX, CONFUSED,       \
         AFTER(CUT, SIGNATURE, .at = AT_PREFIX, .count = PREFIX_SIZE), TAIL(of_text)),             \
        MUST("algorithm-" of_name, "AlgorithmConfusion", HG_BAD_SIGNATURE, HAS_NO_PREFIX,          \
             CONFUSED, TAIL(of_text))

static const struct plan_twin prefixes[] = {
    OTHER_PREFIX("missing", ""),
    OTHER_PREFIX("upper", UPPER_),
    OTHER_PREFIX("twice", PREFIX_ PREFIX_),
    OTHER_PREFIX("and-blank", PREFIX_ " "),
    OTHER_PREFIX("and-tab", PREFIX_ "\t"),
    OTHER_PREFIX("quoted", "\"" PREFIX_ "\""),
    OTHER_PREFIX("x", "x" PREFIX_),
    OTHER_PREFIX("colon", "hmac:"),
    OTHER_PREFIX("bearer", "Bearer "),
    OTHER_PREFIX("basic", "Basic "),
    OTHER_PREFIX("v2", "v2="),
    OTHER_PREFIX("v-1", "v-1="),
    OTHER_PREFIX("star", "*="),
    OTHER_PREFIX("equals", "="),
    ALGORITHM("sha1", "sha1="),
    ALGORITHM("sha512", "sha512="),
    ALGORITHM("sha384", "sha384="),
    ALGORITHM("sha224", "sha224="),
    ALGORITHM("sha3", "sha3-256="),
    ALGORITHM("md5", "md5="),
    ALGORITHM("none", "none="),
    ALGORITHM("hmac-sha256", "hmac-sha256="),
    ALGORITHM("sha-256", "sha-256="),
    ALGORITHM_OF_ZEROS("sha1-of-zeros", "sha1=0000000000000000000000000000000000000000"),
    ALGORITHM_OF_ZEROS("md5-of-zeros", "md5=00000000000000000000000000000000"),
    ALGORITHM_OF_ZEROS("crc32-of-zeros", "crc32=00000000"),
    ALGORITHM_OF_ZEROS("none-alone", "none="),
    ALGORITHM_OF_ZEROS("plain", "plain=secret"),
    ALGORITHM_OF_ZEROS("sha512-of-zeros", "sha512=" ZEROS_64 ZEROS_64),
    ALGORITHM_OF_ZEROS("alg-none", "alg=none"),
    END_OF_TWINS,
};

/* ---- Several ------------------------------------------------------------------------------------
 */

#define NOT_A_LIST "The header holds one signature. A list is of another form, whatever is in it."
#define TRY_EACH "Each signature of the list is tried; one that is right is enough."
#define ALL_WRONG "None of them is right, however many there are."
#define ONE_OF_TWO "Twice the same header: which of the two counts is left open, so neither does."
#define LIMIT "We try 16 of the right form, so that a long header can't buy work."
#define FIVE ITEM_ SEPARATOR_ ITEM_ SEPARATOR_ ITEM_ SEPARATOR_ ITEM_ SEPARATOR_ ITEM_ SEPARATOR_

#define TWO(of_name, of_status, of_needs, of_note, ...)                                            \
    MUST(of_name, "SignatureList", of_status, of_needs, of_note, __VA_ARGS__)

static const struct plan_twin several[] = {
    MUST("zeros", "ForgedSignature", HG_MISMATCH, 0, "Of the right form, and wrong.", TAIL(WRONG_)),
    MUST("ones", "ForgedSignature", HG_MISMATCH, 0, "Of the right form, and wrong.",
         TAIL(LAST_WRONG_)),
    TWO("comma-in-front", HG_BAD_SIGNATURE, IS_SINGLE, NOT_A_LIST, FRONT(ITEM_ ",")),
    TWO("comma-behind", HG_BAD_SIGNATURE, IS_SINGLE, NOT_A_LIST, BEHIND("," ITEM_)),
    TWO("comma-and-blank", HG_BAD_SIGNATURE, IS_SINGLE, NOT_A_LIST, FRONT(ITEM_ ", ")),
    TWO("blank-in-front", HG_BAD_SIGNATURE, IS_SINGLE, NOT_A_LIST, FRONT(ITEM_ " ")),
    TWO("blank-behind", HG_BAD_SIGNATURE, IS_SINGLE, NOT_A_LIST, BEHIND(" " ITEM_)),
    TWO("semicolon-in-front", HG_BAD_SIGNATURE, IS_SINGLE, NOT_A_LIST, FRONT(ITEM_ ";")),
    TWO("semicolon-behind", HG_BAD_SIGNATURE, IS_SINGLE, NOT_A_LIST, BEHIND(";" ITEM_)),
    TWO("comma-alone-behind", HG_BAD_SIGNATURE, IS_SINGLE, NOT_A_LIST, BEHIND(",")),
    TWO("wrong-then-right", HG_OK, IS_COMMA_LIST, TRY_EACH, FRONT(ITEM_ SEPARATOR_)),
    TWO("right-then-wrong", HG_OK, IS_COMMA_LIST, TRY_EACH, BEHIND(SEPARATOR_ ITEM_)),
    TWO("second-of-three", HG_OK, IS_COMMA_LIST, TRY_EACH, FRONT(ITEM_ SEPARATOR_),
        BEHIND(SEPARATOR_ ITEM_)),
    TWO("blanks-between", HG_OK, IS_COMMA_LIST, TRY_EACH, FRONT(ITEM_ " " SEPARATOR_ " ")),
    TWO("unknown-then-right", HG_OK, IS_COMMA_LIST, TRY_EACH, FRONT("v0=" WRONG_ SEPARATOR_)),
    TWO("right-then-unknown", HG_OK, IS_COMMA_LIST, TRY_EACH, BEHIND(SEPARATOR_ "v0=" WRONG_)),
    TWO("words-then-right", HG_OK, IS_COMMA_LIST, TRY_EACH, FRONT("x,a=b,,v1 = , ")),
    TWO("short-then-right", HG_OK, IS_COMMA_LIST, TRY_EACH, FRONT(PREFIX_ "00" SEPARATOR_)),
    TWO("empty-then-right", HG_OK, IS_COMMA_LIST, TRY_EACH, FRONT(PREFIX_ SEPARATOR_)),
    TWO("empty-item-behind", HG_OK, IS_COMMA_LIST, TRY_EACH, BEHIND(SEPARATOR_)),
    TWO("sixteen", HG_OK, IS_COMMA_LIST, LIMIT, FRONT(FIVE FIVE FIVE)),
    SHOULD("seventeen", "SignatureList", HG_BAD_SIGNATURE, IS_COMMA_LIST, LIMIT,
           FRONT(ITEM_ SEPARATOR_ FIVE FIVE FIVE)),
    TWO("wrong-and-wrong", HG_MISMATCH, IS_COMMA_LIST, ALL_WRONG, TAIL(WRONG_),
        BEHIND(SEPARATOR_ PREFIX_ LAST_WRONG_)),
    TWO("right-under-another-name", HG_BAD_SIGNATURE, IS_COMMA_LIST, ALL_WRONG, NEW_PREFIX("v0=")),
    TWO("right-under-no-name", HG_BAD_SIGNATURE, IS_COMMA_LIST, ALL_WRONG, NEW_PREFIX("")),
    TWO("joined-by-semicolons", HG_BAD_SIGNATURE, IS_COMMA_LIST, ALL_WRONG,
        BEHIND(";" PREFIX_ WRONG_)),
    TWO("joined-by-blanks", HG_BAD_SIGNATURE, IS_COMMA_LIST, ALL_WRONG, BEHIND(" " PREFIX_ WRONG_)),
    MUST("repeated", "RepeatedHeader", HG_REPEATED_HEADER, 0, ONE_OF_TWO, AFTER(REPEAT, SIGNATURE)),
    MUST("wrong-repeated", "RepeatedHeader", HG_REPEATED_HEADER, 0, ONE_OF_TWO,
         AFTER(REPEAT, SIGNATURE, SAYS(ITEM_))),
    MUST("right-repeated", "RepeatedHeader", HG_REPEATED_HEADER, 0, ONE_OF_TWO,
         AFTER(REPEAT, SIGNATURE), AFTER(SET, SIGNATURE, SAYS(ITEM_))),
    MUST("empty-repeated", "RepeatedHeader", HG_REPEATED_HEADER, 0, ONE_OF_TWO,
         AFTER(REPEAT, SIGNATURE, SAYS(""))),
    MUST("of-an-empty-body", "EmptyBodySignature", HG_MISMATCH, 0,
         "The body was not in the MAC: some frameworks have read it before.",
         BEFORE(SIGN_AS, BODY, SAYS(""))),
    MUST("of-an-empty-object", "EmptyBodySignature", HG_MISMATCH, 0,
         "What a parser makes of no body is not the body.", BEFORE(SIGN_AS, BODY, SAYS("{}"))),
    MUST("of-null", "EmptyBodySignature", HG_MISMATCH, 0,
         "What a parser makes of no body is not the body.", BEFORE(SIGN_AS, BODY, SAYS("null"))),
    MUST("of-an-object-as-text", "EmptyBodySignature", HG_MISMATCH, 0,
         "An object that was made text by accident is not the body.",
         BEFORE(SIGN_AS, BODY, SAYS("[object Object]"))),
    END_OF_TWINS,
};

const struct plan_case plan_signature[] = {
    {.id = "signature",
     .family = "signature",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"signatures\"}"),
     .twins = {bits, none, lengths, spelling, prefixes, several}},
    {.id = NULL},
};
