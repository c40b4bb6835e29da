/* SPDX-License-Identifier: MIT
 *
 * The list of texts: what the tables make of the scheme's row and of what the request states.
 *
 * A request may need two changes before it can be read at all: a text that fails at another place
 * than the first one did is kept too, to be changed once more.
 */
#include "core/explain.h"
#include "core/text.h"

static const struct hgi_text_cause *const tables[] = {
    hgi_head_causes, hgi_time_causes, hgi_template_causes, hgi_url_causes, hgi_sibling_causes};

enum { TABLES = sizeof tables / sizeof tables[0] };

/* ---- One text -------------------------------------------------------------------------------- */

/* A number that is equal for equal texts: MACs, under a key that anyone may know, of what stands
 * before and behind the body. */
static bool make_print(const struct hgi_texts *list, struct hgi_text *text)
{
    static const char form[] = "{form}";
    unsigned char mac[HG_MAC_MAX];
    struct hg_scheme scheme = *text->scheme; /* less its text, to which it still points */
    struct hgi_reading reading = text->reading;
    scheme.hash = HGI_SHA256;
    reading.form = hg_text(form);
    if (scheme.digest != NULL) { /* which digest is said by the words themselves */
        reading.digest = hg_text(text->row.signed_text);
    }
    for (size_t half = 0; half < 2; half++) {
        struct hgi_state state;
        hgi_mac_begin(&state, &list->print_key);
        if (!hgi_absorb(&scheme, &text->request, &reading, half > 0, &state) ||
            !hgi_mac_end(&state, &list->print_key, mac)) {
            return false;
        }
        memcpy(text->print + 4 * half, mac, sizeof text->print / 2);
    }
    text->body_itself = hgi_template_find(&scheme.template, HGI_BODY) < scheme.template.count;
    return true;
}

static void count_costs(const struct hgi_texts *list, struct hgi_text *text)
{
    for (unsigned hash = HGI_SHA1; hash <= HGI_SHA512; hash++) {
        text->costs[hash] = HGI_COSTLY;
        for (size_t i = 0; i < list->sites->count; i++) {
            struct hgi_steps steps;
            if (hgi_site_steps(&list->sites->at[i], text->scheme, (enum hgi_hash) hash, &steps) &&
                steps.count < text->costs[hash]) {
                text->costs[hash] = (unsigned char) steps.count;
            }
        }
    }
}

/* Whether an earlier text explains all that this one could, with no more changes. */
static bool is_covered(const struct hgi_text *by, const struct hgi_text *text)
{
    if (by->print[0] != text->print[0] || by->status != HG_OK ||
        by->scheme->key_form != text->scheme->key_form || by->body_itself != text->body_itself ||
        !hgi_equal(by->print, text->print, sizeof text->print)) {
        return false;
    }
    for (unsigned hash = HGI_SHA1; hash <= HGI_SHA512; hash++) {
        if (by->costs[hash] + by->steps.count > text->costs[hash] + text->steps.count) {
            return false;
        }
    }
    return true;
}

/* Whether a signature can be read with the changes that are left. */
static bool is_in_reach(const struct hgi_text *text)
{
    for (unsigned hash = HGI_SHA1; hash <= HGI_SHA512; hash++) {
        if (text->costs[hash] + text->steps.count <= HG_CHANGES_MAX) {
            return true;
        }
    }
    return false;
}

static void override(struct hgi_text *text)
{
    if (text->time.ptr != NULL) {
        text->reading.timestamp = text->time;
    }
    if (text->event.ptr != NULL) {
        text->reading.event = text->event;
    }
    if (text->id.ptr != NULL) {
        text->reading.id = text->id;
    }
}

/* Reads the request in the text's terms. */
static bool complete(struct hgi_texts *list, struct hgi_text *text)
{
    text->status = text->scheme->ed25519
                       ? HG_BAD_SCHEME
                       : hgi_read_stated(text->scheme, &text->request, &text->reading);
    if (text->other_signature) {
        count_costs(list, text);
    }
    if (text->status != HG_OK) {
        return false;
    }
    override(text);
    return make_print(list, text);
}

/* Whether a text that can't be read is a step on the way to one that can. */
static bool is_progress(const struct hgi_texts *list, const struct hgi_text *text)
{
    return text->status != HG_OK && text->status != list->at[0]->status &&
           list->at[0]->status != HG_OK && text->steps.count < HG_CHANGES_MAX;
}

static bool is_new(const struct hgi_texts *list, const struct hgi_text *text)
{
    for (size_t i = 0; i < list->count; i++) {
        if (is_covered(list->at[i], text)) {
            return false;
        }
    }
    return is_in_reach(text);
}

static bool keep(struct hgi_texts *list, const struct hgi_text *text)
{
    struct hgi_text *kept = hgi_arena_take(list->arena, sizeof *kept);
    if (kept == NULL ||
        !hgi_grow(list->arena, &list->at, list->count, &list->room, sizeof *list->at)) {
        return false;
    }
    *kept = *text;
    list->at[list->count++] = kept;
    return true;
}

/* Compiles a changed row. */
static bool compile(struct hgi_texts *list, struct hgi_text *text)
{
    if (!hgi_grow(list->arena, &list->schemes, list->scheme_count, &list->scheme_room,
                  sizeof *list->schemes) ||
        hg_scheme_new(&text->row, &text->scheme, NULL) != HG_OK) {
        return false;
    }
    list->schemes[list->scheme_count++] = text->scheme;
    return true;
}

struct hgi_text *hgi_text_copy(struct hgi_texts *list, const struct hgi_text *from)
{
    list->scratch = *from;
    list->scratch.other_signature = false;
    return &list->scratch;
}

void hgi_text_add(struct hgi_texts *list, struct hgi_text *text, const struct hgi_text_cause *self,
                  const char *detail)
{
    size_t before = text->steps.count;
    bool changed = text->scheme == NULL;
    if (list->arena->failed || !hgi_step(&text->steps, &self->cause, detail) ||
        text->steps.count == before || (changed && !compile(list, text))) {
        return;
    }
    text->part = self->part;
    text->alone = self->alone;
    bool wanted = complete(list, text) ? is_new(list, text) : is_progress(list, text);
    bool kept = wanted && keep(list, text);
    if (!kept && changed) {
        hg_scheme_free(list->schemes[--list->scheme_count]);
    }
}

/* ---- The list -------------------------------------------------------------------------------- */

bool hgi_texts_begin(struct hgi_texts *list, const hg_request *request)
{
    struct hgi_text *text = &list->scratch;
    if (!hgi_mac_key_init(&list->print_key, HGI_SHA256, "", 0)) {
        return false;
    }
    *text = (struct hgi_text){
        .row = *hg_scheme_row(list->options->scheme), .request = *request, .other_signature = true};
    /* a copy of its own, so that every scheme in the list is the list's */
    if (!compile(list, text)) {
        return false;
    }
    (void) complete(list, text);
    return keep(list, text);
}

static void apply_all(struct hgi_texts *list, const struct hgi_text *from)
{
    for (size_t t = 0; t < TABLES; t++) {
        for (const struct hgi_text_cause *row = tables[t]; row->cause.name != NULL; row++) {
            if (row->part > from->part) {
                row->apply(list, from, row);
            }
        }
    }
}

void hgi_texts_one(struct hgi_texts *list)
{
    apply_all(list, list->at[0]);
}

void hgi_texts_two(struct hgi_texts *list)
{
    size_t ones = list->count;
    for (size_t i = 1; i < ones; i++) {
        if (!list->at[i]->alone) {
            apply_all(list, list->at[i]);
        }
    }
}

void hgi_texts_free(struct hgi_texts *list)
{
    for (size_t i = 0; i < list->scheme_count; i++) {
        hg_scheme_free(list->schemes[i]);
    }
}

const struct hgi_cause *hgi_text_cause_at(size_t index)
{
    for (size_t t = 0; t < TABLES; t++) {
        for (const struct hgi_text_cause *row = tables[t]; row->cause.name != NULL; row++) {
            if (index-- == 0) {
                return &row->cause;
            }
        }
    }
    return NULL;
}

/* ---- For the causes -------------------------------------------------------------------------- */

bool hgi_is_named(hg_str name, const char *other)
{
    return other != NULL && hgi_same_name(name, hg_text(other));
}

bool hgi_is_special(hg_str name)
{
    static const char *const common[] = {"host",
                                         "accept",
                                         "accept-encoding",
                                         "accept-language",
                                         "connection",
                                         "content-length",
                                         "content-type",
                                         "content-encoding",
                                         "transfer-encoding",
                                         "cache-control",
                                         "pragma",
                                         "expect",
                                         "te",
                                         "via",
                                         "cookie",
                                         "user-agent",
                                         "forwarded",
                                         "x-forwarded-for",
                                         "x-forwarded-host",
                                         "x-forwarded-proto",
                                         "x-forwarded-port",
                                         "x-real-ip"};
    if (name.len == 0 || name.len > HG_NAME_MAX || !hgi_is_token(name)) {
        return false;
    }
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++) {
        if (hgi_is_named(name, common[i])) {
            return false;
        }
    }
    return true;
}

const char *hgi_join(struct hgi_arena *arena, hg_str a, hg_str b, hg_str c)
{
    char *joined = hgi_arena_take(arena, a.len + b.len + c.len + 1);
    struct hgi_out out = {joined, 0, a.len + b.len + c.len, false};
    if (joined == NULL) {
        return NULL;
    }
    hgi_put(&out, a);
    hgi_put(&out, b);
    hgi_put(&out, c);
    return joined;
}
