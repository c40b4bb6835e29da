/* SPDX-License-Identifier: MIT
 *
 * Challenges: any target, header and body in; what comes back is a text that means nothing else.
 *
 * The first byte chooses the challenge, the second where the rest is cut in two.
 */
#include "receiver/challenge.h"

#include "tests/fuzz/input.h"

static const hg_scheme *signs(void)
{
    static hg_scheme *scheme;
    MUST(scheme != NULL || hg_scheme_open("asana", &scheme, NULL) == HG_OK);
    return scheme;
}

/* The value stands between the brackets, whatever was asked. */
static void check_reply(enum challenge_result result, struct reply *reply)
{
    MUST((result == CHALLENGE_TAKEN) == (reply != NULL));
    if (reply != NULL) {
        hg_str body = buf_str(&reply->body);
        MUST(body.len > 2 && body.ptr[0] == '<' && body.ptr[body.len - 1] == '>');
        MUST(challenge_sound((hg_str){body.ptr + 1, body.len - 2}));
        MUST(strlen(reply->value) == body.len - 2);
        MUST(strncmp(reply->value, body.ptr + 1, body.len - 2) == 0);
    }
    reply_free(reply);
}

static void ask_head(const struct challenge *challenge, const char *method, hg_str target,
                     hg_str value)
{
    struct reply *reply = NULL;
    const hg_header headers[] = {{hg_text("Host"), hg_text("a")}, {hg_text("X-Ask"), value}};
    struct head head = {.method = hg_text(method),
                        .target = target,
                        .version = hg_text("HTTP/1.1"),
                        .headers = headers,
                        .header_count = 2};
    check_reply(challenge_in_head(challenge, &head, signs(), 0, &reply), reply);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    struct challenge challenge = {.from = (enum challenge_from)(data[0] % 3), .text = "<{value}>"};
    size_t rest = size - 2;
    size_t at = rest > 0 ? data[1] % rest : 0;
    hg_str first = exact((hg_str){(const char *) data + 2, at});
    hg_str second = exact((hg_str){(const char *) data + 2 + at, rest - at});
    struct reply *reply = NULL;
    buf_init(&challenge.secret, HG_SECRET_MAX);
    if (challenge.from == CHALLENGE_BODY) {
        challenge.when[challenge.when_count++] = (struct challenge_part){"/type", "ask"};
        challenge.value = "/a/0";
        check_reply(challenge_in_body(&challenge, second, 0, &reply), reply);
    } else if (challenge.from == CHALLENGE_QUERY) {
        challenge.value = "a.b";
        challenge.token = (data[0] & 4) != 0 ? "t" : NULL;
        MUST(buf_add_text(&challenge.secret, "secret"));
        ask_head(&challenge, "GET", first, second);
    } else {
        challenge.value = "x-ask";
        ask_head(&challenge, "POST", first, second);
    }
    buf_wipe(&challenge.secret);
    exact_free(first);
    exact_free(second);
    return 0;
}
