/* SPDX-License-Identifier: MIT
 *
 * See stream_message.h.
 */
#include "receiver/stream_message.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "receiver/head.h"

#define FORMAT "1"
#define HEADERS_MAX ((int) HG_HEADERS_MAX) /* field lines that are read back */
#define TEXTS_MAX ((size_t) 1 << 20)       /* bytes of all values: servers limit a message to it */
#define LINE_OVERHEAD ((size_t) 24)        /* "Hookgauge-Header: " and the line's end */

int64_t stream_message_max(int64_t max_body)
{
    size_t head = 3 * HEAD_MAX + HEAD_HEADERS_MAX * LINE_OVERHEAD;
    return max_body + (int64_t) (head + STREAM_META_MAX);
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool add_text(natsMsg *message, const char *name, hg_str text, struct buf *scratch)
{
    buf_clear(scratch);
    return text.len == 0 || (stream_add_value(scratch, text) &&
                             natsMsgHeader_Add(message, name, scratch->ptr) == NATS_OK);
}

static bool add_number(natsMsg *message, const char *name, int64_t number, struct buf *scratch)
{
    buf_clear(scratch);
    return buf_addf(scratch, "%" PRId64, number) &&
           natsMsgHeader_Add(message, name, scratch->ptr) == NATS_OK;
}

static bool add_headers(natsMsg *message, const hg_request *request, struct buf *scratch)
{
    for (size_t i = 0; i < request->header_count; i++) {
        buf_clear(scratch);
        const char *colon = request->headers[i].value.len > 0 ? ": " : ":";
        if (!buf_add_str(scratch, request->headers[i].name) || !buf_add_text(scratch, colon) ||
            !stream_add_value(scratch, request->headers[i].value) ||
            natsMsgHeader_Add(message, "Hookgauge-Header", scratch->ptr) != NATS_OK) {
            return false;
        }
    }
    return true;
}

static bool add_fields(natsMsg *message, const struct delivery *delivery, struct buf *scratch)
{
    static const char *const covered[] = {"", "event", "id", "event id"};
    const char *what = covered[(delivery->event_signed ? 1 : 0) + (delivery->id_signed ? 2 : 0)];
    buf_clear(scratch);
    return stream_add_id(scratch, delivery) &&
           natsMsgHeader_Add(message, "Nats-Msg-Id", scratch->ptr) == NATS_OK &&
           natsMsgHeader_Add(message, "Hookgauge-Format", FORMAT) == NATS_OK &&
           add_text(message, "Hookgauge-Endpoint", delivery->endpoint, scratch) &&
           add_text(message, "Hookgauge-Event", delivery->event, scratch) &&
           add_text(message, "Hookgauge-Id", delivery->id, scratch) &&
           add_text(message, "Hookgauge-Key", delivery->key_label, scratch) &&
           add_text(message, "Hookgauge-Signed", hg_text(what), scratch) &&
           add_number(message, "Hookgauge-Received", delivery->received_ms, scratch) &&
           (delivery->stated_s == 0 ||
            add_number(message, "Hookgauge-Stated", delivery->stated_s, scratch)) &&
           add_text(message, "Hookgauge-Method", delivery->request->method, scratch) &&
           add_text(message, "Hookgauge-Url", delivery->request->url, scratch) &&
           add_headers(message, delivery->request, scratch);
}

natsMsg *stream_message_new(const char *stream, const struct delivery *delivery,
                            struct buf *scratch)
{
    natsMsg *message = NULL;
    hg_str body = delivery->request->body;
    buf_clear(scratch);
    if (body.len > INT32_MAX ||
        !stream_add_subject(scratch, stream, delivery->endpoint, &delivery->event) ||
        natsMsg_Create(&message, scratch->ptr, NULL, body.ptr, (int) body.len) != NATS_OK) {
        return NULL;
    }
    if (!add_fields(message, delivery, scratch)) {
        natsMsg_Destroy(message);
        return NULL;
    }
    return message;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static const char *get(natsMsg *message, const char *name)
{
    const char *value = NULL;
    return natsMsgHeader_Get(message, name, &value) == NATS_OK && value != NULL ? value : "";
}

/* The room was reserved for all values together, so that no slice moves. */
static bool read_text(struct stream_delivery *out, const char *value, hg_str *text)
{
    size_t from = out->texts.len;
    bool done = stream_decode(&out->texts, hg_text(value));
    *text = (hg_str){out->texts.ptr + from, out->texts.len - from};
    return done;
}

static bool read_number(natsMsg *message, const char *name, int64_t *number)
{
    char *end;
    const char *value = get(message, name);
    *number = strtoll(value, &end, 10);
    return *end == '\0' && *number >= 0;
}

/* "Name: value"; the client library drops blanks at a line's end, so an empty value has none. */
static bool read_line(struct stream_delivery *out, const char *line)
{
    hg_header *header = &out->headers[out->request.header_count++];
    const char *colon = strchr(line, ':');
    if (colon == NULL || colon == line || (colon[1] != ' ' && colon[1] != '\0')) {
        return false;
    }
    size_t from = out->texts.len;
    header->name = (hg_str){out->texts.ptr + from, (size_t) (colon - line)};
    return buf_add(&out->texts, line, header->name.len) &&
           read_text(out, colon + (colon[1] == ' ' ? 2 : 1), &header->value);
}

static bool read_fields(natsMsg *message, struct stream_delivery *out)
{
    struct delivery *delivery = &out->delivery;
    const char *covered = get(message, "Hookgauge-Signed");
    delivery->event_signed = strncmp(covered, "event", 5) == 0;
    delivery->id_signed = strcmp(covered, "id") == 0 || strcmp(covered, "event id") == 0;
    return read_text(out, get(message, "Hookgauge-Endpoint"), &delivery->endpoint) &&
           delivery->endpoint.len > 0 &&
           read_text(out, get(message, "Hookgauge-Event"), &delivery->event) &&
           read_text(out, get(message, "Hookgauge-Id"), &delivery->id) &&
           read_text(out, get(message, "Hookgauge-Key"), &delivery->key_label) &&
           read_text(out, get(message, "Hookgauge-Method"), &out->request.method) &&
           read_text(out, get(message, "Hookgauge-Url"), &out->request.url) &&
           read_number(message, "Hookgauge-Received", &delivery->received_ms) &&
           read_number(message, "Hookgauge-Delivery", &delivery->row) &&
           read_number(message, "Hookgauge-Stated", &delivery->stated_s);
}

/* Bytes of all values, of which decoding makes no more. */
static size_t sum(natsMsg *message, const char *const *lines, int count)
{
    static const char *const names[] = {"Hookgauge-Endpoint", "Hookgauge-Event",  "Hookgauge-Id",
                                        "Hookgauge-Key",      "Hookgauge-Method", "Hookgauge-Url"};
    size_t total = 1;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        total += strlen(get(message, names[i]));
    }
    for (int i = 0; i < count; i++) {
        total += strlen(lines[i]);
    }
    return total;
}

static bool read_lines(natsMsg *message, struct stream_delivery *out)
{
    const char **lines = NULL;
    int count = 0;
    natsStatus status = natsMsgHeader_Values(message, "Hookgauge-Header", &lines, &count);
    bool done = (status == NATS_OK || status == NATS_NOT_FOUND) && count <= HEADERS_MAX &&
                buf_reserve(&out->texts, sum(message, lines, count)) != NULL &&
                read_fields(message, out);
    if (done && count > 0) {
        out->headers = calloc((size_t) count, sizeof(*out->headers));
        done = out->headers != NULL;
    }
    for (int i = 0; i < count && done; i++) {
        done = read_line(out, lines[i]);
    }
    free((void *) lines);
    return done;
}

bool stream_message_read(natsMsg *message, struct stream_delivery *out)
{
    struct stream_delivery made = {.headers = NULL};
    buf_init(&made.texts, TEXTS_MAX);
    if (strcmp(get(message, "Hookgauge-Format"), FORMAT) != 0 || !read_lines(message, &made)) {
        stream_delivery_release(&made);
        return false;
    }
    *out = made;
    out->request.headers = out->headers;
    out->request.body = (hg_str){natsMsg_GetData(message), (size_t) natsMsg_GetDataLength(message)};
    out->delivery.request = &out->request;
    return true;
}

void stream_delivery_release(struct stream_delivery *delivery)
{
    free(delivery->headers);
    buf_free(&delivery->texts);
    *delivery = (struct stream_delivery){.headers = NULL};
}
