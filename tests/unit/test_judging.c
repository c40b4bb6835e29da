/* SPDX-License-Identifier: MIT
 *
 * What a live run judges by: sets of statuses, profiles, known failures, where it may deliver.
 */
#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <unistd.h>

#include "harness/known.h"
#include "harness/loopback.h"
#include "harness/run.h"
#include "harness/statuses.h"

/* ---- Statuses -------------------------------------------------------------------------------- */

static void sets(void **state)
{
    static const struct {
        const char *what;
        int in, out; /* 0: refused */
    } rows[] = {
        {"200", 200, 201},
        {"200-299", 299, 300},
        {"200,204", 204, 202},
        {"400-403,499", 499, 404},
        {"599", 599, 598},
        {"200-200", 200, 201},
        {"", 0, 0},
        {"20", 0, 0},
        {"2000", 0, 0},
        {"199", 0, 0},
        {"600", 0, 0},
        {"299-200", 0, 0},
        {"200-", 0, 0},
        {"-299", 0, 0},
        {"200,", 0, 0},
        {",200", 0, 0},
        {"200, 204", 0, 0},
        {"2xx", 0, 0},
        {"200-299-300", 0, 0},
        {" 200", 0, 0},
        {"+20", 0, 0},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct statuses set = {{0}};
        HOLDS(statuses_parse(rows[i].what, &set) == (rows[i].in != 0), i);
        HOLDS(statuses_has(&set, rows[i].in) == (rows[i].in != 0), i);
        HOLDS(!statuses_has(&set, rows[i].out), i);
    }
}

static struct expectations expect(const char *profile, const char *accept, const char *reject)
{
    struct expectations made;
    struct fail fail = {0};
    if (!expectations_make(profile, accept, reject, &made, &fail)) {
        fail_msg("%s", fail.text);
    }
    return made;
}

static void readings(void **state)
{
    static const struct {
        const char *what;
        const char *profile, *accept, *reject;
        hg_class class;
        int status;
        enum reading reading;
    } rows[] = {
        {"usual", NULL, NULL, NULL, HG_CLASS_OK, 204, READ_ACCEPTED},
        {"usual, refused", NULL, NULL, NULL, HG_CLASS_FORGED, 400, READ_REFUSED},
        {"a redirect", NULL, NULL, NULL, HG_CLASS_OK, 302, READ_UNCLEAR},
        {"busy", NULL, NULL, NULL, HG_CLASS_FORGED, 429, READ_BUSY},
        {"erred", NULL, NULL, NULL, HG_CLASS_FORGED, 503, READ_ERRED},
        {"500 by wish", NULL, NULL, "400,500", HG_CLASS_FORGED, 500, READ_REFUSED},
        {"429 by wish", NULL, NULL, "400-499", HG_CLASS_FORGED, 429, READ_REFUSED},
        {"404 by wish", NULL, NULL, "400,401,403", HG_CLASS_FORGED, 404, READ_UNCLEAR},
        {"202 by wish", NULL, "200", NULL, HG_CLASS_OK, 202, READ_UNCLEAR},
        {"shopify", "shopify", NULL, NULL, HG_CLASS_FORGED, 401, READ_REFUSED},
        {"shopify, forged", "shopify", NULL, NULL, HG_CLASS_FORGED, 400, READ_WRONG_CODE},
        {"shopify, stale", "shopify", NULL, NULL, HG_CLASS_STALE, 403, READ_WRONG_CODE},
        {"shopify, malformed", "shopify", NULL, NULL, HG_CLASS_MALFORMED, 400, READ_REFUSED},
        {"shopify by wish", "shopify", NULL, "400", HG_CLASS_FORGED, 400, READ_REFUSED},
        {"zoom", "zoom", NULL, NULL, HG_CLASS_OK, 204, READ_ACCEPTED},
        {"zoom, 202", "zoom", NULL, NULL, HG_CLASS_OK, 202, READ_UNCLEAR},
        {"gone", "standard-webhooks", NULL, NULL, HG_CLASS_FORGED, 410, READ_UNCLEAR},
        {"gone, usually", NULL, NULL, NULL, HG_CLASS_FORGED, 410, READ_REFUSED},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct expectations made = expect(rows[i].profile, rows[i].accept, rows[i].reject);
        HOLDS(expectations_read(&made, rows[i].class, rows[i].status) == rows[i].reading, i);
    }
}

static void bad_expectations(void **state)
{
    static const struct {
        const char *what;
        const char *profile, *accept, *reject, *says;
    } rows[] = {
        {"profile", "shopfy", NULL, NULL, "--profile: no 'shopfy'; there are: discord, shopify"},
        {"accept", NULL, "2xx", NULL, "--accept: must be statuses from 200 to 599"},
        {"reject", NULL, NULL, "4xx", "--reject: must be statuses from 200 to 599"},
        {"both", NULL, "200-400", NULL, "--accept and --reject: 400 would mean both"},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct expectations made;
        struct fail fail = {0};
        HOLDS(!expectations_make(rows[i].profile, rows[i].accept, rows[i].reject, &made, &fail), i);
        HOLDS(fail.exit_code == EXIT_USAGE && strstr(fail.text, rows[i].says) != NULL, i);
    }
}

/* A profile that names no source is a guess. */
static void profiles(void **state)
{
    size_t count = 0;
    (void) state;
    for (; profile_name(count) != NULL; count++) {
        struct expectations made = expect(profile_name(count), NULL, NULL);
        assert_string_equal(made.profile, profile_name(count));
        assert_ptr_equal(strstr(profile_source(count), "https://"), profile_source(count));
    }
    assert_true(count >= 4);
}

/* ---- Known failures -------------------------------------------------------------------------- */

static bool read_known(hg_str text, struct known *known, struct fail *fail)
{
    char path[] = "/tmp/hookgauge-known-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text.ptr, text.len), (ssize_t) text.len);
    (void) close(fd);
    bool held = known_read(path, known, fail);
    (void) unlink(path);
    return held;
}

static void known_lines(void **state)
{
    static const struct {
        const char *what;
        size_t line;
    } rows[] = {
        {"a/b", 3}, {"tax-x", 5},  {"with#sharp", 6}, {"last", 8},
        {"A/B", 0}, {"ticket", 0}, {"", 0},
    };
    struct known known;
    struct fail fail = {0};
    (void) state;
    assert_true(read_known(S("# ours\n\n  a/b\t# ticket\n#last\ntax-*\r\nwith#sharp\n \nlast"),
                           &known, &fail));
    assert_int_equal(known.count, 4);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vector_case one = {.id = rows[i].what};
        HOLDS(known_line(&known, &one) == rows[i].line, i);
    }
    known_free(&known);
}

static void bad_known(void **state)
{
    struct known known;
    struct fail fail = {0};
    (void) state;
    assert_false(read_known(S("# nothing\n\n"), &known, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
    fail = (struct fail){0};
    assert_false(read_known(S("a\0b\n"), &known, &fail));
    assert_non_null(strstr(fail.text, "NUL"));
    fail = (struct fail){0};
    assert_false(known_read("/nonexistent/known", &known, &fail));
    assert_int_equal(fail.exit_code, EXIT_USAGE);
}

/* ---- What excuses a failure ------------------------------------------------------------------ */

static void exit_codes(void **state)
{
    static const struct {
        const char *what;
        bool should, failed;
        size_t known;
        bool fail_on_should, strict;
        enum exit_code code;
    } rows[] = {
        {"passed", false, false, 0, false, false, EXIT_YES},
        {"failed", false, true, 0, false, false, EXIT_NO},
        {"should failed", true, true, 0, false, false, EXIT_YES},
        {"should failed, and is to fail", true, true, 0, true, false, EXIT_NO},
        {"known", false, true, 1, false, false, EXIT_YES},
        {"known, strict", false, true, 1, false, true, EXIT_YES},
        {"known should", true, true, 1, true, false, EXIT_YES},
        {"known passes", false, false, 1, false, false, EXIT_YES},
        {"known passes, strict", false, false, 1, false, true, EXIT_NO},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct vector_case one = {.id = "x", .should = rows[i].should};
        const struct vector_case *cases[] = {&one};
        struct outcome outcome = {.result = rows[i].failed ? OUTCOME_FAILED : OUTCOME_PASSED,
                                  .known = rows[i].known};
        struct run run = {.cases = cases, .outcomes = &outcome, .count = 1};
        run.set.fail_on_should = rows[i].fail_on_should;
        run.set.strict_known = rows[i].strict;
        HOLDS(run_exit(&run) == rows[i].code, i);
    }
}

/* ---- Loopback -------------------------------------------------------------------------------- */

static bool is_loopback(const char *text)
{
    struct sockaddr_in ipv4 = {.sin_family = AF_INET};
    struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1) {
        return loopback_is((const struct sockaddr *) &ipv4);
    }
    assert_int_equal(inet_pton(AF_INET6, text, &ipv6.sin6_addr), 1);
    return loopback_is((const struct sockaddr *) &ipv6);
}

static void addresses(void **state)
{
    static const char *const near[] = {"127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"};
    static const char *const far[] = {"126.255.255.255", "128.0.0.1", "0.0.0.0", "10.0.0.1", "::",
                                      "::ffff:10.0.0.1", "fe80::1",   "::2",     "7f00::1"};
    const struct sockaddr local = {.sa_family = AF_UNIX};
    (void) state;
    for (size_t i = 0; i < COUNT(near); i++) {
        assert_true(is_loopback(near[i]));
    }
    for (size_t i = 0; i < COUNT(far); i++) {
        assert_false(is_loopback(far[i]));
    }
    assert_false(loopback_is(&local));
}

static void hosts(void **state)
{
    static const struct {
        const char *what, *allowed;
        int code; /* 0: may be tested */
    } rows[] = {
        {"http://127.0.0.1:80", NULL, 0},
        {"http://[::1]:80", NULL, 0},
        {"https://127.1", NULL, 0},
        {"http://localhost:8080", NULL, 0},
        {"http://192.0.2.1:80", NULL, EXIT_USAGE},
        {"http://0.0.0.0:80", NULL, EXIT_USAGE},
        {"http://[2001:db8::1]", NULL, EXIT_USAGE},
        {"http://192.0.2.1:80", "192.0.2.1", 0},
        {"http://192.0.2.1:80", "192.0.2.2", EXIT_USAGE},
        {"http://192.0.2.1:80", "192.0.2.1:80", EXIT_USAGE},
        {"http://[2001:db8::1]:80", "[2001:db8::1]", 0},
        {"http://[2001:db8::1]:80", "2001:DB8::1", 0},
        {"http://[2001:db8::1]:80", "[2001:db8::1", EXIT_USAGE},
        {"http://Hooks.Example", "hooks.example", 0},
        {"http://hooks.example.evil", "hooks.example", EXIT_USAGE},
        {"http://hooks.example", "hooks.example.evil", EXIT_USAGE},
        {"http://127.0.0.1", "hooks.example", EXIT_USAGE},
        {"http://127.0.0.1\\.evil", NULL, EXIT_USAGE},
        {"http://127.0.0.1%2eevil", NULL, EXIT_USAGE},
        {"http://[::1", NULL, EXIT_USAGE},
        {"http://[::1]x", NULL, EXIT_USAGE},
        {"http://[127.0.0.1%25lo]", NULL, EXIT_USAGE},
        {"http://nowhere.invalid", NULL, EXIT_UNKNOWN},
    };
    (void) state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        bool held = loopback_check(hg_text(rows[i].what), rows[i].allowed, &fail);
        HOLDS(held == (rows[i].code == 0) && fail.exit_code == rows[i].code, i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets),
        cmocka_unit_test(readings),
        cmocka_unit_test(bad_expectations),
        cmocka_unit_test(profiles),
        cmocka_unit_test(known_lines),
        cmocka_unit_test(bad_known),
        cmocka_unit_test(exit_codes),
        cmocka_unit_test(addresses),
        cmocka_unit_test(hosts),
    };
    return cmocka_run_group_tests_name("judging", tests, NULL, NULL);
}
