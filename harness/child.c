/* SPDX-License-Identifier: MIT
 *
 * A child process behind two pipes.
 */
#include "harness/child.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness/run.h"

#define WAIT_STEP_MS 2       /* between two looks at a child that is ending */
#define TERM_PATIENCE_MS 500 /* from SIGTERM to SIGKILL */
#define NUMBER_MAX 64        /* bytes of what a counting command prints */

extern char **environ;

/* ---- Starting -------------------------------------------------------------------------------- */

struct pipes {
    int in[2], out[2]; /* seen from the child */
};

static void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void) close(*fd);
        *fd = -1;
    }
}

static void close_pipes(struct pipes *pipes)
{
    for (size_t i = 0; i < 2; i++) {
        close_fd(&pipes->in[i]);
        close_fd(&pipes->out[i]);
    }
}

static bool open_pipes(struct pipes *pipes)
{
    *pipes = (struct pipes){{-1, -1}, {-1, -1}};
    if (pipe2(pipes->in, O_CLOEXEC) == 0 && pipe2(pipes->out, O_CLOEXEC) == 0 &&
        fcntl(pipes->in[1], F_SETFL, O_NONBLOCK) == 0 &&
        fcntl(pipes->out[0], F_SETFL, O_NONBLOCK) == 0) {
        return true;
    }
    close_pipes(pipes);
    return false;
}

/* A group of its own, default SIGPIPE (the command ignores it) and no signal blocked. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t defaults;
    sigset_t none;
    (void) sigemptyset(&none);
    (void) sigemptyset(&defaults);
    (void) sigaddset(&defaults, SIGPIPE);
    int error = posix_spawnattr_setpgroup(attributes, 0);
    error = error != 0 ? error : posix_spawnattr_setsigdefault(attributes, &defaults);
    error = error != 0 ? error : posix_spawnattr_setsigmask(attributes, &none);
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    return error != 0 ? error : posix_spawnattr_setflags(attributes, flags);
}

/* Of a child with pipes, and of one without. */
static int set_files(posix_spawn_file_actions_t *actions, const struct pipes *pipes)
{
    if (pipes == NULL) {
        int error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
        return error != 0 ? error : posix_spawn_file_actions_adddup2(actions, 2, 1);
    }
    int error = posix_spawn_file_actions_adddup2(actions, pipes->in[0], 0);
    return error != 0 ? error : posix_spawn_file_actions_adddup2(actions, pipes->out[1], 1);
}

static int spawn(const char *command, char **env, const struct pipes *pipes, pid_t *pid)
{
    static char shell[] = "/bin/sh";
    static char option[] = "-c";
    char *copy = strdup(command); /* posix_spawn wants it writable */
    char *words[] = {shell, option, copy, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (copy == NULL || posix_spawn_file_actions_init(&actions) != 0) {
        free(copy);
        return ENOMEM;
    }
    int error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = set_attributes(&attributes);
        error = error != 0 ? error : set_files(&actions, pipes);
        error = error != 0 ? error : posix_spawn(pid, shell, &actions, &attributes, words, env);
        (void) posix_spawnattr_destroy(&attributes);
    }
    (void) posix_spawn_file_actions_destroy(&actions);
    free(copy);
    return error;
}

static bool start(const char *command, char **env, struct child *child, struct fail *fail)
{
    struct pipes pipes;
    pid_t pid = 0;
    int error = open_pipes(&pipes) ? 0 : errno;
    if (error == 0) {
        error = spawn(command, env, &pipes, &pid);
    }
    if (error != 0) {
        close_pipes(&pipes);
        return fail_set(fail, EXIT_UNKNOWN, "can't start a process: %s", strerror(error));
    }
    *child = (struct child){.pid = pid, .in = pipes.in[1], .out = pipes.out[0]};
    pipes.in[1] = pipes.out[0] = -1;
    close_pipes(&pipes);
    return true;
}

bool child_start(const char *command, struct child *child, struct fail *fail)
{
    return start(command, environ, child, fail);
}

/* Our environment with more in front, where getenv finds it first; NULL: no memory. */
static char **join_environment(const char *const *more)
{
    size_t own = 0;
    size_t count = 0;
    while (environ[own] != NULL) {
        own++;
    }
    while (more[count] != NULL) {
        count++;
    }
    char **all = calloc(own + count + 1, sizeof *all);
    for (size_t i = 0; all != NULL && i < count + own; i++) {
        all[i] = i < count ? (char *) (uintptr_t) more[i] : environ[i - count];
    }
    return all;
}

/* ---- Ending ---------------------------------------------------------------------------------- */

/* Looks without reaping: until then the child's id, and that of its group, can't be another's. */
static bool ended_within(pid_t pid, long patience_ms)
{
    double until = run_clock_ms() + (double) patience_ms;
    for (;;) {
        siginfo_t info = {0};
        int error = waitid(P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT);
        if (info.si_pid == pid || (error != 0 && errno != EINTR)) {
            return true;
        }
        if (run_clock_ms() >= until) {
            return false;
        }
        (void) poll(NULL, 0, WAIT_STEP_MS);
    }
}

/* Also what the child has started and left behind. */
static void end_group(pid_t pid)
{
    (void) kill(-pid, SIGTERM);
    (void) ended_within(pid, TERM_PATIENCE_MS);
    (void) kill(-pid, SIGKILL);
}

int child_end(struct child *child, long patience_ms)
{
    int wait_status = 0;
    if (child->pid <= 0) {
        return 0;
    }
    close_fd(&child->in);
    if (patience_ms <= 0 || !ended_within(child->pid, patience_ms)) {
        end_group(child->pid);
    }
    while (waitpid(child->pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
    close_fd(&child->out);
    child->pid = 0;
    return wait_status;
}

void child_tell(int wait_status, char *out, size_t size)
{
    if (WIFSIGNALED(wait_status)) {
        (void) snprintf(out, size, "was ended by signal %d", WTERMSIG(wait_status));
    } else {
        (void) snprintf(out, size, "ended with exit code %d", WEXITSTATUS(wait_status));
    }
}

/* ---- A number -------------------------------------------------------------------------------- */

/* Reads to the end of the output; false when it is too long or late. */
static bool read_all(int fd, long timeout_ms, char *out, size_t size, size_t *length)
{
    double until = run_clock_ms() + (double) timeout_ms;
    for (*length = 0; *length < size;) {
        ssize_t got = read(fd, out + *length, size - *length);
        if (got == 0) {
            return true;
        }
        if (got > 0) {
            *length += (size_t) got;
            continue;
        }
        double left = until - run_clock_ms();
        if ((errno != EAGAIN && errno != EINTR) || left <= 0) {
            return false;
        }
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        (void) poll(&wait, 1, (int) left + 1);
    }
    return false;
}

static bool parse_number(char *text, int64_t *number)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || errno != 0 || value < 0 || end[strspn(end, " \t\r\n")] != '\0') {
        return false;
    }
    *number = value;
    return true;
}

static bool ended_well(int wait_status, const char *name, struct fail *fail)
{
    char how[64];
    if (wait_status == 0) {
        return true;
    }
    child_tell(wait_status, how, sizeof how);
    return fail_set(fail, EXIT_UNKNOWN, "%s: the command %s", name, how);
}

static bool read_number(struct child *child, const char *name, long timeout_ms, int64_t *number,
                        struct fail *fail)
{
    char text[NUMBER_MAX + 1];
    size_t length = 0;
    close_fd(&child->in);
    bool whole = read_all(child->out, timeout_ms, text, NUMBER_MAX, &length);
    int wait_status = child_end(child, whole ? timeout_ms : 0);
    text[length] = '\0';
    if (!whole) {
        return fail_set(fail, EXIT_UNKNOWN, "%s: printed too much or took too long", name);
    }
    return ended_well(wait_status, name, fail) &&
           (parse_number(text, number) ||
            fail_set(fail, EXIT_UNKNOWN, "%s: must print a whole number and nothing else", name));
}

bool child_number(const char *command, const char *name, const char *const *env, long timeout_ms,
                  int64_t *number, struct fail *fail)
{
    static const char *const nothing[] = {NULL};
    struct child child;
    char **all = join_environment(env != NULL ? env : nothing);
    if (all == NULL) {
        return fail_set(fail, EXIT_UNKNOWN, "out of memory");
    }
    bool held = start(command, all, &child, fail);
    free(all);
    return held && read_number(&child, name, timeout_ms, number, fail);
}

bool child_run(const char *command, const char *name, long timeout_ms, struct fail *fail)
{
    pid_t pid = 0;
    int error = spawn(command, environ, NULL, &pid);
    if (error != 0) {
        return fail_set(fail, EXIT_UNKNOWN, "can't start a process: %s", strerror(error));
    }
    struct child child = {.pid = pid, .in = -1, .out = -1};
    bool in_time = ended_within(pid, timeout_ms);
    int wait_status = child_end(&child, in_time ? 1 : 0);
    return in_time ? ended_well(wait_status, name, fail)
                   : fail_set(fail, EXIT_UNKNOWN, "%s: took too long", name);
}
