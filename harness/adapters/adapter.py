#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts a verify function in Python under test:

    hookgauge test "cmd:python3 harness/adapters/adapter.py examples/verify.py"

The file defines verify(case) -> True or False; an exception refuses too. A case has scheme,
secrets (texts, without those that expired), now (Unix seconds; time.time() says the same), method,
url, headers (pairs of bytes, in order) and body (bytes), and case.header(name), the one value.
Raise case.Skip("why") for what the function can't be asked.
"""
import base64
import json
import os
import runpy
import sys
import time


class Case:
    class Skip(Exception):
        """What the function under test can't express, and why."""

    def __init__(self, line):
        self.scheme, self.now = line["scheme"], line["now"]
        secrets = line.get("secrets") or [{"secret": line["secret"]}]
        self.secrets = [each["secret"] for each in secrets
                        if self.now <= each.get("not_after", self.now)]
        request = line["request"]
        self.method, self.url = request["method"], request["url"]
        self.headers = [(name.encode(), self.plain(value)) for name, value in request["headers"]]
        repeat = request.get("body_repeat", {"text": request.get("body", ""), "count": 1})
        self.body = base64.b64decode(request.get("body_base64", "")) or \
            repeat["text"].encode() * repeat["count"]

    def plain(self, value):
        return base64.b64decode(value["base64"]) if isinstance(value, dict) else value.encode()

    def header(self, name):
        """The value without blanks around it, as a server gives it; None when there is none."""
        name = name.lower().encode()
        values = [value.strip(b" \t") for key, value in self.headers if key.lower() == name]
        if len(values) > 1:
            raise Case.Skip("takes one value a header")
        return values[0] if values else None


sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[1])))  # for what it imports
verify = runpy.run_path(sys.argv[1])["verify"]
for text in sys.stdin.buffer:
    case = Case(json.loads(text))
    time.time = lambda now=case.now: float(now)
    try:
        answer = {"accept": verify(case)}
    except Case.Skip as skip:
        answer = {"skip": str(skip)}
    except Exception:
        answer = {"accept": False}
    print(json.dumps({"id": json.loads(text)["id"], **answer}), flush=True)
