/* SPDX-License-Identifier: MIT
 *
 * The line protocol between the harness and a user's program.
 */
#include "harness/cmd_line.h"

#include <stdio.h>
#include <string.h>

static bool add_keys(const struct vector_group *group, struct buf *out)
{
    if (group->key_count == 1 && group->keys[0].not_after == HG_NEVER) {
        return buf_add_text(out, "\"secret\":") && json_add_text(out, group->keys[0].secret);
    }
    bool done = buf_add_text(out, "\"secrets\":[");
    for (size_t i = 0; done && i < group->key_count; i++) {
        const hg_key *key = &group->keys[i];
        done = buf_add_text(out, i == 0 ? "{\"label\":" : ",{\"label\":") &&
               json_add_text(out, key->label) && buf_add_text(out, ",\"secret\":") &&
               json_add_text(out, key->secret);
        if (done && key->not_after != HG_NEVER) {
            done = buf_addf(out, ",\"not_after\":%lld", (long long) key->not_after);
        }
        done = done && buf_add_text(out, "}");
    }
    return done && buf_add_text(out, "]");
}

bool cmd_line_write(const struct vector_file *file, const struct vector_case *one, struct buf *out)
{
    return buf_add_text(out, "{\"id\":") && json_add_text(out, hg_text(one->id)) &&
           buf_add_text(out, ",\"scheme\":") &&
           json_add_text(out, hg_text(hg_scheme_row(file->scheme)->name)) &&
           buf_add_text(out, ",") && add_keys(one->group, out) &&
           buf_addf(out, ",\"now\":%lld,\"request\":", (long long) one->now) &&
           capture_to_json(&one->capture.request, 0, out) && buf_add_text(out, "}\n");
}

static bool wrong(char *why, size_t size, const char *what)
{
    (void) snprintf(why, size, "answered %s", what);
    return false;
}

/* A program that can't be asked a case gives the reason, and nothing that could be a verdict. */
static bool read_skip(const struct json *root, const char *skip, struct fail *fail)
{
    struct json member;
    if (json_get(root, "accept", &member) || json_get(root, "status", &member)) {
        return fail_set(fail, EXIT_USAGE, "answer: $.skip: excludes accept and status");
    }
    size_t length = strlen(skip);
    return (length > 0 && length <= CMD_SKIP_MAX) ||
           fail_set(fail, EXIT_USAGE, "answer: $.skip: must be 1 to %d bytes", CMD_SKIP_MAX);
}

static bool read_members(const cJSON *tree, struct cmd_answer *answer, struct fail *fail)
{
    static const char *const known[] = {"id", "accept", "status", "skip", NULL};
    struct json root = json_root(tree, "answer");
    struct json member;
    const char *status = NULL;
    if (!json_object(&root, known, fail) || !json_need(&root, "id", &member, fail) ||
        !json_text(&member, &answer->id, fail) ||
        !json_opt_text(&root, "skip", &answer->skip, fail)) {
        return false;
    }
    if (answer->skip != NULL) {
        return read_skip(&root, answer->skip, fail);
    }
    if (!json_need(&root, "accept", &member, fail) || !json_bool(&member, &answer->accept, fail) ||
        !json_opt_text(&root, "status", &status, fail)) {
        return false;
    }
    answer->status = status != NULL ? hg_status_find(hg_text(status)) : 0;
    if (status != NULL && answer->status == 0) {
        return fail_set(fail, EXIT_USAGE, "answer: $.status: not the name of a status");
    }
    if (status != NULL && answer->accept != (answer->status == HG_OK)) {
        return fail_set(fail, EXIT_USAGE, "answer: $.status: contradicts accept");
    }
    return true;
}

bool cmd_line_read(hg_str line, struct cmd_answer *answer, char *why, size_t size)
{
    struct cmd_answer made = {0};
    struct fail fail = {0};
    char text[160];
    if (line.len > CMD_ANSWER_MAX) {
        return wrong(why, size, "a line that is too long");
    }
    if (!json_parse(line, "answer", &made.tree, &fail)) {
        (void) snprintf(text, sizeof text, "what is not JSON: \"%.*s\"",
                        line.len < 80 ? (int) line.len : 80, line.ptr);
        return wrong(why, size, text);
    }
    if (!read_members(made.tree, &made, &fail)) {
        cmd_answer_free(&made);
        (void) snprintf(text, sizeof text, "a wrong line (%.120s)", fail.text);
        return wrong(why, size, text);
    }
    *answer = made;
    return true;
}

void cmd_answer_free(struct cmd_answer *answer)
{
    cJSON_Delete(answer->tree);
    *answer = (struct cmd_answer){0};
}
