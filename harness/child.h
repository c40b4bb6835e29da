/* SPDX-License-Identifier: MIT
 *
 * A child process behind two pipes: the user's own program or command, run by /bin/sh -c.
 */
#ifndef HARNESS_CHILD_H
#define HARNESS_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/fail.h"

struct child {
    pid_t pid; /* 0: none; also the id of its process group */
    int in;    /* its standard input, for writing; -1 when closed; does not block */
    int out;   /* its standard output, for reading; likewise */
};

/* Starts the command in a process group of its own, so that what a shell starts in turn can be
 * ended with it; standard error is inherited. EXIT_UNKNOWN when there is no process to be had. */
bool child_start(const char *command, struct child *child, struct fail *fail);

/* Closes the pipes and waits at most patience_ms for the child to end, then (at once for 0) sends
 * SIGTERM, then SIGKILL, to its group. Returns the wait status; 0 when there is no child. */
int child_end(struct child *child, long patience_ms);

/* "ended with exit code 1" or "was ended by signal 11", into out, NUL-ended. */
void child_tell(int wait_status, char *out, size_t size);

/* Runs a command to its end and reads the whole number that it prints, blanks around it allowed.
 * env: "NAME=value", added to its environment, NULL behind the last; may be NULL. EXIT_UNKNOWN,
 * naming the command as name, when it fails, prints anything else or takes longer. */
bool child_number(const char *command, const char *name, const char *const *env, long timeout_ms,
                  int64_t *number, struct fail *fail);

/* Runs a command to its end; what it prints goes to standard error, and what it leaves running
 * stays. EXIT_UNKNOWN, naming it as name, when it fails or takes longer: then its group is ended.
 */
bool child_run(const char *command, const char *name, long timeout_ms, struct fail *fail);

#endif
