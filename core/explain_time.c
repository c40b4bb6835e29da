/* SPDX-License-Identifier: MIT
 *
 * Causes in the time that is signed, and hints at headers that are missing.
 */
#include <stdio.h>

#include "core/explain.h"
#include "core/text.h"

enum { SHIFT_MAX = 10 }; /* seconds between the header and the signed time that are tried */

typedef struct hgi_texts texts;
typedef struct hgi_text text;
typedef struct hgi_text_cause cause;

static const struct {
    hg_time_format format;
    const char *name;
} formats[] = {{HG_TIME_UNIX, "unix"},
               {HG_TIME_UNIX_MS, "unix-ms"},
               {HG_TIME_RFC3339, "rfc3339"},
               {HG_TIME_HTTP_DATE, "http-date"}};

enum { FORMATS = sizeof formats / sizeof formats[0] };

/* Numbers with more digits than seconds will have for 300 years are milliseconds. */
static bool is_milliseconds(hg_str value)
{
    return value.len >= 12 && value.len <= 14;
}

/* The time that a value states in whichever format, and its name; false when it states none. */
static bool read_time(hg_str value, int64_t *seconds, const char **name)
{
    for (size_t i = 0; i < FORMATS; i++) {
        bool ms = formats[i].format == HG_TIME_UNIX_MS;
        bool number = formats[i].format <= HG_TIME_UNIX_MS;
        if (!(number && (ms != is_milliseconds(value) || value.len < 9)) &&
            hg_time_parse(formats[i].format, value, seconds)) {
            *name = formats[i].name;
            return true;
        }
    }
    return false;
}

static void state_time(texts *list, const text *from, const cause *self, hg_str value,
                       const char *detail)
{
    text *to = hgi_text_copy(list, from);
    to->time = hgi_arena_keep(list->arena, value);
    if (to->time.ptr != NULL && value.len > 0) {
        hgi_text_add(list, to, self, detail);
    }
}

/* The header's time in another format: number is the format; RFC 3339 in its common spellings. */
static void time_as(texts *list, const text *from, const cause *self)
{
    char spelled[HG_TIME_TEXT_MAX + 8];
    int64_t seconds;
    const char *name;
    if (from->status != HG_OK || !hgi_is_signed(from, "{timestamp}") ||
        !read_time(from->reading.timestamp, &seconds, &name)) {
        return;
    }
    size_t len = hg_time_print((hg_time_format) self->number, seconds, spelled);
    state_time(list, from, self, (hg_str){spelled, len}, NULL);
    if (self->number == HG_TIME_RFC3339 && len == 20) {
        static const char *const ends[] = {".000Z", "+00:00", ".000+00:00", ""};
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            snprintf(spelled + 19, sizeof spelled - 19, "%s", ends[i]);
            state_time(list, from, self, hg_text(spelled), NULL);
        }
    }
}

static void time_shifted(texts *list, const text *from, const cause *self)
{
    char spelled[HG_TIME_TEXT_MAX];
    char detail[HG_DETAIL_MAX];
    if (from->status != HG_OK || !hgi_is_signed(from, "{timestamp}") || !from->scheme->has_time ||
        from->scheme->time_format == HG_TIME_OPAQUE ||
        from->scheme->time_format == HG_TIME_UNIX_MS) {
        return;
    }
    for (int64_t by = 1; by <= SHIFT_MAX; by++) {
        for (int64_t sign = -1; sign <= 1; sign += 2) {
            int64_t seconds = from->reading.seconds + sign * by;
            size_t len = hg_time_print(from->scheme->time_format, seconds, spelled);
            snprintf(detail, sizeof detail, "the signed time is %lld s %s", (long long) by,
                     sign < 0 ? "earlier" : "later");
            state_time(list, from, self, (hg_str){spelled, len}, detail);
        }
    }
}

/* What the time header holds is in another format than the scheme's. */
static void time_format(texts *list, const text *from, const cause *self)
{
    static const char *const names[] = {"unix", "unix-ms", "rfc3339", "http-date", "opaque"};
    for (size_t i = 0; from->row.timestamp.format != NULL && i < sizeof names / sizeof *names;
         i++) {
        text *to = hgi_text_copy(list, from);
        to->row.timestamp.format = names[i];
        if (i == FORMATS) {
            to->row.timestamp.tolerance_s = HG_NO_TOLERANCE;
        }
        to->scheme = NULL;
        hgi_text_add(list, to, self, i == FORMATS ? "a form that no format here has" : names[i]);
    }
}

static void use_time_header(texts *list, const text *from, const cause *self,
                            const hg_header *header)
{
    char detail[HG_DETAIL_MAX];
    const char *format;
    int64_t seconds;
    if (!read_time(hgi_trim(header->value), &seconds, &format)) {
        return;
    }
    text *to = hgi_text_copy(list, from);
    to->row.timestamp.header = hgi_arena_text(list->arena, header->name);
    to->row.timestamp.item = NULL;
    to->row.timestamp.format = format;
    to->scheme = NULL;
    hgi_detail_word(detail, "%s", header->name);
    hgi_text_add(list, to, self, detail);
}

static void time_header(texts *list, const text *from, const cause *self)
{
    if (from->row.timestamp.format != NULL && from->time.ptr == NULL) {
        hgi_each_header(list, from, self, use_time_header);
    }
}

/* ---- Hints ----------------------------------------------------------------------------------- */

static bool looks_like_event(hg_str name)
{
    static const char *const words[] = {"event", "topic", "type", "action"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        hg_str word = hg_text(words[i]);
        if (name.len >= word.len &&
            hgi_same_name(hgi_part(name, name.len - word.len, word.len), word)) {
            return hgi_is_special(name);
        }
    }
    return false;
}

/* Whether a header looks like the one that is missing. */
static bool looks_right(const hg_header *header, const struct hgi_sites *sites, hg_status status)
{
    int64_t seconds;
    const char *format;
    if (status == HG_NO_TIMESTAMP || status == HG_BAD_TIMESTAMP) {
        return read_time(hgi_trim(header->value), &seconds, &format);
    }
    if (status == HG_NO_EVENT || status == HG_BAD_EVENT) {
        return looks_like_event(header->name);
    }
    for (size_t i = 0; i < sites->count; i++) {
        if (sites->at[i].header.ptr == header->name.ptr && sites->at[i].len >= 20) {
            return status == HG_NO_SIGNATURE || status == HG_BAD_SIGNATURE;
        }
    }
    return false;
}

void hgi_hint(const hg_scheme *scheme, const hg_request *request, const struct hgi_sites *sites,
              hg_status status, char hint[HG_DETAIL_MAX])
{
    bool time = status == HG_NO_TIMESTAMP || status == HG_BAD_TIMESTAMP;
    bool event = status == HG_NO_EVENT || status == HG_BAD_EVENT;
    hint[0] = '\0';
    for (size_t i = 0; i < request->header_count && i < HG_HEADERS_MAX; i++) {
        const hg_header *header = &request->headers[i];
        if (looks_right(header, sites, status) &&
            (status == HG_BAD_SIGNATURE ||
             !hgi_is_named(header->name, time    ? scheme->row.timestamp.header
                                         : event ? scheme->row.event.header
                                                 : scheme->row.signature.header))) {
            hgi_detail_word(hint,
                            time    ? "%s looks like a time"
                            : event ? "%s looks like an event"
                                    : "%s looks like a signature",
                            header->name);
            return;
        }
    }
}

/* ---- The table ------------------------------------------------------------------------------- */

#define BOTH_ENDS "have the sender sign what it sends, or take what it signs"

const struct hgi_text_cause hgi_time_causes[] = {
    {{"time-format", 1, "the timestamp is in another format than the scheme's",
      "set timestamp.format in the scheme to the one named"},
     HGI_PART_TIME,
     false,
     time_format,
     NULL,
     0},
    {{"time-header", 2, "the signed time stands in another header",
      "name that header in the scheme, or have the sender use the expected one"},
     HGI_PART_TIME,
     false,
     time_header,
     NULL,
     0},
    {{"time-signed-in-seconds", 2, "the time is signed in Unix seconds but sent otherwise",
      BOTH_ENDS},
     HGI_PART_TIME,
     false,
     time_as,
     NULL,
     HG_TIME_UNIX},
    {{"time-signed-in-ms", 2, "the time is signed in milliseconds but sent otherwise", BOTH_ENDS},
     HGI_PART_TIME,
     false,
     time_as,
     NULL,
     HG_TIME_UNIX_MS},
    {{"time-signed-as-rfc3339", 3, "the time is signed as RFC 3339 text but sent otherwise",
      BOTH_ENDS},
     HGI_PART_TIME,
     false,
     time_as,
     NULL,
     HG_TIME_RFC3339},
    {{"time-signed-as-http-date", 4, "the time is signed as an HTTP date but sent otherwise",
      BOTH_ENDS},
     HGI_PART_TIME,
     false,
     time_as,
     NULL,
     HG_TIME_HTTP_DATE},
    {{"time-differs", 2, "the signed time is not the one in the header",
      "have the sender read its clock once and use that time for both"},
     HGI_PART_TIME,
     true,
     time_shifted,
     NULL,
     0},
    {.cause = {.name = NULL}},
};
