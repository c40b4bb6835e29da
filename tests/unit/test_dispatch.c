/* SPDX-License-Identifier: MIT
 *
 * What a reload leaves behind of handing on: who may hand on, which threads there are, how much
 * memory they keep.
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

/* Commits a delivery of that body. */
static void add(hg_str body)
{
    struct fail fail = {0};
    static int key;
    const hg_request request = {.method = S("POST"), .url = S("/"), .body = body};
    struct delivery delivery = {.endpoint = S("site"),
                                .event = S("A.B"),
                                .received_ms = NOW_MS,
                                .key_len = sizeof(key),
                                .key_until_s = NOW_MS / 1000 + 660,
                                .queued = true,
                                .request = &request};
    struct delivery *batch[] = {&delivery};
    key++;
    memcpy(delivery.key, &key, sizeof(key));
    assert_true(receiver.store->ops->commit(receiver.store, batch, 1, &fail));
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_endpoint_without_a_target_is_given_up, begin, end),
        cmocka_unit_test_setup_teardown(a_new_target_is_no_giving_up, begin, end),
        cmocka_unit_test_setup_teardown(too_few_threads_change_nothing, begin, end),
        cmocka_unit_test_setup_teardown(too_few_threads_begin_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_large_body_is_let_go, begin, end),
        cmocka_unit_test_setup_teardown(memory_for_usual_bodies_is_kept, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
