/* SPDX-License-Identifier: MIT
 *
 * The families "replay" and "leak": what the same delivery means the second time, and what answers
 * tell to a stranger.
 */
#include "harness/plan.h"

#define ONCE "A retry of the sender, or a recording: answered as before, kept once."
#define TOGETHER "The same delivery at the same moment: only one may take effect."
#define RESTARTED "What was kept before a restart must still be known after it."
#define CHANGED                                                                                    \
    "Only what is not signed differs, so it is the same delivery. Whoever has recorded one can "   \
    "change that much."

#define TIMES(of_name, of_flag, of_times, of_note)                                                 \
    .name = (of_name), .flags = {of_flag}, .status = HG_OK, .needs_http = true,                    \
    .times = (of_times), .expect_stored = 1, .note = (of_note)
#define AGAIN(of_name, of_needs, ...)                                                              \
    {                                                                                              \
        TIMES(of_name, "Replay", 2, CHANGED), .needs = (of_needs), .again = { __VA_ARGS__ }        \
    }

static const struct plan_twin replay_twins[] = {
    {TIMES("twice", "Duplicate", 2, ONCE)},
    {TIMES("three-times", "Duplicate", 3, ONCE)},
    {TIMES("ten-times", "Duplicate", 10, ONCE)},
    {TIMES("two-at-once", "Concurrent", 2, TOGETHER), .together = true},
    {TIMES("eight-at-once", "Concurrent", 8, TOGETHER), .together = true},
    {TIMES("after-a-restart", "Restart", 2, RESTARTED), .restart = true},
    AGAIN("with-another-header", 0, ADD_HEADER("X-Request-Id", "2")),
    AGAIN("with-another-query", 0, AFTER(APPEND, URL, SAYS("?attempt=2"))),
    AGAIN("with-another-agent", 0, ADD_HEADER("User-Agent", "another/1.0")),
    AGAIN("with-another-name", 0, {.op = EDIT_RENAME, .part = PART_SIGNATURE, .name = SIGNATURE_}),
    AGAIN("with-blanks", 0, AFTER(PREPEND, SIGNATURE, SAYS("  ")), ADD_HEADER("X-Empty", "")),
    AGAIN("with-upper-hex", IS_HEX, AFTER(UPPER, SIGNATURE, .at = IN_MAC(0))),
    AGAIN("with-another-item", IS_LIST, AFTER(PREPEND, SIGNATURE, SAYS(ITEM_ SEPARATOR_))),
    AGAIN("with-another-item-behind", IS_LIST, AFTER(APPEND, SIGNATURE, SAYS(SEPARATOR_ ITEM_))),
    AGAIN("with-another-id", FREE_ID, AFTER(SET, ID, SAYS(OTHER_ID_))),
    AGAIN("with-another-event", FREE_EVENT, AFTER(SET, EVENT, SAYS(OTHER_EVENT_))),
    END_OF_TWINS,
};

const struct plan_case plan_replay[] = {
    {.id = "replay",
     .family = "replay",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"repetition\"}"),
     .twins = {replay_twins}},
    {.id = NULL},
};

/* ---- Leaks ----------------------------------------------------------------------------------- */

#define FORGED "Not by the sender. The answer must not say how near it came."
#define ALIKE                                                                                      \
    "Refused for another reason than the first; a stranger must not learn from the answer which "  \
    "check it was."

#define LEAK(of_name, of_status, of_needs, ...)                                                    \
    {                                                                                              \
        .name = (of_name), .flags = {"Leak"}, .status = (of_status), .needs = (of_needs),          \
        .note = FORGED, .edits = {                                                                 \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define AS(of_name, of_other, of_status, of_needs, ...)                                            \
    {                                                                                              \
        .name = (of_name), .flags = {"Leak"}, .status = (of_status), .needs = (of_needs),          \
        .note = ALIKE, .same_as = (of_other), .edits = {                                           \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
#define LAST_BYTE                                                                                  \
    {                                                                                              \
        .op = EDIT_FLIP_MAC, .at = 31                                                              \
    }
#define FIRST_BYTE                                                                                 \
    {                                                                                              \
        .op = EDIT_FLIP_MAC, .at = 0                                                               \
    }

static const struct plan_twin leak_twins[] = {
    LEAK("forged", HG_MISMATCH, 0, WRONG_SECRET),
    AS("changed", "forged", HG_MISMATCH, 0, AFTER(FLIP_BIT, BODY, .at = 9)),
    AS("changed-last", "forged", HG_MISMATCH, 0, AFTER(FLIP_BIT, BODY, .at = -1)),
    AS("nearly-right", "forged", HG_MISMATCH, 0, LAST_BYTE),
    AS("first-byte-wrong", "forged", HG_MISMATCH, 0, FIRST_BYTE),
    AS("empty-key", "forged", HG_MISMATCH, 0, {.op = EDIT_EMPTY_SECRET, .before = true}),
    AS("not-json", "forged", HG_MISMATCH, 0, WRONG_SECRET, BEFORE(SET, BODY, SAYS("{\"a\":"))),
    AS("no-body", "forged", HG_MISMATCH, 0, WRONG_SECRET, BEFORE(SET, BODY, SAYS(""))),
    AS("stale", "forged", HG_TOO_OLD, HAS_TIME, SHIFT(-86400)),
    AS("ahead", "forged", HG_TOO_NEW, HAS_TIME, SHIFT(86400)),
    AS("forged-and-stale", "forged", HG_MISMATCH, HAS_TIME, WRONG_SECRET, SHIFT(-86400)),
    AS("forged-and-ahead", "forged", HG_MISMATCH, HAS_TIME, WRONG_SECRET, SHIFT(86400)),
    AS("forged-year-old", "forged", HG_MISMATCH, HAS_TIME, WRONG_SECRET, SHIFT(-31536000)),
    AS("other-event", "forged", HG_MISMATCH, HAS_EVENT, WRONG_SECRET,
       BEFORE(SET, EVENT, SAYS(OTHER_EVENT_))),
    AS("unknown-event", "forged", HG_MISMATCH, HAS_EVENT, WRONG_SECRET,
       BEFORE(SET, EVENT, SAYS("Unknown.OnNothing"))),
    AS("other-id", "forged", HG_MISMATCH, HAS_ID, WRONG_SECRET, BEFORE(SET, ID, SAYS(OTHER_ID_))),
    AS("with-a-query", "forged", HG_MISMATCH, 0, WRONG_SECRET,
       AFTER(APPEND, URL, SAYS("?debug=1&verbose=true"))),
    AS("with-debug", "forged", HG_MISMATCH, 0, WRONG_SECRET, ADD_HEADER("X-Debug", "1")),
    LEAK("unsigned", HG_NO_SIGNATURE, 0, AFTER(DROP, SIGNATURE)),
    AS("unsigned-changed", "unsigned", HG_NO_SIGNATURE, 0, AFTER(DROP, SIGNATURE),
       AFTER(FLIP_BIT, BODY, .at = 9)),
    AS("unsigned-with-debug", "unsigned", HG_NO_SIGNATURE, 0, AFTER(DROP, SIGNATURE),
       ADD_HEADER("X-Debug", "1")),
    END_OF_TWINS,
};

const struct plan_case plan_leak[] = {
    {.id = "leak",
     .family = "leak",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"answers\"}"),
     .twins = {leak_twins}},
    {.id = NULL},
};
