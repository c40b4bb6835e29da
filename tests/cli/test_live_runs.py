# SPDX-License-Identifier: MIT
"""hookgauge test, live: what took effect, restarts, deliveries at one moment, answers that tell too
much, framing, and how long answers take."""
import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import select
import shlex
import signal
import socket
import sys
import threading
import time
import unittest
from pathlib import Path

from judge import PUBLIC, Judging, usual
from support import BINARY, run

TWICE = {"id": "order-oncreate/twice", "times": 2, "expect_stored": 1, "needs": ["http"]}
FORGE = [{"op": "flip-bit", "part": "body", "at": 0, "bit": 0, "when": "after"}]
STALE = [{"op": "shift-time", "seconds": -86400, "when": "before"}]


def page(code, body=b"", *headers):
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"HTTP/1.1 %d X\r\nContent-Length: %d\r\n%s\r\n%s" % (code, len(body), lines, body)


class Observe(Judging):
    """The receiver's side is a folder here: an effect is a line in a file named after the token."""

    def effects(self, count):
        """A server that notes count(status, times seen) effects of each delivery."""
        seen = {}

        def answer(status):
            token = server.seen[-1][2].get(b"Hookgauge-Delivery", b"none").decode()
            seen[token] = seen.get(token, 0) + 1
            with (self.dir / token).open("a") as out:
                out.write("x\n" * count(status, seen[token]))
            return usual(status)

        server, url = self.serve(answer)
        command = f"cat {shlex.quote(str(self.dir))}/\"$HOOKGAUGE_DELIVERY\" 2>/dev/null | wc -l"
        return url, ("--observe", command, "--jobs", "1")

    def go(self, count):
        url, options = self.effects(count)
        vectors = self.vectors(TWICE, {"id": "order-oncreate/forged", "status": "mismatch",
                                       "edit": FORGE})
        code, cases = self.outcome(url, "--vectors", vectors, "--timeout", "2", *options)
        return code, {name.rpartition("/")[2]: case["got"] for name, case in cases.items()
                      if case["ok"] is False}

    def test_good(self):
        self.assertEqual(self.go(lambda status, nth: status == "ok" and nth == 1), (0, {}))

    def test_repeated(self):
        self.assertEqual(self.go(lambda status, nth: status == "ok"),
                         (1, {"twice": "accepted (HTTP 200): took effect 2 times, not 1"}))

    def test_refused_and_done(self):
        self.assertEqual(self.go(lambda status, nth: nth == 1),
                         (1, {"forged": "refused (HTTP 401): took effect 1 times, not 0"}))

    def test_answered_and_not_done(self):
        code, failed = self.go(lambda status, nth: 0)
        self.assertEqual((code, set(failed)), (1, {"order-oncreate", "twice"}))

    def test_later(self):
        """An effect that comes behind the answer is waited for."""
        _, url = self.serve()
        first = self.dir / "asked"
        command = f"if test -e {first}; then echo 1; else touch {first}; echo 0; fi"
        self.assertEqual(self.outcome(url, "--observe", command, only="order-oncreate")[0], 0)

    def test_environment(self):
        """Data of a case reach the command as variables and are no part of its text."""
        server, url = self.serve()
        log = self.dir / "log"
        command = f'echo "$HOOKGAUGE_CASE $HOOKGAUGE_SCHEME $HOOKGAUGE_DELIVERY" >> {log}; echo 1'
        self.assertEqual(self.outcome(url, "--observe", command, only="order-oncreate")[0], 0)
        self.assertRegex(log.read_text(), r"\Aorder-oncreate webinone [0-9a-f]{16}\n\Z")
        token = server.seen[0][2][b"Hookgauge-Delivery"].decode()
        self.assertIn(token, log.read_text())

    def test_no_mark_without(self):
        server, url = self.serve()
        self.assertEqual(self.outcome(url, only="order-oncreate")[0], 0)
        self.assertNotIn(b"Hookgauge-Delivery", server.seen[0][2])

    def test_bad_commands(self):
        _, url = self.serve()
        self.refused(3, "test", url, "--only", "order-oncreate", "--observe", "exit 4",
                     says="--observe: the command ended with exit code 4")
        self.refused(2, "test", url, "--observe", "true", "--stored", "true",
                     says="--stored and --observe exclude each other")


class Restart(Judging):
    CASE = {**TWICE, "id": "order-oncreate/restarted", "restart": True}

    def test_skipped(self):
        _, url = self.serve()
        code, out, _ = run("test", url, "--vectors", self.vectors(self.CASE))
        self.assertEqual(code, 0)
        self.assertIn("skipped: 1 (needs --restart)", out)

    def test_between(self):
        """The command runs once, between the first delivery and the second."""
        server, url = self.serve()
        marker = self.dir / "restarts"
        server.answer = lambda status: (marker.open("a").write("d"), usual(status))[1]
        code, cases = self.outcome(url, "--vectors", self.vectors(self.CASE), "--restart",
                                   f"printf R >> {marker}", "--jobs", "1", only="*/restarted")
        self.assertEqual((code, marker.read_text()), (0, "dRd"), cases)
        self.assertEqual(server.seen[0], server.seen[1], "the same delivery")

    def counted(self, forgets):
        """A receiver that keeps each delivery once, unless it forgets them at a restart."""
        kept, restarted = self.dir / "kept", self.dir / "restarted"
        kept.write_text("")
        restarted.write_text("")
        seen = set()

        def answer(status):
            key = (restarted.read_text() if forgets else "", str(server.seen[-1]))
            if key not in seen:
                seen.add(key)
                kept.open("a").write("x\n")
            return usual(status)

        server, url = self.serve(answer)
        return self.outcome(url, "--vectors", self.vectors(self.CASE), "--restart",
                            f"printf R >> {restarted}", "--stored", f"wc -l < {kept}",
                            only="*/restarted")

    def test_remembers(self):
        self.assertEqual(self.counted(forgets=False)[0], 0)

    def test_forgets(self):
        code, cases = self.counted(forgets=True)
        self.assertEqual((code, cases["order-oncreate/restarted"]["got"]),
                         (1, "accepted (HTTP 200): stored 2 of 2 deliveries, not 1"))

    def test_ours(self):
        """Killed by the command, started anew on the same port and store."""
        store = f"sqlite:{self.dir}/inbox.db"
        options = ("--scheme", "webinone", "--secret", "env:PUBLIC", "--path", "/api/webhook",
                   "--store", store, "--listen")
        env = {"PUBLIC": PUBLIC}
        child, base = self.receiver(*options, "127.0.0.1:0", env=env)
        log = self.dir / "log"
        command = [sys.executable, self.write("again.py", AGAIN), child.pid, log, BINARY,
                   "receive", *options, base[len("http://"):]]
        self.addCleanup(self.end, Path(f"{log}.pid"))
        code, out, err = run(
            "test", base + "/api/webhook", "--vectors", self.vectors(self.CASE), "--only",
            "*/restarted", "--restart", shlex.join(map(str, command)), "--timeout", "30",
            "--stored", shlex.join([BINARY, "inbox", "list", "--count", store]), env=env)
        self.assertEqual(code, 0, out + err)
        self.assertEqual(child.wait(timeout=10), -signal.SIGKILL)
        self.assertIn("listening on " + base, log.read_text())

    def end(self, pid):
        """Ends what the command has left running."""
        if pid.exists():
            os.kill(int(pid.read_text()), signal.SIGTERM)

    def test_fails(self):
        _, url = self.serve()
        code, cases = self.outcome(url, "--vectors", self.vectors(self.CASE), "--restart",
                                   "exit 7", only="*/restarted")
        self.assertEqual(code, 1)
        self.assertIn("--restart: the command ended with exit code 7",
                      cases["order-oncreate/restarted"]["got"])


class Together(Judging):
    CASE = {**TWICE, "id": "order-oncreate/together", "times": 8, "together": True}

    def gather(self, listener, missing):
        """Serves in one thread. When the first delivery is whole, *missing* becomes what each of
        those that have come lacks: all that was sent before is there to be read."""
        got = {}

        def lacks(data):
            head, _, body = data.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: (\d+)", head)
            return int(length[1]) - len(body) if length else 0 if head[:3] == b"GET" else None

        def read_all():
            with contextlib.suppress(BlockingIOError):
                while True:
                    sock, _ = listener.accept()
                    sock.setblocking(False)
                    got[sock] = b""
            for sock in got:
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    got[sock] += sock.recv(65536)

        while not self.gathered.is_set():
            select.select([listener, *got], [], [], 0.1)
            read_all()
            whole = [sock for sock, data in got.items() if data and lacks(data) == 0]
            if any(got[sock].startswith(b"POST") for sock in whole) and not missing:
                read_all()
                missing += [lacks(data) for data in got.values() if data.startswith(b"POST")]
            for sock in whole:
                sock.sendall(page(200))
                sock.close()
                del got[sock]

    def test_at_one_moment(self):
        """When the first delivery ends, all others have come but for their last byte."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        listener.setblocking(False)
        self.gathered, missing = threading.Event(), []
        thread = threading.Thread(target=self.gather, args=(listener, missing))
        for clean in (listener.close, thread.join, self.gathered.set):
            self.addCleanup(clean)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/webhook"
        many = {**self.CASE, "times": 60}  # so many do not come side by side by chance
        code, cases = self.outcome(url, "--vectors", self.vectors(many), "--jobs", "1",
                                   only="*/together")
        self.assertEqual((code, len(missing)), (0, 60), cases)
        self.assertLessEqual(max(missing), 1)

    def test_the_same(self):
        server, url = self.serve()
        self.assertEqual(self.outcome(url, "--vectors", self.vectors(self.CASE),
                                      only="*/together")[0], 0)
        self.assertEqual(len(server.seen), 8)
        self.assertEqual(len({str(each) for each in server.seen}), 1)

    def test_one_refused(self):
        answered = []
        _, url = self.serve(lambda status: answered.append(1) or (409 if len(answered) == 5
                                                                  else usual(status)))
        code, _ = self.outcome(url, "--vectors", self.vectors(self.CASE), only="*/together")
        self.assertEqual(code, 1)


class Changed(Judging):
    def test_again(self):
        """All but the first delivery have one unsigned header more."""
        server, url = self.serve()
        case = {**TWICE, "times": 3, "again": [
            {"op": "add-header", "name": "X-Try", "text": "2", "when": "after"}]}
        self.assertEqual(self.outcome(url, "--vectors", self.vectors(case), only="*/twice")[0], 0)
        tries = [headers.pop(b"X-Try", None) for _, _, headers, _ in server.seen]
        self.assertEqual(tries, [None, b"2", b"2"])
        self.assertEqual(server.seen[0], server.seen[2])


class Leaks(Judging):
    """What the answers to a forged and to a stale delivery tell."""

    def go(self, answer, *options):
        server, url = self.serve(answer)
        self.server = server
        vectors = self.vectors(
            {"id": "order-oncreate/forged", "status": "mismatch", "edit": FORGE, "family": "leak"},
            {"id": "order-oncreate/stale", "status": "too_old", "edit": STALE, "family": "leak",
             "same_as": "order-oncreate/forged"})
        code, cases = self.outcome(url, "--vectors", vectors, *options)
        return code, {name.rpartition("/")[2]: case["got"] for name, case in cases.items()
                      if case["ok"] is False}

    def test_alike(self):
        self.assertEqual(self.go(usual), (0, {}))

    def test_what_differs(self):
        counter = iter(range(10000))
        differs = "refused (HTTP 401): the answer differs from that to order-oncreate/forged: "
        for name, answer, says in (
                ("status", lambda status: 403 if status == "too_old" else usual(status),
                 "refused (HTTP 403): the answer differs from that to order-oncreate/forged: "
                 "the status"),
                ("body", lambda status: page(usual(status), b"%-9s" % status.encode()),
                 differs + "the body"),
                ("header", lambda status: page(usual(status), b"", b"X-Why: " + status.encode()),
                 differs + "the header X-Why"),
                ("headers", lambda status: page(usual(status), b"", b"X-%s: 1" % status.encode()),
                 differs + "the headers, X-too_old"),
                ("date", lambda status: page(usual(status), b"", b"Date: " + status.encode()),
                 None),
                ("number", lambda status: page(usual(status), b"%06d" % next(counter),
                                               b"X-Request: %d" % next(counter)), None),
                ("number and why", lambda status: page(
                    usual(status), b"", b"X-Request: %d" % next(counter),
                    b"X-Why: " + status.encode()), differs + "the header X-Why")):
            with self.subTest(name):
                self.assertEqual(self.go(answer), (1, {"stale": says}) if says else (0, {}))

    def right(self):
        _, _, headers, body = self.server.seen[-1]
        when, event = headers[b"X-Webhook-Timestamp"], headers[b"X-Webhook-Event"]
        return hmac.new(PUBLIC.encode(), b".".join((when, event, body)), hashlib.sha256)

    def test_signature(self):
        """The MAC that would have been right, in any form; that of the delivery itself is none."""
        says = "refused (HTTP 401): the answer holds the signature that would have been right"
        for form in (lambda: self.right().hexdigest().encode(),
                     lambda: self.right().hexdigest().upper().encode(),
                     lambda: base64.b64encode(self.right().digest())):
            code, failed = self.go(lambda status: page(usual(status), b"not " + form() + b"!"))
            self.assertEqual((code, failed["forged"]), (1, says))
            self.assertIn("differs", failed["stale"])
        code, failed = self.go(lambda status: page(
            usual(status), self.server.seen[-1][2][b"X-Webhook-Signature"]))
        self.assertNotIn("holds", failed.get("stale", ""))

    def test_secret(self):
        code, failed = self.go(lambda status: page(usual(status), b"key=" + PUBLIC.encode()))
        self.assertEqual(code, 1)
        self.assertEqual(failed, dict.fromkeys(
            ("forged", "stale"), "refused (HTTP 401): the answer holds the secret"))


class Framing(Judging):
    """Whole messages to a receiver that frames right (ours), and to ones that do not answer."""

    def frames(self, *edits, **more):
        return {"id": "order-oncreate/frame", "needs": ["http"], **more,
                "edit": [{"op": "frame", "when": "after"}, *edits]}

    def ours(self):
        _, base = self.receiver("--scheme", "webinone", "--secret", "env:PUBLIC", "--path",
                                "/api/webhook", "--listen", "127.0.0.1:0", "--store", "memory:",
                                env={"PUBLIC": PUBLIC})
        return base + "/api/webhook"

    def test_ours(self):
        url = self.ours()
        for name, case in (
                ("plain", self.frames()),
                ("dripped", self.frames({"op": "drip", "count": 1, "when": "after"})),
                ("short", self.frames({"op": "stop", "count": 1, "when": "after"},
                                      status="bad_request")),
                ("two", self.frames({"op": "before-forged", "when": "after"}, status="mismatch")),
                ("two, forged first", self.frames({"op": "behind-forged", "when": "after"}))):
            with self.subTest(name):
                code, cases = self.outcome(url, "--vectors", self.vectors(case), "--timeout", "5",
                                           only="*/frame")
                self.assertEqual(code, 0, cases)

    def test_either(self):
        """What may be taken or refused: a receiver that errs or is silent has done neither."""
        case = self.frames(either=True)
        for said, code, answer in ((200, 0, "accepted"), (400, 0, "refused"), (None, 0, "refused"),
                                   (503, 1, "erred"), (302, 1, "unclear")):
            with self.subTest(said):
                _, url = self.serve(lambda status, said=said: said)
                got = self.outcome(url, "--vectors", self.vectors(case), only="*/frame")
                found = got[1]["order-oncreate/frame"]
                self.assertEqual((got[0], found["answer"]), (code, answer))
        self.assertEqual(found["expected"], "accepted (2xx) or refused (4xx)")

    def test_either_does_as_it_says(self):
        """What was refused must not take effect, what was accepted must."""
        for said, effects, code in ((200, 1, 0), (400, 0, 0), (200, 0, 1), (400, 1, 1)):
            with self.subTest((said, effects)):
                _, url = self.serve(lambda status, said=said: said)
                got = self.outcome(url, "--vectors", self.vectors(self.frames(either=True)),
                                   "--observe", f"echo {effects}", "--timeout", "1", only="*/frame")
                self.assertEqual(got[0], code, got[1])

    def test_host(self):
        server, url = self.serve()
        self.assertEqual(self.outcome(url, "--vectors", self.vectors(self.frames()),
                                      only="*/frame")[0], 0)
        self.assertEqual(server.seen[0][2][b"Host"], url.split("/")[2].encode())

    def test_first_of_two(self):
        """A receiver that accepts everything fails on the one that is forged, wherever it is."""
        _, url = self.serve(lambda status: 200)
        for op, status, says in (
                ("before-forged", "mismatch", "accepted (HTTP 200)"),
                ("behind-forged", "ok", "HTTP 200: that is the answer to the first of two")):
            code, cases = self.outcome(
                url, "--vectors", self.vectors(self.frames({"op": op, "when": "after"},
                                                           status=status)), only="*/frame")
            self.assertEqual(code, 1)
            self.assertIn(says, cases["order-oncreate/frame"]["got"])

    def test_closing(self):
        """Ending the connection refuses what is framed badly, not what is good."""
        _, url = self.serve(lambda status: None)
        good = self.outcome(url, "--vectors", self.vectors(self.frames()), only="*/frame")
        self.assertEqual((good[0], good[1]["order-oncreate/frame"]["answer"]), (1, "dropped"))
        stop = self.frames({"op": "stop", "count": 1, "when": "after"}, status="bad_request")
        self.assertEqual(self.outcome(url, "--vectors", self.vectors(stop), only="*/frame")[0], 0)


class Timing(Judging):
    def rows(self, answer):
        server, url = self.serve(answer)
        self.server = server
        code, out, _ = run("test", url, "--only", "order-oncreate", "--timing", "--json")
        self.assertEqual(code, 0, out)
        lines = [json.loads(line) for line in out.splitlines()]
        return [line for line in lines if line["type"] == "timing"]

    def test_slow_when_nearly_right(self):
        """A receiver that takes 2 ms longer for each quarter that is right is found out."""
        def answer(status):
            sent = self.server.seen[-1][2][b"X-Webhook-Signature"][7:]
            _, _, headers, body = self.server.seen[-1]
            text = b".".join((headers[b"X-Webhook-Timestamp"], headers[b"X-Webhook-Event"], body))
            right = hmac.new(PUBLIC.encode(), text, hashlib.sha256).hexdigest().encode()
            same = next((i for i in range(64) if sent[i] != right[i]), 64)
            time.sleep(same // 16 * 0.002)
            return usual(status)

        rows = self.rows(answer)
        self.assertEqual([(row["right"], row["of"]) for row in rows],
                         [(16, 64), (32, 64), (48, 64), (62, 64)])
        for quarter, row in enumerate(rows, 1):
            if quarter < 4:
                self.assertGreater(row["low_us"], 500, row)
                self.assertLessEqual(row["low_us"], row["longer_us"])
                self.assertLessEqual(row["longer_us"], row["high_us"])

    def test_informs_only(self):
        _, url = self.serve()
        code, out, _ = run("test", url, "--only", "order-oncreate", "--timing")
        self.assertEqual(code, 0)
        self.assertRegex(out, r"timing: 200 answers to each kind of forged signature")
        self.assertRegex(out, r"16 of 64 right: [+-]\d+\.\d µs \([+-]\d+\.\d to [+-]\d+\.\d\)")


AGAIN = """
import os, signal, subprocess, sys, time
pid, log, *command = sys.argv[1:]
os.kill(int(pid), signal.SIGKILL)
with open(log, "w") as out:
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
with open(log + ".pid", "w") as out:
    out.write(str(child.pid))
while "listening on" not in open(log).read():
    time.sleep(0.01)
"""


if __name__ == "__main__":
    unittest.main()
