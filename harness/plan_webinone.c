/* SPDX-License-Identifier: MIT
 *
 * The plan of webinone: the catalogue, all families, and what its signed text alone makes possible.
 */
#include "harness/plan.h"

#define MOVED "The same signed bytes, divided otherwise between the parts."

/* 1767225600 . Order.OnCreate . a.b */
static const struct plan_twin boundaries[] = {
    MUST("into-event", "BoundaryMoved", HG_BAD_EVENT, 0, MOVED, AFTER(APPEND, EVENT, SAYS(".a")),
         AFTER(CUT, BODY, .at = 0, .count = 2)),
    MUST("into-time", "BoundaryMoved", HG_BAD_TIMESTAMP, 0, MOVED,
         AFTER(APPEND, TIMESTAMP, SAYS(".Order.OnCreate")), AFTER(SET, EVENT, SAYS("a")),
         AFTER(CUT, BODY, .at = 0, .count = 2)),
    MUST("into-body", "BoundaryMoved", HG_BAD_EVENT, 0, MOVED, AFTER(SET, EVENT, SAYS("Order")),
         AFTER(PREPEND, BODY, SAYS("OnCreate."))),
    MUST("all-into-body", "BoundaryMoved", HG_NO_EVENT, 0, MOVED, AFTER(SET, EVENT, SAYS("")),
         AFTER(PREPEND, BODY, SAYS("Order.OnCreate."))),
    MUST("all-into-event", "BoundaryMoved", HG_BAD_EVENT, 0, MOVED,
         AFTER(APPEND, EVENT, SAYS(".a.b")), AFTER(SET, BODY, SAYS(""))),
    END_OF_TWINS,
};

static const struct plan_case webinone_cases[] = {
    {.id = "boundaries",
     .family = "event",
     .note = "An ordinary delivery, whose body holds a dot.",
     .body = TEXT("a.b"),
     .twins = {boundaries}},
    {.id = NULL},
};

const struct plan_file plan_webinone = {
    .scheme = "webinone",
    .url = "/api/webhook",
    .content_type = "application/json",
    .events = {"Order.OnCreate", "Order.OnDelete", "GiftVoucher.OnUpdate"},
    .groups = {
        {.secrets = {{NULL, "a-public-secret-for-tests-only-never-use-it", HG_NEVER}},
         .catalogue = true,
         .cases = {webinone_cases, plan_signature, plan_time, plan_event, PLAN_OTHER_FAMILIES}},
        PLAN_TEXT_KEY_GROUPS,
    }};
