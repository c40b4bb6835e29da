/* SPDX-License-Identifier: MIT
 *
 * Cases made anew for a live receiver.
 */
#include "harness/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define SPREAD_S 75       /* seconds: more valid cases of one event and body than any file has */
#define BLANKS 24         /* added to a body: 2^24 fresh ones */
#define ID_MARK_MAX 40    /* bytes added to an id, at most */
#define HEADERS_MARKED 64 /* a delivery with more is about their number, and gets none from us */
#define VECTOR_PATH "/api/webhook" /* that of our raw messages */

/* ---- The URL --------------------------------------------------------------------------------- */

/* Whether a query parameter has that name. */
static bool has_parameter(hg_str target, const char *name)
{
    const char *at = memchr(target.ptr, '?', target.len);
    const char *end = target.ptr + target.len;
    size_t length = strlen(name);
    while (at != NULL) {
        at++;
        if ((size_t) (end - at) >= length && memcmp(at, name, length) == 0 &&
            (at + length == end || at[length] == '=' || at[length] == '&')) {
            return true;
        }
        at = memchr(at, '&', (size_t) (end - at));
    }
    return false;
}

static bool check_url(const struct live *live, size_t host, struct fail *fail)
{
    for (size_t i = 0; i < live->url.len; i++) {
        unsigned char byte = (unsigned char) live->url.ptr[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '#') {
            return fail_set(fail, EXIT_USAGE,
                            "the URL holds a blank, a '#' or a byte beyond ASCII");
        }
    }
    if (live->origin.len == host) {
        return fail_set(fail, EXIT_USAGE, "the URL has no host");
    }
    if (memchr(live->origin.ptr, '@', live->origin.len) != NULL) {
        return fail_set(fail, EXIT_USAGE,
                        "the URL must not hold a user name: reports show the URL");
    }
    return !has_parameter(live->target, "sk") ||
           fail_set(fail, EXIT_USAGE,
                    "leave sk out of the URL: reports show the URL, and --secret "
                    "takes the secret");
}

static bool split_url(struct live *live, struct fail *fail)
{
    size_t host = strncmp(live->url.ptr, "https://", 8) == 0 ? 8 : 7;
    size_t at = host + strcspn(live->url.ptr + host, "/?#");
    live->origin = (hg_str){live->url.ptr, at};
    live->target = (hg_str){live->url.ptr + at, live->url.len - at};
    if (live->url.len > LIVE_URL_MAX) {
        return fail_set(fail, EXIT_USAGE, "the URL is longer than %d bytes", LIVE_URL_MAX);
    }
    if (live->target.len > 0 && live->target.ptr[0] == '?') {
        return fail_set(fail, EXIT_USAGE, "the URL has a query but no path");
    }
    if (!check_url(live, host, fail)) {
        return false;
    }
    live->target = live->target.len > 0 ? live->target : hg_text("/");
    live->host = strndup(live->url.ptr + host, at - host);
    return live->host != NULL || fail_set(fail, EXIT_UNKNOWN, "out of memory");
}

/* ---- Keys ------------------------------------------------------------------------------------ */

const char *live_skip(const struct vector_case *one)
{
    if (one->source != NULL) {
        return "was published with a fixed time and secret"; /* and gives no edit to make it by */
    }
    if (one->group->key_count > 1 || one->group->keys[0].not_after != HG_NEVER) {
        return "needs several secrets";
    }
    switch (hg_status_class(one->status)) {
    case HG_CLASS_MISUSE:
    case HG_CLASS_SYSTEM: return "is about the verifier's own state";
    default: return NULL;
    }
}

static hg_str public_secret(const struct vector_file *file)
{
    for (size_t i = 0; i < file->group_count; i++) {
        if (file->groups[i].key_count == 1) {
            return file->groups[i].keys[0].secret;
        }
    }
    return (hg_str){NULL, 0};
}

static bool make_ring(const struct live *live, hg_str secret, hg_ring **ring, struct fail *fail)
{
    hg_key key = {.label = hg_text("secret"), .secret = secret, .not_after = HG_NEVER};
    hg_error error = {0};
    hg_status status = hg_ring_new(live->file->scheme, &key, 1, ring, &error);
    if (status == HG_OK) {
        return true;
    }
    bool system = hg_status_class(status) == HG_CLASS_SYSTEM;
    return fail_set(fail, system ? EXIT_UNKNOWN : EXIT_USAGE, "the secret: %s",
                    error.what[0] != '\0' ? error.what : hg_status_text(status));
}

/* ---- Turns ----------------------------------------------------------------------------------- */

struct identity {
    uint64_t hash;
    size_t index;
};

static uint64_t mix(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ bytes[i]) * 0x100000001b3ULL; /* FNV-1a */
    }
    return hash;
}

static int64_t shift_of(const struct vector_case *one)
{
    int64_t shift = one->group->now - one->now;
    for (size_t i = 0; i < one->edit_count; i++) {
        shift += one->edits[i].op == EDIT_SHIFT_TIME ? one->edits[i].seconds : 0;
    }
    return shift;
}

static bool is_header(hg_str name, const char *known)
{
    return known != NULL && name.len == strlen(known) &&
           strncasecmp(name.ptr, known, name.len) == 0;
}

static uint64_t identify(const struct vector_file *file, const struct vector_case *one)
{
    const hg_request *request = &(one->of != NULL ? one->of : one)->capture.request;
    int64_t shift = shift_of(one);
    uint64_t hash = mix(0xcbf29ce484222325ULL, &shift, sizeof shift);
    for (size_t i = 0; i < request->header_count; i++) {
        if (is_header(request->headers[i].name, hg_scheme_row(file->scheme)->event.header)) {
            hash = mix(hash, request->headers[i].value.ptr, request->headers[i].value.len);
        }
    }
    return mix(hash, request->body.ptr, request->body.len);
}

static int by_identity(const void *left, const void *right)
{
    const struct identity *a = left;
    const struct identity *b = right;
    if (a->hash != b->hash) {
        return a->hash < b->hash ? -1 : 1;
    }
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool take_turns(struct live *live, struct fail *fail)
{
    const struct vector_file *file = live->file;
    struct identity *valid = calloc(file->case_count + 1, sizeof *valid);
    size_t count = 0;
    live->turns = calloc(file->case_count + 1, sizeof *live->turns);
    if (valid == NULL || live->turns == NULL) {
        free(valid);
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    for (size_t i = 0; i < file->case_count; i++) {
        if (file->cases[i].status == HG_OK) {
            valid[count++] = (struct identity){identify(file, &file->cases[i]), i};
        }
    }
    qsort(valid, count, sizeof *valid, by_identity);
    for (size_t i = 1; i < count; i++) {
        bool same = valid[i].hash == valid[i - 1].hash;
        live->turns[valid[i].index] = same ? live->turns[valid[i - 1].index] + 1 : 0;
    }
    free(valid);
    return true;
}

/* ---- Opening --------------------------------------------------------------------------------- */

static bool set_times(struct live *live, struct fail *fail)
{
    int64_t tolerance = hg_scheme_row(live->file->scheme)->timestamp.tolerance_s;
    bool judged = hg_scheme_binds(live->file->scheme, HG_PART_TIME) && tolerance >= 0;
    live->span_s = judged && tolerance / 4 < SPREAD_S ? tolerance / 4 : SPREAD_S;
    if (judged && live->slack_s > tolerance / 2) {
        return fail_set(fail, EXIT_USAGE,
                        "--slack: must be at most half the tolerance, %lld seconds",
                        (long long) (tolerance / 2));
    }
    return true;
}

bool live_open(const struct vector_file *file, const char *url, hg_str secret, int64_t slack_s,
               uint64_t mark, struct live *live, struct fail *fail)
{
    struct live made = {.file = file, .url = hg_text(url), .slack_s = slack_s, .mark = mark};
    made.secret = secret.len > 0 ? secret : public_secret(file);
    if (!split_url(&made, fail) || !set_times(&made, fail) ||
        !make_ring(&made, made.secret, &made.ring, fail) ||
        !make_ring(&made, hg_text(EDIT_WRONG_SECRET_TEXT), &made.wrong, fail) ||
        !take_turns(&made, fail)) {
        live_free(&made);
        return false;
    }
    *live = made;
    return true;
}

void live_free(struct live *live)
{
    hg_ring_free(live->ring);
    hg_ring_free(live->wrong);
    free(live->turns);
    free(live->host);
    *live = (struct live){0};
}

/* ---- Making ---------------------------------------------------------------------------------- */

/* A case and its parent as they are on this run; text holds what is new in them. */
struct copy {
    struct vector_case one, parent;
    struct edit edits[EDITS_MAX], again[EDITS_MAX];
    hg_header *headers;
    struct buf text;
    uint64_t fresh; /* differs from case to case, run to run and round to round */
};

static int64_t moved(const struct live *live, const struct vector_case *one, int64_t shift)
{
    int64_t sign = shift < 0 ? -1 : 1;
    int64_t size = shift * sign;
    if (one->status == HG_TOO_OLD || one->status == HG_TOO_NEW) {
        return sign * (size + live->slack_s);
    }
    if (one->status != HG_OK) {
        return shift;
    }
    int64_t inside = live->slack_s + live->turns[one - live->file->cases];
    return sign * (size > inside ? size - inside : 0);
}

/* The time a delivery states. Unshifted valid ones count back from the beginning of a span, so that
 * they stay apart from each other although the clock goes on between them. */
static int64_t stated_time(const struct live *live, const struct vector_case *one, int64_t now)
{
    int64_t shift = shift_of(one);
    if (shift != 0) {
        return now + moved(live, one, shift);
    }
    if (one->status != HG_OK || live->span_s == 0) {
        return now;
    }
    int64_t turn = (int64_t) live->turns[one - live->file->cases] % live->span_s;
    return now - now % live->span_s - turn;
}

/* The text starts where the buffer stood; its memory was reserved, so slices stay valid. */
static hg_str added(const struct buf *text, size_t from)
{
    return (hg_str){text->ptr + from, text->len - from};
}

static hg_str fresh_id(struct copy *copy, hg_str id)
{
    size_t from = copy->text.len;
    if (id.len + ID_MARK_MAX > HG_VALUE_MAX) {
        return id; /* a case about long ids */
    }
    (void) buf_add_str(&copy->text, id);
    (void) buf_addf(&copy->text, "-%llx", (unsigned long long) copy->fresh);
    return added(&copy->text, from);
}

static hg_str fresh_body(struct copy *copy, hg_str body)
{
    size_t from = copy->text.len;
    size_t end = body.len;
    while (end > 0 && strchr("\n\r\t ", body.ptr[end - 1]) != NULL) {
        end--;
    }
    if (end == 0 || (body.ptr[end - 1] != '}' && body.ptr[end - 1] != ']')) {
        return body; /* not JSON: blanks would mean something */
    }
    (void) buf_add_str(&copy->text, body);
    for (size_t i = 0; i < BLANKS; i++) {
        (void) buf_add(&copy->text, copy->fresh >> i & 1 ? "\t" : " ", 1);
    }
    return added(&copy->text, from);
}

/* "?sk=…" goes behind a query that is there already. */
static void join_queries(const struct live *live, struct copy *copy, struct edit *edits,
                         size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct edit *edit = &edits[i];
        if (edit->part == PART_URL && edit->op == EDIT_APPEND && edit->text.len > 0 &&
            edit->text.ptr[0] == '?' && memchr(live->target.ptr, '?', live->target.len) != NULL) {
            size_t from = copy->text.len;
            (void) buf_add_text(&copy->text, "&");
            (void) buf_add(&copy->text, edit->text.ptr + 1, edit->text.len - 1);
            edit->text = added(&copy->text, from);
        }
    }
}

static size_t text_needed(const struct vector_case *one, const hg_request *parent)
{
    size_t size = parent->body.len + BLANKS + HG_VALUE_MAX + ID_MARK_MAX + LIVE_TOKEN_SIZE;
    for (size_t i = 0; i < one->edit_count; i++) {
        size += one->edits[i].text.len + 1;
    }
    for (size_t i = 0; i < one->again_count; i++) {
        size += one->again[i].text.len + 1;
    }
    return size;
}

static bool copy_memory(const struct vector_case *one, const hg_request *parent, struct copy *copy)
{
    size_t size = text_needed(one, parent);
    buf_init(&copy->text, size);
    copy->headers = calloc(parent->header_count + 2, sizeof *copy->headers);
    return one->edit_count <= EDITS_MAX && one->again_count <= EDITS_MAX && copy->headers != NULL &&
           buf_reserve(&copy->text, size) != NULL;
}

static void copy_free(struct copy *copy)
{
    free(copy->headers);
    buf_free(&copy->text);
}

static void copy_request(const struct live *live, struct copy *copy)
{
    const hg_scheme *scheme = live->file->scheme;
    const hg_scheme_spec *row = hg_scheme_row(scheme);
    hg_request *request = &copy->parent.capture.request;
    for (size_t i = 0; i < request->header_count; i++) {
        copy->headers[i] = request->headers[i];
        if (is_header(request->headers[i].name, row->id.header)) {
            copy->headers[i].value = fresh_id(copy, request->headers[i].value);
        }
    }
    request->headers = copy->headers;
    if (copy->one.times > 1 && !hg_scheme_binds(scheme, HG_PART_ID)) {
        request->body = fresh_body(copy, request->body);
    }
    bool whole = request->url.len > 0 && request->url.ptr[0] != '/';
    request->url = whole ? live->url : live->target;
}

/* Behind the others, where it can be found. */
static void copy_token(struct copy *copy)
{
    hg_request *request = &copy->parent.capture.request;
    size_t from = copy->text.len;
    (void) buf_addf(&copy->text, "%016llx", (unsigned long long) copy->fresh);
    copy->headers[request->header_count++] =
        (hg_header){hg_text(LIVE_TOKEN_HEADER), added(&copy->text, from)};
}

/* The time is in the context, so the copy has no edits of it left. */
static void copy_edits(const struct vector_case *one, struct copy *copy)
{
    copy->one.edit_count = 0;
    for (size_t i = 0; i < one->edit_count; i++) {
        if (one->edits[i].op != EDIT_SHIFT_TIME) {
            copy->edits[copy->one.edit_count++] = one->edits[i];
        }
    }
    copy->one.edits = copy->edits;
    for (size_t i = 0; i < one->again_count; i++) {
        copy->again[i] = one->again[i];
    }
    copy->one.again = copy->again;
}

static uint64_t freshness(const struct live *live, const struct vector_case *one, unsigned round)
{
    uint64_t index = (uint64_t) (one - live->file->cases);
    return mix(mix(live->mark, &index, sizeof index), &round, sizeof round);
}

hg_str live_signature(hg_str text)
{
    hg_str best = {NULL, 0};
    size_t from = 0;
    for (size_t i = 0; i <= text.len; i++) {
        char byte = i < text.len ? text.ptr[i] : ' ';
        bool digit = (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z') ||
                     memchr("+/-_", byte, 4) != NULL;
        if (!digit) {
            best = i - from > best.len ? (hg_str){text.ptr + from, i - from} : best;
            from = i + 1;
        }
    }
    return best;
}

void live_token(const struct live *live, const struct vector_case *one, unsigned round,
                char token[LIVE_TOKEN_SIZE])
{
    (void) snprintf(token, LIVE_TOKEN_SIZE, "%016llx",
                    (unsigned long long) freshness(live, one, round));
}

bool live_is_marked(const struct made *made)
{
    for (size_t i = 0; i < made->request.header_count; i++) {
        if (is_header(made->request.headers[i].name, LIVE_TOKEN_HEADER)) {
            return true;
        }
    }
    return false;
}

static bool make_marked(const struct live *live, const struct vector_case *one,
                        const struct live_turn *turn, bool marked, struct made *made,
                        struct fail *fail)
{
    const struct vector_case *parent = one->of != NULL ? one->of : one;
    struct copy copy = {.one = *one, .parent = *parent, .fresh = freshness(live, one, turn->round)};
    struct edit_context context = {.scheme = live->file->scheme,
                                   .ring = live->ring,
                                   .wrong = live->wrong,
                                   .now = stated_time(live, one, turn->now),
                                   .host = live->host,
                                   .again = turn->again};
    bool held = copy_memory(one, &parent->capture.request, &copy) ||
                fail_set(fail, EXIT_UNKNOWN, "out of memory");
    if (held) {
        copy.one.of = &copy.parent;
        copy_request(live, &copy);
        copy_edits(one, &copy);
        join_queries(live, &copy, copy.edits, copy.one.edit_count);
        join_queries(live, &copy, copy.again, copy.one.again_count);
        if (marked) {
            copy_token(&copy);
        }
        held = edit_make(&copy.one, &context, made, fail);
    }
    copy_free(&copy);
    return held;
}

bool live_make(const struct live *live, const struct vector_case *one, const struct live_turn *turn,
               struct made *made, struct fail *fail)
{
    if (!make_marked(live, one, turn, live->marked, made, fail)) {
        return false;
    }
    if (!live->marked || made->request.header_count <= HEADERS_MARKED) {
        return true;
    }
    made_free(made);
    return make_marked(live, one, turn, false, made, fail);
}

bool live_url(const struct live *live, const struct made *made, struct buf *out)
{
    hg_str url = made->request.url;
    bool bare = url.len == 0 || url.ptr[0] == '/';
    return (!bare || buf_add_str(out, live->origin)) && buf_add_str(out, url);
}

bool live_raw(const struct live *live, const struct vector_case *one, struct buf *out)
{
    hg_str raw = one->raw;
    size_t length = strlen(VECTOR_PATH);
    const char *blank = memchr(raw.ptr, ' ', raw.len);
    size_t before = blank != NULL ? (size_t) (blank - raw.ptr) + 1 : raw.len;
    if (raw.len - before < length || memcmp(raw.ptr + before, VECTOR_PATH, length) != 0) {
        return buf_add_str(out, raw);
    }
    return buf_add(out, raw.ptr, before) && buf_add_str(out, live->target) &&
           buf_add(out, raw.ptr + before + length, raw.len - before - length);
}
