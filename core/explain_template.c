/* SPDX-License-Identifier: MIT
 *
 * Causes in the template: parts that are not signed, in another order, or joined otherwise.
 */
#include "core/explain.h"
#include "core/text.h"

enum { PIECES_MAX = 2 * HG_TEMPLATE_MAX, WORDS_MAX = 4 /* 24 orders; more are not tried */ };

/* A template cut at its braces; literals keep their doubled ones. */
struct cut {
    size_t count;
    hg_str pieces[PIECES_MAX];
    bool word[PIECES_MAX];
};

static struct cut cut_up(const char *signed_text)
{
    struct cut cut = {.count = 0};
    hg_str text = hg_text(signed_text);
    for (size_t from = 0; from < text.len && cut.count < PIECES_MAX; cut.count++) {
        bool word = text.ptr[from] == '{' && from + 1 < text.len && text.ptr[from + 1] != '{';
        size_t to = from;
        while (to < text.len) {
            if (word && text.ptr[to] == '}') {
                to++;
                break;
            }
            if (!word && strchr("{}", text.ptr[to]) != NULL) {
                if (to + 1 >= text.len || text.ptr[to + 1] != text.ptr[to]) {
                    break;
                }
                to++;
            }
            to++;
        }
        cut.pieces[cut.count] = hgi_part(text, from, to - from);
        cut.word[cut.count] = word;
        from = to;
    }
    return cut;
}

static void add_template(struct hgi_texts *list, const struct hgi_text *from, const struct cut *cut,
                         const struct hgi_text_cause *self, bool show)
{
    char room[4 * HG_NAME_MAX * HG_TEMPLATE_MAX];
    char detail[HG_DETAIL_MAX];
    struct hgi_out out = {room, 0, sizeof room, false};
    struct hgi_text *to = hgi_text_copy(list, from);
    for (size_t i = 0; i < cut->count; i++) {
        hgi_put(&out, cut->pieces[i]);
    }
    hg_str made = {room, out.len};
    if (out.full || out.len == 0) {
        return;
    }
    to->row.signed_text = hgi_arena_text(list->arena, made);
    to->scheme = NULL;
    if (strstr(to->row.signed_text, "{timestamp}") == NULL) {
        memset(&to->row.timestamp, 0, sizeof to->row.timestamp);
    }
    if (strstr(to->row.signed_text, "{event}") == NULL) {
        memset(&to->row.event, 0, sizeof to->row.event);
    }
    if (strstr(to->row.signed_text, "{id}") == NULL) {
        memset(&to->row.id, 0, sizeof to->row.id);
    }
    hgi_detail_word(detail, "signed is %s", made);
    hgi_text_add(list, to, self, show ? detail : NULL);
}

/* The template without the word self->words and the literal that joins it to the next. */
static void without(struct hgi_texts *list, const struct hgi_text *from,
                    const struct hgi_text_cause *self)
{
    struct cut cut = cut_up(from->row.signed_text);
    struct cut left = {.count = 0};
    size_t at = 0;
    while (at < cut.count && !hgi_same(cut.pieces[at], hg_text(self->words))) {
        at++;
    }
    if (at == cut.count || cut.count < 2) {
        return;
    }
    bool joined = at + 1 < cut.count && !cut.word[at + 1];
    size_t also = joined ? at + 1 : at > 0 && !cut.word[at - 1] ? at - 1 : at;
    for (size_t i = 0; i < cut.count; i++) {
        if (i != at && i != also) {
            left.pieces[left.count] = cut.pieces[i];
            left.word[left.count++] = cut.word[i];
        }
    }
    add_template(list, from, &left, self, false);
}

static void body_only(struct hgi_texts *list, const struct hgi_text *from,
                      const struct hgi_text_cause *self)
{
    struct cut cut = {1, {hg_text("{body}")}, {true}};
    add_template(list, from, &cut, self, false);
}

/* Whether a literal stands between two words. */
static bool is_between(const struct cut *cut, size_t i)
{
    return !cut->word[i] && i > 0 && i + 1 < cut->count;
}

static void separators(struct hgi_texts *list, const struct hgi_text *from,
                       const struct hgi_text_cause *self)
{
    static const char *const all[] = {".", "", ":", "\n", ",", "|", "-", "_", "/", ";", " ", "&"};
    for (size_t s = 0; s < sizeof all / sizeof all[0]; s++) {
        struct cut cut = cut_up(from->row.signed_text);
        struct cut joined = {.count = 0};
        for (size_t i = 0; i < cut.count && joined.count + 1 < PIECES_MAX; i++) {
            bool bare = i > 0 && cut.word[i] && cut.word[i - 1];
            if (bare) {
                joined.pieces[joined.count++] = hg_text(all[s]);
            }
            joined.pieces[joined.count++] = is_between(&cut, i) ? hg_text(all[s]) : cut.pieces[i];
        }
        add_template(list, from, &joined, self, true);
    }
}

/* The template less a literal at its front, such as "v0:". */
static void front(struct hgi_texts *list, const struct hgi_text *from,
                  const struct hgi_text_cause *self)
{
    struct cut cut = cut_up(from->row.signed_text);
    if (cut.count > 1 && !cut.word[0]) {
        cut.pieces[0] = hg_text("");
        add_template(list, from, &cut, self, true);
    }
}

/* All orders of the words, the literals staying where they are (Heap's algorithm, on places). */
static void permute(struct hgi_texts *list, const struct hgi_text *from, struct cut *cut,
                    const size_t places[WORDS_MAX], size_t n, const struct hgi_text_cause *self)
{
    for (size_t i = 0; i < n; i++) {
        if (n > 1) {
            permute(list, from, cut, places, n - 1, self);
        } else {
            add_template(list, from, cut, self, true);
        }
        if (i + 1 < n) {
            size_t other = n % 2 == 0 ? i : 0;
            hg_str swapped = cut->pieces[places[other]];
            cut->pieces[places[other]] = cut->pieces[places[n - 1]];
            cut->pieces[places[n - 1]] = swapped;
        }
    }
}

static void orders(struct hgi_texts *list, const struct hgi_text *from,
                   const struct hgi_text_cause *self)
{
    struct cut cut = cut_up(from->row.signed_text);
    size_t places[WORDS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < cut.count; i++) {
        if (cut.word[i]) {
            if (n == WORDS_MAX) {
                return;
            }
            places[n++] = i;
        }
    }
    if (n > 1) {
        permute(list, from, &cut, places, n, self);
    }
}

#define UNSIGNED "have the sender sign it; or change signed in the scheme, and do not trust it"
#define TEMPLATE "write signed in the scheme as the sender has it"

const struct hgi_text_cause hgi_template_causes[] = {
    {{"body-only-signed", 2, "only the body is signed, none of what the scheme has beside it",
      UNSIGNED},
     HGI_PART_TEMPLATE,
     false,
     body_only,
     NULL,
     0},
    {{"event-not-signed", 2, "the event is not signed", UNSIGNED},
     HGI_PART_TEMPLATE,
     false,
     without,
     "{event}",
     0},
    {{"time-not-signed", 2, "the timestamp is not signed", UNSIGNED},
     HGI_PART_TEMPLATE,
     false,
     without,
     "{timestamp}",
     0},
    {{"id-not-signed", 3, "the id is not signed", UNSIGNED},
     HGI_PART_TEMPLATE,
     false,
     without,
     "{id}",
     0},
    {{"url-not-signed", 3, "the URL is not signed", UNSIGNED},
     HGI_PART_TEMPLATE,
     false,
     without,
     "{url}",
     0},
    {{"method-not-signed", 4, "the method is not signed", UNSIGNED},
     HGI_PART_TEMPLATE,
     false,
     without,
     "{method}",
     0},
    {{"body-not-signed", 4, "the body is not signed", UNSIGNED},
     HGI_PART_TEMPLATE,
     false,
     without,
     "{body}",
     0},
    {{"separator-other", 3, "the signed parts are joined by something else", TEMPLATE},
     HGI_PART_JOINTS,
     false,
     separators,
     NULL,
     0},
    {{"order-other", 3, "the signed parts stand in another order", TEMPLATE},
     HGI_PART_JOINTS,
     false,
     orders,
     NULL,
     0},
    {{"literal-not-signed", 4, "the text at the front of the signed parts is not signed", TEMPLATE},
     HGI_PART_JOINTS,
     false,
     front,
     NULL,
     0},
    {.cause = {.name = NULL}},
};
