/* SPDX-License-Identifier: MIT
 *
 * Does a full store take deliveries as fast as an empty one?
 *
 *     fill FOLDER COUNT ROUNDS
 *
 * Fills FOLDER/full.db with COUNT deliveries through the receiver's own store, then takes turns: as
 * many go into a new store as into the full one, in batches as a busy receiver makes them. Prints a
 * line a round: the two rates, deliveries a second. Bodies are 1 KiB, keys have a signed time, and
 * the clock goes on by a second each PER_SECOND deliveries: of ten million the keys of the last 6.6
 * million are live, and the others are on their way out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "receiver/store.h"
#include "tests/bench/spent.h"

#define BODY_SIZE 1024
#define MAC_SIZE 32
#define PER_SECOND 10000
#define LIVE_S 660 /* dedup_s of a scheme with a window of 300 s */
#define BATCH 64   /* deliveries of one commit, as with 64 connections */
#define TURN 50000 /* deliveries of a round's either half */
#define BEGIN_S 1767225600

static _Noreturn void stop(const char *what)
{
    fprintf(stderr, "fill: %s\n", what);
    exit(3);
}

/* A number as good as random that follows from another one (splitmix64). */
static uint64_t mix(uint64_t number)
{
    number += 0x9e3779b97f4a7c15;
    number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
    number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
    return number ^ (number >> 31);
}

static char body[BODY_SIZE + 1];

static hg_header headers[] = {
    {{"Host", 4}, {"127.0.0.1", 9}},
    {{"Content-Type", 12}, {"application/json", 16}},
    {{"X-Webhook-Timestamp", 19}, {"1767225600", 10}},
    {{"X-Webhook-Event", 15}, {"Order.OnCreate", 14}},
    {{"X-Webhook-Signature", 19},
     {"sha256=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", 71}},
};

static const hg_request request = {.method = {"POST", 4},
                                   .url = {"/api/webhook", 12},
                                   .headers = headers,
                                   .header_count = sizeof headers / sizeof headers[0],
                                   .body = {body, BODY_SIZE}};

/* The key is laid out as endpoint_describe does it: the signed time, big end first, then the MAC.
 */
static void describe(struct delivery *delivery, uint64_t number)
{
    int64_t second = BEGIN_S + (int64_t) (number / PER_SECOND);
    *delivery = (struct delivery){.endpoint = hg_text("orders"),
                                  .event = hg_text("Order.OnCreate"),
                                  .event_signed = true,
                                  .key_label = hg_text("main"),
                                  .received_ms = second * 1000,
                                  .stated_s = second,
                                  .key_len = 8 + MAC_SIZE,
                                  .key_until_s = second + LIVE_S,
                                  .request = &request};
    for (size_t i = 0; i < 8; i++) {
        delivery->key[i] = (unsigned char) ((uint64_t) second >> (56 - 8 * i));
    }
    for (size_t i = 0; i < MAC_SIZE; i += 8) {
        uint64_t part = mix(number * MAC_SIZE + i);
        memcpy(delivery->key + 8 + i, &part, 8);
    }
}

/* Adds the deliveries from number `from` up to `to`, `batch` in a commit; returns the seconds. */
static double add(struct store *store, uint64_t from, uint64_t to, size_t batch)
{
    static struct delivery room[STORE_BATCH_MAX];
    static struct delivery *list[STORE_BATCH_MAX];
    struct fail fail = {0};
    double begun = now_s();
    while (from < to) {
        size_t count = 0;
        while (count < batch && from < to) {
            describe(&room[count], from++);
            list[count] = &room[count];
            count++;
        }
        if (!store->ops->commit(store, list, count, &fail) || room[0].duplicate) {
            stop(fail.exit_code != 0 ? fail.text : "a delivery was taken for a duplicate");
        }
    }
    return now_s() - begun;
}

static struct store *open_store(const char *folder, const char *name)
{
    char spec[4096];
    struct fail fail = {0};
    int len = snprintf(spec, sizeof spec, "sqlite:%s/%s", folder, name);
    if (len < 0 || (size_t) len >= sizeof spec) {
        stop("the folder's name is too long");
    }
    struct store *store = store_open(spec, &fail);
    if (store == NULL) {
        stop(fail.text);
    }
    return store;
}

static void one_round(struct store *full, uint64_t *count, const char *folder, unsigned long number)
{
    char name[64];
    (void) snprintf(name, sizeof name, "empty-%lu.db", number);
    struct store *empty = open_store(folder, name);
    double empty_s = add(empty, 0, TURN, BATCH);
    store_close(empty);
    double full_s = add(full, *count, *count + TURN, BATCH);
    *count += TURN;
    printf("%.0f %.0f\n", TURN / empty_s, TURN / full_s);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        stop("usage: fill FOLDER COUNT ROUNDS");
    }
    uint64_t count = strtoull(argv[2], NULL, 10);
    unsigned long rounds = strtoul(argv[3], NULL, 10);
    memset(body, 'x', BODY_SIZE);
    struct store *full = open_store(argv[1], "full.db");
    (void) add(full, 0, count, STORE_BATCH_MAX);
    for (unsigned long i = 0; i < rounds; i++) {
        one_round(full, &count, argv[1], i);
    }
    store_close(full);
    return 0;
}
