# SPDX-License-Identifier: MIT
"""hookgauge receive: the real program, driven over sockets."""
import contextlib
import hashlib
import hmac
import json
import random
import re
import socket
import sqlite3
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from support import SECRET, Case, raw, run

PATH = "/api/webhook"
EVENT = "Order.OnCreate"


def mac(timestamp, event, body, secret=SECRET):
    return hmac.new(secret.encode(), f"{timestamp}.{event}.".encode() + body, hashlib.sha256).hexdigest()


def head(*lines, target=PATH, method="POST", version="HTTP/1.1", host="Host: test"):
    """A request's head out of raw lines (text is latin-1)."""
    return "\r\n".join([f"{method} {target} {version}", *([host] if host else []), *lines, "", ""]).encode("latin-1")


def signed(body=b"{}", event=EVENT, age=0, now=None, secret=SECRET, drop=(), **change):
    """The header lines of a signed delivery; change replaces single values."""
    stamp = (now or int(time.time())) - age
    values = {"X-Webhook-Timestamp": str(stamp), "X-Webhook-Event": event,
              "X-Webhook-Signature": "sha256=" + mac(stamp, event, body, secret)}
    values.update({"X-Webhook-" + name.capitalize(): value for name, value in change.items()})
    return [f"{name}: {value}" for name, value in values.items() if name[10:].lower() not in drop]


def delivery(body=b"{}", extra=(), target=PATH, **how):
    return head(*extra, *signed(body, **how), f"Content-Length: {len(body)}", target=target) + body


def status(answer):
    found = re.match(rb"HTTP/1\.1 (\d{3}) ", answer)
    return int(found.group(1)) if found else 0


def connect(url):
    host, port = re.match(r"http://([0-9.]+):(\d+)", url).groups()
    return socket.create_connection((host, int(port)), timeout=10)


class Receiving(Case):
    def open(self, *args, store=None, admin=False, level="warn"):
        """A receiver with the usual flags; sets self.child, self.url, self.admin, self.db."""
        self.db = self.dir / "inbox.db"
        spec = store or f"sqlite:{self.db}"
        flags = ["--secret", "env:SECRET", "--path", PATH, "--scheme", "webinone", "--listen", "127.0.0.1:0",
                 "--store", spec, "--log-level", level, *args]
        if not admin:
            self.child, self.url = self.receiver(*flags)
            return
        self.child = self.start("receive", *flags, "--admin", "127.0.0.1:0")
        said = self.banner(self.child)
        self.admin = re.search(r"admin on (http://\S+)", said).group(1)
        self.url = re.search(r"listening on (http://\S+)", said).group(1)

    def banner(self, child):
        said = ""
        for line in child.stderr:
            said += line.decode()
            if line.startswith(b"listening on "):
                return said
        self.fail(said)

    def post(self, *args, **how):
        return status(raw(self.url, delivery(*args, **how)))

    def count(self):
        code, out, err = run("inbox", "list", self.db, "--count")
        self.assertEqual(code, 0, err)
        return int(out)

    def end(self):
        """Ends the receiver; returns what it wrote to standard error after its banner."""
        self.child.terminate()
        said = self.child.stderr.read().decode()
        self.assertEqual(self.stop(self.child), 0, said)
        return said


class Answers(Receiving):
    def test_each_class_beside_a_valid_twin(self):
        self.open("--events", "Order.*")
        flipped = signed()
        flipped[2] = flipped[2][:-1] + ("0" if flipped[2][-1] != "0" else "1")
        table = [
            (400, signed(drop=("signature",))), (400, signed(signature="")), (400, signed(signature="sha256=00")),
            (400, signed(drop=("timestamp",))), (400, signed(timestamp="01767225600")), (400, signed(timestamp="x")),
            (400, signed(drop=("event",))), (400, signed(event="Order")), (400, signed() + signed()[:1]),
            (400, signed() + signed()[2:]),
            (401, flipped), (401, signed(b"{} ")), (401, signed(secret="other")), (401, signed(age=301)),
            (401, signed(age=-302)), (401, signed(age=301, secret="other")),
            (401, signed(event="Tax.OnCreate", secret="other")),
            (403, signed(event="Tax.OnCreate")), (403, signed(event="Nothing.OnCreate")),
            (200, signed(age=299)), (200, signed(age=-298)), (200, signed(event="Order.OnDelete")),
        ]
        for wanted, lines in table:
            answer = raw(self.url, head(*lines, "Content-Length: 2") + b"{}")
            self.assertEqual(status(answer), wanted, (lines, answer))
            self.assertEqual(status(raw(self.url, delivery(b"%d" % random.getrandbits(60)))), 200)
        self.assertEqual(self.count(), len(table) + 3)

    def test_forged_and_stale_are_the_same_bytes(self):
        self.open()
        answers = {re.sub(rb"Date: [^\r]*", b"", raw(self.url, delivery(**how)))
                   for how in ({"secret": "other"}, {"age": 1000}, {"age": -1000}, {"age": 1000, "secret": "other"})}
        self.assertEqual(len(answers), 1)
        self.assertIn(b"WWW-Authenticate: ", answers.pop())

    def test_duplicate_is_acknowledged_and_stored_once(self):
        self.open()
        request = delivery(b"once")
        for _ in range(3):
            self.assertEqual(status(raw(self.url, request)), 200)
        with ThreadPoolExecutor(8) as pool:
            request = delivery(b"together")
            self.assertEqual({status(answer) for answer in pool.map(lambda _: raw(self.url, request), range(16))}, {200})
        self.assertEqual(self.count(), 2)
        self.end()
        self.open()  # a restart does not forget
        self.assertEqual(status(raw(self.url, request)), 200)
        self.assertEqual(self.count(), 2)

    def test_methods_and_paths(self):
        self.open()
        for method in ("GET", "PUT", "post", "HEAD", "DELETE", "OPTIONS", "FOO"):
            answer = raw(self.url, head(method=method), timeout=1 if method == "HEAD" else 10)
            self.assertEqual(status(answer), 405, method)
            self.assertIn(b"\r\nAllow: POST\r\n", answer)
        for target in ("/", "/api", PATH + "/", PATH.upper(), "/api//webhook", "/x?/api/webhook"):
            self.assertEqual(self.post(target=target), 404, target)
        self.assertEqual(self.post(target=PATH + "?a=1&b"), 200)

    def test_absolute_targets(self):
        """As a proxy sends them: the path decides, and the store has it in its usual form."""
        self.open()
        self.assertEqual(self.post(target=f"http://example.com:80{PATH}?a=1"), 200)
        self.assertEqual(self.post(target=f"HTTPS://[::1]{PATH}", body=b"{1}"), 200)
        self.assertEqual(self.post(target="http://test/other"), 404)
        self.assertEqual(self.post(target="http://test"), 404)
        self.assertEqual(self.post(target=f"http://test{PATH}", secret="wrong"), 401)
        self.end()
        kept = [json.loads(line)["url"] for line in run("inbox", "export", self.db)[1].splitlines()]
        self.assertEqual(kept, [PATH + "?a=1", PATH])

    def test_bodies_of_all_sizes(self):
        self.open("--max-body", "100000")
        for size in (0, 1, 16000, 40000, 99999, 100000):
            self.assertEqual(self.post(b"x" * size), 200, size)
        self.assertEqual(self.post(b"x" * 100001), 413)
        self.assertEqual(self.post(b"x" * 2000000), 413)

    def test_chunked_bodies(self):
        self.open("--max-body", "1000")

        def chunked(body, step):
            pieces = [body[i:i + step] for i in range(0, len(body), step)]
            return head(*signed(body), "Transfer-Encoding: chunked") + b"".join(
                b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"

        self.assertEqual(status(raw(self.url, chunked(b"a" * 1000, 7))), 200)
        self.assertEqual(status(raw(self.url, chunked(b"a" * 1000, 1000))), 200)  # the same: a duplicate
        self.assertEqual(status(raw(self.url, chunked(b"a" * 1001, 100))), 413)
        self.assertEqual(self.count(), 1)

    def test_expectations(self):
        """A client that waits for "100 Continue" gets it, or the refusal instead of it."""
        self.open()
        with connect(self.url) as sock:
            sock.sendall(head(*signed(b"{}"), "Content-Length: 2", "Expect: 100-continue"))
            self.assertTrue(sock.recv(100).startswith(b"HTTP/1.1 100 "))
            sock.sendall(b"{}")
            self.assertEqual(status(sock.recv(1000)), 200)
        for lines, target, wanted in ((["Content-Length: 99999999"], PATH, 413), (["Content-Length: 2"], "/x", 404)):
            self.assertEqual(status(raw(self.url, head(*lines, "Expect: 100-continue", target=target))), wanted)

    def test_large_refused_bodies_still_get_their_answer(self):
        self.open()
        with connect(self.url) as sock:
            sock.sendall(head("Content-Length: 4000000", target="/x") + b"x" * 4000000)
            self.assertEqual(status(sock.recv(1000)), 404)
        answer = raw(self.url, head("Content-Length: 18446744073709551615"))
        self.assertEqual(status(answer), 413)
        self.assertIn(b"Connection: close", answer)

    def test_keep_alive_and_pipelining(self):
        self.open()
        with connect(self.url) as sock:
            sock.sendall(delivery(b"a") + delivery(b"b") + head(target="/x") + delivery(b"c"))
            got = b""
            while got.count(b"HTTP/1.1 ") < 4 or not got.endswith(b"}\n"):
                piece = sock.recv(10000)
                self.assertTrue(piece, got)
                got += piece
        self.assertEqual(re.findall(rb"HTTP/1\.1 (\d+)", got), [b"200", b"200", b"404", b"200"])
        self.assertEqual(self.count(), 3)

    def test_rotation(self):
        self.db = self.dir / "inbox.db"
        self.child, self.url = self.receiver(
            "--secret", "env:SECRET", "--previous-secret", "env:OLD", "--path", PATH, "--scheme", "webinone",
            "--listen", "127.0.0.1:0", "--store", f"sqlite:{self.db}", env={"OLD": "the old one"})
        self.assertEqual([self.post(secret=secret) for secret in (SECRET, "the old one", "another")], [200, 200, 401])
        said = self.end()
        self.assertIn("key=current", said)
        self.assertIn("key=previous", said)

    def test_sk_is_hidden_and_no_key(self):
        self.open(level="debug")
        for target in (PATH + f"?sk={SECRET}", PATH + f"?a=b&s%6b={SECRET}&c=d"):
            self.assertEqual(self.post(target=target, body=target.encode()[:9] + b"%d" % len(target)), 200)
        self.assertEqual(self.post(target=PATH + "?sk=known", secret="known"), 401)
        self.assertEqual(status(raw(self.url, head("Content-Length: 0", target=PATH + "?sk=known"))), 400)
        self.assertEqual(status(raw(self.url, head("Content-Length: 0", target=f"/x&sk={SECRET}"))), 404)
        said = self.end()
        self.assertNotIn(SECRET, said)
        self.assertNotIn(SECRET.encode(), b"".join(file.read_bytes() for file in self.dir.iterdir()))
        self.assertIn("s%6b=***&c=d", run("inbox", "export", self.db)[1])


HIDDEN = [head("X: a\0b"), head("X: a") + b"", head("X-A\0B: c"), head(target=PATH + "\0"), head(method="PO\0ST"),
          head("\0X: a", "Y: b"), head("X: a").replace(b"\r\nX", b"\nX"), head("X: a", " folded"), head("X: a", "\tb"),
          head("Content: 5", " -Length: 5"), head(": no name"), head("Content-Length : 5"), head("X : a")]

FRAMING = {
    "two lengths, same": head("Content-Length: 2", "Content-Length: 2") + b"{}",
    "two lengths, different": head("Content-Length: 2", "content-length: 3") + b"{}",
    "length list": head("Content-Length: 2, 2") + b"{}",
    "length signed": head("Content-Length: +2") + b"{}",
    "length negative": head("Content-Length: -2") + b"{}",
    "length hex": head("Content-Length: 0x2") + b"{}",
    "length empty": head("Content-Length:") + b"{}",
    "length with chunked": head("Content-Length: 2", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n",
    "chunked with length": head("Transfer-Encoding: chunked", "Content-Length: 2") + b"2\r\n{}\r\n0\r\n\r\n",
    "two codings": head("Transfer-Encoding: chunked", "Transfer-Encoding: chunked") + b"2\r\n{}\r\n0\r\n\r\n",
    "gzip": head("Transfer-Encoding: gzip") + b"{}",
    "identity": head("Transfer-Encoding: identity") + b"{}",
    "gzip, chunked": head("Transfer-Encoding: gzip, chunked") + b"2\r\n{}\r\n0\r\n\r\n",
    "chunked twice": head("Transfer-Encoding: chunked, chunked") + b"2\r\n{}\r\n0\r\n\r\n",
    "chunked and a blank": head("Transfer-Encoding: chunked ") + b"2\r\n{}\r\n0\r\n\r\n",
    "chunked in HTTP/1.0": head("Transfer-Encoding: chunked", version="HTTP/1.0") + b"2\r\n{}\r\n0\r\n\r\n",
    "chunk size signed": head("Transfer-Encoding: chunked") + b"+2\r\n{}\r\n0\r\n\r\n",
    "chunk size hex prefix": head("Transfer-Encoding: chunked") + b"0x2\r\n{}\r\n0\r\n\r\n",
    "chunk without end": head("Transfer-Encoding: chunked") + b"2\r\n{}xx0\r\n\r\n",
    "no host": head(host=None),
    "two hosts": head("Host: other"),
    "empty host": head(host="Host:"),
    "host list": head(host="Host: a, b"),
    "host with user": head(host="Host: a@b"),
    "absolute target of no host": head(target="http://" + PATH),
    "absolute target with a user": head(target="http://me@test" + PATH),
    "absolute target of another scheme": head(target="ftp://test" + PATH),
    "target star": head(target="*"),
    "relative target": head(target="api/webhook"),
    "fragment": head(target=PATH + "#x"),
    "percent in path": head(target="/api/%77ebhook"),
    "NUL by percent": head(target=PATH + "%00"),
    "slash by percent": head(target="/api%2fwebhook"),
    "control byte in target": head(target=PATH + "?\x01"),
    "8-bit target": head(target=PATH + "?\xe9"),
    "blank in target": head(target=PATH + " x"),
    "control byte in value": head("X: a\x01b"),
    "CR in value": head("X: a\rb"),
    "DEL in value": head("X: a\x7f"),
    "control byte in name": head("X\x01: a"),
    "8-bit name": head("X\xe9: a"),
    "blank in name": head("X Y: a"),
    "no colon": head("Nonsense"),
    "HTTP/2.0": head(version="HTTP/2.0"),
    "HTTP/0.9": head(version="HTTP/0.9"),
    "HTTP/1.10": head(version="HTTP/1.10"),
    "http/1.1": head(version="http/1.1"),
    "no version": b"POST /api/webhook\r\nHost: test\r\n\r\n",
    "0.9 line": b"GET /\r\n\r\n",
    "method with a control byte": head(method="PO\x01ST"),
    "TLS": bytes.fromhex("16030100c8010000c40303") + bytes(200),
    "nothing but lines": b"\r\n" * 50 + b"x\r\n\r\n",
    **{f"hidden bytes {i}": request for i, request in enumerate(HIDDEN) if i != 1},
}


class Framing(Receiving):
    def test_refusals(self):
        """Each is a 4xx (or the server library's 505, or no answer), and the connection is closed. The valid twin
        differs in nothing but the named fault."""
        self.open(store="memory:")
        self.assertEqual(status(raw(self.url, head(*signed(), "Content-Length: 2") + b"{}")), 200)
        for name, request in FRAMING.items():
            with self.subTest(name), connect(self.url) as sock:
                # what follows must not be read as a request
                sock.sendall(request + head(target="/smuggled"))
                got = b""
                try:
                    while piece := sock.recv(10000):
                        got += piece
                except ConnectionResetError:
                    pass  # closed with our bytes unread
                self.assertRegex(got, rb"^(HTTP/1\.1 (4\d\d|505) |$)", name)
                self.assertNotIn(b"not found", got, name)
        self.assertEqual(self.post(b"alive"), 200)

    def test_own_refusals_say_400_and_close(self):
        """Those that only our checks find."""
        self.open(store="memory:", level="info")
        for name in ("two lengths, same", "length with chunked", "gzip", "chunked in HTTP/1.0", "two hosts",
                     "empty host", "absolute target with a user", "percent in path", "control byte in value", "X",
                     *(f"hidden bytes {i}" for i in range(len(HIDDEN)) if i != 1)):
            request = FRAMING.get(name, head("X : a"))
            answer = raw(self.url, request)
            self.assertEqual(status(answer), 400, (name, answer))
            self.assertIn(b"Connection: close", answer, name)
        said = self.end()
        self.assertIn("status=hidden_bytes", said)
        self.assertNotIn("no_layout_check", said)

    def test_ceilings(self):
        self.open(store="memory:")
        fill = [f"X-{i}: y" for i in range(100)]
        used = 5  # Host, three of the scheme, Content-Length
        self.assertEqual(self.post(b"1", extra=fill[used:]), 200)
        self.assertEqual(self.post(b"2", extra=fill[used - 1:]), 431)
        plain = len(delivery(b"3", extra=["X: "])) - 1
        self.assertEqual(self.post(b"3", extra=["X: " + "y" * (16384 - plain)]), 200)
        self.assertEqual(self.post(b"4", extra=["X: " + "y" * (16385 - plain)]), 431)
        both = fill[used:-1]  # as many headers and as many bytes as may be: the answer must still fit
        spent = len(delivery(b"a", extra=[*both, "X: "])) - 1
        for body in (b"a", b"b", b"c" * 70000):
            room = 16384 - spent - len(str(len(body))) + 1
            self.assertEqual(self.post(body, extra=[*both, "X: " + "y" * room]), 200)
        self.assertEqual(self.post(b"5", extra=["X: " + "y" * 40000]), 431)
        self.assertEqual(self.post(b"6", extra=[f"X-{i}: y" for i in range(600)]), 431)
        self.assertIn(self.post(b"7", target=PATH + "?" + "a" * 40000), (414, 431))
        self.assertEqual(self.post(b"8", target=PATH + "?" + "&".join("a" * 600)), 200)
        self.assertIn(self.post(b"9", extra=["Cookie: " + "; ".join(f"a{i}=b" for i in range(1000))]), (0, 400, 431))

    def test_cut_anywhere_is_accepted(self):
        """A sound request in pieces, cut at random, never meets the checks."""
        self.open(store="memory:")
        rng = random.Random(7)
        for i in range(40):
            request = delivery(b"%d" % i, extra=["Empty:", "Padded: \t x "], target=PATH + "?a=b&c")
            cuts = sorted(rng.sample(range(1, len(request)), 3))
            with connect(self.url) as sock:
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for begin, end in zip([0, *cuts], [*cuts, len(request)]):
                    sock.sendall(request[begin:end])
                    time.sleep(0.002)  # only makes it likelier that the pieces arrive apart
                self.assertEqual(status(sock.recv(1000)), 200, cuts)

    def test_random_bytes(self):
        self.open("--idle-timeout", "1", store="memory:")  # some wait for more of a body
        rng = random.Random(11)
        valid = delivery(b"{}", extra=["A: b"])
        for _ in range(150):
            broken = bytearray(valid)
            for _ in range(rng.randint(1, 4)):
                broken[rng.randrange(len(broken))] = rng.choice([0, 10, 13, 32, 58, 127, 200, rng.randrange(256)])
            with connect(self.url) as sock:
                sock.sendall(bytes(broken))
                sock.shutdown(socket.SHUT_WR)
                try:
                    answer = sock.recv(1000)
                except ConnectionResetError:
                    answer = b""
            self.assertRegex(answer, rb"^(HTTP/1\.1 (200|4\d\d|505) |$)", bytes(broken))
        self.assertEqual(self.post(b"alive"), 200)


class Lives(Receiving):
    def test_banner(self):
        child = self.start("receive", "--secret", "env:SECRET", "--path", PATH, "--scheme", "webinone",
                           "--listen", "127.0.0.1:0", "--store", "memory:")
        said = self.banner(child)
        self.assertRegex(said, r"\nlistening on http://127\.0\.0\.1:[1-9]\d*\n$")
        self.assertIn("scheme webinone, basis: assumed", said)
        self.assertIn("memory: keeps nothing", said)

    def test_health(self):
        self.open(admin=True)
        ask = head(method="GET", target="/readyz")
        self.assertEqual(status(raw(self.admin, ask)), 200)
        self.assertEqual(status(raw(self.admin, head(method="GET", target="/x"))), 404)
        self.assertEqual(status(raw(self.admin, head(target="/readyz"))), 405)
        self.assertEqual(status(raw(self.url, ask)), 404)  # not on the public listener
        first = delivery(b"1")
        self.assertEqual(status(raw(self.url, first)), 200)
        with sqlite3.connect(self.db) as db:
            db.execute("CREATE TRIGGER full BEFORE INSERT ON deliveries BEGIN SELECT raise(ABORT, 'full'); END")
        answer = raw(self.url, delivery(b"2"))
        self.assertEqual(status(answer), 503)
        self.assertRegex(answer, rb"\r\nRetry-After: \d+\r\n")
        answer = raw(self.admin, ask)
        self.assertEqual(status(answer), 503)
        self.assertTrue(answer.endswith(b"\r\n\r\nstore\n"), answer)
        self.assertEqual(status(raw(self.admin, head(method="GET", target="/healthz"))), 200)  # alive
        self.assertEqual(status(raw(self.url, first)), 200)  # a duplicate needs no new row
        with sqlite3.connect(self.db) as db:
            db.execute("DROP TRIGGER full")
        self.assertEqual(self.post(b"2"), 200)
        self.assertEqual(status(raw(self.admin, ask)), 200)
        self.assertEqual(self.count(), 2)
        self.assertIn("error store", self.end())

    def test_log(self):
        self.open("--log-json", level="info")
        good = delivery(b"logged")
        raw(self.url, good)
        raw(self.url, good)
        self.post(b"forged", secret="other", event="Tax.OnDelete")
        self.post(b"old", age=9999)
        raw(self.url, FRAMING["gzip"])
        said = self.end()
        lines = [json.loads(line) for line in said.splitlines()]
        self.assertEqual([line["status"] for line in lines], ["ok", "ok", "mismatch", "too_old", "unknown_coding"])
        self.assertEqual([line["http"] for line in lines], [200, 200, 401, 401, 400])
        self.assertEqual([line.get("duplicate") for line in lines], [0, 1, None, None, None])
        self.assertEqual([line.get("event_name") for line in lines], [EVENT, EVENT, None, None, None])
        self.assertEqual(lines[0]["bytes"], 6)
        self.assertEqual(lines[0]["key"], "current")
        self.assertNotIn(SECRET, said)
        self.assertNotRegex(said, r"[0-9a-f]{16}")
        self.open(level="warn")
        self.post(b"quiet")
        self.assertEqual(self.end(), "")

    def test_a_log_that_nobody_reads(self):
        """More lines than a pipe holds: deliveries are answered all the same, and it still stops."""
        self.open(level="info", store="memory:")
        with connect(self.url) as sock:
            for i in range(1500):  # at 100 bytes a line or more; a pipe holds 65536
                sock.sendall(delivery(b"%d" % i))
                self.assertEqual(status(sock.recv(1000)), 200)
        self.child.terminate()
        self.assertEqual(self.child.wait(timeout=20), 0)
        said = self.child.stderr.read()
        self.assertGreater(len(said), 50000)  # the pages of a pipe are not filled to the end
        self.assertTrue(all(line.count(b"http=") <= 1 for line in said.splitlines()))

    def test_drain(self):
        """A request that has begun is answered; new clients are refused; the port is free at once."""
        self.open()
        request = delivery(b"half of it comes after the signal")
        with connect(self.url) as begun, connect(self.url) as idle:
            idle.sendall(delivery(b"idle"))
            self.assertEqual(status(idle.recv(1000)), 200)
            begun.sendall(request[:-5])
            self.assertEqual(self.post(b"both connections are known by now"), 200)
            self.child.terminate()
            self.assertEqual(idle.recv(1000), b"")  # closed: it knows of the signal
            with self.assertRaises(OSError):
                connect(self.url).close()
            begun.sendall(request[-5:])
            answer = begun.recv(1000)
            self.assertEqual(status(answer), 200)
            self.assertIn(b"Connection: close", answer)
            self.assertEqual(begun.recv(1000), b"")
        self.assertEqual(self.child.wait(timeout=10), 0)
        self.assertEqual(self.count(), 3)
        port = self.url.rsplit(":", 1)[1]
        child, url = self.receiver("--secret", "env:SECRET", "--path", PATH, "--scheme", "webinone", "--listen",
                                   f"127.0.0.1:{port}", "--store", f"sqlite:{self.db}")
        self.assertEqual(url, self.url)
        self.assertEqual(status(raw(url, request)), 200)
        self.assertEqual(self.count(), 3)

    def test_drain_answers_what_has_just_arrived(self):
        """Connections that were not even accepted when the signal came: ten times as many as the server library
        accepts at a time, so that some are accepted after the last look at the others."""
        self.open()
        self.child.send_signal(19)  # SIGSTOP: the signal and the requests are there when it goes on
        with contextlib.ExitStack() as stack:
            socks = [stack.enter_context(connect(self.url)) for _ in range(100)]
            for i, sock in enumerate(socks):
                sock.sendall(delivery(b"%d" % i))
            self.child.terminate()
            self.child.send_signal(18)  # SIGCONT
            for sock in socks:
                answer = sock.recv(1000)
                self.assertEqual(status(answer), 200)
                self.assertIn(b"Connection: close", answer)
        self.assertEqual(self.child.wait(timeout=10), 0)
        self.assertEqual(self.count(), len(socks))

    def test_second_signal_ends_the_drain(self):
        self.open()
        with connect(self.url) as begun:
            begun.sendall(delivery(b"never whole")[:-5])
            self.assertEqual(self.post(b"so the other is known"), 200)
            self.child.terminate()
            while True:  # refused: the drain has begun
                try:
                    connect(self.url).close()
                except OSError:
                    break
            self.child.terminate()
            self.assertEqual(self.child.wait(timeout=5), 0)

    def test_timeouts(self):
        self.open("--idle-timeout", "1", "--request-timeout", "2", store="memory:")
        with connect(self.url) as idle, connect(self.url) as slow, connect(self.url) as half:
            begin = time.monotonic()
            half.sendall(delivery(b"{}"))
            half.shutdown(socket.SHUT_WR)  # and stays: must not leak
            request = delivery(b"x" * 1000)
            closed = {}

            def drip():
                for byte in request:
                    try:
                        slow.sendall(bytes([byte]))
                        slow.settimeout(0.3)
                        if slow.recv(1000) == b"":
                            break
                    except socket.timeout:
                        continue
                    except OSError:
                        break
                closed["slow"] = time.monotonic() - begin

            thread = threading.Thread(target=drip)
            thread.start()
            self.assertEqual(idle.recv(10), b"")
            closed["idle"] = time.monotonic() - begin
            while half.recv(1000):
                pass
            closed["half"] = time.monotonic() - begin
            thread.join(20)
        for name, least, most in (("idle", 0.9, 6), ("slow", 1.9, 8), ("half", 0, 8)):
            self.assertTrue(least <= closed[name] <= most, closed)
        self.assertEqual(self.post(b"alive"), 200)

    def test_more_clients_than_connections(self):
        self.open("--max-connections", "4", store="memory:")
        with ThreadPoolExecutor(16) as pool:
            answers = pool.map(lambda i: self.post(b"%d" % i), range(64))
            self.assertEqual(set(answers), {200})

    def test_a_crowd_arriving_together(self):
        """128 requests that are ready in the same moment are all answered."""
        self.open("--max-connections", "600")
        socks = [connect(self.url) for _ in range(256)]
        requests = [delivery(b"%d" % i) for i in range(len(socks))]
        self.child.send_signal(19)  # SIGSTOP: all are ready together when it goes on
        for sock, request in zip(socks, requests):
            sock.sendall(request)
        self.child.send_signal(18)  # SIGCONT
        for sock in socks:
            self.assertEqual(status(sock.recv(1000)), 200)
            sock.close()
        self.assertEqual(self.count(), len(socks))

    def test_kill_loses_nothing_acknowledged(self):
        self.open()
        acknowledged, stop = [], threading.Event()

        def send(worker):
            try:
                with connect(self.url) as sock:
                    for i in range(100000):
                        body = b"%d-%d" % (worker, i)
                        sock.sendall(delivery(body))
                        if status(sock.recv(1000)) != 200:
                            return
                        acknowledged.append(body.decode())
                        if stop.is_set():
                            return
            except OSError:
                return

        workers = [threading.Thread(target=send, args=(i,)) for i in range(8)]
        for worker in workers:
            worker.start()
        deadline = time.monotonic() + 30
        while len(acknowledged) < 300 and time.monotonic() < deadline:
            time.sleep(0.005)
        self.child.kill()
        stop.set()
        for worker in workers:
            worker.join(20)
        self.assertGreaterEqual(len(acknowledged), 300)
        stored = [json.loads(line)["body"] for line in run("inbox", "export", self.db)[1].splitlines()]
        self.assertEqual(len(stored), len(set(stored)))
        self.assertEqual(set(acknowledged) - set(stored), set())
        self.open()  # and it goes on with that file
        self.assertEqual(self.post(b"0-0"), 200)


class Mistakes(Case):
    FLAGS = {"--secret": "env:SECRET", "--path": PATH, "--scheme": "webinone", "--listen": "127.0.0.1:0",
             "--store": "memory:"}

    def test_flags(self):
        table = [
            (2, {"--secret": None}, "--secret is missing"), (2, {"--path": None}, "--path"), (2, {"--path": ""}, "--path:"),
            (2, {"--scheme": None}, "--scheme"), (2, {"--listen": None}, "--listen"),
            (2, {"--store": None}, "--store"), (2, {"--secret": "env:HG_NO_SUCH"}, "HG_NO_SUCH"),
            (2, {"--secret": "env:HG_EMPTY"}, "HG_EMPTY"), (2, {"--secret": SECRET}, "env:NAME"),
            (2, {"--scheme": "nothing"}, "nothing"), (2, {"--path": "api"}, "--path"),
            (2, {"--listen": "127.0.0.1"}, "--listen"), (2, {"--listen": "127.0.0.1:99999"}, "--listen"),
            (2, {"--store": "sqlite::memory:"}, "written ./:memory:"),  # SQLite would keep nothing
            (2, {"--store": "sqlite:file:a?mode=memory"}, "written ./file:a?mode=memory"),
            (2, {"--store": "inbox.db"}, "--store: 'inbox.db'"), (2, {"--events": "Oder.*"}, "--events"),
            (2, {"--log-level": "loud"}, "--log-level"), (2, {"--max-body": "0"}, "--max-body"),
            (2, {"--max-body": "x"}, "--max-body"), (2, {"--colour": "red"}, "--colour"),
            (3, {"--store": "sqlite:/nonexistent/inbox.db"}, "/nonexistent/inbox.db"),
            (3, {"--listen": "192.0.2.1:80"}, "192.0.2.1:80"),
        ]
        for code, change, says in table:
            flags = {name: value for name, value in {**self.FLAGS, **change}.items() if value is not None}
            args = [word for pair in flags.items() for word in pair]
            with self.subTest(says):
                self.refused(code, "receive", *args, says=says, env={"HG_EMPTY": ""})

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            address = "127.0.0.1:%d" % taken.getsockname()[1]
            args = [word for pair in {**self.FLAGS, "--listen": address}.items() for word in pair]
            self.refused(3, "receive", *args, says=address)
            args = [word for pair in self.FLAGS.items() for word in pair]
            self.refused(3, "receive", *args, "--admin", address, says=address)

    def test_files(self):
        self.refused(2, "receive", self.dir / "none.json", says="none.json")
        self.refused(2, "receive", self.dir, says=str(self.dir))
        bad = self.write("bad.json", '{"listen":"127.0.0.1:0","store":"memory:","endpoints":[{"path":"/a",'
                                     '"scheme":"webinone","secrets":[{"secret":"%s"}]}]}' % SECRET)
        self.refused(2, "receive", bad, says="$.endpoints[0].secrets[0].secret")
        self.refused(2, "receive", bad, "--path", "/x", says="beside CONFIG.json")
        other = self.write("store.json", bad.read_text().replace("memory:", "inbox.db").replace(SECRET, "env:SECRET"))
        self.refused(2, "receive", other, says="store.json: $.store: 'inbox.db' is none of")
        self.refused(2, "receive", bad, bad, says="one too many")
        text = self.write("text.db", "this is no database\n" * 500)
        args = [word for pair in {**self.FLAGS, "--store": f"sqlite:{text}"}.items() for word in pair]
        self.refused(2, "receive", *args, says="text.db")
        self.assertEqual(text.read_text(), "this is no database\n" * 500)

    def test_a_whole_file(self):
        """Two endpoints: each has its own keys, rules and duplicates."""
        config = self.write("c.json", json.dumps({
            "listen": "127.0.0.1:0", "store": f"sqlite:{self.dir}/i.db", "log": {"level": "warn"},
            "limits": {"max_body": 100},
            "endpoints": [
                {"name": "one", "path": "/one", "scheme": "webinone", "secrets": [{"label": "x", "secret": "env:SECRET"}],
                 "events": ["Order.*"], "extra_events": ["New.OnCreate"]},
                {"name": "two", "path": "/two", "scheme": "webinone", "secrets": [
                    {"label": "gone", "secret": "env:SECRET", "not_after": "2020-01-01T00:00:00Z"},
                    {"label": "now", "secret": "env:OTHER"}]},
                {"name": "off", "path": "/off", "scheme": "webinone", "secrets": [
                    {"label": "gone", "secret": "env:SECRET", "not_after": "2020-01-01T00:00:00Z"}]}]}))
        _, url = self.receiver(config, env={"OTHER": "another secret"})
        table = [("/one", {}, 200), ("/one", {"event": "New.OnCreate"}, 200), ("/one", {"event": "Tax.OnCreate"}, 403),
                 ("/one", {"body": b"x" * 101}, 413), ("/two", {}, 401), ("/two", {"secret": "another secret"}, 200),
                 ("/two", {"secret": "another secret", "event": "Tax.OnCreate"}, 200), ("/off", {}, 500),
                 ("/three", {}, 404)]
        for path, how, wanted in table:
            self.assertEqual(status(raw(url, delivery(target=path, **how))), wanted, (path, how))
        rows = [json.loads(line) for line in run("inbox", "list", self.dir / "i.db", "--json")[1].splitlines()]
        self.assertEqual([(row["endpoint"], row["key"]) for row in rows],
                         [("two", "now"), ("two", "now"), ("one", "x"), ("one", "x")])


if __name__ == "__main__":
    unittest.main()
