/* SPDX-License-Identifier: MIT
 *
 * Raw bytes over a connection that libcurl makes, TLS included.
 */
#include "sender/transport.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "sender/http_text.h"
#include "sender/transport_inside.h"

#define RAW_HEAD_MAX ((size_t) 16384) /* bytes of a raw answer: servers send under 1 KiB */
#define POLL_STEP_MS 500              /* how often a raw call looks at the stop flag */

/* A raw exchange under way. */
struct exchange {
    CURL *curl;
    curl_socket_t socket;
    const struct transport_raw *call;
    size_t piece;      /* the one under way */
    size_t sent;       /* bytes of it */
    double pause_end;  /* not 0: nothing is sent before, unless something arrives */
    bool told;         /* ready was called */
    bool shut;         /* our half is closed */
    size_t first_size; /* where the second answer begins; 0: not known */
    char head[RAW_HEAD_MAX];
    size_t size;
    bool closed; /* nothing more can arrive */
};

/* ---- Sending --------------------------------------------------------------------------------- */

static bool all_sent(const struct exchange *raw)
{
    return raw->piece == raw->call->piece_count;
}

static void tell_ready(struct exchange *raw)
{
    if (!raw->told && raw->call->ready != NULL) {
        raw->call->ready(raw->call->of);
    }
    raw->told = true;
}

/* The last piece has gone, or the peer takes no more. */
static void end_sending(struct exchange *raw, bool half_close)
{
    raw->piece = raw->call->piece_count;
    if (half_close && !raw->shut) {
        (void) shutdown(raw->socket, SHUT_WR);
    }
    raw->shut = true;
}

static void next_piece(struct exchange *raw)
{
    bool pauses = raw->call->pieces[raw->piece].pauses;
    raw->pause_end = pauses ? clock_steady_s() + (double) raw->call->pause_ms / 1000 : 0;
    raw->piece++;
    raw->sent = 0;
    if (all_sent(raw)) {
        end_sending(raw, raw->call->half_close);
    }
}

/* As much as goes without waiting. */
static void raw_send(struct exchange *raw)
{
    while (!all_sent(raw) && (raw->pause_end == 0 || clock_steady_s() >= raw->pause_end)) {
        hg_str bytes = raw->call->pieces[raw->piece].bytes;
        size_t sent = 0;
        raw->pause_end = 0;
        if (raw->piece + 1 == raw->call->piece_count) {
            tell_ready(raw);
        }
        if (raw->sent < bytes.len) {
            CURLcode code =
                curl_easy_send(raw->curl, bytes.ptr + raw->sent, bytes.len - raw->sent, &sent);
            if (code == CURLE_AGAIN) {
                return;
            }
            if (code != CURLE_OK) {
                end_sending(raw, false); /* the peer has closed, perhaps after an answer */
                return;
            }
        }
        raw->sent += sent;
        if (raw->sent == bytes.len) {
            next_piece(raw);
        }
    }
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void raw_receive(struct exchange *raw)
{
    while (!raw->closed && raw->size < sizeof raw->head) {
        size_t got = 0;
        CURLcode code =
            curl_easy_recv(raw->curl, raw->head + raw->size, sizeof raw->head - raw->size, &got);
        if (code == CURLE_AGAIN) {
            return;
        }
        raw->closed = code != CURLE_OK || got == 0;
        raw->size += raw->closed ? 0 : got;
        raw->pause_end = 0; /* what was waited for may be this */
    }
    raw->closed = true;
}

/* The first status from there on that is not 1xx: 0 when its line is not there yet, -1 when the
 * bytes are not HTTP. *from becomes the place of that line. */
static int raw_status(const struct exchange *raw, size_t *from)
{
    for (;;) {
        const char *at = raw->head + *from;
        size_t left = raw->size - *from;
        const char *line_end = memchr(at, '\n', left);
        if (line_end == NULL) {
            return 0;
        }
        int status = http_status((hg_str){at, (size_t) (line_end - at)});
        if (status == 0 || status >= 200) {
            return status == 0 ? -1 : status;
        }
        const char *end = memmem(at, left, "\r\n\r\n", 4);
        if (end == NULL) {
            return 0;
        }
        *from = (size_t) (end + 4 - raw->head);
    }
}

/* The value of a header of a head that ends in an empty line; empty when it is not there. */
static hg_str header_of(hg_str head, const char *name)
{
    const char *at = head.ptr;
    const char *end = head.ptr + head.len;
    while (at < end) {
        const char *line_end = memchr(at, '\n', (size_t) (end - at));
        hg_str line = {at, line_end != NULL ? (size_t) (line_end - at) : (size_t) (end - at)};
        if (http_is_named(line, name)) {
            return http_value(line);
        }
        at += line.len + 1;
    }
    return (hg_str){NULL, 0};
}

static bool is_chunked(hg_str coding)
{
    return coding.len == 7 && strncasecmp(coding.ptr, "chunked", 7) == 0;
}

/* Where the answer ends whose status line is at from; 0 when that is not known (yet). */
static size_t answer_end(const struct exchange *raw, size_t from, int status)
{
    const char *head = raw->head + from;
    const char *body = memmem(head, raw->size - from, "\r\n\r\n", 4);
    if (body == NULL) {
        return 0;
    }
    body += 4;
    hg_str text = {head, (size_t) (body - head)};
    hg_str length = header_of(text, "Content-Length");
    size_t there = (size_t) (raw->head + raw->size - body);
    size_t size = 0;
    if (is_chunked(header_of(text, "Transfer-Encoding"))) {
        const char *last = memmem(body - 2, there + 2, "\r\n0\r\n\r\n", 7);
        return last != NULL ? (size_t) (last + 7 - raw->head) : 0;
    }
    if (length.len == 0 && status != 204 && status != 304) {
        return 0; /* it ends with the connection */
    }
    for (size_t i = 0; i < length.len && size <= RAW_HEAD_MAX; i++) {
        if (length.ptr[i] < '0' || length.ptr[i] > '9') {
            return 0;
        }
        size = size * 10 + (size_t) (length.ptr[i] - '0');
    }
    return size <= there ? (size_t) (body + size - raw->head) : 0;
}

/* The status that the call waits for. */
static int awaited(struct exchange *raw)
{
    size_t from = 0;
    if (raw->call->first_status == NULL) {
        return raw_status(raw, &from);
    }
    if (raw->first_size == 0) {
        int status = raw_status(raw, &from);
        if (status <= 0) {
            return status;
        }
        *raw->call->first_status = status;
        raw->first_size = answer_end(raw, from, status);
    }
    from = raw->first_size;
    return from == 0 ? 0 : raw_status(raw, &from);
}

/* ---- The exchange ---------------------------------------------------------------------------- */

/* Waits for the socket, at most until the deadline; false when it has passed or a stop was asked
 * for. */
static bool raw_wait(const struct transport *transport, const struct exchange *raw, double deadline)
{
    double now = clock_steady_s();
    double left_ms = (deadline - now) * 1000;
    if (left_ms <= 0 || transport_stopped(transport)) {
        return false;
    }
    bool pausing = raw->pause_end > now;
    double pause_ms = pausing ? (raw->pause_end - now) * 1000 : left_ms;
    left_ms = pause_ms < left_ms ? pause_ms : left_ms;
    struct pollfd poll_fd = {raw->socket, POLLIN, 0};
    poll_fd.events |= all_sent(raw) || pausing ? 0 : POLLOUT;
    int step = left_ms < POLL_STEP_MS ? (int) left_ms + 1 : POLL_STEP_MS;
    return poll(&poll_fd, 1, step) >= 0 || errno == EINTR;
}

static void raw_exchange(const struct transport *transport, struct exchange *raw, double deadline,
                         struct transport_answer *answer)
{
    int status = 0;
    bool in_time = true;
    while (status == 0 && !raw->closed && in_time) {
        raw_send(raw);
        raw_receive(raw);
        status = awaited(raw);
        in_time = status != 0 || raw->closed || raw_wait(transport, raw, deadline);
    }
    if (status > 0) {
        answer->result = TRANSPORT_ANSWERED;
        answer->status = status;
        return;
    }
    answer->result = in_time || transport_stopped(transport) ? TRANSPORT_BROKEN : TRANSPORT_TIMEOUT;
    (void) snprintf(answer->error, sizeof answer->error, "%s",
                    status < 0                     ? "the answer is not HTTP"
                    : raw->closed                  ? "the peer closed without an answer"
                    : transport_stopped(transport) ? "stopped"
                                                   : "no answer in time");
}

static CURLcode raw_connect(struct exchange *raw)
{
    CURLcode bad = transport_set_common(raw->curl) ? CURLE_OK : CURLE_OUT_OF_MEMORY;
    bad |= curl_easy_setopt(raw->curl, CURLOPT_CONNECT_ONLY, 1L);
    bad |= curl_easy_setopt(raw->curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    bad |= curl_easy_setopt(raw->curl, CURLOPT_URL, raw->call->url);
    bad |= curl_easy_setopt(raw->curl, CURLOPT_TIMEOUT_MS, raw->call->total_timeout_ms);
    if (bad != CURLE_OK) {
        return CURLE_OUT_OF_MEMORY;
    }
    CURLcode code = curl_easy_perform(raw->curl);
    return code != CURLE_OK ? code
                            : curl_easy_getinfo(raw->curl, CURLINFO_ACTIVESOCKET, &raw->socket);
}

struct transport_answer transport_raw(struct transport *transport, const struct transport_raw *call)
{
    double start = clock_steady_s();
    struct transport_answer answer = {.retry_after_s = -1};
    buf_clear(&transport->heard);
    if (call->first_status != NULL) {
        *call->first_status = 0;
    }
    struct exchange *raw = calloc(1, sizeof *raw); /* too large for a thread's stack */
    if (raw == NULL || (raw->curl = curl_easy_init()) == NULL) {
        free(raw);
        if (call->ready != NULL) {
            call->ready(call->of);
        }
        return transport_broken(start, "out of memory");
    }
    raw->call = call;
    CURLcode code = raw_connect(raw);
    if (code == CURLE_OK) {
        raw_exchange(transport, raw, start + (double) call->total_timeout_ms / 1000, &answer);
        transport_hear(transport, raw->head, raw->size);
    } else {
        answer.result = transport_result_of(code);
        transport_explain(transport, raw->curl, code, &answer);
    }
    tell_ready(raw);
    curl_easy_cleanup(raw->curl);
    free(raw);
    answer.seconds = clock_steady_s() - start;
    return answer;
}
