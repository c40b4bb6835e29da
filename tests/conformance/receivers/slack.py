# SPDX-License-Identifier: MIT
"""A receiver as Slack's page "Verifying requests from Slack" describes it, on Python's http.server:
the time first, then the HMAC of "v0:time:body", compared in constant time."""
import hashlib
import hmac
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = os.environ["SECRET"].encode()
MINUTES_5 = 60 * 5


class Receiver(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def genuine(self, body):
        timestamp = self.headers["X-Slack-Request-Timestamp"]
        if abs(time.time() - int(timestamp)) > MINUTES_5:
            return False
        signed = b"v0:" + timestamp.encode() + b":" + body
        mine = "v0=" + hmac.new(SECRET, signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(mine, self.headers["X-Slack-Signature"])

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            genuine = self.genuine(body)
        except (TypeError, ValueError):  # a header is missing, or no number
            genuine = False
        self.send_response(200 if genuine else 403)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Receiver).serve_forever()
