/* SPDX-License-Identifier: MIT
 *
 * The plans of github, shopify, slack and stripe: all families, and what the signed text of one
 * scheme alone makes possible.
 */
#include "harness/plan.h"

#define MOVED "The same signed bytes, divided otherwise between the parts."
#define SECRET_OF(literal) .secrets = {{NULL, literal, HG_NEVER}}

/* ---- github: a prefixed hex MAC of the body; event and id are not signed --------------------- */

static const struct plan_twin github_twins[] = {
    MUST("sha1-only", "AlgorithmConfusion", HG_NO_SIGNATURE, 0,
         "The older header has a MAC over SHA-1, which the scheme does not use.",
         AFTER(DROP, SIGNATURE),
         ADD_HEADER("X-Hub-Signature", "sha1=0000000000000000000000000000000000000000")),
    MUST("sha1-renamed", "AlgorithmConfusion", HG_NO_SIGNATURE, 0,
         "The older header has a MAC over SHA-1, which the scheme does not use.",
         {.op = EDIT_RENAME, .part = PART_SIGNATURE, .name = "X-Hub-Signature"}),
    END_OF_TWINS,
};

static const struct plan_case github_cases[] = {
    {.id = "push",
     .family = "signature",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"ref\":\"refs/heads/main\"}"),
     .twins = {github_twins}},
    {.id = "ping",
     .family = "event",
     .note = "The delivery that a new webhook gets first.",
     .event = "ping",
     .body = TEXT("{\"zen\":\"Speak like a human.\",\"hook_id\":42}")},
    {.id = "form",
     .family = "body",
     .flag = "Encoding",
     .note = "A webhook may be set to send forms; the form's bytes are signed.",
     .event = "pull_request",
     .content_type = "application/x-www-form-urlencoded",
     .body = TEXT("payload=%7B%22id%22%3A42%7D")},
    {.id = NULL},
};

const struct plan_file plan_github = {
    .scheme = "github",
    .url = "/github",
    .content_type = "application/json",
    .events = {"push", "issues", "pull_request"},
    .deliveries = {"72d3162e-cc78-11e3-81ab-4c9367dc0958", "72d3162e-cc78-11e3-81ab-4c9367dc0959"},
    .groups = {
        {SECRET_OF("It's a public secret, for tests alone"),
         .cases = {github_cases, plan_signature, plan_event, PLAN_OTHER_FAMILIES}},
        PLAN_TEXT_KEY_GROUPS,
    }};

/* ---- shopify: a base64 MAC of the body; event and id are not signed -------------------------- */

static const struct plan_case shopify_cases[] = {
    {.id = "order",
     .family = "event",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":820982911946154508,\"total_price\":\"10.00\"}")},
    {.id = "uninstalled",
     .family = "body",
     .flag = "Encoding",
     .note = "A topic whose body says little.",
     .event = "app/uninstalled",
     .body = TEXT("{}")},
    {.id = NULL},
};

const struct plan_file plan_shopify = {
    .scheme = "shopify",
    .url = "/shopify",
    .content_type = "application/json",
    .events = {"orders/create", "orders/delete", "products/update"},
    .deliveries = {"b54557e4-bdd9-4b37-8a5f-bf7d70bcd043", "b54557e4-bdd9-4b37-8a5f-bf7d70bcd044"},
    .groups = {
        {SECRET_OF("shpss_public_secret_for_tests_only"),
         .cases = {shopify_cases, plan_signature, plan_event, PLAN_OTHER_FAMILIES}},
        PLAN_TEXT_KEY_GROUPS,
    }};

/* ---- slack: a version in front, and colons --------------------------------------------------- */

static const struct plan_twin colon_twins[] = {
    /* 1767225600 + 7:token=x reads as 1767225600:7 + token=x too. */
    MUST("into-time", "BoundaryMoved", HG_BAD_TIMESTAMP, 0, MOVED,
         AFTER(APPEND, TIMESTAMP, SAYS(":7")), AFTER(CUT, BODY, .at = 0, .count = 2)),
    MUST("all-into-time", "BoundaryMoved", HG_BAD_TIMESTAMP, 0, MOVED,
         AFTER(APPEND, TIMESTAMP, SAYS(":7:token=x")), AFTER(SET, BODY, SAYS(""))),
    END_OF_TWINS,
};

static const struct plan_case slack_cases[] = {
    {.id = "command",
     .family = "body",
     .note = "An ordinary delivery.",
     .body = TEXT("token=public&team_id=T0001&command=%2Fweather&text=94070")},
    {.id = "boundaries",
     .family = "time",
     .note = "An ordinary delivery, whose body holds a colon.",
     .body = TEXT("7:token=x"),
     .twins = {colon_twins}},
    {.id = NULL},
};

const struct plan_file plan_slack = {
    .scheme = "slack",
    .url = "/slack",
    .content_type = "application/x-www-form-urlencoded",
    .groups = {
        {SECRET_OF("00000public0secret0for0tests0only"),
         .cases = {slack_cases, plan_signature, plan_time, PLAN_OTHER_FAMILIES}},
        PLAN_TEXT_KEY_GROUPS,
    }};

/* ---- stripe: the time is an item of the signature header ------------------------------------- */

static const struct plan_twin dot_twins[] = {
    /* 1767225600 + 7.{} reads as 1767225600.7 + {} too. */
    MUST("into-time", "BoundaryMoved", HG_BAD_TIMESTAMP, 0, MOVED,
         AFTER(APPEND, TIMESTAMP, SAYS(".7")), AFTER(CUT, BODY, .at = 0, .count = 2)),
    MUST("all-into-time", "BoundaryMoved", HG_BAD_TIMESTAMP, 0, MOVED,
         AFTER(APPEND, TIMESTAMP, SAYS(".7.{}")), AFTER(SET, BODY, SAYS(""))),
    END_OF_TWINS,
};

static const struct plan_case stripe_cases[] = {
    {.id = "event",
     .family = "body",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":\"evt_0\",\"object\":\"event\"}")},
    {.id = "boundaries",
     .family = "time",
     .note = "An ordinary delivery, whose body holds a dot.",
     .body = TEXT("7.{}"),
     .twins = {dot_twins}},
    {.id = NULL},
};

const struct plan_file plan_stripe = {
    .scheme = "stripe",
    .url = "/stripe",
    .content_type = "application/json; charset=utf-8",
    .groups = {
        {SECRET_OF("whsec_public_secret_for_tests_only_0"),
         .cases = {stripe_cases, plan_signature, plan_time, PLAN_OTHER_FAMILIES}},
        PLAN_TEXT_KEY_GROUPS,
    }};
