/* SPDX-License-Identifier: MIT
 *
 * A load of signed deliveries: one thread, many keep-alive connections, each with one request under
 * way at a time.
 *
 *     load PORT PATH CONNECTIONS SECONDS [RATE]   with the secret in SECRET
 *
 * Without RATE each connection sends as soon as its answer is there. With it, so many requests a
 * second fall due at even times and go out on the next free connection; the time of an answer
 * counts from when its request was due, so that a server that stalls can't hide it.
 *
 * Each body has a number of its own, so that none is a duplicate. The signatures are made before
 * the clock starts: what is left to do for a request is to copy its number and its signature into a
 * ready text. A load that is kept to a core of its own does not sleep while it waits: to wake
 * it up would cost the server a tenth of its time, and the more the slower it is. One that shares
 * its cores with the server must sleep, or it takes them away. SCHEME names a built-in row, if it
 * is not webinone. Prints one line: seconds, answers, those that were not 200, the share of a core
 * used; with RATE also the microseconds within which half of the answers and 99 of 100 came.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "hookgauge.h"
#include "tests/bench/spent.h"

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
    double due_s; /* of the request under way, when there is a rate */
    size_t have;
    char answer[ANSWER_MAX + 1];
};

struct load {
    struct connection connections[CONNECTIONS_MAX];
    size_t count;
    int epoll;
    double wait_s; /* at most, for an event */
    char request[REQUEST_MAX];
    size_t request_len, number_at, sig_at; /* places in it */
    char (*sigs)[SIG_HEX];
    size_t sig_count, sent, answered, other;
    size_t turn;    /* the connection whose turn it is, when there is a rate */
    double rate;    /* 0: as fast as answers come */
    double from_s;  /* when the clock started */
    double *took_s; /* of each answer, when there is a rate */
};

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    exit(3);
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

/* The longest value is the signature's. */
static size_t sig_header(const hg_header *headers, size_t count)
{
    size_t longest = 0;
    for (size_t i = 1; i < count; i++) {
        longest = headers[i].value.len > headers[longest].value.len ? i : longest;
    }
    if (headers[longest].value.len < SIG_HEX) {
        stop("the scheme's signature is not SHA-256 in hex");
    }
    return longest;
}

/* Returns the number of headers that a request gets. */
static size_t sign_all(struct load *load, const hg_signing *signing, char *body, size_t number_at,
                       hg_header headers[HG_SIGN_HEADERS_MAX], char text[HG_SIGN_TEXT_MAX])
{
    hg_request request = {.method = hg_text("POST"), .body = {body, BODY_SIZE}};
    size_t count = 0;
    for (size_t i = load->sig_count; i-- > 0;) { /* ends with number 0, which the template has */
        put_number(body + number_at, i);
        if (hg_sign(signing, &request, text, headers, &count) != HG_OK) {
            stop("could not sign");
        }
        hg_str value = headers[sig_header(headers, count)].value;
        memcpy(load->sigs[i], value.ptr + value.len - SIG_HEX, SIG_HEX);
    }
    return count;
}

/* Lays out the text of request number 0. */
static void make_text(struct load *load, const char *path, const hg_header *headers, size_t count,
                      const char *body)
{
    int len = snprintf(load->request, sizeof load->request,
                       "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: load\r\n"
                       "Content-Type: application/json\r\nContent-Length: %d\r\n",
                       path, BODY_SIZE);
    size_t at = (size_t) len;
    for (size_t i = 0; i < count && at < sizeof load->request; i++) {
        len = snprintf(load->request + at, sizeof load->request - at, "%.*s: %.*s\r\n",
                       (int) headers[i].name.len, headers[i].name.ptr, (int) headers[i].value.len,
                       headers[i].value.ptr);
        at += (size_t) len;
        if (i == sig_header(headers, count)) {
            load->sig_at = at - 2 - SIG_HEX;
        }
    }
    if (at + 2 + BODY_SIZE >= sizeof load->request) {
        stop("the path is too long");
    }
    memcpy(load->request + at, "\r\n", 2);
    memcpy(load->request + at + 2, body, BODY_SIZE);
    load->request_len = at + 2 + BODY_SIZE;
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
    const char *name = getenv("SCHEME");
    hg_key key = {hg_text("load"), hg_text(secret), HG_NEVER};
    if (hg_scheme_open(name != NULL ? name : "webinone", &scheme, NULL) != HG_OK ||
        hg_ring_new(scheme, &key, 1, &ring, NULL) != HG_OK) {
        stop("the scheme or the secret was refused");
    }
    hg_signing signing = {.scheme = scheme,
                          .ring = ring,
                          .now = time(NULL),
                          .event = hg_text("Order.OnCreate"),
                          .id = hg_text("load")};
    make_body(body, &number_at);
    size_t count = sign_all(load, &signing, body, number_at, headers, text);
    make_text(load, path, headers, count, body);
    load->number_at = load->request_len - BODY_SIZE + number_at;
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
    if (load->rate > 0) {
        load->took_s[load->answered] = now_s() - c->due_s;
    }
    load->answered++;
    load->other += strncmp(c->answer, "HTTP/1.1 200 ", 13) != 0;
    return true;
}

/* Waits for answers or, with a rate and a free connection, until a request falls due. Without a
 * rate the next request goes out after each answer, while `more`. */
static void turn(struct load *load, bool more)
{
    struct epoll_event events[128];
    double wait_s = load->wait_s;
    if (load->rate > 0 && more && load->sent - load->answered < load->count) {
        wait_s = load->from_s + (double) load->sent / load->rate - now_s();
        wait_s = wait_s < 0 ? 0 : wait_s;
    }
    struct timespec wait = {(time_t) wait_s, (long) ((wait_s - (double) (time_t) wait_s) * 1e9)};
    int count = epoll_pwait2(load->epoll, events, 128, &wait, NULL);
    for (int i = 0; i < count; i++) {
        struct connection *c = events[i].data.ptr;
        if (take(load, c) && more && load->rate == 0) {
            send_next(load, c);
        }
    }
}

/* Sends what is due on the connections that are free, in turn, so that none is idle for long. */
static void send_due(struct load *load)
{
    double now = now_s();
    for (size_t i = 0; i < load->count; i++) {
        struct connection *c = &load->connections[load->turn];
        double due_s = load->from_s + (double) load->sent / load->rate;
        if (due_s > now) {
            return;
        }
        if (!c->busy) {
            c->due_s = due_s;
            send_next(load, c);
        }
        load->turn = (load->turn + 1) % load->count;
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *) a;
    double y = *(const double *) b;
    return (x > y) - (x < y);
}

static void print(struct load *load, double took, size_t answered, double used)
{
    printf("%.4f %zu %zu %.3f", took, answered, load->other, used / took);
    if (load->rate > 0) {
        qsort(load->took_s, load->answered, sizeof *load->took_s, compare);
        printf(" %.0f %.0f", load->took_s[load->answered / 2] * 1e6,
               load->took_s[load->answered * 99 / 100] * 1e6);
    }
    printf("\n");
}

static void run(struct load *load, double seconds)
{
    double cpu = cpu_s();
    load->from_s = now_s();
    for (size_t i = 0; i < load->count && load->rate == 0; i++) {
        send_next(load, &load->connections[i]);
    }
    while (now_s() - load->from_s < seconds) {
        if (load->rate > 0) {
            send_due(load);
        }
        turn(load, true);
    }
    double took = now_s() - load->from_s;
    double used = cpu_s() - cpu;
    size_t answered = load->answered;
    while (load->answered < load->sent && now_s() - load->from_s < seconds + DRAIN_S) {
        turn(load, false);
    }
    if (load->answered < load->sent || load->sent == 0) {
        stop("some requests got no answer");
    }
    print(load, took, answered, used);
}

/* Whether the load was kept to one core of several, as whoever starts it does to keep it apart from
 * the server. */
static bool has_own_core(void)
{
    cpu_set_t cores;
    return sched_getaffinity(0, sizeof(cores), &cores) == 0 && CPU_COUNT(&cores) == 1 &&
           sysconf(_SC_NPROCESSORS_ONLN) > 1;
}

int main(int argc, char **argv)
{
    static struct load load;
    const char *secret = getenv("SECRET");
    if (argc < 5 || argc > 6 || secret == NULL) {
        stop("usage: load PORT PATH CONNECTIONS SECONDS [RATE], with SECRET set");
    }
    load.count = strtoul(argv[3], NULL, 10);
    load.wait_s = has_own_core() ? 0 : 0.1;
    double seconds = strtod(argv[4], NULL);
    load.rate = argc == 6 ? strtod(argv[5], NULL) : 0;
    if (load.count == 0 || load.count > CONNECTIONS_MAX || seconds <= 0 || seconds > SECONDS_MAX ||
        load.rate < 0 || load.rate > RATE_MAX) {
        stop("a number is out of range");
    }
    double most = load.rate > 0 ? load.rate : RATE_MAX;
    load.sig_count = (size_t) (seconds * most) + load.count;
    load.sigs = malloc(load.sig_count * sizeof *load.sigs);
    load.took_s = malloc(load.sig_count * sizeof *load.took_s);
    if (load.sigs == NULL || load.took_s == NULL) {
        stop("out of memory");
    }
    make_requests(&load, argv[2], secret);
    open_connections(&load, strtoul(argv[1], NULL, 10));
    run(&load, seconds);
    free(load.took_s);
    free(load.sigs);
    return 0;
}
