/* SPDX-License-Identifier: MIT
 *
 * Addresses and networks, which client a request comes from, and what is remembered of it.
 */
#include "check.h"

#include <netinet/in.h>

#include "receiver/forwarded.h"
#include "receiver/peers.h"

static struct ip address(const char *text)
{
    struct ip ip = {.kind = IP_UNIX};
    if (strcmp(text, "unix") != 0 && !ip_parse(hg_text(text), &ip)) {
        fail_msg("%s is no address", text);
    }
    return ip;
}

/* ---- Addresses ------------------------------------------------------------------------------- */

static void addresses_are_read_and_printed(void **state)
{
    (void) state;
    static const char *const rows[][2] = {{"192.0.2.1", "192.0.2.1"},
                                          {"::1", "::1"},
                                          {"2001:DB8:0:0::1", "2001:db8::1"},
                                          {"::ffff:192.0.2.1", "192.0.2.1"},
                                          {"0.0.0.0", "0.0.0.0"},
                                          {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
                                           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        char text[IP_TEXT_MAX];
        struct ip ip = address(rows[i][0]);
        assert_int_equal(ip_print(&ip, text), strlen(rows[i][1]));
        assert_string_equal(text, rows[i][1]);
    }
    static const char *const bad[] = {"",          "1.2.3",     "1.2.3.4.5", "01.2.3.4",
                                      "1.2.3.256", " 1.2.3.4",  "1.2.3.4 ",  "[::1]",
                                      "::1%lo",    "1.2.3.4:5", "localhost", "0x1.2.3.4",
                                      ":",         "1:2",       "unix"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct ip ip;
        assert_false(ip_parse(hg_text(bad[i]), &ip));
    }
    struct ip ip;
    assert_false(ip_parse(S("1.2.3.4\0"), &ip));
}

static void sockets_have_addresses(void **state)
{
    (void) state;
    char text[IP_TEXT_MAX];
    struct ip ip;
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0xc0000201)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr other = {.sa_family = AF_UNIX};
    ip_from_socket((const struct sockaddr *) &four, &ip);
    (void) ip_print(&ip, text);
    assert_string_equal(text, "192.0.2.1");
    ip_from_socket((const struct sockaddr *) &six, &ip);
    (void) ip_print(&ip, text);
    assert_string_equal(text, "::1");
    ip_from_socket(&other, &ip);
    (void) ip_print(&ip, text);
    assert_string_equal(text, "unix");
    ip_from_socket(NULL, &ip);
    (void) ip_print(&ip, text);
    assert_string_equal(text, "unknown");
}

static void networks_hold_their_addresses(void **state)
{
    (void) state;
    static const struct {
        const char *network, *ip;
        bool holds;
    } table[] = {{"10.0.0.0/8", "10.255.255.255", true},
                 {"10.0.0.0/8", "11.0.0.0", false},
                 {"10.0.0.0/8", "9.255.255.255", false},
                 {"192.0.2.1", "192.0.2.1", true},
                 {"192.0.2.1", "192.0.2.0", false},
                 {"192.0.2.128/25", "192.0.2.127", false},
                 {"192.0.2.128/25", "192.0.2.255", true},
                 {"2001:db8::/33", "2001:db8:7fff::", true},
                 {"2001:db8::/33", "2001:db8:8000::", false},
                 {"::1/128", "::1", true},
                 {"::1", "::2", false},
                 {"10.0.0.0/8", "::ffff:10.1.1.1", true},
                 {"10.0.0.0/8", "a00::", false},
                 {"128.0.0.0/1", "200.0.0.1", true},
                 {"128.0.0.0/1", "100.0.0.1", false},
                 {"10.0.0.0/8", "unix", false}};
    for (size_t i = 0; i < COUNT(table); i++) {
        struct fail fail = {0};
        struct network network;
        struct ip ip = address(table[i].ip);
        assert_true(network_parse(table[i].network, &network, &fail));
        if (network_holds(&network, &ip) != table[i].holds) {
            fail_msg("%s in %s", table[i].ip, table[i].network);
        }
    }
    static const char *const bad[] = {
        "10.0.0.1/8", "0.0.0.0/0",      "::/0",          "10.0.0.0/33", "::/129",
        "10.0.0.0/",  "10.0.0.0/08",    "10.0.0.0/8x",   "10/8",        "",
        "/8",         "2001:db8::1/64", "10.0.0.0/1111", "10.0.0.0/ 8", "192.0.2.128/24"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct fail fail = {0};
        struct network network;
        if (network_parse(bad[i], &network, &fail) || fail.exit_code != EXIT_USAGE) {
            fail_msg("%s was taken", bad[i]);
        }
    }
}

/* ---- Forwarded ------------------------------------------------------------------------------- */

#define PROXY "127.0.0.1"

static void trust_of(struct trust *trust, bool rfc7239)
{
    static const char *const texts[] = {"127.0.0.1", "10.0.0.0/8", "2001:db8:ffff::/48"};
    *trust = (struct trust){.rfc7239 = rfc7239, .count = COUNT(texts)};
    for (size_t i = 0; i < COUNT(texts); i++) {
        struct fail fail = {0};
        assert_true(network_parse(texts[i], &trust->networks[i], &fail));
    }
}

/* The client that lines (NULL-ended) of one header lead to. */
static void client_is(bool rfc7239, const char *peer, const char *name, const char *const *lines,
                      const char *wanted)
{
    hg_header headers[4] = {{S("Host"), S("1.1.1.1")}};
    struct head head = {.headers = headers, .header_count = 1};
    struct trust trust;
    struct ip from = address(peer), client;
    char text[IP_TEXT_MAX];
    trust_of(&trust, rfc7239);
    for (; *lines != NULL; lines++) {
        headers[head.header_count++] = (hg_header){hg_text(name), exact(hg_text(*lines))};
    }
    forwarded_client(&trust, &head, &from, &client);
    (void) ip_print(&client, text);
    for (size_t i = 1; i < head.header_count; i++) {
        drop(headers[i].value);
    }
    if (strcmp(text, wanted) != 0) {
        fail_msg("'%s' leads to %s, not to %s", lines[-1], text, wanted);
    }
}

static void plain_lists_are_read_from_the_right(void **state)
{
    (void) state;
    static const struct {
        const char *line, *wanted;
    } table[] = {
        {"192.0.2.1", "192.0.2.1"},
        {"9.9.9.9, 192.0.2.1", "192.0.2.1"},
        {"9.9.9.9,192.0.2.1 , 10.0.0.1", "192.0.2.1"},
        {"rubbish\"\\, 192.0.2.1", "192.0.2.1"},
        {", 192.0.2.1", "192.0.2.1"},
        {"192.0.2.1:1234", "192.0.2.1"},
        {"2001:db8::1", "2001:db8::1"},
        {"[2001:db8::1]", "2001:db8::1"},
        {"[2001:db8::1]:1", "2001:db8::1"},
        {"192.0.2.1, 2001:db8:ffff::9, 10.1.2.3", "192.0.2.1"},
        {"10.0.0.2, 10.0.0.1", "10.0.0.2"},
        {"::ffff:10.0.0.1", "10.0.0.1"},
        /* malformed where an address is due: the peer */
        {"", PROXY},
        {"192.0.2.1,", PROXY},
        {"192.0.2.1, unknown", PROXY},
        {"192.0.2.1, rubbish, 10.0.0.1", PROXY},
        {"192.0.2.1 192.0.2.2", PROXY},
        {"192.0.2.1:", PROXY},
        {"192.0.2.1:123456", PROXY},
        {"192.0.2.1:x", PROXY},
        {"[192.0.2.1]", PROXY},
        {"[::1", PROXY},
        {"[::1]x", PROXY},
        {"[]", PROXY},
        {":1", PROXY},
        {"for=192.0.2.1", PROXY},
        {"\"192.0.2.1\"", PROXY},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *const lines[] = {table[i].line, NULL};
        client_is(false, PROXY, "x-Forwarded-for", lines, table[i].wanted);
        client_is(false, "198.51.100.1", "X-Forwarded-For", lines, "198.51.100.1");
        client_is(false, "unix", "X-Forwarded-For", lines, "unix"); /* not trusted here */
    }
    const char *const two[] = {"9.9.9.9", "192.0.2.1, 10.0.0.1", NULL};
    client_is(false, PROXY, "X-Forwarded-For", two, "192.0.2.1");
    const char *const split[] = {"9.9.9.9, 192.0.2.1", "10.0.0.1", NULL};
    client_is(false, PROXY, "X-Forwarded-For", split, "192.0.2.1");
    const char *const none[] = {NULL};
    client_is(false, PROXY, "X-Forwarded-For", none, PROXY);
    const char *const other[] = {"for=192.0.2.1", NULL};
    client_is(false, PROXY, "Forwarded", other, PROXY); /* the header that is not believed */
}

static void elements_are_read_from_the_right(void **state)
{
    (void) state;
    static const struct {
        const char *line, *wanted;
    } table[] = {
        {"for=192.0.2.1", "192.0.2.1"},
        {"For=\"192.0.2.1\"", "192.0.2.1"},
        {"FOR=\"192.0.2.1:80\"", "192.0.2.1"},
        {"for=\"[2001:db8::1]:4711\"", "2001:db8::1"},
        {"for=\"[2001:db8::1]\"", "2001:db8::1"},
        {"for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"},
        {"proto=http; for=192.0.2.60 ; by=203.0.113.43", "192.0.2.60"},
        {"for=9.9.9.9, for=192.0.2.1, for=10.0.0.1", "192.0.2.1"},
        {"for=9.9.9.9,for=192.0.2.1;host=\"a, for=8.8.8.8\",for=10.0.0.1", "192.0.2.1"},
        {"for=192.0.2.1;x=\"a\\\"b\\\\\"", "192.0.2.1"},
        {"for=\"1\\92.0.2.1\"", "192.0.2.1"},
        {"for=192.0.2.1;", "192.0.2.1"},
        {";;for=192.0.2.1", "192.0.2.1"},
        /* whatever a client has put in front */
        {"for=\", for=192.0.2.1", "192.0.2.1"},
        {"for=\"\\, for=\"192.0.2.1\"", "192.0.2.1"},
        {"\", for=192.0.2.1;host=\"x\"", "192.0.2.1"},
        {"x y z==, for=192.0.2.1", "192.0.2.1"},
        /* no address, or malformed, where one is due: the peer */
        {"", PROXY},
        {"for=unknown", PROXY},
        {"for=_hidden, for=10.0.0.1", PROXY},
        {"for=\"_hidden:_port\"", PROXY},
        {"proto=https", PROXY},
        {"for=192.0.2.1,", PROXY},
        {"for=192.0.2.1, proto=https", PROXY},
        {"for=192.0.2.1;for=192.0.2.2", PROXY},
        {"for=192.0.2.1;for=unknown", PROXY},
        {"for=2001:db8::1", PROXY},
        {"for=\"2001:db8::1\"", PROXY},
        {"for=192.0.2.1:80", PROXY},
        {"for=", PROXY},
        {"for=\"\"", PROXY},
        {"for=\"", PROXY},
        {"for=\"192.0.2.1", PROXY},
        {"for=192.0.2.1\"", PROXY},
        {"=192.0.2.1", PROXY},
        {"192.0.2.1", PROXY},
        {"for =192.0.2.1", PROXY},
        {"for= 192.0.2.1", PROXY},
        {"x for=192.0.2.1", PROXY},
        {"for=192.0.2.1 x=y", PROXY},
        {"for=\"192.0.2.1\\\"", PROXY},
        {"for\"192.0.2.1\"", PROXY},
        {"for=\"[2001:db8::1]:123456\"", PROXY},
        {"for=\"1111111111111111111111111111111111111111111111111111111111111111111111\"", PROXY},
    };
    for (size_t i = 0; i < COUNT(table); i++) {
        const char *const lines[] = {table[i].line, NULL};
        client_is(true, PROXY, "forwarded", lines, table[i].wanted);
        client_is(true, "198.51.100.1", "Forwarded", lines, "198.51.100.1");
    }
    const char *const split[] = {"for=\"9.9.9.9, for=9.9.9.9", "for=192.0.2.1", "for=10.0.0.1",
                                 NULL};
    client_is(true, PROXY, "Forwarded", split, "192.0.2.1");
    const char *const other[] = {"192.0.2.1", NULL};
    client_is(true, PROXY, "X-Forwarded-For", other, PROXY); /* the header that is not believed */
}

/* ---- Peers ----------------------------------------------------------------------------------- */

static void connections_are_counted(void **state)
{
    (void) state;
    struct peers *peers = peers_new();
    struct ip four = address("192.0.2.1"), next = address("192.0.2.2");
    struct ip six = address("2001:db8::1"), same = address("2001:db8::ffff"),
              local = address("unix");
    struct ip six_next = address("2001:db8:0:1::1");
    peers_opened(peers, &four);
    peers_opened(peers, &four);
    peers_opened(peers, &six);
    peers_opened(peers, &local);
    assert_int_equal(peers_connections(peers, &four), 2);
    assert_int_equal(peers_connections(peers, &next), 0);
    assert_int_equal(peers_connections(peers, &same), 1);
    assert_int_equal(peers_connections(peers, &six_next), 0);
    assert_int_equal(peers_connections(peers, &local), 0);
    peers_closed(peers, &four);
    assert_int_equal(peers_connections(peers, &four), 1);
    peers_closed(peers, &four);
    peers_closed(peers, &four); /* one too many does no harm */
    assert_int_equal(peers_connections(peers, &four), 0);
    peers_free(peers);
}

static void refusals_are_counted_and_forgiven(void **state)
{
    (void) state;
    struct peers *peers = peers_new();
    struct ip ip = address("192.0.2.1"), other = address("192.0.2.2");
    int64_t now = 1000;
    for (int i = 0; i < 3; i++) {
        assert_false(peers_blocked(peers, &ip, 3, now));
        peers_refused(peers, &ip, 3, now);
    }
    assert_true(peers_blocked(peers, &ip, 3, now));
    assert_false(peers_blocked(peers, &other, 3, now));
    assert_true(peers_blocked(peers, &ip, 3, now + 19999)); /* one is forgiven after 20 s */
    assert_false(peers_blocked(peers, &ip, 3, now + 20000));
    peers_refused(peers, &ip, 3, now + 20000);
    assert_true(peers_blocked(peers, &ip, 3, now + 20000));
    for (int i = 0; i < 3; i++) { /* all are forgiven, and only as many come again */
        assert_false(peers_blocked(peers, &ip, 3, now + 200000));
        peers_refused(peers, &ip, 3, now + 200000);
    }
    assert_true(peers_blocked(peers, &ip, 3, now + 200000));
    peers_free(peers);
}

/* Connecting and closing does not wash refusals off. */
static void refusals_outlive_connections(void **state)
{
    (void) state;
    struct peers *peers = peers_new();
    struct ip ip = address("192.0.2.1");
    peers_opened(peers, &ip);
    peers_refused(peers, &ip, 1, 1000);
    assert_true(peers_blocked(peers, &ip, 1, 1000));
    peers_closed(peers, &ip);
    assert_true(peers_blocked(peers, &ip, 1, 1000));
    peers_opened(peers, &ip);
    assert_true(peers_blocked(peers, &ip, 1, 1000));
    peers_closed(peers, &ip);
    peers_free(peers);
}

static struct ip numbered(unsigned number)
{
    struct ip ip = address("10.0.0.0");
    ip.bytes[13] = (unsigned char) (number >> 16);
    ip.bytes[14] = (unsigned char) (number >> 8);
    ip.bytes[15] = (unsigned char) number;
    return ip;
}

static void the_one_refused_longest_ago_gives_way(void **state)
{
    (void) state;
    struct peers *peers = peers_new();
    struct ip kept = numbered(0), first = numbered(1), second = numbered(2);
    peers_opened(peers, &kept);
    peers_refused(peers, &kept, 1, 1000);
    for (unsigned i = 1; i < PEERS_MAX; i++) {
        struct ip ip = numbered(i);
        peers_refused(peers, &ip, 1, 1000);
    }
    assert_true(peers_blocked(peers, &first, 1, 1000));
    peers_refused(peers, &first, 1, 1001); /* now the second is the oldest */
    struct ip late = numbered(PEERS_MAX);
    peers_refused(peers, &late, 1, 1002);
    assert_true(peers_blocked(peers, &late, 1, 1002));
    assert_true(peers_blocked(peers, &first, 1, 1002));
    assert_false(peers_blocked(peers, &second, 1, 1002));
    assert_true(peers_blocked(peers, &kept, 1, 1002)); /* has a connection */
    assert_int_equal(peers_connections(peers, &kept), 1);
    peers_free(peers);
}

/* A table full of open connections takes no more, and forgets none. */
static void a_full_table_fails_open(void **state)
{
    (void) state;
    struct peers *peers = peers_new();
    for (unsigned i = 0; i < PEERS_MAX; i++) {
        struct ip ip = numbered(i);
        peers_opened(peers, &ip);
    }
    struct ip late = numbered(PEERS_MAX), first = numbered(0);
    peers_opened(peers, &late);
    peers_refused(peers, &late, 1, 1000);
    assert_int_equal(peers_connections(peers, &late), 0);
    assert_false(peers_blocked(peers, &late, 1, 1000));
    assert_int_equal(peers_connections(peers, &first), 1);
    peers_closed(peers, &first);
    peers_closed(peers, &late);
    peers_opened(peers, &late);
    assert_int_equal(peers_connections(peers, &late), 1);
    peers_free(peers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_are_read_and_printed),
        cmocka_unit_test(sockets_have_addresses),
        cmocka_unit_test(networks_hold_their_addresses),
        cmocka_unit_test(plain_lists_are_read_from_the_right),
        cmocka_unit_test(elements_are_read_from_the_right),
        cmocka_unit_test(connections_are_counted),
        cmocka_unit_test(refusals_are_counted_and_forgiven),
        cmocka_unit_test(refusals_outlive_connections),
        cmocka_unit_test(the_one_refused_longest_ago_gives_way),
        cmocka_unit_test(a_full_table_fails_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
