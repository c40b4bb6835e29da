/* SPDX-License-Identifier: MIT
 *
 * Edits in words.
 */
#include "check.h"

#include "harness/edit_words.h"
#include "harness/vector.h"

#define T(literal)                                                                                 \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static void words(void **state)
{
    static const struct {
        struct edit edit;
        const char *what;
    } rows[] = {
        {{.op = EDIT_FLIP_BIT, .part = PART_BODY, .at = 9, .bit = 2},
         "bit 2 of byte 9 of the body is flipped, after signing"},
        {{.op = EDIT_FLIP_BIT, .part = PART_TIMESTAMP, .at = -1},
         "bit 0 of the last byte of the timestamp is flipped, after signing"},
        {{.op = EDIT_TRUNCATE, .part = PART_SIGNATURE, .count = 2},
         "without 2 bytes at the end of the signature, after signing"},
        {{.op = EDIT_TRUNCATE, .part = PART_BODY, .count = 1},
         "without 1 byte at the end of the body, after signing"},
        {{.op = EDIT_APPEND, .part = PART_BODY, .text = T("\n")},
         "\"\\n\" is added to the end of the body, after signing"},
        {{.op = EDIT_PREPEND, .part = PART_TIMESTAMP, .before = true, .text = T("+")},
         "\"+\" is put before the timestamp, before signing"},
        {{.op = EDIT_SET, .part = PART_EVENT, .text = T("")},
         "the event becomes \"\", after signing"},
        {{.op = EDIT_DROP, .part = PART_ID}, "without the header of the id"},
        {{.op = EDIT_REPEAT, .part = PART_SIGNATURE}, "the header of the signature is sent twice"},
        {{.op = EDIT_REPEAT, .part = PART_EVENT, .text = T("x")},
         "the header of the event is sent twice, then as \"x\""},
        {{.op = EDIT_ADD_HEADER, .name = "X-A", .text = T("\x1b[2J")},
         "with a header X-A: \"\\u001b[2J\""},
        {{.op = EDIT_SHIFT_TIME, .before = true, .seconds = -301}, "dated 301 s back"},
        {{.op = EDIT_SHIFT_TIME, .before = true, .seconds = 301}, "dated 301 s ahead"},
        {{.op = EDIT_WRONG_SECRET, .before = true}, "signed with another secret"},
        {{.op = EDIT_SIGN_AS, .part = PART_BODY, .before = true, .text = T("")},
         "signed as if the body were \"\""},
        {{.op = EDIT_CHUNK}, "sent with chunked transfer coding"},
        {{.op = EDIT_CUT, .part = PART_BODY, .at = -3, .count = 2},
         "without 2 bytes of the body, from byte 3 from the end on, after signing"},
        {{.op = EDIT_BUMP, .part = PART_BODY, .at = 4, .count = 5},
         "byte 4 of the body is raised by 5, after signing"},
        {{.op = EDIT_UPPER, .part = PART_SIGNATURE, .at = 7},
         "the signature is in upper case from byte 7 on, after signing"},
        {{.op = EDIT_BASE64URL, .part = PART_SIGNATURE},
         "the signature is in base64url, after signing"},
        {{.op = EDIT_SECRET, .before = true, .at = 1},
         "signed with the receiver's secret number 2"},
        {{.op = EDIT_INSERT, .part = PART_EVENT, .before = true, .at = 3, .text = T("x")},
         "\"x\" is put before byte 3 of the event, before signing"},
        {{.op = EDIT_SET_BYTE, .part = PART_BODY, .byte = 0},
         "byte 0 of the body becomes 0x00, after signing"},
        {{.op = EDIT_WIDE_DIGITS, .part = PART_TIMESTAMP},
         "the timestamp is in full-width digits, after signing"},
        {{.op = EDIT_HEX_NUMBER, .part = PART_TIMESTAMP},
         "the timestamp is in hexadecimal, after signing"},
        {{.op = EDIT_RENAME, .part = PART_SIGNATURE, .name = "X-B"},
         "the header of the signature is sent as X-B"},
        {{.op = EDIT_EMPTY_SECRET, .before = true}, "signed with the empty key"},
        {{.op = EDIT_FLIP_MAC, .at = 3, .bit = 7}, "bit 7 of byte 3 of the MAC is flipped"},
        {{.op = EDIT_RECODE, .text = T("hex")}, "the MAC is written in \"hex\""},
        {{.op = EDIT_FILL_HEADERS, .count = 300}, "with 300 further headers"},
        {{.op = EDIT_TO_QUERY, .part = PART_SIGNATURE, .name = "s"},
         "the signature is sent as the query parameter s, not in its header"},
        {{.op = EDIT_TO_TRAILER, .part = PART_SIGNATURE},
         "the header of the signature is sent behind the last chunk"},
        {{.op = EDIT_FRAME}, "written as a message with Content-Length"},
        {{.op = EDIT_FRAME_CHUNKS, .count = 1}, "written as a message in chunks of 1 byte"},
        {{.op = EDIT_SHIFT_LENGTH, .at = -2}, "Content-Length is off by -2"},
        {{.op = EDIT_SHIFT_LENGTH, .at = 2}, "Content-Length is off by +2"},
        {{.op = EDIT_SWAP, .text = T("a\r\n"), .with = T("b")},
         "where the message reads \"a\\r\\n\" it reads \"b\""},
        {{.op = EDIT_SWAP_BYTE, .text = T("a"), .byte = 0},
         "where the message reads \"a\" it has the byte 0x00"},
        {{.op = EDIT_PAUSE, .text = T("a")}, "with a pause behind \"a\""},
        {{.op = EDIT_DRIP, .count = 3}, "sent 3 bytes at a time"},
        {{.op = EDIT_STOP, .count = 2}, "the last 2 bytes are never sent"},
        {{.op = EDIT_CLOSE}, "and then the sender closes its half of the connection"},
        {{.op = EDIT_BEHIND_FORGED}, "behind a forged copy, on the same connection"},
        {{.op = EDIT_BEFORE_FORGED}, "then a forged copy on the same connection, which is judged"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 1024);
        HOLDS(edit_words(&rows[i].edit, &out) && strcmp(out.ptr, rows[i].what) == 0, i);
        buf_free(&out);
    }
}

static void long_text(void **state)
{
    char text[EDIT_WORDS_TEXT_MAX + 2];
    struct edit edit = {.op = EDIT_SET, .part = PART_BODY, .text = {text, sizeof text}};
    struct buf out;
    (void) state;
    memset(text, 'x', sizeof text);
    buf_init(&out, 1024);
    assert_true(edit_words(&edit, &out));
    assert_non_null(strstr(out.ptr, "x\"… (50 bytes), after"));
    buf_clear(&out);
    edit.text.len = EDIT_WORDS_TEXT_MAX;
    assert_true(edit_words(&edit, &out));
    assert_null(strstr(out.ptr, "…"));
    buf_free(&out);
}

static void check_words(const struct edit *edits, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct buf out;
        buf_init(&out, 1024);
        assert_true(edit_words(&edits[i], &out) && out.ptr[0] != '{');
        buf_free(&out);
    }
}

/* Every edit of the built-in vectors has its words: none is told as JSON. */
static void built_in(void **state)
{
    size_t checked = 0;
    (void) state;
    for (size_t i = 0; vector_builtin_name(i) != NULL; i++) {
        struct vector_file file;
        struct fail fail = {0};
        const char *name = vector_builtin_name(i);
        assert_true(vector_parse(vector_builtin(name), name, &file, &fail));
        for (size_t j = 0; j < file.case_count; j++) {
            const struct vector_case *one = &file.cases[j];
            check_words(one->edits, one->edit_count);
            check_words(one->again, one->again_count);
            checked += one->edit_count + one->again_count;
        }
        vector_free(&file);
    }
    assert_true(checked > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(words), cmocka_unit_test(long_text),
                                       cmocka_unit_test(built_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
