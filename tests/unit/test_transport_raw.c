/* SPDX-License-Identifier: MIT
 *
 * Raw bytes: pieces, pauses, an end without an answer, two messages on one connection.
 */
#include "peer.h"

#include <stdatomic.h>

#include "sender/transport.h"

/* A slice for static tables, where a compound literal may not stand. */
#define TEXT(literal)                                                                              \
    {                                                                                              \
        (literal), sizeof(literal) - 1                                                             \
    }
#define LIMIT_MS 20000 /* of a call that is meant to end by itself */

static struct transport_answer send_whole(struct transport *transport, const char *url,
                                          hg_str bytes, long timeout_ms)
{
    const struct transport_piece whole = {.bytes = bytes};
    const struct transport_raw call = {
        .url = url, .pieces = &whole, .piece_count = 1, .total_timeout_ms = timeout_ms};
    return transport_raw(transport, &call);
}

static void raw(void **state)
{
    static const struct {
        const char *what, *until, *answer;
        enum transport_result result;
        int status;
    } rows[] = {
        {"answered", "\r\n\r\n", "HTTP/1.1 400 Bad\r\n\r\n", TRANSPORT_ANSWERED, 400},
        {"the status line alone", "\r\n\r\n", "HTTP/1.1 505 X\r\n", TRANSPORT_ANSWERED, 505},
        {"answered at once", NULL, "HTTP/1.1 431 X\r\nConnection: close\r\n\r\n",
         TRANSPORT_ANSWERED, 431},
        {"100 first", "\r\n\r\n", "HTTP/1.1 100 X\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
         TRANSPORT_ANSWERED, 200},
        {"closed", "\r\n\r\n", NULL, TRANSPORT_BROKEN, 0},
        {"no HTTP", "\r\n\r\n", "what?\r\n", TRANSPORT_BROKEN, 0},
    };
    struct transport *transport = transport_new();
    hg_str bytes = S("GET / HTTP/1.1\nA\0:\r\n\r\n");
    (void) state;
    assert_non_null(transport);
    for (size_t row = 0; row < COUNT(rows); row++) {
        struct peer peer;
        start(&peer, rows[row].until, rows[row].answer);
        struct transport_answer answer = send_whole(transport, peer.url, bytes, LIMIT_MS);
        finish(&peer);
        HOLDS(answer.result == rows[row].result, row);
        HOLDS(answer.status == rows[row].status, row);
        HOLDS(rows[row].until == NULL || same((hg_str){peer.got, peer.size}, bytes), row);
        free(peer.got);
    }
    transport_free(transport);
}

static void raw_without_a_peer(void **state)
{
    struct transport *transport = transport_new();
    char url[64];
    int fd = listen_anywhere(url);
    (void) state;
    assert_non_null(transport);
    struct transport_answer answer = send_whole(transport, url, S("x"), 100);
    assert_int_equal(answer.result, TRANSPORT_TIMEOUT);
    (void) close(fd);
    answer = send_whole(transport, url, S("x"), LIMIT_MS);
    assert_int_equal(answer.result, TRANSPORT_REFUSED);
    transport_free(transport);
}

/* What a test says about one call of several pieces. */
static struct transport_answer send_pieces(struct peer *peer, struct transport_raw call,
                                           const char *until, const char *answer)
{
    struct transport *transport = transport_new();
    assert_non_null(transport);
    start(peer, until, answer);
    call.url = peer->url;
    call.total_timeout_ms = LIMIT_MS;
    struct transport_answer result = transport_raw(transport, &call);
    finish(peer);
    transport_free(transport);
    return result;
}

/* A pause ends when something arrives: the peer answers the first piece, long before its end. */
static void a_pause_ends_with_an_answer(void **state)
{
    static const struct transport_piece pieces[] = {{TEXT("head\r\n\r\n"), true},
                                                    {TEXT("body"), false}};
    const struct transport_raw call = {.pieces = pieces, .piece_count = 2, .pause_ms = LIMIT_MS};
    struct peer peer;
    (void) state;
    struct transport_answer answer = send_pieces(&peer, call, "\r\n\r\n", "HTTP/1.1 417 X\r\n\r\n");
    assert_int_equal(answer.status, 417);
    assert_true(answer.seconds < (double) LIMIT_MS / 2000);
    free(peer.got);
}

/* Without an answer it lasts as long as it was said to, and then the rest is sent. */
static void a_pause_ends_by_itself(void **state)
{
    static const struct transport_piece pieces[] = {
        {TEXT("one"), true}, {TEXT(""), true}, {TEXT("two"), true}, {TEXT("three!"), false}};
    const struct transport_raw call = {.pieces = pieces, .piece_count = 4, .pause_ms = 30};
    struct peer peer;
    (void) state;
    struct transport_answer answer = send_pieces(&peer, call, "!", "HTTP/1.1 204 X\r\n\r\n");
    assert_int_equal(answer.status, 204);
    assert_true(answer.seconds >= 0.09);
    assert_true(same((hg_str){peer.got, peer.size}, S("onetwothree!")));
    free(peer.got);
}

/* The peer reads to the end, which comes only if our half is closed. */
static void half_closed(void **state)
{
    static const struct transport_piece piece = {TEXT("less than announced"), false};
    struct transport_raw call = {.pieces = &piece, .piece_count = 1, .half_close = true};
    struct peer peer;
    (void) state;
    struct transport_answer answer = send_pieces(&peer, call, "never", "HTTP/1.1 400 X\r\n\r\n");
    assert_int_equal(answer.status, 400);
    free(peer.got);
}

static void two_messages(void **state)
{
    static const struct {
        const char *what;
        const char *answers;
        int first, second;
        enum transport_result result;
    } rows[] = {
        {"lengths", "HTTP/1.1 200 X\r\nContent-Length: 3\r\n\r\nabcHTTP/1.1 401 X\r\n\r\n", 200,
         401, TRANSPORT_ANSWERED},
        {"an interim one between",
         "HTTP/1.1 100 X\r\n\r\nHTTP/1.1 401 X\r\ncontent-length:0\r\n\r\n"
         "HTTP/1.1 102 X\r\n\r\nHTTP/1.1 200 X\r\n\r\n",
         401, 200, TRANSPORT_ANSWERED},
        {"chunks",
         "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
         "HTTP/1.1 403 X\r\n\r\n",
         200, 403, TRANSPORT_ANSWERED},
        {"no chunk",
         "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 403 X\r\n\r\n", 200,
         403, TRANSPORT_ANSWERED},
        {"no body", "HTTP/1.1 204 X\r\n\r\nHTTP/1.1 403 X\r\n\r\n", 204, 403, TRANSPORT_ANSWERED},
        {"a status within a body",
         "HTTP/1.1 200 X\r\nContent-Length: 16\r\nA: close\r\n\r\nHTTP/1.1 200 X\r\n", 200, 0,
         TRANSPORT_BROKEN},
        {"one answer", "HTTP/1.1 400 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 400, 0,
         TRANSPORT_BROKEN},
        {"to the end", "HTTP/1.1 200 X\r\nConnection: close\r\n\r\nHTTP/1.1 200 X\r\n\r\n", 200, 0,
         TRANSPORT_BROKEN},
        {"a length that is none",
         "HTTP/1.1 200 X\r\nContent-Length: -1\r\nA: close\r\n\r\nHTTP/1.1 200 X\r\n\r\n", 200, 0,
         TRANSPORT_BROKEN},
    };
    (void) state;
    for (size_t row = 0; row < COUNT(rows); row++) {
        static const struct transport_piece piece = {TEXT("a b\r\n\r\nc d!"), false};
        int first = -1;
        const struct transport_raw call = {
            .pieces = &piece, .piece_count = 1, .first_status = &first};
        struct peer peer;
        struct transport_answer answer = send_pieces(&peer, call, "!", rows[row].answers);
        HOLDS(first == rows[row].first, row);
        HOLDS(answer.result == rows[row].result && answer.status == rows[row].second, row);
        free(peer.got);
    }
}

/* ---- All at one moment ----------------------------------------------------------------------- */

static atomic_int told;

static void tell(void *of)
{
    (void) of;
    atomic_fetch_add(&told, 1);
}

/* It is called once, whatever becomes of the call, or others would wait for ever. */
static void ready_is_told_once(void **state)
{
    static const struct transport_piece pieces[] = {{TEXT("a"), false}, {TEXT("!"), false}};
    struct transport_raw call = {
        .pieces = pieces, .piece_count = 2, .ready = tell, .total_timeout_ms = LIMIT_MS};
    struct peer peer;
    char url[64];
    int fd = listen_anywhere(url);
    struct transport *transport = transport_new();
    (void) state;
    assert_non_null(transport);
    (void) send_pieces(&peer, call, "!", "HTTP/1.1 204 X\r\n\r\n");
    assert_int_equal(atomic_load(&told), 1);
    assert_true(same((hg_str){peer.got, peer.size}, S("a!")));
    free(peer.got);
    (void) close(fd); /* nobody listens there */
    call.url = url;
    assert_int_equal(transport_raw(transport, &call).result, TRANSPORT_REFUSED);
    assert_int_equal(atomic_load(&told), 2);
    transport_free(transport);
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
        cmocka_unit_test(raw),
        cmocka_unit_test(raw_without_a_peer),
        cmocka_unit_test(a_pause_ends_with_an_answer),
        cmocka_unit_test(a_pause_ends_by_itself),
        cmocka_unit_test(half_closed),
        cmocka_unit_test(two_messages),
        cmocka_unit_test(ready_is_told_once),
    };
    return cmocka_run_group_tests_name("transport-raw", tests, begin, end);
}
