/* SPDX-License-Identifier: MIT
 *
 * See receive_check.h.
 */
#include "cli/receive_check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/check_settings.h"
#include "receiver/privileges.h"
#include "receiver/tls.h"

/* Bytes: what a file can hold, each byte escaped and some of it said twice, and for each endpoint
 * as much of our own words and of a URL that is not in it. */
#define REPORT_MAX (8 * CONFIG_FILE_MAX + CONFIG_ENDPOINTS_MAX * ((size_t) 8192 + TARGET_URL_MAX))
#define ROW_FORMAT "%-16s %-24s %-18s %-10s %-6s %-7s "
#define TARGET_COLUMN ((size_t) 28) /* "http://127.0.0.1:3000/hook" fits */

static bool check_files(const struct config *config, struct fail *fail)
{
    struct privileges privileges;
    if (config->tls_certificate != NULL) {
        struct tls *tls = tls_open(config->tls_certificate, config->tls_key, NULL, fail);
        if (tls == NULL) {
            return false;
        }
        tls_close(tls);
    }
    return privileges_find(&privileges, config->user, config->group, fail);
}

static const char *basis_of(const struct endpoint *endpoint)
{
    const char *basis = hg_scheme_row(endpoint->scheme)->basis;
    return basis != NULL ? basis : "not stated";
}

static bool expired(const struct endpoint_key *key)
{
    return key->not_after != HG_NEVER && key->not_after < (int64_t) time(NULL);
}

static hg_str until(const struct endpoint_key *key, char room[HG_TIME_TEXT_MAX])
{
    return (hg_str){room, hg_time_print(HG_TIME_RFC3339, key->not_after, room)};
}

/* Every event of the scheme is wanted. */
static bool all_events(const hg_options *options)
{
    return options->extra_event_count == 0 &&
           (options->events == NULL ||
            (options->event_count == 1 && strncmp(options->events[0].ptr, "*", 2) == 0));
}

static size_t event_count(const hg_options *options)
{
    return options->event_count + options->extra_event_count;
}

/* ---- For people ------------------------------------------------------------------------------ */

static void add_keys(struct buf *out, const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->key_count; i++) {
        const struct endpoint_key *key = &endpoint->keys[i];
        char room[HG_TIME_TEXT_MAX];
        (void) buf_add_text(out, i > 0 ? ", " : "");
        say_clean(out, key->label.len > 0 ? key->label : hg_text("(no label)"));
        if (key->not_after != HG_NEVER) {
            hg_str time = until(key, room);
            (void) buf_addf(out, " (%s %.*s)", expired(key) ? "expired" : "until", (int) time.len,
                            time.ptr);
        }
    }
}

/* The URL, the program, or a dash, and blanks up to the next column. */
static void add_target(struct buf *out, const struct target *target)
{
    size_t begin = out->len;
    if (target->kind == TARGET_HTTP) {
        (void) target_show_url(target, out);
    } else if (target->kind == TARGET_EXEC) {
        say_clean(out, hg_text(target->argv[0]));
    } else {
        (void) buf_add_text(out, "-");
    }
    size_t width = out->len - begin;
    (void) buf_addf(out, "%*s", width < TARGET_COLUMN ? (int) (TARGET_COLUMN - width + 1) : 1, "");
}

static void add_row(struct buf *out, const struct endpoint *endpoint)
{
    const struct target *target = &endpoint->target;
    char events[24] = "all";
    if (!all_events(&endpoint->options)) {
        (void) snprintf(events, sizeof(events), "%zu", event_count(&endpoint->options));
    }
    (void) buf_addf(out, ROW_FORMAT, endpoint->name.ptr, endpoint->path.ptr,
                    hg_scheme_row(endpoint->scheme)->name, basis_of(endpoint), events,
                    target->kind != TARGET_NONE ? target_order_name(target->order) : "-");
    add_target(out, target);
    add_keys(out, endpoint);
    (void) buf_add_text(out, "\n");
}

/* What stands below its row, which would be too long. */
static void add_details(struct buf *out, const struct endpoint *endpoint)
{
    struct say say = {.out = out};
    (void) buf_addf(out, "%s:", endpoint->name.ptr);
    check_say_rules(&say, endpoint);
    if (endpoint->target.kind != TARGET_NONE) {
        check_say_deliver(&say, &endpoint->target);
    }
    (void) buf_add_text(out, "\n");
}

static void add_table(struct buf *out, const struct config *config)
{
    struct say say = {.out = out};
    (void) buf_addf(out, ROW_FORMAT "%-*s KEYS\n", "ENDPOINT", "PATH", "SCHEME", "BASIS", "EVENTS",
                    "ORDER", (int) TARGET_COLUMN, "TARGET");
    for (size_t i = 0; i < config->endpoint_count; i++) {
        add_row(out, &config->endpoints[i]);
    }
    for (size_t i = 0; i < config->endpoint_count; i++) {
        add_details(out, &config->endpoints[i]);
    }
    (void) buf_add_text(out, "receiver:");
    check_say_receiver(&say, config);
    (void) buf_add_text(out, "\n");
}

/* ---- For machines ---------------------------------------------------------------------------- */

static void add_key_object(struct buf *out, const struct endpoint_key *key)
{
    struct say say = {.out = out, .json = true};
    char room[HG_TIME_TEXT_MAX];
    (void) buf_add_text(out, "{");
    say_text(&say, "label", key->label, false);
    if (key->not_after != HG_NEVER) {
        say_text(&say, "not_after", until(key, room), false);
        say_flag(&say, "expired", expired(key));
    }
    (void) buf_add_text(out, "}");
}

static void say_target(struct say *say, const struct target *target)
{
    struct buf url;
    buf_init(&url, 2 * TARGET_URL_MAX);
    if (target->kind == TARGET_EXEC) {
        say_text(say, "exec", hg_text(target->argv[0]), false);
    } else if (target_show_url(target, &url)) {
        say_text(say, "forward", buf_str(&url), false);
    } else {
        say->out->failed = true;
    }
    buf_free(&url);
    check_say_deliver(say, target);
}

static void add_object(struct buf *out, const struct endpoint *endpoint)
{
    struct say say = {.out = out, .json = true};
    (void) buf_add_text(out, "{");
    say_text(&say, "name", endpoint->name, false);
    say_text(&say, "path", endpoint->path, false);
    say_text(&say, "scheme", hg_text(hg_scheme_row(endpoint->scheme)->name), false);
    say_text(&say, "basis", hg_text(basis_of(endpoint)), false);
    if (!all_events(&endpoint->options)) { /* absent: all */
        say_number(&say, "events", (int64_t) event_count(&endpoint->options), false);
    }
    (void) buf_add_text(out, ",\"keys\":[");
    for (size_t i = 0; i < endpoint->key_count; i++) {
        (void) buf_add_text(out, i > 0 ? "," : "");
        add_key_object(out, &endpoint->keys[i]);
    }
    (void) buf_add_text(out, "]");
    check_say_rules(&say, endpoint);
    if (endpoint->target.kind != TARGET_NONE) {
        say_target(&say, &endpoint->target);
    }
    (void) buf_add_text(out, "}");
}

static void add_json(struct buf *out, const struct config *config)
{
    struct say say = {.out = out, .json = true};
    (void) buf_add_text(out, "{");
    check_say_receiver(&say, config);
    (void) buf_add_text(out, ",\"endpoints\":[");
    for (size_t i = 0; i < config->endpoint_count; i++) {
        (void) buf_add_text(out, i > 0 ? "," : "");
        add_object(out, &config->endpoints[i]);
    }
    (void) buf_add_text(out, "]}\n");
}

bool receive_check(const struct config *config, bool json, struct fail *fail)
{
    struct buf out;
    if (!check_files(config, fail)) {
        return false;
    }
    buf_init(&out, REPORT_MAX);
    (json ? add_json : add_table)(&out, config);
    check_warn(config);
    bool done =
        !out.failed && fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_free(&out);
    return done || fail_set(fail, EXIT_UNKNOWN, "can't write to standard output");
}
