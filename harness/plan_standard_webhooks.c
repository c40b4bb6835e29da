/* SPDX-License-Identifier: MIT
 *
 * The plan of standard-webhooks: a list of versions, a signed id, a decoded key. This file has the
 * message that most twins are made from, and the forms of secrets.
 */
#include "harness/plan_standard.h"

#define PLAIN "{\"id\":42,\"name\":\"Ada Lovelace\"}"

static const struct plan_case standard_cases[] = {
    {.id = "message",
     .spec = SCHEME,
     .delivery = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W",
     .body = TEXT(PLAIN),
     .twins = {plan_standard_body, plan_standard_window, plan_standard_time, plan_standard_id,
               plan_standard_names, plan_standard_list, plan_standard_base64}},
    {.id = NULL},
};

/* ---- Secrets --------------------------------------------------------------------------------- */

#define PREFIX_MAY_LACK                                                                            \
    "The prefix is \"for easy identification\" and no part of the key, so a secret that was "      \
    "pasted without it means the same."
#define PADDING_MAY_LACK                                                                           \
    "The section says base64 and no more. Padding tells nothing that the length does not, so a "   \
    "secret that was pasted without it means the same."
#define KEY_BYTES "The key is the bytes that the base64 stands for, whatever they are."
#define KEY_SIZE "Between 24 and 64 bytes, the section says; this is the end of that."
#define BEYOND                                                                                     \
    "Longer than a block of SHA-256, so that HMAC hashes it first; and than the 64 bytes that a "  \
    "new key should have at most. Longer keys are no weaker, and we take them."
#define ROTATED                                                                                    \
    "A sender that changes its secret signs with the old one for a while; a receiver that has "    \
    "both accepts either."

static const struct plan_twin wrong_twins[] = {
    RULE("wrong-secret", "WrongSecret", HG_MISMATCH, SCHEME, NULL, WRONG_SECRET),
    END_OF_TWINS,
};

static const struct plan_twin two_twins[] = {
    RULE("old-secret", "KeyRing", HG_OK, HEADERS, ROTATED, {EDIT_SECRET, .before = true, .at = 1}),
    RULE("old-secret-behind-wrong", "KeyRing", HG_OK, HEADERS, ROTATED,
         {EDIT_SECRET, .before = true, .at = 1}, AFTER(PREPEND, SIGNATURE, SAYS(WRONG_V1 " "))),
    RULE("old-secret-changed", "TamperedBody", HG_MISMATCH, SCHEME, NULL,
         {EDIT_SECRET, .before = true, .at = 1}, AFTER(FLIP_BIT, BODY, .at = 9)),
    RULE("wrong-secret", "WrongSecret", HG_MISMATCH, SCHEME, NULL, WRONG_SECRET),
    END_OF_TWINS,
};

static const struct plan_twin three_twins[] = {
    RULE("second-secret", "KeyRing", HG_OK, HEADERS, ROTATED,
         {EDIT_SECRET, .before = true, .at = 1}),
    RULE("third-secret", "KeyRing", HG_OK, HEADERS, ROTATED,
         {EDIT_SECRET, .before = true, .at = 2}),
    RULE("wrong-secret", "WrongSecret", HG_MISMATCH, SCHEME, NULL, WRONG_SECRET),
    END_OF_TWINS,
};

static const struct plan_twin expired_twins[] = {
    RULE("expired-secret", "WrongSecret", HG_MISMATCH, HEADERS,
         "The old key is good \"for a set period of time\", and that has passed.",
         {EDIT_SECRET, .before = true, .at = 1}),
    END_OF_TWINS,
};

#define KEY_CASES(of_name, of_id, of_flag, of_spec, of_note, of_should, of_twins)                  \
    static const struct plan_case of_name[] = {                                                    \
        {.id = (of_id),                                                                            \
         .flag = (of_flag),                                                                        \
         .spec = (of_spec),                                                                        \
         .note = (of_note),                                                                        \
         .should = (of_should),                                                                    \
         .delivery = "msg_" of_id,                                                                 \
         .body = TEXT(PLAIN),                                                                      \
         .twins = {of_twins}},                                                                     \
        {.id = NULL},                                                                              \
    }

/* The last but one tells whether the case is level should. */
KEY_CASES(bare_cases, "bare-key", "KeyDecoding", SCHEME, PREFIX_MAY_LACK, false, wrong_twins);
KEY_CASES(bare_unpadded_cases, "bare-unpadded-key", "KeyDecoding", SILENT, PADDING_MAY_LACK, true,
          wrong_twins);
KEY_CASES(unpadded_cases, "unpadded-key", "KeyDecoding", SILENT, PADDING_MAY_LACK, true,
          wrong_twins);
KEY_CASES(two_pads_cases, "two-pads-key", "KeyDecoding", SCHEME, KEY_BYTES, false, wrong_twins);
KEY_CASES(bytes_cases, "bytes-key", "KeyDecoding", SCHEME, KEY_BYTES, false, wrong_twins);
KEY_CASES(shortest_cases, "shortest-key", "KeyDecoding", SCHEME, KEY_SIZE, false, wrong_twins);
KEY_CASES(longest_cases, "longest-key", "KeyDecoding", SCHEME, KEY_SIZE, false, wrong_twins);
KEY_CASES(beyond_block_cases, "beyond-block-key", "KeyDecoding", HMAC_KEYS, BEYOND, true,
          wrong_twins);
KEY_CASES(two_cases, "two-secrets", "KeyRing", HEADERS, ROTATED, false, two_twins);
KEY_CASES(three_cases, "three-secrets", "KeyRing", HEADERS, ROTATED, false, three_twins);
KEY_CASES(expired_cases, "expired-key", "KeyRing", HEADERS, ROTATED, false, expired_twins);

/* All are public. The first is base64 of "a public secret, for tests only!". */
#define FIRST "whsec_YSBwdWJsaWMgc2VjcmV0LCBmb3IgdGVzdHMgb25seSE="
#define SECOND "whsec_YW5vdGhlciBwdWJsaWMgc2VjcmV0LCBmb3IgdGVzdHM="
#define THIRD "whsec_YSB0aGlyZCBwdWJsaWMgc2VjcmV0LCBmb3IgdGVzdHM="
#define LONGEST                                                                                    \
    "whsec_c2l4dHktZm91ciBieXRlcywgdGhlIG1vc3QgdGhhdCBhIHNlY3JldCBtYXkgaGF2ZSwgcHVibGljIHRvbyEg"   \
    "IQ=="
#define BEYOND_BLOCK                                                                               \
    "whsec_b25lIGh1bmRyZWQgYnl0ZXMsIG1vcmUgdGhhbiBhIGJsb2NrIG9mIFNIQS0yNTYgaGFzLCBzbyB0aGF0IEhN"   \
    "QUMgaGFzaGVzIHRoZSBrZXkgZmlyc3Q7IGl0IGlzIHB1YmxpYw=="

const struct plan_file plan_standard_webhooks = {
    .scheme = "standard-webhooks",
    .url = "/webhooks",
    .content_type = "application/json",
    .deliveries = {"msg_2KWPBgLlAfxdpx2AI54pPJ85f4W", "msg_other"},
    .groups = {
        {.secrets = {{NULL, FIRST, HG_NEVER}},
         .cases = {standard_cases, plan_standard_bodies, PLAN_OTHER_FAMILIES}},
        {.secrets = {{NULL, "YSBwdWJsaWMgc2VjcmV0LCBmb3IgdGVzdHMgb25seSE=", HG_NEVER}},
         .cases = {bare_cases}},
        {.secrets = {{NULL, "dGhlIHNhbWUgd2l0aG91dCBwYWRkaW5nLCBubw", HG_NEVER}},
         .cases = {bare_unpadded_cases}},
        {.secrets = {{NULL, "whsec_dGhlIHNhbWUgd2l0aG91dCBwYWRkaW5nLCBubw", HG_NEVER}},
         .cases = {unpadded_cases}},
        {.secrets = {{NULL, "whsec_YSBrZXkgd2l0aCB0d28gcGFkcywgcHVibGljIHRvbw==", HG_NEVER}},
         .cases = {two_pads_cases}},
        {.secrets = {{NULL, "whsec_AP+A/wAKDQ++//v7+/4AAAD///8AwK/toID0kICA", HG_NEVER}},
         .cases = {bytes_cases}},
        {.secrets = {{NULL, "whsec_dHdlbnR5LWZvdXIgcHVibGljIGJ5dGVz", HG_NEVER}},
         .cases = {shortest_cases}},
        {.secrets = {{NULL, LONGEST, HG_NEVER}}, .cases = {longest_cases}},
        {.secrets = {{NULL, BEYOND_BLOCK, HG_NEVER}}, .cases = {beyond_block_cases}},
        {.secrets = {{"new", SECOND, HG_NEVER}, {"old", FIRST, HG_NEVER}}, .cases = {two_cases}},
        {.secrets = {{"new", THIRD, HG_NEVER},
                     {"old", SECOND, HG_NEVER},
                     {"older", FIRST, HG_NEVER}},
         .cases = {three_cases}},
        {.secrets = {{"new", SECOND, HG_NEVER}, {"old", FIRST, INT64_C(1767225599)}},
         .cases = {expired_cases}},
    }};
