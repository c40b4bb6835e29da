/* SPDX-License-Identifier: MIT
 *
 * The plan: what the flags say, which weakness each is, and which family its cases are of.
 */
#include <string.h>

#include "harness/plan.h"

/* Each text states what is wrong with a target that fails a case of that flag. */
static const struct flag_row {
    struct vector_note note;
    const char *family;
} rows[] = {
    {{"TamperedBody", "accepts a body that was changed after signing", "CWE-345", NULL}, "body"},
    {{"TamperedTimestamp",
      "accepts a timestamp that was changed after signing, so a recorded "
      "delivery can be made young",
      "CWE-345", NULL},
     "time"},
    {{"TamperedEvent",
      "accepts an event name that was changed after signing, so a creation can be made a deletion",
      "CWE-345", NULL},
     "event"},
    {{"TamperedId",
      "accepts a delivery id that was changed after signing, so a duplicate looks like a new one",
      "CWE-345", NULL},
     "event"},
    {{"BoundaryMoved",
      "accepts bytes moved from one signed part into its neighbour: the "
      "signed text is the same, what it says is not",
      "CWE-345", NULL},
     "event"},
    {{"Stale", "accepts a delivery signed too long ago, so a recorded one can be replayed",
      "CWE-294", NULL},
     "time"},
    {{"Future", "accepts a delivery dated ahead, so it can be replayed until then", "CWE-294",
      NULL},
     "time"},
    {{"ToleranceEdge",
      "draws the edge of the tolerance elsewhere: its last second is inside, the next one outside",
      "CWE-294", NULL},
     "time"},
    {{"WrongSecret", "accepts a signature made with another secret", "CWE-347", NULL}, "secret"},
    {{"MissingHeader", "does without a header that the scheme requires", "CWE-306", NULL},
     "headers"},
    {{"Unsigned", "accepts a delivery that carries no signature", "CWE-306", NULL}, "signature"},
    {{"TruncatedSignature", "compares only as much of the signature as was sent", "CWE-347", NULL},
     "signature"},
    {{"EmptyBodySignature",
      "checks the signature of an empty body: the real one was consumed before, or never bound",
      "CWE-347", NULL},
     "signature"},
    {{"EmptySignature", "takes an empty signature for a match", "CWE-347", NULL}, "signature"},
    {{"RepeatedHeader",
      "picks one of two headers of the same name, where a proxy may pick the other", "CWE-235",
      NULL},
     "headers"},
    {{"Reencoded", "signs the JSON as parsed and written anew, not the bytes that were received",
      "CWE-345", NULL},
     "body"},
    {{"NulInBody", "reads the body up to its first NUL byte only", "CWE-158", NULL}, "body"},
    {{"UrlSecret", "takes the key from the URL of the request, where anybody can put one",
      "CWE-639", NULL},
     "secret"},
    {{"Duplicate",
      "keeps one delivery twice, or refuses its repetition so that the sender never stops",
      "CWE-294", NULL},
     "replay"},
    {{"StrictTimestamp",
      "reads as a time what the scheme does not call one, so two programs may read two times",
      "CWE-1286", NULL},
     "time"},
    {{"StrictEvent", "accepts an event name outside the scheme's grammar", "CWE-1286", NULL},
     "event"},
    {{"StrictSignature", "accepts or refuses a signature against the form that the scheme gives it",
      "CWE-347", NULL},
     "signature"},
    {{"StrictId", "accepts a delivery id that it can't keep apart from what follows it", "CWE-1286",
      NULL},
     "event"},
    {{"HeaderForm", "refuses, or is misled by, a harmless form of the headers", "CWE-1286", NULL},
     "headers"},
    {{"Encoding", "changes or refuses a body that is not plain JSON text", NULL, NULL}, "body"},
    {{"DecodedBody",
      "checks the signature of the body as decoded text, so that other bytes pass for it",
      "CWE-345", NULL},
     "body"},
    {{"SignatureList",
      "reads the list of signatures wrongly: one that matches is enough, others are passed over",
      "CWE-347", NULL},
     "signature"},
    {{"KeyDecoding", "takes the secret's text for the key, not the bytes it stands for", "CWE-347",
      NULL},
     "secret"},
    {{"KeyRing", "uses one of several secrets only, so a secret can't be changed without a gap",
      NULL, NULL},
     "secret"},
    {{"Unbound", "shows a limit of the scheme, which any receiver has: this part is not signed",
      NULL, NULL},
     "event"},
    {{"Chunked", "can't read a body sent with chunked transfer coding", NULL, NULL}, "framing"},
    {{"ForgedSignature", "accepts a MAC of which a byte is wrong, or letters that are none",
      "CWE-347", NULL},
     "signature"},
    {{"AlgorithmConfusion",
      "lets the sender choose the algorithm, or lets a name of one stand for the scheme's",
      "CWE-327", NULL},
     "signature"},
    {{"TooMany", "reads as many headers as it is sent", "CWE-770", "RFC 9110 section 5.4"},
     "headers"},
    {{"Framing", "can't read a message that is framed as HTTP allows", NULL, "RFC 9112"},
     "framing"},
    {{"Expect",
      "asks for no body where the client waits to be asked, or waits for one that it does not need",
      NULL, "RFC 9110 section 10.1.1"},
     "framing"},
    {{"Smuggling",
      "reads a message that another program reads otherwise: what one has "
      "verified is not what the other sees",
      "CWE-444", "RFC 9112 section 11.2"},
     "framing"},
    {{"Incomplete", "acts on a message that has not arrived as a whole", "CWE-130",
      "RFC 9112 section 8"},
     "framing"},
    {{"Pipelined", "mixes up two messages of one connection", "CWE-444", "RFC 9112 section 9.3.2"},
     "framing"},
    {{"Method", "acts on another method than POST", "CWE-650", "RFC 9110 section 9"}, "framing"},
    {{"Replay", "takes a delivery for a new one when only what is not signed differs", "CWE-294",
      NULL},
     "replay"},
    {{"Concurrent", "keeps one delivery twice when it comes twice at the same moment", "CWE-362",
      NULL},
     "replay"},
    {{"Restart", "forgets at a restart what it has kept", "CWE-294", NULL}, "replay"},
    {{"Leak", "tells a stranger by its answer how near a forgery came, or which check refused it",
      "CWE-204", NULL},
     "leak"},
};

#define ROW_COUNT (sizeof rows / sizeof rows[0])

const char *plan_flag(size_t index)
{
    return index < ROW_COUNT ? rows[index].note.flag : NULL;
}

static const struct flag_row *find(const char *flag)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].note.flag, flag) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct vector_note *plan_flag_note(const char *flag)
{
    const struct flag_row *row = find(flag);
    return row != NULL ? &row->note : NULL;
}

const char *plan_family(const char *flag)
{
    const struct flag_row *row = find(flag);
    return row != NULL ? row->family : NULL;
}
