/* SPDX-License-Identifier: MIT
 *
 * See pull_queue.h.
 */
#include "receiver/pull_queue.h"

#include <inttypes.h>

#include "base/json_pointer.h"

#define NAMES_MAX ((size_t) 1024) /* bytes: a stream's name and an endpoint's token, and a bit */

bool pull_queue_read(struct stream_link *link, const struct endpoint *endpoint,
                     struct pull_queue *queue)
{
    struct buf durable;
    jsOptions options;
    jsErrCode code = 0;
    jsConsumerInfo *info = NULL;
    (void) jsOptions_Init(&options);
    options.Wait = PULL_QUEUE_MS;
    buf_init(&durable, NAMES_MAX);
    bool done =
        stream_add_durable(&durable, endpoint->name) &&
        js_GetConsumerInfo(&info, link->js, link->name, durable.ptr, &options, &code) == NATS_OK;
    if (done) {
        *queue = (struct pull_queue){.waiting = info->NumPending + (uint64_t) info->NumAckPending,
                                     .settled = info->AckFloor.Stream};
    }
    jsConsumerInfo_Destroy(info);
    buf_free(&durable);
    return done;
}

/* {"message":{"time":"2026-01-01T00:00:00.123456789Z",…}}, or "error" in its place. */
static bool read_time(hg_str answer, int64_t *kept_s)
{
    char text[HG_TIME_TEXT_MAX + 1];
    cJSON *tree = NULL;
    struct fail fail = {0};
    if (!json_parse(answer, "answer", &tree, &fail)) {
        return false;
    }
    size_t len = json_scalar(json_pointer_find("/message/time", tree), text, sizeof(text));
    cJSON_Delete(tree);
    return hg_time_parse(HG_TIME_RFC3339, (hg_str){text, len}, kept_s);
}

/* The library asks for a message by its number alone; the servers also know the next one of a
 * subject. Neither subjects nor streams have a byte that JSON would escape. */
bool pull_queue_oldest(struct stream_link *link, const struct endpoint *endpoint,
                       const struct pull_queue *queue, int64_t *kept_s)
{
    struct buf where, what;
    natsMsg *answer = NULL;
    buf_init(&where, NAMES_MAX);
    buf_init(&what, NAMES_MAX);
    (void) buf_addf(&where, "$JS.API.STREAM.MSG.GET.%s", link->name);
    (void) buf_addf(&what, "{\"seq\":%" PRIu64 ",\"next_by_subj\":\"", queue->settled + 1);
    (void) stream_add_subject(&what, link->name, endpoint->name, NULL);
    (void) buf_add_text(&what, "\"}");
    bool done = !where.failed && !what.failed &&
                natsConnection_RequestString(&answer, link->connection, where.ptr, what.ptr,
                                             PULL_QUEUE_MS) == NATS_OK &&
                read_time((hg_str){natsMsg_GetData(answer), (size_t) natsMsg_GetDataLength(answer)},
                          kept_s);
    natsMsg_Destroy(answer);
    buf_free(&where);
    buf_free(&what);
    return done;
}
