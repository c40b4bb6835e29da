#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A receiver of webinone webhooks that is right, or wrong in exactly one way.

It shares no code with Hookgauge. Without --fault it must pass every case; with --fault NAME it
breaks one rule, and the harness must say which. The line protocol of cmd: targets is --cmd; --http
is a server on a free port of 127.0.0.1 that prints its URL, keeps what it accepts and answers any
GET with the number kept.
"""
import argparse
import base64
import hashlib
import hmac
import json
import re
import socketserver
import sys
import threading
import time
import urllib.parse

SIGNATURE, TIMESTAMP, EVENT = b"x-webhook-signature", b"x-webhook-timestamp", b"x-webhook-event"
NAMED = (SIGNATURE, TIMESTAMP, EVENT)
TOLERANCE_S = 300
HEADERS_MAX = 256
EVENT_MAX = 256
NUMBER_MAX = 2**53
PUBLISHED = b"badbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadb"
ACTIONS = (b"OnCreate", b"OnUpdate", b"OnDelete", b"OnTrigger")
TYPES = b"""BookingSubscription Comment ContactSecureZone CustomWorkflow DiscountCode FormSubmission
GiftVoucher Member Module ModuleAdvancedOptionsModel ModuleSiteUserPermission ModulePropertySections
ModuleItem ModuleItemAttribute ModuleItemAttributeOption ModuleItemGroupedItem ModuleItemInventory
ModuleItemInventoryProduct ModuleItemParentItem ModuleItemPrice ModuleItemRelatedItem
ModuleLayout Order OrderPayment RecurringSubscription ShippingOption SendSystemEmail Tax
ContentTemplate""".split()
CATALOGUE = [kind + b"." + action for kind in TYPES for action in ACTIONS]

# Name: what is wrong. The name is what verify() and the server below look at.
FAULTS = {
    "accepts-all": "looks at nothing",
    "ignores-time": "never looks at the clock",
    "ignores-past": "accepts what is too old",
    "ignores-future": "accepts what is dated ahead",
    "edge-outside": "takes the last second of the tolerance for one too many",
    "edge-wide": "allows one second more",
    "lenient-timestamp": "reads the timestamp with int()",
    "timestamp-unbound": "forgives a wrong last digit of the signed timestamp",
    "compares-prefix": "compares only as many digits as were sent",
    "empty-signature": "takes an empty signature for a match",
    "any-prefix": "takes what stands behind the last '=' for the signature",
    "missing-signature": "lets a request without a signature header pass",
    "unsigned": "trusts a request without any of the three headers",
    "ignores-event": "guesses the event where its header is missing",
    "event-unbound": "accepts the MAC of any event of the catalogue",
    "loose-boundary": "takes any text for an event name",
    "loose-event": "takes any characters in the two halves of an event name",
    "first-header": "takes the first of two headers",
    "last-header": "takes the last of two headers",
    "case-sensitive": "knows header names in one spelling only",
    "stops-at-nul": "reads the body as a C string",
    "reencodes": "signs the JSON as parsed and written anew",
    "reencodes-too": "tries the JSON written anew after the bytes as received",
    "trims-body": "tries the body without the blanks around it",
    "decodes-body": "reads the body as UTF-8 and replaces what is not",
    "empty-body": "also accepts the MAC of an empty body",
    "published-secret": "still accepts a secret from an example",
    "url-secret": "takes the key from sk in the request's URL",
    "first-secret": "uses only the first of several secrets",
    "last-secret": "uses only the last of several secrets",
    "stores-twice": "keeps a repeated delivery again",
    "refuses-repeat": "answers a repeated delivery with 409",
    "no-chunks": "reads a chunked body as empty",
    "crashes": "answers 500 to what it does not understand",
}


class Refused(Exception):
    """Its argument is the name of the status."""


def mac(key, when, event, body):
    return hmac.new(key, when + b"." + event + b"." + body, hashlib.sha256).digest()


class Verifier:
    def __init__(self, fault=None):
        self.fault = fault

    def named(self, headers):
        """The values of the three headers; a missing one is None, an empty one is empty."""
        found = {name: [] for name in NAMED}
        for name, value in headers:
            if self.fault == "case-sensitive":
                spelled = {b"X-Webhook-Signature", b"X-Webhook-Timestamp", b"X-Webhook-Event"}
                name = name.lower() if name in spelled else b"-"
            if name.lower() in found:
                found[name.lower()].append(value)
        values = [value for each in found.values() for value in each]
        control = any(re.search(rb"[\0-\x08\x0a-\x1f\x7f]", value) for value in values)
        if control or len(headers) > HEADERS_MAX:
            raise Refused("bad_request")
        pick = -1 if self.fault == "last-header" else 0
        repeated = any(len(each) > 1 for each in found.values())
        if repeated and self.fault not in ("first-header", "last-header"):
            raise Refused("repeated_header")
        return [found[name][pick].strip(b" \t") if found[name] else None for name in NAMED]

    def signature(self, text):
        if not text:
            raise Refused("no_signature")
        if self.fault == "any-prefix":
            text = b"sha256=" + text.rpartition(b"=")[2].strip()
        digits = rb"{0,64}" if self.fault == "compares-prefix" else rb"{64}"
        found = re.fullmatch(rb"sha256=([0-9a-fA-F]" + digits + rb")", text)
        if not found:
            raise Refused("bad_signature")
        return found.group(1).lower()

    def timestamp(self, text):
        if not text:
            raise Refused("no_timestamp")
        if self.fault == "lenient-timestamp":
            try:
                return int(text.decode())
            except ValueError:
                raise Refused("bad_timestamp") from None
        if not re.fullmatch(rb"0|[1-9][0-9]{0,15}", text) or int(text) > NUMBER_MAX:
            raise Refused("bad_timestamp")
        return int(text)

    def event(self, text):
        if not text:
            if self.fault == "ignores-event":
                return None
            raise Refused("no_event")
        grammar = {"loose-boundary": rb"(?s:.+)", "loose-event": rb"[^.]+\.[^.]+"}
        legal = re.fullmatch(grammar.get(self.fault, rb"[A-Za-z0-9]+\.[A-Za-z0-9]+"), text)
        if not legal or len(text) > EVENT_MAX:
            raise Refused("bad_event")
        return text

    def bodies(self, body):
        """What the MAC is tried with, in order."""
        fault = self.fault
        if fault == "stops-at-nul":
            return [body.partition(b"\0")[0]]
        if fault == "decodes-body":
            return [body.decode(errors="replace").encode()]
        if fault == "trims-body":
            return [body, body.strip()]
        if fault == "empty-body":
            return [body, b""]
        if fault in ("reencodes", "reencodes-too"):
            try:
                again = json.dumps(json.loads(body), separators=(",", ":"),
                                   ensure_ascii=False).encode()
            except (ValueError, UnicodeError):
                return [body]
            return [again] if fault == "reencodes" else [body, again]
        return [body]

    def keys(self, keys, url):
        if self.fault == "first-secret":
            return keys[:1]
        if self.fault == "last-secret":
            return keys[-1:]
        if self.fault == "published-secret":
            return keys + [PUBLISHED]
        if self.fault == "url-secret":
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query, encoding="latin-1")
            return [text.encode("latin-1") for text in query.get("sk", [])] or keys
        return keys

    def window(self, age):
        early = -TOLERANCE_S - (self.fault == "edge-wide") + (self.fault == "edge-outside")
        late = TOLERANCE_S + (self.fault == "edge-wide") - (self.fault == "edge-outside")
        if age > late and self.fault not in ("ignores-time", "ignores-past"):
            raise Refused("too_old")
        if age < early and self.fault not in ("ignores-time", "ignores-future"):
            raise Refused("too_new")

    def trusted(self, signature, when, event):
        """Whether a fault accepts the request for its headers alone."""
        if self.fault == "missing-signature":
            return signature is None
        if self.fault == "unsigned":
            return signature is None and when is None and event is None
        if self.fault == "empty-signature":
            return signature is not None and signature in (b"", b"sha256=")
        return self.fault == "accepts-all"

    def verify(self, keys, now, url, headers, body):
        """Returns the matching MAC; raises Refused."""
        signature, when, event = self.named(headers) if self.fault != "accepts-all" else (None,) * 3
        if self.trusted(signature, when, event):
            return b"trusted" + body
        digits = self.signature(signature)
        seconds = self.timestamp(when)
        event = self.event(event)
        times = [when]
        if self.fault == "timestamp-unbound":
            times += [when[:-1] + b"%d" % digit for digit in range(10)]
        events = [event] if event is not None else CATALOGUE
        if self.fault == "event-unbound":
            events = events + CATALOGUE
        for key in self.keys(keys, url):
            for text in self.bodies(body):
                for name in events:
                    for stated in times:
                        code = mac(key, stated, name, text)
                        if hmac.compare_digest(code.hex()[:len(digits)].encode(), digits):
                            self.window(now - seconds)
                            return code
        raise Refused("mismatch")


# ---- The line protocol ---------------------------------------------------------------------------

def to_bytes(value):
    return base64.b64decode(value["base64"]) if isinstance(value, dict) else value.encode()


def body_of(request):
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    if "body_repeat" in request:
        return request["body_repeat"]["text"].encode() * request["body_repeat"]["count"]
    return request.get("body", "").encode()


def judge(verifier, case):
    request = case["request"]
    secrets = case.get("secrets") or [{"secret": case["secret"]}]
    keys = [each["secret"].encode() for each in secrets
            if not each.get("not_after") or case["now"] <= each["not_after"]]
    headers = [(name.encode(), to_bytes(value)) for name, value in request.get("headers", [])]
    try:
        verifier.verify(keys, case["now"], request.get("url", ""), headers, body_of(request))
    except Refused as refused:
        return str(refused)
    return "ok"


def serve_lines(verifier, with_status):
    for line in sys.stdin.buffer:
        case = json.loads(line)
        status = judge(verifier, case)
        answer = {"id": case["id"], "accept": status == "ok"}
        if with_status:
            answer["status"] = status
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


# ---- HTTP ----------------------------------------------------------------------------------------

ANSWERS = {"ok": 200, "mismatch": 401, "too_old": 401, "too_new": 401}  # all others: 400


class Malformed(Exception):
    """The connection is answered with 400 and closed."""


class Handler(socketserver.StreamRequestHandler):
    """As much of HTTP/1.1 as is needed, and strict: what can be read in two ways is 400."""

    disable_nagle_algorithm = True

    def line(self, start=False):
        line = self.rfile.readline(65537)
        if line == b"\r\n" and start:
            line = self.rfile.readline(65537)  # one empty line may come before a request
        if not line.endswith(b"\r\n"):
            raise Malformed if line else ConnectionError
        return line[:-2]

    def headers(self):
        headers = []
        while text := self.line():
            name, colon, value = text.partition(b":")
            token = re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name)
            if not colon or not token or b"\0" in value:
                raise Malformed
            headers.append((name, value.strip(b" \t")))
        return headers

    def chunks(self):
        body = b""
        while True:
            size = self.line().partition(b";")[0]
            if not re.fullmatch(rb"[0-9a-fA-F]{1,8}", size):
                raise Malformed
            piece = self.rfile.read(int(size, 16))
            body += piece
            if not piece:
                self.headers()
                return body
            if self.line():
                raise Malformed

    def body(self, headers, version):
        lengths = [value for name, value in headers if name.lower() == b"content-length"]
        codings = [value.lower() for name, value in headers
                   if name.lower() == b"transfer-encoding"]
        hosts = [value for name, value in headers if name.lower() == b"host"]
        if len(hosts) != 1 or len(lengths) + len(codings) > 1 or codings not in ([], [b"chunked"]):
            raise Malformed
        if codings and version == b"0":
            raise Malformed
        if codings:
            body = self.chunks()
            return b"" if self.server.fault == "no-chunks" else body
        if lengths and not re.fullmatch(rb"[0-9]{1,9}", lengths[0]):
            raise Malformed
        return self.rfile.read(int(lengths[0])) if lengths else b""

    def answer(self, code, text=b""):
        self.wfile.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n\r\n%s" % (code, len(text), text))

    def handle(self):
        try:
            while True:
                found = re.fullmatch(rb"(GET|POST) (/[!-\"$-~]*) HTTP/1\.([01])",
                                     self.line(start=True))
                if not found:
                    raise Malformed
                method, url, version = found.groups()
                headers = self.headers()
                body = self.body(headers, version)
                if url == b"/count":
                    self.answer(200, b"%d" % len(self.server.kept))
                elif method == b"GET":
                    self.answer(405)
                else:
                    self.answer(self.server.take(url.decode("latin-1"), headers, body))
        except Malformed:
            self.answer(400)
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, fault, secret):
        super().__init__(("127.0.0.1", 0), Handler)
        self.fault, self.keys, self.verifier = fault, [secret], Verifier(fault)
        self.seen, self.kept, self.lock = set(), [], threading.Lock()

    def take(self, url, headers, body):
        try:
            identity = self.verifier.verify(self.keys, int(time.time()), url, headers, body)
        except Refused as refused:
            code = ANSWERS.get(str(refused), 400)
            return 500 if self.fault == "crashes" and code == 400 else code
        with self.lock:
            again = identity in self.seen
            self.seen.add(identity)
            if not again or self.fault == "stores-twice":
                self.kept.append(body)
        return 409 if again and self.fault == "refuses-repeat" else 200


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--cmd", action="store_true")
    mode.add_argument("--http", action="store_true")
    parser.add_argument("--fault", choices=sorted(FAULTS))
    parser.add_argument("--status", action="store_true", help="name the status (--cmd)")
    parser.add_argument("--secret", help="the receiver's secret, a public one (--http)")
    options = parser.parse_args()
    if options.cmd:
        serve_lines(Verifier(options.fault), options.status)
    else:
        if not options.secret:
            parser.error("--http needs --secret")
        with Server(options.fault, options.secret.encode()) as server:
            print("http://127.0.0.1:%d/api/webhook" % server.server_address[1], flush=True)
            server.serve_forever()


if __name__ == "__main__":
    main()
