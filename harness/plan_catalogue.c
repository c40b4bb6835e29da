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
    MUST("timestamp-changed", "TamperedTimestamp", HG_MISMATCH, 0,
         "The time is signed: another one is another delivery.",
         AFTER(FLIP_BIT, TIMESTAMP, .at = -1)),
    MUST("too-old", "Stale", HG_TOO_OLD, 0, "A day old: a recorded delivery, sent again.",
         SHIFT(-86400)),
    MUST("too-new", "Future", HG_TOO_NEW, 0, "A day ahead: it could be sent again until then.",
         SHIFT(86400)),
    MUST("edge-old", "ToleranceEdge", HG_OK, 0, "The last second of the tolerance is inside.",
         SHIFT(-300)),
    MUST("edge-new", "ToleranceEdge", HG_OK, 0, "The last second of the tolerance is inside.",
         SHIFT(300)),
    MUST("past-edge-old", "ToleranceEdge", HG_TOO_OLD, 0, "One second beyond the tolerance.",
         SHIFT(-301)),
    MUST("past-edge-new", "ToleranceEdge", HG_TOO_NEW, 0, "One second beyond the tolerance.",
         SHIFT(301)),
    MUST("wrong-secret", "WrongSecret", HG_MISMATCH, 0,
         "Signed, but not by anyone who has the secret.", WRONG_SECRET),
    MUST("no-signature", "MissingHeader", HG_NO_SIGNATURE, 0, "Nothing says who sent it.",
         AFTER(DROP, SIGNATURE)),
    MUST("no-timestamp", "MissingHeader", HG_NO_TIMESTAMP, 0,
         "Without a time a delivery never gets old.", AFTER(DROP, TIMESTAMP)),
    MUST("no-event", "MissingHeader", HG_NO_EVENT, 0,
         "Without an event nobody knows what it is about.", AFTER(DROP, EVENT)),
    MUST("unsigned", "Unsigned", HG_NO_SIGNATURE, 0, "A plain request, as anybody can send one.",
         AFTER(DROP, SIGNATURE), AFTER(DROP, TIMESTAMP), AFTER(DROP, EVENT)),
    MUST("signature-of-empty-body", "EmptyBodySignature", HG_MISMATCH, 0,
         "The body was not in the MAC.", BEFORE(SIGN_AS, BODY, SAYS(""))),
    MUST("empty-signature", "EmptySignature", HG_NO_SIGNATURE, 0, "Nothing says who sent it.",
         AFTER(SET, SIGNATURE, SAYS(""))),
    MUST("bare-prefix", "EmptySignature", HG_BAD_SIGNATURE, 0,
         "The digits are missing behind the prefix.", AFTER(SET, SIGNATURE, SAYS("sha256="))),
    MUST("repeated-signature", "RepeatedHeader", HG_REPEATED_HEADER, 0,
         "Which of two counts is left open, so neither does.", AFTER(REPEAT, SIGNATURE)),
    {.name = "duplicate",
     .flags = {"Duplicate"},
     .status = HG_OK,
     .note = "A retry of the sender: answered as before, kept once.",
     .needs_http = true,
     .times = 2,
     .expect_stored = 1},
    END_OF_TWINS,
};

static void vary_body(size_t index, hg_str body, struct plan_twin *twins)
{
    static const hg_str tails[] = {TEXT(" "), TEXT("\n"), TEXT("}"),  TEXT("x"),
                                   TEXT("0"), TEXT(","),  TEXT("\t"), TEXT("\r\n")};
    long at = (long) ((index * BIT_STRIDE) % body.len);
    twins[0] = (struct plan_twin) MUST("body-bit", "TamperedBody", HG_MISMATCH, 0,
                                       "The body is signed: another one is another delivery.",
                                       AFTER(FLIP_BIT, BODY, .at = at, .bit = (long) index % BITS));
    twins[1] = (struct plan_twin) MUST("body-truncated", "TamperedBody", HG_MISMATCH, 0,
                                       "Only a part of what was signed.",
                                       AFTER(TRUNCATE, BODY, .count = 1 + (long) index % CUT_MAX));
    twins[2] = (struct plan_twin) MUST("body-appended", "TamperedBody", HG_MISMATCH, 0,
                                       "More than what was signed.",
                                       AFTER(APPEND, BODY, .text = tails[index % 8]));
}

/* The boundary twins leave every signed byte where it is and move the parts' limits:
 *     1767225600 . Order.OnCreate . {"Id":1}
 *     1767225600 . Order . OnCreate.{"Id":1}        boundary-moved
 *     1767225600.Order . OnCreate . {"Id":1}        boundary-time */
static void vary_event(const struct plan_combination *names, const char *type, const char *action,
                       struct plan_twin *twins)
{
    twins[0] = (struct plan_twin) MUST("event-other-type", "TamperedEvent", HG_MISMATCH, 0,
                                       "The event is signed: another one is another delivery.",
                                       AFTER(SET, EVENT, .text = hg_text(names->other_type)));
    twins[1] = (struct plan_twin) MUST("event-other-action", "TamperedEvent", HG_MISMATCH, 0,
                                       "The event is signed: another one is another delivery.",
                                       AFTER(SET, EVENT, .text = hg_text(names->other_action)));
    twins[2] = (struct plan_twin) MUST("boundary-moved", "BoundaryMoved", HG_BAD_EVENT, 0,
                                       "The same signed bytes, divided otherwise.",
                                       AFTER(SET, EVENT, .text = hg_text(type)),
                                       AFTER(PREPEND, BODY, .text = hg_text(names->action_dot)));
    twins[3] = (struct plan_twin) MUST("boundary-time", "BoundaryMoved", HG_BAD_TIMESTAMP, 0,
                                       "The same signed bytes, divided otherwise.",
                                       AFTER(APPEND, TIMESTAMP, .text = hg_text(names->dot_type)),
                                       AFTER(SET, EVENT, .text = hg_text(action)));
}

static void vary_signature(size_t index, struct plan_twin *twin)
{
    static const long counts[] = {2, 1, 32, 62}; /* of 64 digits: to 62, 63, 32 and 2 */
    *twin = (struct plan_twin) MUST("signature-truncated", "TruncatedSignature", HG_BAD_SIGNATURE,
                                    0, "Fewer digits than the MAC has.",
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
                                  .note = "One type and action, with a record of that type.",
                                  .event = out->event,
                                  .body = sample_body(type->id),
                                  .twins = {out->varied, fixed}};
    vary_body(index, out->row.body, out->varied);
    vary_event(out, type->id, action, out->varied + 3);
    vary_signature(index, out->varied + 7);
}
