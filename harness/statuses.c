/* SPDX-License-Identifier: MIT
 *
 * What an HTTP status says about a delivery.
 */
#include "harness/statuses.h"

#include <string.h>

#include "base/buf.h"

/* Platforms that demand exact statuses. Only what is written down by them; source says where. */
static const struct profile {
    const char *name;
    const char *accept, *reject;
    const char *forged; /* NULL: any of reject */
    const char *source;
} profiles[] = {
    /* Calls an endpoint back with a bad signature on purpose and wants 401. */
    {"discord", STATUSES_ACCEPT, STATUSES_REJECT, "401",
     "https://discord.com/developers/docs/interactions/overview"},
    /* Apps are reviewed for it; a redirect counts as an error. */
    {"shopify", STATUSES_ACCEPT, STATUSES_REJECT, "401",
     "https://shopify.dev/docs/apps/build/compliance/privacy-law-compliance"},
    /* 410 tells the sender to disable the endpoint: whoever can forge could switch it off. */
    {"standard-webhooks", STATUSES_ACCEPT, "400-409,411-428,430-499", NULL,
     "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"},
    {"zoom", "200,204", STATUSES_REJECT, NULL, "https://developers.zoom.us/blog/webhook-delays/"},
};

#define PROFILES (sizeof profiles / sizeof profiles[0])

/* ---- Sets ------------------------------------------------------------------------------------ */

static void add(struct statuses *set, int status)
{
    set->bits[status / 64] |= UINT64_C(1) << (status % 64);
}

bool statuses_has(const struct statuses *set, int status)
{
    return status >= STATUS_FIRST && status <= STATUS_LAST &&
           (set->bits[status / 64] >> (status % 64) & 1) != 0;
}

/* Three digits, *at behind them then; 0 when they are not. */
static int read_status(const char **at)
{
    int status = 0;
    for (size_t i = 0; i < 3; i++) {
        char digit = (*at)[i];
        if (digit < '0' || digit > '9') {
            return 0;
        }
        status = status * 10 + (digit - '0');
    }
    *at += 3;
    return status >= STATUS_FIRST && status <= STATUS_LAST ? status : 0;
}

bool statuses_parse(const char *text, struct statuses *set)
{
    struct statuses made = {{0}};
    for (const char *at = text;; at++) {
        int first = read_status(&at);
        int last = first;
        if (first != 0 && *at == '-') {
            at++;
            last = read_status(&at);
        }
        if (first == 0 || last < first || (*at != ',' && *at != '\0')) {
            return false;
        }
        for (int status = first; status <= last; status++) {
            add(&made, status);
        }
        if (*at == '\0') {
            *set = made;
            return true;
        }
    }
}

/* ---- Expectations ---------------------------------------------------------------------------- */

const char *profile_name(size_t index)
{
    return index < PROFILES ? profiles[index].name : NULL;
}

const char *profile_source(size_t index)
{
    return index < PROFILES ? profiles[index].source : NULL;
}

static bool unknown_profile(const char *name, struct fail *fail)
{
    struct buf names;
    buf_init(&names, 256);
    for (size_t i = 0; i < PROFILES; i++) {
        (void) (buf_add_text(&names, i == 0 ? "" : ", ") && buf_add_text(&names, profiles[i].name));
    }
    (void) fail_set(fail, EXIT_USAGE, "--profile: no '%.64s'; there are: %s", name,
                    names.ptr != NULL ? names.ptr : "none");
    buf_free(&names);
    return false;
}

static bool parse(const char *option, const char *text, struct statuses *set, struct fail *fail)
{
    return statuses_parse(text, set) ||
           fail_set(fail, EXIT_USAGE, "--%s: must be statuses from %d to %d, as in 200-299,304",
                    option, STATUS_FIRST, STATUS_LAST);
}

static bool disjoint(const struct expectations *expected, struct fail *fail)
{
    for (int status = STATUS_FIRST; status <= STATUS_LAST; status++) {
        if (statuses_has(&expected->accept, status) && statuses_has(&expected->reject, status)) {
            return fail_set(fail, EXIT_USAGE, "--accept and --reject: %d would mean both", status);
        }
    }
    return true;
}

bool expectations_make(const char *profile, const char *accept, const char *reject,
                       struct expectations *out, struct fail *fail)
{
    static const struct profile plain = {NULL, STATUSES_ACCEPT, STATUSES_REJECT, NULL, NULL};
    const struct profile *row = &plain;
    for (size_t i = 0; profile != NULL && row == &plain; i++) {
        if (i == PROFILES) {
            return unknown_profile(profile, fail);
        }
        row = strcmp(profiles[i].name, profile) == 0 ? &profiles[i] : row;
    }
    struct expectations made = {.profile = row->name};
    made.accept_text = accept != NULL ? accept : profile != NULL ? row->accept : NULL;
    made.reject_text = reject != NULL ? reject : profile != NULL ? row->reject : NULL;
    /* What the user says about refusals holds for all of them. */
    made.forged_demanded = row->forged != NULL && reject == NULL;
    if (!parse("accept", accept != NULL ? accept : row->accept, &made.accept, fail) ||
        !parse("reject", reject != NULL ? reject : row->reject, &made.reject, fail) ||
        (made.forged_demanded && !parse("profile", row->forged, &made.forged, fail)) ||
        !disjoint(&made, fail)) {
        return false;
    }
    *out = made;
    return true;
}

enum reading expectations_read(const struct expectations *expected, hg_class class, int status)
{
    bool forged = class == HG_CLASS_FORGED || class == HG_CLASS_STALE;
    if (statuses_has(&expected->accept, status)) {
        return READ_ACCEPTED;
    }
    if (statuses_has(&expected->reject, status)) {
        return forged && expected->forged_demanded && !statuses_has(&expected->forged, status)
                   ? READ_WRONG_CODE
                   : READ_REFUSED;
    }
    return status >= 500 ? READ_ERRED : status == 429 ? READ_BUSY : READ_UNCLEAR;
}
