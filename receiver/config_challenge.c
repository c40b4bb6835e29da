/* SPDX-License-Identifier: MIT
 *
 * The challenge of one endpoint in the JSON configuration, and those of platforms by name.
 */
#include <stdlib.h>
#include <string.h>

#include "base/json_pointer.h"
#include "receiver/challenge.h"
#include "receiver/config.h"

/* As a configuration would have them; what each rests on is in hookgauge.conf(5). */
static const char *const presets[][2] = {
    {"asana", "{\"from\":\"header\",\"value\":\"X-Hook-Secret\",\"answer_header\":"
              "\"X-Hook-Secret\"}"},
    {"dropbox", "{\"from\":\"query\",\"value\":\"challenge\",\"answer\":\"{value}\"}"},
    {"meta", "{\"from\":\"query\",\"when\":{\"hub.mode\":\"subscribe\"},\"token\":"
             "\"hub.verify_token\",\"value\":\"hub.challenge\",\"answer\":\"{value}\"}"},
    {"slack", "{\"from\":\"body\",\"when\":{\"/type\":\"url_verification\"},\"value\":"
              "\"/challenge\",\"answer\":\"{value}\"}"},
    {"x-twitter", "{\"from\":\"query\",\"value\":\"crc_token\",\"answer\":{\"response_token\":"
                  "\"sha256={hmac:base64}\"}}"},
    {"zoom", "{\"from\":\"body\",\"when\":{\"/event\":\"endpoint.url_validation\"},\"value\":"
             "\"/payload/plainToken\",\"answer\":{\"plainToken\":\"{value}\",\"encryptedToken\":"
             "\"{hmac:hex}\"}}"},
};

/* ---- Parts ----------------------------------------------------------------------------------- */

/* An object of texts, with names of our choice or the platform's. */
static bool read_parts(const struct json *at, struct challenge_part *parts, size_t *count,
                       struct fail *fail)
{
    if (!cJSON_IsObject(at->node)) {
        return json_fail(at, fail, "must be an object");
    }
    if (at->node->child == NULL || (size_t) json_count(at) > CHALLENGE_PARTS_MAX) {
        return json_fail(at, fail, "must have 1 to %zu members", CHALLENGE_PARTS_MAX);
    }
    for (const cJSON *node = at->node->child; node != NULL; node = node->next) {
        struct json member;
        struct challenge_part *part = &parts[(*count)++];
        part->name = node->string;
        if (!json_need(at, node->string, &member, fail) || !json_text(&member, &part->text, fail)) {
            return false;
        }
    }
    return true;
}

static bool read_from(const struct json *at, struct challenge *challenge, struct fail *fail)
{
    struct json member;
    const char *text, *name;
    if (!json_need(at, "from", &member, fail) || !json_text(&member, &text, fail)) {
        return false;
    }
    for (int i = 0; (name = challenge_from_name((enum challenge_from) i)) != NULL; i++) {
        if (strcmp(name, text) == 0) {
            challenge->from = (enum challenge_from) i;
            return true;
        }
    }
    return json_fail(&member, fail, "must be query, header or body");
}

/* In a body every name is a pointer. */
static bool check_name(const struct json *at, const struct challenge *challenge, const char *name,
                       struct fail *fail)
{
    if (challenge->from == CHALLENGE_BODY && !json_pointer_check(name)) {
        return json_fail(at, fail, "'%s' must be a JSON pointer such as /challenge", name);
    }
    return name[0] != '\0' || json_fail(at, fail, "has an empty name");
}

static bool read_when(const struct json *at, struct challenge *challenge, struct fail *fail)
{
    struct json when;
    if (!json_get(at, "when", &when)) {
        return challenge->from != CHALLENGE_BODY ||
               json_fail(at, fail,
                         "member \"when\" is missing: else every delivery is a challenge");
    }
    if (!read_parts(&when, challenge->when, &challenge->when_count, fail)) {
        return false;
    }
    if (challenge->from == CHALLENGE_HEADER) {
        return json_fail(&when, fail, "goes with query and body alone");
    }
    for (size_t i = 0; i < challenge->when_count; i++) {
        if (!check_name(&when, challenge, challenge->when[i].name, fail)) {
            return false;
        }
    }
    return true;
}

static bool check_template(const struct json *at, const char *text, bool *macs, struct fail *fail)
{
    return challenge_template(text, macs) ||
           json_fail(at, fail,
                     "must be visible ASCII around {value}, {hmac:hex} and {hmac:base64}");
}

/* Text, or an object of texts that is answered as JSON. */
static bool read_answer(const struct json *at, struct challenge *challenge, bool *macs,
                        struct fail *fail)
{
    struct json answer;
    if (!json_get(at, "answer", &answer)) {
        return challenge->header != NULL ||
               json_fail(at, fail, "needs an answer or an answer_header");
    }
    if (!cJSON_IsObject(answer.node)) {
        return json_text(&answer, &challenge->text, fail) &&
               check_template(&answer, challenge->text, macs, fail);
    }
    if (!read_parts(&answer, challenge->members, &challenge->member_count, fail)) {
        return false;
    }
    for (size_t i = 0; i < challenge->member_count; i++) {
        if (!check_template(&answer, challenge->members[i].text, macs, fail)) {
            return false;
        }
    }
    return true;
}

static bool header_name(const char *text)
{
    size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-");
    return length > 0 && length <= HG_NAME_MAX && text[length] == '\0';
}

static bool read_header(const struct json *at, struct challenge *challenge, struct fail *fail)
{
    struct json member;
    if (!json_get(at, "answer_header", &member)) {
        return true;
    }
    return json_text(&member, &challenge->header, fail) &&
           ((strncmp(challenge->header, "X-", 2) == 0 && header_name(challenge->header)) ||
            json_fail(&member, fail, "must be a header's name that begins with X-"));
}

static bool read_spec(const struct json *at, struct challenge *challenge, bool *macs,
                      struct fail *fail)
{
    struct json member;
    if (!read_from(at, challenge, fail) || !read_when(at, challenge, fail) ||
        !json_need(at, "value", &member, fail) || !json_text(&member, &challenge->value, fail) ||
        !check_name(&member, challenge, challenge->value, fail)) {
        return false;
    }
    if (!json_get(at, "token", &member)) {
        return read_header(at, challenge, fail) && read_answer(at, challenge, macs, fail);
    }
    if (!json_text(&member, &challenge->token, fail) ||
        !check_name(&member, challenge, challenge->token, fail)) {
        return false;
    }
    if (challenge->from != CHALLENGE_QUERY) {
        return json_fail(&member, fail, "goes with query alone");
    }
    return read_header(at, challenge, fail) && read_answer(at, challenge, macs, fail);
}

/* ---- Secrets --------------------------------------------------------------------------------- */

/* The secret that the token must equal; there is one exactly where there is a token. */
static bool read_token_secret(const struct json *at, const struct config *config,
                              struct challenge *challenge, struct fail *fail)
{
    struct json member;
    if (!json_get(at, "secret", &member)) {
        return challenge->token == NULL ||
               json_fail(at, fail, "member \"secret\" is missing: what the token must be");
    }
    if (challenge->token == NULL) {
        return json_fail(&member, fail, "goes with a token");
    }
    return config_read_key(&member, config, &challenge->secret, fail);
}

/* Whether a signed text always has a byte that no challenge's text can have. */
static bool has_foreign_byte(const char *template)
{
    for (; *template != '\0'; template ++) {
        bool brace = *template == '{' || *template == '}';
        if (*template == '{' && template[1] != '{') {
            template += strcspn(template, "}"); /* a word */
        } else if (brace || !challenge_sound((hg_str){template, 1})) {
            return true;
        }
    }
    return false;
}

/* See challenge.h: a MAC for whoever asks must be good for nothing. */
static bool guard(const struct json *at, const hg_scheme_spec *row, struct challenge *challenge,
                  struct fail *fail)
{
    if (challenge->from == CHALLENGE_BODY || strcmp(row->algorithm, "hmac-sha256") != 0 ||
        has_foreign_byte(row->signed_text)) {
        return true;
    }
    challenge->guarded = strcmp(row->signed_text, "{body}") == 0;
    return challenge->guarded ||
           json_fail(at, fail,
                     "would sign for whoever asks: its text could be what the scheme signs");
}

/* With one key for several labels nobody could tell which one a challenge was signed with. */
static bool labels_differ(const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->key_count; i++) {
        for (size_t j = 0; j < i; j++) {
            hg_str a = endpoint->keys[i].label, b = endpoint->keys[j].label;
            if (a.len == b.len && (a.len == 0 || strncmp(a.ptr, b.ptr, a.len) == 0)) {
                return false;
            }
        }
    }
    return true;
}

/* A scheme that signs the body alone gives the MAC of a text. */
static bool make_macs(const struct json *at, const struct endpoint *endpoint,
                      const struct config *config, const hg_key *keys, struct challenge *challenge,
                      struct fail *fail)
{
    const hg_scheme_spec *row = hg_scheme_row(endpoint->scheme);
    const hg_scheme_spec spec = {.name = "challenge",
                                 .basis = "documented",
                                 .algorithm = "hmac-sha256",
                                 .key = row->key,
                                 .signed_text = "{body}",
                                 .signature = {"X", "{sig}", NULL, "hex", NULL, NULL},
                                 .timestamp = {.tolerance_s = HG_NO_TOLERANCE}};
    hg_error error = {0};
    if (strcmp(row->algorithm, "ed25519") == 0) {
        return json_fail(at, fail, "can't have a MAC: the scheme has no shared secret");
    }
    if (!labels_differ(endpoint)) {
        return json_fail(at, fail,
                         "needs secrets with labels that differ, to know which one to use");
    }
    if (hg_scheme_new(&spec, &challenge->scheme, &error) != HG_OK ||
        (!config->keyless && hg_ring_new(challenge->scheme, keys, endpoint->key_count,
                                         &challenge->ring, &error) != HG_OK)) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: the challenge: %s", at->file, error.what);
    }
    return guard(at, row, challenge, fail);
}

/* ---- The challenge --------------------------------------------------------------------------- */

/* Where the members are: the object itself, or the document of a preset. */
static bool find_preset(const struct json *at, const char *name, struct challenge *challenge,
                        struct json *spec, struct fail *fail)
{
    for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
        if (strcmp(presets[i][0], name) == 0) {
            *spec = json_root(NULL, presets[i][0]);
            bool done = json_parse(hg_text(presets[i][1]), presets[i][0], &challenge->tree, fail);
            spec->node = challenge->tree;
            return done;
        }
    }
    return json_fail(at, fail, "must be asana, dropbox, meta, slack, x-twitter or zoom");
}

/* Beside a preset only its secret can be said. */
static bool stands_alone(const struct json *at, struct fail *fail)
{
    for (const cJSON *node = at->node->child; node != NULL; node = node->next) {
        struct json member;
        if (strcmp(node->string, "preset") != 0 && strcmp(node->string, "secret") != 0 &&
            json_get(at, node->string, &member)) {
            return json_fail(&member, fail, "is said by the preset");
        }
    }
    return true;
}

static bool find_spec(const struct json *at, struct challenge *challenge, struct json *spec,
                      struct fail *fail)
{
    static const char *const known[] = {"preset", "from",   "when",          "value", "token",
                                        "secret", "answer", "answer_header", NULL};
    struct json preset = *at;
    const char *name;
    if (cJSON_IsString(at->node)) {
        return find_preset(at, at->node->valuestring, challenge, spec, fail);
    }
    *spec = *at;
    if (!json_object(at, known, fail) || !json_get(at, "preset", &preset)) {
        return fail->exit_code == 0;
    }
    return json_text(&preset, &name, fail) && stands_alone(at, fail) &&
           find_preset(&preset, name, challenge, spec, fail);
}

bool config_read_challenge(const struct json *object, const struct config *config,
                           const hg_key *keys, struct endpoint *endpoint, struct fail *fail)
{
    struct json at, spec;
    bool macs = false;
    if (!json_get(object, "challenge", &at)) {
        return true;
    }
    struct challenge *challenge = calloc(1, sizeof(*challenge));
    if (challenge == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: out of memory", at.file);
    }
    endpoint->rules.challenge = challenge; /* released with the endpoint */
    buf_init(&challenge->secret, HG_SECRET_MAX);
    return find_spec(&at, challenge, &spec, fail) && read_spec(&spec, challenge, &macs, fail) &&
           read_token_secret(&at, config, challenge, fail) &&
           (!macs || make_macs(&at, endpoint, config, keys, challenge, fail));
}
