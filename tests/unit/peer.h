/* SPDX-License-Identifier: MIT
 *
 * A socket that records what it gets and answers what the test says.
 */
#ifndef TESTS_UNIT_PEER_H
#define TESTS_UNIT_PEER_H

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define GOT_MAX 4194304 /* bytes that a peer records */

/* A peer for one connection. */
struct peer {
    int listener;
    int connection;
    char url[64];
    const char *answer; /* sent once `until` has arrived; NULL: closes */
    const char *until;  /* text that ends what is read first; NULL: reads nothing */
    char *got;
    size_t size;
    pthread_t thread;
};

static inline void say(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t put = send(fd, text, left, MSG_NOSIGNAL);
        if (put <= 0) {
            return;
        }
        text += put;
        left -= (size_t) put;
    }
}

static inline void *serve(void *context)
{
    struct peer *peer = context;
    int fd = accept(peer->listener, NULL, NULL);
    peer->connection = fd;
    while (peer->until != NULL &&
           memmem(peer->got, peer->size, peer->until, strlen(peer->until)) == NULL) {
        ssize_t got = recv(fd, peer->got + peer->size, GOT_MAX - peer->size, 0);
        if (got <= 0) {
            break;
        }
        peer->size += (size_t) got;
    }
    if (peer->answer != NULL) {
        say(fd, peer->answer);
    }
    if (peer->answer == NULL || strstr(peer->answer, "close") != NULL) {
        (void) shutdown(fd, SHUT_WR);
    }
    return NULL;
}

static inline int listen_anywhere(char url[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (struct sockaddr *) &address, size), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *) &address, &size), 0);
    (void) snprintf(url, 64, "http://127.0.0.1:%d/p?q=1", ntohs(address.sin_port));
    return fd;
}

static inline void start(struct peer *peer, const char *until, const char *answer)
{
    *peer = (struct peer){.until = until, .answer = answer, .connection = -1};
    peer->listener = listen_anywhere(peer->url);
    peer->got = calloc(1, GOT_MAX + 1);
    assert_non_null(peer->got);
    assert_int_equal(pthread_create(&peer->thread, NULL, serve, peer), 0);
}

static inline void finish(struct peer *peer)
{
    (void) pthread_join(peer->thread, NULL);
    (void) close(peer->connection);
    (void) close(peer->listener);
}

#endif
