# SPDX-License-Identifier: MIT
"""Handing on over HTTP: what it costs a receiver under load, and how fast a queue that has filled drains.

The target is the bare libmicrohttpd server (bare.c), which counts by the lines of its log. What one has to beat is a
bare libcurl client that posts the same request as often over as many connections (client.c), which neither reads nor
writes a store. The receiver or the client has one core, the target and the load the other.
"""
import contextlib
import json
import re
import signal
import socket
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import server

CONNECTIONS = 64           # of the load
CONCURRENCY = (4, 32)      # attempts at once: the default, and many
RATE = 2000                # deliveries a second of a given load, far below what a core takes
FILL_RATE, FILL_S = 10_000, 2  # deliveries a second and seconds that fill a queue: 20,000
LOOK_S = 0.002             # between two looks at what the target has counted
HEARD_MAX = 65536          # bytes of a request that is handed on


# ---- Both ends -----------------------------------------------------------------------------------

class Target:
    """A bare server and how many requests it has answered."""

    def __init__(self, log, pid, port):
        self.pid, self.port, self.count = pid, port, -1  # the first line says where it listens
        self.lines = log.open("rb")

    def look(self):
        self.count += self.lines.read().count(b"\n")
        return self.count

    def until(self, count):
        """Waits until that many have been answered; returns when that was seen."""
        last, moved = self.count, time.monotonic()
        while self.look() < count:
            now = time.monotonic()
            last, moved = (self.count, now) if self.count != last else (last, moved)
            if now - moved > server.LIMIT_S:
                raise SystemExit(f"handing: the target got {self.count} of {count} and no more")
            time.sleep(LOOK_S)
        return time.monotonic()


@contextlib.contextmanager
def target(programs, scratch):
    with server.serving([programs["bare"]], scratch, core=1, log="target") as (pid, port):
        one = Target(Path(scratch, "target"), pid, port)
        one.look()
        try:
            yield one
        finally:
            one.lines.close()


def receiver(scratch, forward=None, concurrency=4, keep=False):
    """The command of a receiver; its inbox is new unless it is to be kept."""
    endpoint = {"path": server.PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}
    if forward:
        endpoint |= {"forward": f"http://127.0.0.1:{forward}{server.PATH}", "deliver": {"concurrency": concurrency}}
    if not keep:
        for name in Path(scratch).glob("inbox.db*"):
            name.unlink()
    Path(scratch, "config.json").write_text(json.dumps(
        {"listen": "127.0.0.1:0", "store": f"sqlite:{scratch}/inbox.db", "endpoints": [endpoint]}))
    return [server.HOOKGAUGE, "receive", Path(scratch, "config.json")]


def send(programs, port, *more):
    """Deliveries a second that were answered 200 and, at a given load, the microseconds that took."""
    done = subprocess.run([str(programs["load"]), port, server.PATH, str(CONNECTIONS), *map(str, more)],
                          capture_output=True, text=True, env=server.ENV, timeout=server.LIMIT_S,
                          preexec_fn=server.on_core(1))
    if done.returncode != 0:
        raise SystemExit(f"load: {done.stderr.strip()}")
    took, answered, other, _, *within = map(float, done.stdout.split())
    if other:
        raise SystemExit(f"handing: {other:.0f} answers were not 200")
    return {"rate": answered / took, "answered": answered, "took": took, **dict(zip(("p50", "p99"), within))}


# ---- Beside a load -------------------------------------------------------------------------------

def alone(programs, scratch, *load):
    """The same receiver without a target."""
    with server.serving(receiver(scratch), scratch) as (pid, port):
        return sending(programs, pid, port, lambda: 0, *load)


def beside(programs, scratch, concurrency, *load):
    with target(programs, scratch) as to:
        with server.serving(receiver(scratch, to.port, concurrency), scratch) as (pid, port):
            return sending(programs, pid, port, to.look, *load)


def sending(programs, pid, port, handed, *load):
    """What is received, what of it has been handed on by the end of the load, and the processor time of one of
    either."""
    before = server.cpu_of(pid)
    row = send(programs, port, *load)
    count = handed()
    return row | {"handed": count / row["took"],
                  "us": (server.cpu_of(pid) - before) / (row["answered"] + count) * 1e6}


# ---- A queue that drains -------------------------------------------------------------------------

class Stuck:
    """A target that reads one request and never answers: everything behind it stays in the queue."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = b""
        self.thread = threading.Thread(target=self.hear)
        self.thread.start()

    def hear(self):
        self.peer, _ = self.listener.accept()
        while not self.whole() and len(self.heard) < HEARD_MAX:
            self.heard += self.peer.recv(HEARD_MAX)

    def whole(self):
        head, mark, body = self.heard.partition(b"\r\n\r\n")
        return mark and len(body) >= int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1])

    def close(self):
        self.thread.join()
        self.peer.close()
        self.listener.close()


def waiting(scratch):
    """Deliveries that are still to be handed on, in the inbox of a receiver that has ended."""
    with contextlib.closing(sqlite3.connect(Path(scratch, "inbox.db"))) as inbox:
        return inbox.execute("SELECT count(*) FROM queue").fetchone()[0]


def fill(programs, scratch):
    """Leaves a queue behind; writes down the request that its first delivery is handed on as."""
    stuck = Stuck()
    command = receiver(scratch, stuck.port, 1)
    with server.serving(command, scratch, end=signal.SIGKILL) as (_, port):
        send(programs, port, FILL_S, FILL_RATE)
    stuck.close()
    Path(scratch, "request").write_bytes(stuck.heard)
    return waiting(scratch)


def drain(programs, scratch, concurrency, count):
    """From the first request to the last."""
    with target(programs, scratch) as to:
        with server.serving(receiver(scratch, to.port, concurrency, keep=True), scratch) as (pid, _):
            begun = to.until(1)
            before, first = server.cpu_of(pid), to.count
            took = to.until(count) - begun
            used = server.cpu_of(pid) - before
    left = waiting(scratch)
    if left or to.count != count:
        raise SystemExit(f"handing: {left} of {count} are left in the queue, {to.count} were handed on")
    return {"rate": (count - first) / took, "us": used / (count - first) * 1e6}


def bare(programs, scratch, concurrency, count):
    with target(programs, scratch) as to:
        done = subprocess.run([str(programs["client"]), to.port, server.PATH, str(Path(scratch, "request")),
                               str(concurrency), str(count)], capture_output=True, text=True,
                              timeout=server.LIMIT_S, preexec_fn=server.on_core(0))
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip())
    took, answered, other, used = map(float, done.stdout.split())
    if other:
        raise SystemExit(f"handing: {other:.0f} answers to the bare client were not 200")
    return {"rate": answered / took, "us": used / answered * 1e6}


# ---- Together ------------------------------------------------------------------------------------

def one_round(programs, scratch, seconds):
    row = {"full": alone(programs, scratch, seconds), "given": alone(programs, scratch, seconds, RATE)}
    for n in CONCURRENCY:
        row[f"full {n}"] = beside(programs, scratch, n, seconds)
        row[f"given {n}"] = beside(programs, scratch, n, seconds, RATE)
        count = fill(programs, scratch)
        row[f"drain {n}"] = drain(programs, scratch, n, count)
        row[f"client {n}"] = bare(programs, scratch, n, count)
    return row


# What is divided by what, each within a round.
RATIOS = {"full": [("ratio", "rate", "full", "rate"), ("handed_ratio", "handed", "full", "rate")],
          "drain": [("ratio", "rate", "client {}", "rate"), ("us_ratio", "us", "client {}", "us")]}


def bench(programs, rounds, seconds):
    rows = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="handing-", dir=server.BUILD) as scratch:
            rows.append(one_round(programs, scratch, seconds))
    result = {name: {of: statistics.median(row[name][of] for row in rows) for of in row}
              for name, row in rows[0].items()}
    for name, ratios in RATIOS.items():
        for n in CONCURRENCY:
            for to, of, by, its in ratios:
                result[f"{name} {n}"][to] = statistics.median(
                    row[f"{name} {n}"][of] / row[by.format(n)][its] for row in rows)
    return result


def show_beside(title, rows):
    print(f"{title:16} {'received/s':>10} {'ratio':>6} {'handed/s':>9} {'ratio':>6} {'us':>6}")
    for name, row in rows:
        print(f"{name:16} {row['rate']:10.0f} {row.get('ratio', 1):6.2f} {row['handed']:9.0f} "
              f"{row.get('handed_ratio', 0):6.2f} {row['us']:6.1f}")


def show_given(rows):
    print(f"{f'{RATE} a second':16} {'p50 ms':>10} {'p99 ms':>6} {'handed/s':>9} {'ratio':>6} {'us':>6}")
    for name, row in rows:
        print(f"{name:16} {row['p50'] / 1000:10.2f} {row['p99'] / 1000:6.2f} {row['handed']:9.0f} "
              f"{row['handed'] / row['rate']:6.2f} {row['us']:6.1f}")


def show_drain(result):
    print(f"{'a full queue':16} {'handed/s':>10} {'ratio':>6} {'us':>9} {'ratio':>6} {'client/s':>9} {'us':>6}")
    for n in CONCURRENCY:
        row, client = result[f"drain {n}"], result[f"client {n}"]
        print(f"{f'{n} at once':16} {row['rate']:10.0f} {row['ratio']:6.2f} {row['us']:9.1f} {row['us_ratio']:6.2f} "
              f"{client['rate']:9.0f} {client['us']:6.1f}")


def show(result):
    def rows(load):
        return [("no target", result[load]), *((f"{n} at once", result[f"{load} {n}"]) for n in CONCURRENCY)]

    print("handing: on over HTTP; ratios to the receiver without a target under as much as it takes, to what was "
          "received\nat a given load, and of a full queue to a bare client; us: processor time of a delivery received "
          "or handed on")
    show_beside("all it takes", rows("full"))
    show_given(rows("given"))
    show_drain(result)
