/* SPDX-License-Identifier: MIT
 *
 * Settings as `receive --check` says them: " name=value" for people, who are spared what nobody has
 * changed, or the members of a JSON object, all of them.
 */
#ifndef CLI_CHECK_SAY_H
#define CLI_CHECK_SAY_H

#include "base/buf.h"
#include "hookgauge.h"

struct say {
    struct buf *out;
    bool json;
    bool begun;         /* JSON: the object has a member */
    const char *within; /* for people: what stands before the names; NULL: nothing */
};

/* usual: nobody said otherwise. */
void say_text(struct say *say, const char *name, hg_str text, bool usual);
void say_number(struct say *say, const char *name, int64_t number, bool usual);
void say_flag(struct say *say, const char *name, bool is); /* false is usual */

/* Lists; an empty one of words is not said to people. */
void say_words(struct say *say, const char *name, const char *const *words, size_t count,
               bool usual);
void say_numbers(struct say *say, const char *name, const int *numbers, size_t count);

/* An object within the object, once; for people its name stands before those of its members, if
 * named. */
void say_open(struct say *say, const char *name, bool named);
void say_close(struct say *say);

/* For people: a text from outside, in which what could command a terminal is not printed. */
void say_clean(struct buf *out, hg_str text);

#endif
