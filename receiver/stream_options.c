/* SPDX-License-Identifier: MIT
 *
 * See stream_options.h.
 */
#include "receiver/stream_options.h"

#define DEFAULT_REPLICAS 3 /* the least that survives a server */
#define DEFAULT_ACK_WAIT_S 30

void stream_options_init(struct stream_options *options)
{
    *options =
        (struct stream_options){.replicas = DEFAULT_REPLICAS, .ack_wait_s = DEFAULT_ACK_WAIT_S};
}

/* What comes in pairs or excludes each other. */
static bool check_credentials(const struct json *at, const struct stream_options *options,
                              struct fail *fail)
{
    int ways = (options->user != NULL) + (options->token != NULL) + (options->credentials != NULL);
    if ((options->user == NULL) != (options->password == NULL)) {
        return json_fail(at, fail, "user and password belong together");
    }
    if ((options->certificate == NULL) != (options->key == NULL)) {
        return json_fail(at, fail, "certificate and key belong together");
    }
    return ways <= 1 || json_fail(at, fail, "has more than one of user, token and credentials");
}

bool stream_options_read(const struct json *root, const char *store, struct stream_options *options,
                         struct fail *fail)
{
    static const char *const known[] = {"user",      "password",    "token",      "credentials",
                                        "ca",        "certificate", "key",        "replicas",
                                        "max_age_s", "max_bytes",   "ack_wait_s", NULL};
    struct json at;
    if (!json_get(root, "nats", &at)) {
        return true;
    }
    return json_object(&at, known, fail) && json_opt_text(&at, "user", &options->user, fail) &&
           json_opt_text(&at, "password", &options->password, fail) &&
           json_opt_text(&at, "token", &options->token, fail) &&
           json_opt_text(&at, "credentials", &options->credentials, fail) &&
           json_opt_text(&at, "ca", &options->ca, fail) &&
           json_opt_text(&at, "certificate", &options->certificate, fail) &&
           json_opt_text(&at, "key", &options->key, fail) &&
           json_opt_int(&at, "replicas", 1, STREAM_REPLICAS_MAX, &options->replicas, fail) &&
           json_opt_int(&at, "max_age_s", 1, STREAM_AGE_MAX_S, &options->max_age_s, fail) &&
           json_opt_int(&at, "max_bytes", 1, INT64_C(1) << 53, &options->max_bytes, fail) &&
           json_opt_int(&at, "ack_wait_s", 1, STREAM_ACK_WAIT_MAX_S, &options->ack_wait_s, fail) &&
           check_credentials(&at, options, fail) &&
           (stream_is_spec(store) || json_fail(&at, fail, "belongs to a store nats:// or tls://"));
}
