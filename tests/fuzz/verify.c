/* SPDX-License-Identifier: MIT
 *
 * Signs a delivery, edits it as the fuzzer likes, verifies it whole and in pieces.
 *
 * Unedited, the status is known from the clock alone. Edited, nobody here knows whether it should
 * still verify; so of the deliveries that did, a sample is written to the folder that
 * HG_FUZZ_VERIFIED names, as {"scheme","secret","now","request"}, for a program that shares no code
 * with ours to judge.
 */
#include "base/capture.h"
#include "base/scheme_json.h"
#include "tests/fuzz/schemes.h"

#define SIGNED_AT 1767225600
#define HEADERS_MAX 16
#define EDITS_MAX 4
#define JSON_MAX 65536  /* bytes of a written delivery */
#define SAMPLES_MAX 500 /* written deliveries of either kind: plain, and changed */

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void) argc;
    (void) argv;
    open_schemes();
    return 0;
}

/* A delivery under edit; names and values are blocks of exactly their size. */
struct delivery {
    size_t scheme;
    hg_header headers[HEADERS_MAX];
    size_t count;
    hg_str body;
};

/* ---- Edits ----------------------------------------------------------------------------------- */

static void add_header(struct delivery *to, hg_str name, hg_str value)
{
    if (to->count < HEADERS_MAX) {
        to->headers[to->count++] = (hg_header){exact(name), exact(value)};
    }
}

static void drop_header(struct delivery *from, size_t at)
{
    exact_free(from->headers[at].name);
    exact_free(from->headers[at].value);
    from->count--;
    memmove(from->headers + at, from->headers + at + 1, (from->count - at) * sizeof *from->headers);
}

/* Replaces a text by before, a part of it, after. */
static void replace(hg_str *text, hg_str before, size_t from, size_t len, hg_str after)
{
    hg_str parts[3] = {before, {text->ptr + from, len}, after};
    char *made = malloc(before.len + len + after.len + 1);
    size_t used = 0;
    MUST(made != NULL);
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].len > 0) {
            memcpy(made + used, parts[i].ptr, parts[i].len);
        }
        used += parts[i].len;
    }
    exact_free(*text);
    *text = exact((hg_str){made, used});
    free(made);
}

static void flip_bit(hg_str text, unsigned at, unsigned bit)
{
    if (text.len > 0) {
        ((char *) (uintptr_t) text.ptr)[at % text.len] ^= (char) (1 << bit % 8);
    }
}

/* The next character: mostly one of the same alphabet, so that a signature keeps its form. */
static void bump(hg_str text, unsigned at)
{
    if (text.len > 0) {
        ((char *) (uintptr_t) text.ptr)[at % text.len]++;
    }
}

static void change_case(hg_str text, unsigned every)
{
    char *c = (char *) (uintptr_t) text.ptr;
    for (size_t i = 0; i < text.len; i += every % 4 + 1) {
        bool letter = (c[i] >= 'a' && c[i] <= 'z') || (c[i] >= 'A' && c[i] <= 'Z');
        c[i] = letter ? (char) (c[i] ^ 0x20) : c[i];
    }
}

/* One edit of a text, be it a value or the body. */
static void edit_text(struct input *input, hg_str *text)
{
    const hg_str none = {NULL, 0};
    unsigned op = take_byte(input) % 10;
    unsigned at = take_byte(input);
    size_t cut = text->len > 0 ? at % (text->len + 1) : 0;
    switch (op) {
    case 0: flip_bit(*text, at, take_byte(input)); break;
    case 1: replace(text, none, 0, text->len - cut, none); break;
    case 2: replace(text, none, cut, text->len - cut, none); break;
    case 3: replace(text, none, 0, text->len, take_text(input)); break;
    case 4: replace(text, take_text(input), 0, text->len, none); break;
    case 5: replace(text, hg_text(" \t"), 0, text->len, hg_text("\t ")); break;
    case 6: change_case(*text, at); break;
    case 7: replace(text, take_text(input), 0, 0, none); break;
    default: bump(*text, at); break;
    }
}

/* Makes a list of a value: the value and something else, in either order. */
static void edit_list(struct input *input, hg_str *value)
{
    const char *separators = ",; .";
    hg_str separator = {separators + take_byte(input) % 4, 1};
    hg_str none = {NULL, 0};
    hg_str other = exact(take_byte(input) % 2 == 0 ? *value : take_text(input));
    if (take_byte(input) % 2 == 0) {
        replace(value, separator, 0, value->len, none);
        replace(value, other, 0, value->len, none);
    } else {
        replace(value, none, 0, value->len, separator);
        replace(value, none, 0, value->len, other);
    }
    exact_free(other);
}

static void swap_headers(struct delivery *in, size_t a, size_t b)
{
    hg_header other = in->headers[a];
    in->headers[a] = in->headers[b];
    in->headers[b] = other;
}

static void edit(struct input *input, struct delivery *delivery)
{
    unsigned op = take_byte(input) % 8;
    size_t at = delivery->count > 0 ? take_byte(input) % delivery->count : 0;
    hg_header *header = &delivery->headers[at];
    if (op == 0 || delivery->count == 0) {
        edit_text(input, &delivery->body);
        return;
    }
    switch (op) {
    case 1:
    case 2: edit_text(input, &header->value); break;
    case 3: change_case(header->name, take_byte(input)); break;
    case 4: edit_list(input, &header->value); break;
    case 5: drop_header(delivery, at); break;
    case 6: add_header(delivery, header->name, take_text(input)); break;
    default: swap_headers(delivery, at, take_byte(input) % delivery->count); break;
    }
}

/* ---- What an edit has changed --------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, hg_str text, bool lower)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char) text.ptr[i];
        c = lower && c >= 'A' && c <= 'Z' ? (unsigned char) (c - 'A' + 'a') : c;
        hash = (hash ^ c) * 1099511628211u; /* FNV-1a */
    }
    return (hash ^ text.len) * 1099511628211u;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static hg_str trim(hg_str text)
{
    while (text.len > 0 && is_blank(text.ptr[0])) {
        text = (hg_str){text.ptr + 1, text.len - 1};
    }
    while (text.len > 0 && is_blank(text.ptr[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* The same for deliveries that differ in nothing but the order of headers, the case of their names
 * and the blanks around their values: such an edit is none. */
static uint64_t fingerprint(const struct delivery *delivery)
{
    uint64_t sum = mix(14695981039346656037u, delivery->body, false);
    for (size_t i = 0; i < delivery->count; i++) {
        uint64_t name = mix(14695981039346656037u, delivery->headers[i].name, true);
        sum += mix(name, trim(delivery->headers[i].value), false);
    }
    return sum;
}

/* ---- Signing and verifying ------------------------------------------------------------------- */

/* A delivery as its sender makes it. False when it can't be signed. */
static bool make_delivery(struct input *input, struct delivery *delivery)
{
    hg_header headers[HG_SIGN_HEADERS_MAX];
    char text[HG_SIGN_TEXT_MAX];
    char event[HG_VALUE_MAX];
    size_t count = 0;
    unsigned choice = take_byte(input);
    size_t len =
        hg_event_print(hg_item_type_at(choice % HG_ITEM_TYPES),
                       hg_action_at(choice / HG_ITEM_TYPES % HG_ACTIONS), event, sizeof event);
    hg_str own = take_text(input);
    hg_str id = take_text(input);
    hg_request request = {
        .method = hg_text("POST"), .url = hg_text(ROW_URL), .body = delivery->body};
    hg_signing signing = {.scheme = schemes[delivery->scheme],
                          .ring = rings[delivery->scheme],
                          .now = SIGNED_AT,
                          .event = own.len > 0 ? own : (hg_str){event, len},
                          .id = id.len > 0 ? id : hg_text("msg-1")};
    if (hg_sign(&signing, &request, text, headers, &count) != HG_OK) {
        return false;
    }
    add_header(delivery, hg_text("Content-Type"), hg_text("application/json"));
    for (size_t i = 0; i < count; i++) {
        add_header(delivery, headers[i].name, headers[i].value);
    }
    return true;
}

static void same_verdict(const hg_verdict *a, const hg_verdict *b)
{
    MUST(a->status == b->status && a->time_signed == b->time_signed);
    MUST(a->event_signed == b->event_signed && a->id_signed == b->id_signed);
    MUST(a->age_judged == b->age_judged && same_place(a->key_label, b->key_label));
    MUST(a->timestamp == b->timestamp && a->age_s == b->age_s);
    MUST(same_place(a->event, b->event) && same_place(a->id, b->id));
    MUST(a->mac_len == b->mac_len && memcmp(a->mac, b->mac, sizeof a->mac) == 0);
}

/* The body in pieces whose sizes the fuzzer gives; each is gone once it was taken. */
static hg_verdict stream(struct input *input, const hg_options *options, const hg_request *request)
{
    hg_stream stream;
    size_t at = 0;
    hg_request head = *request;
    head.body = (hg_str){NULL, 0};
    hg_status begun = hg_stream_begin(&stream, options, &head);
    while (at < request->body.len) {
        size_t left = request->body.len - at;
        size_t want = input->left > 0 ? take_byte(input) : left;
        hg_str piece = exact((hg_str){request->body.ptr + at, want < left ? want : left});
        hg_stream_update(&stream, piece.ptr, piece.len);
        at += piece.len;
        exact_free(piece);
    }
    hg_verdict verdict = hg_stream_end(&stream);
    MUST(begun == HG_OK || begun == verdict.status);
    MUST(hg_stream_end(&stream).status == HG_BAD_ARGUMENT);
    return verdict;
}

/* The seconds on either side of now that a scheme allows; HG_NO_TOLERANCE: any. */
static int64_t tolerance_of(const hg_scheme *scheme)
{
    const hg_scheme_spec *row = hg_scheme_row(scheme);
    return row->timestamp.format == NULL ? HG_NO_TOLERANCE : row->timestamp.tolerance_s;
}

/* What an unedited delivery must get. */
static hg_status expected(const hg_scheme *scheme, int64_t now)
{
    int64_t tolerance = tolerance_of(scheme);
    if (tolerance == HG_NO_TOLERANCE) {
        return HG_OK;
    }
    return now - SIGNED_AT > tolerance   ? HG_TOO_OLD
           : SIGNED_AT - now > tolerance ? HG_TOO_NEW
                                         : HG_OK;
}

/* The seconds between signing and verifying: mostly none, else about the edges or anything. */
static int64_t take_delay(struct input *input, int64_t tolerance)
{
    unsigned choice = take_byte(input);
    int64_t edge = choice % 2 == 0 ? tolerance : -tolerance;
    switch (choice % 8) {
    case 0:
    case 1: return edge;
    case 2:
    case 3: return edge + (int64_t) (choice % 3) - 1;
    case 4: return (int64_t) take_byte(input) * 7 - 900;
    default: return 0;
    }
}

/* ---- What verified --------------------------------------------------------------------------- */

static bool add_delivery(struct buf *out, size_t scheme, int64_t now, const hg_request *request)
{
    return buf_add_text(out, "{\"scheme\":") &&
           scheme_to_json(hg_scheme_row(schemes[scheme]), false, out) &&
           buf_addf(out, ",\"secret\":\"%s\",\"now\":%lld,\"request\":", secrets[scheme],
                    (long long) now) &&
           capture_to_json(request, 0, out) && buf_add_text(out, "}\n");
}

/* Which of the samples the next delivery of a kind becomes: the first ones fill the places, later
 * ones replace some, so that each has the same chance. SAMPLES_MAX: none. */
static unsigned sample_place(bool changed)
{
    static uint64_t seen[2];
    static uint64_t random = 88172645463325252; /* xorshift: any start but 0 */
    uint64_t number = seen[changed]++;
    random ^= random << 13;
    random ^= random >> 7;
    random ^= random << 17;
    uint64_t place = number < SAMPLES_MAX ? number : random % number;
    return place < SAMPLES_MAX ? (unsigned) place : SAMPLES_MAX;
}

static void write_delivery(size_t scheme, int64_t now, const hg_request *request, bool changed)
{
    const char *folder = getenv("HG_FUZZ_VERIFIED");
    unsigned place = sample_place(changed);
    char path[4096];
    struct buf out;
    if (folder == NULL || place == SAMPLES_MAX) {
        return;
    }
    int len =
        snprintf(path, sizeof path, "%s/%s-%u.json", folder, changed ? "changed" : "plain", place);
    MUST(len > 0 && (size_t) len < sizeof path);
    buf_init(&out, JSON_MAX);
    if (add_delivery(&out, scheme, now, request)) {
        FILE *file = fopen(path, "w");
        MUST(file != NULL);
        MUST(fwrite(out.ptr, 1, out.len, file) == out.len && fclose(file) == 0);
    }
    buf_free(&out);
}

/* ---- The target ------------------------------------------------------------------------------ */

static void judge(struct input *input, const struct delivery *delivery, unsigned edits,
                  bool changed)
{
    const hg_scheme *scheme = schemes[delivery->scheme];
    int64_t now = SIGNED_AT + take_delay(input, tolerance_of(scheme));
    hg_options options = {.scheme = scheme, .ring = rings[delivery->scheme], .now = now};
    hg_request request = {.method = hg_text("POST"),
                          .url = hg_text(ROW_URL),
                          .headers = delivery->headers,
                          .header_count = delivery->count,
                          .body = delivery->body};
    hg_verdict verdict = hg_verify(&options, &request);
    if (row_streams(hg_scheme_row(scheme))) {
        hg_verdict streamed = stream(input, &options, &request);
        same_verdict(&verdict, &streamed);
    }
    MUST(edits > 0 || verdict.status == expected(scheme, now));
    if (verdict.status == HG_OK) {
        write_delivery(delivery->scheme, now, &request, changed);
    } else {
        hg_verdict nothing = {.status = verdict.status};
        same_verdict(&verdict, &nothing);
    }
    if (hg_scheme_binds(scheme, HG_PART_EVENT)) { /* the same under a rule */
        hg_str pattern = hg_text("*.OnCreate");
        options.events = &pattern;
        options.event_count = 1;
        hg_status ruled = hg_verify(&options, &request).status;
        MUST(ruled == verdict.status || (verdict.status == HG_OK && ruled == HG_EVENT_NOT_ALLOWED));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input = {data, size};
    struct delivery delivery = {.scheme = take_byte(&input) % scheme_count};
    unsigned edits = take_byte(&input) % (EDITS_MAX + 1);
    delivery.body = exact(take_text(&input));
    bool made = make_delivery(&input, &delivery);
    uint64_t before = fingerprint(&delivery);
    for (unsigned i = 0; made && i < edits; i++) {
        edit(&input, &delivery);
    }
    if (made) {
        judge(&input, &delivery, edits, fingerprint(&delivery) != before);
    }
    while (delivery.count > 0) {
        drop_header(&delivery, delivery.count - 1);
    }
    exact_free(delivery.body);
    return 0;
}
