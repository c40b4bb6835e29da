/* SPDX-License-Identifier: MIT
 *
 * JSON pointers: RFC 6901's own examples, what leads nowhere, and scalars as text.
 */
#include "check.h"

#include "base/json_pointer.h"

/* The document of RFC 6901, section 5, and a few values more. */
static const char document[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
    "\"k\\\"l\":6,\" \":7,\"m~n\":8,\"list\":[{\"id\":\"x\"},[10,11]],\"text\":\"t\\u0041\","
    "\"whole\":5.0,\"part\":5.5,\"big\":9007199254740991,\"minus\":-7,\"yes\":true,\"none\":null,"
    "\"empty\":\"\",\"object\":{\"Foo\":9},\"~1\":12,\"ab\":13}";

static cJSON *parsed(void)
{
    cJSON *tree = NULL;
    struct fail fail = {0};
    if (!json_parse(hg_text(document), "document", &tree, &fail)) {
        fail_msg("%s", fail.text);
    }
    return tree;
}

static const struct {
    const char *what; /* the pointer */
    const char *text; /* NULL: leads nowhere, or to no scalar */
} rows[] = {
    {"/foo/0", "bar"},
    {"/foo/1", "baz"},
    {"/", "0"},
    {"/a~1b", "1"},
    {"/c%d", "2"},
    {"/e^f", "3"},
    {"/g|h", "4"},
    {"/i\\j", "5"},
    {"/k\"l", "6"},
    {"/ ", "7"},
    {"/m~0n", "8"},
    {"/~01", "12"},
    {"/list/0/id", "x"},
    {"/list/1/1", "11"},
    {"/text", "tA"},
    {"/whole", "5"},
    {"/big", "9007199254740991"},
    {"/minus", "-7"},
    {"/object/Foo", "9"},
    {"/foo", NULL},
    {"/foo/2", NULL},
    {"/foo/00", NULL},
    {"/foo/01", NULL},
    {"/foo/0A", NULL},
    {"/foo/-", NULL},
    {"/foo/-1", NULL},
    {"/foo/", NULL},
    {"/foo/1/x", NULL},
    {"/foo/4294967297", NULL},
    {"/foo/99999999999999999999", NULL},
    {"/a", NULL},
    {"/abc", NULL},
    {"/object/foo", NULL},
    {"/text/0", NULL},
    {"/part", NULL},
    {"/yes", NULL},
    {"/none", NULL},
    {"/empty", NULL},
    {"/missing", NULL},
    {"/missing/more", NULL},
    {"/m~01n", NULL},
};

static void pointers_lead(void **state)
{
    (void) state;
    cJSON *tree = parsed();
    for (size_t i = 0; i < COUNT(rows); i++) {
        char out[16];
        HOLDS(json_pointer_check(rows[i].what), i);
        size_t len = json_scalar(json_pointer_find(rows[i].what, tree), out, sizeof out);
        HOLDS(same((hg_str){out, len}, hg_text(rows[i].text)), i);
    }
    cJSON_Delete(tree);
}

static void forms_are_checked(void **state)
{
    (void) state;
    char long_one[JSON_POINTER_MAX + 2];
    memset(long_one, '/', sizeof long_one);
    long_one[sizeof long_one - 1] = '\0';
    assert_false(json_pointer_check(long_one));
    long_one[sizeof long_one - 2] = '\0';
    assert_true(json_pointer_check(long_one));
    assert_false(json_pointer_check(""));
    assert_false(json_pointer_check("id"));
    assert_false(json_pointer_check("/a~"));
    assert_false(json_pointer_check("/a~2b"));
    assert_false(json_pointer_check("/a~/b"));
}

static void a_scalar_fits_or_is_none(void **state)
{
    (void) state;
    char out[4] = "....";
    cJSON *text = cJSON_CreateString("abcd");
    assert_int_equal(json_scalar(text, out, 4), 4);
    memset(out, '.', sizeof out);
    assert_int_equal(json_scalar(text, out, 3), 0);
    assert_true(same((hg_str){out, 4}, S("....")));
    assert_int_equal(json_scalar(NULL, out, 4), 0);
    cJSON_Delete(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_lead),
        cmocka_unit_test(forms_are_checked),
        cmocka_unit_test(a_scalar_fits_or_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
