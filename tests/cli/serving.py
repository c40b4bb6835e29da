# SPDX-License-Identifier: MIT
"""A receiver with an admin listener, out of a configuration file, and clients with addresses of their own."""
import json
import re
import socket
import time

from support import SECRET, Case, raw, run
from test_receive import head, signed, status

LIMIT_S = 20  # of a wait for something that comes at once
PATH = "/in"
NAME = "site"


class Serving(Case):
    def open(self, endpoint=None, env=None, **members):
        """members go to the root of the file. Sets self.child, self.url, self.admin, self.db."""
        self.db = self.dir / "inbox.db"
        config = {"listen": "127.0.0.1:0", "admin": "127.0.0.1:0", "store": f"sqlite:{self.db}",
                  "log": {"level": "info", "json": True}, **members,
                  "endpoints": [{"name": NAME, "path": PATH, "scheme": "webinone",
                                 "secrets": [{"label": "a", "secret": "env:SECRET"}], **(endpoint or {})}]}
        self.config = self.write("config.json", json.dumps(config))
        self.child = self.start("receive", self.config, env=env)
        said = ""
        for line in self.child.stderr:
            said += line.decode()
            if line.startswith(b"listening on "):
                break
        found = [re.search(rf"{words} (http://\S+)", said) for words in ("listening on", "admin on")]
        self.assertTrue(all(found), said)
        self.url, self.admin = (one.group(1) for one in found)

    def connect(self, source="127.0.0.1", url=None):
        host, port = re.match(r"http://([0-9.]+):(\d+)", url or self.url).groups()
        sock = socket.create_connection((host, int(port)), timeout=10, source_address=(source, 0))
        self.addCleanup(sock.close)
        return sock

    def ask(self, request, source="127.0.0.1"):
        """One request on a connection of its own; its answer, empty when there was none."""
        with self.connect(source) as sock:
            return exchange(sock, request)

    def post(self, body=b"{}", source="127.0.0.1", extra=(), **how):
        """The status of a delivery's answer."""
        return status(self.ask(delivery(body, extra, **how), source))

    def page(self, target):
        """A page of the admin listener: status, head, body."""
        answer = raw(self.admin, head(method="GET", target=target), limit=1 << 22)
        top, _, body = answer.partition(b"\r\n\r\n")
        return status(answer), top.decode(), body.decode()

    def metric(self, line):
        """The value of a series of the metrics page; 0 when it is not there."""
        found = re.search(rf"^hookgauge_{re.escape(line)} (\S+)$", self.page("/metrics")[2], re.M)
        return float(found.group(1)) if found else 0

    def until(self, line, value, or_more=False):
        """Waits for a series to have a value."""
        deadline = time.monotonic() + LIMIT_S
        while (got := self.metric(line)) != value and not (or_more and got > value):
            self.assertLess(time.monotonic(), deadline, self.page("/metrics")[2])

    def count(self):
        code, out, err = run("inbox", "list", self.db, "--count")
        self.assertEqual(code, 0, err)
        return int(out)

    def end(self):
        """Ends the receiver; returns its log lines."""
        self.child.terminate()
        said = self.child.stderr.read().decode()
        self.assertEqual(self.stop(self.child), 0, said)
        self.assertNotIn(SECRET, said)
        return [json.loads(line) for line in said.splitlines()]


def delivery(body=b"{}", extra=(), target=PATH, **how):
    return head(*extra, *signed(body, **how), f"Content-Length: {len(body)}", target=target) + body


def exchange(sock, request):
    try:
        sock.sendall(request)
        return sock.recv(65536)
    except (ConnectionResetError, BrokenPipeError):
        return b""
