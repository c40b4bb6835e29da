/* SPDX-License-Identifier: MIT
 *
 * A program as a target: long-lived processes that read cases and answer them, a line each.
 *
 * One thread and poll. Each process has several cases in flight, so that neither side waits for the
 * other. When a process dies, falls silent or answers what can't be understood, nobody knows which
 * of its cases was to blame: a fresh process gets them again one at a time, and the one on which it
 * goes wrong alone has failed.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"
#include "harness/child.h"
#include "harness/cmd_line.h"
#include "harness/target.h"

#define IN_FLIGHT_MAX 32     /* cases of a process: enough to hide the way to it and back */
#define UNSENT_MAX 65536     /* bytes that wait for a process: then it gets no further case */
#define RESTARTS_MAX 32      /* after so many a program is hopeless, and the run should end */
#define END_PATIENCE_MS 2000 /* for a process whose standard input was closed to end by itself */
#define POLL_MAX_MS 200      /* so that an interrupt is noticed soon */
#define READ_SIZE 16384

struct worker {
    struct child child;
    struct buf unsent; /* lines for it, from sent on */
    size_t sent;
    struct buf answers; /* the beginning of a line */
    size_t flight[IN_FLIGHT_MAX];
    double since[IN_FLIGHT_MAX];
    size_t flying;
    double heard_ms; /* when it last gave an answer, or got a case while idle */
    bool alone;      /* its one case is tried again */
};

struct cmd {
    struct run *run;
    const char *program;
    struct worker *workers;
    struct pollfd *polls; /* two a worker: its output, its input */
    size_t count;
    size_t next;        /* the next case not yet handed out */
    size_t *again;      /* cases to be tried alone */
    size_t again_count; /* taken from the end */
    size_t restarts;
    size_t good; /* answers that were understood */
    char gave_up[256];
    struct fail *fail;
};

/* ---- Handing out ----------------------------------------------------------------------------- */

static void skip_noted(struct cmd *cmd)
{
    while (cmd->next < cmd->run->count && cmd->run->outcomes[cmd->next].result != OUTCOME_NONE) {
        cmd->next++;
    }
}

static void drop_front(struct buf *buf, size_t size)
{
    if (size > 0) {
        memmove(buf->ptr, buf->ptr + size, buf->len - size);
        buf->len -= size;
    }
}

static bool hand_out(struct cmd *cmd, struct worker *worker, size_t index)
{
    const struct run *run = cmd->run;
    drop_front(&worker->unsent, worker->sent);
    worker->sent = 0;
    if (!cmd_line_write(run->file, run->cases[index], &worker->unsent)) {
        return fail_set(cmd->fail, EXIT_UNKNOWN, "case \"%s\": does not fit in a line",
                        run->cases[index]->id);
    }
    double now = run_clock_ms();
    if (worker->flying == 0) {
        worker->heard_ms = now;
    }
    worker->flight[worker->flying] = index;
    worker->since[worker->flying] = now;
    worker->flying++;
    return true;
}

static bool start(struct cmd *cmd, struct worker *worker)
{
    if (worker->child.pid != 0) {
        return true;
    }
    buf_clear(&worker->unsent);
    buf_clear(&worker->answers);
    worker->sent = 0;
    return child_start(cmd->program, &worker->child, cmd->fail);
}

/* Gives a worker what it may have now. False when that is impossible. */
static bool feed(struct cmd *cmd, struct worker *worker)
{
    if (worker->flying == 0 && cmd->again_count > 0) {
        worker->alone = true;
        return start(cmd, worker) && hand_out(cmd, worker, cmd->again[--cmd->again_count]);
    }
    while (!worker->alone && worker->flying < IN_FLIGHT_MAX &&
           worker->unsent.len - worker->sent < UNSENT_MAX) {
        skip_noted(cmd);
        if (cmd->next == cmd->run->count) {
            break;
        }
        if (!start(cmd, worker) || !hand_out(cmd, worker, cmd->next++)) {
            return false;
        }
    }
    return true;
}

/* ---- Trouble --------------------------------------------------------------------------------- */

/* The program is of no use: what is left fails for the same reason. */
static void give_up(struct cmd *cmd, const char *why)
{
    if (cmd->gave_up[0] == '\0') {
        (void) snprintf(cmd->gave_up, sizeof cmd->gave_up, "given up, because the program %s", why);
    }
}

static void fail_rest(struct cmd *cmd)
{
    for (size_t i = 0; i < cmd->run->count; i++) {
        if (cmd->run->outcomes[i].result == OUTCOME_NONE) {
            run_note_failed(cmd->run, i, "%s", cmd->gave_up);
        }
    }
}

/* Ends a process that can't be used any more. What it was asked fails, or is asked again alone. */
static bool trouble(struct cmd *cmd, struct worker *worker, const char *why)
{
    bool known = worker->flying == 1; /* to which case it happened */
    (void) child_end(&worker->child, 0);
    for (size_t i = 0; i < worker->flying; i++) {
        if (known) {
            run_note_failed(cmd->run, worker->flight[i], "the program %s", why);
        } else {
            cmd->again[cmd->again_count++] = worker->flight[i];
        }
    }
    worker->flying = 0;
    worker->alone = false;
    cmd->restarts++;
    if (cmd->restarts > RESTARTS_MAX || (known && cmd->good == 0)) {
        give_up(cmd, why);
    }
    return true;
}

/* Standard output was closed. */
static bool gone(struct cmd *cmd, struct worker *worker)
{
    char how[128];
    char why[160];
    int status = child_end(&worker->child, END_PATIENCE_MS);
    bool absent = WIFEXITED(status) && (WEXITSTATUS(status) == 127 || WEXITSTATUS(status) == 126);
    child_tell(status, how, sizeof how);
    if (absent && cmd->good == 0) {
        return fail_set(cmd->fail, EXIT_UNKNOWN, "the program could not be started: the shell %s",
                        how);
    }
    (void) snprintf(why, sizeof why, "%s%s", how, worker->flying > 0 ? " before it answered" : "");
    return trouble(cmd, worker, why);
}

/* ---- Answers --------------------------------------------------------------------------------- */

static size_t find_flight(const struct cmd *cmd, const struct worker *worker, const char *id)
{
    size_t i = 0;
    while (i < worker->flying && strcmp(cmd->run->cases[worker->flight[i]]->id, id) != 0) {
        i++;
    }
    return i;
}

static void take_answer(struct cmd *cmd, struct worker *worker, size_t slot,
                        const struct cmd_answer *answer)
{
    size_t index = worker->flight[slot];
    const struct vector_case *one = cmd->run->cases[index];
    struct outcome *outcome = &cmd->run->outcomes[index];
    double now = run_clock_ms();
    outcome->ms = now - worker->since[slot];
    worker->heard_ms = now;
    worker->flying--;
    worker->flight[slot] = worker->flight[worker->flying];
    worker->since[slot] = worker->since[worker->flying];
    worker->alone = false;
    cmd->good++;
    if (answer->skip != NULL) {
        run_note_declined(cmd->run, index, answer->skip);
        return;
    }
    outcome->answer = answer->accept ? ANSWER_ACCEPTED : ANSWER_REFUSED;
    outcome->status = answer->status;
    run_note(cmd->run, index,
             answer->status != 0 ? answer->status == one->status
                                 : answer->accept == (one->status == HG_OK));
}

/* One line without its end. */
static bool take_line(struct cmd *cmd, struct worker *worker, hg_str line)
{
    struct cmd_answer answer;
    char why[256];
    if (!cmd_line_read(line, &answer, why, sizeof why)) {
        return trouble(cmd, worker, why);
    }
    size_t slot = find_flight(cmd, worker, answer.id);
    if (slot == worker->flying) {
        (void) snprintf(why, sizeof why, "answered an id that it was not asked: \"%.80s\"",
                        answer.id);
        cmd_answer_free(&answer);
        return trouble(cmd, worker, why);
    }
    take_answer(cmd, worker, slot, &answer);
    cmd_answer_free(&answer);
    return true;
}

/* Takes the whole lines that have arrived; the rest moves to the front. */
static bool take_lines(struct cmd *cmd, struct worker *worker)
{
    size_t from = 0;
    while (worker->child.pid != 0) {
        char *start_at = worker->answers.ptr + from;
        char *end = memchr(start_at, '\n', worker->answers.len - from);
        if (end == NULL) {
            break;
        }
        if (!take_line(cmd, worker, (hg_str){start_at, (size_t) (end - start_at)})) {
            return false;
        }
        from = (size_t) (end - worker->answers.ptr) + 1;
    }
    if (worker->child.pid != 0) {
        drop_front(&worker->answers, from);
    }
    return true;
}

static bool hear(struct cmd *cmd, struct worker *worker)
{
    char *place = buf_reserve(&worker->answers, READ_SIZE);
    if (place == NULL) {
        return trouble(cmd, worker, "answered a line that is too long");
    }
    ssize_t got = read(worker->child.out, place, READ_SIZE);
    if (got == 0) {
        return gone(cmd, worker);
    }
    if (got < 0) {
        return errno == EAGAIN || errno == EINTR || gone(cmd, worker);
    }
    buf_used(&worker->answers, (size_t) got);
    return take_lines(cmd, worker);
}

/* A process that no longer reads is noticed when it closes its output, or by its silence. */
static void tell(struct worker *worker)
{
    ssize_t put = write(worker->child.in, worker->unsent.ptr + worker->sent,
                        worker->unsent.len - worker->sent);
    if (put > 0) {
        worker->sent += (size_t) put;
    } else if (put < 0 && errno == EPIPE) {
        worker->sent = worker->unsent.len;
    }
}

/* ---- The loop -------------------------------------------------------------------------------- */

static bool working(const struct cmd *cmd)
{
    for (size_t i = 0; i < cmd->count; i++) {
        if (cmd->workers[i].flying > 0) {
            return true;
        }
    }
    return false;
}

/* Milliseconds until the first process is overdue. */
static int patience(const struct cmd *cmd)
{
    double least = POLL_MAX_MS;
    for (size_t i = 0; i < cmd->count; i++) {
        const struct worker *worker = &cmd->workers[i];
        double left = worker->heard_ms + (double) cmd->run->set.timeout_s * 1000 - run_clock_ms();
        if (worker->flying > 0 && left < least) {
            least = left > 0 ? left : 0;
        }
    }
    return (int) least + 1;
}

static void set_polls(struct cmd *cmd)
{
    for (size_t i = 0; i < cmd->count; i++) {
        const struct worker *worker = &cmd->workers[i];
        bool alive = worker->child.pid != 0;
        bool pending = alive && worker->sent < worker->unsent.len;
        cmd->polls[2 * i] = (struct pollfd){.fd = alive ? worker->child.out : -1, .events = POLLIN};
        cmd->polls[2 * i + 1] =
            (struct pollfd){.fd = pending ? worker->child.in : -1, .events = POLLOUT};
    }
}

static bool serve(struct cmd *cmd, size_t i)
{
    struct worker *worker = &cmd->workers[i];
    if (cmd->polls[2 * i + 1].revents != 0) {
        tell(worker);
    }
    if (cmd->polls[2 * i].revents != 0 && !hear(cmd, worker)) {
        return false;
    }
    double limit = (double) cmd->run->set.timeout_s * 1000;
    if (worker->flying > 0 && run_clock_ms() - worker->heard_ms >= limit) {
        char why[96];
        (void) snprintf(why, sizeof why, "gave no answer within %ld s", cmd->run->set.timeout_s);
        return trouble(cmd, worker, why);
    }
    return true;
}

static bool loop(struct cmd *cmd)
{
    for (;;) {
        for (size_t i = 0; i < cmd->count; i++) {
            if (!feed(cmd, &cmd->workers[i])) {
                return false;
            }
        }
        if (run_stopped(cmd->run) || !working(cmd)) {
            return true;
        }
        set_polls(cmd);
        if (poll(cmd->polls, (nfds_t) (2 * cmd->count), patience(cmd)) < 0 && errno != EINTR) {
            return fail_set(cmd->fail, EXIT_UNKNOWN, "poll: %s", strerror(errno));
        }
        for (size_t i = 0; i < cmd->count; i++) {
            if (!serve(cmd, i)) {
                return false;
            }
        }
        if (cmd->gave_up[0] != '\0') {
            fail_rest(cmd);
            return true;
        }
    }
}

/* ---- Beginning and end ----------------------------------------------------------------------- */

static bool open_workers(struct cmd *cmd)
{
    size_t cases = cmd->run->count;
    size_t jobs = (size_t) cmd->run->set.jobs;
    cmd->count = jobs < cases ? jobs : cases;
    cmd->workers = calloc(cmd->count, sizeof *cmd->workers);
    cmd->polls = calloc(2 * cmd->count, sizeof *cmd->polls);
    cmd->again = calloc(cases, sizeof *cmd->again);
    if (cmd->workers == NULL || cmd->polls == NULL || cmd->again == NULL) {
        cmd->count = 0;
        return fail_set(cmd->fail, EXIT_UNKNOWN, "out of memory");
    }
    for (size_t i = 0; i < cmd->count; i++) {
        cmd->workers[i].child = (struct child){0, -1, -1};
        buf_init(&cmd->workers[i].unsent, CMD_LINE_MAX + UNSENT_MAX);
        buf_init(&cmd->workers[i].answers, CMD_ANSWER_MAX + READ_SIZE);
    }
    return true;
}

/* All inputs are closed first, so that the processes end side by side. */
static void close_workers(struct cmd *cmd, long patience_ms)
{
    for (size_t i = 0; i < cmd->count; i++) {
        if (cmd->workers[i].child.pid != 0) {
            (void) close(cmd->workers[i].child.in);
            cmd->workers[i].child.in = -1;
        }
    }
    for (size_t i = 0; i < cmd->count; i++) {
        (void) child_end(&cmd->workers[i].child, patience_ms);
        buf_free(&cmd->workers[i].unsent);
        buf_free(&cmd->workers[i].answers);
    }
    free(cmd->workers);
    free(cmd->polls);
    free(cmd->again);
}

bool target_cmd(struct run *run, const char *program, struct fail *fail)
{
    struct cmd cmd = {.run = run, .program = program, .fail = fail};
    bool held = open_workers(&cmd) && loop(&cmd);
    close_workers(&cmd, held && !run_stopped(run) ? END_PATIENCE_MS : 0);
    return held;
}
