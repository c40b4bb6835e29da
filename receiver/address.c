/* SPDX-License-Identifier: MIT
 *
 * See address.h.
 */
#include "receiver/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define IP_TEXT_MAX 64 /* "[" INET6_ADDRSTRLEN "]:65535" and a NUL */

static bool port_parse(const char *text, uint16_t *port)
{
    unsigned value = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 5 || text[digits] != '\0') {
        return false;
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (unsigned) (text[i] - '0');
    }
    *port = htons((uint16_t) value);
    return value <= UINT16_MAX;
}

static bool host_parse(const char *host, uint16_t port, struct address *address)
{
    struct sockaddr_in *four = (struct sockaddr_in *) &address->socket;
    struct sockaddr_in6 *six = (struct sockaddr_in6 *) &address->socket;
    size_t len = strlen(host);
    char inner[INET6_ADDRSTRLEN];

    if (host[0] == '[' && host[len - 1] == ']' && len - 2 < sizeof(inner)) {
        memcpy(inner, host + 1, len - 2);
        inner[len - 2] = '\0';
        six->sin6_family = AF_INET6;
        six->sin6_port = port;
        address->size = sizeof(*six);
        return inet_pton(AF_INET6, inner, &six->sin6_addr) == 1;
    }
    four->sin_family = AF_INET;
    four->sin_port = port;
    address->size = sizeof(*four);
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
                     &four->sin_addr) == 1;
}

static bool ip_parse(const char *text, struct address *address, struct fail *fail)
{
    const char *colon = strrchr(text, ':');
    char host[IP_TEXT_MAX];
    uint16_t port;
    size_t len = colon != NULL ? (size_t) (colon - text) : 0;

    if (len == 0 || len >= sizeof(host) || !port_parse(colon + 1, &port)) {
        return fail_set(fail, EXIT_USAGE,
                        "'%s' is not ADDRESS:PORT, unix:/PATH, fd:N, systemd or systemd:NAME",
                        text);
    }
    memcpy(host, text, len);
    host[len] = '\0';
    return host_parse(host, port, address) ||
           fail_set(fail, EXIT_USAGE,
                    "'%s' must begin with an IPv4 address, an IPv6 address in brackets or "
                    "localhost",
                    text);
}

/* Names without a file (Linux's abstract ones) are refused: any local user may take one, and
 * nothing says who may connect. */
static bool unix_parse(const char *path, struct address *address, struct fail *fail)
{
    struct sockaddr_un *name = (struct sockaddr_un *) &address->socket;
    size_t len = strlen(path);
    if (path[0] == '@') {
        return fail_set(fail, EXIT_USAGE, "unix: abstract names are not supported");
    }
    if (path[0] != '/' || path[len - 1] == '/') {
        return fail_set(fail, EXIT_USAGE, "unix: needs the absolute path of a socket");
    }
    if (len >= sizeof(name->sun_path)) {
        return fail_set(fail, EXIT_USAGE, "unix: the path is longer than %zu bytes",
                        sizeof(name->sun_path) - 1);
    }
    address->kind = ADDRESS_UNIX;
    name->sun_family = AF_UNIX;
    memcpy(name->sun_path, path, len + 1);
    address->size = (socklen_t) (offsetof(struct sockaddr_un, sun_path) + len + 1);
    return true;
}

static bool fd_parse(const char *text, struct address *address, struct fail *fail)
{
    size_t digits = strspn(text, "0123456789");
    long fd = digits > 0 && digits <= 4 && text[digits] == '\0' ? strtol(text, NULL, 10) : -1;
    address->kind = ADDRESS_FD;
    address->fd = (int) fd;
    return (fd >= 0 && fd <= ADDRESS_FD_MAX) ||
           fail_set(fail, EXIT_USAGE, "fd: needs a descriptor's number, 0 to %d", ADDRESS_FD_MAX);
}

static bool systemd_parse(const char *name, struct address *address, struct fail *fail)
{
    size_t len = strlen(name);
    address->kind = ADDRESS_SYSTEMD;
    if (len == 0 || len >= sizeof(address->name) || strchr(name, ':') != NULL) {
        return fail_set(fail, EXIT_USAGE, "systemd: needs a FileDescriptorName of 1 to %zu bytes",
                        sizeof(address->name) - 1);
    }
    memcpy(address->name, name, len + 1);
    return true;
}

bool address_parse(const char *text, struct address *address, struct fail *fail)
{
    struct address parsed;
    bool done = true;
    memset(&parsed, 0, sizeof(parsed));
    parsed.mode = ADDRESS_MODE_DEFAULT;
    if (strncmp(text, "unix:", 5) == 0) {
        done = unix_parse(text + 5, &parsed, fail);
    } else if (strncmp(text, "fd:", 3) == 0) {
        done = fd_parse(text + 3, &parsed, fail);
    } else if (strcmp(text, "systemd") == 0) {
        parsed.kind = ADDRESS_SYSTEMD;
    } else if (strncmp(text, "systemd:", 8) == 0) {
        done = systemd_parse(text + 8, &parsed, fail);
    } else {
        done = ip_parse(text, &parsed, fail);
    }
    if (done) {
        *address = parsed;
    }
    return done;
}

bool address_mode(const char *text, unsigned *mode, struct fail *fail)
{
    size_t digits = strspn(text, "01234567");
    unsigned long value = strtoul(text, NULL, 8);
    if (digits < 3 || digits > 4 || text[digits] != '\0' || value > 0777) {
        return fail_set(fail, EXIT_USAGE, "must be a file mode such as \"0660\"");
    }
    *mode = (unsigned) value;
    return true;
}

void address_text(const struct sockaddr_storage *from, char out[ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (from->ss_family == AF_UNIX) {
        const struct sockaddr_un *name = (const struct sockaddr_un *) from;
        (void) snprintf(out, ADDRESS_TEXT_MAX, "unix:%.*s", (int) sizeof(name->sun_path),
                        name->sun_path);
    } else if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *) from;
        (void) inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host));
        (void) snprintf(out, ADDRESS_TEXT_MAX, "[%s]:%u", host, ntohs(six->sin6_port));
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *) from;
        (void) inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host));
        (void) snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", host, ntohs(four->sin_port));
    }
}

void address_print(int listen_fd, char out[ADDRESS_TEXT_MAX])
{
    struct sockaddr_storage bound = {.ss_family = AF_INET};
    socklen_t size = sizeof(bound);
    (void) getsockname(listen_fd, (struct sockaddr *) &bound, &size);
    address_text(&bound, out);
}
