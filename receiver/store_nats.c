/* SPDX-License-Identifier: MIT
 *
 * The store that is a JetStream stream: several machines keep each delivery before it is answered.
 * stream_publish.c does the work.
 */
#include "receiver/store_nats.h"

#include <stdlib.h>

#include "receiver/stream_publish.h"

#define MAX_AGE_S INT64_C(604800) /* 7 days: a target may be down over a long weekend */

struct nats_store {
    struct store store;
    struct stream_link link;
    struct publisher *publisher; /* NULL until the link is open */
};

/* On any thread. */
static void done(void *context, struct delivery *delivery, bool kept, const struct fail *fail)
{
    struct store *base = context;
    base->done(base->context, delivery, kept, fail);
}

static void submit(struct store *base, struct delivery *const *batch, size_t count)
{
    struct nats_store *store = (struct nats_store *) base;
    publisher_submit(store->publisher, batch, count);
}

static void drain(struct store *base)
{
    publisher_drain(((struct nats_store *) base)->publisher);
}

static bool ready(struct store *base)
{
    return publisher_ready(((struct nats_store *) base)->publisher);
}

static void close_store(struct store *base)
{
    struct nats_store *store = (struct nats_store *) base;
    stream_link_when_lost(&store->link, NULL, NULL);
    publisher_close(store->publisher);
    stream_link_close(&store->link);
    free(store);
}

static const struct store_ops several = {
    .submit = submit, .drain = drain, .ready = ready, .close = close_store, .waits = true};
static const struct store_ops single = {
    .submit = submit,
    .drain = drain,
    .ready = ready,
    .close = close_store,
    .waits = true,
    .notice = "the stream has one copy: what it holds is lost with that server's disk"};

/* On a thread of the library's. */
static void on_lost(void *context)
{
    struct nats_store *store = context;
    publisher_lost(store->publisher);
}

/* A body and its head must fit into a message, or every large delivery would be answered 503. */
static bool check_payload(struct nats_store *store, int64_t needed, int64_t max_body,
                          struct fail *fail)
{
    int64_t most = natsConnection_GetMaxPayload(store->link.connection);
    return most >= needed ||
           fail_set(fail, EXIT_USAGE,
                    "the server takes messages of at most %lld bytes, and bodies of "
                    "limits.max_body %lld need %lld: set it to at most %lld, or raise the "
                    "server's max_payload",
                    (long long) most, (long long) max_body, (long long) needed,
                    (long long) (most - needed + max_body));
}

static int64_t longest_dedup(const struct config *config)
{
    int64_t longest = 0;
    for (size_t i = 0; i < config->endpoint_count; i++) {
        int64_t dedup_s = config->endpoints[i].dedup_s;
        longest = dedup_s > longest ? dedup_s : longest;
    }
    return longest;
}

bool store_nats_allows(const struct config *from, const struct config *to, struct fail *fail)
{
    if (!stream_is_spec(from->store)) {
        return true;
    }
    if (to->limits.max_body > from->limits.max_body) {
        return fail_set(fail, EXIT_USAGE,
                        "%s: $.limits.max_body: can't grow without a restart, "
                        "since it must fit into a message of the servers",
                        to->file);
    }
    return longest_dedup(to) <= longest_dedup(from) ||
           fail_set(fail, EXIT_USAGE,
                    "%s: $.endpoints: the longest dedup_s can't grow without a "
                    "restart, since it must fit the stream's duplicate window",
                    to->file);
}

static struct stream_needs needs_of(const struct config *config, const char *name)
{
    const struct stream_options *options = &config->nats;
    struct stream_needs needs = {.name = name,
                                 .replicas = options->replicas,
                                 .max_bytes = options->max_bytes,
                                 .dedup_s = longest_dedup(config),
                                 .message = stream_message_max(config->limits.max_body)};
    needs.least_age_s = options->max_age_s > needs.dedup_s ? options->max_age_s : needs.dedup_s;
    needs.max_age_s = options->max_age_s > 0 ? options->max_age_s : MAX_AGE_S;
    if (needs.max_age_s < needs.dedup_s) {
        needs.max_age_s = needs.dedup_s;
    }
    return needs;
}

struct store *store_nats_open(const struct config *config, struct log *log, struct fail *fail)
{
    struct stream_address address;
    struct nats_store *store = calloc(1, sizeof(*store));
    if (store == NULL) {
        (void) fail_set(fail, EXIT_UNKNOWN, "out of memory");
        return NULL;
    }
    store->store.ops = config->nats.replicas > 1 ? &several : &single;
    if (stream_address_parse(config->store, &address, fail) &&
        stream_link_open(&store->link, &address, &config->nats, log, fail)) {
        struct stream_needs needs = needs_of(config, store->link.name);
        if (check_payload(store, needs.message, config->limits.max_body, fail) &&
            stream_ensure(&store->link, &needs, fail)) {
            store->publisher = publisher_open(&store->link, done, store, fail);
        }
    }
    if (store->publisher == NULL) {
        close_store(&store->store);
        return NULL;
    }
    stream_link_when_lost(&store->link, on_lost, store);
    return &store->store;
}
