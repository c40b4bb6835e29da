/* SPDX-License-Identifier: MIT
 *
 * The family "framing": where a message begins and ends, and which of its bytes are headers. Two
 * programs that disagree on it see two deliveries, of which one is verified and the other used.
 *
 * What RFC 9112 says a server MUST refuse is level must; what it lets a server read leniently is
 * should, since only a strict reader agrees with every other one. Any 4xx refuses, and so does a
 * connection that is closed.
 */
#include "harness/plan.h"

#define FRAME                                                                                      \
    {                                                                                              \
        .op = EDIT_FRAME                                                                           \
    }
#define CHUNKS(of_count)                                                                           \
    {                                                                                              \
        .op = EDIT_FRAME_CHUNKS, .count = (of_count)                                               \
    }
#define WITH(literal) .with = TEXT(literal)
#define SWAP(of_text, of_with)                                                                     \
    {                                                                                              \
        .op = EDIT_SWAP, SAYS(of_text), WITH(of_with)                                              \
    }
#define SWAP_BYTE(of_text, of_byte)                                                                \
    {                                                                                              \
        .op = EDIT_SWAP_BYTE, SAYS(of_text), .byte = (of_byte)                                     \
    }
#define PAUSE(of_text)                                                                             \
    {                                                                                              \
        .op = EDIT_PAUSE, SAYS(of_text)                                                            \
    }
#define DRIP(of_count)                                                                             \
    {                                                                                              \
        .op = EDIT_DRIP, .count = (of_count)                                                       \
    }
#define STOP(of_count)                                                                             \
    {                                                                                              \
        .op = EDIT_STOP, .count = (of_count)                                                       \
    }
#define CLOSE                                                                                      \
    {                                                                                              \
        .op = EDIT_CLOSE                                                                           \
    }
#define LENGTH_OFF(by)                                                                             \
    {                                                                                              \
        .op = EDIT_SHIFT_LENGTH, .at = (by)                                                        \
    }

/* A row: name, flag, status, section, note, edits. */
#define RULE(of_name, of_flag, of_status, of_spec, of_note, ...)                                   \
    {                                                                                              \
        .name = (of_name), .flags = {of_flag}, .status = (of_status), .spec = "RFC " of_spec,      \
        .note = (of_note), .needs_http = true, .edits = {                                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define ADVICE(of_name, of_flag, of_status, of_spec, of_note, ...)                                 \
    {                                                                                              \
        .name = (of_name), .flags = {of_flag}, .status = (of_status), .spec = "RFC " of_spec,      \
        .note = (of_note), .should = true, .needs_http = true, .edits = {                          \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

#define BODY_TEXT "{\"id\":42,\"about\":\"frames\"}" /* 26 bytes */
#define BODY_SIZE 26

/* ---- Sound messages -------------------------------------------------------------------------- */

#define SOUND(of_name, of_spec, of_note, ...)                                                      \
    RULE(of_name, "Framing", HG_OK, of_spec, of_note, __VA_ARGS__)
#define ANY_SEGMENTS "TCP cuts a stream where it likes."
#define ANY_CHUNKS "Chunks may have any size; what they hold is one body."
#define SPLIT(of_count)                                                                            \
    RULE("chunks-of-" #of_count, "Chunked", HG_OK, "9112 section 7.1", ANY_CHUNKS, CHUNKS(of_count))
#define CODING "Transfer-Encoding: chunked\r\n"
#define LENGTH "Content-Length: "

static const struct plan_twin sound[] = {
    SOUND("plain", "9112 section 6.2", "A message as any client writes it.", FRAME),
    SOUND("byte-at-a-time", "9112 section 2.2", ANY_SEGMENTS, FRAME, DRIP(1)),
    SOUND("three-bytes-at-a-time", "9112 section 2.2", ANY_SEGMENTS, FRAME, DRIP(3)),
    SOUND("seventeen-bytes-at-a-time", "9112 section 2.2", ANY_SEGMENTS, FRAME, DRIP(17)),
    SOUND("chunks-byte-at-a-time", "9112 section 2.2", ANY_SEGMENTS, CHUNKS(5), DRIP(1)),
    SOUND("pause-in-method", "9112 section 2.2", ANY_SEGMENTS, FRAME, PAUSE("PO")),
    SOUND("pause-behind-request-line", "9112 section 2.2", ANY_SEGMENTS, FRAME,
          PAUSE(" HTTP/1.1\r\n")),
    SOUND("pause-in-line-end", "9112 section 2.2", ANY_SEGMENTS, FRAME, PAUSE(" HTTP/1.1\r")),
    SOUND("pause-in-name", "9112 section 2.2", ANY_SEGMENTS, FRAME, PAUSE("Content-L")),
    SOUND("pause-in-head-end", "9112 section 2.2", ANY_SEGMENTS, FRAME, PAUSE("\r\n\r")),
    SOUND("pause-before-body", "9112 section 2.2", ANY_SEGMENTS, FRAME, PAUSE("\r\n\r\n")),
    SOUND("pause-in-body", "9112 section 2.2", ANY_SEGMENTS, FRAME, PAUSE("\"about\"")),
    SOUND("pause-in-chunk-size", "9112 section 2.2", ANY_SEGMENTS, CHUNKS(20), PAUSE("\r\n\r\n1")),
    SOUND("pause-in-chunk", "9112 section 2.2", ANY_SEGMENTS, CHUNKS(20), PAUSE("\"about\"")),
    SOUND("pause-before-last-chunk", "9112 section 2.2", ANY_SEGMENTS, CHUNKS(26),
          PAUSE("frames\"}\r\n")),
    SOUND("pause-in-last-line-end", "9112 section 2.2", ANY_SEGMENTS, CHUNKS(26),
          PAUSE("\r\n0\r\n\r")),
    SPLIT(1),
    SPLIT(2),
    SPLIT(3),
    SPLIT(4),
    SPLIT(5),
    SPLIT(6),
    SPLIT(7),
    SPLIT(8),
    SPLIT(9),
    SPLIT(10),
    SPLIT(11),
    SPLIT(12),
    SPLIT(13),
    SPLIT(14),
    SPLIT(15),
    SPLIT(16),
    SPLIT(17),
    SPLIT(18),
    SPLIT(19),
    SPLIT(20),
    SPLIT(21),
    SPLIT(22),
    SPLIT(23),
    SPLIT(24),
    SPLIT(25),
    SPLIT(26),
    RULE("chunk-size-upper", "Chunked", HG_OK, "9112 section 7.1", "Hex digits in either case.",
         CHUNKS(26), SWAP("\r\n1a\r\n", "\r\n1A\r\n")),
    ADVICE("chunk-size-zeros", "Chunked", HG_OK, "9112 section 7.1",
           "A size is one or more digits, so it may begin with zeros.", CHUNKS(26),
           SWAP("\r\n1a\r\n", "\r\n001a\r\n")),
    RULE("chunk-extension", "Chunked", HG_OK, "9112 section 7.1.1",
         "What a reader does not know of a chunk it MUST ignore.", CHUNKS(26),
         SWAP("\r\n1a\r\n", "\r\n1a;a\r\n")),
    RULE("chunk-extension-value", "Chunked", HG_OK, "9112 section 7.1.1",
         "What a reader does not know of a chunk it MUST ignore.", CHUNKS(26),
         SWAP("\r\n1a\r\n", "\r\n1a;a=b;c=\"d;e\"\r\n")),
    RULE("chunk-extension-last", "Chunked", HG_OK, "9112 section 7.1.1",
         "What a reader does not know of a chunk it MUST ignore.", CHUNKS(26),
         SWAP("\r\n0\r\n", "\r\n0;last=1\r\n")),
    RULE("coding-upper", "Chunked", HG_OK, "9112 section 7", "Names of codings have no case.",
         CHUNKS(13), SWAP(": chunked", ": CHUNKED")),
    RULE("trailer", "Chunked", HG_OK, "9112 section 7.1.2",
         "Trailers may be ignored; they must not disturb.", CHUNKS(13),
         SWAP("\r\n0\r\n", "\r\n0\r\nX-Trailer: 1\r\nX-Other: 2\r\n")),
    SOUND("lower-case-names", "9110 section 5.1", "Names of headers have no case.", FRAME,
          SWAP("Content-Length", "content-length"), SWAP("Host", "host")),
    SOUND("no-blank-behind-colon", "9112 section 5", "The blank behind a colon is optional.", FRAME,
          SWAP("Content-Length: ", "Content-Length:"), SWAP("Host: ", "Host:")),
    SOUND("tabs-behind-colon", "9112 section 5", "Blanks behind a colon may be tabs.", FRAME,
          SWAP("Content-Length: ", "Content-Length:\t \t")),
    ADVICE("length-zeros", "Framing", HG_OK, "9110 section 8.6",
           "A length is one or more digits, so it may begin with zeros.", FRAME,
           SWAP(LENGTH, LENGTH "00")),
    ADVICE("empty-line-first", "Framing", HG_OK, "9112 section 2.2",
           "A server should ignore an empty line in front of a request.", FRAME,
           SWAP("POST ", "\r\nPOST ")),
    ADVICE("http-1-0", "Framing", HG_OK, "9110 section 2.5",
           "An older version with a length says the same.", FRAME,
           SWAP(" HTTP/1.1\r\n", " HTTP/1.0\r\n")),
    ADVICE("connection-close", "Framing", HG_OK, "9112 section 9.6", "The answer comes first.",
           FRAME, SWAP("\r\nContent-Length", "\r\nConnection: close\r\nContent-Length")),
    RULE("expect", "Expect", HG_OK, "9110 section 10.1.1",
         "The client waits for 100 Continue, or for a moment, and sends the body then.", FRAME,
         SWAP("\r\nContent-Length", "\r\nExpect: 100-continue\r\nContent-Length"),
         PAUSE("\r\n\r\n")),
    RULE("expect-at-once", "Expect", HG_OK, "9110 section 10.1.1",
         "The client need not wait for 100 Continue.", FRAME,
         SWAP("\r\nContent-Length", "\r\nExpect: 100-continue\r\nContent-Length")),
    RULE("expect-chunks", "Expect", HG_OK, "9110 section 10.1.1",
         "The client waits for 100 Continue, or for a moment, and sends the body then.", CHUNKS(10),
         SWAP("\r\n" CODING, "\r\nExpect: 100-Continue\r\n" CODING), PAUSE("\r\n\r\n")),
    RULE("behind-forged", "Pipelined", HG_OK, "9112 section 9.3.2",
         "A refused delivery on a connection must not spoil the one behind it.", FRAME,
         {.op = EDIT_BEHIND_FORGED}),
    END_OF_TWINS,
};

/* ---- Messages that must not be believed ------------------------------------------------------ */

#define HIDDEN "Not a header of the message, so the delivery is unsigned."
#define LENGTHS "Two lengths: two programs read two bodies."
#define BOTH "With both a length and chunks, two programs read two bodies."
#define NO_LENGTH "Not a length."
#define NO_SIZE "Not the size of a chunk."
#define NO_CODING "Not a coding that says where the body ends."
#define CUT_OFF "The message ends before it says it does. What is there may not be acted on."
#define NOT_SENT "Such bytes are no part of a head."

#define SMUGGLE(of_name, of_spec, of_note, ...)                                                    \
    RULE(of_name, "Smuggling", HG_BAD_REQUEST, of_spec, of_note, __VA_ARGS__)
#define LENIENT(of_name, of_spec, of_note, ...)                                                    \
    ADVICE(of_name, "Smuggling", HG_BAD_REQUEST, of_spec, of_note, __VA_ARGS__)
#define LENGTH_IS(of_name, of_text)                                                                \
    SMUGGLE("length-" of_name, "9112 section 6.3", NO_LENGTH, FRAME, SWAP(LENGTH, LENGTH of_text))
#define LENGTH_AND(of_name, of_text)                                                               \
    SMUGGLE("length-" of_name, "9112 section 6.3", NO_LENGTH, FRAME,                               \
            SWAP("\r\n\r\n", of_text "\r\n\r\n"))
#define SIZE_IS(of_name, of_text)                                                                  \
    SMUGGLE("chunk-size-" of_name, "9112 section 7.1", NO_SIZE, CHUNKS(26),                        \
            SWAP("\r\n1a\r\n", "\r\n" of_text "\r\n"))
#define CODING_IS(of_name, of_text)                                                                \
    SMUGGLE("coding-" of_name, "9112 section 6.1", NO_CODING, CHUNKS(26),                          \
            SWAP("Transfer-Encoding: chunked", "Transfer-Encoding: " of_text), CLOSE)

static const struct plan_twin lengths[] = {
    RULE("length-short", "Smuggling", HG_MISMATCH, "9112 section 6.3",
         "The body is what the length says, and no more.", FRAME, LENGTH_OFF(-1)),
    RULE("length-shorter", "Smuggling", HG_MISMATCH, "9112 section 6.3",
         "The body is what the length says, and no more.", FRAME, LENGTH_OFF(-10)),
    RULE("no-length", "Smuggling", HG_MISMATCH, "9112 section 6.3",
         "Without a length there is no body.", FRAME, SWAP(LENGTH, "X-Length: ")),
    SMUGGLE("length-twice-other", "9112 section 6.3", LENGTHS, FRAME,
            SWAP(LENGTH, "Content-Length: 5\r\n" LENGTH)),
    SMUGGLE("length-twice-other-behind", "9112 section 6.3", LENGTHS, FRAME,
            SWAP("\r\n\r\n", "\r\nContent-Length: 5\r\n\r\n")),
    LENIENT("length-twice-same", "9112 section 6.3",
            "The same length twice may be read as one, or refused: we refuse it.", FRAME,
            SWAP(LENGTH, "Content-Length: 26\r\n" LENGTH)),
    LENIENT("length-list-same", "9112 section 6.3",
            "The same length twice may be read as one, or refused: we refuse it.", FRAME,
            SWAP(LENGTH, LENGTH "26, ")),
    SMUGGLE("length-list-other", "9112 section 6.3", LENGTHS, FRAME, SWAP(LENGTH, LENGTH "5, ")),
    LENGTH_IS("plus", "+"),
    LENGTH_IS("hex", "0x"),
    LENGTH_IS("quote", "'"),
    LENGTH_IS("underscore", "0_"),
    LENGTH_IS("word", "a"),
    SMUGGLE("length-minus", "9112 section 6.3", NO_LENGTH, FRAME, SWAP(LENGTH, LENGTH "-")),
    LENGTH_AND("blank-inside", " 0"),
    LENGTH_AND("fraction", ".0"),
    LENGTH_AND("exponent", "e0"),
    LENGTH_AND("letter-behind", "b"),
    LENGTH_AND("wide-digit", "\xef\xbc\x90"),
    SMUGGLE("length-wraps-64", "9112 section 6.3",
            "Right again for who counts in 64 bits: the rest never comes.", FRAME, LENGTH_OFF(1),
            SWAP(LENGTH "27", LENGTH "18446744073709551642"), CLOSE),
    SMUGGLE("length-wraps-32", "9112 section 6.3",
            "Right again for who counts in 32 bits: the rest never comes.", FRAME, LENGTH_OFF(1),
            SWAP(LENGTH "27", LENGTH "4294967322"), CLOSE),
    SMUGGLE("length-and-chunks", "9112 section 6.1", BOTH, CHUNKS(26),
            SWAP(CODING, "Content-Length: 26\r\n" CODING)),
    SMUGGLE("chunks-and-length", "9112 section 6.1", BOTH, CHUNKS(26),
            SWAP(CODING, CODING "Content-Length: 36\r\n")),
    SMUGGLE("chunks-and-no-length", "9112 section 6.1", BOTH, CHUNKS(26),
            SWAP(CODING, CODING "Content-Length: 0\r\n")),
    SMUGGLE("length-and-no-chunks", "9112 section 6.1",
            "The body is not in chunks, though the head says so: the length does not count.", FRAME,
            SWAP("\r\n\r\n", "\r\n" CODING "\r\n")),
    SMUGGLE("length-name-blank", "9112 section 5.1", "No blank may stand before a colon.", FRAME,
            SWAP("Content-Length:", "Content-Length :")),
    END_OF_TWINS,
};

static const struct plan_twin chunks[] = {
    CODING_IS("twice", "chunked, chunked"),
    CODING_IS("gzip-too", "gzip, chunked"),
    CODING_IS("identity", "identity"),
    CODING_IS("not-last", "chunked, identity"),
    CODING_IS("unknown", "xchunked"),
    CODING_IS("quoted", "\"chunked\""),
    LENIENT("coding-parameter", "9112 section 7", "Chunks have no parameters.", CHUNKS(26),
            SWAP(": chunked", ": chunked;q=1"), CLOSE),
    CODING_IS("empty", ""),
    CODING_IS("list-empty", ","),
    CODING_IS("word", "cow"),
    SMUGGLE("coding-header-twice", "9112 section 6.1", NO_CODING, CHUNKS(26),
            SWAP(CODING, CODING "Transfer-Encoding: identity\r\n")),
    SMUGGLE("coding-header-first", "9112 section 6.1", NO_CODING, CHUNKS(26),
            SWAP(CODING, "Transfer-Encoding: x\r\n" CODING)),
    SMUGGLE("coding-name-blank", "9112 section 5.1", "No blank may stand before a colon.",
            CHUNKS(26), SWAP("Transfer-Encoding:", "Transfer-Encoding :")),
    SMUGGLE("coding-vertical-tab", "9112 section 6.1", NO_CODING, CHUNKS(26),
            SWAP("Transfer-Encoding: ", "Transfer-Encoding: \v")),
    SMUGGLE("coding-in-http-1-0", "9112 section 6.1",
            "A message of HTTP/1.0 in chunks is framed wrongly.", CHUNKS(26),
            SWAP(" HTTP/1.1\r\n", " HTTP/1.0\r\n")),
    SIZE_IS("0x", "0x1a"),
    SIZE_IS("plus", "+1a"),
    SIZE_IS("minus", "-1a"),
    LENIENT("chunk-size-blank", "9112 section 7.1", NO_SIZE, CHUNKS(26),
            SWAP("\r\n1a\r\n", "\r\n 1a\r\n")),
    SIZE_IS("empty", ""),
    SIZE_IS("word", "xyz"),
    SIZE_IS("underscore", "1_a"),
    SIZE_IS("short", "19"),
    SMUGGLE("chunk-size-wraps-64", "9112 section 7.1",
            "Right again for who counts in 64 bits: the rest never comes.", CHUNKS(26),
            SWAP("\r\n1a\r\n", "\r\n1000000000000001a\r\n"), CLOSE),
    SMUGGLE("chunk-size-wraps-32", "9112 section 7.1",
            "Right again for who counts in 32 bits: the rest never comes.", CHUNKS(26),
            SWAP("\r\n1a\r\n", "\r\n10000001a\r\n"), CLOSE),
    SMUGGLE("chunk-size-decimal", "9112 section 7.1", "A size is in hex: the rest never comes.",
            CHUNKS(26), SWAP("\r\n1a\r\n", "\r\n26\r\n"), CLOSE),
    SMUGGLE("chunk-without-end", "9112 section 7.1", "A chunk's data ends with a line end.",
            CHUNKS(26), SWAP("frames\"}\r\n", "frames\"}")),
    SMUGGLE("chunk-longer", "9112 section 7.1", "More data than the size says.", CHUNKS(26),
            SWAP("frames\"}", "frames\"} ")),
    RULE("trailer-signature", "Smuggling", HG_NO_SIGNATURE, "9110 section 6.5.1",
         "What stands behind the body was not there to be checked before it.", CHUNKS(13),
         SWAP("\r\n" SIGNATURE_ ": ", "\r\nX-Not: "),
         SWAP("\r\n0\r\n", "\r\n0\r\n" SIGNATURE_ ": " ITEM_ "\r\n")),
    ADVICE("trailer-other-signature", "Smuggling", HG_OK, "9110 section 6.5.1",
           "A trailer must not be taken for a header of that name.", CHUNKS(13),
           SWAP("\r\n0\r\n", "\r\n0\r\n" SIGNATURE_ ": " ITEM_ "\r\n")),
    ADVICE("trailer-length", "Smuggling", HG_OK, "9110 section 6.5.1",
           "A trailer must not be taken for a header of that name.", CHUNKS(13),
           SWAP("\r\n0\r\n", "\r\n0\r\nContent-Length: 5\r\n")),
    END_OF_TWINS,
};

static const struct plan_twin heads[] = {
    SMUGGLE("no-host", "9112 section 3.2", "A request without Host MUST be refused.", FRAME,
            SWAP("\r\nHost: ", "\r\nX-Host: ")),
    SMUGGLE("host-twice", "9112 section 3.2", "A request with two of Host MUST be refused.", FRAME,
            SWAP("\r\nHost: ", "\r\nHost: other.example\r\nHost: ")),
    SMUGGLE("name-blank", "9112 section 5.1", "No blank may stand before a colon.", FRAME,
            SWAP("\r\n" SIGNATURE_ ":", "\r\n" SIGNATURE_ " :")),
    SMUGGLE("name-tab", "9112 section 5.1", "No blank may stand before a colon.", FRAME,
            SWAP("\r\n" SIGNATURE_ ":", "\r\n" SIGNATURE_ "\t:")),
    SMUGGLE("folded-header", "9112 section 5.2", HIDDEN, FRAME,
            SWAP("\r\n" SIGNATURE_ ":", "\r\nX-Folded: a\r\n " SIGNATURE_ ":")),
    SMUGGLE("folded-header-tab", "9112 section 5.2", HIDDEN, FRAME,
            SWAP("\r\n" SIGNATURE_ ":", "\r\nX-Folded: a\r\n\t" SIGNATURE_ ":")),
    LENIENT("folded-value", "9112 section 5.2",
            "A folded value may be unfolded, or refused: we refuse it.", FRAME,
            SWAP("\r\nContent-Length", "\r\nX-Folded: a\r\n b\r\nContent-Length")),
    LENIENT("blank-behind-request-line", "9112 section 2.2",
            "Such a line may be dropped, or the message refused: we refuse it.", FRAME,
            SWAP(" HTTP/1.1\r\n", " HTTP/1.1\r\n X-Folded: a\r\n")),
    SMUGGLE("bare-cr", "9112 section 2.2", HIDDEN, FRAME,
            SWAP("\r\n" SIGNATURE_ ":", "\r\nX-Hidden: a\r" SIGNATURE_ ":")),
    LENIENT("bare-lf", "9112 section 2.2",
            "A line feed alone may end a line, or not: two programs see two heads.", FRAME,
            SWAP("\r\n" SIGNATURE_ ":", "\r\nX-Hidden: a\n" SIGNATURE_ ":")),
    LENIENT("bare-lf-request-line", "9112 section 2.2",
            "A line feed alone may end a line, or not: two programs see two heads.", FRAME,
            SWAP(" HTTP/1.1\r\n", " HTTP/1.1\n")),
    LENIENT("bare-lf-end", "9112 section 2.2",
            "A line feed alone may end a head, or not: two programs see two bodies.", FRAME,
            SWAP("\r\n\r\n", "\n\n")),
    LENIENT("nul-in-value", "9110 section 5.5",
            "A NUL may become a blank, or the message be refused: we refuse it.", FRAME,
            SWAP("\r\n" SIGNATURE_ ": ", "\r\nX-Nul: a#\r\n" SIGNATURE_ ": "), SWAP_BYTE("#", 0)),
    SMUGGLE("nul-in-name", "9110 section 5.1", NOT_SENT, FRAME,
            SWAP("\r\n" SIGNATURE_ ": ", "\r\n" SIGNATURE_ "#: "), SWAP_BYTE("#", 0)),
    LENIENT("no-colon", "9112 section 5", "Not a header.", FRAME,
            SWAP("\r\nContent-Length", "\r\nX-Nothing\r\nContent-Length")),
    LENIENT("no-name", "9112 section 5", "Not a header.", FRAME,
            SWAP("\r\nContent-Length", "\r\n: a\r\nContent-Length")),
    LENIENT("name-of-bytes", "9110 section 5.6.2", "Not the name of a header.", FRAME,
            SWAP("\r\nContent-Length", "\r\nX-\xc3\xb6: a\r\nContent-Length")),
    LENIENT("name-quoted", "9110 section 5.6.2", "Not the name of a header.", FRAME,
            SWAP("\r\nContent-Length", "\r\n\"X-A\": a\r\nContent-Length")),
    LENIENT("version-2", "9110 section 2.5", "Not a version of this framing.", FRAME,
            SWAP(" HTTP/1.1\r\n", " HTTP/2.0\r\n")),
    LENIENT("version-0-9", "9110 section 2.5", "Not a version of this framing.", FRAME,
            SWAP(" HTTP/1.1\r\n", " HTTP/0.9\r\n")),
    LENIENT("version-lower", "9112 section 2.3", "The version's letters have a case.", FRAME,
            SWAP(" HTTP/1.1\r\n", " http/1.1\r\n")),
    LENIENT("version-long", "9112 section 2.3", "Not a version of this framing.", FRAME,
            SWAP(" HTTP/1.1\r\n", " HTTP/1.10\r\n")),
    LENIENT("version-word", "9112 section 2.3", "Not a version of this framing.", FRAME,
            SWAP(" HTTP/1.1\r\n", " HTTPS/1.1\r\n")),
    LENIENT("version-missing", "9112 section 3", "Not a request line.", FRAME,
            SWAP(" HTTP/1.1\r\n", "\r\n")),
    LENIENT("version-behind-blanks", "9112 section 3", "Not a request line.", FRAME,
            SWAP(" HTTP/1.1\r\n", " x HTTP/1.1\r\n")),
    LENIENT("target-star", "9112 section 3.2.4", "Of the server as a whole, and for OPTIONS alone.",
            FRAME, SWAP("POST /", "POST * HTTP/1.1\r\nX-Rest: /")),
    LENIENT("target-authority", "9112 section 3.2.3", "For CONNECT alone.", FRAME,
            SWAP("POST /", "POST a.example:80 HTTP/1.1\r\nX-Rest: /")),
    LENIENT("target-relative", "9112 section 3.2.1", "A path begins with a slash.", FRAME,
            SWAP("POST /", "POST ")),
    LENIENT("target-fragment", "9112 section 3.2", "A fragment is no part of a target.", FRAME,
            SWAP(" HTTP/1.1\r\n", "#a HTTP/1.1\r\n")),
    ADVICE("method-lower", "Method", HG_BAD_REQUEST, "9110 section 9.1",
           "The method's letters have a case.", FRAME, SWAP("POST ", "post ")),
    ADVICE("method-get", "Method", HG_BAD_REQUEST, "9110 section 9.3.1",
           "A delivery is a POST: a GET must change nothing.", FRAME, SWAP("POST ", "GET ")),
    ADVICE("method-head", "Method", HG_BAD_REQUEST, "9110 section 9.3.2",
           "A delivery is a POST: a HEAD must change nothing.", FRAME, SWAP("POST ", "HEAD ")),
    ADVICE("method-put", "Method", HG_BAD_REQUEST, "9110 section 9.3.4",
           "A delivery is a POST, and signed as one.", FRAME, SWAP("POST ", "PUT ")),
    ADVICE("method-delete", "Method", HG_BAD_REQUEST, "9110 section 9.3.5",
           "A delivery is a POST, and signed as one.", FRAME, SWAP("POST ", "DELETE ")),
    ADVICE("method-unknown", "Method", HG_BAD_REQUEST, "9110 section 9.1",
           "A delivery is a POST, and signed as one.", FRAME, SWAP("POST ", "DELIVER ")),
    RULE("expect-unsigned", "Expect", HG_NO_SIGNATURE, "9110 section 10.1.1",
         "A head that fails already may be answered before the body is asked for.",
         AFTER(DROP, SIGNATURE), FRAME,
         SWAP("\r\nContent-Length", "\r\nExpect: 100-continue\r\nContent-Length"),
         PAUSE("\r\n\r\n")),
    RULE("before-forged", "Pipelined", HG_MISMATCH, "9112 section 9.3.2",
         "A right delivery on a connection must not vouch for the one behind it.", FRAME,
         {.op = EDIT_BEFORE_FORGED}),
    END_OF_TWINS,
};

/* ---- Messages that end early ----------------------------------------------------------------- */

#define ENDS(of_name, ...)                                                                         \
    RULE("ends-" of_name, "Incomplete", HG_BAD_REQUEST, "9112 section 8", CUT_OFF, __VA_ARGS__)

static const struct plan_twin ends[] = {
    ENDS("before-last-byte", FRAME, STOP(1)),
    ENDS("in-body", FRAME, STOP(13)),
    ENDS("before-body", FRAME, STOP(BODY_SIZE)),
    ENDS("in-head-end", FRAME, STOP(BODY_SIZE + 2)),
    ENDS("in-head", FRAME, STOP(BODY_SIZE + 10)),
    ENDS("in-chunk", CHUNKS(26), STOP(20)),
    ENDS("behind-chunk", CHUNKS(26), STOP(5)),
    ENDS("in-last-chunk", CHUNKS(26), STOP(4)),
    ENDS("before-trailers", CHUNKS(26), STOP(2)),
    ENDS("before-last-line-feed", CHUNKS(26), STOP(1)),
    ENDS("with-a-longer-length", FRAME, LENGTH_OFF(1), CLOSE),
    ENDS("with-a-terabyte-to-come", FRAME, LENGTH_OFF(1), SWAP(LENGTH "27", LENGTH "1099511627776"),
         CLOSE),
    END_OF_TWINS,
};

const struct plan_case plan_framing[] = {
    {.id = "framing",
     .family = "framing",
     .note = "An ordinary delivery.",
     .body = TEXT(BODY_TEXT),
     .twins = {sound, lengths, chunks, heads, ends}},
    {.id = NULL},
};
