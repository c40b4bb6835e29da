#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How to put your own verify function under test, in any language:

    hookgauge test "cmd:python3 examples/adapter.py"

The harness writes a line of JSON for each case; the program answers with a line, in any order,
flushed. Replace verify() by a call of yours. This one is complete for the webinone scheme.
"""
import base64
import hashlib
import hmac
import json
import re
import sys

TOLERANCE_S = 300


def verify(secret, now, headers, body):
    """Whether a request is a genuine, fresh delivery. headers: (name, value) pairs of bytes."""
    def single(name):
        values = [value.strip(b" \t") for key, value in headers if key.lower() == name]
        return values[0] if len(values) == 1 else b""
    signature = re.fullmatch(rb"sha256=([0-9a-fA-F]{64})", single(b"x-webhook-signature"))
    timestamp, event = single(b"x-webhook-timestamp"), single(b"x-webhook-event")
    if not signature or not re.fullmatch(rb"0|[1-9][0-9]{0,15}", timestamp) or \
            not re.fullmatch(rb"[A-Za-z0-9]+\.[A-Za-z0-9]+", event) or len(event) > 256:
        return False
    mac = hmac.new(secret, timestamp + b"." + event + b"." + body, hashlib.sha256).digest()
    return hmac.compare_digest(mac, bytes.fromhex(signature[1].decode())) and \
        abs(now - int(timestamp)) <= TOLERANCE_S


def body_of(request):
    """A body is text, base64, or a text repeated."""
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    if "body_repeat" in request:
        return request["body_repeat"]["text"].encode() * request["body_repeat"]["count"]
    return request.get("body", "").encode()


def main():
    for line in sys.stdin:
        case = json.loads(line)
        request = case["request"]
        headers = [(name.encode(), base64.b64decode(value["base64"])
                    if isinstance(value, dict) else value.encode())
                   for name, value in request.get("headers", [])]
        secrets = [each["secret"] for each in case.get("secrets") or [case]
                   if case["now"] <= each.get("not_after", case["now"])]
        accept = any(verify(secret.encode(), case["now"], headers, body_of(request))
                     for secret in secrets)
        print(json.dumps({"id": case["id"], "accept": accept}), flush=True)


if __name__ == "__main__":
    main()
