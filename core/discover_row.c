/* SPDX-License-Identifier: MIT
 *
 * Discovering: from a match to a row that reproduces every request.
 *
 * The match says which texts were signed. Which header each came from, what it is called and how
 * the signature is read out of its header may be open still: choices are made, the likeliest first,
 * and hg_verify judges each.
 */
#include "core/discover.h"

#include "core/text.h"

/* Choices tried for one match: two twins for each of five parts, and a dozen forms. */
enum { CHOICES_MAX = 512 };

#define TOLERANCE_S 300 /* ours: what most platforms use */

/* How much a choice makes of names: all roles; a time only; not even the time's format. */
enum { ROLES, TIME_ONLY, TIME_OPAQUE, MANNERS };

hg_status hgi_row_holds(const struct hgi_search *search, const hg_scheme *scheme)
{
    hg_ring *ring = NULL;
    hg_status status = hgi_search_ring(search, scheme, &ring);
    hg_options options = {.scheme = scheme, .ring = ring};
    for (size_t i = 0; status == HG_OK && i < search->options->request_count; i++) {
        status = hg_verify(&options, &search->options->requests[i]).status;
    }
    hg_ring_free(ring);
    return status;
}

/* ---- Texts ----------------------------------------------------------------------------------- */

/* Appends to a NUL-ended text of the row. */
static void put(struct hgi_row *row, char *to, size_t size, hg_str text)
{
    size_t used = strlen(to);
    if (text.len >= size - used) {
        row->full = true;
        return;
    }
    if (text.len > 0) {
        memcpy(to + used, text.ptr, text.len);
    }
    to[used + text.len] = '\0';
}

static void put_signed(struct hgi_row *row, hg_str text)
{
    put(row, row->signed_text, sizeof row->signed_text, text);
}

/* A literal of the template: braces are doubled. */
static void put_literal(struct hgi_row *row, hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        hg_str one = hgi_part(text, i, 1);
        put_signed(row, one);
        if (one.ptr[0] == '{' || one.ptr[0] == '}') {
            put_signed(row, one);
        }
    }
}

static void put_word(struct hgi_row *row, const char *word, hg_str name)
{
    put_signed(row, hg_text("{"));
    put_signed(row, hg_text(word));
    put_signed(row, name);
    put_signed(row, hg_text("}"));
}

static const char *copy_name(struct hgi_row *row, size_t index, hg_str name)
{
    put(row, row->headers[index], sizeof row->headers[index], name);
    return row->headers[index];
}

/* ---- Roles ----------------------------------------------------------------------------------- */

bool hgi_source_varies(const struct hgi_search *search, const struct hgi_source *source)
{
    hg_str first, other;
    const hg_discovering *options = search->options;
    if (!hgi_source_in(source, &options->requests[0], &first)) {
        return false;
    }
    for (size_t i = 1; i < options->request_count; i++) {
        if (hgi_source_in(source, &options->requests[i], &other) && !hgi_same(first, other)) {
            return true;
        }
    }
    return false;
}

static bool is_header(const struct hgi_source *source)
{
    return source->kind == HGI_FROM_HEADER || source->kind == HGI_FROM_LABEL;
}

/* An item of the signature header is surely meant; a header is taken for a time if it reads so. */
static const struct hgi_source *find_time(const struct hgi_choice *choice)
{
    bool sure;
    for (size_t i = 0; i < choice->match->parts; i++) {
        if (choice->sources[i]->kind == HGI_FROM_TIME) {
            return choice->sources[i];
        }
    }
    for (size_t i = 0; i < choice->match->parts; i++) {
        const struct hgi_source *source = choice->sources[i];
        hg_str value = {source->text.ptr, source->text.len};
        if (source->kind == HGI_FROM_LABEL) {
            value = hgi_part(value, source->name.len + 1, value.len - source->name.len - 1);
        }
        if (is_header(source) && source->rank == HGI_RANK_TIME &&
            hgi_guess_time(source->name, value, &sure) != 0) {
            return source;
        }
    }
    return NULL;
}

/* An id that never varied would make every delivery a duplicate of the first. */
static bool may_be_id(const struct hgi_search *search, const struct hgi_source *source)
{
    return hgi_names_id(source->name) &&
           (search->options->request_count == 1 || hgi_source_varies(search, source));
}

static void assign_roles(const struct hgi_search *search, const struct hgi_choice *choice,
                         int manner, struct hgi_row *row)
{
    row->time = find_time(choice);
    for (size_t i = 0; i < choice->match->parts && manner == ROLES; i++) {
        const struct hgi_source *source = choice->sources[i];
        if (!is_header(source) || source == row->time || source->rank >= HGI_RANK_STANDARD) {
            continue;
        }
        if (row->id == NULL && may_be_id(search, source)) {
            row->id = source;
        } else if (row->event == NULL && hgi_names_event(source->name)) {
            row->event = source;
        }
    }
}

/* ---- Members --------------------------------------------------------------------------------- */

static void put_part(struct hgi_row *row, const struct hgi_source *source)
{
    if (source->kind == HGI_FROM_LABEL) {
        put_literal(row, hgi_part(source->text, 0, source->name.len + 1));
    }
    if (source == row->time) {
        put_word(row, "timestamp", (hg_str){NULL, 0});
    } else if (source == row->event) {
        put_word(row, "event", (hg_str){NULL, 0});
    } else if (source == row->id) {
        put_word(row, "id", (hg_str){NULL, 0});
    } else if (is_header(source)) {
        put_word(row, "header:", source->name);
    } else if (source->kind == HGI_FROM_WORD) {
        put_signed(row, hg_text(source->word));
    } else {
        put_literal(row, source->text);
    }
}

static void write_signed(struct hgi_row *row, const struct hgi_choice *choice)
{
    const struct hgi_match *match = choice->match;
    put_literal(row, (hg_str){match->prefix->text, match->prefix->len});
    for (size_t i = 0; i < match->parts; i++) {
        put_literal(row, hg_text(i > 0 ? match->separators[i] : NULL));
        put_part(row, choice->sources[i]);
    }
    row->spec.signed_text = row->signed_text;
}

static const char *encoding_name(hg_encoding encoding)
{
    return encoding == HG_HEX ? "hex" : encoding == HG_BASE64 ? "base64" : "base64url";
}

static void write_signature(struct hgi_row *row, const struct hgi_form *form)
{
    put(row, row->item, sizeof row->item, form->before);
    put(row, row->item, sizeof row->item, hg_text("{sig}"));
    put(row, row->item, sizeof row->item, form->after);
    put(row, row->prefix, sizeof row->prefix, form->prefix);
    row->separator[0] = form->separator;
    row->spec.signature.header = copy_name(row, 0, form->header);
    row->spec.signature.item = row->item;
    row->spec.signature.separator = form->separator != 0 ? row->separator : NULL;
    row->spec.signature.encoding = encoding_name(form->encoding);
    row->spec.signature.prefix = form->prefix.len > 0 ? row->prefix : NULL;
    row->spec.signature.several = form->several;
}

static const char *format_name(hg_time_format format)
{
    switch (format) {
    case HG_TIME_UNIX: return "unix";
    case HG_TIME_UNIX_MS: return "unix-ms";
    case HG_TIME_RFC3339: return "rfc3339";
    case HG_TIME_HTTP_DATE: return "http-date";
    case HG_TIME_OPAQUE: break;
    }
    return "opaque";
}

hg_time_format hgi_source_time(const struct hgi_source *source, bool *sure)
{
    hg_str name = source->name;
    hg_str text = source->text;
    if (source->kind == HGI_FROM_TIME) {
        name = hgi_part(source->before, 0, source->before.len - 1);
    } else if (source->kind == HGI_FROM_LABEL) {
        text = hgi_part(text, name.len + 1, text.len - name.len - 1);
    }
    return hgi_guess_time(name, text, sure);
}

static void write_time(struct hgi_row *row, const struct hgi_form *form, int manner)
{
    bool sure;
    const struct hgi_source *time = row->time;
    row->spec.timestamp.tolerance_s = HG_NO_TOLERANCE;
    if (time == NULL) {
        return;
    }
    hg_time_format format = manner == TIME_OPAQUE ? HG_TIME_OPAQUE : hgi_source_time(time, &sure);
    row->spec.timestamp.format = format_name(format);
    if (time->kind != HGI_FROM_TIME) {
        row->spec.timestamp.header = copy_name(row, 1, time->name);
        return;
    }
    put(row, row->time_item, sizeof row->time_item, time->before);
    put(row, row->time_item, sizeof row->time_item, hg_text("{timestamp}"));
    row->spec.timestamp.item = row->time_item;
    row->full =
        row->full || time->separator != form->separator || !hgi_same_name(time->name, form->header);
}

/* The catalogue's events have a grammar that leaves the signed text one reading. */
static bool all_in_catalogue(const struct hgi_search *search, const struct hgi_source *event)
{
    const hg_item_type *type;
    const char *action;
    hg_str text;
    for (size_t i = 0; i < search->options->request_count; i++) {
        if (!hgi_source_in(event, &search->options->requests[i], &text) ||
            !hg_event_parse(text, &type, &action)) {
            return false;
        }
    }
    return true;
}

static void write_event_and_id(const struct hgi_search *search, struct hgi_row *row)
{
    if (row->event != NULL) {
        row->spec.event.header = copy_name(row, 2, row->event->name);
        row->spec.event.grammar = all_in_catalogue(search, row->event) ? "type.action" : NULL;
    }
    if (row->id != NULL) {
        row->spec.id.header = copy_name(row, 3, row->id->name);
    }
}

/* False when the choice makes no row. */
static bool write_row(const struct hgi_search *search, const struct hgi_choice *choice, int manner,
                      struct hgi_row *row)
{
    *row = (struct hgi_row){.spec = {.name = "discovered", .basis = "discovered"}};
    row->spec.algorithm = choice->match->engine->algorithm;
    row->spec.key = choice->match->engine->key;
    assign_roles(search, choice, manner, row);
    write_signature(row, choice->form);
    write_time(row, choice->form, manner);
    write_event_and_id(search, row);
    write_signed(row, choice);
    return !row->full;
}

/* ---- Choices --------------------------------------------------------------------------------- */

/* Compiles a row and lets it verify every request; then once more with a tolerance. */
static hg_status prove(const struct hgi_search *search, struct hgi_row *row, hg_scheme **scheme)
{
    hg_scheme *made = NULL;
    hg_status status = hg_scheme_new(&row->spec, &made, NULL);
    if (status == HG_OK) {
        status = hgi_row_holds(search, made);
        hg_scheme_free(made);
    }
    if (status != HG_OK) {
        return hg_status_class(status) == HG_CLASS_SYSTEM ? status : HG_MISMATCH;
    }
    if (row->time != NULL && strcmp(row->spec.timestamp.format, "opaque") != 0) {
        row->spec.timestamp.tolerance_s = TOLERANCE_S;
    }
    return hg_scheme_new(&row->spec, scheme, NULL);
}

static hg_status try_choice(const struct hgi_search *search, struct hgi_choice *choice,
                            hg_discovery *made)
{
    struct hgi_row row;
    for (int manner = ROLES; manner < MANNERS; manner++) {
        if (!write_row(search, choice, manner, &row)) {
            continue;
        }
        hg_status status = prove(search, &row, &made->scheme);
        if (status == HG_OK) {
            choice->row = &row;
            hgi_notes_of_choice(search, choice, made);
            choice->row = NULL;
        }
        if (status != HG_MISMATCH) {
            return status;
        }
    }
    return HG_MISMATCH;
}

/* The next source with the same text as the part's; false, and back to the first, past the last. */
static bool next_twin(const struct hgi_sample *sample, const struct hgi_match *match, size_t part,
                      struct hgi_choice *choice)
{
    size_t at = (size_t) (choice->sources[part] - sample->sources) + 1;
    while (at < sample->source_count && sample->sources[at].twin != match->sources[part]) {
        at++;
    }
    bool more = at < sample->source_count;
    choice->sources[part] = &sample->sources[more ? at : match->sources[part]];
    return more;
}

static bool next_choice(const struct hgi_sample *sample, const struct hgi_match *match,
                        struct hgi_choice *choice)
{
    for (size_t i = 0; i < match->parts; i++) {
        if (next_twin(sample, match, i, choice)) {
            return true;
        }
    }
    return false;
}

/* Every choice of sources with one form; *left counts down. */
static hg_status try_form(const struct hgi_search *search, const struct hgi_match *match,
                          const struct hgi_form *form, size_t *left, hg_discovery *made)
{
    struct hgi_choice choice = {.match = match, .form = form};
    hg_status status = HG_MISMATCH;
    for (size_t i = 0; i < match->parts; i++) {
        choice.sources[i] = &search->sample.sources[match->sources[i]];
    }
    do {
        status = *left > 0 ? try_choice(search, &choice, made) : status;
        *left -= *left > 0;
    } while (status == HG_MISMATCH && *left > 0 && next_choice(&search->sample, match, &choice));
    return status;
}

hg_status hgi_row_make(const struct hgi_search *search, const struct hgi_match *match,
                       hg_discovery *made)
{
    const struct hgi_sample *sample = &search->sample;
    size_t left = CHOICES_MAX;
    for (unsigned oddness = 0; oddness <= HGI_ODDNESS_MAX; oddness++) {
        for (size_t i = 0; i < sample->form_count; i++) {
            const struct hgi_form *form = &sample->forms[i];
            if (form->target != match->target || form->oddness != oddness) {
                continue;
            }
            hg_status status = try_form(search, match, form, &left, made);
            if (status != HG_MISMATCH) {
                return status;
            }
        }
    }
    return HG_MISMATCH;
}
