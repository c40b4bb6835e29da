/* SPDX-License-Identifier: MIT
 *
 * The plan: cases for the other built-in schemes. Each shows what is special about one: a prefix, a
 * list, base64, a decoded key, a time inside the signature header, no time at all.
 */
#include "harness/plan.h"

#define PLAIN "{\"id\":42,\"name\":\"Ada Lovelace\"}"
#define UMLAUTS "{\"name\":\"J\xc3\xb6rg \xe5\xa5\xb6 \xf0\x9f\x8e\x82\",\"paid\":10.00}\n"

static const struct plan_twin wide_twins[] = {
    TWIN("body-bit", "TamperedBody", HG_MISMATCH, AFTER(FLIP_BIT, BODY, .at = -3)),
    TWIN("reencoded", "Reencoded", HG_MISMATCH,
         AFTER(SET, BODY,
               SAYS("{\"name\":\"J\xc3\xb6rg \xe5\xa5\xb6 \xf0\x9f\x8e\x82\",\"paid\":10}"))),
    END_OF_TWINS,
};

static const struct plan_twin empty_twins[] = {
    TWIN("appended", "TamperedBody", HG_MISMATCH, AFTER(APPEND, BODY, SAYS("{}"))),
    TWIN("wrong-secret", "WrongSecret", HG_MISMATCH, WRONG_SECRET),
    END_OF_TWINS,
};

/* ---- github: one prefixed hex signature of the body; event and id are not signed ---------------
 */

static const struct plan_twin github_twins[] = {
    TWIN("event-changed", "Unbound", HG_OK, AFTER(SET, EVENT, SAYS("issues"))),
    TWIN("id-changed", "Unbound", HG_OK,
         AFTER(SET, ID, SAYS("72d3162e-cc78-11e3-81ab-4c9367dc0959"))),
    TWIN("no-event", "MissingHeader", HG_NO_EVENT, AFTER(DROP, EVENT)),
    TWIN("no-id", "MissingHeader", HG_NO_ID, AFTER(DROP, ID)),
    TWIN("unsigned", "Unsigned", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE), AFTER(DROP, EVENT),
         AFTER(DROP, ID)),
    TWIN("bare-prefix", "EmptySignature", HG_BAD_SIGNATURE, AFTER(SET, SIGNATURE, SAYS("sha256="))),
    TWIN("old-header-only", "MissingHeader", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE),
         ADD_HEADER("X-Hub-Signature", "sha1=0000000000000000000000000000000000000000")),
    TWIN("old-header-too", "HeaderForm", HG_OK,
         ADD_HEADER("X-Hub-Signature", "sha1=0000000000000000000000000000000000000000")),
    TWIN("repeated-event", "RepeatedHeader", HG_REPEATED_HEADER,
         AFTER(REPEAT, EVENT, SAYS("issues"))),
    TWIN("repeated-id", "RepeatedHeader", HG_REPEATED_HEADER, AFTER(REPEAT, ID)),
    TWIN("zeros", "WrongSecret", HG_MISMATCH, AFTER(SET, SIGNATURE, SAYS("sha256=" ZEROS_64))),
    LENIENT("prefix-missing", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(CUT, SIGNATURE, .at = 0, .count = 7)),
    LENIENT("prefix-sha1", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(CUT, SIGNATURE, .at = 0, .count = 7), AFTER(PREPEND, SIGNATURE, SAYS("sha1="))),
    LENIENT("hex-upper", "StrictSignature", HG_OK, AFTER(UPPER, SIGNATURE, .at = 7)),
    LENIENT("byte-more", "StrictSignature", HG_BAD_SIGNATURE, AFTER(APPEND, SIGNATURE, SAYS("00"))),
    LENIENT("event-space", "StrictEvent", HG_BAD_EVENT, BEFORE(SET, EVENT, SAYS("pull request"))),
    LENIENT("id-space", "StrictId", HG_BAD_REQUEST, BEFORE(SET, ID, SAYS("72d3 162e"))),
    END_OF_TWINS,
};

#define DELIVERY .delivery = "72d3162e-cc78-11e3-81ab-4c9367dc0958"

static const struct plan_case github_cases[] = {
    {.id = "push",
     .event = "push",
     DELIVERY,
     .body = TEXT(PLAIN),
     .twins = {plan_common, github_twins}},
    {.id = "ping", .event = "ping", DELIVERY, .body = TEXT(UMLAUTS), .twins = {wide_twins}},
    {.id = "form",
     .event = "pull_request",
     DELIVERY,
     .body = TEXT("payload=%7B%22id%22%3A42%7D"),
     .twins = {plan_common}},
    {.id = "empty",
     .flag = "Encoding",
     .event = "push",
     DELIVERY,
     .body = TEXT(""),
     .twins = {empty_twins}},
    {.id = NULL},
};

const struct plan_file plan_github = {
    .scheme = "github",
    .url = "/github",
    .content_type = "application/json",
    .groups = {{.secrets = {{NULL, "It's a public secret, for tests alone", HG_NEVER}},
                .cases = github_cases}},
};

/* ---- shopify: one base64 signature of the body -------------------------------------------------
 */

static const struct plan_twin shopify_twins[] = {
    TWIN("topic-changed", "Unbound", HG_OK, AFTER(SET, EVENT, SAYS("orders/delete"))),
    TWIN("id-changed", "Unbound", HG_OK,
         AFTER(SET, ID, SAYS("b54557e4-bdd9-4b37-8a5f-bf7d70bcd044"))),
    TWIN("no-topic", "MissingHeader", HG_NO_EVENT, AFTER(DROP, EVENT)),
    TWIN("no-id", "MissingHeader", HG_NO_ID, AFTER(DROP, ID)),
    TWIN("unsigned", "Unsigned", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE), AFTER(DROP, EVENT),
         AFTER(DROP, ID)),
    TWIN("zeros", "WrongSecret", HG_MISMATCH, AFTER(SET, SIGNATURE, SAYS(ZEROS_BASE64))),
    /* The last letter but one carries 4 bits of the MAC; the other 2 must be zero. */
    LENIENT("tail-bits", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(BUMP, SIGNATURE, .at = -2, .count = 1)),
    LENIENT("padding-missing", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(TRUNCATE, SIGNATURE, .count = 1)),
    LENIENT("padding-more", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(APPEND, SIGNATURE, SAYS("="))),
    LENIENT("url-alphabet", "StrictSignature", HG_BAD_SIGNATURE, AFTER(BASE64URL, SIGNATURE)),
    LENIENT("letter-behind", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(APPEND, SIGNATURE, SAYS("A"))),
    LENIENT("prefix", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(PREPEND, SIGNATURE, SAYS("sha256="))),
    LENIENT("two-lines", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(APPEND, SIGNATURE, SAYS(" " ZEROS_BASE64))),
    END_OF_TWINS,
};

#define SHOP_ID .delivery = "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"

static const struct plan_case shopify_cases[] = {
    {.id = "order",
     .event = "orders/create",
     SHOP_ID,
     .body = TEXT(PLAIN),
     .twins = {plan_common, shopify_twins}},
    {.id = "product",
     .event = "products/update",
     SHOP_ID,
     .body = TEXT(UMLAUTS),
     .twins = {wide_twins}},
    {.id = "empty",
     .flag = "Encoding",
     .event = "app/uninstalled",
     SHOP_ID,
     .body = TEXT(""),
     .twins = {empty_twins}},
    {.id = NULL},
};

const struct plan_file plan_shopify = {
    .scheme = "shopify",
    .url = "/shopify",
    .content_type = "application/json",
    .groups = {{.secrets = {{NULL, "shpss_public_secret_for_tests_only", HG_NEVER}},
                .cases = shopify_cases}},
};

/* ---- slack: a version in front, and colons ------------------------------------------------------
 */

static const struct plan_twin slack_twins[] = {
    TWIN("unsigned", "Unsigned", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE), AFTER(DROP, TIMESTAMP)),
    TWIN("bare-prefix", "EmptySignature", HG_BAD_SIGNATURE, AFTER(SET, SIGNATURE, SAYS("v0="))),
    TWIN("zeros", "WrongSecret", HG_MISMATCH, AFTER(SET, SIGNATURE, SAYS("v0=" ZEROS_64))),
    LENIENT("prefix-missing", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(CUT, SIGNATURE, .at = 0, .count = 3)),
    LENIENT("version-other", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(BUMP, SIGNATURE, .at = 1, .count = 1)),
    LENIENT("hex-upper", "StrictSignature", HG_OK, AFTER(UPPER, SIGNATURE, .at = 3)),
    TWIN("repeated-timestamp", "RepeatedHeader", HG_REPEATED_HEADER, AFTER(REPEAT, TIMESTAMP)),
    END_OF_TWINS,
};

static const struct plan_twin colon_twins[] = {
    /* 1767225600 + 7:token=x reads as 1767225600:7 + token=x too. */
    TWIN("boundary-moved", "BoundaryMoved", HG_BAD_TIMESTAMP, AFTER(APPEND, TIMESTAMP, SAYS(":7")),
         AFTER(CUT, BODY, .at = 0, .count = 2)),
    END_OF_TWINS,
};

static const struct plan_case slack_cases[] = {
    {.id = "command",
     .body = TEXT("token=public&team_id=T0001&command=%2Fweather&text=94070"),
     .twins = {plan_common, plan_time, slack_twins}},
    {.id = "colons", .body = TEXT("7:token=x"), .twins = {colon_twins}},
    {.id = "json", .body = TEXT(UMLAUTS), .twins = {wide_twins}},
    {.id = "empty", .flag = "Encoding", .body = TEXT(""), .twins = {empty_twins}},
    {.id = NULL},
};

const struct plan_file plan_slack = {
    .scheme = "slack",
    .url = "/slack",
    .content_type = "application/x-www-form-urlencoded",
    .groups = {{.secrets = {{NULL, "00000public0secret0for0tests0only", HG_NEVER}},
                .cases = slack_cases}},
};

/* ---- stripe: the time is an item of the signature header
 * ----------------------------------------- */

static const struct plan_twin stripe_twins[] = {
    TWIN("zeros", "WrongSecret", HG_MISMATCH, AFTER(TRUNCATE, SIGNATURE, .count = 64),
         AFTER(APPEND, SIGNATURE, SAYS(ZEROS_64))),
    TWIN("wrong-then-right", "SignatureList", HG_OK,
         AFTER(PREPEND, SIGNATURE, SAYS("v1=" ZEROS_64 ","))),
    TWIN("right-then-wrong", "SignatureList", HG_OK,
         AFTER(APPEND, SIGNATURE, SAYS(",v1=" ZEROS_64))),
    TWIN("v0-too", "SignatureList", HG_OK, AFTER(APPEND, SIGNATURE, SAYS(",v0=" ZEROS_64))),
    TWIN("unknown-items", "SignatureList", HG_OK,
         AFTER(PREPEND, SIGNATURE, SAYS("x,a=b,,v1 = , "))),
    TWIN("v0-only", "SignatureList", HG_BAD_SIGNATURE, AFTER(FLIP_BIT, SIGNATURE, .at = -66)),
    TWIN("empty-v1", "EmptySignature", HG_BAD_SIGNATURE, AFTER(TRUNCATE, SIGNATURE, .count = 64)),
    TWIN("no-v1", "Unsigned", HG_BAD_SIGNATURE, AFTER(TRUNCATE, SIGNATURE, .count = 68)),
    TWIN("second-time", "RepeatedHeader", HG_BAD_TIMESTAMP, AFTER(REPEAT, TIMESTAMP)),
    TWIN("second-time-other", "RepeatedHeader", HG_BAD_TIMESTAMP,
         AFTER(REPEAT, TIMESTAMP, SAYS("1767225601"))),
    TWIN("first-time-other", "RepeatedHeader", HG_BAD_TIMESTAMP,
         AFTER(PREPEND, SIGNATURE, SAYS("t=1767225601,"))),
    TWIN("repeated-header-item", "RepeatedHeader", HG_REPEATED_HEADER,
         AFTER(REPEAT, SIGNATURE, SAYS("v1=" ZEROS_64))),
    TWIN("time-in-a-header", "MissingHeader", HG_NO_TIMESTAMP, AFTER(DROP, TIMESTAMP),
         ADD_HEADER("Stripe-Timestamp", "1767225600")),
    LENIENT("hex-upper", "StrictSignature", HG_OK, AFTER(UPPER, SIGNATURE, .at = -64)),
    LENIENT("byte-more", "StrictSignature", HG_BAD_SIGNATURE, AFTER(APPEND, SIGNATURE, SAYS("00"))),
    LENIENT("space-between", "StrictSignature", HG_BAD_SIGNATURE,
            AFTER(APPEND, SIGNATURE, SAYS(" v1=" ZEROS_64))),
    END_OF_TWINS,
};

static const struct plan_twin stripe_dot_twins[] = {
    /* 1767225600 + 7.{} reads as 1767225600.7 + {} too. */
    TWIN("boundary-moved", "BoundaryMoved", HG_BAD_TIMESTAMP, AFTER(APPEND, TIMESTAMP, SAYS(".7")),
         AFTER(CUT, BODY, .at = 0, .count = 2)),
    END_OF_TWINS,
};

static const struct plan_case stripe_cases[] = {
    {.id = "event", .body = TEXT(PLAIN), .twins = {plan_common, plan_time, stripe_twins}},
    {.id = "wide", .body = TEXT(UMLAUTS), .twins = {wide_twins}},
    {.id = "dot", .body = TEXT("7.{}"), .twins = {stripe_dot_twins}},
    {.id = "empty", .flag = "Encoding", .body = TEXT(""), .twins = {empty_twins}},
    {.id = NULL},
};

const struct plan_file plan_stripe = {
    .scheme = "stripe",
    .url = "/stripe",
    .content_type = "application/json; charset=utf-8",
    .groups = {{.secrets = {{NULL, "whsec_public_secret_for_tests_only_0", HG_NEVER}},
                .cases = stripe_cases}},
};
