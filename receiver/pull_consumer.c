/* SPDX-License-Identifier: MIT
 *
 * See pull_consumer.h.
 */
#include "receiver/pull_consumer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S INT64_C(1000000000)
#define NAMES_MAX ((size_t) 1024) /* bytes: a stream's name and an endpoint's token */
#define WAITING_MAX 4096          /* attempts that wait for work: 64 machines with 64 threads */
/* Deliveries of an endpoint that are under way or wait for another attempt. While so many wait no
 * new one is tried: the target is down. */
#define UNDER_WAY_MAX 10000
#define DEAD_SUFFIX "-dead"
#define DEAD_AGE_S INT64_C(2592000) /* 30 days to look at what could not be handed on */
#define DEAD_DEDUP_S INT64_C(120)   /* a burial is repeated after a lost ack, at once */

/* ---- Consumers ------------------------------------------------------------------------------- */

static bool names_of(const struct stream_link *link, const struct endpoint *endpoint,
                     struct buf *durable, struct buf *subject, struct fail *fail)
{
    buf_init(durable, NAMES_MAX);
    buf_init(subject, NAMES_MAX);
    return (stream_add_durable(durable, endpoint->name) &&
            stream_add_subject(subject, link->name, endpoint->name, NULL)) ||
           fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

static natsStatus add_consumer(struct stream_link *link, const struct endpoint *endpoint,
                               int64_t ack_wait_s, const char *durable, const char *subject)
{
    jsConsumerConfig config;
    jsErrCode code = 0;
    natsStatus status = jsConsumerConfig_Init(&config);
    config.Durable = durable;
    config.FilterSubject = subject;
    config.DeliverPolicy = js_DeliverAll;
    config.AckPolicy = js_AckExplicit;
    config.AckWait = ack_wait_s * NS_PER_S;
    config.MaxDeliver = -1; /* the server would drop the delivery in silence: the ceiling is ours */
    config.MaxWaiting = WAITING_MAX;
    config.MaxAckPending = endpoint->target.order == TARGET_BY_ARRIVAL ? 1 : UNDER_WAY_MAX;
    return status == NATS_OK ? js_AddConsumer(NULL, link->js, link->name, &config, NULL, &code)
                             : status;
}

bool consumer_ensure(struct stream_link *link, const struct endpoint *endpoint, int64_t ack_wait_s,
                     struct fail *fail)
{
    struct buf durable, subject;
    if (endpoint->target.order == TARGET_BY_EVENT) {
        return fail_set(fail, EXIT_USAGE,
                        "endpoint %s: a stream keeps the order arrival or none, not event",
                        endpoint->name.ptr);
    }
    bool done = names_of(link, endpoint, &durable, &subject, fail);
    if (done) {
        natsStatus status = add_consumer(link, endpoint, ack_wait_s, durable.ptr, subject.ptr);
        done = status == NATS_OK ||
               fail_set(fail, EXIT_UNKNOWN, "the consumer %s of the stream %s: %s", durable.ptr,
                        link->name, stream_reason(status));
    }
    buf_free(&durable);
    buf_free(&subject);
    return done;
}

natsSubscription *consumer_subscribe(struct stream_link *link, const struct endpoint *endpoint,
                                     struct fail *fail)
{
    struct buf durable, subject;
    jsSubOptions options;
    jsErrCode code = 0;
    natsSubscription *subscription = NULL;
    (void) jsSubOptions_Init(&options);
    if (names_of(link, endpoint, &durable, &subject, fail)) {
        options.Stream = link->name;
        options.Consumer = durable.ptr;
        natsStatus status = js_PullSubscribe(&subscription, link->js, subject.ptr, durable.ptr,
                                             NULL, &options, &code);
        if (status != NATS_OK) {
            (void) fail_set(fail, EXIT_UNKNOWN, "the consumer %s of the stream %s: %s", durable.ptr,
                            link->name, stream_reason(status));
        }
    }
    buf_free(&durable);
    buf_free(&subject);
    return subscription;
}

/* ---- Dead letters ---------------------------------------------------------------------------- */

bool dead_ensure(struct stream_link *link, const struct stream_options *options, struct fail *fail)
{
    char name[STREAM_NAME_MAX + sizeof(DEAD_SUFFIX)];
    struct stream_needs needs = {.name = name,
                                 .replicas = options->replicas,
                                 .max_age_s = DEAD_AGE_S,
                                 .dedup_s = DEAD_DEDUP_S};
    (void) snprintf(name, sizeof(name), "%s%s", link->name, DEAD_SUFFIX);
    return stream_ensure(link, &needs, fail);
}

/* All headers but those that are meant for the server. */
static natsStatus copy_headers(natsMsg *from, natsMsg *to)
{
    const char **names = NULL;
    int count = 0;
    natsStatus status = natsMsgHeader_Keys(from, &names, &count);
    for (int i = 0; i < count && status == NATS_OK; i++) {
        const char **values = NULL;
        int lines = 0;
        if (strncmp(names[i], "Nats-", 5) != 0) {
            status = natsMsgHeader_Values(from, names[i], &values, &lines);
        }
        for (int j = 0; j < lines && status == NATS_OK; j++) {
            status = natsMsgHeader_Add(to, names[i], values[j]);
        }
        free((void *) values);
    }
    free((void *) names);
    return status == NATS_NOT_FOUND ? NATS_OK : status;
}

/* A letter that is handed on later keeps its number: its target may know it already, and may know
 * the one that it has in the new stream as another delivery's. */
static natsStatus keep_number(natsMsg *letter, uint64_t sequence, struct buf *text)
{
    const char *number = NULL;
    if (natsMsgHeader_Get(letter, "Hookgauge-Delivery", &number) == NATS_OK) {
        return NATS_OK;
    }
    buf_clear(text);
    (void) buf_addf(text, "%" PRIu64, sequence);
    return text->failed ? NATS_NO_MEMORY
                        : natsMsgHeader_Set(letter, "Hookgauge-Delivery", text->ptr);
}

/* "STREAM-dead.endpoint.event" */
static natsStatus make_letter(const struct stream_link *link, natsMsg *message, uint64_t sequence,
                              const char *why, natsMsg **letter)
{
    struct buf text;
    const char *rest = strchr(natsMsg_GetSubject(message), '.');
    buf_init(&text, NAMES_MAX + 3 * HG_VALUE_MAX);
    (void) buf_addf(&text, "%s%s%s", link->name, DEAD_SUFFIX, rest != NULL ? rest : ".%.%");
    natsStatus status = text.failed
                            ? NATS_NO_MEMORY
                            : natsMsg_Create(letter, text.ptr, NULL, natsMsg_GetData(message),
                                             natsMsg_GetDataLength(message));
    if (status == NATS_OK) {
        status = copy_headers(message, *letter);
    }
    if (status == NATS_OK) {
        status = keep_number(*letter, sequence, &text);
    }
    buf_clear(&text);
    (void) buf_addf(&text, "%s:%" PRIu64, link->name, sequence);
    if (status == NATS_OK) {
        status = natsMsgHeader_Set(*letter, "Nats-Msg-Id", text.ptr);
    }
    buf_clear(&text);
    (void) stream_add_value(&text, hg_text(why));
    if (status == NATS_OK) {
        status =
            text.failed ? NATS_NO_MEMORY : natsMsgHeader_Set(*letter, "Hookgauge-Dead", text.ptr);
    }
    buf_free(&text);
    return status;
}

natsStatus dead_bury(struct stream_link *link, natsMsg *message, uint64_t sequence, const char *why)
{
    natsMsg *letter = NULL;
    jsPubAck *ack = NULL;
    jsErrCode code = 0;
    natsStatus status = make_letter(link, message, sequence, why, &letter);
    if (status == NATS_OK) {
        status = js_PublishMsg(&ack, link->js, letter, NULL, &code);
    }
    if (status == NATS_OK && ack->Sequence == 0) {
        status = NATS_ERR; /* not kept yet: it is tried again with the next attempt */
    }
    jsPubAck_Destroy(ack);
    natsMsg_Destroy(letter);
    return status;
}
