/* SPDX-License-Identifier: MIT
 *
 * Within cli/inbox*.c: what the command was told, and its parts.
 */
#ifndef CLI_INBOX_H
#define CLI_INBOX_H

#include "base/buf.h"
#include "receiver/inbox.h"

struct inbox_settings {
    const char *operands[3]; /* the verb, STORE, ROW */
    long limit, older;       /* 0: not given */
    const char *endpoint, *event, *since, *until, *state;
    bool json, count, body, force, help;
    bool chosen; /* anything was given that says which deliveries */
    struct inbox_filter filter;
};

/* Each does what the verb of its name says. */
bool inbox_list(struct inbox *inbox, const struct inbox_settings *set, struct fail *fail);
bool inbox_show(struct inbox *inbox, const struct inbox_settings *set, struct fail *fail);
bool inbox_export(struct inbox *inbox, const struct inbox_settings *set, struct fail *fail);
bool inbox_retry_command(const struct inbox_settings *set, struct fail *fail);
bool inbox_purge_command(const struct inbox_settings *set, struct fail *fail);

/* A time as RFC 3339, NUL-ended. */
void inbox_time(int64_t ms, char out[HG_TIME_TEXT_MAX + 1]);

/* Signed or not, text from outside must not command a terminal: bytes but visible ASCII, blanks
 * and whole characters beyond ASCII are escaped. */
void inbox_print(hg_str text, bool lines);

/* Appends ,"name":"text". */
void inbox_member(struct buf *out, const char *name, hg_str text);

#endif
