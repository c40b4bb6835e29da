/* SPDX-License-Identifier: MIT
 *
 * A load of signed deliveries: one thread, many keep-alive connections, each with one request under
 * way at a time.
 *
 *     load PORT PATH CONNECTIONS SECONDS      with the secret in SECRET
 *
 * Each body has a number of its own, so that none is a duplicate. The signatures are made before
 * the clock starts: what is left to do for a request is to copy its number and its signature into a
 * ready text. Where there is a second core the load does not sleep while it waits: to wake it up
 * would cost the server a tenth of its time, and the more the slower it is. Prints one line:
 * seconds, answers, those that were not 200, the share of a core used.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hookgauge.h"

#define BODY_SIZE 1024
#define CONNECTIONS_MAX 1024
#define SECONDS_MAX 60
#define RATE_MAX 400000 /* requests a second for which signatures are made: twice any seen */
#define DRAIN_S 5.0     /* to wait for the last answers */
#define ANSWER_MAX 4096 /* bytes of an answer */
#define REQUEST_MAX 4096
#define SIG_HEX 64 /* HMAC-SHA256 */

struct connection {
    int fd;
    bool busy;
    size_t have;
    char answer[ANSWER_MAX + 1];
};

struct load {
    struct connection connections[CONNECTIONS_MAX];
    size_t count;
    int epoll, wait_ms;
    char request[REQUEST_MAX];
    size_t request_len, number_at, sig_at; /* places in it */
    char (*sigs)[SIG_HEX];
    size_t sig_count, sent, answered, other;
};

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    exit(3);
}

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double) t.tv_sec + (double) t.tv_nsec / 1e9;
}

static double cpu_s(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double) (use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double) (use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

/* ---- Requests -------------------------------------------------------------------------------- */

/* Numbers have ten digits, so that every request has the same length. */
static void put_number(char *at, size_t number)
{
    for (size_t i = 10; i > 0; i--) {
        at[i - 1] = (char) ('0' + number % 10);
        number /= 10;
    }
}

/* A body whose number starts at *number_at; the run's own mark keeps runs apart. */
static void make_body(char body[BODY_SIZE + 1], size_t *number_at)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    int len =
        snprintf(body, BODY_SIZE, "{\"Run\":\"%lld.%09ld.%ld\",\"Id\":\"0000000000\",\"Text\":\"",
                 (long long) t.tv_sec, t.tv_nsec, (long) getpid());
    *number_at = (size_t) len - strlen("0000000000\",\"Text\":\"");
    memset(body + len, 'x', (size_t) (BODY_SIZE - len));
    memcpy(body + BODY_SIZE - 2, "\"}", 3);
}

static void sign_all(struct load *load, const hg_signing *signing, char *body, size_t number_at,
                     hg_header headers[HG_SIGN_HEADERS_MAX], char text[HG_SIGN_TEXT_MAX])
{
    hg_request request = {.method = hg_text("POST"), .body = {body, BODY_SIZE}};
    size_t count = 0;
    for (size_t i = load->sig_count; i-- > 0;) { /* ends with number 0, which the template has */
        put_number(body + number_at, i);
        if (hg_sign(signing, &request, text, headers, &count) != HG_OK || count != 3) {
            stop("could not sign");
        }
        hg_str value = headers[2].value;
        memcpy(load->sigs[i], value.ptr + value.len - SIG_HEX, SIG_HEX);
    }
}

/* The text of request number 0, and the signatures of all. */
static void make_requests(struct load *load, const char *path, const char *secret)
{
    static char body[BODY_SIZE + 1];
    hg_scheme *scheme = NULL;
    hg_ring *ring = NULL;
    hg_header headers[HG_SIGN_HEADERS_MAX];
    char text[HG_SIGN_TEXT_MAX];
    size_t number_at = 0;
    hg_key key = {hg_text("load"), hg_text(secret), HG_NEVER};
    if (hg_scheme_open("webinone", &scheme, NULL) != HG_OK ||
        hg_ring_new(scheme, &key, 1, &ring, NULL) != HG_OK) {
        stop("the secret was refused");
    }
    hg_signing signing = {
        .scheme = scheme, .ring = ring, .now = time(NULL), .event = hg_text("Order.OnCreate")};
    make_body(body, &number_at);
    sign_all(load, &signing, body, number_at, headers, text);
    int len = snprintf(load->request, sizeof load->request,
                       "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: load\r\n"
                       "Content-Type: application/json\r\nContent-Length: %d\r\n"
                       "%.*s: %.*s\r\n%.*s: %.*s\r\n%.*s: %.*s\r\n\r\n%s",
                       path, BODY_SIZE, (int) headers[0].name.len, headers[0].name.ptr,
                       (int) headers[0].value.len, headers[0].value.ptr, (int) headers[1].name.len,
                       headers[1].name.ptr, (int) headers[1].value.len, headers[1].value.ptr,
                       (int) headers[2].name.len, headers[2].name.ptr, (int) headers[2].value.len,
                       headers[2].value.ptr, body);
    if (len < 0 || (size_t) len >= sizeof load->request) {
        stop("the path is too long");
    }
    load->request_len = (size_t) len;
    load->number_at = load->request_len - BODY_SIZE + number_at;
    load->sig_at = load->request_len - BODY_SIZE - 4 - SIG_HEX;
    hg_ring_free(ring);
    hg_scheme_free(scheme);
}

/* ---- Connections ----------------------------------------------------------------------------- */

static void send_next(struct load *load, struct connection *to)
{
    if (load->sent == load->sig_count) {
        stop("ran out of signatures");
    }
    put_number(load->request + load->number_at, load->sent);
    memcpy(load->request + load->sig_at, load->sigs[load->sent], SIG_HEX);
    load->sent++;
    if (send(to->fd, load->request, load->request_len, MSG_NOSIGNAL) !=
        (ssize_t) load->request_len) {
        stop("a connection broke while sending");
    }
    to->have = 0;
    to->busy = true;
}

static void open_connections(struct load *load, unsigned long port)
{
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t) port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    load->epoll = epoll_create1(EPOLL_CLOEXEC);
    for (size_t i = 0; i < load->count; i++) {
        struct connection *c = &load->connections[i];
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        int on = 1;
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (c->fd < 0 || connect(c->fd, (struct sockaddr *) &to, sizeof to) != 0 ||
            setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
            epoll_ctl(load->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0) {
            stop("could not connect");
        }
    }
}

/* Whether the answer is complete: its head, and as many bytes behind it as it says. */
static bool complete(const struct connection *c)
{
    const char *end = strstr(c->answer, "\r\n\r\n");
    const char *length = end != NULL ? strcasestr(c->answer, "\r\nContent-Length:") : NULL;
    if (length == NULL || length > end) {
        return false;
    }
    size_t body = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
    return c->have >= (size_t) (end + 4 - c->answer) + body;
}

/* Takes what has arrived; whether an answer is complete. */
static bool take(struct load *load, struct connection *c)
{
    ssize_t got = recv(c->fd, c->answer + c->have, ANSWER_MAX - c->have, 0);
    if (got <= 0 || !c->busy) {
        stop("the server closed a connection");
    }
    c->have += (size_t) got;
    c->answer[c->have] = '\0';
    if (!complete(c)) {
        return false;
    }
    c->busy = false;
    load->answered++;
    load->other += strncmp(c->answer, "HTTP/1.1 200 ", 13) != 0;
    return true;
}

/* Waits for answers; after each, and while `more`, the next request goes out. */
static void turn(struct load *load, bool more)
{
    struct epoll_event events[128];
    int count = epoll_wait(load->epoll, events, 128, load->wait_ms);
    for (int i = 0; i < count; i++) {
        struct connection *c = events[i].data.ptr;
        if (take(load, c) && more) {
            send_next(load, c);
        }
    }
}

static void run(struct load *load, double seconds)
{
    double from = now_s();
    double cpu = cpu_s();
    for (size_t i = 0; i < load->count; i++) {
        send_next(load, &load->connections[i]);
    }
    while (now_s() - from < seconds) {
        turn(load, true);
    }
    double took = now_s() - from;
    double used = cpu_s() - cpu;
    size_t answered = load->answered;
    while (load->answered < load->sent && now_s() - from < seconds + DRAIN_S) {
        turn(load, false);
    }
    if (load->answered < load->sent) {
        stop("some requests got no answer");
    }
    printf("%.4f %zu %zu %.3f\n", took, answered, load->other, used / took);
}

int main(int argc, char **argv)
{
    static struct load load;
    const char *secret = getenv("SECRET");
    if (argc != 5 || secret == NULL) {
        stop("usage: load PORT PATH CONNECTIONS SECONDS, with SECRET set");
    }
    load.count = strtoul(argv[3], NULL, 10);
    load.wait_ms = sysconf(_SC_NPROCESSORS_ONLN) > 1 ? 0 : 100;
    double seconds = strtod(argv[4], NULL);
    if (load.count == 0 || load.count > CONNECTIONS_MAX || seconds <= 0 || seconds > SECONDS_MAX) {
        stop("a number is out of range");
    }
    load.sig_count = (size_t) (seconds * RATE_MAX) + load.count;
    load.sigs = malloc(load.sig_count * sizeof *load.sigs);
    if (load.sigs == NULL) {
        stop("out of memory");
    }
    make_requests(&load, argv[2], secret);
    open_connections(&load, strtoul(argv[1], NULL, 10));
    run(&load, seconds);
    free(load.sigs);
    return 0;
}
