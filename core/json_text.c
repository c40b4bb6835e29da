/* SPDX-License-Identifier: MIT
 *
 * JSON written again as another serializer would write it.
 */
#include "core/json_text.h"

#include <stdlib.h>

#include "core/text.h"

struct rewrite {
    hg_str text;
    size_t at;
    const struct hgi_json_style *style;
    struct hgi_out *out; /* NULL: only skipped */
};

static bool value(struct rewrite *r, unsigned depth);

static void put(struct rewrite *r, const char *text)
{
    if (r->out != NULL) {
        hgi_put(r->out, hg_text(text));
    }
}

static void put_part(struct rewrite *r, size_t from, size_t to)
{
    if (r->out != NULL && to > from) {
        hgi_put(r->out, hgi_part(r->text, from, to - from));
    }
}

static char peek(const struct rewrite *r)
{
    return r->at < r->text.len ? r->text.ptr[r->at] : '\0';
}

/* White space between tokens: kept, or left to the layout. */
static void space(struct rewrite *r)
{
    size_t from = r->at;
    while (r->at < r->text.len && memchr(" \t\r\n", r->text.ptr[r->at], 4) != NULL) {
        r->at++;
    }
    if (r->style->layout == HGI_JSON_KEEP) {
        put_part(r, from, r->at);
    }
}

static bool take(struct rewrite *r, char c)
{
    if (peek(r) != c) {
        return false;
    }
    r->at++;
    return true;
}

/* The line break and the indentation before an element at that depth. */
static void line(struct rewrite *r, unsigned depth)
{
    static const char *const units[] = {
        [HGI_JSON_TWO] = "  ", [HGI_JSON_FOUR] = "    ", [HGI_JSON_TAB] = "\t"};
    if (r->style->layout < HGI_JSON_TWO) {
        return;
    }
    put(r, "\n");
    for (unsigned i = 0; i < depth; i++) {
        put(r, units[r->style->layout]);
    }
}

/* ---- Strings --------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* The unit of a "\uXXXX" at `at`; negative when there is none. */
static int32_t unit_at(hg_str text, size_t at)
{
    int32_t unit = 0;
    if (text.len < at + 6 || text.ptr[at] != '\\' || text.ptr[at + 1] != 'u') {
        return -1;
    }
    for (size_t i = at + 2; i < at + 6; i++) {
        int digit = hex_digit(text.ptr[i]);
        if (digit < 0) {
            return -1;
        }
        unit = unit * 16 + digit;
    }
    return unit;
}

/* The character of a \u escape, or of a pair of them, at *at, which is moved behind; HGI_NOT_UTF8
 * for a lone half of a pair. */
static uint32_t escaped_code(hg_str text, size_t *at)
{
    int32_t first = unit_at(text, *at);
    *at += 6;
    if (first < 0xd800 || first > 0xdfff) {
        return (uint32_t) first;
    }
    int32_t second = unit_at(text, *at);
    if (first > 0xdbff || second < 0xdc00 || second > 0xdfff) {
        return HGI_NOT_UTF8;
    }
    *at += 6;
    return 0x10000 + ((uint32_t) first - 0xd800) * 0x400 + ((uint32_t) second - 0xdc00);
}

static void put_unit(struct hgi_out *out, uint32_t unit, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    hgi_put(out, hg_text("\\u"));
    for (int shift = 12; shift >= 0; shift -= 4) {
        hgi_put_byte(out, (unsigned char) digits[unit >> shift & 15]);
    }
}

static void put_escaped(struct hgi_out *out, uint32_t code, bool upper)
{
    if (code < 0x10000) {
        put_unit(out, code, upper);
        return;
    }
    put_unit(out, 0xd800 + ((code - 0x10000) >> 10), upper);
    put_unit(out, 0xdc00 + ((code - 0x10000) & 0x3ff), upper);
}

/* Whether a serializer that is careful with HTML writes an ASCII character as an escape. */
static bool is_escaped(uint32_t code, unsigned strings)
{
    const char *which = strings & HGI_JSON_STRICT ? "<>&'+`" : strings & HGI_JSON_HTML ? "<>&" : "";
    return code > 0 && code < 0x80 && strchr(which, (int) code) != NULL;
}

/* A character that stands for itself in the text. */
static void put_plain(struct rewrite *r, size_t from, uint32_t code)
{
    unsigned strings = r->style->strings;
    if (code == '/' && strings & HGI_JSON_SLASH) {
        put(r, "\\/");
    } else if (is_escaped(code, strings)) {
        put_escaped(r->out, code, (strings & HGI_JSON_STRICT) != 0);
    } else if (code != HGI_NOT_UTF8 && code > 0x7f && strings & (HGI_JSON_LOWER | HGI_JSON_UPPER)) {
        put_escaped(r->out, code, (strings & HGI_JSON_UPPER) != 0);
    } else {
        put_part(r, from, r->at);
    }
}

/* A \u escape. */
static void put_unicode(struct rewrite *r, size_t from, uint32_t code)
{
    unsigned strings = r->style->strings;
    bool visible = code >= 0x20 && code < 0x7f && code != '"' && code != '\\';
    if (code != HGI_NOT_UTF8 && code > 0x7f && strings & HGI_JSON_RAW) {
        hgi_put_utf8(r->out, code);
    } else if (visible && strings & HGI_JSON_NO_HTML) {
        hgi_put_byte(r->out, code);
    } else if (code == '"' && strings & HGI_JSON_NO_HTML) {
        put(r, "\\\"");
    } else if (code != HGI_NOT_UTF8 && strings & (HGI_JSON_LOWER | HGI_JSON_UPPER)) {
        put_escaped(r->out, code, (strings & HGI_JSON_UPPER) != 0);
    } else {
        put_part(r, from, r->at);
    }
}

/* An escape of any kind, at the backslash. */
static bool escape(struct rewrite *r)
{
    size_t from = r->at;
    char c = r->at + 1 < r->text.len ? r->text.ptr[r->at + 1] : '\0';
    if (c == 'u') {
        if (unit_at(r->text, from) < 0) {
            return false;
        }
        uint32_t code = escaped_code(r->text, &r->at);
        if (r->out != NULL) {
            put_unicode(r, from, code);
        }
        return true;
    }
    if (c == '\0' || strchr("\"\\/bfnrt", c) == NULL) {
        return false;
    }
    r->at += 2;
    if (c == '/' && r->style->strings & HGI_JSON_NO_SLASH) {
        put(r, "/");
    } else if (c == '"' && r->style->strings & HGI_JSON_STRICT && r->out != NULL) {
        put_escaped(r->out, '"', true);
    } else {
        put_part(r, from, r->at);
    }
    return true;
}

static bool string(struct rewrite *r)
{
    if (!take(r, '"')) {
        return false;
    }
    put(r, "\"");
    while (r->at < r->text.len && r->text.ptr[r->at] != '"') {
        size_t from = r->at;
        if (r->text.ptr[from] == '\\') {
            if (!escape(r)) {
                return false;
            }
            continue;
        }
        if ((unsigned char) r->text.ptr[from] < 0x20) {
            return false;
        }
        uint32_t code = hgi_next_utf8(r->text, &r->at);
        if (r->out != NULL) {
            put_plain(r, from, code);
        }
    }
    put(r, "\"");
    return take(r, '"');
}

/* ---- Numbers and words ----------------------------------------------------------------------- */

static size_t digits(struct rewrite *r)
{
    size_t from = r->at;
    while (peek(r) >= '0' && peek(r) <= '9') {
        r->at++;
    }
    return r->at - from;
}

/* Where the fraction and the exponent of a number begin; the number's end when they lack. */
struct number {
    size_t from, point, exponent, to;
};

static bool scan_number(struct rewrite *r, struct number *n)
{
    n->from = r->at;
    (void) take(r, '-');
    if (digits(r) == 0) {
        return false;
    }
    n->point = r->at;
    if (take(r, '.') && digits(r) == 0) {
        return false;
    }
    n->exponent = r->at;
    if (take(r, 'e') || take(r, 'E')) {
        if (!take(r, '+')) {
            (void) take(r, '-');
        }
        if (digits(r) == 0) {
            return false;
        }
    }
    n->to = r->at;
    return true;
}

/* Whether the exponent, if there is one, is zero. */
static bool no_power(const struct rewrite *r, const struct number *n)
{
    for (size_t i = n->exponent + 1; i < n->to; i++) {
        if (strchr("+-0", r->text.ptr[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static bool number(struct rewrite *r)
{
    struct number n;
    if (!scan_number(r, &n)) {
        return false;
    }
    bool whole = n.point == n.to;
    enum hgi_json_numbers numbers = r->style->numbers;
    if (numbers == HGI_JSON_INTEGERS && !whole && no_power(r, &n)) {
        size_t end = n.exponent;
        while (end > n.point + 1 && r->text.ptr[end - 1] == '0') {
            end--;
        }
        put_part(r, n.from, end == n.point + 1 ? n.point : end);
        return true;
    }
    put_part(r, n.from, n.to);
    if (whole && numbers >= HGI_JSON_DECIMALS) {
        put(r, numbers == HGI_JSON_DECIMALS ? ".0" : "e0");
    }
    return true;
}

static bool word(struct rewrite *r)
{
    static const char *const words[] = {"true", "false", "null"};
    hg_str rest = hgi_part(r->text, r->at, r->text.len - r->at);
    for (size_t i = 0; i < 3; i++) {
        if (hgi_starts(rest, hg_text(words[i]))) {
            r->at += strlen(words[i]);
            put(r, words[i]);
            return true;
        }
    }
    return number(r);
}

/* ---- Arrays and objects ---------------------------------------------------------------------- */

/* The comma between two elements, and a layout's white space before the second. */
static bool comma(struct rewrite *r, unsigned depth)
{
    if (!take(r, ',')) {
        return false;
    }
    put(r, r->style->layout == HGI_JSON_SPACED ? ", " : ",");
    line(r, depth);
    space(r);
    return true;
}

static bool array(struct rewrite *r, unsigned depth)
{
    put(r, "[");
    space(r);
    if (take(r, ']')) {
        put(r, "]");
        return true;
    }
    line(r, depth + 1);
    do {
        if (!value(r, depth + 1)) {
            return false;
        }
        space(r);
    } while (comma(r, depth + 1));
    line(r, depth);
    put(r, "]");
    return take(r, ']');
}

/* A member's name and colon. */
static bool name(struct rewrite *r)
{
    if (!string(r)) {
        return false;
    }
    space(r);
    if (!take(r, ':')) {
        return false;
    }
    put(r, r->style->layout >= HGI_JSON_SPACED ? ": " : ":");
    space(r);
    return true;
}

static bool plain_object(struct rewrite *r, unsigned depth)
{
    line(r, depth + 1);
    do {
        if (!name(r) || !value(r, depth + 1)) {
            return false;
        }
        space(r);
    } while (comma(r, depth + 1));
    line(r, depth);
    put(r, "}");
    return take(r, '}');
}

/* A member of an object whose members are chosen or sorted: where it is, and its name. */
struct member {
    size_t at;
    hg_str name;
    size_t order; /* keeps equal names as they were */
    bool null;
};

static int by_name(const void *a, const void *b)
{
    const struct member *x = a;
    const struct member *y = b;
    size_t len = x->name.len < y->name.len ? x->name.len : y->name.len;
    for (size_t i = 0; i < len; i++) {
        if (x->name.ptr[i] != y->name.ptr[i]) {
            return (unsigned char) x->name.ptr[i] < (unsigned char) y->name.ptr[i] ? -1 : 1;
        }
    }
    if (x->name.len != y->name.len) {
        return x->name.len < y->name.len ? -1 : 1;
    }
    return x->order < y->order ? -1 : 1;
}

/* Reads over the members without writing. Leaves the place at the closing brace. */
static bool list_members(struct rewrite *r, unsigned depth, struct member *members, size_t *count)
{
    struct hgi_out *out = r->out;
    bool good = true;
    r->out = NULL;
    do {
        space(r);
        struct member *m = &members[*count];
        *m = (struct member){.at = r->at, .order = *count};
        good = *count + 1 < HGI_JSON_MEMBERS_MAX && string(r);
        if (!good) {
            break;
        }
        m->name = hgi_part(r->text, m->at + 1, r->at - m->at - 2);
        space(r);
        good = take(r, ':');
        space(r);
        m->null = peek(r) == 'n';
        good = good && value(r, depth + 1);
        *count += !(m->null && r->style->no_nulls);
        space(r);
    } while (good && take(r, ','));
    r->out = out;
    return good && peek(r) == '}';
}

static bool write_members(struct rewrite *r, unsigned depth, const struct member *members,
                          size_t count)
{
    size_t end = r->at + 1;
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            put(r, r->style->layout == HGI_JSON_SPACED ? ", " : ",");
        }
        line(r, depth + 1);
        r->at = members[i].at;
        if (!name(r) || !value(r, depth + 1)) {
            return false;
        }
    }
    if (count > 0) {
        line(r, depth);
    }
    put(r, "}");
    r->at = end;
    return true;
}

static bool chosen_object(struct rewrite *r, unsigned depth)
{
    size_t count = 0;
    struct member *members = malloc(HGI_JSON_MEMBERS_MAX * sizeof *members);
    bool done = members != NULL && list_members(r, depth, members, &count);
    if (done && r->out != NULL) {
        if (r->style->sorted && count > 1) {
            qsort(members, count, sizeof *members, by_name);
        }
        done = write_members(r, depth, members, count);
    } else if (done) {
        r->at++;
    }
    free(members);
    return done;
}

static bool object(struct rewrite *r, unsigned depth)
{
    put(r, "{");
    space(r);
    if (take(r, '}')) {
        put(r, "}");
        return true;
    }
    bool chosen = (r->style->sorted || r->style->no_nulls) && r->out != NULL;
    return chosen ? chosen_object(r, depth) : plain_object(r, depth);
}

static bool value(struct rewrite *r, unsigned depth)
{
    if (depth > HGI_JSON_DEPTH_MAX) {
        return false;
    }
    switch (peek(r)) {
    case '{': r->at++; return object(r, depth);
    case '[': r->at++; return array(r, depth);
    case '"': return string(r);
    default: return word(r);
    }
}

bool hgi_json_write(hg_str text, const struct hgi_json_style *style, struct hgi_out *out)
{
    struct rewrite r = {text, 0, style, out};
    space(&r);
    if (!value(&r, 0)) {
        return false;
    }
    space(&r);
    return r.at == text.len;
}

/* ---- Looking into a text --------------------------------------------------------------------- */

static const struct hgi_json_style as_it_is;

bool hgi_json_string_value(hg_str text, struct hgi_out *out)
{
    static const char marks[] = "\"\\/bfnrt";
    static const char values[] = "\"\\/\b\f\n\r\t";
    struct rewrite r = {text, 0, &as_it_is, NULL};
    if (!string(&r) || r.at != text.len) {
        return false;
    }
    for (size_t i = 1; i + 1 < text.len;) {
        if (text.ptr[i] != '\\') {
            hgi_put_byte(out, (unsigned char) text.ptr[i++]);
        } else if (text.ptr[i + 1] == 'u') {
            uint32_t code = escaped_code(text, &i);
            hgi_put_utf8(out, code == HGI_NOT_UTF8 ? 0xfffd : code);
        } else {
            const char *mark = strchr(marks, text.ptr[i + 1]);
            hgi_put_byte(out, (unsigned char) values[mark - marks]);
            i += 2;
        }
    }
    return true;
}

bool hgi_json_member(hg_str text, size_t *at, hg_str *key, hg_str *content)
{
    struct rewrite r = {text, *at, &as_it_is, NULL};
    space(&r);
    if (!take(&r, *at == 0 ? '{' : ',')) {
        return false;
    }
    space(&r);
    size_t from = r.at;
    if (!string(&r)) {
        return false;
    }
    *key = hgi_part(text, from + 1, r.at - from - 2);
    space(&r);
    if (!take(&r, ':')) {
        return false;
    }
    space(&r);
    from = r.at;
    if (!value(&r, 1)) {
        return false;
    }
    *content = hgi_part(text, from, r.at - from);
    *at = r.at;
    return true;
}
