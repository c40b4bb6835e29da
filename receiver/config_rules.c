/* SPDX-License-Identifier: MIT
 *
 * The rules of one endpoint in the JSON configuration.
 */
#include <string.h>

#include "base/json_pointer.h"
#include "receiver/config.h"

static bool read_method(const struct json *at, struct rules *rules, struct fail *fail)
{
    const char *text, *name;
    if (!json_text(at, &text, fail)) {
        return false;
    }
    for (size_t i = 0; (name = rules_method(i)) != NULL; i++) {
        if (strcmp(name, text) == 0) {
            rules->methods |= 1U << i;
            return true;
        }
    }
    return json_fail(at, fail, "must be POST, PUT, PATCH, DELETE or GET");
}

static bool read_methods(const struct json *object, struct rules *rules, struct fail *fail)
{
    struct json list, item = {0};
    if (!json_get(object, "methods", &list)) {
        return true;
    }
    if (!json_array(&list, fail)) {
        return false;
    }
    if (json_count(&list) == 0) {
        return json_fail(&list, fail, "is empty: nothing could ever be accepted");
    }
    rules->methods = 0;
    while (json_item(&list, &item)) {
        if (!read_method(&item, rules, fail)) {
            return false;
        }
    }
    return true;
}

static bool read_answers(const struct json *object, struct answers *answers, struct fail *fail)
{
    static const char *const known[] = {"ok", "malformed", "forged", "unwanted", NULL};
    struct json at, member;
    if (!json_get(object, "answers", &at)) {
        return true;
    }
    if (!json_object(&at, known, fail)) {
        return false;
    }
    for (size_t i = 0; i < ANSWER_CLASSES; i++) {
        int first, last;
        int64_t http = answers->http[i];
        answer_class_range(i, &first, &last);
        if (!json_opt_int(&at, answer_class_name(i), first, last, &http, fail)) {
            return false;
        }
        if (!answer_allowed(i, (int) http)) {
            (void) json_get(&at, answer_class_name(i), &member);
            return json_fail(&member, fail, "must not be %d, which asks for more than we do",
                             (int) http);
        }
        answers->http[i] = (int) http;
    }
    return true;
}

static bool read_unwanted(const struct json *object, struct rules *rules, struct fail *fail)
{
    struct json at, answers, member;
    const char *text;
    if (!json_get(object, "unwanted", &at)) {
        return true;
    }
    if (!json_text(&at, &text, fail)) {
        return false;
    }
    rules->ack_unwanted = strcmp(text, "ack") == 0;
    if (!rules->ack_unwanted && strcmp(text, "refuse") != 0) {
        return json_fail(&at, fail, "must be refuse or ack");
    }
    if (rules->ack_unwanted && json_get(object, "answers", &answers) &&
        json_get(&answers, "unwanted", &member)) {
        return json_fail(&member, fail, "is never answered, since unwanted is \"ack\"");
    }
    return true;
}

/* An id out of the body counts only where the body is signed, and where no id is signed already. */
static bool read_id_from(const struct json *object, struct endpoint *endpoint, struct fail *fail)
{
    struct json at, dedup;
    const char *text;
    if (!json_get(object, "id_from", &at)) {
        return true;
    }
    if (!json_text(&at, &text, fail)) {
        return false;
    }
    if (!json_pointer_check(text)) {
        return json_fail(&at, fail, "must be a JSON pointer such as /data/id");
    }
    if (hg_scheme_binds(endpoint->scheme, HG_PART_ID)) {
        return json_fail(&at, fail, "is not needed: the scheme signs an id");
    }
    if (!hg_scheme_binds(endpoint->scheme, HG_PART_BODY)) {
        return json_fail(&at, fail, "can't be trusted: the scheme does not sign the body");
    }
    endpoint->rules.id_from = text;
    if (!json_get(object, "dedup_s", &dedup)) {
        endpoint->dedup_s = ENDPOINT_DEDUP_ID_S;
    }
    return true;
}

bool config_read_rules(const struct json *object, struct endpoint *endpoint, struct fail *fail)
{
    struct rules *rules = &endpoint->rules;
    return read_methods(object, rules, fail) && read_answers(object, &rules->answers, fail) &&
           read_unwanted(object, rules, fail) && read_id_from(object, endpoint, fail);
}
