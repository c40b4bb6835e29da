/* SPDX-License-Identifier: MIT
 *
 * The family "framing": where a message begins and ends, and which of its bytes are headers. Two
 * programs that disagree on it see two deliveries, of which one is verified and the other used.
 *
 * What RFC 9112 says a server MUST refuse is level must; what it lets a server read leniently is
 * should, since only a strict reader agrees with every other one. Any 4xx refuses, and so does a
 * connection that is closed.
 */
#include "harness/plan_framing.h"

#define BODY_TEXT "{\"id\":42,\"about\":\"frames\"}" /* 26 bytes */
#define BODY_SIZE 26

/* ---- Sound messages -------------------------------------------------------------------------- */

#define SOUND(of_name, of_spec, of_note, ...)                                                      \
    RULE(of_name, "Framing", HG_OK, of_spec, of_note, __VA_ARGS__)
#define ANY_SEGMENTS "TCP cuts a stream where it likes."
#define ANY_CHUNKS "Chunks may have any size; what they hold is one body."
#define SPLIT(of_count)                                                                            \
    RULE("chunks-of-" #of_count, "Chunked", HG_OK, "9112 section 7.1", ANY_CHUNKS, CHUNKS(of_count))

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
    ADVICE("target-absolute", "Framing", HG_OK, "9112 section 3.2.2",
           "A server MUST accept it; proxies alone send it, so receivers seldom meet one.", FRAME,
           SWAP("POST /", "POST http://webhooks.example/")),
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

/* ---- Messages that end early ----------------------------------------------------------------- */

#define CUT_OFF "The message ends before it says it does. What is there may not be acted on."
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
     .twins = {sound, plan_framing_lengths, plan_framing_chunks, plan_framing_heads, ends}},
    {.id = NULL},
};
