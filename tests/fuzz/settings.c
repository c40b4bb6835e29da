/* SPDX-License-Identifier: MIT
 *
 * The sender's webhook settings: any text in; of what is taken, each webhook has a type, an action
 * and, unless its URL is yet to be read, a place to send to.
 */
#include "sender/settings.h"

#include "tests/fuzz/outside.h"

static void check_webhook(const struct settings *settings, struct webhook *webhook)
{
    struct fail fail = {0};
    size_t wanted = 0;
    MUST(webhook->type != NULL && webhook->url != NULL && webhook->place[0] != '\0');
    for (size_t i = 0; i < HG_ACTIONS; i++) {
        wanted += webhook_wants(webhook, webhook->type, hg_action_at(i));
    }
    MUST(wanted > 0);
    MUST(webhook_covers(webhook, NULL) == (webhook->object_count == 0));
    for (size_t i = 0; i < webhook->object_count; i++) {
        MUST(object_check(webhook->objects[i], webhook->type, &fail));
    }
    if (!webhook_open(settings, webhook, &fail)) {
        MUST(fail.exit_code != 0 && strpbrk(fail.text, "\n\r") == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    hg_str text = exact((hg_str){(const char *) data, size > 1 ? size - 1 : 0});
    bool keep_sk = size > 0 && data[size - 1] % 2 == 0;
    struct settings settings = {0};
    struct fail fail = {0};
    outside_file = text;
    bool done = settings_load("fuzz", keep_sk, &settings, &fail);
    MUST(done == (fail.exit_code == 0) && (done || fail.text[0] != '\0'));
    MUST(strpbrk(fail.text, "\n\r") == NULL && (done || settings.webhooks == NULL));
    for (size_t i = 0; i < settings.count; i++) {
        check_webhook(&settings, &settings.webhooks[i]);
    }
    if (done) {
        settings_free(&settings);
    }
    exact_free(text);
    return 0;
}
