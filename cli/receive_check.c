/* SPDX-License-Identifier: MIT
 *
 * See receive_check.h.
 */
#include "cli/receive_check.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "receiver/privileges.h"
#include "receiver/tls.h"

#define ENDPOINT_LINE_MAX ((size_t) 8192) /* bytes: eight labels, and names, escaped */
#define REPORT_MAX (CONFIG_ENDPOINTS_MAX * ENDPOINT_LINE_MAX)

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

/* A label is free text: what could command a terminal is not printed. */
static void add_label(struct buf *out, hg_str label)
{
    for (size_t i = 0; i < label.len; i++) {
        unsigned char byte = (unsigned char) label.ptr[i];
        (void) buf_addf(out, "%c", byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
    if (label.len == 0) {
        (void) buf_add_text(out, "(no label)");
    }
}

static void add_keys(struct buf *out, const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->key_count; i++) {
        const struct endpoint_key *key = &endpoint->keys[i];
        char room[HG_TIME_TEXT_MAX];
        (void) buf_add_text(out, i > 0 ? ", " : "");
        add_label(out, key->label);
        if (key->not_after != HG_NEVER) {
            hg_str time = until(key, room);
            (void) buf_addf(out, " (%s %.*s)", expired(key) ? "expired" : "until", (int) time.len,
                            time.ptr);
        }
    }
}

static void add_row(struct buf *out, const struct endpoint *endpoint)
{
    char events[24] = "all";
    if (!all_events(&endpoint->options)) {
        (void) snprintf(events, sizeof(events), "%zu", event_count(&endpoint->options));
    }
    (void) buf_addf(out, "%-16s %-24s %-18s %-10s %-6s ", endpoint->name.ptr, endpoint->path.ptr,
                    hg_scheme_row(endpoint->scheme)->name, basis_of(endpoint), events);
    add_keys(out, endpoint);
    (void) buf_add_text(out, "\n");
}

static void add_table(struct buf *out, const struct config *config)
{
    (void) buf_addf(out, "%-16s %-24s %-18s %-10s %-6s %s\n", "ENDPOINT", "PATH", "SCHEME", "BASIS",
                    "EVENTS", "KEYS");
    for (size_t i = 0; i < config->endpoint_count; i++) {
        add_row(out, &config->endpoints[i]);
    }
}

/* ---- For machines ---------------------------------------------------------------------------- */

static void add_member(struct buf *out, const char *name, hg_str text)
{
    (void) buf_addf(out, "\"%s\":", name);
    (void) json_add_text(out, text);
}

static void add_key_object(struct buf *out, const struct endpoint_key *key)
{
    char room[HG_TIME_TEXT_MAX];
    (void) buf_add_text(out, "{");
    add_member(out, "label", key->label);
    if (key->not_after != HG_NEVER) {
        (void) buf_add_text(out, ",");
        add_member(out, "not_after", until(key, room));
        (void) buf_addf(out, ",\"expired\":%s", expired(key) ? "true" : "false");
    }
    (void) buf_add_text(out, "}");
}

static void add_object(struct buf *out, const struct endpoint *endpoint)
{
    (void) buf_add_text(out, "{");
    add_member(out, "name", endpoint->name);
    (void) buf_add_text(out, ",");
    add_member(out, "path", endpoint->path);
    (void) buf_add_text(out, ",");
    add_member(out, "scheme", hg_text(hg_scheme_row(endpoint->scheme)->name));
    (void) buf_add_text(out, ",");
    add_member(out, "basis", hg_text(basis_of(endpoint)));
    if (!all_events(&endpoint->options)) { /* absent: all */
        (void) buf_addf(out, ",\"events\":%zu", event_count(&endpoint->options));
    }
    (void) buf_add_text(out, ",\"keys\":[");
    for (size_t i = 0; i < endpoint->key_count; i++) {
        (void) buf_add_text(out, i > 0 ? "," : "");
        add_key_object(out, &endpoint->keys[i]);
    }
    (void) buf_add_text(out, "]}");
}

static void add_json(struct buf *out, const struct config *config)
{
    (void) buf_add_text(out, "{");
    add_member(out, "store", hg_text(config->store));
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
    bool done =
        !out.failed && fwrite(out.ptr, 1, out.len, stdout) == out.len && fflush(stdout) == 0;
    buf_free(&out);
    return done || fail_set(fail, EXIT_UNKNOWN, "can't write to standard output");
}
