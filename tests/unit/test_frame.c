/* SPDX-License-Identifier: MIT
 *
 * Whole messages: the bytes that edits of the framing make, and the pieces in which they are sent.
 */
#include "check.h"

#include "harness/edit.h"

#define T(literal)                                                                                 \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define HEAD "POST /x HTTP/1.1\r\nHost: h\r\nA: 1\r\nB: 2\r\n"
#define PLAIN HEAD "Content-Length: 5\r\n\r\nhello"
#define CHUNKED HEAD "Transfer-Encoding: chunked\r\n\r\n"

static const hg_header headers[] = {{T("A"), T("1")}, {T("B"), T("2")}};
static const hg_request request = {T("POST"), T("/x"), headers, 2, T("hello")};
static const struct frame_message message = {.request = &request, .host = "h"};

static void bytes(void **state)
{
    static const struct {
        const char *what;
        struct edit edits[3];
        hg_str bytes; /* empty: can't be made */
    } rows[] = {
        {"plain", {{.op = EDIT_FRAME}}, T(PLAIN)},
        {"chunks of 2",
         {{.op = EDIT_FRAME_CHUNKS, .count = 2}},
         T(CHUNKED "2\r\nhe\r\n2\r\nll\r\n1\r\no\r\n0\r\n\r\n")},
        {"one chunk",
         {{.op = EDIT_FRAME_CHUNKS, .count = 99}},
         T(CHUNKED "5\r\nhello\r\n0\r\n\r\n")},
        {"length less",
         {{.op = EDIT_FRAME}, {.op = EDIT_SHIFT_LENGTH, .at = -5}},
         T(HEAD "Content-Length: 0\r\n\r\nhello")},
        {"length below 0", {{.op = EDIT_FRAME}, {.op = EDIT_SHIFT_LENGTH, .at = -6}}, T("")},
        {"length more",
         {{.op = EDIT_SHIFT_LENGTH, .at = 1}, {.op = EDIT_FRAME}},
         T(HEAD "Content-Length: 6\r\n\r\nhello")},
        {"swap",
         {{.op = EDIT_FRAME}, {.op = EDIT_SWAP, .text = T("A: 1"), .with = T("C")}},
         T("POST /x HTTP/1.1\r\nHost: h\r\nC\r\nB: 2\r\nContent-Length: 5\r\n\r\nhello")},
        {"swap the first alone",
         {{.op = EDIT_FRAME}, {.op = EDIT_SWAP, .text = T("l"), .with = T("L")}},
         T(HEAD "Content-Length: 5\r\n\r\nheLlo")},
        {"swap for nothing",
         {{.op = EDIT_FRAME}, {.op = EDIT_SWAP, .text = T("llo"), .with = T("")}},
         T(HEAD "Content-Length: 5\r\n\r\nhe")},
        {"swap of nothing",
         {{.op = EDIT_FRAME}, {.op = EDIT_SWAP, .text = T(""), .with = T("x")}},
         T("")},
        {"swap of what is not there",
         {{.op = EDIT_FRAME}, {.op = EDIT_SWAP, .text = T("z"), .with = T("x")}},
         T("")},
        {"NUL",
         {{.op = EDIT_FRAME}, {.op = EDIT_SWAP_BYTE, .text = T("hell"), .byte = 0}},
         T(HEAD "Content-Length: 5\r\n\r\n\0o")},
        {"stop",
         {{.op = EDIT_FRAME}, {.op = EDIT_STOP, .count = 4}},
         T(HEAD "Content-Length: 5\r\n\r\nh")},
        {"stop before the start", {{.op = EDIT_FRAME}, {.op = EDIT_STOP, .count = 999}}, T("")},
        {"behind forged",
         {{.op = EDIT_FRAME}, {.op = EDIT_BEHIND_FORGED}},
         T(HEAD "Content-Length: 5\r\n\r\niello" PLAIN)},
        {"before forged",
         {{.op = EDIT_FRAME}, {.op = EDIT_BEFORE_FORGED}},
         T(PLAIN HEAD "Content-Length: 5\r\n\r\niello")},
        {"forged in chunks",
         {{.op = EDIT_FRAME_CHUNKS, .count = 9}, {.op = EDIT_BEFORE_FORGED}},
         T("")},
        {"forged twice",
         {{.op = EDIT_FRAME}, {.op = EDIT_BEFORE_FORGED}, {.op = EDIT_BEFORE_FORGED}},
         T("")},
        {"nothing that frames", {{.op = EDIT_DRIP, .count = 1}}, T("")},
        {"too many pieces",
         {{.op = EDIT_FRAME},
          {.op = EDIT_SWAP, .text = T("A"), .with = {NULL, 5000}},
          {.op = EDIT_DRIP, .count = 1}},
         T("")},
    };
    static char many[5000];
    (void) state;
    memset(many, 'x', sizeof many);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct edit edits[3];
        struct frame frame = {.piece_count = 0};
        struct fail fail = {0};
        memcpy(edits, rows[i].edits, sizeof edits);
        edits[1].with.ptr = edits[1].with.len == sizeof many ? many : edits[1].with.ptr;
        size_t count = edits[1].op == 0 ? 1 : edits[2].op == 0 ? 2 : 3;
        HOLDS(frame_wanted(edits, count), i);
        HOLDS(frame_make(edits, count, &message, &frame, &fail) == (rows[i].bytes.len > 0), i);
        HOLDS(same(buf_str(&frame.bytes), rows[i].bytes), i);
        HOLDS((fail.exit_code == EXIT_USAGE) == (rows[i].bytes.len == 0), i);
        frame_free(&frame);
    }
}

static struct frame make(const struct edit *edits, size_t count)
{
    struct frame frame = {.piece_count = 0};
    struct fail fail = {0};
    assert_true(frame_make(edits, count, &message, &frame, &fail));
    return frame;
}

static void pieces(void **state)
{
    const struct edit pauses[] = {{.op = EDIT_FRAME},
                                  {.op = EDIT_PAUSE, .text = T("\r\n\r\n")},
                                  {.op = EDIT_PAUSE, .text = T("POST")}};
    const struct edit drip[] = {{.op = EDIT_FRAME}, {.op = EDIT_DRIP, .count = 40}};
    (void) state;
    struct frame frame = make(pauses, 1);
    assert_int_equal(frame.piece_count, 1);
    assert_int_equal(frame.pieces[0].end, strlen(PLAIN));
    assert_false(frame.pieces[0].pauses);
    frame_free(&frame);
    frame = make(pauses, 3);
    assert_int_equal(frame.piece_count, 3);
    assert_int_equal(frame.pieces[0].end, 4);
    assert_int_equal(frame.pieces[1].end, strlen(PLAIN) - 5);
    assert_int_equal(frame.pieces[2].end, strlen(PLAIN));
    assert_true(frame.pieces[0].pauses && frame.pieces[1].pauses && !frame.pieces[2].pauses);
    frame_free(&frame);
    frame = make(drip, 2);
    assert_int_equal(frame.piece_count, 2);
    assert_int_equal(frame.pieces[0].end, 40);
    assert_int_equal(frame.pieces[1].end, strlen(PLAIN));
    assert_false(frame.pieces[0].pauses);
    frame_free(&frame);
}

static void ends(void **state)
{
    const struct edit edits[] = {{.op = EDIT_FRAME}, {.op = EDIT_STOP, .count = 1}};
    const struct edit closes[] = {{.op = EDIT_FRAME}, {.op = EDIT_CLOSE}};
    const struct edit behind[] = {{.op = EDIT_FRAME}, {.op = EDIT_BEHIND_FORGED}};
    const struct edit before[] = {{.op = EDIT_FRAME}, {.op = EDIT_BEFORE_FORGED}};
    (void) state;
    struct frame frame = make(edits, 1);
    assert_false(frame.ends_early);
    assert_int_equal(frame.first, 0);
    frame_free(&frame);
    frame = make(edits, 2);
    assert_true(frame.ends_early);
    frame_free(&frame);
    frame = make(closes, 2);
    assert_true(frame.ends_early);
    frame_free(&frame);
    frame = make(behind, 2);
    assert_int_equal(frame.first, HG_MISMATCH);
    frame_free(&frame);
    frame = make(before, 2);
    assert_int_equal(frame.first, HG_OK);
    frame_free(&frame);
}

/* Trailers have a place behind chunks alone. */
static void trailers(void **state)
{
    const struct edit chunks = {.op = EDIT_FRAME_CHUNKS, .count = 9};
    const struct edit length = {.op = EDIT_FRAME};
    const struct frame_message trailed = {&request, headers, 2, "h"};
    struct frame frame = {.piece_count = 0};
    struct fail fail = {0};
    (void) state;
    assert_true(frame_make(&chunks, 1, &trailed, &frame, &fail));
    assert_string_equal(frame.bytes.ptr, CHUNKED "5\r\nhello\r\n0\r\nA: 1\r\nB: 2\r\n\r\n");
    frame_free(&frame);
    assert_false(frame_make(&length, 1, &trailed, &frame, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    assert_string_equal(fail.text, "a trailer of a message that is not in chunks");
}

static void others(void **state)
{
    const struct edit edits[] = {{.op = EDIT_CHUNK}, {.op = EDIT_RENAME}, {.op = EDIT_FLIP_BIT}};
    (void) state;
    assert_false(frame_wanted(edits, COUNT(edits)));
    assert_false(frame_wanted(NULL, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(bytes), cmocka_unit_test(pieces),
                                       cmocka_unit_test(ends), cmocka_unit_test(trailers),
                                       cmocka_unit_test(others)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
