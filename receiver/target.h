/* SPDX-License-Identifier: MIT
 *
 * Where an endpoint's deliveries are handed on to, and how often that is tried.
 */
#ifndef RECEIVER_TARGET_H
#define RECEIVER_TARGET_H

#include "base/buf.h"
#include "base/fail.h"

#define TARGET_URL_MAX ((size_t) 8192) /* bytes: what servers commonly accept */
#define TARGET_ARGS_MAX ((size_t) 32)  /* words of a program's command line: it is fixed text */
#define TARGET_ENV_MAX ((size_t) 32)   /* further variables that a program gets */
#define TARGET_DEAD_MAX ((size_t) 32)  /* answers that end all attempts */
#define TARGET_CONCURRENCY_MAX 64      /* attempts of one endpoint at once */
#define TARGET_TIMEOUT_MAX_S 3600      /* of one attempt */
#define TARGET_ATTEMPTS_MAX 1000
#define TARGET_DELAY_MAX_S 604800 /* a week between two attempts */

enum target_kind { TARGET_NONE, TARGET_HTTP, TARGET_EXEC };

enum target_order {
    TARGET_ANY_ORDER,  /* whatever is due; a failing delivery holds up no other */
    TARGET_BY_ARRIVAL, /* one at a time, in the order in which they came */
    TARGET_BY_EVENT    /* the same among the deliveries of one event */
};

struct target {
    enum target_kind kind;
    enum target_order order;
    /* TARGET_HTTP */
    struct buf url;           /* absolute; may hold a secret, */
    bool url_secret;          /* and is one as a whole: it was not written out */
    struct buf authorization; /* the value of that header, a secret; empty: the sender's is kept */
    /* TARGET_EXEC; the texts are borrowed, but in a copy */
    const char *argv[TARGET_ARGS_MAX + 1]; /* NULL-ended; the first is a path with a '/' */
    const char *env[TARGET_ENV_MAX + 1];   /* NULL-ended names of variables that are passed on */
    bool show_errors;                      /* its standard error is the receiver's */
    /* both */
    int dead[TARGET_DEAD_MAX]; /* HTTP statuses or exit codes after which none is tried again */
    size_t dead_count;
    int64_t concurrency;
    int64_t attempts;   /* after so many a delivery is dead */
    int64_t timeout_ms; /* of one attempt */
    int64_t first_delay_ms, most_delay_ms;
    struct buf words; /* of a copy: argv and env */
};

/* Sets the defaults of a kind, with nothing else in it. */
void target_init(struct target *target, enum target_kind kind);
void target_release(struct target *target); /* wipes */

/* A copy that needs nothing of the original; false: out of memory, nothing to release. */
bool target_copy(const struct target *target, struct target *copy);

/* The order as the configuration names it; NULL past the last. */
const char *target_order_name(enum target_order order);

/* Whether both hand on alike. */
bool target_same(const struct target *one, const struct target *other);

/* Whether a URL can be posted to: http or https, a host, no user info, no fragment, no blanks. The
 * message is one sentence that does not quote the URL; EXIT_USAGE. */
bool target_check_url(hg_str url, struct fail *fail);

/* What of the URL may be shown: not its query, which may hold a token, nor its path where all of it
 * came from a SRC; "..." stands for what is left out. False when memory ran out. */
bool target_show_url(const struct target *target, struct buf *out);

/* 0 to 1, so that what has failed together is not tried again together; the middle when the system
 * gives no randomness, since waiting needs none. */
double target_random(void);

/* Milliseconds to wait after the attempt of that number (from 1): exponential backoff with full
 * jitter, which is random (0 to 1) times first_delay x 2^(attempt-1), at most most_delay.
 * retry_after_s (-1: absent) is a lower bound to it, but to most_delay too. */
int64_t target_wait_ms(const struct target *target, int64_t attempt, double random,
                       long retry_after_s);

#endif
