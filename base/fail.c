/* SPDX-License-Identifier: MIT
 *
 * Filling a struct fail: one line that no input can break in two.
 */
#include "base/fail.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Replaces what could move a terminal's cursor or forge a line: C0 controls, DEL, and the C1
 * controls in their UTF-8 form (0xC2 0x80 to 0xC2 0x9F). */
static void tame(char *text)
{
    for (unsigned char *at = (unsigned char *) text; *at != '\0'; at++) {
        if (*at < 0x20 || *at == 0x7f) {
            *at = '?';
        } else if (*at == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0) {
            at[0] = '?';
            at[1] = '?';
        }
    }
}

bool fail_set(struct fail *fail, enum exit_code code, const char *format, ...)
{
    static const char cut[] = "...";
    va_list args;
    if (fail->exit_code != 0) {
        return false;
    }
    va_start(args, format);
    int length = vsnprintf(fail->text, sizeof fail->text, format, args);
    va_end(args);
    if (length < 0) {
        fail->text[0] = '\0';
    } else if ((size_t) length >= sizeof fail->text) {
        memcpy(fail->text + sizeof fail->text - sizeof cut, cut, sizeof cut);
    }
    tame(fail->text);
    fail->exit_code = (int) code;
    return false;
}
