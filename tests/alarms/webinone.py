# SPDX-License-Identifier: MIT
"""A verifier of webinone webhooks that is right, or wrong in exactly one way.

It shares no code with Hookgauge. What each fault is stands in mutants.py.
"""
import base64
import gzip
import hashlib
import hmac
import json
import re
import urllib.parse
from datetime import datetime

SIGNATURE, TIMESTAMP, EVENT = b"x-webhook-signature", b"x-webhook-timestamp", b"x-webhook-event"
NAMED = (SIGNATURE, TIMESTAMP, EVENT)
SPELLED = (b"X-Webhook-Signature", b"X-Webhook-Timestamp", b"X-Webhook-Event")
TOLERANCE_S = 300
HEADERS_MAX = 256
EVENT_MAX = 256
NUMBER_MAX = 2**53
BLOCK_SIZE = 64  # bytes, of SHA-256
PUBLISHED = b"badbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadbadb"
ACTIONS = (b"OnCreate", b"OnUpdate", b"OnDelete", b"OnTrigger")
TYPES = b"""BookingSubscription Comment ContactSecureZone CustomWorkflow DiscountCode FormSubmission
GiftVoucher Member Module ModuleAdvancedOptionsModel ModuleSiteUserPermission ModulePropertySections
ModuleItem ModuleItemAttribute ModuleItemAttributeOption ModuleItemGroupedItem ModuleItemInventory
ModuleItemInventoryProduct ModuleItemParentItem ModuleItemPrice ModuleItemRelatedItem
ModuleLayout Order OrderPayment RecurringSubscription ShippingOption SendSystemEmail Tax
ContentTemplate""".split()
CATALOGUE = [kind + b"." + action for kind in TYPES for action in ACTIONS]


class Refused(Exception):
    """Its argument is the name of the status."""


def mac(key, when, event, body):
    return hmac.new(key, when + b"." + event + b"." + body, hashlib.sha256).digest()


class Verifier:
    def __init__(self, fault=None):
        self.fault = fault

    # ---- Where the signature is ------------------------------------------------------------------

    def elsewhere(self, url, headers):
        """The values in another place than the signature's header, where a fault looks."""
        if self.fault == "query-signature":
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query, encoding="latin-1")
            return [text.encode("latin-1") for text in query.get("signature", [])]
        if self.fault == "cookie-signature":
            cookies = b";".join(value for name, value in headers if name.lower() == b"cookie")
            pairs = (each.strip().partition(b"=") for each in cookies.split(b";"))
            return [value for name, _, value in pairs if name.lower() == SIGNATURE]
        if self.fault == "authorization":
            return [value for name, value in headers if name.lower() == b"authorization"]
        return []

    def found(self, url, headers):
        """The headers, with a signature that is not among them."""
        if any(name.lower() == SIGNATURE for name, _ in headers):
            return headers
        return headers + [(SIGNATURE, value) for value in self.elsewhere(url, headers)]

    # ---- Headers ---------------------------------------------------------------------------------

    def name(self, name):
        """What a header's name is taken for."""
        if self.fault == "case-sensitive":
            return name.lower() if name in SPELLED else b"-"
        if self.fault == "longer-names":
            return next((each for each in NAMED if name.lower().startswith(each)), name)
        return name.lower()

    def check_amount(self, headers):
        limit = {"any-amount": len(headers), "few-headers": 16}.get(self.fault, HEADERS_MAX)
        long = self.fault == "short-values" and any(len(value) > 1024 for _, value in headers)
        kinds = [value for name, value in headers if name.lower() == b"content-type"]
        other = self.fault == "json-only" and kinds not in ([], [b"application/json"])
        if len(headers) > limit or long or other:
            raise Refused("bad_request")

    def named(self, headers):
        """The values of the three headers; a missing one is None, an empty one is empty."""
        found = {name: [] for name in NAMED}
        for name, value in headers:
            name = self.name(name)
            if self.fault == "any-header" and value.startswith(b"sha256="):
                name = SIGNATURE
            if name in found:
                found[name].append(value)
        values = [value for each in found.values() for value in each]
        if any(re.search(rb"[\0-\x08\x0a-\x1f\x7f]", value) for value in values):
            raise Refused("bad_request")
        self.check_amount(headers)
        pick = -1 if self.fault == "last-header" else 0
        repeated = any(len(each) > 1 for each in found.values())
        if repeated and self.fault not in ("first-header", "last-header"):
            raise Refused("repeated_header")
        return [found[name][pick].strip(b" \t") if found[name] else None for name in NAMED]

    # ---- The signature ---------------------------------------------------------------------------

    def digits(self, text):
        """An item's digits in lower case; None where it has another form."""
        if self.fault == "any-prefix":
            text = b"sha256=" + text.rpartition(b"=")[2].strip()
        if self.fault == "names-algorithms":
            text = re.sub(rb"\A(hmac-sha256|sha-256)=", b"sha256=", text)
        if self.fault == "base64-too" and re.fullmatch(rb"sha256=[A-Za-z0-9+/]{43}=", text):
            return base64.b64decode(text[7:]).hex().encode()
        if self.fault == "loose-hex" and text.startswith(b"sha256="):
            text = re.sub(rb"[ \t]", b"", text)
        count = rb"{0,64}" if self.fault == "compares-prefix" else rb"{64}"
        found = re.fullmatch(rb"sha256=([0-9a-fA-F]" + count + rb")", text)
        return found.group(1).lower() if found else None

    def signatures(self, text):
        if not text:
            raise Refused("no_signature")
        items = re.split(rb"[ ,;]+", text) if self.fault == "splits-list" else [text]
        digits = [found for found in map(self.digits, items) if found is not None]
        if not digits:
            raise Refused("bad_signature")
        return digits

    def equal(self, code, digits):
        length = {"compares-half": 32, "skips-last-byte": 62}.get(self.fault, len(digits))
        return hmac.compare_digest(code.hex()[:length].encode(), digits[:length])

    # ---- The time and the event ------------------------------------------------------------------

    def loose_timestamp(self, text):
        """The number that a fault reads; None where it reads as the right one does."""
        if self.fault == "lenient-timestamp":
            return int(text.decode())
        if self.fault == "reads-floats":
            return float(text.decode())  # also of NaN, which is neither too old nor too new
        if self.fault == "reads-dates" and b"T" in text:
            return int(datetime.fromisoformat(text.decode()).timestamp())
        return None

    def timestamp(self, text):
        if not text:
            raise Refused("no_timestamp")
        try:
            seconds = self.loose_timestamp(text)
        except ValueError:
            raise Refused("bad_timestamp") from None
        if seconds is not None:
            return seconds
        limit = 2**65 if self.fault == "wraps-at-64" else NUMBER_MAX
        if not re.fullmatch(rb"0|[1-9][0-9]{0,19}", text) or int(text) > limit:
            raise Refused("bad_timestamp")
        seconds = int(text)
        if self.fault == "milliseconds" and seconds > 10**11:
            seconds //= 1000
        return seconds % 2**{"wraps-at-32": 32, "wraps-at-64": 64}.get(self.fault, 66)

    def stated(self, when, now):
        """The texts that the MAC is tried with."""
        if self.fault == "timestamp-unbound":
            return [when] + [when[:-1] + b"%d" % digit for digit in range(10)]
        if self.fault == "time-optional" and not when:
            return [b"%d" % second for second in range(now - TOLERANCE_S, now + TOLERANCE_S + 1)]
        return [when]

    def window(self, age):
        early = -TOLERANCE_S - (self.fault == "edge-wide") + (self.fault == "edge-outside")
        late = TOLERANCE_S + (self.fault == "edge-wide") - (self.fault == "edge-outside")
        if age > late and self.fault not in ("ignores-time", "ignores-past"):
            raise Refused("too_old")
        if age < early and self.fault not in ("ignores-time", "ignores-future"):
            raise Refused("too_new")

    def event(self, text):
        if not text:
            if self.fault == "ignores-event":
                return None
            raise Refused("no_event")
        grammar = {"loose-boundary": rb"(?s:.+)", "loose-event": rb"[^.]+\.[^.]+"}
        legal = re.fullmatch(grammar.get(self.fault, rb"[A-Za-z0-9]+\.[A-Za-z0-9]+"), text)
        limit = len(text) if self.fault == "long-event" else EVENT_MAX
        if not legal or len(text) > limit:
            raise Refused("bad_event")
        return text

    def events(self, event):
        if event is None:
            return CATALOGUE
        if self.fault == "any-case-event":
            return [event] + [each for each in CATALOGUE if each.lower() == event.lower()]
        if self.fault == "type-alone":
            return [event] + [event.partition(b".")[0] + b"." + each for each in ACTIONS]
        return [event] + CATALOGUE if self.fault == "event-unbound" else [event]

    # ---- The body and the keys -------------------------------------------------------------------

    def rewritten(self, body):
        try:
            return json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
        except (ValueError, UnicodeError, RecursionError):
            return body

    def unzipped(self, body):
        return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body

    def bodies(self, body):
        """What the MAC is tried with, in order."""
        read = {
            "stops-at-nul": lambda: [body.partition(b"\0")[0]],
            "decodes-body": lambda: [body.decode(errors="replace").encode()],
            "reads-latin-1": lambda: [body, body.decode("latin-1").encode()],
            "trims-body": lambda: [body, body.strip()],
            "skips-mark": lambda: [body.removeprefix(b"\xef\xbb\xbf")],
            "one-line-end": lambda: [body.replace(b"\r\n", b"\n")],
            "unzips": lambda: [self.unzipped(body)],
            "large-cut": lambda: [body[:64000]],
            "empty-body": lambda: [body, b""],
            "parsed-nothing": lambda: [body, b"{}"],
            "reencodes": lambda: [self.rewritten(body)],
            "reencodes-too": lambda: [body, self.rewritten(body)],
        }
        return read[self.fault]() if self.fault in read else [body]

    def check_body(self, body):
        try:
            text = body.decode() if self.fault == "text-only" else ""
        except UnicodeDecodeError:
            raise Refused("bad_request") from None
        if (self.fault == "json-text" and self.rewritten(body) is body
                or self.fault == "printable" and re.search(rb"[\0-\x08]", body)
                or self.fault == "small-bodies" and len(body) > 32768
                or self.fault == "no-empty-body" and not body or "\0" in text):
            raise Refused("bad_request")

    def from_request(self, url, headers):
        """A key that the sender of the request has chosen, where a fault looks for one."""
        if self.fault == "url-secret":
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(url).query, encoding="latin-1")
            return [text.encode("latin-1") for text in query.get("sk", [])]
        if self.fault == "header-secret":
            return [value for name, value in headers if name.lower() == b"x-webhook-secret"]
        return []

    def decoded(self, key):
        if self.fault == "hex-key" and re.fullmatch(rb"([0-9a-f]{2})+", key):
            return bytes.fromhex(key.decode())
        if self.fault == "base64-key" and re.fullmatch(rb"[A-Za-z0-9+/]{43}=", key):
            return base64.b64decode(key)
        if self.fault == "prefixed-key":
            return key.removeprefix(b"whsec_")
        if self.fault == "ascii-key":
            return key.decode(errors="ignore").encode("ascii", "ignore")
        return {"trims-key": key.strip(), "cuts-key": key[:BLOCK_SIZE]}.get(self.fault, key)

    def keys(self, keys, url, headers):
        keys = [self.decoded(key) for key in keys]
        if self.fault == "first-secret":
            return keys[:1]
        if self.fault == "last-secret":
            return keys[-1:]
        more = {"published-secret": [PUBLISHED], "empty-key": [b""]}.get(self.fault, [])
        return self.from_request(url, headers) or keys + more

    # ---- All of it -------------------------------------------------------------------------------

    def trusted(self, signature, when, event):
        """Whether a fault accepts the request for its headers alone."""
        if self.fault == "missing-signature":
            return signature is None
        if self.fault == "unsigned":
            return signature is None and when is None and event is None
        if self.fault == "empty-signature":
            return signature is not None and signature in (b"", b"sha256=")
        if self.fault == "no-algorithm":
            return signature is not None and signature.startswith(b"none=")
        return self.fault == "accepts-all"

    def verify(self, keys, now, url, headers, body):
        """Returns the matching MAC; raises Refused."""
        headers = self.found(url, headers)
        signature, when, event = self.named(headers) if self.fault != "accepts-all" else (None,) * 3
        if self.trusted(signature, when, event):
            return b"trusted" + body
        digits = self.signatures(signature)
        seconds = now if self.fault == "time-optional" and not when else self.timestamp(when)
        event = self.event(event)
        self.check_body(body)
        for key in self.keys(keys, url, headers):
            for text in self.bodies(body):
                for name in self.events(event):
                    for stated in self.stated(when, now):
                        code = mac(key, stated, name, text)
                        if any(self.equal(code, each) for each in digits):
                            self.window(now - seconds)
                            return code
        raise Refused("mismatch")
