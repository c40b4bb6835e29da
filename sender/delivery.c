/* SPDX-License-Identifier: MIT
 *
 * One delivery with its attempts.
 */
#include "sender/delivery.h"

#include <stdio.h>
#include <sys/random.h>
#include <time.h>

#include "sender/retry.h"
#include "sender/stop.h"

#define ID_BYTES 16 /* random bytes of an id: two will not meet */

static bool random_bytes(void *out, size_t size)
{
    return getrandom(out, size, 0) == (ssize_t) size;
}

/* 0 to 1; the middle when the system gives no randomness, since waiting needs none. */
static double random_part(void)
{
    uint32_t value = UINT32_MAX / 2;
    (void) random_bytes(&value, sizeof value);
    return (double) value / (double) UINT32_MAX;
}

bool delivery_id(char out[DELIVERY_ID_SIZE])
{
    unsigned char bytes[ID_BYTES];
    if (!random_bytes(bytes, sizeof bytes)) {
        return false;
    }
    int start = snprintf(out, DELIVERY_ID_SIZE, "msg_");
    size_t length =
        hg_encode(HG_HEX, bytes, sizeof bytes, out + start, DELIVERY_ID_SIZE - (size_t) start - 1);
    out[(size_t) start + length] = '\0';
    return length > 0;
}

hg_status delivery_sign(const struct delivery *delivery, const char *id, int64_t now,
                        struct delivery_headers *out)
{
    out->list[0] = (hg_header){hg_text("Content-Type"), hg_text("application/json")};
    out->list[1] = (hg_header){hg_text("User-Agent"), hg_text("hookgauge/" HG_VERSION)};
    out->count = 2;
    if (delivery->ring == NULL) {
        return HG_OK;
    }
    hg_request request = {
        .method = hg_text("POST"),
        .url = hg_text(delivery->url),
        .headers = out->list,
        .header_count = out->count,
        .body = delivery->body,
    };
    hg_signing signing = {
        .scheme = delivery->scheme,
        .ring = delivery->ring,
        .now = now,
        .event = delivery->event,
        .id = hg_text(id),
    };
    hg_header added[HG_SIGN_HEADERS_MAX];
    size_t count = 0;
    hg_status status = hg_sign(&signing, &request, out->text, added, &count);
    for (size_t i = 0; status == HG_OK && i < count; i++) {
        out->list[out->count++] = added[i];
    }
    return status;
}

bool delivery_check(const struct delivery *delivery, struct fail *fail)
{
    struct delivery_headers headers;
    char id[DELIVERY_ID_SIZE];
    if (!delivery_id(id)) {
        return fail_set(fail, EXIT_UNKNOWN, "the system gives no randomness");
    }
    hg_status status = delivery_sign(delivery, id, (int64_t) time(NULL), &headers);
    if (status == HG_OK) {
        return true;
    }
    enum exit_code code = hg_status_class(status) == HG_CLASS_SYSTEM ? EXIT_UNKNOWN : EXIT_USAGE;
    return fail_set(fail, code, "can't be signed: %s (%s)", hg_status_text(status),
                    hg_status_name(status));
}

static struct transport_answer attempt_once(struct transport *transport,
                                            const struct delivery *delivery,
                                            const struct delivery_policy *policy, const char *id)
{
    struct delivery_headers headers;
    hg_status status = delivery_sign(delivery, id, (int64_t) time(NULL), &headers);
    if (status != HG_OK) {
        struct transport_answer answer = {.result = TRANSPORT_BROKEN, .retry_after_s = -1};
        (void) snprintf(answer.error, sizeof answer.error, "can't be signed: %s",
                        hg_status_text(status));
        return answer;
    }
    struct transport_call call = {
        .method = "POST",
        .url = delivery->url,
        .headers = headers.list,
        .header_count = headers.count,
        .body = delivery->body,
        .connect_timeout_ms = policy->connect_timeout_ms,
        .total_timeout_ms = policy->total_timeout_ms,
    };
    return transport_call(transport, &call);
}

static enum delivery_result result_of(const struct transport_answer *answer)
{
    if (answer->result != TRANSPORT_ANSWERED) {
        return DELIVERY_FAILED;
    }
    return answer->status >= 200 && answer->status <= 299 ? DELIVERY_DONE : DELIVERY_REFUSED;
}

enum delivery_result deliver(struct transport *transport, const struct delivery *delivery,
                             const struct delivery_policy *policy, struct delivery_hook hook)
{
    struct delivery_attempt attempt = {0};
    char id[DELIVERY_ID_SIZE];
    if (!delivery_id(id)) {
        return DELIVERY_FAILED;
    }
    do {
        attempt.number++;
        attempt.answer = attempt_once(transport, delivery, policy, id);
        attempt.wait_s = -1;
        if (attempt.number <= policy->retries && retry_is_useful(&attempt.answer) &&
            !stop_flag_is_set(stop_flag())) {
            attempt.wait_s = retry_wait_s(attempt.number, random_part(),
                                          attempt.answer.retry_after_s, policy->max_wait_s);
        }
        hook.note(hook.context, &attempt);
    } while (attempt.wait_s >= 0 && !stop_wait(attempt.wait_s));
    return result_of(&attempt.answer);
}
