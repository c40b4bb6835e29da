/* SPDX-License-Identifier: MIT
 *
 * Discovering: what in a request's headers may be a signature.
 *
 * Each value is cut at each separator, each item at each mark that a prefix may end with; what
 * decodes to the length of a MAC is a target, and the way there a form of reading it.
 */
#include "core/discover.h"
#include "core/text.h"

/* How odd a form is: the least odd one that reproduces every request becomes the row. */
enum {
    PLAIN = 0,      /* what this shape of value nearly always means */
    LONE = 1,       /* a whole value without a list's marks in it */
    BARE_LIST = 2,  /* items that are signatures and nothing else */
    ONE_OF_ONE = 4, /* a list in which one item was seen */
    PREFIX_LIST = 5,
    HOLDS_LIST = 8 /* one item, though a list's marks are in it */
};

static bool is_mac_length(size_t len)
{
    for (int hash = HGI_SHA1; hash <= HGI_SHA512; hash++) {
        if (hgi_mac_len((enum hgi_hash) hash) == len) {
            return true;
        }
    }
    return false;
}

static bool is_hex(hg_str text)
{
    unsigned char bytes[2 * HG_MAC_MAX];
    size_t len;
    return hg_decode(HG_HEX, text, bytes, sizeof bytes, &len);
}

/* Decodes a signature. Hex digits alone are never read as base64: no MAC is spelled like that. */
static bool decode(hg_encoding encoding, hg_str text, struct hgi_target *target)
{
    struct hgi_target made = {0};
    bool done = (encoding == HG_HEX || !is_hex(text)) &&
                hg_decode(encoding, text, made.mac, sizeof made.mac, &made.len) &&
                is_mac_length(made.len);
    if (done) {
        *target = made;
    }
    return done;
}

bool hgi_is_signature_text(hg_str text)
{
    struct hgi_target target;
    return decode(HG_HEX, text, &target) || decode(HG_BASE64, text, &target) ||
           decode(HG_BASE64URL, text, &target);
}

/* The place of a target; a new one if it was not seen yet. HGI_TARGETS_MAX when there is no room.
 */
static size_t target_of(struct hgi_sample *sample, const struct hgi_target *target)
{
    size_t i = 0;
    while (i < sample->target_count &&
           (sample->targets[i].len != target->len ||
            !hgi_equal(sample->targets[i].mac, target->mac, target->len))) {
        i++;
    }
    if (i == sample->target_count && i < HGI_TARGETS_MAX) {
        sample->targets[sample->target_count++] = *target;
    }
    return i;
}

static void add_form(struct hgi_sample *sample, const struct hgi_form *form)
{
    if (sample->form_count < HGI_FORMS_MAX) {
        sample->forms[sample->form_count++] = *form;
    }
}

/* "v1" and the like, as Standard Webhooks names its signatures: its lists have spaces. */
static bool is_version(hg_str text)
{
    return text.len >= 2 && text.len <= 4 && text.ptr[0] == 'v' && text.ptr[1] >= '0' &&
           text.ptr[1] <= '9';
}

static bool has_any(hg_str text, const char *marks)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] != '\0' && strchr(marks, text.ptr[i]) != NULL) {
            return true;
        }
    }
    return false;
}

static unsigned oddness_of(const struct hgi_form *form, size_t items)
{
    hg_str key = form->before;
    bool comma = key.len > 0 && key.ptr[key.len - 1] == ',';
    while (key.len > 0 && strchr("=,:;. \"", key.ptr[key.len - 1]) != NULL) {
        key.len--;
    }
    if (comma && is_version(key)) {
        return form->separator == ' ' ? PLAIN : HOLDS_LIST;
    }
    if (form->separator == 0) {
        return has_any(key, ",;=") ? HOLDS_LIST : LONE;
    }
    if (items == 1) {
        return ONE_OF_ONE;
    }
    if (form->separator == ' ') { /* "HMAC sig=…" is rather one item with a blank in its prefix */
        return form->before.len > 0 ? BARE_LIST : HOLDS_LIST;
    }
    return form->before.len > 0 ? PLAIN : BARE_LIST;
}

/* A form whose prefix stands before the whole list: "v0=one,two". */
static void add_prefix_form(struct hgi_sample *sample, const struct hgi_form *form)
{
    struct hgi_form listed = *form;
    if (form->separator != 0 && form->before.len > 0 && form->after.len == 0) {
        listed.prefix = form->before;
        listed.before = (hg_str){NULL, 0};
        listed.oddness = PREFIX_LIST;
        add_form(sample, &listed);
    }
}

/* Reads what stands from byte `at` of an item on, in each encoding. */
static void read_at(struct hgi_sample *sample, struct hgi_form form, hg_str item, size_t at,
                    size_t items)
{
    struct hgi_target target;
    hg_str text = hgi_part(item, at, item.len - at);
    form.before = hgi_part(item, 0, at);
    form.after = (hg_str){NULL, 0};
    if (at > 0 && item.ptr[at - 1] == '"' && text.len > 0 && text.ptr[text.len - 1] == '"') {
        form.after = hgi_part(text, text.len - 1, 1);
        text.len--;
    }
    form.oddness += oddness_of(&form, items);
    for (int encoding = HG_HEX; encoding <= HG_BASE64URL; encoding++) {
        form.encoding = (hg_encoding) encoding;
        if (!decode(form.encoding, text, &target)) {
            continue;
        }
        form.target = target_of(sample, &target);
        if (form.target < HGI_TARGETS_MAX && at <= HG_NAME_MAX) {
            add_form(sample, &form);
            add_prefix_form(sample, &form);
        }
        form.oddness++; /* without '+', '/' and '=' it is base64url too */
    }
}

/* Base64 has no mark of these in it, but for '=' at its end, behind which nothing decodes. */
static void read_item(struct hgi_sample *sample, const struct hgi_form *form, hg_str item,
                      size_t items)
{
    read_at(sample, *form, item, 0, items);
    for (size_t i = 0; i < item.len; i++) {
        if (strchr("=,:;. \"", item.ptr[i]) != NULL && item.ptr[i] != '\0') {
            read_at(sample, *form, item, i + 1, items);
        }
    }
}

bool hgi_next_item(char separator, hg_str *rest, hg_str *item)
{
    const char *end = NULL;
    if (rest->ptr == NULL) {
        return false;
    }
    if (separator != 0) {
        end = memchr(rest->ptr, separator, rest->len);
    }
    size_t len = end != NULL ? (size_t) (end - rest->ptr) : rest->len;
    *item = hgi_trim(hgi_part(*rest, 0, len));
    *rest = end != NULL ? hgi_part(*rest, len + 1, rest->len - len - 1) : (hg_str){NULL, 0};
    return true;
}

static void read_value(struct hgi_sample *sample, struct hgi_form *form, hg_str value)
{
    static const char separators[] = {0, ',', ';', ' '};
    for (size_t i = 0; i < sizeof separators; i++) {
        hg_str rest = value;
        hg_str item;
        size_t items = 0;
        while (hgi_next_item(separators[i], &rest, &item)) {
            items++;
        }
        form->separator = separators[i];
        rest = value;
        while (hgi_next_item(separators[i], &rest, &item)) {
            read_item(sample, form, item, items);
        }
    }
}

/* How often a header of that name occurs. */
static size_t occurrences(const hg_request *request, hg_str name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->header_count; i++) {
        count += hgi_same_name(request->headers[i].name, name);
    }
    return count;
}

/* "Name-1" to "Name-99": the length of the number with its dash; else 0. */
static size_t number_at_end(hg_str name)
{
    size_t digits = 0;
    while (digits < name.len && name.ptr[name.len - 1 - digits] >= '0' &&
           name.ptr[name.len - 1 - digits] <= '9') {
        digits++;
    }
    bool numbered = digits >= 1 && digits <= 2 && name.len > digits + 1 &&
                    name.ptr[name.len - digits] != '0' && name.ptr[name.len - digits - 1] == '-';
    return numbered ? digits + 1 : 0;
}

static void read_header(struct hgi_sample *sample, const hg_request *request,
                        const hg_header *header)
{
    hg_str value = hgi_trim(header->value);
    struct hgi_form form = {.header = header->name};
    size_t number = number_at_end(header->name);
    if (value.len == 0 || !hgi_is_field_value(value)) {
        return;
    }
    if (number > 0) {
        form.header.len -= number;
        form.several = "numbered";
        read_value(sample, &form, value);
        form.header.len += number;
        form.oddness = ONE_OF_ONE;
    }
    form.several = occurrences(request, header->name) > 1 ? "repeated" : NULL;
    read_value(sample, &form, value);
}

void hgi_forms_take(struct hgi_sample *sample)
{
    const hg_request *request = sample->request;
    for (size_t i = 0; i < request->header_count; i++) {
        hg_str name = request->headers[i].name;
        if (name.len <= HG_NAME_MAX && hgi_is_token(name)) {
            read_header(sample, request, &request->headers[i]);
        }
    }
}
