/* SPDX-License-Identifier: MIT
 *
 * The list of keys: what the edits of secrets, and other decodings of them, make.
 */
#include "core/explain.h"
#include "core/ring.h"
#include "core/text.h"

static const struct {
    struct hgi_cause cause;
    enum hgi_key_form form;
} forms[] = {
    {{"secret-as-text", 1, "the sender uses the secret's text as the key and does not decode it",
      "set key in the scheme to utf8"},
     HGI_KEY_UTF8},
    {{"secret-as-base64", 1, "the sender decodes the secret from base64 to make the key",
      "set key in the scheme to base64"},
     HGI_KEY_BASE64},
    {{"secret-as-hex", 1, "the sender decodes the secret from hexadecimal to make the key",
      "set key in the scheme to hex"},
     HGI_KEY_HEX},
    {{"secret-as-whsec", 2, "the sender decodes the secret from base64, less whsec_ and padding",
      "set key in the scheme to whsec"},
     HGI_KEY_WHSEC},
};

static const struct hgi_cause expired = {
    "key-expired", 1, "the signature was made with a key that is no longer in use",
    "the sender still signs with the previous secret: renew it there, or keep both for a while"};

enum {
    FORMS = sizeof forms / sizeof forms[0],
    ROOM = 6 * HG_SECRET_MAX /* the longest edit doubles, percent escapes make three of one */
};

const struct hgi_cause *hgi_key_cause(size_t index)
{
    for (const struct hgi_edit *row = hgi_secret_edits; row->cause.name != NULL; row++) {
        if (index-- == 0) {
            return &row->cause;
        }
    }
    for (const struct hgi_edit *row = hgi_unset_secrets; row->cause.name != NULL; row++) {
        if (index-- == 0) {
            return &row->cause;
        }
    }
    return index < FORMS ? &forms[index].cause : index == FORMS ? &expired : NULL;
}

/* ---- The list -------------------------------------------------------------------------------- */

/* A list that is being filled, for one secret. */
struct filling {
    struct hgi_keys *list;
    struct hgi_arena *arena;
    const hg_key *owner;
    unsigned level;
};

static void add_bytes(struct filling *f, const struct hgi_steps *steps, hg_str bytes)
{
    struct hgi_keys *list = f->list;
    for (size_t i = 0; i < list->count; i++) {
        if (list->at[i].bytes.len == bytes.len &&
            hgi_equal(list->at[i].bytes.ptr, bytes.ptr, bytes.len)) {
            return;
        }
    }
    hg_str kept = hgi_arena_keep(f->arena, bytes);
    if (kept.ptr != NULL &&
        hgi_grow(f->arena, &list->at, list->count, &list->room, sizeof *list->at)) {
        list->at[list->count++] =
            (struct hgi_key_variant){.steps = *steps, .owner = f->owner, .bytes = kept};
    }
}

/* The key bytes that a text makes, in the list's form and, one change more, in the others. */
static void add_text(struct filling *f, const struct hgi_steps *steps, hg_str text)
{
    unsigned char bytes[HG_SECRET_MAX];
    size_t size = 0;
    if (text.len == 0 || text.len > HG_SECRET_MAX) {
        return;
    }
    if (hgi_decode_secret(f->list->form, text, bytes, &size) && size > 0) {
        add_bytes(f, steps, (hg_str){(const char *) bytes, size});
    }
    for (size_t i = 0; i < FORMS; i++) {
        struct hgi_steps more = *steps;
        if (forms[i].form != f->list->form && hgi_step(&more, &forms[i].cause, NULL) &&
            more.count <= f->level && hgi_decode_secret(forms[i].form, text, bytes, &size) &&
            size > 0) {
            add_bytes(f, &more, (hg_str){(const char *) bytes, size});
        }
    }
    hgi_wipe(bytes, sizeof bytes);
}

/* Adds what all edits make of a text, and, below the level, what they make of that. */
static void add_edits(struct filling *f, const struct hgi_steps *steps, hg_str text, bool first)
{
    for (size_t i = 0; hgi_secret_edits[i].cause.name != NULL; i++) {
        char room[ROOM];
        struct hgi_out out = {room, 0, sizeof room, false};
        struct hgi_steps more = *steps;
        if ((hgi_secret_edits[i].alone && !first) ||
            !hgi_step(&more, &hgi_secret_edits[i].cause, NULL) || more.count == steps->count ||
            more.count > f->level) {
            continue;
        }
        hg_str made = hgi_secret_edits[i].make(&hgi_secret_edits[i], text, &out);
        if (made.ptr != NULL && !out.full && !hgi_same(made, text)) {
            add_text(f, &more, made);
            if (!hgi_secret_edits[i].alone && more.count < f->level && made.len > 0 &&
                made.len <= HG_SECRET_MAX) {
                add_edits(f, &more, made, false);
            }
        }
        hgi_wipe(room, out.len);
    }
}

static void add_unset(struct filling *f)
{
    for (size_t i = 0; hgi_unset_secrets[i].cause.name != NULL; i++) {
        struct hgi_steps steps = {.count = 0};
        if (f->level > 0 && hgi_step(&steps, &hgi_unset_secrets[i].cause, NULL)) {
            add_bytes(f, &steps, hg_text(hgi_unset_secrets[i].words));
        }
    }
}

bool hgi_keys_fill(struct hgi_keys *list, struct hgi_arena *arena, const hg_explaining *options,
                   unsigned level)
{
    struct filling f = {list, arena, NULL, 0};
    for (; list->level <= level; list->level++) {
        f.level = list->level;
        for (size_t i = 0; i < options->key_count; i++) {
            const hg_key *key = &options->keys[i];
            struct hgi_steps steps = {.count = 0};
            bool good = key->not_after == HG_NEVER || options->now <= key->not_after;
            f.owner = key;
            if ((!good && !hgi_step(&steps, &expired, NULL)) || steps.count > f.level) {
                continue;
            }
            add_text(&f, &steps, key->secret);
            add_edits(&f, &steps, key->secret, true);
        }
        f.owner = &options->keys[0];
        add_unset(&f);
    }
    return !arena->failed;
}

const struct hgi_mac_key *hgi_key_state(struct hgi_key_variant *key, struct hgi_arena *arena,
                                        enum hgi_hash hash)
{
    struct hgi_mac_key **state = &key->states[hash];
    if (*state == NULL) {
        *state = hgi_arena_take(arena, sizeof **state);
        if (*state != NULL && !hgi_mac_key_init(*state, hash, key->bytes.ptr, key->bytes.len)) {
            *state = NULL;
        }
    }
    return *state;
}
