/* SPDX-License-Identifier: MIT
 *
 * See exchange.h.
 */
#include "receiver/exchange.h"

#include <malloc.h>
#include <stdlib.h>

#include "receiver/url.h"

#define SPARES_MAX ((size_t) 64)      /* 5 kB each, and a body's buffer of at most BODY_AHEAD */
#define BODY_AHEAD ((uint64_t) 65536) /* bytes reserved on the word of a Content-Length alone */

/* A finished exchange with its body's buffer, or a new one. */
static struct exchange *take_spare(struct service *service)
{
    struct exchange *exchange = service->spare;
    struct buf body;
    if (exchange != NULL) {
        service->spare = (struct exchange *) exchange->job.next;
        service->spares--;
        body = exchange->body;
    } else {
        exchange = malloc(sizeof(*exchange));
        buf_init(&body, 0);
    }
    if (exchange != NULL) {
        /* all but the long arrays, which are written before they are read */
        memset(&exchange->job, 0, offsetof(struct job, delivery.key));
        memset(&exchange->service, 0,
               offsetof(struct exchange, target_room) - offsetof(struct exchange, service));
        exchange->body = body;
        exchange->body.max = (size_t) service->config->limits.max_body; /* may have changed */
        exchange->service = service;
    }
    return exchange;
}

struct exchange *exchange_new(struct service *service, hg_str target)
{
    struct exchange *exchange = take_spare(service);
    if (exchange == NULL) {
        return NULL;
    }
    char *copy = exchange->target_room;
    if (target.len > sizeof(exchange->target_room) && (copy = malloc(target.len)) == NULL) {
        exchange_free(exchange);
        return NULL;
    }
    memcpy(copy, target.ptr, target.len);
    exchange->target = (hg_str){copy, target.len};
    exchange->begun_ms = service->now.steady_ms;
    exchange->status = "unfinished";
    buf_init(&exchange->url, 2 * target.len + HEAD_MAX);
    buf_init(&exchange->public_url, target.len + HEAD_MAX);
    return exchange;
}

static void drop_body(struct exchange *exchange)
{
    exchange->service->bodies -= exchange->body.len;
    if (exchange->body.cap > BODY_AHEAD) {
        buf_free(&exchange->body);
    }
    buf_clear(&exchange->body);
}

void exchange_free(struct exchange *exchange)
{
    if (exchange == NULL) {
        return;
    }
    struct service *service = exchange->service;
    drop_body(exchange);
    edition_drop(exchange->edition);
    reply_free(exchange->reply);
    buf_free(&exchange->url);
    buf_free(&exchange->public_url);
    if (exchange->target.ptr != exchange->target_room) {
        free((char *) exchange->target.ptr);
    }
    if (service->spares < SPARES_MAX) {
        exchange->job.next = (struct job *) service->spare;
        service->spare = exchange;
        service->spares++;
        return;
    }
    buf_free(&exchange->body);
    free(exchange);
}

/* A body that grows beside a thousand others leaves holes wherever it was in the heap: by itself
 * the allocator raises its threshold for mapped blocks, and below it the heap's spare end takes
 * even large ones in. Without both each large body has pages of its own, and grows without being
 * copied. */
void service_prepare_heap(void)
{
    (void) mallopt(M_MMAP_THRESHOLD, (int) BODY_AHEAD);
    (void) mallopt(M_TOP_PAD, 0);
}

void service_release(struct service *service)
{
    while (service->spare != NULL) {
        struct exchange *exchange = service->spare;
        service->spare = (struct exchange *) exchange->job.next;
        buf_free(&exchange->body);
        free(exchange);
    }
    service->spares = 0;
}

static void refuse(struct exchange *exchange, int http, const char *status)
{
    exchange->http = http;
    exchange->status = status;
    drop_body(exchange);
}

/* The answer of the endpoint, which is known by then. */
static int answer_to(const struct exchange *exchange, hg_status status)
{
    return answers_http(&exchange->endpoint->rules.answers, status);
}

static void refuse_status(struct exchange *exchange, hg_status status)
{
    hg_class kind = hg_status_class(status);
    exchange_quarantine(exchange, status);
    exchange->blamed =
        kind == HG_CLASS_MALFORMED || kind == HG_CLASS_FORGED || kind == HG_CLASS_STALE;
    refuse(exchange, answer_to(exchange, status), hg_status_name(status));
}

/* ---- Challenges ------------------------------------------------------------------------------ */

/* A token can be guessed: who guesses counts as who forges. */
static void take_challenge(struct exchange *exchange, enum challenge_result result)
{
    exchange->blamed = result == CHALLENGE_DENIED || result == CHALLENGE_BAD;
    switch (result) {
    case CHALLENGE_NONE: break;
    case CHALLENGE_TAKEN: refuse(exchange, hg_status_http(HG_OK), "challenge"); break;
    case CHALLENGE_DENIED:
        refuse(exchange, answer_to(exchange, HG_MISMATCH), "challenge_denied");
        break;
    case CHALLENGE_BAD:
        refuse(exchange, answer_to(exchange, HG_BAD_REQUEST), "bad_challenge");
        break;
    case CHALLENGE_FAILED:
        refuse(exchange, answer_to(exchange, HG_CRYPTO), "challenge_failed");
        break;
    }
}

static void challenge_head(struct exchange *exchange, const struct head *head)
{
    const struct endpoint *endpoint = exchange->endpoint;
    int64_t now = exchange->service->now.wall_ms / 1000;
    size_t key = endpoint_mac_key(endpoint, &exchange->verdict, now);
    take_challenge(exchange, challenge_in_head(endpoint->rules.challenge, head, endpoint->scheme,
                                               key, &exchange->reply));
}

/* The body has verified. One that a challenge could have had signed proves nothing: mismatch. */
static void challenge_body(struct exchange *exchange, int64_t now)
{
    const struct endpoint *endpoint = exchange->endpoint;
    const struct challenge *challenge = endpoint->rules.challenge;
    if (challenge->guarded && challenge_sound(exchange->request.body)) {
        exchange->verdict = (hg_verdict){.status = HG_MISMATCH};
        refuse_status(exchange, HG_MISMATCH);
        return;
    }
    size_t key = endpoint_mac_key(endpoint, &exchange->verdict, now);
    take_challenge(exchange,
                   challenge_in_body(challenge, exchange->request.body, key, &exchange->reply));
}

/* ---- The head -------------------------------------------------------------------------------- */

static const struct endpoint *find_endpoint(const struct config *config, hg_str path)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        if (endpoint->path.len == path.len &&
            strncmp(endpoint->path.ptr, path.ptr, path.len) == 0) {
            return endpoint;
        }
    }
    return NULL;
}

/* The request as it is verified and as it is kept: without a secret that came in the URL. */
static void fill_requests(struct exchange *exchange, const struct head *head)
{
    hg_str base = exchange->endpoint->public_url;
    exchange->request.method = head->method;
    exchange->request.headers = head->headers;
    exchange->request.header_count = head->header_count;
    exchange->stored = exchange->request;
    exchange->request.url = exchange->origin;
    exchange->stored.url = exchange->origin;
    if (url_scrub(exchange->origin, &exchange->url)) {
        exchange->stored.url = buf_str(&exchange->url);
    }
    if (base.len > 0) {
        (void) buf_add_str(&exchange->public_url, base);
        (void) buf_add_str(&exchange->public_url, exchange->origin);
        exchange->request.url = buf_str(&exchange->public_url);
    }
    if (exchange->url.failed || exchange->public_url.failed) {
        refuse_status(exchange, HG_NO_MEMORY);
    }
}

/* Many slow large requests must not exhaust the memory. */
static bool fits_in_flight(const struct exchange *exchange, uint64_t more)
{
    const struct service *service = exchange->service;
    return service->bodies + more <= (uint64_t) service->config->limits.max_bytes_in_flight;
}

static void refuse_in_flight(struct exchange *exchange)
{
    refuse(exchange, 503, "in_flight_full");
}

static void expect_body(struct exchange *exchange, uint64_t length)
{
    if (length == HEAD_NO_LENGTH) {
        return;
    }
    if (length > exchange->body.max) {
        refuse_status(exchange, HG_TOO_LARGE);
    } else if (!fits_in_flight(exchange, length)) {
        refuse_in_flight(exchange);
    } else if (length > 0) {
        (void) buf_reserve(&exchange->body, (size_t) (length < BODY_AHEAD ? length : BODY_AHEAD));
    }
}

/* Headers that fail already are answered before a body that is yet to come. A request for the
 * quarantine is read whole, unless its client waits to be asked for the body. */
static void check_early(struct exchange *exchange, const struct head *head, uint64_t length)
{
    bool asks = head->first[HEAD_EXPECT] != NULL;
    bool comes_later =
        length == HEAD_NO_LENGTH ? head->first[HEAD_CODING] != NULL : length > EXCHANGE_EARLY_MIN;
    hg_stream stream;
    if (!asks && !comes_later) {
        return;
    }
    hg_status status = hg_stream_begin(&stream, &exchange->endpoint->options, &exchange->request);
    (void) !hg_stream_end(&stream).status; /* wipes it */
    const struct quarantine *quarantine = exchange->service->quarantine;
    bool kept = !asks && quarantine != NULL && quarantine_wants(quarantine, status);
    if (hg_status_class(status) == HG_CLASS_MALFORMED && !kept) {
        refuse_status(exchange, status);
    }
}

/* The endpoint stays as it is until the request ends, whatever the configuration becomes. */
static void hold_edition(struct exchange *exchange)
{
    exchange->edition = exchange->service->edition;
    if (exchange->edition != NULL) {
        exchange->edition->users++;
    }
}

static void route(struct exchange *exchange, const struct head *head)
{
    exchange->endpoint = find_endpoint(exchange->service->config, head_path(exchange->origin));
    if (exchange->endpoint == NULL) {
        refuse(exchange, 404, "not_found");
        return;
    }
    hold_edition(exchange);
    if (exchange->endpoint->rules.challenge != NULL) {
        challenge_head(exchange, head);
    }
    if (exchange->http != 0) {
        return;
    }
    if (!rules_take_method(&exchange->endpoint->rules, head->method)) {
        refuse(exchange, 405, "method_not_allowed");
        return;
    }
    fill_requests(exchange, head);
    uint64_t length = head_length(head);
    if (exchange->http == 0) {
        expect_body(exchange, length);
    }
    if (exchange->http == 0) {
        check_early(exchange, head, length);
    }
}

void exchange_head(struct exchange *exchange, const struct head *head)
{
    const struct head_fault *fault = head_check(head);
    exchange_find_client(exchange, head);
    if (fault != NULL) {
        refuse(exchange, fault->http, fault->name);
        exchange->close = exchange->blamed = true;
        return;
    }
    exchange->origin = head->origin;
    if (exchange_is_blocked(exchange)) {
        refuse(exchange, 429, "too_many_refused");
    } else {
        route(exchange, head);
    }
    if (exchange->http == 0) {
        return;
    }
    /* A client that waits for "100 Continue" sends nothing after a refusal; what is too much to be
     * swallowed is not waited for. */
    uint64_t length = head_length(head);
    exchange->close = head->first[HEAD_EXPECT] != NULL ||
                      (length != HEAD_NO_LENGTH && length > EXCHANGE_SWALLOW_MAX);
}

/* ---- The body -------------------------------------------------------------------------------- */

bool exchange_body(struct exchange *exchange, const void *data, size_t size)
{
    struct service *service = exchange->service;
    exchange->body_len += size;
    if (exchange->http != 0) {
        return exchange->body_len <= EXCHANGE_SWALLOW_MAX;
    }
    if (exchange->body_len > exchange->body.max) {
        refuse_status(exchange, HG_TOO_LARGE);
    } else if (!fits_in_flight(exchange, size)) {
        refuse_in_flight(exchange);
    } else if (!buf_add(&exchange->body, data, size)) {
        refuse_status(exchange, HG_NO_MEMORY);
    } else {
        service->bodies += size;
    }
    return true;
}

/* Some platforms stop sending over a refusal; such a delivery is authentic, and not kept. */
static void acknowledge_unwanted(struct exchange *exchange)
{
    if (exchange->endpoint->rules.ack_unwanted &&
        hg_status_class(exchange->verdict.status) == HG_CLASS_UNWANTED) {
        exchange->http = answer_to(exchange, HG_OK);
    }
}

static hg_verdict timed_verify(struct metrics *metrics, const hg_options *options,
                               const hg_request *request)
{
    if (metrics == NULL) {
        return hg_verify(options, request);
    }
    int64_t begun_ns = clock_steady_ns();
    hg_verdict verdict = hg_verify(options, request);
    metrics_verified(metrics, clock_steady_ns() - begun_ns);
    return verdict;
}

void exchange_finish(struct exchange *exchange)
{
    if (exchange->http != 0) {
        return;
    }
    struct moment *now = &exchange->service->now;
    hg_options options = exchange->endpoint->options;
    moment_move(now);
    options.now = now->wall_ms / 1000;
    exchange->request.body = buf_str(&exchange->body);
    exchange->verdict = timed_verify(exchange->service->metrics, &options, &exchange->request);
    if (exchange->verdict.status != HG_OK) {
        refuse_status(exchange, exchange->verdict.status);
        acknowledge_unwanted(exchange);
        return;
    }
    exchange->stored.body = exchange->request.body;
    endpoint_describe(exchange->endpoint, &exchange->verdict, now->wall_ms,
                      &exchange->job.delivery);
    exchange->job.delivery.request = &exchange->stored;
    if (exchange->endpoint->rules.challenge != NULL) {
        challenge_body(exchange, options.now);
    }
    exchange->no_body_id =
        exchange->http == 0 && exchange->endpoint->rules.id_from != NULL &&
        !endpoint_body_id(exchange->endpoint, exchange->stored.body, &exchange->job.delivery);
}

void exchange_stored(struct exchange *exchange)
{
    hg_status status = exchange->job.kept ? HG_OK : HG_STORE_DOWN;
    exchange->http = answer_to(exchange, status);
    exchange->status = hg_status_name(status);
}
