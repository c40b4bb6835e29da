/* SPDX-License-Identifier: MIT
 *
 * See rules.h.
 */
#include "receiver/rules.h"

#include <stdio.h>
#include <string.h>

#include "base/json_pointer.h"
#include "receiver/challenge.h"

/* HEAD and OPTIONS deliver nothing, CONNECT and TRACE are not for an origin server. */
static const char *const methods[] = {"POST", "PUT", "PATCH", "DELETE", "GET"};

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

const char *rules_method(size_t index)
{
    return index < METHODS ? methods[index] : NULL;
}

void rules_init(struct rules *rules)
{
    *rules = (struct rules){.methods = 1};
    answers_init(&rules->answers);
}

void rules_release(struct rules *rules)
{
    challenge_free(rules->challenge);
}

bool rules_take_method(const struct rules *rules, hg_str method)
{
    for (size_t i = 0; i < METHODS; i++) {
        if (strlen(methods[i]) == method.len && strncmp(methods[i], method.ptr, method.len) == 0) {
            return (rules->methods & 1U << i) != 0;
        }
    }
    return false;
}

void rules_allow(const struct rules *rules, char out[RULES_ALLOW_MAX])
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < METHODS; i++) {
        if ((rules->methods & 1U << i) != 0) {
            used += (size_t) snprintf(out + used, RULES_ALLOW_MAX - used, "%s%s",
                                      used > 0 ? ", " : "", methods[i]);
        }
    }
}

size_t rules_body_id(const char *pointer, hg_str body, char id[HG_VALUE_MAX])
{
    cJSON *tree = NULL;
    struct fail fail = {0};
    if (!json_parse(body, "the body", &tree, &fail)) {
        return 0;
    }
    size_t len = json_scalar(json_pointer_find(pointer, tree), id, HG_VALUE_MAX);
    cJSON_Delete(tree);
    for (size_t i = 0; i < len; i++) {
        if (id[i] <= 0x20 || id[i] > 0x7e) {
            return 0;
        }
    }
    return len;
}
