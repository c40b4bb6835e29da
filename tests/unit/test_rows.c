/* SPDX-License-Identifier: MIT
 *
 * Every built-in row, through its life: a delivery signed by it verifies, and changing one part
 * that the row binds, and that alone, makes it fail. What is not bound may change.
 */
#include "check.h"
#include "tests/rows.h"

#define NOW 1767225600

struct life {
    const hg_scheme_spec *row;
    hg_scheme *scheme;
    hg_ring *ring;
    hg_request request;
    hg_header headers[1 + HG_SIGN_HEADERS_MAX]; /* the one that fal-ai signs besides, then ours */
    char text[HG_SIGN_TEXT_MAX];
    char user[5];
};

static hg_ring *ring_of(const hg_scheme *scheme, const char *pair)
{
    char text[ROW_SECRET_MAX];
    hg_ring *ring = NULL;
    hg_key key = {S("main"), row_secret(hg_scheme_row(scheme), pair, text), HG_NEVER};
    if (hg_ring_new(scheme, &key, 1, &ring, NULL) != HG_OK) {
        fail_msg("%s: takes no %s key", hg_scheme_row(scheme)->name, hg_scheme_row(scheme)->key);
    }
    return ring;
}

static bool template_has(const struct life *life, const char *word)
{
    return strstr(life->row->signed_text, word) != NULL;
}

static void sign(struct life *life)
{
    const hg_scheme_spec *row = life->row;
    hg_signing signing = {.scheme = life->scheme, .ring = life->ring, .now = NOW};
    signing.event = row->event.header != NULL ? S("Order.OnCreate") : S("");
    signing.id = row->id.header != NULL ? S("msg-1") : S("");
    memcpy(life->user, "user", 5);
    life->headers[0] = (hg_header){S(ROW_HEADER), {life->user, 4}};
    life->request = (hg_request){.method = S("POST"), .url = S(ROW_URL), .headers = life->headers};
    life->request.header_count = 1;
    life->request.body = template_has(life, "{form}") ? S("b=2&a=1") : S("{\"id\":7}");
    size_t count = 0;
    hg_status status = hg_sign(&signing, &life->request, life->text, life->headers + 1, &count);
    if (status != HG_OK) {
        fail_msg("%s: signing says %s", row->name, hg_status_name(status));
    }
    life->request.header_count += count;
}

static void expect(const struct life *life, const hg_ring *ring, hg_status want, const char *what)
{
    hg_options options = {.scheme = life->scheme, .ring = ring, .now = NOW};
    hg_status got = hg_verify(&options, &life->request).status;
    if (got != want) {
        fail_msg("%s, %s: is %s, not %s", life->row->name, what, hg_status_name(got),
                 hg_status_name(want));
    }
}

/* Writes `after` over each `before` among the signer's values; returns how many there were. */
static size_t overwrite(struct life *life, hg_str before, hg_str after)
{
    size_t count = 0;
    assert_int_equal(before.len, after.len);
    for (size_t at = 0; at + before.len <= sizeof life->text; at++) {
        if (memcmp(life->text + at, before.ptr, before.len) == 0) {
            memcpy(life->text + at, after.ptr, after.len);
            count++;
        }
    }
    return count;
}

/* Judges the delivery with one value changed, and puts it back. */
static void expect_changed(struct life *life, hg_str before, hg_str after, bool bound,
                           const char *what)
{
    size_t count = overwrite(life, before, after);
    assert_in_range(count, 1, 2); /* a time in the signature's list was written on its own first */
    expect(life, life->ring, bound ? HG_MISMATCH : HG_OK, what);
    assert_int_equal(overwrite(life, after, before), count);
}

static void change_time(struct life *life)
{
    static const struct {
        const char *word;
        hg_time_format format;
    } formats[] = {{"unix", HG_TIME_UNIX},
                   {"unix-ms", HG_TIME_UNIX_MS},
                   {"rfc3339", HG_TIME_RFC3339},
                   {"http-date", HG_TIME_HTTP_DATE}};
    char before[HG_TIME_TEXT_MAX];
    char after[HG_TIME_TEXT_MAX];
    for (size_t i = 0; i < COUNT(formats) && life->row->timestamp.format != NULL; i++) {
        if (strcmp(life->row->timestamp.format, formats[i].word) == 0) {
            size_t len = hg_time_print(formats[i].format, NOW, before);
            assert_int_equal(hg_time_print(formats[i].format, NOW + 1, after), len);
            expect_changed(life, (hg_str){before, len}, (hg_str){after, len},
                           hg_scheme_binds(life->scheme, HG_PART_TIME), "another time");
        }
    }
}

static void change_values(struct life *life)
{
    change_time(life);
    if (life->row->event.header != NULL) {
        expect_changed(life, S("OnCreate"), S("OnUpdate"),
                       hg_scheme_binds(life->scheme, HG_PART_EVENT), "another event");
    }
    if (life->row->id.header != NULL) {
        expect_changed(life, S("msg-1"), S("msg-2"), hg_scheme_binds(life->scheme, HG_PART_ID),
                       "another id");
    }
    life->user[0] = 'U';
    expect(life, life->ring, template_has(life, "{header:") ? HG_MISMATCH : HG_OK,
           "another signed header");
    life->user[0] = 'u';
}

static void change_request(struct life *life)
{
    bool url = template_has(life, "{url}");
    hg_request before = life->request;
    bool bound = hg_scheme_binds(life->scheme, HG_PART_BODY);
    life->request.body = template_has(life, "{form}") ? S("b=3&a=1") : S("{\"id\":8}");
    expect(life, life->ring, bound ? HG_MISMATCH : HG_OK, "another body");
    life->request = before;
    life->request.method = S("PUT");
    expect(life, life->ring, template_has(life, "{method}") ? HG_MISMATCH : HG_OK,
           "another method");
    life->request = before;
    life->request.url = S("https://hooks.example.com/on?x=1");
    expect(life, life->ring, url || template_has(life, "{path}") ? HG_MISMATCH : HG_OK,
           "another path");
    life->request.url = S("https://hooks.example.net/in?x=1");
    expect(life, life->ring, url || template_has(life, "{host}") ? HG_MISMATCH : HG_OK,
           "another host");
    life->request.url = S("https://hooks.example.com/in?x=2");
    expect(life, life->ring, url ? HG_MISMATCH : HG_OK, "another query");
    life->request = before;
}

static void each_row_binds_what_it_says(void **state)
{
    (void) state;
    struct life life;
    for (size_t i = 0; hg_scheme_builtin(i) != NULL; i++) {
        life = (struct life){.row = hg_scheme_builtin(i)};
        assert_int_equal(hg_scheme_new(life.row, &life.scheme, NULL), HG_OK);
        life.ring = ring_of(life.scheme, ROW_PAIR);
        hg_ring *other = ring_of(life.scheme, ROW_OTHER_PAIR);
        sign(&life);
        expect(&life, life.ring, HG_OK, "as signed");
        expect(&life, other, HG_MISMATCH, "another key");
        change_values(&life);
        change_request(&life);
        expect(&life, life.ring, HG_OK, "with all put back");
        hg_ring_free(other);
        hg_ring_free(life.ring);
        hg_scheme_free(life.scheme);
    }
}

/* A delivery that is too old or too new for a row's own window. */
static void each_window_is_the_rows_own(void **state)
{
    (void) state;
    struct life life;
    for (size_t i = 0; hg_scheme_builtin(i) != NULL; i++) {
        life = (struct life){.row = hg_scheme_builtin(i)};
        int64_t window = life.row->timestamp.tolerance_s;
        bool timed = life.row->timestamp.format != NULL;
        bool judged = timed && window != HG_NO_TOLERANCE;
        assert_int_equal(hg_scheme_new(life.row, &life.scheme, NULL), HG_OK);
        life.ring = ring_of(life.scheme, ROW_PAIR);
        sign(&life);
        const struct {
            const char *what;
            int64_t now;
            hg_status status;
        } rows[] = {
            {"at the edge", NOW + (judged ? window : 0), HG_OK},
            {"at the other", NOW - (judged ? window : 0), HG_OK},
            {"too old", NOW + window + 1, judged ? HG_TOO_OLD : HG_OK},
            {"too new", NOW - window - 1, judged ? HG_TOO_NEW : HG_OK},
            {"years later", NOW + 100000000, judged ? HG_TOO_OLD : HG_OK},
        };
        for (size_t j = 0; j < COUNT(rows); j++) {
            hg_options options = {life.scheme, life.ring, rows[j].now, NULL, 0, NULL, 0, false};
            hg_verdict verdict = hg_verify(&options, &life.request);
            HOLDS(verdict.status == rows[j].status, j);
            HOLDS(verdict.status != HG_OK || verdict.age_judged == judged, j);
        }
        hg_ring_free(life.ring);
        hg_scheme_free(life.scheme);
    }
}

/* What every row says about where it is from. */
static void each_row_has_its_source(void **state)
{
    (void) state;
    for (size_t i = 0; hg_scheme_builtin(i) != NULL; i++) {
        const hg_scheme_spec *row = hg_scheme_builtin(i);
        bool ours = strcmp(row->name, "webinone") == 0;
        assert_non_null(row->source);
        assert_null(strstr(row->source, "://"));
        assert_non_null(strchr(row->source, '/'));
        assert_true(ours == (strcmp(row->basis, "assumed") == 0));
        assert_true(ours || strcmp(row->basis, "documented") == 0 ||
                    strcmp(row->basis, "observed") == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_binds_what_it_says),
        cmocka_unit_test(each_window_is_the_rows_own),
        cmocka_unit_test(each_row_has_its_source),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, NULL);
}
