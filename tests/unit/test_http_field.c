/* SPDX-License-Identifier: MIT
 *
 * Bytes of names and values: every byte at every place, against the grammar written down anew.
 */
#include "check.h"

#include <string.h>

#include "base/http_field.h"

#define LONGEST 26 /* bytes: three words and what is left over */

static bool may_stand_in_token(unsigned char byte)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return byte != 0 && strchr(allowed, byte) != NULL;
}

static bool may_stand_in_value(unsigned char byte)
{
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

/* Calls a rule with each byte at each place of a text of otherwise sound bytes. */
static void try_all(bool (*rule)(hg_str text), bool (*allowed)(unsigned char byte), char sound)
{
    char text[LONGEST];
    for (size_t len = 1; len <= LONGEST; len++) {
        for (size_t at = 0; at < len; at++) {
            memset(text, sound, len);
            for (unsigned byte = 0; byte < 256; byte++) {
                text[at] = (char) byte;
                hg_str copy = exact((hg_str){text, len});
                if (rule(copy) != allowed((unsigned char) byte)) {
                    fail_msg("byte 0x%02x at %zu of %zu", byte, at, len);
                }
                drop(copy);
            }
        }
    }
}

static void tokens(void **state)
{
    (void) state;
    try_all(http_is_token, may_stand_in_token, 'x');
    assert_false(http_is_token(S("")));
}

static bool may_stand_in_target(unsigned char byte)
{
    return byte > 0x20 && byte < 0x7f && byte != '#';
}

static void targets(void **state)
{
    (void) state;
    try_all(http_is_target, may_stand_in_target, '/');
    assert_false(http_is_target(S("")));
}

static void values(void **state)
{
    (void) state;
    static const char sound[] = {' ', 'x', '\t', (char) 0x80, (char) 0xff};
    for (size_t i = 0; i < sizeof sound; i++) {
        try_all(http_is_value, may_stand_in_value, sound[i]);
    }
    assert_true(http_is_value(S("")));
}

static void blanks(void **state)
{
    (void) state;
    assert_true(http_is_blank(S("")));
    assert_true(http_is_blank(S(" \t")));
    assert_false(http_is_blank(S(" a")));
    assert_false(http_is_blank(S("\0")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens),
        cmocka_unit_test(targets),
        cmocka_unit_test(values),
        cmocka_unit_test(blanks),
    };
    return cmocka_run_group_tests_name("http_field", tests, NULL, NULL);
}
