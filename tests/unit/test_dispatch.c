/* SPDX-License-Identifier: MIT
 *
 * The threads that hand on: what a reload leaves of them, what memory they keep, and in which turn
 * many events come.
 */
#include "scratch_store.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "receiver/dispatch_lane.h"

#define NOW_MS INT64_C(1767225600000)
#define LIMIT_S 20      /* of a wait for something that comes at once */
#define TEMPT_US 100000 /* in which a thread could do what it must not; no right one needs it */

static const int any_number = -1;
static int threads_left = any_number; /* that can be started; then there are no more */

/* Stands before that of the system. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *),
                   void *context)
{
    union {
        void *found;
        int (*call)(pthread_t *, const pthread_attr_t *, void *(*) (void *), void *);
    } real = {dlsym(RTLD_NEXT, "pthread_create")};
    if (threads_left == 0) {
        (void) usleep(TEMPT_US);
        return EAGAIN;
    }
    threads_left -= threads_left > 0 ? 1 : 0;
    return real.call(thread, attributes, work, context);
}

/* ---- A receiver's inside --------------------------------------------------------------------- */

static struct receiver {
    struct store *store;
    struct writer *writer;
    struct log *log;
    struct config config;
    struct dispatch *dispatch;
    char script[SCRATCH_PATH_MAX], gate[SCRATCH_PATH_MAX], out[SCRATCH_PATH_MAX];
} receiver;

static struct delivery make(hg_str event, const hg_request *request)
{
    static int key;
    struct delivery delivery = {.endpoint = S("site"),
                                .event = event,
                                .received_ms = NOW_MS,
                                .key_len = sizeof(key),
                                .key_until_s = NOW_MS / 1000 + 660,
                                .queued = true,
                                .request = request};
    key++;
    memcpy(delivery.key, &key, sizeof(key));
    return delivery;
}

/* Commits a delivery of that body. */
static void add(hg_str body)
{
    struct fail fail = {0};
    const hg_request request = {.method = S("POST"), .url = S("/"), .body = body};
    struct delivery delivery = make(S("A.B"), &request);
    struct delivery *batch[] = {&delivery};
    assert_true(receiver.store->ops->commit(receiver.store, batch, 1, &fail));
}

#define EVENTS ((size_t) 400) /* more than a look at the queue takes in, and no multiple of it */

/* Commits a delivery of each of so many events; their rows follow each other, as do their names. */
static void add_events(void)
{
    static struct delivery made[EVENTS];
    static struct delivery *batch[EVENTS];
    static char names[EVENTS][8];
    struct fail fail = {0};
    const hg_request request = {.method = S("POST"), .url = S("/"), .body = S("{}")};
    for (size_t i = 0; i < EVENTS; i++) {
        (void) snprintf(names[i], sizeof(names[i]), "%04zu", i);
        made[i] = make(hg_text(names[i]), &request);
        batch[i] = &made[i];
    }
    assert_true(receiver.store->ops->commit(receiver.store, batch, EVENTS, &fail));
}

/* The program of a target waits for pass, and then writes its name. */
static void write_script(void)
{
    FILE *file = fopen(receiver.script, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\nread line < %s\necho $1 >> %s\n", receiver.gate,
                        receiver.out) > 0);
    assert_int_equal(fchmod(fileno(file), 0700), 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(mkfifo(receiver.gate, 0600), 0);
}

/* Lets one attempt end; waits for it to begin. */
static void pass(void)
{
    int gate = open(receiver.gate, O_WRONLY);
    assert_true(gate >= 0 && write(gate, "\n", 1) == 1);
    assert_int_equal(close(gate), 0);
}

static void add_target(const char *endpoint_name, const char *name, int64_t concurrency)
{
    struct endpoint *endpoint = &receiver.config.endpoints[receiver.config.endpoint_count++];
    target_init(&endpoint->target, TARGET_EXEC);
    endpoint->name = hg_text(endpoint_name);
    endpoint->target.argv[0] = receiver.script;
    endpoint->target.argv[1] = name;
    endpoint->target.concurrency = concurrency;
}

static void name_target(const char *name, int64_t concurrency)
{
    receiver.config.endpoint_count = 0;
    add_target("site", name, concurrency);
}

static int begin(void **state)
{
    if (scratch_store(state) != 0) {
        return -1;
    }
    scratch_path("script", receiver.script);
    scratch_path("gate", receiver.gate);
    scratch_path("out", receiver.out);
    write_script();
    receiver.store = open_store(file_spec);
    receiver.log = log_new(STDERR_FILENO, LOG_ERROR, false);
    memset(&receiver.config, 0, sizeof(receiver.config));
    receiver.config.store = file_spec;
    return 0;
}

/* What is in the store by now is handed on. */
static void serve(void)
{
    struct fail fail = {0};
    receiver.writer = writer_start(receiver.store, &fail);
    assert_non_null(receiver.writer);
    receiver.dispatch =
        dispatch_open(&receiver.config, receiver.store, receiver.writer, receiver.log, &fail);
    if (receiver.dispatch == NULL) {
        fail_msg("%s", fail.text);
    }
}

static int end(void **state)
{
    threads_left = any_number;
    dispatch_stop(receiver.dispatch);
    writer_stop(receiver.writer);
    dispatch_free(receiver.dispatch);
    store_close(receiver.store);
    log_free(receiver.log);
    return scratch_remove(state);
}

static bool renew(void)
{
    struct fail fail = {0};
    bool done = dispatch_renew(receiver.dispatch, &receiver.config, &fail);
    assert_int_equal(fail.exit_code, done ? EXIT_YES : EXIT_UNKNOWN);
    return done;
}

static void wait_for(bool (*holds)(void), const char *what)
{
    int64_t until_ms = clock_steady_ms() + LIMIT_S * 1000;
    while (!holds()) {
        if (clock_steady_ms() > until_ms) {
            fail_msg("%s: never", what);
        }
        (void) usleep(1000);
    }
}

static bool all_done(void)
{
    return ask("SELECT count(*) FROM queue") == 0 && dispatch_idle(receiver.dispatch);
}

static bool idle_but_waiting(void)
{
    return ask("SELECT count(*) FROM queue") == (int64_t) EVENTS - 1 &&
           dispatch_idle(receiver.dispatch);
}

static bool under_way(void)
{
    struct deliver_counts counts;
    return dispatch_counts(receiver.dispatch, S("site"), &counts) && counts.in_hand > 0;
}

static void written(const char *text)
{
    char got[80] = "";
    FILE *file = fopen(receiver.out, "r");
    assert_non_null(file);
    got[fread(got, 1, sizeof(got) - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_string_equal(got, text);
}

/* ---- Who may hand on ------------------------------------------------------------------------- */

/* Whether another receiver could take the only endpoint over now. */
static bool is_free(void)
{
    char path[SCRATCH_PATH_MAX];
    struct flock byte = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 1, .l_len = 1};
    scratch_path("inbox.db-lock", path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    bool could = fcntl(fd, F_OFD_SETLK, &byte) == 0;
    assert_int_equal(close(fd), 0);
    return could;
}

static void an_endpoint_without_a_target_is_given_up(void **state)
{
    (void) state;
    add(S("{}"));
    name_target("first", 3);
    serve();
    wait_for(under_way, "an attempt");
    receiver.config.endpoint_count = 0;
    assert_true(renew());
    assert_false(is_free()); /* the outcome is not known yet */
    pass();
    wait_for(is_free, "given up");
    assert_int_equal(ask("SELECT count(*) FROM handed"), 1);
}

static void a_new_target_is_no_giving_up(void **state)
{
    (void) state;
    add(S("{}"));
    name_target("first", 3);
    serve();
    wait_for(under_way, "an attempt");
    name_target("second", 1);
    assert_true(renew());
    pass();
    wait_for(all_done, "the attempt");
    assert_false(is_free());
    written("first\n");
}

/* ---- Threads --------------------------------------------------------------------------------- */

/* Neither half a lane is left, which nothing would ever make whole, nor none. */
static void too_few_threads_change_nothing(void **state)
{
    (void) state;
    add(S("{}"));
    name_target("first", 1);
    serve();
    wait_for(under_way, "an attempt");
    name_target("second", 3);
    threads_left = 2;
    assert_false(renew());
    assert_int_equal(threads_left, 0);
    pass();
    wait_for(all_done, "the attempt");
    assert_false(receiver.dispatch->lanes->draining);
    assert_null(receiver.dispatch->lanes->next);
    threads_left = any_number;
    assert_true(renew());
    assert_int_equal(receiver.dispatch->lanes->worker_count, 3);
    written("first\n");
}

/* Nothing may have been begun by the threads of an endpoint that could all be started, when those
 * of the next can't be: what they had in hand would be freed under the writer. */
static void too_few_threads_begin_nothing(void **state)
{
    struct fail fail = {0};
    (void) state;
    add(S("{}"));
    name_target("first", 1);
    add_target("other", "second", 2);
    receiver.writer = writer_start(receiver.store, &fail);
    assert_non_null(receiver.writer);
    threads_left = 2;
    receiver.dispatch =
        dispatch_open(&receiver.config, receiver.store, receiver.writer, receiver.log, &fail);
    assert_null(receiver.dispatch);
    assert_int_equal(fail.exit_code, EXIT_UNKNOWN);
    assert_int_equal(open(receiver.gate, O_WRONLY | O_NONBLOCK), -1); /* nobody reads it */
    assert_int_equal(ask("SELECT count(*) FROM queue WHERE attempts = 0"), 1);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

/* Bytes that the only thread keeps, once it has ended. */
static size_t kept_after(size_t size)
{
    char *body = calloc(1, size);
    assert_non_null(body);
    add((hg_str){body, size});
    free(body);
    name_target("first", 1);
    serve();
    pass();
    wait_for(all_done, "the attempt");
    dispatch_stop(receiver.dispatch);
    return receiver.dispatch->lanes->workers[0].parcel.room;
}

static void a_large_body_is_let_go(void **state)
{
    (void) state;
    assert_int_equal(kept_after((size_t) 1 << 20), 0);
}

static void memory_for_usual_bodies_is_kept(void **state)
{
    (void) state;
    assert_in_range(kept_after(1000), 1000, PARCEL_KEPT_MAX);
}

/* ---- Many events ----------------------------------------------------------------------------- */

/* One that can be tried comes last in the walk, behind all those that have to wait for an hour. */
static void events_that_wait_hold_up_none(void **state)
{
    char sql[200];
    (void) state;
    add_events();
    (void) snprintf(sql, sizeof(sql),
                    "UPDATE queue SET attempts = 1, tried_ms = %lld, due_ms = %lld WHERE event <> "
                    "'0399'",
                    (long long) clock_wall_ms(), (long long) clock_wall_ms() + 3600000);
    (void) ask(sql);
    name_target("first", 1);
    receiver.config.endpoints[0].target.order = TARGET_BY_EVENT;
    serve();
    pass();
    wait_for(idle_but_waiting, "the last of the events");
}

/* A lane whose threads have not begun. */
static struct lane *lane_by_event(void)
{
    name_target("first", 4);
    struct target *target = &receiver.config.endpoints[0].target;
    target->order = TARGET_BY_EVENT;
    struct lane *lane = lane_new(receiver.dispatch, S("site"), target, NULL);
    assert_non_null(lane);
    return lane;
}

/* One look takes so many, and the next one need not come soon. */
static void looks(size_t taken)
{
    serve();
    struct lane *lane = lane_by_event();
    int64_t begun_ms = clock_steady_ms();
    (void) pthread_mutex_lock(&lane->lock);
    lane_look(lane);
    assert_int_equal(lane->tickets, taken);
    assert_true(lane->look_ms >= begun_ms + 500);
    (void) pthread_mutex_unlock(&lane->lock);
    lane_free(lane);
}

/* A walk over few events ends where it began. */
static void few_events_are_seen_once(void **state)
{
    (void) state;
    add(S("{}"));
    add(S("{}")); /* of the same event */
    looks(1);
}

static void full_hands_wait(void **state)
{
    (void) state;
    add_events();
    looks(HANDS_MAX);
}

/* What a lane takes, a few at a time, as if they were handed on at once. */
static size_t hand_on(struct lane *lane, size_t most, int64_t *rows)
{
    size_t count = 0;
    char sql[80];
    (void) pthread_mutex_lock(&lane->lock);
    lane_look(lane);
    while (count < most) {
        struct hand *next = NULL;
        for (size_t i = 0; i < HANDS_MAX; i++) {
            struct hand *hand = &lane->hands[i];
            if (hand->state == HAND_READY && (next == NULL || hand->ticket < next->ticket)) {
                next = hand;
            }
        }
        if (next == NULL) {
            break;
        }
        next->state = HAND_SETTLED;
        rows[count++] = next->settlement.row;
        (void) snprintf(sql, sizeof(sql), "DELETE FROM queue WHERE delivery = %lld",
                        (long long) next->settlement.row);
        (void) ask(sql);
    }
    (void) pthread_mutex_unlock(&lane->lock);
    return count;
}

/* Each event has three deliveries: none has its second one before all have had their first. */
static void each_event_gets_its_turn(void **state)
{
    static int64_t rows[3 * EVENTS];
    (void) state;
    for (int i = 0; i < 3; i++) {
        add_events();
    }
    serve();
    struct lane *lane = lane_by_event();
    size_t count = 0, more;
    while ((more = hand_on(lane, 4, rows + count)) > 0) {
        count += more;
    }
    lane_free(lane);
    assert_int_equal(count, 3 * EVENTS);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(((size_t) rows[i] - 1) / EVENTS, i / EVENTS);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_endpoint_without_a_target_is_given_up, begin, end),
        cmocka_unit_test_setup_teardown(a_new_target_is_no_giving_up, begin, end),
        cmocka_unit_test_setup_teardown(too_few_threads_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(too_few_threads_begin_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_large_body_is_let_go, begin, end),
        cmocka_unit_test_setup_teardown(memory_for_usual_bodies_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(events_that_wait_hold_up_none, begin, end),
        cmocka_unit_test_setup_teardown(each_event_gets_its_turn, begin, end),
        cmocka_unit_test_setup_teardown(few_events_are_seen_once, begin, end),
        cmocka_unit_test_setup_teardown(full_hands_wait, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
