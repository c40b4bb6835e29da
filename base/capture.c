/* SPDX-License-Identifier: MIT
 *
 * A recorded request in its JSON form.
 */
#include "base/capture.h"

#include <stdlib.h>
#include <string.h>

#define CAPTURE_HEADERS_MAX (4 * HG_HEADERS_MAX) /* so that too many for a verifier can be told */

static const char *const request_members[] = {"method",      "url",         "headers",     "body",
                                              "body_base64", "body_repeat", "received_at", NULL};
/* Besides those: what the receiver says of the request. */
static const char *const export_members[] = {"row", "endpoint", "event", "status", "client"};
static const char *const bytes_members[] = {"base64", NULL};
static const char *const repeat_members[] = {"text", "count", NULL};

/* ---- Reading: values are read twice, first for their size, then into one block ----------------
 */

/* Where decoded bytes go. While ptr is NULL, they are only counted. */
struct room {
    char *ptr;
    size_t used;
    size_t size;
};

static bool take_base64(const struct json *at, struct room *room, hg_str *out, struct fail *fail)
{
    const char *text = NULL;
    size_t length = 0;
    if (!json_text(at, &text, fail)) {
        return false;
    }
    if (room->ptr == NULL) {
        room->used += strlen(text) / 4 * 3;
        return true;
    }
    char *place = room->ptr + room->used;
    if (!hg_decode(HG_BASE64, hg_text(text), place, room->size - room->used, &length)) {
        return json_fail(at, fail, "is not canonical base64");
    }
    *out = (hg_str){place, length};
    room->used += length;
    return true;
}

static bool take_repeat(const struct json *at, struct room *room, hg_str *out, struct fail *fail)
{
    struct json member;
    const char *text = NULL;
    int64_t count = 0;
    if (!json_object(at, repeat_members, fail) || !json_need(at, "text", &member, fail) ||
        !json_text(&member, &text, fail) || !json_need(at, "count", &member, fail) ||
        !json_int(&member, 0, (int64_t) CAPTURE_BODY_MAX, &count, fail)) {
        return false;
    }
    size_t length = strlen(text);
    if (length > 0 && (size_t) count > CAPTURE_BODY_MAX / length) {
        return json_fail(at, fail, "is larger than %zu bytes", CAPTURE_BODY_MAX);
    }
    if (room->ptr != NULL) {
        *out = (hg_str){room->ptr + room->used, length * (size_t) count};
        for (int64_t i = 0; i < count; i++) {
            memcpy(room->ptr + room->used, text, length);
            room->used += length;
        }
    } else {
        room->used += length * (size_t) count;
    }
    return true;
}

static bool take_text_body(const struct json *at, hg_str *out, struct fail *fail)
{
    const char *text = NULL;
    if (!json_text(at, &text, fail)) {
        return false;
    }
    *out = hg_text(text);
    return json_plain(*out) || json_fail(at, fail, "holds a control byte: use body_base64");
}

static bool take_body(const struct json *at, struct room *room, hg_str *out, struct fail *fail)
{
    struct json text, base64, repeat;
    bool has_text = json_get(at, "body", &text);
    bool has_base64 = json_get(at, "body_base64", &base64);
    bool has_repeat = json_get(at, "body_repeat", &repeat);
    if (has_text + has_base64 + has_repeat > 1) {
        return json_fail(at, fail, "has more than one body");
    }
    bool done = true;
    if (has_text) {
        done = take_text_body(&text, out, fail);
    } else if (has_base64) {
        done = take_base64(&base64, room, out, fail);
    } else if (has_repeat) {
        done = take_repeat(&repeat, room, out, fail);
    }
    if (done && out->len > CAPTURE_BODY_MAX) {
        return json_fail(at, fail, "the body is larger than %zu bytes", CAPTURE_BODY_MAX);
    }
    return done;
}

static bool take_value(const struct json *at, struct room *room, hg_str *out, struct fail *fail)
{
    struct json member;
    const char *text = NULL;
    if (cJSON_IsObject(at->node)) {
        return json_object(at, bytes_members, fail) && json_need(at, "base64", &member, fail) &&
               take_base64(&member, room, out, fail);
    }
    if (!cJSON_IsString(at->node)) {
        return json_fail(at, fail, "must be text or {\"base64\": text}");
    }
    bool done = json_text(at, &text, fail);
    *out = hg_text(text);
    return done;
}

static bool take_header(const struct json *at, struct room *room, hg_header *out, struct fail *fail)
{
    struct json item = {0};
    const char *name = NULL;
    if (!json_array(at, fail)) {
        return false;
    }
    if (json_count(at) != 2) {
        return json_fail(at, fail, "must be a name and a value");
    }
    if (!json_item(at, &item) || !json_text(&item, &name, fail)) {
        return false;
    }
    out->name = hg_text(name);
    return json_item(at, &item) && take_value(&item, room, &out->value, fail);
}

static bool take_headers(const struct json *at, struct room *room, hg_header *headers,
                         struct fail *fail)
{
    struct json list;
    struct json item = {0};
    if (!json_get(at, "headers", &list)) {
        return true;
    }
    while (json_item(&list, &item)) {
        if (!take_header(&item, room, headers++, fail)) {
            return false;
        }
    }
    return true;
}

/* Both passes: with room->ptr NULL it counts. */
static bool take_bytes(const struct json *at, struct room *room, struct capture *capture,
                       struct fail *fail)
{
    return take_headers(at, room, capture->headers, fail) &&
           take_body(at, room, &capture->request.body, fail);
}

static bool count_headers(const struct json *at, size_t *count, struct fail *fail)
{
    struct json list;
    *count = 0;
    if (!json_get(at, "headers", &list)) {
        return true;
    }
    if (!json_array(&list, fail)) {
        return false;
    }
    *count = (size_t) json_count(&list);
    return *count <= CAPTURE_HEADERS_MAX ||
           json_fail(&list, fail, "has more than %d headers", CAPTURE_HEADERS_MAX);
}

static bool take_words(const struct json *at, struct capture *capture, struct fail *fail)
{
    struct json member;
    const char *method = NULL;
    const char *url = NULL;
    if (!json_need(at, "method", &member, fail) || !json_text(&member, &method, fail) ||
        !json_opt_text(at, "url", &url, fail) ||
        !json_opt_int(at, "received_at", 0, HG_TOLERANCE_MAX, &capture->received_at, fail)) {
        return false;
    }
    if (method[0] == '\0') {
        return json_fail(&member, fail, "is empty");
    }
    capture->request.method = hg_text(method);
    capture->request.url = hg_text(url);
    return true;
}

static bool no_memory(const struct json *at, struct fail *fail)
{
    return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", at->file);
}

static bool fill(const struct json *at, struct capture *capture, struct fail *fail)
{
    struct room room = {0};
    size_t count = 0;
    if (!take_words(at, capture, fail) || !count_headers(at, &count, fail)) {
        return false;
    }
    capture->headers = calloc(count + 1, sizeof *capture->headers);
    if (capture->headers == NULL) {
        return no_memory(at, fail);
    }
    capture->request.headers = capture->headers;
    capture->request.header_count = count;
    if (!take_bytes(at, &room, capture, fail)) {
        return false;
    }
    room.size = room.used;
    room.used = 0;
    room.ptr = capture->bytes = malloc(room.size + 1); /* never 0: NULL means counting */
    return room.ptr != NULL ? take_bytes(at, &room, capture, fail) : no_memory(at, fail);
}

static bool read_members(const struct json *at, const char *const *members, struct capture *capture,
                         struct fail *fail)
{
    struct capture made = {0};
    if (!json_object(at, members, fail)) {
        return false;
    }
    if (!fill(at, &made, fail)) {
        capture_free(&made);
        return false;
    }
    *capture = made;
    return true;
}

bool capture_from_json(const struct json *at, struct capture *capture, struct fail *fail)
{
    return read_members(at, request_members, capture, fail);
}

bool capture_from_export(const struct json *at, struct capture *capture, struct fail *fail)
{
    enum { MORE = sizeof export_members / sizeof export_members[0] };
    const char *members[MORE + sizeof request_members / sizeof request_members[0]];
    memcpy(members, export_members, sizeof export_members);
    memcpy(members + MORE, request_members, sizeof request_members);
    return read_members(at, members, capture, fail);
}

void capture_free(struct capture *capture)
{
    if (capture != NULL) {
        free(capture->headers);
        free(capture->bytes);
        *capture = (struct capture){0};
    }
}

/* ---- Copying --------------------------------------------------------------------------------- */

static void add_copy(hg_str *text, char **place)
{
    if (text->len > 0) {
        memcpy(*place, text->ptr, text->len);
    }
    text->ptr = *place;
    *place += text->len;
}

static size_t size_of(const hg_request *request)
{
    size_t size = request->method.len + request->url.len + request->body.len;
    for (size_t i = 0; i < request->header_count; i++) {
        size += request->headers[i].name.len + request->headers[i].value.len;
    }
    return size;
}

bool capture_copy(const hg_request *request, int64_t received_at, struct capture *capture)
{
    struct capture made = {.request = *request, .received_at = received_at};
    made.headers = calloc(request->header_count + 1, sizeof *made.headers);
    made.bytes = malloc(size_of(request) + 1);
    if (made.headers == NULL || made.bytes == NULL) {
        capture_free(&made);
        return false;
    }
    char *place = made.bytes;
    add_copy(&made.request.method, &place);
    add_copy(&made.request.url, &place);
    add_copy(&made.request.body, &place);
    for (size_t i = 0; i < request->header_count; i++) {
        made.headers[i] = request->headers[i];
        add_copy(&made.headers[i].name, &place);
        add_copy(&made.headers[i].value, &place);
    }
    made.request.headers = made.headers;
    *capture = made;
    return true;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool add_base64(struct buf *out, hg_str bytes)
{
    size_t size = (bytes.len + 2) / 3 * 4;
    char *place;
    if (!buf_add_text(out, "\"") || (place = buf_reserve(out, size)) == NULL) {
        return false;
    }
    buf_used(out, hg_encode(HG_BASE64, bytes.ptr, bytes.len, place, size));
    return buf_add_text(out, "\"");
}

static bool add_header(struct buf *out, const hg_header *header)
{
    if (!buf_add_text(out, "[") || !json_add_text(out, header->name) || !buf_add_text(out, ",")) {
        return false;
    }
    if (json_plain(header->value)) {
        return json_add_text(out, header->value) && buf_add_text(out, "]");
    }
    return buf_add_text(out, "{\"base64\":") && add_base64(out, header->value) &&
           buf_add_text(out, "}]");
}

static bool add_headers(struct buf *out, const hg_request *request)
{
    bool done = buf_add_text(out, ",\"headers\":[");
    for (size_t i = 0; done && i < request->header_count; i++) {
        done = (i == 0 || buf_add_text(out, ",")) && add_header(out, &request->headers[i]);
    }
    return done && buf_add_text(out, "]");
}

static bool add_body(struct buf *out, hg_str body)
{
    if (body.len == 0) {
        return true;
    }
    if (json_plain(body)) {
        return buf_add_text(out, ",\"body\":") && json_add_text(out, body);
    }
    return buf_add_text(out, ",\"body_base64\":") && add_base64(out, body);
}

bool capture_to_json(const hg_request *request, int64_t received_at, struct buf *out)
{
    bool done = buf_add_text(out, "{\"method\":") && json_add_text(out, request->method) &&
                buf_add_text(out, ",\"url\":") && json_add_text(out, request->url) &&
                add_headers(out, request) && add_body(out, request->body);
    if (done && received_at != 0) {
        done = buf_addf(out, ",\"received_at\":%lld", (long long) received_at);
    }
    return done && buf_add_text(out, "}");
}
