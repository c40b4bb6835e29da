/* SPDX-License-Identifier: MIT
 *
 * See check_settings.h: the warnings.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

#include "cli/check_settings.h"

/* ---- Addresses ------------------------------------------------------------------------------- */

/* Of a URL: "127.0.0.1:3000". */
static hg_str authority(hg_str url)
{
    const char *mark = memchr(url.ptr, ':', url.len);
    hg_str host = {mark + 3, url.len - (size_t) (mark + 3 - url.ptr)};
    size_t len = 0;
    while (len < host.len && host.ptr[len] != '/' && host.ptr[len] != '?') {
        len++;
    }
    return (hg_str){host.ptr, len};
}

static bool begins(hg_str text, const char *with)
{
    size_t length = strlen(with);
    return text.len >= length && strncasecmp(text.ptr, with, length) == 0;
}

/* Whether it is that name, with or without a port. */
static bool is_name(hg_str host, const char *name)
{
    size_t length = strlen(name);
    return begins(host, name) && (host.len == length || host.ptr[length] == ':');
}

static bool is_digits(hg_str host)
{
    size_t i = 0;
    while (i < host.len && strchr("0123456789.:", host.ptr[i]) != NULL) {
        i++;
    }
    return i == host.len;
}

/* This machine, by the text alone: a name is not looked up. */
static bool is_here(hg_str host)
{
    return is_name(host, "localhost") || is_name(host, "[::1]") ||
           (begins(host, "127.") && is_digits(host));
}

static bool is_everywhere(hg_str host)
{
    return begins(host, "0.0.0.0:") || begins(host, "[::]:");
}

static bool is_plain(hg_str url)
{
    return begins(url, "http://");
}

/* ":3000" */
static hg_str port_of(hg_str host, bool plain)
{
    size_t at = host.len;
    while (at > 0 && host.ptr[at - 1] >= '0' && host.ptr[at - 1] <= '9') {
        at--;
    }
    return at > 0 && host.ptr[at - 1] == ':' ? (hg_str){host.ptr + at - 1, host.len - at + 1}
                                             : hg_text(plain ? ":80" : ":443");
}

static bool same(hg_str a, hg_str b)
{
    return a.len == b.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

/* Whether a host and port are an address that we listen on. */
static bool is_ours(hg_str host, bool plain, const struct address *address)
{
    char text[ADDRESS_TEXT_MAX];
    if (address->kind != ADDRESS_IP) {
        return false;
    }
    address_text(&address->socket, text);
    hg_str listen = hg_text(text);
    return same(port_of(host, plain), port_of(listen, plain)) &&
           (same(host, listen) || (is_here(host) && (is_here(listen) || is_everywhere(listen))));
}

/* ---- Handing on ------------------------------------------------------------------------------ */

/* Begins a line. */
static void warn_of(const struct endpoint *endpoint, const char *member)
{
    (void) fprintf(stderr, "warning: endpoint %s: %s", endpoint->name.ptr, member);
}

/* From the folder we are in, and for whomever the file says: who will run it is not us. */
static void warn_program(const struct endpoint *endpoint)
{
    const char *path = endpoint->target.argv[0];
    struct stat status;
    const char *what = NULL;
    if (stat(path, &status) != 0) {
        what = strerror(errno);
    } else if (!S_ISREG(status.st_mode)) {
        what = "is not a file";
    } else if ((status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0) {
        what = "is not executable";
    }
    if (what != NULL) {
        struct buf shown;
        buf_init(&shown, CONFIG_FILE_MAX);
        say_clean(&shown, hg_text(path));
        warn_of(endpoint, "exec");
        (void) fprintf(stderr, ": %.*s: %s\n", (int) shown.len, shown.len > 0 ? shown.ptr : "",
                       what);
        buf_free(&shown);
    }
}

/* The path of the URL is one of ours. */
static bool has_path(const struct config *config, hg_str path)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (same(path, config->endpoints[i].path)) {
            return true;
        }
    }
    return false;
}

static bool is_loop(const struct config *config, hg_str url, hg_str host)
{
    const char *after = host.ptr + host.len;
    hg_str path = {after, 0};
    size_t left = url.len - (size_t) (after - url.ptr);
    while (path.len < left && path.ptr[path.len] != '?') {
        path.len++;
    }
    for (size_t i = 0; i < config->listen_count; i++) {
        if (is_ours(host, is_plain(url), &config->listen[i]) && has_path(config, path)) {
            return true;
        }
    }
    return false;
}

static void warn_url(const struct config *config, const struct endpoint *endpoint)
{
    hg_str url = buf_str(&endpoint->target.url);
    hg_str host = authority(url);
    if (is_loop(config, url, host)) {
        warn_of(endpoint, "forward: leads back to this receiver\n");
    }
    if (is_plain(url) && !is_here(host) && endpoint->target.authorization.len > 0) {
        warn_of(endpoint, "deliver.authorization: goes over http:// to another machine, for "
                          "everybody on the way to read\n");
    }
}

/* ---- The rest -------------------------------------------------------------------------------- */

static bool all_expired(const struct endpoint *endpoint)
{
    int64_t now = (int64_t) time(NULL);
    size_t expired = 0;
    for (size_t i = 0; i < endpoint->key_count; i++) {
        int64_t until = endpoint->keys[i].not_after;
        expired += until != HG_NEVER && until < now ? 1 : 0;
    }
    return expired == endpoint->key_count;
}

static void warn_admin(const struct address *admin)
{
    char text[ADDRESS_TEXT_MAX];
    if (admin->kind != ADDRESS_IP) {
        return;
    }
    address_text(&admin->socket, text);
    if (!is_here(hg_text(text))) {
        (void) fprintf(stderr,
                       "warning: admin: %s can be reached from other machines, and asks nobody for "
                       "a password\n",
                       text);
    }
}

void check_warn(const struct config *config)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        if (all_expired(endpoint)) {
            warn_of(endpoint, "secrets: all have expired: nothing will verify\n");
        }
        if (endpoint->target.kind == TARGET_EXEC) {
            warn_program(endpoint);
        } else if (endpoint->target.kind == TARGET_HTTP) {
            warn_url(config, endpoint);
        }
    }
    if (config->has_admin) {
        warn_admin(&config->admin);
    }
    if (strcmp(config->store, "memory:") == 0) {
        (void) fprintf(stderr, "warning: store: memory: keeps nothing when the receiver ends\n");
    }
}
