/* SPDX-License-Identifier: MIT
 *
 * Answers that are made once a second: their date, and that they are used again within it.
 */
#include "check.h"

#include <microhttpd.h>

#include "receiver/responses.h"

#define NOW_S 1767225600

static const char *date_of(struct MHD_Response *response)
{
    assert_non_null(response);
    return MHD_get_response_header(response, MHD_HTTP_HEADER_DATE);
}

static void dates_follow_the_clock(void **state)
{
    (void) state;
    struct responses responses;
    assert_true(responses_init(&responses, NOW_S));
    struct MHD_Response *first = responses_get(&responses, 200, false, NOW_S);
    assert_string_equal(date_of(first), "Thu, 01 Jan 2026 00:00:00 GMT");
    assert_ptr_equal(responses_get(&responses, 200, false, NOW_S), first);
    assert_string_equal(date_of(responses_get(&responses, 200, false, NOW_S + 1)),
                        "Thu, 01 Jan 2026 00:00:01 GMT");
    assert_string_equal(date_of(responses_get(&responses, 200, false, NOW_S - 1)),
                        "Wed, 31 Dec 2025 23:59:59 GMT"); /* the clock was set back */
    responses_release(&responses);
}

/* A date that can't be spelled is left to the library. */
static void no_date_is_made_up(void **state)
{
    (void) state;
    struct responses responses;
    assert_true(responses_init(&responses, -1));
    assert_null(date_of(responses_get(&responses, 200, false, -1)));
    responses_release(&responses);
}

static void closing_is_said(void **state)
{
    (void) state;
    struct responses responses;
    assert_true(responses_init(&responses, NOW_S));
    struct MHD_Response *stays = responses_get(&responses, 401, false, NOW_S);
    struct MHD_Response *closes = responses_get(&responses, 401, true, NOW_S);
    assert_null(MHD_get_response_header(stays, MHD_HTTP_HEADER_CONNECTION));
    assert_string_equal(MHD_get_response_header(closes, MHD_HTTP_HEADER_CONNECTION), "close");
    responses_release(&responses);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(dates_follow_the_clock),
                                       cmocka_unit_test(no_date_is_made_up),
                                       cmocka_unit_test(closing_is_said)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
