/* SPDX-License-Identifier: MIT
 *
 * Text in HTML and XML.
 */
#include "check.h"

#include "harness/markup.h"

static void spelled(void **state)
{
    static const struct {
        const char *what;
        const char *text, *says;
    } rows[] = {
        {"plain", "a b.c", "a b.c"},
        {"empty", "", ""},
        {"markup", "<a href=\"x\" id='y'>&amp;",
         "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;"},
        {"end of CDATA", "]]>", "]]&gt;"},
        {"blanks", "a\tb\nc", "a\tb\nc"},
        {"CR", "a\r\n", "a\\x0d\n"},
        {"escape", "\x1b[2J", "\\x1b[2J"},
        {"DEL", "\x7f", "\\x7f"},
        {"umlaut", "\xc3\xa9", "\xc3\xa9"},
        {"beyond 16 bits", "\xf0\x9f\x92\xa1", "\xf0\x9f\x92\xa1"},
        {"not UTF-8", "a\xff\xc3", "a\\xff\\xc3"},
        {"overlong", "\xc0\xbc", "\\xc0\\xbc"},
        {"surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
        {"C1", "\xc2\x9b", "\\u{9b}"},
        {"right to left",
         "a\xe2\x80\xae"
         "b",
         "a\\u{202e}b"},
        {"isolate", "\xe2\x81\xa6", "\\u{2066}"},
        {"zero width", "\xe2\x80\x8b", "\\u{200b}"},
        {"line separator", "\xe2\x80\xa8", "\\u{2028}"},
        {"byte order mark", "\xef\xbb\xbf", "\\u{feff}"},
        {"noncharacter", "\xef\xbf\xbf", "\\u{ffff}"},
        {"noncharacter of a high plane", "\xf0\x9f\xbf\xbe", "\\u{1fffe}"},
        {"tag", "\xf3\xa0\x81\x81", "\\u{e0041}"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        hg_str text = exact(hg_text(rows[i].text));
        buf_init(&out, 256);
        assert_true(buf_add_text(&out, ">"));
        HOLDS(markup_add(&out, text) && strcmp(out.ptr + 1, rows[i].says) == 0, i);
        buf_free(&out);
        drop(text);
    }
}

static void nul(void **state)
{
    struct buf out;
    (void) state;
    buf_init(&out, 64);
    assert_true(markup_add(&out, S("a\0b")));
    assert_string_equal(out.ptr, "a\\x00b");
    buf_free(&out);
}

static void full(void **state)
{
    struct buf out;
    (void) state;
    buf_init(&out, 8);
    assert_true(buf_add_text(&out, "abc"));
    assert_false(markup_add(&out, S("ab<<")));
    assert_int_equal(out.len, 3);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spelled), cmocka_unit_test(nul),
                                       cmocka_unit_test(full)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
