/* SPDX-License-Identifier: MIT
 *
 * An attempt as a process: the body on its standard input, the rest in its environment, no shell.
 *
 * The body lies in a file without a name (memfd), so that a program which reads slowly or not at
 * all holds nothing up. The environment is made anew: the receiver's own may hold secrets.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "receiver/deliver_parts.h"

#define STOP_LOOK_MS 200             /* how often a wait looks at the stop flag */
#define TERM_PATIENCE_MS 2000        /* from SIGTERM to SIGKILL */
#define HEADERS_MAX ((size_t) 32768) /* bytes: the receiver's ceiling for a head is half of it */
#define ENV_TEXT_MAX (FACTS_TEXT_MAX + HEADERS_MAX + ((size_t) 1 << 17))

/* Variables that any program may need and that hold no secret. */
static const char *const passed_on[] = {"PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"};
#define PASSED_ON (sizeof(passed_on) / sizeof(passed_on[0]))

/* ---- The environment ------------------------------------------------------------------------- */

struct environment {
    struct buf text; /* "NAME=value", NUL after each */
    size_t at[PASSED_ON + TARGET_ENV_MAX + FACT_COUNT + 1];
    char *list[PASSED_ON + TARGET_ENV_MAX + FACT_COUNT + 2]; /* NULL-ended */
    size_t count;
};

static void begin_variable(struct environment *env, const char *name)
{
    env->at[env->count++] = env->text.len;
    (void) buf_add_text(&env->text, name);
    (void) buf_add(&env->text, "=", 1);
}

static void add_inherited(struct environment *env, const char *name)
{
    const char *value = getenv(name);
    if (value != NULL) {
        begin_variable(env, name);
        (void) buf_add(&env->text, value, strlen(value) + 1);
    }
}

/* "Unsigned-Event" as HOOKGAUGE_UNSIGNED_EVENT. */
static void add_fact(struct environment *env, hg_str name, hg_str value)
{
    char upper[32];
    int length = snprintf(upper, sizeof(upper), "HOOKGAUGE_%.*s", (int) name.len, name.ptr);
    for (int i = 0; i < length && i < (int) sizeof(upper) - 1; i++) {
        if (upper[i] >= 'a' && upper[i] <= 'z') {
            upper[i] = (char) (upper[i] - 'a' + 'A');
        } else if (upper[i] == '-') {
            upper[i] = '_';
        }
    }
    begin_variable(env, upper);
    (void) buf_add_str(&env->text, value);
    (void) buf_add(&env->text, "", 1);
}

/* All headers that go on, "Name: value", LF after each. */
static void add_headers(struct environment *env, const hg_request *request)
{
    begin_variable(env, "HOOKGAUGE_HEADERS");
    for (size_t i = 0; i < request->header_count; i++) {
        const hg_header *header = &request->headers[i];
        if (header_goes_on(request, header->name)) {
            (void) buf_add_str(&env->text, header->name);
            (void) buf_add_text(&env->text, ": ");
            (void) buf_add_str(&env->text, header->value);
            (void) buf_add_text(&env->text, "\n");
        }
    }
    (void) buf_add(&env->text, "", 1);
}

/* False when memory ran out; buf_wipe is due in any case. */
static bool make_environment(struct environment *env, const struct target *target,
                             const hg_request *request, const struct facts *facts)
{
    env->count = 0;
    buf_init(&env->text, ENV_TEXT_MAX);
    for (size_t i = 0; i < PASSED_ON; i++) {
        add_inherited(env, passed_on[i]);
    }
    for (size_t i = 0; target->env[i] != NULL; i++) {
        add_inherited(env, target->env[i]);
    }
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (facts->values[i].ptr != NULL) {
            add_fact(env, facts->names[i], facts->values[i]);
        }
    }
    add_headers(env, request);
    for (size_t i = 0; !env->text.failed && i < env->count; i++) {
        env->list[i] = env->text.ptr + env->at[i];
    }
    env->list[env->count] = NULL;
    return !env->text.failed;
}

/* ---- Starting -------------------------------------------------------------------------------- */

/* The body as a file that is read from its beginning; -1 on failure. */
static int body_file(hg_str body)
{
    int fd = memfd_create("hookgauge-body", MFD_CLOEXEC);
    size_t put = 0;
    while (fd >= 0 && put < body.len) {
        ssize_t some = write(fd, body.ptr + put, body.len - put);
        if (some > 0) {
            put += (size_t) some;
        } else if (some == 0 || errno != EINTR) {
            break;
        }
    }
    if (fd >= 0 && (put < body.len || lseek(fd, 0, SEEK_SET) != 0)) {
        (void) close(fd);
        fd = -1;
    }
    return fd;
}

/* A group of its own, so that what it starts can be ended with it; no signal blocked or ignored. */
static int set_attributes(posix_spawnattr_t *attributes)
{
    sigset_t all, none;
    (void) sigemptyset(&none);
    (void) sigfillset(&all);
    int error = posix_spawnattr_setpgroup(attributes, 0);
    error = error != 0 ? error : posix_spawnattr_setsigdefault(attributes, &all);
    error = error != 0 ? error : posix_spawnattr_setsigmask(attributes, &none);
    short flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    return error != 0 ? error : posix_spawnattr_setflags(attributes, flags);
}

/* Nothing is left open beyond the three standard streams: neither sockets nor the store. */
static int set_streams(posix_spawn_file_actions_t *actions, const struct target *target, int body)
{
    int error = posix_spawn_file_actions_adddup2(actions, body, STDIN_FILENO);
    error = error != 0 ? error
                       : posix_spawn_file_actions_addopen(actions, STDOUT_FILENO, "/dev/null",
                                                          O_WRONLY, 0);
    if (error == 0 && !target->show_errors) {
        error = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    }
    return error != 0 ? error
                      : posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
}

/* Returns 0 or an error number. */
static int start(const struct target *target, int body, char *const *env, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) {
        return error;
    }
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        char *const *words = (char *const *) (uintptr_t) target->argv; /* not written to */
        error = set_attributes(&attributes);
        error = error != 0 ? error : set_streams(&actions, target, body);
        error = error != 0 ? error
                           : posix_spawn(pid, target->argv[0], &actions, &attributes, words, env);
        (void) posix_spawnattr_destroy(&attributes);
    }
    (void) posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* ---- Waiting --------------------------------------------------------------------------------- */

/* Whether the process behind the descriptor ends within that time, or until a stop is asked for
 * (NULL: never). */
static bool ends_within(int process, int64_t patience_ms, const struct stop_flag *stop)
{
    int64_t until_ms = clock_steady_ms() + patience_ms;
    for (;;) {
        int64_t left = until_ms - clock_steady_ms();
        int step = left > STOP_LOOK_MS ? STOP_LOOK_MS : (int) left;
        struct pollfd ended = {.fd = process, .events = POLLIN};
        if (poll(&ended, 1, step > 0 ? step : 0) > 0) {
            return true;
        }
        if (left <= 0 || stop_flag_is_set(stop)) {
            return false;
        }
    }
}

/* The leader is not reaped yet, so the group's id can't be another's. */
static void end_group(pid_t pid, int process)
{
    (void) kill(-pid, SIGTERM);
    (void) ends_within(process, TERM_PATIENCE_MS, NULL);
    (void) kill(-pid, SIGKILL);
}

static void judge(const struct target *target, int wait_status, struct outcome *outcome)
{
    char *text = outcome->text;
    outcome->kind = OUTCOME_LATER;
    if (WIFSIGNALED(wait_status)) {
        outcome->signal = WTERMSIG(wait_status);
        (void) snprintf(text, sizeof(outcome->text), "ended by signal %d", outcome->signal);
        return;
    }
    outcome->status = WEXITSTATUS(wait_status);
    (void) snprintf(text, sizeof(outcome->text), "exit code %d", outcome->status);
    if (outcome->status == 0) {
        outcome->kind = OUTCOME_DONE;
    } else if (target_is_dead(target, outcome->status)) {
        outcome->kind = OUTCOME_DEAD;
    }
}

static void wait_for(const struct target *target, pid_t pid, const struct stop_flag *stop,
                     struct outcome *outcome)
{
    int wait_status = 0;
    int process = pidfd_open(pid, 0);
    bool ended = process >= 0 && ends_within(process, target->timeout_ms, stop);
    if (!ended) {
        end_group(pid, process);
    }
    while (waitpid(pid, &wait_status, 0) < 0 && errno == EINTR) {
    }
    if (process >= 0) {
        (void) close(process);
    }
    if (ended) {
        judge(target, wait_status, outcome);
    } else if (stop_flag_is_set(stop)) {
        outcome->kind = OUTCOME_STOPPED;
        (void) snprintf(outcome->text, sizeof(outcome->text), "stopped");
    } else {
        outcome->kind = OUTCOME_LATER;
        (void) snprintf(outcome->text, sizeof(outcome->text), "%s",
                        process >= 0 ? "took too long" : "no descriptor is left to wait with");
    }
}

struct outcome deliver_exec(const struct target *target, const hg_request *request,
                            const struct facts *facts, const struct stop_flag *stop)
{
    struct outcome outcome = {.kind = OUTCOME_LATER, .retry_after_s = -1};
    struct environment env;
    pid_t pid = 0;
    int body = body_file(request->body);
    bool made = make_environment(&env, target, request, facts);
    int error = body < 0 ? EIO : made ? start(target, body, env.list, &pid) : ENOMEM;
    buf_wipe(&env.text);
    if (body >= 0) {
        (void) close(body);
    }
    if (error != 0) {
        (void) snprintf(outcome.text, sizeof(outcome.text), "can't be started: %s",
                        strerror(error));
        return outcome;
    }
    wait_for(target, pid, stop, &outcome);
    return outcome;
}
