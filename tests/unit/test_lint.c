/* SPDX-License-Identifier: MIT
 *
 * Grades of schemes: each weakness from the one change that alone causes it, and which templates
 * have two readings.
 */
#include "check.h"

/* Nothing to find. */
static hg_scheme_spec sound(void)
{
    return (hg_scheme_spec){.name = "sound",
                            .basis = "assumed",
                            .algorithm = "hmac-sha256",
                            .key = "utf8",
                            .signed_text = "{id}.{event}.{timestamp}.{body}",
                            .signature = {.header = "Sig", .item = "{sig}", .encoding = "hex"},
                            .timestamp = {"Time", NULL, "unix", 300},
                            .event = {"Event", "type.action"},
                            .id = {"Id"}};
}

static void grade(const hg_scheme_spec *spec, char *letter, char names[200])
{
    hg_scheme *scheme = NULL;
    hg_weakness weak[HG_WEAKNESSES_MAX];
    hg_error error = {"", ""};
    if (hg_scheme_new(spec, &scheme, &error) != HG_OK) {
        fail_msg("%s: %s: %s", spec->signed_text, error.where, error.what);
    }
    size_t count = hg_scheme_weaknesses(scheme, weak);
    names[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t used = strlen(names);
        snprintf(names + used, 200 - used, "%s%s", i > 0 ? " " : "", weak[i].name);
        assert_true(strlen(weak[i].attack) > 20 &&
                    weak[i].attack[strlen(weak[i].attack) - 1] != '.');
    }
    *letter = hg_scheme_grade(scheme);
    hg_scheme_free(scheme);
}

static void each_weakness(void **state)
{
    (void) state;
    hg_scheme_spec s;
    const struct {
        const char *what;
        const char **member;
        const char *value;
        char letter;
        const char *names;
    } rows[] = {
        {"nothing", &s.name, "sound", 'A', ""},
        {"no body", &s.signed_text, "{id}.{event}.{timestamp}", 'F', "body-unsigned"},
        {"no event", &s.signed_text, "{id}.{timestamp}.{body}", 'B', "event-unsigned"},
        {"no id", &s.signed_text, "{event}.{timestamp}.{body}", 'B', "id-unsigned"},
        {"no time", &s.signed_text, "{id}.{event}.{body}", 'C', "time-unsigned"},
        {"a form", &s.signed_text, "{id}.{event}.{timestamp}.{form}", 'D', "form-joined"},
        {"a digest for the body", &s.signed_text, "{id}.{event}.{timestamp}.{body:sha256:hex}", 'A',
         ""},
        {"an event without a grammar", &s.event.grammar, NULL, 'D', "two-readings"},
        {"only the body", &s.signed_text, "{body}", 'C',
         "time-unsigned event-unsigned id-unsigned"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char letter, names[200];
        s = sound();
        *rows[i].member = rows[i].value;
        grade(&s, &letter, names);
        HOLDS(letter == rows[i].letter, i);
        HOLDS(strcmp(names, rows[i].names) == 0, i);
    }
}

static void times(void **state)
{
    (void) state;
    char letter, names[200];
    hg_scheme_spec s = sound();
    s.timestamp.tolerance_s = 3600;
    grade(&s, &letter, names);
    assert_int_equal(letter, 'A');
    s.timestamp.tolerance_s = 3601;
    grade(&s, &letter, names);
    assert_int_equal(letter, 'B');
    assert_string_equal(names, "window-long");
    s.timestamp.tolerance_s = HG_NO_TOLERANCE;
    grade(&s, &letter, names);
    assert_int_equal(letter, 'C');
    assert_string_equal(names, "age-not-judged");
    s = sound();
    s.timestamp.header = NULL;
    s.timestamp.format = NULL;
    s.signed_text = "{id}.{event}.{body}";
    grade(&s, &letter, names);
    assert_int_equal(letter, 'C');
    assert_string_equal(names, "time-absent");
}

/* Templates of a scheme whose event has no grammar and whose time is judged, if not said otherwise.
 */
static void readings(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        const char *format;
        int64_t tolerance_s;
        bool one;
    } rows[] = {
        {"{body}", "unix", 300, true},
        {"{timestamp}.{body}", "unix", 300, true},
        {"{timestamp}{body}", "unix", 300, true}, /* ten digits in any window we judge */
        {"{timestamp}{body}", "unix", HG_NO_TOLERANCE, false},
        {"{timestamp}.{body}", "unix", HG_NO_TOLERANCE, true}, /* digits hold no dot */
        {"{timestamp}0{body}", "unix", HG_NO_TOLERANCE, false},
        {"{timestamp}{body}", "rfc3339", HG_NO_TOLERANCE, true},
        {"{timestamp}{body}", "http-date", HG_NO_TOLERANCE, true},
        {"{timestamp}.{body}", "opaque", HG_NO_TOLERANCE, false},
        {"{timestamp}\n{body}", "opaque", HG_NO_TOLERANCE, true},
        {"{body}{timestamp}", "unix", 300, true},
        {"{body}.{id}.{timestamp}", "unix", 300, true},
        {"{body}.{id}", "unix", 300, false},
        {"{id}{body}", "unix", 300, false},
        {"{id}.{body}", "unix", 300, true}, /* an id must not hold the mark behind it */
        {"{event}.{body}", "unix", 300, false},
        {"{event}\n{body}", "unix", 300, true},
        {"{url}{body}", "unix", 300, false},
        {"{url}\n{body}", "unix", 300, true},
        {"{method}{path}{body}", "unix", 300, true},
        {"{method}{host}{path}{query}{body}", "unix", 300, false},
        {"{header:X}.{body}", "unix", 300, false},
        {"{header:X}\n{body}", "unix", 300, true},
        {"{body:sha256:hex}{id}", "unix", 300, true},
        {"{url}{form}", "unix", 300, false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        char letter, names[200];
        hg_scheme_spec s = sound();
        s.event.grammar = NULL;
        s.signed_text = rows[i].what;
        s.timestamp.format = rows[i].format;
        s.timestamp.tolerance_s = rows[i].tolerance_s;
        grade(&s, &letter, names);
        HOLDS((strstr(names, "two-readings") == NULL) == rows[i].one, i);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_weakness),
        cmocka_unit_test(times),
        cmocka_unit_test(readings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
