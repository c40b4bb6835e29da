/* SPDX-License-Identifier: MIT
 *
 * Where a signature may stand: every text in a header or in the URL's query that decodes to the
 * length of a MAC.
 */
#include <stdio.h>

#include "core/codec.h"
#include "core/explain.h"
#include "core/text.h"

enum {
    VALUE_MAX = 1024, /* bytes of a header's value that is looked into */
    TOKEN_MIN = 22,   /* base64 of HGI_SHORT_MIN bytes */
    TOKEN_MAX = 400,  /* percent-encoded base64 of a hex SHA-512 */
    DECODED_MAX = 2 * HG_MAC_MAX,
    WORD_MAX = 16 /* bytes of a prefix that ends in a comma or a blank: longer is a signature */
};

enum {
    HEADER,
    QUERY,
    PREFIX_MISSING,
    PREFIX_CASE,
    PREFIX_OTHER,
    QUOTED,
    LIST,
    ENCODING,
    PADDING,
    TWICE,
    PERCENT,
    BLANK,
    ALGORITHM,
    CUT
};

/* What fits both base64 without padding and base64url is taken for the first: its rank is smaller.
 */
static const struct hgi_cause causes[] = {
    [HEADER] = {"signature-header", 2, "the signature stands in another header",
                "name that header in the scheme, or have the sender use the expected one"},
    [QUERY] = {"signature-query", 3, "the signature stands in the query of the URL",
               "have the sender put it into the scheme's header: no scheme here reads the URL"},
    [PREFIX_MISSING] = {"signature-prefix-missing", 2,
                        "the signature lacks the prefix that the scheme expects before it",
                        "change signature.item in the scheme to {sig} alone"},
    [PREFIX_CASE] = {"signature-prefix-case", 2,
                     "the signature's prefix is written in another case",
                     "spell the prefix in signature.item as the sender does"},
    [PREFIX_OTHER] = {"signature-prefix-other", 3,
                      "another prefix than the scheme's stands before the signature",
                      "write the sender's prefix into signature.item"},
    [QUOTED] = {"signature-quoted", 4, "the signature stands in quotation marks",
                "have the sender leave them out, or write them into signature.item"},
    [LIST] = {"signature-list", 3,
              "the signature header holds more than the one item that the scheme expects",
              "give the scheme a signature.separator; a proxy may have joined repeated headers"},
    [ENCODING] = {"signature-encoding", 2,
                  "the signature is written in another encoding than the scheme's",
                  "set signature.encoding in the scheme to the one named"},
    [PADDING] = {"signature-padding", 1,
                 "the signature has base64 padding where it should not, or lacks it",
                 "have the sender encode strictly (or use encoding base64url, which is unpadded)"},
    [TWICE] = {"signature-hex-in-base64", 4,
               "the sender encoded the hexadecimal text of the MAC in base64, not its bytes",
               "have the sender encode the raw digest"},
    [PERCENT] = {"signature-percent", 5, "the signature is percent-encoded",
                 "have the sender put it into the header as it is"},
    [BLANK] = {"signature-plus", 5, "each + of the base64 signature has become a blank",
               "something decoded the header as a form: take that step out"},
    [ALGORITHM] = {"algorithm", 2, "the signature was made with another hash",
                   "set algorithm in the scheme to the one named"},
    [CUT] = {"signature-cut", 6, "the sender sends only the first bytes of the MAC",
             "no scheme here reads a cut signature: have the sender send all of it"},
};

const struct hgi_cause *hgi_site_cause(size_t index)
{
    return index < sizeof causes / sizeof causes[0] ? &causes[index] : NULL;
}

/* ---- Finding --------------------------------------------------------------------------------- */

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* What belongs to a signature of all that stands before it: "sha256=", "v1,", "HMAC ". */
static hg_str prefix_of(hg_str before)
{
    size_t end = before.len;
    bool marked = end > 0 && is_one_of(before.ptr[end - 1], ",; ");
    size_t from = end - marked;
    while (from > 0 && !is_one_of(before.ptr[from - 1], ",; ")) {
        from--;
    }
    hg_str word = hgi_part(before, from, end - marked - from);
    if (marked && (word.len == 0 || word.len > WORD_MAX || hgi_has(word, '='))) {
        return hgi_part(before, end, 0); /* that is another item */
    }
    return hgi_part(before, from, end - from);
}

static void add(struct hgi_sites *sites, const struct hgi_site *site, const unsigned char *bytes,
                size_t len)
{
    if (len < HGI_SHORT_MIN || len > HG_MAC_MAX || sites->count == HGI_SITES_MAX) {
        return;
    }
    struct hgi_site *to = &sites->at[sites->count++];
    *to = *site;
    to->len = len;
    memcpy(to->mac, bytes, len);
}

/* A decoded token is a MAC, or the hexadecimal text of one. */
static void add_decoded(struct hgi_sites *sites, struct hgi_site *site, const unsigned char *bytes,
                        size_t len)
{
    unsigned char inner[HG_MAC_MAX];
    size_t inner_len;
    add(sites, site, bytes, len);
    if (site->encoding != HG_HEX && len >= 2 * (size_t) HGI_SHORT_MIN &&
        hg_decode(HG_HEX, (hg_str){(const char *) bytes, len}, inner, sizeof inner, &inner_len)) {
        site->twice = true;
        add(sites, site, inner, inner_len);
        site->twice = false;
    }
}

static void add_token(struct hgi_sites *sites, struct hgi_site site, hg_str token)
{
    static const hg_encoding encodings[] = {HG_HEX, HG_BASE64, HG_BASE64URL};
    unsigned char bytes[DECODED_MAX];
    size_t len;
    for (size_t i = 0; i < 3; i++) {
        site.encoding = encodings[i];
        if (hg_decode(site.encoding, token, bytes, sizeof bytes, &len)) {
            add_decoded(sites, &site, bytes, len);
        }
    }
    site.padding = true;
    hg_str bare = {token.ptr, token.len - hgi_base64_padding(token)};
    site.encoding = HG_BASE64;
    if (bare.len == token.len && token.len % 4 != 0 &&
        hgi_decode_unpadded(bare, bytes, sizeof bytes, &len)) {
        add_decoded(sites, &site, bytes, len);
    }
    site.encoding = HG_BASE64URL;
    if (bare.len < token.len && hg_decode(HG_BASE64URL, bare, bytes, sizeof bytes, &len)) {
        add_decoded(sites, &site, bytes, len);
    }
}

/* A token as it stands, or with its percent escapes undone. */
static void look_at(struct hgi_sites *sites, struct hgi_site site, hg_str token)
{
    char text[TOKEN_MAX];
    struct hgi_out out = {text, 0, sizeof text, false};
    if (token.len < TOKEN_MIN || token.len > TOKEN_MAX) {
        return;
    }
    if (hgi_has(token, '%')) {
        site.percent = true;
        if (!hgi_percent_decode(token, false, &out)) {
            return;
        }
        token = (hg_str){text, out.len};
    }
    add_token(sites, site, token);
}

/* Blanks in the rest of a value taken for '+'. */
static void look_at_blanks(struct hgi_sites *sites, struct hgi_site site, hg_str rest)
{
    char text[TOKEN_MAX];
    if (rest.len < TOKEN_MIN || rest.len > TOKEN_MAX || !hgi_has(rest, ' ')) {
        return;
    }
    for (size_t i = 0; i < rest.len; i++) {
        text[i] = rest.ptr[i] == ' ' ? '+' : rest.ptr[i];
    }
    site.blank = true;
    site.last = true;
    add_token(sites, site, (hg_str){text, rest.len});
}

static void look_into(struct hgi_sites *sites, hg_str name, hg_str value, bool query)
{
    if (value.len > VALUE_MAX) {
        return;
    }
    for (size_t from = 0; from < value.len; from++) {
        if (from > 0 && !is_one_of(value.ptr[from - 1], "=,;: \"'")) {
            continue;
        }
        size_t to = from;
        while (to < value.len && !is_one_of(value.ptr[to], ",; \"'")) {
            to++;
        }
        struct hgi_site site = {.header = name, .before = hgi_part(value, 0, from), .query = query};
        site.prefix = prefix_of(site.before);
        bool quoted = to + 1 == value.len && is_one_of(value.ptr[to], "\"'");
        site.last = to == value.len || quoted;
        look_at(sites, site, hgi_part(value, from, to - from));
        look_at_blanks(sites, site, hgi_part(value, from, value.len - from));
    }
}

/* A parameter, its value's percent escapes undone; passed over when that can't be done, or there is
 * no room left. */
static void look_into_parameter(struct hgi_sites *sites, hg_str pair, struct hgi_out *out)
{
    const char *equals = pair.len > 0 ? memchr(pair.ptr, '=', pair.len) : NULL;
    size_t name = equals != NULL ? (size_t) (equals - pair.ptr) : pair.len;
    size_t from = out->len;
    hg_str coded =
        equals != NULL ? hgi_part(pair, name + 1, pair.len - name - 1) : hgi_part(pair, name, 0);
    if (!hgi_percent_decode(coded, false, out) || out->full) {
        out->len = from;
        out->full = false;
        return;
    }
    look_into(sites, hgi_part(pair, 0, name), (hg_str){out->ptr + from, out->len - from}, true);
}

static void look_into_query(struct hgi_sites *sites, hg_str url)
{
    struct hgi_out out = {sites->query, 0, sizeof sites->query, false};
    const char *mark = url.len > 0 ? memchr(url.ptr, '?', url.len) : NULL;
    size_t at = mark != NULL ? (size_t) (mark - url.ptr) + 1 : url.len;
    while (at < url.len) {
        const char *end = memchr(url.ptr + at, '&', url.len - at);
        size_t to = end != NULL ? (size_t) (end - url.ptr) : url.len;
        look_into_parameter(sites, hgi_part(url, at, to - at), &out);
        at = to + 1;
    }
}

void hgi_sites_find(struct hgi_sites *sites, const hg_request *request)
{
    sites->count = 0;
    for (size_t i = 0; i < request->header_count && i < HG_HEADERS_MAX; i++) {
        look_into(sites, request->headers[i].name, hgi_trim(request->headers[i].value), false);
    }
    look_into_query(sites, request->url);
}

/* ---- Judging --------------------------------------------------------------------------------- */

static bool step(struct hgi_steps *steps, int which, const char *detail)
{
    return hgi_step(steps, &causes[which], detail);
}

static bool is_header(const struct hgi_site *site, const hg_scheme *scheme)
{
    hg_str name = hg_text(scheme->row.signature.header);
    hg_str there = site->header;
    if (scheme->several == HGI_NUMBERED && there.len > name.len && there.ptr[name.len] == '-') {
        there.len = name.len;
    }
    return hgi_same_name(there, name);
}

static bool judge_header(const struct hgi_site *site, const hg_scheme *scheme,
                         struct hgi_steps *steps)
{
    char detail[HG_DETAIL_MAX];
    if (!site->query && is_header(site, scheme)) {
        return true;
    }
    hgi_detail_word(detail, "%s", site->header);
    return step(steps, site->query ? QUERY : HEADER, detail);
}

/* Whether the rest of a header in front of the item is as the scheme has it. */
static bool is_head(hg_str head, const hg_scheme *scheme)
{
    hg_str lists = scheme->sig_prefix;
    if (hgi_same(head, lists)) {
        return true;
    }
    char end = head.len > 0 ? head.ptr[head.len - 1] : '\0';
    return scheme->separator != 0 && hgi_starts(head, lists) &&
           (end == scheme->separator || hgi_is_blank(end));
}

static bool judge_prefix(const struct hgi_site *site, const hg_scheme *scheme,
                         struct hgi_steps *steps)
{
    char detail[HG_DETAIL_MAX];
    hg_str want = scheme->sig_before;
    hg_str whole = site->before;
    if (hgi_ends(whole, want) && is_head(hgi_part(whole, 0, whole.len - want.len), scheme)) {
        return true;
    }
    bool quoted = whole.len > 0 && is_one_of(whole.ptr[whole.len - 1], "\"'");
    if (quoted) {
        return step(steps, QUOTED, NULL);
    }
    hg_str rest = hgi_part(whole, 0, whole.len - site->prefix.len);
    if (!is_head(rest, scheme) && !step(steps, LIST, NULL)) {
        return false;
    }
    if (hgi_same(site->prefix, want)) {
        return true;
    }
    if (site->prefix.len == 0) {
        return step(steps, PREFIX_MISSING, scheme->row.signature.item);
    }
    hgi_detail_word(detail, "%s", site->prefix);
    return step(steps, hgi_same_name(site->prefix, want) ? PREFIX_CASE : PREFIX_OTHER, detail);
}

static bool judge_form(const struct hgi_site *site, const hg_scheme *scheme,
                       struct hgi_steps *steps)
{
    static const char *const names[] = {
        [HG_HEX] = "hex", [HG_BASE64] = "base64", [HG_BASE64URL] = "base64url"};
    if (!site->last && scheme->separator == 0 && scheme->sig_after.len == 0 &&
        !step(steps, LIST, NULL)) {
        return false;
    }
    if (site->twice) {
        return step(steps, TWICE, NULL);
    }
    if (site->encoding != scheme->encoding && !step(steps, ENCODING, names[site->encoding])) {
        return false;
    }
    return (!site->padding || step(steps, PADDING, NULL)) &&
           (!site->percent || step(steps, PERCENT, NULL)) &&
           (!site->blank || step(steps, BLANK, NULL));
}

bool hgi_site_holds(const struct hgi_site *site, enum hgi_hash hash)
{
    return site->len <= hgi_mac_len(hash);
}

bool hgi_site_steps(const struct hgi_site *site, const hg_scheme *scheme, enum hgi_hash hash,
                    struct hgi_steps *steps)
{
    static const char *const names[] = {[HGI_SHA1] = "hmac-sha1",
                                        [HGI_SHA256] = "hmac-sha256",
                                        [HGI_SHA384] = "hmac-sha384",
                                        [HGI_SHA512] = "hmac-sha512"};
    char detail[HG_DETAIL_MAX];
    steps->count = 0;
    snprintf(detail, sizeof detail, "%zu bytes", site->len);
    return hgi_site_holds(site, hash) && judge_header(site, scheme, steps) &&
           judge_prefix(site, scheme, steps) && judge_form(site, scheme, steps) &&
           (hash == scheme->hash || step(steps, ALGORITHM, names[hash])) &&
           (site->len == hgi_mac_len(hash) || step(steps, CUT, detail));
}
