/* SPDX-License-Identifier: MIT
 *
 * External URLs: what is sent, what signs, and what is refused rather than sent unsigned.
 */
#include "check.h"

#include "sender/external_url.h"

static void split(void **state)
{
    static const struct {
        const char *what, *url, *sent;
        const char *secret; /* NULL: unsigned */
    } rows[] = {
        {"no query", "https://h.example/p", "https://h.example/p", NULL},
        {"no path", "http://h", "http://h", NULL},
        {"sk alone: '?' goes", "https://h/p?sk=abc", "https://h/p", "abc"},
        {"sk first", "https://h/p?sk=abc&a=1&b=2", "https://h/p?a=1&b=2", "abc"},
        {"sk in the middle", "https://h/p?a=1&sk=abc&b=2", "https://h/p?a=1&b=2", "abc"},
        {"sk last", "https://h/p?a=1&b=2&sk=abc", "https://h/p?a=1&b=2", "abc"},
        {"the rest byte for byte", "https://h/p?b=%7e+&&a=%zz&=&sk=x&c",
         "https://h/p?b=%7e+&&a=%zz&=&c", "x"},
        {"sk beside nothing", "https://h/p?&sk=abc", "https://h/p", "abc"},
        {"empty query", "https://h/p?", "https://h/p", NULL},
        {"no path but sk", "http://h?sk=abc", "http://h", "abc"},
        {"escapes in the value", "https://h/?sk=a%2Fb%3d%26%25", "https://h/", "a/b=&%"},
        {"a plus stays a plus", "https://h/?sk=a+b%2B", "https://h/", "a+b+"},
        {"'=' in the value", "https://h/?sk=a==", "https://h/", "a=="},
        {"'?' in the value", "https://h/?sk=a?b", "https://h/", "a?b"},
        {"bytes beyond ASCII", "https://h/?sk=%C3%A9%ff", "https://h/", "\xc3\xa9\xff"},
        {"the name escaped", "https://h/?s%6B=abc", "https://h/", "abc"},
        {"the name escaped, lower case", "https://h/?%73%6b=abc", "https://h/", "abc"},
        {"another name", "https://h/?sky=abc&task=abc", "https://h/?sky=abc&task=abc", NULL},
        {"a longer name", "https://h/?sky=abc", "https://h/?sky=abc", NULL},
        {"a shorter name", "https://h/?s=abc", "https://h/?s=abc", NULL},
        {"a name with a bad escape", "https://h/?s%6=abc", "https://h/?s%6=abc", NULL},
        {"sk= within a value", "https://h/?a=sk=1", "https://h/?a=sk=1", NULL},
        {"sk in the path", "https://h/sk=abc", "https://h/sk=abc", NULL},
        {"a fragment", "https://h/p?sk=abc&a=1#top", "https://h/p?a=1", "abc"},
        {"a fragment without a query", "https://h/p#top?a", "https://h/p", NULL},
        {"a port", "HTTPS://h-1.example_x:8443/p?sk=a", "HTTPS://h-1.example_x:8443/p", "a"},
        {"IPv6", "http://[2001:db8::1]:80/?sk=a", "http://[2001:db8::1]:80/", "a"},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct external_url url;
        struct fail fail = {0};
        hg_str text = exact(hg_text(rows[row].url));
        HOLDS(external_url_split(text, false, &url, &fail), row);
        drop(text);
        HOLDS(same(buf_str(&url.sent), hg_text(rows[row].sent)), row);
        HOLDS(url.sent.ptr[url.sent.len] == '\0', row);
        HOLDS(url.is_signed == (rows[row].secret != NULL), row);
        HOLDS(same(buf_str(&url.secret), hg_text(rows[row].secret)), row);
        external_url_free(&url);
    }
}

static void refused(void **state)
{
    static const struct {
        const char *what, *url, *says;
    } rows[] = {
        {"empty", "", "must start with"},
        {"no scheme", "h.example/p?sk=a", "must start with"},
        {"another scheme", "ftp://h/?sk=a", "must start with"},
        {"a scheme cut short", "http:/h/", "must start with"},
        {"no host", "https:///p?sk=a", "no host"},
        {"no host but a port", "https://:80/p", "no host"},
        {"no host but a query", "https://?sk=a", "no host"},
        {"user info", "https://me:pw@h/?sk=a", "user name"},
        {"an escape in the host", "https://h%2e/?sk=a", "does not belong"},
        {"a backslash in the host", "https://h\\.x/?sk=a", "does not belong"},
        {"an open bracket", "https://[::1/?sk=a", "no host"},
        {"empty brackets", "https://[]/?sk=a", "no host"},
        {"port 0", "https://h:0/", "does not belong"},
        {"port 65536", "https://h:65536/", "does not belong"},
        {"a long port", "https://h:99999999999999999999/", "does not belong"},
        {"no digits", "https://h:/", "does not belong"},
        {"a port of letters", "https://h:8o/", "does not belong"},
        {"a blank", "https://h/ ?sk=a", "percent-encoded"},
        {"a line end", "https://h/?sk=a\n", "percent-encoded"},
        {"a byte beyond ASCII", "https://h/\xc3\xa9", "percent-encoded"},
        {"sk empty", "https://h/?sk=", "sk is empty"},
        {"sk empty, not last", "https://h/?sk=&a=1", "sk is empty"},
        {"sk without '='", "https://h/?sk", "sk is empty"},
        {"sk empty before a fragment", "https://h/?sk=#a", "sk is empty"},
        {"sk twice", "https://h/?sk=a&sk=a", "given twice"},
        {"sk twice, once escaped", "https://h/?sk=a&a&%73k=b", "given twice"},
        {"a bad escape", "https://h/?sk=a%zz", "bad percent escape"},
        {"an escape cut short", "https://h/?sk=a%2", "bad percent escape"},
        {"a lone percent", "https://h/?sk=%&a=1", "bad percent escape"},
        {"a NUL", "https://h/?sk=a%00b", "%00"},
        {"sk behind a second '?'", "https://h/?a=1?sk=abc", "no parameter"},
        {"sk behind a ';'", "https://h/?a=1;sk=abc", "no parameter"},
        {"sk in capitals", "https://h/p?SK=abc", "lower case"},
        {"sk with one capital", "https://h/p?a=1&sK=abc", "lower case"},
        {"sk behind a '&' without a '?'", "https://h/p&sk=abc", "in the path"},
        {"sk behind a ';' in the path", "https://h/p;sk=abc?a=1", "in the path"},
        {"sk in the fragment", "https://h/p#sk=abc", "fragment"},
        {"sk in the fragment's query", "https://h/p#/a?sk=abc", "fragment"},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct external_url url;
        struct fail fail = {0};
        hg_str text = exact(hg_text(rows[row].url));
        HOLDS(!external_url_split(text, false, &url, &fail), row);
        drop(text);
        HOLDS(fail.exit_code == EXIT_USAGE, row);
        HOLDS(strstr(fail.text, rows[row].says) != NULL, row);
        HOLDS(strstr(fail.text, "abc") == NULL, row);
    }
}

static bool fits(size_t secret, size_t path)
{
    struct external_url url;
    struct fail fail = {0};
    struct buf text;
    buf_init(&text, 3 * (size_t) EXTERNAL_URL_MAX);
    assert_true(buf_add_text(&text, "http://h/"));
    for (size_t i = 0; i < path; i++) {
        assert_true(buf_add_text(&text, "p"));
    }
    assert_true(buf_add_text(&text, "?sk="));
    for (size_t i = 0; i < secret; i++) {
        assert_true(buf_add_text(&text, "%41"));
    }
    bool done = external_url_split(buf_str(&text), false, &url, &fail);
    if (done) {
        assert_int_equal(url.secret.len, secret);
        external_url_free(&url);
    } else {
        assert_int_equal(fail.exit_code, EXIT_USAGE);
        assert_non_null(strstr(fail.text, "larger than"));
    }
    buf_free(&text);
    return done;
}

static void ceilings(void **state)
{
    (void) state;
    assert_true(fits(HG_SECRET_MAX, 0));
    assert_false(fits(HG_SECRET_MAX + 1, 0));
    assert_true(fits(1, EXTERNAL_URL_MAX - 16)); /* "http://h/" "?sk=" "%41" are 16 */
    assert_false(fits(1, EXTERNAL_URL_MAX - 15));
}

static void kept_and_masked(void **state)
{
    static const struct {
        const char *what, *url, *kept, *masked;
    } rows[] = {
        {"kept as it was", "https://h/p?a=1&sk=a%2F&b#f", "https://h/p?a=1&sk=a%2F&b",
         "https://h/p?a=1&sk=***&b"},
        {"alone", "https://h/p?sk=abc", "https://h/p?sk=abc", "https://h/p?sk=***"},
        {"unsigned", "https://h/p?a=1#f", "https://h/p?a=1", "https://h/p?a=1"},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct external_url url;
        struct fail fail = {0};
        struct buf masked;
        buf_init(&masked, EXTERNAL_URL_MAX);
        HOLDS(external_url_split(hg_text(rows[row].url), true, &url, &fail), row);
        HOLDS(same(buf_str(&url.sent), hg_text(rows[row].kept)), row);
        HOLDS(external_url_masked(&url, "***", &masked), row);
        HOLDS(same(buf_str(&masked), hg_text(rows[row].masked)), row);
        buf_free(&masked);
        external_url_free(&url);
    }
}

static void what_it_is(void **state)
{
    static const struct {
        const char *what, *url;
        bool https, loopback, fragment;
    } rows[] = {
        {"https", "https://h/", true, false, false},
        {"http", "http://h/#", false, false, true},
        {"127.0.0.1", "http://127.0.0.1:80/", false, true, false},
        {"127.1.2.3", "http://127.1.2.3/", false, true, false},
        {"localhost", "http://LocalHost/", false, true, false},
        {"::1", "http://[::1]:80/#a", false, true, true},
        {"a name that starts like it", "http://127.0.0.1.example/", false, false, false},
        {"a name that ends like it", "http://my-localhost/", false, false, false},
        {"another net", "http://128.0.0.1/", false, false, false},
        {"another IPv6", "http://[::2]/", false, false, false},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct external_url url;
        struct fail fail = {0};
        HOLDS(external_url_split(hg_text(rows[row].url), false, &url, &fail), row);
        HOLDS(url.is_https == rows[row].https, row);
        HOLDS(url.is_loopback == rows[row].loopback, row);
        HOLDS(url.has_fragment == rows[row].fragment, row);
        external_url_free(&url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(split),           cmocka_unit_test(refused),    cmocka_unit_test(ceilings),
        cmocka_unit_test(kept_and_masked), cmocka_unit_test(what_it_is),
    };
    return cmocka_run_group_tests_name("external_url", tests, NULL, NULL);
}
