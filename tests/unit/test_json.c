/* SPDX-License-Identifier: MIT
 *
 * Strict JSON: what is refused and where, and reading with paths.
 */
#include "check.h"

#include "base/json.h"
#include "base/json_scan.h"

/* S(literal) for static tables, whose initialisers must be constant. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }

static cJSON *parse(hg_str text)
{
    cJSON *tree = NULL;
    struct fail fail = {0};
    if (!json_parse(text, "t", &tree, &fail)) {
        fail_msg("%s", fail.text);
    }
    return tree;
}

static void accepted(void **state)
{
    static const hg_str texts[] = {
        TEXT("null"),
        TEXT("true"),
        TEXT(" \t\r\nfalse \t\r\n"),
        TEXT("0"),
        TEXT("-0"),
        TEXT("-0.0e+10"),
        TEXT("10"),
        TEXT("1.5E-3"),
        TEXT("9007199254740992"),
        TEXT("-9007199254740992"),
        TEXT("1e400"),
        TEXT("\"\""),
        TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uFFFF\""),
        TEXT("\"\\ud83d\\uDE00\""),
        TEXT("\"\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xf0\x90\x80\x80\""),
        TEXT("\"\xf4\x8f\xbf\xbf\""),
        TEXT("[]"),
        TEXT("{}"),
        TEXT("[ 1 , [ ] , { } ]"),
        TEXT("{\"x\":{\"y\":1},\"y\":2}"),
        TEXT("{\"costarring\":1,\"liquid\":2}"), /* names whose hashes are equal */
        TEXT("{ \"a\" : 1 , \"\" : 2, \"A\":{\"a\":3} , \"b\":[{\"a\":1},{\"a\":2}] }"),
    };
    (void) state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        cJSON_Delete(parse(texts[i]));
    }
}

/* Each differs from an accepted text in one thing. */
static void refused(void **state)
{
    static const struct {
        hg_str text;
        const char *says;
    } rows[] = {
        {TEXT(""), "t:1:1: the text ends too early"},
        {TEXT("  \n"), "t:2:1: the text ends too early"},
        {TEXT("\xef\xbb\xbf{}"), "t:1:1: a JSON value must stand here"},
        {TEXT("{} x"), "t:1:4: text after the end of the document"},
        {TEXT("{}\0"), "t:1:3: text after the end of the document"},
        {TEXT("\v1"), "t:1:1: a JSON value must stand here"},
        {TEXT("nul"), "t:1:1: not a JSON value"},
        {TEXT("True"), "t:1:1: a JSON value must stand here"},
        {TEXT("NaN"), "t:1:1: a JSON value must stand here"},
        {TEXT("+1"), "t:1:1: a JSON value must stand here"},
        {TEXT("01"), "t:1:1: a leading zero"},
        {TEXT("-01"), "t:1:2: a leading zero"},
        {TEXT("-"), "t:1:2: the text ends too early"},
        {TEXT(".5"), "t:1:1: a JSON value must stand here"},
        {TEXT("[1.]"), "t:1:4: a digit must stand here"},
        {TEXT("[1e]"), "t:1:4: a digit must stand here"},
        {TEXT("[1e+]"), "t:1:5: a digit must stand here"},
        {TEXT("0x1"), "t:1:2: text after the end of the document"},
        {TEXT("9007199254740993"), "t:1:1: the integer is beyond 2^53"},
        {TEXT("-9007199254740993"), "t:1:1: the integer is beyond 2^53"},
        {TEXT("10000000000000000"), "t:1:1: the integer is beyond 2^53"},
        {TEXT("0.0000000000000000000000000000000000000000000000000000000000001"),
         "t:1:1: the number has too many digits"},
        {TEXT("\""), "t:1:2: the text ends too early"},
        {TEXT("\"\\"), "t:1:3: the text ends too early"},
        {TEXT("'a'"), "t:1:1: a JSON value must stand here"},
        {TEXT("\"\\x\""), "t:1:2: unknown escape"},
        {TEXT("\"\\\0\""), "t:1:2: unknown escape"},
        {TEXT("\"\\u12g4\""), "t:1:2: \\u needs four hex digits"},
        {TEXT("\"\\u123"), "t:1:2: \\u needs four hex digits"},
        {TEXT("\"\\u0000\""), "t:1:2: \\u0000 is not allowed"},
        {TEXT("{\"\\u0000\":1}"), "t:1:3: \\u0000 is not allowed"},
        {TEXT("\"\\ud83d\""), "t:1:2: half of a surrogate pair"},
        {TEXT("\"\\ud83d\\u0041\""), "t:1:2: half of a surrogate pair"},
        {TEXT("\"\\ude00\""), "t:1:2: half of a surrogate pair"},
        {TEXT("\"\n\""), "t:1:2: a control byte in a string: it must be escaped"},
        {TEXT("\"\x1f\""), "t:1:2: a control byte in a string: it must be escaped"},
        {TEXT("\"\0\""), "t:1:2: a control byte in a string: it must be escaped"},
        {TEXT("\"\x80\""), "t:1:2: not UTF-8"},
        {TEXT("\"\xc1\xbf\""), "t:1:2: not UTF-8"},
        {TEXT("\"\xe0\x9f\xbf\""), "t:1:2: not UTF-8"},
        {TEXT("\"\xed\xa0\x80\""), "t:1:2: not UTF-8"},
        {TEXT("\"\xf0\x8f\xbf\xbf\""), "t:1:2: not UTF-8"},
        {TEXT("\"\xf4\x90\x80\x80\""), "t:1:2: not UTF-8"},
        {TEXT("\"\xf5\x80\x80\x80\""), "t:1:2: not UTF-8"},
        {TEXT("\"\xe2\x82"), "t:1:2: not UTF-8"},
        {TEXT("[1,]"), "t:1:4: a JSON value must stand here"},
        {TEXT("[,1]"), "t:1:2: a JSON value must stand here"},
        {TEXT("[1 2]"), "t:1:4: ',' or ']' must stand here"},
        {TEXT("[1}"), "t:1:3: ',' or ']' must stand here"},
        {TEXT("[1"), "t:1:3: the text ends too early"},
        {TEXT("{\"a\":1,}"), "t:1:8: a member's name in quotes must stand here"},
        {TEXT("{a:1}"), "t:1:2: a member's name in quotes must stand here"},
        {TEXT("{\"a\" 1}"), "t:1:6: ':' must stand here"},
        {TEXT("{\"a\":}"), "t:1:6: a JSON value must stand here"},
        {TEXT("{\"a\":1]"), "t:1:7: ',' or '}' must stand here"},
        {TEXT("[1]//x"), "t:1:4: text after the end of the document"},
        {TEXT("{\"a\":1,\"b\":2,\"a\":3}"), "t:1:14: a second member of that name"},
        {TEXT("{\"a\":1,\n \"\\u0061\":3}"), "t:2:2: a second member of that name"},
        {TEXT("{\"\\n\":1,\"\\u000a\":3}"), "t:1:9: a second member of that name"},
        {TEXT("{\"\xf0\x9f\x98\x80\":1,\"\\ud83d\\ude00\":3}"),
         "t:1:8: a second member of that name"},
        {TEXT("{\"\xc3\xa9\":1,\"\\u00E9\":3}"), "t:1:8: a second member of that name"},
        {TEXT("{\"x\":{\"a\":1},\"x\":2}"), "t:1:14: a second member of that name"},
        {TEXT("\n\n [\"\xc3\xa9\", x]"), "t:3:8: a JSON value must stand here"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *tree = NULL;
        struct fail fail = {0};
        hg_str copy = exact(rows[i].text);
        assert_false(json_parse(copy, "t", &tree, &fail));
        drop(copy);
        assert_string_equal(fail.text, rows[i].says);
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        assert_null(tree);
    }
}

/* A text cut anywhere is refused, without reading beyond its end. */
static void cut_anywhere(void **state)
{
    static const char whole[] =
        "{\"a\":[1.5e3,-7,true,false,null,\"\\u00e9\\ud83d\\ude00\xe2\x82\xac\"],"
        "\"b\":{\"c\":\"\"}}";
    struct json_mistake mistake;
    (void) state;
    assert_true(json_scan(hg_text(whole), &mistake));
    for (size_t size = 0; size < sizeof whole - 1; size++) {
        hg_str copy = exact((hg_str){whole, size});
        assert_false(json_scan(copy, &mistake));
        assert_true(mistake.offset <= size);
        drop(copy);
    }
    assert_false(json_scan((hg_str){NULL, 0}, &mistake));
}

static void add_many(struct buf *text, const char *piece, int count)
{
    for (int i = 0; i < count; i++) {
        assert_true(buf_add_text(text, piece));
    }
}

static void depth_has_a_ceiling(void **state)
{
    (void) state;
    for (int more = 0; more < 2; more++) {
        struct buf text;
        struct json_mistake mistake;
        buf_init(&text, 1024);
        add_many(&text, "[{\"a\":", JSON_DEPTH_MAX / 2);
        add_many(&text, more ? "[]" : "1", 1);
        add_many(&text, "}]", JSON_DEPTH_MAX / 2);
        assert_int_equal(json_scan(buf_str(&text), &mistake), !more);
        if (more) {
            assert_string_equal(mistake.what, "nested too deep");
            assert_int_equal(mistake.offset, 6 * JSON_DEPTH_MAX / 2);
        } else {
            cJSON_Delete(parse(buf_str(&text)));
        }
        buf_free(&text);
    }
}

static void members_have_a_ceiling(void **state)
{
    (void) state;
    for (int more = 0; more < 2; more++) {
        struct buf text;
        struct json_mistake mistake;
        buf_init(&text, 65536);
        assert_true(buf_add_text(&text, "{\"first\":{}"));
        for (int i = 1; i < JSON_MEMBERS_MAX + more; i++) {
            assert_true(buf_addf(&text, ",\"m%d\":0", i));
        }
        assert_true(buf_add_text(&text, "}"));
        assert_int_equal(json_scan(buf_str(&text), &mistake), !more);
        if (more) {
            assert_string_equal(mistake.what, "too many members in one object");
        }
        buf_free(&text);
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static const char document[] = "{\"hooks\":[{\"url\":\"a\"},{\"url\":7,\"on\":true,\"n\":12}],"
                               "\"odd name\":{\"x\":null},\"big\":1e3,\"half\":0.5,\"huge\":1e300}";

static void reads_values(void **state)
{
    cJSON *tree = parse(hg_text(document));
    struct json root = json_root(tree, "d"), hooks, item = {0}, member;
    struct fail fail = {0};
    const char *text = NULL;
    int64_t number = -1;
    bool flag = false;
    (void) state;
    assert_true(json_need(&root, "hooks", &hooks, &fail) && json_array(&hooks, &fail));
    assert_int_equal(json_count(&hooks), 2);
    assert_true(json_item(&hooks, &item));
    assert_true(json_opt_text(&item, "url", &text, &fail));
    assert_string_equal(text, "a");
    assert_true(json_opt_int(&item, "n", 0, 9, &number, &fail)); /* absent: unchanged */
    assert_int_equal(number, -1);
    assert_true(json_item(&hooks, &item));
    assert_int_equal(item.index, 1);
    assert_true(json_opt_int(&item, "n", 12, 12, &number, &fail));
    assert_int_equal(number, 12);
    assert_true(json_opt_bool(&item, "on", &flag, &fail) && flag);
    assert_false(json_item(&hooks, &item));
    assert_true(json_get(&root, "big", &member) && json_int(&member, 0, 1000, &number, &fail));
    assert_int_equal(number, 1000);
    assert_false(json_get(&root, "HOOKS", &member));
    assert_int_equal(fail.exit_code, 0);
    cJSON_Delete(tree);
}

static bool read_url(const struct json *root, struct fail *fail)
{
    struct json hooks, item = {0};
    const char *text = "kept";
    (void) json_get(root, "hooks", &hooks);
    (void) json_item(&hooks, &item);
    (void) json_item(&hooks, &item);
    bool done = json_opt_text(&item, "url", &text, fail);
    assert_string_equal(text, "kept");
    return done;
}

static bool read_int(const struct json *root, const char *name, int64_t min, int64_t max,
                     struct fail *fail)
{
    int64_t number = -1;
    bool done = json_opt_int(root, name, min, max, &number, fail);
    assert_int_equal(number, -1);
    return done;
}

static bool read_half(const struct json *root, struct fail *fail)
{
    return read_int(root, "half", 0, 9, fail);
}

static bool read_huge(const struct json *root, struct fail *fail)
{
    return read_int(root, "huge", 0, INT64_MAX, fail);
}

static bool read_large(const struct json *root, struct fail *fail)
{
    return read_int(root, "big", 0, 999, fail);
}

static bool read_small(const struct json *root, struct fail *fail)
{
    return read_int(root, "big", 1001, 2000, fail);
}

static bool read_list_as_int(const struct json *root, struct fail *fail)
{
    return read_int(root, "hooks", 0, 9, fail);
}

static bool read_as_bool(const struct json *root, struct fail *fail)
{
    bool flag = false;
    return json_opt_bool(root, "big", &flag, fail);
}

static bool read_as_array(const struct json *root, struct fail *fail)
{
    struct json member;
    return json_need(root, "odd name", &member, fail) && json_array(&member, fail);
}

static bool read_missing(const struct json *root, struct fail *fail)
{
    struct json odd, member;
    return json_need(root, "odd name", &odd, fail) && json_need(&odd, "y", &member, fail);
}

static bool read_unknown(const struct json *root, struct fail *fail)
{
    static const char *const known[] = {"hooks", "big", "half", "huge", NULL};
    return json_object(root, known, fail);
}

static bool read_as_object(const struct json *root, struct fail *fail)
{
    static const char *const known[] = {NULL};
    struct json member;
    return json_need(root, "hooks", &member, fail) && json_object(&member, known, fail);
}

static void names_the_place(void **state)
{
    static const struct {
        bool (*read)(const struct json *root, struct fail *fail);
        const char *says;
    } rows[] = {
        {read_url, "d: $.hooks[1].url: must be text"},
        {read_half, "d: $.half: must be an integer"},
        {read_huge, "d: $.huge: must be an integer"},
        {read_large, "d: $.big: must be from 0 to 999"},
        {read_small, "d: $.big: must be from 1001 to 2000"},
        {read_list_as_int, "d: $.hooks: must be an integer"},
        {read_as_bool, "d: $.big: must be true or false"},
        {read_as_array, "d: $[\"odd name\"]: must be an array"},
        {read_missing, "d: $[\"odd name\"]: member \"y\" is missing"},
        {read_unknown, "d: $[\"odd name\"]: unknown member"},
        {read_as_object, "d: $.hooks: must be an object"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        cJSON *tree = parse(hg_text(document));
        struct json root = json_root(tree, "d");
        struct fail fail = {0};
        assert_false(rows[i].read(&root, &fail));
        assert_string_equal(fail.text, rows[i].says);
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        cJSON_Delete(tree);
    }
}

static void long_paths_are_cut(void **state)
{
    char name[JSON_PATH_MAX * 2] = "";
    char text[JSON_PATH_MAX * 3];
    char path[JSON_PATH_MAX];
    struct json root, member, inner;
    (void) state;
    memset(name, 'x', sizeof name - 1);
    (void) snprintf(text, sizeof text, "{\"%s\":{\"y\":1}}", name);
    cJSON *tree = parse(hg_text(text));
    root = json_root(tree, "d");
    assert_true(json_get(&root, name, &member) && json_get(&member, "y", &inner));
    json_path(&inner, path, sizeof path);
    assert_int_equal(strlen(path), sizeof path - 1);
    cJSON_Delete(tree);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void writes_text(void **state)
{
    static const struct {
        hg_str text;
        const char *json;
        bool plain;
    } rows[] = {
        {TEXT(""), "\"\"", true},
        {TEXT("a/b"), "\"a/b\"", true},
        {TEXT("\"\\"), "\"\\\"\\\\\"", true},
        {TEXT("\t\n\r"), "\"\\t\\n\\r\"", true},
        {TEXT("\b\f"), "\"\\b\\f\"", false},
        {TEXT("a\0b"), "\"a\\u0000b\"", false},
        {TEXT("\x1f\x7f"), "\"\\u001f\\u007f\"", false},
        {TEXT("\xc3\xa9\xf0\x9f\x98\x80"), "\"\xc3\xa9\xf0\x9f\x98\x80\"", true},
        {TEXT("a\xff"
              "b"),
         "\"a\xef\xbf\xbd"
         "b\"",
         false},
        {TEXT("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", false},
        {TEXT("\xe2\x82"), "\"\xef\xbf\xbd\xef\xbf\xbd\"", false},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        buf_init(&out, 100);
        assert_true(json_add_text(&out, rows[i].text));
        assert_string_equal(out.ptr, rows[i].json);
        assert_int_equal(json_plain(rows[i].text), rows[i].plain);
        buf_free(&out);
    }
    assert_true(json_plain((hg_str){NULL, 0}));
}

static void writes_all_or_nothing(void **state)
{
    struct buf out;
    (void) state;
    buf_init(&out, 8);
    assert_true(buf_add_text(&out, "[") && json_add_text(&out, hg_text("abcd")));
    assert_false(json_add_text(&out, hg_text("\n")));
    assert_int_equal(out.len, 7);
    assert_true(out.failed);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted),
        cmocka_unit_test(refused),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(depth_has_a_ceiling),
        cmocka_unit_test(members_have_a_ceiling),
        cmocka_unit_test(reads_values),
        cmocka_unit_test(names_the_place),
        cmocka_unit_test(long_paths_are_cut),
        cmocka_unit_test(writes_text),
        cmocka_unit_test(writes_all_or_nothing),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
