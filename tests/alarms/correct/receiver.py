#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A right receiver of webinone webhooks in Python: the standard library, a thread a connection.

    WEBHOOK_SECRET=... receiver.py PORT FOLDER      prints its URL when it listens

It reads HTTP itself, since http.server believes messages that RFC 9112 has a server refuse.
"""
import hashlib
import hmac
import os
import re
import socket
import socketserver
import sys
import time

PATH = b"/api/webhook"
TOLERANCE_S = 300
HEAD_MAX, HEADERS_MAX, BODY_MAX, EVENT_MAX = 65536, 256, 4 << 20, 256
IDLE_S = 10  # a silent client keeps its thread no longer


class Refused(Exception):
    """Its argument is the HTTP status. An answer has no body: it tells nobody what was wrong."""


# ---- The delivery --------------------------------------------------------------------------------

def only(headers, name):
    """The one value of a header. None and two are refused: which of two counts is open."""
    values = [value for each, value in headers if each.lower() == name]
    if len(values) != 1:
        raise Refused(400)
    return values[0]


def verify(secret, headers, body, now):
    """Returns the MAC in hex, which names the delivery. The form of the headers comes first, then
    the MAC, and only what it covers is believed: the time last."""
    signature = re.fullmatch(rb"sha256=([0-9a-fA-F]{64})", only(headers, b"x-webhook-signature"))
    stated = re.fullmatch(rb"0|[1-9][0-9]{0,15}", only(headers, b"x-webhook-timestamp"))
    event = re.fullmatch(rb"[A-Za-z0-9]+\.[A-Za-z0-9]+", only(headers, b"x-webhook-event"))
    if not signature or not stated or not event or len(event.group()) > EVENT_MAX:
        raise Refused(400)
    signed = stated.group() + b"." + event.group() + b"." + body
    mac = hmac.new(secret, signed, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(mac.encode(), signature.group(1).lower()):
        raise Refused(401)
    if abs(now - int(stated.group())) > TOLERANCE_S:
        raise Refused(401)
    return mac


def keep(folder, mac, headers, body):
    """On disk under its MAC before the answer. A name can be linked once, so a repetition, also one
    at the same moment or after a restart, is kept once; it is answered 200 like the first."""
    head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
    draft = os.path.join(folder, f".{mac}.{os.getpid()}.{time.monotonic_ns()}")
    with open(draft, "xb") as file:
        file.write(head + b"\r\n" + body)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, os.path.join(folder, mac))
    except FileExistsError:
        pass
    os.unlink(draft)
    directory = os.open(folder, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


# ---- HTTP ----------------------------------------------------------------------------------------

class Handler(socketserver.StreamRequestHandler):
    timeout = IDLE_S
    disable_nagle_algorithm = True

    def line(self):
        line = self.rfile.readline(HEAD_MAX)
        if not line:
            raise ConnectionError  # it ends within a message
        if not line.endswith(b"\r\n") or re.search(rb"[\0\r\n]", line[:-2]):
            raise Refused(400)
        return line[:-2]

    def exactly(self, count):
        data = self.rfile.read(count)
        if len(data) < count:
            raise ConnectionError
        return data

    def headers(self):
        headers, size = [], 0
        while text := self.line():
            found = re.fullmatch(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*", text)
            size += len(text)
            if not found or size > HEAD_MAX or len(headers) == HEADERS_MAX:
                raise Refused(400)
            headers.append(found.groups())
        return headers

    def body(self, version, headers):
        lengths = [value for name, value in headers if name.lower() == b"content-length"]
        codings = [value for name, value in headers if name.lower() == b"transfer-encoding"]
        if codings:
            if lengths or version != b"1" or [each.lower() for each in codings] != [b"chunked"]:
                raise Refused(400)
            return self.chunks()
        if len(lengths) > 1 or lengths and not re.fullmatch(rb"[0-9]{1,18}", lengths[0]):
            raise Refused(400)
        if lengths and int(lengths[0]) > BODY_MAX:
            raise Refused(413)
        return self.exactly(int(lengths[0])) if lengths else b""

    def chunks(self):
        body = b""
        while True:
            size = re.fullmatch(rb"([0-9a-fA-F]{1,8})(;.*)?", self.line())
            if not size:
                raise Refused(400)
            size = int(size.group(1), 16)
            if len(body) + size > BODY_MAX:
                raise Refused(413)
            if size == 0:
                self.headers()  # trailers: read, and not believed
                return body
            body += self.exactly(size)
            if self.line():
                raise Refused(400)

    def one(self):
        """Reads and answers a message; whether another may follow on the connection."""
        first = self.line() or self.line()  # an empty line in front is passed over
        found = re.fullmatch(rb"([A-Z]+) (?:http://[^/]*)?(/[!-\"$-~]*) HTTP/1\.([01])", first)
        headers = self.headers()
        if not found or sum(name.lower() == b"host" for name, _ in headers) != 1:
            raise Refused(400)
        method, target, version = found.groups()
        if any(name.lower() == b"expect" and value.lower() == b"100-continue"
               for name, value in headers):
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.body(version, headers)
        self.answer(self.status(method, target, headers, body))
        closes = [value.lower() for name, value in headers if name.lower() == b"connection"]
        return version == b"1" and b"close" not in closes

    def status(self, method, target, headers, body):
        if target.partition(b"?")[0] != PATH:
            return 404
        if method != b"POST":
            return 405
        try:
            mac = verify(self.server.secret, headers, body, int(time.time()))
        except Refused as refused:
            return refused.args[0]
        keep(self.server.folder, mac, headers, body)
        return 200

    def answer(self, status, more=b""):
        self.wfile.write(b"HTTP/1.1 %d \r\nContent-Length: 0\r\n%s\r\n" % (status, more))

    def handle(self):
        try:
            while self.one():
                pass
        except Refused as refused:
            self.answer(refused.args[0], b"Connection: close\r\n")
            self.request.shutdown(socket.SHUT_WR)
            self.rfile.read(BODY_MAX)  # a reset would take the answer with it
        except OSError:
            pass  # gone, silent, or its message has no end


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64


def main():
    port, folder = int(sys.argv[1]), sys.argv[2]
    with Server(("127.0.0.1", port), Handler) as server:
        server.secret, server.folder = os.environb[b"WEBHOOK_SECRET"], folder
        if not server.secret:
            sys.exit("WEBHOOK_SECRET is empty")
        print(f"http://127.0.0.1:{server.server_address[1]}{PATH.decode()}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
