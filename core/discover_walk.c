/* SPDX-License-Identifier: MIT
 *
 * Discovering: the walk over the templates.
 *
 * Depth first, a part at a time, the hash state copied at each step: templates with a common
 * beginning share its hashing. A body costs its blocks once for each text in front of it, and not
 * again for what follows it.
 */
#include "core/discover.h"

#include <stdlib.h>

#include "core/text.h"

/* Separators seen in the wild, the usual ones first. */
static const char *const separators[HGI_SEPARATORS] = {".", "",  ":", "\n", ",", "|",
                                                       ";", "&", "_", "-",  " ", "/"};
enum { LINE = 3 }; /* the line feed, which canonical requests use */

enum { UNIFORM, FIRST_DIFFERS, LAST_DIFFERS }; /* how the separators of one template relate */
enum { NO_PREFIX, SAME_JOINER, ANY_JOINER };   /* behind a prefix's word, the separator or any */

/* A set of templates. No template is in two of them; together, in this order, they are the space.
 * The bounds keep all of it to some ten million candidates a key. */
struct tier {
    size_t parts;
    size_t width;  /* how many texts beside the body's, the likeliest */
    size_t labels; /* how many "name:value", where the separator is a line feed */
    size_t bodies; /* the body, and how many of what is made of it */
    bool needs_body;
    int mix;
    int prefixes;
    size_t signed_width; /* the width for Ed25519, which costs a hundred times as much; 0: none */
};

static const struct tier tiers[] = {
    {1, 64, 0, 10, false, UNIFORM, NO_PREFIX, 16},
    {2, 64, 8, 10, false, UNIFORM, NO_PREFIX, 12},
    {3, 0, 0, 0, true, UNIFORM, NO_PREFIX, 6},
    {4, 0, 0, 0, true, UNIFORM, NO_PREFIX, 6},
    {3, 24, 8, 10, false, UNIFORM, NO_PREFIX, 0},
    {3, 20, 0, 4, true, UNIFORM, SAME_JOINER, 0},
    {1, 64, 0, 10, false, UNIFORM, ANY_JOINER, 0},
    {2, 24, 0, 10, false, UNIFORM, ANY_JOINER, 0},
    {4, 18, 8, 4, true, UNIFORM, NO_PREFIX, 0},
    {3, 20, 0, 3, true, FIRST_DIFFERS, NO_PREFIX, 0},
    {5, 13, 6, 4, true, UNIFORM, NO_PREFIX, 0},
    {4, 16, 0, 2, true, UNIFORM, SAME_JOINER, 0},
    {4, 14, 0, 2, true, FIRST_DIFFERS, NO_PREFIX, 0},
    {4, 14, 0, 2, true, LAST_DIFFERS, NO_PREFIX, 0},
    {5, 11, 0, 1, true, UNIFORM, SAME_JOINER, 0},
};

#define SIGNED_BODIES 2 /* as `bodies`, for Ed25519 */

struct walk {
    struct hgi_search *search;
    const struct tier *tier;
    size_t engine, prefix;              /* indexes */
    size_t first_mark, mark, last_mark; /* the separators, by index */
    size_t list[HGI_SOURCES_MAX];       /* the sources of this part of the space */
    size_t list_count;
    struct hgi_match path;
    struct hgi_state states[HGI_PARTS_MAX + 1]; /* after so many parts */
    struct hgi_state *bodies; /* after a prefix and the body, for each engine and prefix: */
    bool *body_known;         /* computed when first needed */
    uint64_t unit;
    char *message; /* room for a whole signed text, for Ed25519 */
};

static const struct hgi_source *source_at(const struct walk *walk, size_t index)
{
    return &walk->search->sample.sources[index];
}

static const struct hgi_engine *engine_of(const struct walk *walk)
{
    return &walk->search->engines[walk->engine];
}

/* ---- One candidate --------------------------------------------------------------------------- */

static bool is_body(const struct hgi_source *source)
{
    return source->body && strcmp(source->word, "{body}") == 0;
}

static bool absorb(struct walk *walk, struct hgi_state *state, hg_str text)
{
    walk->search->work += text.len;
    if (!hgi_mac_update(state, engine_of(walk)->hash, text.ptr, text.len)) {
        walk->search->status = HG_CRYPTO;
        return false;
    }
    return true;
}

/* The state after the prefix and the body, which begins many templates. */
static bool absorb_first_body(struct walk *walk, hg_str body)
{
    size_t at = walk->engine * walk->search->prefix_count + walk->prefix;
    if (!walk->body_known[at]) {
        walk->bodies[at] = walk->states[0];
        walk->body_known[at] = absorb(walk, &walk->bodies[at], body);
    }
    walk->states[1] = walk->bodies[at];
    return walk->body_known[at];
}

/* The state after one more part. */
static bool absorb_part(struct walk *walk, size_t depth, const struct hgi_source *source,
                        const char *mark)
{
    struct hgi_state *state = &walk->states[depth + 1];
    if (engine_of(walk)->ed25519) {
        return true; /* it needs the whole text */
    }
    if (depth == 0 && is_body(source)) {
        return absorb_first_body(walk, source->text);
    }
    *state = walk->states[depth];
    return (depth == 0 || mark[0] == '\0' || absorb(walk, state, hg_text(mark))) &&
           absorb(walk, state, source->text);
}

static bool report(struct walk *walk, size_t target)
{
    walk->path.engine = engine_of(walk);
    walk->path.prefix = &walk->search->prefixes[walk->prefix];
    walk->path.target = target;
    walk->path.parts = walk->tier->parts;
    return hgi_search_match(walk->search, &walk->path);
}

/* Compares the MAC of the template that has just been completed with each signature. */
static bool judge_mac(struct walk *walk)
{
    const struct hgi_sample *sample = &walk->search->sample;
    const struct hgi_mac_key *key = &engine_of(walk)->ring->keys[0].mac;
    unsigned char mac[HG_MAC_MAX];
    size_t len = hgi_mac_len(key->hash);
    bool more = true;
    if (!hgi_mac_end(&walk->states[walk->tier->parts], key, mac)) {
        walk->search->status = HG_CRYPTO;
        return false;
    }
    for (size_t i = 0; more && i < sample->target_count; i++) {
        const struct hgi_target *target = &sample->targets[i];
        if (target->len == len && hgi_equal(target->mac, mac, len)) {
            more = report(walk, i);
        }
    }
    hgi_wipe(mac, len); /* what a signature should have been is told to nobody */
    return more;
}

static void put(struct walk *walk, size_t *used, hg_str text)
{
    if (text.len > 0) {
        memcpy(walk->message + *used, text.ptr, text.len);
        *used += text.len;
    }
}

/* The whole signed text; its size. Message has room for the longest. */
static size_t compose(struct walk *walk)
{
    const struct hgi_prefix *prefix = &walk->search->prefixes[walk->prefix];
    size_t used = 0;
    put(walk, &used, (hg_str){prefix->text, prefix->len});
    for (size_t i = 0; i < walk->tier->parts; i++) {
        put(walk, &used, hg_text(i > 0 ? walk->path.separators[i] : NULL));
        put(walk, &used, source_at(walk, walk->path.sources[i])->text);
    }
    return used;
}

static bool judge_ed25519(struct walk *walk)
{
    const struct hgi_sample *sample = &walk->search->sample;
    const struct hgi_ed25519 *key = engine_of(walk)->ring->keys[0].ed25519;
    size_t size = compose(walk);
    bool more = true;
    walk->search->work += size;
    for (size_t i = 0; more && i < sample->target_count; i++) {
        if (sample->targets[i].len == HGI_ED25519_SIGNATURE &&
            hgi_ed25519_verify(key, walk->message, size, sample->targets[i].mac)) {
            more = report(walk, i);
        }
    }
    return more;
}

/* ---- Depth first ----------------------------------------------------------------------------- */

static const char *mark_at(const struct walk *walk, size_t depth)
{
    size_t gaps = walk->tier->parts - 1;
    size_t index = depth == gaps ? walk->last_mark : depth == 1 ? walk->first_mark : walk->mark;
    return separators[gaps == 1 || depth == 0 ? walk->mark : index];
}

/* Whether a unit of the space is this call's; spread so that no share has the costly ones. */
static bool is_mine(const struct walk *walk, uint64_t unit)
{
    size_t parts = walk->search->options->parts;
    return parts < 2 ||
           (unit * UINT64_C(0x9e3779b97f4a7c15) >> 32) % parts == walk->search->options->part;
}

static bool step(struct walk *walk, size_t depth, uint64_t used, bool body);

/* Takes a part behind a separator, and all that can follow it. */
static bool take(struct walk *walk, size_t depth, size_t index, const char *mark, uint64_t used,
                 bool body)
{
    const struct hgi_source *source = source_at(walk, index);
    walk->path.sources[depth] = index;
    walk->path.separators[depth] = mark;
    if (!absorb_part(walk, depth, source, mark)) {
        return false;
    }
    if (depth + 1 < walk->tier->parts) {
        return step(walk, depth + 1, used, body || source->body);
    }
    if (!hgi_search_count(walk->search, walk->path.order)) {
        return false;
    }
    return engine_of(walk)->ed25519 ? judge_ed25519(walk) : judge_mac(walk);
}

/* Canonical requests join the lines of their headers with ';' at times. */
static bool may_join(const struct walk *walk, size_t depth, const struct hgi_source *source)
{
    return depth > 0 && source->kind == HGI_FROM_LABEL &&
           source_at(walk, walk->path.sources[depth - 1])->kind == HGI_FROM_LABEL;
}

/* The bit of a source in `used`: a label has its plain header's. */
static uint64_t bit_of(const struct walk *walk, const struct hgi_source *source)
{
    return (uint64_t) 1 << source_at(walk, source->base)->twin;
}

static bool fits(const struct walk *walk, size_t depth, const struct hgi_source *source,
                 uint64_t used, bool body)
{
    bool last = depth + 1 == walk->tier->parts;
    return (used & bit_of(walk, source)) == 0 && !(body && source->body) &&
           !(last && walk->tier->needs_body && !body && !source->body);
}

/* Every part that can come next. A unit, the least that calls share out, is a choice of two. */
static bool step(struct walk *walk, size_t depth, uint64_t used, bool body)
{
    size_t unit_depth = walk->tier->parts > 1;
    for (size_t i = 0; i < walk->list_count; i++) {
        const struct hgi_source *source = source_at(walk, walk->list[i]);
        if (!fits(walk, depth, source, used, body)) {
            continue;
        }
        if (depth == unit_depth) {
            walk->path.order = HGI_WALK_ORDER + walk->unit++;
            if (!is_mine(walk, walk->unit)) {
                continue;
            }
        }
        uint64_t with = used | bit_of(walk, source);
        if (!take(walk, depth, walk->list[i], mark_at(walk, depth), with, body) ||
            (may_join(walk, depth, source) && !take(walk, depth, walk->list[i], ";", with, body))) {
            return false;
        }
    }
    return true;
}

/* ---- The space ------------------------------------------------------------------------------- */

/* The sources of one set of templates. */
static void choose_sources(struct walk *walk)
{
    const struct hgi_sample *sample = &walk->search->sample;
    const struct tier *tier = walk->tier;
    bool signing = engine_of(walk)->ed25519;
    size_t bodies = signing ? SIGNED_BODIES : tier->bodies;
    size_t width = signing ? tier->signed_width : tier->width;
    size_t labels = walk->mark == LINE ? tier->labels : 0;
    walk->list_count = 0;
    for (size_t i = 0; i < sample->source_count; i++) {
        const struct hgi_source *source = &sample->sources[i];
        size_t *left = source->body ? &bodies : source->kind == HGI_FROM_LABEL ? &labels : &width;
        if (source->twin == i && *left > 0) {
            --*left;
            walk->list[walk->list_count++] = i;
        }
    }
}

static bool walk_marks(struct walk *walk)
{
    const struct hgi_prefix *prefix = &walk->search->prefixes[walk->prefix];
    walk->states[0] = engine_of(walk)->ring->keys[0].mac.inner;
    choose_sources(walk);
    return (engine_of(walk)->ed25519 ||
            absorb(walk, &walk->states[0], (hg_str){prefix->text, prefix->len})) &&
           step(walk, 0, 0, false);
}

/* Each separator that may differ from the others. */
static bool walk_mixed(struct walk *walk)
{
    size_t *other = walk->tier->mix == FIRST_DIFFERS ? &walk->first_mark : &walk->last_mark;
    for (size_t i = 0; i < HGI_SEPARATORS; i++) {
        walk->first_mark = walk->last_mark = walk->mark;
        *other = i;
        if (i != walk->mark && !walk_marks(walk)) {
            return false;
        }
    }
    return true;
}

static bool walk_mark(struct walk *walk, size_t mark)
{
    walk->mark = walk->first_mark = walk->last_mark = mark;
    return walk->tier->mix == UNIFORM ? walk_marks(walk) : walk_mixed(walk);
}

static bool prefix_fits(const struct walk *walk, size_t mark)
{
    size_t joiner = walk->search->prefixes[walk->prefix].joiner;
    switch (walk->tier->prefixes) {
    case NO_PREFIX: return joiner == HGI_SEPARATORS;
    case SAME_JOINER: return joiner == mark;
    default: return joiner != HGI_SEPARATORS;
    }
}

/* All templates of a set, for one key and algorithm. */
static bool walk_engine(struct walk *walk)
{
    size_t marks = walk->tier->parts > 1 ? HGI_SEPARATORS : 1;
    if (engine_of(walk)->ed25519 && walk->tier->signed_width == 0) {
        return true;
    }
    for (walk->prefix = 0; walk->prefix < walk->search->prefix_count; walk->prefix++) {
        for (size_t mark = 0; mark < marks; mark++) {
            if (prefix_fits(walk, mark) && !walk_mark(walk, mark)) {
                return false;
            }
        }
    }
    return true;
}

static bool walk_tiers(struct walk *walk)
{
    for (size_t i = 0; i < sizeof tiers / sizeof tiers[0]; i++) {
        walk->tier = &tiers[i];
        for (walk->engine = 0; walk->engine < walk->search->engine_count; walk->engine++) {
            if (!walk_engine(walk)) {
                return false;
            }
        }
    }
    return true;
}

/* The size of the longest text that a template can give. */
static size_t longest(const struct hgi_sample *sample)
{
    size_t size = HG_NAME_MAX + 4 + 2 * HGI_PARTS_MAX;
    for (size_t i = 0; i < sample->source_count; i++) {
        size += sample->sources[i].text.len;
    }
    return size;
}

static void release(struct walk *walk, size_t bodies)
{
    if (walk->bodies != NULL) {
        hgi_wipe(walk->bodies, bodies * sizeof *walk->bodies); /* the key is in them */
    }
    free(walk->bodies);
    free(walk->body_known);
    free(walk->message);
    hgi_wipe(walk, sizeof *walk);
    free(walk);
}

void hgi_walk(struct hgi_search *search)
{
    size_t bodies = search->engine_count * search->prefix_count;
    struct walk *walk = calloc(1, sizeof *walk);
    if (walk == NULL) {
        search->status = HG_NO_MEMORY;
        return;
    }
    walk->search = search;
    walk->bodies = calloc(bodies + 1, sizeof *walk->bodies);
    walk->body_known = calloc(bodies + 1, sizeof *walk->body_known);
    walk->message = malloc(longest(&search->sample));
    if (walk->bodies == NULL || walk->body_known == NULL || walk->message == NULL) {
        search->status = HG_NO_MEMORY;
    } else {
        (void) walk_tiers(walk); /* whoever ended it noted why */
    }
    release(walk, bodies);
}

const char *hgi_separator(size_t index)
{
    return separators[index];
}
