/* SPDX-License-Identifier: MIT
 *
 * The metrics page: its bounds, its escapes and its buckets. tests/cli/test_metrics.py reads whole
 * pages of a running receiver.
 */
#include "check.h"

#include "receiver/metrics.h"

static struct buf page;

static void print(const struct metrics *metrics)
{
    static const struct metrics_now now = {.body_limit = 1};
    buf_free(&page);
    buf_init(&page, METRICS_TEXT_MAX);
    metrics_print(metrics, &now, &page);
    assert_false(page.failed);
}

static void shows(const char *line)
{
    const char *at = strstr(page.ptr, line);
    if (at == NULL || (at != page.ptr && at[-1] != '\n')) {
        fail_msg("%s is not on the page:\n%s", line, page.ptr);
    }
}

static size_t lines_with(const char *text)
{
    size_t count = 0;
    for (const char *at = page.ptr; (at = strstr(at, text)) != NULL; at++) {
        count++;
    }
    return count;
}

static void labels_are_escaped(void **state)
{
    (void) state;
    struct metrics *metrics = metrics_new();
    struct metrics_request request = {
        .endpoint = S("a"), .status = "ok", .kept = true, .key_label = S("q\"b\\n\nz")};
    metrics_request(metrics, &request);
    print(metrics);
    shows("hookgauge_key_uses_total{endpoint=\"a\",key=\"q\\\"b\\\\n\\nz\"} 1\n");
    shows("hookgauge_requests_total{endpoint=\"a\",status=\"ok\"} 1\n");
    metrics_free(metrics);
}

/* Whatever is reloaded, renamed and rotated, the page stays small. */
static void series_are_bounded(void **state)
{
    (void) state;
    static char statuses[200][8];
    struct metrics *metrics = metrics_new();
    for (int i = 0; i < 1000; i++) {
        char name[16], label[16];
        (void) snprintf(name, sizeof(name), "e%d", i);
        (void) snprintf(label, sizeof(label), "k%d", i);
        (void) snprintf(statuses[i % 200], sizeof(statuses[0]), "s%d", i % 200);
        struct metrics_request request = {.endpoint = hg_text(name),
                                          .status = statuses[i % 200],
                                          .kept = true,
                                          .key_label = S("a")};
        metrics_request(metrics, &request);
        request.endpoint = S("e0");
        request.key_label = hg_text(label);
        metrics_request(metrics, &request);
    }
    print(metrics);
    shows("hookgauge_key_uses_total{endpoint=\"e254\",key=\"a\"} 1\n");
    shows("hookgauge_key_uses_total{endpoint=\"other\",key=\"a\"} 745\n");
    shows("hookgauge_key_uses_total{endpoint=\"e0\",key=\"other\"} 986\n"); /* but a, k0 to k13 */
    shows("hookgauge_requests_total{endpoint=\"e0\",status=\"s62\"} 5\n");
    shows("hookgauge_requests_total{endpoint=\"e0\",status=\"other\"} 685\n");
    assert_int_equal(lines_with("hookgauge_key_uses_total{endpoint=\"e0\""), 16);
    assert_int_equal(lines_with("hookgauge_requests_total{endpoint=\"e0\""), 64);
    assert_int_equal(lines_with("hookgauge_duplicates_total{"), 256);
    metrics_free(metrics);
}

/* The same name at another address is the same status. */
static void statuses_are_told_by_their_text(void **state)
{
    (void) state;
    static const char one[] = "twice", two[] = "twice";
    struct metrics *metrics = metrics_new();
    struct metrics_request request = {.status = one};
    metrics_request(metrics, &request);
    request.status = two;
    metrics_request(metrics, &request);
    print(metrics);
    shows("hookgauge_stray_requests_total{status=\"twice\"} 2\n");
    metrics_free(metrics);
}

static void times_fall_into_buckets(void **state)
{
    (void) state;
    struct metrics *metrics = metrics_new();
    metrics_verified(metrics, 0);
    metrics_verified(metrics, 1000);
    metrics_verified(metrics, 1001);
    metrics_verified(metrics, 3000000000);
    metrics_committed(metrics, 5000000001, false);
    metrics_committed(metrics, 5000000000, true);
    print(metrics);
    shows("hookgauge_verify_seconds_bucket{le=\"1e-06\"} 2\n");
    shows("hookgauge_verify_seconds_bucket{le=\"2e-06\"} 3\n");
    shows("hookgauge_verify_seconds_bucket{le=\"0.1\"} 3\n");
    shows("hookgauge_verify_seconds_bucket{le=\"+Inf\"} 4\n");
    shows("hookgauge_verify_seconds_sum 3.000002001\n");
    shows("hookgauge_verify_seconds_count 4\n");
    shows("hookgauge_commit_seconds_bucket{le=\"5.0\"} 1\n");
    shows("hookgauge_commit_seconds_count 2\n");
    shows("hookgauge_store_failures_total 1\n");
    metrics_free(metrics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_are_escaped),
        cmocka_unit_test(series_are_bounded),
        cmocka_unit_test(statuses_are_told_by_their_text),
        cmocka_unit_test(times_fall_into_buckets),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&page);
    return failed;
}
