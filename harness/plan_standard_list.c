/* SPDX-License-Identifier: MIT
 *
 * The plan of standard-webhooks: the signature header, "a space delimited list of signatures", and
 * within it one signature, "v1, followed by a comma (,), followed by the base64 encoded signature".
 */
#include "harness/plan_standard.h"

/* ---- The list -------------------------------------------------------------------------------- */

#define TRY_EACH "Consumers try each signature until one matches; others say nothing about it."
#define PASSED_OVER                                                                                \
    "The section does not say what an item of another form means. We pass over it, since a later " \
    "version may look so: it must not stop a right one, nor count as one."
#define NOT_OF_FORM                                                                                \
    "The form is v1, a comma and base64, and nothing else. We pass over such an item, which "      \
    "leaves no signature here, rather than find one inside it."
#define ONLY_SPACES                                                                                \
    "The list is space delimited. What another mark joins is one item, which is not base64."
#define LIMIT                                                                                      \
    "The length of the list is left open. We take 16 of the form v1, so that a long header can't " \
    "buy work; a rotation needs 2. Items of other forms do not count."
#define JOINED                                                                                     \
    "Two fields that a proxy has joined by \", \", as it must not. The list is space delimited, "  \
    "so the comma is the end of the first item, which then is not base64."

/* As long as an Ed25519 signature. */
#define SIXTY_FOUR_BYTES ZEROS_16 ZEROS_64 "00000A=="
#define V1A "v1a," SIXTY_FOUR_BYTES

#define LIST(of_name, of_status, of_spec, of_note, ...)                                            \
    RULE(of_name, "SignatureList", (of_status), of_spec, of_note, __VA_ARGS__)
#define LIST_ADVICE(of_name, of_status, of_spec, of_note, ...)                                     \
    ADVICE(of_name, "SignatureList", (of_status), of_spec, of_note, __VA_ARGS__)
#define FRONT(text) AFTER(PREPEND, SIGNATURE, SAYS(text))
#define BEHIND(text) AFTER(APPEND, SIGNATURE, SAYS(text))
#define WITHIN(place, text) AFTER(INSERT, SIGNATURE, .at = (place), SAYS(text))
#define WHOLE(text) AFTER(SET, SIGNATURE, SAYS(text))

#define EIGHT_V2 "v2,A v2,A v2,A v2,A v2,A v2,A v2,A v2,A "
#define FOUR_BROKEN "v1,! v1,! v1,! v1,! "

const struct plan_twin plan_standard_list[] = {
    RULE("no-signature", "MissingHeader", HG_NO_SIGNATURE, HEADERS, NULL, AFTER(DROP, SIGNATURE)),
    RULE("empty-signature", "EmptySignature", HG_NO_SIGNATURE, HEADERS, NULL, WHOLE("")),
    RULE("blank-signature", "EmptySignature", HG_NO_SIGNATURE, FIELD_VALUES,
         "Blanks are not part of a value, so this one is empty.", WHOLE("  ")),
    RULE("unsigned", "Unsigned", HG_NO_SIGNATURE, HEADERS, NULL, AFTER(DROP, SIGNATURE),
         AFTER(DROP, TIMESTAMP), AFTER(DROP, ID)),
    PLAN_MISPLACED,
    RULE("repeated-signature", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, SIGNATURE)),
    RULE("repeated-wrong-behind", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, SIGNATURE, SAYS(WRONG_V1))),
    RULE("repeated-wrong-in-front", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, SIGNATURE), WHOLE(WRONG_V1)),
    RULE("repeated-unknown-behind", "RepeatedHeader", HG_REPEATED_HEADER, FIELD_ORDER, NOT_TWICE,
         AFTER(REPEAT, SIGNATURE, SAYS("v2,AAAA"))),
    RULE("zeros", "WrongSecret", HG_MISMATCH, SCHEME, NULL, WHOLE(WRONG_V1)),
    /* Other versions */
    LIST("unknown-then-right", HG_OK, HEADERS, TRY_EACH, FRONT("v2,AAAA ")),
    LIST("right-then-unknown", HG_OK, HEADERS, TRY_EACH, BEHIND(" v2,AAAA")),
    LIST("v1a-then-right", HG_OK, HEADERS, "The example of the section, the other way round.",
         FRONT(V1A " ")),
    LIST("right-then-v1a", HG_OK, HEADERS, "As in the example of the section.", BEHIND(" " V1A)),
    LIST("only-v1a", HG_BAD_SIGNATURE, SCHEME, "v1a is Ed25519; a shared secret can't check it.",
         WHOLE(V1A)),
    LIST("only-unknown", HG_BAD_SIGNATURE, SCHEME, "The right MAC under another version.",
         AFTER(BUMP, SIGNATURE, .at = 1, .count = 1)),
    LIST("mac-as-v1a", HG_BAD_SIGNATURE, SCHEME, "The right MAC under another version.",
         WITHIN(2, "a")),
    LIST("mac-as-v10", HG_BAD_SIGNATURE, SCHEME, "The right MAC under another version.",
         WITHIN(2, "0")),
    LIST_ADVICE("mac-as-v01", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, WITHIN(1, "0")),
    LIST_ADVICE("version-upper", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM,
                AFTER(SET_BYTE, SIGNATURE, .at = 0, .byte = 'V')),
    LIST_ADVICE("hundred-unknown", HG_OK, HEADERS, LIMIT,
                FRONT(EIGHT_V2 EIGHT_V2 EIGHT_V2 EIGHT_V2 EIGHT_V2 EIGHT_V2), BEHIND(" " EIGHT_V2),
                BEHIND(EIGHT_V2 EIGHT_V2 EIGHT_V2 EIGHT_V2 EIGHT_V2 EIGHT_V2)),
    /* Several of v1 */
    LIST("wrong-then-right", HG_OK, HEADERS, TRY_EACH, FRONT(WRONG_V1 " ")),
    LIST("right-then-wrong", HG_OK, HEADERS, TRY_EACH, BEHIND(" " WRONG_V1)),
    LIST("second-of-four", HG_OK, HEADERS, TRY_EACH, FRONT(WRONG_V1 " "),
         BEHIND(" " WRONG_V1 " " WRONG_V1)),
    LIST("third-of-four", HG_OK, HEADERS, TRY_EACH, FRONT(WRONG_V1 " " WRONG_V1 " "),
         BEHIND(" " WRONG_V1)),
    LIST("four-wrong", HG_MISMATCH, HEADERS, TRY_EACH,
         WHOLE(WRONG_V1 " " WRONG_V1 " " WRONG_V1 " " WRONG_V1)),
    LIST("sixteen", HG_OK, HEADERS, LIMIT, FRONT(FIVE_WRONG " " FIVE_WRONG " " FIVE_WRONG " ")),
    LIST("sixteen-right-first", HG_OK, HEADERS, LIMIT,
         BEHIND(" " FIVE_WRONG " " FIVE_WRONG " " FIVE_WRONG)),
    LIST("sixteen-right-amid", HG_OK, HEADERS, LIMIT, FRONT(FIVE_WRONG " "),
         BEHIND(" " FIVE_WRONG " " FIVE_WRONG)),
    LIST_ADVICE("seventeen", HG_BAD_SIGNATURE, HEADERS, LIMIT,
                FRONT(WRONG_V1 " " FIVE_WRONG " " FIVE_WRONG " " FIVE_WRONG " ")),
    LIST_ADVICE("seventeen-right-first", HG_BAD_SIGNATURE, HEADERS, LIMIT,
                BEHIND(" " WRONG_V1 " " FIVE_WRONG " " FIVE_WRONG " " FIVE_WRONG)),
    LIST_ADVICE("seventeen-broken", HG_BAD_SIGNATURE, HEADERS, LIMIT,
                FRONT(FOUR_BROKEN FOUR_BROKEN FOUR_BROKEN FOUR_BROKEN)),
    /* Items of another form beside the right one */
    LIST_ADVICE("no-comma-then-right", HG_OK, HEADERS, PASSED_OVER, FRONT("v1 ")),
    LIST_ADVICE("word-then-right", HG_OK, HEADERS, PASSED_OVER, FRONT("garbage ")),
    LIST_ADVICE("right-then-word", HG_OK, HEADERS, PASSED_OVER, BEHIND(" garbage")),
    LIST_ADVICE("comma-then-right", HG_OK, HEADERS, PASSED_OVER, FRONT(", ")),
    LIST("empty-item-then-right", HG_OK, HEADERS, PASSED_OVER, FRONT("v1, ")),
    LIST("broken-then-right", HG_OK, HEADERS, PASSED_OVER, FRONT("v1,!!! ")),
    LIST("short-then-right", HG_OK, HEADERS, PASSED_OVER, FRONT("v1,AAAA ")),
    LIST_ADVICE("extra-part-then-right", HG_OK, HEADERS, PASSED_OVER, FRONT("v1,AAAA,b ")),
    LIST("unknown-extra-part-then-right", HG_OK, HEADERS, PASSED_OVER, FRONT("v2,a,b ")),
    /* Items of another form alone */
    LIST("no-comma", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, WHOLE("v1")),
    RULE("bare-version", "EmptySignature", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, WHOLE("v1,")),
    LIST_ADVICE("extra-part", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, BEHIND(",b")),
    LIST_ADVICE("empty-extra-part", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, BEHIND(",")),
    LIST_ADVICE("extra-part-in-front", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, WITHIN(3, "b,")),
    LIST_ADVICE("two-commas", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, WITHIN(3, ",")),
    LIST_ADVICE("version-twice", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, FRONT("v1,")),
    LIST_ADVICE("version-missing", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM,
                AFTER(CUT, SIGNATURE, .at = 0, .count = 3)),
    LIST_ADVICE("version-empty", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM,
                AFTER(CUT, SIGNATURE, .at = 0, .count = 2)),
    LIST_ADVICE("equals-for-comma", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM,
                AFTER(SET_BYTE, SIGNATURE, .at = 2, .byte = '=')),
    LIST_ADVICE("blank-before-comma", HG_BAD_SIGNATURE, HEADERS, NOT_OF_FORM, WITHIN(2, " ")),
    LIST_ADVICE("blank-behind-comma", HG_BAD_SIGNATURE, HEADERS, NOT_OF_FORM, WITHIN(3, " ")),
    LIST_ADVICE("other-prefix", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, FRONT("sha256=")),
    LIST_ADVICE("quoted", HG_BAD_SIGNATURE, SCHEME, NOT_OF_FORM, FRONT("\""), BEHIND("\"")),
    /* Between the items and around them */
    LIST_ADVICE("two-spaces", HG_OK, HEADERS, PASSED_OVER, FRONT(WRONG_V1 "  ")),
    LIST_ADVICE("spaces-between", HG_OK, HEADERS, PASSED_OVER, FRONT(WRONG_V1 "     ")),
    LIST_ADVICE("space-tab-space", HG_OK, HEADERS, PASSED_OVER, FRONT(WRONG_V1 " \t ")),
    LIST("blanks-in-front", HG_OK, FIELD_VALUES, NULL, FRONT("  ")),
    LIST("blanks-behind", HG_OK, FIELD_VALUES, NULL, BEHIND(" \t ")),
    LIST_ADVICE("tab-between", HG_BAD_SIGNATURE, HEADERS, ONLY_SPACES, FRONT(WRONG_V1 "\t")),
    LIST_ADVICE("comma-between", HG_BAD_SIGNATURE, HEADERS, ONLY_SPACES, FRONT(WRONG_V1 ",")),
    LIST_ADVICE("semicolon-between", HG_BAD_SIGNATURE, HEADERS, ONLY_SPACES, FRONT(WRONG_V1 ";")),
    LIST_ADVICE("no-break-space-between", HG_BAD_SIGNATURE, HEADERS, ONLY_SPACES,
                FRONT(WRONG_V1 "\xc2\xa0")),
    LIST_ADVICE("joined-right-first", HG_MISMATCH, FIELD_ORDER, JOINED, BEHIND(", " WRONG_V1)),
    LIST_ADVICE("joined-right-last", HG_OK, FIELD_ORDER, JOINED, FRONT(WRONG_V1 ", ")),
    LIST_ADVICE("folded", HG_BAD_REQUEST, FOLDING,
                "A server refuses a folded line, or makes it a blank before anybody verifies. "
                "Where its line end is still there, neither was done.",
                FRONT(WRONG_V1 "\r\n ")),
    LIST_ADVICE("folded-tab", HG_BAD_REQUEST, FOLDING, CONTROL, BEHIND("\r\n\tv2,AAAA")),
    LIST_ADVICE("line-feed-between", HG_BAD_REQUEST, FIELD_VALUES, CONTROL, FRONT(WRONG_V1 "\n")),
    LIST_ADVICE("nul-behind", HG_BAD_REQUEST, FIELD_VALUES, CONTROL, BEHIND("0"),
                AFTER(SET_BYTE, SIGNATURE, .at = -1, .byte = 0)),
    LIST_ADVICE("delete-behind", HG_BAD_REQUEST, FIELD_VALUES, OTHER_CONTROL, BEHIND(" v2,\x7f")),
    END_OF_TWINS,
};

/* ---- One signature --------------------------------------------------------------------------- */

#define WHOLE_MAC "HMAC-SHA256 gives 32 bytes: 43 letters and one pad. Nothing shorter is compared."
#define ONE_TEXT                                                                                   \
    "The section says base64 and shows it padded. We take the one text of 32 bytes that RFC 4648 " \
    "makes, so that no delivery has two signatures."

#define CODED(of_name, of_spec, of_note, ...)                                                      \
    ADVICE(of_name, "StrictSignature", HG_BAD_SIGNATURE, of_spec, of_note, __VA_ARGS__)
#define SHORT(of_name, ...)                                                                        \
    RULE(of_name, "TruncatedSignature", HG_BAD_SIGNATURE, SCHEME, WHOLE_MAC, __VA_ARGS__)

const struct plan_twin plan_standard_base64[] = {
    SHORT("signature-truncated", AFTER(TRUNCATE, SIGNATURE, .count = 2)),
    SHORT("group-missing", AFTER(CUT, SIGNATURE, .at = 3, .count = 4)),
    SHORT("last-group-missing", AFTER(TRUNCATE, SIGNATURE, .count = 4)),
    SHORT("half", AFTER(TRUNCATE, SIGNATURE, .count = 24)),
    SHORT("one-group", AFTER(TRUNCATE, SIGNATURE, .count = 40)),
    SHORT("one-letter", AFTER(TRUNCATE, SIGNATURE, .count = 43)),
    SHORT("only-padding", WHOLE("v1,=")),
    SHORT("only-padding-group", WHOLE("v1,====")),
    SHORT("hex-zeros", WHOLE("v1," ZEROS_64)),
    CODED("tail-bits", CANONICAL, "The RFC leaves it to the decoder. " ONE_TEXT,
          AFTER(BUMP, SIGNATURE, .at = -2, .count = 1)),
    CODED("letter-behind", PADDING, ONE_TEXT, BEHIND("A")),
    CODED("group-behind", PADDING, ONE_TEXT, BEHIND("AAAA")),
    CODED("length-of-ed25519", SCHEME, ONE_TEXT, WHOLE("v1," SIXTY_FOUR_BYTES)),
    CODED("padding-missing", PADDING, ONE_TEXT, AFTER(TRUNCATE, SIGNATURE, .count = 1)),
    CODED("padding-more", PADDING, ONE_TEXT, BEHIND("=")),
    CODED("padding-three-more", PADDING, ONE_TEXT, BEHIND("===")),
    CODED("padding-inside", ALPHABET, ONE_TEXT, WITHIN(7, "=")),
    CODED("padding-in-front", ALPHABET, ONE_TEXT, WITHIN(3, "=")),
    CODED("padding-percent", ALPHABET, ONE_TEXT, AFTER(TRUNCATE, SIGNATURE, .count = 1),
          BEHIND("%3D")),
    CODED("url-alphabet", URL_ALPHABET, ONE_TEXT, AFTER(BASE64URL, SIGNATURE)),
    CODED("blank-inside", ALPHABET, "Also the end of an item of the list. " ONE_TEXT,
          WITHIN(10, " ")),
    CODED("tab-inside", ALPHABET, ONE_TEXT, WITHIN(10, "\t")),
    CODED("mark-inside", ALPHABET, ONE_TEXT, WITHIN(10, "*")),
    CODED("letter-inside-wide", ALPHABET, ONE_TEXT, WITHIN(10, "\xef\xbc\xa1")),
    ADVICE("line-feed-inside", "StrictSignature", HG_BAD_REQUEST, FIELD_VALUES, CONTROL,
           WITHIN(10, "\n")),
    ADVICE("line-end-inside", "StrictSignature", HG_BAD_REQUEST, FIELD_VALUES, CONTROL,
           WITHIN(10, "\r\n")),
    ADVICE("nul-inside", "StrictSignature", HG_BAD_REQUEST, FIELD_VALUES, CONTROL, WITHIN(10, "0"),
           AFTER(SET_BYTE, SIGNATURE, .at = 10, .byte = 0)),
    END_OF_TWINS,
};
