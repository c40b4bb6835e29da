/* SPDX-License-Identifier: MIT
 *
 * The HTTP client over libcurl, written for 7.81 and later. Everything that libcurl would do on its
 * own (follow, authenticate, decode, take a proxy from the environment, add headers) is off, so
 * that what a caller asks for is what leaves the machine.
 */
#include "sender/transport.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/http_field.h"
#include "sender/http_text.h"
#include "sender/transport_inside.h"

#define HEADER_LINE_MAX ((size_t) 65536) /* bytes of one header: beyond what any server takes */
#define HEARD_MAX (HEADER_LINE_MAX + TRANSPORT_ANSWER_MAX) /* bytes kept of an answer */

bool transport_stopped(const struct transport *transport)
{
    return stop_flag_is_set(transport->stop);
}

bool transport_init(void)
{
    return signal(SIGPIPE, SIG_IGN) != SIG_ERR && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
}

void transport_cleanup(void)
{
    curl_global_cleanup();
}

/* ---- Reading the answer ---------------------------------------------------------------------- */

/* Keeps what there is room for; the rest is dropped. */
void transport_hear(struct transport *transport, const char *data, size_t size)
{
    size_t room = HEARD_MAX - transport->heard.len;
    (void) buf_add(&transport->heard, data, size < room ? size : room);
}

hg_str transport_heard(const struct transport *transport)
{
    return buf_str(&transport->heard);
}

static size_t on_header(char *line, size_t one, size_t length, void *context)
{
    struct transport *transport = context;
    hg_str text = {line, length};
    int status = http_status(text);
    (void) one; /* always 1 */
    if (status != 0) {
        transport->status = status;
        transport->retry_after_s = -1;
        buf_clear(&transport->heard);
    } else if (http_is_named(text, "Retry-After")) {
        transport->retry_after_s = http_retry_after(http_value(text), (int64_t) time(NULL));
    }
    transport_hear(transport, line, length);
    return length;
}

/* Stops the transfer once enough was read: an endless answer must not hold the caller. */
static size_t on_body(char *data, size_t one, size_t length, void *context)
{
    struct transport *transport = context;
    size_t room = TRANSPORT_ANSWER_MAX - transport->answer_size;
    (void) one;
    transport_hear(transport, data, length < room ? length : room);
    transport->answer_size += length < room ? length : room;
    return length <= room ? length : 0;
}

static int on_progress(void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total,
                       curl_off_t up)
{
    (void) down_total;
    (void) down;
    (void) up_total;
    (void) up;
    return transport_stopped(context) ? 1 : 0;
}

/* ---- Setting up ------------------------------------------------------------------------------ */

/* What holds for every use of a handle. */
bool transport_set_common(CURL *curl)
{
    CURLcode bad = CURLE_OK;
    /* Timeouts without SIGALRM: with threads a signal would land anywhere. */
    bad |= curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075500
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    bad |= curl_easy_setopt(curl, CURLOPT_PROTOCOLS, (long) (CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    /* "" also disables http_proxy and its kin: a delivery goes to the host in its URL and to nobody
     * else, and a loopback test does not depend on the environment. */
    bad |= curl_easy_setopt(curl, CURLOPT_PROXY, "");
    bad |= curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    bad |= curl_easy_setopt(curl, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    return bad == CURLE_OK;
}

static bool set_http(struct transport *transport)
{
    CURL *curl = transport->curl;
    CURLcode bad = CURLE_OK;
    /* HTTP/2 would lower the case of header names and may not carry all that a caller gives. */
    bad |= curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    /* A redirect would carry a signed body to a host that nobody configured. */
    bad |= curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    bad |= curl_easy_setopt(curl, CURLOPT_HEADERDATA, transport);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    bad |= curl_easy_setopt(curl, CURLOPT_WRITEDATA, transport);
    bad |= curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transport->tls_error);
    return bad == CURLE_OK;
}

struct transport *transport_new(void)
{
    struct transport *transport = calloc(1, sizeof *transport);
    if (transport == NULL) {
        return NULL;
    }
    buf_init(&transport->line, HEADER_LINE_MAX);
    buf_init(&transport->heard, HEARD_MAX);
    transport->curl = curl_easy_init();
    if (transport->curl == NULL || !transport_set_common(transport->curl) || !set_http(transport)) {
        transport_free(transport);
        return NULL;
    }
    return transport;
}

void transport_free(struct transport *transport)
{
    if (transport != NULL) {
        curl_easy_cleanup(transport->curl);
        buf_wipe(&transport->line);
        buf_wipe(&transport->heard);
        free(transport);
    }
}

void transport_stop_when(struct transport *transport, const struct stop_flag *stop)
{
    transport->stop = stop;
    (void) curl_easy_setopt(transport->curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    (void) curl_easy_setopt(transport->curl, CURLOPT_XFERINFODATA, transport);
    (void) curl_easy_setopt(transport->curl, CURLOPT_NOPROGRESS, 0L);
}

/* ---- Headers --------------------------------------------------------------------------------- */

static bool list_add(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    if (longer != NULL) {
        *list = longer;
    }
    return longer != NULL;
}

/* "Name: value"; "Name;" is libcurl's way to say a header without a value, since it takes "Name:"
 * for "do not send". */
static bool add_header(struct transport *transport, struct curl_slist **list, const hg_header *at)
{
    struct buf *line = &transport->line;
    if (!http_is_token(at->name) || !http_is_value(at->value)) {
        return false;
    }
    buf_clear(line);
    bool blank = http_is_blank(at->value);
    return buf_add_str(line, at->name) && buf_add_text(line, blank ? ";" : ": ") &&
           (blank || buf_add_str(line, at->value)) && list_add(list, line->ptr);
}

static bool given(const struct transport_call *call, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < call->header_count; i++) {
        hg_str at = call->headers[i].name;
        if (at.len == length && strncasecmp(at.ptr, name, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The caller's headers, and "Name:" for each of libcurl's own that must not go out. NULL when one
 * can't be carried. */
static struct curl_slist *make_headers(struct transport *transport,
                                       const struct transport_call *call)
{
    static const char *const own[] = {"Accept", "Content-Type", "Expect", "User-Agent"};
    static const char *const off[] = {"Accept:", "Content-Type:", "Expect:", "User-Agent:"};
    struct curl_slist *list = NULL;
    bool done = true;
    for (size_t i = 0; done && i < call->header_count; i++) {
        done = add_header(transport, &list, &call->headers[i]);
    }
    for (size_t i = 0; done && i < sizeof own / sizeof own[0]; i++) {
        done = given(call, own[i]) || list_add(&list, off[i]);
    }
    if (done && call->chunked && !given(call, "Transfer-Encoding")) {
        done = list_add(&list, "Transfer-Encoding: chunked");
    }
    if (!done) {
        curl_slist_free_all(list);
        return NULL;
    }
    return list;
}

/* ---- One call -------------------------------------------------------------------------------- */

/* A body goes with any method; without one, GET and its like carry no Content-Length, POST and its
 * like say 0. */
static bool set_method(CURL *curl, const struct transport_call *call)
{
    static const char *const bodiless[] = {"GET", "HEAD", "DELETE", "OPTIONS", "TRACE", NULL};
    bool body = call->body.len > 0 || call->chunked;
    size_t i = 0;
    while (bodiless[i] != NULL && strcmp(call->method, bodiless[i]) != 0) {
        i++;
    }
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_NOBODY, strcmp(call->method, "HEAD") == 0 ? 1L : 0L);
    if (body || bodiless[i] == NULL) {
        const char *data = call->body.len > 0 ? call->body.ptr : "";
        bad |= curl_easy_setopt(curl, CURLOPT_POST, 1L);
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) call->body.len);
        bad |= curl_easy_setopt(curl, CURLOPT_POSTFIELDS, data); /* not copied */
    } else if (strcmp(call->method, "HEAD") != 0) {
        bad |= curl_easy_setopt(curl, CURLOPT_HTTPGET, 1L);
    }
    bad |= curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, call->method);
    return bad == CURLE_OK;
}

static bool set_call(CURL *curl, const struct transport_call *call, struct curl_slist *headers)
{
    CURLcode bad = CURLE_OK;
    bad |= curl_easy_setopt(curl, CURLOPT_URL, call->url);
    bad |= curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    bad |= curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, call->connect_timeout_ms);
    bad |= curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, call->total_timeout_ms);
    return bad == CURLE_OK && set_method(curl, call);
}

enum transport_result transport_result_of(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT: return TRANSPORT_REFUSED;
    case CURLE_OPERATION_TIMEDOUT: return TRANSPORT_TIMEOUT;
    default: return TRANSPORT_BROKEN;
    }
}

/* Only TLS errors use libcurl's own buffer: its other texts may quote what they choke on. */
void transport_explain(const struct transport *transport, CURL *curl, CURLcode code,
                       struct transport_answer *out)
{
    long number = 0;
    bool tls = curl == transport->curl &&
               (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR);
    if (code == CURLE_ABORTED_BY_CALLBACK || transport_stopped(transport)) {
        (void) snprintf(out->error, sizeof out->error, "stopped");
    } else if (tls && transport->tls_error[0] != '\0') {
        (void) snprintf(out->error, sizeof out->error, "%s", transport->tls_error);
    } else if (code == CURLE_COULDNT_CONNECT &&
               curl_easy_getinfo(curl, CURLINFO_OS_ERRNO, &number) == CURLE_OK && number != 0) {
        (void) snprintf(out->error, sizeof out->error, "could not connect: %s",
                        strerror((int) number));
    } else {
        (void) snprintf(out->error, sizeof out->error, "%s", curl_easy_strerror(code));
    }
}

struct transport_answer transport_broken(double start, const char *why)
{
    struct transport_answer answer = {.result = TRANSPORT_BROKEN, .retry_after_s = -1};
    answer.seconds = clock_steady_s() - start;
    (void) snprintf(answer.error, sizeof answer.error, "%s", why);
    return answer;
}

struct transport_answer transport_call(struct transport *transport,
                                       const struct transport_call *call)
{
    double start = clock_steady_s();
    struct transport_answer answer = {.retry_after_s = -1};
    if (!http_is_token(hg_text(call->method))) {
        return transport_broken(start, "the method is not one that HTTP can carry");
    }
    struct curl_slist *headers = make_headers(transport, call);
    if (headers == NULL) {
        return transport_broken(start,
                                "a header can't be sent: a control byte, a bad name, or no memory");
    }
    transport->status = 0;
    transport->retry_after_s = -1;
    transport->answer_size = 0;
    buf_clear(&transport->heard);
    transport->tls_error[0] = '\0';
    CURLcode code = set_call(transport->curl, call, headers) ? curl_easy_perform(transport->curl)
                                                             : CURLE_OUT_OF_MEMORY;
    if (transport->status >= 200) {
        answer.result = TRANSPORT_ANSWERED;
        answer.status = transport->status;
        answer.retry_after_s = transport->retry_after_s;
    } else {
        code = code == CURLE_OK ? CURLE_WEIRD_SERVER_REPLY : code;
        answer.result = transport_result_of(code);
        transport_explain(transport, transport->curl, code, &answer);
    }
    /* Neither the caller's body nor the list may be reachable after the call. */
    (void) curl_easy_setopt(transport->curl, CURLOPT_HTTPHEADER, NULL);
    (void) curl_easy_setopt(transport->curl, CURLOPT_POSTFIELDS, NULL);
    curl_slist_free_all(headers);
    answer.seconds = clock_steady_s() - start;
    return answer;
}
