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

struct MHD_Response *responses_get(struct responses *responses, int http, bool closing)
{
    struct MHD_Response **slot = &responses->made[closing ? 1 : 0][http - RESPONSES_FIRST];
    if (*slot == NULL) {
        *slot = make(http, NULL, NULL, closing);
    }
    return *slot;
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

bool responses_init(struct responses *responses)
{
    memset(responses, 0, sizeof(*responses));
    for (size_t i = 0; answer_usual(i) != 0; i++) {
        if (responses_get(responses, answer_usual(i), false) == NULL ||
            responses_get(responses, answer_usual(i), true) == NULL) {
            return false;
        }
    }
    return true;
}

void responses_release(struct responses *responses)
{
    for (size_t i = 0; i < 2 * RESPONSES_COUNT; i++) {
        struct MHD_Response *response = responses->made[i / RESPONSES_COUNT][i % RESPONSES_COUNT];
        if (response != NULL) {
            MHD_destroy_response(response);
        }
    }
}
