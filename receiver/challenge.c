/* SPDX-License-Identifier: MIT
 *
 * See challenge.h.
 */
#include "receiver/challenge.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_pointer.h"
#include "base/secret_equal.h"
#include "receiver/url.h"

#define MAC_BYTES ((size_t) 32)   /* HMAC-SHA-256 */
#define REPLY_MAX ((size_t) 8192) /* bytes: eight members, each with a text and its MAC */
#define PIECE_MAX ((size_t) 1024) /* bytes of one template with its words replaced */

const char *challenge_from_name(enum challenge_from from)
{
    static const char *const names[] = {"query", "header", "body"};
    return (size_t) from < sizeof(names) / sizeof(names[0]) ? names[from] : NULL;
}

void challenge_free(struct challenge *challenge)
{
    if (challenge != NULL) {
        buf_wipe(&challenge->secret);
        hg_ring_free(challenge->ring);
        hg_scheme_free(challenge->scheme);
        cJSON_Delete(challenge->tree);
        free(challenge);
    }
}

void reply_free(struct reply *reply)
{
    if (reply != NULL) {
        buf_free(&reply->body);
        free(reply);
    }
}

bool challenge_sound(hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        char byte = text.ptr[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
        if (!letter && (byte < '0' || byte > '9') && memchr("-_+/=", byte, 5) == NULL) {
            return false;
        }
    }
    return text.len > 0 && text.len <= CHALLENGE_VALUE_MAX;
}

/* ---- Templates ------------------------------------------------------------------------------- */

enum word { WORD_VALUE, WORD_HEX, WORD_BASE64, WORD_NONE };

static const char *const words[] = {"{value}", "{hmac:hex}", "{hmac:base64}"};

/* The word at the start of text. */
static enum word word_at(const char *text)
{
    for (size_t i = 0; i < WORD_NONE; i++) {
        if (strncmp(text, words[i], strlen(words[i])) == 0) {
            return (enum word) i;
        }
    }
    return WORD_NONE;
}

bool challenge_template(const char *text, bool *macs)
{
    if (strlen(text) > PIECE_MAX / 4) {
        return false;
    }
    while (*text != '\0') {
        enum word word = word_at(text);
        if (word == WORD_NONE && (*text < 0x20 || *text > 0x7e || strchr("{}", *text) != NULL)) {
            return false;
        }
        *macs = *macs || word == WORD_HEX || word == WORD_BASE64;
        text += word == WORD_NONE ? 1 : strlen(words[word]);
    }
    return true;
}

/* What the words stand for in one answer. */
struct filling {
    hg_str value;
    char hex[2 * MAC_BYTES];
    char base64[2 * MAC_BYTES];
    size_t base64_len;
};

/* Signs the text with a scheme whose signed text is the body alone. */
static bool make_mac(const struct challenge *challenge, size_t key, struct filling *filling)
{
    char text[HG_SIGN_TEXT_MAX];
    unsigned char mac[MAC_BYTES];
    hg_header headers[HG_SIGN_HEADERS_MAX];
    size_t count = 0, size = 0;
    hg_signing signing = {.scheme = challenge->scheme, .ring = challenge->ring, .key = key};
    hg_request request = {.body = filling->value};
    if (challenge->ring == NULL) {
        return true;
    }
    if (hg_sign(&signing, &request, text, headers, &count) != HG_OK || count != 1 ||
        headers[0].value.len != sizeof(filling->hex) ||
        !hg_decode(HG_HEX, headers[0].value, mac, sizeof(mac), &size)) {
        return false;
    }
    memcpy(filling->hex, headers[0].value.ptr, sizeof(filling->hex));
    filling->base64_len = hg_encode(HG_BASE64, mac, size, filling->base64, sizeof(filling->base64));
    return filling->base64_len > 0;
}

static void fill(const char *template, const struct filling *filling, struct buf *out)
{
    while (*template != '\0') {
        enum word word = word_at(template);
        switch (word) {
        case WORD_VALUE: (void) buf_add_str(out, filling->value); break;
        case WORD_HEX: (void) buf_add(out, filling->hex, sizeof(filling->hex)); break;
        case WORD_BASE64: (void) buf_add(out, filling->base64, filling->base64_len); break;
        case WORD_NONE: (void) buf_add(out, template, 1); break;
        }
        template += word == WORD_NONE ? 1 : strlen(words[word]);
    }
}

static void fill_object(const struct challenge *challenge, const struct filling *filling,
                        struct buf *out)
{
    for (size_t i = 0; i < challenge->member_count; i++) {
        struct buf piece;
        buf_init(&piece, PIECE_MAX);
        (void) buf_add_text(out, i > 0 ? "," : "{");
        (void) json_add_text(out, hg_text(challenge->members[i].name));
        (void) buf_add_text(out, ":");
        fill(challenge->members[i].text, filling, &piece);
        out->failed = out->failed || piece.failed;
        (void) json_add_text(out, buf_str(&piece));
        buf_free(&piece);
    }
    (void) buf_add_text(out, "}");
}

static enum challenge_result answer(const struct challenge *challenge, hg_str value, size_t key,
                                    struct reply **out)
{
    struct filling filling = {.value = value};
    struct reply *reply = calloc(1, sizeof(*reply));
    if (reply == NULL || !make_mac(challenge, key, &filling)) {
        free(reply);
        return CHALLENGE_FAILED;
    }
    buf_init(&reply->body, REPLY_MAX);
    if (challenge->member_count > 0) {
        reply->type = "application/json";
        fill_object(challenge, &filling, &reply->body);
    } else if (challenge->text != NULL) {
        reply->type = "text/plain";
        fill(challenge->text, &filling, &reply->body);
    }
    reply->header = challenge->header;
    memcpy(reply->value, value.ptr, value.len);
    if (reply->body.failed) {
        reply_free(reply);
        return CHALLENGE_FAILED;
    }
    *out = reply;
    return CHALLENGE_TAKEN;
}

/* ---- Looking for one ------------------------------------------------------------------------- */

/* The room for what a request brings: a token may be as long as a secret. */
struct found {
    size_t count; /* how often it is there */
    size_t len;   /* 0: not at all, or too long */
    char text[HG_SECRET_MAX];
};

static void find_parameter(hg_str target, const char *name, struct found *found)
{
    found->count = url_parameter(target, name, found->text, sizeof(found->text), &found->len);
}

static bool is(const struct found *found, const char *text)
{
    return found->count == 1 && found->len == strlen(text) &&
           strncmp(found->text, text, found->len) == 0;
}

static enum challenge_result answer_sound(const struct challenge *challenge,
                                          const struct found *found, size_t key,
                                          struct reply **reply)
{
    hg_str value = {found->text, found->len};
    return found->count == 1 && challenge_sound(value) ? answer(challenge, value, key, reply)
                                                       : CHALLENGE_BAD;
}

static enum challenge_result in_query(const struct challenge *challenge, hg_str target, size_t key,
                                      struct reply **reply)
{
    struct found found;
    for (size_t i = 0; i < challenge->when_count; i++) {
        find_parameter(target, challenge->when[i].name, &found);
        if (!is(&found, challenge->when[i].text)) {
            return CHALLENGE_NONE;
        }
    }
    if (challenge->token != NULL) {
        find_parameter(target, challenge->token, &found);
        if (found.count == 0 && challenge->when_count == 0) {
            return CHALLENGE_NONE;
        }
        if (found.count != 1 ||
            !secret_equal((hg_str){found.text, found.len}, buf_str(&challenge->secret))) {
            return CHALLENGE_DENIED;
        }
    }
    find_parameter(target, challenge->value, &found);
    if (found.count == 0 && challenge->when_count == 0 && challenge->token == NULL) {
        return CHALLENGE_NONE;
    }
    return answer_sound(challenge, &found, key, reply);
}

/* Also "NAME-1", where the signature's header is numbered. */
static bool has_signature(const struct head *head, const hg_scheme *scheme)
{
    const char *name = hg_scheme_row(scheme)->signature.header;
    size_t len = strlen(name);
    for (size_t i = 0; i < head->header_count; i++) {
        hg_str other = head->headers[i].name;
        if (other.len >= len && strncasecmp(other.ptr, name, len) == 0) {
            return true;
        }
    }
    return false;
}

static void find_header(const struct head *head, const char *name, struct found *found)
{
    size_t len = strlen(name);
    *found = (struct found){.count = 0};
    for (size_t i = 0; i < head->header_count; i++) {
        hg_str value = head->headers[i].value;
        if (head->headers[i].name.len == len &&
            strncasecmp(head->headers[i].name.ptr, name, len) == 0) {
            found->count++;
            found->len = value.len <= sizeof(found->text) ? value.len : 0;
            memcpy(found->text, value.ptr, found->len);
        }
    }
}

static bool method_is(const struct head *head, const char *method)
{
    return head->method.len == strlen(method) &&
           strncmp(head->method.ptr, method, head->method.len) == 0;
}

enum challenge_result challenge_in_head(const struct challenge *challenge, const struct head *head,
                                        const hg_scheme *scheme, size_t key, struct reply **reply)
{
    struct found found;
    if (challenge->from == CHALLENGE_QUERY && method_is(head, "GET")) {
        return in_query(challenge, head->target, key, reply);
    }
    if (challenge->from != CHALLENGE_HEADER || !method_is(head, "POST") ||
        has_signature(head, scheme)) {
        return CHALLENGE_NONE;
    }
    find_header(head, challenge->value, &found);
    return found.count == 0 ? CHALLENGE_NONE : answer_sound(challenge, &found, key, reply);
}

static void find_member(const cJSON *tree, const char *pointer, struct found *found)
{
    found->len = json_scalar(json_pointer_find(pointer, tree), found->text, sizeof(found->text));
    found->count = found->len > 0 ? 1 : 0;
}

enum challenge_result challenge_in_body(const struct challenge *challenge, hg_str body, size_t key,
                                        struct reply **reply)
{
    cJSON *tree = NULL;
    struct fail fail = {0};
    struct found found;
    bool meant = true;
    if (challenge->from != CHALLENGE_BODY || body.len > CHALLENGE_BODY_MAX ||
        !json_parse(body, "the body", &tree, &fail)) {
        return CHALLENGE_NONE;
    }
    for (size_t i = 0; meant && i < challenge->when_count; i++) {
        find_member(tree, challenge->when[i].name, &found);
        meant = is(&found, challenge->when[i].text);
    }
    find_member(tree, challenge->value, &found);
    cJSON_Delete(tree);
    return meant ? answer_sound(challenge, &found, key, reply) : CHALLENGE_NONE;
}
