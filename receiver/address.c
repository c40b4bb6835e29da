/* SPDX-License-Identifier: MIT
 *
 * See address.h.
 */
#include "receiver/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

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

    memset(address, 0, sizeof(*address));
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

bool address_parse(const char *text, struct address *address, struct fail *fail)
{
    const char *colon = strrchr(text, ':');
    char host[ADDRESS_TEXT_MAX];
    uint16_t port;
    size_t len = colon != NULL ? (size_t) (colon - text) : 0;
    struct address parsed;

    if (len == 0 || len >= sizeof(host) || !port_parse(colon + 1, &port)) {
        return fail_set(fail, EXIT_USAGE, "'%s' is not ADDRESS:PORT", text);
    }
    memcpy(host, text, len);
    host[len] = '\0';
    if (!host_parse(host, port, &parsed)) {
        return fail_set(fail, EXIT_USAGE,
                        "'%s' must begin with an IPv4 address, an IPv6 address in brackets or "
                        "localhost",
                        text);
    }
    *address = parsed;
    return true;
}

static void name_print(const struct sockaddr_storage *from, char out[ADDRESS_TEXT_MAX])
{
    char host[INET6_ADDRSTRLEN] = "?";
    if (from->ss_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *) from;
        (void) inet_ntop(AF_INET6, &six->sin6_addr, host, sizeof(host));
        (void) snprintf(out, ADDRESS_TEXT_MAX, "[%s]:%u", host, ntohs(six->sin6_port));
    } else {
        const struct sockaddr_in *four = (const struct sockaddr_in *) from;
        (void) inet_ntop(AF_INET, &four->sin_addr, host, sizeof(host));
        (void) snprintf(out, ADDRESS_TEXT_MAX, "%s:%u", host, ntohs(four->sin_port));
    }
}

/* SO_REUSEADDR lets a restart bind while old connections linger; it does not allow a second
 * listener. An IPv6 listener takes IPv6 alone, so that "::" means the same on every machine. */
static bool socket_open(int fd, const struct address *address)
{
    int on = 1;
    (void) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->socket.ss_family == AF_INET6) {
        (void) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    }
    return bind(fd, (const struct sockaddr *) &address->socket, address->size) == 0 &&
           listen(fd, SOMAXCONN) == 0;
}

int address_listen(const struct address *address, struct fail *fail)
{
    char name[ADDRESS_TEXT_MAX];
    int fd = socket(address->socket.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && socket_open(fd, address)) {
        return fd;
    }
    name_print(&address->socket, name);
    (void) fail_set(fail, EXIT_UNKNOWN, "can't listen on %s: %s", name, strerror(errno));
    if (fd >= 0) {
        (void) close(fd);
    }
    return -1;
}

void address_print(int listen_fd, char out[ADDRESS_TEXT_MAX])
{
    struct sockaddr_storage bound = {.ss_family = AF_INET};
    socklen_t size = sizeof(bound);
    (void) getsockname(listen_fd, (struct sockaddr *) &bound, &size);
    name_print(&bound, out);
}
