/* SPDX-License-Identifier: MIT
 *
 * How fast discovering is: prints
 *
 *   space CANDIDATES SECONDS BARE_NS COMPLETE   a whole search that finds nothing, on all threads;
 *                                      BARE_NS is what a candidate's blocks cost, hashed one by one
 *   row NAME SECONDS FOUND             each built-in row from one delivery, with that row and all
 *                                      that sign the same hidden
 *
 * usage: discover THREADS
 */
#include "tests/bench/spent.h"
#include "tests/delivery.h"

#include <openssl/sha.h>
#include <pthread.h>

enum { THREADS_MAX = 64 };

/* One search by all threads: each has its share, and the first to find something ends it. */
struct race {
    hg_discovering options;
    bool over; /* atomic */
    hg_discovered *found[THREADS_MAX];
};

struct runner {
    struct race *race;
    size_t part;
};

static bool go_on(void *context, uint64_t tried, uint64_t order)
{
    (void) tried;
    (void) order;
    return !__atomic_load_n(&((struct race *) context)->over, __ATOMIC_RELAXED);
}

static void *run(void *argument)
{
    struct runner *runner = argument;
    hg_discovering options = runner->race->options;
    options.part = runner->part;
    options.progress = go_on;
    options.context = runner->race;
    delivery_need(hg_discover(&options, &runner->race->found[runner->part]) == HG_OK, "no search");
    if (runner->race->found[runner->part]->count > 0) {
        __atomic_store_n(&runner->race->over, true, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* Returns the seconds it took. */
static double search(struct race *race, size_t threads)
{
    pthread_t ids[THREADS_MAX];
    struct runner runners[THREADS_MAX];
    double from = now_s();
    race->options.parts = threads;
    for (size_t i = 0; i < threads; i++) {
        runners[i] = (struct runner){race, i};
        delivery_need(pthread_create(&ids[i], NULL, run, &runners[i]) == 0, "no thread");
    }
    for (size_t i = 0; i < threads; i++) {
        (void) pthread_join(ids[i], NULL);
    }
    return now_s() - from;
}

/* A candidate's blocks: those of a 1 KiB body behind a short text, and the outer ones. */
static double bare_ns(void)
{
    enum { CALLS = 200000, SIZE = DELIVERY_BODY + 2 * 64 };
    static unsigned char text[SIZE];
    unsigned char out[SHA256_DIGEST_LENGTH];
    double from = now_s();
    for (size_t i = 0; i < CALLS; i++) {
        text[0] = (unsigned char) i;
        (void) SHA256(text, SIZE, out);
    }
    return (now_s() - from) / CALLS * 1e9;
}

static void measure_space(size_t threads)
{
    struct delivery delivery;
    struct race race = {.over = false};
    uint64_t tried = 0;
    bool complete = true;
    const hg_scheme_spec *row = hg_scheme_builtin(0);
    for (size_t i = 0; strcmp(row->name, "webinone") != 0; i++) {
        row = hg_scheme_builtin(i);
    }
    delivery_make(row, "Order.OnCreate", "42", DELIVERY_NOW, &delivery);
    race.options = (hg_discovering){.requests = &delivery.request,
                                    .request_count = 1,
                                    .secret = hg_text("not the secret of it")};
    double bare = bare_ns();
    double took = search(&race, threads);
    for (size_t i = 0; i < threads; i++) {
        delivery_need(race.found[i]->count == 0, "found something that is not there");
        tried += race.found[i]->tried;
        complete = complete && race.found[i]->complete;
        hg_discovered_free(race.found[i]);
    }
    delivery_drop(&delivery);
    printf("space %llu %.3f %.1f %d\n", (unsigned long long) tried, took, bare, complete);
}

static void measure_row(const hg_scheme_spec *row, size_t threads)
{
    static struct delivery delivery;
    struct race race = {.over = false};
    bool found = false;
    delivery_make(row, "Order.OnCreate", "0190c8a2-0001", DELIVERY_NOW, &delivery);
    race.options = (hg_discovering){.requests = &delivery.request,
                                    .request_count = 1,
                                    .secret = hg_text(delivery.secret),
                                    .hidden = &row->name,
                                    .hidden_count = 1};
    double took = search(&race, threads);
    for (size_t i = 0; i < threads; i++) {
        found = found || race.found[i]->count > 0;
        hg_discovered_free(race.found[i]);
    }
    delivery_drop(&delivery);
    printf("row %s %.3f %d\n", row->name, took, found);
}

int main(int argc, char **argv)
{
    const hg_scheme_spec *row;
    long threads = argc == 2 ? strtol(argv[1], NULL, 10) : 0;
    delivery_need(threads > 0 && threads <= THREADS_MAX, "usage: discover THREADS");
    measure_space((size_t) threads);
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        measure_row(row, (size_t) threads);
    }
    return 0;
}
