/* SPDX-License-Identifier: MIT
 *
 * See metrics.h.
 */
#include "receiver/metrics.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "receiver/metrics_page.h"

#define ROWS_MAX ((size_t) 256)    /* endpoints, those of configurations before a reload included */
#define STATUSES_MAX ((size_t) 64) /* names of statuses: there are about 50 */
#define KEYS_MAX ((size_t) 16)     /* labels of an endpoint: twice what a ring holds */
#define BUCKETS_MAX ((size_t) 16)
#define OTHER "other" /* takes what is beyond one of these */

struct tally {
    const char *name;
    uint64_t count;
};

struct key_tally {
    char label[HG_NAME_MAX];
    size_t len;
    uint64_t count;
};

/* Of one endpoint. */
struct row {
    char name[HG_NAME_MAX];
    size_t len;
    uint64_t duplicates;
    struct tally statuses[STATUSES_MAX];
    size_t status_count;
    struct key_tally keys[KEYS_MAX];
    size_t key_count;
};

struct bucket {
    int64_t most_ns;
    const char *text; /* the same in seconds, in the spelling that OpenMetrics recommends */
};

/* Two and a half buckets a decade where the answer usually lies. */
static const struct bucket verify_buckets[] = {
    {1000, "1e-06"},    {2000, "2e-06"},   {5000, "5e-06"},    {10000, "1e-05"},
    {20000, "2e-05"},   {50000, "5e-05"},  {100000, "0.0001"}, {1000000, "0.001"},
    {10000000, "0.01"}, {100000000, "0.1"}};
static const struct bucket commit_buckets[] = {
    {10000, "1e-05"},    {100000, "0.0001"},  {250000, "0.00025"}, {500000, "0.0005"},
    {1000000, "0.001"},  {2500000, "0.0025"}, {5000000, "0.005"},  {10000000, "0.01"},
    {25000000, "0.025"}, {50000000, "0.05"},  {100000000, "0.1"},  {250000000, "0.25"},
    {1000000000, "1.0"}, {5000000000, "5.0"}};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Of one writer and one reader; a page may show a sum and a count that differ by one event. */
struct histogram {
    const struct bucket *buckets;
    size_t bucket_count;
    _Atomic uint64_t counts[BUCKETS_MAX]; /* the last one used: beyond all buckets */
    _Atomic uint64_t sum_ns;
};

struct metrics {
    struct row none; /* for requests that reached no endpoint */
    struct row rows[ROWS_MAX];
    size_t row_count;
    size_t last_row; /* the one used last: most receivers have one endpoint */
    struct histogram verify, commit;
    _Atomic uint64_t failures; /* of commits */
    uint64_t connections_refused;
    uint64_t reloads, reload_failures;
};

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof(*metrics));
    if (metrics != NULL) {
        metrics->verify.buckets = verify_buckets;
        metrics->verify.bucket_count = COUNT(verify_buckets);
        metrics->commit.buckets = commit_buckets;
        metrics->commit.bucket_count = COUNT(commit_buckets);
    }
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    free(metrics);
}

/* ---- Counting -------------------------------------------------------------------------------- */

static bool is_named(const char *name, size_t len, hg_str wanted)
{
    return len == wanted.len && memcmp(name, wanted.ptr, len) == 0;
}

/* The row of an endpoint, made if missing; the last one when there is no room for more. */
static struct row *row_of(struct metrics *metrics, hg_str name)
{
    struct row *last = &metrics->rows[metrics->last_row];
    if (metrics->row_count > 0 && is_named(last->name, last->len, name)) {
        return last;
    }
    size_t at = 0;
    while (at < metrics->row_count &&
           !is_named(metrics->rows[at].name, metrics->rows[at].len, name)) {
        at++;
    }
    if (at == ROWS_MAX) {
        at--;
    }
    metrics->last_row = at;
    struct row *row = &metrics->rows[at];
    if (at == metrics->row_count) {
        name = at == ROWS_MAX - 1 || name.len > sizeof(row->name) ? hg_text(OTHER) : name;
        memcpy(row->name, name.ptr, name.len);
        row->len = name.len;
        metrics->row_count++;
    }
    return row;
}

/* A status is nearly always found by its address, at the first place. */
static struct tally *status_of(struct row *row, const char *status)
{
    size_t at = 0;
    while (at < row->status_count && row->statuses[at].name != status) {
        at++;
    }
    for (size_t i = 0; at == row->status_count && i < row->status_count; i++) {
        at = strcmp(row->statuses[i].name, status) == 0 ? i : at;
    }
    if (at == STATUSES_MAX) {
        at--;
    }
    if (at == row->status_count) {
        row->statuses[at].name = at == STATUSES_MAX - 1 ? OTHER : status;
        row->status_count++;
    }
    return &row->statuses[at];
}

static struct key_tally *key_of(struct row *row, hg_str label)
{
    size_t at = 0;
    while (at < row->key_count && !is_named(row->keys[at].label, row->keys[at].len, label)) {
        at++;
    }
    if (at == KEYS_MAX) {
        at--;
    }
    if (at == row->key_count) {
        struct key_tally *key = &row->keys[at];
        label = at == KEYS_MAX - 1 || label.len > sizeof(key->label) ? hg_text(OTHER) : label;
        memcpy(key->label, label.ptr, label.len);
        key->len = label.len;
        row->key_count++;
    }
    return &row->keys[at];
}

void metrics_endpoint(struct metrics *metrics, hg_str name)
{
    (void) status_of(row_of(metrics, name), hg_status_name(HG_OK));
}

void metrics_request(struct metrics *metrics, const struct metrics_request *request)
{
    struct row *row =
        request->endpoint.len > 0 ? row_of(metrics, request->endpoint) : &metrics->none;
    status_of(row, request->status)->count++;
    if (request->kept) {
        row->duplicates += request->duplicate ? 1 : 0;
        key_of(row, request->key_label)->count++;
    }
}

static void count(_Atomic uint64_t *counter, uint64_t more)
{
    atomic_fetch_add_explicit(counter, more, memory_order_relaxed);
}

static void observe(struct histogram *histogram, int64_t took_ns)
{
    size_t at = 0;
    while (at < histogram->bucket_count && took_ns > histogram->buckets[at].most_ns) {
        at++;
    }
    count(&histogram->counts[at], 1);
    count(&histogram->sum_ns, (uint64_t) took_ns);
}

void metrics_verified(struct metrics *metrics, int64_t took_ns)
{
    observe(&metrics->verify, took_ns);
}

void metrics_committed(struct metrics *metrics, int64_t took_ns, bool kept)
{
    observe(&metrics->commit, took_ns);
    count(&metrics->failures, kept ? 0 : 1);
}

void metrics_reloaded(struct metrics *metrics, bool done)
{
    *(done ? &metrics->reloads : &metrics->reload_failures) += 1;
}

void metrics_connection_refused(struct metrics *metrics)
{
    metrics->connections_refused++;
}

/* ---- The page -------------------------------------------------------------------------------- */

static uint64_t value_of(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

/* "hookgauge_NAME_total{endpoint="…",KEY="…"} N"; without an endpoint its label is left out, and
 * without a key (NULL) that one. */
static void add_series(struct buf *out, const char *name, const struct row *row, const char *key,
                       hg_str value, uint64_t count_of)
{
    (void) buf_addf(out, "hookgauge_%s_total{", name);
    if (row->len > 0) {
        page_label(out, "endpoint", (hg_str){row->name, row->len});
    }
    if (key != NULL) {
        (void) buf_add_text(out, row->len > 0 ? "," : "");
        page_label(out, key, value);
    }
    (void) buf_addf(out, "} %llu\n", (unsigned long long) count_of);
}

static void add_statuses(struct buf *out, const char *name, const struct row *row)
{
    for (size_t i = 0; i < row->status_count; i++) {
        add_series(out, name, row, "status", hg_text(row->statuses[i].name),
                   row->statuses[i].count);
    }
}

static void add_requests(struct buf *out, const struct metrics *metrics)
{
    page_family(out, "requests", "counter", "Requests to an endpoint, by how they ended.");
    for (size_t i = 0; i < metrics->row_count; i++) {
        add_statuses(out, "requests", &metrics->rows[i]);
    }
    page_family(out, "stray_requests", "counter",
                "Requests that reached no endpoint, by how they ended.");
    add_statuses(out, "stray_requests", &metrics->none);
    page_family(out, "duplicates", "counter", "Genuine deliveries that had been kept before.");
    for (size_t i = 0; i < metrics->row_count; i++) {
        add_series(out, "duplicates", &metrics->rows[i], NULL, (hg_str){NULL, 0},
                   metrics->rows[i].duplicates);
    }
    page_family(out, "key_uses", "counter", "Genuine deliveries by the key that matched.");
    for (size_t i = 0; i < metrics->row_count; i++) {
        const struct row *row = &metrics->rows[i];
        for (size_t j = 0; j < row->key_count; j++) {
            add_series(out, "key_uses", row, "key", (hg_str){row->keys[j].label, row->keys[j].len},
                       row->keys[j].count);
        }
    }
}

static void add_histogram(struct buf *out, const char *name, const char *help,
                          const struct histogram *histogram)
{
    uint64_t sum_ns = value_of(&histogram->sum_ns), total = 0;
    page_family(out, name, "histogram", help);
    (void) buf_addf(out, "# UNIT hookgauge_%s seconds\n", name);
    for (size_t i = 0; i <= histogram->bucket_count; i++) {
        total += value_of(&histogram->counts[i]);
        (void) buf_addf(out, "hookgauge_%s_bucket{le=\"%s\"} %llu\n", name,
                        i < histogram->bucket_count ? histogram->buckets[i].text : "+Inf",
                        (unsigned long long) total);
    }
    (void) buf_addf(out, "hookgauge_%s_sum %llu.%09llu\nhookgauge_%s_count %llu\n", name,
                    (unsigned long long) (sum_ns / 1000000000),
                    (unsigned long long) (sum_ns % 1000000000), name, (unsigned long long) total);
}

static void add_now(struct buf *out, const struct metrics_now *now)
{
    page_single(out, "connections", "gauge", "Open connections.", now->connections);
    page_single(out, "requests_in_progress", "gauge", "Requests begun and not answered.",
                now->requests);
    page_family(out, "bodies_held_bytes", "gauge", "Bytes of bodies held.");
    page_number(out, "bodies_held_bytes", now->body_bytes);
    page_family(out, "bodies_limit_bytes", "gauge", "Bytes of bodies that may be held.");
    page_number(out, "bodies_limit_bytes", (uint64_t) now->body_limit);
    page_state(out, now);
    if (now->has_quarantine) {
        page_single(out, "quarantined", "counter", "Refused requests put into quarantine.",
                    now->quarantined);
        page_single(out, "quarantine_dropped", "counter",
                    "Refused requests that the quarantine could not take.",
                    now->quarantine_dropped);
    }
}

void metrics_print(const struct metrics *metrics, const struct metrics_now *now, struct buf *out)
{
    page_begin(out);
    add_requests(out, metrics);
    add_histogram(out, "verify_seconds", "Time that verifying a whole request took.",
                  &metrics->verify);
    add_histogram(out, "commit_seconds", "Time that a commit of one or many deliveries took.",
                  &metrics->commit);
    page_single(out, "store_failures", "counter", "Commits that failed.",
                value_of(&metrics->failures));
    page_single(out, "reloads", "counter", "New configurations or secrets put in force.",
                metrics->reloads);
    page_single(out, "reload_failures", "counter", "New configurations or secrets refused.",
                metrics->reload_failures);
    page_single(out, "connections_refused", "counter",
                "Connections closed at once since their address had too many.",
                metrics->connections_refused);
    add_now(out, now);
    metrics_print_queues(now->queues, now->queue_count, out);
    page_end(out);
}
