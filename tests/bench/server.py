# SPDX-License-Identifier: MIT
"""What benches of a running server share: starting one on a core of its own, and looking at it."""
import contextlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import compiling

HOOKGAUGE = compiling.ROOT / "build/release/hookgauge"
BUILD = compiling.ROOT / "build/bench"
SECRET = "hunter2-but-longer"
PATH = "/api/webhook"
LIMIT_S = 120
ENV = {**os.environ, "SECRET": SECRET}


def on_core(index):
    """For a child: keep to one core, if there is another one for its peer."""
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        return None
    return lambda: os.sched_setaffinity(0, {cores[index % len(cores)]})


def port_in(log, child):
    """Waits until a server says where it listens."""
    until = time.monotonic() + LIMIT_S
    while time.monotonic() < until:
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", log.read_text())
        if found:
            return found[1]
        if child.poll() is not None:
            break
        time.sleep(0.01)
    raise SystemExit(f"{child.args[0]} did not start: {log.read_text()}")


@contextlib.contextmanager
def serving(command, scratch, core=0, log="log", end=signal.SIGTERM):
    """A server that says where it listens; yields its pid and port, and ends it."""
    log = Path(scratch, log)
    with log.open("w") as lines:
        child = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=lines,
                                 stdin=subprocess.DEVNULL, env=ENV, preexec_fn=on_core(core))
    try:
        yield child.pid, port_in(log, child)
    finally:
        child.send_signal(end)
        child.wait(timeout=LIMIT_S)


def receiver(scratch, store="sqlite", **limits):
    """The command of a receiver whose store is new, with limits of its own."""
    config = {"listen": "127.0.0.1:0", "log": {"level": "warn"},
              "store": "memory:" if store == "memory" else f"sqlite:{scratch}/inbox.db",
              "limits": limits,
              "endpoints": [{"path": PATH, "scheme": "webinone", "secrets": [{"secret": "env:SECRET"}]}]}
    for name in Path(scratch).glob("inbox.db*"):
        name.unlink()
    Path(scratch, "config.json").write_text(json.dumps(config))
    return [HOOKGAUGE, "receive", Path(scratch, "config.json")]


def cpu_of(pid):
    """Seconds of processor time that a child's threads have used so far."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def memory_of(pid, what="VmRSS"):
    """Bytes, of a line in the kernel's account of a process."""
    return int(re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(),
                         re.M)[1]) * 1024


@contextlib.contextmanager
def crowd(port, count, *what):
    """A crowd of bad clients that has taken its places; yields a function that tells how many
    connections it opened, and ends it."""
    child = subprocess.Popen([str(compiling.ROOT / "tests/bench/crowd.py"), port, PATH, str(count),
                              *map(str, what)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True, preexec_fn=on_core(1))
    try:
        if child.stdout.readline() != "ready\n":
            raise SystemExit("the crowd did not gather")
        yield child
    finally:
        child.stdin.close()
        child.wait(timeout=LIMIT_S)
        child.stdout.close()
