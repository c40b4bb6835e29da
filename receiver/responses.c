/* SPDX-License-Identifier: MIT
 *
 * See responses.h.
 */
#include "receiver/responses.h"

#include <string.h>

#include "receiver/http.h"

static const char answer_type[] = "application/json";

/* Adds a header; false, and the response is gone, when there is no memory for it. */
static bool with(struct MHD_Response *response, const char *header, const char *value)
{
    if (MHD_add_response_header(response, header, value) == MHD_YES) {
        return true;
    }
    MHD_destroy_response(response);
    return false;
}

struct MHD_Response *response_new(hg_str text, const char *type, bool closing)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        text.len, (void *) (uintptr_t) text.ptr, MHD_RESPMEM_MUST_COPY);
    bool done = response != NULL &&
                (text.len == 0 || with(response, MHD_HTTP_HEADER_CONTENT_TYPE, type)) &&
                (!closing || with(response, MHD_HTTP_HEADER_CONNECTION, "close"));
    return done ? response : NULL;
}

static struct MHD_Response *make(int http, const char *header, const char *value, bool closing)
{
    char body[ANSWER_BODY_MAX];
    struct answer answer = answer_of(http);
    answer_body(&answer, body);
    struct MHD_Response *response = response_new(hg_text(body), answer_type, closing);
    bool done = response != NULL &&
                (answer.header == NULL || with(response, answer.header, answer.value)) &&
                (header == NULL || with(response, header, value));
    return done ? response : NULL;
}

static struct MHD_Response *make_dated(int http, bool closing, int64_t now_s)
{
    char date[HG_TIME_TEXT_MAX + 1];
    date[hg_time_print(HG_TIME_HTTP_DATE, now_s, date)] = '\0';
    return make(http, date[0] != '\0' ? MHD_HTTP_HEADER_DATE : NULL, date, closing);
}

/* Who still sends an answer with an old date keeps it alive. */
static void renew(struct dated *dated, int http, bool closing, int64_t now_s)
{
    struct MHD_Response *response = make_dated(http, closing, now_s);
    if (response == NULL) {
        return;
    }
    if (dated->response != NULL) {
        MHD_destroy_response(dated->response);
    }
    *dated = (struct dated){response, now_s};
}

struct MHD_Response *responses_get(struct responses *responses, int http, bool closing,
                                   int64_t now_s)
{
    struct dated *dated = &responses->made[closing ? 1 : 0][http - RESPONSES_FIRST];
    if (dated->response == NULL || dated->date_s != now_s) {
        renew(dated, http, closing, now_s);
    }
    return dated->response;
}

struct MHD_Response *response_not_allowed(const struct rules *rules, bool closing)
{
    char allow[RULES_ALLOW_MAX];
    rules_allow(rules, allow);
    return make(MHD_HTTP_METHOD_NOT_ALLOWED, MHD_HTTP_HEADER_ALLOW, allow, closing);
}

/* Nothing that comes back may be taken for a page, or be kept. */
struct MHD_Response *response_reply(const struct reply *reply, bool closing)
{
    struct MHD_Response *response = response_new(buf_str(&reply->body), reply->type, closing);
    bool done = response != NULL && with(response, "X-Content-Type-Options", "nosniff") &&
                with(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store") &&
                (reply->header == NULL || with(response, reply->header, reply->value));
    return done ? response : NULL;
}

bool responses_init(struct responses *responses, int64_t now_s)
{
    memset(responses, 0, sizeof(*responses));
    for (size_t i = 0; answer_usual(i) != 0; i++) {
        if (responses_get(responses, answer_usual(i), false, now_s) == NULL ||
            responses_get(responses, answer_usual(i), true, now_s) == NULL) {
            return false;
        }
    }
    return true;
}

void responses_release(struct responses *responses)
{
    for (size_t i = 0; i < 2 * RESPONSES_COUNT; i++) {
        struct MHD_Response *response =
            responses->made[i / RESPONSES_COUNT][i % RESPONSES_COUNT].response;
        if (response != NULL) {
            MHD_destroy_response(response);
        }
    }
}
