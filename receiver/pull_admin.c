/* SPDX-License-Identifier: MIT
 *
 * See pull_admin.h.
 */
#include "receiver/pull_admin.h"

#include "receiver/http.h"
#include "receiver/metrics.h"
#include "receiver/pull_queue.h"

/* ---- The figures ----------------------------------------------------------------------------- */

/* Asks the cluster what waits; the number of lanes that it answered for. A worker's own questions
 * do not tell: nobody answers them while nothing waits, and nobody when the consumer has no leader
 * or was deleted. After a question without an answer no other is asked: a page must come while
 * somebody still waits for it. */
static size_t ask(const struct pull_admin *admin, struct pull_queue queues[])
{
    size_t count = 0;
    while (count < admin->lane_count && stream_link_up(admin->link) &&
           pull_queue_read(admin->link, admin->lanes[count].endpoint, &queues[count])) {
        count++;
    }
    return count;
}

/* Whether it hands on. */
static const char *unready(void *context)
{
    const struct pull_admin *admin = context;
    struct pull_queue queues[CONFIG_ENDPOINTS_MAX];
    if (atomic_load(&admin->ending)) {
        return "draining";
    }
    return ask(admin, queues) == admin->lane_count ? NULL : "store";
}

static struct metrics_queue read_lane(const struct pull_lane *lane)
{
    return (struct metrics_queue){.endpoint = lane->endpoint->name,
                                  .waiting = METRICS_NONE,
                                  .oldest_s = METRICS_NONE,
                                  .in_hand = atomic_load(&lane->in_hand),
                                  .done = atomic_load(&lane->ends[TURN_DONE]),
                                  .later = atomic_load(&lane->ends[TURN_LATER]),
                                  .dead = atomic_load(&lane->ends[TURN_DEAD]),
                                  .stopped = atomic_load(&lane->ends[TURN_STOPPED]),
                                  .unknown = atomic_load(&lane->ends[TURN_UNKNOWN])};
}

/* METRICS_NONE: not known. */
static uint64_t age_of(const struct pull_admin *admin, const struct pull_lane *lane,
                       const struct pull_queue *queue)
{
    int64_t kept_s;
    if (!pull_queue_oldest(admin->link, lane->endpoint, queue, &kept_s)) {
        return METRICS_NONE;
    }
    int64_t age_s = clock_wall_ms() / 1000 - kept_s;
    return age_s > 0 ? (uint64_t) age_s : 0;
}

/* The queues that the cluster knows of are the first count lanes. */
static void add_queues(const struct pull_admin *admin, const struct pull_queue known[],
                       size_t count, struct metrics_queue queues[])
{
    bool answered = true;
    for (size_t i = 0; i < count; i++) {
        queues[i].waiting = known[i].waiting;
        if (known[i].waiting == 0) {
            queues[i].oldest_s = 0;
        } else if (answered) {
            queues[i].oldest_s = age_of(admin, &admin->lanes[i], &known[i]);
            answered = queues[i].oldest_s != METRICS_NONE;
        }
    }
}

static void metrics(void *context, struct buf *out)
{
    const struct pull_admin *admin = context;
    struct pull_queue known[CONFIG_ENDPOINTS_MAX];
    struct metrics_queue queues[CONFIG_ENDPOINTS_MAX];
    size_t count = ask(admin, known);
    struct metrics_now now = {.store_failing = count < admin->lane_count,
                              .draining = atomic_load(&admin->ending),
                              .queues = queues,
                              .queue_count = admin->lane_count};
    for (size_t i = 0; i < admin->lane_count; i++) {
        queues[i] = read_lane(&admin->lanes[i]);
    }
    add_queues(admin, known, count, queues);
    metrics_print_deliverer(&now, out);
}

/* ---- The listener ---------------------------------------------------------------------------- */

bool pull_admin_bind(struct pull_admin *admin, const struct config *config, struct fail *fail)
{
    struct passed passed;
    return !config->has_admin ||
           (passed_read(&passed, fail) &&
            listeners_open(&admin->listeners, &config->admin, &passed, fail) &&
            passed_all_taken(&passed, fail));
}

bool pull_admin_start(struct pull_admin *admin, struct log *log, struct fail *fail)
{
    admin->admin = (struct admin){unready, metrics, admin, log};
    for (size_t i = 0; i < admin->listeners.count; i++) {
        struct listener *listener = &admin->listeners.list[i];
        listener->daemon = admin_start(&admin->admin, listener->fd, true);
        listener->fd = -1; /* the library closes it, perhaps also when it fails */
        if (listener->daemon == NULL) {
            return fail_set(fail, EXIT_UNKNOWN, "can't start the HTTP server on %s", listener->url);
        }
    }
    return true;
}

void pull_admin_close(struct pull_admin *admin)
{
    for (size_t i = 0; i < admin->listeners.count; i++) {
        struct listener *listener = &admin->listeners.list[i];
        if (listener->daemon != NULL) {
            MHD_stop_daemon(listener->daemon);
        }
        listener_close(listener);
    }
    admin->listeners.count = 0;
}
