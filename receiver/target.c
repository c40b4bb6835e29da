/* SPDX-License-Identifier: MIT
 *
 * See target.h.
 */
#include "receiver/target.h"

#include <string.h>
#include <strings.h>
#include <sys/random.h>

#define DEFAULT_CONCURRENCY 4
#define DEFAULT_ATTEMPTS 20           /* two to four hours with the delays below */
#define DEFAULT_TIMEOUT_MS 30000      /* what callers of a web server commonly wait */
#define DEFAULT_FIRST_DELAY_MS 1000   /* a restarting program is back by then or soon after */
#define DEFAULT_MOST_DELAY_MS 1800000 /* half an hour: nobody waits longer after a repair */
#define STATUS_GONE 410               /* the one status that says: never again */
#define CODE_DATAERR 65               /* EX_DATAERR of sysexits.h: the input is wrong */

void target_init(struct target *target, enum target_kind kind)
{
    memset(target, 0, sizeof(*target));
    target->kind = kind;
    buf_init(&target->url, TARGET_URL_MAX);
    buf_init(&target->authorization, TARGET_URL_MAX);
    target->dead[0] = kind == TARGET_EXEC ? CODE_DATAERR : STATUS_GONE;
    target->dead_count = 1;
    target->concurrency = DEFAULT_CONCURRENCY;
    target->attempts = DEFAULT_ATTEMPTS;
    target->timeout_ms = DEFAULT_TIMEOUT_MS;
    target->first_delay_ms = DEFAULT_FIRST_DELAY_MS;
    target->most_delay_ms = DEFAULT_MOST_DELAY_MS;
}

void target_release(struct target *target)
{
    buf_wipe(&target->url);
    buf_wipe(&target->authorization);
    buf_free(&target->words);
    target->kind = TARGET_NONE;
}

const char *target_order_name(enum target_order order)
{
    static const char *const names[] = {
        [TARGET_ANY_ORDER] = "none", [TARGET_BY_ARRIVAL] = "arrival", [TARGET_BY_EVENT] = "event"};
    return (size_t) order < sizeof(names) / sizeof(names[0]) ? names[order] : NULL;
}

/* ---- Copies ---------------------------------------------------------------------------------- */

/* Copies a list of words into room that does not move: from is made to hold the copies. */
static void take_words(struct buf *room, const char **list)
{
    for (size_t i = 0; list[i] != NULL; i++) {
        const char *at = room->ptr + room->len;
        (void) buf_add(room, list[i], strlen(list[i]) + 1);
        list[i] = at;
    }
}

static size_t words_size(const char *const *list)
{
    size_t size = 0;
    for (size_t i = 0; list[i] != NULL; i++) {
        size += strlen(list[i]) + 1;
    }
    return size;
}

static bool copy_buf(const struct buf *from, struct buf *to)
{
    buf_init(to, TARGET_URL_MAX);
    return buf_add_str(to, buf_str(from));
}

bool target_copy(const struct target *target, struct target *copy)
{
    struct target made = *target;
    size_t size = words_size(target->argv) + words_size(target->env);
    buf_init(&made.words, size);
    bool done = copy_buf(&target->url, &made.url);
    done = copy_buf(&target->authorization, &made.authorization) && done;
    if (!done || (size > 0 && buf_reserve(&made.words, size) == NULL)) {
        target_release(&made);
        return false;
    }
    take_words(&made.words, made.argv);
    take_words(&made.words, made.env);
    *copy = made;
    return true;
}

static bool words_same(const char *const *one, const char *const *other)
{
    size_t i = 0;
    while (one[i] != NULL && other[i] != NULL && strcmp(one[i], other[i]) == 0) {
        i++;
    }
    return one[i] == NULL && other[i] == NULL;
}

static bool texts_same(const struct buf *one, const struct buf *other)
{
    return one->len == other->len &&
           (one->len == 0 || strncmp(one->ptr, other->ptr, one->len) == 0);
}

static bool dead_same(const struct target *one, const struct target *other)
{
    bool same = one->dead_count == other->dead_count;
    for (size_t i = 0; same && i < one->dead_count; i++) {
        same = one->dead[i] == other->dead[i];
    }
    return same;
}

bool target_same(const struct target *one, const struct target *other)
{
    return one->kind == other->kind && one->order == other->order &&
           one->show_errors == other->show_errors && one->concurrency == other->concurrency &&
           one->attempts == other->attempts && one->timeout_ms == other->timeout_ms &&
           one->first_delay_ms == other->first_delay_ms &&
           one->most_delay_ms == other->most_delay_ms && dead_same(one, other) &&
           texts_same(&one->url, &other->url) &&
           texts_same(&one->authorization, &other->authorization) &&
           words_same(one->argv, other->argv) && words_same(one->env, other->env);
}

/* ---- URLs ------------------------------------------------------------------------------------ */

static bool refuse(struct fail *fail, const char *why)
{
    return fail_set(fail, EXIT_USAGE, "%s", why);
}

bool target_check_url(hg_str url, struct fail *fail)
{
    static const char *const schemes[] = {"http://", "https://"};
    size_t at = 0;
    for (size_t i = 0; i < 2; i++) {
        size_t length = strlen(schemes[i]);
        if (url.len > length && strncasecmp(url.ptr, schemes[i], length) == 0) {
            at = length;
        }
    }
    if (at == 0) {
        return refuse(fail, "must be a URL that begins with http:// or https://");
    }
    for (size_t i = 0; i < url.len; i++) {
        unsigned char byte = (unsigned char) url.ptr[i];
        if (byte <= 0x20 || byte >= 0x7f || byte == '#' || byte == '\\') {
            return refuse(fail, "the URL holds a blank, a fragment or a byte that must be escaped");
        }
    }
    size_t host = at;
    while (at < url.len && url.ptr[at] != '/' && url.ptr[at] != '?') {
        if (url.ptr[at++] == '@') {
            return refuse(fail, "the URL holds user info: give it as \"authorization\" instead");
        }
    }
    return at > host || refuse(fail, "the URL names no host");
}

bool target_show_url(const struct target *target, struct buf *out)
{
    hg_str url = buf_str(&target->url);
    size_t at = 0, slashes = 0; /* the third one ends the host */
    while (at < url.len && url.ptr[at] != '?') {
        slashes += url.ptr[at] == '/' ? 1 : 0;
        if (slashes == 3 && target->url_secret) {
            break;
        }
        at++;
    }
    return buf_add(out, url.ptr, at) &&
           (at == url.len || (buf_add(out, url.ptr + at, 1) && buf_add_text(out, "...")));
}

/* ---- Waiting --------------------------------------------------------------------------------- */

double target_random(void)
{
    uint32_t value = UINT32_MAX / 2;
    (void) !getrandom(&value, sizeof(value), GRND_NONBLOCK);
    return (double) value / (double) UINT32_MAX;
}

int64_t target_wait_ms(const struct target *target, int64_t attempt, double random,
                       long retry_after_s)
{
    int64_t most = target->most_delay_ms;
    int64_t ceiling = target->first_delay_ms;
    for (int64_t i = 1; i < attempt && ceiling < most; i++) {
        ceiling *= 2;
    }
    if (ceiling > most) {
        ceiling = most;
    }
    int64_t wait = (int64_t) ((double) ceiling * random);
    int64_t asked = retry_after_s > 0 ? (int64_t) retry_after_s * 1000 : 0;
    if (wait < asked) {
        wait = asked < most ? asked : most;
    }
    return wait;
}
