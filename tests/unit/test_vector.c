/* SPDX-License-Identifier: MIT
 *
 * Vector files: what is refused and where, and the built-in ones as a whole. Every case is judged
 * in one piece and in pieces, and made again from its parent, at its own time and at another time
 * with another secret.
 */
#include "check.h"

#include "harness/vector.h"

#define OTHER_TIME INT64_C(1893456017) /* far from the files' own, and not round */

/* A key in every decoding, as the wrong one, and another. */
#define OTHER_SECRET "600d600d600d600d600d600d600d600d600d600d600d600d600d600d600d600d"

/* ---- Refused --------------------------------------------------------------------------------- */

#define HEAD "{\"scheme\":\"slack\",\"schema\":\"schema.json\",\"count\":"
#define NOTES ",\"notes\":{\"Stale\":\"takes old ones\"},\"groups\":["
#define GROUP "{\"secret\":\"s\",\"now\":9,\"cases\":["
#define REQUEST "\"request\":{\"method\":\"POST\",\"url\":\"/\",\"headers\":[],\"body\":\"\"}"
#define PARENT "{\"id\":\"a\",\"flags\":[],\"status\":\"ok\"," REQUEST "}"
#define SHIFT "\"edit\":[{\"op\":\"shift-time\",\"seconds\":-9,\"when\":\"before\"}],"
#define TWIN_REST "\"flags\":[\"Stale\"],\"status\":\"too_old\"," SHIFT REQUEST "}"
#define TWIN "{\"id\":\"a/b\",\"of\":\"a\"," TWIN_REST
#define END "]}]}"
#define ONE(of_case) HEAD "1" NOTES GROUP of_case END
#define TWO(of_case) HEAD "2" NOTES GROUP PARENT "," of_case END
#define WITH(members) "{\"id\":\"a\",\"flags\":[],\"status\":\"ok\"," members REQUEST "}"
#define EDITED(edits)                                                                              \
    TWO("{\"id\":\"a/b\",\"of\":\"a\",\"flags\":[],\"status\":\"ok\",\"edit\":" edits "," REQUEST  \
        "}")

static bool parse(const char *text, struct vector_file *file, struct fail *fail)
{
    return vector_parse(hg_text(text), "t", file, fail);
}

static void smallest(void **state)
{
    struct vector_file file;
    struct fail fail = {0};
    (void) state;
    if (!parse(TWO(TWIN), &file, &fail)) {
        fail_msg("%s", fail.text);
    }
    assert_int_equal(file.case_count, 2);
    assert_ptr_equal(file.cases[1].of, &file.cases[0]);
    assert_int_equal(file.cases[1].status, HG_TOO_OLD);
    assert_int_equal(file.cases[1].now, 9);
    assert_int_equal(file.cases[1].times, 1);
    assert_int_equal(file.cases[1].expect_stored, -1);
    assert_int_equal(file.cases[1].edit_count, 1);
    assert_int_equal(file.cases[1].edits[0].seconds, -9);
    assert_string_equal(vector_note(&file, "Stale"), "takes old ones");
    assert_null(vector_note(&file, "Other"));
    vector_free(&file);
}

static void all_members(void **state)
{
    struct vector_file file;
    struct fail fail = {0};
    (void) state;
    if (!parse(
            HEAD
            "2" NOTES "{\"secrets\":[{\"label\":\"x\",\"secret\":\"s\",\"not_after\":5},"
            "{\"label\":\"y\",\"secret\":\"t\"}],\"now\":9,\"cases\":[" WITH(
                "\"level\":\"should\",\"spec\":\"4.2\",\"note\":\"why\",\"now\":7,\"times\":2,\"expect_stored\":1,"
                "\"needs\":[\"http\"],") ",{\"id\":\"raw\",\"flags\":[],\"status\":"
                                         "\"bad_request\",\"needs\":[\"http\"],"
                                         "\"raw_base64\":\"R0VUAA==\"}" END,
            &file, &fail)) {
        fail_msg("%s", fail.text);
    }
    const struct vector_case *one = &file.cases[0];
    assert_true(one->should && one->needs_http);
    assert_string_equal(one->spec, "4.2");
    assert_string_equal(one->note, "why");
    assert_true(file.cases[1].spec == NULL && file.cases[1].note == NULL);
    assert_int_equal(one->now, 7);
    assert_int_equal(one->times, 2);
    assert_int_equal(one->expect_stored, 1);
    assert_int_equal(one->group->key_count, 2);
    assert_int_equal(one->group->keys[0].not_after, 5);
    assert_true(same(one->group->keys[1].label, S("y")));
    assert_true(same(file.cases[1].raw, S("GET\0")));
    vector_free(&file);
}

static void either(void **state)
{
    struct vector_file file;
    struct fail fail = {0};
    (void) state;
    if (!parse(ONE(WITH("\"either\":true,\"needs\":[\"http\"],")), &file, &fail)) {
        fail_msg("%s", fail.text);
    }
    assert_true(file.cases[0].either);
    vector_free(&file);
}

/* What others published as invalid has no parent; the same without a source is in refused(). */
static void published_ones_stand_alone(void **state)
{
    struct vector_file file;
    struct fail fail = {0};
    (void) state;
    if (!parse(ONE("{\"id\":\"a\",\"flags\":[],\"status\":\"mismatch\",\"source\":\"x/y\"," REQUEST
                   "}"),
               &file, &fail)) {
        fail_msg("%s", fail.text);
    }
    assert_string_equal(file.cases[0].source, "x/y");
    assert_int_equal(file.cases[0].status, HG_MISMATCH);
    assert_null(file.cases[0].of);
    vector_free(&file);
}

static void scheme_as_a_row(void **state)
{
    struct vector_file file;
    struct fail fail = {0};
    (void) state;
    if (!parse("{\"scheme\":{\"name\":\"own\",\"basis\":\"observed\",\"algorithm\":\"hmac-sha1\","
               "\"key\":\"utf8\",\"signed\":\"{body}\",\"signature\":{\"header\":\"X\","
               "\"item\":"
               "\"{sig}\",\"encoding\":\"hex\"}},\"schema\":\"schema.json\",\"count\":1" NOTES GROUP
                   PARENT END,
               &file, &fail)) {
        fail_msg("%s", fail.text);
    }
    assert_string_equal(hg_scheme_row(file.scheme)->name, "own");
    vector_free(&file);
}

#define AGAIN(when)                                                                                \
    "\"again\":[{\"op\":\"append\",\"part\":\"body\",\"text\":\"x\",\"when\":\"" when "\"}],"

/* Each differs from one of the files above in the one thing that is wrong. */
static void refused(void **state)
{
    static const struct {
        const char *what, *text, *says;
    } rows[] = {
        {"trailing text", ONE(PARENT) "x", "t:1:"},
        {"unknown member", "{\"x\":1," /* */ "\"scheme\":\"slack\"}", "$.x: unknown member"},
        {"no scheme", "{\"schema\":\"schema.json\"}", "\"scheme\" is missing"},
        {"unknown scheme", "{\"scheme\":\"nobody\"}", "$.scheme: not the name of"},
        {"other schema", "{\"scheme\":\"slack\",\"schema\":\"x\",\"count\":0" NOTES "]}",
         "$.schema: must be"},
        {"count too small", HEAD "1" NOTES GROUP PARENT "," TWIN END, "$.count: there are 2 cases"},
        {"count too large", HEAD "2" NOTES GROUP PARENT END, "$.count: there are 1 cases"},
        {"note not text", HEAD "0,\"notes\":{\"A\":1},\"groups\":[]}", "$.notes.A: must be text"},
        {"groups missing", HEAD "0,\"notes\":{}}", "\"groups\" is missing"},
        {"group not an object", HEAD "0" NOTES "1]}", "$.groups[0]: must be an object"},
        {"no secret", HEAD "0" NOTES "{\"now\":9,\"cases\":[" END, "\"secret\" is missing"},
        {"empty secret", HEAD "0" NOTES "{\"secret\":\"\",\"now\":9,\"cases\":[" END,
         "$.groups[0]:"},
        {"empty secrets", HEAD "0" NOTES "{\"secrets\":[],\"now\":9,\"cases\":[" END,
         "$.groups[0]:"},
        {"secret and secrets",
         HEAD "0" NOTES "{\"secret\":\"s\",\"secrets\":[],\"now\":9,\"cases\":[" END,
         "exclude each other"},
        {"no clock", HEAD "0" NOTES "{\"secret\":\"s\",\"cases\":[" END, "\"now\" is missing"},
        {"no id", ONE("{\"flags\":[]}"), "cases[0]: member \"id\""},
        {"id with a blank", ONE("{\"id\":\"a b\"}"), "cases[0].id: must be like"},
        {"id of two slashes", ONE("{\"id\":\"a/b/c\"}"), "cases[0].id: must be like"},
        {"id twice", TWO(PARENT), "cases[1].id: another case"},
        {"flag without a note", ONE("{\"id\":\"a\",\"flags\":[\"Other\"]}"), "flags[0]: this flag"},
        {"status unknown", ONE("{\"id\":\"a\",\"flags\":[],\"status\":\"fine\"}"),
         ".status: not the"},
        {"level unknown", ONE(WITH("\"level\":\"may\",")), ".level: must be"},
        {"needs unknown", ONE(WITH("\"needs\":[\"luck\"],")), ".needs[0]: must be"},
        {"either, of what is refused",
         TWO("{\"id\":\"a/b\",\"of\":\"a\",\"flags\":[],\"status\":\"mismatch\",\"either\":true,"
             "\"needs\":[\"http\"],\"edit\":[{\"op\":\"chunk\",\"when\":\"after\"}]," REQUEST "}"),
         "\"either\" is for"},
        {"either, over no connection", ONE(WITH("\"either\":true,")), "\"either\" is for"},
        {"either, twice", ONE(WITH("\"either\":true,\"needs\":[\"http\"],\"times\":2,")),
         "\"either\" is for"},
        {"either, not so", ONE(WITH("\"either\":1,\"needs\":[\"http\"],")), ".either: must be"},
        {"spec not text", ONE(WITH("\"spec\":1,")), ".spec: must be text"},
        {"spec empty", ONE(WITH("\"spec\":\"\",")), ".spec: must not be empty"},
        {"note empty", ONE(WITH("\"note\":\"\",")), ".note: must not be empty"},
        {"source empty", ONE(WITH("\"source\":\"\",")), ".source: must not be empty"},
        {"never delivered", ONE(WITH("\"times\":0,")), ".times: must be"},
        {"refused, no parent",
         ONE("{\"id\":\"a\",\"flags\":[],\"status\":\"mismatch\"," REQUEST "}"), "needs \"of\""},
        {"edit, no parent", ONE(WITH(SHIFT)), ".edit: only a twin"},
        {"family unknown", ONE(WITH("\"family\":\"other\",")), ".family: not the name"},
        {"version from later", "{\"scheme\":\"slack\",\"schema\":\"schema.json\",\"version\":3}",
         "$.version: must be from 1 to 2"},
        {"note without text", HEAD "0,\"notes\":{\"A\":{\"cwe\":\"CWE-1\"}},\"groups\":[]}",
         "\"text\" is missing"},
        {"note of another member",
         HEAD "0,\"notes\":{\"A\":{\"text\":\"x\",\"x\":1}},\"groups\":[]}",
         "$.notes.A.x: unknown member"},
        {"together, once", ONE(WITH("\"together\":true,")), "needs \"times\" above 1"},
        {"restart, once", ONE(WITH("\"restart\":true,")), "needs \"times\" above 1"},
        {"again, once", ONE(WITH(AGAIN("after"))), "needs \"times\" above 1"},
        {"again, signed anew", ONE(WITH("\"times\":2," AGAIN("before"))),
         ".again: must be edits after"},
        {"again, framed",
         ONE(WITH("\"times\":2,\"again\":[{\"op\":\"frame\",\"when\":\"after\"}],")),
         ".again: must be edits after"},
        {"same as nothing", ONE(WITH("\"same_as\":\"b\",")), ".same_as: names no earlier"},
        {"same as itself", ONE(WITH("\"same_as\":\"a\",")), ".same_as: names no earlier"},
        {"twin, no edit",
         TWO("{\"id\":\"a/b\",\"of\":\"a\",\"flags\":[],\"status\":\"ok\"," REQUEST "}"),
         "a twin needs \"edit\""},
        {"parent unknown", TWO("{\"id\":\"c/b\",\"of\":\"c\"," TWIN_REST), ".of: names no earlier"},
        {"parent is itself", TWO("{\"id\":\"c\",\"of\":\"c\"," TWIN_REST), ".of: names no earlier"},
        {"parent is later", HEAD "2" NOTES GROUP TWIN "," PARENT END,
         "cases[0].of: names no earlier"},
        {"parent is a twin",
         HEAD "3" NOTES GROUP PARENT "," TWIN ",{\"id\":\"c\",\"of\":\"a/b\"," TWIN_REST END,
         "cases[2].of: names no earlier"},
        {"parent in another group", HEAD "2" NOTES GROUP PARENT "]}," GROUP TWIN END,
         "groups[1].cases[0].of: names no earlier"},
        {"id not its parent's", TWO("{\"id\":\"b/a\",\"of\":\"a\"," TWIN_REST), ".of: the id must"},
        {"no request", ONE("{\"id\":\"a\",\"flags\":[],\"status\":\"ok\"}"), "needs one of"},
        {"request and raw", ONE(WITH("\"raw_base64\":\"\",")), "needs one of"},
        {"raw over no connection",
         ONE("{\"id\":\"a\",\"flags\":[],\"status\":\"ok\",\"raw_base64\":\"\"}"),
         ".raw_base64: a raw message"},
        {"raw not base64",
         ONE("{\"id\":\"a\",\"flags\":[],\"status\":\"ok\",\"needs\":[\"http\"],"
             "\"raw_base64\":\"=\"}"),
         ".raw_base64: must be base64"},
        {"no edits", EDITED("[]"), ".edit: must be 1 to 8"},
        {"edit not an object", EDITED("[1]"), ".edit[0]: must be an object"},
        {"no operation", EDITED("[{\"when\":\"after\"}]"), "\"op\" is missing"},
        {"operation unknown", EDITED("[{\"op\":\"x\"}]"), ".op: unknown operation"},
        {"no part", EDITED("[{\"op\":\"truncate\",\"when\":\"after\"}]"), "\"part\" is missing"},
        {"part unknown", EDITED("[{\"op\":\"truncate\",\"part\":\"x\",\"when\":\"after\"}]"),
         ".part: not a part"},
        {"part not a header", EDITED("[{\"op\":\"drop\",\"part\":\"body\",\"when\":\"after\"}]"),
         ".part: not a part"},
        {"no time", EDITED("[{\"op\":\"truncate\",\"part\":\"body\"}]"), "\"when\" is missing"},
        {"time unknown", EDITED("[{\"op\":\"truncate\",\"part\":\"body\",\"when\":\"x\"}]"),
         ".when: must be"},
        {"before there is one",
         EDITED("[{\"op\":\"truncate\",\"part\":\"signature\",\"when\":\"before\"}]"),
         ".when: this edit can't be made before"},
        {"dropped before", EDITED("[{\"op\":\"drop\",\"part\":\"event\",\"when\":\"before\"}]"),
         ".when: this edit can't be made before"},
        {"shifted after", EDITED("[{\"op\":\"shift-time\",\"seconds\":1,\"when\":\"after\"}]"),
         ".when: this edit can't be made after"},
        {"renamed before",
         EDITED("[{\"op\":\"rename\",\"part\":\"event\",\"name\":\"X\",\"when\":\"before\"}]"),
         ".when: this edit can't be made before"},
        {"no name", EDITED("[{\"op\":\"rename\",\"part\":\"event\",\"when\":\"after\"}]"),
         "\"name\" is missing"},
        {"byte 256",
         EDITED("[{\"op\":\"set-byte\",\"part\":\"body\",\"byte\":256,\"when\":\"after\"}]"),
         ".byte: must be from 0 to 255"},
        {"bit 8", EDITED("[{\"op\":\"flip-bit\",\"part\":\"body\",\"bit\":8,\"when\":\"after\"}]"),
         ".bit: must be from 0 to 7"},
        {"member of another operation",
         EDITED("[{\"op\":\"set\",\"part\":\"body\",\"text\":\"\",\"at\":1,\"when\":\"after\"}]"),
         ".at: this operation"},
        {"no text", EDITED("[{\"op\":\"set\",\"part\":\"body\",\"when\":\"after\"}]"),
         "\"text\" is missing"},
        {"no seconds", EDITED("[{\"op\":\"shift-time\",\"when\":\"before\"}]"),
         "\"seconds\" is missing"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vector_file file = {.name = "untouched"};
        struct fail fail = {0};
        HOLDS(!parse(rows[i].text, &file, &fail), i);
        if (strstr(fail.text, rows[i].says) == NULL || fail.exit_code != EXIT_USAGE) {
            fail_msg("row %zu (%s): %d, %s", i, rows[i].what, fail.exit_code, fail.text);
        }
        HOLDS(strcmp(file.name, "untouched") == 0, i);
    }
}

/* ---- The built-in files ---------------------------------------------------------------------- */

static void open_file(size_t index, struct vector_file *file)
{
    struct fail fail = {0};
    const char *name = vector_builtin_name(index);
    if (!vector_parse(vector_builtin(name), name, file, &fail)) {
        fail_msg("%s", fail.text);
    }
}

static hg_ring *open_ring(const hg_scheme *scheme, const hg_key *keys, size_t count)
{
    hg_ring *ring = NULL;
    assert_int_equal(hg_ring_new(scheme, keys, count, &ring, NULL), HG_OK);
    return ring;
}

static hg_ring *open_secret(const hg_scheme *scheme, const char *secret)
{
    hg_key key = {.label = hg_text("k"), .secret = hg_text(secret), .not_after = HG_NEVER};
    return open_ring(scheme, &key, 1);
}

static void names(void **state)
{
    (void) state;
    size_t count = 0;
    for (; vector_builtin_name(count) != NULL; count++) {
        hg_scheme *scheme = NULL;
        assert_int_equal(hg_scheme_open(vector_builtin_name(count), &scheme, NULL), HG_OK);
        hg_scheme_free(scheme);
    }
    assert_int_equal(count, 6);
    assert_string_equal(vector_builtin_name(0), "webinone");
    assert_int_equal(vector_builtin("nobody").len, 0);
}

static void catalogue(void **state)
{
    struct vector_file file;
    size_t found = 0;
    (void) state;
    open_file(0, &file);
    assert_true(file.case_count > 2400);
    for (size_t i = 0; i < file.case_count && file.cases[i].group == &file.groups[0]; i++) {
        size_t row = found / HG_ACTIONS;
        char event[128];
        if (file.cases[i].of != NULL || row == HG_ITEM_TYPES) {
            continue;
        }
        (void) hg_event_print(hg_item_type_at(row), hg_action_at(found % HG_ACTIONS), event,
                              sizeof event);
        assert_true(same(file.cases[i].capture.request.headers[2].value, hg_text(event)));
        assert_int_equal(file.cases[i].status, HG_OK);
        found++;
    }
    assert_int_equal(found, HG_ITEM_TYPES * HG_ACTIONS);
    vector_free(&file);
}

/* Each case of the strict grammar says what decides it; all of its sections are cited. */
static void reasons(void **state)
{
    struct vector_file file;
    struct fail fail = {0};
    size_t cited = 0;
    (void) state;
    assert_true(vector_parse(vector_builtin("standard-webhooks"), "s", &file, &fail));
    assert_true(file.case_count >= 150);
    for (size_t i = 0; i < file.case_count; i++) {
        const struct vector_case *one = &file.cases[i];
        cited += one->spec != NULL;
        if (one->spec == NULL && one->note == NULL) {
            fail_msg("%s: has neither a section nor a note", one->id);
        }
    }
    assert_true(cited > file.case_count / 2 && cited < file.case_count);
    vector_free(&file);
}

/* In pieces of 7 bytes, which no block or part has as a length. */
static hg_status judge_stream(const hg_options *options, const hg_request *request)
{
    hg_stream stream;
    hg_status begun = hg_stream_begin(&stream, options, request);
    for (size_t at = 0; at < request->body.len; at += 7) {
        size_t left = request->body.len - at;
        hg_stream_update(&stream, request->body.ptr + at, left < 7 ? left : 7);
    }
    hg_status status = hg_stream_end(&stream).status;
    return begun == HG_OK || begun == status ? status : HG_BAD_ARGUMENT;
}

static void check_status(const struct vector_case *one, hg_status got, const char *how)
{
    if (got != one->status) {
        fail_msg("%s: %s: is %s, not %s", one->id, how, hg_status_name(got),
                 hg_status_name(one->status));
    }
}

static void judged(void **state)
{
    (void) state;
    for (size_t i = 0; vector_builtin_name(i) != NULL; i++) {
        struct vector_file file;
        open_file(i, &file);
        for (size_t j = 0; j < file.case_count; j++) {
            const struct vector_case *one = &file.cases[j];
            if (one->raw.ptr != NULL) {
                continue; /* has to be read as HTTP first: the oracle does, and a receiver */
            }
            hg_ring *ring = open_ring(file.scheme, one->group->keys, one->group->key_count);
            hg_options options = {.scheme = file.scheme, .ring = ring, .now = one->now};
            check_status(one, hg_verify(&options, &one->capture.request).status, "whole");
            check_status(one, judge_stream(&options, &one->capture.request), "in pieces");
            hg_ring_free(ring);
        }
        vector_free(&file);
    }
}

static void check_same(const struct vector_case *one, const struct made *all)
{
    const hg_request *made = &all->request;
    if (one->raw.ptr != NULL) {
        if (!same(one->raw, buf_str(&all->frame.bytes))) {
            fail_msg("%s: is made in other bytes than the file has", one->id);
        }
        return;
    }
    const hg_request *file = &one->capture.request;
    bool equal = same(file->method, made->method) && same(file->url, made->url) &&
                 same(file->body, made->body) && file->header_count == made->header_count;
    for (size_t i = 0; equal && i < made->header_count; i++) {
        equal = same(file->headers[i].name, made->headers[i].name) &&
                same(file->headers[i].value, made->headers[i].value);
    }
    if (!equal) {
        fail_msg("%s: is made otherwise than the file has it", one->id);
    }
}

/* At the file's time with its secrets; else at another time with another secret. */
static void remake(const struct vector_file *file, bool other)
{
    for (size_t j = 0; j < file->case_count; j++) {
        const struct vector_case *one = &file->cases[j];
        struct fail fail = {0};
        struct made made;
        struct edit_context context = {.scheme = file->scheme,
                                       .wrong = open_secret(file->scheme, EDIT_WRONG_SECRET_TEXT),
                                       .now = other ? OTHER_TIME : one->now};
        hg_key keys[HG_KEYS_MAX];
        memcpy(keys, one->group->keys, sizeof keys);
        for (size_t i = 0; other && i < one->group->key_count; i++) {
            keys[i].not_after += keys[i].not_after != HG_NEVER ? OTHER_TIME - one->now : 0;
        }
        if (other) {
            keys[0].secret = hg_text(OTHER_SECRET);
        }
        hg_ring *ring = open_ring(file->scheme, keys, one->group->key_count);
        context.ring = ring;
        if (!edit_make(one, &context, &made, &fail)) {
            fail_msg("%s", fail.text);
        }
        if (other && one->raw.ptr == NULL) {
            hg_options options = {.scheme = file->scheme, .ring = ring, .now = OTHER_TIME};
            check_status(one, hg_verify(&options, &made.request).status, "made anew");
        } else if (!other) {
            check_same(one, &made);
        }
        made_free(&made);
        hg_ring_free(ring);
        hg_ring_free((hg_ring *) (uintptr_t) context.wrong);
    }
}

static void made_again(void **state)
{
    (void) state;
    for (size_t i = 0; vector_builtin_name(i) != NULL; i++) {
        struct vector_file file;
        open_file(i, &file);
        remake(&file, false);
        remake(&file, true);
        vector_free(&file);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smallest),        cmocka_unit_test(all_members),
        cmocka_unit_test(either),          cmocka_unit_test(published_ones_stand_alone),
        cmocka_unit_test(scheme_as_a_row), cmocka_unit_test(refused),
        cmocka_unit_test(names),           cmocka_unit_test(catalogue),
        cmocka_unit_test(judged),          cmocka_unit_test(made_again),
        cmocka_unit_test(reasons),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
