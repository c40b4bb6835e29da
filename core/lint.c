/* SPDX-License-Identifier: MIT
 *
 * What a valid signature of a scheme does not prove.
 */
#include "core/scheme.h"
#include "core/text.h"

#define WINDOW_LONG_S 3600 /* seconds: beyond an hour a replay is no longer a matter of timing */

/* Seconds within which the number of digits of a Unix time can't change: it has ten from 2001 to
 * 2286. */
#define SAME_DIGITS_S ((int64_t) 500000000)

/* ---- Whether the signed text has one reading ------------------------------------------------- */

static bool judges_age(const hg_scheme *scheme)
{
    return scheme->has_time && scheme->row.timestamp.tolerance_s != HG_NO_TOLERANCE;
}

/* Whether a time's form or its window leaves its border no room. */
static bool rigid_time(const hg_scheme *scheme)
{
    switch (scheme->time_format) {
    case HG_TIME_RFC3339:
    case HG_TIME_HTTP_DATE: return true;
    case HG_TIME_UNIX:
    case HG_TIME_UNIX_MS:
        return judges_age(scheme) && scheme->row.timestamp.tolerance_s < SAME_DIGITS_S;
    case HG_TIME_OPAQUE: break;
    }
    return false;
}

/* Whether a piece has the same length in every request that reaches one endpoint. */
static bool rigid(const hg_scheme *scheme, const struct hgi_piece *piece)
{
    switch (piece->word) {
    case HGI_METHOD:
    case HGI_HOST:
    case HGI_PATH: /* the receiver's own */
    case HGI_DIGEST: return true;
    case HGI_TIMESTAMP: return rigid_time(scheme);
    case HGI_LITERAL:
    case HGI_EVENT:
    case HGI_ID:
    case HGI_BODY:
    case HGI_URL:
    case HGI_QUERY:
    case HGI_HEADER:
    case HGI_FORM: break;
    }
    return false;
}

/* Whether every byte of a literal may stand in a text of that kind. */
static bool all_fit(hg_str literal, bool (*fits)(unsigned char byte))
{
    for (size_t i = 0; i < literal.len; i++) {
        if (!fits((unsigned char) literal.ptr[i])) {
            return false;
        }
    }
    return true;
}

static bool digit(unsigned char byte)
{
    return byte >= '0' && byte <= '9';
}

static bool letter_or_digit(unsigned char byte)
{
    return digit(byte) || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
}

static bool visible(unsigned char byte)
{
    return byte > 0x20 && byte < 0x7f;
}

static bool in_field_value(unsigned char byte)
{
    return (byte >= 0x20 || byte == '\t') && byte != 0x7f;
}

/* Whether the text of a piece may hold a literal that stands beside it. */
static bool may_hold(const hg_scheme *scheme, const struct hgi_piece *piece, hg_str literal)
{
    switch (piece->word) {
    case HGI_TIMESTAMP:
        return all_fit(literal, scheme->time_format == HG_TIME_OPAQUE ? visible : digit);
    case HGI_EVENT: /* one dot exactly, so a second one marks an end */
        return all_fit(literal, scheme->event_type_action ? letter_or_digit : visible);
    case HGI_ID: return !hgi_same(literal, scheme->id_stop) && all_fit(literal, visible);
    case HGI_URL:
    case HGI_QUERY: return all_fit(literal, visible);
    case HGI_HEADER: return all_fit(literal, in_field_value);
    case HGI_LITERAL:
    case HGI_BODY:
    case HGI_METHOD:
    case HGI_PATH:
    case HGI_HOST:
    case HGI_FORM:
    case HGI_DIGEST: break;
    }
    return true;
}

/* Whether a piece ends where its neighbour begins, whatever stands in it. */
static bool delimited(const hg_scheme *scheme, const struct hgi_piece *piece,
                      const struct hgi_piece *neighbour)
{
    return piece->word == HGI_LITERAL || rigid(scheme, piece) ||
           (neighbour->word == HGI_LITERAL && !may_hold(scheme, piece, neighbour->text));
}

/* The signed text can be read from the left up to the first piece without a certain end, and from
 * the right down to the last one without a certain beginning. It has one reading when they are the
 * same piece. */
static bool has_one_reading(const hg_scheme *scheme)
{
    const struct hgi_piece *pieces = scheme->template.pieces;
    size_t left = 0;
    size_t right = scheme->template.count - 1;
    while (left < right && delimited(scheme, &pieces[left], &pieces[left + 1])) {
        left++;
    }
    while (right > left && delimited(scheme, &pieces[right], &pieces[right - 1])) {
        right--;
    }
    return left == right;
}

/* ---- Weaknesses ------------------------------------------------------------------------------ */

static bool body_unsigned(const hg_scheme *scheme)
{
    return !scheme->binds[HG_PART_BODY];
}

static bool two_readings(const hg_scheme *scheme)
{
    return !has_one_reading(scheme);
}

static bool form_joined(const hg_scheme *scheme)
{
    return scheme->has_form;
}

static bool time_absent(const hg_scheme *scheme)
{
    return !scheme->has_time && !scheme->binds[HG_PART_TIME];
}

static bool time_unsigned(const hg_scheme *scheme)
{
    return scheme->has_time && !scheme->binds[HG_PART_TIME];
}

static bool age_not_judged(const hg_scheme *scheme)
{
    return scheme->binds[HG_PART_TIME] && !judges_age(scheme);
}

static bool window_long(const hg_scheme *scheme)
{
    return judges_age(scheme) && scheme->row.timestamp.tolerance_s > WINDOW_LONG_S;
}

static bool event_unsigned(const hg_scheme *scheme)
{
    return scheme->event_slot != HGI_NO_SLOT && !scheme->binds[HG_PART_EVENT];
}

static bool id_unsigned(const hg_scheme *scheme)
{
    return scheme->id_slot != HGI_NO_SLOT && !scheme->binds[HG_PART_ID];
}

/* Worst first. */
static const struct {
    bool (*holds)(const hg_scheme *scheme);
    char grade;
    hg_weakness weakness;
} weaknesses[] = {
    {body_unsigned,
     'F',
     {"body-unsigned", "whoever has seen one delivery can send any body under its signature"}},
    {two_readings,
     'D',
     {"two-readings", "nothing marks where one signed part ends and the next begins, so bytes can "
                      "be moved from one to the other"}},
    {form_joined,
     'D',
     {"form-joined", "form names and values are joined without a mark, so their borders can be "
                     "moved"}},
    {time_absent,
     'C',
     {"time-absent", "no time is signed: a delivery that was seen once can be sent again whenever "
                     "the receiver has forgotten it"}},
    {time_unsigned,
     'C',
     {"time-unsigned", "the timestamp is not signed: a delivery that was seen once can be sent "
                       "again with a fresh one"}},
    {age_not_judged,
     'C',
     {"age-not-judged", "the time is signed, but no tolerance is known: a delivery that was seen "
                        "once can be sent again whenever the receiver has forgotten it"}},
    {window_long,
     'B',
     {"window-long", "the tolerance is longer than an hour, and a delivery can be sent again all "
                     "that time"}},
    {event_unsigned,
     'B',
     {"event-unsigned", "the event header is not signed: a delivery can be passed off as another "
                        "event"}},
    {id_unsigned,
     'B',
     {"id-unsigned", "the id header is not signed: a repeat can be passed off as a new delivery"}},
};

_Static_assert(sizeof weaknesses / sizeof weaknesses[0] == HG_WEAKNESSES_MAX, "one place for each");

size_t hg_scheme_weaknesses(const hg_scheme *scheme, hg_weakness out[HG_WEAKNESSES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < HG_WEAKNESSES_MAX; i++) {
        if (weaknesses[i].holds(scheme)) {
            out[count++] = weaknesses[i].weakness;
        }
    }
    return count;
}

char hg_scheme_grade(const hg_scheme *scheme)
{
    for (size_t i = 0; i < HG_WEAKNESSES_MAX; i++) {
        if (weaknesses[i].holds(scheme)) {
            return weaknesses[i].grade;
        }
    }
    return 'A';
}
