/* SPDX-License-Identifier: MIT
 *
 * See stream_link.h: the stream is made, or held against what is promised of it.
 */
#include <stdio.h>
#include <string.h>

#include "receiver/stream_link.h"

#define NS_PER_S INT64_C(1000000000)
#define READY_MS INT64_C(15000) /* for a cluster that is starting: its election takes up to 9 s */
#define ASK_AGAIN_MS INT64_C(200)
#define SUBJECT_MAX (STREAM_NAME_MAX + 5)

/* Whether a later question may be answered otherwise. */
static bool passing(natsStatus status, jsErrCode code)
{
    return status == NATS_TIMEOUT || status == NATS_NO_RESPONDERS ||
           status == NATS_CONNECTION_DISCONNECTED || code == JSClusterNotAvailErr ||
           code == JSClusterNotLeaderErr || code == JSClusterNoPeersErr ||
           code == JSClusterIncompleteErr;
}

/* ---- Making it ------------------------------------------------------------------------------- */

static natsStatus make_stream(struct stream_link *link, const struct stream_needs *needs,
                              jsErrCode *code)
{
    char subject[SUBJECT_MAX];
    const char *subjects[] = {subject};
    jsStreamConfig config;
    natsStatus status = jsStreamConfig_Init(&config);
    (void) snprintf(subject, sizeof(subject), "%s.*.*", needs->name);
    config.Name = needs->name;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    config.Retention = js_LimitsPolicy;
    config.Storage = js_FileStorage;
    config.Discard = js_DiscardNew; /* a full stream is answered 503; what is in it stays */
    config.Replicas = needs->replicas;
    config.MaxAge = needs->max_age_s * NS_PER_S;
    config.MaxBytes = needs->max_bytes > 0 ? needs->max_bytes : -1;
    config.Duplicates = needs->dedup_s * NS_PER_S;
    return status == NATS_OK ? js_AddStream(NULL, link->js, &config, NULL, code) : status;
}

/* ---- Checking it ----------------------------------------------------------------------------- */

static bool has_subject(const jsStreamConfig *config, const char *name)
{
    char narrow[SUBJECT_MAX], wide[SUBJECT_MAX];
    (void) snprintf(narrow, sizeof(narrow), "%s.*.*", name);
    (void) snprintf(wide, sizeof(wide), "%s.>", name);
    for (int i = 0; i < config->SubjectsLen; i++) {
        if (strcmp(config->Subjects[i], narrow) == 0 || strcmp(config->Subjects[i], wide) == 0) {
            return true;
        }
    }
    return false;
}

/* What would lose, or not recognise, a delivery that was answered 200; NULL: nothing. */
static const char *broken_promise(const jsStreamConfig *config, const struct stream_needs *needs)
{
    if (config->Mirror != NULL || config->Sealed || config->NoAck) {
        return "it is a mirror, sealed or gives no acks";
    }
    if (!has_subject(config, needs->name)) {
        return "its subjects lack NAME.*.*";
    }
    if (config->Retention != js_LimitsPolicy) {
        return "retention must be limits: duplicates are recognised by what is kept";
    }
    if (config->Storage != js_FileStorage) {
        return "storage must be file";
    }
    if (config->Discard != js_DiscardNew) {
        return "discard must be new: old would drop what is not handed on yet";
    }
    if (config->MaxMsgsPerSubject > 0) {
        return "it limits the messages of a subject";
    }
    return NULL;
}

static bool check_number(const char *name, const char *what, int64_t has, int64_t needs,
                         struct fail *fail)
{
    return has >= needs ||
           fail_set(fail, EXIT_USAGE, "the stream %s: %s is %lld, and must be at least %lld", name,
                    what, (long long) has, (long long) needs);
}

static bool check_stream(const jsStreamConfig *config, const struct stream_needs *needs,
                         struct fail *fail)
{
    const char *broken = broken_promise(config, needs);
    if (broken != NULL) {
        return fail_set(fail, EXIT_USAGE, "the stream %s: %s", needs->name, broken);
    }
    return check_number(needs->name, "replicas", config->Replicas, needs->replicas, fail) &&
           check_number(needs->name, "duplicate window in seconds", config->Duplicates / NS_PER_S,
                        needs->dedup_s, fail) &&
           (config->MaxAge == 0 ||
            check_number(needs->name, "max age in seconds", config->MaxAge / NS_PER_S,
                         needs->least_age_s, fail)) &&
           (config->MaxMsgSize <= 0 || check_number(needs->name, "max message size in bytes",
                                                    config->MaxMsgSize, needs->message, fail));
}

/* ---- Both ------------------------------------------------------------------------------------ */

/* One attempt: looks for the stream and makes it when it is missing. Another program may make it
 * at the same time. */
static natsStatus find_or_make(struct stream_link *link, const struct stream_needs *needs,
                               jsStreamInfo **info, jsErrCode *code)
{
    natsStatus status = js_GetStreamInfo(info, link->js, needs->name, NULL, code);
    if (status != NATS_NOT_FOUND) {
        return status;
    }
    status = make_stream(link, needs, code);
    if (status != NATS_OK && *code != JSStreamNameExistErr) {
        return status;
    }
    return js_GetStreamInfo(info, link->js, needs->name, NULL, code);
}

/* Asks again while the cluster is only starting. made: it may be missing. */
static natsStatus await_stream(struct stream_link *link, const struct stream_needs *needs,
                               bool made, jsStreamInfo **info)
{
    int64_t until = nats_Now() + READY_MS;
    while (true) {
        jsErrCode code = 0;
        natsStatus status = made ? find_or_make(link, needs, info, &code)
                                 : js_GetStreamInfo(info, link->js, needs->name, NULL, &code);
        if (status == NATS_OK || !passing(status, code) || nats_Now() >= until) {
            return status;
        }
        nats_Sleep(ASK_AGAIN_MS);
    }
}

bool stream_ensure(struct stream_link *link, const struct stream_needs *needs, struct fail *fail)
{
    jsStreamInfo *info = NULL;
    natsStatus status = await_stream(link, needs, true, &info);
    if (status != NATS_OK) {
        return fail_set(fail, EXIT_UNKNOWN, "the stream %s with %lld copies: %s", needs->name,
                        (long long) needs->replicas, stream_reason(status));
    }
    bool done = check_stream(info->Config, needs, fail);
    jsStreamInfo_Destroy(info);
    return done;
}

bool stream_find(struct stream_link *link, struct fail *fail)
{
    jsStreamInfo *info = NULL;
    const struct stream_needs needs = {.name = link->name};
    natsStatus status = await_stream(link, &needs, false, &info);
    jsStreamInfo_Destroy(info);
    if (status == NATS_NOT_FOUND) {
        return fail_set(fail, EXIT_UNKNOWN, "there is no stream %s yet: a receiver makes it",
                        link->name);
    }
    return status == NATS_OK ||
           fail_set(fail, EXIT_UNKNOWN, "the stream %s: %s", link->name, stream_reason(status));
}
