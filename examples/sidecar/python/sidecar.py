#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes deliveries that hookgauge has verified, and does its work once for each.

    HOOK_AUTHORIZATION='Bearer …' python3 sidecar.py 3000 hooks.db

../README.md says how the receiver is told of it, and why it is written like this.
"""
import contextlib
import hmac
import json
import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BODY_MAX = 16 << 20  # bytes: the most that a receiver can be told to take
TABLES = """
CREATE TABLE IF NOT EXISTS done (delivery TEXT PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE IF NOT EXISTS events (name TEXT PRIMARY KEY, count INTEGER NOT NULL);
"""


def work(db, event, record):
    """What your program is for; here it counts. All of it belongs to one transaction."""
    db.execute("INSERT INTO events VALUES (?, 1) "
               "ON CONFLICT (name) DO UPDATE SET count = count + 1", (event,))


def take(path, delivery, event, body):
    """The status to answer: 200 only when the work is safe."""
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        return 410  # no attempt will do better: dead, for a person to look at
    try:
        with contextlib.closing(sqlite3.connect(path, timeout=5, isolation_level=None)) as db:
            db.execute("BEGIN IMMEDIATE")  # rolled back by close unless it comes to COMMIT
            new = db.execute("INSERT OR IGNORE INTO done (delivery) VALUES (?)", (delivery,))
            if new.rowcount == 1:
                work(db, event, record)
            db.execute("COMMIT")
    except Exception as error:
        print(f"delivery {delivery}: {error}", file=sys.stderr, flush=True)
        return 503  # it comes again
    return 200


class Handler(BaseHTTPRequestHandler):
    timeout = 30  # seconds, between two bytes

    def do_POST(self):
        self.send_response(self.answer())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def answer(self):
        """Only the receiver is believed: any program on this machine can connect."""
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, self.server.authorization):
            return 401
        number, received = (self.headers.get(f"X-Hookgauge-{name}") for name in
                            ("Delivery", "Received"))
        length = self.headers.get("Content-Length", "")
        if not number or not received or not length.isdecimal() or int(length) > BODY_MAX:
            return 400
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            return 400  # the receiver was broken off, and will not read this
        delivery = f"{number} {received}"
        return take(self.server.path, delivery, self.headers.get("X-Hookgauge-Event", ""), body)

    def log_message(self, *_):
        pass  # the receiver's log has a line for each attempt


def main():
    port, path = sys.argv[1:]
    authorization = os.environ.get("HOOK_AUTHORIZATION", "")
    if not authorization:
        sys.exit("HOOK_AUTHORIZATION is not set")
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.executescript(TABLES)
    server = ThreadingHTTPServer(("127.0.0.1", int(port)), Handler)
    server.path, server.authorization = path, authorization.encode()
    print(f"ready on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
