/* SPDX-License-Identifier: MIT
 *
 * The yardstick for the store nats://: an asynchronous publisher that does nothing else.
 *
 *     publisher SERVERS STREAM SECONDS
 *
 * It takes the first message of the stream, which a receiver has put there, and publishes its bytes
 * again and again: the same subject, headers and body, with an id of its own for each, so that none
 * is a duplicate. Prints one line: seconds, acks, those that were errors, the share of a core used.
 */
#include <nats/nats.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/spent.h"

#define PENDING_MAX 4000 /* messages without an ack: more did not make it faster */
#define SECONDS_MAX 60
#define DRAIN_MS 10000

struct publisher {
    natsConnection *connection;
    jsCtx *js;
    natsMsg *sample;
    const char **names; /* of the sample's headers */
    int name_count;
    pthread_mutex_t lock;
    size_t acked, failed; /* guarded */
};

static _Noreturn void stop(const char *what, natsStatus status)
{
    fprintf(stderr, "publisher: %s: %s\n", what, natsStatus_GetText(status));
    exit(3);
}

static void on_ack(jsCtx *js, natsMsg *message, jsPubAck *ack, jsPubAckErr *error, void *context)
{
    struct publisher *publisher = context;
    (void) js;
    pthread_mutex_lock(&publisher->lock);
    if (error == NULL && ack != NULL && ack->Sequence > 0 && !ack->Duplicate) {
        publisher->acked++;
    } else {
        publisher->failed++;
    }
    pthread_mutex_unlock(&publisher->lock);
    natsMsg_Destroy(message);
}

static size_t acked(struct publisher *publisher)
{
    pthread_mutex_lock(&publisher->lock);
    size_t count = publisher->acked;
    pthread_mutex_unlock(&publisher->lock);
    return count;
}

static void start(struct publisher *publisher, const char *servers, const char *stream)
{
    jsOptions options;
    jsErrCode code = 0;
    natsStatus status = natsConnection_ConnectTo(&publisher->connection, servers);
    jsOptions_Init(&options);
    options.PublishAsync.MaxPending = PENDING_MAX;
    options.PublishAsync.StallWait = DRAIN_MS;
    options.PublishAsync.AckHandler = on_ack;
    options.PublishAsync.AckHandlerClosure = publisher;
    pthread_mutex_init(&publisher->lock, NULL);
    if (status == NATS_OK) {
        status = natsConnection_JetStream(&publisher->js, publisher->connection, &options);
    }
    if (status == NATS_OK) {
        status = js_GetMsg(&publisher->sample, publisher->js, stream, 1, NULL, &code);
    }
    if (status == NATS_OK) {
        status = natsMsgHeader_Keys(publisher->sample, &publisher->names, &publisher->name_count);
    }
    if (status != NATS_OK) {
        stop("the first message of the stream", status);
    }
}

/* All headers of the sample but its id, in their order. */
static void copy_headers(struct publisher *publisher, natsMsg *message)
{
    for (int i = 0; i < publisher->name_count; i++) {
        const char **values = NULL;
        int count = 0;
        if (strcmp(publisher->names[i], "Nats-Msg-Id") != 0) {
            natsMsgHeader_Values(publisher->sample, publisher->names[i], &values, &count);
        }
        for (int j = 0; j < count; j++) {
            natsMsgHeader_Add(message, publisher->names[i], values[j]);
        }
        free((void *) values);
    }
}

/* The id has the length of the sample's. */
static void publish(struct publisher *publisher, const char *mark, size_t number)
{
    natsMsg *message = NULL;
    const char *sample_id = "";
    char id[256];
    natsStatus status = natsMsg_Create(&message, natsMsg_GetSubject(publisher->sample), NULL,
                                       natsMsg_GetData(publisher->sample),
                                       natsMsg_GetDataLength(publisher->sample));
    natsMsgHeader_Get(publisher->sample, "Nats-Msg-Id", &sample_id);
    int len = (int) strlen(sample_id);
    snprintf(id, sizeof id, "%s.%0*zu", mark,
             len > 32 && len < 200 ? len - (int) strlen(mark) - 1 : 12, number);
    if (status == NATS_OK) {
        copy_headers(publisher, message);
        natsMsgHeader_Set(message, "Nats-Msg-Id", id);
        status = js_PublishMsgAsync(publisher->js, &message, NULL);
    }
    if (status != NATS_OK) {
        stop("publishing", status);
    }
}

static void run(struct publisher *publisher, double seconds)
{
    jsPubOptions wait;
    char mark[24];
    jsPubOptions_Init(&wait);
    wait.MaxWait = DRAIN_MS;
    snprintf(mark, sizeof mark, "%llx", (unsigned long long) (now_s() * 1e6));
    double from = now_s();
    double cpu = cpu_s();
    for (size_t number = 0; now_s() - from < seconds; number++) {
        publish(publisher, mark, number);
    }
    double took = now_s() - from;
    double used = cpu_s() - cpu;
    size_t count = acked(publisher);
    natsStatus status = js_PublishAsyncComplete(publisher->js, &wait);
    if (status != NATS_OK) {
        stop("some messages got no ack", status);
    }
    printf("%.4f %zu %zu %.3f\n", took, count, publisher->failed, used / took);
}

int main(int argc, char **argv)
{
    static struct publisher publisher;
    double seconds = argc == 4 ? strtod(argv[3], NULL) : 0;
    if (seconds <= 0 || seconds > SECONDS_MAX) {
        fprintf(stderr, "usage: publisher SERVERS STREAM SECONDS\n");
        return 2;
    }
    start(&publisher, argv[1], argv[2]);
    run(&publisher, seconds);
    free((void *) publisher.names);
    natsMsg_Destroy(publisher.sample);
    jsCtx_Destroy(publisher.js);
    natsConnection_Destroy(publisher.connection);
    nats_Close();
    return 0;
}
