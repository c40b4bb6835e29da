/* SPDX-License-Identifier: MIT
 *
 * See ip.h.
 */
#include "receiver/ip.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define FOUR_AT 12U    /* where the four bytes of an IPv4 address stand among the sixteen */
#define FOUR_BITS 96U  /* that the mapping puts in front of them */
#define DIGITS_MAX 3UL /* of a prefix's length */

static const unsigned char mapped[FOUR_AT] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static void set_four(struct ip *ip, const void *four)
{
    memcpy(ip->bytes, mapped, sizeof(mapped));
    memcpy(ip->bytes + FOUR_AT, four, sizeof(ip->bytes) - FOUR_AT);
}

static bool is_four(const struct ip *ip)
{
    return memcmp(ip->bytes, mapped, sizeof(mapped)) == 0;
}

void ip_from_socket(const struct sockaddr *from, struct ip *ip)
{
    memset(ip, 0, sizeof(*ip));
    if (from == NULL) {
        return;
    }
    if (from->sa_family == AF_INET) {
        ip->kind = IP_ADDRESS;
        set_four(ip, &((const struct sockaddr_in *) from)->sin_addr);
    } else if (from->sa_family == AF_INET6) {
        ip->kind = IP_ADDRESS;
        memcpy(ip->bytes, &((const struct sockaddr_in6 *) from)->sin6_addr, sizeof(ip->bytes));
    } else if (from->sa_family == AF_UNIX) {
        ip->kind = IP_UNIX;
    }
}

bool ip_parse(hg_str text, struct ip *ip)
{
    char copy[IP_TEXT_MAX];
    struct ip made = {.kind = IP_ADDRESS};
    struct in_addr four;
    if (text.len == 0 || text.len >= sizeof(copy) || memchr(text.ptr, '\0', text.len) != NULL) {
        return false;
    }
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    if (inet_pton(AF_INET, copy, &four) == 1) {
        set_four(&made, &four);
    } else if (inet_pton(AF_INET6, copy, made.bytes) != 1) {
        return false;
    }
    *ip = made;
    return true;
}

size_t ip_print(const struct ip *ip, char out[IP_TEXT_MAX])
{
    const char *text = ip->kind == IP_UNIX ? "unix" : "unknown";
    if (ip->kind == IP_ADDRESS) {
        text = is_four(ip) ? inet_ntop(AF_INET, ip->bytes + FOUR_AT, out, IP_TEXT_MAX)
                           : inet_ntop(AF_INET6, ip->bytes, out, IP_TEXT_MAX);
        return text != NULL ? strlen(text) : 0; /* the room is enough: never NULL */
    }
    memcpy(out, text, strlen(text) + 1);
    return strlen(text);
}

bool ip_same(const struct ip *a, const struct ip *b)
{
    return a->kind == b->kind && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}

/* ---- Networks -------------------------------------------------------------------------------- */

/* The length of a prefix as it is written: up to 32 or 128. */
static bool bits_parse(const char *text, bool four, unsigned *bits)
{
    size_t digits = strspn(text, "0123456789");
    unsigned value = 0, most = four ? IP_BITS - FOUR_BITS : IP_BITS;
    if (digits == 0 || digits > DIGITS_MAX || text[digits] != '\0' || text[0] == '0') {
        return false; /* a 0 in front is odd, and alone it would hold everyone */
    }
    for (size_t i = 0; i < digits; i++) {
        value = value * 10 + (unsigned) (text[i] - '0');
    }
    *bits = value + (four ? FOUR_BITS : 0U);
    return value <= most;
}

/* The byte at a place with only the bits that lie within the prefix. */
static unsigned char kept(const struct ip *ip, unsigned bits, size_t at)
{
    unsigned before = (unsigned) at * 8;
    unsigned inside = bits <= before ? 0 : bits - before < 8 ? bits - before : 8;
    return (unsigned char) (ip->bytes[at] & (0xff00U >> inside));
}

bool network_parse(const char *text, struct network *network, struct fail *fail)
{
    const char *slash = strchr(text, '/');
    hg_str address = {text, slash != NULL ? (size_t) (slash - text) : strlen(text)};
    struct network made = {.bits = IP_BITS};
    if (!ip_parse(address, &made.ip)) {
        return fail_set(fail, EXIT_USAGE, "'%s' is no IPv4 or IPv6 address, nor one and /BITS",
                        text);
    }
    if (slash != NULL && !bits_parse(slash + 1, is_four(&made.ip), &made.bits)) {
        return fail_set(fail, EXIT_USAGE, "'%s' must end in a number from 1 to 32, for IPv6 128",
                        text);
    }
    for (size_t i = 0; i < sizeof(made.ip.bytes); i++) {
        if (kept(&made.ip, made.bits, i) != made.ip.bytes[i]) {
            return fail_set(fail, EXIT_USAGE, "'%s' has bits set beyond its prefix", text);
        }
    }
    *network = made;
    return true;
}

bool network_holds(const struct network *network, const struct ip *ip)
{
    if (ip->kind != IP_ADDRESS) {
        return false;
    }
    for (size_t i = 0; i < sizeof(ip->bytes); i++) {
        if (kept(ip, network->bits, i) != network->ip.bytes[i]) {
            return false;
        }
    }
    return true;
}
