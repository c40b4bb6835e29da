# SPDX-License-Identifier: MIT
"""Receivers for the tests of live runs: right but for one thing in how they answer or act."""
import json
import socketserver
import sys
import threading
import time

from support import ROOT, Case, run
from test_test import PUBLIC, cases_of

sys.path.insert(0, str(ROOT / "tests/alarms"))
from server import ANSWERS, Malformed, Reader  # noqa: E402  (they lie beside the alarms)
from webinone import Refused, Verifier  # noqa: E402

ONE = "order-oncreate*"


def usual(status):
    return ANSWERS.get(status, 400)


class Handler(Reader):
    """Answers as self.server.answer(status) says: an HTTP status, bytes to send as they are, or
    None to close the connection."""

    def handle(self):
        try:
            while True:
                method, url, _ = self.line().split(b" ")
                headers = self.headers()
                self.check_host(headers)
                body = self.body(headers, b"HTTP/1.1")
                said = 204 if method == b"GET" else self.server.take(url, headers, body)
                if said is None:
                    return
                self.wfile.write(said if isinstance(said, bytes) else
                                 b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % said)
        except Malformed:
            self.wfile.write(b"HTTP/1.1 400 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        except (OSError, ValueError):
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True

    def __init__(self, answer, fault, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.fault, self.answer, self.verifier = None, answer, Verifier(fault)
        self.times, self.seen = [], []

    def take(self, url, headers, body):
        self.times.append(time.monotonic())
        try:
            self.verifier.verify([PUBLIC.encode()], int(time.time()), url.decode("latin-1"),
                                 headers, body)
            status = "ok"
        except Refused as refused:
            status = str(refused)
        self.seen.append((status, url, dict(headers), body))
        return self.answer(status)


class Judging(Case):
    def serve(self, answer=usual, fault=None):
        """Starts a receiver in this process; returns (server, URL)."""
        server = Server(answer, fault)
        threading.Thread(target=server.serve_forever).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        return server, f"http://127.0.0.1:{server.server_address[1]}/api/webhook"

    def outcome(self, url, *options, only=ONE):
        """(exit code, {id: case})."""
        code, out, err = run("test", url, "--only", only, "--json", *options)
        self.assertEqual(err, "", out)
        return code, {case["id"]: case for case in cases_of(out)}

    def failed(self, cases):
        return {name for name, case in cases.items() if case["ok"] is False}

    def vectors(self, *twins):
        """A file of an ordinary delivery, "order-oncreate", and twins of it."""
        whole = json.loads((ROOT / "vectors/webinone.json").read_text())
        group = whole["groups"][0]
        valid = next(case for case in group["cases"] if case["id"] == "order-oncreate")
        made = [{"of": valid["id"], "flags": ["Duplicate"], "status": "ok",
                 "request": valid["request"], **twin} for twin in twins]
        group = {**group, "cases": [valid, *made]}
        whole = {**whole, "count": 1 + len(made), "groups": [group]}
        return self.write("vectors.json", json.dumps(whole))
