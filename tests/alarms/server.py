# SPDX-License-Identifier: MIT
"""The HTTP side of receiver.py: how messages are framed, what is kept, what answers tell.

As much of HTTP/1.1 as is needed, and strict: what can be read in two ways is 400.
"""
import base64
import hashlib
import json
import os
import re
import socket
import socketserver
import threading
import time

from webinone import CATALOGUE, EVENT, SIGNATURE, TIMESTAMP, Refused, Verifier, mac

ANSWERS = {"ok": 200, "mismatch": 401, "too_old": 401, "too_new": 401}  # all others: 400
LINE_MAX = 65536
BODY_MAX = 4 << 20
IDLE_S = 10
RACE_S = 0.05  # between a look and a note, for a fault that has others come in between


class Malformed(Exception):
    """The connection is answered with 400 and closed."""


def names(headers):
    return [name.lower() for name, _ in headers]


class Reader(socketserver.StreamRequestHandler):
    """Reads messages. A message that ends early is a ConnectionError."""

    timeout = IDLE_S
    disable_nagle_algorithm = True

    def line(self):
        line = self.rfile.readline(LINE_MAX)
        if not line:
            raise ConnectionError
        if self.server.fault == "bare-lf":
            line = re.sub(rb"\r?\n\Z", b"\r\n", line)
        if not line.endswith(b"\r\n"):
            raise Malformed
        return line[:-2]

    def exactly(self, count):
        data = self.rfile.read(count)
        if len(data) < count and self.server.fault != "reads-to-the-end":
            raise ConnectionError
        return data

    def at_hand(self):
        """What has arrived behind the message that was read."""
        self.connection.setblocking(False)
        ahead = self.rfile.peek(1)
        self.connection.settimeout(IDLE_S)
        return ahead

    # ---- The head --------------------------------------------------------------------------------

    def header(self, text):
        fault = self.server.fault
        if fault == "drops-nul":
            text = text.replace(b"\0", b"")
        name, colon, value = text.partition(b":")
        if fault == "name-blank":
            name = name.rstrip(b" \t")
        token = re.fullmatch(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name)
        if fault == "any-name" and b"\0" not in name:
            return name, value.strip(b" \t")
        if not colon or not token or re.search(rb"[\0\r\n]", value):
            raise Malformed
        return name, value.strip(b" \t")

    def headers(self):
        headers = []
        while text := self.line():
            if self.server.fault == "strips-lines":
                text = text.strip(b" \t")
            if self.server.fault == "unfolds" and text[:1] in b" \t" and headers:
                headers[-1] = headers[-1][0], headers[-1][1] + b" " + text.strip(b" \t")
                continue
            parts = text.split(b"\r") if self.server.fault == "bare-cr" else [text]
            headers += [self.header(part) for part in parts]
        return headers

    def request_line(self):
        fault = self.server.fault
        line = self.line() or self.line()  # an empty line in front is passed over
        method = rb"[A-Za-z]+" if fault == "any-method" else rb"[A-Z]+"
        target = rb"\S+" if fault == "any-target" else rb"/[!-\"$-~]*"
        version = rb"\S+" if fault == "any-version" else rb"HTTP/1\.[01]"
        found = re.fullmatch(rb"(%s) (?:http://[^/]*)?(%s) (%s)" % (method, target, version), line)
        if not found:
            raise Malformed
        return found.groups()

    # ---- The body --------------------------------------------------------------------------------

    def chunk_size(self, text):
        fault = self.server.fault
        size, semicolon, more = text.partition(b";")
        if semicolon and fault == "no-extensions" or re.search(rb"[\0\r]", more):
            raise Malformed
        if fault == "decimal-sizes" and size.isdigit():
            return int(size)
        if fault == "loose-size":
            try:
                return max(int(size.decode("latin-1"), 16), 0)
            except ValueError:
                raise Malformed from None
        if not re.fullmatch(rb"[0-9a-fA-F]{1,%d}" % (32 if fault == "size-wraps" else 8), size):
            raise Malformed
        return int(size, 16) % 2**32

    def chunk_end(self):
        if self.server.fault == "any-chunk-end":
            self.rfile.readline(LINE_MAX)
        elif self.line():
            raise Malformed

    def chunks(self, headers):
        body = b""
        while True:
            try:
                size = self.chunk_size(self.line())
            except ConnectionError:
                if self.server.fault == "no-last-chunk":
                    return body
                raise
            if size == 0:
                break
            body += self.exactly(min(size, BODY_MAX))
            self.chunk_end()
            if self.server.fault == "first-chunk":
                break
        trailers = self.headers()
        if trailers and self.server.fault == "no-trailers":
            raise Malformed
        if self.server.fault == "merges-trailers":
            headers += trailers
        if self.server.fault == "trailer-signature" and SIGNATURE not in names(headers):
            headers += [each for each in trailers if each[0].lower() == SIGNATURE]
        return body

    def length(self, text):
        fault = self.server.fault
        if fault == "loose-length":
            try:
                return max(int(text), 0)
            except ValueError:
                raise Malformed from None
        if fault == "length-digits" and re.match(rb"[0-9]+", text):
            return int(re.match(rb"[0-9]+", text).group())
        if not re.fullmatch(rb"[0-9]{1,32}", text):
            raise Malformed
        bits = {"length-wraps-32": 32, "length-wraps-64": 64}.get(fault, 128)
        length = int(text) % 2**bits
        if length > BODY_MAX:
            raise Malformed
        return length

    def coding(self, codings):
        """Whether the body is in chunks."""
        fault = self.server.fault
        if fault == "coding-inside":
            return any(b"chunked" in each.lower() for each in codings)
        if fault == "coding-first":
            codings = codings[:1]
        if fault == "coding-last":
            codings = codings[-1:]
        lower = [each if fault == "coding-case" else each.lower() for each in codings]
        if lower not in ([], [b"chunked"]):
            raise Malformed
        return lower != []

    def framing(self, headers, version):
        """The lengths and codings that count."""
        fault = self.server.fault
        lengths = [value for name, value in headers if name.lower() == b"content-length"]
        codings = [value for name, value in headers if name.lower() == b"transfer-encoding"]
        if fault in ("first-length", "last-length") and len(lengths) > 1:
            lengths = lengths[:1] if fault == "first-length" else lengths[-1:]
        if fault == "last-of-list":
            lengths = [each.rpartition(b",")[2].strip() for each in lengths]
        if lengths and codings and fault in ("length-wins", "chunks-win"):
            lengths, codings = (lengths, []) if fault == "length-wins" else ([], codings)
        if len(lengths) > 1 or lengths and codings:
            raise Malformed
        if codings and version == b"HTTP/1.0" and fault != "old-chunks":
            raise Malformed
        return lengths, codings

    def body(self, headers, version):
        fault = self.server.fault
        lengths, codings = self.framing(headers, version)
        if self.coding(codings):
            body = self.chunks(headers)
            return b"" if fault == "no-chunks" else body
        length = self.length(lengths[0]) if lengths else 0
        if fault == "takes-all":
            return self.rfile.read(length) + self.at_hand()[:BODY_MAX]
        return self.rfile.read1(length) if fault == "one-read" and length else self.exactly(length)

    def check_host(self, headers):
        hosts = sum(name.lower() == b"host" for name, _ in headers)
        if hosts != 1 and self.server.fault != "any-host":
            raise Malformed

    def ask(self, headers):
        if any(name.lower() == b"expect" for name, _ in headers):
            if self.server.fault == "refuses-expect":
                raise Malformed
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


class Handler(Reader):
    """Reads and answers messages until one is wrong, or the last of its connection."""

    def setup(self):
        super().setup()
        self.vouched = b""

    def answer(self, code, headers=b"", text=b""):
        self.wfile.write(b"HTTP/1.1 %d X\r\n%sContent-Length: %d\r\n\r\n%s"
                         % (code, headers, len(text), text))

    def take(self, url, headers, body):
        if self.vouched:
            self.vouched = b""
            return 200, b"", b""
        answer = self.server.take(url.decode("latin-1"), headers, body)
        if answer[0] == 200 and self.server.fault == "vouches":
            self.vouched = self.at_hand()
        return answer

    def one(self):
        if self.server.fault == "whole-head" and not self.rfile.peek(1).count(b"\r\n\r\n"):
            raise Malformed
        method, url, version = self.request_line()
        headers = self.headers()
        self.check_host(headers)
        self.ask(headers)
        body = self.body(headers, version)
        if method == b"GET" and not body:
            self.answer(200, text=b"%d" % self.server.written)
            return True
        if method != b"POST" and self.server.fault != "any-method":
            self.answer(405)
            return True
        code, more, text = self.take(url, headers, body)
        if self.server.fault == "drops-rest":
            self.rfile.read(len(self.at_hand()))
        hangs_up = code != 200 and self.server.fault == "hangs-up"
        self.answer(code, b"Connection: close\r\n" if hangs_up else more, text)
        closes = any(name.lower() == b"connection" and value.lower() == b"close"
                     for name, value in headers) or version == b"HTTP/1.0"
        return not closes and not hangs_up

    def handle(self):
        try:
            while self.one():
                pass
        except Malformed:
            self.answer(400, b"Connection: close\r\n")
            self.request.shutdown(socket.SHUT_WR)
            self.rfile.read(BODY_MAX)  # a reset would take the answer with it
        except OSError:
            pass


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, fault, secret, port, folder):
        super().__init__(("127.0.0.1", port), Handler)
        self.fault, self.keys, self.verifier = fault, [secret], Verifier(fault)
        self.folder, self.lock, self.written = folder, threading.Lock(), 0
        files = os.listdir(folder) if folder and fault != "forgets" else []
        self.seen = {name.partition("-")[0] for name in files}

    # ---- What is kept ----------------------------------------------------------------------------

    def identity(self, code, url, headers, body):
        """What makes a delivery the same as another one."""
        parts = {"knows-by-url": [url.encode("latin-1")],
                 "knows-by-headers": [name + value for name, value in headers],
                 "knows-by-signature": [value for name, value in headers
                                        if name.lower() == SIGNATURE]}
        return hashlib.sha256(b"\0".join([code] + parts.get(self.fault, []))).hexdigest()

    def write(self, name, headers, body):
        self.written += 1
        if not self.folder:
            return
        head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        with open(os.path.join(self.folder, f"{name}-{os.getpid()}-{self.written}"), "xb") as file:
            file.write(head + b"\r\n" + body)

    def keep(self, name, headers, body):
        """Whether it was there before."""
        if self.fault == "looks-then-notes":
            again = name in self.seen
            time.sleep(RACE_S)
        with self.lock:
            again = again if self.fault == "looks-then-notes" else name in self.seen
            self.seen.add(name)
            if self.fault != "keeps-nothing" and (not again or self.fault == "stores-twice"):
                self.write(name, headers, body)
        return again

    # ---- What answers tell -----------------------------------------------------------------------

    def told(self, status, url, headers, body):
        """Headers and text of an answer that a fault adds to a refusal."""
        values = {name.lower(): value for name, value in headers}
        stated, event = (values.get(name, b"") for name in (TIMESTAMP, EVENT))
        right = mac(self.keys[0], stated, event, body)
        sent = values.get(SIGNATURE, b"")[7:]
        alike = next((i for i, (a, b) in enumerate(zip(right.hex().encode(), sent)) if a != b), 64)
        texts = {"tells-why": status.encode(), "shows-secret": self.keys[0],
                 "shows-signature": right.hex().encode(), "counts-digits": b"%d" % alike,
                 "debugs": status.encode() if b"x-debug" in values or "debug=1" in url else b""}
        more = b"X-Expected: %s\r\n" % base64.b64encode(right)
        return more if self.fault == "signature-header" else b"", texts.get(self.fault, b"")

    def too_early(self, headers, body):
        """The status of a fault that looks into a delivery before it is verified."""
        events = [value for name, value in headers if name.lower() == EVENT]
        if self.fault == "routes-first" and events and events[0] not in CATALOGUE:
            return 404
        if self.fault == "parses-first":
            try:
                json.loads(body)
            except ValueError:
                return 422
        return 0

    def refuse(self, status, url, headers, body):
        code = ANSWERS.get(status, 400)
        if self.fault == "crashes" and code == 400:
            code = 500
        if self.fault == "stale-is-gone" and status == "too_old":
            code = 410
        return code, *self.told(status, url, headers, body)

    def take(self, url, headers, body):
        """Verifies a delivery; returns the answer's code, headers and text."""
        if early := self.too_early(headers, body):
            return early, b"", b""
        if self.fault == "acts-first":
            self.write(hashlib.sha256(body).hexdigest(), headers, body)
        try:
            code = self.verifier.verify(self.keys, int(time.time()), url, headers, body)
        except Refused as refused:
            return self.refuse(str(refused), url, headers, body)
        again = self.keep(self.identity(code, url, headers, body), headers, body)
        return 409 if again and self.fault == "refuses-repeat" else 200, b"", b""
