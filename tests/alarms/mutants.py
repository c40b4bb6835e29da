# SPDX-License-Identifier: MIT
"""The mutants: receivers that are wrong in exactly one way.

A row is the fault's name, the flag on which the harness must fail it, what is wrong, and the other
flags on which the same fault shows ("valid": valid deliveries without a flag; "*": it spoils
everything). A mutant that fails on any flag beside these has shown a case that tests something else
than it says. Rows whose last word is "http" or "both" run over a connection, the others are asked
line by line, which is quicker; "observed" asks what took effect, too.
"""
import collections

Mutant = collections.namedtuple("Mutant", "program fault family flag what also mode")

EVERYTHING = "*"

WEBINONE = {
    "signature": [
        ("missing-signature", "MissingHeader", "lets a request without a signature header pass", ""),
        ("unsigned", "Unsigned", "trusts a request without any of the three headers", "", "both"),
        ("empty-signature", "EmptySignature", "takes an empty signature for a match", "", "both"),
        ("compares-prefix", "TruncatedSignature", "compares as many digits as were sent", "", "both"),
        ("compares-half", "ForgedSignature", "compares 16 of the 32 bytes", ""),
        ("skips-last-byte", "ForgedSignature", "compares all bytes but the last", "", "both"),
        ("any-prefix", "StrictSignature", "takes what is behind the last '=' for the signature", ""),
        ("names-algorithms", "AlgorithmConfusion", "knows SHA-256 by other names, too", ""),
        ("no-algorithm", "AlgorithmConfusion", "lets the sender choose none", "", "both"),
        ("base64-too", "StrictSignature", "also reads signatures in base64", ""),
        ("loose-hex", "StrictSignature", "passes over blanks between the digits", ""),
        ("splits-list", "SignatureList", "reads a list where the scheme has one signature", ""),
        ("any-header", "MissingHeader", "finds the signature in whatever header it stands", ""),
        ("empty-body", "EmptyBodySignature", "also accepts the MAC of an empty body", "", "both"),
        ("parsed-nothing", "EmptyBodySignature", "also accepts the MAC of the object that no body is parsed to", ""),
    ],
    "time": [
        ("ignores-time", "Stale", "never looks at the clock", ""),
        ("ignores-past", "Stale", "accepts what is too old", "", "both"),
        ("ignores-future", "Future", "accepts what is dated ahead", "", "both"),
        ("edge-outside", "ToleranceEdge", "takes the last second for one too many", ""),
        ("edge-wide", "ToleranceEdge", "allows one second more", ""),
        ("lenient-timestamp", "StrictTimestamp", "reads the timestamp with int()", "", "both"),
        ("reads-floats", "StrictTimestamp", "reads the timestamp with float(), NaN included", ""),
        ("reads-dates", "StrictTimestamp", "also reads dates", ""),
        ("milliseconds", "Future", "takes a time that is far ahead for milliseconds", ""),
        ("wraps-at-32", "Future", "keeps the time in 32 bits", ""),
        ("wraps-at-64", "Future", "keeps the time in 64 bits", ""),
        ("timestamp-unbound", "TamperedTimestamp", "forgives a wrong last digit of the signed time", ""),
        ("time-optional", "MissingHeader", "guesses the time where its header is missing", ""),
    ],
    "event": [
        ("ignores-event", "MissingHeader", "guesses the event where its header is missing", "", "both"),
        ("event-unbound", "TamperedEvent", "accepts the MAC of any event of the catalogue", "", "both"),
        ("type-alone", "TamperedEvent", "accepts the MAC of any action of the type", ""),
        ("any-case-event", "TamperedEvent", "takes no notice of an event's capitals", ""),
        ("loose-boundary", "BoundaryMoved", "takes any text for an event name", "", "both"),
        ("loose-event", "StrictEvent", "takes any characters in an event's two halves", ""),
        ("long-event", "StrictEvent", "takes an event of any length", ""),
    ],
    "secret": [
        ("published-secret", "WrongSecret", "still accepts a secret from an example", ""),
        ("empty-key", "WrongSecret", "also accepts the MAC of the empty key", "", "both"),
        ("keeps-expired", "WrongSecret", "never forgets a secret", ""),
        ("url-secret", "UrlSecret", "takes the key from sk in the request's URL", "", "both"),
        ("header-secret", "UrlSecret", "takes the key from a header of the request", ""),
        ("acts-first", "WrongSecret", "acts on a delivery before it is verified", EVERYTHING, "observed"),
        ("first-secret", "KeyRing", "uses the first of several secrets", ""),
        ("last-secret", "KeyRing", "uses the last of several secrets", ""),
        ("hex-key", "KeyDecoding", "decodes a secret that looks like hex", ""),
        ("base64-key", "KeyDecoding", "decodes a secret that looks like base64", ""),
        ("prefixed-key", "KeyDecoding", "leaves out another scheme's prefix of a secret", ""),
        ("trims-key", "KeyDecoding", "leaves out blanks around a secret", ""),
        ("cuts-key", "KeyDecoding", "uses no more of a secret than a block has", ""),
        ("ascii-key", "KeyDecoding", "leaves out what is not ASCII in a secret", ""),
    ],
    "headers": [
        ("first-header", "RepeatedHeader", "takes the first of two headers", "", "both"),
        ("last-header", "RepeatedHeader", "takes the last of two headers", ""),
        ("case-sensitive", "HeaderForm", "knows header names in one spelling", ""),
        ("longer-names", "MissingHeader", "knows a header by the beginning of its name", ""),
        ("any-amount", "TooMany", "reads as many headers as it is sent", ""),
        ("few-headers", "HeaderForm", "refuses more than 16 headers", "", "both"),
        ("short-values", "HeaderForm", "refuses a header of more than 1 KiB", ""),
        ("json-only", "HeaderForm", "refuses other types than application/json", "", "both"),
    ],
    "body": [
        ("accepts-all", "TamperedBody", "looks at nothing", EVERYTHING, "both"),
        ("stops-at-nul", "NulInBody", "reads the body as a C string", "", "both"),
        ("reencodes", "Reencoded", "signs the JSON as parsed and written anew", EVERYTHING),
        ("reencodes-too", "Reencoded", "tries the JSON written anew after the bytes", "", "both"),
        ("trims-body", "TamperedBody", "also tries the body without blanks around it", ""),
        ("decodes-body", "DecodedBody", "signs the body decoded as UTF-8", ""),
        ("reads-latin-1", "DecodedBody", "also tries the body decoded as Latin-1", ""),
        ("skips-mark", "Encoding", "leaves out a byte order mark", ""),
        ("one-line-end", "Encoding", "makes CRLF a line feed", ""),
        ("unzips", "Encoding", "signs the body unzipped", ""),
        ("text-only", "Encoding", "refuses a body that is not UTF-8", ""),
        ("json-text", "Encoding", "refuses a body that is not JSON", ""),
        ("printable", "NulInBody", "refuses a body with control bytes", ""),
        ("large-cut", "Encoding", "reads no more than 64000 bytes", ""),
        ("small-bodies", "Encoding", "refuses more than 32 KiB", "", "both"),
        ("no-empty-body", "Encoding", "refuses an empty body", ""),
    ],
    "framing": [
        ("no-chunks", "Chunked", "reads a chunked body as empty", ""),
        ("first-chunk", "Chunked", "reads one chunk", ""),
        ("no-extensions", "Chunked", "refuses chunk extensions", ""),
        ("no-trailers", "Chunked", "refuses trailers", ""),
        ("coding-case", "Chunked", "knows the coding's name in one spelling", ""),
        ("whole-head", "Framing", "takes the first segment for the whole head", ""),
        ("one-read", "Framing", "takes what a single read gives for the whole body", ""),
        ("refuses-expect", "Expect", "refuses a client that waits to be asked", ""),
        ("length-wins", "Smuggling", "reads the length where there are chunks, too", ""),
        ("chunks-win", "Smuggling", "reads the chunks where there is a length, too", ""),
        ("first-length", "Smuggling", "takes the first of two lengths", ""),
        ("last-length", "Smuggling", "takes the last of two lengths", ""),
        ("last-of-list", "Smuggling", "takes the last length of a list", ""),
        ("loose-length", "Smuggling", "reads the length with int()", ""),
        ("length-digits", "Smuggling", "reads the digits in front of the length", ""),
        ("length-wraps-32", "Smuggling", "keeps the length in 32 bits", ""),
        ("length-wraps-64", "Smuggling", "keeps the length in 64 bits", ""),
        ("takes-all", "Smuggling", "takes all that has arrived for the body", ""),
        ("coding-inside", "Smuggling", "looks for the word in the coding", ""),
        ("coding-first", "Smuggling", "takes the first of two codings", ""),
        ("coding-last", "Smuggling", "takes the last of two codings", ""),
        ("old-chunks", "Smuggling", "reads chunks in HTTP/1.0", ""),
        ("loose-size", "Smuggling", "reads the chunk's size with int()", ""),
        ("size-wraps", "Smuggling", "keeps the chunk's size in 32 bits", ""),
        ("decimal-sizes", "Smuggling", "reads a chunk's size in decimal", ""),
        ("any-chunk-end", "Smuggling", "passes over what is behind a chunk", ""),
        ("merges-trailers", "Smuggling", "takes trailers for headers", ""),
        ("any-host", "Smuggling", "does without Host", ""),
        ("name-blank", "Smuggling", "forgives a blank in front of the colon", ""),
        ("strips-lines", "Smuggling", "takes a folded line for a header of its own", ""),
        ("unfolds", "Smuggling", "joins folded lines", ""),
        ("bare-cr", "Smuggling", "ends a line at CR alone", ""),
        ("bare-lf", "Smuggling", "ends a line at LF alone", ""),
        ("drops-nul", "Smuggling", "leaves out NUL bytes of the head", ""),
        ("any-name", "Smuggling", "takes any bytes for the name of a header", ""),
        ("any-version", "Smuggling", "takes any version of HTTP for 1.1", ""),
        ("any-target", "Smuggling", "takes any target", ""),
        ("any-method", "Method", "takes any method for POST", ""),
        ("reads-to-the-end", "Incomplete", "takes the end of the connection for that of the body", ""),
        ("no-last-chunk", "Incomplete", "takes the end of the connection for the last chunk", ""),
        ("vouches", "Pipelined", "checks the first of two messages that come together", ""),
        ("drops-rest", "Pipelined", "throws away what has arrived behind a message", ""),
        ("hangs-up", "Pipelined", "closes the connection behind a refusal", ""),
        ("crashes", "Smuggling", "answers 500 to what it does not understand", EVERYTHING),
    ],
    "replay": [
        ("stores-twice", "Duplicate", "keeps a repeated delivery again", ""),
        ("keeps-nothing", "Duplicate", "says yes and keeps nothing", ""),
        ("refuses-repeat", "Duplicate", "answers a repeated delivery with 409", ""),
        ("looks-then-notes", "Concurrent", "looks whether it has a delivery, and notes it later", ""),
        ("forgets", "Restart", "has forgotten at a restart what it has kept", ""),
        ("knows-by-url", "Replay", "takes the same delivery under another URL for a new one", ""),
        ("knows-by-headers", "Replay", "takes the same delivery with another header for a new one", ""),
        ("knows-by-signature", "Replay", "takes the signature in capitals for another one", ""),
    ],
    "leak": [
        ("tells-why", "Leak", "answers with the reason", ""),
        ("debugs", "Leak", "answers with the reason when it is asked to", ""),
        ("shows-secret", "Leak", "answers with its settings", ""),
        ("shows-signature", "Leak", "answers with the signature that it expected", ""),
        ("signature-header", "Leak", "says in a header, in base64, what it expected", ""),
        ("counts-digits", "Leak", "says how many digits were right", ""),
        ("stale-is-gone", "Leak", "has a status of its own for what is too old", ""),
        ("parses-first", "Leak", "reads the JSON before it is verified", ""),
        ("routes-first", "Leak", "looks for the event before it is verified", ""),
    ],
}

STANDARD = {
    "signature": [
        ("lenient-base64", "StrictSignature", "decodes signatures as MIME does: what is no base64 is left out", ""),
        ("compares-prefix", "TruncatedSignature", "compares only as many letters as were sent", ""),
        ("first-item", "SignatureList", "takes the first item of the list", ""),
        ("last-item", "SignatureList", "takes the last item of the list", ""),
        ("first-of-version", "SignatureList", "takes the first item of version v1", ""),
        ("any-version", "SignatureList", "looks for the signature behind the last comma of an item", ""),
        ("second-part", "SignatureList", "looks for the signature between the first two commas of an item", ""),
        ("any-blank", "SignatureList", "splits the list at every kind of blank", ""),
        ("stops-at-odd-item", "SignatureList", "fails when an item has not exactly one comma", ""),
        ("version-upper", "SignatureList", "takes V1 for v1", ""),
        ("few-items", "SignatureList", "tries no more than four signatures", ""),
    ],
    "time": [
        ("signs-the-number", "StrictTimestamp", "reads the time as a float and signs the integer", ""),
        ("leading-digits", "StrictTimestamp", "reads the digits in front of the time and signs those", ""),
        ("any-digits", "StrictTimestamp", "takes what any alphabet has for digits", ""),
        ("time-to-nul", "StrictTimestamp", "reads the time as a C string", ""),
        ("milliseconds", "Future", "takes a time that is far ahead for milliseconds", ""),
        ("wraps-at-32", "Future", "keeps the time in 32 bits", ""),
        ("wraps-at-64", "Future", "keeps the time in 64 bits", ""),
    ],
    "event": [
        ("dotted-id", "StrictId", "accepts a full stop in the id", ""),
        ("any-id", "StrictId", "accepts any bytes in the id but a full stop", ""),
    ],
    "secret": [
        ("padding-needed", "KeyDecoding", "refuses a secret without padding", ""),
        ("prefix-needed", "KeyDecoding", "takes a secret without whsec_ for the key itself", ""),
        ("key-as-text", "KeyDecoding", "cuts the key at its first NUL", ""),
        ("first-secret", "KeyRing", "uses only the first of several secrets", ""),
        ("keeps-expired", "WrongSecret", "never forgets a secret", ""),
    ],
    "headers": [
        ("first-header", "RepeatedHeader", "takes the first of two headers", ""),
        ("svix-names", "MissingHeader", "also knows the headers by the names of one vendor", ""),
        ("case-sensitive", "HeaderForm", "knows header names in one spelling only", ""),
    ],
    "body": [
        ("decodes-body", "DecodedBody", "signs the body decoded as UTF-8, with U+FFFD for what is none", ""),
        ("text-only", "Encoding", "refuses a body that is not UTF-8", ""),
        ("skips-mark", "Encoding", "leaves out a byte order mark", ""),
        ("trims-body", "TamperedBody", "leaves out blanks around the body", ""),
        ("one-kind-of-line-end", "Reencoded", "makes CRLF a line feed", ""),
        ("large-cut", "Encoding", "reads no more than 64000 bytes of the body", ""),
    ],
}


def rows(program, families):
    """Framing, replay and leaks are of a connection; so is what its row says is."""
    for family, each in families.items():
        for fault, flag, what, also, *mode in each:
            usual = "http" if family in ("framing", "replay", "leak") else "cmd"
            yield Mutant(program, fault, family, flag, what, also, *mode or [usual])


MUTANTS = [*rows("webinone", WEBINONE), *rows("standard", STANDARD)]
