/* SPDX-License-Identifier: MIT
 *
 * The family "secret": which keys count, and where a key must not come from.
 */
#include "harness/plan.h"

#define OTHER_KEY "Signed, but not by anyone who has the secret."
#define SENDERS_KEY "The request brings the key that it is signed with: anybody can do that."
#define EMPTY_KEY "Signed with the empty key, which is what an unset secret becomes."
#define NO_MATTER "The delivery is valid. What else the request brings must not be taken for a key."
#define EMPTY_SECRET                                                                               \
    {                                                                                              \
        .op = EDIT_EMPTY_SECRET, .before = true                                                    \
    }

/* Signed with a key that is in the URL or in a header. */
#define IN_URL(of_name, of_text)                                                                   \
    MUST("url-" of_name, "UrlSecret", HG_MISMATCH, 0, SENDERS_KEY, WRONG_SECRET,                   \
         AFTER(APPEND, URL, SAYS(of_text)))
#define IN_HEADER(of_name, of_header, of_text)                                                     \
    MUST("header-" of_name, "UrlSecret", HG_MISMATCH, 0, SENDERS_KEY, WRONG_SECRET,                \
         ADD_HEADER(of_header, of_text))

static const struct plan_twin secret_twins[] = {
    MUST("wrong-secret", "WrongSecret", HG_MISMATCH, 0, OTHER_KEY, WRONG_SECRET),
    MUST("empty-secret", "WrongSecret", HG_MISMATCH, 0, EMPTY_KEY, EMPTY_SECRET),
    MUST("wrong-secret-empty-body", "WrongSecret", HG_MISMATCH, 0, OTHER_KEY, WRONG_SECRET,
         BEFORE(SET, BODY, SAYS(""))),
    IN_URL("sk", "?sk=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("sk-upper", "?SK=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("sk-second", "?a=1&sk=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("sk-repeated", "?sk=x&sk=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("sk-repeated-first", "?sk=" EDIT_WRONG_SECRET_TEXT "&sk=x"),
    IN_URL("sk-array", "?sk[]=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("sk-escaped", "?%73k=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("sk-semicolon", "?a=1;sk=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("secret", "?secret=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("key", "?key=" EDIT_WRONG_SECRET_TEXT),
    IN_URL("token", "?token=" EDIT_WRONG_SECRET_TEXT),
    IN_HEADER("secret", "X-Webhook-Secret", EDIT_WRONG_SECRET_TEXT),
    IN_HEADER("bearer", "Authorization", "Bearer " EDIT_WRONG_SECRET_TEXT),
    IN_HEADER("api-key", "X-Api-Key", EDIT_WRONG_SECRET_TEXT),
    IN_HEADER("cookie", "Cookie", "sk=" EDIT_WRONG_SECRET_TEXT),
    MUST("url-sk-empty", "UrlSecret", HG_MISMATCH, 0, EMPTY_KEY, EMPTY_SECRET,
         AFTER(APPEND, URL, SAYS("?sk="))),
    MUST("url-sk-bare", "UrlSecret", HG_MISMATCH, 0, EMPTY_KEY, EMPTY_SECRET,
         AFTER(APPEND, URL, SAYS("?sk"))),
    MUST("url-sk-unsigned", "UrlSecret", HG_NO_SIGNATURE, 0, "A key in the URL signs nothing.",
         AFTER(DROP, SIGNATURE), AFTER(APPEND, URL, SAYS("?sk=" EDIT_WRONG_SECRET_TEXT))),
    SHOULD("url-sk-ignored", "UrlSecret", HG_OK, 0, NO_MATTER,
           AFTER(APPEND, URL, SAYS("?sk=" EDIT_WRONG_SECRET_TEXT))),
    SHOULD("url-sk-empty-ignored", "UrlSecret", HG_OK, 0, NO_MATTER,
           AFTER(APPEND, URL, SAYS("?sk="))),
    SHOULD("header-secret-ignored", "UrlSecret", HG_OK, 0, NO_MATTER,
           ADD_HEADER("X-Webhook-Secret", EDIT_WRONG_SECRET_TEXT)),
    SHOULD("header-bearer-ignored", "UrlSecret", HG_OK, 0, NO_MATTER,
           ADD_HEADER("Authorization", "Bearer " EDIT_WRONG_SECRET_TEXT)),
    END_OF_TWINS,
};

const struct plan_case plan_secret[] = {
    {.id = "secret",
     .family = "secret",
     .note = "An ordinary delivery.",
     .body = TEXT("{\"id\":42,\"about\":\"secrets\"}"),
     .twins = {secret_twins}},
    {.id = NULL},
};

/* ---- Several secrets ------------------------------------------------------------------------- */

#define EITHER "Both secrets are good, so that one can be changed without a gap."
#define NEITHER "More secrets do not make a wrong signature right."

#define BY_SECOND                                                                                  \
    {                                                                                              \
        .op = EDIT_SECRET, .before = true, .at = 1                                                 \
    }

static const struct plan_twin ring_twins[] = {
    MUST("second-secret", "KeyRing", HG_OK, 0, EITHER, BY_SECOND),
    MUST("second-secret-changed", "TamperedBody", HG_MISMATCH, 0, NEITHER, BY_SECOND,
         AFTER(FLIP_BIT, BODY, .at = 9)),
    MUST("first-secret-changed", "TamperedBody", HG_MISMATCH, 0, NEITHER,
         AFTER(FLIP_BIT, BODY, .at = 9)),
    MUST("second-secret-old", "Stale", HG_TOO_OLD, HAS_TIME, NEITHER, BY_SECOND, SHIFT(-86400)),
    MUST("second-secret-unsigned", "Unsigned", HG_NO_SIGNATURE, 0, NEITHER, BY_SECOND,
         AFTER(DROP, SIGNATURE)),
    MUST("wrong-secret", "WrongSecret", HG_MISMATCH, 0, NEITHER, WRONG_SECRET),
    MUST("empty-secret", "WrongSecret", HG_MISMATCH, 0, EMPTY_KEY, EMPTY_SECRET),
    MUST("second-secret-flipped", "ForgedSignature", HG_MISMATCH, 0, NEITHER, BY_SECOND,
         {.op = EDIT_FLIP_MAC, .at = 31}),
    END_OF_TWINS,
};

const struct plan_case plan_ring[] = {
    {.id = "two-secrets",
     .family = "secret",
     .flag = "KeyRing",
     .note = EITHER,
     .body = TEXT("{\"id\":42,\"name\":\"Grace\"}"),
     .twins = {ring_twins}},
    {.id = NULL},
};

static const struct plan_twin expired_twins[] = {
    MUST("old-secret", "WrongSecret", HG_MISMATCH, 0,
         "The old secret was good until the second before, and is not any more.", BY_SECOND),
    MUST("old-secret-in-time", "WrongSecret", HG_MISMATCH, HAS_TIME,
         "The receiver's clock says whether a secret is good, not the time that a sender states.",
         BY_SECOND, SHIFT(-60)),
    MUST("last-second", "KeyRing", HG_OK, 0, "The last second of a secret is part of its time.",
         {.op = EDIT_SECRET, .before = true, .at = 2}),
    END_OF_TWINS,
};

const struct plan_case plan_expired[] = {
    {.id = "expired-secret",
     .family = "secret",
     .flag = "KeyRing",
     .note = "The new secret does not expire.",
     .body = TEXT("{\"id\":42,\"name\":\"Alan\"}"),
     .twins = {expired_twins}},
    {.id = NULL},
};

/* ---- One secret of an unusual form ----------------------------------------------------------- */

#define KEY_TEXT "The secret's text is the key, byte for byte, whatever it looks like."

static const struct plan_twin key_twins[] = {
    MUST("wrong-secret", "WrongSecret", HG_MISMATCH, 0, OTHER_KEY, WRONG_SECRET),
    MUST("changed", "TamperedBody", HG_MISMATCH, 0, "The body is signed.",
         AFTER(FLIP_BIT, BODY, .at = 9)),
    END_OF_TWINS,
};

#define KEY_CASE(of_name, of_id)                                                                   \
    const struct plan_case of_name[] = {                                                           \
        {.id = "key-" of_id,                                                                       \
         .family = "secret",                                                                       \
         .flag = "KeyDecoding",                                                                    \
         .note = KEY_TEXT,                                                                         \
         .body = TEXT("{\"id\":42,\"key\":\"" of_id "\"}"),                                        \
         .twins = {key_twins}},                                                                    \
        {.id = NULL},                                                                              \
    }

KEY_CASE(plan_key_hex, "like-hex");
KEY_CASE(plan_key_base64, "like-base64");
KEY_CASE(plan_key_whsec, "like-whsec");
KEY_CASE(plan_key_number, "like-a-number");
KEY_CASE(plan_key_block, "as-long-as-a-block");
KEY_CASE(plan_key_long, "longer-than-a-block");
KEY_CASE(plan_key_letter, "of-one-letter");
KEY_CASE(plan_key_wide, "of-wide-letters");
KEY_CASE(plan_key_blanks, "with-blanks");
KEY_CASE(plan_key_marks, "with-marks");
