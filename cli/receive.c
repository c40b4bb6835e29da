/* SPDX-License-Identifier: MIT
 *
 * hookgauge receive: takes webhooks, verifies them and keeps them.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/args.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/receive_check.h"
#include "receiver/reload.h"
#include "receiver/server.h"

struct settings {
    struct config_flags flags;
    const char *log_level;
    bool log_json;
    long max_body, max_connections, idle_timeout, request_timeout; /* 0: not given */
    const char *file;
    bool check, json;
    bool help;
};

static const char about[] =
    "Takes webhooks over HTTP, verifies them and keeps them. A delivery is answered 200 only once\n"
    "it is durable. CONFIG.json describes many endpoints; the flags describe one. SRC is\n"
    "env:NAME, file:PATH, credential:NAME or fd:N. SIGTERM and SIGINT end it after every request\n"
    "that has begun is answered; SIGHUP reloads the configuration.";

static bool parse(int argc, char **argv, struct settings *set, struct fail *fail)
{
    struct config_flags *flags = &set->flags;
    const struct arg_option options[] = {
        {"secret", ARG_TEXT, &flags->secret, "SRC", "where the secret is", 0, 0},
        {"previous-secret", ARG_TEXT, &flags->previous_secret, "SRC",
         "a second one, good as well: for a rotation", 0, 0},
        {"path", ARG_TEXT, &flags->path, "PATH", "such as /api/webhook", 0, 0},
        {"scheme", ARG_TEXT, &flags->scheme, "NAME|FILE", "the wire format", 0, 0},
        {"listen", ARG_TEXT, &flags->listen, "ADDR:PORT", "or unix:/PATH, fd:N, systemd", 0, 0},
        {"admin", ARG_TEXT, &flags->admin, "ADDR:PORT",
         "serves /healthz, /readyz and /metrics there", 0, 0},
        {"tls-certificate", ARG_TEXT, &flags->tls_certificate, "FILE",
         "PEM, with its chain: --listen speaks TLS", 0, 0},
        {"tls-key", ARG_TEXT, &flags->tls_key, "FILE", "its key", 0, 0},
        {"user", ARG_TEXT, &flags->user, "NAME", "become that user once the socket is bound", 0, 0},
        {"group", ARG_TEXT, &flags->group, "NAME", "with this group, not its own", 0, 0},
        {"store", ARG_TEXT, &flags->store, "STORE",
         "sqlite:FILE, nats://HOST/STREAM, or memory: which keeps nothing", 0, 0},
        {"events", ARG_TEXT, &flags->events, "PATTERN,...",
         "accept these alone: Order.*, *.OnDelete (all)", 0, 0},
        {"event-unsigned", ARG_FLAG, &flags->event_unsigned, NULL,
         "trust the event although the scheme does not sign it", 0, 0},
        {"body-unsigned", ARG_FLAG, &flags->body_unsigned, NULL,
         "accept a scheme that does not sign the body", 0, 0},
        {"public-url", ARG_TEXT, &flags->public_url, "URL",
         "what senders call, up to the path, for schemes that sign it", 0, 0},
        {"forward", ARG_TEXT, &flags->forward, "URL|SRC", "POST each delivery on to this URL", 0,
         0},
        {"exec", ARG_TEXT, &flags->exec, "PROGRAM",
         "run this for each delivery, body on its standard input", 0, 0},
        {"check", ARG_FLAG, &set->check, NULL, "read and check everything, then end", 0, 0},
        {"json", ARG_FLAG, &set->json, NULL, "what --check says as JSON", 0, 0},
        {"log-level", ARG_TEXT, &set->log_level, "LEVEL", "error, warn, info or debug (info)", 0,
         0},
        {"log-json", ARG_FLAG, &set->log_json, NULL, "log lines are JSON", 0, 0},
        {"max-body", ARG_NUMBER, &set->max_body, "BYTES", "larger bodies are refused (1048576)", 1,
         CONFIG_BODY_MAX},
        {"max-connections", ARG_NUMBER, &set->max_connections, "N", "open at once (1000)", 1,
         CONFIG_CONNECTIONS_MAX},
        {"idle-timeout", ARG_NUMBER, &set->idle_timeout, "SECONDS", "between two bytes (10)", 1,
         CONFIG_TIMEOUT_MAX_S},
        {"request-timeout", ARG_NUMBER, &set->request_timeout, "SECONDS",
         "for a whole request (30)", 1, CONFIG_TIMEOUT_MAX_S},
    };
    const struct arg_command command = {
        .synopsis = "receive CONFIG.json | --secret SRC --path PATH --scheme S --listen ADDR:PORT "
                    "--store STORE",
        .about = about,
        .options = options,
        .option_count = sizeof(options) / sizeof(options[0]),
        .operands = &set->file,
        .operand_max = 1,
    };
    return args_parse(argc, argv, &command, &set->help, fail);
}

static void set_limit(int64_t *limit, long value)
{
    if (value > 0) {
        *limit = value;
    }
}

static bool set_common(struct config *config, const struct settings *set, struct fail *fail)
{
    if (set->log_level != NULL) {
        config->log_level = log_level_find(set->log_level);
        if (config->log_level == 0) {
            return fail_set(fail, EXIT_USAGE, "--log-level: must be error, warn, info or debug");
        }
    }
    config->log_json = config->log_json || set->log_json;
    set_limit(&config->limits.max_body, set->max_body);
    set_limit(&config->limits.max_connections, set->max_connections);
    set_limit(&config->limits.idle_timeout_s, set->idle_timeout);
    set_limit(&config->limits.request_timeout_s, set->request_timeout);
    return limits_check(&config->limits, fail);
}

/* Beside a file only what tunes this run may be given: limits and log. */
static bool no_flags(const struct config_flags *flags, struct fail *fail)
{
    static const struct config_flags none;
    const char *const texts[] = {flags->listen,
                                 flags->admin,
                                 flags->store,
                                 flags->path,
                                 flags->scheme,
                                 flags->secret,
                                 flags->previous_secret,
                                 flags->events,
                                 flags->public_url,
                                 flags->tls_certificate,
                                 flags->tls_key,
                                 flags->user,
                                 flags->group,
                                 flags->forward,
                                 flags->exec};
    bool given =
        flags->event_unsigned != none.event_unsigned || flags->body_unsigned != none.body_unsigned;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        given = given || texts[i] != NULL;
    }
    return !given || fail_set(fail, EXIT_USAGE,
                              "beside CONFIG.json only the limits and the log can be set by flags");
}

static bool read_file(struct config *config, const struct settings *set, struct fail *fail)
{
    struct buf text;
    buf_init(&text, CONFIG_FILE_MAX);
    bool done =
        file_read(set->file, &text, fail) && config_parse(config, buf_str(&text), set->file, fail);
    buf_free(&text);
    return done;
}

/* The configuration out of its file or the flags; again, see reload.h. */
static bool make_config(void *context, const struct config *again, struct config *config,
                        struct fail *fail)
{
    const struct settings *set = context;
    bool done;
    if (set->file == NULL) {
        done = config_from_flags(config, &set->flags, fail);
    } else if (again != NULL) {
        done = config_parse(config, buf_str(&again->text), set->file, fail);
    } else {
        done = read_file(config, set, fail);
    }
    return done && set_common(config, set, fail);
}

/* One line for each endpoint: what is assumed must be in sight. */
static void print_banner(const struct config *config, const struct server *server)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        const hg_scheme_spec *row = hg_scheme_row(endpoint->scheme);
        (void) fprintf(stderr, "endpoint %s: scheme %s, basis: %s\n", endpoint->path.ptr, row->name,
                       row->basis != NULL ? row->basis : "not stated");
    }
    if (server_notice(server) != NULL) {
        (void) fprintf(stderr, "%s\n", server_notice(server));
    }
    if (server_as_root(server)) {
        (void) fprintf(stderr, "running as root, which nothing here needs: see user\n");
    }
    if (server_admin_url(server) != NULL) {
        (void) fprintf(stderr, "admin on %s\n", server_admin_url(server));
    }
    for (size_t i = 0; server_listen_url(server, i) != NULL; i++) {
        (void) fprintf(stderr, "listening on %s\n", server_listen_url(server, i));
    }
}

static bool serve(struct reload *reload, struct fail *fail)
{
    const struct config *config = &reload_edition(reload)->config;
    struct log *log = log_new(STDERR_FILENO, config->log_level, config->log_json);
    if (log == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    struct server *server = server_open(config, log, fail);
    bool done = server != NULL;
    if (done) {
        print_banner(config, server);
        server_renew_from(server, reload);
        done = server_run(server, fail);
    }
    server_close(server);
    log_free(log);
    return done;
}

int cmd_receive(int argc, char **argv, struct fail *fail)
{
    struct settings set;
    memset(&set, 0, sizeof(set));
    if (!parse(argc, argv, &set, fail)) {
        return fail->exit_code;
    }
    if (set.help) {
        return EXIT_YES;
    }
    if (set.json && !set.check) {
        (void) fail_set(fail, EXIT_USAGE, "--json goes with --check");
        return fail->exit_code;
    }
    if (set.file != NULL && !no_flags(&set.flags, fail)) {
        return fail->exit_code;
    }
    struct reload *reload = reload_open(make_config, &set, fail);
    bool done = reload != NULL;
    if (done && set.check) {
        done = receive_check(&reload_edition(reload)->config, set.json, fail);
    } else if (done) {
        done = serve(reload, fail);
    }
    reload_close(reload);
    return done ? EXIT_YES : fail->exit_code;
}
