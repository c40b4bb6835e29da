/* SPDX-License-Identifier: MIT
 *
 * hookgauge inbox: what a receiver has kept, and what became of it.
 */
#include "cli/inbox.h"

#include <stdlib.h>
#include <string.h>

#include "base/args.h"
#include "cli/cli.h"

#define OLDER_MAX_DAYS 36500

static const char about[] =
    "list: the newest deliveries. show: one of them, by its row. export: oldest first, as JSON\n"
    "lines, each a request that hookgauge verify reads. retry: hand on again; a filter without\n"
    "--state means the dead ones. purge: delete, but what is queued only with --force. STORE is\n"
    "sqlite:FILE or just FILE; the receiver may be running. What the signature does not cover is\n"
    "marked \"(unsigned)\". TIME is like 2026-01-01T00:00:00Z.";

static bool parse(int argc, char **argv, struct inbox_settings *set, struct fail *fail)
{
    const struct arg_option options[] = {
        {"endpoint", ARG_TEXT, &set->endpoint, "NAME", "only of that endpoint", 0, 0},
        {"event", ARG_TEXT, &set->event, "PATTERN", "only such events: Order.*, *.OnDelete", 0, 0},
        {"since", ARG_TEXT, &set->since, "TIME", "only those received then or later", 0, 0},
        {"until", ARG_TEXT, &set->until, "TIME", "only those received before", 0, 0},
        {"state", ARG_TEXT, &set->state, "STATE",
         "only queued, done or dead ones, or those never to be handed on: none", 0, 0},
        {"limit", ARG_NUMBER, &set->limit, "N", "list: at most N rows (20); export: likewise (all)",
         1, INT32_MAX},
        {"json", ARG_FLAG, &set->json, NULL, "list: a JSON object a line; show: as export", 0, 0},
        {"count", ARG_FLAG, &set->count, NULL, "list: just the number of deliveries", 0, 0},
        {"body", ARG_FLAG, &set->body, NULL, "show: just the body, byte for byte", 0, 0},
        {"older", ARG_NUMBER, &set->older, "DAYS", "purge: only those received before that", 1,
         OLDER_MAX_DAYS},
        {"force", ARG_FLAG, &set->force, NULL, "purge: also what is still to be handed on", 0, 0},
    };
    const struct arg_command command = {
        .synopsis = "inbox list STORE [filter] [--limit N] [--json|--count] | show STORE ROW "
                    "[--body|--json] | export STORE [filter] [--limit N] | retry STORE ROW|filter "
                    "| purge STORE ROW|filter [--force]",
        .about = about,
        .options = options,
        .option_count = sizeof(options) / sizeof(options[0]),
        .operands = set->operands,
        .operand_min = 2,
        .operand_max = 3,
    };
    return args_parse(argc, argv, &command, &set->help, fail);
}

/* ---- The filter ------------------------------------------------------------------------------ */

static bool read_time(const char *text, const char *option, int64_t *ms, struct fail *fail)
{
    int64_t seconds = 0;
    if (text == NULL) {
        return true;
    }
    if (!hg_time_parse(HG_TIME_RFC3339, hg_text(text), &seconds) || seconds < 1) {
        return fail_set(fail, EXIT_USAGE, "%s: must be a time such as 2026-01-01T00:00:00Z",
                        option);
    }
    *ms = seconds * 1000;
    return true;
}

static bool read_state(const char *text, enum inbox_state *state, struct fail *fail)
{
    if (text == NULL) {
        return true;
    }
    *state = inbox_state_find(text);
    return *state != INBOX_ANY ||
           fail_set(fail, EXIT_USAGE, "--state: must be none, queued, done or dead");
}

static bool read_row(const struct inbox_settings *set, int64_t *row, struct fail *fail)
{
    const char *text = set->operands[2];
    if (text == NULL) {
        return true;
    }
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0' ||
        (*row = strtoll(text, NULL, 10)) == 0) {
        return fail_set(fail, EXIT_USAGE, "'%s' is not the number of a row, as list prints it",
                        text);
    }
    return true;
}

static bool read_filter(struct inbox_settings *set, struct fail *fail)
{
    struct inbox_filter *filter = &set->filter;
    bool others = set->endpoint != NULL || set->event != NULL || set->since != NULL ||
                  set->until != NULL || set->state != NULL || set->older > 0;
    filter->endpoint = set->endpoint;
    filter->event = set->event;
    set->chosen = others || set->operands[2] != NULL;
    if (others && set->operands[2] != NULL) {
        return fail_set(fail, EXIT_USAGE, "a row goes with no filter");
    }
    if (set->older > 0 && set->until != NULL) {
        return fail_set(fail, EXIT_USAGE, "--older goes without --until");
    }
    return read_row(set, &filter->row, fail) &&
           read_time(set->since, "--since", &filter->since_ms, fail) &&
           read_time(set->until, "--until", &filter->until_ms, fail) &&
           read_state(set->state, &filter->state, fail);
}

/* ---- The command ----------------------------------------------------------------------------- */

enum verb { LIST, SHOW, EXPORT, RETRY, PURGE, VERBS };

static const char *const verbs[VERBS] = {"list", "show", "export", "retry", "purge"};

static enum verb find_verb(const char *name)
{
    int verb = LIST;
    while (verb < VERBS && strcmp(name, verbs[verb]) != 0) {
        verb++;
    }
    return (enum verb) verb;
}

/* What belongs to which verb. */
static bool check(const struct inbox_settings *set, enum verb verb, struct fail *fail)
{
    const struct {
        bool given;
        unsigned verbs; /* a bit each */
        const char *what;
    } rules[] = {
        {set->operands[2] != NULL, 1U << SHOW | 1U << RETRY | 1U << PURGE,
         "a row belongs to show, retry and purge"},
        {set->limit > 0, 1U << LIST | 1U << EXPORT, "--limit belongs to list and export"},
        {set->count, 1U << LIST, "--count belongs to list"},
        {set->json, 1U << LIST | 1U << SHOW, "--json belongs to list and show"},
        {set->body, 1U << SHOW, "--body belongs to show"},
        {set->older > 0, 1U << PURGE, "--older belongs to purge"},
        {set->force, 1U << PURGE, "--force belongs to purge"},
    };
    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        if (rules[i].given && (rules[i].verbs & 1U << verb) == 0) {
            return fail_set(fail, EXIT_USAGE, "%s", rules[i].what);
        }
    }
    if (verb == SHOW && set->operands[2] == NULL) {
        return fail_set(fail, EXIT_USAGE, "show needs the number of a row, as list prints it");
    }
    if (set->json && (set->body || set->count)) {
        return fail_set(fail, EXIT_USAGE, "--json goes with neither --body nor --count");
    }
    return !set->count || set->limit == 0 ||
           fail_set(fail, EXIT_USAGE, "--count goes without --limit");
}

static bool read_with(enum verb verb, const struct inbox_settings *set, struct fail *fail)
{
    struct inbox *inbox = inbox_open(set->operands[1], fail);
    if (inbox == NULL) {
        return false;
    }
    bool done = verb == LIST   ? inbox_list(inbox, set, fail)
                : verb == SHOW ? inbox_show(inbox, set, fail)
                               : inbox_export(inbox, set, fail);
    inbox_close(inbox);
    return done;
}

int cmd_inbox(int argc, char **argv, struct fail *fail)
{
    struct inbox_settings set;
    memset(&set, 0, sizeof(set));
    if (!parse(argc, argv, &set, fail)) {
        return fail->exit_code;
    }
    if (set.help) {
        return EXIT_YES;
    }
    enum verb verb = find_verb(set.operands[0]);
    if (verb == VERBS) {
        (void) fail_set(fail, EXIT_USAGE, "'%s' is none of list, show, export, retry and purge",
                        set.operands[0]);
        return fail->exit_code;
    }
    bool done = check(&set, verb, fail) && read_filter(&set, fail);
    if (done && (verb == RETRY || verb == PURGE)) {
        done = verb == RETRY ? inbox_retry_command(&set, fail) : inbox_purge_command(&set, fail);
    } else {
        done = done && read_with(verb, &set, fail);
    }
    return done ? EXIT_YES : fail->exit_code;
}
