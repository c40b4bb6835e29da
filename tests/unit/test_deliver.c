/* SPDX-License-Identifier: MIT
 *
 * One attempt to hand a delivery on: which headers go on, what is added, how answers and exits are
 * judged, how long is waited.
 */
#include "scratch.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "receiver/deliver_parts.h"

static const struct stop_flag never;

static const hg_header plain[] = {{{"Content-Type", 12}, {"application/json", 16}}};

static hg_request request_of(const hg_header *headers, size_t count, hg_str body)
{
    return (hg_request){.method = S("POST"),
                        .url = S("/hook?a=1%2F"),
                        .headers = headers,
                        .header_count = count,
                        .body = body};
}

static struct delivery delivery_of(const hg_request *request)
{
    return (struct delivery){.endpoint = S("site"),
                             .event = S("Order.OnCreate"),
                             .id = S("msg_1"),
                             .event_signed = true,
                             .id_signed = true,
                             .key_label = S("main"),
                             .received_ms = INT64_C(1767225600250),
                             .row = 42,
                             .request = request};
}

/* ---- Headers --------------------------------------------------------------------------------- */

static const struct {
    const char *what; /* the name */
    bool goes_on;
} names[] = {
    {"Content-Type", true},
    {"X-Webhook-Signature", true},
    {"Accept", true},
    {"Authorization", true},
    {"X-Hookgaug", true},
    {"My-X-Hookgauge-Id", true},
    {"Connections", true},
    {"Other-Named", true},
    {"Hosts", true},
    {"Connection", false},
    {"keep-alive", false},
    {"TE", false},
    {"Trailer", false},
    {"Upgrade", false},
    {"Transfer-Encoding", false},
    {"Proxy-Connection", false},
    {"Proxy-Authorization", false},
    {"Proxy-Authenticate", false},
    {"Host", false},
    {"CONTENT-LENGTH", false},
    {"Expect", false},
    {"X-Hookgauge-Event", false},
    {"x-hookgauge-", false},
    {"X_Hookgauge_Event", false},
    {"X-HOOKGAUGE_ID", false},
    {"X.Hookgauge.Event", false},
    {"X-Hookgauge!Key", false},
    {"X1Hookgauge-Key", true},
    {"Named", false},
    {"x-also", false},
    {"a_b", false},
    {"A-B", false},
    {"Content_Length", false},
};

static void headers_of_one_connection_stay_behind(void **state)
{
    (void) state;
    const hg_header headers[] = {{S("Connection"), S("close, Named")},
                                 {S("connection"), S("X-Also ,\tother, a_b")}};
    const hg_request request = request_of(headers, 2, S(""));
    for (size_t i = 0; i < COUNT(names); i++) {
        hg_str name = exact(hg_text(names[i].what));
        if (header_goes_on(&request, name) != names[i].goes_on) {
            fail_msg("%s: %s", names[i].what, names[i].goes_on ? "is kept back" : "goes on");
        }
        drop(name);
    }
    const hg_request bare = request_of(plain, 1, S(""));
    assert_true(header_goes_on(&bare, S("Named")));
    assert_true(header_goes_on(&bare, S("X-Also")));
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static void facts_are_told(void **state)
{
    (void) state;
    static const char *const values[FACT_COUNT] = {"42",
                                                   "3",
                                                   "site",
                                                   "Order.OnCreate",
                                                   "msg_1",
                                                   "main",
                                                   "2026-01-01T00:00:00.250Z",
                                                   "POST",
                                                   "/hook?a=1%2F"};
    const hg_request request = request_of(plain, 1, S("{}"));
    const struct delivery delivery = delivery_of(&request);
    struct facts facts;
    struct buf text;
    buf_init(&text, FACTS_TEXT_MAX);
    assert_true(facts_make(&delivery, 3, &text, &facts));
    for (size_t i = 0; i < FACT_COUNT; i++) {
        assert_true(same(facts.values[i], hg_text(values[i])));
    }
    assert_true(same(facts.names[FACT_EVENT], S("Event")));
    assert_true(same(facts.names[FACT_ID], S("Id")));
    buf_free(&text);
}

/* A program that reads the plain names trusts no claim. */
static void claims_have_other_names(void **state)
{
    (void) state;
    const hg_request request = request_of(plain, 1, S("{}"));
    struct delivery delivery = delivery_of(&request);
    struct facts facts;
    struct buf text;
    buf_init(&text, FACTS_TEXT_MAX);
    delivery.event_signed = delivery.id_signed = false;
    delivery.event = S("a\r\nb%\x7f\xc3\xa9");
    delivery.id = S("");
    assert_true(facts_make(&delivery, 1, &text, &facts));
    assert_true(same(facts.names[FACT_EVENT], S("Unsigned-Event")));
    assert_true(same(facts.names[FACT_ID], S("Unsigned-Id")));
    assert_true(same(facts.values[FACT_EVENT], S("a%0D%0Ab%25%7F\xc3\xa9")));
    assert_null(facts.values[FACT_ID].ptr);
    buf_free(&text);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

static void waits_grow_to_their_ceiling(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        int64_t attempt;
        double random;
        long retry_after;
        int64_t wait_ms;
    } rows[] = {
        {"first", 1, 1, -1, 1000},
        {"jitter is full", 1, 0, -1, 0},
        {"half", 3, 0.5, -1, 2000},
        {"doubled", 4, 1, -1, 8000},
        {"capped", 5, 1, -1, 10000},
        {"far", INT64_MAX, 1, -1, 10000},
        {"asked for", 1, 0, 5, 5000},
        {"asked for less", 4, 1, 5, 8000},
        {"asked for too much", 1, 0, 1000000000L, 10000},
        {"asked for none", 1, 0, 0, 0},
    };
    struct target target;
    target_init(&target, TARGET_HTTP);
    target.most_delay_ms = 10000;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t wait =
            target_wait_ms(&target, rows[i].attempt, rows[i].random, rows[i].retry_after);
        HOLDS(wait == rows[i].wait_ms, i);
    }
    target_release(&target);
}

static void urls_are_checked(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        bool good;
    } rows[] = {
        {"http://127.0.0.1:3000/hook", true},
        {"HTTPS://app?x=a@b", true},
        {"http://a/b@c", true},
        {"http://", false},
        {"http:///x", false},
        {"https://?x", false},
        {"ftp://a/", false},
        {"/hook", false},
        {"", false},
        {"http://user:pass@a/", false},
        {"http://a/ b", false},
        {"http://a/#f", false},
        {"http://a\\b/", false},
        {"http://a/\xc3\xa9", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fail fail = {0};
        hg_str url = exact(hg_text(rows[i].what));
        HOLDS(target_check_url(url, &fail) == rows[i].good, i);
        HOLDS((fail.exit_code == EXIT_USAGE) == !rows[i].good, i);
        HOLDS(strstr(fail.text, "pass") == NULL, i);
        drop(url);
    }
}

/* ---- Programs -------------------------------------------------------------------------------- */

static char script[SCRATCH_PATH_MAX], out[SCRATCH_PATH_MAX];

static int begin(void **state)
{
    if (scratch_make(state) != 0 || !transport_init()) {
        return -1;
    }
    scratch_path("handler", script);
    scratch_path("out", out);
    return 0;
}

static int end(void **state)
{
    transport_cleanup();
    return scratch_remove(state);
}

static void write_script(const char *text)
{
    FILE *file = fopen(script, "w");
    assert_non_null(file);
    assert_true(fprintf(file, "#!/bin/sh\n%s\n", text) > 0);
    assert_int_equal(fchmod(fileno(file), 0700), 0);
    assert_int_equal(fclose(file), 0);
}

static struct outcome attempt(const struct target *target, const hg_request *request,
                              const struct stop_flag *stop)
{
    struct delivery delivery = delivery_of(request);
    struct deliverer *deliverer = deliverer_new(stop);
    assert_non_null(deliverer);
    struct outcome outcome = deliver_attempt(deliverer, target, &delivery, 2);
    deliverer_free(deliverer);
    return outcome;
}

static struct target program(void)
{
    struct target target;
    target_init(&target, TARGET_EXEC);
    target.argv[0] = script;
    target.argv[1] = "a word; $(x)";
    return target;
}

static struct outcome run_script(const char *text, hg_str body)
{
    struct target target = program();
    const hg_request request = request_of(plain, 1, body);
    write_script(text);
    return attempt(&target, &request, &never);
}

static void exits_are_judged(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        enum outcome_kind kind;
        int status, signal;
    } rows[] = {
        {"exit 0", OUTCOME_DONE, 0, 0},      {"exit 75", OUTCOME_LATER, 75, 0},
        {"exit 1", OUTCOME_LATER, 1, 0},     {"exit 65", OUTCOME_DEAD, 65, 0},
        {"kill -9 $$", OUTCOME_LATER, 0, 9}, {"kill -TERM $$", OUTCOME_LATER, 0, 15},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct outcome outcome = run_script(rows[i].what, S("{}"));
        HOLDS(outcome.kind == rows[i].kind, i);
        HOLDS(outcome.status == rows[i].status && outcome.signal == rows[i].signal, i);
    }
}

static void what_can_not_start_is_tried_later(void **state)
{
    (void) state;
    struct target target = program();
    const hg_request request = request_of(plain, 1, S("{}"));
    target.argv[0] = "/nowhere/at/all";
    struct outcome outcome = attempt(&target, &request, &never);
    assert_int_equal(outcome.kind, OUTCOME_LATER);
    assert_non_null(strstr(outcome.text, "can't be started"));
}

/* The script writes what it was given; the caller reads it. */
static char *told(const char *what, hg_str body)
{
    static char text[8192];
    char line[256];
    (void) snprintf(line, sizeof(line), "%s > %s", what, out);
    struct outcome outcome = run_script(line, body);
    assert_int_equal(outcome.kind, OUTCOME_DONE);
    FILE *file = fopen(out, "r");
    assert_non_null(file);
    size_t got = fread(text, 1, sizeof(text) - 1, file);
    text[got] = '\0';
    (void) fclose(file);
    return text;
}

static void a_program_gets_the_body_and_its_words(void **state)
{
    (void) state;
    assert_string_equal(told("od -An -tx1 | tr -d ' \\n'", S("a\0\xff\n")), "6100ff0a");
    assert_string_equal(told("wc -c | tr -d ' \\n'", S("")), "0");
    assert_string_equal(told("printf '%s|' \"$#\" \"$1\"", S("")), "1|a word; $(x)|");
}

/* Secrets of the receiver are no business of the program, unless they are named. */
static void the_environment_is_made_anew(void **state)
{
    (void) state;
    struct target target = program();
    const hg_request request = request_of(plain, 1, S("{}"));
    assert_int_equal(setenv("HOOKGAUGE_TEST_SECRET", "hunter2", 1), 0);
    assert_int_equal(setenv("HANDLER_DB", "db1", 1), 0);
    const char *text = told("env", S("{}"));
    assert_null(strstr(text, "hunter2"));
    assert_null(strstr(text, "HANDLER_DB"));
    assert_non_null(strstr(text, "PATH="));
    assert_non_null(strstr(text, "HOOKGAUGE_EVENT=Order.OnCreate\n"));
    assert_non_null(strstr(text, "HOOKGAUGE_DELIVERY=42\n"));
    assert_non_null(strstr(text, "HOOKGAUGE_ATTEMPT=2\n"));
    assert_non_null(strstr(text, "HOOKGAUGE_HEADERS=Content-Type: application/json\n"));
    target.env[0] = "HANDLER_DB";
    char line[128];
    (void) snprintf(line, sizeof(line), "test \"$HANDLER_DB\" = db1");
    write_script(line);
    assert_int_equal(attempt(&target, &request, &never).kind, OUTCOME_DONE);
}

static void descriptors_are_closed(void **state)
{
    (void) state;
    int open_one = open("/dev/null", O_RDONLY);
    assert_true(open_one > 2);
    assert_string_equal(told("{ ls /proc/self/fd | grep -c '^[4-9]\\|^[1-9][0-9]'; true; }", S("")),
                        "0\n");
    (void) close(open_one);
}

/* Also what it has started: a child that keeps the file open would keep the lock. */
static void a_slow_program_is_ended_with_its_group(void **state)
{
    (void) state;
    struct target target = program();
    const hg_request request = request_of(plain, 1, S("{}"));
    char line[256];
    (void) snprintf(line, sizeof(line), "trap '' TERM\nsleep 60 &\necho $! > %s\nwait\nsleep 60",
                    out);
    write_script(line);
    target.timeout_ms = 300;
    struct outcome outcome = attempt(&target, &request, &never);
    assert_int_equal(outcome.kind, OUTCOME_LATER);
    assert_string_equal(outcome.text, "took too long");
    FILE *file = fopen(out, "r");
    char number[32] = "";
    assert_non_null(file);
    assert_non_null(fgets(number, sizeof(number), file));
    (void) fclose(file);
    long pid = strtol(number, NULL, 10);
    assert_true(pid > 1);
    for (int i = 0; i < 500 && kill((pid_t) pid, 0) == 0; i++) {
        char state_path[64];
        char line_of[256] = "";
        (void) snprintf(state_path, sizeof(state_path), "/proc/%ld/stat", pid);
        FILE *stat_file = fopen(state_path, "r");
        if (stat_file == NULL || fgets(line_of, sizeof(line_of), stat_file) == NULL ||
            strstr(line_of, ") Z ") != NULL) { /* a zombie nobody reaps here has ended too */
            if (stat_file != NULL) {
                (void) fclose(stat_file);
            }
            return;
        }
        (void) fclose(stat_file);
        (void) usleep(10000);
    }
    assert_int_not_equal(kill((pid_t) pid, 0), 0);
}

static void a_stop_does_not_count(void **state)
{
    (void) state;
    static const struct stop_flag stop = {1};
    struct target target = program();
    const hg_request request = request_of(plain, 1, S("{}"));
    write_script("sleep 60");
    assert_int_equal(attempt(&target, &request, &stop).kind, OUTCOME_STOPPED);
}

/* ---- HTTP ------------------------------------------------------------------------------------ */

struct peer {
    int listener;
    const char *answer;
    char got[8192];
    pthread_t thread;
    char url[64];
};

/* Takes one request and answers it. */
static void *serve(void *context)
{
    struct peer *peer = context;
    size_t len = 0;
    int fd = accept(peer->listener, NULL, NULL);
    while (fd >= 0 && len < sizeof(peer->got) - 1) {
        ssize_t some = read(fd, peer->got + len, sizeof(peer->got) - 1 - len);
        if (some <= 0) {
            break;
        }
        len += (size_t) some;
        peer->got[len] = '\0';
        const char *end = strstr(peer->got, "\r\n\r\n");
        const char *length = strstr(peer->got, "Content-Length: ");
        if (end != NULL && length != NULL &&
            len >= (size_t) (end + 4 - peer->got) + (size_t) strtol(length + 16, NULL, 10)) {
            (void) !write(fd, peer->answer, strlen(peer->answer));
            break;
        }
    }
    (void) close(fd);
    return NULL;
}

static void open_peer(struct peer *peer, const char *answer)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof(address);
    memset(peer, 0, sizeof(*peer));
    peer->answer = answer;
    peer->listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(peer->listener, (struct sockaddr *) &address, size), 0);
    assert_int_equal(listen(peer->listener, 4), 0);
    assert_int_equal(getsockname(peer->listener, (struct sockaddr *) &address, &size), 0);
    (void) snprintf(peer->url, sizeof(peer->url), "http://127.0.0.1:%d/in?t=tok",
                    ntohs(address.sin_port));
    assert_int_equal(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

static struct outcome post(struct peer *peer, struct target *target, const hg_request *request)
{
    assert_true(buf_add_text(&target->url, peer->url));
    struct outcome outcome = attempt(target, request, &never);
    (void) pthread_join(peer->thread, NULL);
    (void) close(peer->listener);
    return outcome;
}

static void answers_are_judged(void **state)
{
    (void) state;
    static const struct {
        const char *what;
        enum outcome_kind kind;
        int status;
        long retry_after;
    } rows[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", OUTCOME_DONE, 200, -1},
        {"HTTP/1.1 299 Ok\r\nContent-Length: 0\r\n\r\n", OUTCOME_DONE, 299, -1},
        {"HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", OUTCOME_LATER, 302, -1},
        {"HTTP/1.1 400 B\r\nContent-Length: 0\r\n\r\n", OUTCOME_LATER, 400, -1},
        {"HTTP/1.1 410 G\r\nContent-Length: 0\r\n\r\n", OUTCOME_DEAD, 410, -1},
        {"HTTP/1.1 503 U\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", OUTCOME_LATER, 503, 7},
        {"no HTTP at all\r\n\r\n", OUTCOME_LATER, 0, -1},
        {"", OUTCOME_LATER, 0, -1},
    };
    const hg_request request = request_of(plain, 1, S("{}"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct peer peer;
        struct target target;
        open_peer(&peer, rows[i].what);
        target_init(&target, TARGET_HTTP);
        struct outcome outcome = post(&peer, &target, &request);
        HOLDS(outcome.kind == rows[i].kind && outcome.status == rows[i].status, i);
        HOLDS(outcome.retry_after_s == rows[i].retry_after, i);
        HOLDS(strstr(outcome.text, "tok") == NULL, i);
        target_release(&target);
    }
}

static void a_target_may_name_other_ends(void **state)
{
    (void) state;
    const hg_request request = request_of(plain, 1, S("{}"));
    struct peer peer;
    struct target target;
    open_peer(&peer, "HTTP/1.1 422 U\r\nContent-Length: 0\r\n\r\n");
    target_init(&target, TARGET_HTTP);
    target.dead[0] = 422;
    assert_int_equal(post(&peer, &target, &request).kind, OUTCOME_DEAD);
    target_release(&target);
}

static void the_request_is_what_came_in(void **state)
{
    (void) state;
    const hg_header headers[] = {{S("Content-Type"), S("text/x")},
                                 {S("X-Twice"), S("1")},
                                 {S("X-Twice"), S("2")},
                                 {S("Authorization"), S("Basic theirs")},
                                 {S("X-Hookgauge-Event"), S("forged")},
                                 {S("Connection"), S("X-Gone")},
                                 {S("X-Gone"), S("x")},
                                 {S("Host"), S("outside.example")}};
    const hg_request request = request_of(headers, COUNT(headers), S("{\"a\":1}"));
    struct peer peer;
    struct target target;
    open_peer(&peer, "HTTP/1.1 204 N\r\n\r\n");
    target_init(&target, TARGET_HTTP);
    assert_true(buf_add_text(&target.authorization, "Bearer ours"));
    assert_int_equal(post(&peer, &target, &request).kind, OUTCOME_DONE);
    target_release(&target);
    assert_ptr_equal(strstr(peer.got, "POST /in?t=tok HTTP/1.1\r\n"), peer.got);
    assert_non_null(strstr(peer.got, "\r\n\r\n{\"a\":1}"));
    static const char *const wanted[] = {
        "\r\nContent-Type: text/x\r\n",
        "\r\nX-Twice: 1\r\nX-Twice: 2\r\n",
        "\r\nAuthorization: Bearer ours\r\n",
        "\r\nX-Hookgauge-Event: Order.OnCreate\r\n",
        "\r\nX-Hookgauge-Delivery: 42\r\n",
        "\r\nX-Hookgauge-Attempt: 2\r\n",
        "\r\nX-Hookgauge-Endpoint: site\r\n",
        "\r\nX-Hookgauge-Id: msg_1\r\n",
        "\r\nX-Hookgauge-Key: main\r\n",
        "\r\nX-Hookgauge-Url: /hook?a=1%2F\r\n",
        "\r\nHost: 127.0.0.1:",
    };
    for (size_t i = 0; i < COUNT(wanted); i++) {
        if (strstr(peer.got, wanted[i]) == NULL) {
            fail_msg("%s is missing in: %s", wanted[i], peer.got);
        }
    }
    static const char *const unwanted[] = {"forged",          "X-Gone",     "theirs",
                                           "outside.example", "Connection", "Expect"};
    for (size_t i = 0; i < COUNT(unwanted); i++) {
        if (strstr(peer.got, unwanted[i]) != NULL) {
            fail_msg("%s has gone on: %s", unwanted[i], peer.got);
        }
    }
}

static void nobody_there_is_tried_later(void **state)
{
    (void) state;
    const hg_request request = request_of(plain, 1, S("{}"));
    struct target target;
    target_init(&target, TARGET_HTTP);
    assert_true(buf_add_text(&target.url, "http://127.0.0.1:1/in?t=tok"));
    struct outcome outcome = attempt(&target, &request, &never);
    assert_int_equal(outcome.kind, OUTCOME_LATER);
    assert_non_null(strstr(outcome.text, "could not connect"));
    assert_null(strstr(outcome.text, "tok"));
    target_release(&target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_of_one_connection_stay_behind),
        cmocka_unit_test(facts_are_told),
        cmocka_unit_test(claims_have_other_names),
        cmocka_unit_test(waits_grow_to_their_ceiling),
        cmocka_unit_test(urls_are_checked),
        cmocka_unit_test(exits_are_judged),
        cmocka_unit_test(what_can_not_start_is_tried_later),
        cmocka_unit_test(a_program_gets_the_body_and_its_words),
        cmocka_unit_test(the_environment_is_made_anew),
        cmocka_unit_test(descriptors_are_closed),
        cmocka_unit_test(a_slow_program_is_ended_with_its_group),
        cmocka_unit_test(a_stop_does_not_count),
        cmocka_unit_test(answers_are_judged),
        cmocka_unit_test(a_target_may_name_other_ends),
        cmocka_unit_test(the_request_is_what_came_in),
        cmocka_unit_test(nobody_there_is_tried_later),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
