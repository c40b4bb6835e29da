/* SPDX-License-Identifier: MIT
 *
 * What a receiver is told: the JSON configuration file, or flags for a single endpoint.
 */
#ifndef RECEIVER_CONFIG_H
#define RECEIVER_CONFIG_H

#include "base/json.h"
#include "base/log.h"
#include "receiver/endpoint.h"
#include "receiver/forwarded.h"
#include "receiver/listener.h"
#include "receiver/quarantine.h"
#include "receiver/stream_options.h"

#define CONFIG_FILE_MAX ((size_t) 1 << 20) /* bytes: room for every endpoint with every pattern */
#define CONFIG_ENDPOINTS_MAX ((size_t) 64) /* bounds the look-up of a path */

struct limits {
    int64_t max_body;                    /* bytes of a request's body */
    int64_t max_bytes_in_flight;         /* bytes of all bodies held at once */
    int64_t max_connections;             /* open at once; more wait to be accepted */
    int64_t max_connections_per_address; /* the same of one address; 0: no limit */
    int64_t refused_per_minute;          /* requests of one address; 0: no limit */
    int64_t idle_timeout_s;              /* between two bytes from a client */
    int64_t request_timeout_s;           /* from the end of one request to the end of the next */
};

struct sources;

struct config {
    struct address listen[LISTENERS_MAX];
    size_t listen_count;
    bool has_admin;
    struct address admin;
    const char *tls_certificate, *tls_key; /* file names; NULL: no TLS */
    const char *user, *group;              /* whom to become; NULL: not given */
    const char *store;
    struct stream_options nats; /* for a store in a cluster */
    enum log_level log_level;
    bool log_json;
    struct limits limits;
    struct trust trust;
    struct quarantine_spec quarantine;
    struct retention_rules retention;
    struct endpoint endpoints[CONFIG_ENDPOINTS_MAX];
    size_t endpoint_count;
    const char *file;        /* what messages call it; NULL when it comes from flags; borrowed */
    struct buf text;         /* what it was read from, so that its secrets can be read anew */
    struct sources *sources; /* remembers where the secrets are; borrowed; may be NULL */
    bool keyless; /* set before it is read: nothing is verified with it, see config_read_key */
    cJSON *tree;  /* what the texts point into, owned; NULL when they come from flags */
    char *texts;  /* likewise, for flags that are cut up */
};

/* Sets the defaults: no address, no store, no endpoint. */
void config_init(struct config *config);
void config_release(struct config *config);

/* Reads the JSON form. file is what messages call it. EXIT_USAGE with the JSON path of the first
 * mistake; *config is then released. */
bool config_parse(struct config *config, hg_str text, const char *file, struct fail *fail);

/* Reads where the receiver listens and as whom it runs: listen, admin, tls, user, group. */
bool config_read_listen(const struct json *root, struct config *config, struct fail *fail);

/* Reads a secret that deliveries or challenges are verified with, at a place that holds its source;
 * out is initialised here. In a keyless configuration the source is checked and not looked at, and
 * out stays empty: whoever verifies nothing needs no such secret, so it need not be on the machine.
 */
bool config_read_key(const struct json *at, const struct config *config, struct buf *out,
                     struct fail *fail);

/* Reads one endpoint at a place in the document and adds it to *config. */
bool config_read_endpoint(const struct json *at, struct config *config, struct fail *fail);

/* Limits, trusted proxies and quarantine: their defaults, what the root of the document says, and
 * whether limits agree with each other (EXIT_USAGE names them). */
void config_default_limits(struct config *config);
bool config_read_limits(const struct json *root, struct config *config, struct fail *fail);
bool limits_check(const struct limits *limits, struct fail *fail);
/* Reads an endpoint's "forward", "exec" and "deliver" into endpoint->target, which is released with
 * the endpoint also after a failure. The endpoint is complete but not counted yet. */
bool config_read_target(const struct json *at, const struct config *config,
                        struct endpoint *endpoint, struct fail *fail);

/* Reads "retention"; the store is known by then. */
bool config_read_retention(const struct json *root, struct config *config, struct fail *fail);

/* Reads the rules of an endpoint that has its scheme; object is the endpoint's. */
bool config_read_rules(const struct json *object, struct endpoint *endpoint, struct fail *fail);

/* Likewise its challenge; keys are the endpoint's. */
bool config_read_challenge(const struct json *object, const struct config *config,
                           const hg_key *keys, struct endpoint *endpoint, struct fail *fail);

/* The flag form; NULL: not given. The limits are set in *config by the caller. */
struct config_flags {
    const char *listen, *admin, *store;
    const char *tls_certificate, *tls_key, *user, *group;
    const char *path, *scheme, *secret, *previous_secret, *public_url;
    const char *events; /* patterns with commas between them */
    const char *forward, *exec;
    bool event_unsigned, body_unsigned;
};

/* Reads an endpoint from flags. EXIT_USAGE names the flag. The texts must outlive *config. */
bool config_from_flags(struct config *config, const struct config_flags *flags, struct fail *fail);

/* The same from --forward or --exec. */
bool config_target_from_flags(const struct config_flags *flags, const struct config *config,
                              struct endpoint *endpoint, struct fail *fail);

#define CONFIG_ATTEMPTS_MAX 256 /* of all endpoints at once: a thread each, with a body in hand */
#define CONFIG_BODY_MAX ((int64_t) 16 << 20)     /* bytes: what a capture can hold */
#define CONFIG_IN_FLIGHT_MAX ((int64_t) 1 << 40) /* bytes: a TiB */
#define CONFIG_CONNECTIONS_MAX 20000
#define CONFIG_REFUSED_MAX 60000 /* a thousand a second */
#define CONFIG_TIMEOUT_MAX_S 3600

#endif
