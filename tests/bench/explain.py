#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How often `hookgauge explain` names a seeded cause first, and how long it takes.

Every cause is seeded into deliveries of 8 schemes with 3 bodies, wherever it applies, by code that
shares nothing with ours: the bodies are re-serialised by Python's own json, urllib and codecs. Two
causes that make the same bytes of what arrived can't be told apart, so either counts; this is found
out by making them, not listed. What the program can't work out that way is in ALIKE.

usage: tests/bench/explain.py [--verbose] [PROGRAM]
"""
import base64
import hashlib
import hmac
import html
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import urllib.parse
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOW = 1767225600
FIRST_MIN, CPU_MAX_MS = 0.98, 100
SECRET = "Kx8/gTq+2mPz0wYb5uLr7cVnE1hJ4dSa"  # text, and base64 of 24 bytes

# Causes that are the same change of the same delivery, where the comment says so.
ALIKE = [
    {"signature-header", "header-family"},    # a family of one header
    {"time-not-signed", "body-only-signed"},  # where the rest of the template is the body
    {"body-not-signed", "body-empty"},        # where nothing joins the body to the rest
    {"url-port-extra", "url-host"},           # where the Host header lacks the port
]

SCHEMES = {
    "github": dict(text="{body}", sig="X-Hub-Signature-256", item="sha256={sig}", enc="hex",
                   event="X-GitHub-Event", id="X-GitHub-Delivery"),
    "shopify": dict(text="{body}", sig="X-Shopify-Hmac-Sha256", item="{sig}", enc="base64",
                    event="X-Shopify-Topic", id="X-Shopify-Webhook-Id"),
    "slack": dict(text="v0:{timestamp}:{body}", sig="X-Slack-Signature", item="v0={sig}", enc="hex",
                  time="X-Slack-Request-Timestamp"),
    "standard-webhooks": dict(text="{id}.{timestamp}.{body}", sig="webhook-signature", key="whsec",
                              item="v1,{sig}", enc="base64", time="webhook-timestamp",
                              id="webhook-id", list=True),
    "stripe": dict(text="{timestamp}.{body}", sig="Stripe-Signature", item="v1={sig}", enc="hex",
                   time_item="t={timestamp}", list=True),
    "webinone": dict(text="{timestamp}.{event}.{body}", sig="X-Webhook-Signature",
                     item="sha256={sig}", enc="hex", time="X-Webhook-Timestamp",
                     event="X-Webhook-Event"),
    "./with-url.json": dict(text="{method}{url}{body}{timestamp}", sig="X-Acme-Signature",
                            item="{sig}", enc="base64", time="X-Acme-Timestamp", format="unix-ms"),
    "./with-id.json": dict(text="{id}{timestamp}{body}", sig="Acme-Message-Signature",
                           item="sha256={sig}", enc="hex", time="Acme-Message-Timestamp",
                           id="Acme-Message-Id", format="rfc3339", key="base64"),
}

RECORD = {"id": 4711, "total": 1.50, "rate": 2.0, "note": None, "path": "/orders/4711",
          "html": "<b>Tom & Jerry's</b> \"+1\"", "tags": [], "lines": [
              {"sku": f"A-{n:03d}", "qty": n, "price": n + 0.25, "zeta": True, "alpha": {}}
              for n in range(70)]}
BODIES = {
    "json": json.dumps(RECORD, separators=(",", ":")).encode(),
    "form": b"payload=1&name=Tom+Jones&amount=10.00&note=a%2Fb&empty=&zeta=9&alpha=two+words",
    "utf8": json.dumps({**RECORD, "name": "Zoë Müller – Straße", "emoji": "😀"},
                       separators=(",", ":"), ensure_ascii=False).encode(),
}


# ---- Bodies: what arrives -> what is signed -----------------------------------------------------

def lower_escapes(text):
    return "".join(c if ord(c) < 128 else json.dumps(c)[1:-1] for c in text)


def reserialised(**how):
    def transform(body):
        return json.dumps(json.loads(body), **{"ensure_ascii": False, **how}).encode()
    return transform


def strings(change):
    """Applies a change to each string of a JSON text, where it stands."""
    def transform(body):
        json.loads(body)
        return re.sub(r'"(?:\\.|[^"\\])*"', lambda m: change(m.group()), body.decode()).encode()
    return transform


def numbers(pattern, change):
    def transform(body):
        json.loads(body)
        parts = re.split(r'("(?:\\.|[^"\\])*")', body.decode())
        return "".join(part if i % 2 else re.sub(pattern, change, part)
                       for i, part in enumerate(parts)).encode()
    return transform


def without_nulls(value):
    if isinstance(value, dict):
        return {k: without_nulls(v) for k, v in value.items() if v is not None}
    return [without_nulls(v) for v in value] if isinstance(value, list) else value


def same(body):
    return body


def indented(body):
    return json.dumps(json.loads(body), indent=2, ensure_ascii=False).encode()


def chunked(body):
    return b"%x\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (50, body[:50], len(body) - 50, body[50:])


def need(condition, value):
    if not condition:
        raise ValueError
    return value


def form(body):
    return need(b"{" not in body and b"=" in body, body)


def dotnet(match):
    inner = match[1:-1].replace('\\"', '"')
    return '"' + "".join("\\u%04X" % ord(c) if c in "<>&'+`\"" else c if ord(c) < 128 else
                         json.dumps(c)[1:-1].upper().replace("\\U", "\\u") for c in inner) + '"'


COMPACT = {"separators": (",", ":")}
LINES = b'{"a":1,\n "b":2}\n'
# name: (what arrives, made of a plain body; what is signed, made of what arrives)
BODY = {
    "body-newline-lost": (same, lambda b: b + b"\n"),
    "body-newline-extra": (lambda b: b + b"\n", lambda b: b.removesuffix(b"\n")),
    "body-crlf-lost": (same, lambda b: b + b"\r\n"),
    "body-crlf-extra": (lambda b: b + b"\r\n", lambda b: b.removesuffix(b"\r\n")),
    "body-line-ends-lf": (lambda b: indented(b).replace(b"\n", b"\r\n"),
                          lambda b: b.replace(b"\r\n", b"\n")),
    "body-line-ends-crlf": (indented, lambda b: b.replace(b"\n", b"\r\n")),
    "body-lines-joined": (lambda b: b.replace(b",", b",\n"), lambda b: b.replace(b"\n", b"")),
    "body-trimmed": (lambda b: b"  " + b + b" \n", bytes.strip),
    "body-trimmed-end": (lambda b: b + b" \t", bytes.rstrip),
    "body-trimmed-start": (lambda b: b"\n" + b, bytes.lstrip),
    "body-nul-lost": (same, lambda b: b + b"\0"),
    "body-nul-extra": (lambda b: b + b"\0", lambda b: b.removesuffix(b"\0")),
    "body-cut-at-nul": (lambda b: b + b"\0rest", lambda b: b.split(b"\0")[0]),
    "body-bom-extra": (lambda b: b"\xef\xbb\xbf" + b, lambda b: b.removeprefix(b"\xef\xbb\xbf")),
    "body-bom-lost": (same, lambda b: b"\xef\xbb\xbf" + b),
    "body-latin1": (lambda b: b.replace("–".encode(), b"-").replace("😀".encode(), b":)"),
                    lambda b: b.decode().encode("latin-1")),
    "body-windows-1252": (lambda b: b.replace("😀".encode(), b":)"),
                          lambda b: b.decode().encode("cp1252")),
    "body-utf8-of-latin1": (same, lambda b: b.decode("latin-1").encode()),
    "body-utf8-of-windows-1252": (lambda b: b.replace("😀".encode(), "’".encode()),
                                  lambda b: b.decode("cp1252").encode()),
    "body-replacement": (lambda b: b.replace(b"o", b"\xe9"),
                         lambda b: b.replace(b"\xe9", b"\xef\xbf\xbd")),
    "body-invalid-dropped": (lambda b: b.replace(b"o", b"\xe9"), lambda b: b.replace(b"\xe9", b"")),
    "body-question-marks": (same, lambda b: b.decode().encode("ascii", "replace")),
    "body-ascii-only": (same, lambda b: b.decode().encode("ascii", "ignore")),
    "body-utf16le": (same, lambda b: b.decode().encode("utf-16-le")),
    "body-utf16be": (same, lambda b: b.decode().encode("utf-16-be")),
    "body-utf16le-bom": (same, lambda b: b"\xff\xfe" + b.decode().encode("utf-16-le")),
    "body-utf16be-bom": (same, lambda b: b"\xfe\xff" + b.decode().encode("utf-16-be")),
    "body-utf8-of-utf16": (lambda b: b.decode().encode("utf-16"),
                           lambda b: b.decode("utf-16").encode()),
    "body-form-value": (lambda b: b"payload=" + urllib.parse.quote_plus(b).encode(),
                        lambda b: urllib.parse.unquote_to_bytes(
                            need(b.startswith(b"payload=") and b"&" not in b, b)[8:]
                            .replace(b"+", b" "))),
    "body-form-decoded": (form, lambda b: urllib.parse.unquote_to_bytes(b.replace(b"+", b" "))),
    "body-percent-decoded": (form, urllib.parse.unquote_to_bytes),
    "body-form-payload": (same, lambda b: b"payload=" + urllib.parse.quote_plus(b).encode()),
    "body-form-encoded": (same, lambda b: urllib.parse.quote_plus(b).encode()),
    "body-percent-encoded": (same, lambda b: urllib.parse.quote(b, safe="").encode()),
    "body-form-blank-percent": (form, lambda b: b.replace(b"+", b"%20")),
    "body-form-blank-plus": (lambda b: form(b).replace(b"+", b"%20"),
                             lambda b: b.replace(b"%20", b"+")),
    "body-form-sorted": (form, lambda b: b"&".join(sorted(form(b).split(b"&")))),
    "body-base64": (same, base64.b64encode),
    "body-base64-decoded": (base64.b64encode, lambda b: base64.b64decode(b, validate=True)),
    "body-chunked": (chunked, lambda b: b"".join(
        need(b.endswith(b"0\r\n\r\n"), b)[:-5].split(b"\r\n")[1::2])),
    "body-quoted": (lambda b: b"'" + b + b"'", lambda b: b[1:-1] if b[:1] in (b"'", b'"') else b),
    "body-backslashes": (lambda b: need(b"\\" not in b, b).replace(b'"', b'\\"'),
                         lambda b: b.replace(b'\\"', b'"')),
    "body-html-decoded": (lambda b: html.escape(b.decode()).encode(),
                          lambda b: html.unescape(b.decode()).encode()),
    "body-html-encoded": (same, lambda b: html.escape(b.decode()).replace("&#x27;", "&#039;")
                          .encode()),
    "body-empty": (same, lambda b: b""),
    "body-empty-object": (same, lambda b: b"{}"),
    "body-empty-array": (same, lambda b: b"[]"),
    "body-null": (same, lambda b: b"null"),
    "body-undefined": (same, lambda b: b"undefined"),
    "body-object-object": (same, lambda b: b"[object Object]"),
    "body-cut": (same, lambda b: b[:61]),
    "body-member": (lambda b: json.dumps({"at": 1, "data": json.loads(b)}, **COMPACT,
                                         ensure_ascii=False).encode(),
                    lambda b: json.dumps(json.loads(b)["data"], **COMPACT,
                                         ensure_ascii=False).encode()),
    "body-compressed": (lambda b: __import__("gzip").compress(b, mtime=0),
                        lambda b: __import__("gzip").decompress(b)),
    "json-minified": (indented, reserialised(**COMPACT)),
    "json-spaced": (same, reserialised()),
    "json-indented-2": (same, reserialised(indent=2)),
    "json-indented-4": (same, reserialised(indent=4)),
    "json-indented-tab": (same, reserialised(indent="\t")),
    "json-slash-escaped": (same, strings(lambda s: s.replace("/", "\\/"))),
    "json-slash-bare": (strings(lambda s: s.replace("/", "\\/")),
                        strings(lambda s: s.replace("\\/", "/"))),
    "json-unicode-escaped": (same, strings(lower_escapes)),
    "json-unicode-escaped-upper": (same, strings(
        lambda s: re.sub(r"\\u[0-9a-f]{4}", lambda m: "\\u" + m.group()[2:].upper(),
                         lower_escapes(s)))),
    "json-unicode-raw": (strings(lower_escapes), reserialised(**COMPACT)),
    "json-html-escaped": (same, strings(lambda s: s.replace("<", "\\u003c").replace(
        ">", "\\u003e").replace("&", "\\u0026"))),
    "json-ascii-bare": (strings(lambda s: s.replace("<", "\\u003c").replace(
        ">", "\\u003e").replace("&", "\\u0026")), reserialised(**COMPACT)),
    "json-dotnet-escaped": (same, strings(dotnet)),
    "json-numbers-short": (same, numbers(r"-?\d+\.\d+", lambda m: f"{float(m.group()):g}")),
    "json-numbers-decimal": (same, numbers(r"(?<![\d.])-?\d+(?![\d.])", lambda m: m.group() + ".0")),
    "json-numbers-exponent": (same, numbers(r"(?<![\d.])-?\d+(?![\d.])",
                                            lambda m: m.group() + "e0")),
    "json-sorted": (same, reserialised(**COMPACT, sort_keys=True)),
    "json-nulls-dropped": (same, lambda b: json.dumps(without_nulls(json.loads(b)), **COMPACT,
                                                      ensure_ascii=False).encode()),
    "json-string-value": (lambda b: json.dumps(b.decode(), ensure_ascii=False).encode(),
                          lambda b: need(isinstance(json.loads(b), str), json.loads(b)).encode()),
    "json-string-twice": (same, lambda b: json.dumps(b.decode(), ensure_ascii=False).encode()),
}


# ---- Secrets: what the receiver has -> what the sender uses ---------------------------------------

HEX = "00ff17A5b6c7D8e9f0a1b2c3d4e5f607"
# name: (the sender's secret, made of SECRET; the receiver's, made of the sender's)
KEYS = {
    "secret-newline-extra": (same, lambda s: s + "\n\n"),  # secret_read drops one
    "secret-cr-extra": (same, lambda s: s + "\r"),
    "secret-spaces": (same, lambda s: f"  {s} "),
    "secret-quotes": (same, lambda s: f'"{s}"'),
    "secret-label": (same, lambda s: f"WEBHOOK_SECRET={s}"),
    "secret-in-url": (same, lambda s: "https://example.com/hook?sk=" + urllib.parse.quote(s, safe="")),
    "secret-percent-encoded": (same, lambda s: urllib.parse.quote(s, safe="")),
    "secret-percent-decoded": (lambda s: urllib.parse.quote(s, safe=""), urllib.parse.unquote),
    "secret-form-encoded": (lambda s: urllib.parse.quote_plus(s + " x"), urllib.parse.unquote_plus),
    "secret-plus-lost": (same, lambda s: s.replace("+", " ")),
    "secret-plus-extra": (lambda s: "two words", lambda s: s.replace(" ", "+")),
    "secret-whsec-missing": (lambda s: "whsec_" + s, lambda s: s.removeprefix("whsec_")),
    "secret-whsec-extra": (same, lambda s: "whsec_" + s),
    "secret-version-prefix": (same, lambda s: "v1," + s),
    "secret-bearer": (same, lambda s: "Bearer " + s),
    "secret-upper-case": (lambda s: HEX.lower(), str.upper),
    "secret-lower-case": (lambda s: HEX.upper(), str.lower),
    "secret-padding-lost": (lambda s: "c2VjcmV0LWtleS0xMjM0NQ==", lambda s: s.rstrip("=")),
    "secret-padding-extra": (lambda s: "c2VjcmV0LWtleS0xMjM0NQ", lambda s: s + "=="),
    "secret-base64url": (same, lambda s: s.replace("+", "-").replace("/", "_")),
    "secret-base64-standard": (lambda s: s.replace("+", "-").replace("/", "_"),
                               lambda s: s.replace("-", "+").replace("_", "/")),
    "secret-bom": (same, lambda s: "\ufeff" + s),
    "secret-utf16": (same, lambda s: s.encode("utf-16")),
    "secret-invisible": (same, lambda s: s[:9] + "\u200b" + s[9:]),
    "secret-backslash-n": (same, lambda s: s + "\\n"),
    "secret-mark-extra": (same, lambda s: s + ","),
    "secret-semicolon-extra": (same, lambda s: s + ";"),
    "secret-latin1": (lambda s: "Schlüssel".encode("latin-1"), lambda s: "Schlüssel"),
    "secret-twice-utf8": (lambda s: "SchlÃ¼ssel", lambda s: "Schlüssel"),
    "secret-newline-lost": (lambda s: s + "\n", str.strip),
    "secret-crlf-lost": (lambda s: s + "\r\n", str.strip),
    "secret-blank-lost": (lambda s: s + " ", str.strip),
    "secret-blank-lost-front": (lambda s: " " + s, str.strip),
    "secret-quotes-lost": (lambda s: f'"{s}"', lambda s: s.strip('"')),
    "secret-single-quotes-lost": (lambda s: f"'{s}'", lambda s: s.strip("'")),
    "secret-base64-again": (lambda s: base64.b64encode(s.encode()).decode(),
                            lambda s: base64.b64decode(s).decode()),
    "secret-hex-again": (lambda s: s.encode().hex(), lambda s: bytes.fromhex(s).decode()),
    "secret-empty": (lambda s: "", lambda s: SECRET),
    "secret-undefined": (lambda s: "undefined", lambda s: SECRET),
    "secret-null": (lambda s: "null", lambda s: SECRET),
    "secret-none": (lambda s: "None", lambda s: SECRET),
    "key-expired": (lambda s: "the previous one", lambda s: SECRET),
}
RAW_KEYS = {"secret-empty", "secret-undefined", "secret-null", "secret-none"}  # key bytes as they are


def decode_key(kind, secret):
    secret = secret if isinstance(secret, bytes) else secret.encode()
    if kind == "utf8":
        return secret
    if kind == "hex":
        return bytes.fromhex(need(re.fullmatch(rb"[0-9A-Fa-f]+", secret), secret).decode())
    if kind == "whsec":
        secret = secret.removeprefix(b"whsec_").rstrip(b"=")
        secret += b"=" * (-len(secret) % 4)
    return base64.b64decode(need(len(secret) % 4 == 0, secret), validate=True)


# ---- Deliveries -----------------------------------------------------------------------------------

def time_text(seconds, kind):
    when = datetime.fromtimestamp(seconds, timezone.utc)
    return {"unix": str(seconds), "unix-ms": f"{seconds}000",
            "rfc3339": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "http-date": when.strftime("%a, %d %b %Y %H:%M:%S GMT")}[kind]


class Delivery:
    """One signed delivery; members whose name begins with signed_ are what the sender's MAC covers."""

    def __init__(self, name, body):
        row = SCHEMES[name]
        self.scheme, self.row = name, row
        self.kind = row.get("key", "utf8")
        self.time = self.signed_time = time_text(NOW, row.get("format", "unix"))
        self.event = self.signed_event = "Order.OnCreate"
        self.id = self.signed_id = "msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"
        self.url = self.signed_url = "https://hooks.example.com/api/webhook?b=2&a=1"
        self.method = self.signed_method = "POST"
        self.body = self.signed_body = body
        self.secret, self.previous = SECRET, None
        self.key = decode_key(self.kind, SECRET)
        self.text, self.item, self.hash = row["text"], row["item"], "sha256"
        self.encode = {"hex": bytes.hex, "base64": lambda m: base64.b64encode(m).decode()}[row["enc"]]
        self.names = {role: row.get(role) for role in ("sig", "time", "event", "id")}
        self.extra, self.now, self.last = [], NOW, []
        self.parameter = None  # of the URL, in which the signature is sent

    def request(self):
        signed = self.text
        parts = {"{timestamp}": self.signed_time, "{event}": self.signed_event,
                 "{id}": self.signed_id, "{url}": self.signed_url, "{method}": self.signed_method}
        message = b"".join(self.signed_body if part == "{body}" else parts.get(part, part).encode()
                           for part in re.findall(r"\{\w+\}|[^{]+", signed))
        mac = hmac.new(self.key, message, getattr(hashlib, self.hash)).digest()
        value = self.item.replace("{sig}", self.encode(mac))
        if "time_item" in self.row:
            value = self.row["time_item"].replace("{timestamp}", self.time) + "," + value
        values = {"sig": value, "time": self.time, "event": self.event, "id": self.id}
        headers = [[self.names[role], values[role]] for role in values if self.names[role]]
        body, url = base64.b64encode(self.body).decode(), self.url
        if self.parameter:
            headers = headers[1:]
            url += f"&{self.parameter}={urllib.parse.quote(value, safe='')}"
        return {"method": self.method, "url": url, "body_base64": body,
                "headers": [["Host", "hooks.example.com"], ["Content-Type", "application/json"],
                            *self.extra, *headers, *self.last]}


def renamed(role, name):
    def seed(d):
        need(d.names[role] and not (role == "sig" and "time_item" in d.row), d)
        need("{%s}" % {"time": "timestamp"}.get(role, role) in d.text or role == "sig", d)
        d.names[role] = name
    return seed


def setting(**members):
    def seed(d):
        for name, value in members.items():
            word = name.removeprefix("signed_")
            need("{%s}" % {"time": "timestamp"}.get(word, word) in d.text, d)
            setattr(d, name, value(d) if callable(value) else value)
    return seed


def template(change, word):
    def seed(d):
        need(word in d.text, d)
        d.text = need(change(d.text) not in ("", d.text), change(d.text))
    return seed


def encoded(change):
    def seed(d):
        before = d.encode
        d.encode = lambda mac: need(change(mac, before(mac)) != before(mac), change(mac, before(mac)))
        d.request()
    return seed


def item(change):
    def seed(d):
        d.item = need(change(d.item) != d.item, change(d.item))
    return seed


def hashed(name):
    return lambda d: setattr(d, "hash", name)


def family(d):
    need(d.names["time"] and "{event}" not in d.text, d)
    front = d.names["sig"].rsplit("-", 1)[0]
    for role, name in d.names.items():
        if name and name.startswith(front + "-"):
            d.names[role] = name.replace(front, "X-Other", 1)


def other_scheme(d):
    other = Delivery("github" if d.scheme != "github" else "slack", d.body)
    d.__dict__ = {**other.__dict__, "scheme": d.scheme, "row": other.row,
                  "secret": SECRET, "key": SECRET.encode()}


def in_query(d):
    need("time_item" not in d.row and "{url}" not in d.text, d)
    d.parameter = "sig"


def list_header(d):
    need("time_item" in d.row, d)
    d.names["sig"] = "X-Other-Signature"


def twice(first):
    def seed(d):
        role = need(d.names["time"], "time")
        other = [d.names[role], time_text(NOW - 60, d.row.get("format", "unix"))]
        (d.last if first else d.extra).append(other)
    return seed


def sent_time(kind):
    """The header in another format than the scheme's, and signed so."""
    def seed(d):
        need(d.names["time"] and kind != d.row.get("format", "unix"), d)
        d.time = d.signed_time = time_text(NOW, kind)
    return seed


def signed_time(kind):
    def seed(d):
        need("{timestamp}" in d.text and kind != d.row.get("format", "unix"), d)
        d.signed_time = time_text(NOW, kind)
    return seed


def shifted(d):
    need("{timestamp}" in d.text and d.row.get("format") != "unix-ms", d)
    d.signed_time = time_text(NOW + 3, d.row.get("format", "unix"))


def late(by):
    def seed(d):
        need(d.names["time"] or "time_item" in d.row, d)
        d.now = NOW + by
    return seed


def ms_as_seconds(d):
    need((d.names["time"] or "time_item" in d.row) and d.row.get("format", "unix") == "unix", d)
    d.time = d.signed_time = f"{NOW}000"


def seconds_as_ms(d):
    need(d.row.get("format") == "unix-ms", d)
    d.time = d.signed_time = str(NOW)


def missing(role):
    def seed(d):
        need(d.names[role] and "{%s}" % role not in d.text, d)
        d.names[role] = None
    return seed


def without(word):
    return template(lambda t: re.sub(re.escape(word) + r"[.:]?", "", t).rstrip(".:"), word)


def url(change):
    return setting(signed_url=lambda d: need(change(d.url) != d.url, change(d.url)))


HOST = "hooks.example.com"
HEAD = {
    "signature-header": renamed("sig", "X-Other-Sign"),
    "signature-query": in_query,
    "signature-prefix-missing": item(lambda i: "{sig}"),
    "signature-prefix-case": item(lambda i: i.replace("v", "V").replace("sha", "SHA")),
    "signature-prefix-other": item(lambda i: "hmac=" + "{sig}"),
    "signature-quoted": lambda d: (need(not d.row.get("list"), d), item(
        lambda i: i.replace("{sig}", '"{sig}"'))(d)),
    "signature-list": lambda d: (need(not d.row.get("list"), d), setattr(
        d, "item", d.item + ", " + d.item.replace("{sig}", "00" * 32))),
    "signature-encoding": encoded(lambda m, e: base64.b64encode(m).decode() if e == m.hex()
                                  else m.hex()),
    "signature-padding": encoded(lambda m, e: e.rstrip("=")),
    "signature-hex-in-base64": encoded(lambda m, e: base64.b64encode(m.hex().encode()).decode()),
    "signature-percent": encoded(lambda m, e: urllib.parse.quote(e, safe="")),
    "signature-cut": encoded(lambda m, e: m[:16].hex() if e == m.hex()
                             else base64.b64encode(m[:16]).decode()),
    "algorithm": hashed("sha512"),
    "other-scheme": other_scheme,
    "header-family": family,
    "signature-list-header": list_header,
    "header-repeated-first": twice(True),
    "header-repeated-last": twice(False),
    "time-format": sent_time("http-date"),
    "time-header": renamed("time", "X-Sent-At"),
    "time-signed-in-seconds": signed_time("unix"),
    "time-signed-in-ms": signed_time("unix-ms"),
    "time-signed-as-rfc3339": signed_time("rfc3339"),
    "time-signed-as-http-date": signed_time("http-date"),
    "time-differs": shifted,
    "time-ms-as-seconds": ms_as_seconds,
    "time-seconds-as-ms": seconds_as_ms,
    "clock-late": late(4000),
    "clock-early": late(-1300),
    "clock-time-zone": late(7200),
    "event-header": renamed("event", "X-Kind"),
    "event-case": setting(signed_event=lambda d: d.event.lower()),
    "event-spelling": setting(signed_event="order/create"),
    "event-grammar": setting(event="order_created", signed_event="order_created"),
    "event-missing": missing("event"),
    "id-header": renamed("id", "X-Request-Id"),
    "id-missing": missing("id"),
    "event-not-signed": without("{event}"),
    "time-not-signed": without("{timestamp}"),
    "id-not-signed": without("{id}"),
    "url-not-signed": without("{url}"),
    "method-not-signed": without("{method}"),
    "body-not-signed": without("{body}"),
    "body-only-signed": template(lambda t: "{body}", "{"),
    "separator-other": template(lambda t: t.replace(".", "\n"), "."),
    "order-other": template(lambda t: t.replace("{timestamp}.{body}", "{body}.{timestamp}"),
                            "{timestamp}.{body}"),
    "literal-not-signed": template(lambda t: t.removeprefix("v0:"), "v0:"),
    "method-other": setting(signed_method="post"),
    "url-origin": url(lambda u: u.replace("https", "http")),
    "url-host": lambda d: (url(lambda u: u.replace(HOST, "www.example.org"))(d),
                           d.extra.append(["X-Forwarded-Host", "www.example.org"])),
    "url-port-extra": lambda d: (setattr(d, "url", d.url.replace(HOST, HOST + ":8443")),
                                 url(lambda u: u.replace(":8443", ""))(d)),
    "url-port-lost": url(lambda u: u.replace(HOST, HOST + ":443")),
    "url-slash": url(lambda u: u.replace("webhook?", "webhook/?")),
    "url-path-prefix": url(lambda u: u.replace("/api", "")),
    "url-path-escapes": lambda d: (setattr(d, "url", d.url.replace("webhook", "web%20hook")),
                                   url(lambda u: u.replace("%20", " "))(d)),
    "url-query-extra": url(lambda u: u.split("?")[0]),
    "url-query-order": url(lambda u: u.replace("b=2&a=1", "a=1&b=2")),
    "url-parameter-extra": url(lambda u: u.replace("b=2&", "")),
    "url-relative": lambda d: (need("{url}" in d.text, d),
                               setattr(d, "url", d.url.removeprefix("https://" + HOST))),
}


# ---- Seeding --------------------------------------------------------------------------------------

def attempt(function, *arguments):
    try:
        return function(*arguments)
    except (ValueError, KeyError, TypeError, OSError, EOFError, AttributeError):  # it does not apply
        return None


def seed_body(name, d):
    arrives, is_signed = BODY[name]
    d.body = attempt(arrives, d.body)
    d.signed_body = attempt(is_signed, d.body) if d.body is not None else None
    if d.signed_body in (None, d.body) or "{body}" not in d.text:
        return None
    return {other for other in BODY if attempt(BODY[other][1], d.body) == d.signed_body}


def decodings(secret, key):
    return {"secret-as-" + kind.replace("utf8", "text") for kind in ("utf8", "base64", "hex", "whsec")
            if attempt(decode_key, kind, secret) == key}


def seed_key(name, d):
    senders, ours = KEYS[name]
    theirs = attempt(senders, SECRET)
    d.secret = attempt(ours, theirs)
    kind = "utf8" if name in RAW_KEYS else d.kind
    d.key = attempt(decode_key, kind, theirs)
    if name == "key-expired":
        d.previous = theirs = SECRET.swapcase()
        d.key = attempt(decode_key, d.kind, theirs)
    if d.key is None or d.secret is None or d.key == attempt(decode_key, d.kind, d.secret):
        return None
    alike = {other for other, (back, make) in KEYS.items()
             if attempt(make, theirs) == d.secret and other not in RAW_KEYS}
    return alike | {name} | decodings(d.secret, d.key)


def seed_form(name, d):
    """The sender decodes its secret in another way than the scheme says."""
    kind = name.removeprefix("secret-as-").replace("text", "utf8")
    secret = HEX.lower() if kind == "hex" else SECRET
    d.secret, d.key = secret, attempt(decode_key, kind, secret)
    ours = attempt(decode_key, d.kind, secret)
    if d.key is None or ours == d.key:
        return None
    return decodings(secret, d.key)


def seed_head(name, d):
    try:
        HEAD[name](d)
        d.request()
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return {name}.union(*(pair for pair in ALIKE if name in pair))


FORMS = ["secret-as-text", "secret-as-base64", "secret-as-hex", "secret-as-whsec"]
SEEDS = [(seed_body, name) for name in BODY] + [(seed_key, name) for name in KEYS] + \
        [(seed_form, name) for name in FORMS] + [(seed_head, name) for name in HEAD]


def cases():
    """(cause, scheme, body's name, delivery, the names that count)."""
    for scheme in SCHEMES:
        for kind, body in BODIES.items():
            for seed, name in SEEDS:
                delivery = Delivery(scheme, body)
                right = seed(name, delivery)
                if right:
                    yield name, scheme, kind, delivery, right


# ---- Running --------------------------------------------------------------------------------------

def write_schemes(folder):
    for name, row in SCHEMES.items():
        if name.startswith("./"):
            spec = {"name": "acme", "basis": "assumed", "algorithm": "hmac-sha256",
                    "key": row.get("key", "utf8"), "signed": row["text"],
                    "signature": {"header": row["sig"], "item": row["item"], "encoding": row["enc"]},
                    "timestamp": {"header": row["time"], "format": row["format"],
                                  "tolerance_s": 300}}
            if "id" in row:
                spec["id"] = {"header": row["id"]}
            (folder / name).write_text(json.dumps(spec))


def as_bytes(secret):
    return secret if isinstance(secret, bytes) else secret.encode()


def explain(program, folder, delivery):
    """What the program says, its exit code and the processor time it took, in ms."""
    (folder / "request.json").write_text(json.dumps(delivery.request()))
    (folder / "secret").write_bytes(as_bytes(delivery.secret))
    command = [program, "explain", "--scheme", delivery.scheme, "--secret", "file:secret",
               "--now", str(delivery.now), "--json", "request.json"]
    if delivery.previous is not None:
        (folder / "previous").write_bytes(as_bytes(delivery.previous))
        command[2:2] = ["--previous-secret", "file:previous"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if done.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()}")
    return json.loads(done.stdout), done.returncode, 1000 * took


def bench(program, verbose=False):
    rows = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_schemes(folder)
        for name, scheme, kind, delivery, right in cases():
            said, code, took = explain(program, folder, delivery)
            found = [[c["name"] for c in f["changes"]] for f in said["findings"]]
            first = bool(found) and len(found[0]) == 1 and found[0][0] in right
            rows.append({"cause": name, "first": first, "ms": took, "tried": said["tried"]})
            if verbose and not first:
                print(f"{name} {scheme} {kind}: {said['status']}, found {found}")
        lost = Delivery("webinone", BODIES["utf8"])
        lost.secret = "unrelated"
        said, code, took = explain(program, folder, lost)
    share = sum(row["first"] for row in rows) / len(rows)
    longest = max(max(row["ms"] for row in rows), took)
    return {"cases": len(rows), "causes": len({row["cause"] for row in rows}), "first": share,
            "ms_median": statistics.median(row["ms"] for row in rows), "ms_max": longest,
            "unrelated_ms": took, "unrelated_tried": said["tried"],
            "holds": share >= FIRST_MIN and longest < CPU_MAX_MS and code == 1}


def show(row):
    print(f"explain: {row['cases']} deliveries with one of {row['causes']} causes: named first in "
          f"{row['first']:.1%}, at least {FIRST_MIN:.0%}; processor time {row['ms_median']:.1f} ms, "
          f"at most {row['ms_max']:.1f} of {CPU_MAX_MS} ms; an unrelated secret takes "
          f"{row['unrelated_tried']} candidates{'' if row['holds'] else '  MISSED'}")


def main():
    words = sys.argv[1:]
    verbose = "--verbose" in words
    program = next((w for w in words if w != "--verbose"), ROOT / "build/release/hookgauge")
    row = bench(str(Path(program).resolve()), verbose)
    show(row)
    return 0 if row["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
