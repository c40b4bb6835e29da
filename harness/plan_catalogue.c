/* SPDX-License-Identifier: MIT
 *
 * The plan: the twins that every item type and action of the catalogue has.
 *
 * Places and lengths vary with the index, so that 116 bodies are not all broken at the same spot.
 */
#include <stdio.h>

#include "base/samples.h"
#include "harness/plan.h"

#define BIT_STRIDE 37 /* bytes: a prime, so the places spread over the bodies */
#define BITS 7        /* the highest bit is left alone, to keep most bodies readable as text */
#define CUT_MAX 7     /* bytes taken off a body: fewer than the shortest one has */

static const struct plan_twin fixed[] = {
    TWIN("timestamp-changed", "TamperedTimestamp", HG_MISMATCH,
         AFTER(FLIP_BIT, TIMESTAMP, .at = -1)),
    TWIN("too-old", "Stale", HG_TOO_OLD, SHIFT(-86400)),
    TWIN("too-new", "Future", HG_TOO_NEW, SHIFT(86400)),
    TWIN("edge-old", "ToleranceEdge", HG_OK, SHIFT(-300)),
    TWIN("edge-new", "ToleranceEdge", HG_OK, SHIFT(300)),
    TWIN("past-edge-old", "ToleranceEdge", HG_TOO_OLD, SHIFT(-301)),
    TWIN("past-edge-new", "ToleranceEdge", HG_TOO_NEW, SHIFT(301)),
    TWIN("wrong-secret", "WrongSecret", HG_MISMATCH, WRONG_SECRET),
    TWIN("no-signature", "MissingHeader", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE)),
    TWIN("no-timestamp", "MissingHeader", HG_NO_TIMESTAMP, AFTER(DROP, TIMESTAMP)),
    TWIN("no-event", "MissingHeader", HG_NO_EVENT, AFTER(DROP, EVENT)),
    TWIN("unsigned", "Unsigned", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE), AFTER(DROP, TIMESTAMP),
         AFTER(DROP, EVENT)),
    TWIN("signature-of-empty-body", "EmptyBodySignature", HG_MISMATCH,
         BEFORE(SIGN_AS, BODY, SAYS(""))),
    TWIN("empty-signature", "EmptySignature", HG_NO_SIGNATURE, AFTER(SET, SIGNATURE, SAYS(""))),
    TWIN("bare-prefix", "EmptySignature", HG_BAD_SIGNATURE, AFTER(SET, SIGNATURE, SAYS("sha256="))),
    TWIN("repeated-signature", "RepeatedHeader", HG_REPEATED_HEADER, AFTER(REPEAT, SIGNATURE)),
    TWICE("duplicate", 2),
    END_OF_TWINS,
};

static void vary_body(size_t index, hg_str body, struct plan_twin *twins)
{
    static const hg_str tails[] = {TEXT(" "), TEXT("\n"), TEXT("}"),  TEXT("x"),
                                   TEXT("0"), TEXT(","),  TEXT("\t"), TEXT("\r\n")};
    long at = (long) ((index * BIT_STRIDE) % body.len);
    twins[0] = (struct plan_twin) TWIN("body-bit", "TamperedBody", HG_MISMATCH,
                                       AFTER(FLIP_BIT, BODY, .at = at, .bit = (long) index % BITS));
    twins[1] = (struct plan_twin) TWIN("body-truncated", "TamperedBody", HG_MISMATCH,
                                       AFTER(TRUNCATE, BODY, .count = 1 + (long) index % CUT_MAX));
    twins[2] = (struct plan_twin) TWIN("body-appended", "TamperedBody", HG_MISMATCH,
                                       AFTER(APPEND, BODY, .text = tails[index % 8]));
}

/* The boundary twins leave every signed byte where it is and move the parts' limits:
 *     1767225600 . Order.OnCreate . {"Id":1}
 *     1767225600 . Order . OnCreate.{"Id":1}        boundary-moved
 *     1767225600.Order . OnCreate . {"Id":1}        boundary-time */
static void vary_event(const struct plan_combination *names, const char *type, const char *action,
                       struct plan_twin *twins)
{
    twins[0] = (struct plan_twin) TWIN("event-other-type", "TamperedEvent", HG_MISMATCH,
                                       AFTER(SET, EVENT, .text = hg_text(names->other_type)));
    twins[1] = (struct plan_twin) TWIN("event-other-action", "TamperedEvent", HG_MISMATCH,
                                       AFTER(SET, EVENT, .text = hg_text(names->other_action)));
    twins[2] = (struct plan_twin) TWIN("boundary-moved", "BoundaryMoved", HG_BAD_EVENT,
                                       AFTER(SET, EVENT, .text = hg_text(type)),
                                       AFTER(PREPEND, BODY, .text = hg_text(names->action_dot)));
    twins[3] = (struct plan_twin) TWIN("boundary-time", "BoundaryMoved", HG_BAD_TIMESTAMP,
                                       AFTER(APPEND, TIMESTAMP, .text = hg_text(names->dot_type)),
                                       AFTER(SET, EVENT, .text = hg_text(action)));
}

static void vary_signature(size_t index, struct plan_twin *twin)
{
    static const long counts[] = {2, 1, 32, 62}; /* of 64 digits: to 62, 63, 32 and 2 */
    *twin = (struct plan_twin) TWIN("signature-truncated", "TruncatedSignature", HG_BAD_SIGNATURE,
                                    AFTER(TRUNCATE, SIGNATURE, .count = counts[index % 4]));
}

/* "Order.OnCreate" becomes "order-oncreate". */
static void make_id(const char *event, char *id)
{
    size_t i = 0;
    for (; event[i] != '\0'; i++) {
        char c = event[i];
        id[i] = c == '.' ? '-' : (char) (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    id[i] = '\0';
}

void plan_combine(size_t index, struct plan_combination *out)
{
    size_t row = index / HG_ACTIONS;
    const hg_item_type *type = hg_item_type_at(row);
    const hg_item_type *other = hg_item_type_at((row + 1) % HG_ITEM_TYPES);
    const char *action = hg_action_at(index % HG_ACTIONS);
    const char *next = hg_action_at((index + 1) % HG_ACTIONS);
    *out = (struct plan_combination){0};
    (void) hg_event_print(type, action, out->event, sizeof out->event);
    (void) hg_event_print(other, action, out->other_type, sizeof out->other_type);
    (void) hg_event_print(type, next, out->other_action, sizeof out->other_action);
    (void) snprintf(out->dot_type, sizeof out->dot_type, ".%s", type->id);
    (void) snprintf(out->action_dot, sizeof out->action_dot, "%s.", action);
    make_id(out->event, out->id);
    out->row = (struct plan_case){.id = out->id,
                                  .event = out->event,
                                  .body = sample_body(type->id),
                                  .twins = {out->varied, fixed}};
    vary_body(index, out->row.body, out->varied);
    vary_event(out, type->id, action, out->varied + 3);
    vary_signature(index, out->varied + 7);
}
