/* SPDX-License-Identifier: MIT
 *
 * See inbox_filter.h.
 */
#include "receiver/inbox_filter.h"

#include <string.h>

static const char *const names[] = {
    [INBOX_NONE] = "none", [INBOX_QUEUED] = "queued", [INBOX_DONE] = "done", [INBOX_DEAD] = "dead"};

enum inbox_state inbox_state_find(const char *name)
{
    for (int state = INBOX_NONE; state <= INBOX_DEAD; state++) {
        if (strcmp(name, names[state]) == 0) {
            return (enum inbox_state) state;
        }
    }
    return INBOX_ANY;
}

const char *inbox_state_name(enum inbox_state state)
{
    return names[state];
}

const char *inbox_path(const char *spec, struct fail *fail)
{
    if (strcmp(spec, "memory:") == 0) {
        (void) fail_set(fail, EXIT_USAGE,
                        "the store memory: lives in its receiver alone and can't be read");
        return NULL;
    }
    return strncmp(spec, "sqlite:", 7) == 0 ? spec + 7 : spec;
}

void filter_add(struct buf *sql, const struct inbox_filter *filter)
{
    static const char *const states[] = {[INBOX_ANY] = "",
                                         [INBOX_NONE] =
                                             " AND q.delivery IS NULL AND h.delivery IS NULL",
                                         [INBOX_QUEUED] = " AND q.delivery IS NOT NULL",
                                         [INBOX_DONE] = " AND h.state = 1",
                                         [INBOX_DEAD] = " AND h.state = 2"};
    const struct {
        bool asked;
        const char *text;
    } conditions[] = {
        {filter->row != 0, " AND d.id = :row"},
        {filter->endpoint != NULL, " AND e.name = :endpoint"},
        {filter->event != NULL, " AND d.event GLOB :event"},
        {filter->since_ms != 0, " AND d.received_ms >= :since"},
        {filter->until_ms != 0, " AND d.received_ms < :until"},
        {true, states[filter->state]},
    };
    for (size_t i = 0; i < sizeof(conditions) / sizeof(conditions[0]); i++) {
        (void) buf_add_text(sql, conditions[i].asked ? conditions[i].text : "");
    }
}

/* In GLOB '?' and '[' have a meaning too: each becomes a class of itself. */
static void bind_pattern(sqlite3_stmt *statement, int at, const char *pattern)
{
    struct buf text;
    buf_init(&text, 3 * strlen(pattern));
    for (; *pattern != '\0'; pattern++) {
        (void) buf_addf(&text, *pattern == '?' || *pattern == '[' ? "[%c]" : "%c", *pattern);
    }
    (void) sqlite3_bind_text64(statement, at, text.ptr != NULL ? text.ptr : "", text.len,
                               SQLITE_TRANSIENT, SQLITE_UTF8);
    buf_free(&text);
}

void filter_bind(sqlite3_stmt *statement, const struct inbox_filter *filter)
{
    int endpoint = sqlite3_bind_parameter_index(statement, ":endpoint");
    int event = sqlite3_bind_parameter_index(statement, ":event");
    sqlite_bind_number(statement, sqlite3_bind_parameter_index(statement, ":row"), filter->row);
    sqlite_bind_number(statement, sqlite3_bind_parameter_index(statement, ":since"),
                       filter->since_ms);
    sqlite_bind_number(statement, sqlite3_bind_parameter_index(statement, ":until"),
                       filter->until_ms);
    if (endpoint != 0) {
        sqlite_bind_text(statement, endpoint, hg_text(filter->endpoint));
    }
    if (event != 0) {
        bind_pattern(statement, event, filter->event);
    }
}
