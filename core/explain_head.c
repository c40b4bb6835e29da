/* SPDX-License-Identifier: MIT
 *
 * Causes in the headers: where the parts of the signed text come from, and how they are spelled.
 */
#include <stdio.h>

#include "core/explain.h"
#include "core/text.h"

enum {
    HEADERS_MAX = 48 /* headers that are tried in a role: behind two proxies a request has 30 */
};

typedef struct hgi_texts texts;
typedef struct hgi_text text;
typedef struct hgi_text_cause cause;

static bool is_role_header(const text *from, hg_str name)
{
    const hg_scheme_spec *row = &from->row;
    return hgi_is_named(name, row->signature.header) || hgi_is_named(name, row->timestamp.header) ||
           hgi_is_named(name, row->event.header) || hgi_is_named(name, row->id.header);
}

bool hgi_is_signed(const text *from, const char *word)
{
    return strstr(from->row.signed_text, word) != NULL;
}

void hgi_each_header(texts *list, const text *from, const cause *self,
                     void (*use)(texts *list, const text *from, const cause *self,
                                 const hg_header *header))
{
    size_t tried = 0;
    for (size_t i = 0; i < from->request.header_count && tried < HEADERS_MAX; i++) {
        const hg_header *header = &from->request.headers[i];
        if (hgi_is_special(header->name) && !is_role_header(from, header->name)) {
            use(list, from, self, header);
            tried++;
        }
    }
}

/* ---- The row as a whole ---------------------------------------------------------------------- */

/* Whether a built-in row reads the request as it is. */
static bool reads(const hg_scheme_spec *row, const hg_request *request)
{
    struct hgi_reading reading;
    hg_scheme *scheme = NULL;
    bool done = hg_scheme_new(row, &scheme, NULL) == HG_OK && !scheme->ed25519 &&
                hgi_read(scheme, request, &reading) == HG_OK;
    hg_scheme_free(scheme);
    return done;
}

/* number: 1 for the rows with the same signature header. Those commonly differ in little, which a
 * cause of its own then says better. */
static void other_scheme(texts *list, const text *from, const cause *self)
{
    const hg_scheme_spec *row;
    hg_str header = hg_text(from->row.signature.header);
    for (size_t i = 0; (row = hg_scheme_builtin(i)) != NULL; i++) {
        bool sibling = hgi_same_name(hg_text(row->signature.header), header);
        if (sibling == (self->number == 1) && strcmp(row->name, from->row.name) != 0 &&
            reads(row, &from->request)) {
            text *to = hgi_text_copy(list, from);
            to->row = *row;
            to->scheme = NULL;
            to->other_signature = true;
            hgi_text_add(list, to, self, row->name);
        }
    }
}

/* The part of a header's name from its last dash on. */
static hg_str tail_of(hg_str name)
{
    size_t at = name.len;
    while (at > 0 && name.ptr[at - 1] != '-') {
        at--;
    }
    return at > 0 ? hgi_part(name, at - 1, name.len - at + 1) : hgi_part(name, 0, 0);
}

/* A role's header under the other front; as it was when it has not the old one. */
static const char *renamed(texts *list, const char *name, hg_str old, hg_str front)
{
    hg_str is = hg_text(name);
    if (name == NULL || is.len <= old.len) {
        return name;
    }
    return hgi_same_name(hgi_part(is, 0, old.len), old)
               ? hgi_join(list->arena, front, hgi_part(is, old.len, is.len - old.len), hg_text(""))
               : name;
}

static void use_family(texts *list, const text *from, const cause *self, const hg_header *header)
{
    hg_str name = hg_text(from->row.signature.header);
    hg_str tail = tail_of(name);
    hg_str there = tail_of(header->name);
    char detail[HG_DETAIL_MAX];
    if (tail.len == 0 || !hgi_same_name(there, tail)) {
        return;
    }
    hg_str old = hgi_part(name, 0, name.len - tail.len);
    hg_str front = hgi_part(header->name, 0, header->name.len - there.len);
    text *to = hgi_text_copy(list, from);
    to->row.signature.header = renamed(list, from->row.signature.header, old, front);
    to->row.timestamp.header = renamed(list, from->row.timestamp.header, old, front);
    to->row.event.header = renamed(list, from->row.event.header, old, front);
    to->row.id.header = renamed(list, from->row.id.header, old, front);
    to->scheme = NULL;
    to->other_signature = true;
    hgi_detail_word(detail, "%s-…", front);
    hgi_text_add(list, to, self, detail);
}

static void family(texts *list, const text *from, const cause *self)
{
    if (from->row.timestamp.header != NULL || from->row.event.header != NULL ||
        from->row.id.header != NULL) {
        hgi_each_header(list, from, self, use_family);
    }
}

/* The signature header carries the time too, and has another name. */
static void use_list_header(texts *list, const text *from, const cause *self,
                            const hg_header *header)
{
    char detail[HG_DETAIL_MAX];
    text *to = hgi_text_copy(list, from);
    to->row.signature.header = hgi_arena_text(list->arena, header->name);
    to->scheme = NULL;
    to->other_signature = true;
    hgi_detail_word(detail, "%s", header->name);
    hgi_text_add(list, to, self, detail);
}

static void list_header(texts *list, const text *from, const cause *self)
{
    if (from->row.timestamp.item != NULL) {
        hgi_each_header(list, from, self, use_list_header);
    }
}

/* Of headers that occur more than once, only the first or only the last. */
static void repeated(texts *list, const text *from, const cause *self)
{
    const hg_request *request = &from->request;
    hg_header *kept = hgi_arena_take(list->arena, request->header_count * sizeof *kept + 1);
    size_t count = 0;
    for (size_t i = 0; kept != NULL && i < request->header_count && i < HG_HEADERS_MAX; i++) {
        bool again = false;
        for (size_t j = 0; j < request->header_count && j < HG_HEADERS_MAX; j++) {
            bool beside = self->number ? j > i : j < i;
            again = again ||
                    (beside && hgi_same_name(request->headers[i].name, request->headers[j].name));
        }
        if (!again) {
            kept[count++] = request->headers[i];
        }
    }
    if (kept != NULL && count < request->header_count) {
        text *to = hgi_text_copy(list, from);
        to->request.headers = kept;
        to->request.header_count = count;
        hgi_text_add(list, to, self, NULL);
    }
}

/* ---- Event and id ---------------------------------------------------------------------------- */

static void use_event_header(texts *list, const text *from, const cause *self,
                             const hg_header *header)
{
    char detail[HG_DETAIL_MAX];
    text *to = hgi_text_copy(list, from);
    to->row.event.header = hgi_arena_text(list->arena, header->name);
    to->row.event.grammar = NULL;
    to->scheme = NULL;
    hgi_detail_word(detail, "%s", header->name);
    hgi_text_add(list, to, self, detail);
}

static void event_header(texts *list, const text *from, const cause *self)
{
    if (from->row.event.header != NULL && hgi_is_signed(from, "{event}")) {
        hgi_each_header(list, from, self, use_event_header);
    }
}

static void use_id_header(texts *list, const text *from, const cause *self, const hg_header *header)
{
    char detail[HG_DETAIL_MAX];
    text *to = hgi_text_copy(list, from);
    to->row.id.header = hgi_arena_text(list->arena, header->name);
    to->scheme = NULL;
    hgi_detail_word(detail, "%s", header->name);
    hgi_text_add(list, to, self, detail);
}

static void id_header(texts *list, const text *from, const cause *self)
{
    if (from->row.id.header != NULL && hgi_is_signed(from, "{id}")) {
        hgi_each_header(list, from, self, use_id_header);
    }
}

/* An event that the grammar refuses is signed as it is. */
static void event_grammar(texts *list, const text *from, const cause *self)
{
    if (from->row.event.grammar != NULL) {
        text *to = hgi_text_copy(list, from);
        to->row.event.grammar = NULL;
        to->scheme = NULL;
        hgi_text_add(list, to, self, NULL);
    }
}

/* A header that the signature does not cover is missing or malformed: the row without it. */
static void role_missing(texts *list, const text *from, const cause *self)
{
    text *to = hgi_text_copy(list, from);
    if (hgi_is_signed(from, self->words) || from->status == HG_OK) {
        return;
    }
    switch (self->number) {
    case HG_PART_TIME: memset(&to->row.timestamp, 0, sizeof to->row.timestamp); break;
    case HG_PART_EVENT: memset(&to->row.event, 0, sizeof to->row.event); break;
    default: memset(&to->row.id, 0, sizeof to->row.id); break;
    }
    to->scheme = NULL;
    hgi_text_add(list, to, self, NULL);
}

static void state_event(texts *list, const text *from, const cause *self, const char *spelled)
{
    char detail[HG_DETAIL_MAX];
    text *to = hgi_text_copy(list, from);
    to->event = hgi_arena_keep(list->arena, hg_text(spelled));
    hgi_detail_word(detail, "as %s", hg_text(spelled));
    if (to->event.ptr != NULL) {
        hgi_text_add(list, to, self, detail);
    }
}

static void change_case(char *word, char from)
{
    for (; *word != '\0'; word++) {
        *word = (char) (*word ^ (*word >= from && *word <= from + 25 ? 0x20 : 0));
    }
}

static void event_case(texts *list, const text *from, const cause *self)
{
    char spelled[HG_VALUE_MAX + 1];
    if (from->status != HG_OK || !hgi_is_signed(from, "{event}")) {
        return;
    }
    hg_str event = from->reading.event;
    for (int upper = 0; upper < 2; upper++) {
        snprintf(spelled, sizeof spelled, "%.*s", (int) event.len, event.ptr);
        change_case(spelled, upper ? 'a' : 'A');
        state_event(list, from, self, spelled);
    }
}

/* "Order.OnCreate" with other separators, without "On", in lower case; its halves alone. */
static void event_spelling(texts *list, const text *from, const cause *self)
{
    static const char *const separators[] = {".", ":", "/", "_", "-", " ", ""};
    char spelled[HG_VALUE_MAX + 1];
    hg_str event = from->reading.event;
    const char *dot = event.len > 0 ? memchr(event.ptr, '.', event.len) : NULL;
    if (from->status != HG_OK || !hgi_is_signed(from, "{event}") || dot == NULL ||
        event.len > HG_VALUE_MAX) {
        return;
    }
    int left = (int) (dot - event.ptr);
    int right = (int) event.len - left - 1;
    bool on = right > 2 && dot[1] == 'O' && dot[2] == 'n';
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        for (int form = 0; form < 4; form++) {
            int skip = form % 2 && on ? 2 : 0;
            snprintf(spelled, sizeof spelled, "%.*s%s%.*s", left, event.ptr, separators[i],
                     right - skip, dot + 1 + skip);
            change_case(spelled, form < 2 ? '\x7f' : 'A');
            state_event(list, from, self, spelled);
        }
    }
    snprintf(spelled, sizeof spelled, "%.*s", left, event.ptr);
    state_event(list, from, self, spelled);
    snprintf(spelled, sizeof spelled, "%.*s", right, dot + 1);
    state_event(list, from, self, spelled);
}

/* ---- The table ------------------------------------------------------------------------------- */

#define BOTH_ENDS "have the sender sign what it sends, or take what it signs"

const struct hgi_text_cause hgi_head_causes[] = {
    {{"other-scheme", 1, "the delivery is signed by another built-in scheme",
      "use --scheme with the name given"},
     HGI_PART_HEADERS,
     false,
     other_scheme,
     NULL,
     0},
    {{"header-family", 2, "the headers have the expected names but for their front",
      "rename the headers in the scheme"},
     HGI_PART_HEADERS,
     false,
     family,
     NULL,
     0},
    {{"signature-list-header", 2, "signature and time stand in another header",
      "name that header in the scheme, or have the sender use the expected one"},
     HGI_PART_HEADERS,
     false,
     list_header,
     NULL,
     0},
    {{"header-repeated-first", 2, "a header occurs more than once, and the first of each is signed",
      "find who adds the second: a proxy, or the sender's own code"},
     HGI_PART_HEADERS,
     false,
     repeated,
     NULL,
     0},
    {{"header-repeated-last", 2, "a header occurs more than once, and the last of each is signed",
      "find who adds the first: a proxy, or the sender's own code"},
     HGI_PART_HEADERS,
     false,
     repeated,
     NULL,
     1},
    {{"time-missing", 2, "the timestamp is missing or malformed; the signature does not cover it",
      "have the sender add it, or take it out of the scheme"},
     HGI_PART_TIME,
     false,
     role_missing,
     "{timestamp}",
     HG_PART_TIME},
    {{"event-header", 2, "the signed event stands in another header",
      "name that header in the scheme, or have the sender use the expected one"},
     HGI_PART_EVENT,
     false,
     event_header,
     NULL,
     0},
    {{"event-grammar", 2, "the event is not written Type.Action, and is signed as it is",
      "take event.grammar out of the scheme"},
     HGI_PART_EVENT,
     false,
     event_grammar,
     NULL,
     0},
    {{"event-case", 3, "the event is signed in another case than it is sent", BOTH_ENDS},
     HGI_PART_EVENT,
     false,
     event_case,
     NULL,
     0},
    {{"event-spelling", 3, "the event is signed in another spelling than it is sent", BOTH_ENDS},
     HGI_PART_EVENT,
     true,
     event_spelling,
     NULL,
     0},
    {{"event-missing", 2, "the event is missing or malformed; the signature does not cover it",
      "have the sender add it, or take it out of the scheme"},
     HGI_PART_EVENT,
     false,
     role_missing,
     "{event}",
     HG_PART_EVENT},
    {{"id-header", 2, "the signed id stands in another header",
      "name that header in the scheme, or have the sender use the expected one"},
     HGI_PART_ID,
     false,
     id_header,
     NULL,
     0},
    {{"id-missing", 2, "the id is missing or malformed; the signature does not cover it",
      "have the sender add it, or take it out of the scheme"},
     HGI_PART_ID,
     false,
     role_missing,
     "{id}",
     HG_PART_ID},
    {.cause = {.name = NULL}},
};

/* Looked at after all others, since the first cause that leads to a text keeps it. */
const struct hgi_text_cause hgi_sibling_causes[] = {
    {{"sibling-scheme", 9, "the delivery is signed by another built-in scheme with the same header",
      "use --scheme with the name given"},
     HGI_PART_HEADERS,
     false,
     other_scheme,
     NULL,
     1},
    {{NULL, 0, NULL, NULL}, 0, false, NULL, NULL, 0},
};
