/* SPDX-License-Identifier: MIT
 *
 * Discovering: what the proof leaves open, in sentences.
 *
 * They name headers, words and items of the scheme, never a value that a request holds.
 */
#include "core/discover.h"

#include <stdarg.h>
#include <stdio.h>

#include "core/text.h"

const char *hg_note_name(hg_note_kind kind)
{
    switch (kind) {
    case HG_NOTE_BUILTIN: return "builtin";
    case HG_NOTE_EQUAL_BYTES: return "equal_bytes";
    case HG_NOTE_EVENT_CONSTANT: return "event_constant";
    case HG_NOTE_ID_CONSTANT: return "id_constant";
    case HG_NOTE_HEADER_CONSTANT: return "header_constant";
    case HG_NOTE_LITERAL: return "literal";
    case HG_NOTE_TOLERANCE: return "tolerance";
    case HG_NOTE_TIME_FORMAT: return "time_format";
    case HG_NOTE_KEY: return "key";
    case HG_NOTE_ENCODING: return "encoding";
    case HG_NOTE_LIST: return "list";
    case HG_NOTE_GRAMMAR: return "grammar";
    case HG_NOTE_BODY_EMPTY: return "body_empty";
    case HG_NOTE_UNSIGNED: return "unsigned";
    }
    return "unknown";
}

static void __attribute__((format(printf, 3, 4)))
note(hg_discovery *to, hg_note_kind kind, const char *format, ...)
{
    va_list arguments;
    if (to->note_count == HG_NOTES_MAX) {
        return;
    }
    hg_note *made = &to->notes[to->note_count++];
    made->kind = kind;
    va_start(arguments, format);
    (void) vsnprintf(made->text, sizeof made->text, format, arguments);
    va_end(arguments);
}

#define SLICE(text) (int) (text).len, (text).ptr

enum { PLACE_MAX = 2 * HG_NAME_MAX + 32 };

/* Where a source stands, for people. */
static const char *place(const struct hgi_source *source, char text[PLACE_MAX])
{
    switch (source->kind) {
    case HGI_FROM_WORD: snprintf(text, PLACE_MAX, "%s", source->word); break;
    case HGI_FROM_LABEL:
    case HGI_FROM_HEADER: snprintf(text, PLACE_MAX, "header %.*s", SLICE(source->name)); break;
    case HGI_FROM_TIME:
    case HGI_FROM_LITERAL:
        snprintf(text, PLACE_MAX, "the item %.*s of header %.*s", SLICE(source->before),
                 SLICE(source->name));
        break;
    }
    return text;
}

/* ---- Equal bytes ----------------------------------------------------------------------------- */

/* What a source holds without its label. */
static hg_str value_of(const struct hgi_source *source)
{
    size_t skip = source->kind == HGI_FROM_LABEL ? source->name.len + 1 : 0;
    return hgi_part(source->text, skip, source->text.len - skip);
}

static bool same_place(const struct hgi_source *a, const struct hgi_source *b)
{
    return a->kind != HGI_FROM_WORD && b->kind != HGI_FROM_WORD && hgi_same(a->before, b->before) &&
           hgi_same_name(a->name, b->name);
}

/* Whether two sources have the same bytes in each request. */
static bool equal_everywhere(const struct hgi_search *search, const struct hgi_source *a,
                             const struct hgi_source *b)
{
    hg_str left, right;
    if (!hgi_same(value_of(a), value_of(b))) {
        return false;
    }
    for (size_t i = 0; i < search->options->request_count; i++) {
        const hg_request *request = &search->options->requests[i];
        if (request != search->sample.request &&
            (!hgi_source_in(a, request, &left) || !hgi_source_in(b, request, &right) ||
             !hgi_same(left, right))) {
            return false;
        }
    }
    return true;
}

static bool is_chosen(const struct hgi_choice *choice, const struct hgi_source *source)
{
    for (size_t i = 0; i < choice->match->parts; i++) {
        if (choice->sources[i] == source || same_place(choice->sources[i], source)) {
            return true;
        }
    }
    return false;
}

static void note_equal(const struct hgi_search *search, const struct hgi_choice *choice,
                       hg_discovery *to)
{
    char one[PLACE_MAX], other[PLACE_MAX];
    for (size_t i = 0; i < choice->match->parts; i++) {
        for (size_t j = 0; j < search->sample.source_count; j++) {
            const struct hgi_source *source = &search->sample.sources[j];
            if (source->kind != HGI_FROM_LABEL && value_of(source).len > 0 &&
                !is_chosen(choice, source) &&
                equal_everywhere(search, choice->sources[i], source)) {
                note(to, HG_NOTE_EQUAL_BYTES,
                     "%s has the same bytes as %s in every request: either may be signed",
                     place(source, other), place(choice->sources[i], one));
            }
        }
    }
}

/* Whether another encoding, separator or header would reproduce every request too. */
static bool holds_with(const struct hgi_search *search, hg_scheme_spec row)
{
    hg_scheme *scheme = NULL;
    bool holds = false;
    row.timestamp.tolerance_s = HG_NO_TOLERANCE;
    if (hg_scheme_new(&row, &scheme, NULL) == HG_OK) {
        holds = hgi_row_holds(search, scheme) == HG_OK;
        hg_scheme_free(scheme);
    }
    return holds;
}

/* Two headers with the same signature. */
static void note_equal_signature(const struct hgi_search *search, const struct hgi_choice *choice,
                                 hg_discovery *to)
{
    char name[HG_NAME_MAX + 1];
    hg_scheme_spec row = choice->row->spec;
    row.signature.header = name;
    for (size_t i = 0; i < search->sample.form_count; i++) {
        const struct hgi_form *form = &search->sample.forms[i];
        if (form->target == choice->form->target && form->separator == choice->form->separator &&
            form->several == NULL && !hgi_same_name(form->header, choice->form->header)) {
            snprintf(name, sizeof name, "%.*s", SLICE(form->header));
            if (holds_with(search, row)) {
                note(to, HG_NOTE_EQUAL_BYTES,
                     "header %s has the same signature as header %s in every request", name,
                     choice->row->spec.signature.header);
            }
        }
    }
}

/* ---- Parts that never varied ----------------------------------------------------------------- */

static bool is_header(const struct hgi_source *source)
{
    return source->kind == HGI_FROM_HEADER || source->kind == HGI_FROM_LABEL;
}

static void note_constant(const struct hgi_search *search, const struct hgi_choice *choice,
                          hg_discovery *to)
{
    for (size_t i = 0; i < choice->match->parts; i++) {
        const struct hgi_source *source = choice->sources[i];
        if (!is_header(source) || hgi_source_varies(search, source)) {
            continue;
        }
        if (source == choice->row->event) {
            note(to, HG_NOTE_EVENT_CONSTANT,
                 "header %.*s is taken for the event by its name: it never varied here",
                 SLICE(source->name));
        } else if (source == choice->row->id) {
            note(to, HG_NOTE_ID_CONSTANT,
                 "header %.*s is taken for the id by its name: one request can't show that each "
                 "delivery has its own",
                 SLICE(source->name));
        } else if (source != choice->row->time) {
            note(to, HG_NOTE_HEADER_CONSTANT,
                 "header %.*s never varied: its value as literal text would sign the same",
                 SLICE(source->name));
        }
    }
}

/* The word that a prefix begins with, such as v0. */
static hg_str prefix_word(const struct hgi_prefix *prefix)
{
    size_t joiner = prefix->len > 0 ? strlen(hgi_separator(prefix->joiner)) : 0;
    return (hg_str){prefix->text, prefix->len - joiner};
}

static void note_literals(const struct hgi_search *search, const struct hgi_choice *choice,
                          hg_discovery *to)
{
    char text[PLACE_MAX];
    hg_str word = prefix_word(choice->match->prefix);
    for (size_t i = 0; i < choice->match->parts; i++) {
        if (choice->sources[i]->kind == HGI_FROM_LITERAL) {
            note(to, HG_NOTE_LITERAL,
                 "%s is signed as literal text: a delivery with another value needs another row",
                 place(choice->sources[i], text));
        }
    }
    for (size_t i = 0; word.len > 0 && i < search->sample.source_count; i++) {
        const struct hgi_source *source = &search->sample.sources[i];
        if (source->kind != HGI_FROM_LABEL && hgi_same(source->text, word)) {
            note(to, HG_NOTE_LITERAL,
                 "the literal in front of the signed text has the same bytes as %s: either may be "
                 "signed",
                 place(source, text));
        }
    }
}

/* ---- Time, key, signature -------------------------------------------------------------------- */

static void note_tolerance(const hg_scheme_spec *row, hg_discovery *to)
{
    if (row->timestamp.format != NULL && row->timestamp.tolerance_s != HG_NO_TOLERANCE) {
        note(to, HG_NOTE_TOLERANCE,
             "the tolerance of %lld s is not the sender's word: no delivery shows how old one may "
             "be",
             (long long) row->timestamp.tolerance_s);
    }
}

static void note_time(const struct hgi_choice *choice, hg_discovery *to)
{
    bool sure = true;
    char text[PLACE_MAX];
    const struct hgi_source *time = choice->row->time;
    note_tolerance(&choice->row->spec, to);
    if (time != NULL) {
        (void) hgi_source_time(time, &sure);
    }
    if (!sure) {
        note(to, HG_NOTE_TIME_FORMAT,
             "%s reads as no time of this century: its format %s is a guess", place(time, text),
             choice->row->spec.timestamp.format);
    }
}

static void note_encoding(const struct hgi_search *search, const struct hgi_choice *choice,
                          hg_discovery *to)
{
    hg_scheme_spec row = choice->row->spec;
    if (choice->form->encoding == HG_BASE64) {
        row.signature.encoding = "base64url";
        if (holds_with(search, row)) {
            note(to, HG_NOTE_ENCODING,
                 "the signatures read the same as base64 and as base64url: the row says base64");
        }
    }
}

/* Senders that name a version in front of the signature send several while a key is changed. */
static void note_list(const struct hgi_search *search, const struct hgi_choice *choice,
                      hg_discovery *to)
{
    hg_scheme_spec row = choice->row->spec;
    hg_str before = choice->form->before;
    bool version =
        before.len >= 3 && before.ptr[0] == 'v' && before.ptr[1] >= '0' && before.ptr[1] <= '9';
    if (!version || row.timestamp.item != NULL) {
        return;
    }
    bool list = row.signature.separator != NULL;
    row.signature.separator = list ? NULL : before.ptr[before.len - 1] == ',' ? " " : ",";
    if (holds_with(search, row)) {
        note(to, HG_NOTE_LIST, "each request has one signature: %s",
             list ? "that several would be separated by spaces is a guess"
                  : "a sender that sends several while a key is changed needs a separator");
    }
}

static void note_key(const struct hgi_choice *choice, hg_discovery *to)
{
    const struct hgi_engine *engine = choice->match->engine;
    if (engine->other_key != NULL) {
        note(to, HG_NOTE_KEY, "the secret decodes to the same key as %s and as %s: the row says %s",
             engine->key, engine->other_key, engine->key);
    }
}

/* ---- What is not signed ---------------------------------------------------------------------- */

static void note_body(const struct hgi_search *search, const hg_scheme *scheme, hg_discovery *to)
{
    bool empty = true;
    for (size_t i = 0; i < search->options->request_count; i++) {
        empty = empty && search->options->requests[i].body.len == 0;
    }
    if (empty) {
        note(to, HG_NOTE_BODY_EMPTY,
             "every body is empty: nothing shows whether and where it is "
             "signed");
    } else if (!hg_scheme_binds(scheme, HG_PART_BODY)) {
        note(to, HG_NOTE_UNSIGNED,
             "the signature does not cover the body: it may be changed in "
             "transit");
    }
}

static bool equals_chosen(const struct hgi_search *search, const struct hgi_choice *choice,
                          const struct hgi_source *source)
{
    for (size_t i = 0; i < choice->match->parts; i++) {
        if (equal_everywhere(search, choice->sources[i], source)) {
            return true;
        }
    }
    return is_chosen(choice, source);
}

static void note_unsigned(const struct hgi_search *search, const struct hgi_choice *choice,
                          hg_discovery *to)
{
    for (size_t i = 0; i < search->sample.source_count; i++) {
        const struct hgi_source *source = &search->sample.sources[i];
        bool named = source->rank == HGI_RANK_TIME ||
                     (source->rank <= HGI_RANK_NAMED &&
                      (hgi_names_id(source->name) || hgi_names_event(source->name)));
        if (source->kind != HGI_FROM_HEADER || !named || equals_chosen(search, choice, source)) {
            continue;
        }
        note(
            to, HG_NOTE_UNSIGNED,
            "header %.*s looks like %s, but the signature does not cover it: the row leaves it out",
            SLICE(source->name),
            source->rank == HGI_RANK_TIME ? "a time"
            : hgi_names_id(source->name)  ? "an id"
                                          : "an event");
    }
}

/* ---- The whole ------------------------------------------------------------------------------- */

static void note_twin_row(const struct hgi_search *search, const hg_scheme_spec *row,
                          hg_discovery *to)
{
    const hg_scheme_spec *builtin;
    for (size_t i = 0; (builtin = hg_scheme_builtin(i)) != NULL; i++) {
        if (hgi_row_same(row, builtin) && !hgi_row_hidden(search, builtin)) {
            note(to, HG_NOTE_BUILTIN, "it signs the same as the built-in scheme %s", builtin->name);
        }
    }
}

void hgi_notes_of_choice(const struct hgi_search *search, const struct hgi_choice *choice,
                         hg_discovery *discovery)
{
    note_twin_row(search, &choice->row->spec, discovery);
    note_body(search, discovery->scheme, discovery);
    note_equal(search, choice, discovery);
    note_equal_signature(search, choice, discovery);
    note_constant(search, choice, discovery);
    note_literals(search, choice, discovery);
    note_time(choice, discovery);
    note_key(choice, discovery);
    note_encoding(search, choice, discovery);
    note_list(search, choice, discovery);
    if (choice->row->spec.event.grammar != NULL) {
        note(discovery, HG_NOTE_GRAMMAR,
             "the events are WebinOne's: the row admits no other grammar than type.action");
    }
    note_unsigned(search, choice, discovery);
}

void hgi_notes_of_builtin(const struct hgi_search *search, const hg_scheme_spec *row,
                          hg_discovery *discovery)
{
    const hg_scheme_spec *other;
    note(discovery, HG_NOTE_BUILTIN, "it is the built-in scheme %s", row->name);
    for (size_t i = 0; (other = hg_scheme_builtin(i)) != NULL; i++) {
        if (other != row && hgi_row_same(row, other) && !hgi_row_hidden(search, other)) {
            note(discovery, HG_NOTE_BUILTIN, "the built-in scheme %s signs the same", other->name);
        }
    }
    note_body(search, discovery->scheme, discovery);
    note_tolerance(row, discovery);
}
