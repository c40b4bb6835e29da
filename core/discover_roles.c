/* SPDX-License-Identifier: MIT
 *
 * Discovering: what in a request may have been signed.
 *
 * Each such text is a source; sources with equal bytes are twins, of which the walk knows the
 * likeliest alone.
 */
#include "core/discover.h"

#include <stdlib.h>

#include "core/form.h"
#include "core/text.h"

static void add(struct hgi_sample *sample, const struct hgi_source *source)
{
    if (sample->source_count < HGI_SOURCES_MAX) {
        size_t at = sample->source_count++;
        sample->sources[at] = *source;
        sample->sources[at].base = at;
    }
}

static void add_word(struct hgi_sample *sample, const char *word, hg_str text, unsigned rank)
{
    struct hgi_source source = {.kind = HGI_FROM_WORD, .text = text, .word = word, .rank = rank};
    source.body = strncmp(word, "{body", 5) == 0 || strcmp(word, "{form}") == 0;
    if (text.len > 0 || source.body) {
        add(sample, &source);
    }
}

/* ---- The body -------------------------------------------------------------------------------- */

static const struct {
    const char *word;
    enum hgi_hash hash;
    hg_encoding encoding;
} digests[] = {
    {"{body:sha256:hex}", HGI_SHA256, HG_HEX}, {"{body:sha256:base64}", HGI_SHA256, HG_BASE64},
    {"{body:sha1:hex}", HGI_SHA1, HG_HEX},     {"{body:sha1:base64}", HGI_SHA1, HG_BASE64},
    {"{body:sha512:hex}", HGI_SHA512, HG_HEX}, {"{body:sha512:base64}", HGI_SHA512, HG_BASE64},
    {"{body:sha384:hex}", HGI_SHA384, HG_HEX}, {"{body:sha384:base64}", HGI_SHA384, HG_BASE64},
};

_Static_assert(sizeof digests / sizeof digests[0] == HGI_DIGESTS, "room for each digest");

static bool add_digest(struct hgi_sample *sample, size_t index)
{
    enum hgi_hash hash = digests[index].hash;
    hg_str body = sample->request->body;
    unsigned char bytes[HG_MAC_MAX];
    struct hgi_state state;
    char *text = sample->digests[index];
    if (!hgi_digest_begin(&state, hash) || !hgi_mac_update(&state, hash, body.ptr, body.len) ||
        !hgi_digest_end(&state, hash, bytes)) {
        return false;
    }
    size_t len =
        hg_encode(digests[index].encoding, bytes, hgi_mac_len(hash), text, HGI_DIGEST_TEXT);
    add_word(sample, digests[index].word, (hg_str){text, len}, HGI_RANK_BODY);
    return true;
}

static hg_status add_body(struct hgi_sample *sample)
{
    hg_str body = sample->request->body;
    size_t len = 0;
    add_word(sample, "{body}", body, HGI_RANK_BODY);
    if (body.len > 0) {
        hg_status status = hgi_form_text(body, &sample->form_text, &len);
        if (status == HG_NO_MEMORY) {
            return status;
        }
        if (status == HG_OK && !hgi_same(body, (hg_str){sample->form_text, len})) {
            add_word(sample, "{form}", (hg_str){sample->form_text, len}, HGI_RANK_BODY);
        }
    }
    for (size_t i = 0; i < HGI_DIGESTS; i++) {
        if (!add_digest(sample, i)) {
            return HG_CRYPTO;
        }
    }
    return HG_OK;
}

/* ---- The request line and the headers -------------------------------------------------------- */

/* The words of the URL, and two texts of several words that senders sign. */
enum { URL, PATH, QUERY, HOST, TARGET, BARE_URL, URL_WORDS };

static const char *const https_bare = "https://{host}{path}";
static const char *const http_bare = "http://{host}{path}";

static const char *url_word(int index, hg_str url)
{
    static const char *const words[] = {"{url}", "{path}", "{query}", "{host}", "{path}?{query}"};
    if (index != BARE_URL) {
        return words[index];
    }
    return hgi_starts(url, hg_text("https://"))  ? https_bare
           : hgi_starts(url, hg_text("http://")) ? http_bare
                                                 : NULL;
}

/* The text of such a word; false when the request has none. */
static bool url_text(int index, hg_str whole, hg_str *text)
{
    struct hgi_url url;
    if (!hgi_url_split(whole, &url)) {
        return false;
    }
    size_t bare = (size_t) (url.host.ptr - whole.ptr) + url.host.len;
    bool has_path = bare < whole.len && whole.ptr[bare] == '/';
    switch (index) {
    case URL: *text = whole; return true;
    case PATH: *text = url.path; return true;
    case QUERY: *text = url.query; return url.query.len > 0;
    case HOST: *text = url.host; return true;
    case TARGET: *text = hgi_part(whole, bare, whole.len - bare); break;
    default: *text = hgi_part(whole, 0, bare + url.path.len);
    }
    return has_path && (index != TARGET || url.query.len > 0);
}

static void add_url(struct hgi_sample *sample)
{
    hg_str whole = sample->request->url;
    hg_str text;
    add_word(sample, "{method}", sample->request->method, HGI_RANK_REQUEST);
    for (int i = 0; i < URL_WORDS; i++) {
        const char *word = url_word(i, whole);
        if (word != NULL && url_text(i, whole, &text)) {
            add_word(sample, word, text, HGI_RANK_REQUEST);
        }
    }
}

hg_str hgi_only_header(const hg_request *request, hg_str name)
{
    hg_str value = {NULL, 0};
    size_t found = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        if (hgi_same_name(request->headers[i].name, name)) {
            value = hgi_trim(request->headers[i].value);
            found++;
        }
    }
    return found == 1 ? value : (hg_str){NULL, 0};
}

/* Whether a header holds one of the signatures that are searched for. */
static bool is_signature(const struct hgi_sample *sample, hg_str name)
{
    for (size_t i = 0; i < sample->form_count; i++) {
        const struct hgi_form *form = &sample->forms[i];
        bool numbered = form->several != NULL && strcmp(form->several, "numbered") == 0;
        hg_str start = {name.ptr, form->header.len};
        if (hgi_same_name(form->header, name) ||
            (numbered && name.len > start.len && hgi_same_name(form->header, start))) {
            return true;
        }
    }
    return false;
}

/* How many bytes two names share up to a '-', if a word beside "X" is among them. */
static bool same_family(hg_str a, hg_str b)
{
    size_t shared = 0;
    for (size_t i = 0;
         i < a.len && i < b.len && hgi_same_name(hgi_part(a, i, 1), hgi_part(b, i, 1)); i++) {
        shared = a.ptr[i] == '-' ? i : shared;
    }
    return shared > 1;
}

/* A sender's own headers have names like that of its signature. */
static unsigned rank_of(const struct hgi_sample *sample, hg_str name, hg_str value)
{
    unsigned rank = hgi_rank_header(name, value);
    for (size_t i = 0; i < sample->form_count; i++) {
        if (rank > HGI_RANK_FAMILY && same_family(name, sample->forms[i].header)) {
            rank = HGI_RANK_FAMILY;
        }
    }
    return rank;
}

static void add_headers(struct hgi_sample *sample)
{
    for (size_t i = 0; i < sample->request->header_count; i++) {
        hg_str name = sample->request->headers[i].name;
        hg_str value = hgi_only_header(sample->request, name);
        if (name.len <= HG_NAME_MAX && hgi_is_token(name) && value.len > 0 &&
            value.len <= HG_VALUE_MAX && hgi_is_field_value(value) && !is_signature(sample, name)) {
            struct hgi_source source = {.kind = HGI_FROM_HEADER,
                                        .text = value,
                                        .name = name,
                                        .rank = rank_of(sample, name, value)};
            add(sample, &source);
        }
    }
}

/* ---- The other items of a signature header --------------------------------------------------- */

/* What stands behind the first '=' of an item, if it may have been signed. */
static bool split_item(hg_str item, hg_str *before, hg_str *value)
{
    const char *mark = item.len > 0 ? memchr(item.ptr, '=', item.len) : NULL;
    size_t skip = mark != NULL ? (size_t) (mark - item.ptr) + 1 : 0;
    if (skip < 2 || skip > HG_NAME_MAX || item.len == skip) {
        return false;
    }
    *before = hgi_part(item, 0, skip);
    *value = hgi_part(item, skip, item.len - skip);
    return hgi_is_field_value(*value);
}

static void add_item(struct hgi_sample *sample, const struct hgi_form *form, hg_str item)
{
    bool sure;
    struct hgi_source source = {.name = form->header, .separator = form->separator};
    if (!split_item(item, &source.before, &source.text)) {
        return;
    }
    hg_str key = {source.before.ptr, source.before.len - 1};
    bool time = hgi_guess_time(key, source.text, &sure) != 0;
    source.kind = time ? HGI_FROM_TIME : HGI_FROM_LITERAL;
    source.rank = time ? HGI_RANK_TIME : HGI_RANK_FAMILY;
    if (time || (source.text.len <= HG_NAME_MAX && !hgi_is_signature_text(source.text))) {
        add(sample, &source);
    }
}

/* Each signature header's items, once for each separator that makes more than one of it. */
static void add_items(struct hgi_sample *sample)
{
    for (size_t i = 0; i < sample->form_count; i++) {
        const struct hgi_form *form = &sample->forms[i];
        bool again = form->separator == 0 || form->several != NULL;
        for (size_t j = 0; j < i && !again; j++) {
            again = form->separator == sample->forms[j].separator &&
                    hgi_same_name(form->header, sample->forms[j].header);
        }
        hg_str rest = hgi_only_header(sample->request, form->header);
        hg_str item;
        while (!again && hgi_next_item(form->separator, &rest, &item)) {
            add_item(sample, form, item);
        }
    }
}

/* ---- Labels ---------------------------------------------------------------------------------- */

/* Canonical requests have a header as "name:value", the name in lower case. */
static size_t write_label(const struct hgi_source *source, char *out)
{
    for (size_t i = 0; i < source->name.len; i++) {
        char c = source->name.ptr[i];
        out[i] = c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
    }
    out[source->name.len] = ':';
    memcpy(out + source->name.len + 1, source->text.ptr, source->text.len);
    return source->name.len + 1 + source->text.len;
}

static bool has_label(const struct hgi_source *source)
{
    return source->kind == HGI_FROM_HEADER && source->rank < HGI_RANK_LAST;
}

static hg_status add_labels(struct hgi_sample *sample)
{
    size_t count = sample->source_count;
    size_t size = 1;
    for (size_t i = 0; i < count; i++) {
        const struct hgi_source *source = &sample->sources[i];
        size += has_label(source) ? source->name.len + 1 + source->text.len : 0;
    }
    char *at = sample->labels = malloc(size);
    if (at == NULL) {
        return HG_NO_MEMORY;
    }
    for (size_t i = 0; i < count && sample->source_count < HGI_SOURCES_MAX; i++) {
        struct hgi_source label = sample->sources[i];
        if (has_label(&label)) {
            size_t len = write_label(&label, at);
            label.kind = HGI_FROM_LABEL;
            label.text = (hg_str){at, len};
            add(sample, &label);
            sample->sources[sample->source_count - 1].base = i;
            at += len;
        }
    }
    return HG_OK;
}

/* ---- The whole ------------------------------------------------------------------------------- */

/* The likeliest first; an insertion sort, since the order of equals must stay. */
static void sort_sources(struct hgi_sample *sample)
{
    for (size_t i = 1; i < sample->source_count; i++) {
        struct hgi_source moved = sample->sources[i];
        size_t at = i;
        for (; at > 0 && sample->sources[at - 1].rank > moved.rank; at--) {
            sample->sources[at] = sample->sources[at - 1];
        }
        sample->sources[at] = moved;
    }
    for (size_t i = 0; i < sample->source_count; i++) {
        sample->sources[i].base = i;
    }
}

static void find_twins(struct hgi_sample *sample)
{
    for (size_t i = 0; i < sample->source_count; i++) {
        size_t twin = 0;
        while (twin < i && (!hgi_same(sample->sources[twin].text, sample->sources[i].text) ||
                            sample->sources[twin].body != sample->sources[i].body)) {
            twin++;
        }
        sample->sources[i].twin = twin;
    }
}

hg_status hgi_sample_take(const hg_request *request, struct hgi_sample *sample)
{
    *sample = (struct hgi_sample){.request = request};
    hgi_forms_take(sample);
    if (sample->form_count == 0) {
        return HG_NO_SIGNATURE;
    }
    hg_status status = add_body(sample);
    if (status == HG_OK) {
        add_url(sample);
        add_items(sample);
        add_headers(sample);
        sort_sources(sample);
        status = add_labels(sample);
        find_twins(sample);
    }
    return status;
}

void hgi_sample_release(struct hgi_sample *sample)
{
    free(sample->form_text);
    free(sample->labels);
}

/* ---- Other requests -------------------------------------------------------------------------- */

static bool word_in(const char *word, const hg_request *request, hg_str *text)
{
    if (strcmp(word, "{body}") == 0) {
        *text = request->body;
        return true;
    }
    if (strcmp(word, "{method}") == 0) {
        *text = request->method;
        return true;
    }
    for (int i = 0; i < URL_WORDS; i++) {
        const char *its = url_word(i, request->url);
        if (its != NULL && strcmp(its, word) == 0) {
            return url_text(i, request->url, text);
        }
    }
    return false;
}

/* The value of the item that begins as the source's does. */
static bool item_in(const struct hgi_source *source, const hg_request *request, hg_str *text)
{
    hg_str rest = hgi_only_header(request, source->name);
    hg_str item, before;
    while (hgi_next_item(source->separator, &rest, &item)) {
        if (split_item(item, &before, text) && hgi_same(before, source->before)) {
            return true;
        }
    }
    return false;
}

bool hgi_source_in(const struct hgi_source *source, const hg_request *request, hg_str *text)
{
    switch (source->kind) {
    case HGI_FROM_WORD: return word_in(source->word, request, text);
    case HGI_FROM_LABEL: /* its value: the name is the same */
    case HGI_FROM_HEADER: *text = hgi_only_header(request, source->name); return text->len > 0;
    case HGI_FROM_TIME:
    case HGI_FROM_LITERAL: return item_in(source, request, text);
    }
    return false;
}
