# SPDX-License-Identifier: MIT
"""The store nats:// and hookgauge deliver, on one real server; tests/cluster/run.py has three."""
import hashlib
import hmac
import http.server
import json
import os
import pwd
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from support import BINARY, LIMIT_S, ROOT, SECRET, Case, raw, run
from test_receive import EVENT, PATH, delivery, status

sys.path[:0] = [str(ROOT / "tests/cluster"), str(ROOT / "tests")]
import openmetrics  # noqa: E402
from nats_cluster import Client, Cluster, wait_for  # noqa: E402

SECONDS = 10 ** 9  # in the API's nanoseconds
GOOD = {"retention": "limits", "storage": "file", "discard": "new", "max_age": 86400 * SECONDS,
        "duplicate_window": 660 * SECONDS, "num_replicas": 1}


class Sink(http.server.ThreadingHTTPServer):
    """A target: remembers (body, headers), answers by self.answer(body, how often it came)."""

    daemon_threads = True

    def __init__(self):
        self.got, self.lock, self.answer = [], threading.Lock(), lambda body, times: 200
        super().__init__(("127.0.0.1", 0), Sink.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/hook"

    def bodies(self):
        with self.lock:
            return [body for body, _ in self.got]

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            with self.server.lock:
                self.server.got.append((body, self.headers.items()))
                times = sum(other == body for other, _ in self.server.got)
            self.send_response(self.server.answer(body, times))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass


class Nats(Case):
    extra = ""

    def setUp(self):
        super().setUp()
        self.cluster = Cluster(1, self.extra)
        self.cluster.__enter__()
        self.addCleanup(self.cluster.close)
        self.node = self.cluster.nodes[0]

    def client(self, login=None):
        made = Client(self.node, login)
        self.addCleanup(made.__exit__)
        return made

    def config(self, name="config.json", endpoint=None, store=None, nats=None, **members):
        """Writes a configuration of one endpoint; returns its path."""
        return self.write(name, json.dumps({
            "listen": "127.0.0.1:0", "store": store or self.cluster.store("HOOKS"), "log": {"level": "info"},
            "limits": {"max_body": 65536}, "nats": {"replicas": 1, "ack_wait_s": 2, **(nats or {})},
            "endpoints": [{"name": "shop", "path": PATH, "scheme": "webinone",
                           "secrets": [{"label": "main", "secret": "env:SECRET"}], **(endpoint or {})}], **members}))

    def open(self, *args, **members):
        self.child, self.url = self.receiver(self.config(**members), *args)
        return self.url

    def post(self, *args, url=None, **how):
        return status(raw(url or self.url, delivery(*args, **how), timeout=30))

    def watched(self):
        """A receiver with an admin listener; sets self.url, returns (child, admin URL)."""
        self.child = self.start("receive", self.config(admin="127.0.0.1:0"))
        said = ""
        while "listening on" not in said:
            said += self.child.stderr.readline().decode()
        self.url = re.search(r"listening on (http://\S+)", said).group(1)
        return self.child, re.search(r"admin on (http://\S+)", said).group(1)

    def page(self, url, path):
        return status(raw(url, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode()))

    def end(self, child=None):
        child = child or self.child
        child.terminate()
        said = child.stderr.read().decode()
        self.assertEqual(self.stop(child), 0, said)
        return said

    def deliverer(self, *args, env=None, **members):
        """Sets self.banner, what it says before it begins."""
        child = self.start("deliver", *args, self.config("deliver.json", **members), env=env)
        said = b""
        for line in child.stderr:
            said += line
            if line.startswith(b"delivering from "):
                self.banner = said.decode()
                return child
        self.fail(said.decode())

    def count(self, stream="HOOKS"):
        return self.client().api("STREAM.INFO", stream)["state"]["messages"]

    def settled(self, stream="HOOKS", durable="shop"):
        """Waits until nothing of the endpoint is left to hand on."""
        client = self.client()

        def empty():
            info = client.api("CONSUMER.INFO", f"{stream}.{durable}")
            return info["num_pending"] == 0 and info["num_ack_pending"] == 0
        wait_for("an empty queue", empty, 30)


class Store(Nats):
    def test_the_suite_of_every_store(self):
        program = ROOT / "build/asan/test_store"
        server = self.cluster.store("").rstrip("/")
        ran = subprocess.run([program], env={**os.environ, "HOOKGAUGE_NATS": server}, timeout=LIMIT_S,
                             capture_output=True, text=True)
        self.assertEqual(ran.returncode, 0, ran.stdout + ran.stderr)
        self.assertIn("[       OK ] nats_holds_the_suite", ran.stdout + ran.stderr)

    def test_a_message_is_the_delivery(self):
        self.open()
        body = b"\x00\xff{}\r\n"
        self.assertEqual(self.post(body, extra=["X-Odd:  a%b\t\xff c ", "X-Two: 1", "x-two: 2"],
                                   target=PATH + "?a=1&sk=hidden"), 200)
        subject, lines, kept = self.client().message("HOOKS", 1)
        self.assertEqual((subject, kept), ("HOOKS.shop.Order%2EOnCreate", body))
        fields = [line.split(": ", 1) for line in lines]
        single = {name: value for name, value in fields if name != "Hookgauge-Header"}
        self.assertEqual({name: single[name] for name in single if name.startswith("Hookgauge-")}, {
            "Hookgauge-Format": "1", "Hookgauge-Endpoint": "shop", "Hookgauge-Event": EVENT, "Hookgauge-Key": "main",
            "Hookgauge-Signed": "event", "Hookgauge-Received": single["Hookgauge-Received"],
            "Hookgauge-Stated": single["Hookgauge-Stated"], "Hookgauge-Method": "POST",
            "Hookgauge-Url": PATH + "?a=1&sk=***"})
        self.assertLess(abs(int(single["Hookgauge-Received"]) - time.time() * 1000), 60000)
        self.assertTrue(single["Nats-Msg-Id"].startswith("shop:"))
        heads = [value for name, value in fields if name == "Hookgauge-Header"]
        self.assertIn("X-Odd: a%25b%09%FF c", [head.removesuffix("%20") for head in heads])
        self.assertLess(heads.index("X-Two: 1"), heads.index("x-two: 2"))
        self.assertNotIn("hidden", json.dumps(lines))
        self.assertNotIn(SECRET, json.dumps(lines))

    def test_duplicates_are_recognised_by_all_receivers(self):
        first = self.open()
        second_child, second = self.receiver(self.config("second.json"))
        request = delivery(b"once")
        for url in (first, second, first):
            self.assertEqual(status(raw(url, request)), 200)
        together = delivery(b"together")
        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(lambda i: status(raw((first, second)[i % 2], together, timeout=30)), range(32)))
        self.assertEqual(set(answers), {200})
        self.assertEqual(self.count(), 2)
        log = self.end() + self.end(second_child)
        self.assertEqual((log.count("duplicate=0"), log.count("duplicate=1")), (2, 33))

    def test_an_event_can_not_leave_its_token(self):
        """A scheme with free event names: dots, stars and blanks stay inside one token."""
        self.open(endpoint={"scheme": "github", "name": "a.*.>"})
        self.assertEqual(self.client().api("STREAM.INFO", "HOOKS")["config"]["subjects"], ["HOOKS.*.*"])
        mac = hmac.new(SECRET.encode(), b"{}", hashlib.sha256).hexdigest()
        head = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nX-GitHub-Event: a.*.>\r\nX-Hub-Signature-256: sha256={mac}\r\n" \
               "X-GitHub-Delivery: 1\r\nContent-Length: 2\r\n\r\n{}"
        self.assertEqual(status(raw(self.url, head.encode())), 200)
        self.assertEqual(self.client().message("HOOKS", 1)[0], "HOOKS.a%2E%2A%2E%3E.a%2E%2A%2E%3E")

    def test_a_stream_that_breaks_a_promise_is_refused(self):
        client = self.client()
        good = {"name": "HOOKS", "subjects": ["HOOKS.*.*"], **GOOD}
        table = [
            ({"retention": "workqueue"}, "retention must be limits"), ({"retention": "interest"}, "retention must be limits"),
            ({"storage": "memory"}, "storage must be file"), ({"discard": "old"}, "discard must be new"),
            ({"subjects": ["HOOKS.shop.*"]}, "its subjects lack"), ({"no_ack": True}, "gives no acks"),
            ({"max_msgs_per_subject": 5}, "limits the messages of a subject"),
            ({"duplicate_window": 659 * SECONDS}, "duplicate window in seconds is 659, and must be at least 660"),
            ({"max_age": 659 * SECONDS, "duplicate_window": 659 * SECONDS}, "must be at least 660"),
            ({"max_msg_size": 70000}, "max message size in bytes is 70000"),
        ]
        for change, says in table:
            client.api("STREAM.CREATE", "HOOKS", {**good, **change})
            self.refused(2, "receive", self.config(), says=says)
            client.api("STREAM.DELETE", "HOOKS")
        for change in ({}, {"subjects": ["HOOKS.>"]}, {"max_age": 0}, {"max_age": 660 * SECONDS},
                       {"max_msg_size": 200000}, {"max_bytes": 10 ** 7}):
            client.api("STREAM.CREATE", "HOOKS", {**good, **change})
            self.open()
            self.assertEqual(self.post(json.dumps(change).encode()), 200, change)
            self.end()
            client.api("STREAM.DELETE", "HOOKS")

    def test_what_a_configuration_asks_of_the_stream(self):
        self.open(endpoint={"dedup_s": 5000}, nats={"max_age_s": 9000, "max_bytes": 1000000})
        made = self.client().api("STREAM.INFO", "HOOKS")["config"]
        self.assertEqual((made["duplicate_window"], made["max_age"], made["max_bytes"], made["num_replicas"]),
                         (5000 * SECONDS, 9000 * SECONDS, 1000000, 1))
        self.end()
        self.refused(2, "receive", self.config(endpoint={"dedup_s": 5001}), says="at least 5001")
        self.refused(2, "receive", self.config(nats={"max_age_s": 9001}), says="max age in seconds is 9000")
        self.refused(3, "receive", self.config(store=self.cluster.store("OTHER"), nats={"replicas": 3}),
                     says="the stream OTHER with 3 copies: ")

    def test_a_body_must_fit_into_a_message(self):
        code, _, said = run("receive", self.config(limits={"max_body": 1048576}))
        self.assertEqual(code, 2, said)
        most = int(re.search(r"set it to at most (\d+)", said).group(1))
        self.refused(2, "receive", self.config(limits={"max_body": most + 1}), says="max_payload")
        self.open(limits={"max_body": most})
        odd = ["X-%d: %s" % (i, "\xff" * 400) for i in range(30)]
        self.assertEqual(self.post(b"x" * most, extra=odd), 200)

    def test_arguments(self):
        for store, says in (("nats://h/", "must end with /STREAM"), ("nats://h", "must end with /STREAM"),
                            ("nats:///S", "server 1 is not HOST"), ("nats://h:0/S", "server 1 is not HOST"),
                            ("nats://h,:1/S", "server 2 is not HOST"), ("nats://h/a.b", "must end with /STREAM"),
                            ("tls://h:x/S", "server 1 is not HOST"), ("nats://" + "h," * 8 + "h/S", "more than 8 servers")):
            self.refused(2, "receive", self.config(store=store), says=says)
        for given in ("nats://me:hunter3@h/S", "nats://token@h/S"):
            code, _, said = run("receive", self.config(store=given))
            self.assertEqual(code, 2)
            self.assertIn("credentials belong in", said)
            self.assertNotIn("hunter3", said)
        for nats, says in (({"replicas": 6}, "$.nats.replicas"), ({"replica": 1}, "$.nats.replica"),
                           ({"user": "a"}, "user and password belong together"), ({"key": "a"}, "certificate and key"),
                           ({"user": "a", "password": "env:SECRET", "token": "env:SECRET"}, "more than one of user"),
                           ({"token": "env:NOT_SET_ANYWHERE"}, "nats.token: "), ({"ca": "/nowhere.pem"}, "/nowhere.pem")):
            self.refused(2, "receive", self.config(nats=nats), says=says)
        port = socket.socket()
        port.bind(("127.0.0.1", 0))  # bound, but nobody listens
        self.refused(3, "receive", self.config(store=f"nats://127.0.0.1:{port.getsockname()[1]}/S"),
                     says="can't connect to nats://127.0.0.1:")
        port.close()

    def test_a_lost_server_is_answered_503_until_it_is_back(self):
        child, admin = self.watched()
        self.assertEqual(self.post(b"before"), 200)
        self.assertEqual(self.page(admin, "/readyz"), 200)
        request = delivery(b"during")
        self.node.kill()
        begun = time.monotonic()
        self.assertEqual(status(raw(self.url, request, timeout=30)), 503)
        self.assertLess(time.monotonic() - begun, 5)
        self.assertEqual(self.page(admin, "/readyz"), 503)
        self.assertEqual(self.page(admin, "/healthz"), 200)
        self.node.start()  # nothing is sent before it says that it is ready
        wait_for("readiness", lambda: self.page(admin, "/readyz") == 200, 20)
        self.assertEqual(status(raw(self.url, request, timeout=30)), 200)
        self.assertEqual(self.count(), 2)
        log = self.end()
        self.assertRegex(log, "error nats_lost stream=HOOKS")
        self.assertRegex(log, "info nats_connected stream=HOOKS")

    def test_a_server_that_hangs_is_answered_503_in_time(self):
        self.open()
        os.kill(self.node.child.pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            self.assertEqual(self.post(b"stuck"), 503)
            self.assertLess(time.monotonic() - begun, 15)
        finally:
            os.kill(self.node.child.pid, signal.SIGCONT)
        wait_for("a 200", lambda: self.post(b"stuck no more") == 200, 20)

    def test_a_full_stream_keeps_what_it_has(self):
        self.open(nats={"max_bytes": 20000})
        answers = [self.post(b"%d" % i + b"x" * 1000) for i in range(30)]
        self.assertEqual(set(answers), {200, 503})
        self.assertEqual(answers, sorted(answers))
        self.assertEqual(self.count(), answers.count(200))

    def test_a_reload_can_not_ask_more_of_the_stream(self):
        self.open()
        table = [({"endpoint": {"dedup_s": 661}}, "dedup_s can't grow"), ({"limits": {"max_body": 65537}}, "max_body: can't grow"),
                 ({"endpoint": {"dedup_s": 600}, "limits": {"max_body": 65535}}, "reload what=configuration"),
                 ({"endpoint": {"dedup_s": 660}}, "reload what=configuration")]  # no more than at start
        for change, says in table:
            self.config(**change)
            self.child.send_signal(signal.SIGHUP)
            line = ""
            while "reload" not in line:
                line = self.child.stderr.readline().decode()
            self.assertIn(says, line)
        self.assertEqual(self.post(), 200)

    def test_one_copy_is_said_at_start(self):
        child = self.start("receive", self.config())
        said = ""
        while "listening on" not in said:
            said += child.stderr.readline().decode()
        self.assertIn("the stream has one copy", said)


class Target(Nats):
    def target(self, answer=None):
        sink = Sink()
        self.addCleanup(sink.server_close)
        self.addCleanup(sink.shutdown)
        if answer:
            sink.answer = answer
        return sink

    def forward(self, sink, **deliver):
        return {"forward": sink.url, "deliver": {"first_delay_s": 1, "most_delay_s": 1, **deliver}}


class Deliver(Target):
    def test_what_was_kept_is_handed_on(self):
        sink = self.target()
        endpoint = self.forward(sink)
        self.open(endpoint=endpoint)
        now = int(time.time())  # a repeat states the same time
        bodies = [b"\x00%d" % i for i in range(50)]
        for body in bodies:
            self.assertEqual(self.post(body, now=now, extra=["X-Odd: a%\xff", "X-Empty:"]), 200)
        self.assertEqual(self.post(bodies[0], now=now, extra=["X-Odd: other"]), 200)  # a duplicate
        child = self.deliverer(endpoint=endpoint)
        self.settled()
        self.assertEqual(sorted(sink.bodies()), sorted(bodies))
        headers = dict(sink.got[0][1])
        self.assertEqual({name: headers[name] for name in ("X-Odd", "X-Empty", "X-Webhook-Event", "X-Hookgauge-Endpoint",
                                                           "X-Hookgauge-Event", "X-Hookgauge-Key", "X-Hookgauge-Attempt")},
                         {"X-Odd": "a%\xff", "X-Empty": "", "X-Webhook-Event": EVENT, "X-Hookgauge-Endpoint": "shop",
                          "X-Hookgauge-Event": EVENT, "X-Hookgauge-Key": "main", "X-Hookgauge-Attempt": "1"})
        log = self.end(child)
        self.assertEqual(log.count(" info attempt "), 50)
        self.assertEqual(log.count("outcome=done"), 50)

    def test_a_program_is_handed_the_body(self):
        script = self.write("handler", f"#!/bin/sh\ncat > {self.dir}/got.$HOOKGAUGE_DELIVERY\n")
        script.chmod(0o755)
        endpoint = {"exec": [str(script)]}
        self.open(endpoint=endpoint)
        self.assertEqual(self.post(b"to a program"), 200)
        child = self.deliverer(endpoint=endpoint)
        self.settled()
        self.assertEqual((self.dir / "got.1").read_bytes(), b"to a program")
        self.end(child)

    def test_later_and_dead_letters(self):
        """A target that is down is tried again; one that never will, or too often, is given up."""
        answers = {b"down": lambda times: 200 if times > 2 else 503, b"gone": lambda times: 410, b"bad": lambda times: 500}
        sink = self.target(lambda body, times: answers[body](times))
        endpoint = self.forward(sink, attempts=4)
        self.open(endpoint=endpoint)
        for body in answers:
            self.assertEqual(self.post(body), 200)
        child = self.deliverer(endpoint=endpoint)
        self.settled()
        self.assertEqual({body: sink.bodies().count(body) for body in answers}, {b"down": 3, b"gone": 1, b"bad": 4})
        letters = [self.client().message("HOOKS-dead", number) for number in (1, 2)]
        self.assertEqual(self.count("HOOKS-dead"), 2)
        self.assertEqual([(letter[0], letter[2]) for letter in letters],
                         [("HOOKS-dead.shop.Order%2EOnCreate", b"gone"), ("HOOKS-dead.shop.Order%2EOnCreate", b"bad")])
        self.assertIn("Hookgauge-Dead: answered 500", letters[1][1])
        log = self.end(child)
        self.assertEqual((log.count("outcome=dead"), log.count("outcome=later")), (2, 5))
        # once the target is mended, the dead letters are handed on like any stream
        sink.answer = lambda body, times: 200
        child = self.deliverer(self.cluster.store("HOOKS-dead"), endpoint=endpoint)
        self.settled("HOOKS-dead")
        self.assertEqual(sorted(sink.bodies()[-2:]), [b"bad", b"gone"])
        # under the numbers that the target knows them by, not those of other deliveries
        numbers = {}
        for body, headers in sink.got:
            numbers.setdefault(body, set()).add(dict(headers)["X-Hookgauge-Delivery"])
        self.assertEqual(numbers, {b"down": {"1"}, b"gone": {"2"}, b"bad": {"3"}})
        self.end(child)

    def test_order_of_arrival(self):
        """A delivery that fails holds up the ones after it, also with two deliverers."""
        sink = self.target(lambda body, times: 503 if body == b"2" and times < 3 else 200)
        endpoint = self.forward(sink, order="arrival")
        self.open(endpoint=endpoint)
        for number in range(6):
            self.assertEqual(self.post(b"%d" % number), 200)
        children = [self.deliverer(endpoint=endpoint) for _ in range(2)]
        self.settled()
        self.assertEqual(sink.bodies(), [b"0", b"1", b"2", b"2", b"2", b"3", b"4", b"5"])
        for child in children:
            self.end(child)

    def test_without_order_a_failing_one_holds_up_none(self):
        sink = self.target(lambda body, times: 503 if body == b"2" else 200)
        endpoint = self.forward(sink, concurrency=1, first_delay_s=600, most_delay_s=600)
        self.open(endpoint=endpoint)
        for number in range(6):
            self.assertEqual(self.post(b"%d" % number), 200)
        child = self.deliverer(endpoint=endpoint)
        wait_for("the others", lambda: len(set(sink.bodies())) == 6, 20)
        self.end(child)

    def test_an_attempt_longer_than_ack_wait_is_made_once(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def slow(body, times):
            release.wait(5)  # ack_wait_s is 2
            return 200
        sink = self.target(slow)
        endpoint = self.forward(sink)
        self.open(endpoint=endpoint)
        self.assertEqual(self.post(b"slow"), 200)
        child = self.deliverer(endpoint=endpoint)
        self.settled()
        self.assertEqual(sink.bodies(), [b"slow"])
        self.end(child)

    def test_a_deliverer_gives_up_privileges(self):
        """As a receiver does with the same configuration: what it runs must not be root for nothing."""
        if os.getuid() != 0:
            self.skipTest("not run as root: that privileges are dropped is not checked")
        endpoint = {"exec": ["/bin/true"]}
        self.open(endpoint=endpoint)
        for user in (None, "nobody"):
            child = self.deliverer(endpoint=endpoint, **({"user": user} if user else {}))
            facts = Path(f"/proc/{child.pid}/status").read_text()
            uid = pwd.getpwnam(user).pw_uid if user else 0
            self.assertRegex(facts, rf"(?m)^Uid:\t{uid}\t{uid}\t{uid}\t{uid}$")
            self.assertRegex(facts, r"(?m)^NoNewPrivs:\t1$")
            # the files in /proc of a process that must not be dumped are root's
            self.assertEqual(os.stat(f"/proc/{child.pid}/environ").st_uid, 0)
            self.end(child)

    def test_a_killed_deliverer_s_work_comes_back(self):
        release = threading.Event()
        self.addCleanup(release.set)

        def first_hangs(body, times):
            if times == 1:
                release.wait(30)
            return 200
        sink = self.target(first_hangs)
        endpoint = self.forward(sink)
        self.open(endpoint=endpoint)
        self.assertEqual(self.post(b"again"), 200)
        first = self.deliverer(endpoint=endpoint)
        wait_for("an attempt", sink.bodies, 20)
        self.stop(first, signal.SIGKILL)
        second = self.deliverer(endpoint=endpoint)
        wait_for("another attempt", lambda: len(sink.bodies()) == 2, 20)
        self.settled()
        self.end(second)

    def test_a_drain_lets_attempts_end_and_a_second_signal_does_not(self):
        release = threading.Event()
        self.addCleanup(release.set)
        entered = threading.Semaphore(0)

        def wait(body, times):
            entered.release()
            release.wait(30)
            return 200
        sink = self.target(wait)
        endpoint = self.forward(sink)
        self.open(endpoint=endpoint)
        child = self.deliverer(endpoint=endpoint)
        self.assertEqual(self.post(b"let me end"), 200)
        self.assertTrue(entered.acquire(timeout=20))
        child.terminate()
        release.set()
        self.assertIn("outcome=done", self.end(child))
        release.clear()
        child = self.deliverer(endpoint=endpoint)
        self.assertEqual(self.post(b"break me off"), 200)
        self.assertTrue(entered.acquire(timeout=20))
        child.terminate()
        time.sleep(0.2)  # two signals that are pending together are one
        child.terminate()
        self.assertIn("outcome=stopped", child.stderr.read().decode())
        self.assertEqual(self.stop(child), 0)
        release.set()
        child = self.deliverer(endpoint=endpoint)  # it was given back at once, not after ack_wait_s
        self.settled()
        self.assertEqual(sink.bodies().count(b"break me off"), 2)
        self.end(child)

    def test_a_message_that_is_no_delivery_is_buried(self):
        sink = self.target()
        endpoint = self.forward(sink)
        self.open(endpoint=endpoint)
        self.client().request("HOOKS.shop.x", b"from a stranger")
        child = self.deliverer(endpoint=endpoint)
        self.settled()
        self.assertEqual(self.client().message("HOOKS-dead", 1)[2], b"from a stranger")
        self.assertEqual(sink.bodies(), [])
        self.end(child)

    def test_signing_secrets_may_be_elsewhere(self):
        """What is handed on has been verified: a machine that only does that has the secrets of its targets alone."""
        key, token, bearer = (self.write(name, SECRET) for name in ("key", "token", "bearer"))
        sink = self.target()
        endpoint = {**self.forward(sink, authorization=f"file:{bearer}"), "secrets": [{"secret": f"file:{key}"}],
                    "challenge": {"from": "query", "value": "v", "answer": "{hmac:hex}", "token": "t",
                                  "secret": f"file:{token}"}}
        self.open(endpoint=endpoint)
        self.assertEqual(self.post(b"verified elsewhere"), 200)
        self.end()
        key.unlink()
        self.refused(2, "receive", self.config(endpoint=endpoint), says=f"secrets[0].secret: file:{key}: No such file")
        token.unlink()
        child = self.deliverer(endpoint=endpoint)
        self.settled()
        self.assertEqual(sink.bodies(), [b"verified elsewhere"])
        self.assertEqual(dict(sink.got[0][1])["Authorization"], SECRET)
        self.end(child)
        bearer.unlink()
        self.refused(2, "deliver", self.config(endpoint=endpoint), says=f"authorization: file:{bearer}: No such file")
        for wrong in ("hunter2", "file:", "env:", "fd:x"):
            code, _, said = run("deliver", self.config(endpoint={**endpoint, "secrets": [{"secret": wrong}]}))
            self.assertEqual(code, 2, said)
            self.assertIn("$.endpoints[0].secrets[0].secret: ", said)
            self.assertNotIn("hunter2", said)

    def test_refusals(self):
        sink = self.target()
        self.refused(2, "deliver", self.config(), says="nothing to hand on")
        self.refused(2, "deliver", self.config(store="sqlite:x.db", endpoint=self.forward(sink)),
                     says="$.nats: belongs to a store nats://")
        self.refused(2, "deliver", "sqlite:x.db", self.config(endpoint=self.forward(sink)), says="is not nats://")
        self.refused(3, "deliver", self.config(endpoint=self.forward(sink)), says="there is no stream HOOKS yet")
        self.open()
        self.refused(2, "deliver", self.config(endpoint=self.forward(sink, order="event")), says="arrival or none")


class Watching(Target):
    """A deliverer with an admin listener."""

    def watch(self, *args, **members):
        child = self.deliverer("--admin", "127.0.0.1:0", *args, **members)
        self.admin = re.search(r"(?m)^admin on (http://\S+)$", self.banner).group(1)
        return child

    def text(self, path):
        answer = raw(self.admin, f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode(), limit=1 << 20)
        return status(answer), answer.partition(b"\r\n\r\n")[2].decode()

    def series(self):
        code, body = self.text("/metrics")
        self.assertEqual(code, 200)
        self.assertNotIn(SECRET, body)
        return openmetrics.parse(body)

    def figure(self, name, endpoint="shop", **labels):
        """None: there is no such sample."""
        return self.series().get(("hookgauge_" + name, frozenset({"endpoint": endpoint, **labels}.items())))

    def attempts(self, endpoint="shop"):
        """Those that are not 0, by outcome."""
        return {dict(labels)["outcome"]: value for (name, labels), value in self.series().items()
                if name == "hookgauge_attempts_total" and ("endpoint", endpoint) in labels and value}

    def hanging(self):
        """A target that answers once self.release is set; self.entered counts who waits for it."""
        self.release, self.entered = threading.Event(), threading.Semaphore(0)
        self.addCleanup(self.release.set)

        def wait(body, times):
            self.entered.release()
            self.release.wait(60)
            return 200
        return self.target(wait)


class Watch(Watching):
    def test_the_figures_are_a_receiver_s(self):
        """The families of queues, with the same labels, but what waits is the cluster's count."""
        answers = {b"down": lambda times: 200 if times > 2 else 503, b"gone": lambda times: 410, b"bad": lambda times: 500}
        sink = self.target(lambda body, times: answers.get(body, lambda times: 200)(times))
        one = {"name": "shop", "path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}
        endpoints = [{**one, **self.forward(sink, attempts=4)},
                     {**one, "name": "other", "path": "/b", "forward": sink.url},
                     {**one, "name": "nowhere", "path": "/c"}]
        self.open(endpoints=endpoints)
        child = self.watch(endpoints=endpoints)
        outcomes = {"done", "later", "dead", "stopped", "unknown"}
        named = {name.removeprefix("hookgauge_") for name, _ in self.series()}
        self.assertEqual(named, {"build_info", "store_up", "draining", "queue_deliveries", "queue_oldest_seconds",
                                      "attempts_in_progress", "attempts_total"})
        self.assertEqual({dict(labels)["endpoint"] for _, labels in self.series() if "endpoint" in dict(labels)},
                         {one["name"] for one in endpoints[:2]})
        self.assertEqual({dict(labels)["outcome"] for name, labels in self.series() if name == "hookgauge_attempts_total"},
                         outcomes)
        self.assertEqual(self.attempts(), {})  # they begin at 0
        for body in answers:
            self.assertEqual(self.post(body), 200)
        wait_for("all outcomes", lambda: sum(self.attempts().values()) == 8, 30)
        self.assertEqual(self.attempts(), {"done": 1, "later": 5, "dead": 2})
        self.assertEqual(self.attempts(endpoints[1]["name"]), {})
        wait_for("an empty queue", lambda: self.figure("queue_deliveries") == 0, 20)
        self.assertEqual(self.figure("attempts_in_progress"), 0)
        self.end(child)

    def test_what_waits(self):
        """Not tried yet, under way, and waiting for another attempt: of one endpoint, in the whole cluster."""
        sink = self.hanging()
        down = self.target(lambda body, times: 503)
        one = {"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}
        endpoints = [{**one, "name": "shop", **self.forward(sink, concurrency=1)},
                     {**one, "name": "late", "path": PATH + "2", **self.forward(down, first_delay_s=600, most_delay_s=600)}]
        self.open(endpoints=endpoints)
        for number in range(3):
            self.assertEqual(self.post(b"%d" % number), 200)
            self.assertEqual(self.post(b"%d" % number, target=PATH + "2"), 200)
        child = self.watch(endpoints=endpoints)
        self.assertTrue(self.entered.acquire(timeout=20))
        wait_for("three attempts", lambda: self.attempts("late") == {"later": 3}, 20)
        self.assertEqual((self.figure("queue_deliveries"), self.figure("queue_deliveries", "late")), (3, 3))
        self.assertEqual((self.figure("attempts_in_progress"), self.figure("attempts_in_progress", "late")), (1, 0))
        self.release.set()
        wait_for("an empty queue", lambda: self.figure("queue_deliveries") == 0, 20)
        self.assertEqual(self.figure("queue_deliveries", "late"), 3)
        self.end(child)

    def test_how_long_the_oldest_waits(self):
        """Of the endpoint's own, whichever was handed on before it or came between."""
        down = self.target(lambda body, times: 503 if body == b"stays" else 200)
        one = {"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}
        endpoints = [{**one, "name": "other", "path": PATH + "2", **self.forward(down)},
                     {**one, "name": "shop", **self.forward(down, first_delay_s=600, most_delay_s=600)}]
        self.open(endpoints=endpoints)
        self.assertEqual(self.post(b"stays", target=PATH + "2"), 200)
        kept = time.time()
        self.assertEqual(self.post(b"goes"), 200)
        child = self.watch(endpoints=endpoints)
        wait_for("an empty queue", lambda: self.figure("queue_deliveries") == 0, 20)
        self.assertEqual(self.figure("queue_oldest_seconds"), 0)
        wait_for("some seconds", lambda: self.figure("queue_oldest_seconds", "other") >= 4, 20)
        for body in (b"goes 2", b"stays", b"goes 3"):
            self.assertEqual(self.post(body), 200)
        wait_for("three attempts", lambda: self.attempts() == {"done": 3, "later": 1}, 20)
        wait_for("one of them", lambda: self.figure("queue_deliveries") == 1, 20)
        young, old = (self.figure("queue_oldest_seconds", name) for name in ("shop", "other"))
        self.assertLess(young + 1, old)
        self.assertLessEqual(old, time.time() - kept + 2)
        self.end(child)

    def test_ready_until_the_drain(self):
        endpoint = self.forward(self.hanging())
        self.open(endpoint=endpoint)
        child = self.watch(endpoint=endpoint)
        self.assertEqual([self.text(path) for path in ("/healthz", "/readyz")], [(200, "ok\n")] * 2)
        self.assertEqual(self.text("/")[0], 404)
        self.assertEqual(self.post(b"slow"), 200)
        self.assertTrue(self.entered.acquire(timeout=20))
        child.terminate()
        wait_for("the drain", lambda: self.text("/readyz") == (503, "draining\n"), 20)
        self.assertEqual(self.text("/healthz"), (200, "ok\n"))
        self.assertEqual(self.series()["hookgauge_draining", frozenset()], 1)
        self.assertEqual(self.figure("attempts_in_progress"), 1)
        self.release.set()
        self.assertIn("outcome=done", self.end(child))

    def test_a_lost_server_is_told(self):
        """What waits is not known then, and not said; an outcome that nobody confirmed is counted as such."""
        endpoint = self.forward(self.hanging())
        self.open(endpoint=endpoint)
        child = self.watch(endpoint=endpoint)
        self.assertEqual(self.post(b"whose?"), 200)
        self.assertTrue(self.entered.acquire(timeout=20))
        self.assertEqual((self.figure("queue_deliveries"), self.series()["hookgauge_store_up", frozenset()]), (1, 1))
        self.node.kill()
        wait_for("the loss", lambda: self.text("/readyz") == (503, "store\n"), 20)
        self.assertEqual(self.text("/healthz"), (200, "ok\n"))
        self.assertEqual([self.figure(name) for name in ("queue_deliveries", "queue_oldest_seconds")], [None, None])
        self.assertEqual(self.series()["hookgauge_store_up", frozenset()], 0)
        self.release.set()
        wait_for("the outcome", lambda: self.attempts() == {"unknown": 1}, 20)
        self.node.start()
        wait_for("readiness", lambda: self.text("/readyz") == (200, "ok\n"), 30)
        wait_for("an empty queue", lambda: self.figure("queue_deliveries") == 0, 30)
        self.assertIn(self.attempts(), ({"unknown": 1}, {"unknown": 1, "done": 1}))  # what was told may have come late
        self.end(child)

    def test_a_server_that_hangs_holds_up_no_page(self):
        endpoints = [{"name": f"e{number}", "path": f"/{number}", "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}],
                      **self.forward(self.target(), concurrency=1)} for number in range(8)]
        self.open(endpoints=endpoints)
        child = self.watch(endpoints=endpoints)
        os.kill(self.node.child.pid, signal.SIGSTOP)
        try:
            begun = time.monotonic()
            self.assertEqual(self.figure("queue_deliveries", "e7"), None)
            self.assertLess(time.monotonic() - begun, 5)  # not a second for each of eight
        finally:
            os.kill(self.node.child.pid, signal.SIGCONT)
        wait_for("an answer", lambda: self.figure("queue_deliveries", "e7") == 0, 20)
        self.end(child)

    def test_the_consumer_is_gone(self):
        endpoint = self.forward(self.target())
        self.open(endpoint=endpoint)
        child = self.watch(endpoint=endpoint)
        self.assertEqual(self.text("/readyz"), (200, "ok\n"))
        self.client().api("CONSUMER.DELETE", "HOOKS.shop")
        wait_for("the loss", lambda: self.text("/readyz") == (503, "store\n"), 20)
        self.assertEqual(self.figure("queue_deliveries"), None)
        self.end(child)

    def test_the_address(self):
        """That of the file is the receivers', one of which may run here."""
        endpoint = self.forward(self.target())
        self.open(endpoint=endpoint)
        _, taken = self.watched()
        taken = taken.removeprefix("http://")
        child = self.deliverer(endpoint=endpoint, admin=taken)
        self.assertNotIn("admin", self.banner)
        self.end(child)
        child = self.watch(endpoint=endpoint, admin=taken)
        self.end(child)
        self.refused(3, "deliver", "--admin", taken, self.config(endpoint=endpoint), says=f"can't listen on {taken}")
        self.refused(2, "deliver", "--admin", "here", self.config(endpoint=endpoint), says="--admin: 'here'")


    def test_a_socket_of_somebody_else_stays_open(self):
        """Whoever passed it may start the next deliverer with it: its clients wait."""
        endpoint = self.forward(self.target())
        self.open(endpoint=endpoint)
        with socket.create_server(("127.0.0.1", 0)) as sock:
            child = subprocess.Popen(
                [BINARY, "deliver", "--admin", f"fd:{sock.fileno()}", self.config("deliver.json", endpoint=endpoint)],
                pass_fds=[sock.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env={**os.environ, "SECRET": SECRET})
            self.addCleanup(self.stop, child)
            self.admin = "http://%s:%d" % sock.getsockname()
            self.assertEqual(self.text("/healthz"), (200, "ok\n"))
            self.end(child)
            socket.create_connection(sock.getsockname(), timeout=10).close()


class Rights(Watching):
    extra = 'authorization { users = [{user: me, password: pass, permissions: {publish: {deny: "$JS.API.STREAM.MSG.GET.>"}}}] }'

    def test_without_the_right_to_read_messages(self):
        """All is told but the age of what waits, and without a wait for each endpoint."""
        how = {"nats": {"user": "me", "password": "env:SECRET"}}
        sink = self.hanging()
        endpoints = [{"name": f"e{number}", "path": f"/{number}", "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}],
                      **self.forward(sink, concurrency=1)} for number in range(4)]
        env = {"SECRET": "pass"}
        self.child, self.url = self.receiver(self.config(endpoints=endpoints, **how), env=env)
        for number in range(4):
            self.assertEqual(self.post(target=f"/{number}", secret="pass"), 200)
        child = self.watch(endpoints=endpoints, env=env, **how)
        self.assertTrue(all(self.entered.acquire(timeout=20) for _ in range(4)))
        begun = time.monotonic()
        figures = [(name, dict(labels)["endpoint"]) for name, labels in self.series() if name.startswith("hookgauge_queue")]
        self.assertLess(time.monotonic() - begun, 3)
        self.assertEqual(figures, [("hookgauge_queue_deliveries", f"e{number}") for number in range(4)])
        self.assertEqual(self.text("/readyz"), (200, "ok\n"))
        self.release.set()
        self.end(child)


class Login(Nats):
    extra = 'authorization { users = [{user: "me", password: "pass word"}] }'

    def test_user_and_password(self):
        good = {"user": "me", "password": "env:PASS"}
        self.child, self.url = self.receiver(self.config(nats=good), env={"PASS": "pass word"})
        self.assertEqual(self.post(), 200)
        self.assertNotIn("pass word", self.end())
        for wrong in ({}, {"user": "other", "password": "env:PASS"}, {"user": "me", "password": "env:SECRET"},
                      {"token": "env:PASS"}):
            code, _, said = run("receive", self.config(nats=wrong), env={"PASS": "pass word"})
            self.assertEqual(code, 3, said)
            self.assertIn("Authorization", said)
            self.assertNotIn("pass word", said)


class Tls(Nats):
    def setUp(self):
        Case.setUp(self)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", "/CN=ca", "-keyout", "ca.key", "-out", "ca.pem")
        self.make("server", "IP:127.0.0.1")
        self.make("other", "DNS:elsewhere.example")
        self.make("client", "DNS:client.example")

    def openssl(self, *args):
        subprocess.run(["openssl", *args], cwd=self.dir, check=True, capture_output=True)

    def make(self, name, host):
        self.write(f"{name}.ext", f"subjectAltName={host}")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", f"{name}.key", "-out", f"{name}.csr")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2",
                     "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def serve(self, name, more=""):
        """A server with the certificate of that name; None: without TLS."""
        tls = f"tls {{ cert_file: '{self.dir}/{name}.pem', key_file: '{self.dir}/{name}.key'{more} }}"
        self.cluster = Cluster(1, tls if name else "")
        self.cluster.__enter__()
        self.addCleanup(self.cluster.close)
        self.node = self.cluster.nodes[0]
        return self.cluster.store("HOOKS").replace("nats://", "tls://")

    def test_who_is_trusted(self):
        ca = {"ca": str(self.dir / "ca.pem")}
        store = self.serve("server")
        self.open(store=store, nats=ca)
        self.assertEqual(self.post(), 200)
        self.end()
        self.refused(3, "receive", self.config(store=store), says="can't connect to tls://")
        self.refused(3, "receive", self.config(store=self.serve("other"), nats=ca), says="can't connect to tls://")
        self.refused(3, "receive", self.config(store=self.serve(None), nats=ca), says="can't connect to tls://")

    def test_our_own_certificate(self):
        ca = {"ca": str(self.dir / "ca.pem")}
        store = self.serve("server", f", ca_file: '{self.dir}/ca.pem', verify: true")
        self.open(store=store, nats={**ca, "certificate": str(self.dir / "client.pem"), "key": str(self.dir / "client.key")})
        self.assertEqual(self.post(), 200)
        self.refused(3, "receive", self.config(store=store, nats=ca), says="can't connect to tls://")


if __name__ == "__main__":
    unittest.main()
