/* SPDX-License-Identifier: MIT
 *
 * hookgauge deliver: hands on what receivers have put into a stream.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/args.h"
#include "base/file.h"
#include "cli/cli.h"
#include "receiver/pull.h"
#include "sender/transport.h"

struct settings {
    const char *operands[2]; /* [STORE] CONFIG.json */
    const char *admin;
    const char *log_level;
    bool log_json;
    bool help;
};

static const char about[] =
    "Hands deliveries on from the NATS JetStream stream that receivers keep them in, on\n"
    "any number of machines at once. CONFIG.json is the receivers' own: each endpoint with\n"
    "\"forward\" or \"exec\" is served. STORE, nats://HOST[:PORT],.../STREAM, replaces its\n"
    "store. A delivery is handed on at least once. SIGTERM and SIGINT end it after the\n"
    "attempts under way.";

static bool parse(int argc, char **argv, struct settings *set, struct fail *fail)
{
    const struct arg_option options[] = {
        {"admin", ARG_TEXT, &set->admin, "ADDR:PORT", "serves /healthz, /readyz and /metrics there",
         0, 0},
        {"log-level", ARG_TEXT, &set->log_level, "LEVEL", "error, warn, info or debug (info)", 0,
         0},
        {"log-json", ARG_FLAG, &set->log_json, NULL, "log lines are JSON", 0, 0},
    };
    const struct arg_command command = {
        .synopsis = "deliver [STORE] CONFIG.json",
        .about = about,
        .options = options,
        .option_count = sizeof(options) / sizeof(options[0]),
        .operands = set->operands,
        .operand_min = 1,
        .operand_max = 2,
    };
    return args_parse(argc, argv, &command, &set->help, fail);
}

/* The address that the file has is the receivers': one may run on this machine. */
static bool set_admin(const struct settings *set, struct config *config, struct fail *fail)
{
    struct fail inner = {0};
    config->has_admin = set->admin != NULL;
    return !config->has_admin || address_parse(set->admin, &config->admin, &inner) ||
           fail_set(fail, EXIT_USAGE, "--admin: %s", inner.text);
}

static bool read_config(const struct settings *set, struct config *config, struct fail *fail)
{
    struct buf text;
    bool with_store = set->operands[1] != NULL;
    const char *file = set->operands[with_store ? 1 : 0];
    config->keyless = true; /* receivers have verified what is handed on */
    buf_init(&text, CONFIG_FILE_MAX);
    bool done = file_read(file, &text, fail) && config_parse(config, buf_str(&text), file, fail);
    buf_free(&text);
    if (!done || !set_admin(set, config, fail)) {
        return false;
    }
    if (with_store) {
        config->store = set->operands[0];
    }
    config->log_json = config->log_json || set->log_json;
    if (set->log_level != NULL) {
        config->log_level = log_level_find(set->log_level);
    }
    return config->log_level != 0 ||
           fail_set(fail, EXIT_USAGE, "--log-level: must be error, warn, info or debug");
}

static void print_banner(const struct config *config, const struct puller *puller)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        if (endpoint->target.kind != TARGET_NONE) {
            (void) fprintf(stderr, "endpoint %s: %s, %lld at once\n", endpoint->name.ptr,
                           endpoint->target.kind == TARGET_EXEC ? "exec" : "forward",
                           (long long) endpoint->target.concurrency);
        }
    }
    if (geteuid() == 0 && config->user == NULL) {
        (void) fprintf(stderr, "running as root, which nothing here needs: see user\n");
    }
    if (pull_admin_url(puller) != NULL) {
        (void) fprintf(stderr, "admin on %s\n", pull_admin_url(puller));
    }
    (void) fprintf(stderr, "delivering from %s\n", config->store);
}

static bool deliver(const struct config *config, struct fail *fail)
{
    struct log *log = log_new(STDERR_FILENO, config->log_level, config->log_json);
    if (log == NULL || !transport_init()) {
        log_free(log);
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    struct puller *puller = pull_open(config, log, fail);
    if (puller != NULL) {
        print_banner(config, puller);
        pull_run(puller);
        pull_close(puller);
    }
    log_free(log);
    transport_cleanup();
    return puller != NULL;
}

int cmd_deliver(int argc, char **argv, struct fail *fail)
{
    struct settings set;
    struct config config;
    memset(&set, 0, sizeof(set));
    if (!parse(argc, argv, &set, fail)) {
        return fail->exit_code;
    }
    if (set.help) {
        return EXIT_YES;
    }
    config_init(&config);
    bool done = read_config(&set, &config, fail) && deliver(&config, fail);
    config_release(&config);
    return done ? EXIT_YES : fail->exit_code;
}
