/* SPDX-License-Identifier: MIT
 *
 * The family "event": what a delivery says it is about, and its id. Where a scheme does not sign
 * them, the cases show that: no receiver can tell.
 */
#include "harness/plan.h"

#define SIGNED_EVENT "The event is signed: another one is another delivery."
#define FREE_TO_CHANGE                                                                             \
    "The scheme does not sign it, so no receiver can tell. Never act on it alone."
#define SIGNED_ID "The id is signed: another one is another delivery."
#define REQUIRED "The scheme requires it."
#define ONE_VALUE "Twice the same header: which of the two counts is left open, so neither does."
#define CONTROLS "HTTP forbids such bytes in a value; a reader that stops there reads another one."
#define VISIBLE "Visible ASCII of at most 256 bytes, so that it can stand in logs and stores."
#define GRAMMAR "Two names and a dot: with any other form the signed text has two readings."

#define CHANGED(of_name, of_text)                                                                  \
    MUST("event-" of_name, "TamperedEvent", HG_MISMATCH, BINDS_EVENT | HAS_GRAMMAR, SIGNED_EVENT,  \
         AFTER(SET, EVENT, SAYS(of_text)))
#define FREE(of_name, of_text)                                                                     \
    MUST("event-" of_name, "Unbound", HG_OK, FREE_EVENT | ANY_EVENT, FREE_TO_CHANGE,               \
         AFTER(SET, EVENT, SAYS(of_text)))
#define STRICT(of_name, of_text)                                                                   \
    MUST("event-" of_name, "StrictEvent", HG_BAD_EVENT, HAS_GRAMMAR, GRAMMAR,                      \
         BEFORE(SET, EVENT, SAYS(of_text)))
#define ODD(of_name, of_text)                                                                      \
    SHOULD("event-" of_name, "StrictEvent", HG_BAD_EVENT, HAS_EVENT | ANY_EVENT, VISIBLE,          \
           BEFORE(SET, EVENT, SAYS(of_text)))

static const struct plan_twin event_twins[] = {
    MUST("event-missing", "MissingHeader", HG_NO_EVENT, HAS_EVENT, REQUIRED, AFTER(DROP, EVENT)),
    MUST("event-empty", "MissingHeader", HG_NO_EVENT, HAS_EVENT, REQUIRED,
         AFTER(SET, EVENT, SAYS(""))),
    MUST("event-blank", "MissingHeader", HG_NO_EVENT, HAS_EVENT, REQUIRED,
         AFTER(SET, EVENT, SAYS(" \t "))),
    MUST("event-in-the-url", "MissingHeader", HG_NO_EVENT, HAS_EVENT, REQUIRED, AFTER(DROP, EVENT),
         AFTER(APPEND, URL, SAYS("?event=" THIS_EVENT_))),
    MUST("event-in-another-header", "MissingHeader", HG_NO_EVENT, HAS_EVENT, REQUIRED,
         AFTER(DROP, EVENT), ADD_HEADER("X-Event", THIS_EVENT_)),
    MUST("event-repeated", "RepeatedHeader", HG_REPEATED_HEADER, HAS_EVENT, ONE_VALUE,
         AFTER(REPEAT, EVENT)),
    MUST("event-other-behind", "RepeatedHeader", HG_REPEATED_HEADER, HAS_EVENT, ONE_VALUE,
         AFTER(REPEAT, EVENT, SAYS(OTHER_EVENT_))),
    MUST("event-other-in-front", "RepeatedHeader", HG_REPEATED_HEADER, HAS_EVENT, ONE_VALUE,
         AFTER(REPEAT, EVENT), AFTER(SET, EVENT, SAYS(OTHER_EVENT_))),
    MUST("event-empty-behind", "RepeatedHeader", HG_REPEATED_HEADER, HAS_EVENT, ONE_VALUE,
         AFTER(REPEAT, EVENT, SAYS(""))),
    /* Swapped, unknown, in another case */
    CHANGED("other", OTHER_EVENT_),
    CHANGED("third", THIRD_EVENT_),
    CHANGED("unknown", "Unknown.OnCreate"),
    CHANGED("unknown-action", "Order.OnExplode"),
    CHANGED("lower", "order.oncreate"),
    CHANGED("upper", "ORDER.ONCREATE"),
    CHANGED("digits", "1.2"),
    CHANGED("longer", "Order.OnCreate2"),
    CHANGED("shorter", "Order.OnCreat"),
    FREE("other", OTHER_EVENT_),
    FREE("third", THIRD_EVENT_),
    FREE("unknown", "unknown"),
    FREE("star", "*"),
    FREE("list", THIS_EVENT_ "," OTHER_EVENT_),
    FREE("path", "../" THIS_EVENT_),
    FREE("one-letter", "a"),
    FREE("256-letters", ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64),
    /* The grammar */
    STRICT("no-dot", "OrderOnCreate"),
    STRICT("two-dots", "Order.Line.OnCreate"),
    STRICT("dots-together", "Order..OnCreate"),
    STRICT("trailing-dot", "Order.OnCreate."),
    STRICT("leading-dot", ".Order.OnCreate"),
    STRICT("no-action", "Order."),
    STRICT("no-type", ".OnCreate"),
    STRICT("dot", "."),
    STRICT("blank-inside", "Order .OnCreate"),
    STRICT("tab-inside", "Order.On\tCreate"),
    STRICT("underscore", "Order.On_Create"),
    STRICT("hyphen", "Order-Line.OnCreate"),
    STRICT("slash", "Order/OnCreate"),
    STRICT("star", "*.OnCreate"),
    STRICT("list", "Order.OnCreate,Order.OnDelete"),
    STRICT("umlaut", "\xc3\x96rder.OnCreate"),
    STRICT("quoted", "\"Order.OnCreate\""),
    STRICT("percent", "Order%2EOnCreate"),
    STRICT("brace", "{Order}.OnCreate"),
    STRICT("json", "{\"type\":\"Order\"}"),
    STRICT("257-letters", "A." ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64),
    ODD("blank-inside", "pull request"),
    ODD("tab-inside", "pull\trequest"),
    ODD("umlaut", "\xc3\xb6rder"),
    ODD("no-break-space", "pull\xc2\xa0request"),
    ODD("257-letters", "A" ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64),
    SHOULD("event-nul-behind", "StrictEvent", HG_BAD_REQUEST, HAS_EVENT, CONTROLS,
           AFTER(APPEND, EVENT, SAYS("0")), AFTER(SET_BYTE, EVENT, .at = -1, .byte = 0)),
    SHOULD("event-line-feed-behind", "StrictEvent", HG_BAD_REQUEST, HAS_EVENT, CONTROLS,
           AFTER(APPEND, EVENT, SAYS("\n"))),
    SHOULD("event-line-end-amid", "StrictEvent", HG_BAD_REQUEST, HAS_EVENT, CONTROLS,
           AFTER(APPEND, EVENT, SAYS("\r\nX-Injected: 1"))),
    SHOULD("event-blanks-around", "HeaderForm", HG_OK, HAS_EVENT,
           "Blanks around a value are no part of it.", AFTER(PREPEND, EVENT, SAYS(" \t")),
           AFTER(APPEND, EVENT, SAYS(" "))),
    END_OF_TWINS,
};

static const struct plan_twin id_twins[] = {
    MUST("id-missing", "MissingHeader", HG_NO_ID, HAS_ID, REQUIRED, AFTER(DROP, ID)),
    MUST("id-empty", "MissingHeader", HG_NO_ID, HAS_ID, REQUIRED, AFTER(SET, ID, SAYS(""))),
    MUST("id-blank", "MissingHeader", HG_NO_ID, HAS_ID, REQUIRED, AFTER(SET, ID, SAYS("  "))),
    MUST("id-repeated", "RepeatedHeader", HG_REPEATED_HEADER, HAS_ID, ONE_VALUE, AFTER(REPEAT, ID)),
    MUST("id-other-behind", "RepeatedHeader", HG_REPEATED_HEADER, HAS_ID, ONE_VALUE,
         AFTER(REPEAT, ID, SAYS(OTHER_ID_))),
    MUST("id-other-in-front", "RepeatedHeader", HG_REPEATED_HEADER, HAS_ID, ONE_VALUE,
         AFTER(REPEAT, ID), AFTER(SET, ID, SAYS(OTHER_ID_))),
    MUST("id-changed", "TamperedId", HG_MISMATCH, BINDS_ID, SIGNED_ID,
         AFTER(SET, ID, SAYS(OTHER_ID_))),
    MUST("id-other", "Unbound", HG_OK, FREE_ID, FREE_TO_CHANGE, AFTER(SET, ID, SAYS(OTHER_ID_))),
    MUST("id-one-letter", "Unbound", HG_OK, FREE_ID, FREE_TO_CHANGE, AFTER(SET, ID, SAYS("a"))),
    MUST("id-marks", "Unbound", HG_OK, FREE_ID, FREE_TO_CHANGE,
         AFTER(SET, ID, SAYS("m:s/1+2=3,;~!\"'\\%41"))),
    SHOULD("id-256-letters", "Unbound", HG_OK, FREE_ID, FREE_TO_CHANGE,
           AFTER(SET, ID, SAYS(ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64))),
    SHOULD("id-257-letters", "StrictId", HG_BAD_REQUEST, FREE_ID, VISIBLE,
           BEFORE(SET, ID, SAYS("A" ZEROS_64 ZEROS_64 ZEROS_64 ZEROS_64))),
    SHOULD("id-blank-inside", "StrictId", HG_BAD_REQUEST, FREE_ID, VISIBLE,
           BEFORE(SET, ID, SAYS("72d3 162e"))),
    SHOULD("id-tab-inside", "StrictId", HG_BAD_REQUEST, FREE_ID, VISIBLE,
           BEFORE(SET, ID, SAYS("72d3\t162e"))),
    SHOULD("id-umlaut", "StrictId", HG_BAD_REQUEST, FREE_ID, VISIBLE,
           BEFORE(SET, ID, SAYS("\xc3\xb6"))),
    SHOULD("id-nul-behind", "StrictId", HG_BAD_REQUEST, FREE_ID, CONTROLS,
           AFTER(APPEND, ID, SAYS("0")), AFTER(SET_BYTE, ID, .at = -1, .byte = 0)),
    SHOULD("id-line-feed-behind", "StrictId", HG_BAD_REQUEST, FREE_ID, CONTROLS,
           AFTER(APPEND, ID, SAYS("\n"))),
    END_OF_TWINS,
};

const struct plan_case plan_event[] = {
    {.id = "event",
     .family = "event",
     .needs = HAS_EVENT,
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"events\"}"),
     .twins = {event_twins}},
    {.id = "id",
     .family = "event",
     .needs = HAS_ID,
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"ids\"}"),
     .twins = {id_twins}},
    {.id = NULL},
};
