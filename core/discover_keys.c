/* SPDX-License-Identifier: MIT
 *
 * Discovering: every way from the secret to a key, and the words that may stand first.
 */
#include "core/discover.h"
#include "core/text.h"

/* ---- From the secret to keys ----------------------------------------------------------------- */

static const struct {
    const char *name;
    enum hgi_hash hash;
    bool ed25519;
    const char *keys[5];
} algorithms[] = {
    {"hmac-sha256", HGI_SHA256, false, {"utf8", "base64", "hex", "whsec", NULL}},
    {"hmac-sha1", HGI_SHA1, false, {"utf8", "base64", "hex", "whsec", NULL}},
    {"hmac-sha512", HGI_SHA512, false, {"utf8", "base64", "hex", "whsec", NULL}},
    {"ed25519", HGI_SHA512, true, {"hex", "base64", "whpk", NULL}},
    {"hmac-sha384", HGI_SHA384, false, {"utf8", "base64", "hex", "whsec", NULL}},
};

hg_status hgi_search_ring(const struct hgi_search *search, const hg_scheme *scheme, hg_ring **ring)
{
    hg_key key = {{NULL, 0}, search->options->secret, HG_NEVER};
    return hg_ring_new(scheme, &key, 1, ring, NULL);
}

static hg_status make_ring(const struct hgi_search *search, const char *algorithm, const char *key,
                           hg_ring **ring)
{
    hg_scheme_spec row = {.name = "key",
                          .basis = "discovered",
                          .algorithm = algorithm,
                          .key = key,
                          .signed_text = "{body}",
                          .signature = {.header = "x", .item = "{sig}", .encoding = "hex"}};
    hg_scheme *scheme = NULL;
    hg_status status = hg_scheme_new(&row, &scheme, NULL);
    if (status == HG_OK) {
        status = hgi_search_ring(search, scheme, ring);
        hg_scheme_free(scheme);
    }
    return status;
}

/* An engine with the same key for the same hash. Ed25519 decodings exclude each other. */
static struct hgi_engine *same_key(struct hgi_search *search, const struct hgi_engine *engine)
{
    for (size_t i = 0; i < search->engine_count && !engine->ed25519; i++) {
        struct hgi_engine *other = &search->engines[i];
        const struct hgi_mac_key *a = &other->ring->keys[0].mac;
        const struct hgi_mac_key *b = &engine->ring->keys[0].mac;
        if (!other->ed25519 && other->hash == engine->hash &&
            hgi_equal(&a->inner, &b->inner, sizeof a->inner)) {
            return other;
        }
    }
    return NULL;
}

/* A decoding that the secret does not have is passed over. */
static hg_status add_engine(struct hgi_search *search, size_t algorithm, const char *key)
{
    struct hgi_engine engine = {.algorithm = algorithms[algorithm].name,
                                .key = key,
                                .hash = algorithms[algorithm].hash,
                                .ed25519 = algorithms[algorithm].ed25519};
    hg_status status = make_ring(search, engine.algorithm, key, &engine.ring);
    if (status != HG_OK) {
        return status == HG_BAD_KEY ? HG_OK : status;
    }
    struct hgi_engine *other = same_key(search, &engine);
    if (other != NULL) {
        other->other_key = key;
        hg_ring_free(engine.ring);
    } else {
        search->engines[search->engine_count++] = engine;
    }
    return HG_OK;
}

static bool is_wanted(const struct hgi_sample *sample, size_t len)
{
    for (size_t i = 0; i < sample->target_count; i++) {
        if (sample->targets[i].len == len) {
            return true;
        }
    }
    return false;
}

/* Every decoding of the secret for every algorithm whose signatures have a length that occurs. */
hg_status hgi_engines_make(struct hgi_search *search)
{
    hg_status status = HG_OK;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++) {
        if (!is_wanted(&search->sample, hgi_mac_len(algorithms[i].hash))) {
            continue;
        }
        for (size_t j = 0; status == HG_OK && algorithms[i].keys[j] != NULL; j++) {
            status = add_engine(search, i, algorithms[i].keys[j]);
        }
    }
    return status;
}

void hgi_engines_release(struct hgi_search *search)
{
    for (size_t i = 0; i < search->engine_count; i++) {
        hg_ring_free(search->engines[i].ring);
    }
}

/* ---- Words that may stand first -------------------------------------------------------------- */

static void add_token(struct hgi_search *search, hg_str token)
{
    for (size_t i = 0; i < HGI_SEPARATORS; i++) {
        hg_str joiner = hg_text(hgi_separator(i));
        struct hgi_prefix *prefix = &search->prefixes[search->prefix_count++];
        prefix->joiner = i;
        prefix->len = token.len + joiner.len;
        memcpy(prefix->text, token.ptr, token.len);
        memcpy(prefix->text + token.len, joiner.ptr, joiner.len);
    }
}

/* What a signature's item begins with, such as "v0=", without its mark. */
static hg_str token_of(const struct hgi_form *form)
{
    hg_str token = form->before.len > 0 ? form->before : form->prefix;
    while (token.len > 0 && strchr("=,:;. \"", token.ptr[token.len - 1]) != NULL) {
        token.len--;
    }
    return token;
}

static bool is_new(const hg_str *tokens, size_t count, hg_str token)
{
    for (size_t i = 0; i < count; i++) {
        if (hgi_same(tokens[i], token)) {
            return false;
        }
    }
    return token.len > 0 && token.len <= HG_NAME_MAX && hgi_is_token(token);
}

void hgi_prefixes_make(struct hgi_search *search)
{
    hg_str tokens[HGI_TOKENS_MAX] = {hg_text("v0"), hg_text("v1"), hg_text("v2")};
    size_t count = 3;
    search->prefixes[search->prefix_count++] = (struct hgi_prefix){.joiner = HGI_SEPARATORS};
    for (size_t i = 0; i < search->sample.form_count && count < HGI_TOKENS_MAX; i++) {
        hg_str token = token_of(&search->sample.forms[i]);
        if (is_new(tokens, count, token)) {
            tokens[count++] = token;
        }
    }
    for (size_t i = 0; i < count; i++) {
        add_token(search, tokens[i]);
    }
}
