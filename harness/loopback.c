/* SPDX-License-Identifier: MIT
 *
 * Where test deliveries may go.
 */
#include "harness/loopback.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

static const char host_bytes[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
static const char ipv6_bytes[] = "0123456789abcdefABCDEF:.";

bool loopback_is(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in ipv4;
        memcpy(&ipv4, address, sizeof ipv4);
        return ntohl(ipv4.sin_addr.s_addr) >> 24 == 127;
    }
    if (address->sa_family != AF_INET6) {
        return false;
    }
    struct sockaddr_in6 ipv6;
    memcpy(&ipv6, address, sizeof ipv6);
    return IN6_IS_ADDR_LOOPBACK(&ipv6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&ipv6.sin6_addr) && ipv6.sin6_addr.s6_addr[12] == 127);
}

/* The host without brackets and port. What is neither a name nor an address is refused: the client
 * might read it otherwise than we do. */
static bool take_host(hg_str origin, char host[HOST_MAX + 1], struct fail *fail)
{
    const char *start = memchr(origin.ptr, ':', origin.len);
    size_t skip = (size_t) (start - origin.ptr) + 3; /* "://" */
    hg_str rest = {origin.ptr + skip, origin.len - skip};
    bool ipv6 = rest.len > 0 && rest.ptr[0] == '[';
    const char *bytes = ipv6 ? ipv6_bytes : host_bytes;
    size_t at = ipv6 ? 1 : 0;
    size_t length = 0;
    while (at + length < rest.len && strchr(bytes, rest.ptr[at + length]) != NULL) {
        length++;
    }
    size_t end = at + length;
    bool closed = !ipv6 || (end < rest.len && rest.ptr[end] == ']');
    end += ipv6 ? 1 : 0;
    if (!closed || length == 0 || length > HOST_MAX || (end < rest.len && rest.ptr[end] != ':')) {
        return fail_set(fail, EXIT_USAGE, "the URL's host is neither a name nor an address");
    }
    memcpy(host, rest.ptr + at, length);
    host[length] = '\0';
    return true;
}

/* "[::1]" and "::1" name the same. */
static bool is_named(const char *allowed, const char *host)
{
    size_t length = strlen(host);
    size_t from = allowed[0] == '[' ? 1 : 0;
    return strncasecmp(allowed + from, host, length) == 0 &&
           strcmp(allowed + from + length, from == 1 ? "]" : "") == 0;
}

bool loopback_check(hg_str origin, const char *allowed, struct fail *fail)
{
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    char host[HOST_MAX + 1];
    if (!take_host(origin, host, fail)) {
        return false;
    }
    if (allowed != NULL) {
        return is_named(allowed, host) ||
               fail_set(fail, EXIT_USAGE, "--allow-host: is not the target's host, %s", host);
    }
    int error = getaddrinfo(host, NULL, &hints, &found);
    if (error != 0) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: %s", host, gai_strerror(error));
    }
    bool all = found != NULL;
    for (const struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        all = all && loopback_is(at->ai_addr);
    }
    freeaddrinfo(found);
    return all ||
           fail_set(fail, EXIT_USAGE,
                    "%s is not this machine: if you may test it, say --allow-host %s", host, host);
}
