/* SPDX-License-Identifier: MIT
 *
 * The text that is signed, as a list of pieces.
 */
#include "core/template.h"

#include "core/text.h"

#define DIGESTS(name, algorithm)                                                                   \
    {name ":hex", {.word = HGI_DIGEST, .hash = (algorithm), .encoding = HG_HEX}},                  \
    {                                                                                              \
        name ":base64",                                                                            \
        {                                                                                          \
            .word = HGI_DIGEST, .hash = (algorithm), .encoding = HG_BASE64                         \
        }                                                                                          \
    }

static const struct {
    const char *name;
    struct hgi_piece piece;
} words[] = {
    {"timestamp", {.word = HGI_TIMESTAMP}},
    {"event", {.word = HGI_EVENT}},
    {"id", {.word = HGI_ID}},
    {"body", {.word = HGI_BODY}},
    {"method", {.word = HGI_METHOD}},
    {"url", {.word = HGI_URL}},
    {"path", {.word = HGI_PATH}},
    {"query", {.word = HGI_QUERY}},
    {"host", {.word = HGI_HOST}},
    {"form", {.word = HGI_FORM}},
    DIGESTS("body:sha1", HGI_SHA1),
    DIGESTS("body:sha256", HGI_SHA256),
    DIGESTS("body:sha384", HGI_SHA384),
    DIGESTS("body:sha512", HGI_SHA512),
};

static void lower(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (text[i] >= 'A' && text[i] <= 'Z') {
            text[i] = (char) (text[i] - 'A' + 'a');
        }
    }
}

static bool find_word(hg_str name, struct hgi_piece *piece)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (hgi_same(name, hg_text(words[i].name))) {
            *piece = words[i].piece;
            return true;
        }
    }
    return false;
}

/* The piece for what stands between two braces. */
static bool read_word(char *name, size_t len, struct hgi_piece *piece, const char **why)
{
    static const char header[] = "header:";
    hg_str text = {name, len};
    if (find_word(text, piece)) {
        return true;
    }
    if (!hgi_starts(text, hg_text(header))) {
        *why = "has an unknown word";
        return false;
    }
    size_t skip = sizeof header - 1;
    lower(name + skip, len - skip);
    *piece = (struct hgi_piece){.word = HGI_HEADER, .text = {name + skip, len - skip}};
    if (len - skip > HG_NAME_MAX || !hgi_is_token(piece->text)) {
        *why = "names a header that can't exist";
        return false;
    }
    return true;
}

/* Reads the literal that starts at text, up to a single brace or the end. It is closed up in place
 * where a doubled brace becomes single. Returns how much of text it took. */
static size_t read_literal(char *text, struct hgi_piece *piece)
{
    size_t from = 0;
    size_t to = 0;
    while (text[from] != '\0') {
        if (text[from] == '{' || text[from] == '}') {
            if (text[from + 1] != text[from]) {
                break;
            }
            from++;
        }
        text[to++] = text[from++];
    }
    *piece = (struct hgi_piece){.word = HGI_LITERAL, .text = {text, to}};
    return from;
}

/* Reads one piece at text; returns how much of text it took, 0 on failure. */
static size_t read_piece(char *text, struct hgi_piece *piece, const char **why)
{
    size_t took = read_literal(text, piece);
    if (took > 0) {
        *why = piece->text.len > HG_NAME_MAX ? "has a literal that is too long" : NULL;
        return *why == NULL ? took : 0;
    }
    char *end = text[0] == '{' ? strchr(text, '}') : NULL;
    if (end == NULL) {
        *why = "has a brace without its partner";
        return 0;
    }
    size_t len = (size_t) (end - text) - 1;
    return read_word(text + 1, len, piece, why) ? len + 2 : 0;
}

bool hgi_template_parse(char *text, struct hgi_template *out, const char **why)
{
    struct hgi_template parsed = {.count = 0};
    bool body = false;
    while (*text != '\0') {
        if (parsed.count == HG_TEMPLATE_MAX) {
            *why = "has too many parts";
            return false;
        }
        struct hgi_piece *piece = &parsed.pieces[parsed.count++];
        size_t took = read_piece(text, piece, why);
        if (took == 0) {
            return false;
        }
        if (piece->word == HGI_BODY && body) {
            *why = "has the body twice";
            return false;
        }
        body = body || piece->word == HGI_BODY;
        text += took;
    }
    *out = parsed;
    return true;
}

size_t hgi_template_find(const struct hgi_template *template, enum hgi_word word)
{
    size_t at = 0;
    while (at < template->count && template->pieces[at].word != word) {
        at++;
    }
    return at;
}

bool hgi_url_split(hg_str url, struct hgi_url *out)
{
    struct hgi_url parts = {{NULL, 0}, hg_text("/"), {NULL, 0}};
    size_t at = 0;
    while (at + 3 <= url.len && !hgi_same(hgi_part(url, at, 3), hg_text("://"))) {
        at++;
    }
    if (at == 0 || at + 3 >= url.len) {
        return false;
    }
    size_t host = at + 3;
    size_t path = host;
    while (path < url.len && url.ptr[path] != '/' && url.ptr[path] != '?') {
        path++;
    }
    size_t query = path;
    while (query < url.len && url.ptr[query] != '?') {
        query++;
    }
    parts.host = hgi_part(url, host, path - host);
    if (query > path) {
        parts.path = hgi_part(url, path, query - path);
    }
    if (query < url.len) {
        parts.query = hgi_part(url, query + 1, url.len - query - 1);
    }
    *out = parts;
    return parts.host.len > 0;
}
