/* SPDX-License-Identifier: MIT
 *
 * The HTTP client against a socket that records what it gets and answers what the test says.
 */
#include "check.h"

#include "peer.h"

#include "sender/transport.h"

#define LIMIT_MS 20000 /* of a call that is meant to end by itself */

static struct transport_answer send_raw(struct transport *transport, const char *url, hg_str bytes)
{
    const struct transport_piece whole = {.bytes = bytes};
    const struct transport_raw call = {
        .url = url, .pieces = &whole, .piece_count = 1, .total_timeout_ms = LIMIT_MS};
    return transport_raw(transport, &call);
}

static struct transport_answer call(const struct transport_call *what)
{
    struct transport *transport = transport_new();
    assert_non_null(transport);
    struct transport_answer answer = transport_call(transport, what);
    transport_free(transport);
    return answer;
}

/* Sends to a peer and returns the answer; what the peer got is checked and freed by the caller. */
static struct transport_answer exchange(struct peer *peer, struct transport_call what,
                                        const char *until, const char *answer_text)
{
    start(peer, until, answer_text);
    what.url = peer->url;
    what.connect_timeout_ms = LIMIT_MS;
    what.total_timeout_ms = LIMIT_MS;
    struct transport_answer answer = call(&what);
    finish(peer);
    return answer;
}

static const char good[] = "HTTP/1.1 204 No Content\r\n\r\n";

static void sends_headers_as_given(void **state)
{
    const hg_header headers[] = {
        {S("Z-Last"), S("1")},
        {S("content-type"), S("application/x")},
        {S("Empty"), S("")},
        {S("Blank"), S(" \t")},
        {S("Twice"), S("a")},
        {S("Twice"), S("a")},
        {S("A-First"), S("\xc3\xa9;:")},
        {S("Accept"), S("")},
    };
    struct transport_call what = {
        .method = "POST", .headers = headers, .header_count = COUNT(headers), .body = S("a\0b!")};
    struct peer peer;
    char expected[512];
    (void) state;
    struct transport_answer answer = exchange(&peer, what, "b!", good);
    int length = snprintf(
        expected, sizeof expected,
        "POST /p?q=1 HTTP/1.1\r\nHost: %.*s\r\nZ-Last: 1\r\ncontent-type: application/x\r\n"
        "Empty:\r\nBlank:\r\nTwice: a\r\nTwice: a\r\nA-First: \xc3\xa9;:\r\nAccept:\r\n"
        "Content-Length: 4\r\n\r\n",
        (int) strcspn(peer.url + 7, "/"), peer.url + 7);
    assert_int_equal(answer.result, TRANSPORT_ANSWERED);
    assert_int_equal(answer.status, 204);
    assert_int_equal(answer.retry_after_s, -1);
    assert_int_equal(peer.size, (size_t) length + 4);
    assert_memory_equal(peer.got, expected, (size_t) length);
    assert_memory_equal(peer.got + length, "a\0b!", 4);
    free(peer.got);
}

static void adds_nothing(void **state)
{
    struct transport_call what = {.method = "POST", .body = S("x!")};
    struct peer peer;
    (void) state;
    (void) exchange(&peer, what, "x!", good);
    assert_null(strstr(peer.got, "Accept"));
    assert_null(strstr(peer.got, "User-Agent"));
    assert_null(strstr(peer.got, "Content-Type"));
    assert_null(strstr(peer.got, "Expect"));
    assert_non_null(strstr(peer.got, "Content-Length: 2\r\n"));
    free(peer.got);
}

static void no_expect_for_a_large_body(void **state)
{
    size_t size = (size_t) 2 << 20;
    char *body = malloc(size);
    struct transport_call what = {.method = "POST"};
    struct peer peer;
    (void) state;
    assert_non_null(body);
    memset(body, 'b', size);
    body[size - 1] = '!';
    what.body = (hg_str){body, size};
    struct transport_answer answer = exchange(&peer, what, "b!", good);
    assert_int_equal(answer.status, 204);
    assert_null(memmem(peer.got, 512, "Expect", 6));
    assert_memory_equal(peer.got + peer.size - size, body, size);
    free(peer.got);
    free(body);
}

static void methods(void **state)
{
    static const struct {
        const char *what, *body, *starts, *length;
    } rows[] = {
        {"POST", "", "POST /p", "Content-Length: 0"},
        {"PUT", "x", "PUT /p", "Content-Length: 1"},
        {"PATCH", "", "PATCH /p", "Content-Length: 0"},
        {"GET", "", "GET /p", NULL},
        {"GET", "x", "GET /p", "Content-Length: 1"},
        {"HEAD", "", "HEAD /p", NULL},
        {"DELETE", "", "DELETE /p", NULL},
        {"post", "x", "post /p", "Content-Length: 1"},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct transport_call what = {.method = rows[row].what, .body = hg_text(rows[row].body)};
        struct peer peer;
        struct transport_answer answer = exchange(&peer, what, "\r\n\r\n", good);
        HOLDS(answer.status == 204, row);
        HOLDS(strncmp(peer.got, rows[row].starts, strlen(rows[row].starts)) == 0, row);
        if (rows[row].length != NULL) {
            HOLDS(strstr(peer.got, rows[row].length) != NULL, row);
        } else {
            HOLDS(strstr(peer.got, "Content-Length") == NULL, row);
        }
        free(peer.got);
    }
}

static void chunked(void **state)
{
    struct transport_call what = {.method = "POST", .body = S("hello"), .chunked = true};
    struct peer peer;
    (void) state;
    struct transport_answer answer = exchange(&peer, what, "0\r\n\r\n", good);
    assert_int_equal(answer.status, 204);
    assert_non_null(strstr(peer.got, "Transfer-Encoding: chunked\r\n"));
    assert_null(strstr(peer.got, "Content-Length"));
    assert_non_null(strstr(peer.got, "\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
    free(peer.got);
}

static void answers(void **state)
{
    static const struct {
        const char *what, *answer;
        enum transport_result result;
        int status;
        long retry_after_s;
    } rows[] = {
        {"plain", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", TRANSPORT_ANSWERED, 200, -1},
        {"Retry-After", "HTTP/1.1 503 X\r\nretry-after:  7 \r\nContent-Length: 0\r\n\r\n",
         TRANSPORT_ANSWERED, 503, 7},
        {"a redirect is not followed",
         "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
         TRANSPORT_ANSWERED, 302, -1},
        {"100 is passed over",
         "HTTP/1.1 100 Continue\r\nRetry-After: 9\r\n\r\nHTTP/1.1 201 "
         "Created\r\nContent-Length: 0\r\n\r\n",
         TRANSPORT_ANSWERED, 201, -1},
        {"a body cut short", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\nConnection: close\r\n\r\nok",
         TRANSPORT_ANSWERED, 200, -1},
        {"only 100", "HTTP/1.1 100 Continue\r\nConnection: close\r\n\r\n", TRANSPORT_BROKEN, 0, -1},
        {"no HTTP", "close\r\n\r\n", TRANSPORT_BROKEN, 0, -1},
        {"nothing", NULL, TRANSPORT_BROKEN, 0, -1},
    };
    struct transport_call what = {.method = "POST", .body = S("x!")};
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct peer peer;
        struct transport_answer answer = exchange(&peer, what, "x!", rows[row].answer);
        HOLDS(answer.result == rows[row].result, row);
        HOLDS(answer.status == rows[row].status, row);
        HOLDS(answer.retry_after_s == rows[row].retry_after_s, row);
        HOLDS((answer.error[0] == '\0') == (answer.result == TRANSPORT_ANSWERED), row);
        HOLDS(strstr(answer.error, "q=1") == NULL, row);
        free(peer.got);
    }
}

/* The rest of an answer beyond the ceiling is dropped with the connection. */
static void endless_answer(void **state)
{
    static char text[TRANSPORT_ANSWER_MAX * 4];
    struct transport_call what = {.method = "POST", .body = S("x!")};
    struct peer peer;
    (void) state;
    int head = snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\n\r\n");
    memset(text + head, 'a', sizeof text - (size_t) head - 1);
    struct transport_answer answer = exchange(&peer, what, "x!", text);
    assert_int_equal(answer.result, TRANSPORT_ANSWERED);
    assert_int_equal(answer.status, 200);
    free(peer.got);
}

/* What came is kept until the next call: the last head and as much of the body as is read. */
static void heard(void **state)
{
    static char endless[TRANSPORT_ANSWER_MAX * 4];
    static const char head[] = "HTTP/1.1 200 OK\r\nX-A: b\r\n\r\n";
    const struct {
        const char *answer;
        bool raw;
        hg_str heard;
    } rows[] = {
        {"HTTP/1.1 100 X\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false,
         S("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")},
        {NULL, false, S("")},
        {endless, false, {endless, sizeof head - 1 + TRANSPORT_ANSWER_MAX}},
        {"HTTP/1.1 400 Bad\r\n\r\n", true, S("HTTP/1.1 400 Bad\r\n\r\n")},
        {NULL, true, S("")},
    };
    struct transport *transport = transport_new();
    (void) state;
    assert_non_null(transport);
    memset(endless, 'a', sizeof endless - 1);
    memcpy(endless, head, sizeof head - 1);
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct peer peer;
        struct transport_call what = {.method = "POST",
                                      .body = S("x!"),
                                      .connect_timeout_ms = LIMIT_MS,
                                      .total_timeout_ms = LIMIT_MS};
        start(&peer, rows[row].raw ? "\r\n\r\n" : "x!", rows[row].answer);
        what.url = peer.url;
        if (rows[row].raw) {
            (void) send_raw(transport, peer.url, S("GET / HTTP/1.1\r\n\r\n"));
        } else {
            (void) transport_call(transport, &what);
        }
        finish(&peer);
        free(peer.got);
        assert_int_equal(transport_heard(transport).len, rows[row].heard.len);
        assert_true(same(transport_heard(transport), rows[row].heard));
    }
    transport_free(transport);
}

static void not_sent(void **state)
{
    static const struct {
        const char *what, *method, *url;
        hg_header header;
    } rows[] = {
        {"a line end in a value", "POST", "http://127.0.0.1:1/", {S("A"), S("b\r\nC: d")}},
        {"a NUL in a value", "POST", "http://127.0.0.1:1/", {S("A"), S("b\0c")}},
        {"a colon in a name", "POST", "http://127.0.0.1:1/", {S("A:"), S("b")}},
        {"a semicolon in a name", "POST", "http://127.0.0.1:1/", {S("A;"), S("")}},
        {"a name that is empty", "POST", "http://127.0.0.1:1/", {S(""), S("b")}},
        {"a blank in the method", "POST /x", "http://127.0.0.1:1/", {S("A"), S("b")}},
        {"another protocol", "POST", "file:///etc/hosts", {S("A"), S("b")}},
        {"user info", "POST", "http://a:b@127.0.0.1:1/", {S("A"), S("b")}},
        {"no URL", "POST", "http://", {S("A"), S("b")}},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct transport_call what = {.method = rows[row].method,
                                      .url = rows[row].url,
                                      .headers = &rows[row].header,
                                      .header_count = 1,
                                      .total_timeout_ms = LIMIT_MS};
        struct transport_answer answer = call(&what);
        HOLDS(answer.result == TRANSPORT_BROKEN, row); /* else it would be REFUSED */
        HOLDS(answer.status == 0, row);
    }
}

static void refused_and_late(void **state)
{
    struct transport_call what = {.method = "POST", .body = S("x"), .total_timeout_ms = 100};
    char url[64];
    int fd = listen_anywhere(url); /* accepts into its backlog and says nothing */
    (void) state;
    what.url = url;
    struct transport_answer answer = call(&what);
    assert_int_equal(answer.result, TRANSPORT_TIMEOUT);
    assert_true(answer.seconds >= 0.09 && answer.seconds < 10);
    (void) close(fd);
    what.total_timeout_ms = LIMIT_MS;
    answer = call(&what);
    assert_int_equal(answer.result, TRANSPORT_REFUSED);
    assert_string_equal(answer.error, "could not connect: Connection refused");
}

static void proxies_are_ignored(void **state)
{
    struct transport_call what = {.method = "POST", .body = S("x!")};
    struct peer peer;
    (void) state;
    (void) setenv("http_proxy", "http://127.0.0.1:1", 1);
    struct transport_answer answer = exchange(&peer, what, "x!", good);
    (void) unsetenv("http_proxy");
    assert_int_equal(answer.status, 204);
    free(peer.got);
}

static void stops(void **state)
{
    static const struct stop_flag stop = {1};
    struct transport_call what = {.method = "POST", .total_timeout_ms = LIMIT_MS};
    struct transport *transport = transport_new();
    char url[64];
    int fd = listen_anywhere(url);
    (void) state;
    assert_non_null(transport);
    what.url = url;
    transport_stop_when(transport, &stop);
    struct transport_answer answer = transport_call(transport, &what);
    assert_int_equal(answer.result, TRANSPORT_BROKEN);
    assert_string_equal(answer.error, "stopped");
    assert_true(answer.seconds < 10);
    answer = send_raw(transport, url, S("x"));
    assert_int_equal(answer.result, TRANSPORT_BROKEN);
    assert_string_equal(answer.error, "stopped");
    transport_free(transport);
    (void) close(fd);
}

/* One connection carries several calls: the peer accepts once. */
static void *serve_twice(void *context)
{
    struct peer *peer = context;
    int fd = accept(peer->listener, NULL, NULL);
    peer->connection = fd;
    for (int i = 0; i < 2; i++) {
        peer->size = 0;
        while (memmem(peer->got, peer->size, "x!", 2) == NULL) {
            ssize_t got = recv(fd, peer->got + peer->size, GOT_MAX - peer->size, 0);
            if (got <= 0) {
                return NULL;
            }
            peer->size += (size_t) got;
        }
        say(fd, good);
    }
    return NULL;
}

static void keeps_the_connection(void **state)
{
    struct peer peer = {.connection = -1};
    struct transport_call what = {.method = "POST", .body = S("x!"), .total_timeout_ms = 5000};
    struct transport *transport = transport_new();
    (void) state;
    peer.listener = listen_anywhere(peer.url);
    peer.got = calloc(1, GOT_MAX);
    assert_non_null(peer.got);
    assert_non_null(transport);
    assert_int_equal(pthread_create(&peer.thread, NULL, serve_twice, &peer), 0);
    what.url = peer.url;
    assert_int_equal(transport_call(transport, &what).status, 204);
    assert_int_equal(transport_call(transport, &what).status, 204);
    transport_free(transport);
    finish(&peer);
    free(peer.got);
}

static int begin(void **state)
{
    (void) state;
    return transport_init() ? 0 : -1;
}

static int end(void **state)
{
    (void) state;
    transport_cleanup();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sends_headers_as_given),
        cmocka_unit_test(adds_nothing),
        cmocka_unit_test(no_expect_for_a_large_body),
        cmocka_unit_test(methods),
        cmocka_unit_test(chunked),
        cmocka_unit_test(answers),
        cmocka_unit_test(endless_answer),
        cmocka_unit_test(heard),
        cmocka_unit_test(not_sent),
        cmocka_unit_test(refused_and_late),
        cmocka_unit_test(proxies_are_ignored),
        cmocka_unit_test(stops),
        cmocka_unit_test(keeps_the_connection),
    };
    return cmocka_run_group_tests_name("transport", tests, begin, end);
}
