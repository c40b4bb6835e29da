/* SPDX-License-Identifier: MIT
 *
 * See check_say.h.
 */
#include "cli/check_say.h"

#include "base/json.h"

void say_clean(struct buf *out, hg_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char) text.ptr[i];
        (void) buf_addf(out, "%c", byte < 0x20 || byte == 0x7f ? '?' : byte);
    }
}

static void add_member(struct say *say, const char *name)
{
    (void) buf_addf(say->out, "%s\"%s\":", say->begun ? "," : "", name);
    say->begun = true;
}

static void add_name(struct say *say, const char *name, const char *mark)
{
    (void) buf_addf(say->out, " %s%s%s%s", say->within != NULL ? say->within : "",
                    say->within != NULL ? "." : "", name, mark);
}

void say_text(struct say *say, const char *name, hg_str text, bool usual)
{
    if (say->json) {
        add_member(say, name);
        (void) json_add_text(say->out, text);
    } else if (!usual) {
        add_name(say, name, "=");
        say_clean(say->out, text);
    }
}

void say_number(struct say *say, const char *name, int64_t number, bool usual)
{
    if (!say->json && usual) {
        return;
    }
    if (say->json) {
        add_member(say, name);
    } else {
        add_name(say, name, "=");
    }
    (void) buf_addf(say->out, "%lld", (long long) number);
}

void say_flag(struct say *say, const char *name, bool is)
{
    if (say->json) {
        add_member(say, name);
        (void) buf_add_text(say->out, is ? "true" : "false");
    } else if (is) {
        add_name(say, name, "");
    }
}

void say_words(struct say *say, const char *name, const char *const *words, size_t count,
               bool usual)
{
    if (!say->json && (usual || count == 0)) {
        return;
    }
    if (say->json) {
        add_member(say, name);
        (void) buf_add_text(say->out, "[");
    } else {
        add_name(say, name, "=");
    }
    for (size_t i = 0; i < count; i++) {
        (void) buf_add_text(say->out, i > 0 ? "," : "");
        if (say->json) {
            (void) json_add_text(say->out, hg_text(words[i]));
        } else {
            say_clean(say->out, hg_text(words[i]));
        }
    }
    (void) buf_add_text(say->out, say->json ? "]" : "");
}

void say_numbers(struct say *say, const char *name, const int *numbers, size_t count)
{
    if (say->json) {
        add_member(say, name);
    } else {
        add_name(say, name, "=");
    }
    (void) buf_add_text(say->out, say->json ? "[" : count == 0 ? "none" : "");
    for (size_t i = 0; i < count; i++) {
        (void) buf_addf(say->out, "%s%d", i > 0 ? "," : "", numbers[i]);
    }
    (void) buf_add_text(say->out, say->json ? "]" : "");
}

void say_open(struct say *say, const char *name, bool named)
{
    say->within = named ? name : NULL;
    if (say->json) {
        add_member(say, name);
        (void) buf_add_text(say->out, "{");
        say->begun = false;
    }
}

void say_close(struct say *say)
{
    say->within = NULL;
    if (say->json) {
        (void) buf_add_text(say->out, "}");
        say->begun = true;
    }
}
