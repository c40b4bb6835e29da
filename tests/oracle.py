#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Judges the vector files on its own: standard library only, nothing of the C code.

    tests/oracle.py [FILES]          default: vectors/*.json and vectors/published/*.json
    tests/oracle.py --verified DIR   requests that the C code accepted; each must verify here too

Sender and receiver of this project share one signing core, so they would share its mistakes. This
program shares nothing with them but the facts of the schemes, which oracle_rows.py states anew.
It checks each file against vectors/schema.json, recomputes every signature and every verdict, and
checks that each twin differs from its parent. Exit 0: all agree; 1: some disagree; 2: unreadable.
"""
import base64
import binascii
import hashlib
import hmac
import json
import re
import sys
import urllib.parse
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import ed25519
import oracle_http
from oracle_rows import ROWS

ROOT = Path(__file__).resolve().parents[1]
ACTIONS = ("OnCreate", "OnUpdate", "OnDelete", "OnTrigger")
LIMIT_HEADERS, LIMIT_CANDIDATES, LIMIT_VALUE, LIMIT_TIME = 256, 16, 256, 2**53
LIMIT_FORM = 1000
CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
COMBINATION_TWINS = 22  # the fewest that each type and action must have
WHOLE = 300  # cases: a larger file is a whole one
FAMILIES = ("signature", "time", "event", "secret", "headers", "body", "framing", "replay", "leak")
FAMILY_CASES = 10  # the fewest of each family in a whole file
MOVES = ("rename", "move-to-query", "move-to-trailer")
PLACES = {"query", "cookie", "authorization", "trailer"}  # of a signature, all of them wrong
# What a case may cite: sections of spec/standard-webhooks.md 1.0.0, and of RFCs.
SECTIONS = {"standard-webhooks": {
    "Payload structure", "Payload size", "Webhook metadata", "Signature scheme",
    "Webhook headers (sending metadata to consumers)", "Verifying signatures",
    "Migrating to Standard Webhooks"}}
RFC_SECTION = re.compile(r"RFC (2104|4648|9110|9112) section [0-9]+(\.[0-9]+)*")


class Refused(Exception):
    """Carries the status of a request that is not accepted."""


class Wrong(Exception):
    """A file or scheme that this program can't judge."""


# ---- Encodings and keys --------------------------------------------------------------------------

def from_base64(text, url=False):
    """The bytes, or None: canonical only."""
    try:
        padded = text + b"=" * (-len(text) % 4) if url else text
        data = base64.b64decode(padded, b"-_" if url else None, validate=True)
    except (binascii.Error, ValueError):
        return None
    again = (base64.urlsafe_b64encode(data).rstrip(b"=") if url else base64.b64encode(data))
    return data if again == text else None


def decode_signature(encoding, text):
    if encoding == "hex":
        return bytes.fromhex(text.decode()) if re.fullmatch(rb"([0-9A-Fa-f]{2})*", text) else None
    return from_base64(text, encoding == "base64url")


def key_bytes(form, secret):
    raw = secret.encode()
    if form == "utf8":
        return raw
    if form == "hex":
        return bytes.fromhex(secret)
    if form in ("whsec", "whpk"):
        raw = raw.removeprefix(form.encode() + b"_").removeprefix(b"whsk_").rstrip(b"=")
        raw += b"=" * (-len(raw) % 4)
    data = from_base64(raw)
    if not data:
        raise Wrong("a secret that is not in the scheme's encoding")
    return data


# ---- Times ---------------------------------------------------------------------------------------

def read_unix(text, unit):
    if not re.fullmatch(rb"0|[1-9][0-9]*", text) or int(text) // unit > LIMIT_TIME:
        return None
    return int(text) // unit


def read_rfc3339(text):
    found = re.fullmatch(rb"(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(\.\d+)?"
                         rb"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)", text)
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = (int(part) for part in found.groups()[:6])
        # Years below 1 are beyond datetime; the calendar repeats every 400 years.
        civil = datetime(year + 400, month, day, hour, minute, second, tzinfo=timezone.utc)
    except ValueError:
        return None
    seconds = int((civil - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
    zone = found.group(8)
    offset = 0
    if zone not in (b"Z", b"z"):
        offset = (int(zone[1:3]) * 60 + int(zone[4:6])) * (-60 if zone[:1] == b"-" else 60)
    return seconds - 146097 * 86400 - offset


def read_http_date(text):
    if not re.fullmatch(rb"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", text):
        return None
    try:
        civil = datetime.strptime(text.decode(), "%a, %d %b %Y %H:%M:%S GMT")
    except ValueError:
        return None
    if civil.strftime("%a") != text[:3].decode():
        return None
    return int((civil - datetime(1970, 1, 1)) / timedelta(seconds=1))


READERS = {"unix": lambda text: read_unix(text, 1), "unix-ms": lambda text: read_unix(text, 1000),
           "rfc3339": read_rfc3339, "http-date": read_http_date}


# ---- Requests ------------------------------------------------------------------------------------

def octets(text):
    """The bytes of a JSON text; a lone surrogate can't be meant."""
    return text.encode("utf-8")


def header_bytes(value):
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else octets(value)


def body_bytes(request):
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"], validate=True)
    if "body_repeat" in request:
        return octets(request["body_repeat"]["text"]) * request["body_repeat"]["count"]
    return octets(request.get("body", ""))


def words_of(row):
    return re.findall(r"\{([^{}]+)\}", row["signed"].replace("{{", "").replace("}}", ""))


def named_headers(row):
    names = [row.get(part, {}).get("header") for part in ("signature", "timestamp", "event", "id")]
    names += [word[7:] for word in words_of(row) if word.startswith("header:")]
    return [octets(name.lower()) for name in names if name]


def headers_of(request):
    return [(octets(name).lower(), header_bytes(value).strip(b" \t"))
            for name, value in request.get("headers", [])]


def read_headers(row, request):
    """The form of the headers that the scheme names; their values, trimmed."""
    headers = headers_of(request)
    named = set(named_headers(row))
    if "several" in row["signature"]:
        named.discard(octets(row["signature"]["header"].lower()))
    mine = [(name, value) for name, value in headers if name in named]
    if len(headers) > LIMIT_HEADERS or any(CONTROL.search(value) for _, value in mine):
        raise Refused("bad_request")
    if len(dict(mine)) < len(mine):
        raise Refused("repeated_header")
    return dict(mine)


def header_of(row, part, values):
    name = row.get(part, {}).get("header")
    return values.get(octets(name.lower()), b"") if name else None


def items_of(row, value):
    """The items of a signature header, behind the prefix that a list may have."""
    separator = row["signature"].get("separator")
    value = value.removeprefix(octets(row["signature"].get("prefix", "")))
    return [item.strip(b" \t") for item in value.split(octets(separator))] if separator else [value]


def pattern_of(item, word):
    before, after = octets(item).split(word)
    return re.compile(re.escape(before) + rb"(.*)" + re.escape(after), re.DOTALL)


def fitting(row, value, item, word):
    pattern = pattern_of(item, word)
    return [found.group(1) for found in map(pattern.fullmatch, items_of(row, value)) if found]


def several_signatures(row, request):
    """The values of a signature header that may occur several times, or with numbers."""
    name = re.escape(octets(row["signature"]["header"].lower()))
    numbered = row["signature"]["several"] == "numbered"
    pattern = re.compile(name + (rb"-[1-9][0-9]?" if numbered else b""))
    mine = [(name, value) for name, value in headers_of(request)
            if value and pattern.fullmatch(name)]
    if numbered and len(dict(mine)) < len(mine):
        raise Refused("repeated_header")
    if any(CONTROL.search(value) for _, value in mine):
        raise Refused("bad_request")
    if len(mine) > LIMIT_CANDIDATES:
        raise Refused("bad_signature")
    return [value for _, value in mine]


def digest_size(row):
    return 64 if row["algorithm"] == "ed25519" else \
        hashlib.new(row["algorithm"].removeprefix("hmac-")).digest_size


def read_signatures(row, request, values):
    rule = row["signature"]
    headers = several_signatures(row, request) if "several" in rule else \
        [value for value in [header_of(row, "signature", values)] if value]
    if not headers:
        raise Refused("no_signature")
    texts = [text for value in headers if value.startswith(octets(rule.get("prefix", "")))
             for text in fitting(row, value, rule["item"], b"{sig}") if text]
    macs = [decode_signature(rule["encoding"], text) for text in texts]
    macs = [mac for mac in macs if mac is not None and len(mac) == digest_size(row)]
    if len(texts) > LIMIT_CANDIDATES or not macs:
        raise Refused("bad_signature")
    return macs


def read_timestamp(row, values):
    """The text and the seconds; None, None where the scheme has no time."""
    rule = row.get("timestamp")
    if not rule:
        return None, None
    text = header_of(row, "timestamp", values)
    if text is None:
        found = fitting(row, header_of(row, "signature", values), rule["item"], b"{timestamp}")
        if len(found) > 1:
            raise Refused("bad_timestamp")
        text = found[0] if found else b""
    if not text:
        raise Refused("no_timestamp")
    if rule["format"] == "opaque":
        if not re.fullmatch(rb"[!-~]{1,%d}" % LIMIT_VALUE, text):
            raise Refused("bad_timestamp")
        return text, None
    seconds = READERS[rule["format"]](text)
    if seconds is None:
        raise Refused("bad_timestamp")
    return text, seconds


def read_event(row, values):
    text = header_of(row, "event", values)
    if text is None:
        return None
    if not text:
        raise Refused("no_event")
    grammar = rb"[A-Za-z0-9]+\.[A-Za-z0-9]+" if row["event"].get("grammar") else rb"[!-~]+"
    if not re.fullmatch(grammar, text) or len(text) > LIMIT_VALUE:
        raise Refused("bad_event")
    return text


def read_id(row, values):
    text = header_of(row, "id", values)
    if text is None:
        return None
    if not text:
        raise Refused("no_id")
    # A signed id must not hold what marks its end, or the signed text has two readings.
    stop = re.search(r"\{id\}([^{]+)", row["signed"])
    if (stop and octets(stop.group(1)) in text) or \
            not re.fullmatch(rb"[!-~]{1,%d}" % LIMIT_VALUE, text):
        raise Refused("bad_request")
    return text


# ---- Verdicts ------------------------------------------------------------------------------------

URL = re.compile(r"(.+?)://([^/?]+)([^?]*)(?:\?(.*))?", re.DOTALL)


def url_parts(row, url):
    """What the words about the URL stand for; a URL of another form is none."""
    found = URL.fullmatch(url)
    if found is None:
        if {"url", "path", "query", "host"} & set(words_of(row)):
            raise Refused("bad_request")
        return {}
    return {"url": octets(url), "host": octets(found.group(2)),
            "path": octets(found.group(3) or "/"), "query": octets(found.group(4) or "")}


def form_text(body):
    """The parameters of a form, decoded, sorted, equal ones once, with no mark between."""
    pairs = set()
    pieces = [piece for piece in body.split(b"&") if piece]
    for piece in pieces:
        if re.search(rb"%(?![0-9A-Fa-f]{2})", piece):
            raise Refused("bad_request")
        name, _, value = piece.replace(b"+", b" ").partition(b"=")
        pairs.add((urllib.parse.unquote_to_bytes(name), urllib.parse.unquote_to_bytes(value)))
    if len(pieces) > LIMIT_FORM:
        raise Refused("bad_request")
    return b"".join(name + value for name, value in sorted(pairs))


def digest_text(word, body):
    _, algorithm, encoding = word.split(":")
    digest = hashlib.new(algorithm, body).digest()
    return octets(digest.hex()) if encoding == "hex" else base64.b64encode(digest)


def signed_text(row, request, values, parts):
    parts = {**parts, "method": octets(request["method"]),
             **url_parts(row, request.get("url", ""))}
    for word in words_of(row):
        if word == "form":
            parts[word] = form_text(parts["body"])
        elif word.startswith("body:"):
            parts[word] = digest_text(word, parts["body"])
    text = b""
    for piece in re.findall(r"\{\{|\}\}|\{[^{}]+\}|[^{}]+", row["signed"]):
        if piece in ("{{", "}}"):
            text += octets(piece[0])
        elif piece.startswith("{header:"):
            text += values[octets(piece[8:-1].lower())]
        elif piece.startswith("{"):
            text += parts[piece[1:-1]]
        else:
            text += octets(piece)
    return text


def good_keys(row, secrets, now):
    keys = [key_bytes(row["key"], one["secret"]) for one in secrets
            if not one.get("not_after") or now <= one["not_after"]]
    if not keys:
        raise Refused("no_key")
    return keys


def matches(row, key, text, signature):
    if row["algorithm"] == "ed25519":
        return ed25519.verify(key[-32:], text, signature)  # of a pair the public half
    return hmac.new(key, text, row["algorithm"].removeprefix("hmac-")).digest() == signature


def check(row, secrets, now, request):
    """Raises Refused unless the request verifies, in the order of checks."""
    keys = good_keys(row, secrets, now)
    values = read_headers(row, request)
    macs = read_signatures(row, request, values)
    time_text, seconds = read_timestamp(row, values)
    parts = {"timestamp": time_text, "event": read_event(row, values), "id": read_id(row, values),
             "body": body_bytes(request)}
    for word in words_of(row):
        if word.startswith("header:") and not values.get(octets(word[7:].lower())):
            raise Refused("bad_request")
    text = signed_text(row, request, values, parts)
    if not any(matches(row, key, text, mac) for key in keys for mac in macs):
        raise Refused("mismatch")
    tolerance = row.get("timestamp", {}).get("tolerance_s")
    if tolerance is not None and seconds is not None and abs(now - seconds) > tolerance:
        raise Refused("too_old" if now > seconds else "too_new")


def judge(row, secrets, now, request):
    try:
        check(row, secrets, now, request)
    except Refused as refused:
        return str(refused)
    return "ok"


def row_of(scheme):
    if isinstance(scheme, dict):
        return scheme
    if scheme not in ROWS:
        raise Wrong(f"unknown scheme {scheme!r}")
    return ROWS[scheme]


# ---- JSON Schema, as much of it as vectors/schema.json uses --------------------------------------

TYPES = {"object": dict, "array": list, "string": str, "integer": int}
DONE_ELSEWHERE = {"$schema", "title", "description", "$defs"}


def of_type(name, value):
    return isinstance(value, TYPES[name]) and not isinstance(value, bool)


class Schema:
    """Finds the first place where a value does not fit; refuses keywords it does not know."""

    def __init__(self, document):
        self.document = document
        self.patterns = {}

    def mistake(self, schema, value, path="$"):
        if schema is True:
            return None
        if schema is False:
            return f"{path}: not allowed"
        for keyword, rule in schema.items():
            if keyword in DONE_ELSEWHERE:
                continue
            method = getattr(self, "check_" + keyword.lstrip("$").lower(), None)
            if method is None:
                raise Wrong(f"the schema uses {keyword}")
            found = method(rule, value, path, schema)
            if found:
                return found
        return None

    def check_ref(self, rule, value, path, _):
        target = self.document
        for step in rule.removeprefix("#/").split("/"):
            target = target[step]
        return self.mistake(target, value, path)

    def check_type(self, rule, value, path, _):
        return None if of_type(rule, value) else f"{path}: must be of type {rule}"

    def check_enum(self, rule, value, path, _):
        return None if value in rule else f"{path}: {value!r} is not one of {rule}"

    def check_pattern(self, rule, value, path, _):
        pattern = self.patterns.setdefault(rule, re.compile(rule, re.DOTALL))
        return None if not isinstance(value, str) or pattern.search(value) else \
            f"{path}: must match {rule}"

    def check_minimum(self, rule, value, path, _):
        return f"{path}: below {rule}" if of_type("integer", value) and value < rule else None

    def check_maximum(self, rule, value, path, _):
        return f"{path}: above {rule}" if of_type("integer", value) and value > rule else None

    def check_minitems(self, rule, value, path, _):
        return f"{path}: too few" if isinstance(value, list) and len(value) < rule else None

    def check_maxitems(self, rule, value, path, _):
        return f"{path}: too many" if isinstance(value, list) and len(value) > rule else None

    def check_required(self, rule, value, path, _):
        missing = [name for name in rule if isinstance(value, dict) and name not in value]
        return f"{path}: member {missing[0]!r} is missing" if missing else None

    def check_properties(self, rule, value, path, _):
        for name in rule.keys() & value.keys() if isinstance(value, dict) else ():
            found = self.mistake(rule[name], value[name], f"{path}.{name}")
            if found:
                return found
        return None

    def check_additionalproperties(self, rule, value, path, schema):
        known = schema.get("properties", {})
        for name in value if isinstance(value, dict) else ():
            found = name not in known and self.mistake(rule, value[name], f"{path}.{name}")
            if found:
                return found
        return None

    def check_items(self, rule, value, path, _):
        for index, item in enumerate(value if isinstance(value, list) else ()):
            found = self.mistake(rule, item, f"{path}[{index}]")
            if found:
                return found
        return None

    def check_oneof(self, rule, value, path, _):
        mistakes = [self.mistake(choice, value, path) for choice in rule]
        fits = mistakes.count(None)
        return None if fits == 1 else f"{path}: fits {fits} of {len(rule)} forms, not one"

    def check_anyof(self, rule, value, path, _):
        mistakes = [self.mistake(choice, value, path) for choice in rule]
        return None if None in mistakes else f"{path}: fits no form ({mistakes[0]})"


def no_repeats(pairs):
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Wrong("a member is given twice")
    return members


def no_constant(name):
    raise Wrong(f"{name} is not JSON")


def load(path):
    try:
        return json.loads(Path(path).read_bytes(), object_pairs_hook=no_repeats,
                          parse_constant=no_constant)
    except (OSError, ValueError, Wrong) as error:
        raise Wrong(f"{path}: {error}") from None


# ---- Files ---------------------------------------------------------------------------------------

def relation_mistakes(case, parents):
    """A twin belongs to a valid case of its group and differs from it."""
    if "of" not in case:
        if case["status"] != "ok" and not {"raw_base64", "source"} & case.keys():
            yield "is refused and has no parent"
        if "edit" in case:
            yield "has an edit and no parent"
        return
    parent = parents.get(case["of"])
    if parent is None or not case["id"].startswith(case["of"] + "/"):
        yield "has no earlier valid parent in its group"
        return
    seen_on_the_wire = any(edit["op"] == "chunk" for edit in case.get("edit", []))
    again = case.get("times", 1) > 1
    if "edit" not in case and not again:
        yield "is no edit of its parent"
    if (case.get("request") == parent["request"]) != (again or seen_on_the_wire):
        yield "differs from its parent where it should not, or the other way round"


def reason_mistakes(case, scheme):
    """Each case of ours says why it is judged so; a section that it cites is one."""
    spec = case.get("spec")
    if spec is None and "note" not in case:
        yield "has neither a section nor a note"
    known = SECTIONS.get(scheme, set())
    if spec is not None and spec not in known and not RFC_SECTION.fullmatch(spec):
        yield f"cites {spec!r}, which is no section"
    if "family" not in case:
        yield "is of no family"


def again_mistakes(case, earlier):
    """What is said of several deliveries, and of pairs of cases."""
    if {"together", "restart", "again"} & case.keys() and case.get("times", 1) < 2:
        yield "is delivered once, and says how the others differ"
    once = case["status"] == "ok" and "needs" in case and case.get("times", 1) == 1
    if "either" in case and not once:
        yield "may be refused, and is not a valid delivery over a connection, made once"
    if any(edit["when"] != "after" for edit in case.get("again", [])):
        yield "would be signed anew"
    if "same_as" in case and case["same_as"] not in earlier:
        yield "has to be answered like a case that is not earlier in its group"


def raw_request(case):
    """Of a message in bytes; where two are on one connection, the second."""
    second = {"behind-forged", "before-forged"} & {edit["op"] for edit in case.get("edit", [])}
    return oracle_http.request_of(base64.b64decode(case["raw_base64"]), 1 if second else 0)


def raw_status(case, row, secrets, now):
    try:
        request = raw_request(case)
    except oracle_http.Malformed:
        return "bad_request"
    return judge(row, secrets, now, request)


def misplaced(case):
    """Where a twin's signature stands instead of in its header: (place, values). None when it is in
    its header, or not it alone was moved."""
    edits = case.get("edit", [])
    moves = [edit for edit in edits if edit["op"] in MOVES]
    others = {edit["op"] for edit in edits} - {*MOVES, "prepend", "add-header", "frame-chunks"}
    if len(moves) != 1 or others or {edit.get("part", "signature") for edit in edits} != {"signature"}:
        return None
    name = moves[0].get("name", "")
    if moves[0]["op"] == "move-to-trailer":
        trailers = raw_request(case)["trailers"]
        return "trailer", [header_bytes(value) for _, value in trailers]
    if moves[0]["op"] == "move-to-query":
        query = urllib.parse.urlsplit(case["request"]["url"]).query
        values = urllib.parse.parse_qs(query, encoding="latin-1").get(name, [])
        return "query", [value.encode("latin-1") for value in values]
    front = b"".join(octets(edit["text"]) for edit in edits if edit["op"] == "prepend")
    return name.lower(), [value.removeprefix(front) for each, value in headers_of(case["request"])
                          if each == octets(name.lower())]


def misplaced_mistakes(case, row, secrets, now, places):
    """A signature in the wrong place has to be right, or who looks there refuses it all the same.
    Adds the place to those that were met."""
    found = misplaced(case) if case["status"] == "no_signature" else None
    if found is None:
        return
    place, values = found
    request = case.get("request") or raw_request(case)
    back = [[row["signature"]["header"], {"base64": base64.b64encode(value).decode()}]
            for value in values]
    status = judge(row, secrets, now, {**request, "headers": request["headers"] + back})
    if status != "ok":
        yield f"its signature, put back into its header, is not right: {status}"
    places.add(place)


def case_mistakes(case, group, row, notes, parents):
    if group["ours"]:
        yield from reason_mistakes(case, row["name"])
    yield from again_mistakes(case, group["earlier"])
    for flag in case["flags"]:
        if flag not in notes:
            yield f"flag {flag} has no note"
    yield from relation_mistakes(case, parents)
    secrets = group.get("secrets") or [{"secret": group["secret"]}]
    now = case.get("now", group["now"])
    status = judge(row, secrets, now, case["request"]) if "request" in case else \
        raw_status(case, row, secrets, now)
    if status != case["status"]:
        yield f"says {case['status']}, is {status}"
    yield from misplaced_mistakes(case, row, secrets, now, group["places"])


def family_mistakes(document, row, places):
    """A whole file has cases of each family that its scheme has, and enough of them in all; and the
    right signature in each wrong place."""
    found = Counter(case.get("family") for group in document["groups"] for case in group["cases"])
    has = {"time": "timestamp" in row, "event": "event" in row or "id" in row}
    for family in FAMILIES:
        if has.get(family, True) and found[family] < FAMILY_CASES:
            yield f"has {found[family]} cases of the family {family}"
    for place in sorted(PLACES - places):
        yield f"has no case with the right signature in the wrong place: {place}"
    fewest = 3000 if row["name"] == "webinone" else 400
    if sum(found.values()) < fewest:
        yield f"has {sum(found.values())} cases, fewer than {fewest}"


def catalogue_mistakes(document):
    """All types and actions are there, with the sample as the body and enough twins."""
    types = sorted(path.stem for path in (ROOT / "vectors/samples").glob("*.json"))
    cases = {case["id"]: case for group in document["groups"] for case in group["cases"]}
    twins = Counter(case.get("of") for case in cases.values())
    if len(types) != 29:
        yield f"there are {len(types)} samples, not 29"
    for name in types:
        sample = (ROOT / f"vectors/samples/{name}.json").read_bytes()
        for action in ACTIONS:
            case = cases.get(f"{name}-{action}".lower())
            if case is None or case["status"] != "ok":
                yield f"{name}.{action} has no valid case"
            elif ["X-Webhook-Event", f"{name}.{action}"] not in case["request"]["headers"] or \
                    body_bytes(case["request"]) != sample:
                yield f"{case['id']}: not the event or the sample of its name"
            elif twins[case["id"]] < COMBINATION_TWINS:
                yield f"{case['id']}: only {twins[case['id']]} twins"


def file_mistakes(document, schema):
    """Yields what is wrong, and at last the number of cases."""
    found = schema.mistake(schema.document, document)
    if found:
        yield found
        return
    row = row_of(document["scheme"])
    seen, places = set(), set()
    count = 0
    for group in document["groups"]:
        parents = {}
        group = {**group, "earlier": set(), "ours": document.get("version", 1) > 1,
                 "places": places}
        for case in group["cases"]:
            count += 1
            if case["id"] in seen:
                yield f"{case['id']}: the id is taken"
            seen.add(case["id"])
            for mistake in case_mistakes(case, group, row, document["notes"], parents):
                yield f"{case['id']}: {mistake}"
            group["earlier"].add(case["id"])
            if "of" not in case and case["status"] == "ok":
                parents[case["id"]] = case
    if count != document["count"]:
        yield f"count is {document['count']}, there are {count} cases"
    if count > WHOLE:
        yield from family_mistakes(document, row, places)
    if document["scheme"] == "webinone" and len(document["groups"][0]["cases"]) > 1000:
        yield from catalogue_mistakes(document)


def judge_files(paths):
    schema = Schema(load(ROOT / "vectors/schema.json"))
    total = wrong = 0
    for path in paths:
        document = load(path)
        mistakes = list(file_mistakes(document, schema))
        count = sum(len(group["cases"]) for group in document.get("groups", []))
        total += count
        wrong += len(mistakes)
        print(f"{path}: {count} cases, {len(mistakes)} disagree")
        for mistake in mistakes[:20]:
            print(f"  {mistake}")
    print(f"oracle: {total} cases, {wrong} disagree")
    return 1 if wrong else 0


def judge_verified(folder):
    """Each file is {"scheme","secret","now","request"}, which the C code has accepted."""
    paths = sorted(path for path in Path(folder).iterdir() if path.is_file())
    wrong = 0
    for path in paths:
        one = load(path)
        status = judge(row_of(one["scheme"]), [{"secret": one["secret"]}], one["now"],
                       one["request"])
        if status != "ok":
            wrong += 1
            print(f"{path}: was accepted, is {status}")
    print(f"oracle: {len(paths)} cases, {wrong} disagree")
    return 1 if wrong else 0


def main(arguments):
    try:
        if arguments[:1] == ["--verified"] and len(arguments) == 2:
            return judge_verified(arguments[1])
        if any(argument.startswith("-") for argument in arguments):
            print(__doc__, file=sys.stderr)
            return 2
        files = arguments or [str(path) for folder in ("vectors", "vectors/published")
                              for path in sorted((ROOT / folder).glob("*.json"))
                              if path.name != "schema.json"]
        return judge_files(files)
    except (Wrong, OSError, KeyError, ValueError) as error:
        print(f"oracle: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
