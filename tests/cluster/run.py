#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Three real NATS servers, two receivers, two deliverers, a load of signed deliveries; then one of each is killed.

What was answered 200 must be handed on, at least once. Prints what it saw; the last line is "N passed, N failed".

    tests/cluster/run.py [--deliveries N] [--verbose]
"""
import argparse
import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from nats_cluster import Cluster, program, wait_for  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
COMMAND = os.environ.get("HOOKGAUGE", str(ROOT / "build/asan/hookgauge"))
SECRET = "cluster-secret"
PATH, EVENT = "/api/webhook", "Order.OnCreate"
SENDERS = 8
HANDED_ON_S = 60  # after the last 200: ack_wait_s and an election are far below
QUORUM_S = 60     # for a 200 after the quorum is back


class Sink(http.server.ThreadingHTTPServer):
    """The target: counts how often each body came; answers 503 now and then, as programs do."""
    daemon_threads = True

    def __init__(self):
        self.seen, self.lock = Counter(), threading.Lock()
        super().__init__(("127.0.0.1", 0), Sink.Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            number = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["number"]
            busy = number % 50 == 0 and self.headers["X-Hookgauge-Attempt"] == "1"
            if not busy:
                with self.server.lock:
                    self.server.seen[number] += 1
            self.send_response(503 if busy else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass


class Senders:
    """Threads that send numbered deliveries, each again until it is answered 200, as a platform does."""

    def __init__(self, ports):
        self.ports, self.lock = ports, threading.Lock()
        self.next, self.acked, self.answers = 0, set(), Counter()
        self.stop = False

    def request(self, number):
        """The same bytes at every attempt."""
        body = json.dumps({"number": number, "filler": "x" * 500}).encode()
        stamp = str(int(time.time()))
        mac = hmac.new(SECRET.encode(), f"{stamp}.{EVENT}.".encode() + body, hashlib.sha256).hexdigest()
        return body, {"X-Webhook-Timestamp": stamp, "X-Webhook-Event": EVENT, "X-Webhook-Signature": "sha256=" + mac}

    def post(self, port, body, headers):
        """The status, or 0 when there was none."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", PATH, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def send(self, number):
        request, turn = self.request(number), number
        while not self.stop:
            answer = self.post(self.ports[turn % len(self.ports)], *request)
            turn += 1
            with self.lock:
                self.answers[answer] += 1
                if answer == 200:
                    self.acked.add(number)
                    return
            time.sleep(0.05)  # a platform waits longer

    def work(self, last):
        while not self.stop:
            with self.lock:
                number = self.next
                self.next += 1
            if number >= last:
                return
            self.send(number)

    def start(self, last):
        self.threads = [threading.Thread(target=self.work, args=(last,)) for _ in range(SENDERS)]
        for thread in self.threads:
            thread.start()

    def join(self):
        for thread in self.threads:
            thread.join()


class Programs:
    """Receivers and deliverers: children with logs in a scratch folder, ended by their pid."""

    def __init__(self, scratch):
        self.scratch, self.children = Path(scratch), {}

    def start(self, name, *args, ready):
        log = self.scratch / f"{name}.log"
        with log.open("wb") as out:
            child = subprocess.Popen([COMMAND, *map(str, args)], stderr=out, stdin=subprocess.DEVNULL,
                                     env={**os.environ, "SECRET": SECRET})
        self.children[name] = child
        found = wait_for(name, lambda: child.poll() is not None or re.search(ready, log.read_text(errors="replace")))
        if found is True:
            raise SystemExit(f"{name} ended:\n{log.read_text(errors='replace')}")
        return found

    def kill(self, name):
        child = self.children.pop(name)
        child.kill()
        child.wait()

    def end(self):
        """Ends the rest; {name: exit code}."""
        codes = {}
        for name, child in self.children.items():
            child.send_signal(signal.SIGTERM)
            try:
                codes[name] = child.wait(timeout=30)
            except subprocess.TimeoutExpired:
                child.kill()
                codes[name] = child.wait()
        self.children = {}
        return codes


class Report:
    def __init__(self):
        self.passed = self.failed = 0
        self.begun = time.monotonic()

    def say(self, text):
        print(f"{time.monotonic() - self.begun:6.1f} s  {text}", flush=True)

    def check(self, holds, text):
        self.passed += bool(holds)
        self.failed += not holds
        self.say(f"{'ok' if holds else 'NOT OK'}: {text}")


def write_config(scratch, cluster, sink):
    path = Path(scratch) / "config.json"
    path.write_text(json.dumps({
        "listen": "127.0.0.1:0", "store": cluster.store("HOOKS"), "log": {"level": "info"}, "limits": {"max_body": 65536},
        "nats": {"replicas": 3, "ack_wait_s": 3},
        "endpoints": [{"name": "shop", "path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}],
                       "forward": f"http://127.0.0.1:{sink.server_port}/",
                       "deliver": {"first_delay_s": 1, "most_delay_s": 2, "concurrency": 8, "attempts": 1000}}]}))
    return path


def one_delivery_two_receivers(senders, cluster, report):
    request = senders.request(-1)
    answers = [senders.post(port, *request) for port in senders.ports + senders.ports]
    messages = wait_for("the stream", lambda: cluster.stream("HOOKS"))["state"]["messages"]
    report.check(set(answers) == {200} and messages == 1,
                 f"the same delivery to both receivers, twice: {answers}, {messages} kept")
    senders.acked.add(-1)


def kill_one_of_each(cluster, programs, senders, last, report):
    """Each at its moment of the load, so that work is under way everywhere."""
    def at(share):
        wait_for("progress", lambda: len(senders.acked) >= share * last)

    at(0.2)
    leader = wait_for("a leader", lambda: cluster.leader("HOOKS"))
    leader.kill()
    report.say(f"killed the stream's leader {leader.name} after {len(senders.acked)} answers of 200")
    at(0.5)
    programs.kill("receiver-1")
    report.say(f"killed a receiver after {len(senders.acked)}")
    at(0.7)
    programs.kill("deliverer-1")
    report.say(f"killed a deliverer after {len(senders.acked)}")
    senders.join()
    return leader


def all_handed_on(sink, senders, cluster, report):
    def missing():
        with sink.lock:
            return senders.acked - set(sink.seen)
    try:
        wait_for("the rest", lambda: not missing(), HANDED_ON_S)
    except TimeoutError:
        pass
    with sink.lock:
        twice = sum(1 for times in sink.seen.values() if times > 1)
        most = max(sink.seen.values(), default=0)
        strangers = set(sink.seen) - senders.acked
    report.check(not missing(), f"{len(senders.acked)} deliveries answered 200, {len(missing())} of them not handed on; "
                                f"{twice} handed on more than once, {most} times at most")
    report.check(not strangers, f"{len(strangers)} handed on that were never answered 200")
    kept = (cluster.stream("HOOKS") or {"state": {"messages": -1}})["state"]["messages"]
    report.check(kept == len(senders.acked), f"{kept} messages in the stream: none is there twice")
    report.say("answers: " + ", ".join(f"{count} x {answer or 'none'}" for answer, count in sorted(senders.answers.items())))


def without_quorum(cluster, dead, senders, report):
    """One server of three can promise nothing; when the others are back all goes on by itself."""
    other = next(node for node in cluster.alive())
    other.kill()
    begun = time.monotonic()
    request = senders.request(-2)
    answers = [senders.post(senders.ports[-1], *request) for _ in range(3)]
    report.check(set(answers) == {503}, f"without a quorum: {answers}, within {time.monotonic() - begun:.1f} s in all")
    other.start()
    dead.start()
    begun = time.monotonic()
    wait_for("a 200", lambda: senders.post(senders.ports[-1], *request) == 200, QUORUM_S)
    senders.acked.add(-2)
    report.check(True, f"with it again: 200 after {time.monotonic() - begun:.1f} s, the receiver was not restarted")


def run(cluster, scratch, last, report):
    sink = Sink()
    programs = Programs(scratch)
    config = write_config(scratch, cluster, sink)
    senders = None
    try:
        ports = [int(programs.start(f"receiver-{i}", "receive", config, ready=r"listening on http://127\.0\.0\.1:(\d+)")
                     .group(1)) for i in (1, 2)]
        for i in (1, 2):
            programs.start(f"deliverer-{i}", "deliver", config, ready="delivering from ")
        report.say("three servers, two receivers, two deliverers")
        senders = Senders(ports)
        one_delivery_two_receivers(senders, cluster, report)
        senders.start(last)
        dead = kill_one_of_each(cluster, programs, senders, last, report)
        all_handed_on(sink, senders, cluster, report)
        without_quorum(cluster, dead, senders, report)
        wait_for("the last one", lambda: -2 in sink.seen, HANDED_ON_S)
        codes = programs.end()
        report.check(set(codes.values()) == {0}, f"ended by SIGTERM: {codes}")
    finally:
        if senders:
            senders.stop = True
        programs.end()
        sink.shutdown()
        sink.server_close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--deliveries", type=int, default=2000)
    parser.add_argument("--verbose", action="store_true", help="the programs' logs at the end")
    options = parser.parse_args()
    if program() is None:
        sys.exit("nats-server is not installed: run ./setup")
    report = Report()
    with Cluster() as cluster, tempfile.TemporaryDirectory(prefix="hookgauge-cluster-") as scratch:
        try:
            run(cluster, scratch, options.deliveries, report)
        except (TimeoutError, ConnectionError) as problem:
            report.check(False, str(problem))
        if report.failed or options.verbose:
            for log in sorted(Path(scratch).glob("*.log")):
                print(f"---- {log.name}, the end of it:", *log.read_text(errors="replace").splitlines()[-30:], sep="\n")
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main())
