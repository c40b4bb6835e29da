/* SPDX-License-Identifier: MIT
 *
 * How an error travels up to main, where it is printed once.
 *
 * A function that can fail takes a struct fail, returns false and fills it; nothing below main
 * prints or exits. The first failure stays: a later fail_set on a filled one is ignored.
 */
#ifndef BASE_FAIL_H
#define BASE_FAIL_H

#include <stdbool.h>

/* Exit codes of the command; they are part of its interface. */
enum exit_code {
    EXIT_YES = 0,    /* done, valid, every case held */
    EXIT_NO = 1,     /* not valid, a case failed, nothing found */
    EXIT_USAGE = 2,  /* arguments, configuration or data files are wrong */
    EXIT_UNKNOWN = 3 /* could not tell: I/O, memory, network */
};

struct fail {
    int exit_code;  /* 0: nothing has failed */
    char text[512]; /* one line, names the place (file, JSON path, option), never a secret */
};

/* Always returns false, so that `return fail_set(...)` reads well. Control bytes are replaced by
 * '?' so that no input can forge a line. */
bool fail_set(struct fail *fail, enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
