# SPDX-License-Identifier: MIT
"""A verify function to put under test, complete for the webinone scheme; replace it by yours:

    hookgauge test "cmd:python3 harness/adapters/adapter.py examples/verify.py"
"""
import hashlib
import hmac
import re

TOLERANCE_S = 300


def single(headers, name):
    """The value of a header that comes exactly once."""
    values = [value.strip(b" \t") for key, value in headers if key.lower() == name]
    return values[0] if len(values) == 1 else b""


def verify(case):
    """Whether a request is a genuine, fresh delivery."""
    signature = re.fullmatch(rb"sha256=([0-9a-fA-F]{64})", single(case.headers, b"x-webhook-signature"))
    timestamp = single(case.headers, b"x-webhook-timestamp")
    event = single(case.headers, b"x-webhook-event")
    if not signature or not re.fullmatch(rb"0|[1-9][0-9]{0,15}", timestamp) or \
            not re.fullmatch(rb"[A-Za-z0-9]+\.[A-Za-z0-9]+", event) or len(event) > 256:
        return False
    sent = bytes.fromhex(signature[1].decode())
    signed = timestamp + b"." + event + b"." + case.body
    return abs(case.now - int(timestamp)) <= TOLERANCE_S and any(
        hmac.compare_digest(sent, hmac.new(secret.encode(), signed, hashlib.sha256).digest())
        for secret in case.secrets)
