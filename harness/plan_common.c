/* SPDX-License-Identifier: MIT
 *
 * The plan: what the flags say, and the twins that schemes share.
 */
#include <string.h>

#include "harness/plan.h"

/* Each note states what is wrong with a target that fails a case of that flag. */
static const struct vector_note notes[] = {
    {"TamperedBody", "accepts a body that was changed after signing"},
    {"TamperedTimestamp",
     "accepts a timestamp that was changed after signing, so a recorded delivery can be made "
     "young"},
    {"TamperedEvent",
     "accepts an event name that was changed after signing, so a creation can be made a deletion"},
    {"TamperedId",
     "accepts a delivery id that was changed after signing, so a duplicate looks like a new one"},
    {"BoundaryMoved",
     "accepts bytes moved from one signed part into its neighbour: the signed text is the same, "
     "what it says is not"},
    {"Stale", "accepts a delivery signed too long ago, so a recorded one can be replayed"},
    {"Future", "accepts a delivery dated ahead, so it can be replayed until then"},
    {"ToleranceEdge",
     "draws the edge of the tolerance elsewhere: its last second is inside, the next one outside"},
    {"WrongSecret", "accepts a signature made with another secret"},
    {"MissingHeader", "does without a header that the scheme requires"},
    {"Unsigned", "accepts a delivery that carries no signature"},
    {"TruncatedSignature", "compares only as much of the signature as was sent"},
    {"EmptyBodySignature",
     "checks the signature of an empty body: the real one was consumed before, or never bound"},
    {"EmptySignature", "takes an empty signature for a match"},
    {"RepeatedHeader",
     "picks one of two headers of the same name, where a proxy may pick the other"},
    {"Reencoded", "signs the JSON as parsed and written anew, not the bytes that were received"},
    {"NulInBody", "reads the body up to its first NUL byte only"},
    {"UrlSecret", "takes the key from the URL of the request, where anybody can put one"},
    {"Duplicate",
     "keeps one delivery twice, or refuses its repetition so that the sender never stops"},
    {"StrictTimestamp",
     "reads as a time what the scheme does not call one, so two programs may read two times"},
    {"StrictEvent", "accepts an event name outside the scheme's grammar"},
    {"StrictSignature", "accepts or refuses a signature against the form that the scheme gives it"},
    {"StrictId", "accepts a delivery id that it can't keep apart from what follows it"},
    {"HeaderForm", "refuses, or is misled by, a harmless form of the headers"},
    {"Encoding", "changes or refuses a body that is not plain JSON text"},
    {"DecodedBody",
     "checks the signature of the body as decoded text, so that other bytes pass for it"},
    {"SignatureList",
     "reads the list of signatures wrongly: one that matches is enough, others are passed over"},
    {"KeyDecoding", "takes the secret's text for the key, not the bytes it stands for"},
    {"KeyRing", "uses one of several secrets only, so a secret can't be changed without a gap"},
    {"Unbound", "shows a limit of the scheme, which any receiver has: this part is not signed"},
    {"Chunked", "can't read a body sent with chunked transfer coding"},
};

#define NOTE_COUNT (sizeof notes / sizeof notes[0])

const char *plan_flag(size_t index)
{
    return index < NOTE_COUNT ? notes[index].flag : NULL;
}

const char *plan_note(const char *flag)
{
    for (size_t i = 0; i < NOTE_COUNT; i++) {
        if (strcmp(notes[i].flag, flag) == 0) {
            return notes[i].text;
        }
    }
    return NULL;
}

const struct plan_twin plan_common[] = {
    TWIN("body-bit", "TamperedBody", HG_MISMATCH, AFTER(FLIP_BIT, BODY, .at = 9)),
    TWIN("body-truncated", "TamperedBody", HG_MISMATCH, AFTER(TRUNCATE, BODY, .count = 1)),
    TWIN("body-appended", "TamperedBody", HG_MISMATCH, AFTER(APPEND, BODY, SAYS("\n"))),
    TWIN("body-emptied", "TamperedBody", HG_MISMATCH, AFTER(SET, BODY, SAYS(""))),
    TWIN("wrong-secret", "WrongSecret", HG_MISMATCH, WRONG_SECRET),
    TWIN("no-signature", "MissingHeader", HG_NO_SIGNATURE, AFTER(DROP, SIGNATURE)),
    TWIN("empty-signature", "EmptySignature", HG_NO_SIGNATURE, AFTER(SET, SIGNATURE, SAYS(""))),
    TWIN("signature-truncated", "TruncatedSignature", HG_BAD_SIGNATURE,
         AFTER(TRUNCATE, SIGNATURE, .count = 2)),
    TWIN("signature-of-empty-body", "EmptyBodySignature", HG_MISMATCH,
         BEFORE(SIGN_AS, BODY, SAYS(""))),
    TWIN("repeated-signature", "RepeatedHeader", HG_REPEATED_HEADER, AFTER(REPEAT, SIGNATURE)),
    TWICE("duplicate", 2),
    END_OF_TWINS,
};

const struct plan_twin plan_time[] = {
    TWIN("timestamp-changed", "TamperedTimestamp", HG_MISMATCH,
         AFTER(FLIP_BIT, TIMESTAMP, .at = -1)),
    TWIN("too-old", "Stale", HG_TOO_OLD, SHIFT(-86400)),
    TWIN("too-new", "Future", HG_TOO_NEW, SHIFT(86400)),
    TWIN("edge-old", "ToleranceEdge", HG_OK, SHIFT(-300)),
    TWIN("edge-new", "ToleranceEdge", HG_OK, SHIFT(300)),
    TWIN("past-edge-old", "ToleranceEdge", HG_TOO_OLD, SHIFT(-301)),
    TWIN("past-edge-new", "ToleranceEdge", HG_TOO_NEW, SHIFT(301)),
    TWIN("no-timestamp", "MissingHeader", HG_NO_TIMESTAMP, AFTER(DROP, TIMESTAMP)),
    TWIN("empty-timestamp", "MissingHeader", HG_NO_TIMESTAMP, AFTER(SET, TIMESTAMP, SAYS(""))),
    LENIENT("timestamp-sign", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(PREPEND, TIMESTAMP, SAYS("+"))),
    LENIENT("timestamp-zero", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(PREPEND, TIMESTAMP, SAYS("0"))),
    LENIENT("timestamp-fraction", "StrictTimestamp", HG_BAD_TIMESTAMP,
            BEFORE(APPEND, TIMESTAMP, SAYS(".0"))),
    LENIENT("timestamp-ms", "StrictTimestamp", HG_TOO_NEW, BEFORE(APPEND, TIMESTAMP, SAYS("000"))),
    END_OF_TWINS,
};
