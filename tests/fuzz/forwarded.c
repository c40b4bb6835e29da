/* SPDX-License-Identifier: MIT
 *
 * Which client a request comes from: any text in either header.
 *
 * Whatever a client has put there, what a trusted proxy adds behind it decides; and whatever is
 * found is no trusted proxy's address unless the peer's own or one that a proxy stated.
 */
#include "receiver/forwarded.h"

#include "tests/fuzz/input.h"

#define LINES_MAX 4

static struct trust trust;
static struct ip proxy, outsider;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct fail fail = {0};
    (void) argc;
    (void) argv;
    MUST(network_parse("10.0.0.0/8", &trust.networks[0], &fail));
    MUST(network_parse("2001:db8::/32", &trust.networks[1], &fail));
    trust.count = 2;
    MUST(ip_parse(hg_text("10.0.0.1"), &proxy) && ip_parse(hg_text("192.0.2.1"), &outsider));
    return 0;
}

static struct ip client_of(const hg_header *headers, size_t count, const struct ip *peer)
{
    struct head head = {.headers = headers, .header_count = count};
    struct ip client;
    forwarded_client(&trust, &head, peer, &client);
    return client;
}

/* The last line with more behind it. */
static hg_str longer(hg_str line, const char *more)
{
    size_t size = strlen(more);
    char *text = malloc(line.len + size);
    MUST(text != NULL);
    memcpy(text, line.ptr, line.len);
    memcpy(text + line.len, more, size);
    return (hg_str){text, line.len + size};
}

static void with_more(hg_header *headers, size_t count, const char *more)
{
    hg_str line = headers[count - 1].value;
    headers[count - 1].value = longer(line, more);
    struct ip client = client_of(headers, count, &proxy);
    MUST(ip_same(&client, &outsider));
    exact_free(headers[count - 1].value);
    headers[count - 1].value = line;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    hg_header headers[LINES_MAX];
    size_t count = 0;
    trust.rfc7239 = take_byte(&input) % 2 == 1;
    do {
        const char *name = trust.rfc7239 ? "Forwarded" : "X-Forwarded-For";
        headers[count++] = (hg_header){hg_text(name), exact(take_text(&input))};
    } while (input.left > 0 && count < LINES_MAX);
    struct ip client = client_of(headers, count, &proxy);
    MUST(client.kind == IP_ADDRESS);
    client = client_of(headers, count, &outsider); /* is not asked */
    MUST(ip_same(&client, &outsider));
    if (trust.rfc7239) {
        with_more(headers, count, ", for=192.0.2.1");
        with_more(headers, count, ",proto=http; for=\"192.0.2.1:80\";by=_x, for=\"[2001:db8::2]\"");
    } else {
        with_more(headers, count, ", 192.0.2.1");
        with_more(headers, count, ",192.0.2.1:80, 10.0.0.2, 2001:db8::2");
    }
    for (size_t i = 0; i < count; i++) {
        exact_free(headers[i].value);
    }
    return 0;
}
