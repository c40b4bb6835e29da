#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A verifier of Standard Webhooks that is right, or wrong in exactly one way.

It shares no code with Hookgauge. Without --fault it must pass every case; with --fault NAME it does
what some library of some language does by itself, and the harness must say so. It speaks the line
protocol of cmd: targets.
"""
import argparse
import base64
import binascii
import hashlib
import hmac
import json
import re
import sys

from receiver import body_of, to_bytes
from webinone import Refused

ID, TIMESTAMP, SIGNATURE = b"webhook-id", b"webhook-timestamp", b"webhook-signature"
TOLERANCE_S = 300
HEADERS_MAX, ID_MAX, SIGNATURES_MAX = 256, 256, 16
NUMBER_MAX = 2**53
MAC_TEXT = rb"[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]="  # 32 bytes, canonical


class Verifier:
    def __init__(self, fault=None):
        self.fault = fault

    def key(self, secret):
        bare = secret.removeprefix("whsec_")
        if self.fault == "padding-needed" and len(bare) % 4:
            raise Refused("bad_key")
        if self.fault == "prefix-needed" and bare == secret:
            return secret.encode()
        key = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        return key.partition(b"\0")[0] if self.fault == "key-as-text" else key

    def keys(self, secrets, now):
        good = [each for each in secrets if self.fault == "keeps-expired" or
                not each.get("not_after") or now <= each["not_after"]]
        limit = 1 if self.fault == "first-secret" else 8
        return [self.key(each["secret"]) for each in good[:limit]]

    def named(self, headers):
        if self.fault == "svix-names" and not any(name.lower() == SIGNATURE for name, _ in headers):
            headers = [(name.replace(b"svix-", b"webhook-"), value) for name, value in headers]
        found = {ID: [], TIMESTAMP: [], SIGNATURE: []}
        for name, value in headers:
            name = name if self.fault == "case-sensitive" else name.lower()
            if name in found:
                found[name].append(value)
        values = [value for each in found.values() for value in each]
        bad = rb"[\x01-\x08\x0a-\x1f\x7f]" if self.fault == "time-to-nul" else \
            rb"[\0-\x08\x0a-\x1f\x7f]"
        if any(re.search(bad, value) for value in values) or len(headers) > HEADERS_MAX:
            raise Refused("bad_request")
        if any(len(each) > 1 for each in found.values()) and self.fault != "first-header":
            raise Refused("repeated_header")
        return [each[0].strip(b" \t") if each else b"" for each in found.values()]

    def items(self, text):
        items = text.split() if self.fault == "any-blank" else text.split(b" ")
        items = [item.strip(b" \t") for item in items]
        if self.fault == "stops-at-odd-item" and any(item.count(b",") != 1 for item in items):
            raise Refused("bad_signature")
        return items[:1] if self.fault == "first-item" else \
            items[-1:] if self.fault == "last-item" else items

    def candidate(self, item):
        """The text of an item's signature; None when the item is of another form."""
        if self.fault == "any-version":
            return item.rpartition(b",")[2]
        if self.fault == "version-upper" and item.startswith(b"V1,"):
            item = b"v1," + item[3:]
        if not item.startswith(b"v1,") or item == b"v1,":
            return None
        return item.split(b",")[1] if self.fault == "second-part" else item[3:]

    def is_mac(self, text):
        if self.fault == "lenient-base64":
            try:
                return len(base64.b64decode(text)) == 32
            except binascii.Error:
                return False
        form = rb"[A-Za-z0-9+/=]{1,44}" if self.fault == "compares-prefix" else MAC_TEXT
        return re.fullmatch(form, text) is not None

    def signatures(self, text):
        if not text:
            raise Refused("no_signature")
        texts = [found for found in map(self.candidate, self.items(text)) if found]
        good = [each for each in texts if self.is_mac(each)]
        if len(texts) > SIGNATURES_MAX or not good:
            raise Refused("bad_signature")
        limit = {"first-of-version": 1, "few-items": 4}.get(self.fault, SIGNATURES_MAX)
        return good[:limit]

    def timestamp(self, text):
        """The seconds, and the text to sign."""
        if not text:
            raise Refused("no_timestamp")
        try:
            if self.fault == "signs-the-number":
                return int(float(text)), b"%d" % int(float(text))
            if self.fault == "any-digits" and text.decode().isdigit():
                return int(text.decode()), text
        except (ValueError, OverflowError):
            raise Refused("bad_timestamp") from None
        if self.fault == "time-to-nul":
            text = text.partition(b"\0")[0]
        if self.fault == "leading-digits":
            text = re.match(rb"[0-9]*", text).group()
        limit = 2**65 if self.fault == "wraps-at-64" else NUMBER_MAX
        if not re.fullmatch(rb"0|[1-9][0-9]{0,19}", text) or int(text) > limit:
            raise Refused("bad_timestamp")
        seconds = int(text)
        if self.fault == "milliseconds" and seconds > 10**11:
            seconds //= 1000
        bits = {"wraps-at-32": 32, "wraps-at-64": 64}.get(self.fault, 66)
        return seconds % 2**bits, text

    def identity(self, text):
        if not text:
            raise Refused("no_id")
        letters = {"dotted-id": rb"[!-~]", "any-id": rb"[^.]"}.get(self.fault, rb"[!-\-/-~]")
        if not re.fullmatch(letters + rb"{1,%d}" % ID_MAX, text, re.DOTALL):
            raise Refused("bad_request")
        return text

    def body(self, body):
        if self.fault == "decodes-body":
            return body.decode(errors="replace").encode()
        if self.fault == "skips-mark":
            return body.removeprefix(b"\xef\xbb\xbf")
        if self.fault == "trims-body":
            return body.strip()
        if self.fault == "one-kind-of-line-end":
            return body.replace(b"\r\n", b"\n")
        if self.fault == "large-cut":
            return body[:64000]
        if self.fault == "text-only":
            try:
                body.decode()
            except UnicodeDecodeError:
                raise Refused("bad_request") from None
        return body

    def matches(self, key, text, sent):
        mac = base64.b64encode(hmac.new(key, text, hashlib.sha256).digest())
        if self.fault == "lenient-base64":
            return base64.b64decode(sent) == base64.b64decode(mac)
        return mac[:len(sent)] == sent if self.fault == "compares-prefix" else mac == sent

    def verify(self, secrets, now, headers, body):
        keys = self.keys(secrets, now)
        name, when, signatures = self.named(headers)
        sent = self.signatures(signatures)
        seconds, stated = self.timestamp(when)
        name = self.identity(name)
        text = name + b"." + stated + b"." + self.body(body)
        if not any(self.matches(key, text, each) for key in keys for each in sent):
            raise Refused("mismatch")
        if abs(now - seconds) > TOLERANCE_S:
            raise Refused("too_old" if now > seconds else "too_new")


def judge(verifier, case):
    request = case["request"]
    secrets = case.get("secrets") or [{"secret": case["secret"]}]
    headers = [(name.encode(), to_bytes(value)) for name, value in request.get("headers", [])]
    try:
        verifier.verify(secrets, case["now"], headers, body_of(request))
    except Refused as refused:
        return str(refused)
    return "ok"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fault", help="one of mutants.py")
    options = parser.parse_args()
    verifier = Verifier(options.fault)
    for line in sys.stdin.buffer:
        case = json.loads(line)
        status = judge(verifier, case)
        answer = {"id": case["id"], "accept": status == "ok"}
        if not options.fault:
            answer["status"] = status
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
