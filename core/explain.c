/* SPDX-License-Identifier: MIT
 *
 * The search: texts, bodies and keys combined, each MAC compared with every site.
 *
 * It goes by the number of changes, so the first level at which something matches has the smallest
 * sets. What a site itself needs (another header, another encoding) counts too, and costs no MAC.
 */
#include "core/explain.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/form.h"
#include "core/ring.h"
#include "core/text.h"

#define WORK_MAX ((uint64_t) 1 << 30) /* bytes hashed: about a second */

enum {
    FOUND_MAX = 16, /* more than a delivery has signatures times keys */
    CUT_ALL = 8192, /* bodies up to here are tried cut at every byte, */
    CUT_STEP = 256, /* longer ones at multiples of these */
    CUT_ROUND = 1000,
    FORMS = HGI_KEY_WHPK + 1
};

struct found {
    struct hgi_steps steps;
    const hg_key *owner;
    unsigned rank;
};

struct search {
    const hg_explaining *options;
    const hg_request *request;
    struct hgi_arena arena;
    struct hgi_sites sites;
    struct hgi_texts texts;
    struct hgi_bodies bodies;
    struct hgi_keys keys[FORMS];
    struct found found[FOUND_MAX]; /* the best first */
    size_t found_count;
    size_t budget;
    size_t tried;
    uint64_t work;
    bool ended;
    bool crypto;
};

/* ---- Findings -------------------------------------------------------------------------------- */

static bool is_better(const struct found *a, const struct found *b)
{
    return a->steps.count != b->steps.count ? a->steps.count < b->steps.count : a->rank < b->rank;
}

static bool is_same(const struct found *a, const struct found *b)
{
    bool same = a->steps.count == b->steps.count && a->owner == b->owner;
    for (size_t i = 0; same && i < a->steps.count; i++) {
        same = a->steps.at[i].cause == b->steps.at[i].cause;
    }
    return same;
}

static void record(struct search *s, const struct hgi_steps *steps, const hg_key *owner)
{
    struct found made = {.steps = *steps, .owner = owner};
    size_t at = s->found_count;
    for (size_t i = 0; i < steps->count; i++) {
        made.rank += steps->at[i].cause->rank;
    }
    for (size_t i = 0; i < s->found_count; i++) {
        if (is_same(&s->found[i], &made)) {
            return;
        }
    }
    while (at > 0 && is_better(&made, &s->found[at - 1])) {
        at--;
    }
    if (at == FOUND_MAX || steps->count == 0) {
        return;
    }
    s->found_count += s->found_count < FOUND_MAX;
    memmove(&s->found[at + 1], &s->found[at], (s->found_count - at - 1) * sizeof made);
    s->found[at] = made;
}

/* ---- One candidate --------------------------------------------------------------------------- */

/* A text under one hash, with one body: what is the same for all keys. */
struct aim {
    struct hgi_text *text;
    const struct hgi_body *body;
    enum hgi_hash hash;
    char digest[2 * HG_MAC_MAX];
    char *form;              /* owned */
    struct hg_scheme scheme; /* the text's with that hash, less its own text */
};

/* The digest and the form, where the template has them. False when the body has no such form. */
static bool take_body(struct aim *aim, const struct hgi_body *body)
{
    const struct hgi_piece *piece = aim->scheme.digest;
    struct hgi_state state;
    aim->body = body;
    free(aim->form);
    aim->form = NULL;
    if (aim->scheme.has_form) {
        if (hgi_form_text(body->bytes, &aim->form, &aim->text->reading.form.len) != HG_OK) {
            return false;
        }
        aim->text->reading.form.ptr = aim->form;
    }
    return piece == NULL ||
           (hgi_digest_begin(&state, piece->hash) &&
            hgi_mac_update(&state, piece->hash, body->bytes.ptr, body->bytes.len) &&
            hgi_read_digest(&aim->scheme, &state, aim->digest, &aim->text->reading));
}

/* Compares a MAC with all sites; what matches with few enough changes is a finding. */
static void compare(struct search *s, const struct aim *aim, const unsigned char *mac,
                    const struct hgi_steps *steps, const hg_key *owner)
{
    for (size_t i = 0; i < s->sites.count; i++) {
        const struct hgi_site *site = &s->sites.at[i];
        struct hgi_steps all;
        if (hgi_site_holds(site, aim->hash) && hgi_equal(mac, site->mac, site->len) &&
            hgi_site_steps(site, aim->text->scheme, aim->hash, &all)) {
            struct hgi_steps whole = *steps;
            if (hgi_steps_add(&whole, &all)) {
                record(s, &whole, owner);
            }
        }
    }
}

/* Counts a candidate; false when there is no budget or work left for it. */
static bool may_try(struct search *s, size_t size)
{
    if (s->tried >= s->budget || s->work > WORK_MAX) {
        s->ended = true;
        return false;
    }
    s->tried++;
    s->work += size;
    return true;
}

static void try_key(struct search *s, const struct aim *aim, struct hgi_key_variant *key)
{
    unsigned char mac[HG_MAC_MAX];
    struct hgi_state state;
    const struct hgi_mac_key *base = hgi_key_state(key, &s->arena, aim->hash);
    hg_str body = aim->text->body_itself ? aim->body->bytes : (hg_str){NULL, 0};
    if (base == NULL || !may_try(s, body.len)) {
        s->ended = true;
        return;
    }
    hgi_mac_begin(&state, base);
    if (!hgi_absorb(&aim->scheme, &aim->text->request, &aim->text->reading, false, &state) ||
        !hgi_mac_update(&state, aim->hash, body.ptr, body.len) ||
        !hgi_absorb(&aim->scheme, &aim->text->request, &aim->text->reading, true, &state) ||
        !hgi_mac_end(&state, base, mac)) {
        s->crypto = true;
        return;
    }
    for (size_t i = 0; i < s->sites.count; i++) { /* nearly always none */
        size_t len = s->sites.at[i].len;
        if (len <= hgi_mac_len(aim->hash) && hgi_equal(mac, s->sites.at[i].mac, len)) {
            struct hgi_steps steps = aim->text->steps;
            if (hgi_steps_add(&steps, &aim->body->steps) && hgi_steps_add(&steps, &key->steps)) {
                compare(s, aim, mac, &steps, key->owner);
            }
            break;
        }
    }
    hgi_wipe(mac, sizeof mac);
}

/* ---- Levels ---------------------------------------------------------------------------------- */

static bool goes_with(bool alone, size_t own, size_t level)
{
    return own <= level && (!alone || own == level);
}

static void try_body(struct search *s, struct aim *aim, const struct hgi_body *body, size_t left)
{
    struct hgi_keys *keys = &s->keys[aim->text->scheme->key_form];
    if (!take_body(aim, body)) {
        return;
    }
    for (size_t k = 0; k < keys->count && !s->ended && !s->crypto; k++) {
        if (keys->at[k].steps.count == left) {
            try_key(s, aim, &keys->at[k]);
        }
    }
}

/* One text under one hash, with all bodies and keys that make up the level. */
static void try_text(struct search *s, struct hgi_text *text, enum hgi_hash hash, size_t level)
{
    struct aim aim = {.text = text, .hash = hash, .scheme = *text->scheme};
    bool binds = aim.scheme.binds[HG_PART_BODY];
    aim.scheme.hash = hash;
    s->ended = s->ended || !hgi_keys_fill(&s->keys[text->scheme->key_form], &s->arena, s->options,
                                          (unsigned) level);
    for (size_t b = 0; b < s->bodies.count && !s->ended && !s->crypto; b++) {
        const struct hgi_body *body = &s->bodies.at[b];
        size_t sum = text->steps.count + body->steps.count;
        if (goes_with(text->alone, text->steps.count, level) &&
            goes_with(body->alone, body->steps.count, level) && sum <= level &&
            (binds || body->steps.count == 0)) {
            try_body(s, &aim, body, level - sum);
        }
    }
    free(aim.form);
}

static void try_level(struct search *s, size_t level)
{
    for (size_t t = 0; t < s->texts.count && !s->ended && !s->crypto; t++) {
        struct hgi_text *text = s->texts.at[t];
        for (unsigned hash = HGI_SHA1; hash <= HGI_SHA512 && text->status == HG_OK; hash++) {
            if (text->costs[hash] + level <= HG_CHANGES_MAX && text->steps.count <= level) {
                try_text(s, text, (enum hgi_hash) hash, level);
            }
        }
    }
}

/* ---- The body cut short ---------------------------------------------------------------------- */

static bool is_tried_length(size_t length)
{
    return length <= CUT_ALL || length % CUT_STEP == 0 || length % CUT_ROUND == 0;
}

/* All prefixes of the body under one key: each costs only what stands behind the body. */
static void try_prefixes(struct search *s, struct aim *aim, struct hgi_key_variant *key)
{
    unsigned char mac[HG_MAC_MAX];
    char detail[HG_DETAIL_MAX];
    struct hgi_state state, end;
    const struct hgi_mac_key *base = hgi_key_state(key, &s->arena, aim->hash);
    hg_str body = s->bodies.at[0].bytes;
    if (base == NULL) {
        return;
    }
    hgi_mac_begin(&state, base);
    bool done = hgi_absorb(&aim->scheme, &aim->text->request, &aim->text->reading, false, &state);
    for (size_t i = 1; done && i < body.len; i++) {
        done = hgi_mac_update(&state, aim->hash, body.ptr + i - 1, 1);
        if (!is_tried_length(i)) {
            continue;
        }
        if (!may_try(s, 0)) {
            break;
        }
        end = state;
        done = done &&
               hgi_absorb(&aim->scheme, &aim->text->request, &aim->text->reading, true, &end) &&
               hgi_mac_end(&end, base, mac);
        struct hgi_steps steps = key->steps;
        snprintf(detail, sizeof detail, "the first %zu of %zu bytes", i, body.len);
        if (hgi_step(&steps, &hgi_body_cut, detail)) {
            compare(s, aim, mac, &steps, key->owner);
        }
    }
    s->crypto = s->crypto || !done;
    hgi_wipe(&state, sizeof state);
}

static void try_cut(struct search *s)
{
    struct hgi_text *text = s->texts.at[0];
    struct aim aim = {.text = text, .hash = text->scheme->hash, .scheme = *text->scheme};
    struct hgi_keys *keys = &s->keys[text->scheme->key_form];
    if (text->status != HG_OK || !text->body_itself || aim.scheme.digest != NULL ||
        aim.scheme.has_form || s->bodies.at[0].bytes.len > HG_EXPLAIN_BODY_MAX) {
        return;
    }
    for (size_t k = 0; k < keys->count && !s->ended && !s->crypto; k++) {
        if (keys->at[k].steps.count == 0) {
            try_prefixes(s, &aim, &keys->at[k]);
        }
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* Fills the lists up to a level. */
static void fill(struct search *s, size_t level)
{
    if (level == 1) {
        hgi_texts_one(&s->texts);
        hgi_bodies_one(&s->bodies, s->options);
    } else if (level == 2) {
        hgi_texts_two(&s->texts);
        hgi_bodies_two(&s->bodies);
    }
}

static void search_levels(struct search *s)
{
    for (size_t level = 0; level <= HG_CHANGES_MAX && !s->ended && !s->crypto; level++) {
        fill(s, level);
        try_level(s, level);
        if (level == 1 && s->found_count == 0 && !s->ended) {
            try_cut(s);
        }
        /* the levels to come have more changes than this */
        if (s->found_count > 0 && s->found[0].steps.count <= level + 1) {
            return;
        }
    }
}

/* The key under which a delivery has the status, and whose signature therefore holds. */
static const hg_key *find_owner(const hg_explaining *options, const hg_request *request,
                                hg_status status)
{
    for (size_t i = 0; i < options->key_count; i++) {
        hg_ring *ring = NULL;
        if (hg_ring_new(options->scheme, &options->keys[i], 1, &ring, NULL) == HG_OK) {
            hg_options verify = {.scheme = options->scheme, .ring = ring, .now = options->now};
            hg_status its = hg_verify(&verify, request).status;
            hg_ring_free(ring);
            if (its == status) {
                return &options->keys[i];
            }
        }
    }
    return NULL;
}

static hg_status search_all(struct search *s, hg_status status)
{
    s->texts.arena = &s->arena;
    s->texts.options = s->options;
    s->texts.sites = &s->sites;
    s->bodies.arena = &s->arena;
    for (unsigned form = 0; form < FORMS; form++) {
        s->keys[form].form = (enum hgi_key_form) form;
    }
    hgi_sites_find(&s->sites, s->request);
    if (status == HG_TOO_OLD || status == HG_TOO_NEW) {
        struct hgi_steps causes[HGI_CLOCK_MAX];
        const hg_key *owner = find_owner(s->options, s->request, status);
        size_t count = owner != NULL ? hgi_clock_causes(s->options, s->request, causes) : 0;
        for (size_t i = 0; i < count; i++) {
            record(s, &causes[i], owner);
        }
        s->tried = s->options->key_count;
        return HG_OK;
    }
    if (!hgi_texts_begin(&s->texts, s->request) ||
        !hgi_bodies_begin(&s->bodies, s->request->body)) {
        return HG_NO_MEMORY;
    }
    search_levels(s);
    return s->crypto ? HG_CRYPTO : HG_OK;
}

static hg_status check_arguments(const hg_explaining *options, const hg_request *request,
                                 const hg_finding *findings, size_t capacity)
{
    if (options == NULL || request == NULL || options->scheme == NULL || options->keys == NULL ||
        options->key_count == 0 || options->key_count > HG_KEYS_MAX || options->now < 0 ||
        options->now > HG_TOLERANCE_MAX || options->form_count > HG_EXPLAIN_FORMS_MAX ||
        (options->forms == NULL && options->form_count > 0) || (findings == NULL && capacity > 0) ||
        (request->headers == NULL && request->header_count > 0) ||
        (request->body.ptr == NULL && request->body.len > 0)) {
        return HG_BAD_ARGUMENT;
    }
    for (size_t i = 0; i < options->key_count; i++) {
        const hg_key *key = &options->keys[i];
        if (key->secret.len == 0 || key->secret.len > HG_SECRET_MAX || key->not_after < 0 ||
            key->label.len > HG_NAME_MAX) {
            return HG_BAD_ARGUMENT;
        }
    }
    return HG_OK;
}

/* What hg_verify says. */
static hg_status verify(const hg_explaining *options, const hg_request *request)
{
    hg_ring *ring = NULL;
    hg_status status = hg_ring_new(options->scheme, options->keys, options->key_count, &ring, NULL);
    if (status == HG_OK) {
        hg_options with = {.scheme = options->scheme, .ring = ring, .now = options->now};
        status = hg_verify(&with, request).status;
    }
    hg_ring_free(ring);
    return status;
}

static void hand_over(const struct search *s, hg_status status, hg_finding *findings,
                      size_t capacity, hg_explanation *out)
{
    hg_explanation made = {.status = status, .tried = s->tried};
    for (size_t i = 0; i < s->found_count && made.finding_count < capacity; i++) {
        const struct found *from = &s->found[i];
        hg_finding *to = &findings[made.finding_count];
        if (from->steps.count > s->found[0].steps.count) {
            break;
        }
        memset(to, 0, sizeof *to);
        to->change_count = from->steps.count;
        to->key_label = from->owner->label;
        for (size_t c = 0; c < from->steps.count; c++) {
            const struct hgi_step *step = &from->steps.at[c];
            to->changes[c].name = step->cause->name;
            to->changes[c].meaning = step->cause->meaning;
            to->changes[c].advice = step->cause->advice;
            memcpy(to->changes[c].detail, step->detail, sizeof step->detail);
        }
        made.finding_count++;
    }
    made.budget_ended = status != HG_OK && (s->ended || s->arena.failed);
    made.exhausted = status != HG_OK && s->found_count == 0 && !made.budget_ended;
    if (s->found_count == 0 && status != HG_OK) {
        hgi_hint(s->options->scheme, s->request, &s->sites, status, made.hint);
    }
    *out = made;
}

hg_status hg_explain(const hg_explaining *options, const hg_request *request, hg_finding *findings,
                     size_t capacity, hg_explanation *out)
{
    hg_status checked = check_arguments(options, request, findings, capacity);
    if (checked != HG_OK || out == NULL) {
        return HG_BAD_ARGUMENT;
    }
    hg_status status = verify(options, request);
    if (status == HG_NO_MEMORY || status == HG_CRYPTO || status == HG_BAD_ARGUMENT) {
        return status;
    }
    struct search *s = calloc(1, sizeof *s);
    if (s == NULL) {
        return HG_NO_MEMORY;
    }
    s->options = options;
    s->request = request;
    s->budget = options->budget > 0 ? options->budget : HG_EXPLAIN_BUDGET;
    hg_status done = status == HG_OK ? HG_OK : search_all(s, status);
    if (done == HG_OK) {
        hand_over(s, status, findings, capacity, out);
    }
    hgi_texts_free(&s->texts);
    hgi_arena_free(&s->arena);
    hgi_wipe(s, sizeof *s);
    free(s);
    return done;
}

const char *hg_explain_cause(size_t index)
{
    static const struct hgi_cause *(*const lists[])(size_t) = {
        hgi_body_cause_at, hgi_key_cause, hgi_site_cause, hgi_text_cause_at, hgi_clock_cause};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        size_t count = 0;
        const struct hgi_cause *cause = lists[i](0);
        while (cause != NULL) {
            if (index-- == 0) {
                return cause->name;
            }
            cause = lists[i](++count);
        }
    }
    return NULL;
}
