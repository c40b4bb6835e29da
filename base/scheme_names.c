/* SPDX-License-Identifier: MIT
 *
 * What to say of a scheme's name that is not built in: a hundred names are no help, the nearest
 * few are. The name may be a provider's ("Clerk"), whose scheme has another ("svix").
 */
#include "base/scheme_names.h"

#include <string.h>

#include "base/buf.h"
#include "base/providers.h"
#include "hookgauge.h"

#define NEAR_MAX 3      /* names that are suggested */
#define SUGGEST_MAX 256 /* bytes of them */

/* Letters and digits in lower case, as names are compared: "Cal.com" is "calcom". */
struct key {
    char text[HG_NAME_MAX];
    size_t len;
};

static struct key key_of(const char *text, size_t len)
{
    struct key key = {.len = 0};
    for (size_t i = 0; i < len && key.len < sizeof key.text; i++) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z') {
            c = (char) (c - 'A' + 'a');
        }
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
            key.text[key.len++] = c;
        }
    }
    return key;
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* How many letters have to be added, dropped or changed (Levenshtein). */
static size_t distance(const struct key *a, const struct key *b)
{
    size_t row[HG_NAME_MAX + 1];
    for (size_t j = 0; j <= b->len; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a->len; i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b->len; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, corner + (a->text[i - 1] != b->text[j - 1]));
            corner = above;
        }
    }
    return row[b->len];
}

/* How far a wanted name is from another; a beginning of it counts as one letter. */
static size_t distance_to(const struct key *wanted, const char *text, size_t len)
{
    struct key key = key_of(text, len);
    size_t found = distance(wanted, &key);
    bool begins = wanted->len > 2 && wanted->len < key.len &&
                  memcmp(key.text, wanted->text, wanted->len) == 0;
    return begins && found > 1 ? 1 : found;
}

/* The same to a scheme: to its name or that of one of its providers. */
static size_t distance_to_scheme(const struct key *wanted, const char *scheme)
{
    size_t nearest = distance_to(wanted, scheme, strlen(scheme));
    const struct provider *provider = provider_of(scheme);
    const char *rest = provider != NULL ? provider->names : NULL;
    while (rest != NULL) {
        const char *comma = strchr(rest, ',');
        size_t len = comma != NULL ? (size_t) (comma - rest) : strlen(rest);
        size_t found = distance_to(wanted, rest, len);
        nearest = found < nearest ? found : nearest;
        rest = comma != NULL ? comma + 1 : NULL;
    }
    return nearest;
}

/* Adds the schemes at exactly that distance; returns how many they are. */
static size_t add_at(const struct key *wanted, size_t at, struct buf *out)
{
    const hg_scheme_spec *row;
    size_t count = 0;
    for (size_t i = 0; count < NEAR_MAX && (row = hg_scheme_builtin(i)) != NULL; i++) {
        if (distance_to_scheme(wanted, row->name) == at) {
            (void) buf_addf(out, "%s%s", count > 0 ? ", " : "", row->name);
            count++;
        }
    }
    return count;
}

static bool suggest(const char *name, struct fail *fail)
{
    struct buf near;
    struct key wanted = key_of(name, strlen(name));
    size_t count = 0;
    buf_init(&near, SUGGEST_MAX);
    for (size_t at = 0; count == 0 && at <= wanted.len / 3; at++) {
        count = add_at(&wanted, at, &near);
    }
    (void) fail_set(fail, EXIT_USAGE,
                    "unknown scheme '%.*s' (%s%s`hookgauge schemes` lists them; or give a file)",
                    HG_NAME_MAX, name, near.ptr != NULL ? near.ptr : "",
                    near.ptr != NULL ? "? " : "");
    buf_free(&near);
    return false;
}

const char *scheme_absent(const char *name)
{
    const hg_absent *absent;
    for (size_t i = 0; (absent = hg_scheme_absent(i)) != NULL; i++) {
        if (strcmp(absent->name, name) == 0) {
            return absent->reason;
        }
    }
    return NULL;
}

bool scheme_unknown(const char *name, struct fail *fail)
{
    const char *reason = scheme_absent(name);
    return reason != NULL ? fail_set(fail, EXIT_USAGE, "scheme %s has no row: it %s", name, reason)
                          : suggest(name, fail);
}
