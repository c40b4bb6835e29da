/* SPDX-License-Identifier: MIT
 *
 * See dispatch.h: which lanes there are, at the start and after a reload.
 *
 * The new ones are made, with their threads, before an old one is touched. So when memory or
 * threads run out, nothing has changed and nothing has been begun that would have to be undone.
 */
#include <string.h>

#include "receiver/dispatch_lane.h"

static bool has_name(const struct lane *lane, hg_str endpoint)
{
    return strlen(lane->endpoint) == endpoint.len &&
           strncmp(lane->endpoint, endpoint.ptr, endpoint.len) == 0;
}

struct lane *dispatch_lane(const struct dispatch *dispatch, hg_str endpoint)
{
    struct lane *lane = dispatch->lanes;
    while (lane != NULL && (lane->retired || !has_name(lane, endpoint))) {
        lane = lane->next;
    }
    return lane;
}

static const struct endpoint *find_endpoint(const struct config *config, const char *name)
{
    for (size_t i = 0; i < config->endpoint_count; i++) {
        if (strcmp(config->endpoints[i].name.ptr, name) == 0) {
            return &config->endpoints[i];
        }
    }
    return NULL;
}

/* ---- The old --------------------------------------------------------------------------------- */

static bool is_waited_for(const struct dispatch *dispatch, const struct lane *lane)
{
    const struct lane *other = dispatch->lanes;
    while (other != NULL && other->before != lane) {
        other = other->next;
    }
    return other != NULL;
}

/* With the lock. Takes lanes that have ended, and that nobody waits for, out of the list. */
static struct lane *take_ended(struct dispatch *dispatch)
{
    struct lane *ended = NULL;
    for (struct lane **at = &dispatch->lanes; *at != NULL;) {
        struct lane *lane = *at;
        int64_t number;
        if (lane->retired && lane_ended(lane, &number) && !is_waited_for(dispatch, lane)) {
            *at = lane->next;
            lane->next = ended;
            ended = lane;
        } else {
            at = &lane->next;
        }
    }
    return ended;
}

static void free_lanes(struct lane *lane)
{
    while (lane != NULL) {
        struct lane *next = lane->next;
        lane_free(lane);
        lane = next;
    }
}

static void free_ended(struct dispatch *dispatch)
{
    (void) pthread_mutex_lock(&dispatch->lock);
    struct lane *ended = take_ended(dispatch);
    (void) pthread_mutex_unlock(&dispatch->lock);
    free_lanes(ended);
}

/* With the lock. */
static void retire(struct dispatch *dispatch, const struct config *config)
{
    for (struct lane *lane = dispatch->lanes; lane != NULL; lane = lane->next) {
        const struct endpoint *endpoint = find_endpoint(config, lane->endpoint);
        if (!lane->retired &&
            (endpoint == NULL || !target_same(&endpoint->target, &lane->target))) {
            lane->retired = true;
            lane_drain(lane);
        }
    }
}

/* ---- The new --------------------------------------------------------------------------------- */

/* The youngest lane that had an endpoint before; the list begins with the youngest. */
static struct lane *find_before(const struct dispatch *dispatch, hg_str endpoint)
{
    struct lane *lane = dispatch->lanes;
    while (lane != NULL && !has_name(lane, endpoint)) {
        lane = lane->next;
    }
    return lane;
}

static bool wants_lane(const struct dispatch *dispatch, const struct endpoint *endpoint)
{
    const struct lane *lane = dispatch_lane(dispatch, endpoint->name);
    return endpoint->target.kind != TARGET_NONE &&
           (lane == NULL || !target_same(&endpoint->target, &lane->target));
}

/* Makes the lanes that are not there yet; false: one could not be made, and none is. The list is
 * changed by this thread alone, so looking at it needs no lock here. */
static bool make_lanes(struct dispatch *dispatch, const struct config *config, struct lane **made)
{
    *made = NULL;
    for (size_t i = 0; i < config->endpoint_count; i++) {
        const struct endpoint *endpoint = &config->endpoints[i];
        if (!wants_lane(dispatch, endpoint)) {
            continue;
        }
        struct lane *lane = lane_new(dispatch, endpoint->name, &endpoint->target,
                                     find_before(dispatch, endpoint->name));
        if (lane == NULL) {
            free_lanes(*made);
            return false;
        }
        lane->next = *made;
        *made = lane;
    }
    return true;
}

/* With the lock. What was counted goes on being counted. */
static void put_in(struct dispatch *dispatch, struct lane *lane)
{
    if (lane->before != NULL) {
        (void) pthread_mutex_lock(&lane->before->lock);
        lane->counts = lane->before->counts;
        (void) pthread_mutex_unlock(&lane->before->lock);
        lane->counts.in_hand = 0;
    }
    lane->next = dispatch->lanes;
    dispatch->lanes = lane;
    lane_begin(lane);
}

/* ---- Both ------------------------------------------------------------------------------------ */

static void tell_name(void *context, hg_str name)
{
    struct dispatch *dispatch = context;
    const struct log_field fields[] = {
        LOG_TEXT("endpoint", name),
        LOG_TEXT("note", hg_text("deliveries wait, and no endpoint of this name hands on"))};
    if (dispatch_lane(dispatch, name) == NULL) {
        log_add(dispatch->log, LOG_WARN, clock_wall_ms(), "queue", fields, 2);
    }
}

/* What waits for an endpoint that was renamed, or whose target was taken away, is kept for ever,
 * and no figure counts it. A queue that can't be read says so in each lane. */
static void tell_stranded(struct dispatch *dispatch)
{
    struct fail unread = {0};
    (void) pthread_mutex_lock(&dispatch->queue_lock);
    (void) queue_names(dispatch->queue, tell_name, dispatch, &unread);
    (void) pthread_mutex_unlock(&dispatch->queue_lock);
}

bool dispatch_renew(struct dispatch *dispatch, const struct config *config, struct fail *fail)
{
    struct lane *made;
    free_ended(dispatch);
    if (!make_lanes(dispatch, config, &made)) {
        return fail_set(fail, EXIT_UNKNOWN, "handing on: too little memory or no threads");
    }
    (void) pthread_mutex_lock(&dispatch->lock);
    retire(dispatch, config);
    while (made != NULL) {
        struct lane *next = made->next;
        put_in(dispatch, made);
        made = next;
    }
    (void) pthread_mutex_unlock(&dispatch->lock);
    tell_stranded(dispatch);
    return true;
}
