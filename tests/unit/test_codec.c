/* SPDX-License-Identifier: MIT
 *
 * Hex and base64: what is read back, and every way in which a text is not strictly in an encoding.
 */
#include "check.h"

static void reads_what_it_writes(void **state)
{
    (void) state;
    unsigned char data[70], back[70];
    char text[140];
    static const hg_encoding encodings[] = {HG_HEX, HG_BASE64, HG_BASE64URL};
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (unsigned char) (i * 37 + 11);
    }
    for (size_t e = 0; e < COUNT(encodings); e++) {
        for (size_t size = 1; size <= sizeof data; size++) {
            size_t len = hg_encode(encodings[e], data, size, text, sizeof text);
            size_t got = 0;
            hg_str copy = exact((hg_str){text, len});
            assert_true(len > 0);
            assert_true(hg_decode(encodings[e], copy, back, size, &got));
            assert_int_equal(got, size);
            assert_memory_equal(back, data, size);
            assert_false(hg_decode(encodings[e], copy, back, size - 1, &got));
            assert_int_equal(hg_encode(encodings[e], data, size, text, len - 1), 0);
            drop(copy);
        }
    }
}

static void every_byte_has_one_meaning(void **state)
{
    (void) state;
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char hex[] = "0123456789abcdefABCDEF";
    for (int c = 0; c < 256; c++) {
        unsigned char out[3];
        size_t got = 0;
        char four[4] = {(char) c, 'A', 'A', 'A'};
        char two[2] = {'0', (char) c};
        const char *at = c == 0 ? NULL : strchr(alphabet, c);
        bool is = hg_decode(HG_BASE64, (hg_str){four, 4}, out, 3, &got);
        assert_int_equal(is, at != NULL);
        if (is) {
            assert_int_equal(out[0] >> 2, at - alphabet);
        }
        is = hg_decode(HG_HEX, (hg_str){two, 2}, out, 1, &got);
        assert_int_equal(is, c != 0 && strchr(hex, c) != NULL);
        if (is) {
            assert_int_equal(out[0], strtol((char[]){(char) c, '\0'}, NULL, 16));
        }
    }
}

static void rfc4648_vectors(void **state)
{
    (void) state;
    static const struct {
        const char *data, *base64, *base64url, *hex;
    } vectors[] = {{"f", "Zg==", "Zg", "66"},
                   {"fo", "Zm8=", "Zm8", "666f"},
                   {"foo", "Zm9v", "Zm9v", "666f6f"},
                   {"foob", "Zm9vYg==", "Zm9vYg", "666f6f62"},
                   {"foobar", "Zm9vYmFy", "Zm9vYmFy", "666f6f626172"},
                   {"\xfb\xff", "+/8=", "-_8", "fbff"}};
    for (size_t i = 0; i < COUNT(vectors); i++) {
        char text[32];
        hg_str data = hg_text(vectors[i].data);
        hg_str base64 = {text, hg_encode(HG_BASE64, data.ptr, data.len, text, sizeof text)};
        assert_true(same(base64, hg_text(vectors[i].base64)));
        hg_str url = {text, hg_encode(HG_BASE64URL, data.ptr, data.len, text, sizeof text)};
        assert_true(same(url, hg_text(vectors[i].base64url)));
        hg_str hex = {text, hg_encode(HG_HEX, data.ptr, data.len, text, sizeof text)};
        assert_true(same(hex, hg_text(vectors[i].hex)));
    }
}

static void refuses(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        hg_encoding encoding;
        hg_str text;
    } rows[] = {
        {"odd hex", HG_HEX, S("abc")},
        {"hex with 0x", HG_HEX, S("0xab")},
        {"hex with a blank", HG_HEX, S("ab cd ")},
        {"hex with NUL", HG_HEX, S("ab\0d")},
        {"unused bits, one byte", HG_BASE64, S("Zh==")},
        {"unused bits, two bytes", HG_BASE64, S("Zm9=")},
        {"padding lacks", HG_BASE64, S("Zm8")},
        {"padding alone", HG_BASE64, S("====")},
        {"three pads", HG_BASE64, S("Z===")},
        {"padding inside", HG_BASE64, S("Zg==Zg==")},
        {"url alphabet", HG_BASE64, S("-_8=")},
        {"line break", HG_BASE64, S("Zm9v\nZm9")},
        {"padded url", HG_BASE64URL, S("Zg==")},
        {"standard alphabet", HG_BASE64URL, S("+/8")},
        {"url unused bits", HG_BASE64URL, S("Zh")},
        {"url single character", HG_BASE64URL, S("Z")},
        {"no such encoding", (hg_encoding) 0, S("Zm9v")},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned char out[16];
        size_t length = 77;
        HOLDS(!hg_decode(rows[i].encoding, rows[i].text, out, sizeof out, &length), i);
        HOLDS(length == 77, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_it_writes),
        cmocka_unit_test(every_byte_has_one_meaning),
        cmocka_unit_test(rfc4648_vectors),
        cmocka_unit_test(refuses),
    };
    return cmocka_run_group_tests_name("codec", tests, NULL, NULL);
}
