/* SPDX-License-Identifier: MIT
 *
 * Failures that are known.
 */
#include "harness/known.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "harness/select.h"

#define BLANKS " \t\r"

/* Ends the pattern where its comment or the blanks behind it begin; returns it without those in
 * front. */
static char *trim(char *line)
{
    line += strspn(line, BLANKS);
    size_t length = 0;
    while (line[length] != '\0' &&
           !(line[length] == '#' && (length == 0 || strchr(BLANKS, line[length - 1]) != NULL))) {
        length++;
    }
    while (length > 0 && strchr(BLANKS, line[length - 1]) != NULL) {
        length--;
    }
    line[length] = '\0';
    return line;
}

static size_t count_lines(const struct buf *text)
{
    size_t count = 1;
    for (size_t i = 0; i < text->len; i++) {
        count += text->ptr[i] == '\n' ? 1 : 0;
    }
    return count;
}

static void split(struct known *known)
{
    char *at = known->text.ptr;
    for (size_t number = 1; at != NULL; number++) {
        char *end = strchr(at, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        const char *pattern = trim(at);
        if (pattern[0] != '\0') {
            known->lines[known->count++] = (struct known_line){pattern, number};
        }
        at = end != NULL ? end + 1 : NULL;
    }
}

bool known_read(const char *path, struct known *known, struct fail *fail)
{
    struct known made = {.path = path};
    buf_init(&made.text, KNOWN_FILE_MAX);
    bool held = file_read(path, &made.text, fail);
    if (held && made.text.len > 0 && memchr(made.text.ptr, '\0', made.text.len) != NULL) {
        held = fail_set(fail, EXIT_USAGE, "%s: holds a NUL byte", path);
    }
    if (held) {
        made.lines = calloc(count_lines(&made.text), sizeof *made.lines);
        held = made.lines != NULL || fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    if (held) {
        split(&made);
        held = made.count > 0 || fail_set(fail, EXIT_USAGE, "%s: names no case", path);
    }
    if (!held) {
        known_free(&made);
        return false;
    }
    *known = made;
    return true;
}

void known_free(struct known *known)
{
    free(known->lines);
    buf_free(&known->text);
    *known = (struct known){0};
}

size_t known_line(const struct known *known, const struct vector_case *one)
{
    for (size_t i = 0; i < known->count; i++) {
        if (select_fits(one, known->lines[i].pattern)) {
            return known->lines[i].number;
        }
    }
    return 0;
}
