/* SPDX-License-Identifier: MIT
 *
 * make-vectors DIR: writes the fixed vectors that the plan describes, DIR/<scheme>.json.
 *
 * A program of its own, because the others embed what it writes. Each case is held against the
 * library; one on which plan and library disagree is named and nothing is written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "harness/plan.h"
#include "harness/vector_write.h"

#define NOW INT64_C(1767225600)    /* 2026-01-01T00:00:00Z, of all cases */
#define FLAGS_MAX 64               /* flags of a plan */
#define TEXTS_MAX ((size_t) 65536) /* bytes of a twin's texts, a scheme's words in them */
#define PATH_ROOM 4096             /* bytes of a path, NUL included: what Linux takes */

struct maker {
    const struct plan_file *plan;
    hg_scheme *scheme;
    const struct plan_group *group;
    struct plan_shape shape;
    hg_ring *ring, *wrong;
    struct buf texts; /* of the twin that is made; its memory does not move */
    struct buf cases; /* the groups as JSON lines */
    size_t count;
    bool used[FLAGS_MAX]; /* by place in the plan's notes */
    struct fail *fail;
};

static bool no_memory(struct maker *maker)
{
    return fail_set(maker->fail, EXIT_UNKNOWN, "out of memory");
}

static bool case_fail(struct maker *maker, const char *id, const char *what)
{
    return fail_set(maker->fail, EXIT_NO, "%s: case \"%s\": %s", maker->plan->scheme, id, what);
}

/* ---- A case as a line ------------------------------------------------------------------------ */

static bool note_flags(struct maker *maker, const struct vector_case *one)
{
    for (size_t i = 0; i < one->flag_count; i++) {
        size_t place = 0;
        while (plan_flag(place) != NULL && strcmp(plan_flag(place), one->flags[i]) != 0) {
            place++;
        }
        if (plan_flag(place) == NULL || place == FLAGS_MAX) {
            return case_fail(maker, one->id, "a flag without a note");
        }
        maker->used[place] = true;
    }
    return true;
}

static bool add_case(struct maker *maker, const struct vector_case *one, const hg_request *request,
                     const struct plan_case *row)
{
    hg_str unit = row->repeat > 0 ? row->body : (hg_str){NULL, 0};
    if (!note_flags(maker, one)) {
        return false;
    }
    bool held = buf_add_text(&maker->cases, maker->count > 0 ? ",\n" : "") &&
                vector_case_to_json(one, request, unit, &maker->cases);
    maker->count++;
    return held || case_fail(maker, one->id, "can't be written");
}

/* ---- Making and checking --------------------------------------------------------------------- */

/* The plan says what the status must be; the library has to agree. It can't judge how a message is
 * framed: only that a message which is to be accepted holds what verifies. */
static bool check(struct maker *maker, const struct vector_case *one, const hg_request *request)
{
    if (one->raw.ptr != NULL && one->status != HG_OK) {
        return true;
    }
    hg_options options = {.scheme = maker->scheme, .ring = maker->ring, .now = NOW};
    hg_verdict verdict = hg_verify(&options, request);
    if (verdict.status == one->status) {
        return true;
    }
    return fail_set(maker->fail, EXIT_NO, "%s: case \"%s\": planned %s, the library says %s",
                    maker->plan->scheme, one->id, hg_status_name(one->status),
                    hg_status_name(verdict.status));
}

static bool make(struct maker *maker, const struct vector_case *one, struct made *made)
{
    struct edit_context context = {
        .scheme = maker->scheme, .ring = maker->ring, .wrong = maker->wrong, .now = NOW};
    return edit_make(one, &context, made, maker->fail);
}

static bool make_and_add(struct maker *maker, struct vector_case *one, const struct plan_case *row)
{
    struct made made;
    if (!make(maker, one, &made)) {
        return false;
    }
    one->raw = buf_str(&made.frame.bytes);
    bool held = check(maker, one, &made.request) && add_case(maker, one, &made.request, row);
    made_free(&made);
    return held;
}

static const char *family_of(const struct plan_case *row, const struct vector_case *one)
{
    return row->family != NULL   ? row->family
           : one->flag_count > 0 ? plan_family(one->flags[0])
                                 : "event";
}

/* Edits with the scheme's words in place of the table's. */
static bool expand(struct maker *maker, const struct edit *from, struct edit *to, size_t max,
                   size_t *count)
{
    for (*count = 0; *count < max && from[*count].op != 0; ++*count) {
        to[*count] = from[*count];
        if (!plan_expand_edit(&maker->shape, &to[*count], &maker->texts)) {
            return false;
        }
    }
    return true;
}

static bool add_twin(struct maker *maker, const struct plan_case *row,
                     const struct vector_case *parent, const struct plan_twin *twin)
{
    char id[2 * PLAN_NAME_MAX];
    char same_id[2 * PLAN_NAME_MAX];
    struct edit edits[EDITS_MAX];
    struct edit again[PLAN_AGAIN_MAX];
    struct vector_case same_as = {.id = same_id};
    struct vector_case one = {.id = id,
                              .of = parent,
                              .status = twin->status,
                              .spec = twin->spec,
                              .note = twin->note,
                              .should = twin->should,
                              .needs_http = twin->needs_http,
                              .either = twin->either,
                              .times = twin->times,
                              .expect_stored = twin->expect_stored,
                              .together = twin->together,
                              .restart = twin->restart,
                              .same_as = twin->same_as != NULL ? &same_as : NULL,
                              .edits = edits,
                              .again = again};
    (void) snprintf(id, sizeof id, "%s/%s", parent->id, twin->name);
    (void) snprintf(same_id, sizeof same_id, "%s/%s", parent->id,
                    twin->same_as != NULL ? twin->same_as : "");
    buf_clear(&maker->texts);
    if (!expand(maker, twin->edits, edits, EDITS_MAX, &one.edit_count) ||
        !expand(maker, twin->again, again, PLAN_AGAIN_MAX, &one.again_count)) {
        return case_fail(maker, id, "a word that the scheme does not have");
    }
    for (size_t i = 0; i < one.edit_count; i++) {
        one.needs_http = one.needs_http || edits[i].op == EDIT_CHUNK;
    }
    while (one.flag_count < VECTOR_FLAGS_MAX && twin->flags[one.flag_count] != NULL) {
        one.flags[one.flag_count] = twin->flags[one.flag_count];
        one.flag_count++;
    }
    one.family = family_of(row, &one);
    return make_and_add(maker, &one, row);
}

/* ---- A valid case ---------------------------------------------------------------------------- */

static bool has(const struct maker *maker, unsigned needs)
{
    return (needs & ~maker->shape.features) == 0;
}

static bool add_twins(struct maker *maker, const struct plan_case *row,
                      const struct vector_case *parent)
{
    for (size_t i = 0; i < PLAN_LISTS_MAX && row->twins[i] != NULL; i++) {
        for (const struct plan_twin *twin = row->twins[i]; twin->name != NULL; twin++) {
            if (has(maker, twin->needs) && !add_twin(maker, row, parent, twin)) {
                return false;
            }
        }
    }
    return true;
}

static bool add_family(struct maker *maker, const struct plan_case *row)
{
    struct plan_seed seed;
    if (!plan_seed(&maker->shape, row, &seed)) {
        return no_memory(maker);
    }
    struct vector_case parent = {.id = row->id,
                                 .status = HG_OK,
                                 .spec = row->spec,
                                 .note = row->note,
                                 .should = row->should,
                                 .flags = {row->flag},
                                 .flag_count = row->flag != NULL,
                                 .capture.request = {.method = hg_text("POST"),
                                                     .url = hg_text(maker->plan->url),
                                                     .headers = seed.headers,
                                                     .header_count = seed.count,
                                                     .body = buf_str(&seed.body)}};
    parent.family = family_of(row, &parent);
    bool held = make_and_add(maker, &parent, row) && add_twins(maker, row, &parent);
    buf_free(&seed.body);
    return held;
}

/* ---- A group --------------------------------------------------------------------------------- */

static bool open_rings(struct maker *maker)
{
    hg_key keys[PLAN_SECRETS_MAX];
    size_t count = 0;
    const struct plan_secret *secrets = maker->group->secrets;
    for (; count < PLAN_SECRETS_MAX && secrets[count].secret != NULL; count++) {
        keys[count] = (hg_key){hg_text(secrets[count].label), hg_text(secrets[count].secret),
                               secrets[count].not_after};
    }
    hg_key wrong = {hg_text("wrong"), hg_text(EDIT_WRONG_SECRET_TEXT), HG_NEVER};
    hg_error error = {.what = ""};
    if (hg_ring_new(maker->scheme, keys, count, &maker->ring, &error) != HG_OK ||
        hg_ring_new(maker->scheme, &wrong, 1, &maker->wrong, &error) != HG_OK) {
        return fail_set(maker->fail, EXIT_NO, "%s: %s: %s", maker->plan->scheme, error.where,
                        error.what);
    }
    return true;
}

static void close_rings(struct maker *maker)
{
    hg_ring_free(maker->ring);
    hg_ring_free(maker->wrong);
    maker->ring = maker->wrong = NULL;
}

static bool add_secrets(struct buf *out, const struct plan_secret *secrets)
{
    if (secrets[0].label == NULL) {
        return buf_add_text(out, "{\"secret\":") && json_add_text(out, hg_text(secrets[0].secret));
    }
    bool held = buf_add_text(out, "{\"secrets\":[");
    for (size_t i = 0; held && i < PLAN_SECRETS_MAX && secrets[i].secret != NULL; i++) {
        held =
            buf_addf(out, "%s{\"label\":\"%s\",\"secret\":", i > 0 ? "," : "", secrets[i].label) &&
            json_add_text(out, hg_text(secrets[i].secret)) &&
            (secrets[i].not_after == HG_NEVER ||
             buf_addf(out, ",\"not_after\":%lld", (long long) secrets[i].not_after)) &&
            buf_add_text(out, "}");
    }
    return held && buf_add_text(out, "]");
}

static bool add_catalogue(struct maker *maker)
{
    struct plan_combination one;
    for (size_t i = 0; i < HG_ITEM_TYPES * HG_ACTIONS; i++) {
        plan_combine(i, &one);
        if (!add_family(maker, &one.row)) {
            return false;
        }
    }
    return true;
}

static bool add_rows(struct maker *maker)
{
    if (maker->group->catalogue && !add_catalogue(maker)) {
        return false;
    }
    for (size_t i = 0; i < PLAN_CASES_MAX && maker->group->cases[i] != NULL; i++) {
        for (const struct plan_case *row = maker->group->cases[i]; row->id != NULL; row++) {
            if (has(maker, row->needs) && !add_family(maker, row)) {
                return false;
            }
        }
    }
    return true;
}

/* Lines of one group; the count of cases so far is kept out of the way of the commas. */
static bool add_group(struct maker *maker, size_t index)
{
    size_t before = maker->count;
    maker->group = &maker->plan->groups[index];
    bool held = (index == 0 || buf_add_text(&maker->cases, ",\n")) &&
                add_secrets(&maker->cases, maker->group->secrets) &&
                buf_addf(&maker->cases, ",\"now\":%lld,\"cases\":[\n", (long long) NOW);
    maker->count = 0;
    held = (held || no_memory(maker)) && open_rings(maker) && add_rows(maker);
    maker->count += before;
    close_rings(maker);
    return held && (buf_add_text(&maker->cases, "\n]}") || no_memory(maker));
}

/* ---- A file ---------------------------------------------------------------------------------- */

static void add_note(const struct vector_note *note, struct buf *out)
{
    (void) buf_addf(out, "\"%s\":{\"text\":", note->flag);
    (void) json_add_text(out, hg_text(note->text));
    if (note->cwe != NULL) {
        (void) buf_addf(out, ",\"cwe\":\"%s\"", note->cwe);
    }
    if (note->spec != NULL) {
        (void) buf_addf(out, ",\"spec\":\"%s\"", note->spec);
    }
    (void) buf_add_text(out, "}");
}

static bool add_notes(const struct maker *maker, struct buf *out)
{
    bool first = true;
    for (size_t i = 0; plan_flag(i) != NULL && i < FLAGS_MAX; i++) {
        if (maker->used[i]) {
            (void) buf_add_text(out, first ? "" : ",\n");
            add_note(plan_flag_note(plan_flag(i)), out);
            first = false;
        }
    }
    return !out->failed;
}

static bool write_file(struct maker *maker, const char *dir)
{
    char path[PATH_ROOM];
    struct buf out;
    buf_init(&out, VECTOR_FILE_MAX);
    int length = snprintf(path, sizeof path, "%s/%s.json", dir, maker->plan->scheme);
    (void) buf_addf(&out,
                    "{\"scheme\":\"%s\",\"schema\":\"schema.json\",\"version\":%d,"
                    "\"count\":%zu,\n\"notes\":{\n",
                    maker->plan->scheme, VECTOR_VERSION, maker->count);
    bool held = add_notes(maker, &out) && buf_add_text(&out, "\n},\n\"groups\":[\n") &&
                buf_add_str(&out, buf_str(&maker->cases)) && buf_add_text(&out, "\n]}\n");
    if (!held) {
        (void) no_memory(maker);
    } else if (length < 0 || (size_t) length >= sizeof path) {
        held = fail_set(maker->fail, EXIT_USAGE, "%s: the path is too long", dir);
    } else {
        held = file_write(path, buf_str(&out), maker->fail);
    }
    if (held) {
        (void) printf("%s: %zu cases, %zu bytes\n", path, maker->count, out.len);
    }
    buf_free(&out);
    return held;
}

static bool make_cases(struct maker *maker, const struct plan_file *plan, struct fail *fail)
{
    *maker = (struct maker){.plan = plan, .fail = fail};
    buf_init(&maker->cases, VECTOR_FILE_MAX);
    buf_init(&maker->texts, TEXTS_MAX);
    if (hg_scheme_open(plan->scheme, &maker->scheme, NULL) != HG_OK) {
        return fail_set(fail, EXIT_NO, "%s: no such scheme", plan->scheme);
    }
    plan_shape_of(maker->scheme, plan, &maker->shape);
    bool held = buf_reserve(&maker->texts, TEXTS_MAX) != NULL || no_memory(maker);
    for (size_t i = 0; held && i < PLAN_GROUPS_MAX && plan->groups[i].cases[0] != NULL; i++) {
        held = add_group(maker, i);
    }
    return held;
}

/* Nothing is written unless every case of every file is as planned. */
static bool make_all(const char *dir, struct fail *fail)
{
    static const struct plan_file *const plans[] = {&plan_webinone, &plan_github,
                                                    &plan_shopify,  &plan_slack,
                                                    &plan_stripe,   &plan_standard_webhooks};
    struct maker makers[sizeof plans / sizeof plans[0]];
    size_t made = 0;
    bool held = true;
    while (held && made < sizeof plans / sizeof plans[0]) {
        held = make_cases(&makers[made], plans[made], fail);
        made++;
    }
    for (size_t i = 0; held && i < made; i++) {
        held = write_file(&makers[i], dir);
    }
    for (size_t i = 0; i < made; i++) {
        buf_free(&makers[i].cases);
        buf_free(&makers[i].texts);
        hg_scheme_free(makers[i].scheme);
    }
    return held;
}

int main(int argc, char **argv)
{
    struct fail fail = {.exit_code = 0};
    if (argc != 2) {
        (void) fprintf(stderr, "usage: make-vectors DIR\n");
        return EXIT_USAGE;
    }
    if (!make_all(argv[1], &fail)) {
        (void) fprintf(stderr, "make-vectors: %s\n", fail.text);
        return fail.exit_code;
    }
    return EXIT_YES;
}
