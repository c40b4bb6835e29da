/* SPDX-License-Identifier: MIT
 *
 * The log: forms, escaping, batches, and what happens when nobody takes them.
 */
#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

#define NOW_MS 1767225600999 /* 2026-01-01T00:00:00.999Z */
#define THREADS 4
#define LINES_A_THREAD 2000

static const char line[] = "2026-01-01T00:00:00Z info event\n";

/* A log that writes to a file without a name, and what it has written. */
struct probe {
    int fd;
    struct log *log;
    char text[8 * LOG_BATCH_MAX];
};

static void open_probe(struct probe *probe, enum log_level level, bool json)
{
    char path[] = "/tmp/hookgauge-test-XXXXXX";
    probe->fd = mkstemp(path);
    assert_true(probe->fd >= 0);
    assert_int_equal(unlink(path), 0);
    probe->log = log_new(probe->fd, level, json);
    assert_non_null(probe->log);
}

static const char *written(struct probe *probe)
{
    ssize_t got = pread(probe->fd, probe->text, sizeof probe->text - 1, 0);
    assert_true(got >= 0);
    probe->text[got] = '\0';
    return probe->text;
}

static void close_probe(struct probe *probe)
{
    log_free(probe->log);
    assert_int_equal(close(probe->fd), 0);
}

/* Sends what the log writes to another file; returns a descriptor to go back with. */
static int divert(struct probe *probe, const char *path)
{
    int kept = dup(probe->fd);
    int other = open(path, O_WRONLY | O_CLOEXEC);
    assert_true(kept >= 0 && other >= 0);
    assert_true(dup2(other, probe->fd) >= 0);
    assert_int_equal(close(other), 0);
    return kept;
}

static void restore(struct probe *probe, int kept)
{
    assert_true(dup2(kept, probe->fd) >= 0);
    assert_int_equal(close(kept), 0);
}

static void add(struct probe *probe, const char *event)
{
    log_add(probe->log, LOG_INFO, NOW_MS, event, NULL, 0);
}

static struct probe probe; /* large: not on a stack */

static void text_form(void **state)
{
    (void) state;
    static const struct {
        hg_str value;
        const char *shown;
    } rows[] = {
        {{"ok", 2}, "ok"},
        {{"/a?b&c", 6}, "/a?b&c"},
        {{"", 0}, "\"\""},
        {{"a b", 3}, "\"a b\""},
        {{"a=b", 3}, "\"a=b\""},
        {{"\"\\", 2}, "\"\\\"\\\\\""},
        {{"a\nb", 3}, "\"a\\x0ab\""},
        {{"a\0b", 3}, "\"a\\x00b\""},
        {{"\x1b\x7f\xc3\xa9", 4}, "\"\\x1b\\x7f\\xc3\\xa9\""},
    };
    open_probe(&probe, LOG_INFO, false);
    char expected[4096] = "";
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct log_field fields[] = {LOG_TEXT("status", rows[i].value), LOG_NUMBER("ms", -7)};
        size_t used = strlen(expected);
        log_add(probe.log, LOG_WARN, NOW_MS, "request", fields, COUNT(fields));
        (void) snprintf(expected + used, sizeof expected - used,
                        "2026-01-01T00:00:00Z warn request status=%s ms=-7\n", rows[i].shown);
    }
    assert_string_equal(written(&probe), "");
    assert_int_equal(log_waiting(probe.log), strlen(expected));
    log_flush(probe.log);
    assert_int_equal(log_waiting(probe.log), 0);
    assert_string_equal(written(&probe), expected);
    close_probe(&probe);
}

/* Of all bytes those stand bare that a reader can't take for an end or a mark. */
static void bare_bytes(void **state)
{
    (void) state;
    for (unsigned byte = 0; byte < 256; byte++) {
        bool bare = byte > ' ' && byte < 0x7f && strchr("\"\\=", (int) byte) == NULL;
        char text[] = {'x', (char) byte, 'y'};
        struct log_field field = LOG_TEXT("status", ((hg_str){text, sizeof(text)}));
        open_probe(&probe, LOG_INFO, false);
        log_add(probe.log, LOG_WARN, NOW_MS, "request", &field, 1);
        log_flush(probe.log);
        const char *value = strstr(written(&probe), "status=");
        assert_non_null(value);
        assert_int_equal(value[7] != '"', bare);
        close_probe(&probe);
    }
}

static void json_form(void **state)
{
    (void) state;
    struct log_field fields[] = {LOG_TEXT("path", S("/\"\n\xff")), LOG_NUMBER("ms", 1)};
    open_probe(&probe, LOG_INFO, true);
    log_add(probe.log, LOG_ERROR, NOW_MS, "request", fields, COUNT(fields));
    log_flush(probe.log);
    assert_string_equal(
        written(&probe),
        "{\"time\":\"2026-01-01T00:00:00Z\",\"level\":\"error\",\"event\":\"request\","
        "\"path\":\"/\\\"\\n\xef\xbf\xbd\",\"ms\":1}\n");
    close_probe(&probe);
}

static void levels(void **state)
{
    (void) state;
    static const char *const names[] = {"error", "warn", "info", "debug"};
    for (size_t i = 0; i < COUNT(names); i++) {
        assert_int_equal(log_level_find(names[i]), LOG_ERROR + i);
    }
    assert_int_equal(log_level_find("loud"), 0);
    assert_int_equal(log_level_find(""), 0);
    open_probe(&probe, LOG_WARN, false);
    assert_true(log_wants(probe.log, LOG_WARN));
    assert_false(log_wants(probe.log, LOG_INFO));
    add(&probe, "quiet");
    log_add(probe.log, LOG_WARN, NOW_MS, "loud", NULL, 0);
    log_flush(probe.log);
    assert_string_equal(written(&probe), "2026-01-01T00:00:00Z warn loud\n");
    close_probe(&probe);
}

static void times_change(void **state)
{
    (void) state;
    open_probe(&probe, LOG_INFO, false);
    log_add(probe.log, LOG_INFO, 0, "a", NULL, 0);
    log_add(probe.log, LOG_INFO, 1000, "b", NULL, 0);
    log_flush(probe.log);
    assert_string_equal(written(&probe),
                        "1970-01-01T00:00:00Z info a\n1970-01-01T00:00:01Z info b\n");
    close_probe(&probe);
}

static void a_full_batch_leaves_early(void **state)
{
    (void) state;
    open_probe(&probe, LOG_INFO, false);
    for (size_t size = 0; size + sizeof line - 1 < LOG_BATCH_MAX; size += sizeof line - 1) {
        add(&probe, "event");
    }
    assert_string_equal(written(&probe), "");
    add(&probe, "event");
    assert_true(strlen(written(&probe)) >= LOG_BATCH_MAX);
    close_probe(&probe);
}

static void freeing_flushes(void **state)
{
    (void) state;
    open_probe(&probe, LOG_INFO, false);
    add(&probe, "last");
    log_free(probe.log);
    assert_string_equal(written(&probe), "2026-01-01T00:00:00Z info last\n");
    assert_int_equal(close(probe.fd), 0);
    log_free(NULL);
}

static void a_failed_write_is_told(void **state)
{
    (void) state;
    open_probe(&probe, LOG_INFO, false);
    int kept = divert(&probe, "/dev/full");
    add(&probe, "lost");
    add(&probe, "lost");
    log_flush(probe.log);
    add(&probe, "lost"); /* its batch begins with the first note, and is lost with it */
    log_flush(probe.log);
    restore(&probe, kept);
    add(&probe, "found");
    log_flush(probe.log);
    assert_string_equal(written(&probe), "2026-01-01T00:00:00Z warn log_dropped lines=3\n"
                                         "2026-01-01T00:00:00Z info found\n");
    add(&probe, "found");
    log_flush(probe.log); /* told once */
    assert_null(strstr(written(&probe) + 46, "dropped"));
    close_probe(&probe);
}

static void a_loss_is_told_at_the_end(void **state)
{
    (void) state;
    open_probe(&probe, LOG_INFO, false);
    int kept = divert(&probe, "/dev/full");
    add(&probe, "lost");
    log_flush(probe.log);
    restore(&probe, kept);
    log_free(probe.log);
    assert_string_equal(written(&probe), "2026-01-01T00:00:00Z warn log_dropped lines=1\n");
    assert_int_equal(close(probe.fd), 0);
}

/* A pipe that has room for a part of a batch gets the rest later, and nothing twice. */
static void a_full_pipe_is_resumed(void **state)
{
    (void) state;
    int ends[2];
    static char got[2 * LOG_BATCH_MAX];
    assert_int_equal(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 0);
    struct log *log = log_new(ends[1], LOG_INFO, false);
    assert_non_null(log);
    for (int i = 0; i < 200; i++) { /* 32 bytes each: 128 whole lines fit */
        log_add(log, LOG_INFO, NOW_MS, i % 2 != 0 ? "event" : "eventful", NULL, 0);
    }
    log_flush(log);
    size_t size = 0;
    ssize_t more = read(ends[0], got, sizeof got);
    assert_true(more > 0 && got[more - 1] != '\n');
    log_add(log, LOG_INFO, NOW_MS, "after", NULL, 0);
    while (more > 0) {
        size += (size_t) more;
        log_flush(log);
        more = read(ends[0], got + size, sizeof got - size - 1);
    }
    got[size] = '\0';
    unsigned lines = 0;
    for (const char *at = got; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, 201);
    assert_null(strstr(got, "log_dropped"));
    assert_non_null(strstr(got, "info after\n"));
    log_free(log);
    assert_int_equal(close(ends[0]) | close(ends[1]), 0);
}

/* A file that fails within a line, as on a full disk: the torn line is ended before the next batch,
 * and the note counts it as lost. */
static void a_torn_line_is_ended(void **state)
{
    (void) state;
    struct rlimit kept, small;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &kept), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    open_probe(&probe, LOG_INFO, false);
    add(&probe, "one");
    add(&probe, "two");
    small = kept;
    small.rlim_cur = 40; /* the first line has 30 bytes */
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    log_flush(probe.log);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &kept), 0);
    add(&probe, "three");
    log_flush(probe.log);
    assert_string_equal(written(&probe), "2026-01-01T00:00:00Z info one\n"
                                         "2026-01-01\n"
                                         "2026-01-01T00:00:00Z warn log_dropped lines=1\n"
                                         "2026-01-01T00:00:00Z info three\n");
    signal(SIGXFSZ, handler);
    close_probe(&probe);
}

/* Nobody reads, not even at the end: freeing does not wait for ever. */
static void a_reader_that_is_gone_for_good(void **state)
{
    (void) state;
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 0);
    struct log *log = log_new(ends[1], LOG_INFO, false);
    assert_non_null(log);
    for (int i = 0; i < 1000; i++) {
        log_add(log, LOG_INFO, NOW_MS, "event", NULL, 0);
    }
    log_flush(log); /* returns although the pipe is full and blocking */
    log_free(log);
    assert_int_equal(close(ends[0]) | close(ends[1]), 0);
}

static void an_endless_line_is_dropped(void **state)
{
    (void) state;
    static char huge[5 * LOG_BATCH_MAX];
    memset(huge, 'x', sizeof huge);
    struct log_field field = LOG_TEXT("huge", ((hg_str){huge, sizeof huge}));
    open_probe(&probe, LOG_INFO, false);
    add(&probe, "before");
    log_add(probe.log, LOG_INFO, NOW_MS, "huge", &field, 1);
    add(&probe, "after");
    log_flush(probe.log);
    assert_string_equal(written(&probe), "2026-01-01T00:00:00Z info before\n"
                                         "2026-01-01T00:00:00Z info after\n");
    add(&probe, "next");
    log_flush(probe.log);
    assert_non_null(strstr(written(&probe), "warn log_dropped lines=1\n"));
    close_probe(&probe);
}

/* Counts the whole lines of a log, and those that its notes say were lost. */
static unsigned count_lines(const char *at)
{
    unsigned lines = 0;
    while (*at != '\0') {
        unsigned lost = 0;
        if (sscanf(at, "2026-01-01T00:00:00Z warn log_dropped lines=%u\n", &lost) == 1) {
            lines += lost;
        } else {
            assert_memory_equal(at, line, sizeof line - 1);
            lines++;
        }
        at = strchr(at, '\n') + 1;
    }
    return lines;
}

static void *flush(void *closure)
{
    log_flush(closure);
    return NULL;
}

struct drain {
    int fd;
    size_t size;
    char text[8 * LOG_BATCH_MAX];
};

static void *read_all(void *closure)
{
    struct drain *drain = closure;
    ssize_t got;
    while ((got = read(drain->fd, drain->text + drain->size,
                       sizeof drain->text - 1 - drain->size)) > 0) {
        drain->size += (size_t) got;
    }
    return NULL;
}

/* While the pipe is full, threads neither wait nor take memory without end. */
static void a_slow_reader_holds_nobody_up(void **state)
{
    (void) state;
    static struct drain drain;
    pthread_t writer, reader;
    int ends[2], waiting = 0;
    unsigned sent = 0;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    int room = fcntl(ends[1], F_SETPIPE_SZ, 4096);
    struct log *log = log_new(ends[1], LOG_INFO, false);
    assert_true(room > 0 && log != NULL);
    for (; sent < 1000; sent++) {
        log_add(log, LOG_INFO, NOW_MS, "event", NULL, 0);
    }
    assert_int_equal(pthread_create(&writer, NULL, flush, log), 0);
    while (waiting < room) { /* until the pipe is full: the writer has left the rest */
        assert_int_equal(ioctl(ends[0], FIONREAD, &waiting), 0);
    }
    for (; sent < 20000; sent++) {
        log_add(log, LOG_INFO, NOW_MS, "event", NULL, 0);
    }
    log_flush(log); /* leaves it to the writer */
    drain.fd = ends[0];
    assert_int_equal(pthread_create(&reader, NULL, read_all, &drain), 0);
    assert_int_equal(pthread_join(writer, NULL), 0);
    log_free(log);
    assert_int_equal(close(ends[1]), 0);
    assert_int_equal(pthread_join(reader, NULL), 0);
    assert_int_equal(close(ends[0]), 0);
    assert_non_null(strstr(drain.text, "log_dropped"));
    assert_int_equal(count_lines(drain.text), sent);
}

static void *add_many(void *closure)
{
    for (int i = 0; i < LINES_A_THREAD; i++) {
        add(closure, "event");
        if (i % 50 == 0) {
            log_flush(((struct probe *) closure)->log);
        }
    }
    return NULL;
}

/* Every line arrives whole, or is counted. */
static void threads_share_a_log(void **state)
{
    (void) state;
    pthread_t threads[THREADS];
    open_probe(&probe, LOG_INFO, false);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, add_many, &probe), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    log_flush(probe.log);
    assert_int_equal(count_lines(written(&probe)), THREADS * LINES_A_THREAD);
    close_probe(&probe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_form),
        cmocka_unit_test(bare_bytes),
        cmocka_unit_test(json_form),
        cmocka_unit_test(levels),
        cmocka_unit_test(times_change),
        cmocka_unit_test(a_full_batch_leaves_early),
        cmocka_unit_test(freeing_flushes),
        cmocka_unit_test(a_failed_write_is_told),
        cmocka_unit_test(a_loss_is_told_at_the_end),
        cmocka_unit_test(a_full_pipe_is_resumed),
        cmocka_unit_test(a_torn_line_is_ended),
        cmocka_unit_test(a_reader_that_is_gone_for_good),
        cmocka_unit_test(an_endless_line_is_dropped),
        cmocka_unit_test(a_slow_reader_holds_nobody_up),
        cmocka_unit_test(threads_share_a_log),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
