/* SPDX-License-Identifier: MIT
 *
 * See target.h.
 */
#include "receiver/target.h"

#include <string.h>
#include <strings.h>

#define DEFAULT_CONCURRENCY 4
#define DEFAULT_ATTEMPTS 20           /* about five hours with the delays below */
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
    target->kind = TARGET_NONE;
}

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
